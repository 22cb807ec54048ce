#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files and functions stay small enough to be read. Usage: check-sizes.py SOURCE_ROOT"""

import pathlib
import sys

FOLDERS = ("lib", "protocols", "daemon", "allstop", "cli", "sim", "tests")
SOURCE_LINES = 600
TEST_LINES = 850
HEADER_LINES = 300
FUNCTION_LINES = 80

source = pathlib.Path(sys.argv[1])
offenders = []


def functions(lines):
    """(name, first line, lines) of each function: it begins at the margin and ends with '}' at the margin."""
    begin = None
    for number, line in enumerate(lines, 1):
        if begin is None:
            if line[:1].isalpha() or line[:1] == "_":
                begin, head = number, ""
            else:
                continue
        if head is not None:
            head += line
            if line.rstrip().endswith("{") and "(" in head and not head.rstrip().endswith("= {"):
                name, head = head.split("(")[0].split()[-1].lstrip("*"), None
            elif line.rstrip().endswith((";", "{", ",")) and not is_open(head) or not line.strip():
                begin = None
        elif line.rstrip() == "}":
            yield name, begin, number - begin + 1
            begin = None


def is_open(head):
    return head.count("(") > head.count(")")


for folder in FOLDERS:
    for path in sorted((source / folder).rglob("*.[ch]")):
        name = path.relative_to(source)
        lines = path.read_text().splitlines()
        limit = HEADER_LINES if path.suffix == ".h" else TEST_LINES if folder == "tests" else SOURCE_LINES
        if len(lines) > limit:
            offenders.append(f"{name}: {len(lines)} lines; at most {limit}")
        for function, first, n in functions(lines):
            # The table of tests in a main() grows with them.
            if n > FUNCTION_LINES and not (folder == "tests" and function == "main"):
                offenders.append(f"{name}:{first}: {function}() has {n} lines; at most {FUNCTION_LINES}")

for offender in offenders:
    print(offender)
sys.exit(1 if offenders else 0)
