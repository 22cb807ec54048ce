#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun answers every write with an error, from the first one on, on each link. Nobody may be told that the routine is complete:
# limber start ends by itself with a status that is not 0, or says that it is paused and why, within 15 s; and no question of how
# it feels is asked about a motor that never ran.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")


def refuse(call):
    raise DBusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")


w.bluez.methods["WriteValue"] = refuse
started = w.begin("calf")
done = until(lambda: started.poll() is not None or "paused" in w.said("calf").lower(), 15)
time.sleep(2)
text = w.said("calf").lower()
judge(done is not None and started.poll() != 0 and "complete" not in text and "0 to 10" not in text.split("arm")[-1],
      f"{done or 0:.1f} s: {text[-120:]}", f"exit {started.poll()}: {text[-400:]}", "not complete, with the reason")
