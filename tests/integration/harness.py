"""What the integration tests share: a test between two real clusters, with an oracle of equality.

The oracle reads both clusters by itself, document by document, and shares no code with followd.
Only the standard library is used. A test module is run by unittest; FOLLOWD_BINARY names the
program under test, FOLLOWD_TEST_PORT the first of the ports to use. All classes of a module share
one pair of servers. One that runs already is used and left running, so that one pair serves many
modules: run as a program, "start" starts that pair and "stop" ends it.
"""
import atexit
import http.client
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

from cluster import Cluster, quote, start_all
from daemon import Followd, config_for

PORT_BASE = int(os.environ.get("FOLLOWD_TEST_PORT", "9310"))
SNAPSHOTS = pathlib.Path(tempfile.gettempdir()) / f"followd-snapshots-{PORT_BASE}"

# What a busy or restarting cluster may answer a test with; asked again where a test waits.
TRANSIENT = (OSError, RuntimeError, http.client.HTTPException, KeyError, TypeError, ValueError)


def wait_until(question, timeout=60, pause=0.2, what="it"):
    """Asks until the answer is true and returns it; fails with the last answer or error."""
    deadline = time.monotonic() + timeout
    last = None
    while time.monotonic() < deadline:
        try:
            last = question()
            if last:
                return last
        except TRANSIENT as error:
            last = error
        time.sleep(pause)
    raise AssertionError(f"{what} did not happen within {timeout} s; last: {str(last)[:2000]}")


def server_name(role):
    return f"integration-{PORT_BASE}-{role}"


LEADER = Cluster(server_name("leader"), "9.2.0", PORT_BASE, ["--path-repo", str(SNAPSHOTS)])
FOLLOWER = Cluster(server_name("follower"), "9.2.0", PORT_BASE + 1,
                   ["--path-repo", str(SNAPSHOTS)])


class Replication(unittest.TestCase):
    """A test between two clusters that are empty when it begins."""

    leader = LEADER
    follower = FOLLOWER

    @classmethod
    def setUpClass(cls):
        for cluster in start_all([cls.leader, cls.follower]):
            if cluster in (LEADER, FOLLOWER):
                atexit.register(cluster.purge)
            else:
                cls.addClassCleanup(cluster.purge)

    def setUp(self):
        self.daemons = []
        # A test that provokes what a person must act on allows errors in the daemon's log.
        self.allows_errors = False
        for cluster in (self.leader, self.follower):
            self.empty(cluster)
        self.addCleanup(self.end_daemons)

    def empty(self, cluster):
        for name in cluster.index_names():
            cluster.call("DELETE", f"/{quote(name)}")
        for template in cluster.call("GET", "/_index_template")["index_templates"]:
            cluster.call("DELETE", f"/_index_template/{quote(template['name'])}")

    def end_daemons(self):
        """Every daemon must still be there, end well when told to, and have called for nobody."""
        problems = []
        for daemon in self.daemons:
            if daemon.process is not None:
                died = daemon.process.poll()
                code = died if died is not None else daemon.stop()
                if died is not None:
                    problems.append(f"the daemon ended by itself with {died}")
                elif code != 0:
                    problems.append(f"the daemon ended with {code} when stopped")
            text = daemon.log_text()
            errors = [line for line in text.splitlines() if " error " in line[:60]]
            if errors and not self.allows_errors:
                problems.append("errors in the log: " + "\n".join(errors[:5]))
            if problems or not self._outcome.success:
                print(f"--- end of the log of {self.id()}:\n{text[-8000:]}", flush=True)
            daemon.remove()
        self.assertEqual(problems, [])

    def followd(self, rules, **more):
        """A daemon that is configured and not started."""
        config = config_for(self.leader, self.follower, rules, **more)
        daemon = Followd(config)
        self.daemons.append(daemon)
        return daemon

    def wait_for_phase(self, daemon, index, phase, timeout=60):
        """The row, once it is in that phase."""
        def in_phase():
            row = daemon.row(index)
            if row is None or row["phase"] != phase:
                raise RuntimeError(f"row: {row}")
            return row
        return wait_until(in_phase, timeout, what=f"{index} being {phase}")

    def wait_level(self, daemon, index, timeout=90):
        """Every shard is at the checkpoint that the leader itself reports; the row."""
        def is_level():
            expected = self.leader.checkpoints(index)
            row = daemon.row(index)
            found = {shard["shard"]: shard["checkpoint"] for shard in row["shards"]}
            if row["phase"] != "following" or found != expected:
                raise RuntimeError(f"leader {expected}, row {row}")
            return row
        return wait_until(is_level, timeout, what=f"{index} being level")

    def assert_equal(self, index, follower_index=None, timeout=60, page=2000):
        """By the oracle, document by document. Deletes may come a moment later than writes."""
        follower_index = follower_index or index
        sides = {}

        def is_equal():
            sides["there"] = self.leader.documents(index, page)
            sides["here"] = self.follower.documents(follower_index, page)
            return sides["there"] == sides["here"]
        try:
            wait_until(is_equal, timeout, 0.5, what=f"{index} being equal")
        except AssertionError as error:
            if len(sides) < 2:
                raise
            there, here = sides["there"], sides["here"]
            missing = [key for key in there if key not in here]
            extra = [key for key in here if key not in there]
            other = [key for key in there if key in here and there[key] != here[key]]
            raise AssertionError(
                f"{index}: leader {len(there)}, follower {len(here)}; missing {missing[:5]} "
                f"({len(missing)}), extra {extra[:5]} ({len(extra)}), other {other[:5]} "
                f"({len(other)}); {str(error)[:300]}") from None
        return sides["there"]


def main(arguments):
    if arguments == ["start"]:
        start_all([LEADER, FOLLOWER])
    elif arguments == ["stop"]:
        for cluster in (LEADER, FOLLOWER):
            cluster.purge()
        shutil.rmtree(SNAPSHOTS, ignore_errors=True)
    else:
        sys.exit("usage: harness.py start|stop")


if __name__ == "__main__":
    main(sys.argv[1:])
