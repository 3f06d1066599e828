"""Debian's package index, as this machine has it, as documents."""
import json
import re
import subprocess

# With no package lists, apt knows only what is installed: some hundred records.
WHOLE_INDEX_MIN = 10_000

MAPPING = {
    "properties": {
        "package": {"type": "keyword"},
        "version": {"type": "keyword"},
        "architecture": {"type": "keyword"},
        "section": {"type": "keyword"},
        "priority": {"type": "keyword"},
        "source": {"type": "keyword"},
        "maintainer": {"type": "text"},
        "homepage": {"type": "keyword"},
        "description": {"type": "text"},
        "installed_kb": {"type": "long"},
        "download_bytes": {"type": "long"},
        "depends": {"type": "keyword"},
        "tags": {"type": "keyword"},
        "revision": {"type": "integer"},
    },
}

TEXTS = {"Package": "package", "Version": "version", "Architecture": "architecture",
         "Section": "section", "Priority": "priority", "Source": "source",
         "Maintainer": "maintainer", "Homepage": "homepage", "Description": "description"}
NUMBERS = {"Installed-Size": "installed_kb", "Size": "download_bytes"}
LISTS = {"Depends": "depends", "Tag": "tags"}


def stanzas(lines):
    """Each record as a dict; a line that begins with white space goes on the field before it."""
    record, field = {}, None
    for line in lines:
        line = line.rstrip("\n")
        if not line:
            if record:
                yield record
            record, field = {}, None
        elif line[0] in " \t":
            if field:
                record[field] += "\n" + line.strip()
        else:
            field, _, value = line.partition(":")
            record[field] = value.strip()
    if record:
        yield record


def document(record):
    """The document of a record: what it is called, and what it holds."""
    result = {name: record[field] for field, name in TEXTS.items() if field in record}
    result |= {name: int(record[field]) for field, name in NUMBERS.items()
               if record.get(field, "").isdigit()}
    result |= {name: [part for part in re.split(r"\s*,\s*", record[field]) if part]
               for field, name in LISTS.items() if field in record}
    result["revision"] = 1
    identity = f"{record['Package']}_{record['Version']}_{record.get('Architecture', 'all')}"
    return identity, result


def read():
    """Source texts by id. The index names some packages twice: one document each."""
    with subprocess.Popen(["apt-cache", "dumpavail"], stdout=subprocess.PIPE, text=True,
                          encoding="utf-8", errors="replace") as process:
        records = (record for record in stanzas(process.stdout)
                   if "Package" in record and "Version" in record)
        documents = {identity: json.dumps(source, separators=(",", ":"), ensure_ascii=False)
                     for identity, source in map(document, records)}
    if process.returncode != 0:
        raise RuntimeError("'apt-cache dumpavail' failed")
    return documents
