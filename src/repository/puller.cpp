#include "repository/puller.hpp"

#include "followd/base/assert.hpp"

#include "repository/root_file.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace followd::repository {

namespace {

constexpr Duration first_pause = std::chrono::milliseconds{500};
constexpr Duration round_pause = std::chrono::seconds{1};

Failure stopped() {
    return {FailureKind::cancelled,
            "stopped; what has come stays, and the same command goes on from there",
            {}};
}

bool may_pass(FailureKind kind) {
    return kind == FailureKind::unreachable || kind == FailureKind::timeout ||
           kind == FailureKind::malformed || kind == FailureKind::unavailable;
}

}  // namespace

Puller::Puller(boost::asio::any_io_executor executor,
               RepositorySource* source,
               MirrorFolder* mirror,
               engine::Timers* timers,
               PullOptions options)
    : source_{source},
      mirror_{mirror},
      timers_{timers},
      options_{std::move(options)},
      transfers_{std::move(executor),
                 [this](const char* what) { options_.say(std::string{"defect: "} + what); }} {
    FOLLOWD_ASSERT(source_ != nullptr && mirror_ != nullptr && timers_ != nullptr);
    FOLLOWD_ASSERT(options_.transfers > 0 && options_.piece_bytes > 0);
}

void Puller::stop() {
    is_stopped_ = true;
    source_->close();
    timers_->wake_all();
}

Task<Result<PullReport>> Puller::pull() {
    for (int round = 1; round <= options_.rounds_max && !is_stopped_; ++round) {
        if (round > 1) {
            co_await pause(round_pause);
        }
        auto done = co_await run_round();
        if (!done) {
            co_return is_stopped_ ? stopped() : std::move(done).failure();
        }
        if (*done) {
            co_return report_;
        }
    }
    if (is_stopped_) {
        co_return stopped();
    }
    if (has_stood_) {
        co_return report_;
    }
    co_return Failure{FailureKind::unavailable,
                      "snapshots at the source changed faster than they could be copied, " +
                          std::to_string(options_.rounds_max) +
                          " times; the copy is as it was before. Give the same command again: it "
                          "goes on from what has come",
                      {}};
}

/// True where the copy is level with the source.
Task<Result<bool>> Puller::run_round() {
    auto planned = co_await make_plan();
    if (!planned) {
        co_return std::move(planned).failure();
    }
    if (!*planned) {
        co_return false;
    }
    plan_ = std::move(**planned);
    auto fetched = co_await fetch_all();
    if (!fetched) {
        co_return std::move(fetched).failure();
    }
    auto latest = co_await source_->read_root();
    const bool is_latest = latest.ok() && *latest == plan_.root;
    const bool has_root = plan_.has_root_file || root_.has_value();
    // What the root file refers to stays as long as that is the latest one. So where it still is,
    // what went meanwhile is none of it; and where nothing went, all of it has come.
    const bool may_stand = has_root && (!has_missed_ || is_latest);
    if (may_stand) {
        auto stands = let_root_stand();
        if (!stands) {
            co_return std::move(stands).failure();
        }
    } else if (!latest) {
        co_return std::move(latest).failure();
    }
    // Not to know whether there is a newer one is no failure of the copy.
    if (may_stand && (is_latest || !latest)) {
        co_return true;
    }
    report_.newer_root = *latest;
    options_.say("snapshots at the source changed meanwhile: once more, for what is new");
    co_return false;
}

/// Nothing where the list may lack something.
Task<Result<std::optional<PullPlan>>> Puller::make_plan() {
    auto listing = co_await source_->read_manifest();
    if (!listing) {
        co_return std::move(listing).failure();
    }
    const auto local = mirror_->list();
    if (!local) {
        co_return local.failure();
    }
    if (listing->root_changed) {
        co_return std::optional<PullPlan>{};
    }
    auto plan = plan_pull(*listing, *local);
    if (!plan && plan.failure().kind == FailureKind::unavailable) {
        co_return std::optional<PullPlan>{};
    }
    if (!plan) {
        co_return std::move(plan).failure();
    }
    std::vector<ListedFile> wanted = plan->fetch;
    wanted.push_back(plan->root_file);
    const auto cleaned = mirror_->clean_parts(*local, wanted);
    if (!cleaned) {
        co_return cleaned.failure();
    }
    co_return std::optional{std::move(*plan)};
}

void Puller::begin_progress() {
    progress_ = {};
    for (const ListedFile& file : queue_) {
        ++progress_.files;
        progress_.bytes += file.state.size;
    }
    options_.show(progress_);
}

Task<Result<void>> Puller::fetch_all() {
    queue_ = std::exchange(plan_.fetch, {});
    if (!plan_.has_root_file) {
        queue_.insert(queue_.begin(), plan_.root_file);
    }
    next_ = 0;
    has_missed_ = false;
    root_.reset();
    failure_.reset();
    begin_progress();
    for (std::size_t i = 0; i < options_.transfers; ++i) {
        transfers_.spawn(fetch_some());
    }
    co_await transfers_.join();
    co_return failure_ ? Result<void>{*failure_} : Result<void>{};
}

Task<void> Puller::fetch_some() {
    while (next_ < queue_.size() && !failure_ && !is_stopped_) {
        ListedFile file = queue_[next_++];
        auto fetched = co_await fetch(std::move(file));
        if (!fetched && !failure_) {
            failure_ = std::move(fetched).failure();
        }
    }
    if (is_stopped_ && !failure_) {
        failure_ = stopped();
    }
}

Task<Result<void>> Puller::fetch(ListedFile file) {
    auto opened = mirror_->open_part(std::move(file));
    if (!opened) {
        co_return std::move(opened).failure();
    }
    PartFile part = std::move(*opened);
    progress_.bytes_done += part.bytes();
    progress_.bytes_resumed += part.bytes();
    while (!part.is_whole()) {
        if (failure_) {
            co_return Result<void>{};
        }
        const http::ByteRange range{
            .first = part.bytes(),
            .count = std::min(options_.piece_bytes, part.file().state.size - part.bytes())};
        auto piece = co_await fetch_piece(part.file(), range);
        if (!piece) {
            co_return std::move(piece).failure();
        }
        if (!*piece) {
            has_missed_ = true;
            mirror_->drop(std::move(part));
            co_return Result<void>{};
        }
        auto written = part.append(**piece);
        if (!written) {
            co_return written;
        }
        progress_.bytes_done += range.count;
        report_.bytes_copied += range.count;
        options_.show(progress_);
    }
    auto finished = finish_file(std::move(part));
    co_return finished;
}

Task<Result<std::optional<std::string>>> Puller::fetch_piece(ListedFile file,
                                                             http::ByteRange range) {
    for (int attempt = 1;; ++attempt) {
        auto piece = co_await source_->read_piece(file, range);
        if (piece || !may_pass(piece.failure().kind) || attempt >= options_.attempts_max ||
            is_stopped_ || failure_) {
            co_return piece;
        }
        co_await pause(first_pause * (1 << (attempt - 1)));
    }
}

Result<void> Puller::finish_file(PartFile part) {
    const bool is_root = part.file().path == plan_.root_file.path;
    if (is_root) {
        root_.emplace(std::move(part));
    } else {
        auto installed = mirror_->install(std::move(part));
        if (!installed) {
            return installed;
        }
    }
    ++progress_.files_done;
    ++report_.files_copied;
    options_.show(progress_);
    return {};
}

Result<void> Puller::let_root_stand() {
    auto stands = mirror_->set_root(plan_.root, std::exchange(root_, std::nullopt));
    if (!stands) {
        return stands;
    }
    has_stood_ = true;
    report_.root = plan_.root;
    report_.files = plan_.files;
    report_.bytes = plan_.bytes;
    report_.newer_root.reset();
    const auto removed = mirror_->remove(plan_.vanished);
    if (!removed) {
        return removed.failure();
    }
    report_.files_removed += *removed;
    return mirror_->forget_other_roots(plan_.root);
}

Task<void> Puller::pause(Duration time) {
    const Instant until = timers_->now() + time;
    while (!is_stopped_ && timers_->now() < until) {
        co_await timers_->sleep_until(until);
    }
}

}  // namespace followd::repository
