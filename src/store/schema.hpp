#pragma once

#include "followd/base/result.hpp"

#include "store/sqlite.hpp"

#include <cstdint>

/// The tables of the state file and how an older file becomes one of today
/// (docs/CHECKPOINT_FORMAT.md). A released migration is never changed: a new one is added.

namespace followd::store {

/// `PRAGMA application_id` of every state file: "FLWD".
inline constexpr std::int64_t application_id = 0x464C5744;

/// The schema this program writes, in `PRAGMA user_version`: the number of migrations.
[[nodiscard]] std::int64_t schema_version();

/// Refuses, without writing a byte, what is not a state file or was written by a newer followd.
/// An empty file is a state file to be.
[[nodiscard]] Result<void> check_schema(Database& database);

/// Brings the tables to schema_version() in one transaction. Only after check_schema().
[[nodiscard]] Result<void> migrate_schema(Database& database);

}  // namespace followd::store
