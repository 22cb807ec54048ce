#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The gun is in sight; BlueZ answers each Connect with InProgress, because another program is connecting to it, for
# ever. limber may give up, but not with "not in sight, bring it nearer": it has to say that something else is
# connecting.
# Seen in the field: Bluetooth-Devices/bleak-retry-connector #226
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")


def busy(call):
    raise DBusError("org.bluez.Error.InProgress", "Operation already in progress")


w.bluez.methods["Connect"] = busy
done = w.limber("connect", "gun", timeout=35)
text = done.out.lower()
judge(done.code != 0 and "not in sight" not in text and ("another program" in text or "progress" in text or "other program" in text),
      done.said[:110], f"exit {done.code}: {done.said}", "that another program is connecting to it")
