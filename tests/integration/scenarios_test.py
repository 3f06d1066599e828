"""Scenarios of the suites by which cross-cluster replication is tested elsewhere, over REST alone.

Each test names the one it re-enacts. docs/TESTING.md lists all of them, also those that other files
here play.
"""
import contextlib
import threading
import unittest

from cluster import Answer, Cluster, start_all
from daemon import rule
from harness import PORT_BASE, SNAPSHOTS, Replication, server_name, wait_until
from workload import Load


@contextlib.contextmanager
def writing(cluster, *indices, writers=1, **options):
    """Each of the writers, so many an index, must have done something in the block."""
    with Load(cluster, indices, writers, **options) as load:
        yield
    assert all(writer.operations > 0 for writer in load.writers)


class Backlog(Replication):
    """IndexFollowingIT.testFollowIndex_backlog, testFollowIndexMaxOperationSizeInBytes: tiny limits
    on reading and writing slow followd down and stop nothing."""

    LIMITS = ({"max_read_request_operation_count": 3},
              {"max_read_request_size": "64kb", "max_write_request_size": "64kb"},
              {"max_read_request_operation_count": 50, "max_write_request_size": "64kb",
               "max_outstanding_write_requests": 1, "memory": "16mb"})

    def test_tiny_limits(self):
        for number, limits in enumerate(self.LIMITS):
            with self.subTest(limits):
                index = f"logs-{number}"
                self.leader.create(index, 2)
                self.leader.index_many(index, range(600), lambda n: {"text": "x" * (n % 60 * 1000)})
                daemon = self.followd([rule([index])], limits=limits).start()
                with writing(self.leader, index, pause=0.05):
                    self.wait_for_phase(daemon, index, "following", 120)
                    self.leader.delete_many(index, range(0, 600, 3))
                self.wait_level(daemon, index, 120)
                self.assert_equal(index)


class Starting(Replication):
    """testFollowClosedIndex, testFollowNonExistentIndex: what is not there when followd starts is
    said, makes no half follower, and is followed once it is there."""

    def test_a_closed_leader_index(self):
        self.allows_errors = True
        self.leader.create("logs")
        self.leader.index_many("logs", range(50), lambda n: {"n": n})
        self.leader.call("POST", "/logs/_close")
        daemon = self.followd([rule(["logs", "other"])]).start()
        self.leader.create("other")
        self.wait_level(daemon, "other")
        row = daemon.row("logs")
        self.assertIsNotNone(row)
        self.assertIsNotNone(row["last_error"])
        self.leader.call("POST", "/logs/_open")
        self.wait_level(daemon, "logs", 150)
        self.assert_equal("logs")

    def test_an_index_that_is_not_there_yet(self):
        daemon = self.followd([rule(["late"])]).start()
        wait_until(lambda: daemon.status()["followers"] == [], what="nothing to follow")
        self.assertFalse(self.follower.exists("late"))
        self.leader.create("late")
        self.leader.call("PUT", "/late/_doc/1", {"n": 1})
        self.wait_level(daemon, "late")
        self.assert_equal("late")


class Neighbours(Replication):
    """OpenSearch cross-cluster-replication#304: a leader index that is deleted stops its own
    follower and no other's."""

    def test_a_deleted_index_stops_no_other(self):
        for index in ("gone", "stays-1", "stays-2"):
            self.leader.create(index)
            self.leader.index_many(index, range(100), lambda n: {"n": n})
        daemon = self.followd([rule(["gone", "stays-*"])]).start()
        with writing(self.leader, "stays-1", "stays-2", pause=0.02):
            for index in ("gone", "stays-1", "stays-2"):
                self.wait_for_phase(daemon, index, "following")
            self.leader.call("DELETE", "/gone")
            self.wait_for_phase(daemon, "gone", "leader_gone")
        for index in ("stays-1", "stays-2"):
            self.wait_level(daemon, index)
            self.assert_equal(index)
        self.assertEqual(self.follower.count("gone"), 100)


class Maintenance(Replication):
    """StartReplicationIT, "forcemerge on leader during replication bootstrap" and "snapshot on leader
    does not affect replication"."""

    def test_snapshot_and_force_merge_during_the_bootstrap(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(30000), lambda n: {"n": n, "text": "x" * 300})
        self.leader.call("PUT", "/_snapshot/backups",
                         {"type": "fs", "settings": {"location": str(SNAPSHOTS / "scenarios")}})
        self.addCleanup(self.leader.call, "DELETE", "/_snapshot/backups")
        daemon = self.followd([rule(["logs"])],
                              limits={"max_read_request_operation_count": 200}).start()
        wait_until(lambda: self.follower.exists("logs"), what="the bootstrap")
        self.leader.delete_many("logs", range(0, 30000, 10))
        snapshot = threading.Thread(target=self.leader.call, args=(
            "PUT", "/_snapshot/backups/one?wait_for_completion=true"))
        snapshot.start()
        self.leader.call("POST", "/logs/_forcemerge?max_num_segments=1")
        snapshot.join()
        self.leader.call("DELETE", "/_snapshot/backups/one")
        self.wait_level(daemon, "logs", 150)
        self.assertEqual(len(self.assert_equal("logs")), 27000)


class Relocation(Replication):
    """ClusterRerouteLeaderIT: the leader's primary moves to another node, under load, there and
    back; its counters begin anew each time."""

    leader = Cluster(server_name("two-nodes"), "9.2.0", PORT_BASE + 4, [
        "--setting", "discovery.type=",
        "--setting", f"transport.port={PORT_BASE + 5}",
        "--setting", f"cluster.initial_master_nodes={server_name('two-nodes')}"])
    second = Cluster(server_name("second-node"), "9.2.0", PORT_BASE + 6, [
        "--setting", "discovery.type=",
        "--setting", f"cluster.name={server_name('two-nodes')}",
        "--setting", f"transport.port={PORT_BASE + 7}",
        "--setting", f"discovery.seed_hosts=127.0.0.1:{PORT_BASE + 5}"])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        start_all([cls.second])
        cls.addClassCleanup(cls.second.purge)

    def nodes_of_primary(self):
        state = self.leader.call("GET", "/_cluster/state/routing_table,nodes/logs")
        names = {id: node["name"] for id, node in state["nodes"].items()}
        copies = state["routing_table"]["indices"]["logs"]["shards"]["0"]
        return [names[copy["node"]] for copy in copies
                if copy["primary"] and copy["state"] == "STARTED"], set(names.values())

    def move_primary(self):
        at, nodes = wait_until(self.nodes_of_primary, what="a started primary")
        other = next(iter(nodes - set(at)))
        self.leader.call("POST", "/_cluster/reroute", {"commands": [
            {"move": {"index": "logs", "shard": 0, "from_node": at[0], "to_node": other}}]})
        wait_until(lambda: self.nodes_of_primary()[0] == [other], what="the primary's move")

    def test_the_primary_moves_under_load(self):
        self.leader.create("logs", 1, **{"routing.allocation.enable": "all"})
        self.leader.index_many("logs", range(3000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        with writing(self.leader, "logs", writers=2, pause=0.01):
            for _ in range(4):
                self.move_primary()
                self.leader.delete_many("logs", range(0, 3000, 7))
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        # As many deletes as the new primary's counter may already show.
        self.move_primary()
        self.leader.delete_many("logs", range(1, 3000, 7))
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")


class BothWays(Replication):
    """CcrRepositoryIT and the bi-directional guides: each cluster follows all of the other, and what
    is a follower is not followed back."""

    def test_two_rules_for_everything(self):
        self.leader.create("east")
        self.follower.create("west")
        back = {"name": "back", "leader": "follower", "follower": "leader", "indices": ["*"]}
        daemon = self.followd([rule(["*"]), back]).start()
        with writing(self.leader, "east", pause=0.01), writing(self.follower, "west", pause=0.01):
            self.wait_for_phase(daemon, "east", "following")
            self.wait_for_phase(daemon, "west", "following")
        self.wait_level(daemon, "east")
        self.assert_equal("east")

        def west_is_equal():
            return self.follower.documents("west") == self.leader.documents("west")
        wait_until(west_is_equal, what="west being equal")
        rows = [(row["rule"], row["leader_index"]) for row in daemon.status()["followers"]]
        self.assertEqual(sorted(rows), [("all", "east"), ("back", "west")])


class OtherModes(Replication):
    """testSyntheticSource, testFollowTsdbIndex: followed as the leader answers, or refused by name."""

    def test_synthetic_source(self):
        try:
            self.leader.create("logs", 1, {"properties": {
                "at": {"type": "date"}, "n": {"type": "long"}, "tags": {"type": "keyword"}}},
                **{"mapping.source.mode": "synthetic"})
        except Answer as refused:
            self.skipTest(f"this server has no synthetic source: {refused}")
        self.leader.index_many("logs", range(300), lambda n: {
            "tags": ["b", "a", "b"], "n": n, "at": "2026-01-01T00:00:00Z"})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.leader.delete_many("logs", range(100))
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 200)
        self.assertTrue(any("synthetic" in text for text in daemon.row("logs")["warnings"]))

    def test_time_series(self):
        self.allows_errors = True
        try:
            self.leader.create("metrics", 1, {"properties": {
                "@timestamp": {"type": "date"},
                "host": {"type": "keyword", "time_series_dimension": True}}},
                **{"mode": "time_series", "routing_path": ["host"]})
        except Answer as refused:
            self.skipTest(f"this server has no time series: {refused}")
        daemon = self.followd([rule(["metrics"])]).start()
        row = self.wait_for_phase(daemon, "metrics", "refused")
        self.assertIn("time series", row["last_error"]["what"])
        self.assertFalse(self.follower.exists("metrics"))


if __name__ == "__main__":
    unittest.main()
