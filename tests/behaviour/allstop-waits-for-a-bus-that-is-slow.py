#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd is killed while a gun runs, and the message bus answers nobody for 0.8 s, as on a busy machine or while systemd
# holds its socket for a bus that starts. limber-allstop has 2 s: it has to wait, and stop the gun.
# Seen in the guest: dbus-daemon killed under systemd
import os
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.bus_process.send_signal(signal.SIGSTOP)
w.daemon.kill()
w.daemon.wait()
w.bluez.later(0.8, lambda: w.bus_process.send_signal(signal.SIGCONT))
begin = time.monotonic()
done = w.allstop("--after-daemon", f"--directory={w.run}/armed")
took = time.monotonic() - begin
judge(done.code == 0 and gun.level == 0 and took < 2.5, f"the gun was stopped after {took:.2f} s",
      f"exit {done.code} after {took:.2f} s, motor at {gun.level}/min: {done.said}", "it waits for the bus, and stops the gun")
