"""What the fault tests share: the daemon reaches each of two real clusters through a fault proxy.

Ports: FOLLOWD_TEST_PORT (9350 unless set) for the leader, then the follower, then their proxies.
The seed of the proxies is FOLLOWD_FAULT_SEED (1 unless set). Run as a program, "start" and "stop"
do what they do in harness.py.
"""
import os
import re
import sys
import time

os.environ.setdefault("FOLLOWD_TEST_PORT", "9350")

import harness  # noqa: E402
from daemon import Followd, config_for, rule  # noqa: E402
from fault_proxy import FaultProxy  # noqa: E402
from oracle import broken_promises, origins, sequence_numbers  # noqa: E402
from workload import Load  # noqa: E402

SEED = int(os.environ.get("FOLLOWD_FAULT_SEED", "1"))
PROXIES = {"leader": FaultProxy(harness.PORT_BASE + 2, harness.LEADER, SEED),
           "follower": FaultProxy(harness.PORT_BASE + 3, harness.FOLLOWER, SEED + 1)}


class Fault:
    """One rule of one proxy, for as long as it is in force. No other of its kind may be."""

    def __init__(self, side, line):
        self.side, self.line, self.proxy = side, line, PROXIES[side]
        self.before = self.proxy.injected(line)
        self.proxy.inject(line)

    def happened(self):
        """How often so far."""
        return self.proxy.injected(self.line) - self.before

    def wait(self, times, timeout=30):
        harness.wait_until(lambda: self.happened() >= times, timeout, 0.02,
                           f"{self.line} at the {self.side}")

    def heal(self):
        self.proxy.heal()


def failures_of(status, index):
    """Every failure that the status tells of that index or of a cluster."""
    found = [cluster["last_error"] for cluster in status["clusters"]]
    for row in status["followers"]:
        if row["leader_index"] == index:
            found += [row["last_error"], *(shard["last_error"] for shard in row["shards"])]
    return [failure for failure in found if failure]


class Disturbed(harness.Replication):
    """A test of the daemon behind two proxies, without faults when it begins and when it ends."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for proxy in PROXIES.values():
            proxy.start()
            cls.addClassCleanup(proxy.stop)

    def setUp(self):
        super().setUp()
        self.daemon = None
        for proxy in PROXIES.values():
            self.addCleanup(proxy.heal)

    def followd(self, rules, **more):
        # Nothing but what is told by a counter may find a delete or heal what a fault did.
        more.setdefault("tail", {"audit_interval": "1d"})
        daemon = Followd(config_for(PROXIES["leader"], PROXIES["follower"], rules, **more))
        self.daemons.append(daemon)
        return daemon

    def start_following(self, index, documents=3000, **more):
        """Of a leader index with some documents; nothing is waited for."""
        self.leader.create(index, 2)
        self.leader.index_many(index, range(documents), lambda n: {"n": n, "text": "x" * 100})
        self.daemon = self.followd([rule([index])], **more).start()

    def assert_promises(self, index):
        """No checkpoint covers a document that the follower has not."""
        row = self.daemon.row(index)
        shards = row["shards"] if row else []
        checkpoints = {shard["shard"]: shard["checkpoint"] for shard in shards}
        if max(checkpoints.values(), default=-1) >= 0:
            broken = broken_promises(self.leader, self.follower, index, checkpoints)
            self.assertEqual(broken[:5], [], f"{len(broken)} broken, checkpoints {checkpoints}")

    def wait_for_reason(self, index, side, kinds, words, timeout=30):
        """Until the status says what is wrong: of which kind, in words, and where."""
        seen = {}

        def is_told():
            self.assertIsNone(self.daemon.process.poll(), "the daemon ended")
            for failure in failures_of(self.daemon.status(), index):
                key = (failure["kind"], failure["what"], failure["where"])
                seen[key] = True
                is_named = (side in failure["where"] and PROXIES[side].url
                            in failure["where"] + failure["what"])
                if failure["kind"] in kinds and re.search(words, failure["what"]) and is_named:
                    return failure
            return None
        try:
            return harness.wait_until(is_told, timeout, 0.03, "the reason being told")
        except AssertionError as error:
            raise AssertionError(f"{error}; told instead: {list(seen)[-5:]}") from None

    def assert_level_and_equal(self, index, timeout=60):
        """By both sides' documents, by whose operations made them, and by the program itself."""
        self.wait_level(self.daemon, index, timeout)
        self.assert_equal(index, timeout=timeout)
        self.assertEqual(origins(self.follower, index), sequence_numbers(self.leader, index))
        harness.wait_until(lambda: not failures_of(self.daemon.status(), index), 30, 0.1,
                           "every failure being forgotten")
        code, report = self.daemon.verify("--deep", index)
        self.assertEqual((code, report and report["result"]), (0, "equal"), report)

    def endure(self, fault, index, kinds, words, times):
        """Until it has happened so often, and the status says why nothing moves."""
        fault.wait(times)
        if kinds:
            self.wait_for_reason(index, fault.side, kinds, words)
        self.assert_promises(index)

    def disturb_everything(self, faults, kinds, words="."):
        """First the copy is disturbed, at each of the sides in turn; then the tail; all under load.

        faults: side -> line. kinds: which failures the status may call it; none: that is not asked.
        """
        index = "logs"
        copying = [Fault(side, line) for side, line in faults.items()]
        self.start_following(index)
        with Load(self.leader, [index], seed=self.id(), pause=0.02) as load:
            for fault in copying:
                self.endure(fault, index, kinds, words, 1)
                row = self.daemon.row(index)
                self.assertNotEqual(row and row["phase"], "following", "too late to disturb it")
                fault.heal()
            self.wait_for_phase(self.daemon, index, "following")
            for side, line in faults.items():
                fault = Fault(side, line)
                # A door is closed once, whoever knocks.
                self.endure(fault, index, kinds, words, 1 if line == "refuse" else 2)
                self.stay(index, 0.5)
                fault.heal()
            self.assertGreater(load.operations, 100)
        self.assert_level_and_equal(index)

    def stay(self, index, seconds):
        """In the fault, looking at what is promised."""
        ending = time.monotonic() + seconds
        while time.monotonic() < ending:
            self.assert_promises(index)
            time.sleep(0.1)


if __name__ == "__main__":
    harness.main(sys.argv[1:])
