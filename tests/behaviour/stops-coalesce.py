#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Somebody else pulls the stop socket as fast as they can for two seconds, with pads and gun linked and off. Everybody is
# answered, and the devices are told ten times a second, not thousands of times; the record stays as it is. A stop of what
# is on is none of them: it is told at once.
import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

FLOOD = """
import os, socket, sys, time
if os.getuid() == 0:
    os.setgid({gid}); os.setuid({uid})
end, n, keep = time.monotonic() + {seconds}, 0, []
while time.monotonic() < end:
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(1)
    try:
        s.connect({path!r})
        n += 1
    except OSError:
        pass
    keep.append(s)
    if len(keep) > 8:
        keep.pop(0).close()
print(n)
"""


def flood(w, seconds):
    text = FLOOD.format(uid=65534, gid=65534, seconds=seconds, path=w.path("run/stop"))
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)


def events(w):
    with contextlib.closing(sqlite3.connect(f"file:{w.state}/history.db?mode=ro", uri=True, timeout=2)) as db:
        return db.execute("SELECT count(*) FROM event").fetchone()[0]


w = World()
w.keep_pads()
w.keep_gun()
for name in ("pads", "gun"):
    w.limber("connect", name)
time.sleep(1)
frames, rows = len(w.frames()), events(w)
pulls = int(flood(w, 2).communicate()[0])
time.sleep(1)
frames, rows = len(w.frames()) - frames, events(w) - rows
if frames > 2 * 30 or rows > 30:
    fails(f"{pulls} stops in 2 s: {frames} frames, {rows} entries in the record", "ten a second for each device, at most 30 entries")
h = Holder(w).routine("calf").live()
must(lambda: w.output(GUN) > 0, "output", 10)
since = len(w.frames())
running = flood(w, 2)
took = until(lambda: w.output(GUN) == 0, 2)
running.communicate()
told = len(w.frames()) - since
judge(took is not None and told <= 3 * 30, f"{pulls} stops: {frames} frames, {rows} entries; with output on {told} frames",
      f"gun off after {took} s, {told} frames", "off at once, with few frames")
