"""The parts of scripts/bench about promotion, failback and verify."""
import json
import random
import time

import harness
from bench_load import bodies, create, documents, send_bulks

INDICES = 100
DIFFERING = 1000


def control(daemon, *command):
    """Seconds that a command took, and its report."""
    began = time.monotonic()
    done = daemon.command(*command, "--json")
    took = time.monotonic() - began
    assert done.returncode == 0, done.stdout + done.stderr
    return took, json.loads(done.stdout)


def wait_level(daemon, index, leader, seconds=900):
    """Until the index is level with the leader of that name: its row and the moment."""
    def found():
        rows = [row for row in daemon.status()["followers"]
                if row["leader_index"] == index and row["leader"] == leader]
        level = rows and rows[0]["phase"] == "following" and rows[0]["shards"] and all(
            shard["lag_ops"] == 0 for shard in rows[0]["shards"])
        return (rows[0], time.monotonic()) if level else None
    return harness.wait_until(found, seconds, 0.05, f"{index} level with {leader}")


def differ(cluster, index, count):
    """Updates, new documents and deletes, in all as many as DIFFERING."""
    chosen = random.Random(5).sample(range(count), DIFFERING * 3 // 4)
    lines = []
    for number in chosen[:DIFFERING // 2]:
        lines += [{"index": {"_id": str(number)}}, {"number": -number, "text": "changed"}]
    for number in chosen[DIFFERING // 2:]:
        lines.append({"delete": {"_id": str(number)}})
    for number in range(DIFFERING - len(chosen)):
        lines += [{"index": {"_id": f"new-{number}"}}, {"number": number, "text": "new"}]
    cluster.bulk(lines, index)
    cluster.refresh(index)


def failback(leader, follower, count, daemon_for, row):
    create(leader, "back")
    send_bulks(leader, "back", bodies(documents(count), False), 2)
    leader.refresh("back")
    daemon = daemon_for(leader, follower, ["back"])
    began = time.monotonic()
    daemon.start()
    _, level_at = wait_level(daemon, "back", "leader")
    copied = level_at - began
    # The first sweep after a bootstrap compares both sides; from then on it is followed quietly.
    time.sleep(10)
    times = []
    for _ in range(5):
        began = time.monotonic()
        code, answer = daemon.verify("back")
        times.append(time.monotonic() - began)
        assert (code, answer["result"]) == (0, "equal"), answer
    row(f"verify of {count:,} documents, s: median / longest of 5", "<= 2",
        f"{sorted(times)[2]:.2f} / {max(times):.2f}")
    promoted, _ = control(daemon, "promote", "back")
    row(f"promotion of {count:,} documents that are level, s", "", f"{promoted:.2f}")
    differ(follower, "back", count)
    began = time.monotonic()
    control(daemon, "failback", "back")
    now, level_at = wait_level(daemon, "back", "follower")
    took = level_at - began
    code, answer = daemon.verify("back")
    assert (code, answer["result"]) == (0, "equal"), answer
    moved = now["operations_written"]
    row(f"failback of {count:,} documents, {DIFFERING} of them differing: moved", "<= 1.05 x",
        f"{moved} ({moved / DIFFERING:.2f} x)")
    row("  time / a fresh stream copy", "<= 0.10", f"{took / copied:.3f} ({took:.2f} s, {copied:.1f} s)")
    began = time.monotonic()
    control(daemon, "failback", "--switch", "back")
    row("  switch back: command, s", "", f"{time.monotonic() - began:.2f}")
    daemon.stop()
    daemon.remove()
    for cluster in (leader, follower):
        cluster.call("DELETE", "/back")


def promotion(leader, follower, daemon_for, row):
    """The leader is killed: this is the last part."""
    names = [f"many-{number:03}" for number in range(INDICES)]
    for name in names:
        leader.call("PUT", f"/{name}", {
            "settings": {"number_of_shards": 1, "number_of_replicas": 0},
            "aliases": {f"write-{name}": {"is_write_index": True}}})
        leader.call("PUT", f"/{name}/_doc/1?refresh=true", {"n": 1})
    daemon = daemon_for(leader, follower, ["many-*"]).start()
    harness.wait_until(lambda: sum(one["phase"] == "following"
                                   for one in daemon.status()["followers"]) == INDICES, 600, 1,
                       f"{INDICES} indices followed")
    time.sleep(15)
    leader.kill()
    took, report = control(daemon, "promote", "--all", "--no-drain")
    assert len(report["rows"]) == INDICES, report
    for name in names:
        follower.call("PUT", f"/write-{name}/_doc/2?require_alias=true", {"n": 2})
    row(f"promotion of {INDICES} followers, leader dead: command to last index writable, s", "<= 5",
        f"{took:.2f}")
    daemon.stop()
    daemon.remove()
