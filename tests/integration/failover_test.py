"""Promotion, its undoing, and failback, on real clusters."""
import json
import pathlib
import random
import subprocess
import time
import unittest

from cluster import Answer, Cluster
from daemon import BINARY, rule
from harness import PORT_BASE, wait_until
from roles import Roles


class Failover(Roles):
    def test_a_promoted_follower_takes_writes_and_fails_back(self):
        self.leader.call("PUT", "/logs", {"settings": {"number_of_shards": 2,
                                                       "number_of_replicas": 0}})
        self.put(self.leader, "logs", 500)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")

        report = self.control(daemon, "promote", "logs")
        self.assertIn("promoted; last proved equal", self.row_of(report, "logs")["what"])
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

        # Each side's every document is compared, also those that nobody moved.
        code, verified = daemon.verify("logs")
        self.assertEqual(code, 0, verified)
        shards = verified["indices"][0]["shards"]
        self.assertEqual(sum(shard["leader_documents"] for shard in shards), len(expected))

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

    def test_promotion_sets_what_was_held_back(self):
        self.leader.call("PUT", "/logs", {
            "settings": {"refresh_interval": "7s", "number_of_replicas": 0},
            "aliases": {"write": {"is_write_index": True, "filter": {"match_all": {}}},
                        "read": {}}})
        self.put(self.leader, "logs", 10)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        wait_until(lambda: "write" in self.follower.call("GET", "/logs/_alias")["logs"]["aliases"],
                   what="the aliases")
        self.assertFalse(self.aliases("logs")["write"]["is_write_index"])
        # Scenario 22: nothing is rolled over where nothing is written.
        with self.assertRaises(Answer) as refused:
            self.follower.call("POST", "/write/_rollover")
        self.assertEqual(refused.exception.status, 400)
        self.control(daemon, "promote", "logs")
        aliases = self.aliases("logs")
        self.assertTrue(aliases["write"]["is_write_index"])
        self.assertIn("filter", aliases["write"])
        self.assertIn("read", aliases)
        settings = self.follower.settings("logs")
        self.assertEqual(settings["index.refresh_interval"], "7s")
        self.assertEqual(settings["index.number_of_replicas"], "0")
        self.assertNotIn("index.blocks.write", settings)
        self.follower.call("PUT", "/write/_doc/new?require_alias=true", {"n": 1})
        # And is taken off again by the failback, on the other side.
        self.control(daemon, "failback", "logs")
        self.wait_direction(daemon, "logs", "follower")
        self.wait_same("logs")
        there = self.leader.call("GET", "/logs/_alias")["logs"]["aliases"]
        self.assertFalse(there["write"]["is_write_index"])

    def aliases(self, index):
        return self.follower.call("GET", f"/{index}/_alias")[index]["aliases"]

    def test_it_is_promoted_with_the_leader_and_the_daemon_dead(self):
        leader = Cluster(f"doomed-{PORT_BASE}", "9.2.0", PORT_BASE + 4)
        leader.start()
        self.addCleanup(leader.purge)
        for name in ("one", "two"):
            self.put(leader, name, 50)
        daemon = self.followd([rule(["*"])])
        daemon.config["clusters"]["leader"]["urls"] = [leader.url]
        daemon.write_config()
        daemon.start()
        for name in ("one", "two"):
            wait_until(lambda name=name: self.follower.exists(name) and
                       self.follower.count(name) == 50, what="the copy")
            wait_until(lambda name=name: daemon.phase(name) == "following", what="following")
        leader.kill()
        # It cannot know what it misses, says so, and changes nothing by itself.
        report = self.control(daemon, "promote", "one", "--drain", "2s", code=2)
        failure = self.row_of(report, "one")["failure"]["what"]
        self.assertIn("--force", failure)
        self.assertIn("operations are known to be missing", failure)
        self.assertEqual(self.mark(self.follower, "one")["role"], "follower")
        report = self.control(daemon, "promote", "one", "--force", "--drain", "1s")
        self.assertEqual(self.mark(self.follower, "one")["role"], "promoted")
        # One that starts now has never heard the leader, and shows what there is all the same.
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        wait_until(lambda: daemon.phase("one") == "promoted" and
                   daemon.phase("two") == "discovered", 30, what="rows without a leader")
        self.assertIn("followd plan two", daemon.command("status").stdout)
        daemon.kill()
        report = self.control(daemon, "promote", "--all", "--no-drain")
        self.assertIn("without one", report["warnings"][0])
        mark = self.mark(self.follower, "two")
        self.assertEqual(mark["role"], "promoted")
        # The state file told how far the copy certainly was.
        self.assertEqual(mark["promotion"]["applied_through"], [49])
        for name in ("one", "two"):
            self.put(self.follower, name, 5, first=100)
        # The daemon that comes back does not write to them.
        daemon.start()
        self.allows_errors = True
        wait_until(lambda: daemon.phase("two") == "promoted", 30, what="the row of two")
        time.sleep(2)
        self.assertEqual(self.follower.count("two"), 55)

    def test_killed_at_any_moment_a_promotion_is_finished_or_undone(self):
        self.leader.call("PUT", "/logs", {"settings": {"number_of_replicas": 0}})
        self.put(self.leader, "logs", 200)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        choice = random.Random(11)
        for attempt in range(8):
            asked = subprocess.Popen(
                [BINARY, "promote", "logs", "--config", str(daemon.config_path)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(choice.random() * 0.25)
            daemon.kill()
            asked.wait(30)
            daemon.start()
            wait_until(lambda: daemon.status() is not None, what="the daemon")
            if attempt % 2:
                self.finish(daemon, "promote", "logs")
                self.assertEqual(self.mark(self.follower, "logs")["role"], "promoted")
                self.put(self.follower, "logs", 1, first=9000 + attempt)
                self.follower.call("DELETE", f"/logs/_doc/d{9000 + attempt}")
                self.finish(daemon, "resume", "--discard-local", "logs")
            else:
                self.finish(daemon, "resume", "--discard-local", "logs")
            self.put(self.leader, "logs", 5, first=1000 * (attempt + 1))
            self.wait_direction(daemon, "logs", "leader")
            self.wait_same("logs")
            settings = self.follower.settings("logs")
            self.assertNotIn("index.blocks.write", settings)

    def finish(self, daemon, *command):
        def done():
            result = daemon.command(command[0], "--json", *command[1:])
            if result.returncode != 0:
                raise RuntimeError(result.stdout + result.stderr)
            return True
        wait_until(done, 60, 1, what=str(command))

    def test_killed_at_any_moment_a_failback_is_finished(self):
        self.leader.call("PUT", "/logs", {"settings": {"number_of_replicas": 0}})
        self.put(self.leader, "logs", 200)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        choice = random.Random(12)
        for attempt in range(4):
            self.finish(daemon, "promote", "logs")
            self.put(self.follower, "logs", 20, first=100 * attempt, round=attempt)
            for command in (["failback", "logs"], ["failback", "--switch", "logs"]):
                asked = subprocess.Popen(
                    [BINARY, *command, "--config", str(daemon.config_path)],
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(choice.random() * 0.5)
                daemon.kill()
                asked.wait(60)
                daemon.start()
                wait_until(lambda: daemon.status() is not None, what="the daemon")
                self.finish(daemon, *command)
            self.put(self.leader, "logs", 5, first=5000 + 100 * attempt)
            self.wait_direction(daemon, "logs", "leader")
            self.wait_same("logs")

    def test_tomorrows_index_of_the_promoted_side_comes_home(self):
        self.put(self.leader, "logs-1", 10)
        daemon = self.followd([rule(["logs-*"], follow_index_pattern="{{leader_index}}-copy")])
        daemon.start()
        self.wait_level(daemon, "logs-1")
        self.control(daemon, "promote", "logs-1-copy")
        self.put(self.follower, "logs-2-copy", 10)
        self.put(self.follower, "other", 10)
        self.control(daemon, "failback", "logs-1-copy")
        self.wait_direction(daemon, "logs-1-copy", "follower")
        self.wait_direction(daemon, "logs-2-copy", "follower")
        wait_until(lambda: self.leader.count("logs-2") == 10, what="the new index at home")
        self.assertFalse(self.leader.exists("other"))
        # And goes back with the others.
        self.control(daemon, "failback", "--switch", "logs-1", "logs-2")
        self.put(self.leader, "logs-2", 5, first=100)
        wait_until(lambda: self.follower.count("logs-2-copy") == 15, what="the way back")


if __name__ == "__main__":
    unittest.main()
