"""What the integration tests share: real servers, a real daemon, and an oracle of equality.

The oracle reads both clusters by itself, document by document, and shares no code with followd.
Only the standard library is used. A test module is run by unittest; FOLLOWD_BINARY names the program
under test, FOLLOWD_TEST_PORT the first of the ports to use. All classes of a module share one pair
of servers. One that runs already is used and left running, so that one pair serves many modules:
run as a program, "start" starts that pair and "stop" ends it.
"""
import atexit
import base64
import http.client
import json
import os
import pathlib
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("FOLLOWD_BINARY", str(ROOT / "build/release/followd"))
PORT_BASE = int(os.environ.get("FOLLOWD_TEST_PORT", "9310"))
SNAPSHOTS = pathlib.Path(tempfile.gettempdir()) / f"followd-snapshots-{PORT_BASE}"

# What a busy or restarting cluster may answer a test with; asked again where a test waits.
TRANSIENT = (OSError, RuntimeError, http.client.HTTPException, KeyError, TypeError, ValueError)


class Answer(RuntimeError):
    """An HTTP answer that was not 2xx."""

    def __init__(self, status, body, request):
        super().__init__(f"{request}: {status} {str(body)[:400]}")
        self.status = status
        self.body = body


class Exact(dict):
    """A JSON object that equals another only with the same keys in the same order, also where a
    key stands twice, and with numbers of the same digits."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs

    def __eq__(self, other):
        return isinstance(other, Exact) and self.pairs == other.pairs

    def __ne__(self, other):
        return not self == other


def decode_exactly(raw):
    """Nothing of a number is lost: a float stays the text it was written as."""
    return json.loads(raw, object_pairs_hook=Exact, parse_float=lambda text: "float " + text)


class Cluster:
    """One real server, started and stopped through scripts/cluster only."""

    def __init__(self, name, version, port, options=(), auth=None, ca_file=None):
        self.name, self.version, self.port = name, version, port
        self.options, self.auth, self.ca_file = list(options), auth, ca_file

    def _control(self, command, *arguments):
        done = subprocess.run([str(ROOT / "scripts/cluster"), command, self.name, *arguments],
                              capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"cluster {command} {self.name}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self):
        line = self._control("start", "--version", self.version, "--port", str(self.port),
                             *self.options)
        for field in line.split():
            name, _, value = field.partition("=")
            if name == "ca_file":
                self.ca_file = value
            elif name == "password_file":
                self.auth = ("admin", pathlib.Path(value).read_text().strip())
        return self

    def is_running(self):
        try:
            return "state=running" in self._control("status")
        except RuntimeError:
            return False

    def kill(self):
        self._control("kill")

    def start_again(self):
        self._control("start")

    def purge(self):
        self._control("stop", "--purge")

    @property
    def url(self):
        return f"{'https' if self.ca_file else 'http'}://127.0.0.1:{self.port}"

    def connection(self):
        if self.ca_file:
            context = ssl.create_default_context(cafile=self.ca_file)
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=120,
                                               context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def raw(self, method, path, body=None, content_type="application/json", connection=None):
        """The answer's bytes; raises Answer for anything but 2xx."""
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = {"Content-Type": content_type} if body is not None else {}
        if self.auth:
            headers["Authorization"] = "Basic " + base64.b64encode(
                ":".join(self.auth).encode()).decode()
        used = connection or self.connection()
        try:
            used.request(method, path, body=body, headers=headers)
            response = used.getresponse()
            raw = response.read()
        finally:
            if connection is None:
                used.close()
        if not 200 <= response.status < 300:
            raise Answer(response.status, raw.decode(errors="replace"), f"{method} {path}")
        return raw

    def call(self, method, path, body=None, content_type="application/json", connection=None):
        """The decoded answer; raises Answer for anything but 2xx."""
        raw = self.raw(method, path, body, content_type, connection)
        return json.loads(raw) if raw else None

    def bulk(self, lines, index=None, connection=None):
        """Sends action and source lines, objects or ready texts; raises on a failed item."""
        text = "\n".join(
            line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
        path = f"/{quote(index)}/_bulk" if index else "/_bulk"
        answer = self.call("POST", path, text, "application/x-ndjson", connection)
        # 404: a delete of what is not there.
        failed = [item for item in answer["items"]
                  if list(item.values())[0]["status"] not in (200, 201, 404)]
        if failed:
            raise RuntimeError(f"bulk: {len(failed)} failed, {failed[:2]}")
        return answer

    def index_many(self, index, ids, make_source, step=2000):
        """One bulk for every `step` of the ids."""
        ids = list(ids)
        for start in range(0, len(ids), step):
            lines = []
            for id in ids[start:start + step]:
                lines += [{"index": {"_id": str(id)}}, make_source(id)]
            self.bulk(lines, index)

    def delete_many(self, index, ids, step=5000):
        ids = list(ids)
        for start in range(0, len(ids), step):
            self.bulk([{"delete": {"_id": str(id)}} for id in ids[start:start + step]], index)

    def create(self, index, shards=1, mappings=None, **settings):
        body = {"settings": {"number_of_shards": shards, "number_of_replicas": 0, **settings}}
        if mappings is not None:
            body["mappings"] = mappings
        self.call("PUT", f"/{quote(index)}", body)

    def mappings(self, index):
        """Without followd's own mark."""
        found = self.call("GET", f"/{quote(index)}/_mapping")[index]["mappings"]
        meta = {key: value for key, value in found.pop("_meta", {}).items() if key != "followd"}
        return {**found, "_meta": meta} if meta else found

    def settings(self, index):
        answer = self.call("GET", f"/{quote(index)}/_settings?flat_settings=true")
        return answer[index]["settings"]

    def exists(self, index):
        return index in self.index_names()

    def index_names(self):
        found = self.call("GET", "/_cluster/state/metadata?filter_path=metadata.indices.*.state"
                          "&expand_wildcards=all")
        return list((found or {}).get("metadata", {}).get("indices", {}))

    def refresh(self, index):
        self.call("POST", f"/{quote(index)}/_refresh")

    def count(self, index):
        self.refresh(index)
        return self.call("GET", f"/{quote(index)}/_count")["count"]

    def checkpoints(self, index):
        """Shard -> global checkpoint of its primary."""
        shards = self.call("GET", f"/{quote(index)}/_stats?level=shards")["indices"][index][
            "shards"]
        return {int(number): copy["seq_no"]["global_checkpoint"]
                for number, copies in shards.items() for copy in copies
                if copy["routing"]["primary"]}

    def documents(self, index, page=2000):
        """Every document: (shard, id) -> (routing, source), compared exactly."""
        self.refresh(index)
        found = {}
        for shard in range(int(self.settings(index)["index.number_of_shards"])):
            body = {"size": page, "sort": [{"_seq_no": "asc"}], "track_total_hits": False}
            if self.version.startswith("9."):
                body["_source"] = {"exclude_vectors": False}
            hits = None
            while hits is None or len(hits) == page:
                answer = decode_exactly(self.raw(
                    "POST", f"/{quote(index)}/_search?preference=_shards:{shard}"
                    "&allow_partial_search_results=false", body))
                hits = answer["hits"]["hits"]
                for hit in hits:
                    key = (shard, hit["_id"])
                    if key in found:
                        raise RuntimeError(f"{index} changed while it was read")
                    found[key] = (hit.get("_routing"), hit["_source"])
                if hits:
                    body["search_after"] = hits[-1]["sort"]
        return found


def quote(text):
    return urllib.parse.quote(text, safe=",*")


class Followd:
    """A running daemon (or one-shot commands) with a state directory of its own."""

    def __init__(self, config):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="followd-test-"))
        self.state_path = self.directory / "state.db"
        config.setdefault("state", {"path": str(self.state_path)})
        config.setdefault("admin", {"listen": f"unix:{self.directory / 'admin.sock'}"})
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


def start_all(clusters):
    """Side by side, as most of a start is waiting; those that did not run before this call."""
    started, failures = [], []

    def start(cluster):
        try:
            if not cluster.is_running():
                started.append(cluster)
            cluster.start()
        except Exception as error:  # told by the thread that asked
            failures.append(error)

    threads = [threading.Thread(target=start, args=(cluster,)) for cluster in clusters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        for cluster in started:
            cluster.purge()
        raise failures[0]
    return started


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
