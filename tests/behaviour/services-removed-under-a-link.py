#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun runs; BlueZ takes its services away and gives none back, while the link stands. On a new link they are there
# again. limberd has to see that it cannot write any more, make the link anew and stop the gun: within 5 s of limber
# stop.
# Seen in the field: hbldh/bleak #625; bluez/bluez #191
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.bluez.drop(f"{gun.path}/service{gun.base:04x}")
time.sleep(0.5)
told = w.limber("stop")
took = until(lambda: gun.level == 0, 5)
links = w.bluez.count("Connect")
judge(took is not None, f"off {took or 0:.1f} s after limber stop ended", f"motor at {gun.level}/min, {links} link(s) made, "
      f"limber stop exit {told.code}", "the link is made anew and the stop sent on it")
