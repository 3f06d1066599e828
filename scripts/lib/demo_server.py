"""One Elasticsearch server over REST, as far as the demo needs it. One connection, one thread."""
import http.client
import json
import urllib.parse


class ServerError(Exception):
    """An answer that was not 2xx, or a bulk with a failed item."""


class Server:
    def __init__(self, port):
        self.address = f"http://127.0.0.1:{port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def call(self, method, path, body=None, absent_is_none=False):
        """The decoded answer."""
        kind = "application/json"
        if isinstance(body, bytes):
            kind = "application/x-ndjson"
        elif body is not None:
            body = json.dumps(body).encode()
        self.connection.request(method, path, body, {"Content-Type": kind} if body else {})
        response = self.connection.getresponse()
        raw = response.read()
        if response.status == 404 and absent_is_none:
            return None
        if not 200 <= response.status < 300:
            raise ServerError(f"{method} {path}: status {response.status}")
        return json.loads(raw)

    def bulk(self, index, lines):
        """Texts of actions and sources, in bodies of about 4 MB. Yields the operations done."""
        batch, size, operations = [], 0, 0
        for action, *source in lines:
            batch += [action, *source]
            size += sum(map(len, (action, *source)))
            operations += 1
            if size >= 4 << 20:
                self._send(index, batch)
                batch, size = [], 0
                yield operations
        if batch:
            self._send(index, batch)
            yield operations

    def _send(self, index, batch):
        answer = self.call("POST", f"/{index}/_bulk?filter_path=errors",
                           ("\n".join(batch) + "\n").encode())
        if answer["errors"]:
            raise ServerError(f"POST /{index}/_bulk: an item failed")

    def source(self, index, identity):
        """As the index holds it now, searchable or not; None where it is not there."""
        answer = self.call("GET", f"/{index}/_doc/{urllib.parse.quote(identity, safe='')}",
                           absent_is_none=True)
        return answer["_source"] if answer and answer.get("found") else None

    def count(self, index, query=None):
        """After a refresh: of everything the index holds."""
        self.call("POST", f"/{index}/_refresh")
        body = {"query": query} if query else None
        return self.call("POST", f"/{index}/_count", body)["count"]

    def properties(self, index):
        return self.call("GET", f"/{index}/_mapping")[index]["mappings"].get("properties", {})
