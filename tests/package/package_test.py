"""The package's life on a clean Debian 12: installed, upgraded, removed, purged."""
import json
import os
import shutil
import stat
import subprocess
import tempfile
import unittest

from clean_root import CleanRoot
from daemon import ROOT

NEXT_VERSION = "9.9.9"
CONFIG = "/etc/followd/followd.yaml"
STATE = "/var/lib/followd/state.db"
INSTALLED = [
    "/usr/bin/followd",
    "/usr/lib/systemd/system/followd.service",
    "/usr/share/bash-completion/completions/followd",
    "/usr/share/doc/followd/README.md",
    "/usr/share/doc/followd/copyright",
    "/usr/share/doc/followd/docs/OPERATIONS.md",
    "/usr/share/doc/followd/examples/followd.alerts.yaml",
    "/usr/share/doc/followd/examples/followd.example.yaml",
    "/usr/share/man/man1/followd.1.gz",
    "/usr/share/man/man5/followd.yaml.5.gz",
    "/usr/share/zsh/vendor-completions/_followd",
]


def package(folder, *arguments):
    done = subprocess.run([str(ROOT / "scripts/package"), *arguments, folder], check=True,
                          stdout=subprocess.PIPE, text=True, timeout=300)
    return done.stdout.strip()


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("mmdebstrap"),
                     "a clean root needs root and mmdebstrap")
class Package(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        first = package(folder.name)
        second = package(folder.name, "--version", NEXT_VERSION)
        self.root = CleanRoot()
        self.addCleanup(self.root.remove)
        self.root.copy_in(first, "/first.deb")
        self.root.copy_in(second, "/next.deb")

    def run_in_root(self, *command, expected=0):
        code, said = self.root.run(*command)
        self.assertEqual(code, expected, said)
        return said

    def as_followd(self, *command, expected=0):
        return self.run_in_root("runuser", "-u", "followd", "--", *command, expected=expected)

    def install(self, file):
        self.run_in_root("apt-get", "install", "--yes", "--no-install-recommends", file)

    def mode_and_owner(self, path):
        return self.run_in_root("stat", "--format=%a %U:%G", path).strip()

    def test_a_life(self):
        self.install("/first.deb")
        self.check_files()
        self.check_user()
        self.check_unit()
        self.check_program()
        self.check_upgrade()
        self.check_removal()
        self.check_purge()

    def check_files(self):
        listed = self.run_in_root("dpkg-query", "--listfiles", "followd").split()
        for path in INSTALLED:
            self.assertIn(path, listed)
        for path in listed:
            if path == "/.":
                continue
            executable = self.root.path(path).is_dir() or path == "/usr/bin/followd"
            self.assertEqual(self.mode_and_owner(path),
                             ("755" if executable else "644") + " root:root", path)
            self.assertFalse(path.startswith("/etc"), path)
        self.assertEqual(self.mode_and_owner("/etc/followd"), "750 root:followd")
        self.assertEqual(os.listdir(self.root.path("/etc/followd")), [])
        self.assertEqual(self.run_in_root("dpkg", "--verify", "followd"), "")

    def check_user(self):
        entry = self.run_in_root("getent", "passwd", "followd").strip().split(":")
        self.assertLess(int(entry[2]), 1000)
        self.assertEqual(entry[5:], ["/var/lib/followd", "/usr/sbin/nologin"])
        self.assertEqual(self.run_in_root("getent", "group", "followd").split(":")[0], "followd")

    def check_unit(self):
        """It is in order, and nobody turned it on."""
        said = self.run_in_root("systemd-analyze", "verify", "--man=no", "followd.service")
        self.assertNotIn("followd", said)
        # From 0 to 100, where 100 is a service that may do everything.
        self.run_in_root("systemd-analyze", "security", "--offline=yes", "--threshold=20",
                         "followd.service")
        self.assertIn("disabled", self.run_in_root("systemctl", "is-enabled", "followd.service",
                                                   expected=1))
        self.run_in_root("systemctl", "enable", "followd.service")

    def check_program(self):
        self.assertTrue(self.run_in_root("followd", "--version").startswith("followd "))
        self.assertIn("complete -F", self.run_in_root(
            "cat", "/usr/share/bash-completion/completions/followd"))
        # Without a configuration, with a mistaken one, with one whose clusters do not answer.
        self.as_followd("followd", "check", expected=78)
        self.root.write(CONFIG, '{"surprise": 1}', owner="root:followd")
        self.assertIn("surprise", self.as_followd("followd", "check", expected=78))
        nobody = {"urls": ["http://127.0.0.1:1"]}
        rule = {"name": "all", "leader": "left", "follower": "right", "indices": ["logs"]}
        self.root.write(CONFIG, json.dumps({"clusters": {"left": nobody, "right": nobody},
                                            "follow": [rule]}), owner="root:followd")
        self.root.path(CONFIG).chmod(0o640)
        self.as_followd("followd", "check", expected=2)

    def check_upgrade(self):
        self.root.write(STATE, "marks", owner="followd:followd")
        config = self.root.path(CONFIG).read_text()
        self.install("/next.deb")
        self.assertEqual(
            self.run_in_root("dpkg-query", "--show", "--showformat=${Version}", "followd"),
            NEXT_VERSION)
        self.assertEqual(self.root.path(CONFIG).read_text(), config)
        self.assertEqual(stat.S_IMODE(self.root.path(CONFIG).stat().st_mode), 0o640)
        self.assertEqual(self.root.path(STATE).read_text(), "marks")
        self.assertEqual(self.mode_and_owner("/etc/followd"), "750 root:followd")

    def check_removal(self):
        self.run_in_root("apt-get", "remove", "--yes", "followd")
        for path in INSTALLED:
            self.assertFalse(self.root.path(path).exists(), path)
        self.assertTrue(self.root.path(CONFIG).exists())
        self.assertEqual(self.root.path(STATE).read_text(), "marks")
        self.run_in_root("getent", "passwd", "followd")

    def check_purge(self):
        self.run_in_root("apt-get", "purge", "--yes", "followd")
        self.assertEqual(self.root.named_after("followd"), [])
        self.run_in_root("getent", "passwd", "followd", expected=2)
        self.run_in_root("getent", "group", "followd", expected=2)


if __name__ == "__main__":
    unittest.main()
