#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""docs/SAFETY.md, the code and the tests tell the same: every requirement has code and tests that exist, one of which bears its
name; what helps says at which product it looks; every hazard has controls that exist, and every test that names a
requirement names one that is there.

    check-safety.py SOURCE_ROOT
"""

import pathlib
import re
import sys

# Those of sim/products that the tests read.
PRODUCTS = ("Coyote 3", "Theragun Pro", "Wave Roller")


def rows(text, first):
    """Cells of the table rows whose first cell matches."""
    for line in text.splitlines():
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(first, cells[0]):
            yield cells


def test_names(root):
    names = set()
    for path in (root / "tests").rglob("*.[cp]*"):
        if path.suffix not in (".c", ".py"):
            continue
        text = path.read_text()
        names.update(re.findall(r"^static void (\w+)\(void \*\*state\)", text, re.M))
        names.update(re.findall(r"^\s*def (test_\w+)\(", text, re.M))
    names.update(path.stem for path in (root / "tests" / "behaviour").glob("*.py"))
    return names


def skipped_tests(root):
    """Nobody looks at a test that is skipped in its file."""
    for path in (root / "tests").rglob("*.py"):
        for n, line in enumerate(path.read_text().splitlines(), 1):
            if re.match(r"\s*@unittest\.(skip|expectedFailure)\b", line):
                yield f"{path.relative_to(root)}:{n}: a test is skipped, whatever it shows"


def check_code(root, cell, complain):
    for reference in re.findall(r"`([^`]+)`", cell):
        path, _, function = reference.partition(":")
        source = root / path
        if not source.is_file():
            complain(f"{path} does not exist")
        elif not re.search(rf"^[\w ].*\b{re.escape(function)}\(", source.read_text(), re.M):
            complain(f"{path} has no function {function}")


def check_products(cell, complain):
    """Every test is followed by what it reads, in parentheses: "Coyote 3: amplitude; Theragun Pro: speed"."""
    for test, reads in re.findall(r"`([\w-]+)`(?: \(([^)]*)\))?", cell):
        for part in reads.split(";"):
            product, colon, what = part.strip().partition(": ")
            if product not in PRODUCTS or not colon or not what:
                complain(f"{test} does not say at which product it looks: ({reads})")


def check_numbers(requirements, tests):
    """They are counted by the table itself: none is left out, and each has a test that bears its name."""
    numbers = {int(name[3:]) for name in requirements}
    named = {int(n) for test in tests for n in re.findall(r"(?:^|_)req(\d+)(?=_)", test)}
    for n in range(1, max(numbers, default=0) + 1):
        if n not in numbers:
            yield f"REQ{n} is missing"
        elif n not in named:
            yield f"no test is named req{n}_"
    for test in sorted(tests):
        for n in re.findall(r"(?:^|_)req(\d+)(?=_)", test):
            if int(n) not in numbers:
                yield f"the test {test} names REQ{n}, which is not there"


def main():
    root = pathlib.Path(sys.argv[1])
    text = (root / "docs/SAFETY.md").read_text()
    tests = test_names(root)
    wrong = []
    requirements = {}
    for cells in rows(text, r"REQ\d+"):
        name, code, shows, helps = cells[0], cells[2], cells[3], cells[4]
        requirements[name] = cells
        if not re.findall(r"`[^`]+:\w+`", code):
            wrong.append(f"{name} names no code")
        check_code(root, code, lambda s, n=name: wrong.append(f"{n}: {s}"))
        for what, cell in (("shows", shows), ("helps", helps)):
            named = re.findall(r"`([\w-]+)`", cell)
            if not named:
                wrong.append(f"{name} has no test in '{what}'")
            wrong.extend(f"{name}: no test is called {t}" for t in named if t not in tests)
        check_products(helps, lambda s, n=name: wrong.append(f"{n}: {s}"))
    wrong.extend(check_numbers(requirements, tests))
    wrong.extend(skipped_tests(root))
    for cells in rows(text, r"H\d+"):
        controls = re.findall(r"REQ\d+", cells[3])
        if not controls:
            wrong.append(f"{cells[0]} has no control")
        wrong.extend(f"{cells[0]}: {c} is not a requirement" for c in controls if c not in requirements)
    for sentence in wrong:
        print(sentence)
    print(f"{len(requirements)} requirements, {len(tests)} tests looked at")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
