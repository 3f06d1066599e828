"""A followd-fault-proxy that runs, and what it is told (proxy/control.hpp)."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FOLLOWD_FAULT_PROXY",
                        str(ROOT / "build/release/tests/fault/proxy/followd-fault-proxy"))


class FaultProxy:
    """Between the daemon and one cluster. Ends with this process, whatever that dies of."""

    def __init__(self, port, cluster, seed):
        """Port 0: any, known once it runs."""
        self.port, self.cluster, self.seed = port, cluster, seed
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen(
            [BINARY, "--listen", str(self.port), "--to", str(self.cluster.port),
             "--seed", str(self.seed)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        told = dict(word.split("=") for word in self.process.stdout.readline().split())
        if not told:
            raise RuntimeError(f"the fault proxy ended with {self.process.wait()}")
        self.port = int(told["listening"].rpartition(":")[2])
        return self

    def stop(self):
        process, self.process = self.process, None
        process.stdin.close()
        code = process.wait(10)
        process.stdout.close()
        if code != 0:
            raise RuntimeError(f"the fault proxy ended with {code}")

    def tell(self, line):
        """The answer, without its "ok"."""
        self.process.stdin.write(line + "\n")
        answer = self.process.stdout.readline().split()
        if not answer or answer[0] != "ok":
            raise RuntimeError(f"fault proxy: {line}: {' '.join(answer) or 'it is gone'}")
        return answer[1:]

    def inject(self, fault):
        self.tell(f"inject {fault}")

    def clear(self):
        self.tell("clear")

    def heal(self):
        self.tell("heal")

    def counts(self):
        """Fault -> how often it really happened so far; and what else the proxy counts."""
        return {name: int(count) for name, count in
                (word.split("=") for word in self.tell("counts"))}

    def injected(self, fault):
        """Of a fault's line, or of its name."""
        return self.counts()[fault.split()[0]]
