"""followd snapshots list, create, restore and delete, between two clusters that see one folder."""
import json
import random
import signal
import subprocess
import unittest

from daemon import BINARY, rule
from harness import SNAPSHOTS, Replication, wait_until
from snapshots import SharedFolder

# Text that does not compress to nothing: what it takes to restore it can be met in the middle.
WORDS = [f"{random.Random(seed).getrandbits(64):x}" for seed in range(5000)]


class Snapshots(SharedFolder, Replication):
    def setUp(self):
        super().setUp()
        self.random = random.Random(self.id())
        self.tool = self.configured()

    def configured(self, rules=(), **repository):
        return self.followd(list(rules), repositories=self.repositories(**repository))

    def said(self, code, *arguments, tool=None):
        """What a command says, one text for a person."""
        done = (tool or self.tool).command("snapshots", *arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def asked(self, code, *arguments, tool=None):
        """The document that it answers with."""
        done = (tool or self.tool).command("snapshots", *arguments, "--json")
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        document = json.loads(done.stdout)
        self.assertEqual((document["schema"], document["done"]), (1, code == 0))
        self.assertEqual(document["failure"] is None, code == 0)
        return document

    def create(self, *arguments, code=0):
        return self.asked(code, "create", "nfs", *arguments, "--leader", "leader")

    def restore(self, *arguments, to="follower", code=0):
        return self.asked(code, "restore", "nfs", *arguments, "--to", to, "--leader", "leader")

    def listed(self, *arguments):
        found = self.asked(0, "list", "nfs", "--leader", "leader", *arguments)
        return {row["snapshot"]: row for row in found["snapshots"]}

    def failure(self, document, kind, *words):
        self.assertEqual(document["failure"]["kind"], kind, document)
        text = f"{document['failure']['where']}: {document['failure']['what']}"
        for word in words:
            self.assertIn(word, text)

    def fill(self, cluster, index, documents=1000, shards=2, mappings=None, **settings):
        cluster.create(index, shards, mappings, **settings)
        cluster.index_many(index, range(documents), lambda n: {
            "n": n, "text": " ".join(self.random.choices(WORDS, k=40))}, 5000)

    def without_a_place(self, index):
        """An index of the leader whose primary no node may have."""
        self.leader.call("PUT", f"/{index}?wait_for_active_shards=0", {"settings": {
            "number_of_replicas": 0, "index.routing.allocation.require.rack": "none"}})


class Handled(Snapshots):
    def test_taken_listed_restored_and_deleted(self):
        self.leader.call("PUT", "/_ingest/pipeline/p", {"processors": []})
        for name in ("logs-a", "logs-b", "bills"):
            self.fill(self.leader, name, **{"index.default_pipeline": "p",
                                            "index.refresh_interval": "7s"})
            self.leader.call("PUT", f"/{name}/_alias/everything")
            self.leader.call("PUT", f"/{name}/_settings", {
                "index.routing.allocation.exclude._name": "nobody", "index.blocks.write": True})
        expected = self.leader.documents("logs-a")
        taken = self.create("nightly", "logs-*", "bills")
        self.assertEqual(taken["indices"], ["bills", "logs-a", "logs-b"])
        self.assertGreater(taken["bytes_written"], 100_000)
        self.leader.call("PUT", "/logs-a/_settings", {"index.blocks.write": None})
        self.leader.delete_many("logs-a", range(500))
        self.assertLess(self.create("second", "everything")["bytes_written"],
                        taken["bytes_written"])

        rows = self.listed()
        self.assertEqual(list(rows), ["nightly", "second"])
        row = rows["nightly"]
        self.assertEqual((row["state"], row["indices"], row["taken_by"], row["version"]),
                         ("SUCCESS", ["bills", "logs-a", "logs-b"], "somebody", "9.2.0"))
        self.assertGreaterEqual(row["bytes"], taken["bytes_written"])
        self.assertEqual(self.listed("--at", "follower"), rows)

        answer = self.restore("nightly", "logs-*", "--rename", "{{index}}-restored")
        self.assertEqual([one["restored_as"] for one in answer["indices"]],
                         ["logs-a-restored", "logs-b-restored"])
        self.assertEqual(sorted(self.follower.index_names()),
                         ["logs-a-restored", "logs-b-restored"])
        self.assertEqual(self.follower.documents("logs-a-restored"), expected)
        settings = self.follower.settings("logs-a-restored")
        self.assertEqual(settings["index.refresh_interval"], "7s")
        for prefix in ("index.default_pipeline", "index.routing", "index.blocks"):
            self.assertEqual([name for name in settings if name.startswith(prefix)], [])
        self.assertEqual(self.follower.call("GET", "/logs-a-restored/_alias"),
                         {"logs-a-restored": {"aliases": {}}})
        self.follower.call("POST", "/logs-a-restored/_doc", {"n": 1})

        self.restore("nightly", "logs-a", "--rename", "logs-a-old", to="leader")
        self.assertEqual(self.leader.documents("logs-a-old"), expected)
        self.assertNotIn("followd-nfs-leader-readonly", self.repository_names(self.leader))

        self.assertEqual(self.asked(0, "delete", "nfs", "nightly", "second", "--leader",
                                    "leader")["deleted"], ["nightly", "second"])
        self.assertEqual(self.listed(), {})

    def test_for_people(self):
        self.fill(self.leader, "logs", 10)
        tool = self.configured([rule(["logs"], repository="nfs")])
        # The only leader that a rule has with this repository is meant.
        self.assertRegex(self.said(0, "create", "nfs", "nightly", "logs", tool=tool),
                         r"^leader/nightly  taken: 1 index, .* files written, in ")
        table = self.said(0, "list", "nfs", tool=tool).splitlines()
        self.assertRegex(table[0], r"^SNAPSHOT +STATE +STARTED \(UTC\) +TOOK +INDICES +SIZE")
        self.assertRegex(table[1], r"^nightly +SUCCESS +20\d\d-\d\d-\d\d .* somebody$")
        self.assertRegex(self.said(0, "restore", "nfs", "nightly", "--to", "follower", tool=tool),
                         r"^follower/logs  restored from logs of nightly\n1 index, ")
        self.assertEqual(self.said(0, "delete", "nfs", "nightly", tool=tool),
                         "leader/nightly  deleted\n")
        self.assertEqual(self.said(0, "list", "nfs", tool=tool),
                         "no snapshots of leader in nfs\n")

    def test_mistakes_in_the_line(self):
        for words, line in (
                ("--leader", ("list", "nfs")), ("nfs", ("list", "nsf")),
                ("leader or follower", ("list", "nfs", "--leader", "rome")),
                ("--to rome", ("restore", "nfs", "s", "--to", "rome", "--leader", "leader")),
                ("--at rome", ("list", "nfs", "--at", "rome", "--leader", "leader")),
                ("followd-", ("create", "nfs", "followd-x", "i", "--leader", "leader")),
                ("capital", ("create", "nfs", "Nightly", "i", "--leader", "leader")),
                ("{{index}}", ("restore", "nfs", "s", "--to", "leader", "--leader", "leader",
                               "--rename", "{{indx}}")),
                ("called a*", ("delete", "nfs", "a*", "--leader", "leader"))):
            with self.subTest(line):
                self.assertIn(words, self.said(64, *line))
        self.assertEqual(self.repository_names(self.leader), [])

    def test_a_snapshot_of_nothing_is_none(self):
        self.fill(self.leader, "logs", 10)
        self.failure(self.create("s", "logs", "nothing-*", code=2), "not_found", "cluster leader",
                     "nothing-*")
        self.failure(self.create("s", "log", code=2), "not_found", "cluster leader", "log")
        self.without_a_place("bad")
        self.failure(self.create("s", "logs", "bad", code=2), "unavailable", "cluster leader",
                     "bad")
        self.assertEqual(self.listed(), {})
        self.create("s", "logs")
        self.failure(self.create("s", "logs", code=1), "conflict", "cluster leader",
                     "a snapshot s (SUCCESS) already")


class Refused(Snapshots):
    def test_nothing_is_restored_over_what_is_there(self):
        for name in ("open", "closed", "alias", "free"):
            self.fill(self.leader, name, 100)
        self.create("nightly", "*")
        self.fill(self.follower, "open", 5)
        self.fill(self.follower, "closed", 5)
        self.follower.call("POST", "/closed/_close")
        self.fill(self.follower, "real", 5)
        self.follower.call("PUT", "/real/_alias/alias")
        before = self.follower.documents("open")
        self.failure(self.restore("nightly", code=1), "conflict", "cluster follower",
                     "alias (an alias of real)", "closed (a closed index)", "open (an index)",
                     "--rename")
        self.assertEqual(sorted(self.follower.index_names()), ["closed", "open", "real"])
        self.assertEqual(self.follower.documents("open"), before)
        self.failure(self.restore("nightly", "free", "open", "--rename", "same", code=1),
                     "refused", "free and open", "same")
        self.failure(self.restore("nightly", "free", "--rename", "Free", code=1), "refused",
                     "Free", "capital")
        self.failure(self.restore("nightly", "fre", code=2), "not_found", "cluster follower",
                     "alias, closed, free, open")
        self.failure(self.restore("weekly", "free", code=2), "not_found", "cluster follower",
                     "it has: nightly")
        self.restore("nightly", "free")
        self.restore("nightly", "--rename", "copy-{{index}}")

    def test_of_a_partial_snapshot_what_is_whole(self):
        self.fill(self.leader, "whole", 100)
        self.create("first", "whole")
        self.without_a_place("broken")
        self.leader.call("PUT", "/_snapshot/followd-nfs-leader/part?wait_for_completion=true",
                         {"indices": "whole,broken", "partial": True})
        row = self.listed()["part"]
        self.assertEqual((row["state"], row["broken_indices"]), ("PARTIAL", ["broken"]))
        self.failure(self.restore("part", code=1), "refused", "cluster follower", "PARTIAL",
                     "broken")
        self.assertEqual(self.follower.index_names(), [])
        self.restore("part", "whole")
        self.assertEqual(self.follower.documents("whole"), self.leader.documents("whole"))

    def test_a_daemons_are_its_own(self):
        self.fill(self.leader, "logs", 10)
        self.create("mine", "logs")
        names = ["followd-0a1b2c-7-1", "followd-every-0a1b2c-all-logs-20261130t080000z"]
        for name in names:
            self.leader.call("PUT", f"/_snapshot/followd-nfs-leader/{name}"
                             "?wait_for_completion=true", {"indices": "logs"})
        rows = self.listed()
        self.assertEqual([(rows[name]["taken_by"], rows[name]["daemon"], rows[name]["rule"])
                          for name in names],
                         [("bootstrap", "0a1b2c", None), ("schedule", "0a1b2c", "all-logs")])
        for name in names:
            self.failure(self.asked(1, "delete", "nfs", "mine", name, "--leader", "leader"),
                         "refused", "cluster leader", name, "--force")
        self.assertEqual(len(self.listed()), 3)
        self.asked(0, "delete", "nfs", *names, "--force", "--leader", "leader")
        self.assertEqual(list(self.listed()), ["mine"])
        self.failure(self.asked(2, "delete", "nfs", "mine", "yours", "--leader", "leader"),
                     "not_found", "cluster leader", "yours", "it has: mine")
        self.assertEqual(list(self.listed()), ["mine"])

    def test_places_that_cannot_be(self):
        self.fill(self.leader, "logs", 10)
        self.create("nightly", "logs")
        for words, place in (
                ("path.repo", {"location": "/nowhere"}),
                ("same folder", {"location": None, "leader_location": str(self.folder),
                                 "follower_location": str(SNAPSHOTS / "another")})):
            with self.subTest(words):
                tool = self.configured()
                tool.config["repositories"]["nfs"] = {
                    "type": "fs", **{key: value for key, value in place.items() if value}}
                tool.write_config()
                answer = self.asked(1 if words == "path.repo" else 2, "restore", "nfs", "nightly",
                                    "--to", "follower", "--leader", "leader", tool=tool)
                self.failure(answer, answer["failure"]["kind"], "cluster follower", words)
        self.follower.call("DELETE", "/_snapshot/followd-nfs-leader-readonly")
        self.follower.call("PUT", "/_snapshot/mine", {
            "type": "fs", "settings": {"location": str(self.folder / "leader")}})
        self.failure(self.restore("nightly", code=1), "conflict", "cluster follower", "mine",
                     "could write there")
        self.assertEqual(self.follower.index_names(), [])

    def test_without_the_leader(self):
        self.fill(self.leader, "logs", 100)
        self.create("nightly", "logs")
        tool = self.configured()
        tool.config["clusters"]["leader"]["urls"] = ["http://127.0.0.1:1"]
        tool.write_config()
        lines = ("nfs", "--leader", "leader")
        self.failure(self.asked(2, "list", *lines, tool=tool), "unreachable", "leader")
        found = self.asked(0, "list", *lines, "--at", "follower", tool=tool)
        self.assertEqual([row["snapshot"] for row in found["snapshots"]], ["nightly"])
        self.asked(0, "restore", "nfs", "nightly", "--to", "follower", "--leader", "leader",
                   tool=tool)
        self.assertEqual(self.follower.count("logs"), 100)


class UnderWay(Snapshots):
    def test_interrupted_it_goes_on_and_its_snapshot_stays(self):
        self.tool = self.configured(max_restore_bytes_per_sec="4mb")
        self.fill(self.leader, "logs", 10000)
        self.create("nightly", "logs")
        process = subprocess.Popen(
            [BINARY, "snapshots", "restore", "nfs", "nightly", "--to", "follower", "--leader",
             "leader", "--config", str(self.tool.config_path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            wait_until(lambda: self.follower.exists("logs"), what="the restore beginning")
            self.failure(self.asked(1, "delete", "nfs", "nightly", "--leader", "leader"),
                         "refused", "cluster follower", "nightly", "being restored")
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        finally:
            process.kill()
            process.communicate()
        self.assertEqual((process.returncode, out), (2, ""), err)
        self.assertIn("goes on with the restore by itself", err)
        wait_until(lambda: self.follower.count("logs") == 10000, what="the restore's end")
        self.assertEqual(self.follower.documents("logs"), self.leader.documents("logs"))
        self.assertEqual([name for name in self.follower.settings("logs")
                          if "routing" in name or "blocks" in name], [])
        wait_until(lambda: self.tool.command("snapshots", "delete", "nfs", "nightly", "--leader",
                                             "leader").returncode == 0, what="a delete")

    def test_of_a_restore_that_fails_nothing_stays(self):
        self.fill(self.leader, "logs-a", 100)
        self.fill(self.leader, "logs-b", 100)
        self.create("nightly", "logs-*")
        self.fill(self.follower, "mine", 100)
        # As where the disks are full: no node may have another shard.
        barred = "cluster.routing.allocation.exclude._ip"
        self.addCleanup(self.follower.call, "PUT", "/_cluster/settings",
                        {"transient": {barred: None}})
        self.follower.call("PUT", "/_cluster/settings", {"transient": {barred: "127.0.0.1"}})
        self.failure(self.restore("nightly", "--rename", "copy-{{index}}", code=1), "refused",
                     "cluster follower", "cluster.routing.allocation.exclude", "deleted again")
        self.assertEqual(self.follower.index_names(), ["mine"])

    def test_a_copy_of_a_follower_is_an_index_of_its_own(self):
        self.fill(self.leader, "logs", 100)
        daemon = self.configured([rule(["logs"], bootstrap="stream")]).start()
        self.wait_level(daemon, "logs")
        marked = self.follower.call("GET", "/logs/_mapping")["logs"]["mappings"]["_meta"]
        self.assertIn("followd", marked)
        place = ("--leader", "follower")
        self.asked(0, "create", "nfs", "nightly", "logs", *place)
        answer = self.asked(0, "restore", "nfs", "nightly", "--to", "follower", "--rename", "copy",
                            *place)
        self.assertEqual(answer["indices"],
                         [{"index": "logs", "restored_as": "copy", "mark_removed": True}])
        self.assertEqual(self.follower.call("GET", "/copy/_mapping")["copy"]["mappings"].get(
            "_meta", {}), {})
        self.assertEqual([row["follower_index"] for row in daemon.status()["followers"]],
                         ["logs"])
        self.assertEqual(daemon.command("promote", "--no-drain", "copy").returncode, 2)
        self.follower.call("POST", "/copy/_doc", {"n": 1})


if __name__ == "__main__":
    unittest.main()
