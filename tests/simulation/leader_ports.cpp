#include "simulation/leader_ports.hpp"

#include "support/leader_sample.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace followd::sim {

namespace {

using HalfSamples = std::map<IndexUuid, std::vector<test::HalfSample>>;

}  // namespace

Task<Result<std::vector<engine::IndexSample>>> LeaderClusterPort::sample(
    std::vector<std::string> /*patterns*/) {
    auto halves = std::make_shared<HalfSamples>();
    LeaderSide* const side = &side_;
    auto before = [side, halves] {
        for (const IndexName& name : side->names()) {
            const LeaderIndexState& index = *side->find(name);
            for (const auto& shard : index.shards) {
                (*halves)[index.listed.uuid].push_back(test::begin_sample(shard->group));
            }
        }
    };
    auto serve = [side, halves]() -> Result<std::vector<engine::IndexSample>> {
        std::vector<engine::IndexSample> samples;
        for (const IndexName& name : side->names()) {
            const LeaderIndexState& index = *side->find(name);
            const auto half = halves->find(index.listed.uuid);
            if (!index.is_open() || half == halves->end()) {
                continue;
            }
            engine::IndexSample sample{name, index.listed.uuid, {}};
            for (int shard = 0; shard < index.listed.shards; ++shard) {
                const auto at = static_cast<std::size_t>(shard);
                sample.shards.emplace_back(test::finish_sample(index.shards[at]->group,
                                                               half->second[at],
                                                               index.listed.uuid,
                                                               index.history(shard)));
            }
            samples.push_back(std::move(sample));
        }
        return samples;
    };
    return link_.ask<std::vector<engine::IndexSample>>("poll", serve, before);
}

Task<Result<std::vector<engine::LeaderIndex>>> LeaderClusterPort::list_indices(
    std::vector<std::string> /*patterns*/) {
    auto serve = [side = &side_]() -> Result<std::vector<engine::LeaderIndex>> {
        std::vector<engine::LeaderIndex> found;
        for (const IndexName& name : side->names()) {
            found.push_back(side->find(name)->listed);
        }
        return found;
    };
    return link_.ask<std::vector<engine::LeaderIndex>>("list", serve);
}

Task<Result<engine::IndexDefinition>> LeaderClusterPort::read_definition(IndexName index) {
    auto serve = [scene = &scene_, side = &side_, index]() -> Result<engine::IndexDefinition> {
        const LeaderIndexState* found = side->find(index);
        if (found == nullptr) {
            return Failure{FailureKind::not_found, "no such index", "near/" + index.value()};
        }
        engine::IndexDefinition definition;
        definition.index = found->listed;
        if (scene->strikes(Fault::lagging)) {
            definition.index.mapping_version = found->mapping_version_before;
        }
        return definition;
    };
    return link_.ask<engine::IndexDefinition>("definition of " + index.value(), serve);
}

Task<Result<engine::VersionListing>> LeaderClusterPort::read_versions(
    std::vector<std::string> /*patterns*/, std::string /*known_state*/) {
    auto serve = [side = &side_]() -> Result<engine::VersionListing> {
        std::vector<engine::IndexVersions> found;
        for (const IndexName& name : side->names()) {
            const engine::LeaderIndex& listed = side->find(name)->listed;
            found.push_back(
                {name, {listed.mapping_version, listed.settings_version, listed.aliases_version}});
        }
        return engine::VersionListing{"", std::move(found)};
    };
    return link_.ask<engine::VersionListing>("versions", serve);
}

engine::FollowVerdict LeaderClusterPort::judge(
    const engine::IndexDefinition& /*definition*/) const {
    return {};
}

std::optional<Failure> LeaderPlace::absence() const {
    const LeaderIndexState* found = find();
    if (found == nullptr) {
        return Failure{FailureKind::not_found, "no such index", "near/" + index.value()};
    }
    if (!found->is_open()) {
        return Failure{FailureKind::unavailable, "the index is closed", "near/" + index.value()};
    }
    return std::nullopt;
}

std::string LeaderShardPort::named(const std::string& what) const {
    return place_.index.value() + "[" + std::to_string(place_.shard) + "] " + what;
}

template <class T>
Task<Result<T>> LeaderShardPort::ask(const std::string& what, InShard<T> serve) {
    auto guarded = [place = place_, serve = std::move(serve)]() -> Result<T> {
        if (const std::optional<Failure> why = place.absence()) {
            return *why;
        }
        LeaderIndexState& index = *place.find();
        return serve(index, place.shard_of(index));
    };
    return link_.ask<T>(named(what), guarded);
}

template <class T>
Task<Result<T>> LeaderShardPort::ask_view(const std::string& what, ViewId view, InView<T> serve) {
    auto in_view = [scene = place_.scene, view = std::move(view), serve = std::move(serve)](
                       LeaderIndexState& /*index*/, LeaderShardState& shard) -> Result<T> {
        const auto found = shard.views.find(view);
        if (found == shard.views.end() || scene->strikes(Fault::expired)) {
            return Failure{FailureKind::not_found, "the view is gone", "near"};
        }
        return serve(found->second);
    };
    return ask<T>(what, in_view);
}

Task<Result<LeaderIdentity>> LeaderShardPort::read_identity() {
    // The cluster state knows closed indices, too.
    auto serve = [place = place_]() -> Result<LeaderIdentity> {
        LeaderIndexState* index = place.find();
        if (index == nullptr) {
            return *place.absence();
        }
        return LeaderIdentity{index->listed.uuid,
                              PrimaryTerm{place.shard_of(*index).group.term},
                              index->listed.mapping_version};
    };
    return link_.ask<LeaderIdentity>(named("identity"), serve);
}

Task<Result<ShardSample>> LeaderShardPort::read_sample() {
    auto half = std::make_shared<std::optional<test::HalfSample>>();
    auto before = [place = place_, half] {
        if (!place.absence()) {
            *half = test::begin_sample(place.shard_of(*place.find()).group);
        }
    };
    auto serve = [place = place_, half]() -> Result<ShardSample> {
        if (const std::optional<Failure> why = place.absence()) {
            return *why;
        }
        LeaderIndexState& index = *place.find();
        test::LeaderGroup& group = place.shard_of(index).group;
        return test::finish_sample(group,
                                   half->value_or(test::begin_sample(group)),
                                   index.listed.uuid,
                                   index.history(place.shard));
    };
    return link_.ask<ShardSample>(named("sample"), serve, before);
}

Task<Result<void>> LeaderShardPort::refresh() {
    return ask<void>("refresh",
                     [](LeaderIndexState& index, LeaderShardState& /*shard*/) -> Result<void> {
                         for (const auto& shard : index.shards) {
                             shard->group.refresh_all();
                         }
                         return Result<void>{};
                     });
}

Task<Result<ViewId>> LeaderShardPort::open_view() {
    return ask<ViewId>("open view",
                       [number = place_.shard](LeaderIndexState& index,
                                               LeaderShardState& shard) -> Result<ViewId> {
                           const ViewId view{index.listed.uuid.value() + "/" +
                                             std::to_string(number) + "/" +
                                             std::to_string(++shard.views_opened)};
                           shard.views.emplace(view, shard.group.any_copy().searchable);
                           return view;
                       });
}

Task<Result<void>> LeaderShardPort::close_view(ViewId view) {
    return ask<void>("close view",
                     [view = std::move(view)](LeaderIndexState& /*index*/,
                                              LeaderShardState& shard) -> Result<void> {
                         shard.views.erase(view);
                         return Result<void>{};
                     });
}

Task<Result<Page>> LeaderShardPort::read_page(PageRequest request) {
    const std::string what =
        "page after '" + request.after + "' of at most " + std::to_string(request.operations_max);
    const std::optional<ViewId> view = request.view;
    const std::size_t bytes =
        std::min(request.bytes_max, place_.scene->weather.limits().memory_bytes);
    auto answer = [request = std::move(request)](const test::LeaderView& shown) -> Result<Page> {
        Page page = test::search(shown, request);
        if (page.batch.bytes->size() > request.bytes_max) {
            return Failure{FailureKind::too_large, "the answer is too large", "near"};
        }
        return page;
    };
    InShard<Page> search = [answer](LeaderIndexState& /*index*/, LeaderShardState& shard) {
        return answer(shard.group.any_copy().searchable);
    };
    link_.page_bytes.take(bytes);
    Result<Page> page = view ? co_await ask_view<Page>(what, *view, std::move(answer))
                             : co_await ask<Page>(what, std::move(search));
    link_.page_bytes.give_back(bytes);
    co_return page;
}

Task<Result<std::vector<Bucket>>> LeaderShardPort::count(ViewId view, HistogramRequest request) {
    return ask_view<std::vector<Bucket>>(
        "count", std::move(view), [request](const test::LeaderView& shown) {
            return Result<std::vector<Bucket>>{test::count(shown, request)};
        });
}

Task<Result<std::vector<SeqNo>>> LeaderShardPort::list(ViewId view,
                                                       SeqNoRange range,
                                                       std::size_t limit) {
    return ask_view<std::vector<SeqNo>>(
        "list", std::move(view), [range, limit](const test::LeaderView& shown) {
            return Result<std::vector<SeqNo>>{test::list(shown, range, limit)};
        });
}

Task<Result<std::vector<LookupResult>>> LeaderShardPort::look_up(std::vector<Lookup> lookups) {
    const std::string what = "look up " + std::to_string(lookups.size());
    return ask<std::vector<LookupResult>>(
        what,
        [lookups = std::move(lookups)](LeaderIndexState& /*index*/, LeaderShardState& shard)
            -> Result<std::vector<LookupResult>> {
            std::vector<LookupResult> found;
            for (const Lookup& lookup : lookups) {
                found.push_back(test::look_up(shard.group.any_copy(), lookup.id));
            }
            return found;
        });
}

Task<Result<std::int64_t>> LeaderShardPort::count_documents(ViewId view) {
    return ask_view<std::int64_t>(
        "count documents", std::move(view), [](const test::LeaderView& shown) {
            return Result<std::int64_t>{static_cast<std::int64_t>(shown.size())};
        });
}

}  // namespace followd::sim
