#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# BlueZ connects, and never finishes looking for the services of the device. limber connect gun waits for the answer.
# Whoever waits has to hear the true reason, not "limberd did not answer in time": the two time-outs have to fit
# together.
# Seen in the field: hbldh/bleak #256, #490; deviceplug/btleplug #164
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")


def half(call):
    w.bluez.bus.reply(call)
    w.bluez.change(call.path, "org.bluez.Device1", Connected=True)


w.bluez.methods["Connect"] = half
begin = time.monotonic()
done = w.limber("connect", "gun", timeout=36)
took = time.monotonic() - begin
if done.code == 124:
    fails("no answer in 36 s", "an answer")
judge("did not answer" not in done.out and done.code not in (0, 9), f"{took:.0f} s: {done.said[:90]}",
      f"exit {done.code} after {took:.0f} s: {done.said[:140]}", "the true reason")
