#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd is killed while the gun runs, and when it starts again it no longer knows that gun (its file among the kept devices is lost),
# or cannot read the armed file. Nobody says that all is off while the motor runs; limber-allstop stops what limberd does not know, and
# what limberd knows it stops by itself.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World()
w.keep_gun()
wrong = []
armed = os.path.join(w.run, "armed")
kept = os.path.join(w.state, "devices")


def leave_on(w):
    w.begin("calf")
    must(lambda: w.output(GUN) > 0, "the motor", 20)
    time.sleep(1)
    w.daemon.kill()
    w.daemon.wait()


leave_on(w)
(name,) = os.listdir(armed)
for path in os.listdir(kept):
    os.unlink(os.path.join(kept, path))
w.start_daemon()
must(lambda: w.json("status")["daemon"]["output_active"], "limberd to say that something is on", 5)
done, (_, text) = w.limber("stop", timeout=20), w.pull(3)
if done.code != 10 or "unconfirmed" not in text:
    wrong.append(f"left on and unknown: limber stop: exit {done.code}, {done.said}; stop socket: {text!r}")
if w.output(GUN) == 0:
    wrong.append("somebody stopped the gun: this tries nothing")
done = w.allstop()
must(lambda: w.output(GUN) == 0, "limber-allstop to stop what limberd does not know", 5)
if done.code or "gun" not in done.said or os.listdir(armed):
    wrong.append(f"limber-allstop: exit {done.code}, {done.said}; armed: {os.listdir(armed)}")
done = w.limber("stop", timeout=20)
if done.code or w.json("status")["daemon"]["output_active"]:
    wrong.append(f"when it is off: limber stop: exit {done.code}, {done.said}")

w.end()
w = World()
w.keep_gun()
leave_on(w)
armed = os.path.join(w.run, "armed")
with open(os.path.join(armed, name), "w", encoding="utf-8") as f:
    f.write("address = \"")
w.start_daemon()
must(lambda: w.output(GUN) == 0, "limberd to stop a gun that it knows, whatever its armed file says", 20)
must(lambda: not os.listdir(armed), "the armed file to go", 10)

w.stop_daemon()
stranger = os.path.join(armed, "AA_BB_CC_DD_EE_09")
with open(stranger, "w", encoding="utf-8") as f:
    f.write("address = \"")
w.start_daemon()
done = w.allstop()
if done.code != 10 or "cannot be read" not in done.said:
    wrong.append(f"a file of nobody knows what: limber-allstop: exit {done.code}, {done.said}")
os.unlink(stranger)
done = w.allstop()
if done.code:
    wrong.append(f"when it was removed: limber-allstop: exit {done.code}, {done.said}")
judge(not wrong, "never off before it was", "; ".join(wrong), "what is left on counts as on until it was stopped")
