"""Everything that clients do to the leader during a soak."""
import http.client
import random
import threading

from cluster import Answer
from workload import Writer

TROUBLE = (OSError, http.client.HTTPException, Answer, RuntimeError)


class Repeating(threading.Thread):
    """Does one thing after another over a connection of its own, whatever the leader does."""

    def __init__(self, cluster, index, seed, pause):
        super().__init__(daemon=True)
        self.cluster, self.index, self.pause = cluster, index, pause
        self.random = random.Random(seed)
        self.ending = threading.Event()
        self.operations = 0
        self.problem = None

    def run(self):
        connection = None
        while not self.ending.wait(self.pause):
            try:
                connection = connection or self.cluster.connection()
                self.change(connection)
            except TROUBLE:
                if connection is not None:
                    connection.close()
                connection = None
                self.ending.wait(0.2)
            except Exception as error:
                self.problem = error
                return
        if connection is not None:
            connection.close()

    def change(self, connection):
        raise NotImplementedError

    def end(self):
        self.ending.set()
        self.join(180)
        if self.problem is not None:
            raise self.problem
        assert not self.is_alive(), "a writer did not end"


class HotDocument(Repeating):
    """One document that is written all the time, sometimes deleted, sometimes with a new field."""

    def change(self, connection):
        lines = [line for _ in range(10) for line in (
            {"index": {"_id": "hot"}}, {"n": self.random.randrange(1 << 40)})]
        if self.random.random() < 0.1:
            lines.append({"delete": {"_id": "hot"}})
        if self.random.random() < 0.05:
            # A text that a mapping by guess may take for a date.
            lines += [{"index": {"_id": "field"}}, {f"f{self.random.randrange(40)}": "2021-02-03"}]
        self.cluster.bulk(lines, self.index, connection)
        self.operations += 10


class Tide(Repeating):
    """Many documents come in bulks, and go in bulks."""

    def __init__(self, *arguments, ids=6000, **more):
        super().__init__(*arguments, **more)
        self.ids = ids

    def change(self, connection):
        first = self.random.randrange(self.ids)
        batch = range(first, min(first + self.random.randint(50, 800), self.ids))
        if self.random.random() < 0.45:
            lines = [{"delete": {"_id": f"t{n}"}} for n in batch]
        else:
            lines = [line for n in batch for line in (
                {"index": {"_id": f"t{n}"}},
                {"n": self.random.randrange(1 << 40), "text": "y" * self.random.randrange(400)})]
        self.cluster.bulk(lines, self.index, connection)
        self.operations += len(batch)


class SoakLoad:
    """Inserts, updates, deletes, bulk deletes and a hot document, for the time of a with block."""

    def __init__(self, cluster, indices, seed):
        self.writers = []
        for index in indices:
            self.writers += [
                Writer(cluster, index, f"{seed}/{index}/writer", ids=1000, pause=0.05),
                HotDocument(cluster, index, f"{seed}/{index}/hot", 0.1),
                Tide(cluster, index, f"{seed}/{index}/tide", 0.5)]

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
