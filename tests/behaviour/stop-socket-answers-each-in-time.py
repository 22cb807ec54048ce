#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun refuses the stop, and a stranger pulls the stop socket once a second: whoever pulled first hears "unconfirmed" in their own
# time, not when the stranger has had enough.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403


def refuse(call):
    raise DBusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")


w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.bluez.methods["WriteValue"] = refuse
w.bluez.methods["Connect"] = lambda call: None
over = threading.Event()


def stranger():
    while not over.wait(1.0):
        s = socket.socket(socket.AF_UNIX)
        s.connect(os.path.join(w.run, "stop"))
        threading.Timer(5, s.close).start()


threading.Thread(target=stranger, daemon=True).start()
begun = time.monotonic()
heard = w.pull(8)
took = time.monotonic() - begun
over.set()
judge("unconfirmed" in str(heard) and took < 4, f"{took:.1f} s", f"{heard} in {took:.1f} s", "each is answered in its own time")
