"""The documents of scripts/bench, and how they get into a server."""
import json
import random
import string
import threading
import time

BODY_BYTES = 8 << 20


def documents(count, source_bytes=700, seed=1):
    """Documents of about the given size: words, numbers, a date; the same for the same seed."""
    random_source = random.Random(seed)
    words = ["".join(random_source.choices(string.ascii_lowercase, k=random_source.randint(3, 9)))
             for _ in range(4000)]
    for number in range(count):
        text = " ".join(random_source.choices(words, k=max(1, (source_bytes - 110) // 7)))
        yield str(number), json.dumps({
            "number": number, "at": 1700000000000 + number * 1000, "level": number % 5,
            "host": f"host-{number % 97}", "text": text}, separators=(",", ":"))


def bodies(items, versions):
    """Bulk bodies of about 8 MB."""
    lines, size = [], 0
    for number, (identity, source) in enumerate(items):
        version = f',"version":{number + 1},"version_type":"external"' if versions else ""
        action = f'{{"index":{{"_id":"{identity}"{version}}}}}'
        lines += [action, source]
        size += len(action) + len(source) + 2
        if size >= BODY_BYTES:
            yield "\n".join(lines).encode() + b"\n"
            lines, size = [], 0
    if lines:
        yield "\n".join(lines).encode() + b"\n"


def send_bulks(cluster, index, prepared, connections):
    """Seconds that the given bodies take over that many connections."""
    queue, lock = list(prepared), threading.Lock()

    def worker():
        connection = cluster.connection()
        while True:
            with lock:
                if not queue:
                    return
                body = queue.pop(0)
            connection.request("POST", f"/{index}/_bulk?filter_path=errors", body,
                               {"Content-Type": "application/x-ndjson"})
            answer = json.loads(connection.getresponse().read())
            assert answer["errors"] is False, answer

    threads = [threading.Thread(target=worker) for _ in range(connections)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began


def create(cluster, index, mappings=None):
    cluster.call("PUT", f"/{index}", {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0},
        **({"mappings": mappings} if mappings else {})})
