"""A Debian 12 of its own, with nothing in it but apt and systemd."""
import os
import pathlib
import shutil
import subprocess
import tempfile


class CleanRoot:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="followd-root-"))
        try:
            # The lists of packages stay, so that dependencies can be found.
            subprocess.run(["mmdebstrap", "--quiet", "--variant=apt", "--include=systemd",
                            "--skip=cleanup/apt/lists", "bookworm", str(self.folder)],
                           check=True, timeout=400)
        except BaseException:
            self.remove()
            raise

    def path(self, path):
        """Where a path of the root is for us."""
        return self.folder / path.lstrip("/")

    def run(self, *command):
        """In the root; its exit code and all that it said."""
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root",
                       "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["chroot", str(self.folder), *command], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300)
        return done.returncode, done.stdout

    def copy_in(self, file, path):
        shutil.copyfile(file, self.path(path))

    def write(self, path, text, owner="root"):
        self.path(path).parent.mkdir(parents=True, exist_ok=True)
        self.path(path).write_text(text)
        code, said = self.run("chown", owner, path)
        if code != 0:
            raise RuntimeError(said)

    def named_after(self, name):
        """Every path with `name` in it, but for what dpkg and apt remember."""
        kept = ("var/lib/dpkg", "var/lib/apt", "var/cache", "var/log")
        found = []
        for folder, folders, files in os.walk(self.folder):
            inside = os.path.relpath(folder, self.folder)
            if inside.startswith(kept):
                folders.clear()
                continue
            found += [os.path.join("/", inside, entry) for entry in folders + files
                      if name in entry]
        return sorted(found)

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
