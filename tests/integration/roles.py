"""What the tests of promotion and failback share: a pair that changes roles, and its oracle."""
import json

from harness import Replication, wait_until


class Roles(Replication):
    """Both clusters may lead."""

    def control(self, daemon, verb, *arguments, code=0):
        """The report of a command; its exit code must be the one expected."""
        done = daemon.command(verb, "--json", *arguments)
        self.assertEqual(done.returncode, code, f"{verb} {arguments}: {done.stdout} {done.stderr}")
        return json.loads(done.stdout) if done.stdout else None

    def row_of(self, report, index):
        rows = [row for row in report["rows"] if row["index"] == index]
        self.assertEqual(len(rows), 1, report)
        return rows[0]

    def mark(self, cluster, index):
        meta = cluster.call("GET", f"/{index}/_mapping")[index]["mappings"].get("_meta", {})
        return meta.get("followd")

    def wait_same(self, index, other=None, timeout=90):
        """Both clusters hold the same documents; returns them."""
        return self.assert_equal(index, other, timeout)

    def put(self, cluster, index, count, first=0, **fields):
        cluster.bulk([line for number in range(first, first + count)
                      for line in ({"index": {"_id": f"d{number}"}},
                                   {"n": number, **fields})], index)
        cluster.call("POST", f"/{index}/_refresh")

    def wait_direction(self, daemon, index, leader, timeout=60):
        """The status row of the index as it is followed from that cluster now."""
        def found():
            rows = [row for row in daemon.status()["followers"]
                    if row["leader_index"] == index and row["leader"] == leader]
            if not rows or rows[0]["phase"] != "following":
                raise RuntimeError(str(daemon.status()["followers"]))
            return rows[0]
        return wait_until(found, timeout, what=f"{index} following from {leader}")
