#include "es/state_decoder.hpp"
#include "fuzz/oracle.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// The answers about indices and shards, each read by every one of their decoders.
///
/// A sample or an identity that is accepted can be reckoned with: no counter is negative or so
/// large that a sum, a version or a size made of it could overflow.

namespace followd::fuzz {
namespace {

/// Of one index, and of one generation of versions (docs/INDEX_METADATA.md).
constexpr std::int64_t operations_max = std::int64_t{1} << 40U;
constexpr std::int64_t documents_max = std::int64_t{1} << 31U;
constexpr std::int64_t bytes_max = std::int64_t{1} << 53U;

void check_sample(const ShardSample& sample, const std::string& body) {
    require(!sample.uuid.value().empty() && !sample.history.value().empty() &&
                !sample.node.value().empty(),
            "a sample says whose it is",
            body);
    for (const SeqNo seq_no : {sample.global_checkpoint, sample.max_seq_no}) {
        require(seq_no >= SeqNo::none() && seq_no.value() < operations_max,
                "a sequence number has its version",
                body);
    }
    require(sample.delete_total >= 0, "a counter counts up from zero", body);
    require(sample.docs_count >= 0 && sample.docs_count <= documents_max,
            "a shard holds what it can hold",
            body);
    require(sample.store_bytes >= 0 && sample.store_bytes <= bytes_max, "it fits a disk", body);
}

void play_samples(const std::string& body) {
    const auto samples = es::decode_samples(body, "here");
    if (!samples.ok()) {
        return;
    }
    for (const engine::IndexSample& index : *samples) {
        require(!index.uuid.value().empty(), "an index has a UUID", body);
        for (std::size_t shard = 0; shard < index.shards.size(); ++shard) {
            if (index.shards[shard]) {
                check_sample(*index.shards[shard], body);
                require(index.shards[shard]->uuid == index.uuid, "a shard is its index's", body);
            }
        }
        const auto first = es::decode_sample(body, index.name, 0, "here");
        require(first.ok() || first.failure().kind == FailureKind::unavailable,
                "a shard of a readable answer is there or not",
                body);
    }
}

void play_identity(const std::string& body) {
    const auto identity = es::decode_identity(body, IndexName{"hard"}, 0, "here");
    if (identity.ok()) {
        require(!identity->uuid.value().empty(), "an index has a UUID", body);
        require(identity->term.value() >= 0, "a term counts up from zero", body);
        require(identity->mapping_version >= 0, "a mapping's version counts up from zero", body);
    }
}

void play_reached_copies(const std::string& body) {
    const auto copies = es::decode_reached_copies(body, "refresh the index", "here");
    if (copies.ok()) {
        require(copies->total >= 0 && copies->successful >= 0 && copies->failed >= 0,
                "copies are counted from zero",
                body);
    }
}

void play_view(const std::string& body) {
    const auto view = es::decode_view(body, "here");
    require(!view.ok() || !view->value().empty(), "a view has an id", body);
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body{followd::fuzz::text_of(data, size)};
    followd::fuzz::play_samples(body);
    followd::fuzz::play_identity(body);
    followd::fuzz::play_reached_copies(body);
    followd::fuzz::play_view(body);
    return 0;
}
