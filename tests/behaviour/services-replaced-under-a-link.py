#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun runs; BlueZ takes its services away and gives the same ones at other paths, while the link stands. The stop has
# to reach the gun at the new paths (or after the link was made anew) within 3 s, and nobody may be told that it was
# stopped before it is off.
# Seen in the field: hbldh/bleak #625, #628; bluez/bluez #191, #1489
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
time.sleep(0.5)
gun.move_services()
time.sleep(0.3)
told = w.limber("stop")
at_answer = gun.level
took = until(lambda: gun.level == 0, 3)
judge(took is not None and (told.code != 0 or at_answer == 0), f"off {took or 0:.1f} s after limber stop ended",
      f"motor at {gun.level}/min after limber stop (exit {told.code}: {told.said})",
      "the stop reaches the gun at its new paths within 3 s")
