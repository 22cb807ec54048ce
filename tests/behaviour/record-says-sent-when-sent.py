#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun answers each write after 400 ms, so that frames queue; three presses of - come 100 ms apart. The record has an
# entry "sent" for each level that was handed to the radio. Each level that the record calls sent has to be in a frame
# on the wire.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)


def slow(call):
    def done():
        w.bluez.arrived(call.path, bytes(call.body[0]))
        w.bluez.bus.reply(call)
    w.bluez.later(0.4, done)


w.keep(gun.address, "gun")
h = Holder(w).routine("calf").live()
must(lambda: gun.level > 0, "the motor", 10)
time.sleep(8)
w.bluez.methods["WriteValue"] = slow
time.sleep(0.5)
for _ in range(3):
    h.call("Adjust", "i", -1)
    time.sleep(0.1)
time.sleep(2)
h.quit.set()
h.call("Stop")
must(lambda: gun.level == 0, "the stop", 5)
time.sleep(0.5)
events = w.manager("HistoryEvents", "t", 1)[0]
wire = {f[4] << 8 | f[5] for _, f in gun.frames if len(f) > 5 and f[2] == 1}
sent = [e for e in events if e.get("kind") == "sent"]
if not sent:
    broken(f"no 'sent' in the record: {events[-3:]}")
levels = [round(e["given"] * 60 if e["given"] < 1000 else e["given"] * 60 / 1000) for e in sent if "given" in e]
never = [n for n in levels if n and not any(abs(n - one) <= 1 for one in wire)]
judge(not never, f"{len(levels)} levels, all on the wire", f"recorded as sent, in no frame: {sorted(set(never))} per minute",
      "sent is what was handed to the radio")
