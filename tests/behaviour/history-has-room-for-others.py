#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# One user asks for the history all the time, as much as they may: others still get theirs, have a text checked, and the files read.
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

OTHER = 1000
as_nobody()
w = World(intake=(None, NOBODY, OTHER))
over = threading.Event()


def flood(bus):
    while not over.is_set():
        for slot in [bus.begin(LIMBER, "/org/limber1", MANAGER, "History", "a{sv}", {}) for _ in range(8)]:
            with contextlib.suppress(DBusError):
                bus.end(slot)
        time.sleep(0.05)


for connection in [w.connection(NOBODY) for _ in range(4)]:
    threading.Thread(target=flood, args=(connection,), daemon=True).start()
time.sleep(0.5)
other = w.connection(OTHER)
refused = {}
for what, client, *call in (("History", other, "a{sv}", {}), ("CheckRoutine", other, "ay", b"format = 1;"), ("Reload", None)):
    for _ in range(30):
        try:
            w.manager(what, *call, client=client)
        except DBusError as e:
            refused[what] = str(e)
        time.sleep(0.03)
over.set()
judge(not refused, "90 calls beside the flood", str(refused), "none refused")
