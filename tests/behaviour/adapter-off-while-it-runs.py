#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bluetooth is switched off while the gun runs: nobody can reach it any more. The runner is told what to do with their hands before
# anything else; once Bluetooth is on again, the gun is stopped first.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.bluez.change("/org/bluez/hci0", "org.bluez.Adapter1", Powered=False)
w.bluez.unlink(gun.path)
told = until(lambda: "Take gun off the body and switch it off by hand" in w.said("calf"), 3)
why = "switched off" in w.said("calf")
running = gun.level
w.bluez.change("/org/bluez/hci0", "org.bluez.Adapter1", Powered=True)
off = until(lambda: gun.level == 0, 15)
judge(told is not None and why and running > 0 and off is not None, f"told after {told or 0:.1f} s, off {off or 0:.1f} s after it is on again",
      f"said: {w.said('calf')[-300:]}, motor at {gun.level}", "hands first, and off as soon as it can be")
