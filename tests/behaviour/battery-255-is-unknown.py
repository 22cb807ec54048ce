#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A device answers 255 when asked for its battery, as many do while they do not know; 101 to 254 is no percentage
# either, and an empty answer none at all. limber has to show them as unknown, not as 100 %, nor as what was read on the
# last link.
# Seen in the field: Bluetooth-Devices/govee-ble #54
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez, battery=True)
w.keep(gun.address, "gun")
shown = {}
for value in ("37", "65", "ff", ""):
    w.bluez.methods["ReadValue"] = lambda call, v=value: ("ay", bytes.fromhex(v))
    w.limber("disconnect", "gun")
    time.sleep(0.4)
    w.limber("connect", "gun")
    time.sleep(0.7)
    shown[value] = next((d["battery"] for d in w.json("devices")["devices"] if d["name"] == "gun"), "?")
if shown["37"] != 55:
    broken(f"the battery is not read at all: {shown}")
wrong = [f"0x{value or ' (nothing)'} is shown as {shown[value]} %" for value in ("65", "ff", "") if shown[value] is not None]
judge(not wrong, "101, 255 and nothing are unknown", ", ".join(wrong), "unknown")
