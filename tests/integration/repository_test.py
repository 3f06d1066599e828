"""A snapshot repository on its way to another cluster: served over HTTP, and copied."""
import json
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import threading
import time
import unittest

from cluster import Cluster, start_all
from daemon import BINARY, Followd, config_for, rule
from harness import PORT_BASE, server_name, wait_until

FOLDER = pathlib.Path(tempfile.gettempdir()) / f"followd-repositories-{PORT_BASE}"
VERSION = "opensearch-2.19.1"
WORDS = [f"word{number}" for number in range(997)]

SOURCE = Cluster(server_name("source"), VERSION, PORT_BASE + 6,
                 ["--path-repo", str(FOLDER / "source")])
TARGET = Cluster(server_name("target"), VERSION, PORT_BASE + 7,
                 ["--path-repo", str(FOLDER / "target"), "--module", "repository-url",
                  "--setting", 'repositories.url.allowed_urls=["http://127.0.0.1:*/*"]'])


def setUpModule():
    for cluster in start_all([SOURCE, TARGET]):
        unittest.addModuleCleanup(shutil.rmtree, FOLDER, True)
        unittest.addModuleCleanup(cluster.purge)


class Repository(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(self.id())
        self.location = FOLDER / "source" / self._testMethodName
        self.copy = FOLDER / "target" / self._testMethodName
        for cluster in (SOURCE, TARGET):
            for name in cluster.index_names():
                cluster.call("DELETE", f"/{name}")
        SOURCE.call("PUT", "/_snapshot/own", {
            "type": "fs", "settings": {"location": str(self.location)}})
        self.addCleanup(self.forget, SOURCE, "own")
        self.token = self.location.parent.parent / "token"
        self.token.write_text("t0ken-of-the-test\n")
        self.token.chmod(0o600)

    def forget(self, cluster, repository):
        cluster.call("DELETE", f"/_snapshot/{repository}")

    def serve(self):
        """Starts to serve the repository; its URL, without the token."""
        process = subprocess.Popen(
            [BINARY, "serve-repository", "--root", str(self.location), "--listen", "127.0.0.1:0",
             "--token-file", str(self.token)], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.wait, 20)
        self.addCleanup(process.terminate)
        self.addCleanup(process.stdout.close)
        return re.search(r"http://[^/]+/", process.stdout.readline()).group()

    def pull_command(self, url):
        return [BINARY, "pull-repository", "--from", url, "--to", str(self.copy), "--token-file",
                str(self.token), "--json"]

    def source(self, number):
        return {"n": number, "text": " ".join(self.random.choices(WORDS, k=100))}

    def snapshots_in(self, cluster, repository):
        found = cluster.call("GET", f"/_snapshot/{repository}/_all")["snapshots"]
        self.assertTrue(all(one["state"] == "SUCCESS" for one in found), found)
        return [one["snapshot"] for one in found]

    def assert_restored(self, repository, snapshot, expected):
        answer = TARGET.call("POST", f"/_snapshot/{repository}/{snapshot}/_restore"
                             "?wait_for_completion=true",
                             {"indices": "logs", "include_global_state": False})
        shards = answer["snapshot"]["shards"]
        self.assertEqual((shards["failed"], shards["successful"]), (0, shards["total"]), answer)
        found = TARGET.documents("logs")
        self.assertEqual(len(found), len(expected), f"{snapshot} in {repository}")
        self.assertTrue(found == expected, f"{snapshot} in {repository}")
        TARGET.call("DELETE", "/logs")


class Served(Repository):
    def test_restored_over_http(self):
        SOURCE.create("logs", 2)
        SOURCE.index_many("logs", range(6000), self.source)
        SOURCE.delete_many("logs", range(0, 6000, 7))
        expected = SOURCE.documents("logs")
        self.assertEqual(len(expected), 6000 - len(range(0, 6000, 7)))
        SOURCE.call("PUT", "/_snapshot/own/first?wait_for_completion=true", {"indices": "logs"})
        url = self.serve()
        TARGET.call("PUT", "/_snapshot/from-leader", {
            "type": "url", "settings": {"url": f"{url}t0ken-of-the-test/"}})
        self.addCleanup(self.forget, TARGET, "from-leader")
        self.assertEqual(self.snapshots_in(TARGET, "from-leader"), ["first"])
        self.assert_restored("from-leader", "first", expected)
        # A snapshot that is taken later is seen without a word to the target.
        SOURCE.index_many("logs", range(0, 600), self.source)
        SOURCE.call("PUT", "/_snapshot/own/second?wait_for_completion=true", {"indices": "logs"})
        self.assert_restored("from-leader", "second", SOURCE.documents("logs"))


class Commanded(Repository):
    """The commands for people, between clusters that only HTTP connects."""

    def setUp(self):
        super().setUp()
        self.tool = Followd(config_for(SOURCE, TARGET, [], repositories={"http": {
            "type": "url", "leader_location": str(self.location), "url": self.serve(),
            "token_file": str(self.token)}}))
        self.addCleanup(self.tool.remove)
        self.addCleanup(self.forget_followds)

    def forget_followds(self):
        for cluster in (SOURCE, TARGET):
            for name in cluster.call("GET", "/_snapshot"):
                if name.startswith("followd-"):
                    self.forget(cluster, name)

    def said(self, code, *arguments):
        done = self.tool.command(*arguments)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        self.assertNotIn("t0ken", done.stdout + done.stderr)
        return done.stdout + done.stderr

    def snapshots(self, code, command, *arguments):
        return self.said(code, "snapshots", command, "http", *arguments, "--leader", "leader")

    def test_taken_here_and_restored_there(self):
        for name in ("logs", "bills"):
            SOURCE.create(name, 2, {"_meta": {"followd": {"role": "follower"}}})
            SOURCE.index_many(name, range(3000), self.source)
            SOURCE.delete_many(name, range(0, 3000, 7))
        expected = SOURCE.documents("logs")
        self.snapshots(0, "create", "nightly", "logs", "bills")
        SOURCE.index_many("logs", range(100), self.source)
        for where in ((), ("--at", "follower")):
            rows = json.loads(self.snapshots(0, "list", "--json", *where))["snapshots"]
            self.assertEqual([(row["snapshot"], row["state"], row["bytes"]) for row in rows],
                             [("nightly", "SUCCESS", None)])
        self.snapshots(0, "restore", "nightly", "lo*", "--to", "follower", "--rename",
                       "{{index}}-restored")
        self.assertEqual(TARGET.index_names(), ["logs-restored"])
        self.assertTrue(TARGET.documents("logs-restored") == expected)
        self.assertEqual(TARGET.mappings("logs-restored").get("_meta", {}), {})
        self.snapshots(0, "restore", "nightly", "logs", "--to", "leader", "--rename", "old")
        self.assertTrue(SOURCE.documents("old") == expected)
        self.snapshots(0, "delete", "nightly")
        self.assertIn("no snapshots", self.snapshots(0, "list", "--at", "follower"))

    def test_what_has_the_name_is_said(self):
        SOURCE.create("logs", 1)
        self.snapshots(0, "create", "nightly", "logs")
        TARGET.call("PUT", "/_index_template/stream", {"index_patterns": ["stream"],
                                                       "data_stream": {}})
        self.addCleanup(TARGET.call, "DELETE", "/_index_template/stream")
        TARGET.call("PUT", "/_data_stream/stream")
        self.addCleanup(TARGET.call, "DELETE", "/_data_stream/stream")
        self.assertIn("stream (a data stream of .ds-stream-000001)",
                      self.snapshots(1, "restore", "nightly", "--to", "follower", "--rename",
                                     "stream"))

    def test_a_rule_is_refused_by_name(self):
        """A restore is all that such a follower can have yet."""
        SOURCE.create("logs", 1)
        self.tool.config["follow"] = [rule(["logs"], repository="http", bootstrap="snapshot")]
        self.tool.write_config()
        answer = json.loads(self.said(1, "check", "--json"))
        row, = answer["rules"][0]["indices"]
        self.assertFalse(row["followed"])
        self.assertIn("OpenSearch 2.19.1 cannot follow", row["problem"]["what"])


class Snapshots(threading.Thread):
    """Changes an index, takes a snapshot, deletes an old one, again and again. What each snapshot
    must hold is known before it is taken."""

    KEPT = 3

    def __init__(self, test):
        super().__init__(daemon=True)
        self.test, self.ending, self.problem = test, threading.Event(), None
        self.expected, self.taken = {}, []

    def run(self):
        try:
            while not self.ending.is_set():
                self.turn()
        except Exception as error:  # told by the test's own thread
            self.problem = error

    def turn(self):
        name = f"s{len(self.expected)}"
        chosen = self.test.random.sample(range(4000), 800)
        SOURCE.index_many("logs", chosen[:600], self.test.source)
        SOURCE.delete_many("logs", chosen[600:])
        self.expected[name] = SOURCE.documents("logs")
        SOURCE.call("PUT", f"/_snapshot/own/{name}?wait_for_completion=true", {"indices": "logs"})
        self.taken.append(name)
        if len(self.taken) > self.KEPT:
            SOURCE.call("DELETE", f"/_snapshot/own/{self.taken.pop(0)}")

    def end(self):
        self.ending.set()
        self.join(120)
        if self.problem is not None:
            raise self.problem


class Copied(Repository):
    """Whatever moment pull-repository is killed at, the copy is restored from."""

    ROUNDS = 12

    def roots(self):
        """What the copy holds, as a cluster sees it that lists the folder, and as one that reads
        index.latest."""
        return {"copy": {"type": "fs", "settings": {"location": str(self.copy), "readonly": True}},
                "copy-by-name": {"type": "url", "settings": {"url": self.copy.as_uri() + "/"}}}

    def assert_restorable(self, expected, all_of_them=False):
        """How many snapshots there are."""
        if not (self.copy / "index.latest").exists():
            return 0
        most = 0
        for repository, definition in self.roots().items():
            TARGET.call("PUT", f"/_snapshot/{repository}", definition)
            try:
                names = self.snapshots_in(TARGET, repository)
                for name in names if all_of_them else self.random.sample(names, min(1, len(names))):
                    self.assert_restored(repository, name, expected[name])
                most = max(most, len(names))
            finally:
                self.forget(TARGET, repository)
        return most

    def test_killed_while_snapshots_come_and_go(self):
        SOURCE.create("logs", 2)
        SOURCE.index_many("logs", range(4000), self.source)
        url = self.serve()
        snapshots = Snapshots(self)
        snapshots.turn()
        snapshots.start()
        killed = checked = 0
        try:
            for _ in range(self.ROUNDS):
                process = subprocess.Popen(self.pull_command(url), stdout=subprocess.DEVNULL,
                                           stderr=subprocess.PIPE, text=True)
                time.sleep(self.random.choice([0.02, 0.1, 0.3, 0.6]) * self.random.random())
                killed += process.poll() is None
                process.kill()
                process.communicate()
                checked += self.assert_restorable(snapshots.expected) > 0
                if checked == 0:
                    # So that something stands that the next ones could spoil.
                    subprocess.run(self.pull_command(url), check=True, capture_output=True)
                    checked += self.assert_restorable(snapshots.expected) > 0
        finally:
            snapshots.end()
        print(f"{killed} of {self.ROUNDS} killed at work, {checked} times restored, "
              f"{len(snapshots.expected)} snapshots taken", flush=True)
        self.assertGreater(killed, self.ROUNDS // 4)
        self.assertGreater(len(snapshots.expected), 2 * Snapshots.KEPT)
        answer = json.loads(subprocess.run(self.pull_command(url), check=True, text=True,
                                           capture_output=True).stdout)
        self.assertIsNone(answer["newer_root_file"])
        self.assertEqual(self.snapshots_in(SOURCE, "own"), snapshots.taken)
        self.assertEqual(self.assert_restorable(snapshots.expected, True), len(snapshots.taken))
        self.assertEqual(self.files_in(self.copy), self.files_in(self.location))

    def files_in(self, folder):
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
                if path.is_file() and ".followd-mirror" not in path.parts}

    def test_every(self):
        """A copy that is kept up while the source is at work is level soon after each snapshot."""
        SOURCE.create("logs", 1)
        url = self.serve()
        snapshots = Snapshots(self)
        snapshots.turn()
        process = subprocess.Popen([*self.pull_command(url), "--every", "1s"],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        try:
            for _ in range(3):
                snapshots.turn()
                latest = (self.location / "index.latest").read_bytes()
                wait_until(lambda: (self.copy / "index.latest").read_bytes() == latest, 20,
                           what="the copy having the latest root file")
                TARGET.call("PUT", "/_snapshot/copy", self.roots()["copy"])
                newest = snapshots.taken[-1]
                self.assert_restored("copy", newest, snapshots.expected[newest])
                self.forget(TARGET, "copy")
        finally:
            process.terminate()
            self.assertEqual(process.wait(20), 0)


if __name__ == "__main__":
    unittest.main()
