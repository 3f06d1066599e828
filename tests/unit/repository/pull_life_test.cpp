#include "pull_fixture.hpp"

#include <random>
#include <vector>

/// Copies under snapshots and deletions of them, ended at any step: restorable at every moment.

namespace followd::repository::test {
namespace {

/// A cluster at work on its repository, one change of a file at a time, in the order in which
/// clusters make them.
class BusyRepository {
public:
    using Put = std::function<void(const std::string& path, const std::string& content)>;

    BusyRepository(std::string folder, Put put, unsigned seed)
        : folder_{std::move(folder)}, put_{std::move(put)}, random_{seed} {}

    void step() {
        if (steps_.empty()) {
            plan();
        }
        auto next = std::move(steps_.front());
        steps_.erase(steps_.begin());
        next();
    }

    void finish() {
        while (!steps_.empty()) {
            step();
        }
    }

    [[nodiscard]] bool has_snapshot() const { return generation_ > 0; }

private:
    using Blobs = std::map<std::string, std::string>;

    std::size_t pick(std::size_t below) { return random_() % below; }

    void plan() {
        if (snapshots_.size() > 1 && pick(2) == 0) {
            const Blobs gone = snapshots_.front();
            snapshots_.erase(snapshots_.begin());
            plan_root();
            for (const auto& [path, content] : gone) {
                steps_.emplace_back([this, path] { fs::remove(folder_ + "/" + path); });
            }
            return;
        }
        Blobs added;
        for (std::size_t i = 0; i <= pick(6); ++i) {
            const std::string name = std::to_string(++blobs_);
            added["indices/i" + std::to_string(pick(3)) + "/0/__" + name] =
                name + std::string(pick(300), 'c');
        }
        for (const auto& [path, content] : added) {
            // Blobs grow under their final name.
            steps_.emplace_back([this, path, content] { put_(path, content.substr(0, 1)); });
            steps_.emplace_back([this, path, content] { put_(path, content); });
        }
        snapshots_.push_back(added);
        plan_root();
    }

    void plan_root() {
        std::string text;
        for (const Blobs& snapshot : snapshots_) {
            for (const auto& [path, content] : snapshot) {
                text += path + " " + content + "\n";
            }
        }
        const std::string before = root_file_name(generation_);
        const std::string now = root_file_name(++generation_);
        const auto put_whole = [this](const std::string& path, const std::string& content) {
            put_("pending-" + path, content);
            fs::rename(folder_ + "/pending-" + path, folder_ + "/" + path);
        };
        const std::uint64_t generation = generation_;
        steps_.emplace_back([put_whole, now, text] { put_whole(now, text); });
        steps_.emplace_back(
            [put_whole, generation] { put_whole(pointer_name, write_pointer(generation)); });
        steps_.emplace_back([this, before] { fs::remove(folder_ + "/" + before); });
    }

    std::string folder_;
    Put put_;
    std::mt19937 random_;
    std::vector<std::function<void()>> steps_;
    std::vector<Blobs> snapshots_;
    std::uint64_t generation_ = 0;
    int blobs_ = 0;
};

class PullLife : public PullTest, public testing::WithParamInterface<unsigned> {};

TEST_P(PullLife, IsRestorableAtEveryMoment) {
    begin();
    std::mt19937 random{GetParam() * 7919};
    BusyRepository repository{
        folder_.path(),
        [this](const std::string& path, const std::string& content) { put(path, content); },
        GetParam()};
    for (int i = 0; i < 20; ++i) {
        repository.step();
    }
    repository.finish();
    int stood = 0;
    for (int i = 0; i < 15; ++i) {
        const bool is_quiet = i % 5 == 4;
        const auto busy = is_quiet ? 0 : random() % 3;
        int left = is_quiet || random() % 3 == 0 ? 1000 : static_cast<int>(random() % 12);
        std::string missing;
        const auto pulled = pull(
            {.transfers = 1 + random() % 3, .piece_bytes = 64, .show = [&](const auto& /*now*/) {
                 missing += what_is_missing();
                 for (unsigned step = 0; step < busy; ++step) {
                     repository.step();
                 }
                 if (--left < 0) {
                     puller_->stop();
                 }
             }});
        ASSERT_EQ(missing + what_is_missing(), "") << "pull " << i;
        stood += pulled.ok() ? 1 : 0;
        if (!pulled.ok()) {
            ASSERT_TRUE(pulled.failure().kind == FailureKind::cancelled ||
                        pulled.failure().kind == FailureKind::unavailable)
                << to_string(pulled.failure());
        }
    }
    EXPECT_GE(stood, 3);
    repository.finish();
    const auto last = pull();
    ASSERT_TRUE(last.ok()) << to_string(last.failure());
    EXPECT_EQ(files_in(to()), files_in(folder_.path()));
    EXPECT_EQ(what_is_missing(), "");
}

INSTANTIATE_TEST_SUITE_P(Seeds, PullLife, testing::Range(1U, 9U));

}  // namespace
}  // namespace followd::repository::test
