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
    "parse": {"lib", "parse"},
    "allstop": {"lib", "allstop"},
    "cli": {"lib", "cli", "protocols"},
    # Products decode bytes on their own: a wrong codec is caught, not mirrored.
    "sim": {"lib", "sim"},
}
# Inside these the folders are layers: each uses those it names, and what is below them. "" is the folder itself.
LAYERS = {
    "daemon": {
        "safety": set(),
        "loop": set(),
        "record": {"safety", "loop"},
        "device": {"safety"},
        "runner": {"safety"},
        "session": {"safety", "device"},
        "manager": {"device", "runner", "session"},
        "bluez": {"device"},
        "bus": {"loop", "record", "runner", "session", "manager"},
        "service": {"loop", "record", "runner", "manager", "bluez", "bus"},
    },
    "cli": {
        "term": set(),
        "bus": {"term"},
        "live": {"term", "bus"},
        "report": {"term", "bus"},
        "verbs": {"term", "bus", "live", "report"},
    },
    "sim": {
        "products": set(),
        "radio": {"products"},
        "bluez": {"products"},
        "runner": {"products", "bluez"},
        "": {"products", "radio", "bluez", "runner"},
    },
}
# Of these only that folder uses what its top folder may.
ONLY = {("cli", "protocols"): "cli/verbs/"}
# What is tested in virtual time knows no D-Bus, no clock but the seam and no database.
PURE = tuple(f"daemon/{layer}/" for layer in ("safety", "device", "session", "runner", "manager")) + ("protocols/",)
IMPURE_HEADERS = ("/systemd/", "/sqlite3.h")
BLUEZ_FILES = ("daemon/bluez/", "allstop/", "sim/")
# limberd leaves other people's text to limber-parse.
LIBCONFIG_FREE = ("daemon/", "protocols/", "allstop/")
LIBCONFIG_USES = ("lib/conf-text.h", "<libconfig.h>")
LINK_WRITERS = ("daemon/device/writer.c", "daemon/device/link.h")

source = pathlib.Path(sys.argv[1]).resolve()
build = pathlib.Path(sys.argv[2]).resolve()
errors = []


def complain(text):
    errors.append(text)


def ninja(*arguments):
    return subprocess.run(["ninja", "-C", str(build), *arguments], check=True, capture_output=True, text=True).stdout


def name_of(path):
    """A file of ours by its path from the root of the source or the build tree; None for anybody else's."""
    for root in (source, build):
        try:
            return str(pathlib.Path(path).resolve().relative_to(root))
        except ValueError:
            pass
    return None


def layer_of(name):
    """(top folder, layer) of a file that lies in one, or None."""
    top, *rest = name.split("/")
    if top not in LAYERS:
        return None
    layer = rest[0] if len(rest) > 1 else ""
    return (top, layer) if layer in LAYERS[top] else None


def below(top, layer, seen=()):
    """All layers that one reaches, itself among them; complains of a ring."""
    if layer in seen:
        complain(f"the layers of {top}/ form a ring: {' -> '.join((*seen, layer))}")
        return set()
    return {layer}.union(*(below(top, used, (*seen, layer)) for used in LAYERS[top][layer]))


def check_layer(where, name, used, reach):
    """One file of ours reads another."""
    mine, its = layer_of(name), layer_of(used)
    if mine and its and mine[0] == its[0] and its[1] not in reach(*mine):
        complain(f"{where}: {mine[0]}/{mine[1]} may not use {used}")


def check_only(where, name, used):
    """One file of ours reads another, of a folder that only some of its folder may use."""
    allowed = ONLY.get((name.split("/")[0], used.split("/")[0]))
    if allowed and not name.startswith(allowed):
        complain(f"{where}: of {name.split('/')[0]}/ only {allowed} may use {used}")


def without_comments(text):
    """The same lines, with comments blanked and strings kept."""

    def blank(match):
        text = match.group(0)
        return text if text[0] in "\"'" else re.sub(r"[^\n]", " ", text)

    return re.sub(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|/\*.*?\*/|//[^\n]*', blank, text, flags=re.S)


def object_source(target):
    """"daemon/safety/gate.c" out of "daemon/safety/libsafety.a.p/gate.c.o"; a program may be made from a layer's file."""
    folder, _, rest = target.rpartition(".p/")
    return f"{folder.rpartition('/')[0]}/{rest.removesuffix('.o').replace('_', '/', rest.count('_') if '/' not in rest else 0)}"


def check_compiled():
    """Every object's headers, as the compiler wrote them down."""
    target, folder, own, seen = None, None, None, 0
    for line in ninja("-t", "deps").splitlines():
        if line and not line.startswith(" "):
            target = line.split(": ")[0]
            folder, own = target.split("/")[0], object_source(target)
            seen += folder in USES
            continue
        path = line.strip()
        if not path or folder not in USES:
            continue
        used = name_of(build / path)
        top = used.split("/")[0] if used else None
        if top in USES and top not in USES[folder]:
            complain(f"{target} reads {path}: {folder}/ may use {', '.join(sorted(USES[folder]))} only")
        if used:
            check_layer(target, own, used, below)
            check_only(target, own, used)
        if own.startswith(PURE) and any(header in path for header in IMPURE_HEADERS):
            complain(f"{target} reads {path}: the model and the codecs know no systemd and no database")
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
        if target.startswith(LIBCONFIG_FREE) and re.search(r"libconftext\.a|libconfig\.|-lconfig\b", command):
            complain(f"{target} links libconfig")


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
                    # Directly what the table names; through others whatever is below.
                    check_only(where, name, include.group(1))
                    check_layer(where, name, include.group(1), lambda top, layer: LAYERS[top][layer] | {layer})
                if name.startswith(LIBCONFIG_FREE) and any(header in line for header in LIBCONFIG_USES):
                    complain(f"{where}: text is read by limber-parse (daemon/loop/parse-child.h)")
                if "org.bluez" in line and not name.startswith(BLUEZ_FILES):
                    complain(f"{where}: BlueZ is known to {', '.join(BLUEZ_FILES)} only")
                if re.search(r"\blink_write\s*\(", line) and name not in LINK_WRITERS:
                    complain(f"{where}: only the writer writes to a link")


def check_layers():
    """Each folder is in the table, and no file lies beside the layers."""
    for top, layers in LAYERS.items():
        for path in sorted((source / top).rglob("*.[ch]")):
            if not layer_of(str(path.relative_to(source))):
                complain(f"{path.relative_to(source)}: {top}/ has the folders {', '.join(sorted(filter(None, layers)))}")


check_layers()
check_compiled()
check_linked()
check_lines()
for error in errors:
    print(error)
sys.exit(1 if errors else 0)
