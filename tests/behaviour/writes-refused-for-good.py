#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun runs; from now on each write is refused, the link stands. A new link takes writes again (what a person would
# try). After about a second of refused stops limberd has to let the link go and make it anew: the gun is off within 5
# s.
# Seen in the field: hbldh/bleak #490
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")


def refuse(call):
    raise DBusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")


writes = w.bluez.methods["WriteValue"]
w.bluez.methods["WriteValue"] = refuse
gun.unlinked = lambda: w.bluez.methods.update(WriteValue=writes)
begin = time.monotonic()
told = w.limber("stop")
took = until(lambda: gun.level == 0, 5)
tries = w.bluez.count("WriteValue", begin)
judge(took is not None, f"off {time.monotonic() - begin:.1f} s after the stop", f"motor at {gun.level}/min, {tries} refused writes "
      f"on the same link, limber stop exit {told.code}", "the link is made anew after a second of refusals")
