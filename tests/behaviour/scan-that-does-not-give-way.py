#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limber scan runs, and BlueZ never answers StopDiscovery. A connect waits for the scan to give way, but not for ever.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.bluez.methods["StopDiscovery"] = lambda call: None
scan = w.spawn("scan", [program("limber"), "scan", "--seconds", "20"])
must(lambda: w.bluez.count("StartDiscovery") == 1, "the scan")
begin = time.monotonic()
done = w.limber("connect", "gun", timeout=30)
took = time.monotonic() - begin
judge(done.code == 0 and took < 10, f"connected after {took:.0f} s", f"exit {done.code} after {took:.0f} s: {done.said}",
      "connected within 10 s")
