#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd looks for devices; meanwhile a second adapter is plugged in, then the first one is unplugged. Each adapter ends the scan
# that was begun on it, and the one that is left goes on looking.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")


def asked(adapter, member):
    return sum(1 for _, path, m in w.bluez.calls if path == f"/org/bluez/hci{adapter}" and m == member)


scan = w.spawn("scan", [program("limber"), "scan", "--seconds", "4"])
must(lambda: asked(0, "StartDiscovery") == 1, "the scan")
w.bluez.adapter(1)
second = until(lambda: asked(1, "StartDiscovery") == 1, 2)
ended_early = asked(0, "StopDiscovery")
w.bluez.drop("/org/bluez/hci0")
w.bluez.adapter(2)
until(lambda: asked(2, "StartDiscovery") == 1, 2)
scan.wait(10)
time.sleep(0.3)
ended = [asked(n, "StopDiscovery") for n in range(3)]
judge(second is not None and ended_early == 0 and ended == [0, 1, 1], "each where it began",
      f"second asked {second}, first ended early {ended_early}, StopDiscovery by adapter {ended}", "one by each that still is there")
