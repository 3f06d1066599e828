"""The followd that the demo shows."""
import json
import os
import subprocess
import time


class DaemonError(Exception):
    """followd ended, or said that it cannot do what the demo wants."""


class Daemon:
    def __init__(self, binary, work):
        self.binary, self.config = binary, str(work / "followd.yaml")
        self.log, self.pid_file = work / "followd.log", work / "daemon.pid"
        self.process = None

    def start(self):
        """In a session of its own, so that ctrl-c on the demo's terminal does not reach it."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.binary, "run", "--config", self.config],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True)
        self.pid_file.write_text(f"{self.process.pid}\n")

    def command(self, *words):
        """Runs `followd WORDS`, its output to ours; its exit code."""
        return subprocess.run([self.binary, *words, "--config", self.config], check=False).returncode

    def row(self):
        """The one follower's part of `followd status --json`; None before there is any."""
        if self.process.poll() is not None:
            raise DaemonError(f"followd ended with code {self.process.returncode}:\n"
                              + "".join(self.log.read_text().splitlines(True)[-10:]))
        done = subprocess.run([self.binary, "status", "--json", "--config", self.config],
                              capture_output=True, text=True, check=False)
        try:
            rows = json.loads(done.stdout)["followers"]
        except (ValueError, KeyError):
            return None
        if not rows:
            return None
        row = rows[0]
        halted = [shard for shard in row["shards"] if shard["phase"] == "halted"]
        if row["phase"] in ("refused", "leader_gone") or halted:
            error = row["last_error"] or (halted[0]["last_error"] if halted else None) or {}
            raise DaemonError(f"followd does not follow the index: {error.get('what', row['phase'])}")
        return row

    def is_level(self, row):
        """Whether every shard's checkpoint is the leader's."""
        return bool(row and row["phase"] == "following" and row["shards"] and all(
            shard["checkpoint"] == shard["leader_checkpoint"] for shard in row["shards"]))

    def wait_level(self, timeout, watch=lambda row: None):
        deadline = time.monotonic() + timeout
        while True:
            row = self.row()
            if row:
                watch(row)
            if self.is_level(row):
                return row
            if time.monotonic() > deadline:
                raise DaemonError(f"not level within {timeout} s; see {self.log}")
            time.sleep(0.1)

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self):
        """Resident: now, and at most so far."""
        found = {}
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                key, _, value = line.partition(":")
                if key in ("VmRSS", "VmHWM"):
                    found[key] = int(value.split()[0]) / 1024
        return found["VmRSS"], found["VmHWM"]
