#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun was heard, then BlueZ withdraws its signal strength and never hears it again; its object stays, as those of devices
# that were connected once do. After half a minute it is absent. A gun that is heard again and again stays in sight.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
far, near = Gun(w.bluez), Gun(w.bluez, address="C0:FF:EE:00:00:03")
w.keep(far.address, "far")
w.keep(near.address, "near")
w.bluez.bus.signal(far.path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", "org.bluez.Device1", {}, ["RSSI"])


def state():
    return {d["name"]: d["state"] for d in w.json("devices")["devices"]}


before = state()
for n in range(17):
    w.bluez.change(near.path, "org.bluez.Device1", RSSI=Variant("n", -60 - n % 2))
    time.sleep(2)
after = state()
judge(before == {"far": "seen", "near": "seen"} and after == {"far": "absent", "near": "seen"}, "absent after 30 s",
      f"{before}, then {after}", "seen, then absent for the one that was not heard")
