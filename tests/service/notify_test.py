"""What the service manager is told, by a daemon whose clusters do not answer."""
import os
import socket
import tempfile
import unittest
from unittest import mock

from daemon import Followd, rule

WATCHDOG_SECONDS = 0.4


class Manager:
    """Stands in for systemd: the socket that NOTIFY_SOCKET names."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)

    def next(self, timeout=20):
        """One message as a dictionary."""
        self.socket.settimeout(timeout)
        lines = self.socket.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def next_but_beats(self, timeout=20):
        message = self.next(timeout)
        while "WATCHDOG" in message:
            message = self.next(timeout)
        return message


class Notify(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.manager = Manager(directory.name)
        self.addCleanup(self.manager.socket.close)
        nobody = {"urls": ["http://127.0.0.1:1"]}
        self.daemon = Followd({"clusters": {"leader": nobody, "follower": nobody},
                               "follow": [rule(["logs"])]})
        self.addCleanup(self.daemon.remove)

    def start(self, watchdog=""):
        told = {"NOTIFY_SOCKET": self.manager.path, "WATCHDOG_USEC": watchdog}
        with mock.patch.dict(os.environ, {key: value for key, value in told.items() if value}):
            self.daemon.start()

    def test_a_life_is_told_in_order(self):
        self.start()
        self.assertEqual(self.manager.next_but_beats(),
                         {"READY": "1", "STATUS": "0 of 0 indices followed"})
        # Ready means that the commands find it.
        self.assertEqual(self.daemon.command("status").returncode, 0)

        self.daemon.reload()
        message = self.manager.next_but_beats()
        self.assertEqual(message.pop("RELOADING"), "1")
        self.assertGreater(int(message.pop("MONOTONIC_USEC")), 0)
        self.assertEqual(message, {})
        self.assertEqual(self.manager.next_but_beats()["READY"], "1")

        self.assertEqual(self.daemon.stop(), 0)
        self.assertEqual(self.manager.next_but_beats(), {"STOPPING": "1"})
        with self.assertRaises(TimeoutError):
            self.manager.next(timeout=0.2)

    def test_a_reload_that_is_refused_ends_too(self):
        self.start()
        self.assertEqual(self.manager.next_but_beats()["READY"], "1")
        self.daemon.config["surprise"] = 1
        self.daemon.write_config()
        self.daemon.reload()
        self.assertEqual(self.manager.next_but_beats()["RELOADING"], "1")
        self.assertEqual(self.manager.next_but_beats()["READY"], "1")

    def test_the_watchdog_is_fed_in_time(self):
        self.start(watchdog=str(int(WATCHDOG_SECONDS * 1e6)))
        self.assertEqual(self.manager.next()["READY"], "1")
        for _ in range(5):
            self.assertEqual(self.manager.next(timeout=WATCHDOG_SECONDS)["WATCHDOG"], "1")

    def test_a_daemon_that_cannot_start_is_not_ready(self):
        self.daemon.config["admin"] = {"listen": "unix:/proc/nowhere/admin.sock"}
        self.daemon.write_config()
        self.start()
        self.assertNotEqual(self.daemon.wait_for_exit(), 0)
        with self.assertRaises(TimeoutError):
            self.manager.next(timeout=0.2)


if __name__ == "__main__":
    unittest.main()
