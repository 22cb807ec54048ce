#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two users train side by side: one runs the gun and is fine, the pads of the other drop. The
# first terminal must not say "paused" nor show the other's alert as its own, and its session
# goes on.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

nobody = as_nobody()
w = World(intake=(None, nobody))
w.keep_gun()
w.keep_pads()
w.begin("calf", uid=nobody)
must(lambda: w.output(GUN) > 0, "the motor", 15)
w.begin("current")
must(lambda: w.output(PADS) > 0, "the current", 15)
before = len(w.read("calf.start.log"))
w.fault(PADS, "drop", 8)
time.sleep(3)
now = w.read("calf.start.log")[before:]
running = w.output(GUN) > 0
words = [line for line in now.splitlines() if "paused" in line.lower() or "Coyote" in line or "pads" in line]
judge(running and not words, "the gun goes on, nothing was said there", f"gun {'runs' if running else 'stopped'}; its terminal: {words}",
      "only the one whose session it is hears it")
