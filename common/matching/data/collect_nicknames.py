#!/usr/bin/env python3
"""Makes english_short_forms.txt from the package nicknames (PyPI); README.md says how. No build needs this program.

The package lists everything that genealogists found in old registers. Kept is what somebody of today may be called: a pair of two
names that are each given to children (Clara and Claire, Edwin and Edwina) is no short form.
"""
import collections
import csv
import datetime
import importlib.metadata
import importlib.resources
import pathlib
import re

HERE = pathlib.Path(__file__).parent


def words_of(list_name):
    lines = (HERE / f"{list_name}.txt").read_text(encoding="utf-8").splitlines()
    return {w for l in lines if not l.startswith("#") for w in l.replace(":", " ").split()}


WOMEN, MEN, BOTH = (words_of(f"{kind}_given_names") for kind in ("female", "male", "shared"))
NAMES = WOMEN | MEN | BOTH


def is_kept(short, full):
    if full not in NAMES or not re.fullmatch("[a-z]{2,}", short) or short == full:
        return False
    if short not in NAMES:
        return full[:2] == short[:2] or full[-3:] == short[-3:] or (len(short) > 2 and short in full)
    if len(short) > 4 and ((short in WOMEN and full in MEN) or (short in MEN and full in WOMEN)):
        return False
    if len(short) > len(full) - 2 and not short.endswith(("y", "ie")):
        return False
    return full.startswith(short[:3]) or (len(short) == 3 and short in full)


def main():
    version = importlib.metadata.version("nicknames")
    own = collections.defaultdict(set)
    for line in (HERE / "short_forms.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            short, full = line.split(": ")
            own[short].update(full.split())
    kept = collections.defaultdict(set)
    with importlib.resources.files("nicknames").joinpath("names.csv").open(encoding="utf-8") as file:
        pairs = [(row["name2"], row["name1"]) for row in csv.DictReader(file) if row["relationship"] == "has_nickname"]
    for short, full in pairs:
        if is_kept(short, full) and full not in own[short] and (full, short) not in pairs:
            kept[short].add(full)
    header = (f"# what: short forms of English given names: the short one, then every name it may stand for\n"
              f"# source: nicknames {version} (PyPI), filtered by collect_nicknames.py\n"
              f"# licence: Apache-2.0, licences/Apache-2.0.txt\n# date: {datetime.date.today()}\n")
    lines = sorted(f"{short}: {' '.join(sorted(full))}\n" for short, full in kept.items())
    (HERE / "english_short_forms.txt").write_text(header + "".join(lines), encoding="utf-8")
    print(len(lines), "short forms")


main()
