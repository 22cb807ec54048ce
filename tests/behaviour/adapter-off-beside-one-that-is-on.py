#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two Bluetooth adapters: the first is off and BlueZ still keeps an object of the gun below it, the
# second is on and sees the gun now. limber connect has to go by the second, in whatever order the
# objects came.
# Seen in the field: hbldh/bleak #607, home-assistant/core #83673
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.bluez.adapter(1)
w.bluez.drop(gun.path)
on = Gun(w.bluez, adapter=1)
w.bluez.change("/org/bluez/hci0", "org.bluez.Adapter1", Powered=False)
off = Gun(w.bluez, adapter=0)
right = w.bluez.methods["Connect"]


def connect(call):
    if "/hci0/" in call.path:
        raise DBusError("org.bluez.Error.NotReady", "Resource Not Ready")
    return right(call)


w.bluez.methods["Connect"] = connect
time.sleep(0.3)
done = w.limber("connect", "gun", timeout=30)
judge(done.code == 0, "by the adapter that is on", f"exit {done.code}: {done.said}", "the adapter that is on is used")
