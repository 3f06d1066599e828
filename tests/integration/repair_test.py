"""Somebody writes to a follower where only followd should: verify tells, --repair puts it right."""
import json
import subprocess
import time
import unittest

from daemon import BINARY, rule
from harness import wait_until
from roles import Roles
from workload import Load


class Repairing(Roles):
    def damage(self, cluster, index):
        """An update, a deletion, a creation and a row of updates of a document made here; the
        number of documents."""
        cluster.call("PUT", f"/{index}/_doc/d30", json.dumps({"n": 30, "by": "somebody"}))
        cluster.call("DELETE", f"/{index}/_doc/d40")
        cluster.call("PUT", f"/{index}/_doc/strange", json.dumps({"n": -1}))
        for turn in range(4):
            cluster.call("PUT", f"/{index}/_doc/stranger", json.dumps({"n": turn}))
        cluster.call("POST", f"/{index}/_refresh")
        return 4

    def written(self, daemon, index):
        return daemon.row(index)["operations_written"]

    def repair(self, daemon, index, *arguments, code=0):
        """The verdict on the one index, after a repair."""
        found, document = daemon.verify(index, "--repair", "--wait", "3s", *arguments)
        self.assertEqual(found, code, document)
        self.assertEqual(len(document["indices"]), 1, document)
        return document["indices"][0]

    def expect_differs(self, daemon, index, *arguments):
        code, document = daemon.verify(index, "--wait", "3s", *arguments)
        self.assertEqual(code, 1, document)
        return document["indices"][0]

    def expect_equal(self, daemon, index):
        code, document = daemon.verify(index, "--deep", "--wait", "20s")
        self.assertEqual(code, 0, document)


class ForeignWrites(Repairing):
    def test_what_somebody_wrote_is_put_right_and_nothing_else_moves(self):
        self.put(self.leader, "logs", 3000)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        verdict = self.repair(daemon, "logs")
        self.assertIsNone(verdict["repair"])
        self.assertNotIn("origins", self.mark(self.follower, "logs"))

        damaged = self.damage(self.follower, "logs")
        verdict = self.expect_differs(daemon, "logs")
        told = {row["id"] for row in verdict["differences"]}
        self.assertLessEqual({"d30", "d40", "strange", "stranger"}, told, verdict)
        verdict = self.repair(daemon, "logs")
        self.assertIn("repaired", verdict["repair"]["what"])
        self.expect_equal(daemon, "logs")
        self.wait_same("logs")
        # The follower's row began anew with the repair.
        self.assertLessEqual(self.written(daemon, "logs"), damaged + 2)
        table = self.mark(self.follower, "logs")["origins"][0]["table"]
        self.assertEqual([row["generation"] for row in table], [0, 1])
        self.assertEqual(table[0]["through"], [2999])

        # A second time there is nothing to do, and nothing is done.
        self.assertIsNone(self.repair(daemon, "logs")["repair"])
        report = daemon.command("verify", "--repair", "logs")
        self.assertEqual(report.returncode, 0, report.stderr)
        self.assertEqual(self.mark(self.follower, "logs")["generation"], 1)

        # It is followed as before: what was repaired, and what was not.
        self.put(self.leader, "logs", 10, updated=True)
        self.leader.call("DELETE", "/logs/_doc/d30")
        self.leader.call("DELETE", "/logs/_doc/d2000")
        self.wait_level(daemon, "logs")
        self.wait_same("logs")
        self.assertLessEqual(self.written(daemon, "logs"), damaged + 14)

    def test_repairs_again_and_again_keep_the_table_short(self):
        self.put(self.leader, "logs", 200)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        for turn in range(3):
            self.damage(self.follower, "logs")
            self.repair(daemon, "logs")
            self.wait_same("logs")
            self.assertLessEqual(self.written(daemon, "logs"), 12)
        table = self.mark(self.follower, "logs")["origins"][0]["table"]
        self.assertLessEqual(len(table), 4)

    def test_what_stands_in_the_very_place_of_another(self):
        self.put(self.leader, "logs", 100)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        # d3 takes the version that d4 had, "x" the one of d3, and "y" that of d0.
        self.follower.call("PUT", "/logs/_doc/d3", json.dumps({"n": 3, "by": "somebody"}))
        self.follower.call("DELETE", "/logs/_doc/d4")
        for turn in range(4):
            self.follower.call("PUT", "/logs/_doc/x", json.dumps({"n": turn}))
        self.follower.call("PUT", "/logs/_doc/d0", json.dumps({"n": 0, "by": "somebody"}))
        self.follower.call("PUT", "/logs/_doc/y", json.dumps({"n": 0}))
        self.repair(daemon, "logs", "--deep")
        self.expect_equal(daemon, "logs")
        self.wait_same("logs")

    def test_a_version_of_somebodys_own_choice(self):
        self.put(self.leader, "logs", 50)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        for name in ("d5", "strange"):
            self.follower.call("PUT", f"/logs/_doc/{name}?version=7000000000000"
                               "&version_type=external", json.dumps({"n": 0}))
        self.expect_differs(daemon, "logs")
        self.repair(daemon, "logs")
        self.expect_equal(daemon, "logs")
        self.wait_same("logs")
        # Another one leaves no room at all.
        self.follower.call("PUT", f"/logs/_doc/far?version={2 ** 62}&version_type=external",
                           json.dumps({"n": 0}))
        done = daemon.command("verify", "--repair", "--wait", "3s", "logs")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("no more room", done.stdout)

    def test_the_same_version_with_another_source(self):
        self.put(self.leader, "logs", 500)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        found = self.follower.call("GET", "/logs/_doc/d77")
        self.follower.call("PUT", f"/logs/_doc/d77?version={found['_version']}"
                           "&version_type=external_gte", json.dumps({"n": 77, "by": "somebody"}))
        self.follower.call("POST", "/logs/_refresh")
        code, document = daemon.verify("logs", "--wait", "3s")
        self.assertEqual(code, 0, document)
        verdict = self.expect_differs(daemon, "logs", "--deep")
        self.assertEqual([(row["id"], row["what"]) for row in verdict["differences"]],
                         [("d77", "other_source")])
        self.repair(daemon, "logs", "--deep")
        self.wait_same("logs")
        self.assertLessEqual(self.written(daemon, "logs"), 2)

    def test_while_the_leader_takes_writes(self):
        self.leader.create("logs", 2)
        self.put(self.leader, "logs", 2000)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        with Load(self.leader, ["logs"], 2, pause=0.02):
            self.damage(self.follower, "logs")
            time.sleep(1)
            found, document = daemon.verify("logs", "--repair", "--wait", "20s")
            self.assertIn(found, (0, 1, 2), document)
        self.wait_level(daemon, "logs")
        self.repair(daemon, "logs")
        self.wait_same("logs")
        self.expect_equal(daemon, "logs")

    def test_a_daemon_that_is_killed_in_the_middle(self):
        self.put(self.leader, "logs", 2000)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        for moment in (0.0, 0.3, 0.6, 0.9, 1.2):
            self.damage(self.follower, "logs")
            command = subprocess.Popen(
                [BINARY, "verify", "--repair", "--wait", "3s", "--config",
                 str(daemon.config_path), "logs"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            before = self.mark(self.follower, "logs")["generation"]
            if moment:
                wait_until(lambda: self.mark(self.follower, "logs")["generation"] > before,
                           30, 0.01, what="the raised base")
                time.sleep(moment - 0.3)
            daemon.kill()
            command.wait(60)
            daemon.start()
            self.wait_level(daemon, "logs")
            self.repair(daemon, "logs")
            self.wait_same("logs")
            self.assertLessEqual(self.written(daemon, "logs"), 40)

    def test_without_a_daemon(self):
        self.put(self.leader, "logs", 1000)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.damage(self.follower, "logs")
        self.assertEqual(daemon.stop(), 0)
        self.put(self.leader, "logs", 5, first=5000)
        verdict = self.repair(daemon, "logs")
        self.assertIn("repaired", verdict["repair"]["what"])
        self.wait_same("logs")
        daemon.start()
        self.wait_level(daemon, "logs")
        self.assertLessEqual(self.written(daemon, "logs"), 5)

    def test_what_cannot_be_repaired_is_refused_with_the_way_out(self):
        self.put(self.leader, "logs", 100)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.damage(self.follower, "logs")
        done = daemon.command("verify", "--repair", "--wait", "3s", "nothing")
        self.assertEqual(done.returncode, 2)
        self.control(daemon, "pause", "logs")
        done = daemon.command("verify", "--repair", "--wait", "3s", "logs")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("followd resume", done.stdout)
        self.control(daemon, "resume", "logs")
        self.control(daemon, "promote", "logs", "--no-drain")
        done = daemon.command("verify", "--repair", "--wait", "3s", "logs")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("followd failback", done.stdout)


class TurnedPairs(Repairing):
    def turned(self, documents):
        """A pair whose home leader follows since a failback."""
        self.put(self.leader, "logs", documents)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.control(daemon, "promote", "logs")
        self.put(self.follower, "logs", 20, first=documents)
        self.put(self.leader, "logs", 10, first=10_000)
        self.control(daemon, "failback", "logs")
        self.wait_direction(daemon, "logs", "follower")
        self.wait_same("logs")
        return daemon

    def test_a_pair_turned_round_is_repaired(self):
        daemon = self.turned(1000)
        self.expect_equal(daemon, "logs")
        self.damage(self.leader, "logs")
        # One that the old leader has from the new one.
        self.leader.call("DELETE", "/logs/_doc/d1005")
        verdict = self.expect_differs(daemon, "logs")
        uuid = self.leader.settings("logs")["index.uuid"]
        for row in verdict["differences"]:
            self.assertTrue(row["seq_no"] is None or row["seq_no"] >= 0, row)
            if row["id"] == "d40":
                self.assertEqual((row["what"], row["space"]), ("missing", uuid))
        text = daemon.command("verify", "--wait", "3s", "logs").stdout
        self.assertIn("of the follower's own, from when it led", text)
        self.repair(daemon, "logs")
        self.wait_same("logs")
        self.expect_equal(daemon, "logs")
        rows = [row for row in daemon.status()["followers"] if row["leader"] == "follower"]
        self.assertLessEqual(rows[0]["operations_written"], 8)
        # A repaired document of the older space can be damaged and repaired again.
        self.damage(self.leader, "logs")
        self.repair(daemon, "logs")
        self.wait_same("logs")
        self.control(daemon, "failback", "--switch", "logs")
        self.wait_direction(daemon, "logs", "leader")
        self.wait_same("logs")

    def test_deep_compares_documents_of_older_spaces(self):
        daemon = self.turned(1000)
        code, document = daemon.verify("logs", "--deep", "--wait", "20s")
        self.assertEqual(code, 0, document)
        compared = sum(shard["contents_compared"] for shard in document["indices"][0]["shards"])
        self.assertEqual(compared, 1020)
        found = self.leader.call("GET", "/logs/_doc/d77")
        # Of its own version, in the place where it was: only the source differs.
        table = self.mark(self.leader, "logs")["origins"][-1]["table"]
        version = (table[0]["generation"] << 40) + found["_seq_no"] + 1
        self.leader.call("PUT", f"/logs/_doc/d77?version={version}&version_type=external_gte",
                         json.dumps({"n": 77, "by": "somebody"}))
        self.leader.call("POST", "/logs/_refresh")
        self.assertEqual(daemon.verify("logs", "--wait", "3s")[0], 0)
        verdict = self.expect_differs(daemon, "logs", "--deep")
        self.assertEqual([(row["id"], row["what"], row["seq_no"])
                          for row in verdict["differences"]],
                         [("d77", "other_source", found["_seq_no"])])
        self.repair(daemon, "logs", "--deep")
        self.wait_same("logs")


if __name__ == "__main__":
    unittest.main()
