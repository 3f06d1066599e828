"""The demo after its servers are up: load, check, first copy, changes, verify, summary.

Everything that is claimed is observed on the follower's server by the demo itself, not taken from
followd. Called by scripts/demo, which also stops what is started here.
"""
import argparse
import http.client
import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import time
import urllib.parse

import demo_packages
from demo_daemon import Daemon, DaemonError
from demo_screen import Screen, time_text
from demo_server import Server, ServerError

INDEX = "packages"
BOOTSTRAP_TIMEOUT = 600
CHANGE_TIMEOUT = 120


class Story:
    def __init__(self, arguments):
        work = pathlib.Path(arguments.work)
        self.screen = Screen()
        self.leader, self.follower = Server(arguments.leader), Server(arguments.follower)
        self.daemon = Daemon(arguments.binary, work)
        self.ids = []
        self.random = random.Random(1)
        self.summary = []

    def tell(self):
        self.load()
        self.check()
        self.first_copy()
        self.single_changes()
        self.many_changes()
        self.new_field()
        is_equal = self.verify()
        self.sum_up(is_equal)
        return 0 if is_equal else 1

    # --- The leader gets its documents

    def load(self):
        self.screen.heading("The leader gets Debian's package index, a document a package")
        documents = demo_packages.read()
        if len(documents) < demo_packages.WHOLE_INDEX_MIN:
            self.screen.say("apt", "no package lists here: apt-get update")
            update_package_lists()
            documents = demo_packages.read()
        if not documents:
            raise ServerError("apt knows no packages: 'apt-cache dumpavail' is empty")
        if len(documents) < demo_packages.WHOLE_INDEX_MIN:
            self.screen.say("apt", "knows only what is installed: a small index, then")
        self.leader.call("PUT", f"/{INDEX}", {
            "settings": {"number_of_shards": 2, "number_of_replicas": 0},
            "mappings": demo_packages.MAPPING})
        lines = ((f'{{"index":{{"_id":{json.dumps(identity)}}}}}', source)
                 for identity, source in documents.items())
        took = self.send("indexing", lines, len(documents))
        self.ids = list(documents)
        megabytes = sum(map(len, documents.values())) / 1e6
        self.screen.say("indexed", f"{len(documents):,} documents, {megabytes:.0f} MB, "
                        f"{len(documents) / took:,.0f} docs/s", took)
        self.summary.append(("leader", f"indexed {len(documents):,} documents through _bulk in "
                             f"{time_text(took)} ({len(documents) / took:,.0f} docs/s)"))

    def send(self, label, lines, total):
        began = time.monotonic()
        for done in self.leader.bulk(INDEX, lines):
            self.screen.progress(label, done, total, began)
        self.screen.end_progress()
        return time.monotonic() - began

    # --- followd copies it

    def check(self):
        self.screen.command(["followd", "check"])
        if self.daemon.command("check") != 0:
            raise DaemonError("followd check did not say yes")

    def first_copy(self):
        self.screen.command(["followd", "run", "&"])
        began = time.monotonic()
        self.daemon.start()

        def show(row):
            self.screen.progress("copying", row["docs_copied"], row["docs_total"] or 0, began)

        self.daemon.wait_level(BOOTSTRAP_TIMEOUT, show)
        took = time.monotonic() - began
        count = self.follower.count(INDEX)
        if count != len(self.ids):
            raise DaemonError(f"the follower has {count:,} documents of {len(self.ids):,}")
        rate = count / took
        self.screen.say("copied", f"{count:,} documents, {rate:,.0f} docs/s", took)
        self.summary.append(("followd", f"copied them in {time_text(took)}, from its start to the "
                             f"last one ({rate:,.0f} docs/s)"))
        self.screen.command(["followd", "status"])
        self.daemon.command("status")

    # --- The leader changes

    def single_changes(self):
        self.screen.heading("The leader changes; times from its acknowledgement until the follower's "
                            "server has it")
        began = time.monotonic()
        chosen = self.random.sample(self.ids, min(30, len(self.ids)))
        updates, deletes = [], []
        for number, identity in enumerate(chosen[:20]):
            self.screen.progress("one by one", number, 30, began)
            self.leader.call("POST", f"/{INDEX}/_update/{quote(identity)}",
                             {"doc": {"revision": 100 + number}})
            updates.append(self.wait_for(
                lambda i=identity, n=number: (self.follower.source(INDEX, i) or {}).get("revision")
                == 100 + n))
            time.sleep(0.2 + self.random.random() / 5)
        for number, identity in enumerate(chosen[20:]):
            self.screen.progress("one by one", 20 + number, 30, began)
            self.leader.call("DELETE", f"/{INDEX}/_doc/{quote(identity)}")
            deletes.append(self.wait_for(
                lambda i=identity: self.follower.source(INDEX, i) is None))
            self.ids.remove(identity)
            time.sleep(0.5 + self.random.random())
        self.report_single("update", "there", updates)
        self.report_single("delete", "gone", deletes)

    def report_single(self, what, verb, times):
        text = (f"{verb} after {time_text(statistics.median(times))} "
                f"(median of {len(times)}, longest {time_text(max(times))})")
        self.screen.say(f"one {what}", text)
        self.summary.append((f"one {what}", text))

    def wait_for(self, is_so, timeout=CHANGE_TIMEOUT, pause=0.003):
        """Seconds until the follower's server says so."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() - began > timeout:
                raise DaemonError(f"a change did not arrive within {timeout} s")
            time.sleep(pause)
        return time.monotonic() - began

    def many_changes(self):
        chosen = self.random.sample(self.ids, len(self.ids) // 8)
        updated = chosen[:len(chosen) * 5 // 8]
        deleted = set(chosen[len(updated):])
        lines = ((f'{{"update":{{"_id":{json.dumps(identity)}}}}}', '{"doc":{"revision":2}}')
                 for identity in updated)
        took = self.send("updating", lines, len(updated))
        behind = self.wait_for(
            lambda: self.follower.count(INDEX, {"term": {"revision": 2}}) == len(updated),
            pause=0.05)
        self.report_many(len(updated), "updates", "there", took, behind)

        lines = ((f'{{"delete":{{"_id":{json.dumps(identity)}}}}}',) for identity in deleted)
        took = self.send("deleting", lines, len(deleted))
        self.ids = [identity for identity in self.ids if identity not in deleted]
        behind = self.wait_for(lambda: self.follower.count(INDEX) == len(self.ids), pause=0.05)
        self.report_many(len(deleted), "deletes", "gone", took, behind)

    def report_many(self, count, what, verb, took, behind):
        self.screen.say(f"{count:,}", f"{what} in {time_text(took)}; the last {verb} "
                        f"{time_text(behind)} after that")
        self.summary.append((f"{count:,} {what}", f"sent in {time_text(took)}, the last {verb} "
                             f"{time_text(behind)} after the leader acknowledged it"))

    def new_field(self):
        identity = self.ids[0]
        self.leader.call("POST", f"/{INDEX}/_update/{quote(identity)}",
                         {"doc": {"reviewed_on": "2024-05-01"}})
        took = self.wait_for(
            lambda: "reviewed_on" in (self.follower.source(INDEX, identity) or {}))
        ours, theirs = self.follower.properties(INDEX), self.leader.properties(INDEX)
        if ours != theirs:
            raise DaemonError("the follower's mapping is not the leader's")
        self.screen.say("new field", f"reviewed_on: a {ours['reviewed_on']['type']} on both sides, "
                        f"after {time_text(took)}")

    # --- The proof, and the end

    def verify(self):
        self.screen.command(["followd", "verify", INDEX, "--deep"])
        return self.daemon.command("verify", INDEX, "--deep") == 0

    def sum_up(self, is_equal):
        now, peak = self.daemon.memory_mb()
        row = self.daemon.row() or {"operations_written": 0}
        self.screen.heading("Summary")
        for label, text in self.summary:
            self.screen.write(f"  {label:<15} {text}\n")
        self.screen.write(
            f"  {'daemon':<15} {row['operations_written']:,} operations written, "
            f"{self.daemon.cpu_seconds():.1f} s of CPU, {now:.0f} MB of memory (peak {peak:.0f})\n"
            f"  {'machine':<15} {os.cpu_count()} cores, shared by both servers, followd and this "
            f"demo\n  {'result':<15} " + (
                f"{len(self.ids):,} documents on both sides, each compared: equal\n" if is_equal
                else "followd verify did not find both sides equal\n"))


def look_around(screen, binary, work, story):
    config = work / "followd.yaml"
    screen.heading("Everything is left running")
    for label, text in (
            ("leader", f"{story.leader.address}/{INDEX}/_search?q=package:bash&pretty"),
            ("follower", f"{story.follower.address}/{INDEX}/_search?q=package:bash&pretty"),
            ("status", f"{shown(binary)} status --watch --config {shown(config)}"),
            ("log", f"tail -f {shown(story.daemon.log)}"),
            ("stop", "scripts/demo --stop")):
        screen.write(f"  {label:<15} {text}\n")


def shown(path):
    """As one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


def quote(identity):
    return urllib.parse.quote(identity, safe="")


def update_package_lists():
    command = ["apt-get", "-q", "update"]
    if os.geteuid() != 0:
        command = ["sudo", "-n", *command]
    try:
        subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        pass  # No sudo: what apt knows already must do.


def main():
    parser = argparse.ArgumentParser()
    for name in ("work", "binary", "leader", "follower"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    story = Story(arguments)
    try:
        code = story.tell()
    except (DaemonError, ServerError, OSError, http.client.HTTPException) as error:
        story.screen.end_progress()
        print(f"demo: {error}", file=sys.stderr)
        return 1
    if arguments.keep and code == 0:
        look_around(story.screen, arguments.binary, pathlib.Path(arguments.work), story)
    return code


if __name__ == "__main__":
    sys.exit(main())
