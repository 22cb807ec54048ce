#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd lets the gun go; later another program of this computer links it. Then limber connect gun:
# BlueZ says AlreadyConnected. It has to go on with that link within 10 s, as it does where it never
# had the gun itself.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
right = w.bluez.methods["Connect"]


def connect(call):
    if w.bluez.objects[call.path]["org.bluez.Device1"]["Connected"]:
        raise DBusError("org.bluez.Error.AlreadyConnected", "Already Connected")
    return right(call)


w.bluez.methods["Connect"] = connect
if w.limber("connect", "gun").code:
    broken("the first connect")
w.limber("disconnect", "gun")
must(lambda: not w.bluez.objects[gun.path]["org.bluez.Device1"]["Connected"], "the disconnect", 10)
time.sleep(1)
w.bluez.resolve(gun.path)
time.sleep(0.5)
begin = time.monotonic()
done = w.limber("connect", "gun", timeout=12)
judge(done.code == 0, f"{time.monotonic() - begin:.1f} s", f"exit {done.code} after {time.monotonic() - begin:.1f} s: {done.said}",
      "connected by the link that stands")
