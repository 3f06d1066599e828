#include "config/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
    std::optional<Node> root;
    std::vector<std::string> mistakes;
};

Read read(std::string_view text, const std::string& file = "f.yaml") {
    Mistakes mistakes{file};
    Read result;
    result.root = read_document(text, mistakes);
    for (const Mistake& mistake : mistakes.in_file_order()) {
        result.mistakes.push_back(to_string(mistake));
    }
    return result;
}

/// The tree with its kinds and places, for comparing.
std::string dump(const Node& node) {
    const std::string place =
        "@" + std::to_string(node.place.line) + ":" + std::to_string(node.place.column);
    std::string children;
    for (const Node& child : node.children) {
        children += children.empty() ? "" : " ";
        if (node.kind == NodeKind::map) {
            children += child.key + "@" + std::to_string(child.key_place.line) + ":" +
                        std::to_string(child.key_place.column) + "=";
        }
        children += dump(child);
    }
    switch (node.kind) {
        case NodeKind::null:
            return "null" + place;
        case NodeKind::boolean:
            return "bool:" + node.text + place;
        case NodeKind::number:
            return "num:" + node.text + place;
        case NodeKind::text:
            return "text:" + node.text + place;
        case NodeKind::sequence:
            return "[" + children + "]" + place;
        case NodeKind::map:
            return "{" + children + "}" + place;
        case NodeKind::unreadable:
            return "unreadable" + place;
    }
    return {};
}

std::string dump_of(std::string_view text, const std::string& file = "f.yaml") {
    const Read result = read(text, file);
    EXPECT_THAT(result.mistakes, IsEmpty());
    return result.root ? dump(*result.root) : "nothing";
}

TEST(Document, yaml_values_know_their_kind_and_place) {
    EXPECT_EQ(dump_of("a: 1\nb:\n  - x\n  - \"2\"\n  - TRUE\nc:\nd: {e: ~}\n"),
              "{a@1:1=num:1@1:4 b@2:1=[text:x@3:5 text:2@4:5 bool:true@5:5]@3:3 c@6:1=null@6:1 "
              "d@7:1={e@7:5=null@7:5}@7:4}@1:1");
}

TEST(Document, json_values_know_their_kind_and_place) {
    EXPECT_EQ(dump_of("{\"a\": 1,\n \"b\": [\"x\", \"2\\\"]\", true, -1.50e3],\r\n \"c\":null,\n"
                      "\"d\": {\"e\" : {}}, \"f\": 123456789012345678901234567890}"),
              "{a@1:2=num:1@1:7 b@2:2=[text:x@2:8 text:2\"]@2:13 bool:true@2:21 "
              "num:-1.50e3@2:27]@2:7 c@3:2=null@3:2 d@4:1={e@4:7={}@4:13}@4:6 "
              "f@4:18=num:123456789012345678901234567890@4:23}@1:1");
}

TEST(Document, the_same_in_yaml_and_json) {
    EXPECT_EQ(dump_of("a: [1, x]"), "{a@1:1=[num:1@1:5 text:x@1:8]@1:4}@1:1");
    EXPECT_EQ(dump_of("[1]", "f.json"), "[num:1@1:2]@1:1");
}

TEST(Document, only_json_numbers_are_numbers_and_only_true_and_false_booleans) {
    EXPECT_EQ(dump_of("[010, 0x10, 1_000, .5, 1., +1, 1e5, -0, yes, off, .inf, 1.5.2]"),
              "[text:010@1:2 text:0x10@1:7 text:1_000@1:13 text:.5@1:20 text:1.@1:24 text:+1@1:28 "
              "num:1e5@1:32 num:-0@1:37 text:yes@1:41 text:off@1:46 text:.inf@1:51 "
              "text:1.5.2@1:57]@1:1");
}

TEST(Document, json_knows_surrogate_pairs) {
    EXPECT_EQ(dump_of(R"({"a": "\ud83d\ude00"})"), "{a@1:2=text:\xF0\x9F\x98\x80@1:7}@1:1");
}

TEST(Document, a_byte_order_mark_is_passed_over) {
    const std::string mark = "\xEF\xBB\xBF";
    EXPECT_EQ(dump_of(mark + "a: 1"), "{a@1:1=num:1@1:4}@1:1");
    // Only the JSON reader takes surrogate pairs.
    EXPECT_EQ(dump_of(mark + R"({"a": "\ud83d\ude00"})"), "{a@1:2=text:\xF0\x9F\x98\x80@1:7}@1:1");
}

TEST(Document, an_empty_file_is_null) {
    EXPECT_EQ(dump_of(""), "null@0:0");
    EXPECT_EQ(dump_of("# nothing\n"), "null@0:0");
}

TEST(Document, duplicate_keys_are_found_at_every_depth_in_both_languages) {
    EXPECT_THAT(read("a: 1\nb: {c: 1, c: 2}\na: [{d: 1, d: 2}]").mistakes,
                ElementsAre("f.yaml:2:11: b.c: is given twice, first in line 2; keep one",
                            "f.yaml:3:1: a: is given twice, first in line 1; keep one",
                            "f.yaml:3:12: a[0].d: is given twice, first in line 3; keep one"));
    EXPECT_THAT(read("{\"a\": 1,\n \"\\u0061\": 2}").mistakes,
                ElementsAre("f.yaml:2:2: a: is given twice, first in line 1; keep one"));
}

TEST(Document, aliases_anchors_and_tags_are_refused_and_the_rest_is_read) {
    const Read result = read("a: &x 1\nb: *x\nc: !!int 3\nd: !mine {e: 1}\nf: 1\nf: 2\n");
    EXPECT_THAT(result.mistakes,
                ElementsAre("f.yaml:1:4: anchors (&) are not supported; leave it out",
                            "f.yaml:2:4: aliases (*) are not supported; write the value again",
                            "f.yaml:3:4: tags (!) are not supported; leave it out",
                            "f.yaml:4:4: tags (!) are not supported; leave it out",
                            "f.yaml:6:1: f: is given twice, first in line 5; keep one"));
    EXPECT_TRUE(result.root);
}

TEST(Document, a_syntax_error_ends_the_reading) {
    for (const char* text : {"a: [1, 2\nb: 3",
                             "a: b: c",
                             "\ta: 1",
                             "a: \"x",
                             "a: 1\n---\nb: 2",
                             "<<: {a: 1}",
                             "? [a]\n: 1",
                             "? {a: 1}\n: 1",
                             "~: 1",
                             "a: 1\n b: 2"}) {
        const Read result = read(text);
        EXPECT_FALSE(result.root) << text;
        EXPECT_EQ(result.mistakes.size(), 1U) << text;
    }
    EXPECT_THAT(read("a: 1\n---\nb: 2").mistakes,
                ElementsAre(HasSubstr("a second document begins here; one file holds one")));
    EXPECT_THAT(read("a: &x 1\n*x : 2").mistakes.back(), HasSubstr("an alias cannot be a key"));
}

TEST(Document, a_json_error_has_its_place_and_never_what_was_read) {
    EXPECT_THAT(read("{\"a\": 1,\n  \"b\" 2}").mistakes,
                ElementsAre("f.yaml:2:7: not valid JSON: unexpected number literal; expected ':'"));
    EXPECT_THAT(
        read("{\"password\": \"hunter2\nx\"}").mistakes,
        ElementsAre(::testing::AllOf(HasSubstr("f.yaml:1:22: not valid JSON: invalid string"),
                                     ::testing::Not(HasSubstr("hunter2")))));
    EXPECT_THAT(read("{\"a\": 1} x").mistakes, ElementsAre(HasSubstr("f.yaml:1:10: ")));
    EXPECT_THAT(read("{\"a\": 1").mistakes, ElementsAre(HasSubstr("end of input; expected '}'")));
    EXPECT_THAT(read("", "f.json").mistakes, ElementsAre(HasSubstr("f.json:1:1: not valid JSON")));
    EXPECT_THAT(read("{\"a\": 1e999}").mistakes, ElementsAre(HasSubstr("a number is too large")));
    EXPECT_THAT(read("a: 1", "f.json").mistakes, ElementsAre(HasSubstr("not valid JSON")));
}

TEST(Document, what_is_not_utf8_is_refused_where_it_stands) {
    for (const char* bad : {"\xFF",
                            "\x80",
                            "\xC0\x80",
                            "\xE0\x80\x80",
                            "\xED\xA0\x80",
                            "\xC3",
                            "\xF4\x90\x80\x80",
                            "\xF0\x80\x80\x80",
                            "\xE2\x82"}) {
        EXPECT_THAT(
            read(std::string{"a: 1\nb: "} + bad).mistakes,
            ElementsAre("f.yaml:2:4: is not UTF-8 text from here on; save the file as UTF-8"));
    }
    EXPECT_THAT(read(std::string_view{"a: \0 x", 6}).mistakes,
                ElementsAre(HasSubstr("f.yaml:1:4")));
}

TEST(Document, depth_and_number_of_values_are_bounded) {
    const std::string deep(document_depth_max, '[');
    const std::string shallow = deep + std::string(document_depth_max, ']');
    EXPECT_THAT(read(shallow).mistakes, IsEmpty());
    EXPECT_THAT(read(shallow, "f.json").mistakes, IsEmpty());
    for (const char* file : {"f.yaml", "f.json"}) {
        EXPECT_THAT(read('[' + shallow + ']', file).mistakes,
                    ElementsAre(HasSubstr(":1:33: the file is nested deeper than 32 levels")));
        // Brackets without end are an error in both languages, and no deep recursion.
        EXPECT_THAT(read(std::string(500'000, '['), file).mistakes, testing::SizeIs(1));
        std::string wide = "[";
        for (std::size_t count = 0; count < document_nodes_max; ++count) {
            wide += "1,\n";
        }
        EXPECT_THAT(read(wide + "1]", file).mistakes,
                    ElementsAre(HasSubstr("the file holds more than 20000 values")));
    }
}

}  // namespace
}  // namespace followd::config
