#include "es/adoption.hpp"
#include "es/follower_cluster.hpp"
#include "es/metadata_plan.hpp"
#include "es/name_list.hpp"
#include "es/place.hpp"

#include <iterator>
#include <utility>

/// The part of RestFollowerCluster that gives an index that exists its leader's settings and
/// aliases.

namespace followd::es {

namespace {

void append(engine::MetadataOutcome& outcome, MetadataWritten written) {
    std::ranges::move(written.changed, std::back_inserter(outcome.changed));
    std::ranges::move(written.warnings, std::back_inserter(outcome.warnings));
}

std::string withheld_text(const std::vector<std::string>& names) {
    return name_list(names) +
           " changed on the leader, and only a closed index takes that: set allow_close: true in "
           "the rule to have the follower closed for a moment, or close it, set them as on the "
           "leader and open it";
}

}  // namespace

Task<Result<engine::MetadataOutcome>> RestFollowerCluster::sync_metadata(
    engine::MetadataRequest request) {
    const IndexName name = request.follower_index;
    const std::string where = exchange_.where(name);
    Result<Marked> read = co_await read_follower(name);
    if (!read.ok()) {
        co_return located(std::move(read).failure(), where);
    }
    Marked marked = std::move(read).value();
    if (marked.mark.leader_uuid != request.leader.index.uuid) {
        co_return Failure{
            FailureKind::conflict, "the index follows another leader index by now", where};
    }
    if (marked.mark.is_closed) {
        const Result<void> opened = co_await open_again(name);
        if (!opened.ok()) {
            co_return located(opened.failure(), where);
        }
    }
    CreationOptions options;
    options.has_exclude_vectors = options_.has_exclude_vectors;
    Result<MetadataPlan> plan = plan_metadata(request, marked.index, marked.mark, options);
    if (!plan.ok()) {
        co_return located(std::move(plan).failure(), where);
    }
    const bool may_close = request.rule.allow_close;
    engine::MetadataOutcome outcome =
        co_await carry_out(name, std::move(plan).value(), std::move(marked.mark), may_close);
    if (outcome.stopped_by) {
        outcome.stopped_by = located(*std::move(outcome.stopped_by), where);
    }
    co_return outcome;
}

Task<engine::MetadataOutcome> RestFollowerCluster::carry_out(IndexName name,
                                                             MetadataPlan plan,
                                                             FollowMark mark,
                                                             bool may_close) {
    engine::MetadataOutcome outcome;
    const bool is_held_back_anew = plan.held_back != mark.held_back;
    MarkEdit before;
    before.held_back = std::move(plan.held_back);
    before.aliases = plan.alias_names_before;
    if (before.applied_to(mark) != mark) {
        const Result<void> noted = co_await edit_mark(name, std::move(before));
        if (!noted.ok()) {
            outcome.stopped_by = noted.failure();
            co_return outcome;
        }
    }
    if (is_held_back_anew) {
        outcome.changed.emplace_back("what is held back until promotion");
    }
    Result<MetadataWritten> settings =
        co_await writer_.put_settings(name, std::move(plan.settings));
    if (!settings.ok()) {
        outcome.stopped_by = std::move(settings).failure();
        co_return outcome;
    }
    append(outcome, std::move(settings).value());
    Result<MetadataWritten> aliases = co_await writer_.put_aliases(std::move(plan.aliases));
    if (!aliases.ok()) {
        outcome.stopped_by = std::move(aliases).failure();
        co_return outcome;
    }
    append(outcome, std::move(aliases).value());
    if (plan.alias_names_after != plan.alias_names_before) {
        MarkEdit after;
        after.aliases = std::move(plan.alias_names_after);
        const Result<void> forgotten = co_await edit_mark(name, std::move(after));
        if (!forgotten.ok()) {
            outcome.stopped_by = forgotten.failure();
            co_return outcome;
        }
    }
    // Last: whatever becomes of it, all else is done.
    if (!plan.closed_settings.empty() && may_close) {
        Result<MetadataWritten> closed =
            co_await put_settings_closed(name, std::move(plan.closed_settings));
        if (!closed.ok()) {
            outcome.stopped_by = std::move(closed).failure();
            co_return outcome;
        }
        append(outcome, std::move(closed).value());
    } else if (!plan.closed_settings.empty()) {
        outcome.warnings.push_back(withheld_text(plan.closed_names));
        outcome.withheld = std::move(plan.closed_names);
    }
    co_return outcome;
}

Task<Result<MetadataWritten>> RestFollowerCluster::put_settings_closed(
    IndexName name, std::vector<MetadataChange> changes) {
    // For what it refused before it is not closed every few minutes.
    const auto before = refused_closed_.find(name);
    if (before != refused_closed_.end() && before->second.refused == changes) {
        co_return before->second;
    }
    // Whoever finds it closed, after whatever became of us, opens it by this.
    MarkEdit intent;
    intent.is_closed = true;
    const Result<void> noted = co_await edit_mark(name, std::move(intent));
    if (!noted.ok()) {
        co_return noted.failure();
    }
    const Result<void> closed = co_await writer_.close(name);
    Result<MetadataWritten> written = MetadataWritten{};
    if (closed.ok()) {
        written = co_await writer_.put_settings(name, std::move(changes));
    }
    const Result<void> opened = co_await open_again(name);
    if (!opened.ok()) {
        co_return opened.failure();
    }
    if (!closed.ok()) {
        co_return closed.failure();
    }
    if (written.ok()) {
        MetadataWritten again = *written;
        again.changed.clear();
        refused_closed_.insert_or_assign(name, std::move(again));
    }
    co_return written;
}

Task<Result<void>> RestFollowerCluster::open_again(IndexName name) {
    const Result<void> opened = co_await writer_.open(name);
    if (!opened.ok()) {
        co_return opened.failure();
    }
    MarkEdit done;
    done.is_closed = false;
    Result<void> noted = co_await edit_mark(name, std::move(done));
    co_return noted;
}

Task<Result<void>> RestFollowerCluster::edit_mark(IndexName name, MarkEdit edit) {
    const Result<Marked> read = co_await read_follower(name);
    if (!read.ok()) {
        co_return read.failure();
    }
    const FollowMark mark = edit.applied_to(read->mark);
    if (mark == read->mark) {
        co_return Result<void>{};
    }
    const Result<void> put = co_await put_mark(name, read->index, mark);
    if (!put.ok()) {
        co_return put.failure();
    }
    const IndexUuid uuid = uuid_of(read->index);
    Result<void> kept = co_await keep_claim(name, uuid, mark.generation);
    co_return kept;
}

}  // namespace followd::es
