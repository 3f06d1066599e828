"""Followers that begin from a snapshot of their leader."""
import random
import shutil
import time
import unittest

from cluster import Cluster
from daemon import rule
from harness import PORT_BASE, SNAPSHOTS, Replication, server_name, wait_until
from roles import Roles
from snapshots import SharedFolder
from workload import Load


class FromSnapshot(SharedFolder, Replication):
    def test_many_indices_from_one_snapshot(self):
        self.leader.call("PUT", "/_ingest/pipeline/p", {"processors": []})
        names = [f"logs-{number}" for number in range(6)]
        for number, name in enumerate(names):
            self.leader.create(name, 1 + number % 3, {"properties": {
                "n": {"type": "long"}, "people": {"type": "nested"}}},
                **{"index.default_pipeline": "p", "index.refresh_interval": "7s",
                   "index.routing.allocation.exclude._name": "nobody"})
            self.leader.index_many(name, range(2000), lambda n: {
                "n": n, "people": [{"name": f"p{n % 9}"}]})
            self.leader.index_many(name, range(0, 2000, 3), lambda n: {"n": -n})
            self.leader.delete_many(name, range(1, 2000, 3))
            self.leader.call("PUT", f"/{name}/_alias/writers", {"is_write_index": number == 0})
        daemon = self.followd([rule(["logs-*"], repository="nfs", bootstrap="snapshot",
                                    follow_index_pattern="copy-{{leader_index}}")],
                              repositories=self.repositories()).start()
        for name in names:
            self.wait_level(daemon, name)
            self.assert_equal(name, "copy-" + name)
        self.assert_from_snapshot(daemon, *names)
        begun = [line for line in daemon.log_text().splitlines() if "snapshot begins" in line]
        self.assertEqual(len(begun), 1, begun)
        settings = self.follower.settings("copy-logs-0")
        for name in ("index.default_pipeline", "index.refresh_interval",
                     "index.routing.allocation.exclude._name"):
            self.assertNotIn(name, settings)
        aliases = self.follower.call("GET", "/copy-logs-0/_alias")["copy-logs-0"]["aliases"]
        self.assertFalse(aliases["writers"].get("is_write_index"))
        self.wait_for_no_snapshots()

        for name in names:
            self.leader.index_many(name, range(0, 500), lambda n: {"n": n, "late": True})
            self.leader.delete_many(name, range(600, 900))
            self.wait_level(daemon, name)
            self.assert_equal(name, "copy-" + name)
        code, answer = daemon.verify("--deep", *names)
        self.assertEqual((code, answer["result"]), (0, "equal"), answer)

    def test_under_load(self):
        self.leader.create("one", 1)
        self.leader.create("three", 3)
        for name in ("one", "three"):
            self.leader.index_many(name, range(20000), lambda n: {"n": n, "text": "y" * 300})
        daemon = self.followd([rule(["one", "three"], repository="nfs")],
                              repositories=self.repositories(), tail={"audit_interval": "1h"})
        with Load(self.leader, ["one", "three"], pause=0.005, routing=False) as load:
            daemon.start()
            for name in ("one", "three"):
                self.wait_for_phase(daemon, name, "following")
            time.sleep(2)
            self.assertGreater(load.operations, 500)
        for name in ("one", "three"):
            self.wait_level(daemon, name)
            self.assert_equal(name)
        self.assert_from_snapshot(daemon, "one", "three")
        self.wait_for_no_snapshots()

    def test_kills_at_any_moment_of_the_bootstrap(self):
        moments = random.Random(6)
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(60000), lambda n: {"n": n, "text": "y" * 500}, 5000)
        # Slow enough to be met in the middle.
        daemon = self.followd([rule(["logs"], repository="nfs", bootstrap="snapshot")],
                              repositories=self.repositories(max_snapshot_bytes_per_sec="20mb",
                                                             max_restore_bytes_per_sec="20mb"))
        with Load(self.leader, ["logs"], pause=0.01):
            for _ in range(12):
                daemon.start()
                time.sleep(moments.choice([0.15, 0.3, 0.5, 0.8, 1.2]))
                daemon.kill()
            daemon.start()
            self.wait_for_phase(daemon, "logs", "following", 120)
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assert_from_snapshot(daemon, "logs")
        self.wait_for_no_snapshots()
        self.assertEqual(self.follower.call("GET", "/_cluster/settings")["transient"], {})

    def test_other_snapshots_are_left_alone(self):
        self.leader.create("logs")
        self.leader.index_many("logs", range(100), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], repository="nfs")],
                              repositories=self.repositories()).start()
        self.wait_level(daemon, "logs")
        for name in ("followd-ffffffffffff-1-1", "nightly"):
            self.leader.call("PUT", f"/_snapshot/followd-nfs-leader/{name}"
                             "?wait_for_completion=true", {"indices": "logs"})
        self.leader.create("more")
        daemon.config["follow"][0]["indices"] = ["logs", "more"]
        daemon.write_config()
        daemon.reload()
        self.wait_level(daemon, "more")
        wait_until(lambda: len(self.snapshots(self.leader)) == 2, what="two snapshots")
        time.sleep(17)  # what an earlier run left over would be gone by then
        self.assertEqual(set(self.snapshots(self.leader)), {"followd-ffffffffffff-1-1", "nightly"})

    def test_whoever_waits_is_told(self):
        self.leader.create("logs")
        self.leader.index_many("logs", range(20000), lambda n: {"n": n, "text": "y" * 500}, 5000)
        daemon = self.followd([rule(["logs"], repository="nfs")],
                              repositories=self.repositories(max_restore_bytes_per_sec="5mb"))
        check = daemon.command("check", "--json")
        self.assertIn('"bootstrap":"snapshot"', check.stdout)
        daemon.start()
        steps = set()

        def is_restoring():
            row = daemon.row("logs")
            if row["bootstrap"]:
                steps.add(row["bootstrap"]["step"])
            return "restore" in steps
        wait_until(is_restoring, pause=0.02, what="a restore being shown")
        done = daemon.command("follow", "--wait", "logs")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout.splitlines()[-1], "follower/logs  follows")
        self.assertIsNone(daemon.row("logs")["bootstrap"])

    def test_a_lost_state_file_costs_no_second_copy(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(5000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], repository="nfs")],
                              repositories=self.repositories()).start()
        self.wait_level(daemon, "logs")
        daemon.stop()
        daemon.state_path.unlink()
        self.leader.index_many("logs", range(4000, 6000), lambda n: {"n": -n})
        self.leader.delete_many("logs", range(100))
        daemon.start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")

    def test_a_leader_that_was_restored_is_compared_anew(self):
        self.leader.create("logs", 1)
        self.leader.index_many("logs", range(1000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], repository="nfs")],
                              repositories=self.repositories()).start()
        self.wait_level(daemon, "logs")
        self.leader.call("PUT", "/_snapshot/followd-nfs-leader/mine?wait_for_completion=true",
                         {"indices": "logs"})
        self.leader.index_many("logs", range(500, 1500), lambda n: {"n": -n})
        self.wait_level(daemon, "logs")
        self.leader.call("POST", "/logs/_close")
        self.leader.call("POST", "/_snapshot/followd-nfs-leader/mine/_restore"
                         "?wait_for_completion=true", {"indices": "logs"})
        self.leader.index_many("logs", range(900, 1100), lambda n: {"n": n, "again": True})
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")


class WithoutSnapshot(SharedFolder, Replication):
    """What keeps a follower from beginning from a snapshot is said, and it begins by stream."""

    def setUp(self):
        super().setUp()
        self.leader.create("logs")
        self.leader.index_many("logs", range(500), lambda n: {"n": n})

    def assert_streams_saying(self, words, repositories, **more):
        daemon = self.followd([rule(["logs"], repository="nfs", **more)],
                              repositories=repositories).start()
        row = self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assertEqual(len(row["warnings"]), 1, row)
        self.assertIn("not from a snapshot", row["warnings"][0])
        for word in words:
            self.assertIn(word, row["warnings"][0])
        return daemon

    def test_a_location_outside_path_repo(self):
        self.assert_streams_saying(["path.repo", "cluster follower"],
                                   {"nfs": {"type": "fs", "location": "/nowhere/at/all"}})

    def test_a_rule_that_wants_nothing_else_is_refused(self):
        self.allows_errors = True
        daemon = self.followd([rule(["logs"], repository="nfs", bootstrap="snapshot")],
                              repositories={"nfs": {"type": "fs", "location": "/nowhere"}}).start()
        row = self.wait_for_phase(daemon, "logs", "refused")
        self.assertIn("path.repo", row["last_error"]["what"])
        self.assertFalse(self.follower.exists("logs"))

    def test_a_folder_that_is_another_one_for_the_follower(self):
        elsewhere = SNAPSHOTS / "elsewhere"
        shutil.rmtree(elsewhere, ignore_errors=True)
        self.assert_streams_saying(
            ["same folder", "cluster follower"],
            {"nfs": {"type": "fs", "leader_location": str(self.folder),
                     "follower_location": str(elsewhere)}})
        self.wait_for_no_snapshots()

    def test_a_folder_that_the_follower_could_write_to(self):
        self.follower.call("PUT", "/_snapshot/backups?verify=false", {
            "type": "fs", "settings": {"location": str(self.folder / "leader")}})
        self.assert_streams_saying(["backups", "readonly: true", "cluster follower"],
                                   self.repositories())

    def test_repositories_of_somebody_else(self):
        location = str(self.folder / "mine")
        existing = {"nfs": {"leader_name": "backups", "follower_name": "backups-ro"}}
        daemon = self.assert_streams_saying(["backups", "not registered"], existing)
        daemon.stop()
        self.follower.call("DELETE", "/logs")
        self.leader.call("PUT", "/_snapshot/backups",
                         {"type": "fs", "settings": {"location": location}})
        self.follower.call("PUT", "/_snapshot/backups-ro?verify=false", {
            "type": "fs", "settings": {"location": location, "readonly": True}})
        daemon.state_path.unlink()
        daemon.start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assert_from_snapshot(daemon, "logs")

    def test_versions_of_clients_near_the_limit(self):
        self.leader.bulk([line for n in range(50) for line in (
            {"index": {"_id": f"big{n}", "version": 1_700_000_000_000_000_000 + n,
                       "version_type": "external"}}, {"n": n})], "logs")
        self.assert_streams_saying(["2^52"], self.repositories())
        self.wait_for_no_snapshots()

    def test_an_index_of_that_name_is_not_replaced(self):
        self.allows_errors = True
        self.follower.create("logs")
        self.follower.call("PUT", "/logs/_doc/1?refresh=true", {"mine": True})
        self.follower.call("POST", "/logs/_close")
        daemon = self.followd([rule(["logs"], repository="nfs", bootstrap="snapshot")],
                              repositories=self.repositories()).start()
        row = self.wait_for_phase(daemon, "logs", "refused")
        self.assertIn("was not made by followd", row["last_error"]["what"])
        self.follower.call("POST", "/logs/_open?wait_for_active_shards=1")
        self.assertEqual(self.follower.count("logs"), 1)


class OlderVersions(SharedFolder, Replication):
    leader = Cluster(server_name("8.19.0"), "8.19.0", PORT_BASE + 4,
                     ["--path-repo", str(SNAPSHOTS)])

    def test_one_major_version_earlier(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(5000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], repository="nfs", bootstrap="snapshot")],
                              repositories=self.repositories())
        with Load(self.leader, ["logs"], pause=0.01):
            daemon.start()
            time.sleep(1.0)
            daemon.kill()
            daemon.start()
            self.wait_for_phase(daemon, "logs", "following")
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assert_from_snapshot(daemon, "logs")


class TooOld(SharedFolder, Replication):
    leader = Cluster(server_name("7.17.28"), "7.17.28", PORT_BASE + 4,
                     ["--path-repo", str(SNAPSHOTS)])

    def test_it_is_streamed(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(3000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], repository="nfs")],
                              repositories=self.repositories()).start()
        row = self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        self.assertIn("Elasticsearch 7.17.28 snapshots, Elasticsearch 9.2.0 restores",
                      row["warnings"][0])
        self.assertEqual(row["docs_copied"], 3000)


class ThenRoles(SharedFolder, Roles):
    """A follower that came from a snapshot is promoted and fails back as any other."""

    def test_promote_fail_back_and_back_again(self):
        self.leader.call("PUT", "/logs", {"settings": {"number_of_shards": 2,
                                                       "number_of_replicas": 0}})
        self.put(self.leader, "logs", 1000)
        self.put(self.leader, "logs", 200, first=100)
        daemon = self.followd([rule(["logs"], repository="nfs")],
                              repositories=self.repositories()).start()
        self.wait_level(daemon, "logs")
        self.assert_from_snapshot(daemon, "logs")
        self.put(self.leader, "logs", 300, first=900)
        self.wait_level(daemon, "logs")
        self.control(daemon, "promote", "logs")
        self.put(self.leader, "logs", 20, first=5000, lost=True)
        self.put(self.follower, "logs", 30, first=6000, kept=True)
        self.put(self.follower, "logs", 10, first=3, kept=True)
        self.follower.call("DELETE", "/logs/_doc/d40")
        expected = self.follower.documents("logs", 1000)
        report = self.control(daemon, "failback", "logs")
        self.assertEqual(self.row_of(report, "logs")["lost_writes"], 20, report)
        self.wait_direction(daemon, "logs", "follower")
        self.wait_same("logs")
        self.assertEqual(self.leader.documents("logs", 1000), expected)
        moved = sum(row["operations_written"] for row in daemon.status()["followers"]
                    if row["leader"] == "follower")
        self.assertLessEqual(moved, 100)
        self.control(daemon, "failback", "--switch", "logs")
        self.put(self.leader, "logs", 50, first=7000)
        self.wait_direction(daemon, "logs", "leader")
        self.wait_same("logs")
        code, answer = daemon.verify("--deep", "logs")
        self.assertEqual((code, answer["result"]), (0, "equal"), answer)


if __name__ == "__main__":
    unittest.main()
