#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A session is staged for a gun that is then added as another model, a narrower one. The staged session was for what limberd no longer
# has: it ends, in words; nothing is driven, and a new start keeps to the narrower file.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

with open(os.path.join(source(), "protocols", "devices", "theragun-gen4.conf"), encoding="utf-8") as f:
    SHIPPED = f.read()
begin, end = SHIPPED.index("match = ("), SHIPPED.index("endpoints = (")
FILE = SHIPPED[:begin] + 'match = ( { name = "P"; prefix = true; } );\n' + SHIPPED[end:]
for old, new in (('id = "theragun-gen4"', 'id = "soft"'), ('title = "Theragun (generation 4)"', 'title = "Soft gun"'),
                 ("1750-2400/min", "1750-1800/min"), ("[ 1750, 2400 ]", "[ 1750, 1800 ]")):
    assert old in FILE
    FILE = FILE.replace(old, new)

w = World(devices={"soft": FILE})
w.keep_gun()
wrong = []


def expect(code, words, *argv):
    done = w.limber(*argv, timeout=40)
    if done.code != code or words not in done.said:
        wrong.append(f"{' '.join(argv)}: exit {done.code}: {done.said}")
    return done


expect(0, "staged", "start", "calf", "--stage")
expect(0, "added", "add", GUN, "--model", "soft", "--as", "gun", "--experimental")
if w.limber("resume", "--session", "1", "--yes", timeout=40).code in (0, 10):
    wrong.append("what was staged for another model began")
time.sleep(0.5)
if w.frames("theragun-pro", "setting"):
    wrong.append(f"the gun was set: {w.frames('theragun-pro', 'setting')}")
p = w.spawn("start", [program("limber"), "start", "calf", "--yes"])
must(lambda: w.output(GUN) > 0, "the motor", 20)
time.sleep(3)
first, text = w.pull(3)
must(lambda: w.output(GUN) == 0, "the gun to be off", 5)
speeds = [f["data"]["speed"] for f in w.frames("theragun-pro", "setting")]
if not speeds or max(speeds) > 1800:
    wrong.append(f"the gun was set to {speeds}")
if not w.alive() or "off" not in text:
    wrong.append(f"stop socket: {text!r}, limberd alive: {w.alive()}")
judge(not wrong, "it ended, and the narrower file holds", "; ".join(wrong), "nothing driven for a device that is no more")
