#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# BlueZ 5.66 and others hide the battery service and give org.bluez.Battery1 of the
# device instead: 12 %. limber has to show 12 %, and a routine may not begin with less
# than 20 %.
# Seen in the field: hbldh/bleak #750
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.bluez.objects[gun.path]["org.bluez.Battery1"] = {"Percentage": byte(12)}
w.bluez.bus.signal("/", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", "oa{sa{sv}}", gun.path, w.bluez.objects[gun.path])
w.keep(gun.address, "gun")
w.limber("connect", "gun")
time.sleep(0.7)
shown = next((d["battery"] for d in w.json("devices")["devices"] if d["name"] == "gun"), "?")
w.begin("calf")
ran = until(lambda: gun.level > 0, 4) is not None
judge(shown == 12 and not ran, "12 %, not started", f"battery {shown}, the gun {'ran' if ran else 'did not run'}",
      "12 %, and no start below 20 %")
