#!/usr/bin/env python3
"""Fails on an include that the house's one-way rule does not allow (docs/ARCHITECTURE.md)."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# folder -> folders of the project it may include, beside itself.
ALLOWED = {
    "include/followd/base": set(),
    "include/followd/model": {"followd/base"},
    "include/followd/core": {"followd/base", "followd/model"},
    "src/core": {"followd/base", "followd/model", "followd/core"},
    "src/observe": {"followd/base", "followd/model"},
    "src/engine": {"followd/base", "followd/model", "followd/core", "observe"},
    "src/http": {"followd/base"},
    "src/es": {"followd/base", "followd/model", "followd/core", "engine", "http"},
    "src/store": {"followd/base", "followd/model", "engine"},
    "src/config": {"followd/base", "followd/model", "followd/core"},
    "src/admin": {"followd/base", "followd/model", "followd/core", "engine", "http", "config"},
    "src/repository": {"followd/base", "engine", "http"},
    "src/cli": {
        "followd/base", "followd/model", "followd/core",
        "observe", "engine", "http", "es", "store", "config", "admin", "repository",
    },
}

# library header prefix -> folders that may include it. Anything else of Boost is Asio's awaitable.
LIBRARIES = {
    "boost/beast": {"src/http"},
    "boost/asio": {
        "src/http", "src/engine", "src/store", "src/es", "src/admin", "src/repository", "src/cli",
    },
    "nlohmann": {"src/es", "src/config", "src/admin", "src/observe", "src/repository", "src/cli"},
    "simdjson": {"src/es"},
    "sqlite3": {"src/store"},
    "spdlog": {"src/observe"},
    "yaml-cpp": {"src/config"},
    "CLI": {"src/cli"},
    "openssl": {"src/http"},
    "prometheus": {"src/admin"},
    "systemd": {"src/cli"},
    "zlib": {"src/http"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def folder_of(path: pathlib.Path) -> str:
    relative = path.relative_to(ROOT).as_posix()
    depth = 3 if relative.startswith("include/") else 2
    return "/".join(relative.split("/")[:depth])


def own_name(folder: str) -> str:
    return folder.removeprefix("include/").removeprefix("src/")


def mistakes_in(path: pathlib.Path) -> list[str]:
    folder = folder_of(path)
    found = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quote, target = match.groups()
        where = f"{path.relative_to(ROOT)}:{number}"
        if quote == '"':
            target_folder = target.rpartition("/")[0]
            same = target_folder == own_name(folder)
            if not same and target_folder not in ALLOWED[folder]:
                found.append(f'{where}: {folder} may not include "{target}"')
            continue
        for prefix, users in LIBRARIES.items():
            if target.startswith(prefix) and folder not in users:
                found.append(f"{where}: {folder} may not include <{target}>")
    return found


def main() -> int:
    sources = [p for top in ("include", "src") for p in (ROOT / top).rglob("*.[hc]pp")]
    unknown = sorted({folder_of(p) for p in sources} - set(ALLOWED))
    found = [f"{folder}: not in the table of tests/lint/includes.py" for folder in unknown]
    for path in sorted(sources):
        if folder_of(path) in ALLOWED:
            found += mistakes_in(path)
    print("\n".join(found) or f"{len(sources)} files include only what they may")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
