#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two hundred connections that limberd has never heard call at once, behind twenty thousand calls that nobody counts, while the bus is
# asked whose they are: limberd lives, the session runs on, and a call of somebody else is answered.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403
from wire import CALL, Message  # noqa: E402

SESSION, OTHER = "org.limber1.Session", 1000
as_nobody()
w = World(intake=(None, NOBODY, OTHER))
w.keep_gun()
holder = Holder(w).routine("calf").live()
must(lambda: w.output(GUN) > 0, "output", 20)
stop = Message(CALL, destination=LIMBER, path="/org/limber1/session/9999", interface=SESSION, member="Stop", flags=1)
stop.serial = 77
refused = 0
for calls in (1, 8):
    strangers = [w.connection(NOBODY) for _ in range(200)]
    strangers[0].socket.sendall(stop.pack() * 20000)
    for stranger in strangers[1:]:
        for _ in range(calls):
            stranger.begin(LIMBER, "/org/limber1", MANAGER, "Rests")
    done = w.limber("rests", uid=OTHER)
    refused += done.code != 0
    time.sleep(1)
    if not w.alive():
        fails(f"limberd ended with {w.daemon.poll()}", "it lives")
    for stranger in strangers:
        stranger.socket.close()
judge(not refused and w.output(GUN) > 0, "2 times 200 strangers", f"'limber rests' of another user: {done.said[:100]}, gun {w.output(GUN)}",
      "answered, and the session runs on")
