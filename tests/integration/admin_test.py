"""What a person sees and does: status, metrics, reload, verify, exit codes."""
import http.client
import json
import re
import socket
import time
import unittest

from admin_api import API, problems_of_answer
from daemon import UnixConnection, rule
from harness import Replication, wait_until


class Status(Replication):
    """status --json says what decisions and monitoring rest on."""

    def test_fields(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(100), lambda n: {"n": n})
        self.leader.delete_many("logs", range(10))
        daemon = self.followd([rule(["logs"], "mine", follow_index_pattern="copy")]).start()
        self.wait_level(daemon, "logs")
        self.assert_equal("logs", "copy")
        status = daemon.status()
        self.assertEqual(status["schema"], 1)
        self.assertEqual([cluster["name"] for cluster in status["clusters"]],
                         ["leader", "follower"])
        self.assertTrue(all(c["last_error"] is None for c in status["clusters"]))
        row, = status["followers"]
        expected = {"rule": "mine", "leader": "leader", "follower": "follower",
                    "leader_index": "logs", "follower_index": "copy", "phase": "following",
                    "last_error": None, "warnings": [], "docs_total": 90, "docs_copied": 90}
        self.assertEqual({key: row[key] for key in expected}, expected)
        self.assertEqual(row["operations_written"], 90)
        self.assertEqual(row["deletes_written"], 0)
        checkpoints = self.leader.checkpoints("logs")
        for shard in row["shards"]:
            number = shard["shard"]
            self.assertEqual(shard["checkpoint"], checkpoints[number])
            self.assertEqual(shard["leader_checkpoint"], checkpoints[number])
            self.assertEqual((shard["lag_ops"], shard["lag_seconds"]), (0, 0))
            self.assertIn(shard["phase"], ("tail", "sweep"))
            self.assertIsNone(shard["last_error"])

    def test_table_for_people(self):
        self.leader.create("logs")
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(daemon, "logs")
        done = daemon.command("status")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("logs", done.stdout)
        self.assertIn("following", done.stdout)

    def test_no_daemon(self):
        daemon = self.followd([rule(["logs"])])
        self.assertEqual(daemon.command("status", "--json").returncode, 2)

    def test_second_daemon_on_one_state_file(self):
        daemon = self.followd([rule(["logs"])]).start()
        wait_until(daemon.status, what="the daemon answering")
        second = daemon.command("run", timeout=30)
        self.assertEqual(second.returncode, 75, second)
        self.assertIsNone(daemon.process.poll())
        daemon.status()


class Metrics(Replication):
    """/metrics says the same as status, and what went over the wire."""

    def samples(self, daemon):
        """Values by metric; of those with several, by metric and the last label's value."""
        values = {}
        for name, labels, value in re.findall(r"^(\w+)(?:{(.*)})? (\S+)$", daemon.metrics()[1],
                                              re.MULTILINE):
            last = labels.rpartition('="')[2].rstrip('"')
            values[name, last] = float(value)
        return values

    def test_an_index_that_is_followed(self):
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(100), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], follow_index_pattern="copy")]).start()
        self.wait_level(daemon, "logs")
        self.leader.delete_many("logs", range(10))
        wait_until(lambda: self.follower.count("copy") == 90, what="the deletes")
        self.wait_level(daemon, "logs")
        samples = self.samples(daemon)
        for shard, checkpoint in self.leader.checkpoints("logs").items():
            for metric, expected in (("followd_checkpoint", checkpoint),
                                     ("followd_leader_checkpoint", checkpoint),
                                     ("followd_lag_operations", 0), ("followd_lag_seconds", 0)):
                self.assertEqual(samples[metric, str(shard)], expected, metric)
        for metric, expected in (("followd_documents_indexed_total", 100),
                                 ("followd_documents_removed_total", 10),
                                 ("followd_bootstrap_documents", 100),
                                 ("followd_bootstrap_documents_copied", 100)):
            self.assertEqual(samples[metric, "copy"], expected, metric)
        for metric in ("followd_read_bytes_total", "followd_written_bytes_total"):
            self.assertGreater(samples[metric, "copy"], 100 * len('{"n":1}'), metric)
        self.assertEqual(samples["followd_index_phase", "following"], 1)
        for cluster in ("leader", "follower"):
            self.assertGreater(samples["followd_http_requests_total", cluster], 5)
            self.assertGreater(samples["followd_http_received_bytes_total", cluster], 100)
        self.assertGreater(samples["followd_http_responses_total", "200"], 5)


class Api(Replication):
    """Answers are what docs/admin-api.yaml says."""

    def ask(self, connection, method, path, body=None, **headers):
        """The status of an answer, which must be as described, and its document."""
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        found = problems_of_answer(method, path, answer.status, answer.getheader("Content-Type"),
                                   text)
        self.assertEqual(found, [], text)
        return answer.status, text

    def test_on_a_unix_socket(self):
        self.allows_errors = True
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(10), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"]), rule(["gone"], "other")]).start()
        self.wait_level(daemon, "logs")

        def ask(method, path, body=None):
            return self.ask(UnixConnection(str(daemon.admin_path)), method, path, body)

        for path, methods in API["paths"].items():
            self.assertEqual(ask("PUT", path)[0], 405)
            if "get" in methods:
                self.assertEqual(ask("GET", path)[0], 200)
                continue
            for body in ({}, {"all": True, "indices": ["logs"]}, {"all": 1}, {"other": 1}):
                self.assertEqual(ask("POST", path, body)[0], 400, body)
            self.assertEqual(ask("POST", path, {"indices": ["nobody"]})[0], 404)
        one = {"indices": ["logs"], "by": "a test"}
        for verb in ("plan", "pause", "resume", "unfollow", "follow"):
            self.assertEqual(ask("POST", f"/v1/{verb}", one)[0], 200, verb)
            ask("GET", "/v1/status")
            if verb in ("resume", "follow"):
                self.wait_level(daemon, "logs")
        self.assertEqual(ask("POST", "/v1/failback", one)[0], 409)
        self.assertEqual(ask("POST", "/v1/promote", {**one, "drain": "20s"})[0], 200)
        ask("GET", "/v1/status")
        self.follower.call("PUT", "/logs/_doc/new?refresh=true", {"n": 1})
        self.leader.call("PUT", "/logs/_doc/lost?refresh=true", {"n": 1})
        self.assertEqual(ask("POST", "/v1/resume", one)[0], 409)
        report = json.loads(ask("POST", "/v1/plan", one)[1])
        self.assertEqual(report["rows"][0]["lost_writes"], 1)
        report = json.loads(ask("POST", "/v1/failback", one)[1])
        self.assertTrue(report["rows"][0]["lost_writes_file"])
        ask("GET", "/v1/status")

    def test_on_tcp(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        daemon = self.followd([rule(["logs"])], admin={"listen": f"127.0.0.1:{port}"}).start()

        def ask(method, path, **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            return self.ask(connection, method, path, None, **headers)[0]

        wait_until(lambda: ask("GET", "/v1/health") == 200, what="the daemon answering")
        for path, methods in API["paths"].items():
            self.assertEqual(ask("POST", path), 401)
            method = next(iter(methods)).upper()
            self.assertEqual(ask(method, path, Host="elsewhere.example.com"), 403)
        self.assertIsNone(daemon.process.poll())


class Reload(Replication):
    """SIGHUP takes what can be taken and refuses the rest as a whole."""

    def test_a_new_rule(self):
        for index in ("one", "two"):
            self.leader.create(index)
            self.leader.index_many(index, range(50), lambda n: {"n": n})
        daemon = self.followd([rule(["one"], "one")]).start()
        self.wait_level(daemon, "one")
        self.assertIsNone(daemon.row("two"))
        daemon.config["follow"].append(rule(["two"], "two"))
        daemon.write_config()
        daemon.reload()
        for index in ("one", "two"):
            self.wait_level(daemon, index)
            self.assert_equal(index)
        # What another rule means was not touched: its counters went on.
        self.assertEqual(daemon.row("one")["operations_written"], 50)

    def test_a_rule_taken_away(self):
        for index in ("one", "two"):
            self.leader.create(index)
        daemon = self.followd([rule(["one", "two"])]).start()
        self.wait_level(daemon, "two")
        daemon.config["follow"][0]["indices"] = ["one"]
        daemon.write_config()
        daemon.reload()
        wait_until(lambda: daemon.row("two") is None, what="the rule being gone")
        self.leader.call("PUT", "/two/_doc/1", {"n": 1})
        self.leader.call("PUT", "/one/_doc/1", {"n": 1})
        self.wait_level(daemon, "one")
        self.assert_equal("one")
        self.assertEqual(self.follower.count("two"), 0)

    def test_what_needs_a_restart(self):
        self.allows_errors = True
        self.leader.create("one")
        self.leader.create("two")
        daemon = self.followd([rule(["one"])]).start()
        self.wait_level(daemon, "one")
        daemon.config["state"] = {"path": str(daemon.directory / "elsewhere.db")}
        daemon.config["follow"][0]["indices"] = ["one", "two"]
        daemon.write_config()
        daemon.reload()
        wait_until(lambda: "restart needed" in daemon.log_text(), what="the refusal")
        self.leader.call("PUT", "/one/_doc/1", {"n": 1})
        self.wait_level(daemon, "one")
        self.assertIsNone(daemon.row("two"))
        self.assertFalse((daemon.directory / "elsewhere.db").exists())

    def test_a_broken_file(self):
        self.allows_errors = True
        self.leader.create("one")
        daemon = self.followd([rule(["one"])]).start()
        self.wait_level(daemon, "one")
        daemon.config["surprise"] = 1
        daemon.write_config()
        daemon.reload()
        wait_until(lambda: "surprise" in daemon.log_text(), what="the mistake being logged")
        self.leader.call("PUT", "/one/_doc/1", {"n": 1})
        self.wait_until_there("one", 1)

    def wait_until_there(self, index, id):
        wait_until(lambda: self.follower.call("GET", f"/{index}/_doc/{id}")["found"],
                   what="the document being on the follower")


class Verify(Replication):
    """verify reads both clusters itself, finds each planted difference and nothing else."""

    def setUp(self):
        super().setUp()
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(1000), lambda n: {"n": n, "text": "abc"})
        self.leader.delete_many("logs", range(10))
        self.daemon = self.followd([rule(["logs"])]).start()
        self.wait_level(self.daemon, "logs")
        self.assert_equal("logs")

    def version_of(self, id):
        return self.follower.call("GET", f"/logs/_doc/{id}?_source=false")["_version"]

    def differing_ids(self, *arguments):
        code, answer = self.daemon.verify("--wait", "1s", *arguments, "logs")
        self.assertEqual(code, 1, answer)
        self.assertEqual(answer["result"], "differs")
        return sorted(difference["id"] for difference in answer["indices"][0]["differences"])

    def test_equal(self):
        for arguments in ((), ("--deep",), ("--rule", "all")):
            code, answer = self.daemon.verify(*arguments, "lo*")
            self.assertEqual((code, answer["result"]), (0, "equal"), answer)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.daemon.verify("--deep", "logs")[0], 0)

    def test_one_flipped_byte(self):
        self.daemon.stop()
        version = self.version_of(500)
        self.follower.call("PUT", f"/logs/_doc/500?version={version}&version_type=external_gte",
                           {"n": 500, "text": "abd"})
        self.assertEqual(self.daemon.verify("logs")[0], 0)
        self.assertEqual(self.differing_ids("--deep"), ["500"])

    def test_one_lost_document(self):
        self.daemon.stop()
        version = self.version_of(500)
        self.follower.call("DELETE", f"/logs/_doc/500?version={version}&version_type=external_gte")
        self.assertEqual(self.differing_ids(), ["500"])

    def test_one_delete_that_never_came(self):
        self.daemon.stop()
        self.leader.call("DELETE", "/logs/_doc/500")
        self.assertEqual(self.differing_ids(), ["500"])
        self.daemon.start()
        wait_until(lambda: self.daemon.verify("--deep", "logs")[0] == 0, what="being level again")

    def test_one_resurrected_document(self):
        self.daemon.stop()
        # The tombstone has a version, so a raised one is needed before it is forgotten.
        self.follower.call("PUT", f"/logs/_doc/3?version={1 << 30}&version_type=external_gte",
                           {"n": 3, "text": "abc"})
        self.assertIn("3", self.differing_ids())

    def test_under_writes(self):
        """With the daemon at work and writers too, verify finds a moment to tell."""
        for n in range(5):
            self.leader.index_many("logs", range(n * 100, n * 100 + 100), lambda n: {"n": -n})
            code, answer = self.daemon.verify("--wait", "30s", "logs")
            self.assertEqual(code, 0, answer)
            time.sleep(0.2)

    def test_cannot_tell(self):
        self.assertEqual(self.daemon.command("verify", "nothing-like-it").returncode, 2)
        self.daemon.config["clusters"]["follower"]["urls"] = ["http://127.0.0.1:1"]
        self.daemon.write_config()
        self.assertEqual(self.daemon.verify("logs")[0], 2)


if __name__ == "__main__":
    unittest.main()
