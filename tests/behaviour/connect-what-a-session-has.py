#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A session lost its gun and goes on trying to reach it. Whoever asks limberd to connect the gun meanwhile is answered, too.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")


def abort(call):
    raise DBusError("org.bluez.Error.Failed", "le-connection-abort-by-local")


w.bluez.methods["Connect"] = abort
w.bluez.unlink(gun.path)
must(lambda: w.bluez.count("Connect") >= 2, "another try")
begin = time.monotonic()
done = w.limber("connect", "gun", timeout=20)
took = time.monotonic() - begin
judge(done.code not in (0, 9, 124) and "session" in done.out and took < 3, done.said[:90],
      f"exit {done.code} after {took:.0f} s: {done.said}", "an answer that a session has it")
