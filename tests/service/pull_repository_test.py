"""A served snapshot repository copied by the program, as a person starts it."""
import json
import os
import pathlib
import pty
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from daemon import BINARY

TOKEN = "Zm9v-bar_baz.0123456789~"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def files_in(folder):
    """Path -> content, without our own folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and ".followd-mirror" not in path.parts}


class PullRepository(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)
        self.root, self.copy = self.directory / "root", self.directory / "copy"
        (self.root / "indices").mkdir(parents=True)
        (self.root / "indices/blob").write_bytes(b"0123456789")
        self.put_root(7)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"

    def put_root(self, generation):
        (self.root / f"index-{generation}").write_text("{}")
        (self.root / "index.latest").write_bytes(generation.to_bytes(8, "big"))
        if generation > 7:
            (self.root / f"index-{generation - 1}").unlink()

    def file(self, name, text):
        path = self.directory / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def serve(self, *arguments):
        process = subprocess.Popen(
            [BINARY, "serve-repository", "--root", str(self.root), "--listen",
             f"127.0.0.1:{self.port}", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        self.assertIn("serving", process.stdout.readline())
        return process

    def end(self, process):
        if process.poll() is None:
            process.kill()
        process.communicate()

    def command(self, *arguments, url=None):
        return [BINARY, "pull-repository", "--from", url or self.url, "--to", str(self.copy),
                *arguments]

    def pull(self, *arguments, url=None, **options):
        return subprocess.run(self.command(*arguments, url=url), capture_output=True, text=True,
                              timeout=60, **options)

    def start(self, *arguments):
        process = subprocess.Popen(self.command(*arguments), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(self.end, process)
        return process

    def assert_copied(self):
        self.assertEqual(files_in(self.copy), files_in(self.root))

    def test_a_copy_and_what_is_new(self):
        self.serve()
        done = self.pull()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertRegex(done.stdout, rf"^followd: {re.escape(str(self.copy))} is a copy of "
                         rf"{re.escape(self.url)} as of index-7: 2 files of 12 B; copied 2 "
                         r"\(12 B\), removed 0, in \d+.*\n$")
        self.assert_copied()
        (self.root / "indices/other").write_bytes(b"abc")
        (self.root / "indices/blob").unlink()
        self.put_root(8)
        answer = json.loads(self.pull("--json").stdout)
        self.assertGreaterEqual(answer.pop("seconds"), 0)
        self.assertEqual(answer, {
            "schema": 1, "done": True, "from": self.url, "to": str(self.copy),
            "root_file": "index-8", "newer_root_file": None, "files": 2, "bytes": 5,
            "files_copied": 2, "bytes_copied": 5, "files_removed": 2, "failure": None})
        self.assert_copied()

    def test_a_token_from_a_file_or_in_the_address_is_never_told(self):
        token = self.file("token", TOKEN + "\n")
        self.serve("--token-file", token)
        for arguments, url in ((("--token-file", token), None), ((), f"{self.url}{TOKEN}/")):
            done = self.pull(*arguments, url=url)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn(TOKEN, done.stdout + done.stderr)
            self.assert_copied()
        for url in (None, f"{self.url}{TOKEN}x"):
            done = self.pull(url=url)
            self.assertEqual(done.returncode, 77)
            self.assertIn("the token is not the one of its --token-file", done.stderr)
            self.assertNotIn(TOKEN, done.stdout + done.stderr)
        for text in (path.read_text() for path in (self.copy / ".followd-mirror").glob("*")
                     if path.is_file()):
            self.assertNotIn(TOKEN, text)

    def test_a_source_that_is_away(self):
        token = f"{self.url}{TOKEN}"
        for arguments in ((), ("--json",)):
            done = self.pull(*arguments, url=token)
            self.assertEqual(done.returncode, 2)
            self.assertIn("Connection refused", done.stderr)
            self.assertIn("Does followd serve-repository run there", done.stderr)
            self.assertNotIn(TOKEN, done.stdout + done.stderr)
        self.assertEqual(json.loads(done.stdout)["failure"]["kind"], "unreachable")

    def test_tls(self):
        cert, key = str(self.directory / "cert.pem"), str(self.directory / "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=test",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-out", cert, "-keyout", key],
                       check=True, capture_output=True, timeout=60)
        self.serve("--tls-cert", cert, "--tls-key", key)
        url = self.url.replace("http:", "https:")
        done = self.pull(url=url)
        self.assertEqual(done.returncode, 77)
        self.assertIn("--ca-file", done.stderr)
        done = self.pull("--ca-file", cert, url=url)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_copied()

    def test_a_folder_with_anything_in_it_is_left_alone(self):
        self.serve()
        self.copy.mkdir()
        (self.copy / "letter").write_text("dear")
        done = self.pull()
        self.assertEqual(done.returncode, 1)
        self.assertIn("neither empty nor a mirror that followd made", done.stderr)
        self.assertEqual(os.listdir(self.copy), ["letter"])

    def test_a_full_disk_and_going_on_afterwards(self):
        (self.root / "indices/large").write_bytes(os.urandom(30 << 20))
        self.serve()

        def at_most_10_mb():
            resource.setrlimit(resource.RLIMIT_FSIZE, (10 << 20, 10 << 20))
        done = self.pull(preexec_fn=at_most_10_mb)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("cannot be written: File too large", done.stderr)
        self.assertFalse((self.copy / "index-7").exists())
        answer = json.loads(self.pull("--json").stdout)
        self.assertTrue(answer["done"])
        self.assertLess(answer["bytes_copied"], 25 << 20)
        self.assert_copied()

    def test_killed_anywhere_it_goes_on_from_there(self):
        size = 60 << 20
        (self.root / "indices/large").write_bytes(os.urandom(size))
        self.serve()
        parts = self.copy / ".followd-mirror"
        process = self.start()
        while not any(path.stat().st_size > size // 4 for path in parts.glob("parts-*/*")):
            self.assertIsNone(process.poll(), "too quick to tell")
            time.sleep(0.001)
        process.kill()
        process.wait()
        self.assertFalse((self.copy / "index.latest").exists())
        answer = json.loads(self.pull("--json").stdout)
        self.assertLess(answer["bytes_copied"], size - size // 4 + 100)
        self.assert_copied()

    def test_every(self):
        server = self.serve()
        process = self.start("--every", "1s")
        self.assertIn("as of index-7", process.stdout.readline())
        self.put_root(8)
        while "as of index-8" not in process.stdout.readline():
            self.assertIsNone(process.poll())
        self.end(server)
        self.assertIn("Does followd serve-repository run there", process.stderr.readline())
        self.put_root(9)
        self.serve()
        while "as of index-9" not in process.stdout.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(20), 0)
        self.assert_copied()

    def test_every_does_not_wait_for_a_wrong_folder(self):
        self.serve()
        self.copy.mkdir()
        (self.copy / "letter").write_text("dear")
        self.assertEqual(self.pull("--every", "1s").returncode, 1)

    def test_a_stop_in_the_middle(self):
        (self.root / "indices/large").write_bytes(os.urandom(100 << 20))
        self.serve()
        process = self.start()
        parts = self.copy / ".followd-mirror"
        while not any(path.stat().st_size > 1 << 20 for path in parts.glob("parts-*/*")):
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, complained = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 2)
        self.assertIn("the same command goes on from there", complained)

    def test_a_terminal_is_shown_how_far_it_is(self):
        (self.root / "indices/large").write_bytes(os.urandom(200 << 20))
        self.serve()
        ours, theirs = pty.openpty()
        process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=theirs)
        self.addCleanup(self.end, process)
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
        os.close(ours)
        self.assertEqual(process.wait(30), 0)
        self.assertRegex(seen.decode(), r"\r\x1b\[K\d+ MB of 209 MB, \d of 3 files, [\d.]+ [MG]B/s")
        self.assertTrue(seen.endswith(b"\r\x1b[K"), seen[-100:])

    def test_the_command_line(self):
        to = ("--to", str(self.copy))
        for arguments, code, words in (
                (("--from", self.url), 64, "--to is required"),
                (to, 64, "--from is required"),
                (("--from", "ftp://x/s3cret", *to), 64, "begins with http:// or https://"),
                (("--from", "http://u:s3cret@h/", *to), 64, "do not belong in a URL"),
                (("--from", self.url + "s3cret?manifest", *to), 64, "no query"),
                (("--from", self.url, *to, "--every", "soon"), 64, "write a duration"),
                (("--from", self.url, *to, "--every", "10ms"), 64, "a second at least"),
                (("--from", self.url, *to, "--token-file", str(self.copy)), 77, "--token-file"),
                (("--from", self.url, *to, "--token-file", self.file("bad", "s3/cret")), 77,
                 "letters, digits"),
                (("--from", self.url, "--to", str(self.copy / "deeper")), 1,
                 "the folder above it does not exist"),
                (("--from", self.url.replace("http", "https"), *to, "--ca-file",
                  str(self.copy)), 77, "--ca-file")):
            with self.subTest(arguments):
                done = subprocess.run([BINARY, "pull-repository", *arguments],
                                      capture_output=True, text=True, timeout=20)
                self.assertEqual((done.returncode, done.stdout), (code, ""), done.stderr)
                self.assertIn(words, done.stderr)
                self.assertNotIn("s3cret", done.stderr)


if __name__ == "__main__":
    unittest.main()
