#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proves who uses whom: the compiler's own record of what it read, the #include lines of files that are not built here, and
what each program links. Usage: check-deps.py SOURCE_ROOT BUILD_ROOT"""

import pathlib
import re
import subprocess
import sys

USES = {
    "lib": {"lib"},
    "protocols": {"lib", "protocols"},
    "daemon": {"lib", "protocols", "daemon"},
    "allstop": {"lib", "allstop"},
    "cli": {"lib", "cli"},
    # Products decode bytes on their own: a wrong codec is caught, not mirrored.
    "sim": {"lib", "sim"},
}
# What is tested in virtual time knows no D-Bus.
PURE_TARGETS = ("daemon/libmodel.a", "protocols/libprotocols.a")
BLUEZ_FILES = ("daemon/link-bluez", "allstop/", "sim/")
LINK_WRITERS = ("daemon/device/writer.c", "daemon/device/link.h")

source = pathlib.Path(sys.argv[1]).resolve()
build = pathlib.Path(sys.argv[2]).resolve()
errors = []


def complain(text):
    errors.append(text)


def ninja(*arguments):
    return subprocess.run(["ninja", "-C", str(build), *arguments], check=True, capture_output=True, text=True).stdout


def folder_of(path):
    """Top folder of a file of ours, in the source or the build tree; None for anybody else's."""
    for root in (source, build):
        try:
            return pathlib.Path(path).resolve().relative_to(root).parts[0]
        except ValueError:
            pass
    return None


def without_comments(text):
    """The same lines, with comments blanked and strings kept."""

    def blank(match):
        text = match.group(0)
        return text if text[0] in "\"'" else re.sub(r"[^\n]", " ", text)

    return re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', blank, text, flags=re.S)


def check_compiled():
    """Every object's headers, as the compiler wrote them down."""
    target, seen = None, 0
    for line in ninja("-t", "deps").splitlines():
        if line and not line.startswith(" "):
            target = line.split(": ")[0]
            folder = target.split("/")[0]
            seen += folder in USES
            continue
        path = line.strip()
        if not path or folder not in USES:
            continue
        used = folder_of(build / path)
        if used in USES and used not in USES[folder]:
            complain(f"{target} reads {path}: {folder}/ may use {', '.join(sorted(USES[folder]))} only")
        if target.startswith(tuple(f"{t}.p/" for t in PURE_TARGETS)) and "/systemd/" in path:
            complain(f"{target} reads {path}: the model and the codecs know no systemd")
    if seen == 0:
        complain("ninja knows no object of ours: build first")


def check_linked():
    """No program takes a library along that its folder may not use."""
    targets = [line.split(": ") for line in ninja("-t", "targets", "all").splitlines()]
    for target, rule in targets:
        folder = target.split("/")[0]
        if folder not in USES or not rule.startswith("c_LINKER"):
            continue
        command = ninja("-t", "commands", "-s", target)
        for library in re.findall(r"\S+\.a\b", command):
            if library.split("/")[0] in USES and library.split("/")[0] not in USES[folder]:
                complain(f"{target} links {library}")


def check_lines():
    """What can be seen in the text, built or not."""
    for folder, uses in USES.items():
        for path in sorted((source / folder).rglob("*.[ch]")):
            name = str(path.relative_to(source))
            text = without_comments(path.read_text())
            for number, line in enumerate(text.splitlines(), 1):
                where = f"{name}:{number}"
                include = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
                if include:
                    used = include.group(1).split("/")[0]
                    if "/" not in include.group(1) or used not in USES:
                        complain(f"{where}: include \"{include.group(1)}\" by its path from the root")
                    elif used not in uses:
                        complain(f"{where}: {folder}/ may not use {used}/")
                if "org.bluez" in line and not name.startswith(BLUEZ_FILES):
                    complain(f"{where}: BlueZ is known to {', '.join(BLUEZ_FILES)} only")
                if re.search(r"\blink_write\s*\(", line) and name not in LINK_WRITERS:
                    complain(f"{where}: only the writer writes to a link")


check_compiled()
check_linked()
check_lines()
for error in errors:
    print(error)
sys.exit(1 if errors else 0)
