"""What the shells offer, asked of the shells themselves."""
import os
import shutil
import subprocess
import tempfile
import unittest

from command_line import commands, groups, options, said, whole_commands

ASK_BASH = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
_followd
printf '%s\\n' "${COMPREPLY[@]}"
"""


class Bash(unittest.TestCase):
    def setUp(self):
        file = tempfile.NamedTemporaryFile("w", suffix=".bash")
        self.addCleanup(file.close)
        file.write(said("completion", "bash"))
        file.flush()
        self.path = file.name

    def offered(self, *words, directory="/"):
        done = subprocess.run(["bash", "-c", ASK_BASH, "bash", self.path, "followd", *words],
                              capture_output=True, text=True, cwd=directory, timeout=20)
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_commands(self):
        self.assertEqual(sorted(self.offered("")), sorted([*commands(), *options()]))
        self.assertEqual(self.offered("ver"), ["verify"])
        self.assertEqual(self.offered("verify"), ["verify"])

    def test_options_of_each_command(self):
        for command in whole_commands():
            with self.subTest(command):
                self.assertEqual(sorted(self.offered(*command, "-")), sorted(options(*command)))

    def test_commands_of_a_group(self):
        self.assertIn("snapshots", groups())
        for group in groups():
            with self.subTest(group):
                self.assertEqual(sorted(self.offered(group, "")),
                                 sorted([*commands(group), *options(group)]))
        self.assertEqual(self.offered("snapshots", "res"), ["restore"])

    def test_a_file_after_config(self):
        with tempfile.TemporaryDirectory() as directory:
            open(os.path.join(directory, "followd.yaml"), "w").close()
            self.assertEqual(self.offered("run", "--config", "fol", directory=directory),
                             ["followd.yaml"])

    def test_a_folder_after_root(self):
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(os.path.join(directory, "backups"))
            self.assertEqual(self.offered("serve-repository", "--root", "b", directory=directory),
                             ["backups"])

    def test_nothing_where_only_a_person_knows(self):
        self.assertEqual(self.offered("verify", "--wait", ""), [])


class Zsh(unittest.TestCase):
    def setUp(self):
        self.text = said("completion", "zsh")

    def test_has_every_command_and_option(self):
        for command in whole_commands():
            with self.subTest(command):
                branch = self.text
                for word in command:
                    self.assertIn(f"        '{word}:", branch)
                    branch = branch.partition(f"        {word})\n")[2]
                for option in options(*command):
                    self.assertIn(f"'{option}[", branch.partition(";;")[0])

    def test_is_a_script_of_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not here")
        done = subprocess.run(["zsh", "-n", "/dev/stdin"], input=self.text, capture_output=True,
                              text=True, timeout=20)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
