"""Chains and a full mesh among three real clusters: no index is followed back or twice."""
import unittest

from cluster import Cluster
from harness import PORT_BASE, wait_until
from roles import Roles


class ThreeClusters(Roles):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.third = Cluster(f"integration-{PORT_BASE}-third", "9.2.0", PORT_BASE + 6)
        cls.third.start()
        cls.addClassCleanup(cls.third.purge)

    def setUp(self):
        super().setUp()
        self.empty(self.third)

    def started(self, rules):
        daemon = self.followd([])
        daemon.config["clusters"]["third"] = {"urls": [self.third.url]}
        daemon.config["follow"] = rules
        daemon.write_config()
        return daemon.start()

    @staticmethod
    def one(name, leader, follower, indices):
        return {"name": name, "leader": leader, "follower": follower, "indices": indices}

    def wait_count(self, cluster, index, count):
        def has():
            cluster.refresh(index)
            return cluster.exists(index) and cluster.count(index) == count
        wait_until(has, 60, what=f"{count} documents of {index} on {cluster.name}")

    def test_a_chain(self):
        self.put(self.leader, "logs", 20)
        daemon = self.started([self.one("ab", "leader", "follower", ["logs"]),
                               self.one("bc", "follower", "third", ["logs"])])
        self.wait_count(self.third, "logs", 20)
        self.put(self.leader, "logs", 20, first=100)
        self.leader.call("DELETE", "/logs/_doc/d3")
        self.wait_count(self.third, "logs", 39)
        self.assertEqual(self.mark(self.third, "logs")["leader_cluster"], "follower")
        self.assertEqual({row["rule"] for row in daemon.status()["followers"]}, {"ab", "bc"})

    def test_a_full_mesh(self):
        sides = {"leader": self.leader, "follower": self.follower, "third": self.third}
        for name, cluster in sides.items():
            self.put(cluster, f"mesh-{name}", 10)
        daemon = self.started([self.one(f"{there}-{here}", there, here, [f"mesh-{there}*"])
                               for there in sides for here in sides if there != here])
        for name in sides:
            for cluster in sides.values():
                self.wait_count(cluster, f"mesh-{name}", 10)

        def rows():
            found = {(row["leader_index"], row["leader"], row["follower"]): row["phase"]
                     for row in daemon.status()["followers"]}
            wanted = {(f"mesh-{there}", there, here): "following"
                      for there in sides for here in sides if there != here}
            return found == wanted or self.say(found)
        wait_until(rows, 60, what="each index being followed once on each side")
        for name, cluster in sides.items():
            self.put(cluster, f"mesh-{name}", 5, first=50)
            self.assertIsNone(self.mark(cluster, f"mesh-{name}"))
        for name in sides:
            for cluster in sides.values():
                self.wait_count(cluster, f"mesh-{name}", 15)

    @staticmethod
    def say(found):
        raise RuntimeError(str(found))


if __name__ == "__main__":
    unittest.main()
