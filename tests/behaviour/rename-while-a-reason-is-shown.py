#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pads run, turned down by the wheel on the device: the session says so, with the name of the device. Then it is
# renamed. The session has to stay readable (Setpoints, and all its properties at once), the reason is the one from
# before or names the device by its new name, and limberd lives. Best with a build that has address sanitizer.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(routines={"current": routine("current", pads_step(duration="60s"), devices=PADS_ROLE)})
w.see()
w.keep(PADS, "mypadsarelong")
w.begin("current")
must(lambda: w.output(PADS) > 0, "the current", 15)
time.sleep(2)
w.poke(PADS, "wheel-a", -6)
session = "/org/limber1/session/1"


def reasons():
    return w.client.call(LIMBER, session, "org.freedesktop.DBus.Properties", "Get", "ss", SESSION, "Setpoints")[0]


def text():
    return " ".join(r if isinstance(r, str) else " ".join(map(str, r)) for one in reasons() for r in one[-1])


if until(lambda: "device itself" in text() or "mypads" in text(), 5) is None:
    broken("no reason came: " + text())
before = text()
names = []
for i in range(6):
    names.append(f"other{i}")
    w.limber("add", "47L121000", "--as", names[-1])
    try:
        now = text()
        w.client.call(LIMBER, session, "org.freedesktop.DBus.Properties", "GetAll", "s", SESSION)
    except (DBusError, UnicodeError) as e:
        fails(f"after {i + 1} renames: {e}; alive: {w.alive()}", "Setpoints can be read")
    clean = all(ch.isprintable() for ch in now)
    if "device itself" in before and ("device itself" not in now or not clean):
        fails(f"the reason was '{before}', now '{now}'", "the same reason, with a name that exists")
    for piece in re.findall(r"device itself \(([^)]*)\)", now):
        if piece not in names + ["mypadsarelong"]:
            fails(f"the reason names '{piece}'", f"one of the names it had: {names}")
judge(w.alive(), f"{len(names)} renames", "limberd died", "limberd lives")
