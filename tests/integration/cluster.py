"""One real server, and what its documents are, compared exactly."""
import base64
import http.client
import json
import pathlib
import ssl
import subprocess
import threading
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Answer(RuntimeError):
    """An HTTP answer that was not 2xx."""

    def __init__(self, status, body, request):
        super().__init__(f"{request}: {status} {str(body)[:400]}")
        self.status = status
        self.body = body


class Exact(dict):
    """A JSON object that equals another only with the same keys in the same order, also where a
    key stands twice, and with numbers of the same digits."""

    def __init__(self, pairs):
        super().__init__(pairs)
        self.pairs = pairs

    def __eq__(self, other):
        return isinstance(other, Exact) and self.pairs == other.pairs

    def __ne__(self, other):
        return not self == other


def decode_exactly(raw):
    """Nothing of a number is lost: a float stays the text it was written as."""
    return json.loads(raw, object_pairs_hook=Exact, parse_float=lambda text: "float " + text)


def quote(text):
    return urllib.parse.quote(text, safe=",*")


class Cluster:
    """One real server, started and stopped through scripts/cluster only."""

    def __init__(self, name, version, port, options=(), auth=None, ca_file=None):
        self.name, self.version, self.port = name, version, port
        self.options, self.auth, self.ca_file = list(options), auth, ca_file

    def _control(self, command, *arguments):
        done = subprocess.run([str(ROOT / "scripts/cluster"), command, self.name, *arguments],
                              capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"cluster {command} {self.name}: {done.stdout}{done.stderr}")
        return done.stdout.strip()

    def start(self):
        line = self._control("start", "--version", self.version, "--port", str(self.port),
                             *self.options)
        for field in line.split():
            name, _, value = field.partition("=")
            if name == "ca_file":
                self.ca_file = value
            elif name == "password_file":
                self.auth = ("admin", pathlib.Path(value).read_text().strip())
        return self

    def is_running(self):
        try:
            return "state=running" in self._control("status")
        except RuntimeError:
            return False

    def kill(self):
        self._control("kill")

    def start_again(self):
        self._control("start")

    def purge(self):
        self._control("stop", "--purge")

    @property
    def url(self):
        return f"{'https' if self.ca_file else 'http'}://127.0.0.1:{self.port}"

    def connection(self):
        if self.ca_file:
            context = ssl.create_default_context(cafile=self.ca_file)
            return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=120,
                                               context=context)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def raw(self, method, path, body=None, content_type="application/json", connection=None):
        """The answer's bytes; raises Answer for anything but 2xx."""
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        headers = {"Content-Type": content_type} if body is not None else {}
        if self.auth:
            headers["Authorization"] = "Basic " + base64.b64encode(
                ":".join(self.auth).encode()).decode()
        used = connection or self.connection()
        try:
            used.request(method, path, body=body, headers=headers)
            response = used.getresponse()
            raw = response.read()
        finally:
            if connection is None:
                used.close()
        if not 200 <= response.status < 300:
            raise Answer(response.status, raw.decode(errors="replace"), f"{method} {path}")
        return raw

    def call(self, method, path, body=None, content_type="application/json", connection=None):
        """The decoded answer; raises Answer for anything but 2xx."""
        raw = self.raw(method, path, body, content_type, connection)
        return json.loads(raw) if raw else None

    def bulk(self, lines, index=None, connection=None):
        """Sends action and source lines, objects or ready texts; raises on a failed item."""
        text = "\n".join(
            line if isinstance(line, str) else json.dumps(line) for line in lines) + "\n"
        path = f"/{quote(index)}/_bulk" if index else "/_bulk"
        answer = self.call("POST", path, text, "application/x-ndjson", connection)
        # 404: a delete of what is not there.
        failed = [item for item in answer["items"]
                  if list(item.values())[0]["status"] not in (200, 201, 404)]
        if failed:
            raise RuntimeError(f"bulk: {len(failed)} failed, {failed[:2]}")
        return answer

    def index_many(self, index, ids, make_source, step=2000):
        """One bulk for every `step` of the ids."""
        ids = list(ids)
        for start in range(0, len(ids), step):
            lines = []
            for id in ids[start:start + step]:
                lines += [{"index": {"_id": str(id)}}, make_source(id)]
            self.bulk(lines, index)

    def delete_many(self, index, ids, step=5000):
        ids = list(ids)
        for start in range(0, len(ids), step):
            self.bulk([{"delete": {"_id": str(id)}} for id in ids[start:start + step]], index)

    def create(self, index, shards=1, mappings=None, **settings):
        body = {"settings": {"number_of_shards": shards, "number_of_replicas": 0, **settings}}
        if mappings is not None:
            body["mappings"] = mappings
        self.call("PUT", f"/{quote(index)}", body)

    def mappings(self, index):
        """Without followd's own mark."""
        found = self.call("GET", f"/{quote(index)}/_mapping")[index]["mappings"]
        meta = {key: value for key, value in found.pop("_meta", {}).items() if key != "followd"}
        return {**found, "_meta": meta} if meta else found

    def settings(self, index):
        answer = self.call("GET", f"/{quote(index)}/_settings?flat_settings=true")
        return answer[index]["settings"]

    def exists(self, index):
        return index in self.index_names()

    def index_names(self):
        found = self.call("GET", "/_cluster/state/metadata?filter_path=metadata.indices.*.state"
                          "&expand_wildcards=all")
        return list((found or {}).get("metadata", {}).get("indices", {}))

    def refresh(self, index):
        self.call("POST", f"/{quote(index)}/_refresh")

    def count(self, index):
        self.refresh(index)
        return self.call("GET", f"/{quote(index)}/_count")["count"]

    def checkpoints(self, index):
        """Shard -> global checkpoint of its primary."""
        shards = self.call("GET", f"/{quote(index)}/_stats?level=shards")["indices"][index][
            "shards"]
        return {int(number): copy["seq_no"]["global_checkpoint"]
                for number, copies in shards.items() for copy in copies
                if copy["routing"]["primary"]}

    def documents(self, index, page=2000):
        """Every document: (shard, id) -> (routing, source), compared exactly."""
        self.refresh(index)
        found = {}
        for shard in range(int(self.settings(index)["index.number_of_shards"])):
            body = {"size": page, "sort": [{"_seq_no": "asc"}], "track_total_hits": False}
            if self.version.startswith("9."):
                body["_source"] = {"exclude_vectors": False}
            hits = None
            while hits is None or len(hits) == page:
                answer = decode_exactly(self.raw(
                    "POST", f"/{quote(index)}/_search?preference=_shards:{shard}"
                    "&allow_partial_search_results=false", body))
                hits = answer["hits"]["hits"]
                for hit in hits:
                    key = (shard, hit["_id"])
                    if key in found:
                        raise RuntimeError(f"{index} changed while it was read")
                    found[key] = (hit.get("_routing"), hit["_source"])
                if hits:
                    body["search_after"] = hits[-1]["sort"]
        return found


def start_all(clusters):
    """Side by side, as most of a start is waiting; those that did not run before this call."""
    started, failures = [], []

    def start(cluster):
        try:
            if not cluster.is_running():
                started.append(cluster)
            cluster.start()
        except Exception as error:  # told by the thread that asked
            failures.append(error)

    threads = [threading.Thread(target=start, args=(cluster,)) for cluster in clusters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        for cluster in started:
            cluster.purge()
        raise failures[0]
    return started
