"""TLS, users and privileges, on two servers with security."""
import copy
import pathlib
import unittest

from cluster import Cluster
from daemon import Followd, rule
from harness import PORT_BASE, Replication, server_name, wait_until

PASSWORD = "not-a-secret-here"
OPTIONS = ["--security", "--role-file", str(pathlib.Path(__file__).with_name("roles.yml"))]


class Security(Replication):
    """followd needs the documented privileges, and says which are missing."""

    leader = Cluster(server_name("secured-leader"), "9.2.0", PORT_BASE + 2, OPTIONS + [
        "--user", f"reader:{PASSWORD}:reads_leader",
        "--user", f"idler:{PASSWORD}:reads_without_refreshing"])
    follower = Cluster(server_name("secured-follower"), "9.2.0", PORT_BASE + 3, OPTIONS + [
        "--user", f"writer:{PASSWORD}:writes_follower",
        "--user", f"reader:{PASSWORD}:reads_leader"])

    def setUp(self):
        super().setUp()
        self.leader.create("logs", 2)
        self.leader.index_many("logs", range(200), lambda n: {"n": n})

    def daemon(self, reader="reader", writer="writer", password=PASSWORD,
               trusts=("leader", "follower")):
        daemon = self.followd([rule(["logs*"])])
        for name, user, cluster in (("leader", reader, self.leader),
                                    ("follower", writer, self.follower)):
            secret = daemon.directory / f"{name}.password"
            secret.write_text((password if name == "leader" else PASSWORD) + "\n")
            secret.chmod(0o600)
            daemon.config["clusters"][name]["auth"] = {"username": user,
                                                       "password_file": str(secret)}
            if name in trusts:
                daemon.config["clusters"][name]["tls"] = {"ca_file": cluster.ca_file}
        daemon.write_config()
        return daemon

    def give_roles(self, cluster, user, roles):
        """From now on the user has these roles: of a file, since the distribution lacks what an
        index of users takes. The server looks at it every few seconds."""
        path = pathlib.Path(cluster.ca_file).parent / "config/users_roles"
        members = {}
        for line in path.read_text().splitlines():
            role, _, names = line.partition(":")
            members[role] = [name for name in names.split(",") if name and name != user]
        for role in roles:
            members.setdefault(role, []).append(user)
        path.write_text("".join(f"{role}:{','.join(names)}\n"
                                for role, names in members.items() if names))
        asking = copy.copy(cluster)
        asking.auth = (user, PASSWORD)
        wait_until(lambda: set(asking.call("GET", "/_security/_authenticate")["roles"]) ==
                   set(roles), 30, what="the roles being read")

    def assert_nothing_leaks(self, daemon, *texts):
        for text in (daemon.log_text(), *texts):
            self.assertNotIn(PASSWORD, text)

    def test_least_privileges_are_enough(self):
        daemon = self.daemon()
        check = daemon.command("check")
        self.assertEqual(check.returncode, 0, check)
        daemon.start()
        self.wait_level(daemon, "logs")
        self.leader.delete_many("logs", range(0, 200, 3))
        self.leader.call("PUT", "/logs/_doc/new", {"field": "new"})
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")
        code, answer = daemon.verify("--deep", "logs")
        self.assertEqual((code, answer["result"]), (0, "equal"))
        self.assert_nothing_leaks(daemon, check.stdout, check.stderr)

    def test_least_privileges_are_enough_to_promote_and_fail_back(self):
        self.leader.call("PUT", "/_ingest/pipeline/p", {"processors": []})
        self.leader.call("PUT", "/logs/_settings", {"index.final_pipeline": "p"})
        daemon = self.daemon().start()
        self.wait_level(daemon, "logs")
        done = daemon.command("promote", "logs", "--json")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("read_pipeline", done.stdout)
        self.follower.call("PUT", "/logs/_doc/new?refresh=true", {"n": -1})
        # The leader's user may only read: said by name, and nothing is changed there.
        done = daemon.command("failback", "logs", "--json")
        self.assertEqual(done.returncode, 77, done)
        self.leader.call("PUT", "/logs/_doc/there?refresh=true", {"n": -2})
        self.give_roles(self.leader, "reader", ["reads_leader", "writes_follower"])
        self.addCleanup(self.give_roles, self.leader, "reader", ["reads_leader"])
        self.give_roles(self.follower, "writer", ["reads_leader", "writes_follower"])
        self.addCleanup(self.give_roles, self.follower, "writer", ["writes_follower"])
        done = daemon.command("failback", "logs", "--json")
        self.assertEqual(done.returncode, 0, done)
        wait_until(lambda: self.leader.count("logs") == 201, what="the new document at home")

    def test_a_user_that_is_taken_away_while_it_follows(self):
        """Scenario 24: credentials revoked in the middle of it, and given back."""
        self.allows_errors = True
        daemon = self.daemon().start()
        self.wait_level(daemon, "logs")
        self.give_roles(self.leader, "reader", [])
        self.addCleanup(self.give_roles, self.leader, "reader", ["reads_leader"])
        self.leader.call("PUT", "/logs/_doc/new?refresh=true", {"n": -1})
        self.assertEqual(self.failing(daemon), {"leader": "unauthorised"})
        self.give_roles(self.leader, "reader", ["reads_leader"])
        self.wait_level(daemon, "logs")
        self.assert_equal("logs")

    def test_wrong_password(self):
        self.allows_errors = True
        daemon = self.daemon(password="wrong-" + PASSWORD[:3])
        check = daemon.command("check")
        self.assertEqual(check.returncode, 77, check)
        self.assertIn("leader", check.stdout + check.stderr)
        self.assertEqual(daemon.verify("logs")[0], 77)
        daemon.start()
        self.assertEqual(self.failing(daemon), {"leader": "unauthorised"})

    def test_missing_privilege(self):
        daemon = self.daemon(reader="idler")
        check = daemon.command("check")
        self.assertEqual(check.returncode, 77, check)
        self.assertIn("maintenance", check.stdout + check.stderr)
        daemon = self.daemon(writer="reader")
        check = daemon.command("check")
        self.assertEqual(check.returncode, 77, check)
        self.assertIn("write", check.stdout + check.stderr)

    def test_certificate_that_nobody_vouches_for(self):
        self.allows_errors = True
        daemon = self.daemon(trusts=())
        check = daemon.command("check")
        self.assertEqual(check.returncode, 77, check)
        self.assertIn("certificate", check.stdout + check.stderr)
        daemon.start()
        self.assertEqual(self.failing(daemon), {"leader": "untrusted"})
        daemon = self.daemon(trusts=("leader",)).start()
        row = self.wait_for_phase(daemon, "logs", "refused")
        self.assertEqual(row["last_error"]["kind"], "untrusted")
        self.assertIn("follower", row["last_error"]["where"])

    def failing(self, daemon: Followd):
        """The failing clusters by name, once status names one of the leader."""
        def names():
            found = {cluster["name"]: cluster["last_error"]["kind"]
                     for cluster in daemon.status()["clusters"] if cluster["last_error"]}
            return "leader" in found and found
        return wait_until(names, what="status naming the cluster")


if __name__ == "__main__":
    unittest.main()
