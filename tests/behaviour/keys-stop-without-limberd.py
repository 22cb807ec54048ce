#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd hangs while a gun runs. Whoever holds the session stops it (Ctrl-C, as the key s): what "limber stop" does then happens here, too.
# The motor gets zero, though limberd does nothing, and the exit status is not that of a routine that is complete.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World()
w.environment["PATH"] = os.path.dirname(program("limber-allstop")) + ":" + w.environment.get("PATH", os.environ["PATH"])
w.keep_gun()
started = w.begin("calf")
must(lambda: w.output(GUN) > 0, "the motor", 20)
time.sleep(1)
w.daemon.send_signal(signal.SIGSTOP)
started.send_signal(signal.SIGINT)
off = until(lambda: w.output(GUN) == 0, 5)
code = started.wait(10)
text = w.said("calf")
w.daemon.send_signal(signal.SIGCONT)
judge(off is not None and code in (8, 10) and "stop sent" in text, f"off after {off or 0:.1f} s, exit {code}",
      f"off: {off}, exit {code}: {text[-300:]}", "zero at the gun, exit 8, and who sent the stop")
