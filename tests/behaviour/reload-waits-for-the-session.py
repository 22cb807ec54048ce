#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The owner changes the adapter and a routine, and has them read while a gun runs: nothing of that reaches the session, which can be
# stopped, and it acts when the session is over, as it was said. Also where limberd was started anew with a device left on.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403


def use(adapter):
    w.write(w.path("limberd.conf"), f'adapter = "{adapter}";\n')


w = World(start=False)
use("hci0")
w.start_daemon()
w.intake()
w.keep_gun()
holder = Holder(w).routine("calf").live()
must(lambda: w.output(GUN) > 0, "output", 20)
use("hci1")
w.write(os.path.join(w.routines, "new.conf"), routine("new", gun_step("quads")))
os.kill(w.daemon.pid, signal.SIGHUP)
must(lambda: "are read when it is over" in w.read("limberd.log"), "what waits, in the log")
try:
    w.manager("Reload")
    fails("Reload while a session runs was answered", "Busy")
except DBusError as e:
    if "are read when it is over" not in str(e):
        fails(str(e), "when it will act")
time.sleep(1)
if holder.state() != "running" or w.output(GUN) == 0:
    fails(f"{holder.state()}, the gun gives {w.output(GUN)}", "the session runs on")
w.limber("stop")
must(lambda: w.output(GUN) == 0, "the stop", 5)
must(lambda: w.limber("show", "new").code == 0, "the new routine", 10)
if w.limber("connect", "gun").code == 0:
    fails("connected through the old adapter", "hci1, which there is not")

# Left on through an adapter that is no longer to be used.
use("hci0")
os.kill(w.daemon.pid, signal.SIGHUP)
time.sleep(1)
holder = Holder(w).routine("new").live()
must(lambda: w.output(GUN) > 0, "output again", 20)
use("hci1")
os.kill(w.daemon.pid, signal.SIGKILL)
w.daemon.wait()
w.start_daemon()
off = until(lambda: w.output(GUN) == 0, 10)
judge(off is not None, f"off {off or 0:.1f} s after the start", f"the gun gives {w.output(GUN)}", "0, through the adapter it had")
