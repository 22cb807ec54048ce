#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every line and every branch of what keeps people safe is gone through by its unit tests.

    coverage.py BUILD_FOLDER SOURCE:TEST[,TEST…]…

The build is one with -Db_coverage=true and gcc. Counts of earlier runs are thrown away first; then each source's own unit
tests run, and gcov says what they reached. Branches that the compiler makes for exceptions do not count."""

import gzip
import json
import pathlib
import subprocess
import sys
import tempfile


def counts_of(build, stem):
    """gcov's notes and counts of one source of the model."""
    notes = list(build.glob(f"daemon/safety/libsafety.a.p/{stem}.c.gcno"))
    if len(notes) != 1:
        sys.exit(f"{build} holds no coverage notes of {stem}.c: set it up with -Db_coverage=true")
    return notes[0].with_suffix(".gcda")


def gcov(data):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["gcov", "--json-format", "--branch-probabilities", str(data.resolve())], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
        for path in pathlib.Path(folder).glob("*.json.gz"):
            with gzip.open(path) as stream:
                return json.load(stream)
    sys.exit(f"gcov says nothing of {data}")


def look_at(build, stem, tests):
    """Complaints, and a line of counts."""
    data = counts_of(build, stem)
    data.unlink(missing_ok=True)
    for test in tests:
        subprocess.run([build / "tests/unit" / f"test-{test}"], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    lines = branches = reached = taken = 0
    wrong = []
    for source in gcov(data)["files"]:
        if pathlib.Path(source["file"]).name != f"{stem}.c":
            continue
        for line in source["lines"]:
            lines += 1
            reached += line["count"] > 0
            if line["count"] == 0:
                wrong.append(f"{stem}.c:{line['line_number']}: not reached")
            real = [b for b in line["branches"] if not b["throw"]]
            branches += len(real)
            taken += sum(b["count"] > 0 for b in real)
            if line["count"] > 0 and any(b["count"] == 0 for b in real):
                wrong.append(f"{stem}.c:{line['line_number']}: a branch is never taken")
    if lines == 0:
        wrong.append(f"gcov knows no line of {stem}.c")
    return wrong, f"{stem}.c: {reached} of {lines} lines, {taken} of {branches} branches"


def main():
    build, wrong = pathlib.Path(sys.argv[1]), []
    for argument in sys.argv[2:]:
        stem, _, tests = argument.partition(":")
        complaints, counts = look_at(build, stem, tests.split(","))
        wrong += complaints
        print(counts)
    for complaint in wrong:
        print(complaint)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
