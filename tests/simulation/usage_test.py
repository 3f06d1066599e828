#!/usr/bin/env python3
"""usage: usage_test.py FOLLOWD-SIM FOLLOWD-SIM-MUTANTS: what a person types wrong is said, and exits 64."""
import subprocess
import sys
import unittest

SIM, MUTANTS = sys.argv[1:3]


class Usage(unittest.TestCase):
    def expect_refusal(self, command: list[str], *texts: str) -> None:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 64, done)
        for text in texts:
            self.assertIn(text, done.stderr)

    def test_seeds(self) -> None:
        self.expect_refusal([SIM], "--seed")
        self.expect_refusal([SIM, "--seed", "1", "--seeds", "1..2"], "--seed")
        for text in ("7", "9..3", "1..", "-1..4", "1..99999999999999999999", "a..b"):
            self.expect_refusal([SIM, "--seeds", text], "A..B", text)
        self.expect_refusal([SIM, "--seed", "-1"])
        self.expect_refusal([SIM, "--seed", "99999999999999999999"])
        self.expect_refusal([SIM, "--minutes", "0"], "--minutes")

    def test_faults(self) -> None:
        self.expect_refusal([SIM, "--seed", "1", "--faults", "failover,earthquake"], "earthquake", "restore")
        self.expect_refusal([SIM, "--seed", "1", "--without", "earthquake"], "earthquake")

    def test_defects(self) -> None:
        self.expect_refusal([MUTANTS, "--defects", "typo"], "typo", "--list")

    def test_a_single_run_says_its_seed_first(self) -> None:
        done = subprocess.run([SIM, "--seed", "5"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(done.stdout.splitlines()[0], "seed 5")

    def test_a_failure_shows_events_and_how_to_replay_it(self) -> None:
        done = subprocess.run(
            [MUTANTS, "--defects", "skip-the-refresh", "--show"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("VIOLATION", done.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
