#include "config/mode_parser.hpp"

#include "parse_support.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace followd::config {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// One rule, whose `more` begins in line 6 at column 52.
std::string with_rule(const std::string& more) {
    return with_clusters(
        "repositories: {nfs: {type: fs, location: /mnt/nfs}}\n"
        "follow:\n"
        "  - {name: a, leader: beijing, follower: shanghai, " +
        more + "}\n");
}

const std::string recovered = "indices: [x], repository: nfs, mode: snapshot";

FollowRule rule_of(const std::string& more) {
    const Settings settings = settings_of(with_rule(more));
    return settings.follow.empty() ? FollowRule{} : settings.follow[0];
}

std::vector<std::string> mistakes_of_rule(const std::string& more) {
    return mistakes_of(with_rule(more));
}

std::vector<std::string> mistakes_of_every(const std::string& every) {
    return mistakes_of_rule(recovered + ", every: " + every);
}

Duration duration_of(const std::string& every) {
    const Schedule schedule = rule_of(recovered + ", every: " + every).every;
    EXPECT_EQ(schedule.text, every);
    const auto* duration = std::get_if<Duration>(&schedule.when);
    EXPECT_NE(duration, nullptr);
    return duration == nullptr ? Duration{} : *duration;
}

TEST(Mode, is_history_unless_told_otherwise) {
    EXPECT_EQ(rule_of("indices: [x]").mode, FollowMode::history);
    EXPECT_EQ(rule_of("indices: [x], mode: history").mode, FollowMode::history);
    EXPECT_EQ(rule_of(recovered).mode, FollowMode::snapshot);
}

TEST(Mode, snapshot_has_defaults) {
    const FollowRule rule = rule_of(recovered);
    EXPECT_EQ(rule.repository, RepositoryName{"nfs"});
    EXPECT_EQ(rule.every, Schedule{});
    EXPECT_EQ(rule.every.text, "1h");
    EXPECT_EQ(rule.snapshots_to_keep, 24);
}

TEST(Mode, both_take_a_name_and_settings) {
    const std::string more =
        "indices: [\"x-*\"], repository: nfs, follow_index_pattern: \"{{leader_index}}-copy\", "
        "settings: {number_of_replicas: 0}";
    for (const char* mode : {"history", "snapshot"}) {
        const FollowRule rule = rule_of(more + ", mode: " + mode);
        EXPECT_EQ(rule.follow_index_pattern, "{{leader_index}}-copy");
        EXPECT_EQ(rule.settings.size(), 1U);
    }
}

TEST(Mode, keys_of_the_other_mode_are_refused) {
    EXPECT_THAT(mistakes_of_rule(recovered +
                                 ", bootstrap: stream, allow_close: true, on_leader_delete: keep"),
                ElementsAre("f.yaml:6:110: follow[0].bootstrap: belongs to mode: history; leave it "
                            "out",
                            HasSubstr("follow[0].allow_close: belongs to mode: history"),
                            HasSubstr("follow[0].on_leader_delete: belongs to mode: history")));
    EXPECT_THAT(mistakes_of_rule("indices: [x], every: 1h, keep: 3"),
                ElementsAre(HasSubstr("follow[0].every: belongs to mode: snapshot"),
                            HasSubstr("follow[0].keep: belongs to mode: snapshot")));
    EXPECT_THAT(mistakes_of_rule("indices: [x], mode: history, keep: 3"),
                ElementsAre(HasSubstr("follow[0].keep: belongs to mode: snapshot")));
}

TEST(Mode, one_that_is_not_known_is_the_only_mistake) {
    EXPECT_THAT(mistakes_of_rule("indices: [x], mode: snapshots, every: 1h, allow_close: true"),
                ElementsAre("f.yaml:6:72: follow[0].mode: \"snapshots\" is not known here; write "
                            "history or snapshot"));
    EXPECT_THAT(mistakes_of_rule("indices: [x], mode: , every: 1h"),
                ElementsAre(HasSubstr("follow[0].mode")));
}

TEST(Mode, snapshot_needs_a_repository) {
    EXPECT_THAT(mistakes_of_rule("indices: [x], mode: snapshot"),
                ElementsAre("f.yaml:6:72: follow[0].mode: snapshots need a repository; add "
                            "repository with a name of repositories, or write history"));
    EXPECT_THAT(mistakes_of_rule("indices: [x], mode: snapshot, repository: other"),
                ElementsAre(HasSubstr("\"other\" is no repository of this file")));
}

TEST(Keep, is_1_to_1000) {
    EXPECT_EQ(rule_of(recovered + ", keep: 1").snapshots_to_keep, 1);
    EXPECT_EQ(rule_of(recovered + ", keep: 1000").snapshots_to_keep, 1000);
    for (const char* wrong : {"0", "1001", "-1", "1.5", "\"7\"", "24h", "[1]", "true"}) {
        EXPECT_THAT(mistakes_of_rule(recovered + ", keep: " + wrong),
                    ElementsAre(StartsWith("f.yaml:6:")))
            << wrong;
    }
    EXPECT_THAT(mistakes_of_rule(recovered + ", keep: 0"),
                ElementsAre(HasSubstr("write a whole number from 1 to 1000")));
}

TEST(Every, is_a_duration) {
    EXPECT_EQ(duration_of("1s"), 1s);
    EXPECT_EQ(duration_of("15m"), 15min);
    EXPECT_EQ(duration_of("1500ms"), 1500ms);
    EXPECT_EQ(duration_of("365d"), 24h * 365);
    for (const char* wrong : {"999ms", "0h", "366d", "9000h"}) {
        EXPECT_THAT(mistakes_of_every(wrong),
                    ElementsAre(HasSubstr("is out of range; write a value from 1s to 365d")))
            << wrong;
    }
}

TEST(Every, is_a_cron_line) {
    const Schedule schedule = rule_of(recovered + ", every: \"30 8-18/2 * * mon-fri\"").every;
    EXPECT_EQ(schedule.text, "30 8-18/2 * * mon-fri");
    const auto* line = std::get_if<CronLine>(&schedule.when);
    ASSERT_NE(line, nullptr);
    EXPECT_TRUE(line->minutes.test(30));
    EXPECT_EQ(line->hours.count(), 6U);
    EXPECT_EQ(line->days_of_week.count(), 5U);
    EXPECT_TRUE(std::holds_alternative<CronLine>(
        rule_of(recovered + ", every: \"*/5 * * * *\"").every.when));
    EXPECT_TRUE(
        std::holds_alternative<CronLine>(rule_of(recovered + ", every: 0 * * * *").every.when));
}

TEST(Every, a_cron_line_that_begins_with_a_star_needs_quotes) {
    EXPECT_THAT(mistakes_of_every("*/5 * * * *"),
                ElementsAre(AllOf(HasSubstr("not valid YAML"),
                                  HasSubstr("put a text that begins with * in quotes"))));
    EXPECT_THAT(mistakes_of("follow:\n  - every: */5 * * * *\n"),
                ElementsAre(AllOf(StartsWith("f.yaml:2:12: not valid YAML"),
                                  HasSubstr("put a text that begins with * in quotes"))));
    EXPECT_THAT(mistakes_of("a: {\n"), ElementsAre(testing::Not(HasSubstr("quotes"))));
}

TEST(Every, is_nothing_else) {
    for (const char* wrong : {"1 h", "hourly", "\"@daily\"", "60", "true", "[1h]", "\"\"", "1"}) {
        EXPECT_THAT(mistakes_of_every(wrong), ElementsAre(StartsWith("f.yaml:6:"))) << wrong;
    }
    EXPECT_THAT(mistakes_of_every("hourly"),
                ElementsAre("f.yaml:6:106: follow[0].every: \"hourly\" is not a schedule; write a "
                            "duration, for example 1h, or a cron line in quotes, for example "
                            "\"0 * * * *\""));
    EXPECT_THAT(mistakes_of_every("60"), ElementsAre(HasSubstr("\"60\" is not a schedule")));
    EXPECT_THAT(mistakes_of_every(" "), ElementsAre(HasSubstr("follow[0].every: has no value")));
}

TEST(Every, a_mistake_in_a_cron_line_names_the_field) {
    EXPECT_THAT(mistakes_of_every("\"0 25 * * *\""),
                ElementsAre("f.yaml:6:106: follow[0].every: the hour \"25\" is out of range; write "
                            "* or values from 0 to 23, such as 8-18 or */6"));
    EXPECT_THAT(mistakes_of_every("\"0 0 31 2 *\""),
                ElementsAre(HasSubstr("follow[0].every: \"0 0 31 2 *\" can wait more than eight "
                                      "years for a day that fits; write days that its months "
                                      "have")));
    EXPECT_THAT(mistakes_of_every("\"0 0 * *\""), ElementsAre(HasSubstr("has 4 fields")));
    EXPECT_THAT(mistakes_of_every("\"0 0 1,a\\u0007b * *\""),
                ElementsAre(HasSubstr("the day of month \"")));
}

TEST(Recovered, an_alias_must_leave_room_for_a_stamp) {
    const auto named = [](std::size_t bytes, const std::string& mode) {
        return mistakes_of_rule("indices: [x], repository: nfs, mode: " + mode +
                                ", follow_index_pattern: " + std::string(bytes, 'n'));
    };
    EXPECT_THAT(named(238, "snapshot"), IsEmpty());
    EXPECT_THAT(named(239, "snapshot"),
                ElementsAre(HasSubstr("follow[0].follow_index_pattern: leaves no room for the "
                                      "stamp of 17 bytes")));
    EXPECT_THAT(named(239, "history"), IsEmpty());
    EXPECT_THAT(named(256, "snapshot"), ElementsAre(HasSubstr("longer than 255 bytes")));
}

TEST(Recovered, into_its_own_cluster_the_name_must_change) {
    const auto same_cluster = [](const std::string& more) {
        return mistakes_of(
            with_clusters("repositories: {nfs: {type: fs, location: /mnt/nfs}}\n"
                          "follow:\n"
                          "  - {name: a, leader: beijing, follower: beijing, mode: snapshot, "
                          "repository: nfs, " +
                          more + "}\n"));
    };
    EXPECT_THAT(same_cluster("indices: [\"x-*\"]"),
                ElementsAre(HasSubstr("follow[0].follow_index_pattern: leader and follower are one "
                                      "cluster, where no alias can have the name of an index; "
                                      "change the name")));
    EXPECT_THAT(same_cluster("indices: [x], follow_index_pattern: x"),
                ElementsAre(HasSubstr("no alias can have the name of an index")));
    EXPECT_THAT(same_cluster("indices: [\"x-*\"], follow_index_pattern: \"{{leader_index}}-copy\""),
                IsEmpty());
}

TEST(Recovered, an_alias_has_one_rule_of_whatever_mode) {
    for (const char* mode : {"history", "snapshot"}) {
        EXPECT_THAT(mistakes_of(with_rule(recovered +
                                          "}\n  - {name: b, leader: beijing, follower: "
                                          "shanghai, indices: [x], repository: nfs, "
                                          "mode: " +
                                          mode)),
                    ElementsAre(HasSubstr("is claimed by rule \"a\" too")))
            << mode;
    }
}

}  // namespace
}  // namespace followd::config
