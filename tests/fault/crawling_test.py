"""Connections that are slow or bring bytes one by one: nothing fails, and all of it arrives."""
import unittest

from disturbed import Disturbed, Fault, failures_of
from workload import Load


class Crawling(Disturbed):
    """The follower becomes level while the fault lasts."""

    def crawl(self, *lines):
        index = "logs"
        faults = [Fault(side, line) for side in ("leader", "follower") for line in lines]
        self.start_following(index, 1000)
        with Load(self.leader, [index], seed=self.id(), pause=0.05) as load:
            self.wait_for_phase(self.daemon, index, "following")
            copied = [fault.happened() for fault in faults]
            self.stay(index, 1)
            self.assertGreater(load.operations, 50)
        self.assert_level_and_equal(index)
        for fault, before in zip(faults, copied):
            self.assertGreater(before, 0, f"{fault.line} did not happen at the {fault.side}")
            self.assertGreater(fault.happened(), before, f"{fault.line}: not in the tail")
        self.assertEqual(failures_of(self.daemon.status(), index), [])
        for fault in faults:
            fault.heal()

    def test_delayed(self):
        self.crawl("delay ms=40 direction=answer")

    def test_slow(self):
        self.crawl("slow rate=150000 direction=answer")

    def test_byte_by_byte(self):
        self.crawl("slice direction=answer")

    def test_requests_byte_by_byte(self):
        self.crawl("slice direction=request")


if __name__ == "__main__":
    unittest.main()
