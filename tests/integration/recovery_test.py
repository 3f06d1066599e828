"""Recovery by scheduled snapshots: readers see one whole generation after another."""
import http.client
import random
import threading
import time
import unittest

from cluster import Answer, Cluster, quote
from daemon import rule
from harness import PORT_BASE, SNAPSHOTS, server_name, wait_until
from roles import Roles
from snapshots import SharedFolder


class Reader(threading.Thread):
    """Counts what an alias shows, over and over: every answer, and every answer that was none."""

    def __init__(self, cluster, alias):
        super().__init__(daemon=True)
        self.cluster, self.alias = cluster, alias
        self.ending = threading.Event()
        self.counts, self.oldest, self.failures = set(), [], []

    def run(self):
        connection = self.cluster.connection()
        body = {"size": 0, "track_total_hits": True, "aggs": {"oldest": {"min": {"field": "n"}}}}
        while not self.ending.is_set():
            try:
                answer = self.cluster.call(
                    "POST", f"/{quote(self.alias)}/_search?allow_partial_search_results=false",
                    body, connection=connection)
            except (Answer, OSError, http.client.HTTPException) as error:
                self.failures.append(str(error))
                break
            self.counts.add(answer["hits"]["total"]["value"])
            oldest = answer["aggregations"]["oldest"]["value"]
            if not self.oldest or oldest != self.oldest[-1]:
                self.oldest.append(oldest)
        connection.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.join(30)


class Recovery(SharedFolder, Roles):
    """A rule with mode snapshot between two clusters that see one folder."""

    def setUp(self):
        # After the daemons' end: a snapshot goes on by itself, and keeps its indices from being deleted.
        self.addCleanup(wait_until, lambda: self.leader.call("GET", "/_snapshot/_status") == {
            "snapshots": []}, what="snapshots under way ending")
        super().setUp()
        for cluster in (self.leader, self.follower):
            cluster.call("PUT", "/_cluster/settings", {"transient": {"*": None}})

    def recovery(self, indices, every="3s", repositories=None, **more):
        return self.followd([rule(indices, name="hourly", mode="snapshot", every=every,
                                  repository="nfs", **more)],
                            repositories=repositories or self.repositories())

    def generations(self, alias):
        return sorted(name for name in self.follower.index_names()
                      if name.startswith(alias + ".2"))

    def shown(self, alias):
        try:
            return list(self.follower.call("GET", f"/_alias/{quote(alias)}"))
        except Answer as answer:
            if answer.status == 404:
                return []
            raise

    def wait_shown(self, daemon, index, after=None, timeout=60):
        """The status row, once a generation later than `after` is shown."""
        def is_shown():
            row = daemon.row(index)
            shown = row and row["recovery"] and row["recovery"]["index"]
            if not shown or row["phase"] != "following" or (after and shown <= after):
                raise RuntimeError(f"row: {row}")
            return row
        return wait_until(is_shown, timeout, 0.1, f"a later generation of {index}")


class Generations(Recovery):
    def test_five_generations_and_a_reader(self):
        """All documents are rewritten again and again: their number never changes."""
        self.leader.create("orders", 2)
        documents = 4000
        self.leader.index_many("orders", range(documents), lambda n: {"n": 0})
        daemon = self.recovery(["orders"], keep=2).start()
        row = self.wait_shown(daemon, "orders")
        self.assertEqual(row["follower_index"], "orders")
        ending = threading.Event()

        def rewrite():
            turn = 1
            while not ending.is_set():
                self.leader.index_many("orders", range(documents), lambda n: {"n": turn})
                turn += 1
        writer = threading.Thread(target=rewrite, daemon=True)
        writer.start()
        seen = [row["recovery"]["index"]]
        with Reader(self.follower, "orders") as reader:
            while len(seen) < 6:
                row = self.wait_shown(daemon, "orders", after=seen[-1])
                seen.append(row["recovery"]["index"])
                self.assertEqual(row["last_error"], None)
            # Searches that began on an older one have ended by then.
            wait_until(lambda: seen[0] not in self.follower.index_names(), 60,
                       what="the first generation being removed")
        ending.set()
        writer.join(60)
        self.assertEqual((reader.failures, reader.counts), ([], {documents}))
        self.assertGreaterEqual(len(reader.oldest), 4)
        self.assertEqual(reader.oldest, sorted(reader.oldest), "a reader never goes back in time")
        self.assertIsNotNone(row["recovery"]["as_of"])
        self.assertLess(row["recovery"]["age_seconds"], 60)
        self.assertGreater(row["recovery"]["restore_seconds"], 0)
        wait_until(lambda: len(self.snapshots(self.leader)) <= 3, 30,
                   what="old snapshots being deleted")
        daemon.stop()
        self.assertEqual(len(self.shown("orders")), 1)

    def test_a_leader_at_rest_is_recovered_exactly(self):
        self.leader.create("orders", 3, {"properties": {"people": {"type": "nested"}}})
        self.leader.index_many("orders", range(3000),
                               lambda n: {"n": n, "people": [{"name": f"p{n % 5}"}]})
        self.leader.delete_many("orders", range(0, 3000, 3))
        self.leader.call("PUT", "/orders/_alias/all-orders", {"filter": {"range": {"n": {"gte": 9}}}})
        self.leader.call("PUT", "/orders/_alias/new-orders", {"is_write_index": True})
        daemon = self.recovery(["orders"], every="1h",
                               follow_index_pattern="{{leader_index}}-copy").start()
        row = self.wait_shown(daemon, "orders")
        generation = row["recovery"]["index"]
        self.assertEqual(row["follower_index"], "orders-copy")
        self.assertEqual(self.shown("orders-copy"), [generation])
        self.assert_equal("orders", generation)
        aliases = self.follower.call("GET", f"/{generation}/_alias")[generation]["aliases"]
        self.assertEqual(aliases["all-orders"]["filter"], {"range": {"n": {"gte": 9}}})
        self.assertFalse(aliases["new-orders"].get("is_write_index", False))
        with self.assertRaises(Answer) as refused:
            self.follower.call("PUT", "/orders-copy/_doc/1", {"n": 1})
        self.assertEqual(refused.exception.status, 403)
        settings = self.follower.settings(generation)
        self.assertEqual([name for name in settings if "restore" in name], [])
        self.assertEqual(self.mark(self.follower, generation)["recovery"]["snapshot"],
                         self.snapshots(self.leader)[0])
        # The next is due in an hour, also for a daemon that starts again.
        daemon.stop()
        daemon.start()
        self.wait_shown(daemon, "orders")
        time.sleep(3)
        self.assertEqual(self.generations("orders-copy"), [generation])
        self.assertIsNotNone(daemon.row("orders")["recovery"]["next_run"])

    def test_indices_come_and_go(self):
        for name in ("orders-a", "orders-b"):
            self.leader.create(name)
            self.leader.index_many(name, range(100), lambda n: {"n": n})
        self.leader.create("orders-not")
        self.leader.create("orders-closed")
        self.leader.call("POST", "/orders-closed/_close")
        daemon = self.recovery(["orders-*", "-orders-not"]).start()
        for name in ("orders-a", "orders-b"):
            self.wait_shown(daemon, name)
            self.assertEqual(self.follower.count(name), 100)
        self.leader.create("orders-c")
        self.leader.index_many("orders-c", range(7), lambda n: {"n": n})
        self.wait_shown(daemon, "orders-c")
        self.leader.call("DELETE", "/orders-b")
        row = self.wait_for_phase(daemon, "orders-b", "leader_gone")
        self.assertEqual(self.follower.count("orders-b"), 100)
        later = self.wait_shown(daemon, "orders-a",
                                daemon.row("orders-a")["recovery"]["index"])
        self.assertEqual(self.shown("orders-b"), [row["recovery"]["index"]])
        self.assertEqual(later["last_error"], None)
        self.assertEqual(self.generations("orders-not"), [])

    def test_kills_at_any_moment(self):
        moments = random.Random(11)
        self.leader.create("orders", 2)
        self.leader.index_many("orders", range(20000), lambda n: {"n": n, "text": "y" * 300}, 5000)
        daemon = self.recovery(["orders"], every="1s", keep=3, repositories=self.repositories(
            max_snapshot_bytes_per_sec="30mb", max_restore_bytes_per_sec="30mb")).start()
        self.wait_shown(daemon, "orders")
        with Reader(self.follower, "orders") as reader:
            for _ in range(12):
                time.sleep(moments.choice([0.1, 0.25, 0.4, 0.7, 1.1]))
                daemon.kill()
                self.assertEqual(len(self.shown("orders")), 1)
                daemon.start()
            last = self.shown("orders")[0]
            self.wait_shown(daemon, "orders", last)
        self.assertEqual((reader.failures, reader.counts), ([], {20000}))

        def is_tidy():
            shown = self.shown("orders")
            left = [name for name in self.generations("orders") if name not in shown]
            half = [name for name in left
                    if any("restore" in key for key in self.follower.settings(name))]
            return not half and len(self.snapshots(self.leader)) <= 4
        wait_until(is_tidy, 60, what="nothing half-made being left")
        daemon.config["follow"][0]["every"] = "1h"
        daemon.write_config()
        daemon.stop()
        daemon.start()
        self.wait_shown(daemon, "orders")
        wait_until(lambda: self.generations("orders") == self.shown("orders"), 60,
                   what="older generations being removed")
        self.assertEqual(self.follower.call("GET", "/_cluster/settings")["transient"], {})

    def test_the_last_good_generation_stays(self):
        self.leader.create("orders")
        self.leader.index_many("orders", range(100), lambda n: {"n": n})
        daemon = self.recovery(["orders"], every="2s").start()
        first = self.wait_shown(daemon, "orders")["recovery"]["index"]
        # No shard can be restored now; what is there stays searchable.
        self.follower.call("PUT", "/_cluster/settings", {
            "transient": {"cluster.routing.allocation.enable": "none"}})

        def is_told():
            row = daemon.row("orders")
            return row["last_error"] and row
        row = wait_until(is_told, 90, what="the failure being told")
        shown = self.shown("orders")
        self.assertEqual(len(shown), 1)
        self.assertGreaterEqual(shown[0], first)
        self.assertEqual(self.follower.count("orders"), 100)
        self.assertEqual(row["recovery"]["index"], shown[0])
        self.follower.call("PUT", "/_cluster/settings", {
            "transient": {"cluster.routing.allocation.enable": None}})
        self.wait_shown(daemon, "orders", shown[0], 180)
        wait_until(lambda: daemon.row("orders")["last_error"] is None, 60,
                   what="the failure being forgotten")

    def test_a_name_that_is_an_index(self):
        self.allows_errors = True
        for name in ("orders", "bills"):
            self.leader.create(name)
            self.leader.index_many(name, range(10), lambda n: {"n": n})
        self.follower.create("orders")
        self.follower.call("PUT", "/orders/_doc/1?refresh=true", {"mine": True})
        daemon = self.recovery(["orders", "bills"]).start()
        self.wait_shown(daemon, "bills")
        row = self.wait_for_phase(daemon, "orders", "refused")
        self.assertIn("orders", row["last_error"]["what"])
        self.assertEqual(row["last_error"]["kind"], "conflict")
        self.assertEqual((self.follower.count("orders"), self.generations("orders")), (1, []))

    def test_foreign_indices_that_look_like_generations(self):
        self.leader.create("orders")
        self.leader.index_many("orders", range(10), lambda n: {"n": n})
        foreign = "orders.20200101t000000z"
        self.follower.create(foreign)
        daemon = self.recovery(["orders"], every="1s", keep=1).start()
        first = self.wait_shown(daemon, "orders")["recovery"]["index"]
        self.wait_shown(daemon, "orders", first)
        wait_until(lambda: first not in self.generations("orders"), 60,
                   what="the older generation being removed")
        self.assertIn(foreign, self.generations("orders"))


class Promotion(Recovery):
    def test_the_leader_dies(self):
        leader = Cluster(server_name("mortal"), "9.2.0", PORT_BASE + 4,
                         ["--path-repo", str(SNAPSHOTS)])
        self.addCleanup(leader.purge)
        leader.start()
        leader.create("orders", 2, None, **{"index.default_pipeline": "p"})
        self.follower.call("PUT", "/_ingest/pipeline/p", {"processors": []})
        leader.call("PUT", "/_ingest/pipeline/p", {"processors": []})
        leader.call("PUT", "/orders/_alias/incoming", {"is_write_index": True})
        leader.index_many("orders", range(500), lambda n: {"n": n})
        daemon = self.recovery(["orders"], every="2s")
        daemon.config["clusters"]["leader"]["urls"] = [leader.url]
        daemon.write_config()
        daemon.start()
        shown = self.wait_shown(daemon, "orders")["recovery"]["index"]
        done = daemon.command("promote", "orders")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("--no-drain", done.stderr)
        leader.kill()
        report = self.control(daemon, "plan", "orders")
        self.assertEqual(len(report["rows"]), 1, report)
        shown = daemon.row("orders")["recovery"]["index"]
        report = self.control(daemon, "promote", "--no-drain", "orders")
        self.assertEqual([row["failure"] for row in report["rows"]], [None])
        self.assertIn("as of", report["rows"][0]["what"])
        row = self.wait_for_phase(daemon, "orders", "promoted")
        self.assertEqual(self.shown("orders"), [shown])
        self.assertEqual(self.follower.call(
            "PUT", "/orders/_doc/new?refresh=true", {"n": 1})["result"], "created")
        self.assertEqual(self.follower.call(
            "PUT", "/incoming/_doc/other?refresh=true", {"n": 1})["_index"], shown)
        self.assertEqual(self.follower.settings(shown)["index.default_pipeline"], "p")
        leader.start_again()
        time.sleep(8)
        self.assertEqual(self.shown("orders"), [shown])
        self.assertEqual(self.follower.count("orders"), 502)
        self.assertEqual(daemon.phase("orders"), "promoted")
        daemon.stop()
        daemon.state_path.unlink()
        daemon.start()
        self.wait_for_phase(daemon, "orders", "promoted")
        time.sleep(3)
        self.assertEqual(self.shown("orders"), [shown])
        done = daemon.command("failback", "orders")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)

    def test_a_promotion_by_mistake_is_taken_back(self):
        self.leader.create("orders")
        self.leader.index_many("orders", range(50), lambda n: {"n": n})
        daemon = self.recovery(["orders"], every="2s").start()
        self.wait_shown(daemon, "orders")
        self.control(daemon, "promote", "--force", "orders")
        shown = self.shown("orders")[0]
        self.wait_for_phase(daemon, "orders", "promoted")
        self.control(daemon, "resume", "orders")
        self.wait_shown(daemon, "orders", shown)

    def test_pause_and_resume(self):
        self.leader.create("orders")
        self.leader.index_many("orders", range(50), lambda n: {"n": n})
        daemon = self.recovery(["orders"], every="1s").start()
        self.wait_shown(daemon, "orders")
        self.control(daemon, "pause", "orders")
        self.wait_for_phase(daemon, "orders", "paused")
        shown = self.shown("orders")[0]
        time.sleep(4)
        self.assertEqual(self.shown("orders"), [shown])
        self.control(daemon, "resume", "orders")
        self.wait_shown(daemon, "orders", shown)

    def test_the_daemon_is_dead_too(self):
        self.leader.create("orders")
        self.leader.index_many("orders", range(50), lambda n: {"n": n})
        daemon = self.recovery(["orders"], every="1h").start()
        shown = self.wait_shown(daemon, "orders")["recovery"]["index"]
        daemon.kill()
        self.control(daemon, "promote", "--no-drain", "orders")
        self.assertEqual(self.shown("orders"), [shown])
        self.follower.call("PUT", "/orders/_doc/new?refresh=true", {"n": 1})
        daemon.start()
        self.wait_for_phase(daemon, "orders", "promoted")


if __name__ == "__main__":
    unittest.main()
