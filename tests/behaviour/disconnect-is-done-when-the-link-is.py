#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# BlueZ answers Disconnect at once, and the link ends two seconds later. limber disconnect answers when it has. Another one never
# ends: limber says so within 15 s, by exit status 10, and that the device is to be switched off by hand.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")


def slowly(call):
    w.bluez.bus.reply(call)
    w.bluez.later(2, w.bluez.unlink, call.path)


w.bluez.methods["Disconnect"] = slowly
w.limber("connect", "gun")
first = w.limber("disconnect", "gun")
linked = w.bluez.objects[gun.path]["org.bluez.Device1"]["Connected"]
w.limber("connect", "gun")
w.bluez.methods["Disconnect"] = w.bluez.nothing
begin = time.monotonic()
second = w.limber("disconnect", "gun", timeout=20)
took = time.monotonic() - begin
judge(first.code == 0 and not linked and second.code == 10 and "by hand" in second.out and took < 15, f"{took:.0f} s: {second.said[:90]}",
      f"exit {first.code} while {'linked' if linked else 'not linked'}; then exit {second.code} after {took:.0f} s: {second.said}",
      "an answer when the link is gone, else that it is not certain")
