#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pads run; the disk takes 4 s for each fsync; a device is renamed, which is written to disk;
# 300 ms later somebody stops. The stop has to be answered, and sent to the pads, within 300
# ms.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

slow = os.path.join(tempfile.gettempdir(), f"limber-behaviour-slow-{os.getpid()}")
w = World(preload=["slow-disk"], environment={"LIMBER_TEST_SLOW_DISK": slow, "LIMBER_TEST_SLOW_FOLDER": "/state/devices"})
atexit.register(lambda: os.path.exists(slow) and os.unlink(slow))
w.keep_pads()
w.begin("current")
must(lambda: w.output(PADS) > 0, "the current", 15)
time.sleep(1)
# Only the folder of kept devices is slow: the record has a thread of its own.
open(slow, "w").close()
threading.Thread(target=lambda: w.limber("add", "47L121000", "--as", "other"), daemon=True).start()
time.sleep(0.3)
first, text = w.pull(6)
off = until(lambda: w.output(PADS) == 0, 5)
os.unlink(slow)
judge(first is not None and first < 0.3, f"answered after {(first or 0) * 1000:.0f} ms", f"answered after "
      f"{'never' if first is None else f'{first:.1f} s'} ({text.strip()!r})", "within 300 ms, whatever the disk does")
