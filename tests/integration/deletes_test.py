"""Deletes, which no public API returns: each is found, and nothing else is deleted."""
import unittest

from daemon import rule
from harness import Replication, wait_until


class Deletes(Replication):
    """A delete on the leader is a delete on the follower, also in a shard that moves no more."""

    def follow(self, index, **more):
        daemon = self.followd([rule([index])], **more).start()
        self.wait_level(daemon, index)
        return daemon

    def test_one_delete(self):
        self.leader.create("logs")
        self.leader.index_many("logs", range(10), lambda n: {"n": n})
        daemon = self.follow("logs")
        self.leader.call("DELETE", "/logs/_doc/3")
        self.assert_equal("logs", timeout=20)
        self.assertNotIn((0, "3"), self.follower.documents("logs"))
        # The delete is the last operation, and leaves no document to read.
        self.wait_level(daemon, "logs", 20)
        wait_until(lambda: daemon.row("logs")["deletes_written"] == 1, 20, what="counting it")

    def test_delete_and_create_again(self):
        self.leader.create("logs")
        daemon = self.follow("logs")
        for round in range(30):
            self.leader.call("PUT", "/logs/_doc/phoenix", {"round": round})
            self.leader.call("PUT", "/logs/_doc/ash", {"round": round})
            self.leader.call("DELETE", "/logs/_doc/phoenix")
            self.leader.call("DELETE", "/logs/_doc/ash")
        self.leader.call("PUT", "/logs/_doc/phoenix", {"round": 30})
        self.wait_level(daemon, "logs")
        documents = self.assert_equal("logs")
        self.assertEqual(list(documents), [(0, "phoenix")])

    def test_deletes_with_routing_in_three_shards(self):
        self.leader.create("logs", 3, {"_routing": {"required": True}})
        lines = []
        for n in range(3000):
            lines += [{"index": {"_id": str(n), "routing": f"customer {n % 50}"}}, {"n": n}]
        self.leader.bulk(lines, "logs")
        daemon = self.follow("logs")
        self.leader.bulk([{"delete": {"_id": str(n), "routing": f"customer {n % 50}"}}
                          for n in range(0, 3000, 7)], "logs")
        self.wait_level(daemon, "logs")
        documents = self.assert_equal("logs")
        self.assertEqual(len(documents), 3000 - len(range(0, 3000, 7)))
        self.assertEqual({routing for routing, _ in documents.values()},
                         {f"customer {n}" for n in range(50)})

    def test_the_same_id_in_two_shards(self):
        self.leader.create("logs", 3)
        places = [f"r{n}" for n in range(12)]
        for place in places:
            self.leader.call("PUT", f"/logs/_doc/twin?routing={place}", {"at": place})
        daemon = self.follow("logs")
        self.assertEqual(len(self.assert_equal("logs")), 3)
        self.leader.call("DELETE", f"/logs/_doc/twin?routing={places[0]}")
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 2)


class MassDeletes(Replication):
    """The guard looks twice at a deletion that takes much of a shard, and lets a true one pass."""

    def test_a_third_of_a_large_shard(self):
        self.leader.create("logs")
        self.leader.index_many("logs", range(36000), lambda n: {"n": n}, 6000)
        daemon = self.followd([rule(["logs"])], tail={"delete_guard": "10%"}).start()
        self.wait_level(daemon, "logs")
        self.leader.delete_many("logs", range(0, 36000, 3))
        self.leader.index_many("logs", range(36000, 36100), lambda n: {"n": n})
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 24100)

    def test_everything(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(40000), lambda n: {"n": n}, 5000)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.leader.delete_many("logs", range(40000))
        self.assertEqual(len(self.assert_equal("logs")), 0)
        wait_until(lambda: daemon.row("logs")["deletes_written"] == 40000, what="counting them")
        self.leader.call("PUT", "/logs/_doc/after", {"n": 1})
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")


class DeletesWhileAway(Replication):
    """What was deleted while the daemon was down is found when it is back."""

    def test_deletes_while_down(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(5000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assertEqual(daemon.stop(), 0)
        self.leader.delete_many("logs", range(0, 5000, 2))
        daemon.start()
        self.wait_level(daemon, "logs")
        self.assertEqual(len(self.assert_equal("logs")), 2500)

    def test_falling_behind_what_the_leader_remembers(self):
        """Everything updated, one deleted, the traces merged away: no copy from the start."""
        count = 10000
        self.leader.create("logs", 1, **{"soft_deletes.retention_lease.period": "1s"})
        self.leader.index_many("logs", range(count), lambda n: {"n": n})
        self.leader.create("still")
        self.leader.index_many("still", range(count), lambda n: {"n": n})
        daemon = self.followd([rule(["logs", "still"])]).start()
        for index in ("logs", "still"):
            self.wait_level(daemon, index)
        self.assertEqual(daemon.stop(), 0)
        uuid = self.follower.settings("logs")["index.uuid"]
        self.leader.index_many("logs", range(0, count, 2), lambda n: {"n": n, "again": True})
        self.leader.call("DELETE", "/logs/_doc/4")
        self.leader.call("DELETE", "/logs/_doc/5")
        self.leader.call("DELETE", "/still/_doc/5")
        for index in ("logs", "still"):
            self.leader.call("POST", f"/{index}/_flush?force=true")
            self.leader.call("POST", f"/{index}/_forcemerge?max_num_segments=1")
        daemon.start()
        for index in ("logs", "still"):
            self.wait_level(daemon, index)
            self.assertEqual(len(self.assert_equal(index)), count - (2 if index == "logs" else 1))
        row = daemon.row("logs")
        self.assertEqual(self.follower.settings("logs")["index.uuid"], uuid)
        self.assertLess(row["operations_written"], count // 2 + 100)
        self.assertLess(daemon.row("still")["operations_written"], 100)


if __name__ == "__main__":
    unittest.main()
