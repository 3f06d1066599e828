"""What a scraper gets from a real daemon, whose clusters do not answer."""
import re
import shutil
import subprocess
import time
import unittest

from daemon import ROOT, Followd, rule


class Metrics(unittest.TestCase):
    def setUp(self):
        nobody = {"urls": ["http://127.0.0.1:1"]}
        self.daemon = Followd({"clusters": {"leader": nobody, "follower": nobody},
                               "follow": [rule(["logs"])]}).start()
        self.addCleanup(self.daemon.remove)
        self.wait_for(lambda: self.daemon.command("status").returncode == 0)

    def wait_for(self, is_so):
        limit = time.monotonic() + 20
        while not is_so():
            self.assertLess(time.monotonic(), limit)
            time.sleep(0.05)

    def value(self, sample):
        found = re.search("^" + re.escape(sample) + r" (\S+)$", self.daemon.metrics()[1], re.MULTILINE)
        return float(found.group(1)) if found else None

    def test_requests_that_nobody_answered(self):
        failures = 'followd_http_failures_total{cluster="leader",kind="unreachable"}'
        self.wait_for(lambda: (self.value(failures) or 0) >= 2)
        self.assertGreaterEqual(self.value('followd_http_requests_total{cluster="leader"}'), 2)
        self.assertEqual(self.value('followd_cluster_error{cluster="leader",kind="unreachable"}'),
                         1)

    def test_the_process(self):
        self.assertGreater(self.value("process_resident_memory_bytes"), 1 << 20)
        self.assertGreater(self.value("process_open_fds"), 3)
        self.assertAlmostEqual(self.value("process_start_time_seconds"), time.time(), delta=30)

    def test_the_format(self):
        self.assertEqual(self.daemon.metrics()[0], "text/plain; version=0.0.4; charset=utf-8")

    def test_promtool_takes_the_answer_and_the_rules(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not here")
        rules = ROOT / "config/followd.alerts.yaml"
        for arguments, given in ((["check", "metrics"], self.daemon.metrics()[1]),
                                 (["check", "rules", str(rules)], None)):
            done = subprocess.run(["promtool", *arguments], input=given, capture_output=True,
                                  text=True, timeout=20)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)


if __name__ == "__main__":
    unittest.main()
