#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A running gun reports two valid levels in turn, without pause. A level that was handed over is confirmed once in the record.
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
time.sleep(1)


def report(level):
    frame = bytearray([0xBB, 0, 0x10, 0, 1] + [0] * 8 + [level >> 8, level & 255])
    frame[1] = sum(frame[2:]) & 255
    w.bluez.notify(f"{gun.path}/service{gun.base:04x}/char{gun.base + 3:04x}", bytes(frame))


end, n = time.monotonic() + 3, 0
while time.monotonic() < end:
    report((gun.level, 1800)[n % 2])
    n += 1
time.sleep(1)
db = sqlite3.connect("file:" + os.path.join(w.state, "history.db") + "?mode=ro", uri=True)
confirmed, sent = (db.execute("SELECT count(*) FROM event WHERE kind = ?", (kind,)).fetchone()[0] for kind in ("confirmed", "sent"))
judge(0 < confirmed <= sent + 1, f"{n} reports, {sent} levels sent, {confirmed} confirmed",
      f"{confirmed} times confirmed after {n} reports", "once for each level that was sent")
