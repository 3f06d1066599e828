"""The program under test, as people run it: a daemon, its commands and their answers."""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FOLLOWD_BINARY", str(ROOT / "build/release/followd"))


class UnixConnection(http.client.HTTPConnection):
    """HTTP over the admin socket, as a client of another make speaks it."""

    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Followd:
    """A running daemon (or one-shot commands) with a state directory of its own."""

    def __init__(self, config):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        self.state_path = self.directory / "state.db"
        self.admin_path = self.directory / "admin.sock"
        config.setdefault("state", {"path": str(self.state_path)})
        config.setdefault("admin", {"listen": f"unix:{self.admin_path}"})
        config.setdefault("log", {"level": "debug", "format": "text"})
        self.config = config
        self.config_path = self.directory / "followd.yaml"
        self.log_path = self.directory / "followd.log"
        self.process = None
        self.write_config()

    def write_config(self):
        # JSON is YAML: what the contract says is what the tests rely on.
        self.config_path.write_text(json.dumps(self.config, indent=1))

    def start(self, preexec=None):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([BINARY, "run", "--config", str(self.config_path)],
                                            stdout=log, stderr=log, preexec_fn=preexec)
        return self

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, timeout=40):
        """SIGTERM; the exit code."""
        process, self.process = self.process, None
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def wait_for_exit(self, timeout=60):
        """Of a daemon that ends by itself; the exit code."""
        process, self.process = self.process, None
        try:
            return process.wait(timeout)
        finally:
            process.kill()
            process.wait()

    def command(self, *arguments, timeout=120):
        return subprocess.run([BINARY, *arguments, "--config", str(self.config_path)],
                              capture_output=True, text=True, timeout=timeout)

    def status(self):
        done = self.command("status", "--json")
        if not done.stdout:
            raise RuntimeError(f"status: {done.returncode} {done.stderr}")
        return json.loads(done.stdout)

    def metrics(self):
        """The type and the text of an answer to a scraper."""
        connection = UnixConnection(str(self.admin_path))
        try:
            connection.request("GET", "/metrics")
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"metrics: {answer.status} {text}")
        return answer.getheader("Content-Type"), text

    def row(self, index, rule=None):
        """The status row of a leader index, or nothing."""
        rows = [row for row in self.status()["followers"]
                if row["leader_index"] == index and rule in (None, row["rule"])]
        return rows[0] if rows else None

    def phase(self, index):
        row = self.row(index)
        return row and row["phase"]

    def verify(self, *arguments):
        """Exit code and the --json answer (nothing where there is none)."""
        done = self.command("verify", "--json", *arguments)
        return done.returncode, json.loads(done.stdout) if done.stdout else None

    def memory_peak(self):
        """Resident bytes at most so far."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
        raise RuntimeError("no VmHWM")

    def log_text(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def remove(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


def rule(indices, name="all", **more):
    return {"name": name, "leader": "leader", "follower": "follower", "indices": indices, **more}


def config_for(leader, follower, rules, **more):
    return {"clusters": {"leader": {"urls": [leader.url]}, "follower": {"urls": [follower.url]}},
            "follow": rules, **more}
