#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The gun is switched off; a start fails because of that; the gun is forgotten; everything is asked
# for again. limberd has to live, and the ended session may still be looked at. Best with a build that
# has address sanitizer.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World()
w.keep_gun()
w.limber("disconnect", "gun")
w.fault(GUN, "away", 1)
w.stop_daemon()
w.start_daemon()
start = w.limber("start", "calf", "--yes", timeout=30)
forgotten = w.limber("forget", "gun")
seen = [w.limber("devices"), w.limber("status"), w.limber("devices")]
try:
    w.objects()
    answered = True
except DBusError as e:
    answered = f"GetManagedObjects: {e}"
time.sleep(0.3)
if start.code == 0:
    broken("the start did not fail: " + start.said)
bad = [one.said for one in seen if one.code]
judge(w.alive() and not bad and answered is True, f"alive; forget exit {forgotten.code}",
      f"limberd {'lives' if w.alive() else f'died with {w.daemon.returncode}'}; {answered}; {bad or ''} {w.read('limberd.log')[-200:]}",
      "limberd lives and answers")
