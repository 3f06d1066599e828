"""The manual has every command and option, and is in order."""
import re
import shutil
import subprocess
import unittest

from command_line import options, whole_commands
from daemon import ROOT

PAGES = sorted((ROOT / "docs/man").glob("followd*.[1-8]"))


class Manual(unittest.TestCase):
    def setUp(self):
        text = (ROOT / "docs/man/followd.1").read_text()
        self.synopsis = text.partition(".Sh SYNOPSIS\n")[2].partition(".Sh ")[0]
        sections = text.partition(".Sh COMMANDS\n")[2].partition(".Sh ")[0]
        self.sections = dict(re.findall(r"^\.Ss followd ([\w -]+)\n(.*?)(?=^\.Ss|\Z)", sections,
                                        re.MULTILINE | re.DOTALL))

    def test_has_every_command_and_no_other(self):
        names = [" ".join(command) for command in whole_commands()]
        self.assertGreaterEqual(len(names), 5)
        self.assertEqual(sorted(self.sections), sorted(names))
        for name in names:
            self.assertIn(f".Cm {name}\n", self.synopsis)

    def test_has_every_option_of_each_command_and_no_other(self):
        for command in whole_commands():
            with self.subTest(command):
                # "Fl -json" makes --json; --help is that of every command.
                in_manual = {"--help"} | {"-" + option for option in re.findall(
                    r"Fl (-[a-z-]+)", self.sections[" ".join(command)])}
                self.assertEqual(in_manual, set(options(*command)))

    def test_has_the_options_of_the_program(self):
        for option in options():
            self.assertIn(f".Fl {option[1:]}", self.synopsis)

    def test_is_well_formed(self):
        self.assertEqual(len(PAGES), 2)
        checkers = [command for command in (
            ["mandoc", "-T", "lint", "-W", "warning"],
            ["man", "--warnings", "--encoding=UTF-8", "--local-file", "-Tutf8", "-Z"])
            if shutil.which(command[0])]
        if not checkers:
            self.skipTest("neither mandoc nor man is here")
        for page in PAGES:
            for checker in checkers:
                with self.subTest(page=page.name, checker=checker[0]):
                    done = subprocess.run([*checker, str(page)], capture_output=True, text=True,
                                          timeout=60)
                    said = done.stderr + (done.stdout if checker[0] == "mandoc" else "")
                    self.assertEqual((done.returncode, said), (0, ""))


if __name__ == "__main__":
    unittest.main()
