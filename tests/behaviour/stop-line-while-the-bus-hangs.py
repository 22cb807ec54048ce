#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs that limberd does not know yet ask for Limits; the bus hangs while they are answered, 20 times; somebody
# connects to the stop line, which needs no bus.
# Each has to be answered within 500 ms.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World()
w.keep_gun()
late, worst, tries = 0, 0.0, 20
for i in range(tries):
    # New programs each time, whom limberd does not know yet; the bus stops while their calls are being answered.
    readers = [w.connection() for _ in range(8)]
    calls = [(bus, bus.begin(LIMBER, "/org/limber1", MANAGER, "Limits", "ss", "gun", "calf")) for bus in readers for _ in range(6)]
    time.sleep(0.0004 * (i % 8))
    with w.bus_hangs():
        time.sleep(0.02)
        first, _ = w.pull(0.6)
        late += first is None or first > 0.5
        worst = max(worst, first if first is not None else 9)
    for bus, call in calls:
        with contextlib.suppress(DBusError):
            bus.end(call, 5)
    for bus in readers:
        bus.close()
    time.sleep(0.1)
judge(late == 0, f"{tries} stops, slowest {worst * 1000:.0f} ms", f"{late} of {tries} stops were not answered within 500 ms",
      "the stop line never waits for the bus")
