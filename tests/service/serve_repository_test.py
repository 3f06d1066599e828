"""A snapshot repository served over HTTP by the program, as a person starts it."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from daemon import BINARY


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ServeRepository(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.root = self.directory / "root"
        (self.root / "indices").mkdir(parents=True)
        (self.root / "indices/blob").write_bytes(b"0123456789")
        (self.root / "index-7").write_text("{}")
        (self.root / "index.latest").write_bytes((7).to_bytes(8, "big"))
        (self.directory / "secret").write_text("outside")

    def file(self, name, text, mode=0o600):
        path = self.directory / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def start(self, *arguments, listen="127.0.0.1:0"):
        """The process and its first line."""
        process = subprocess.Popen(
            [BINARY, "serve-repository", "--root", str(self.root), "--listen", listen, *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process, process.stdout.readline()

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def refused(self, *arguments):
        """The exit code and what is said, of a command that must not begin to serve."""
        done = subprocess.run([BINARY, "serve-repository", *arguments], capture_output=True,
                              text=True, timeout=20)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def stop(self, process, number=signal.SIGTERM):
        """The exit code and the rest of what was said."""
        process.send_signal(number)
        said, complained = process.communicate(timeout=20)
        return process.returncode, said, complained

    def port_of(self, line):
        return int(re.search(r"//(?:127\.0\.0\.1|0\.0\.0\.0):(\d+)/", line).group(1))

    def connect(self, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def get(self, connection, path, **headers):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def test_a_life(self):
        process, line = self.start()
        self.assertRegex(line, rf"^followd: serving {re.escape(str(self.root))} at "
                               r"http://127\.0\.0\.1:\d+/ without a token; its root file is index-7\n$")
        connection = self.connect(self.port_of(line))
        self.assertEqual(self.get(connection, "/indices/blob"), (200, b"0123456789"))
        self.assertEqual(self.get(connection, "/indices/blob", Range="bytes=2-4"), (206, b"234"))
        self.assertEqual(self.get(connection, "/../secret")[0], 404)
        self.assertEqual(self.get(connection, "/%2e%2e/secret")[0], 404)
        code, said, complained = self.stop(process)
        self.assertEqual((code, complained), (0, ""))
        self.assertEqual(said, "followd: served 13 bytes of files in answer to 4 requests\n")

    def test_the_manifest(self):
        _, line = self.start()
        status, body = self.get(self.connect(self.port_of(line)), "/?manifest")
        document = json.loads(body)
        self.assertEqual((status, document["root_file"], document["root_changed"]),
                         (200, "index-7", False))
        self.assertEqual({file["path"]: file["size"] for file in document["files"]},
                         {"index.latest": 8, "index-7": 2, "indices/blob": 10})

    def test_a_token_is_needed_and_not_told(self):
        token = "Zm9v-bar_baz.0123456789~"
        process, line = self.start("--token-file", self.file("token", token + "\n"),
                                   listen="0.0.0.0:0")
        self.assertIn("/TOKEN/, with the token of ", line)
        connection = self.connect(self.port_of(line))
        self.assertEqual(self.get(connection, f"/{token}/indices/blob"), (200, b"0123456789"))
        for path in ("/indices/blob", "/?manifest", f"/{token}x/indices/blob", "/TOKEN/index-7"):
            self.assertEqual(self.get(connection, path), (404, b"not found\n"), path)
        code, said, complained = self.stop(process, signal.SIGINT)
        self.assertEqual(code, 0)
        self.assertNotIn(token, line + said + complained)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", self.port_of(line)), timeout=2)

    def test_a_stop_lets_a_transfer_end(self):
        size = 96 << 20
        os.truncate(self.root / "indices/blob", size)
        process, line = self.start()
        connection = self.connect(self.port_of(line))
        connection.request("GET", "/indices/blob")
        answer = connection.getresponse()
        got = len(answer.read(1000))
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        got += len(answer.read())
        self.assertEqual(got, size)
        self.assertEqual(process.wait(20), 0)

    def test_a_client_that_does_not_read_does_not_hold_up_a_stop(self):
        os.truncate(self.root / "indices/blob", 96 << 20)
        process, line = self.start()
        connection = self.connect(self.port_of(line))
        connection.request("GET", "/indices/blob")
        self.assertEqual(connection.getresponse().read(1), b"0")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(15), 0)

    def test_a_client_that_leaves_ends_nothing(self):
        os.truncate(self.root / "indices/blob", 96 << 20)
        process, line = self.start()
        for _ in range(3):
            connection = self.connect(self.port_of(line))
            connection.request("GET", "/indices/blob")
            connection.sock.close()
            connection.close()
        self.assertEqual(self.get(self.connect(self.port_of(line)), "/index-7"), (200, b"{}"))
        self.assertEqual(self.stop(process)[0], 0)

    def test_tls(self):
        cert, key = str(self.directory / "cert.pem"), str(self.directory / "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=test",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-out", cert, "-keyout", key],
                       check=True, capture_output=True, timeout=60)
        _, line = self.start("--tls-cert", cert, "--tls-key", key)
        self.assertRegex(line, r" at https://127\.0\.0\.1:\d+/ ")
        port = int(re.search(r"https://127\.0\.0\.1:(\d+)/", line).group(1))
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port, timeout=20, context=ssl.create_default_context(cafile=cert))
        self.addCleanup(connection.close)
        self.assertEqual(self.get(connection, "/indices/blob"), (200, b"0123456789"))

    def test_an_empty_repository_is_said_to_be_one(self):
        (self.root / "index.latest").unlink()
        self.assertIn("there is no snapshot in it yet", self.start()[1])

    def test_the_command_line(self):
        root = ("--root", str(self.root))
        loopback = ("--listen", "127.0.0.1:0")
        absent = str(self.directory / "absent")
        for arguments, code, words in (
                (root, 64, "--listen is required"),
                (loopback, 64, "--root is required"),
                (("--root", absent, *loopback), 64, f"--root: {absent} cannot be read: No such file"),
                (("--root", str(self.root / "index-7"), *loopback), 64, "is no folder"),
                ((*root, "--listen", "9611"), 64, "host:port"),
                ((*root, "--listen", "unix:/run/x"), 64, "not by a unix socket"),
                ((*root, "--listen", "203.0.113.1:9611", "--token-file", self.file("token", "a")),
                 1, "no such address: change --listen"),
                ((*root, "--listen", "0.0.0.0:0"), 64, "--token-file, or listen on 127.0.0.1"),
                ((*root, "--listen", "[::]:0"), 64, "--token-file, or listen on 127.0.0.1"),
                ((*root, *loopback, "--token-file", absent), 77, "--token-file: "),
                ((*root, *loopback, "--token-file", self.file("bad", "a/b")), 77, "letters, digits"),
                ((*root, *loopback, "--tls-cert", absent), 64, "needed together"),
                ((*root, *loopback, "--tls-cert", absent, "--tls-key", absent), 77,
                 f"--tls-cert: cannot use {absent}"),
                ((*root, *loopback, "more"), 64, "more")):
            with self.subTest(arguments):
                returned, said = self.refused(*arguments)
                self.assertEqual(returned, code, said)
                self.assertIn(words, said)
        self.assertNotIn("a/b", self.refused(*root, *loopback, "--token-file",
                                             str(self.directory / "bad"))[1])

    def test_a_port_that_is_taken(self):
        port = free_port()
        self.start(listen=f"127.0.0.1:{port}")
        code, said = self.refused("--root", str(self.root), "--listen", f"127.0.0.1:{port}")
        self.assertEqual(code, 1)
        self.assertIn("another process listens there: stop it or change --listen", said)

    def test_a_token_that_everybody_can_read_is_warned_of(self):
        process, _ = self.start("--token-file", self.file("token", "abc", 0o644))
        code, _, complained = self.stop(process)
        self.assertEqual(code, 0)
        self.assertIn("can be read by every user", complained)


if __name__ == "__main__":
    unittest.main()
