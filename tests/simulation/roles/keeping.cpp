#include "simulation/roles/keeping.hpp"

#include <chrono>
#include <utility>

namespace followd::sim {

namespace {

constexpr Duration usual_sync = std::chrono::milliseconds{2};

/// What a client wrote, of a line of the file.
int value_of(std::string_view line) {
    constexpr std::string_view before = R"("source":{"v":)";
    const std::size_t at = line.find(before);
    FOLLOWD_ASSERT(at != std::string_view::npos);
    return std::stoi(std::string(line.substr(at + before.size())));
}

}  // namespace

Task<Result<void>> IntentStore::wait() {
    co_await time_.wait_until(scene_.clock.now() + scene_.about(usual_sync));
    if (!time_.is_alive()) {
        co_return Failure{FailureKind::cancelled, "the process is gone", "disk"};
    }
    if (scene_.strikes(Fault::store_failed)) {
        co_return Failure{FailureKind::storage, "the disk is full", "disk"};
    }
    co_return Result<void>{};
}

Task<Result<std::vector<engine::Intent>>> IntentStore::load_intents() {
    std::vector<engine::Intent> intents;
    for (const auto& [place, intent] : file_.intents) {
        intents.push_back(intent);
    }
    co_return intents;
}

Task<Result<void>> IntentStore::save_intent(engine::Intent intent) {
    Result<void> done = co_await wait();
    if (done.ok()) {
        file_.intents.insert_or_assign(intent.place, std::move(intent));
    }
    co_return done;
}

Task<Result<void>> IntentStore::forget_intent(engine::IndexPlace place) {
    Result<void> done = co_await wait();
    if (done.ok()) {
        file_.intents.erase(place);
    }
    co_return done;
}

class LostWrites::File final : public engine::LostWritesFile {
public:
    File(LostWrites& folder, KeptFile file) : folder_(folder), file_(std::move(file)) {}

    [[nodiscard]] Result<void> add(std::string_view line) override {
        file_.values.push_back(value_of(line));
        return {};
    }
    [[nodiscard]] Result<std::string> keep() override {
        if (folder_.scene_.strikes(Fault::store_failed)) {
            return Failure{FailureKind::storage, "the disk is full", "lost writes"};
        }
        for (const int value : file_.values) {
            folder_.truth_.saved(value);
        }
        folder_.scene_.note("lost writes of " + file_.index.value() + ": " +
                            std::to_string(file_.values.size()));
        folder_.kept_.push_back(file_);
        return file_.index.value() + " " + file_.at;
    }

private:
    LostWrites& folder_;
    KeptFile file_;
};

std::unique_ptr<engine::LostWritesFile> LostWrites::file_for(const IndexName& index,
                                                             std::string_view at) {
    return std::make_unique<File>(*this, KeptFile{index, std::string(at), {}});
}

}  // namespace followd::sim
