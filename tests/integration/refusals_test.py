"""What cannot be followed, or not now: said by name, with the reason, while all else goes on."""
import resource
import unittest

from daemon import Followd, config_for, rule
from harness import Replication, wait_until


class Refused(Replication):
    """An index that cannot be followed is a row of status with the reason; others go on."""

    def followed_beside(self, bad):
        """A daemon that follows `good` while `bad` cannot be; the row of `bad`."""
        self.allows_errors = True
        self.leader.create("good")
        self.leader.call("PUT", "/good/_doc/1", {"n": 1})
        daemon = self.followd([rule(["good", bad])]).start()
        row = self.wait_for_phase(daemon, bad, "refused")
        self.wait_level(daemon, "good")
        self.assert_equal("good")
        return daemon, row

    def test_source_disabled(self):
        self.leader.create("bad", 1, {"_source": {"enabled": False}})
        _, row = self.followed_beside("bad")
        self.assertEqual(row["last_error"]["kind"], "refused")
        self.assertIn("_source", row["last_error"]["what"])
        self.assertIsNone(row["follower_index"])
        self.assertFalse(self.follower.exists("bad"))

    def test_name_taken_by_an_index_of_others(self):
        self.leader.create("bad")
        self.leader.call("PUT", "/bad/_doc/1", {"n": "leader's"})
        self.follower.create("bad", 2)
        self.follower.call("PUT", "/bad/_doc/mine", {"n": "their own"})
        before = self.follower.settings("bad"), self.follower.mappings("bad")
        _, row = self.followed_beside("bad")
        self.assertEqual(row["last_error"]["kind"], "conflict")
        self.assertIsNone(row["follower_index"])
        self.assertEqual((self.follower.settings("bad"), self.follower.mappings("bad")), before)
        mine = self.follower.call("GET", "/bad/_doc/mine")["_source"]
        self.assertEqual((mine, self.follower.count("bad")), ({"n": "their own"}, 1))

    def test_name_taken_by_an_alias(self):
        self.leader.create("bad")
        self.follower.create("theirs")
        self.follower.call("PUT", "/theirs/_alias/bad")
        _, row = self.followed_beside("bad")
        self.assertIn("alias", row["last_error"]["what"])
        self.assertEqual(self.follower.count("theirs"), 0)

    def test_document_that_the_follower_refuses(self):
        """The shard stops at it, names it, and goes on when the cause is gone."""
        self.allows_errors = True
        self.leader.create("logs", 1, {"properties": {"n": {"type": "nested"}}})
        self.leader.create("good")
        daemon = self.followd([
            rule(["logs"], "strict", settings={"index.mapping.nested_objects.limit": 2}),
            rule(["good"], "good")]).start()
        self.wait_level(daemon, "logs")
        self.leader.call("PUT", "/logs/_doc/few", {"n": [{"a": "x"}]})
        self.wait_level(daemon, "logs")
        self.leader.call("PUT", "/logs/_doc/too-many", {"n": [{"a": "secret"}] * 3})

        def halted():
            shard = daemon.row("logs")["shards"][0]
            return shard["phase"] == "halted" and shard
        shard = wait_until(halted, what="the shard being halted")
        self.assertEqual(shard["last_error"]["kind"], "refused")
        self.assertIn("too-many", shard["last_error"]["what"] + shard["last_error"]["where"])
        self.assertNotIn("secret", shard["last_error"]["what"])
        self.leader.call("PUT", "/good/_doc/1", {"n": 1})
        self.wait_level(daemon, "good")
        self.follower.call("PUT", "/logs/_settings", {"index.mapping.nested_objects.limit": 5})
        # A halted shard looks again once a minute.
        self.wait_level(daemon, "logs", 120)
        self.assert_equal("logs")


class LeaderGone(Replication):
    """A leader index that goes, comes back as another, or is closed, is never followed as if
    nothing had happened; the follower is kept."""

    def setUp(self):
        super().setUp()
        for index in ("logs", "other"):
            self.leader.create(index, 2)
            self.leader.index_many(index, range(100), lambda n: {"n": n})
        self.daemon = self.followd([rule(["logs", "other"])]).start()
        for index in ("logs", "other"):
            self.wait_level(self.daemon, index)

    def assert_other_goes_on(self):
        self.leader.call("PUT", "/other/_doc/more", {"n": 1})
        self.wait_level(self.daemon, "other")
        self.assert_equal("other")

    def test_deleted(self):
        self.leader.call("DELETE", "/logs")
        row = self.wait_for_phase(self.daemon, "logs", "leader_gone")
        self.assertEqual(row["follower_index"], "logs")
        self.assertEqual(self.follower.count("logs"), 100)
        self.assert_other_goes_on()

    def test_deleted_and_created_again(self):
        self.allows_errors = True
        self.leader.call("DELETE", "/logs")
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(1000, 1010), lambda n: {"n": n})
        row = self.wait_for_phase(self.daemon, "logs", "refused")
        self.assertEqual(row["last_error"]["kind"], "conflict")
        self.assertEqual(self.follower.count("logs"), 100)
        self.assert_other_goes_on()

    def test_deleted_and_created_again_while_the_daemon_was_down(self):
        self.allows_errors = True
        self.assertEqual(self.daemon.stop(), 0)
        self.leader.call("DELETE", "/logs")
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(1000, 1010), lambda n: {"n": n})
        self.daemon.start()
        self.wait_for_phase(self.daemon, "logs", "refused")
        self.assertEqual(self.follower.count("logs"), 100)
        self.assert_other_goes_on()

    def test_closed_and_opened(self):
        self.allows_errors = True
        self.leader.call("POST", "/logs/_close")
        self.assert_other_goes_on()
        self.assertEqual(self.follower.count("logs"), 100)
        row = self.daemon.row("logs")
        self.assertTrue(row["last_error"] or any(s["last_error"] for s in row["shards"]), row)
        self.leader.call("POST", "/logs/_open")
        self.leader.delete_many("logs", range(50))
        self.leader.call("PUT", "/logs/_doc/after", {"n": 1})
        self.wait_level(self.daemon, "logs", 120)
        self.assert_equal("logs")


class FollowerTouched(Replication):
    """What others do to a follower index is noticed, and never made worse."""

    def test_follower_index_deleted(self):
        """It is named, and neither followd nor the server's auto-creation makes it again."""
        self.allows_errors = True
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.leader.call("PUT", "/logs/_doc/1", {"n": 1})
        self.wait_level(daemon, "logs")
        self.follower.call("DELETE", "/logs")
        self.leader.call("PUT", "/logs/_doc/2", {"n": 2})
        self.leader.call("DELETE", "/logs/_doc/1")
        row = self.wait_for_phase(daemon, "logs", "refused")
        self.assertEqual(row["last_error"]["kind"], "conflict")
        self.assertFalse([name for name in self.follower.index_names() if "logs" in name])

    def test_flood_stage_block(self):
        """The follower's disk is full: that is waited out, and said."""
        self.leader.create("logs")
        self.leader.index_many("logs", range(100), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        block = {"index.blocks.read_only_allow_delete": True}
        self.follower.call("PUT", "/logs/_settings", block)
        self.leader.index_many("logs", range(100, 200), lambda n: {"n": n})

        def throttled():
            shard = daemon.row("logs")["shards"][0]
            return shard["last_error"] and shard["last_error"]["kind"] == "throttled" and shard
        shard = wait_until(throttled, what="the block being named")
        self.assertNotEqual(shard["phase"], "halted")
        self.follower.call("PUT", "/logs/_settings", {
            "index.blocks.read_only_allow_delete": None})
        self.wait_level(daemon, "logs", 60)
        self.assert_equal("logs")
        wait_until(lambda: daemon.row("logs")["shards"][0]["last_error"] is None, 20,
                   what="the error being forgotten")

    def test_follower_closed_and_opened(self):
        self.allows_errors = True
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.follower.call("POST", "/logs/_close")
        self.leader.index_many("logs", range(10), lambda n: {"n": n})
        wait_until(lambda: daemon.row("logs")["shards"][0]["last_error"] or
                   daemon.row("logs")["last_error"], what="an error being shown")
        self.follower.call("POST", "/logs/_open")
        self.wait_level(daemon, "logs", 120)
        self.assert_equal("logs")


class WrongConfiguration(Replication):
    """All mistakes at once, before anything is done; clusters that are not there are named."""

    def test_all_mistakes_at_once(self):
        daemon = self.followd([rule(["logs"], leader="nobody"), {"name": "x", "surprise": 1}],
                              tail={"poll_interval": "soon"}, limits={"memory": -1})
        for command in ("run", "check"):
            done = daemon.command(command)
            self.assertEqual(done.returncode, 78, done)
            for word in ("nobody", "surprise", "poll_interval", "memory"):
                self.assertIn(word, done.stdout + done.stderr)
        self.assertFalse(daemon.state_path.exists())

    def test_cluster_that_does_not_answer(self):
        config = config_for(self.leader, self.follower, [rule(["logs"])])
        config["clusters"]["leader"]["urls"] = ["http://127.0.0.1:1"]
        daemon = Followd(config)
        self.daemons.append(daemon)
        check = daemon.command("check")
        self.assertEqual(check.returncode, 2, check)
        self.assertIn("127.0.0.1:1", check.stdout + check.stderr)
        daemon.start()

        def failing():
            return {cluster["name"]: cluster["last_error"]["kind"]
                    for cluster in daemon.status()["clusters"] if cluster["last_error"]}
        self.assertEqual(wait_until(failing, what="the outage being named"),
                         {"leader": "unreachable"})

    def test_usage(self):
        daemon = self.followd([rule(["logs"])])
        self.assertEqual(daemon.command("follow-me").returncode, 64)
        self.assertEqual(daemon.command("run", "--surprise").returncode, 64)


class StateFileFull(Replication):
    """A state file that cannot be written stops no document; what was stored stays true."""

    def test_file_size_limit(self):
        self.allows_errors = True
        self.leader.create("logs", 3)
        self.leader.index_many("logs", range(1000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        self.assertEqual(daemon.stop(), 0)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 15,) * 2)
        daemon.config["log"]["level"] = "error"
        daemon.write_config()
        daemon.start(preexec=limit)
        for n in range(40):
            self.leader.index_many("logs", range(n * 50, n * 50 + 100), lambda n: {"n": -n})
        self.leader.delete_many("logs", range(0, 1000, 3))
        self.assert_equal("logs")
        self.assertEqual(daemon.stop(), 0)
        daemon.start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")


if __name__ == "__main__":
    unittest.main()
