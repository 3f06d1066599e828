#pragma once

#include "followd/base/result.hpp"

#include "engine/index_ports.hpp"
#include "engine/task.hpp"
#include "es/dialect.hpp"
#include "es/request.hpp"
#include "es/shard_exchange.hpp"
#include "http/client.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// The counters of many indices at once: what the daemon polls (design.md section 9).

namespace followd::es {

/// Most bytes of an expression in one request's line; servers take 4096 of the line by default.
inline constexpr std::size_t expression_bytes_max = 3000;

/// Cuts a list of names and patterns, parted by commas, into such lists that fit into a request's
/// line, with every name encoded. A name too long for a line has a list of its own.
[[nodiscard]] std::vector<std::string> split_expression(std::string_view expression);

/// The client must outlive it.
class IndexSampler {
public:
    IndexSampler(http::Client& client, ClusterName cluster, ShardLimits limits = {});

    /// `expression`: names and patterns parted by commas; no exclusions. Indices that are missing
    /// or closed are not in the answer. One request, more only where the names do not fit into one.
    [[nodiscard]] Task<Result<std::vector<engine::IndexSample>>> sample(std::string expression);

private:
    ShardLimits limits_;
    ShardExchange exchange_;
};

}  // namespace followd::es
