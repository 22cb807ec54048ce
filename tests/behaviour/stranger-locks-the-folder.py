#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user who is nobody holds a lock (flock) on limberd's runtime folder, and on what may be read in
# it. limberd is started, as after a crash. It has to start: nobody else can keep it from stopping
# what is left on.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

import fcntl  # noqa: E402

nobody = as_nobody()
w = World()
w.stop_daemon(signal.SIGKILL)
child = os.fork()
if child == 0:
    os.setgid(nobody)
    os.setuid(nobody)
    held = []
    for folder, _, names in os.walk(w.run):
        for path in [folder, *(os.path.join(folder, n) for n in names)]:
            with contextlib.suppress(OSError):
                held.append(os.open(path, os.O_RDONLY))
                fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
    time.sleep(30)
    os._exit(0)
time.sleep(0.3)
w.start_daemon(wait=False)
took = until(lambda: w.owns(LIMBER), 3)
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
judge(took is not None, f"started in {took or 0:.2f} s", f"it did not start: {w.read('limberd.log')[-200:]}",
      "a lock that a stranger can take decides nothing")
