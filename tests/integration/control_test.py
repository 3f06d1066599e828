"""Commands that change what is followed, and what happens where they make no sense."""
import json
import time
import unittest

from daemon import rule
from harness import wait_until
from roles import Roles


class Control(Roles):
    def test_a_paused_follower_stays_paused_until_resumed(self):
        for name in ("one", "two"):
            self.put(self.leader, name, 10)
        daemon = self.followd([rule(["one", "two"])]).start()
        for name in ("one", "two"):
            self.wait_level(daemon, name)
        self.control(daemon, "pause", "one")
        self.control(daemon, "pause", "one")
        self.put(self.leader, "one", 5, first=100)
        self.put(self.leader, "two", 5, first=100)
        self.wait_level(daemon, "two")
        self.assertEqual(daemon.phase("one"), "paused")
        self.assertEqual(self.follower.count("one"), 10)
        # Nor does a restart undo it.
        daemon.kill()
        daemon.start()
        self.wait_level(daemon, "two")
        self.assertEqual(daemon.phase("one"), "paused")
        row = daemon.row("one")
        self.assertIn("followd resume", row["warnings"][0])
        self.control(daemon, "resume", "one")
        self.wait_level(daemon, "one")
        self.wait_same("one")

    def test_falling_behind_and_coming_back_copies_no_document_twice(self):
        """Scenario 13: updates of all, a delete, a flush and a forced merge while it is paused."""
        self.put(self.leader, "logs", 3000)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.control(daemon, "pause", "logs")
        self.put(self.leader, "logs", 3000, updated=True)
        self.leader.call("DELETE", "/logs/_doc/d7")
        self.leader.call("POST", "/logs/_flush")
        self.leader.call("POST", "/logs/_forcemerge?max_num_segments=1")
        before = daemon.status()
        self.assertEqual(before["followers"][0]["phase"], "paused")
        self.control(daemon, "resume", "logs")
        row = self.wait_level(daemon, "logs")
        self.wait_same("logs")
        row = daemon.row("logs")
        self.assertEqual(row["docs_copied"], 0)
        self.assertLessEqual(row["operations_written"], 3001)

    def test_an_unfollowed_index_is_left_alone_until_followed_again(self):
        self.put(self.leader, "logs", 10)
        daemon = self.followd([rule(["logs*"])]).start()
        self.wait_level(daemon, "logs")
        self.control(daemon, "unfollow", "lo*")
        self.put(self.leader, "logs", 5, first=50)
        self.put(self.leader, "logs-2", 5)
        self.wait_level(daemon, "logs-2")
        self.assertIsNone(daemon.row("logs"))
        self.assertEqual(self.follower.count("logs"), 10)
        self.control(daemon, "follow", "all")
        self.wait_level(daemon, "logs")
        self.wait_same("logs")

    def test_what_makes_no_sense_is_refused_by_name_and_changes_nothing(self):
        self.put(self.leader, "logs", 10)
        self.put(self.follower, "ours", 10)
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        for verb in ("pause", "unfollow", "resume", "promote", "failback", "plan"):
            report = self.control(daemon, verb, "nothing*", code=2)
            self.assertIn("nothing*", report["failure"]["what"])
        # Not a follower, though it is there.
        self.control(daemon, "promote", "ours", code=2)
        report = self.control(daemon, "failback", "logs", code=1)
        self.assertIn("never promoted", self.row_of(report, "logs")["failure"]["what"])
        report = self.control(daemon, "failback", "--switch", "logs", code=2)
        self.assertIn("turned round", report["failure"]["what"])
        self.assertEqual(daemon.command("promote").returncode, 64)
        self.assertEqual(daemon.command("promote", "logs", "--all").returncode, 64)
        self.assertEqual(daemon.command("promote", "logs", "--drain", "soon").returncode, 64)
        self.assertEqual(daemon.phase("logs"), "following")
        # Twice is once.
        self.control(daemon, "promote", "logs")
        report = self.control(daemon, "promote", "logs")
        self.assertIn("was promoted already", self.row_of(report, "logs")["what"])
        report = self.control(daemon, "pause", "logs", code=1)
        self.assertIn("promoted", self.row_of(report, "logs")["failure"]["what"])
        self.assertNotIn("followd", json.dumps(self.follower.mappings("ours")))

    def test_rules_come_and_go_without_touching_the_others(self):
        for name in ("one", "two", "three"):
            self.put(self.leader, name, 10)
        daemon = self.followd([rule(["one"], "first"), rule(["two"], "second")]).start()
        for name in ("one", "two"):
            self.wait_level(daemon, name)
        written = daemon.row("one")["operations_written"]
        self.assertEqual(written, 10)
        daemon.config["follow"] = [rule(["one"], "first"), rule(["three"], "third")]
        daemon.write_config()
        daemon.reload()
        self.wait_level(daemon, "three")
        wait_until(lambda: daemon.row("two") is None, what="the row of a removed rule going")
        # The same follower goes on: a new one would have begun to count again.
        self.assertEqual(daemon.row("one")["operations_written"], 10)
        self.put(self.leader, "two", 5, first=50)
        self.put(self.leader, "one", 5, first=50)
        self.wait_level(daemon, "one")
        self.assertEqual(daemon.row("one")["operations_written"], 15)
        self.assertEqual(self.follower.count("two"), 10)
        # A bad file is refused, and the old one stays in force.
        self.allows_errors = True
        daemon.config["follow"].append({"name": "bad"})
        daemon.write_config()
        daemon.reload()
        wait_until(lambda: "configuration was not changed" in daemon.log_text(),
                   what="the refusal")
        daemon.config["follow"].pop()
        daemon.write_config()
        self.put(self.leader, "three", 5, first=50)
        self.wait_level(daemon, "three")

    def test_a_rule_that_goes_while_its_index_is_copied_says_what_is_left(self):
        self.put(self.leader, "large", 40000, text="x" * 200)
        daemon = self.followd([rule(["large"])])
        daemon.config["limits"] = {"max_read_request_operation_count": 64,
                                   "max_outstanding_write_requests": 1}
        daemon.write_config()
        daemon.start()
        wait_until(lambda: daemon.row("large")["docs_copied"] > 0, 30, 0.02, what="some documents")
        rules, daemon.config["follow"] = daemon.config["follow"], [rule(["other"], "other")]
        daemon.write_config()
        daemon.reload()
        wait_until(lambda: daemon.row("large") is None, what="the row going")
        self.assertIn("rule was removed while its follower was copied", daemon.log_text())
        self.assertLess(self.follower.count("large"), 40000)
        daemon.config["follow"] = rules
        del daemon.config["limits"]
        daemon.write_config()
        daemon.reload()
        self.wait_level(daemon, "large")
        self.assertEqual(self.follower.count("large"), 40000)

    def test_the_copy_of_a_deleted_index_is_kept_or_promoted_as_its_rule_says(self):
        for name in ("kept", "taken", "other"):
            self.put(self.leader, name, 10)
        daemon = self.followd([rule(["kept"], "kept"),
                               rule(["taken", "other"], "taken", on_leader_delete="promote")])
        daemon.start()
        for name in ("kept", "taken", "other"):
            self.wait_level(daemon, name)
        for name in ("kept", "taken"):
            self.leader.call("DELETE", f"/{name}")
        for name in ("kept", "taken"):
            self.wait_for_phase(daemon, name, "leader_gone")
        wait_until(lambda: daemon.phase("taken") == "promoted", 120, 1, what="the promotion")
        self.assertEqual(self.mark(self.follower, "taken")["role"], "promoted")
        self.assertEqual(daemon.phase("kept"), "leader_gone")
        self.assertEqual(self.mark(self.follower, "kept")["role"], "follower")
        self.put(self.follower, "taken", 5, first=100)
        self.assertEqual(self.follower.count("taken"), 15)
        # Nobody else was meant, and the row stays.
        self.put(self.leader, "other", 5, first=100)
        self.wait_level(daemon, "other")
        self.assertEqual(daemon.phase("taken"), "promoted")

    def test_a_new_index_is_followed_within_ten_seconds(self):
        daemon = self.followd([rule(["logs-*", "-logs-x*"])]).start()
        wait_until(lambda: daemon.status() is not None, what="the daemon")
        self.put(self.leader, "logs-1", 10)
        self.put(self.leader, "logs-x1", 10)
        began = time.monotonic()
        wait_until(lambda: daemon.row("logs-1"), 10, what="the new index")
        self.assertLess(time.monotonic() - began, 10)
        self.wait_level(daemon, "logs-1")
        self.assertIsNone(daemon.row("logs-x1"))
        self.assertFalse(self.follower.exists("logs-x1"))


if __name__ == "__main__":
    unittest.main()
