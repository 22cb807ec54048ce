#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun works on somebody; a stranger has a session of his own with the pads, which only waits. "limber discomfort 10" and "limber pause"
# mean the session of who types them, though there are two.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

stranger = as_nobody()
routines = {"calf": routine("calf", gun_step(duration="120s")),
            "quads": routine("quads", gun_step(zone="quads", duration="120s")),
            "current": routine("current", pads_step(duration="120s", zone="quads"), devices=PADS_ROLE)}
wrong, w = [], World(routines=routines)
w.intake(uid=stranger)
w.keep_gun()
w.keep_pads()
for name, verb in (("calf", ("pause",)), ("quads", ("discomfort", "10"))):
    started = w.begin(name)
    must(lambda: w.output(GUN) > 0, "the motor", 20)
    other = Holder(w, uid=stranger).routine("current")
    must(lambda: other.state() not in (None, "ended"), "the stranger's session", 5)
    done = w.limber(*verb)
    if done.code or until(lambda: w.output(GUN) == 0, 3) is None:
        wrong.append(f"{' '.join(verb)}: exit {done.code}, {done.said}, motor at {w.output(GUN)}")
    w.limber("stop", timeout=20)
    until(lambda: started.poll() is not None, 5)
judge(not wrong, "one's own is meant", "; ".join(wrong), "exit 0, and the motor at zero")
