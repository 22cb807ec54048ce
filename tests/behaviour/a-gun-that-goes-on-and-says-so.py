#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun answers the stop, goes on, and says so five times a second. From its first word on it is not off: OutputActive, an armed file,
# stops at a measured pace, "not confirmed" to whoever stops again, and nobody may forget it.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

DEVICE = "org.limber1.Device"
w = World(bluez="own")
gun = Gun(w.bluez)
real, stops = gun.written, []


def written(path, data):
    if len(data) >= 6 and data[0] == 0xAA and data[2] == 1 and (data[4] << 8 | data[5]) == 0:
        stops.append(time.monotonic())
    else:
        real(path, data)


def say():
    frame = bytearray([0xBB, 0, 0x10, 0, 1 if gun.level else 0] + [0] * 8 + [gun.level >> 8, gun.level & 255])
    frame[1] = sum(frame[2:]) & 255
    w.bluez.notify(f"{gun.path}/service{gun.base:04x}/char{gun.base + 3:04x}", bytes(frame))


def device():
    return next(v[DEVICE] for v in w.objects().values() if DEVICE in v)


gun.written = written
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
over = threading.Event()
threading.Thread(target=lambda: [say() for _ in iter(lambda: over.wait(0.2), True)], daemon=True).start()
time.sleep(1)
w.limber("stop")
time.sleep(1)
broke = []
for _ in range(8):
    if not device()["OutputActive"] or not os.listdir(os.path.join(w.run, "armed")):
        broke.append(f"OutputActive {device()['OutputActive']}, armed {os.listdir(os.path.join(w.run, 'armed'))}")
    time.sleep(0.5)
sent = len(stops)
told = w.limber("stop")
if told.code != 10:
    broke.append(f"a second stop: exit {told.code}, {told.said}")
forgotten = w.limber("forget", "gun")
if forgotten.code == 0:
    broke.append("it was forgotten")
if not 10 <= sent <= 60:
    broke.append(f"{sent} stops in 5 s")
# And when it does stop, that is said.
gun.written = real
must(lambda: gun.level == 0, "the motor to stop")
if not until(lambda: not device()["OutputActive"] and not os.listdir(os.path.join(w.run, "armed")), 6):
    broke.append("it is off, and limber says on")
over.set()
judge(not broke, f"{sent} stops in 5 s", broke, "on for as long as it says so")
