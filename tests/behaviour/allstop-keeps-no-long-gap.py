#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd died with a gun on, whose stop is two frames with a gap of two seconds between them, in a file as an older limberd wrote it:
# limber-allstop sends both frames within its time, and says so.
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
folder = os.path.join(w.run, "armed")
path = os.path.join(folder, os.listdir(folder)[0])
with open(path, encoding="utf-8") as f:
    lines = f.read().splitlines()
stop = next(line for line in lines if line.startswith("frame "))
other = stop.rsplit(" ", 1)[0] + " 0102"
lines = ["gap-usec 2000000" if line.startswith("gap-usec ") else line for line in lines]
lines[lines.index(stop)] = f"{other}\n{stop}"
w.write(path, "\n".join(lines) + "\n")
done = w.allstop("--after-daemon", f"--directory={folder}")
judge(done.code == 0 and gun.level == 0 and not os.listdir(folder), "both frames sent",
      f"exit {done.code}, {done.said}, motor at {gun.level}/min", "a stop does not wait for the gap of the device")
