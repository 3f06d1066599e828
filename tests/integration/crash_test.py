"""Kill -9 and loss, of the daemon, of either cluster and of the state file, under load."""
import random
import time
import unittest

from daemon import rule
from harness import Replication, wait_until
from workload import Load


class DaemonKilled(Replication):
    """Whatever moment the daemon is killed at, the follower comes to equal the leader."""

    def test_twenty_kills_under_concurrent_writers(self):
        moments = random.Random(20)
        self.leader.create("one", 1)
        self.leader.create("three", 3)
        daemon = self.followd([rule(["one", "three"])], tail={"audit_interval": "1h"})
        with Load(self.leader, ["one", "three"], pause=0.01, routing=True) as load:
            for _ in range(20):
                daemon.start()
                # From before the first request to well into tailing.
                time.sleep(moments.choice([0.05, 0.3, 0.7, 1.2, 2.0]))
                daemon.kill()
            self.assertGreater(load.operations, 1000)
            daemon.start()
        for index in ("one", "three"):
            self.wait_level(daemon, index)
            self.assert_equal(index)

    def test_killed_while_copying_goes_on_from_there(self):
        count = 60000
        self.leader.create("logs", 1)
        self.leader.index_many("logs", range(count), lambda n: {"n": n, "text": "y" * 200}, 5000)
        daemon = self.followd([rule(["logs"])],
                              limits={"max_read_request_operation_count": 500,
                                      "max_outstanding_write_requests": 1}).start()

        def copied(at_least):
            row = daemon.row("logs")
            return row["docs_copied"] >= at_least and row
        row = wait_until(lambda: copied(10000), 60, 0.05, "copying 10,000 documents")
        self.assertLess(row["docs_copied"], count, "too late to tell")
        before = self.follower.count("logs")
        # A checkpoint may wait a moment before it is written down.
        time.sleep(0.5)
        daemon.kill()
        self.assertEqual(self.follower.settings("logs")["index.refresh_interval"], "-1")
        daemon.start()
        row = wait_until(lambda: copied(1), 30, 0.02, "going on")
        self.assertGreaterEqual(row["docs_copied"], 5000, f"began anew, {before} were there")
        row = self.wait_level(daemon, "logs")
        self.assertEqual(row["docs_copied"], count)
        self.assertEqual(row["docs_total"], count)
        self.assertLess(row["operations_written"], count - 5000, "written again")
        self.assert_equal("logs")
        wait_until(lambda: "index.refresh_interval" not in self.follower.settings("logs"),
                   what="the follower refreshing by itself")

    def test_stopped_by_sigterm_under_load(self):
        self.leader.create("logs", 2)
        daemon = self.followd([rule(["logs"])])
        with Load(self.leader, ["logs"], pause=0.01):
            for _ in range(3):
                daemon.start()
                time.sleep(1.5)
                self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")


class StateLost(Replication):
    """The state file may be lost, or used twice by mistake: that costs time, never data."""

    def test_lost_state_file_adopts_the_follower(self):
        count = 20000
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(count), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assertEqual(daemon.stop(), 0)
        for path in daemon.directory.glob("state.db*"):
            path.unlink()
        self.leader.delete_many("logs", range(0, 100))
        self.leader.index_many("logs", range(100, 200), lambda n: {"n": -n})
        uuid = self.follower.settings("logs")["index.uuid"]
        daemon.start()
        row = self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assertEqual(self.follower.settings("logs")["index.uuid"], uuid, "made anew")
        # What is there already is found by counting, not by copying: some buckets around what
        # differs, not the whole.
        self.assertLess(row["operations_written"], count // 2)

    def test_two_daemons_with_a_state_file_each(self):
        self.leader.create("logs", 2)
        one = self.followd([rule(["logs"])]).start()
        other = self.followd([rule(["logs"])]).start()
        with Load(self.leader, ["logs"], pause=0.01):
            time.sleep(6)
        for daemon in (one, other):
            self.wait_level(daemon, "logs")
        self.assert_equal("logs")


class ClusterKilled(Replication):
    """A cluster that dies under load and comes back is caught up with, without a hand."""

    def tearDown(self):
        for cluster in (self.leader, self.follower):
            if not cluster.is_running():
                cluster.start_again()

    def kill_under_load(self, cluster):
        self.leader.create("one", 1)
        self.leader.create("three", 3)
        daemon = self.followd([rule(["one", "three"])]).start()
        with Load(self.leader, ["one", "three"], pause=0.01) as load:
            wait_until(lambda: load.operations > 500, what="some load")
            cluster.kill()
            # While it is down the daemon says so, and stays.
            wait_until(lambda: self.error_of(daemon, "one"), what="status naming the outage")
            cluster.start_again()
            before = load.operations
            wait_until(lambda: load.operations > before + 500, 120, what="load afterwards")
        for index in ("one", "three"):
            self.wait_level(daemon, index, 120)
            self.assert_equal(index)
        wait_until(lambda: not self.error_of(daemon, "one"), what="the error being forgotten")

    @staticmethod
    def error_of(daemon, index):
        row = daemon.row(index)
        return row["last_error"] or [s["last_error"] for s in row["shards"] if s["last_error"]]

    def test_leader_killed_and_back(self):
        self.kill_under_load(self.leader)

    def test_follower_killed_and_back(self):
        self.kill_under_load(self.follower)


if __name__ == "__main__":
    unittest.main()
