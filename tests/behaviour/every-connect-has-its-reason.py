#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# What stands in the way of a connect is said, each by a sentence of its own, before a caller on the bus would give up.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
pads = Pads(w.bluez)
w.keep(gun.address, "gun")
w.keep(pads.address, "pads")
usual = dict(w.bluez.methods)


def fail(name, text):
    def method(call):
        raise DBusError(f"org.bluez.Error.{name}", text)
    return method


CASES = [
    ("gun", "Connect", fail("Failed", "le-connection-abort-by-local"), 5, "every connection to it fails"),
    ("gun", "Connect", fail("AuthenticationFailed", "Authentication Failed"), 5, f"bluetoothctl pair {gun.address}"),
    ("gun", "StartNotify", fail("Failed", "Operation failed with ATT error: 0x0f"), 5, f"bluetoothctl pair {gun.address}"),
    ("gun", "StartNotify", lambda call: None, 5, "does not send its answers"),
    ("gun", "StartNotify", fail("NotSupported", "Operation is not supported"), 5, "does not send its answers"),
    ("pads", "AcquireWrite", fail("NotPermitted", "Write acquired"), 5, "in use by another program"),
]
wrong = []
for name, member, method, code, words in CASES:
    w.bluez.methods = {**usual, member: method}
    begin = time.monotonic()
    done = w.limber("connect", name, timeout=30)
    took = time.monotonic() - begin
    if done.code != code or words not in done.out or took > 25:
        wrong.append(f"{member} for '{words}': exit {done.code} after {took:.0f} s: {done.said}")
    w.bluez.methods = dict(usual)
    w.limber("disconnect", name)
    time.sleep(0.3)
judge(not wrong, f"{len(CASES)} reasons", "; ".join(wrong), "its own sentence for each")
