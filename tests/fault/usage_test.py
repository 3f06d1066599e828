"""What is said to those who call the fault proxy or the soak wrongly."""
import subprocess
import unittest

import fault_proxy

SOAK = fault_proxy.ROOT / "scripts/soak"


class Usage(unittest.TestCase):
    def assert_usage_error(self, program, arguments, words):
        done = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, 64, said)
        self.assertIn(words, said)

    def test_the_proxy(self):
        for arguments, words in (
                (["--seed", "4294967296"], "not in range 0 to 4294967295"),
                (["--seed", "-1"], "not in range 0 to 4294967295"),
                (["--seed", "many"], "--seed"),
                (["--fault", "earthquake"], 'there is no fault "earthquake"; there are: refuse,'),
                (["--fault", "cut bytes=x"], 'cut: bytes is "x", not a whole number'),
                (["--fault", "cut ms=1"], 'cut has no parameter "ms=1"; it has: direction,'),
                (["--to", "0"], "--to"),
                (["--nothing"], "--nothing")):
            with self.subTest(arguments):
                self.assert_usage_error(
                    fault_proxy.BINARY, ["--listen", "0", "--to", "1", *arguments], words)
        self.assert_usage_error(fault_proxy.BINARY, ["--to", "1"], "--listen is required")

    def test_the_soak(self):
        for arguments, words in (
                ([], "required: --minutes"),
                (["--minutes", "0"], "'0' is not a number above 0"),
                (["--minutes", "soon"], "'soon' is not a number above 0"),
                (["--minutes", "1", "--seed", "4294967296"],
                 "'4294967296' is not a whole number from 0 to 4294967295"),
                (["--minutes", "1", "--seed=-1"], "'-1' is not a whole number from 0"),
                (["--minutes", "1", "--faults", "cut,storm"],
                 "there is no fault 'storm'; there are: refuse,"),
                (["--minutes", "1", "--faults", ""], "there is no fault ''"),
                (["--minutes", "1", "more"], "unrecognized arguments: more")):
            with self.subTest(arguments):
                self.assert_usage_error(SOAK, arguments, words)


if __name__ == "__main__":
    unittest.main()
