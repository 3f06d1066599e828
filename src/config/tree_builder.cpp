#include "config/tree_builder.hpp"

#include "followd/base/assert.hpp"

#include <utility>

namespace followd::config {

bool TreeBuilder::count_one() {
    if (++nodes_ > document_nodes_max) {
        limit_ = "holds more than " + std::to_string(document_nodes_max) + " values";
    }
    return limit_.empty();
}

bool TreeBuilder::expects_key() const noexcept {
    return !open_.empty() && open_.back().kind == NodeKind::map && !has_key_.back();
}

void TreeBuilder::key(std::string text, Place place) {
    FOLLOWD_ASSERT(expects_key());
    keys_.push_back(Key{.text = std::move(text), .place = place});
    has_key_.back() = true;
}

bool TreeBuilder::add(NodeKind kind, std::string text, Place place) {
    if (!count_one()) {
        return false;
    }
    Node node;
    node.kind = kind;
    node.text = std::move(text);
    node.place = place;
    attach(std::move(node));
    return true;
}

bool TreeBuilder::begin(NodeKind kind, Place place) {
    if (!count_one()) {
        return false;
    }
    if (open_.size() == document_depth_max) {
        limit_ = "is nested deeper than " + std::to_string(document_depth_max) + " levels";
        return false;
    }
    Node node;
    node.kind = kind;
    node.place = place;
    open_.push_back(std::move(node));
    has_key_.push_back(false);
    return true;
}

void TreeBuilder::end() {
    FOLLOWD_ASSERT(!open_.empty());
    FOLLOWD_ASSERT(!has_key_.back());
    Node node = std::move(open_.back());
    open_.pop_back();
    has_key_.pop_back();
    attach(std::move(node));
}

void TreeBuilder::attach(Node node) {
    if (open_.empty()) {
        root_ = std::move(node);
        return;
    }
    if (open_.back().kind == NodeKind::map) {
        FOLLOWD_ASSERT(has_key_.back());
        node.key = std::move(keys_.back().text);
        node.key_place = keys_.back().place;
        keys_.pop_back();
        has_key_.back() = false;
        if (node.kind == NodeKind::null) {
            // A parser places an absent value wherever it next looked.
            node.place = node.key_place;
        }
    }
    open_.back().children.push_back(std::move(node));
}

Node TreeBuilder::take() {
    FOLLOWD_ASSERT(open_.empty());
    return std::move(root_);
}

}  // namespace followd::config
