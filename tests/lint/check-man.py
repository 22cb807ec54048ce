#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""limber(1) lists the verbs and options that limber has, each with what follows it: check-man.py DUMP-PROGRAM MAN-PAGE"""

import json
import pathlib
import re
import subprocess
import sys


def plain(line):
    """A line of a man page without its fonts. A macro with two fonts writes its words together."""
    macro, _, rest = line.partition(" ")
    if macro in (".B", ".I"):
        line = rest
    elif macro in (".BR", ".BI", ".RB", ".IR"):
        line = rest.replace(" ", "")
    return re.sub(r"\\f[BIRP]", "", line).replace("\\-", "-").replace("\\ ", " ").replace('"', "").strip()


def tags(text, section):
    """What each paragraph of a section is about."""
    lines = re.search(rf"^\.SH {section}\n(.*?)(?=^\.SH )", text, re.M | re.S).group(1).replace("\\\n", "").splitlines()
    return [plain(lines[i + 1]) for i, line in enumerate(lines) if line == ".TP"]


def split_options(tag):
    """(what is left, its options with their arguments)"""
    found = re.findall(r"\[?(--[a-z-]+(?: [^\s\[\]]*(?:\[[^\s\]]*\][^\s\[\]]*)?)?)\]?(?:\.\.\.)?", tag)
    rest = re.sub(r"\[?--[a-z-]+(?: [^\s\[\]]+)?\]?(?:\.\.\.)?", "", tag)
    return " ".join(rest.split()), sorted(found)


def option_text(option):
    return "--" + option["name"] + (" " + option["argument"] if option["argument"] is not None else "")


def compare(what, documented, there):
    for name in sorted(set(documented) ^ set(there)):
        yield f"{what} {name} is {'not there' if name in documented else 'not documented'}"
    for name in sorted(set(documented) & set(there)):
        if documented[name] != there[name]:
            yield f"{what} {name}: documented {documented[name]}, there {there[name]}"


def main():
    tables = json.loads(subprocess.run([sys.argv[1]], check=True, capture_output=True, text=True).stdout)
    text = pathlib.Path(sys.argv[2]).read_text(encoding="utf-8")
    options = {o["name"]: o for o in tables["options"]}
    verbs = {(v["name"] + " " + v["usage"]).strip(): sorted(option_text(options[o]) for o in v["options"])
             for v in tables["verbs"]}
    documented = dict(split_options(tag) for tag in tags(text, "VERBS"))
    wrong = list(compare("verb", documented, verbs))
    there = {(f"-{o['letter']}, " if o["letter"] else "") + option_text(o): True for o in options.values()}
    wrong += compare("option", dict.fromkeys(tags(text, "OPTIONS"), True), there)
    print("\n".join(wrong) if wrong else f"{len(verbs)} verbs, {len(there)} options")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
