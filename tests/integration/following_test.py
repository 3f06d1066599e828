"""Following as such: copying, tailing, rules, mappings."""
import threading
import time
import unittest

from daemon import rule
from harness import Replication, wait_until


class CopyAndTail(Replication):
    """What is there is copied, and what happens afterwards follows, shard by shard."""

    def test_one_and_three_shards(self):
        for index, shards in (("one", 1), ("three", 3)):
            self.leader.create(index, shards)
            self.leader.index_many(index, range(4000), lambda n: {"n": n})
        daemon = self.followd([rule(["one", "three"])]).start()
        for index in ("one", "three"):
            self.wait_level(daemon, index)
            self.assert_equal(index)
        for index in ("one", "three"):
            self.leader.index_many(index, range(2000, 6000), lambda n: {"n": -n})
            self.leader.delete_many(index, range(0, 1000))
        for index in ("one", "three"):
            row = self.wait_level(daemon, index)
            self.assertEqual(len(self.assert_equal(index)), 5000)
            self.assertEqual(row["docs_copied"], row["docs_total"])
            self.assertTrue(all(shard["lag_ops"] == 0 for shard in row["shards"]))

    def test_a_write_is_there_soon(self):
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        for n in range(5):
            self.leader.call("PUT", f"/logs/_doc/{n}", {"n": n})
            wait_until(lambda: self.follower.call("GET", f"/logs/_doc/{n}")["found"], 10, 0.02,
                       "the document being on the follower")

    def test_an_empty_index(self):
        self.leader.create("logs", 2, {"properties": {"at": {"type": "date"}}})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assertEqual(self.leader.mappings("logs"), self.follower.mappings("logs"))
        self.assertEqual(self.follower.count("logs"), 0)

    def test_an_empty_index_without_a_mapping_after_a_restart(self):
        """Such an index refuses to be sorted even by a sequence number."""
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.wait_level(daemon, "logs")
        time.sleep(1)
        self.leader.call("PUT", "/logs/_doc/1", {"n": 1})
        self.wait_level(daemon, "logs", 20)
        self.assert_equal("logs")

    def test_a_document_rewritten_all_the_time(self):
        """It always stands above the checkpoint that any search began with."""
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        ending = threading.Event()

        def rewrite():
            connection = self.leader.connection()
            for n in range(1 << 30):
                if ending.is_set():
                    break
                self.leader.bulk([line for k in range(20) for line in (
                    {"index": {"_id": "hot"}}, {"n": n * 20 + k})], "logs", connection)
            connection.close()
        writer = threading.Thread(target=rewrite)
        writer.start()
        try:
            seen = set()

            def moves():
                seen.add(self.follower.call("GET", "/logs/_doc/hot")["_source"]["n"])
                return len(seen) >= 10
            wait_until(moves, 60, 0.05, "the hot document being seen ten times")
        finally:
            ending.set()
            writer.join()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")

    def test_trailing_deletes_and_no_ops(self):
        """They leave no document to read: the checkpoint rises all the same, then all is quiet."""
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.leader.index_many("logs", range(20), lambda n: {"n": n})
        self.leader.delete_many("logs", range(10, 30))
        self.wait_level(daemon, "logs", 30)
        self.assert_equal("logs")
        self.assertEqual(self.leader.checkpoints("logs"), {0: 39})

        def searches():
            stats = self.leader.call("GET", "/logs/_stats/search,refresh")["_all"]["total"]
            return stats["search"]["query_total"], stats["refresh"]["external_total"]
        time.sleep(2)
        before = searches()
        time.sleep(5)
        self.assertEqual(searches(), before, "an idle shard is searched or refreshed")


class Rules(Replication):
    """Patterns say which indices are followed, under which names, with which settings."""

    def test_patterns_with_an_exclusion_and_a_new_name(self):
        for index in ("logs-a", "logs-b", "logs-debug-a", "metrics"):
            self.leader.create(index)
            self.leader.call("PUT", f"/{index}/_doc/1", {"index": index})
        daemon = self.followd([
            rule(["-logs-debug-*", "logs-*"], "logs", follow_index_pattern="copy-{{leader_index}}")
        ]).start()
        for index in ("logs-a", "logs-b"):
            self.wait_level(daemon, index)
            self.assert_equal(index, f"copy-{index}")
        followers = {row["follower_index"] for row in daemon.status()["followers"]}
        self.assertEqual(followers, {"copy-logs-a", "copy-logs-b"})
        visible = {name for name in self.follower.index_names() if not name.startswith(".")}
        self.assertEqual(visible, followers)

    def test_a_new_index_is_followed(self):
        daemon = self.followd([rule(["logs-*"])]).start()
        wait_until(daemon.status, what="the daemon answering")
        self.leader.create("logs-new")
        self.leader.call("PUT", "/logs-new/_doc/1", {"n": 1})
        wait_until(lambda: self.follower.call("GET", "/logs-new/_doc/1")["found"], 20, 0.1,
                   "the new index being on the follower")
        self.wait_level(daemon, "logs-new")

    def test_two_rules_for_one_leader_index(self):
        self.leader.create("logs")
        self.leader.index_many("logs", range(100), lambda n: {"n": n})
        daemon = self.followd([
            rule(["logs"], "plain"),
            rule(["logs"], "other", follow_index_pattern="{{leader_index}}-2")]).start()
        for name in ("logs", "logs-2"):
            wait_until(lambda: self.follower.exists(name), what=f"{name} being there")
            self.assert_equal("logs", name)
        self.assertEqual({row["rule"] for row in daemon.status()["followers"]}, {"plain", "other"})

    def test_settings_of_the_rule_and_of_the_leader(self):
        self.leader.create("logs", 2, None, **{
            "index.mapping.total_fields.limit": 1234, "refresh_interval": "7s",
            "index.mapping.depth.limit": 9,
            "analysis": {"analyzer": {"mine": {"type": "custom", "tokenizer": "standard",
                                               "filter": ["lowercase"]}}}})
        daemon = self.followd([rule(["logs"], settings={
            "index.mapping.depth.limit": 11, "index.refresh_interval": "3s"})]).start()
        self.wait_level(daemon, "logs")
        settings = self.follower.settings("logs")
        self.assertEqual(settings["index.number_of_shards"], "2")
        self.assertEqual(settings["index.mapping.total_fields.limit"], "1234")
        self.assertEqual(settings["index.mapping.depth.limit"], "11")
        self.assertEqual(settings["index.refresh_interval"], "3s")
        self.assertEqual(settings["index.analysis.analyzer.mine.tokenizer"], "standard")


class Mappings(Replication):
    """A new field follows the leader's mapping; the follower never guesses a type."""

    def assert_same_mappings(self, index):
        wait_until(lambda: self.leader.mappings(index) == self.follower.mappings(index), 20,
                   what=f"the mappings of {index} being the same")

    def test_fields_that_a_guess_would_get_wrong(self):
        self.leader.create("logs", 1, {"properties": {"n": {"type": "long"}}})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.leader.call("PUT", "/logs/_mapping", {"properties": {
            "when": {"type": "keyword"}, "code": {"type": "keyword"},
            "place": {"type": "geo_point"},
            "text": {"type": "text", "fields": {"raw": {"type": "keyword"}}}}})
        self.leader.call("PUT", "/logs/_doc/1", {
            "when": "2020-01-01", "code": 7, "place": "1.5,2.5", "text": "2021-01-01"})
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assert_same_mappings("logs")

    def test_new_fields_under_concurrent_writers(self):
        self.leader.create("logs", 2, None, **{"index.mapping.total_fields.limit": 5000})
        daemon = self.followd([rule(["logs"])]).start()

        def write(number):
            connection = self.leader.connection()
            for n in range(40):
                # A date and a number in texts, which dynamic mapping may take for their types.
                self.leader.call("PUT", f"/logs/_doc/{number}-{n}", {
                    f"date-{number}-{n % 20}": "2020-02-02", f"number-{number}-{n % 20}": n / 2,
                    f"text-{number}-{n % 20}": str(n)}, connection=connection)
            connection.close()
        writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 120)
        self.assert_same_mappings("logs")

    def test_an_index_without_a_mapping(self):
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.leader.call("PUT", "/logs/_doc/1", {"n": 1, "at": "2020-01-01", "in": {"side": True}})
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assert_same_mappings("logs")

    def test_what_the_leader_keeps_under_meta(self):
        self.leader.create("logs", 1, {"_meta": {"owner": "someone"}, "dynamic": "strict",
                                       "properties": {"n": {"type": "integer"}}})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assert_same_mappings("logs")
        self.leader.call("PUT", "/logs/_mapping", {"_meta": {"owner": "another"}})
        self.leader.call("PUT", "/logs/_doc/1", {"n": 1})
        self.wait_level(daemon, "logs")
        self.assert_same_mappings("logs")


if __name__ == "__main__":
    unittest.main()
