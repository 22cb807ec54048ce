#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two adapters are on, and the first one hears the gun. What limber-allstop would need says so while the gun runs, and
# limber-allstop stops it through that adapter when limberd is gone, although the second one has an old object of the same gun.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
w.bluez.adapter(1)
old = Gun(w.bluez, adapter=1)
time.sleep(0.1)
gun = Gun(w.bluez, adapter=0)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
armed = w.read("run/armed/" + gun.address.replace(":", "_"))
w.stop_daemon(signal.SIGKILL)
done = w.allstop("--after-daemon", f"--directory={w.run}/armed")
off = until(lambda: gun.level == 0, 3)
judge("adapter 00:00:5E:00:53:00" in armed and off is not None and not old.frames, done.said,
      f"armed file: {armed[:80]!r}, motor at {gun.level}, {done.said}", "the first adapter, and off through it")
