#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# bluetoothd takes each write of limber-allstop, but so slowly that the time is over before all are done: that is said, and not that
# bluetoothd never answered.
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
    text = f.read()
w.write(path, text.replace("repeats 2\n", "repeats 4\n"))


def write(call):
    w.bluez.later(0.7, w.bluez.bus.reply, call)


w.bluez.methods["WriteValue"] = write
done = w.allstop("--after-daemon", f"--directory={folder}")
judge(done.code == 10 and "only a part of it was sent" in done.said and len(os.listdir(folder)) == 1, "a part of it",
      f"exit {done.code}, {done.said}", "it says what came of it, and keeps the file")
