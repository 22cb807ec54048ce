#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The gun was on the calf; the runner goes on to the thigh and says, before anything is on there, how much it hurt: the calf rests, and
# the thigh, which had nothing, does not.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(routines={"two": routine("two", gun_step("calf", "40s"), gun_step("quads", "20s", lead_in="8s")),
                    "calf": routine("calf", gun_step("calf", "5s")), "quads": routine("quads", gun_step("quads", "5s"))})
w.keep_gun()
holder = Holder(w, score=0).routine("two").live()
must(lambda: w.output(GUN) > 0, "the motor", 20)
time.sleep(3)
w.limber("skip")
time.sleep(1.5)
w.limber("discomfort", "10")
holder.quit.set()
must(lambda: w.output(GUN) == 0, "the gun to be off", 5)
rests = sorted({r["what"] for r in w.json("rests") if r["kind"] != "routine"})
calf, quads = w.limber("start", "calf", "--yes", timeout=20), w.limber("start", "quads", "--stage", timeout=20)
judge(rests == ["calf"] and calf.code == 6 and quads.code == 0, "the calf rests",
      f"what rests: {rests}; calf: exit {calf.code}, {calf.said[-200:]}; quads: exit {quads.code}, {quads.said}",
      "what had output rests, and nothing else")
