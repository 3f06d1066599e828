"""What the tests of bootstraps from snapshots share: a folder that both clusters see."""
import shutil

from cluster import quote
from harness import SNAPSHOTS, wait_until


class SharedFolder:
    """For a test between two clusters: a repository in a folder, empty when the test begins."""

    def setUp(self):
        super().setUp()
        for name in self.repository_names(self.leader):
            for snapshot in self.snapshots(self.leader, name):
                self.leader.call("DELETE", f"/_snapshot/{quote(name)}/{quote(snapshot)}")
        for cluster in (self.leader, self.follower):
            for name in self.repository_names(cluster):
                cluster.call("DELETE", f"/_snapshot/{quote(name)}")
        self.folder = SNAPSHOTS / "shared"
        shutil.rmtree(self.folder, ignore_errors=True)

    def repository_names(self, cluster):
        return list(cluster.call("GET", "/_snapshot"))

    def repositories(self, **more):
        return {"nfs": {"type": "fs", "location": str(self.folder), **more}}

    def snapshots(self, cluster, repository="followd-nfs-leader"):
        answer = cluster.call("GET", f"/_snapshot/{quote(repository)}/_all")
        return [snapshot["snapshot"] for snapshot in answer["snapshots"]]

    def assert_from_snapshot(self, daemon, *indices):
        """They were not copied document by document, and nothing shows how they were made."""
        for index in indices:
            row = daemon.row(index)
            self.assertEqual(row["docs_copied"], 0, row)
            self.assertEqual([text for text in row["warnings"] if "snapshot" in text], [])
            settings = self.follower.settings(row["follower_index"])
            self.assertEqual([name for name in settings
                              if "restore" in name or name.startswith("index.blocks")], [])
            mark = self.follower.call("GET", f"/{quote(row['follower_index'])}/_mapping")[
                row["follower_index"]]["mappings"]["_meta"]["followd"]
            self.assertTrue(mark["origins"][0]["restored"])

    def wait_for_no_snapshots(self, timeout=90):
        wait_until(lambda: self.snapshots(self.leader) == [], timeout,
                   what="the temporary snapshots being gone")
