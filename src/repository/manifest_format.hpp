#pragma once

/// The names in the list of a repository's files, for who writes it and who reads it:
///
///     {"schema":1,"root_file":"index-7","files":[
///     {"path":"index-7","size":2046,"modified_ns":1763793332123456789},
///     {"path":"indices/Hm1.../0/__abc","size":5242880,"modified_ns":1763793331000000000}
///     ],"files_count":2,"root_changed":false}

namespace followd::repository::manifest_format {

inline constexpr int schema_number = 1;
inline constexpr const char* schema = "schema";
inline constexpr const char* root_file = "root_file";
inline constexpr const char* files = "files";
inline constexpr const char* path = "path";
inline constexpr const char* size = "size";
inline constexpr const char* modified_ns = "modified_ns";
inline constexpr const char* files_count = "files_count";
inline constexpr const char* root_changed = "root_changed";

}  // namespace followd::repository::manifest_format
