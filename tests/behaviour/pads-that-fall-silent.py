#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pads run at a steady level; then nothing that is written to them arrives, though the link stands and takes it all. Nobody may go on
# saying that they are at their level: within 6 s the session says that it is paused and what to do; they are neither confirmed nor off, and nothing is called complete.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(routines={"current": routine("current", pads_step(duration="60s"), devices=PADS_ROLE)})
w.see()
w.keep(PADS, "pads")
started = w.begin("current")
must(lambda: w.output(PADS) > 0, "the current", 15)
time.sleep(10)
if w.output(PADS) == 0:
    broken("the pads gave nothing before the fault")
w.fault(PADS, "silent")
since = time.monotonic()
claims = set()


def paused():
    """Until then, and for a second after it: what status says of the pads while they answer nothing."""
    if time.monotonic() - since > 3:
        claims.update(d["certainty"] for d in w.json("status")["devices"] if d["device"] == "pads")
    return "paused" in w.said("current").lower() or started.poll() is not None


found = until(paused, 6)
took = time.monotonic() - since
for _ in range(10):
    paused()
    time.sleep(0.1)
text = w.said("current").lower()
judge(found and claims and not claims & {"confirmed", "off"} and "answer" in text and "complete" not in text,
      f"paused after {took:.1f} s, {' '.join(sorted(claims))}", f"certainty {claims}; {text[-500:]}",
      "paused, with what they did not do, and neither confirmed nor off")
