"""Leaders of other versions and of the other vendor."""
import unittest

from cluster import Cluster
from daemon import rule
from harness import PORT_BASE, Replication, server_name, wait_until


def assert_metadata_follows(test):
    """Changes of settings, aliases and mapping, without any document, whoever the leader is."""
    leader, follower = test.leader, test.follower
    leader.create("logs")
    daemon = test.followd([rule(["logs"])]).start()
    test.wait_level(daemon, "logs")
    leader.call("PUT", "/logs/_settings", {"index.max_ngram_diff": 5})
    leader.call("POST", "/_aliases", {"actions": [{"add": {
        "index": "logs", "alias": "team-a", "filter": {"term": {"n": 1}}, "routing": "x",
        "is_write_index": True}}]})
    leader.call("PUT", "/logs/_mapping", {"properties": {"at": {"type": "date"}}})

    def is_equal():
        here = follower.call("GET", "/logs/_alias/team-a")["logs"]["aliases"]["team-a"]
        return (follower.settings("logs").get("index.max_ngram_diff") == "5" and
                follower.mappings("logs") == leader.mappings("logs") and
                here == {"filter": {"term": {"n": 1}}, "index_routing": "x",
                         "search_routing": "x", "is_write_index": False})
    wait_until(is_equal, 20, what="the definition being equal")
    leader.call("DELETE", "/logs/_alias/team-a")
    wait_until(lambda: "team-a" not in follower.call("GET", "/logs/_alias")["logs"]["aliases"],
               20, what="the alias being gone")
    test.assertEqual(daemon.row("logs")["warnings"], [])


class OlderLeader(Replication):
    """Elasticsearch 7.17 is followed on 9.2, two major versions away."""

    leader = Cluster(server_name("7.17.28"), "7.17.28", PORT_BASE + 4)

    def test_inserts_updates_deletes_and_mappings(self):
        self.leader.create("logs", 2, {"properties": {
            "n": {"type": "long"}, "people": {"type": "nested"}}})
        self.leader.index_many("logs", range(3000), lambda n: {
            "n": n, "people": [{"name": f"p{n % 9}"}]})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 3000)
        self.leader.call("PUT", "/logs/_mapping", {"properties": {"code": {"type": "keyword"}}})
        self.leader.index_many("logs", range(0, 3000, 3), lambda n: {"n": -n, "code": n})
        self.leader.delete_many("logs", range(1, 3000, 3))
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 2000)
        self.assertEqual(self.leader.mappings("logs"), self.follower.mappings("logs"))
        code, answer = daemon.verify("--deep", "logs")
        self.assertEqual((code, answer["result"]), (0, "equal"))

    def test_settings_and_aliases(self):
        assert_metadata_follows(self)


class OtherVendor(Replication):
    """OpenSearch is followed on Elasticsearch; an OpenSearch follower is refused by name."""

    leader = Cluster(server_name("opensearch"), "opensearch-2.19.1", PORT_BASE + 4)

    def test_opensearch_leader(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(2000), lambda n: {"n": n, "text": str(n)})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.leader.index_many("logs", range(0, 2000, 3), lambda n: {"n": -n, "new": True})
        self.leader.delete_many("logs", range(1, 2000, 3))
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 2000 - len(range(1, 2000, 3)))

    def test_settings_and_aliases(self):
        assert_metadata_follows(self)

    def test_opensearch_follower_is_refused(self):
        self.allows_errors = True
        self.follower.create("logs")
        daemon = self.followd([rule(["logs"])])
        config = daemon.config["clusters"]
        config["leader"], config["follower"] = config["follower"], config["leader"]
        daemon.write_config()
        check = daemon.command("check")
        self.assertEqual(check.returncode, 1, check)
        self.assertIn("OpenSearch", check.stdout + check.stderr)
        daemon.start()
        row = self.wait_for_phase(daemon, "logs", "refused")
        self.assertIn("OpenSearch", row["last_error"]["what"])
        self.assertFalse(self.leader.exists("logs"))


if __name__ == "__main__":
    unittest.main()
