#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The names of one muscle share its dose. In a file: three minutes on the quadriceps and three on its outer part are six on one
# muscle, and too many. From one session to the next, in real time: 30 s on the calf, and the lower calf has to wait for
# six hours, as the calf itself has; the routine with a time of its own between two sessions, done for 3 s, has to wait
# for that, and another muscle is free.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

PAIRS = (("quads", "vastus_lateralis"), ("calf", "soleus"), ("hamstrings", "hamstring_lateral"))

w = World(routines={
    "calf": routine("calf", gun_step(duration="30s")),
    "soleus": routine("soleus", gun_step("soleus", "30s")),
    "quads": routine("quads", gun_step("quads", "30s")),
    "rare": routine("rare", gun_step("glutes", "3s"), min_gap='"20h"'),
})
for a, b in PAIRS:
    w.write(w.path("sum.conf"), routine("sum", gun_step(a, "180s", "each"), gun_step(b, "180s", "each"), max_motor='"15min"'))
    done = w.limber("check", w.path("sum.conf"))
    if done.code == 0 or "6min" not in done.said.replace(" ", ""):
        fails(f"{a} and {b}: exit {done.code}, {done.said[-150:]}", "their sum is refused")
w.keep_gun()
for name in ("calf", "rare"):
    done = w.limber("start", name, "--yes", timeout=45)
    if done.code:
        broken(f"{name}: {done.said[-200:]}")
must(lambda: w.output(GUN) == 0, "the end of the output", 2)
said = {}
for name, words in (("calf", "less than 6 hours ago"), ("soleus", "less than 6 hours ago"), ("rare", "time between two sessions")):
    done = w.limber("start", name, "--yes", timeout=5)
    said[name] = done.said[-160:]
    if done.code in (0, 124) or words not in done.said:
        fails(f"{name} again: exit {done.code}, {said[name]}", "refused, with the rule and the time left")
w.begin("quads", "--yes")
took = until(lambda: w.output(GUN) > 0, 10)
judge(took is not None, said["soleus"], "another muscle is refused, too: " + w.said("quads")[-150:], "it begins")
