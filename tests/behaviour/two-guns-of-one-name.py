#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two guns of the same name are in sight. A name that stands for both is refused with both addresses, by add, connect and start;
# the address says which.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

ONE, OTHER = "C0:FF:EE:00:00:01", "C0:FF:EE:00:00:03"
w = World(bluez="own")
Gun(w.bluez, address=ONE)
Gun(w.bluez, address=OTHER)
time.sleep(0.3)
said = {"add": w.limber("add", "Pro", "--experimental")}
w.keep(ONE, "")
w.keep(OTHER, "")
said["connect"] = w.limber("connect", "Pro")
said["start"] = w.limber("start", "calf", "--yes", "--device", "gun=Pro")
wrong = [f"{verb}: exit {done.code}: {done.said}" for verb, done in said.items()
         if done.code == 0 or ONE not in done.out or OTHER not in done.out]
judge(not wrong, "each lists both", ", ".join(wrong), "the addresses of both")
