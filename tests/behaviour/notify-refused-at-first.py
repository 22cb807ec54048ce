#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Right after a connect BlueZ refuses StartNotify twice, once as Failed and once as NotPermitted. limberd tries again and connects.
# Seen in the field: hbldh/bleak #669; bluez/bluez PR #1376
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
refusals = ["org.bluez.Error.Failed", "org.bluez.Error.NotPermitted", "org.bluez.Error.InProgress"]


def refuse(call):
    if refusals:
        raise DBusError(refusals.pop(0), "Not connected")
    return ("",)


w.bluez.methods["StartNotify"] = refuse
done = w.limber("connect", "gun", timeout=30)
judge(done.code == 0 and not refusals and w.bluez.count("StartNotify") == 4 and w.bluez.count("Connect") == 1, "the fourth try",
      f"exit {done.code} after {w.bluez.count('StartNotify')} StartNotify and {w.bluez.count('Connect')} Connect: {done.said}",
      "connected on the same link")
