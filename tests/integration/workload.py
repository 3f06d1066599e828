"""Writers that change an index at random while something else happens to it."""
import http.client
import json
import random
import threading

from cluster import Answer, quote


class Repeating(threading.Thread):
    """Does one thing after another over a connection of its own, whatever the server does. What a
    killed one did not answer is not repeated: only the leader knows whether it happened, and the
    leader is what the follower must equal."""

    # A server that is down, starting or overloaded.
    TROUBLE = (OSError, http.client.HTTPException, Answer)
    END_SECONDS = 60

    def __init__(self, cluster, index, seed, pause=0.0):
        super().__init__(daemon=True)
        self.cluster, self.index, self.pause = cluster, index, pause
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
            except self.TROUBLE:
                if connection is not None:
                    connection.close()
                connection = None
                self.ending.wait(0.2)
            except Exception as error:
                self.problem = error
                break
            if self.pause:
                self.ending.wait(self.pause)
        if connection is not None:
            connection.close()

    def change(self, connection):
        raise NotImplementedError

    def end(self):
        self.ending.set()
        self.join(self.END_SECONDS)
        if self.problem is not None:
            raise self.problem
        assert not self.is_alive(), "a writer did not end"


class Writer(Repeating):
    """Inserts, updates, deletes and re-creates documents of a small set of ids."""

    def __init__(self, cluster, index, seed, ids=400, pause=0.0, routing=False):
        super().__init__(cluster, index, seed, pause)
        self.ids, self.routing = ids, routing

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


class Writers:
    """Those of a list, for the time of a with block."""

    def __init__(self, writers):
        self.writers = writers

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


class Load(Writers):
    """Several writers on several indices."""

    def __init__(self, cluster, indices, writers=2, seed=1, **options):
        super().__init__([Writer(cluster, index, f"{seed}/{index}/{number}", **options)
                          for index in indices for number in range(writers)])
