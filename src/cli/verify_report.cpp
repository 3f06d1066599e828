#include "cli/verify_report.hpp"

#include "followd/base/assert.hpp"

#include "cli/advice.hpp"
#include "cli/exit_code.hpp"
#include "cli/figures.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace followd::cli {

namespace {

using Json = nlohmann::ordered_json;
using core::VerifyVerdict;
using engine::DiscrepancyKind;
using engine::ShardVerdict;

/// Sums over the shards of an index.
struct Totals {
    std::int64_t documents = 0;
    std::int64_t compared = 0;
    std::int64_t missing = 0;
    std::int64_t surplus = 0;
    std::int64_t contents = 0;
    bool is_whole = true;
};

/// Of the shards with that verdict.
Totals totals_of(const IndexVerdict& index, std::optional<VerifyVerdict> verdict = {}) {
    Totals totals;
    for (const ShardVerdict& shard : index.shards) {
        if (verdict && shard.verdict != *verdict) {
            continue;
        }
        totals.documents += shard.leader_documents;
        totals.compared += shard.contents_compared;
        totals.missing += shard.missing;
        totals.surplus += shard.surplus;
        totals.contents += shard.contents_different;
        totals.is_whole = totals.is_whole && shard.is_counted_whole;
    }
    return totals;
}

int code_of(const ShardVerdict& shard) {
    switch (shard.verdict) {
        case VerifyVerdict::equal:
            return exit_done;
        case VerifyVerdict::differs:
            return exit_no;
        case VerifyVerdict::moving:
            break;
    }
    const bool is_ours = shard.failure && exit_code_of(shard.failure->kind) == exit_privileges;
    return is_ours ? exit_privileges : exit_unknown;
}

std::string_view result_text(int code) {
    return code == exit_done ? "equal" : code == exit_no ? "differs" : "unknown";
}

std::string_view words_for(DiscrepancyKind kind) {
    switch (kind) {
        case DiscrepancyKind::missing:
            return "missing on the follower";
        case DiscrepancyKind::extra:
            return "extra on the follower";
        case DiscrepancyKind::other_version:
            return "other version on the follower";
        case DiscrepancyKind::other_id:
            return "its version is another document's on the follower";
        case DiscrepancyKind::other_routing:
            return "other routing on the follower";
        case DiscrepancyKind::other_source:
            return "other source on the follower";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

/// Examples of all shards, at most examples_max.
std::vector<std::pair<int, engine::Discrepancy>> examples_of(const IndexVerdict& index) {
    std::vector<std::pair<int, engine::Discrepancy>> examples;
    for (const ShardVerdict& shard : index.shards) {
        for (const engine::Discrepancy& example : shard.examples) {
            if (examples.size() < examples_max) {
                examples.emplace_back(shard.shard, example);
            }
        }
    }
    return examples;
}

std::string differences_text(const Totals& totals) {
    std::string text;
    const auto add = [&text](std::int64_t number, std::string_view what) {
        if (number > 0) {
            text += (text.empty() ? "" : ", ") + grouped(number) + " " + std::string(what);
        }
    };
    add(totals.missing, "on the leader only");
    add(totals.surplus, "on the follower only");
    add(totals.contents, "with other content");
    return text + (totals.is_whole ? "" : ", and more above these");
}

/// Why a shard leaves us without an answer; empty where it does not.
std::string doubt_text(const ShardVerdict& shard) {
    if (shard.verdict != VerifyVerdict::moving) {
        return {};
    }
    const std::string of = "shard " + std::to_string(shard.shard) + ": ";
    if (shard.failure) {
        return of + printable(to_string(*shard.failure));
    }
    if (shard.missing == 0) {
        return of + counted(shard.surplus, "deletion") +
               " behind and still moving; try again, or with a longer --wait";
    }
    return of + "the follower is " + counted(shard.missing, "operation") +
           " behind and still moving; try again, or with a longer --wait";
}

std::string equal_text(const IndexVerdict& index) {
    const Totals totals = totals_of(index);
    std::string text = counted(totals.documents, "document");
    if (index.deep) {
        text += ", " + grouped(totals.compared) + " compared byte for byte";
    }
    return text;
}

/// Which operation made a differing document.
std::string origin_text(const IndexVerdict& index, const engine::Discrepancy& example) {
    if (example.version) {
        return "version " + std::to_string(example.version->value()) +
               ", which no operation of the leader's has";
    }
    std::string text = "operation " + std::to_string(example.seq_no.value());
    if (!example.space.value().empty()) {
        text += example.space == index.follower_uuid
                    ? " of the follower's own, from when it led"
                    : " of the index with UUID " + printable(example.space.value());
    }
    return text;
}

void append_repair(std::string& text, const engine::ControlRow& repair) {
    text += "    " +
            (repair.failure ? "not repaired: " + printable(to_string(*repair.failure))
                            : printable(repair.what)) +
            "\n";
}

void append_index(std::string& text, const IndexVerdict& index, const Terminal& terminal) {
    const int code = exit_code_of(index);
    const core::FollowClaim& claim = index.claim;
    text += printable(claim.leader.value() + "/" + claim.leader_index.value() + " -> " +
                      claim.follower.value() + "/" + claim.follower_index.value()) +
            ": ";
    if (code == exit_done) {
        text += terminal.styled("equal", Style::good) + " (" + equal_text(index) + ")\n";
        if (index.repair) {
            append_repair(text, *index.repair);
        }
        return;
    }
    if (code == exit_no) {
        text += terminal.styled("DIFFERS", Style::bad);
    } else {
        text += terminal.styled("could not tell", Style::warning);
    }
    if (index.failure) {
        text += "\n    " + printable(to_string(*index.failure)) + "\n";
        const std::string_view advice = advice_for(to_string(index.failure->kind));
        text += advice.empty() || code == exit_no ? "" : "    -> " + std::string(advice) + "\n";
        return;
    }
    if (code == exit_no) {
        text += ": " + differences_text(totals_of(index, VerifyVerdict::differs));
    }
    text += "\n";
    for (const auto& [shard, example] : examples_of(index)) {
        text += "    shard " + std::to_string(shard) + "  " +
                (example.id.empty() ? "(id unknown)" : printable(example.id)) + "  " +
                std::string(words_for(example.kind)) + " (" + origin_text(index, example) + ")\n";
    }
    for (const ShardVerdict& shard : index.shards) {
        const std::string doubt = doubt_text(shard);
        text += doubt.empty() ? "" : "    " + doubt + "\n";
    }
    if (index.repair) {
        append_repair(text, *index.repair);
    }
}

Json failure_json(const std::optional<Failure>& failure) {
    if (!failure) {
        return nullptr;
    }
    return Json{
        {"kind", to_string(failure->kind)}, {"what", failure->what}, {"where", failure->where}};
}

/// An id's token as the string it stands for; the token itself where it is none.
Json id_json(const std::string& token) {
    if (token.empty()) {
        return nullptr;
    }
    const Json id = Json::parse(token, nullptr, false);
    return id.is_discarded() ? Json(token) : id;
}

Json number_json(SeqNo seq_no) {
    return seq_no == SeqNo::none() ? Json(nullptr) : Json(seq_no.value());
}

Json uuid_json(const IndexUuid& uuid) {
    return uuid.value().empty() ? Json(nullptr) : Json(uuid.value());
}

Json version_json(const std::optional<Version>& version) {
    return version ? Json(version->value()) : Json(nullptr);
}

Json repair_json(const std::optional<engine::ControlRow>& repair) {
    if (!repair) {
        return nullptr;
    }
    return Json{{"what", repair->what}, {"failure", failure_json(repair->failure)}};
}

Json shard_json(const ShardVerdict& shard) {
    return Json{{"shard", shard.shard},
                {"result", result_text(code_of(shard))},
                {"through", shard.through.value()},
                {"leader_documents", shard.leader_documents},
                {"follower_documents", shard.follower_documents},
                {"contents_compared", shard.contents_compared},
                {"only_on_leader", shard.missing},
                {"only_on_follower", shard.surplus},
                {"contents_different", shard.contents_different},
                {"counted_whole", shard.is_counted_whole},
                {"failure", failure_json(shard.failure)}};
}

Json index_json(const IndexVerdict& index) {
    Json shards = Json::array();
    for (const ShardVerdict& shard : index.shards) {
        shards.push_back(shard_json(shard));
    }
    Json differences = Json::array();
    for (const auto& [shard, example] : examples_of(index)) {
        differences.push_back(Json{{"shard", shard},
                                   {"id", id_json(example.id)},
                                   {"what", engine::to_string(example.kind)},
                                   {"seq_no", number_json(example.seq_no)},
                                   {"space", uuid_json(example.space)},
                                   {"version", version_json(example.version)}});
    }
    return Json{{"rule", index.claim.rule.value()},
                {"leader", index.claim.leader.value()},
                {"follower", index.claim.follower.value()},
                {"leader_index", index.claim.leader_index.value()},
                {"follower_index", index.claim.follower_index.value()},
                {"result", result_text(exit_code_of(index))},
                {"deep", index.deep},
                {"failure", failure_json(index.failure)},
                {"shards", std::move(shards)},
                {"differences", std::move(differences)},
                {"repair", repair_json(index.repair)}};
}

}  // namespace

int exit_code_of(const IndexVerdict& index) {
    if (index.failure) {
        const bool is_absent = index.failure->kind == FailureKind::conflict ||
                               index.failure->kind == FailureKind::not_found;
        const int code = exit_code_of(index.failure->kind);
        return is_absent ? exit_no : code == exit_privileges ? code : exit_unknown;
    }
    int code = exit_done;
    for (const ShardVerdict& shard : index.shards) {
        code = worse_of(code, code_of(shard));
    }
    return code;
}

int exit_code_of(const std::vector<IndexVerdict>& indices) {
    int code = exit_done;
    for (const IndexVerdict& index : indices) {
        code = worse_of(code, exit_code_of(index));
    }
    return code;
}

std::string verify_text(const std::vector<IndexVerdict>& indices, const Terminal& terminal) {
    std::string text;
    for (const IndexVerdict& index : indices) {
        append_index(text, index, terminal);
    }
    return text;
}

std::string verify_document(const std::vector<IndexVerdict>& indices, int code) {
    Json rows = Json::array();
    for (const IndexVerdict& index : indices) {
        rows.push_back(index_json(index));
    }
    const Json document{{"schema", 1},
                        {"version", FOLLOWD_VERSION},
                        {"result", result_text(code)},
                        {"indices", std::move(rows)}};
    return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace followd::cli
