#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# In real time: 30 s of a gun, 30 s of a recovery current, and strength training that is broken off after its first whole contraction.
# Each is refused when it is started again, "limber rests" says so before it is tried, and training that was broken off before a whole
# contraction may be begun again, but not three times in an hour.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

# Who is new to pads has half the time.
w = World(routines={
    "gun": routine("gun", gun_step("calf", "30s")),
    "current": routine("current", pads_step("quads", "60s"), devices=PADS_ROLE, discomfort_profile='"estim_recovery"'),
    "train": routine("train", pads_step("glutes", "96s", frequency="50Hz", on="8s", off="8s"), devices=PADS_ROLE,
                     discomfort_profile='"nmes_strength"'),
    "other": routine("other", pads_step("hamstrings", "96s", frequency="50Hz", on="8s", off="8s"), devices=PADS_ROLE,
                     discomfort_profile='"nmes_strength"'),
})
w.keep_gun()
w.keep_pads()


def again(name, words):
    done = w.limber("start", name, "--yes", timeout=8)
    if done.code != 6 or words not in done.said:
        fails(f"{name} again: exit {done.code}, {done.said[-200:]}", f"refused: {words}")


for name, address in (("gun", GUN), ("current", PADS)):
    done = w.limber("start", name, "--yes", timeout=60)
    if done.code:
        broken(f"{name}: exit {done.code}, {done.said[-300:]}")
    must(lambda address=address: w.output(address) == 0, "the end of the output", 2)
    again(name, "hours ago")


def train(until_seconds):
    w.begin("train", "--yes")
    must(lambda: w.output(PADS) > 0, "output of the training", 20)
    time.sleep(until_seconds)
    w.limber("stop")
    must(lambda: w.output(PADS) == 0, "the end of the output", 3)
    time.sleep(0.5)


for i in range(3):
    train(2)
again("train", "begun three times")
rests = {(r["what"], r["kind"]): r["why"] for r in w.json("rests")}
for row in (("calf", "percussion"), ("quads", "estim"), ("glutes", "strength")):
    if row not in rests:
        fails(f"'limber rests' says {rests}", f"{row} among them")
# Another muscle: one whole contraction.
w.begin("other", "--yes")
must(lambda: w.output(PADS) > 0, "output of the other training", 20)
time.sleep(11)
w.limber("stop")
time.sleep(0.5)
again("other", "was trained")
holds(f"each refused; {len(rests)} rests named before")
