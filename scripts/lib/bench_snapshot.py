"""The part of scripts/bench about beginning from a snapshot."""
import json
import pathlib
import shutil
import tempfile
import threading
import time

import harness
from bench_load import bodies, create, documents, send_bulks

FOLDER = pathlib.Path(tempfile.gettempdir()) / "followd-bench-snapshots"
OPERATIONS_A_SECOND = 1000


def by_hand(leader, follower, folder):
    """Seconds of the raw API calls, with the servers' ceilings lifted as followd lifts them."""
    location = {"location": str(folder), "max_snapshot_bytes_per_sec": "0b",
                "max_restore_bytes_per_sec": "0b"}
    leader.call("PUT", "/_snapshot/raw", {"type": "fs", "settings": location})
    follower.call("PUT", "/_snapshot/raw-readonly",
                  {"type": "fs", "settings": {**location, "readonly": True}})
    follower.call("PUT", "/_cluster/settings",
                  {"transient": {"indices.recovery.max_bytes_per_sec": "0b"}})
    began = time.monotonic()
    leader.call("PUT", "/_snapshot/raw/one?wait_for_completion=true",
                {"indices": "load", "include_global_state": False})
    snapped = time.monotonic() - began
    follower.call("POST", "/_snapshot/raw-readonly/one/_restore?wait_for_completion=true",
                  {"indices": "load", "include_global_state": False})
    took = time.monotonic() - began
    follower.call("PUT", "/_cluster/settings",
                  {"transient": {"indices.recovery.max_bytes_per_sec": None}})
    follower.call("DELETE", "/load")
    follower.call("DELETE", "/_snapshot/raw-readonly")
    leader.call("DELETE", "/_snapshot/raw/one")
    leader.call("DELETE", "/_snapshot/raw")
    return snapped, took


def level_after(daemon, leader, follower, stop=True):
    """Seconds from the daemon's start to being level, and the row."""
    began = time.monotonic()
    daemon.start()

    def is_level():
        row = daemon.row("load")
        return (row and row["phase"] == "following" and row["shards"] and
                row["shards"][0]["lag_ops"] == 0 and row["shards"][0]["swept_through"] >= 0)
    harness.wait_until(is_level, 900, 0.02, "being level")
    took = time.monotonic() - began
    row = daemon.row("load")
    if stop:
        daemon.stop()
        daemon.remove()
        follower.call("DELETE", "/load")
    return took, row


class SteadyWriter(threading.Thread):
    """So many operations a second, in small bulks."""

    def __init__(self, cluster, count):
        super().__init__(daemon=True)
        self.cluster, self.count, self.ending = cluster, count, threading.Event()

    def run(self):
        connection, number, next_at = self.cluster.connection(), 0, time.monotonic()
        while not self.ending.is_set():
            lines = []
            for _ in range(OPERATIONS_A_SECOND // 20):
                lines += [{"index": {"_id": str(number * 7919 % self.count)}},
                          {"number": number, "text": "x" * 600}]
                number += 1
            self.cluster.call("POST", "/load/_bulk?filter_path=errors",
                              "\n".join(map(json.dumps, lines)) + "\n", "application/x-ndjson",
                              connection)
            next_at += 0.05
            self.ending.wait(max(0, next_at - time.monotonic()))


def under_load(daemon, leader, count):
    """Seconds from the end of the restore to lag 0 seen for the first time, with a writer."""
    writer = SteadyWriter(leader, count)
    writer.start()
    time.sleep(1)
    daemon.start()
    harness.wait_until(lambda: "snapshot restored" in daemon.log_text(), 300, 0.02, "the restore")
    restored = time.monotonic()

    def is_near():
        row = daemon.row("load")
        # Of a writer that never pauses: not more behind than a second of it.
        return (row["phase"] == "following" and row["shards"] and
                row["shards"][0]["lag_seconds"] is not None and
                row["shards"][0]["lag_seconds"] <= 1.0)
    harness.wait_until(is_near, 300, 0.02, "being near")
    took = time.monotonic() - restored
    writer.ending.set()
    writer.join()
    return took


def snapshot(leader, follower, count, rounds, daemon_for, row):
    shutil.rmtree(FOLDER, ignore_errors=True)
    if "load" not in leader.index_names():
        create(leader, "load")
        send_bulks(leader, "load", bodies(documents(count), False), 2)
        leader.refresh("load")
        leader.call("POST", "/load/_flush")

    def with_snapshot(number):
        daemon = daemon_for(leader, follower, ["load"],
                            repositories={"bench": {"type": "fs",
                                                    "location": str(FOLDER / str(number))}})
        daemon.config["follow"][0].update(repository="bench", bootstrap="snapshot")
        daemon.write_config()
        return daemon

    hands, ours, streams = [], [], []
    for number in range(rounds):
        # Each into a folder of its own: a second snapshot would copy nothing.
        hands.append(by_hand(leader, follower, FOLDER / f"raw-{number}")[1])
        took, now = level_after(with_snapshot(number), leader, follower)
        assert now["docs_copied"] == 0, now
        ours.append(took)
        streams.append(level_after(daemon_for(leader, follower, ["load"]), leader, follower)[0])
        print(f"  by hand {hands[-1]:.2f} s, followd {ours[-1]:.2f} s, "
              f"by stream {streams[-1]:.2f} s", flush=True)
        for cluster in (leader, follower):
            for name in cluster.call("GET", "/_snapshot"):
                cluster.call("DELETE", f"/_snapshot/{name}")
    ratios = sorted(mine / hand for mine, hand in zip(ours, hands))
    gains = sorted(stream / mine for mine, stream in zip(ours, streams))
    row(f"from a snapshot to level / the raw calls, {count:,} documents (median of {rounds})",
        "<= 1.2", f"{ratios[rounds // 2]:.2f}  ({min(ours):.2f} s, raw {min(hands):.2f} s)")
    row("by stream to level / from a snapshot", ">= 5",
        f"{gains[rounds // 2]:.1f}  ({min(streams):.1f} s)")
    daemon = with_snapshot("load")
    took = under_load(daemon, leader, count)
    row(f"writer of {OPERATIONS_A_SECOND:,} operations/s: near after the restore's end, s", "<= 5",
        f"{took:.2f}")
    daemon.stop()
    daemon.remove()
    follower.call("DELETE", "/load")
    shutil.rmtree(FOLDER, ignore_errors=True)
