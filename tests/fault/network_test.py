"""Connections that break or hang, one kind a test."""
import unittest

from disturbed import PROXIES, Disturbed, Fault
from harness import wait_until

BROKEN = {"unreachable", "malformed"}


def at_both(line):
    return {"leader": line, "follower": line}


class Broken(Disturbed):
    """Whatever breaks, the status says what and where, nothing is lost or deleted wrongly, no
    checkpoint runs ahead, and afterwards both sides are equal."""

    def test_nobody_listens(self):
        self.disturb_everything(at_both("refuse"), {"unreachable"},
                                "cannot connect: Connection refused")

    def test_reset_before_anything_was_read(self):
        self.disturb_everything(at_both("reset"), {"unreachable"},
                                "no answer: Connection reset by peer")

    def test_reset_within_the_answer(self):
        """The request was carried out."""
        self.disturb_everything(at_both("reset direction=answer bytes=20-60"), {"malformed"},
                                "cut off: Connection reset by peer")

    def test_cut_within_a_head(self):
        self.disturb_everything(at_both("cut bytes=1-60"), {"malformed"}, "the answer was cut off")

    def test_cut_within_a_search_answer(self):
        self.disturb_everything(at_both("cut path=_search bytes=150-190"), {"malformed"},
                                "_search: the answer was cut off")

    def test_cut_within_a_bulk_answer(self):
        self.disturb_everything({"follower": "cut path=_bulk bytes=112-130"}, {"malformed"},
                                "_bulk: the answer was cut off")

    def test_cut_within_a_bulk_request(self):
        self.disturb_everything({"follower": "cut path=_bulk direction=request bytes=400-600"},
                                {"unreachable"}, "_bulk: no answer")

    def test_answer_closed_and_requests_still_taken(self):
        self.disturb_everything(at_both("half_close bytes=0-60"), BROKEN,
                                "the server closed the connection")

    def test_request_closed_and_answers_still_open(self):
        self.disturb_everything(at_both("half_close direction=request bytes=10-100"),
                                {"unreachable"}, "no answer")

    def test_a_damaged_byte_in_a_head(self):
        """Any byte, as a broken box in between would: a status may become one of an error, and the
        announced length another."""
        self.allows_errors = True
        self.disturb_everything(at_both("corrupt probability=0.7"), None)

    def test_a_damaged_version_of_http(self):
        self.disturb_everything(at_both("corrupt bytes=0-6"), {"malformed"},
                                "the answer is not HTTP")


class Silent(Disturbed):
    """Nobody says anything: only a clock can tell."""

    def test_connections_that_stall(self):
        self.disturb_everything(at_both("stall"), None)

    def test_answers_that_stall_half_way(self):
        self.disturb_everything(at_both("stall direction=answer bytes=20-150"), None)

    def test_requests_that_vanish(self):
        self.disturb_everything(at_both("swallow"), None)

    def test_answers_that_vanish(self):
        """The requests were carried out."""
        self.disturb_everything(at_both("swallow direction=answer"), None)

    def test_a_deadline_ends_the_wait(self):
        """Nothing but the daemon's own clock ends what hangs: the connections stay as they are."""
        for line in ("stall", "swallow direction=answer"):
            with self.subTest(line):
                index = f"logs-{line.split()[0]}"
                self.start_following(index, 100)
                self.wait_level(self.daemon, index)
                fault = Fault("leader", line)
                try:
                    self.leader.index_many(index, range(50, 150), lambda n: {"n": -n})
                    # A listing of all indices may take twice as long as a poll of their shards,
                    # which waits for it.
                    self.wait_for_reason(index, "leader", {"timeout"},
                                         "not done within (15|30)000 ms", timeout=60)
                    self.assertGreater(fault.proxy.counts()["open"], 0)
                finally:
                    fault.proxy.clear()
                self.assert_level_and_equal(index)
                wait_until(lambda: fault.proxy.counts()["open"] <= 4, what="hung connections' end")


if __name__ == "__main__":
    unittest.main()
