#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every name that somebody outside may rely on is in names.golden: what is on the bus, errors and exit statuses, polkit's actions,
the keys of --json, the versions of file formats. Usage: check-golden.py [--update] DUMP-PROGRAM SOURCE_ROOT

A name is changed on purpose by --update, and by a line in NEWS.md that tells those outside."""

import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

INTERFACES = ("Manager", "Device", "Session", "Routine", "Runner")
EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
# Name: file, and what its version looks like there.
FORMATS = {
    "armed file": ("lib/armed.c", r'#define ARMED_MAGIC "limber-armed (\d+)"'),
    "routine": ("lib/routine-parse.c", r'conf_integer\(root, "format", 1, (\d+),'),
    "device definition": ("protocols/definition-parse.c", r'conf_integer\(root, "format", 1, (\d+),'),
    "history.db": ("daemon/record/history.c", r"#define SCHEMA_VERSION (\d+)"),
}


def arguments(element):
    return ", ".join(" ".join(filter(None, (a.get("direction", ""), a.get("type"), a.get("name")))) for a in element.findall("arg"))


def bus_rows(dump):
    for short in INTERFACES:
        name = f"org.limber1.{short}"
        served = ET.fromstring(subprocess.run([dump, name], check=True, capture_output=True, text=True).stdout)
        interface = next(i for i in served.findall("interface") if i.get("name") == name)
        for e in interface.findall("method") + interface.findall("signal"):
            yield f"{e.tag} {name}.{e.get('name')} ({arguments(e)})"
        for e in interface.findall("property"):
            emits = next((a.get("value") for a in e.findall("annotation") if a.get("name") == EMITS), "true")
            yield f"property {name}.{e.get('name')} {e.get('type')} {e.get('access')} changes={emits}"


def error_rows(root):
    header, table = (root / "lib/bus-errors.h").read_text(), (root / "lib/bus-errors.c").read_text()
    names = dict(re.findall(r'#define (LIMBER_ERROR_\w+) LIMBER_ERROR_PREFIX "(\w+)"', header))
    exits = dict(re.findall(r"(LIMBER_EXIT_\w+) = (\d+)", header))
    for name, status in exits.items():
        yield f"exit {int(status):2} {name.removeprefix('LIMBER_EXIT_').lower()}"
    for name, status in re.findall(r"X\((LIMBER_ERROR_\w+), \w+, (LIMBER_EXIT_\w+)\)", table):
        yield f"error org.limber1.Error.{names[name]} exit={exits[status]}"


def polkit_rows(root):
    for action in ET.parse(root / "systemd/org.limber1.policy").getroot().findall("action"):
        yield f"polkit {action.get('id')} " + " ".join(f"{d.tag.removeprefix('allow_')}={d.text}" for d in action.find("defaults"))


def split(text):
    """The arguments of a call, at the commas that are in no parentheses or quotes; up to the one that ends the call."""
    parts, depth, quoted = [""], 0, False
    for c in text:
        quoted ^= c == '"'
        depth += (c in "({[") - (c in ")}]") if not quoted else 0
        if depth < 0:
            break
        if c == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += c
    return [p.strip() for p in parts]


def json_rows(root):
    """Columns of tables are the keys of their rows; the rest is made by jansson."""
    for path in sorted((root / "cli").rglob("*.c")):
        text = path.read_text(encoding="utf-8")
        for name, rows in re.findall(r"struct column (\w+)\[\] = \{\n(.*?)\n\};", text, re.S):
            for key, kind in re.findall(r'\{ "(\w+)",\s*"[^"]*",\s*CELL_(\w+)', rows):
                yield f"json {path.stem}: {name.removesuffix('_columns')}.{key} {kind.lower()}"
        for found in re.finditer(r'json_pack\(', text):
            layout, *values = split(text[found.end():])
            kinds = re.findall(r"s:(\w)", layout)
            for key, kind in zip(values[0::2], kinds):
                yield f"json {path.stem}: {key.strip(chr(34))} {kind.lower()}"
        for key in re.findall(r'json_object_set_new\(\s*\w+, "(\w+)"', text):
            yield f"json {path.stem}: {key} o"
        for rows in re.findall(r"list_keys\[\w+\] = \{([^}]*)\}", text):
            for key in re.findall(r'"(\w+)"', rows):
                yield f"json {path.stem}: {key} o"


def format_rows(root):
    for name, (path, pattern) in FORMATS.items():
        yield f"format {name} {re.search(pattern, (root / path).read_text()).group(1)}"


def main():
    words = [w for w in sys.argv[1:] if w != "--update"]
    dump, root = words[0], pathlib.Path(words[1])
    golden = root / "tests/bus/names.golden"
    rows = [*sorted(bus_rows(dump)), *sorted(set(error_rows(root))), *sorted(polkit_rows(root)), *sorted(set(json_rows(root))),
            *format_rows(root)]
    if "--update" in sys.argv:
        golden.write_text("\n".join(rows) + "\n", encoding="utf-8")
    kept = golden.read_text(encoding="utf-8").splitlines()
    for row in sorted(set(kept) ^ set(rows)):
        print(("gone: " if row in kept else "new:  ") + row)
    if kept != rows:
        print("These are names that others rely on. If that is meant: check-golden.py --update, and a line in NEWS.md.")
        return 1
    print(f"{len(rows)} names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
