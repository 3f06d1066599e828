"""The fault proxy itself, between a plain client and server: each fault does what it says."""
import socket
import threading
import time
import types
import unittest

from fault_proxy import FaultProxy
from harness import wait_until

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 400\r\n\r\n"
ANSWER = HEAD + b"a" * 400
REQUEST = b"POST /logs/_bulk HTTP/1.1\r\ncontent-length: 200\r\n\r\n" + b"r" * 200
GONE = (ConnectionResetError, BrokenPipeError)


class Server:
    """Gives every request of REQUEST's length the same answer, and keeps what it got."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = []
        self.ends = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        got, end = b"", "closed"
        with connection:
            try:
                while piece := connection.recv(65536):
                    got += piece
                    while len(got) >= len(REQUEST):
                        self.got.append(got[:len(REQUEST)])
                        got = got[len(REQUEST):]
                        connection.sendall(ANSWER)
            except GONE:
                end = "reset"
        self.got += [got] if got else []
        self.ends.append(end)


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.listener.close)
        self.proxy = FaultProxy(0, types.SimpleNamespace(port=self.server.port), 1).start()
        self.addCleanup(self.proxy.stop)

    def connect(self):
        client = socket.create_connection(("127.0.0.1", self.proxy.port), timeout=10)
        self.addCleanup(client.close)
        return client

    def ask(self, client, bytes=len(ANSWER), timeout=10):
        """What comes back, and how it ended: whole, closed, reset or silent."""
        got = b""
        try:
            client.settimeout(timeout)
            client.sendall(REQUEST)
            while len(got) < bytes:
                piece = client.recv(65536)
                if not piece:
                    return got, "closed"
                got += piece
        except GONE:
            return got, "reset"
        except TimeoutError:
            return got, "silent"
        return got, "whole"

    def assert_healed(self):
        self.proxy.heal()
        self.assertEqual(self.ask(self.connect()), (ANSWER, "whole"))

    def test_without_faults(self):
        client = self.connect()
        for _ in range(3):
            self.assertEqual(self.ask(client), (ANSWER, "whole"))
        self.assertEqual(self.server.got, [REQUEST] * 3)
        counts = self.proxy.counts()
        self.assertEqual((counts["accepted"], counts["open"]), (1, 1))

    def test_refuse(self):
        client = self.connect()
        self.ask(client)
        self.proxy.inject("refuse")
        self.assertEqual(self.ask(client), (b"", "reset"))
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.assertEqual(self.proxy.injected("refuse"), 1)
        self.assert_healed()

    def test_stall_and_swallow(self):
        for line, got, expected in (("stall", [], b""),
                                    ("stall bytes=60", [REQUEST[:60]], b""),
                                    ("stall direction=answer bytes=50", [REQUEST], ANSWER[:50]),
                                    ("swallow", [], b""),
                                    ("swallow direction=answer", [REQUEST], b"")):
            with self.subTest(line):
                self.server.got.clear()
                client = self.connect()
                self.proxy.inject(line)
                self.assertEqual(self.ask(client, timeout=0.3), (expected, "silent"))
                if line.startswith("stall"):
                    # What hangs goes on hanging until it is healed.
                    self.proxy.clear()
                    self.assertEqual(self.ask(client, timeout=0.1)[1], "silent")
                self.proxy.heal()
                self.assertEqual(self.ask(client)[1], "reset")
                wait_until(lambda: got == [] or got[0] in self.server.got, 5, 0.02)
                self.assert_healed()

    def test_a_stalled_client_that_leaves_is_forgotten(self):
        client = self.connect()
        self.proxy.inject("stall")
        self.ask(client, timeout=0.1)
        client.close()
        wait_until(lambda: self.proxy.counts()["open"] == 0, 5, 0.02, "the connection's end")

    def test_reset_and_cut(self):
        # A reset may overtake what was sent before it, or what the reader had not read yet.
        for line, expected, ends in (
                ("reset", {b""}, {"reset"}),
                ("reset direction=answer bytes=7", {b"", ANSWER[:7]}, {"reset"}),
                ("cut bytes=77", {ANSWER[:77]}, {"closed"}),
                ("cut bytes=439", {ANSWER[:439]}, {"closed"}),
                ("cut direction=request bytes=90", {b""}, {"closed", "reset"})):
            with self.subTest(line):
                self.server.ends.clear()
                client = self.connect()
                before = self.proxy.injected(line)
                self.proxy.inject(line)
                got, end = self.ask(client)
                self.assertIn(got, expected)
                self.assertIn(end, ends)
                wait_until(lambda: self.server.ends, 5, 0.02, "the server being told")
                self.assertEqual(self.proxy.injected(line), before + 1)
                self.assert_healed()
        self.assertIn(REQUEST[:90], self.server.got)

    def test_half_close(self):
        client = self.connect()
        self.proxy.inject("half_close bytes=50")
        self.assertEqual(self.ask(client), (ANSWER[:50], "closed"))
        # Requests still go through.
        client.sendall(REQUEST)
        wait_until(lambda: len(self.server.got) == 2, 5, 0.02, "the second request")
        self.proxy.heal()
        client = self.connect()
        self.proxy.inject("half_close direction=request bytes=50")
        self.assertEqual(self.ask(client), (b"", "closed"))
        wait_until(lambda: REQUEST[:50] in self.server.got, 5, 0.02, "half of a request")
        self.assert_healed()

    def test_corrupt(self):
        for line, place in (("corrupt bytes=9", slice(9, 10)), ("corrupt", slice(0, len(HEAD)))):
            with self.subTest(line):
                self.proxy.inject(line)
                got, _ = self.ask(self.connect())
                different = [at for at in range(len(ANSWER)) if got[at] != ANSWER[at]]
                self.assertEqual(len(different), 1)
                self.assertIn(different[0], range(place.start, place.stop))
                self.assert_healed()

    def test_delay_and_slow(self):
        for line, least in (("delay ms=300", 0.3), ("delay ms=300 direction=request", 0.3),
                            ("slow rate=1000", 0.35), ("slow rate=500 direction=request", 0.35)):
            with self.subTest(line):
                client = self.connect()
                self.proxy.inject(line)
                began = time.monotonic()
                self.assertEqual(self.ask(client), (ANSWER, "whole"))
                self.assertGreaterEqual(time.monotonic() - began, least)
                self.assertLess(time.monotonic() - began, least + 3)
                # It is no longer slow, on the same connection.
                self.proxy.heal()
                self.assertEqual(self.ask(client), (ANSWER, "whole"))

    def test_slice(self):
        client = self.connect()
        self.proxy.inject("slice")
        client.sendall(REQUEST)
        pieces = []
        while sum(map(len, pieces)) < len(ANSWER):
            pieces.append(client.recv(65536))
        self.assertEqual(b"".join(pieces), ANSWER)
        # Some arrive together where the reader is late.
        self.assertGreater(len(pieces), 100)
        self.assert_healed()

    def test_answers_in_the_servers_place(self):
        for line, status, words, reached in (
                ("too_many_requests", b"429", b"es_rejected_execution_exception", 0),
                ("circuit_breaker", b"429", b"circuit_breaking_exception", 0),
                ("service_unavailable", b"503", b"unavailable", 0),
                ("bad_gateway", b"502", b"<html>", 0),
                ("bad_gateway direction=answer", b"502", b"<html>", 1),
                ("html", b"200", b"<html>", 0),
                ("failed_shards", b"200", b'"failed":1', 0)):
            with self.subTest(line):
                self.server.got.clear()
                client = self.connect()
                self.proxy.inject(line)
                got, _ = self.ask(client, timeout=0.2)
                self.assertEqual(got[9:12], status)
                self.assertIn(words, got)
                self.proxy.heal()
                # The connection is as good as before.
                self.assertEqual(self.ask(client), (ANSWER, "whole"))
                self.assertEqual(len(self.server.got), reached + 1)

    def test_only_what_fits_and_so_often(self):
        client = self.connect()
        self.proxy.inject("html path=_search")
        self.proxy.inject("html method=GET")
        self.proxy.inject("html path=_bulk method=POST count=2")
        kinds = [self.ask(client, timeout=0.2)[0][:40] == ANSWER[:40] for _ in range(4)]
        self.assertEqual(kinds, [False, False, True, True])
        self.assertEqual(self.proxy.injected("html"), 2)

    def test_the_same_seed_the_same_fate(self):
        def fates():
            proxy = FaultProxy(0, types.SimpleNamespace(port=self.server.port), 77).start()
            try:
                proxy.inject("corrupt bytes=400 probability=0.5")
                with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as client:
                    return [self.ask(client)[0] for _ in range(20)]
            finally:
                proxy.stop()
        first = fates()
        self.assertEqual(first, fates())
        self.assertGreater(len(set(first)), 5, "nothing was drawn")

    def test_a_server_that_is_not_there(self):
        self.server.listener.shutdown(socket.SHUT_RDWR)
        self.server.listener.close()
        with self.assertRaises(ConnectionResetError):
            self.connect().recv(1)


if __name__ == "__main__":
    unittest.main()
