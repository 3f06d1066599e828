#!/usr/bin/env python3
"""Fails on a relative link in a document of the project that leads nowhere."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")


def main() -> int:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = []
    for document in documents:
        for match in LINK.finditer(document.read_text()):
            target = match.group(1)
            if "://" not in target and not (document.parent / target).exists():
                found.append(f"{document.relative_to(ROOT)}: no such file: {target}")
    print("\n".join(found) or f"{len(documents)} documents link only to what is there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
