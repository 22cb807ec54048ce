#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the documents name is there: every `folder/file` and `folder/file.c:function` of README.md and docs/.

    check-references.py SOURCE_ROOT
"""

import pathlib
import re
import sys

FOLDERS = "allstop|cli|completions|config|daemon|docs|lib|man|protocols|scripts|sim|systemd|tests"
REFERENCE = re.compile(rf"`((?:{FOLDERS})/[\w./*-]*)(?::(\w+))?`")


def main():
    root = pathlib.Path(sys.argv[1])
    wrong, n = [], 0
    for document in [root / "README.md", root / "NEWS.md", *sorted((root / "docs").rglob("*.md"))]:
        for number, line in enumerate(document.read_text().splitlines(), 1):
            for path, function in REFERENCE.findall(line):
                n += 1
                where = f"{document.relative_to(root)}:{number}"
                if not list(root.glob(path.rstrip("/").replace("NAME", "*"))):
                    wrong.append(f"{where}: {path} is not there")
                elif function and not re.search(rf"^[\w ].*\b{re.escape(function)}\(", (root / path).read_text(), re.M):
                    wrong.append(f"{where}: {path} has no function {function}")
    print("\n".join(wrong + [f"{n} references looked at"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
