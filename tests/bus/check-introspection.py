#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The documented interface files and what the daemon serves are the same: members, argument names, types, flags.

    check-introspection.py DUMP-PROGRAM XML-FILE...
"""

import subprocess
import sys
import xml.etree.ElementTree as ET

EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"


def annotation(element, name):
    for a in element.findall("annotation"):
        if a.get("name") == name:
            return a.get("value")
    return None


def arguments(element, default_direction):
    return [(a.get("name"), a.get("type"), a.get("direction", default_direction)) for a in element.findall("arg")]


def members(interface):
    """Everything of an interface that a client can rely on, as comparable rows."""
    default_emits = annotation(interface, EMITS) or "true"
    rows = {}
    for method in interface.findall("method"):
        rows["method " + method.get("name")] = arguments(method, "in")
    for signal in interface.findall("signal"):
        rows["signal " + signal.get("name")] = [(n, t) for n, t, _ in arguments(signal, "")]
    for prop in interface.findall("property"):
        rows["property " + prop.get("name")] = (
            prop.get("type"), prop.get("access"), annotation(prop, EMITS) or default_emits)
    return rows


def main():
    dump, files = sys.argv[1], sys.argv[2:]
    wrong = 0
    for path in files:
        documented = ET.parse(path).getroot().find("interface")
        name = documented.get("name")
        served = ET.fromstring(subprocess.run([dump, name], check=True, capture_output=True, text=True).stdout)
        served = next(i for i in served.findall("interface") if i.get("name") == name)
        a, b = members(documented), members(served)
        for key in sorted(set(a) | set(b)):
            if a.get(key) != b.get(key):
                wrong += 1
                print(f"{name} {key}:\n  documented {a.get(key)}\n  served     {b.get(key)}")
        print(f"{name}: {len(b)} members compared")
        if not b:
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
