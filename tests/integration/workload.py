"""Writers that change an index at random while something else happens to it."""
import http.client
import json
import random
import threading
import time

from cluster import Answer, quote


class Writer(threading.Thread):
    """Inserts, updates, deletes and re-creates documents of a small set of ids, over one connection
    of its own. What a killed server did not answer is not repeated: only the leader knows whether
    it happened, and the leader is what the follower must equal."""

    def __init__(self, cluster, index, seed, ids=400, pause=0.0, routing=False):
        super().__init__(daemon=True)
        self.cluster, self.index, self.pause, self.routing = cluster, index, pause, routing
        self.ids = ids
        self.random = random.Random(seed)
        self.ending = threading.Event()
        self.operations = 0
        self.problem = None

    def run(self):
        connection = None
        while not self.ending.is_set():
            try:
                connection = connection or self.cluster.connection()
                self.change(connection)
            except (OSError, http.client.HTTPException, Answer):
                # A server that is down, starting or overloaded.
                if connection is not None:
                    connection.close()
                connection = None
                self.ending.wait(0.2)
            except Exception as error:
                self.problem = error
                break
            if self.pause:
                time.sleep(self.pause)
        if connection is not None:
            connection.close()

    def change(self, connection):
        if self.random.random() < 0.3:
            self.change_one(connection)
        else:
            lines = []
            for _ in range(self.random.randint(2, 60)):
                lines += self.bulk_lines()
            self.cluster.call("POST", f"/{quote(self.index)}/_bulk",
                              "\n".join(map(json.dumps, lines)) + "\n", "application/x-ndjson",
                              connection)
            self.operations += len(lines)

    def pick(self):
        id = str(self.random.randrange(self.ids))
        # The routing of an id never changes, or it would be two documents.
        return id, (f"r{int(id) % 7}" if self.routing else None)

    def source(self):
        return {"n": self.random.randrange(1 << 40), "text": "x" * self.random.randrange(300),
                "by": self.name}

    def bulk_lines(self):
        id, routing = self.pick()
        action = {"_id": id, **({"routing": routing} if routing else {})}
        if self.random.random() < 0.35:
            return [{"delete": action}]
        return [{"index": action}, self.source()]

    def change_one(self, connection):
        id, routing = self.pick()
        path = f"/{quote(self.index)}/_doc/{id}" + (f"?routing={routing}" if routing else "")
        try:
            if self.random.random() < 0.4:
                self.cluster.call("DELETE", path, connection=connection)
            else:
                self.cluster.call("PUT", path, self.source(), connection=connection)
        except Answer as answer:
            if answer.status != 404:
                raise
        self.operations += 1

    def end(self):
        self.ending.set()
        self.join(60)
        if self.problem is not None:
            raise self.problem
        assert not self.is_alive(), "a writer did not end"


class Load:
    """Several writers on several indices, for the time of a with block."""

    def __init__(self, cluster, indices, writers=2, seed=1, **options):
        self.writers = [Writer(cluster, index, f"{seed}/{index}/{number}", **options)
                        for index in indices for number in range(writers)]

    def __enter__(self):
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, *_):
        for writer in self.writers:
            writer.end()

    @property
    def operations(self):
        return sum(writer.operations for writer in self.writers)
