"""What an index is apart from its documents: mapping, settings, aliases."""
import threading
import time
import unittest

from cluster import Answer, quote
from daemon import rule
from harness import Replication, wait_until

# A change is there within this many seconds.
SOON = 10


class Metadata(Replication):
    """An index `logs`, followed."""

    def follow(self, index="logs", wait=True, **more):
        if not self.leader.exists(index):
            self.leader.create(index)
        self.daemon = self.followd([rule([index], **more)]).start()
        if wait:
            self.wait_level(self.daemon, index)
        return self.daemon

    def aliases(self, cluster, index="logs"):
        """Without the alias that followd writes through."""
        found = cluster.call("GET", f"/{quote(index)}/_alias")[index]["aliases"]
        return {name: alias for name, alias in found.items() if not name.startswith(".followd-")}

    def change_aliases(self, cluster, *actions):
        cluster.call("POST", "/_aliases", {"actions": list(actions)})

    def put_settings(self, settings, index="logs"):
        self.leader.call("PUT", f"/{index}/_settings", settings)

    def put_settings_closed(self, settings, index="logs"):
        self.leader.call("POST", f"/{index}/_close")
        self.put_settings(settings, index)
        self.leader.call("POST", f"/{index}/_open")

    def wait_for_setting(self, name, value, index="logs"):
        wait_until(lambda: self.follower.settings(index).get(name) == value, SOON,
                   what=f"{name} being {value}")

    def warnings(self, index="logs"):
        return " ".join(self.daemon.row(index)["warnings"])

    def versions(self, index="logs"):
        """Of the follower index, which every change of it raises."""
        entry = self.follower.call("GET", f"/_cluster/state/metadata/{index}")["metadata"][
            "indices"][index]
        return [entry[f"{part}_version"] for part in ("mapping", "settings", "aliases")]

    def mark(self, index="logs"):
        mapping = self.follower.call("GET", f"/{index}/_mapping")[index]["mappings"]
        return mapping["_meta"]["followd"]


class Mappings(Metadata):
    def test_a_new_field_without_any_document(self):
        self.follow()
        self.leader.call("PUT", "/logs/_mapping", {"properties": {"at": {"type": "date"}}})
        wait_until(lambda: self.follower.mappings("logs") == self.leader.mappings("logs"), SOON,
                   what="the field being there")
        self.assertIn("mapping version", self.daemon.row("logs")["metadata"]["last_change"]["what"])

    def test_fields_that_come_while_documents_do(self):
        """No document waits for the next look, and no type is guessed."""
        self.follow()
        ending = threading.Event()

        def change_mapping():
            for n in range(60):
                if ending.is_set():
                    break
                self.leader.call("PUT", "/logs/_mapping", {
                    "properties": {f"k{n}": {"type": "keyword" if n % 2 else "long"}}})
        changer = threading.Thread(target=change_mapping)
        changer.start()
        try:
            for n in range(60):
                self.leader.index_many("logs", range(n * 50, n * 50 + 50),
                                       lambda id, n=n: {f"d{n}": id, "text": "1"})
        finally:
            ending.set()
            changer.join()
        self.wait_level(self.daemon, "logs")
        self.assert_equal("logs")
        wait_until(lambda: self.follower.mappings("logs") == self.leader.mappings("logs"), SOON,
                   what="the mappings being equal")

    def test_more_fields_than_were_allowed(self):
        """The limit goes to the follower before the mapping that needs it."""
        self.leader.create("logs", 1, None, **{"index.mapping.total_fields.limit": 20})
        self.follow()
        self.put_settings({"index.mapping.total_fields.limit": 3000})
        self.leader.call("PUT", "/logs/_doc/1", {f"f{n}": n for n in range(500)})
        self.wait_level(self.daemon, "logs", 15)
        self.assert_equal("logs")
        self.assertEqual(self.follower.mappings("logs"), self.leader.mappings("logs"))


class Settings(Metadata):
    def test_dynamic_settings_are_copied_and_taken_away(self):
        self.follow()
        self.put_settings({"index.max_ngram_diff": 7, "index.mapping.total_fields.limit": 1234})
        self.wait_for_setting("index.max_ngram_diff", "7")
        self.wait_for_setting("index.mapping.total_fields.limit", "1234")
        row = wait_until(lambda: self.daemon.row("logs")["metadata"]["last_change"] and
                         self.daemon.row("logs"), what="the change being shown")
        self.assertIn("index.max_ngram_diff = 7", row["metadata"]["last_change"]["what"])
        self.assertIn("index.max_ngram_diff = 7", self.daemon.log_text())
        self.put_settings({"index.max_ngram_diff": None})
        self.wait_for_setting("index.max_ngram_diff", None)
        self.assertEqual(row["warnings"], [])

    def test_what_is_the_followers_own_is_left_alone_and_remembered(self):
        self.follow()
        self.follower.call("PUT", "/logs/_settings", {
            "index.priority": 3, "index.max_result_window": 12345, "index.refresh_interval": "7s"})
        self.put_settings({"index.number_of_replicas": 1, "index.refresh_interval": "30s",
                           "index.priority": 9, "index.translog.durability": "async",
                           "index.max_result_window": 20000, "index.max_ngram_diff": 2})
        self.wait_for_setting("index.max_ngram_diff", "2")
        here = self.follower.settings("logs")
        self.assertEqual(here["index.refresh_interval"], "7s")
        self.assertEqual(here["index.priority"], "3")
        self.assertEqual(here["index.max_result_window"], "12345")
        self.assertNotIn("index.translog.durability", here)
        held_back = self.mark()["held_back"]["settings"]
        self.assertEqual(held_back["index.number_of_replicas"], "1")
        self.assertEqual(held_back["index.refresh_interval"], "30s")
        self.assertEqual(held_back["index.priority"], "9")

    def test_the_rules_own_settings_win(self):
        self.follow(settings={"index.max_ngram_diff": 5})
        self.put_settings({"index.max_ngram_diff": 2, "index.max_shingle_diff": 6})
        self.wait_for_setting("index.max_shingle_diff", "6")
        self.assertEqual(self.follower.settings("logs")["index.max_ngram_diff"], "5")

    def test_a_restart_changes_nothing(self):
        self.leader.create("logs", 1, {"properties": {"t": {"type": "text"}}},
                           **{"index.max_ngram_diff": 3})
        self.change_aliases(self.leader, {"add": {"index": "logs", "alias": "all"}})
        self.follow()
        wait_until(lambda: "all" in self.aliases(self.follower), SOON, what="the alias")
        time.sleep(3)
        before = self.versions()
        self.assertEqual(self.daemon.stop(), 0)
        self.daemon.start()
        self.wait_level(self.daemon, "logs")
        wait_until(lambda: self.daemon.row("logs")["metadata"]["aliases_version"], SOON,
                   what="the comparison")
        self.assertEqual(self.versions(), before)
        self.assertEqual(self.daemon.row("logs")["warnings"], [])

    def test_what_changed_while_the_daemon_was_away(self):
        self.change_both = {"index.max_ngram_diff": 4}
        self.follow()
        self.change_aliases(self.leader, {"add": {"index": "logs", "alias": "before"}})
        wait_until(lambda: "before" in self.aliases(self.follower), SOON, what="the alias")
        self.assertEqual(self.daemon.stop(), 0)
        self.put_settings(self.change_both)
        self.change_aliases(self.leader, {"remove": {"index": "logs", "alias": "before"}},
                            {"add": {"index": "logs", "alias": "after"}})
        self.daemon.start()
        self.wait_for_setting("index.max_ngram_diff", "4")
        wait_until(lambda: set(self.aliases(self.follower)) == {"after"}, SOON,
                   what="the aliases being equal")


LOWERCASE = {"index.analysis.analyzer.mine.type": "custom",
             "index.analysis.analyzer.mine.tokenizer": "standard",
             "index.analysis.analyzer.mine.filter": ["lowercase"]}


class Analysis(Metadata):
    """Settings that only a closed index takes."""

    def setUp(self):
        super().setUp()
        # A closed leader is an outage while it lasts, and a mapping may be refused.
        self.allows_errors = True
        self.leader.create("logs", 1, {"properties": {"t": {"type": "text"}}})
        self.leader.index_many("logs", range(100), lambda n: {"t": f"Word {n}"})

    def test_copied_where_the_rule_allows_it(self):
        self.follow(allow_close=True)
        self.put_settings_closed(LOWERCASE)
        self.leader.call("PUT", "/logs/_mapping", {
            "properties": {"m": {"type": "text", "analyzer": "mine"}}})
        self.leader.index_many("logs", range(100, 200), lambda n: {"m": f"Other {n}"})
        self.wait_level(self.daemon, "logs", 120)
        self.assert_equal("logs")
        self.assertEqual(self.follower.mappings("logs"), self.leader.mappings("logs"))
        here = self.follower.settings("logs")
        self.assertEqual({name: here.get(name) for name in LOWERCASE}, LOWERCASE)
        wait_until(lambda: "closed" not in self.mark(), SOON, what="the mark being cleared")
        self.assertEqual(self.daemon.row("logs")["warnings"], [])

    def test_said_by_name_where_it_does_not(self):
        self.follow()
        self.put_settings_closed(LOWERCASE)
        wait_until(lambda: "index.analysis.analyzer.mine" in self.warnings(), 60,
                   what="the warning")
        self.assertIn("allow_close", self.warnings())
        self.leader.call("PUT", "/logs/_doc/more", {"t": "x"})
        self.wait_level(self.daemon, "logs", 60)
        self.assert_equal("logs")
        self.leader.call("PUT", "/logs/_mapping", {
            "properties": {"m": {"type": "text", "analyzer": "mine"}}})
        self.leader.call("PUT", "/logs/_doc/most", {"m": "x"})

        def halted():
            error = self.daemon.row("logs")["shards"][0]["last_error"]
            return error and "mine" in error["what"] and error["what"]
        self.assertIn("allow_close", wait_until(halted, what="the refusal"))

    def test_killed_between_close_and_open(self):
        """Whatever moment it was, the next run opens what was closed, and goes on."""
        self.follow(allow_close=True)
        for attempt in range(4):
            self.put_settings_closed({
                f"index.analysis.analyzer.a{attempt}.type": "standard",
                f"index.analysis.analyzer.a{attempt}.max_token_length": "9"})

            def is_closed():
                found = self.follower.call(
                    "GET", "/_cluster/state/metadata/logs?filter_path=metadata.indices.*.state")
                return found["metadata"]["indices"]["logs"]["state"] == "close"
            wait_until(is_closed, 60, 0.001, "the follower being closed")
            self.daemon.kill()
            was_closed = is_closed()
            self.daemon.start()
            self.wait_level(self.daemon, "logs", 60)
            self.wait_for_setting(f"index.analysis.analyzer.a{attempt}.max_token_length", "9")
            if was_closed:
                break
        self.assertTrue(was_closed)
        wait_until(lambda: "closed" not in self.mark(), SOON, what="the mark being cleared")
        self.leader.call("PUT", "/logs/_doc/after", {"t": "x"})
        self.wait_level(self.daemon, "logs", 60)
        self.assert_equal("logs")

    def test_closed_by_a_person_stays_closed(self):
        self.follow(allow_close=True)
        self.assertEqual(self.daemon.stop(), 0)
        self.follower.call("POST", "/logs/_close")
        self.daemon.start()
        wait_until(lambda: "closed" in str(self.daemon.row("logs")["last_error"]), 30,
                   what="the reason")
        time.sleep(3)
        self.assertIn("closed", str(self.daemon.row("logs")["last_error"]))


class Aliases(Metadata):
    def test_added_changed_and_removed(self):
        self.leader.create("logs", 1, {"properties": {"team": {"type": "keyword"}}})
        self.change_aliases(
            self.leader,
            {"add": {"index": "logs", "alias": "plain"}},
            {"add": {"index": "logs", "alias": "team-a", "filter": {"term": {"team": "a"}},
                     "index_routing": "1", "search_routing": "1,2", "is_hidden": True}},
            {"add": {"index": "logs", "alias": "write", "is_write_index": True}})
        self.follow()

        def equal():
            there = self.aliases(self.leader)
            for alias in there.values():
                if "is_write_index" in alias:
                    alias["is_write_index"] = False
            here = self.aliases(self.follower)
            return there == here or self.fail_softly(there, here)
        wait_until(equal, SOON, what="the aliases")
        # Nobody writes to a follower through the alias until it is promoted.
        with self.assertRaises(Answer) as refused:
            self.follower.call("PUT", "/write/_doc/1", {"team": "a"})
        self.assertIn("no write index", refused.exception.body)
        self.assertEqual(self.mark()["held_back"]["write_aliases"], ["write"])
        self.change_aliases(
            self.leader,
            {"remove": {"index": "logs", "alias": "plain"}},
            {"add": {"index": "logs", "alias": "team-a", "filter": {"term": {"team": "b"}},
                     "is_hidden": True}},
            {"add": {"index": "logs", "alias": "more", "routing": "x"}})
        wait_until(equal, SOON, what="the changed aliases")
        self.assertEqual(set(self.aliases(self.follower)), {"team-a", "write", "more"})
        wait_until(lambda: "alias plain removed" in self.daemon.log_text(), SOON,
                   what="the change being logged")
        self.leader.call("PUT", "/logs/_doc/1", {"team": "b"})
        self.wait_level(self.daemon, "logs")
        self.assert_equal("logs")

    @staticmethod
    def fail_softly(there, here):
        raise RuntimeError(f"leader {there}, follower {here}")

    def test_a_persons_own_alias_stays(self):
        self.follow()
        self.follower.call("PUT", "/logs/_alias/own")
        self.change_aliases(self.leader, {"add": {"index": "logs", "alias": "theirs"}})
        wait_until(lambda: set(self.aliases(self.follower)) == {"own", "theirs"}, SOON,
                   what="both aliases")
        self.change_aliases(self.leader, {"remove": {"index": "logs", "alias": "theirs"}})
        wait_until(lambda: set(self.aliases(self.follower)) == {"own"}, SOON,
                   what="the leader's alias being removed")

    def test_a_name_that_an_index_has_keeps_no_other_off(self):
        self.follower.create("taken")
        self.follow()
        self.change_aliases(self.leader, {"add": {"index": "logs", "alias": "taken"}},
                            {"add": {"index": "logs", "alias": "free"}})
        wait_until(lambda: set(self.aliases(self.follower)) == {"free"}, SOON, what="the alias")
        wait_until(lambda: "alias taken" in self.warnings(), SOON, what="the warning")
        self.assertEqual(self.daemon.phase("logs"), "following")


if __name__ == "__main__":
    unittest.main()
