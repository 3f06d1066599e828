"""A cluster that is restarted as a whole, and answers before it knows which indices it holds."""
import threading
import unittest

from cluster import Cluster
from daemon import rule
from disturbed import failures_of
from harness import PORT_BASE, Replication, server_name
from workload import Load

# As on a cluster of two nodes of which the other one is late. 7.17 then shows a state without any
# index; later servers refuse to.
LATE = ["--setting", "gateway.expected_data_nodes=2", "--setting", "gateway.recover_after_time=15s"]


class Recovering(Replication):
    """Nothing is given up for what such a cluster does not show, as leader or as follower."""

    # Both at once: it is one cluster.
    leader = follower = Cluster(server_name("late"), "7.17.28", PORT_BASE + 4, LATE)

    @classmethod
    def setUpClass(cls):
        cls.leader.start()
        cls.addClassCleanup(cls.leader.purge)

    def test_indices_that_do_not_show_yet_are_not_gone(self):
        self.leader.create("logs", 1)
        self.leader.index_many("logs", range(1000), lambda n: {"n": n})
        daemon = self.followd([rule(["logs"], follow_index_pattern="copy-{{leader_index}}")],
                              tail={"audit_interval": "1d"}).start()
        seen, texts = set(), set()
        with Load(self.leader, ["logs"], pause=0.05):
            self.wait_for_phase(daemon, "logs", "following")
            self.leader.kill()
            starting = threading.Thread(target=self.leader.start_again)
            starting.start()
            while starting.is_alive():
                starting.join(0.05)
                status = daemon.status()
                seen |= {row["phase"] for row in status["followers"]}
                texts |= {failure["what"] for failure in failures_of(status, "logs")}
        self.assertEqual(seen, {"following"})
        self.assertTrue(any("does not know its indices yet" in text for text in texts), texts)
        self.wait_level(daemon, "logs")
        self.assert_equal("logs", "copy-logs")


if __name__ == "__main__":
    unittest.main()
