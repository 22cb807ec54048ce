#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limber connect waits for a gun that BlueZ does not get connected, and is ended. limberd stops trying: nobody asks any more.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.bluez.methods["Connect"] = lambda call: None
asking = w.spawn("connect", [program("limber"), "connect", "gun"])
must(lambda: w.bluez.count("Connect") == 1, "the connect")
asking.terminate()
asking.wait()
gone = until(lambda: w.bluez.count("Disconnect") >= 1, 2)
since = time.monotonic()
time.sleep(4)
again = w.bluez.count("Connect", since)
state = w.json("devices")["devices"][0]["state"]
judge(gone is not None and again == 0 and state == "seen", "given up at once",
      f"{'given up' if gone is not None else 'not given up'}, {again} more tries, state {state}", "no more tries")
