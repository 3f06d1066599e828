"""The part of scripts/bench about repositories that are served and copied. It needs no servers."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from daemon import BINARY

LARGE_BYTES = 2 << 30
BLOBS, BLOB_BYTES = 200, 5 << 20
NGINX = """{user} daemon off; pid {folder}/nginx.pid; error_log stderr crit; worker_processes 1;
events {{ worker_connections 64; }}
http {{ access_log off; sendfile on; client_body_temp_path {folder}/nginx-body;
        proxy_temp_path {folder}/nginx-proxy; fastcgi_temp_path {folder}/nginx-fastcgi;
        uwsgi_temp_path {folder}/nginx-uwsgi; scgi_temp_path {folder}/nginx-scgi;
        server {{ listen 127.0.0.1:{port}; root {root}; }} }}
"""


def median(values):
    return sorted(values)[len(values) // 2]


def read_speed(url, *options):
    """MB/s of one reader of the whole file that keeps nothing."""
    done = subprocess.run(["curl", "-fsS", "--noproxy", "*", "-o", os.devnull, "-w",
                           "%{size_download} %{time_total}", *options, url],
                          check=True, capture_output=True, text=True)
    size, seconds = done.stdout.split()
    assert int(size) == LARGE_BYTES, done.stdout
    return int(size) / float(seconds) / 1e6


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


class Served:
    """followd serve-repository of a folder, for the time of a with block."""

    def __init__(self, root, *options):
        self.command = [BINARY, "serve-repository", "--root", str(root), "--listen", "127.0.0.1:0",
                        *options]

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        self.url = re.search(r"https?://[^/]+/", self.process.stdout.readline()).group()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Nginx:
    def __init__(self, folder, root, port):
        self.url = f"http://127.0.0.1:{port}/"
        self.configuration = folder / "nginx.conf"
        self.configuration.write_text(NGINX.format(
            user="user root;" if os.geteuid() == 0 else "", folder=folder, root=root, port=port))

    def __enter__(self):
        self.process = subprocess.Popen(["nginx", "-c", str(self.configuration)])
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def make_repository(root):
    (root / "indices").mkdir(parents=True)
    piece = os.urandom(BLOB_BYTES)
    with open(root / "large", "wb") as large:
        while large.tell() < LARGE_BYTES:
            large.write(piece[:min(len(piece), LARGE_BYTES - large.tell())])
    (root / "index-1").write_text("{}")
    (root / "index.latest").write_bytes((1).to_bytes(8, "big"))


def served(folder, root, rounds, row):
    """Alternating, as the machine's speed moves from one minute to the next."""
    speeds = {"followd": [], "nginx": []}
    has_nginx = shutil.which("nginx") is not None
    with Served(root) as ours:
        read_speed(ours.url + "large")
        before = cpu_seconds(ours.process.pid)
        for _ in range(rounds):
            speeds["followd"].append(read_speed(ours.url + "large"))
            if has_nginx:
                with Nginx(folder, root, 9419) as theirs:
                    speeds["nginx"].append(read_speed(theirs.url + "large"))
        used = (cpu_seconds(ours.process.pid) - before) / (rounds * LARGE_BYTES / 1e9)

    def told(name):
        return f"{median(speeds[name]):,.0f} ({', '.join(f'{one:,.0f}' for one in speeds[name])})"
    row("serve-repository, 2 GiB to one local reader, MB/s: median (all)", "", told("followd"))
    row("  CPU-s a GB of the server", "", f"{used:.2f}")
    row("  nginx in the same run, one worker, sendfile, MB/s", "",
        told("nginx") if has_nginx else "is not installed")


def served_with_tls(folder, root, rounds, row):
    cert, key = str(folder / "cert.pem"), str(folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=bench",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-out", cert, "-keyout", key],
                   check=True, capture_output=True)
    with Served(root, "--tls-cert", cert, "--tls-key", key) as ours:
        speeds = [read_speed(ours.url + "large", "--cacert", cert) for _ in range(rounds)]
    row("  the same over TLS, MB/s", "", f"{median(speeds):,.0f}")


def copy_locally(source, to):
    """MB/s, one file after the other."""
    to.mkdir()
    began = time.monotonic()
    for path in source.iterdir():
        shutil.copyfile(path, to / path.name)
        with open(to / path.name, "rb") as copy:
            os.fsync(copy.fileno())
    return BLOBS * BLOB_BYTES / (time.monotonic() - began) / 1e6


def copied(folder, root, row):
    (root / "large").unlink()
    for number in range(BLOBS):
        (root / f"indices/__{number}").write_bytes(os.urandom(BLOB_BYTES))
    with Served(root) as ours:
        command = [BINARY, "pull-repository", "--from", ours.url, "--to", str(folder / "copy"),
                   "--json"]
        first = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        assert first["files_copied"] == BLOBS + 1, first
        again = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        assert again["files_copied"] == 0, again
    local = copy_locally(root / "indices", folder / "local")
    row(f"pull-repository, {BLOBS} files of 5 MiB, each made durable, MB/s", "",
        f"{first['bytes_copied'] / first['seconds'] / 1e6:,.0f}")
    row("  the same files copied on this machine, each made durable, MB/s", "", f"{local:,.0f}")
    row("  where nothing is new, ms", "", f"{again['seconds'] * 1000:.0f}")


def repository(rounds, row):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="followd-bench-"))
    try:
        root = folder / "root"
        make_repository(root)
        served(folder, root, rounds, row)
        served_with_tls(folder, root, rounds, row)
        copied(folder, root, row)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
