#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A hundred guns that nobody kept advertise. What is kept stays, limberd holds no more than 64 strangers, and a gun that comes
# after all of them can be added.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
for n in range(100):
    w.bluez.device(f"C0:FF:EE:01:00:{n:02X}", "Pro")
late = Gun(w.bluez, address="C0:FF:EE:02:00:00")
time.sleep(1)
known = [d["address"] for d in w.json("devices")["devices"]]
added = w.limber("add", late.address, "--as", "late", "--experimental")
judge(gun.address in known and len(known) <= 65 and added.code == 0, f"{len(known)} known",
      f"{len(known)} known, the kept one {'is' if gun.address in known else 'is not'} among them, add exit {added.code}: {added.said}",
      "64 strangers and what is kept, the newest among them")
