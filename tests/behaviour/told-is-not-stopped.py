#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun runs and takes no write any more. limber-allstop, by hand, while limberd lives: limberd was
# told and could do nothing. Nobody may say that it is stopped: the exit status is not 0, and the
# words are not those of a stopped device.
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


w.bluez.methods["WriteValue"] = refuse
done = w.allstop()
judge(done.code != 0 or gun.level == 0, f"exit {done.code}: {done.said[:80]}",
      f"exit {done.code}, '{done.said}', motor at {gun.level}/min", "not exit 0, and it says that the device may be on")
