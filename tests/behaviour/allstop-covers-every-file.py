#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd died with 40 devices armed, one of them a gun that runs: limber-allstop works on all of them, stops the gun, names each
# of the others as one that may still be on, and keeps their files.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.daemon.kill()
w.daemon.wait()
armed = os.path.join(w.run, "armed")
with open(os.path.join(armed, os.listdir(armed)[0]), encoding="utf-8") as f:
    text = f.read()
others = [f"C0:FF:EE:01:00:{i:02X}" for i in range(39)]
for address in others:
    w.write(os.path.join(armed, address.replace(":", "_")), text.replace(gun.address, address))
done = w.allstop("--after-daemon", f"--directory={armed}")
unnamed = [a for a in others if f"({a})" not in done.out]
kept = len(os.listdir(armed))
judge(done.code == 10 and gun.level == 0 and not unnamed and kept == 39, "39 named, 1 stopped",
      f"exit {done.code}, {len(unnamed)} not named, {kept} files kept, motor at {gun.level}/min", "all 40 are seen to")
