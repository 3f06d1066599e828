#pragma once

#include "followd/base/result.hpp"

#include "engine/role_ports.hpp"
#include "engine/task.hpp"
#include "es/admin_exchange.hpp"
#include "es/json.hpp"

#include <string>
#include <vector>

/// The settings that a follower must not have: taken off when an index becomes one, given back when
/// it is promoted, as its mark holds them.

namespace followd::es {

/// The exchange must outlive it.
class RoleSettings {
public:
    explicit RoleSettings(AdminExchange& exchange);

    /// The same settings for all of these.
    [[nodiscard]] Task<Result<void>> put(std::vector<std::string> names,
                                         Json settings,
                                         std::string attempt);
    /// Warnings about what could not be given back.
    [[nodiscard]] Task<Result<std::vector<std::string>>> restore(
        std::vector<engine::RoleIndex> indices);
    [[nodiscard]] Task<Result<void>> hold_back(engine::RoleIndex index);
    /// What they name and this cluster does not have, or our user may not look for, in words.
    [[nodiscard]] Task<Result<std::vector<std::string>>> find_missing(
        std::vector<engine::RoleIndex> indices);

private:
    /// What a setting names, in the cluster where it is to be set.
    enum class Presence {
        there,
        missing,
        hidden,  ///< our user may not look
    };
    [[nodiscard]] Task<Result<Presence>> look_for(std::string path);
    /// One by one, after the server refused them together.
    [[nodiscard]] Task<std::vector<std::string>> put_singly(std::vector<std::string> names,
                                                            Json settings);

    AdminExchange& exchange_;
};

}  // namespace followd::es
