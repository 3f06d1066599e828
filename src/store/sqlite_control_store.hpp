#pragma once

#include "engine/control_store.hpp"
#include "store/state_thread.hpp"

/// What people asked for, in the state file (docs/CHECKPOINT_FORMAT.md).

namespace followd::store {

/// The thread outlives it.
class SqliteControlStore final : public engine::ControlStore {
public:
    explicit SqliteControlStore(StateThread& thread) : thread_(thread) {}

    [[nodiscard]] Task<Result<std::vector<engine::Intent>>> load_intents() override;
    [[nodiscard]] Task<Result<void>> save_intent(engine::Intent intent) override;
    [[nodiscard]] Task<Result<void>> forget_intent(engine::IndexPlace place) override;

private:
    StateThread& thread_;
};

}  // namespace followd::store
