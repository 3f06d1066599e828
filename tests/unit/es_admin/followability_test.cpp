#include "es/followability.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace followd::es {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

engine::IndexDefinition definition(std::string settings,
                                   std::string mappings,
                                   std::string name = "logs") {
    engine::IndexDefinition definition;
    definition.index.name = IndexName{std::move(name)};
    definition.index.shards = 1;
    definition.settings = std::move(settings);
    definition.mappings = std::move(mappings);
    return definition;
}

TEST(Followability, PlainIndexesAreFollowedWithoutAWord) {
    const auto verdict = judge_leader(definition("{}", R"({"properties":{"a":{"type":"long"}}})"));
    EXPECT_FALSE(verdict.refusal.has_value());
    EXPECT_THAT(verdict.warnings, IsEmpty());
}

TEST(Followability, RefusalsSayWhy) {
    struct Case {
        const char* settings;
        const char* mappings;
        const char* word;
    };
    const Case cases[] = {
        {"{}", R"({"_source":{"enabled":false}})", "_source is disabled"},
        {"{}", R"({"_source":{"mode":"disabled"}})", "_source is disabled"},
        {R"({"index.mapping.source.mode":"disabled"})", "{}", "_source is disabled"},
        {R"({"index.disable_sequence_numbers":"true"})", "{}", "index.disable_sequence_numbers"},
        {R"({"index.mode":"time_series"})", "{}", "time series"},
        {R"({"index.mode":"logsdb_columnar"})", "{}", "logsdb_columnar"},
        {R"({"index.store.type":"snapshot"})", "{}", "searchable snapshot"},
        {R"({"index.frozen":"true"})", "{}", "unfreeze"},
        {R"({"index.source_only":"true"})", "{}", "source-only"},
    };
    for (const Case& wrong : cases) {
        const auto verdict = judge_leader(definition(wrong.settings, wrong.mappings));
        ASSERT_TRUE(verdict.refusal.has_value()) << wrong.word;
        EXPECT_EQ(verdict.refusal->kind, FailureKind::refused);
        EXPECT_THAT(verdict.refusal->what, HasSubstr(wrong.word));
    }
}

TEST(Followability, ClosedAndSystemIndicesAreRefused) {
    auto closed = definition("{}", "{}");
    closed.index.state = engine::IndexState::closed;
    ASSERT_TRUE(judge_leader(closed).refusal.has_value());
    EXPECT_THAT(judge_leader(closed).refusal->what, HasSubstr("closed"));
    auto system = definition("{}", "{}");
    system.index.is_system = true;
    ASSERT_TRUE(judge_leader(system).refusal.has_value());
}

TEST(Followability, AnUnknownModeIsFollowedWhereItKeepsSequenceNumbers) {
    const auto verdict = judge_leader(
        definition(R"({"index.mode":"columnar","index.disable_sequence_numbers":"false"})", "{}"));
    EXPECT_FALSE(verdict.refusal.has_value());
}

TEST(Followability, WarningsForWhatAFollowerCannotShow) {
    struct Case {
        const char* settings;
        const char* mappings;
        const char* name;
        const char* word;
    };
    const Case cases[] = {
        {"{}", R"({"_source":{"excludes":["z"]}})", "a", "leaves fields out"},
        {"{}", R"({"_source":{"mode":"synthetic"}})", "a", "synthetic"},
        {R"({"index.mapping.source.mode":"synthetic"})", "{}", "a", "synthetic"},
        {R"({"index.mode":"logsdb"})", "{}", "a", "logsdb"},
        {R"({"index.seq_no.index_options":"doc_values_only"})", "{}", "a", "without points"},
        {"{}", R"({"properties":{"o":{"properties":{"n":{"type":"nested"}}}}})", "a", "nested"},
        {"{}", "{}", ".ds-logs-000001", "data stream"},
    };
    for (const Case& odd : cases) {
        const auto verdict = judge_leader(definition(odd.settings, odd.mappings, odd.name));
        EXPECT_FALSE(verdict.refusal.has_value());
        ASSERT_EQ(verdict.warnings.size(), 1U) << odd.word;
        EXPECT_THAT(verdict.warnings[0], HasSubstr(odd.word));
    }
}

TEST(Followability, MalformedDefinitionsAreNoVerdict) {
    const auto verdict = judge_leader(definition("{", "{}"));
    ASSERT_TRUE(verdict.refusal.has_value());
    EXPECT_EQ(verdict.refusal->kind, FailureKind::malformed);
}

}  // namespace
}  // namespace followd::es
