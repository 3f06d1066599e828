"""Servers, and what stands before them, that answer something else than what was asked for."""
import time
import unittest

from daemon import rule
from disturbed import Disturbed, Fault
from harness import wait_until
from workload import Load

REQUESTS = {"leader": "_search", "follower": "_bulk"}


def answered(fault, **more):
    return {side: f"{fault} path={path}" + "".join(f" {key}={value}" for key, value in more.items())
            for side, path in REQUESTS.items()}


class OtherAnswers(Disturbed):
    """None of them is taken for what was asked for, each is named, and none needs a person."""

    def test_too_many_requests(self):
        self.disturb_everything(answered("too_many_requests"), {"throttled"},
                                "es_rejected_execution_exception")

    def test_circuit_breaker(self):
        self.disturb_everything(answered("circuit_breaker"), {"throttled"},
                                r"circuit_breaking_exception: \[parent\] Data too large")

    def test_service_unavailable(self):
        self.disturb_everything(answered("service_unavailable"), {"unavailable"},
                                "HTTP status 503")

    def test_bad_gateway_though_it_was_carried_out(self):
        self.disturb_everything(answered("bad_gateway", direction="answer"), {"unavailable"},
                                "HTTP status 502")

    def test_a_page_for_people(self):
        self.disturb_everything(answered("html"), {"malformed"}, "not what was expected")

    def test_every_request_gets_a_page_for_people(self):
        self.disturb_everything({"leader": "html", "follower": "html"}, {"malformed"})

    def test_any_request_gets_the_answer_to_another(self):
        """JSON and 200, though it was carried out: no index is taken for gone or foreign, and no
        mapping for copied."""
        names = [f"logs-{number}" for number in range(3)]
        for name in names:
            self.leader.create(name, 1, {"properties": {"code": {"type": "keyword"}}})
            self.leader.index_many(name, range(200), lambda n: {"n": n, "code": "2020-01-01"})
        faults = [Fault(side, "failed_shards direction=answer probability=0.25")
                  for side in ("leader", "follower")]
        self.daemon = self.followd([rule(["logs-*"])]).start()
        phases = set()
        with Load(self.leader, names, seed=self.id(), pause=0.1):
            for number in range(8):
                for name in names:
                    self.leader.call("PUT", f"/{name}/_mapping", {
                        "properties": {f"code-{number}": {"type": "keyword"}}})
                    self.leader.call("PUT", f"/{name}/_doc/new-{number}",
                                     {f"code-{number}": "2021-02-03"})
                phases |= {row["phase"] for row in self.daemon.status()["followers"]}
                time.sleep(1)
        for fault in faults:
            fault.wait(5)
            fault.heal()
        self.assertLessEqual(phases, {"discovered", "creating", "bootstrap", "following"})
        for name in names:
            self.assert_level_and_equal(name)
            self.assertEqual(self.leader.mappings(name), self.follower.mappings(name))


class FailedShards(Disturbed):
    """200 and "failed": 1 means that nothing is known: least of all that a document is gone."""

    def test_no_search_counts(self):
        self.disturb_everything({"leader": "failed_shards path=_search",
                                 "follower": "failed_shards path=_search"},
                                {"unavailable", "malformed"})

    def test_no_refresh_counts(self):
        self.disturb_everything({"leader": "failed_shards path=_refresh"}, {"unavailable"},
                                "refresh")

    def test_nothing_is_deleted_for_want_of_an_answer(self):
        """A deletion is due, and half of what would find it fails."""
        index = "logs"
        self.start_following(index)
        self.wait_level(self.daemon, index)
        for side in ("leader", "follower"):
            fault = Fault(side, "failed_shards path=_search probability=0.5")
            self.leader.delete_many(index, range(0, 50) if side == "leader" else range(50, 100))
            fault.wait(3)
            self.stay(index, 2)
            fault.heal()
        self.assert_level_and_equal(index)
        row = wait_until(lambda: self.daemon.row(index))
        self.assertEqual(row["deletes_written"], 100)


class WhatVerifySays(Disturbed):
    """It never tells of a difference, nor of equality, that it could not see."""

    def test_under_each_fault(self):
        index = "logs"
        self.start_following(index, 500)
        self.wait_level(self.daemon, index)
        self.assert_equal(index)
        for side in ("leader", "follower"):
            for line in ("failed_shards path=_search", "cut path=_search bytes=150-190",
                         "html path=_search", "circuit_breaker path=_search", "refuse"):
                with self.subTest(side=side, fault=line):
                    fault = Fault(side, line)
                    code, report = self.daemon.verify("--wait", "1s", index)
                    self.assertEqual(code, 2, report)
                    fault.wait(1)
                    fault.heal()
        self.assert_level_and_equal(index)


if __name__ == "__main__":
    unittest.main()
