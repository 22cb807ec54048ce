#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every string that limberd sends passes the text door: in daemon/bus only append.c puts any into a message. changes.c copies
values that did and adds names of properties; polkit.c talks to polkit. Usage: check-strings.py FILE..."""

import pathlib
import re
import sys

APART = {"append.c", "changes.c", "polkit.c"}
BYPASS = re.compile(r"\b(sd_bus_message_append(?:v|_basic|_strv)?|sd_bus_reply_method_(?:return|errorf)|sd_bus_error_setf)\(")

wrong = []
for name in sys.argv[1:]:
    path = pathlib.Path(name)
    if path.name in APART:
        continue
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = BYPASS.search(line)
        if found:
            wrong.append(f"{path}:{number}: {found.group(1)}() does not pass the text door; see daemon/bus/append.h")
print("\n".join(wrong) if wrong else f"{len(sys.argv) - 1} files")
sys.exit(bool(wrong))
