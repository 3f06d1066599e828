#include "config/yaml_reader.hpp"

#include "config/scalar_kind.hpp"
#include "config/tree_builder.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <utility>

namespace followd::config {

namespace {

/// Thrown through yaml-cpp, which has no other way to be stopped; caught in read_yaml.
struct Stop {
    Place place;
    std::string wrong;
    std::string right;
};

Place place_of(const YAML::Mark& mark) {
    return mark.is_null() ? Place{} : Place{.line = mark.line + 1, .column = mark.column + 1};
}

class Handler final : public YAML::EventHandler {
public:
    explicit Handler(Mistakes& mistakes) : mistakes_(mistakes) {}

    [[nodiscard]] Node take() { return builder_.take(); }

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > 1) {
            throw Stop{place_of(mark), "a second document begins here", "one file holds one"};
        }
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        refuse_anchor(mark, anchor);
        if (builder_.expects_key()) {
            throw Stop{place_of(mark), "a key is missing here", "a key is text"};
        }
        check(mark, builder_.add(NodeKind::null, {}, place_of(mark)));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        if (builder_.expects_key()) {
            throw Stop{place_of(mark), "an alias cannot be a key", "a key is text"};
        }
        mistakes_.add(place_of(mark), "", "aliases (*) are not supported", "write the value again");
        check(mark, builder_.add(NodeKind::unreadable, {}, place_of(mark)));
    }

    void OnScalar(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  const std::string& value) override {
        refuse_anchor(mark, anchor);
        const bool plain = tag == "?";
        if (!plain && tag != "!") {
            refuse_tag(mark);
        }
        if (builder_.expects_key()) {
            if (plain && value == "<<") {
                throw Stop{
                    place_of(mark), "merge keys (<<) are not supported", "write the values again"};
            }
            builder_.key(value, place_of(mark));
            return;
        }
        const NodeKind kind = plain ? kind_of_plain_scalar(value) : NodeKind::text;
        check(mark,
              builder_.add(
                  kind, kind == NodeKind::boolean ? lower_case(value) : value, place_of(mark)));
    }

    void OnSequenceStart(const YAML::Mark& mark,
                         const std::string& tag,
                         YAML::anchor_t anchor,
                         YAML::EmitterStyle::value /*style*/) override {
        begin(NodeKind::sequence, mark, tag, anchor);
    }
    void OnSequenceEnd() override { builder_.end(); }

    void OnMapStart(const YAML::Mark& mark,
                    const std::string& tag,
                    YAML::anchor_t anchor,
                    YAML::EmitterStyle::value /*style*/) override {
        begin(NodeKind::map, mark, tag, anchor);
    }
    void OnMapEnd() override { builder_.end(); }

private:
    void begin(NodeKind kind,
               const YAML::Mark& mark,
               const std::string& tag,
               YAML::anchor_t anchor) {
        refuse_anchor(mark, anchor);
        if (!tag.empty() && tag != "?" && tag != "!") {
            refuse_tag(mark);
        }
        if (builder_.expects_key()) {
            throw Stop{place_of(mark), "a list or a map cannot be a key", "a key is text"};
        }
        check(mark, builder_.begin(kind, place_of(mark)));
    }

    void check(const YAML::Mark& mark, bool within_limits) const {
        if (!within_limits) {
            throw Stop{place_of(mark), "the file " + builder_.limit(), {}};
        }
    }

    void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (anchor != YAML::NullAnchor) {
            mistakes_.add(place_of(mark), "", "anchors (&) are not supported", "leave it out");
        }
    }

    void refuse_tag(const YAML::Mark& mark) {
        mistakes_.add(place_of(mark), "", "tags (!) are not supported", "leave it out");
    }

    Mistakes& mistakes_;
    TreeBuilder builder_;
    int documents_ = 0;
};

/// For what people write most who do not know all of YAML: a pattern or a cron line.
std::string remedy_at(std::string_view text, const YAML::Mark& mark) {
    // The place is that of the star, or of what should be the name behind it.
    const auto before = static_cast<std::size_t>(std::max(mark.pos, 1)) - 1;
    const bool is_star = before < text.size() && text.substr(before, 2).find('*') != text.npos;
    return is_star ? "put a text that begins with * in quotes" : "";
}

}  // namespace

std::optional<Node> read_yaml(std::string_view text, Mistakes& mistakes) {
    std::istringstream stream{std::string{text}};
    Handler handler{mistakes};
    try {
        YAML::Parser parser{stream};
        while (parser.HandleNextDocument(handler)) {
        }
        return handler.take();
    } catch (const Stop& stop) {
        mistakes.add(stop.place, "", stop.wrong, stop.right);
    } catch (const YAML::Exception& exception) {
        mistakes.add(place_of(exception.mark),
                     "",
                     "not valid YAML: " + exception.msg,
                     remedy_at(text, exception.mark));
    }
    return std::nullopt;
}

}  // namespace followd::config
