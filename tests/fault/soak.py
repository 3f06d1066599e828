"""Everything at once, for a long time: scripts/soak says what, --help says how."""
import os
import random
import signal
import subprocess
import sys
import time

os.environ.setdefault("FOLLOWD_TEST_PORT", "9360")

import harness  # noqa: E402
from daemon import Followd, config_for, rule  # noqa: E402
from disturbed import Disturbed  # noqa: E402
from fault_proxy import ROOT, FaultProxy  # noqa: E402
from oracle import broken_promises, origins, sequence_numbers  # noqa: E402
from soak_events import KINDS, NETWORK, draw_event  # noqa: E402
from soak_load import SoakLoad  # noqa: E402
from soak_options import SEED_MAX, command_of, parse  # noqa: E402

LEVEL_SECONDS = 240
RULE = "soak"
CLUSTERS = {"leader": harness.LEADER, "follower": harness.FOLLOWER}


class Judge(Disturbed):
    """What the tests judge by, without a test."""

    def runTest(self):
        raise NotImplementedError


class Soak:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        self.began = self.ending = time.monotonic()
        self.proxies = {side: FaultProxy(harness.PORT_BASE + 2 + number, CLUSTERS[side],
                                         (options.seed + number) & SEED_MAX)
                        for number, side in enumerate(CLUSTERS)}
        self.daemon = None
        self.judge = Judge()
        self.indices = []
        self.told = {}          # index -> the checkpoints that the status told last
        self.events = 0
        self.rounds = 0
        self.counts = {kind: 0 for kind in KINDS}
        self.starts = 0
        self.operations = 0
        self.documents = 0
        self.recoveries = []
        self.memory = 0

    # --- What is seen ------------------------------------------------------------------------

    def say(self, text):
        print(f"[{time.monotonic() - self.began:8.1f}] {text}", flush=True)

    def note_status(self):
        """Checkpoints, once told, hold for ever, whoever is killed afterwards."""
        if self.daemon.process.poll() is not None:
            raise AssertionError(f"the daemon ended by itself with {self.daemon.process.poll()}")
        self.memory = max(self.memory, self.daemon.memory_peak())
        try:
            rows = self.daemon.status()["followers"]
        except RuntimeError:
            return  # it starts
        for row in rows:
            if row["shards"]:
                self.told[row["leader_index"]] = {
                    shard["shard"]: shard["checkpoint"] for shard in row["shards"]}

    def check_promises(self):
        self.note_status()
        for index in self.indices:
            checkpoints = self.told.get(index, {})
            if max(checkpoints.values(), default=-1) < 0:
                continue
            # A server that was just started may say no at first.
            broken, = harness.wait_until(
                lambda: [broken_promises(*CLUSTERS.values(), index, checkpoints)],
                what=f"reading {index}")
            if broken:
                raise AssertionError(f"{index}: {len(broken)} documents that the checkpoints "
                                     f"{checkpoints} cover are not there: {broken[:10]}")

    def check_log(self):
        """A line that calls for a person; a damaged status may."""
        errors = [line for line in self.daemon.log_text().splitlines() if " error " in line[:60]]
        if errors and not self.counts["corrupt"]:
            raise AssertionError("errors in the log: " + "\n".join(errors[:5]))

    # --- What is done ------------------------------------------------------------------------

    def start_daemon(self):
        self.daemon.start()
        self.starts += 1

    def happen(self, event):
        self.events += 1
        self.say(f"event {self.events}: {event}")
        self.counts[event.kind] += 1
        if event.kind in NETWORK:
            proxy = self.proxies[event.side]
            proxy.heal()
            proxy.inject(event.line)
            time.sleep(event.lasts)
            self.check_promises()
            if not event.stays:
                proxy.heal()
        elif event.kind in ("kill_daemon", "stop_daemon"):
            self.note_status()
            if event.kind == "kill_daemon":
                self.daemon.kill()
            elif (code := self.daemon.stop()) != 0:
                raise AssertionError(f"the daemon ended with {code} when stopped")
            time.sleep(event.lasts)
            self.start_daemon()
        else:
            cluster = CLUSTERS[event.kind.removeprefix("kill_")]
            cluster.kill()
            time.sleep(event.lasts)
            cluster.start_again()
            self.check_promises()
        time.sleep(event.pause)

    def add_index(self):
        """So that there is always something to copy anew; the oldest one goes."""
        name = f"soak-{self.rounds}"
        CLUSTERS["leader"].create(name, self.random.randint(1, 3))
        size = self.random.choice([0, 100, 8000])
        CLUSTERS["leader"].index_many(name, (f"t{n}" for n in range(size)),
                                      lambda id: {"id": id, "text": "z" * 300})
        self.indices.append(name)
        self.say(f"new index {name} of {size} documents")

    def drop_index(self):
        name = self.indices.pop(0)
        self.told.pop(name, None)
        CLUSTERS["leader"].call("DELETE", f"/{name}")
        harness.wait_until(lambda: self.daemon.phase(name) in (None, "leader_gone"), 60,
                           what=f"{name} being given up")
        CLUSTERS["follower"].call("DELETE", f"/{name}")

    def disturb(self):
        seed = f"{self.options.seed}/{self.rounds}"
        with SoakLoad(CLUSTERS["leader"], self.indices, seed) as load:
            for event in [draw_event(self.random, self.options.faults)
                          for _ in range(self.random.randint(4, 8))]:
                self.happen(event)
                if time.monotonic() > self.ending:
                    break
        self.operations += load.operations

    def recover(self):
        """The network is whole again: both sides become equal, without a hand."""
        for proxy in self.proxies.values():
            proxy.heal()
        healed = time.monotonic()
        for index in self.indices:
            self.judge.wait_level(self.daemon, index, LEVEL_SECONDS)
        self.recoveries.append(time.monotonic() - healed)
        self.documents = 0
        for index in self.indices:
            self.documents += len(self.judge.assert_equal(index, timeout=LEVEL_SECONDS))
            self.judge.assertEqual(*(cluster.mappings(index) for cluster in CLUSTERS.values()))
            if origins(CLUSTERS["follower"], index) != sequence_numbers(CLUSTERS["leader"], index):
                raise AssertionError(f"{index}: equal, but made by other operations")
        self.recoveries[-1] = time.monotonic() - healed
        deep = ["--deep"] if self.rounds % 2 else []
        code, report = self.daemon.verify(*deep, "soak-*")
        if code != 0:
            raise AssertionError(f"verify {' '.join(deep)}: {code}, {report}")
        self.note_status()
        self.check_log()
        self.say(f"round {self.rounds}: equal after {self.recoveries[-1]:.1f} s, "
                 f"{self.documents} documents in {len(self.indices)} indices")

    def run(self):
        for cluster in CLUSTERS.values():
            cluster.purge()
        harness.start_all(list(CLUSTERS.values()))
        for proxy in self.proxies.values():
            proxy.start()
        self.daemon = Followd(config_for(*self.proxies.values(), [rule(["soak-*"], RULE)]))
        self.say(f"daemon's files: {self.daemon.directory}")
        self.start_daemon()
        self.ending = time.monotonic() + self.options.minutes * 60
        while time.monotonic() < self.ending:
            self.rounds += 1
            self.add_index()
            self.disturb()
            self.recover()
            if len(self.indices) == 3:
                self.drop_index()
        code = self.daemon.stop()
        if code != 0:
            raise AssertionError(f"the daemon ended with {code} when stopped")

    # --- The end -----------------------------------------------------------------------------

    def print_summary(self):
        injected = {}
        for proxy in self.proxies.values():
            for name, count in proxy.counts().items():
                injected[name] = injected.get(name, 0) + count
        rows = [("rounds, each ended equal", self.rounds), ("events", self.events)]
        rows += [(f"{kind}: drawn / happened", f"{self.counts[kind]} / {injected[kind]}")
                 for kind in NETWORK if self.counts[kind]]
        rows += [(kind, self.counts[kind]) for kind in KINDS
                 if kind not in NETWORK and self.counts[kind]]
        rows += [("starts of the daemon", self.starts),
                 ("connections through the proxies", injected["accepted"]),
                 ("operations on the leader, about", self.operations),
                 ("documents compared in the last round", self.documents),
                 ("slowest recovery", f"{max(self.recoveries, default=0):.1f} s"),
                 ("followd's memory at most", f"{self.memory >> 20} MiB")]
        for name, value in rows:
            print(f"  {name:<40} {value}")

    def remove(self):
        for proxy in self.proxies.values():
            if proxy.process is not None:
                proxy.stop()
        if self.daemon is not None:
            self.daemon.remove()
        for cluster in CLUSTERS.values():
            cluster.purge()

    def keep(self):
        """For whoever looks for the cause: nothing runs any more, and nothing is deleted."""
        if self.daemon is not None and self.daemon.process is not None:
            self.daemon.kill()
        for cluster in CLUSTERS.values():
            cluster.kill()
        print("kept:")
        if self.daemon is not None:
            print(f"  followd's configuration, state and log in {self.daemon.directory}")
        for cluster in CLUSTERS.values():
            print(f"  a server: scripts/cluster start {cluster.name}; at the end "
                  f"scripts/cluster stop {cluster.name} --purge")


def build():
    """Nothing to do where the programs to be tried are named."""
    if {"FOLLOWD_BINARY", "FOLLOWD_FAULT_PROXY"} <= os.environ.keys():
        return
    for step in (["--preset", "release", "-DBUILD_TESTING=ON"],
                 ["--build", "build/release", "--target", "followd", "followd-fault-proxy"]):
        if subprocess.run(["cmake", *step], cwd=ROOT, stdout=sys.stderr).returncode != 0:
            sys.exit("soak: the build failed; scripts/install-packages installs what it needs")


def main(arguments):
    options = parse(arguments)
    replay = command_of(options)
    print(f"seed={options.seed} replay: {replay}", flush=True)
    build()
    soak = Soak(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        soak.run()
    except BaseException as error:
        soak.say(f"FAILED in round {soak.rounds}, after event {soak.events}: "
                 f"{type(error).__name__}: {error}")
        print(f"replay: {replay}")
        soak.keep()
        if not isinstance(error, (Exception, KeyboardInterrupt)):
            raise
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    print("equal at the end of every round")
    soak.print_summary()
    soak.remove()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
