#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun that refuses every write while it runs: whoever pauses, leaves a step out or says that it hurts too much is not told that this is
# done, but that it may be on, with exit status 10, as by limber stop.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

wrong = []


def refuse(call):
    raise DBusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")


for words in (("pause",), ("discomfort", "10")):
    w = World(bluez="own", routines={"calf": routine("calf", gun_step("calf", "60s"))})
    gun = Gun(w.bluez)
    w.keep(gun.address, "gun")
    w.begin("calf")
    must(lambda: gun.level > 0, "the motor", 20)  # noqa: B023
    time.sleep(1.5)
    w.bluez.methods["WriteValue"] = refuse
    done = w.limber(*words, timeout=20)
    if done.code != 10 or "Take it off the body" not in done.said:
        wrong.append(f"{' '.join(words)}: exit {done.code}: {done.said}")
    if gun.level == 0:
        wrong.append("the gun stopped: this tries nothing")
    w.end()
judge(not wrong, "not told as done", "; ".join(wrong), "what may be on is said to be, with exit status 10")
