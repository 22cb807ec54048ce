#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A second terminal follows a session of the same user, whose words are invalidated and not sent to it: it names the side that the step
# is on. Afterwards 'limber rests' says in words what rests and why, and adding the device again leaves it its alias.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(start=False)
w.write(os.path.join(w.routines, "sides.conf"), routine("sides", gun_step("calf", duration="16s", sides="each", lead_in="2s"), min_gap='"2h"'))
w.start_daemon()
w.intake()
w.keep_gun()
Holder(w).routine("sides").live()
must(lambda: w.output(GUN) > 0, "output", 20)
w.spawn("follow", [program("limber"), "follow"])
must(lambda: "is complete" in w.read("follow.log"), "the end", 60)
steps = [line for line in w.read("follow.log").splitlines() if " step " in line]
if not any("right calf" in line for line in steps) or "left" in steps[-1]:
    fails(str(steps), "the step on the right says so")
rests = w.limber("rests").said
for words in ("sides", "its file sets a time"):
    if words not in rests:
        fails(rests, words)
w.limber("add", "gun")
aliases = [d["alias"] for d in w.json("devices")["devices"]]
judge("gun" in aliases, steps[-1].strip(), f"added again: {aliases}", "gun keeps its alias")
