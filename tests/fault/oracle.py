"""What must hold at any moment, also in the midst of a fault, read from the clusters themselves."""
from cluster import quote

PAGE = 10000
# Each history of the leader has as many versions of its own (docs/INDEX_METADATA.md).
GENERATION = 1 << 40


def hits(cluster, index, **body):
    """Of every shard, each as one view shows it."""
    cluster.refresh(index)
    found = []
    for shard in range(int(cluster.settings(index)["index.number_of_shards"])):
        answer = cluster.call(
            "POST", f"/{quote(index)}/_search?preference=_shards:{shard}"
            "&allow_partial_search_results=false",
            {"size": PAGE, "_source": False, "track_total_hits": False, **body})
        assert len(answer["hits"]["hits"]) < PAGE, "too many documents for one view"
        found += [(shard, hit) for hit in answer["hits"]["hits"]]
    return found


def sequence_numbers(leader, index):
    """(shard, id) -> the operation that made the document."""
    return {(shard, hit["_id"]): hit["_seq_no"]
            for shard, hit in hits(leader, index, seq_no_primary_term=True)}


def origins(follower, index):
    """(shard, id) -> the leader's operation that the document is a copy of."""
    return {(shard, hit["_id"]): hit["_version"] % GENERATION - 1
            for shard, hit in hits(follower, index, version=True)}


def broken_promises(leader, follower, index, checkpoints):
    """Documents that a checkpoint covers and that the follower has not as the leader has them.

    The checkpoints must have been read before. A document that the leader still has now, made by
    an operation that they cover, was there all the time: the follower has it since, or a checkpoint
    ran ahead of what was written, or it was deleted wrongly.
    """
    here = origins(follower, index)
    there = sequence_numbers(leader, index)
    return [f"shard {key[0]}: {key[1]} of operation {made}, "
            f"{'missing' if key not in here else f'of operation {here[key]}'} on the follower"
            for key, made in there.items()
            if made <= checkpoints[key[0]] and here.get(key) != made]
