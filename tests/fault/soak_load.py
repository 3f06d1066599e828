"""Everything that clients do to the leader during a soak."""
from workload import Repeating, Writer, Writers


class Stubborn(Repeating):
    """Goes on where single items of a bulk are refused, too, and is waited for longer."""

    TROUBLE = (*Repeating.TROUBLE, RuntimeError)
    END_SECONDS = 180


class HotDocument(Stubborn):
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


class Tide(Stubborn):
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


class SoakLoad(Writers):
    """Inserts, updates, deletes, bulk deletes and a hot document."""

    def __init__(self, cluster, indices, seed):
        super().__init__([writer for index in indices for writer in (
            Writer(cluster, index, f"{seed}/{index}/writer", ids=1000, pause=0.05),
            HotDocument(cluster, index, f"{seed}/{index}/hot", 0.1),
            Tide(cluster, index, f"{seed}/{index}/tide", 0.5))])
