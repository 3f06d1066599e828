#!/usr/bin/env python3
"""Fails where docs/admin-api.yaml has another path, method, member or word than the program."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
API = "docs/admin-api.yaml"
WORD = re.compile(r'return "(\w+)";')


def read(name: str) -> str:
    return (ROOT / name).read_text()


def function(name: str, begin: str) -> str:
    """The text of a function, from its heading to the brace that ends it."""
    return read(name).partition(begin)[2].partition("\n}\n")[0]


def words(name: str, type_name: str) -> set[str]:
    return set(WORD.findall(function(name, f"std::string_view to_string({type_name} ")))


def known_operations() -> set[str]:
    paths = re.findall(r'path [!=]= "([^"]+)"', read("src/admin/admin_server.cpp"))
    verbs = words("src/admin/control_document.cpp", "ControlVerb")
    return {f"get {path}" for path in paths} | {f"post /v1/{verb}" for verb in verbs}


def known_members() -> set[str]:
    source = function("src/admin/control_document.cpp", "bool read_member(")
    return set(re.findall(r'\{+"(\w+)", &request', source)) | set(re.findall(r'key == "(\w+)"',
                                                                             source))


def references(value) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*(references(item) for item in value.values()))
    if isinstance(value, list):
        return set().union(*(references(item) for item in value))
    return set()


def main() -> int:
    api = json.loads(read(API))
    components = api["components"]
    schemas = components["schemas"]
    described = {f"{method} {path}" for path, methods in api["paths"].items() for method in methods}
    defined = {f"#/components/{kind}/{name}" for kind, parts in components.items()
               if kind != "securitySchemes" for name in parts}
    compared = {
        "operations": (known_operations(), described),
        "members of a request": (known_members(), set(schemas["ControlRequest"]["properties"])),
        "phases of an index": (words("src/engine/index_follower.cpp", "IndexPhase"),
                               set(schemas["Follower"]["properties"]["phase"]["enum"])),
        "phases of a shard": (words("src/core/shard_planner.cpp", "ShardPhase"),
                              set(schemas["Shard"]["properties"]["phase"]["enum"])),
        "kinds": (set(re.findall(r"FailureKind::(\w+)", read(
            "include/followd/base/result.hpp").partition("failure_kinds{")[2].partition(
                ";")[0])), set(schemas["Kind"]["enum"])),
        "references": (references(api), defined),
    }
    found = []
    for what, (known, said) in compared.items():
        if not known:
            found.append(f"{API}: no {what} found in the code, which has them otherwise now")
            continue
        found += [f"{API}: {what}: {one} is missing" for one in sorted(known - said)]
        found += [f"{API}: {what}: nobody knows {one}" for one in sorted(said - known)]
    print("\n".join(found) or f"{API} has what the program has: {len(described)} operations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
