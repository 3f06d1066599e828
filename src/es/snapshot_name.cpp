#include "es/snapshot_name.hpp"

#include "followd/base/assert.hpp"

#include <utility>

namespace followd::es {

namespace {

constexpr std::string_view forbidden_characters = " \\/*?\"<>|,#";
constexpr std::string_view schedule_prefix = "every-";

/// What a daemon's name holds behind daemon_prefix: ID-LIFE-NUMBER, or every-ID-RULE-STAMP, where
/// the rule's name may have dashes of its own.
SnapshotOwner owner_of_daemons(std::string_view rest) {
    SnapshotOwner owner;
    owner.kind = OwnerKind::bootstrap;
    if (!rest.starts_with(schedule_prefix)) {
        owner.daemon = rest.substr(0, rest.find('-'));
        return owner;
    }
    rest.remove_prefix(schedule_prefix.size());
    const std::size_t first = rest.find('-');
    const std::size_t last = rest.rfind('-');
    owner.kind = OwnerKind::schedule;
    owner.daemon = rest.substr(0, first);
    if (first != last) {
        owner.rule = rest.substr(first + 1, last - first - 1);
    }
    return owner;
}

}  // namespace

std::optional<std::string> snapshot_name_problem(std::string_view name) {
    if (name.empty()) {
        return "is empty";
    }
    if (name.front() == '_' || name.front() == '-') {
        return std::string{"begins with "} + name.front();
    }
    for (const char character : name) {
        if (forbidden_characters.find(character) != std::string_view::npos) {
            return character == ' ' ? std::string{"holds a space"}
                                    : std::string{"holds the character "} + character;
        }
        if (character >= 'A' && character <= 'Z') {
            return "holds a capital letter";
        }
        if ((character >= 0 && character < ' ') || character == '\x7f') {
            return "holds a control character";
        }
    }
    return std::nullopt;
}

bool is_daemons(std::string_view snapshot) {
    return snapshot.starts_with(daemon_prefix);
}

std::string_view to_string(OwnerKind kind) noexcept {
    switch (kind) {
        case OwnerKind::somebody:
            return "somebody";
        case OwnerKind::policy:
            return "policy";
        case OwnerKind::bootstrap:
            return "bootstrap";
        case OwnerKind::schedule:
            return "schedule";
    }
    FOLLOWD_ASSERT(false);
    return {};
}

SnapshotOwner owner_of(const Json& snapshot) {
    const std::string name = text_of(snapshot, "snapshot");
    if (is_daemons(name)) {
        return owner_of_daemons(std::string_view{name}.substr(daemon_prefix.size()));
    }
    SnapshotOwner owner;
    if (const Json* metadata = member(snapshot, "metadata"); metadata != nullptr) {
        owner.policy = text_of(*metadata, "policy");
    }
    owner.kind = owner.policy.empty() ? OwnerKind::somebody : OwnerKind::policy;
    return owner;
}

}  // namespace followd::es
