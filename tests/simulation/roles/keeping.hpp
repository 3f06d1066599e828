#pragma once

#include "engine/control_store.hpp"
#include "engine/lost_writes.hpp"
#include "simulation/disk.hpp"
#include "simulation/process_time.hpp"
#include "simulation/roles/truth.hpp"
#include "simulation/scene.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

/// What outlives the processes of a world in which roles change: the state file, and the files of
/// lost writes.

namespace followd::sim {

struct StateFile {
    Disk checkpoints;
    std::string daemon_id;  ///< by which its snapshots are known
    std::map<engine::IndexPlace, engine::Intent> intents;
};

class IntentStore final : public engine::ControlStore {
public:
    IntentStore(Scene& scene, ProcessTime& time, StateFile& file)
        : scene_(scene), time_(time), file_(file) {}

    [[nodiscard]] Task<Result<std::vector<engine::Intent>>> load_intents() override;
    [[nodiscard]] Task<Result<void>> save_intent(engine::Intent intent) override;
    [[nodiscard]] Task<Result<void>> forget_intent(engine::IndexPlace place) override;

private:
    [[nodiscard]] Task<Result<void>> wait();

    Scene& scene_;
    ProcessTime& time_;
    StateFile& file_;
};

/// A file that was kept, by the command that made it.
struct KeptFile {
    IndexName index;
    std::string at;
    std::vector<int> values;
};

class LostWrites final : public engine::LostWritesFolder {
public:
    LostWrites(Scene& scene, Truth& truth) : scene_(scene), truth_(truth) {}

    [[nodiscard]] std::unique_ptr<engine::LostWritesFile> file_for(const IndexName& index,
                                                                   std::string_view at) override;
    [[nodiscard]] const std::vector<KeptFile>& kept() const { return kept_; }

private:
    class File;

    Scene& scene_;
    Truth& truth_;
    std::vector<KeptFile> kept_;
};

}  // namespace followd::sim
