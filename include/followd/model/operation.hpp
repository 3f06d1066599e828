#pragma once

#include "followd/model/seq_no.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Documents on their way from leader to follower. Ids, routings and sources are slices of the
/// leader's answer, byte for byte as they stood there, so that 12345678901234567890123 and 1e400
/// survive (design.md section 8).

namespace followd {

/// One live document as a view of the leader shows it: the newest operation of its id.
struct Operation {
    SeqNo seq_no;
    std::string_view id;       ///< a JSON string token, quotes included
    std::string_view routing;  ///< likewise; empty where the document has none
    std::string_view source;   ///< a JSON object; may hold raw newlines
};

/// Operations and the bytes they point into. Move-only in spirit: copies share the bytes.
struct OperationBatch {
    std::shared_ptr<const std::string> bytes;
    std::vector<Operation> operations;
};

enum class WriteKind { index, remove };

/// One line (or two) of a bulk request. Slices point into the owning Bulk's `owners`.
struct WriteItem {
    WriteKind kind = WriteKind::index;
    Version version;           ///< external
    SeqNo seq_no;              ///< the leader's operation that this stands for
    std::string_view id;       ///< JSON string token
    std::string_view routing;  ///< JSON string token or empty
    std::string_view source;   ///< JSON object; empty for a removal
};

/// What goes to the follower in one request.
struct Bulk {
    std::vector<WriteItem> items;
    std::vector<std::shared_ptr<const std::string>> owners;

    /// Bytes of ids, routings and sources: the request body is a little larger.
    [[nodiscard]] std::size_t payload_bytes() const;
};

}  // namespace followd
