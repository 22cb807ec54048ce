#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd hangs and holds a gun that runs: limber-allstop has its 2 s, and then says which process to end, that the gun may still
# be on, and exits with 10. When that process is gone, another run stops the gun.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.daemon.send_signal(signal.SIGSTOP)


def write(call):
    if w.daemon.poll() is None:
        raise DBusError("org.bluez.Error.NotPermitted", "Write acquired")
    return w.bluez.write(call)


w.bluez.methods["WriteValue"] = write
held = w.allstop()
w.daemon.kill()
w.daemon.wait()
freed = w.allstop()
judge(held.code == 10 and f"process {w.daemon.pid}" in held.out and "may still be on" in held.out and freed.code == 0 and gun.level == 0,
      f"process {w.daemon.pid} is named", f"held: exit {held.code}, {held.said}; freed: exit {freed.code}, {freed.said}, motor at "
      f"{gun.level}/min", "it names the process and exits with 10; then the gun is off")
