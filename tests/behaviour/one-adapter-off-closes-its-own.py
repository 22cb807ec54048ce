#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two guns, each linked by an adapter of its own. One adapter is switched off: its gun is lost, the other stays connected and
# drivable.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
w.bluez.adapter(1)
one, other = Gun(w.bluez), Gun(w.bluez, address="C0:FF:EE:00:00:03", adapter=1)
w.keep(one.address, "gun")
w.keep(other.address, "other")
for name in ("gun", "other"):
    if w.limber("connect", name).code:
        broken(f"connect {name}")
w.bluez.change("/org/bluez/hci1", "org.bluez.Adapter1", Powered=False)
time.sleep(0.7)
state = {d["name"]: d["state"] for d in w.json("devices")["devices"]}
w.begin("calf", "--device", "gun=gun")
ran = until(lambda: one.level > 0, 8)
judge(state["gun"] == "ready" and state["other"] != "ready" and ran is not None and w.bluez.count("Connect") == 2,
      f"other: {state['other']}", f"{state}, the first {'ran' if ran else 'did not run'}", "only the gun of that adapter is lost")
