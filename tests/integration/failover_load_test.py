"""The whole cycle of two regions, three times round, under a client that never stops."""
import json
import pathlib
import random
import threading
import time
import unittest

from cluster import Answer
from daemon import rule
from harness import TRANSIENT
from roles import Roles


class Client(threading.Thread):
    """Writes to whichever side leads, and keeps account of what was acknowledged."""

    def __init__(self, cluster, index, ids):
        super().__init__(daemon=True)
        self.index = index
        self.ids = ids
        self.random = random.Random(7)
        self.done = threading.Event()
        self.lock = threading.Lock()
        self.cluster = cluster
        self.tokens = 0
        # By id: what the last acknowledged operation left (a token, or None for a delete), and those
        # that were under way when an answer was lost.
        self.left = {}
        self.maybe = {}
        self.acknowledged = {}
        # By id, for a person: what became of it, in order.
        self.story = {}

    def move(self, cluster):
        with self.lock:
            self.cluster = cluster

    def run(self):
        while not self.done.is_set():
            with self.lock:
                self.write_one()

    def write_one(self):
        name = f"d{self.random.randrange(self.ids)}"
        self.tokens += 1
        is_delete = self.random.random() < 0.1
        token = None if is_delete else self.tokens
        try:
            if is_delete:
                answer = self.cluster.call("DELETE", f"/{self.index}/_doc/{name}")
            else:
                answer = self.cluster.call("PUT", f"/{self.index}/_doc/{name}?require_alias=true", {"token": token})
        except Answer as answer:
            if answer.status == 404:
                self.left[name] = None
            elif answer.status == 403 or "no write index is defined" in answer.body:
                time.sleep(0.02)  # blocked for a moment, or a follower since: a switch
            else:
                self.maybe.setdefault(name, set()).add(token)
            return
        except TRANSIENT:
            self.maybe.setdefault(name, set()).add(token)
            return
        self.left[name] = token
        self.story.setdefault(name, []).append(
            (token, self.cluster.name, answer["_seq_no"], answer["_version"]))
        if token is not None:
            self.acknowledged[token] = name

    def stop(self):
        self.done.set()
        self.join()


class FailoverUnderLoad(Roles):
    def test_three_times_round_every_acknowledged_write_is_accounted_for(self):
        self.leader.call("PUT", "/logs", {"settings": {"number_of_shards": 2, "number_of_replicas": 0},
                                           "aliases": {"logs-write": {"is_write_index": True}}})
        daemon = self.followd([rule(["logs"])]).start()
        self.wait_direction(daemon, "logs", "leader")
        client = Client(self.leader, "logs-write", 400)
        client.start()
        self.addCleanup(client.stop)
        lost = {}
        for turn in range(3):
            time.sleep(3)
            # The region dies for its clients a moment after the other side was promoted.
            self.control(daemon, "promote", "--no-drain", "logs")
            time.sleep(1)
            client.move(self.follower)
            time.sleep(2)
            row = self.row_of(self.control(daemon, "failback", "logs"), "logs")
            if row["lost_writes"]:
                for line in pathlib.Path(row["lost_writes_file"]).read_text().splitlines():
                    document = json.loads(line)
                    lost[document["source"]["token"]] = document["id"]
            self.wait_direction(daemon, "logs", "follower")
            row = self.row_of(self.control(daemon, "failback", "--switch", "logs"), "logs")
            client.move(self.leader)
            self.assertFalse(row["lost_writes"], row)
            self.wait_direction(daemon, "logs", "leader")
        time.sleep(1)
        client.stop()
        self.assertGreater(len(client.acknowledged), 500)
        self.assertTrue(lost, "the writes after each promotion should have been lost")
        documents = self.wait_same("logs")
        self.account(client, documents, lost)

    def account(self, client, documents, lost):
        """Nothing that was acknowledged is gone without a trace, and nothing was made up."""
        self.assertEqual(client.maybe, {}, "no answer was lost here")
        for token, name in lost.items():
            self.assertEqual(client.acknowledged.get(token), name, "saved, but never acknowledged")
        standing = {name: int(source["token"]) for (_, name), (_, source) in documents.items()}
        unaccounted = []
        for name, token in client.left.items():
            found = standing.get(name)
            if found == token or token in lost:
                continue
            # A delete that was lost leaves what stood there before it: it has nothing to save.
            if token is None and found is not None and client.acknowledged.get(found) == name:
                continue
            unaccounted.append((name, token, found, client.story[name][-6:]))
        self.assertEqual(unaccounted, [])


if __name__ == "__main__":
    unittest.main()
