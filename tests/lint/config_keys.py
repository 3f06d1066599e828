#!/usr/bin/env python3
"""Fails on a key of the configuration that the example, the document or the manual does not have."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What the parsers know: each map's keys stand in an array of their own.
KEY_ARRAY = re.compile(r"std::array<std::string_view, \d+> \w+_keys\{(.*?)\};", re.DOTALL)
# Where each key must stand, and how it looks there.
PLACES = {
    "config/followd.example.yaml": r"(^|[\s{{-]){}:",
    "docs/CONFIGURATION.md": r"(?m)[`.]{0}`|^## {0}$",
    "docs/man/followd.yaml.5": r"(?m)^\.It Cm {}\b",
}


def known_keys() -> set[str]:
    sources = [path.read_text() for path in (ROOT / "src/config").glob("*.cpp")]
    arrays = [match.group(1) for source in sources for match in KEY_ARRAY.finditer(source)]
    return {key for array in arrays for key in re.findall(r'"(\w+)"', array)}


def main() -> int:
    keys = known_keys()
    if len(keys) < 30:
        print(f"only {len(keys)} keys found in src/config: the parsers list them otherwise now")
        return 1
    found = []
    for name, pattern in PLACES.items():
        text = (ROOT / name).read_text()
        found += [f"{name}: nothing about the key {key}"
                  for key in sorted(keys) if not re.search(pattern.format(key), text)]
    print("\n".join(found) or f"{len(keys)} keys stand in {len(PLACES)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
