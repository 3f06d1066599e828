"""Promotion, its undoing, and failback, on real clusters."""
import json
import pathlib

import unittest

from daemon import rule
from harness import wait_until
from roles import Roles


class Failover(Roles):
    def test_a_promoted_follower_takes_writes_and_fails_back(self):
        self.leader.call("PUT", "/logs", {"settings": {"number_of_shards": 2,
                                                       "number_of_replicas": 0}})
        self.put(self.leader, "logs", 500)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")

        report = self.control(daemon, "promote", "logs")
        self.assertEqual(self.row_of(report, "logs")["what"], "promoted")
        mark = self.mark(self.follower, "logs")
        self.assertEqual(mark["role"], "promoted")
        self.assertEqual(len(mark["promotion"]["points"]), 2)
        aliases = self.follower.call("GET", "/logs/_alias")["logs"]["aliases"]
        self.assertEqual(aliases, {})

        # Both sides go their ways: writes that are lost, writes that stay, deletes on both.
        self.put(self.leader, "logs", 20, first=1000, lost=True)
        self.put(self.leader, "logs", 5, first=0, lost=True)
        self.leader.call("DELETE", "/logs/_doc/d30")
        self.put(self.follower, "logs", 30, first=2000, kept=True)
        self.put(self.follower, "logs", 10, first=3, kept=True)
        self.follower.call("DELETE", "/logs/_doc/d40")
        self.follower.call("POST", "/logs/_refresh")
        expected = self.follower.documents("logs", 1000)

        plan = self.control(daemon, "plan", "logs")
        report = self.control(daemon, "failback", "logs")
        row = self.row_of(report, "logs")
        self.assertEqual(row["lost_writes"], 25, report)
        self.assertEqual(self.row_of(plan, "logs")["lost_writes"], 25, plan)
        lines = [json.loads(line)
                 for line in pathlib.Path(row["lost_writes_file"]).read_text().splitlines()]
        self.assertEqual({line["id"] for line in lines},
                         {f"d{n}" for n in list(range(1000, 1020)) + list(range(0, 5))})
        now = {line["id"]: line["now"] for line in lines}
        self.assertIsNone(now["d1000"])
        self.assertTrue(now["d4"]["source"]["kept"])
        self.assertNotIn("kept", now["d1"]["source"])
        self.wait_direction(daemon, "logs", "follower")
        self.wait_same("logs")
        self.assertEqual(self.leader.documents("logs", 1000), expected)

        # Only what differed was moved.
        moved = sum(row["operations_written"] for row in daemon.status()["followers"]
                    if row["leader"] == "follower")
        self.assertLessEqual(moved, 100)

        # And the other way round again, with a writer that is on the right side.
        report = self.control(daemon, "failback", "--switch", "logs")
        self.assertIn("leads again", self.row_of(report, "logs")["what"])
        self.put(self.leader, "logs", 50, first=5000)
        self.wait_direction(daemon, "logs", "leader")
        self.wait_same("logs")

    def test_a_promotion_by_mistake_is_taken_back(self):
        self.put(self.leader, "logs", 100)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.control(daemon, "promote", "logs")
        report = self.control(daemon, "resume", "logs")
        self.assertIn("as before its promotion", self.row_of(report, "logs")["what"])
        self.put(self.leader, "logs", 10, first=500)
        self.wait_level(daemon, "logs")
        self.wait_same("logs")

        # One that was written to is taken back only when told so, and what it took is kept.
        self.control(daemon, "promote", "logs")
        self.put(self.follower, "logs", 3, first=9000, local=True)
        self.put(self.follower, "logs", 1, first=7, local=True)
        refused = self.control(daemon, "resume", "logs", code=1)
        self.assertIn("4 operations", self.row_of(refused, "logs")["failure"]["what"])
        report = self.control(daemon, "resume", "--discard-local", "logs")
        row = self.row_of(report, "logs")
        self.assertEqual(row["lost_writes"], 4)
        self.wait_direction(daemon, "logs", "leader")
        self.wait_same("logs")


if __name__ == "__main__":
    unittest.main()
