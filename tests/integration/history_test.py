"""A leader whose past changes: its index is restored from a snapshot over itself."""
import unittest

from daemon import rule
from harness import SNAPSHOTS, Replication


class RestoredLeader(Replication):
    """Sequence numbers are given a second time in a new history: nothing is skipped silently, and
    both sides end equal."""

    def setUp(self):
        super().setUp()
        # While the index is closed for the restore, its shards cannot be read.
        self.allows_errors = True
        self.leader.call("PUT", "/_snapshot/backups", {"type": "fs", "settings": {
            "location": str(SNAPSHOTS / "backups")}})
        self.addCleanup(self.leader.call, "DELETE", "/_snapshot/backups")
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(500), lambda n: {"n": n})
        self.leader.call("PUT", "/_snapshot/backups/before?wait_for_completion=true",
                         {"indices": "logs"})
        self.addCleanup(self.leader.call, "DELETE", "/_snapshot/backups/before")
        self.daemon = self.followd([rule(["logs"])]).start()
        # What the restore takes back: inserts, updates and deletes.
        self.leader.index_many("logs", range(500, 900), lambda n: {"n": n})
        self.leader.index_many("logs", range(100, 200), lambda n: {"n": -n})
        self.leader.delete_many("logs", range(100))
        self.wait_level(self.daemon, "logs")
        self.assert_equal("logs")

    def restore(self):
        self.leader.call("POST", "/logs/_close")
        self.leader.call("POST", "/_snapshot/backups/before/_restore?wait_for_completion=true",
                         {"indices": "logs"})

    def assert_followed_again(self):
        # The same numbers again, for other documents; so that no count gives it away.
        self.leader.index_many("logs", range(2000, 2400), lambda n: {"n": n})
        self.leader.index_many("logs", range(200, 300), lambda n: {"n": -n})
        self.leader.delete_many("logs", range(300, 400))
        documents = self.assert_equal("logs", timeout=120)
        self.assertEqual(len(documents), 800)
        self.wait_level(self.daemon, "logs")
        self.assertEqual(self.daemon.verify("--deep", "logs")[0], 0)

    def test_while_following(self):
        self.restore()
        self.assert_followed_again()

    def test_while_the_daemon_was_down(self):
        self.assertEqual(self.daemon.stop(), 0)
        self.restore()
        self.leader.index_many("logs", range(3000, 3100), lambda n: {"n": n})
        self.leader.delete_many("logs", range(3000, 3100))
        self.daemon.start()
        self.assert_followed_again()


if __name__ == "__main__":
    unittest.main()
