#!/usr/bin/env python3
"""Copies sources and plants the defects of defects.toml in them, each behind a switch.

usage: plant.py DEFECTS SOURCES OUTPUT FILE...

Writes OUTPUT/FILE for each FILE of SOURCES, and OUTPUT/names.inc with every defect. Fails where a
text that is to be replaced does not stand exactly once in its file.
"""
import pathlib
import sys
import tomllib

SWITCH = '#include "simulation/mutants/planted.hpp"\n'


def plant(name: str, defect: dict, texts: dict[str, str]) -> None:
    for change in defect.get("plant", []):
        file, find = change["file"], change["find"]
        if (found := texts[file].count(find)) != 1:
            sys.exit(f"{name}: its text stands {found} times in {file}, not once:\n{find}")
        texts[file] = texts[file].replace(find, change["put"])


def main() -> None:
    defects_path, sources, output = map(pathlib.Path, sys.argv[1:4])
    defects = tomllib.loads(defects_path.read_text())
    # As they stand: a text is looked for where no other defect has been planted yet.
    for name, defect in defects.items():
        plant(name, defect, {file: (sources / file).read_text() for file in sys.argv[4:]})
    texts = {file: (sources / file).read_text() for file in sys.argv[4:]}
    for name, defect in defects.items():
        plant(name, defect, texts)
    output.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (output / file).parent.mkdir(exist_ok=True)
        (output / file).write_text(SWITCH + text)
    names = "".join(
        f'Defect{{"{name}", "{defect["what"]}", "{defect.get("certain", "")}", "{defect.get("world", "")}"}},\n'
        for name, defect in defects.items())
    (output / "names.inc").write_text(names)


if __name__ == "__main__":
    main()
