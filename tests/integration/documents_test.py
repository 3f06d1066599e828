"""Documents that are hard to carry over unchanged."""
import json
import unittest

from cluster import Cluster
from daemon import rule
from harness import Replication, wait_until

MIB = 1 << 20


class HardDocuments(Replication):
    """Ids, routings and sources arrive as the leader's own answers show them."""

    def follow(self, *indices, **more):
        daemon = self.followd([rule(list(indices))], **more).start()
        for index in indices:
            self.wait_level(daemon, index)
        return daemon

    def raw_source(self, cluster: Cluster, index, id):
        return cluster.raw("GET", f"/{index}/_source/{id}").decode()

    def test_numbers_that_no_double_holds(self):
        self.leader.create("logs", 1, {"enabled": False})
        daemon = self.follow("logs")
        text = ('{"big":12345678901234567890123,"huge":1e400,"tiny":-1.5E-999,"pi":3.14000,'
                '"zero":-0.0,"exact":0.1000000000000000055511151231257827}')
        self.leader.raw("PUT", "/logs/_doc/1", text)
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assertEqual(self.raw_source(self.follower, "logs", 1), text)

    def test_sources_with_raw_line_ends(self):
        """A bulk has one document a line: only the white space between tokens may change."""
        self.leader.create("logs", 1, {"enabled": False})
        source = {"text": "a\nb\r\nc\t\"d\\ \u2028 \U0001f600", "in": [{"deep": [1, {}, []]}, None]}
        self.leader.raw("PUT", "/logs/_doc/1", json.dumps(source, indent=4))
        self.leader.raw("PUT", "/logs/_doc/2",
                        json.dumps(source, indent="\t", ensure_ascii=False).replace("\n", "\r\n"))
        self.leader.raw("PUT", "/logs/_doc/3", '{"n":\n12345678901234567890123,\r"e"\r\n:1e400}')
        self.follow("logs")
        self.assertEqual(len(self.assert_equal("logs")), 3)
        self.assertIn("12345678901234567890123", self.raw_source(self.follower, "logs", 3))

    def test_empty_and_repetitive_sources(self):
        self.leader.create("logs", 1, {"enabled": False})
        for id, text in {"empty": "{}", "space": "{ }", "nothing": '{"a":null,"b":[],"c":{}}',
                         "key": '{"":{"":1}}', "dot": '{"a.b":1,"a":{"b":2}}'}.items():
            self.leader.raw("PUT", f"/logs/_doc/{id}", text)
        self.follow("logs")
        self.assertEqual(len(self.assert_equal("logs")), 5)

    def test_ids(self):
        ids = ['"', "\\", 'a"b\\c', "a/b", "/", "a b", " ", "%", "%2F", "a?b=c&d", "#", "\u00e9",
               "\u2603", "\U0001f600", "\n", "\t", "\u0001", "\u2028", "'", "..", "_id", "-1", "*",
               "a,b", "x" * 512, "\u00e9" * 256, "\U0001f600" * 128, "0" * 40, "null", "{}"]
        self.leader.create("logs", 2)
        self.leader.bulk([line for id in ids for line in ({"index": {"_id": id}}, {"id": id})],
                         "logs")
        self.leader.call("POST", "/logs/_doc", {"id": "made by the server"})
        daemon = self.follow("logs")
        self.assertEqual(len(self.assert_equal("logs")), len(ids) + 1)
        self.leader.bulk([{"delete": {"_id": id}} for id in ids[::2]], "logs")
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), len(ids[1::2]) + 1)
        self.leader.bulk([{"delete": {"_id": id}} for id in ids[1::2]], "logs")
        self.assertEqual(len(self.assert_equal("logs")), 1)

    def test_routings(self):
        routings = ['"', "\\", "a/b", "\u00e9\u2603", "a b", "%", "&x=y", "long " * 30]
        self.leader.create("logs", 3)
        self.leader.bulk([line for n, routing in enumerate(routings) for line in (
            {"index": {"_id": str(n), "routing": routing}}, {"n": n})], "logs")
        daemon = self.follow("logs")
        self.assertEqual({routing for routing, _ in self.assert_equal("logs").values()},
                         set(routings))
        self.leader.bulk([{"delete": {"_id": str(n), "routing": routing}}
                          for n, routing in enumerate(routings[:4])], "logs")
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 4)

    def test_nested_documents(self):
        self.leader.create("logs", 2, {"properties": {"people": {
            "type": "nested", "properties": {"name": {"type": "keyword"}}}}})
        self.leader.index_many("logs", range(300), lambda n: {
            "people": [{"name": f"{n}-{k}"} for k in range(n % 5)]})
        daemon = self.follow("logs")
        self.assertEqual(len(self.assert_equal("logs")), 300)
        self.leader.delete_many("logs", range(0, 300, 3))
        self.leader.index_many("logs", range(1, 300, 3), lambda n: {"people": [{"name": "new"}]})
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 200)
        query = {"query": {"nested": {"path": "people", "query": {
            "term": {"people.name": "new"}}}}}
        self.assertEqual(self.follower.call("POST", "/logs/_count", query)["count"], 100)

    def test_vectors(self):
        """9.2 leaves them out of what a plain search answers."""
        self.leader.create("logs", 1, {"properties": {
            "v": {"type": "dense_vector", "dims": 3, "index": True, "similarity": "l2_norm"}}})
        self.leader.index_many("logs", range(50), lambda n: {"v": [n, 0.5, -1.25], "n": n})
        self.follow("logs")
        documents = self.assert_equal("logs")
        self.assertTrue(all("v" in source for _, source in documents.values()))

    def test_leader_with_external_versions(self):
        """Numbers of clients' own, far above or below the leader's sequence numbers."""
        self.leader.create("logs")
        for id, version in (("low", 1), ("ms", 1700000000000), ("ns", 1700000000000000000)):
            self.leader.call("PUT", f"/logs/_doc/{id}?version={version}&version_type=external",
                             {"version": version})
        daemon = self.follow("logs")
        self.assertEqual(len(self.assert_equal("logs")), 3)
        self.leader.call("PUT", "/logs/_doc/ns?version=1700000000000000007&version_type=external",
                         {"version": 7})
        self.leader.call("DELETE", "/logs/_doc/ms?version=1700000000001&version_type=external")
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 2)

    def test_small_result_window(self):
        self.leader.create("logs", 2, None, **{"index.max_result_window": 50})
        self.leader.index_many("logs", range(2000), lambda n: {"n": n})
        daemon = self.follow("logs")
        self.leader.delete_many("logs", range(0, 2000, 3))
        self.wait_level(daemon, "logs")
        self.assert_equal("logs", page=50)


class LargeDocuments(Replication):
    """Documents of many MB pass, and the daemon's memory keeps to its limit."""

    def test_seven_megabytes_each(self):
        self.leader.create("logs", 1, {"enabled": False})
        for n in range(20):
            self.leader.call("PUT", f"/logs/_doc/{n}", {"n": n, "text": chr(97 + n) * (7 * MIB)})
        daemon = self.followd([rule(["logs"])], limits={"memory": "128mb"}).start()
        self.wait_level(daemon, "logs", 180)
        for n in range(0, 20, 3):
            self.leader.call("PUT", f"/logs/_doc/{n}", {"n": n, "text": "again " * MIB})
        self.wait_level(daemon, "logs", 180)
        self.assert_equal("logs", page=5)
        self.assertLessEqual(daemon.memory_peak(), (128 + 64) * MIB)

    def test_large_among_small(self):
        self.leader.create("logs", 2, {"enabled": False})
        for n in range(0, 3000, 500):
            self.leader.index_many("logs", range(n, n + 500), lambda n: {"n": n})
            self.leader.call("PUT", f"/logs/_doc/large-{n}", {"text": "l" * (9 * MIB)})
        daemon = self.followd([rule(["logs"])], limits={"memory": "64mb"}).start()
        self.wait_level(daemon, "logs", 180)
        self.assert_equal("logs", page=500)
        self.assertLessEqual(daemon.memory_peak(), (64 + 64) * MIB)


class TemplatesOfTheFollower(Replication):
    """Index templates of the follower's cluster do not bend a follower index."""

    def test_template_with_fields_aliases_and_settings(self):
        self.follower.call("PUT", "/_index_template/bends", {
            "index_patterns": ["*"], "priority": 500, "template": {
                "aliases": {"everything": {}},
                "settings": {"index.sort.field": "n", "index.number_of_shards": 5,
                             "index.mapping.total_fields.limit": 3},
                "mappings": {"dynamic": "strict", "_routing": {"required": True},
                             "properties": {"n": {"type": "keyword"}, "more": {"type": "date"}}}}})
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(100), lambda n: {"n": n, "a": 1, "b": 2, "c": 3})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assertEqual(self.leader.mappings("logs"), self.follower.mappings("logs"))
        settings = self.follower.settings("logs")
        self.assertEqual(settings["index.number_of_shards"], "2")
        self.assertNotIn("index.sort.field", settings)
        aliases = self.follower.call("GET", "/logs/_alias")["logs"]["aliases"]
        self.assertNotIn("everything", aliases)
        # Nothing of ours is left among the templates.
        wait_until(lambda: [t["name"] for t in self.follower.call(
            "GET", "/_index_template")["index_templates"]] == ["bends"], what="the guard going")


class WhatIsNotCopied(Replication):
    """What belongs to the leader's place is not on the follower before a promotion."""

    def test_pipelines_blocks_and_refresh_interval(self):
        self.leader.create("logs", 1, None, **{
            "index.refresh_interval": "-1", "index.blocks.read_only_allow_delete": False,
            "index.routing.allocation.total_shards_per_node": 7, "index.priority": 9})
        self.leader.call("PUT", "/logs/_doc/1", {"n": 1})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        settings = self.follower.settings("logs")
        # Given back once the bootstrap is over; the leader's own "-1" waits for a promotion.
        wait_until(lambda: "index.refresh_interval" not in self.follower.settings("logs"),
                   what="the follower refreshing by itself")
        for key in ("index.default_pipeline", "index.final_pipeline", "index.priority",
                    "index.routing.allocation.total_shards_per_node"):
            self.assertIn(settings.get(key), (None, "_none"), key)


if __name__ == "__main__":
    unittest.main()
