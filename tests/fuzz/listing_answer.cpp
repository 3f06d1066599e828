#include "es/listing_decoder.hpp"
#include "fuzz/oracle.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The answers that count or list documents, each read by every one of their decoders.
///
/// What is accepted is ordered, and no number in it is one that a shard cannot have: what is made
/// of it (sums, versions, ranges) overflows nowhere. A cut answer would look like deletions, and is
/// none.

namespace followd::fuzz {
namespace {

/// Documents that a Lucene index can hold.
constexpr std::int64_t documents_max = std::int64_t{1} << 31U;

template <class T>
void check_failure(const Result<T>& result) {
    require(result.failure().what.size() < 400, "a failure is a sentence", result.failure().what);
}

/// What is wrong with one byte less, whatever was right with all.
template <class Decode>
void check_cut(const std::string& body, const Decode& decode) {
    const std::size_t last = body.find_last_of('}');
    require(last != std::string::npos && !decode(body.substr(0, last)).ok(),
            "a cut answer is none",
            body);
}

void play_histogram(const std::string& body) {
    const auto decode = [](const std::string& text) { return es::decode_histogram(text, "here"); };
    const auto counts = decode(body);
    if (!counts.ok()) {
        return check_failure(counts);
    }
    check_cut(body, decode);
    std::int64_t last = INT64_MIN;
    for (const es::KeyedCount& count : *counts) {
        require(count.key > last, "buckets ascend", body);
        require(count.key >= -(std::int64_t{1} << 53U) && count.key <= std::int64_t{1} << 53U,
                "a key is exact",
                body);
        require(count.count >= 1 && count.count <= documents_max,
                "a bucket holds what a shard can hold",
                body);
        last = count.key;
    }
}

void play_total(const std::string& body) {
    const auto decode = [](const std::string& text) { return es::decode_total(text, "here"); };
    const auto total = decode(body);
    if (!total.ok()) {
        return check_failure(total);
    }
    check_cut(body, decode);
    require(*total >= 0 && *total <= documents_max, "a shard can hold what it shows", body);
}

void play_seq_nos(const std::string& body) {
    const auto decode = [](const std::string& text) { return es::decode_seq_nos(text, "here"); };
    const auto seq_nos = decode(body);
    if (!seq_nos.ok()) {
        return check_failure(seq_nos);
    }
    check_cut(body, decode);
    require(std::ranges::is_sorted(*seq_nos), "sequence numbers ascend", body);
    require(seq_nos->empty() || seq_nos->front() > SeqNo::none(), "each is one", body);
}

void play_documents(const std::string& body) {
    const VersionBase base{std::int64_t{1} << 40U};
    const auto decode = [base](const std::string& text) {
        return es::decode_documents(text, base, "here");
    };
    const auto documents = decode(body);
    if (!documents.ok()) {
        return check_failure(documents);
    }
    check_cut(body, decode);
    require(std::ranges::is_sorted(*documents, {}, &FollowerDocument::origin), "they ascend", body);
    for (const FollowerDocument& document : *documents) {
        require(base.of_write(document.origin) >= Version{}, "no version is negative", body);
        require(document.id.size() >= 2 && document.id.front() == '"' && document.id.back() == '"',
                "an id is a token",
                document.id);
        require(document.routing.empty() || document.routing.front() == '"',
                "a routing is a token",
                document.routing);
        require(document.id.find('\n') == std::string::npos &&
                    document.routing.find('\n') == std::string::npos,
                "a token takes one line");
    }
}

void play_lookups(const std::string& body) {
    for (const std::size_t expected : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        const auto decode = [expected](const std::string& text) {
            return es::decode_lookups(text, expected, "here");
        };
        const auto found = decode(body);
        if (!found.ok()) {
            check_failure(found);
            continue;
        }
        check_cut(body, decode);
        require(found->size() == expected, "there is an answer for each", body);
        for (const std::optional<es::LiveDocument>& result : *found) {
            require(!result || result->local > SeqNo::none(), "what is there has a number", body);
        }
        require(!es::decode_lookups(body, expected + 1, "here").ok(), "and for no other", body);
    }
}

}  // namespace
}  // namespace followd::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string body{followd::fuzz::text_of(data, size)};
    followd::fuzz::play_histogram(body);
    followd::fuzz::play_total(body);
    followd::fuzz::play_seq_nos(body);
    followd::fuzz::play_documents(body);
    followd::fuzz::play_lookups(body);
    return 0;
}
