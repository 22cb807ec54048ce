#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limber-parse goes first where memory ends. Whoever kills or stops it, nothing is thought of the files: a Reload that gets nowhere
# leaves in force what was read before, and says so; at start another one reads them, or limberd ends and is started again.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
import world  # noqa: E402
from world import *  # noqa: E402,F403

w = World(start=False)
# A limberd whose limber-parse is a script that lets itself be killed first, as often as a file says.
real, built = program, os.path.join(build(), "parse", "limber-parse")
for folder in ("daemon", "parse"):
    os.mkdir(w.path(folder))
shutil.copy(real("limberd"), w.path("daemon/limberd"))
fate = w.path("fate")
w.write(w.path("parse/limber-parse"), f"""#!/bin/sh
read signal n <{fate}
[ "$n" -gt 0 ] || exec {built}
echo $signal $((n - 1)) >{fate}
kill -$signal $$
exec {built}
""")
os.chmod(w.path("parse/limber-parse"), 0o755)
world.program = lambda name: w.path("daemon/limberd") if name == "limberd" else real(name)


def doom(number="KILL", n=0):
    w.write(fate, f"{number} {n}\n")


def known():
    devices, routines = w.json("devices"), w.json("routines")
    return devices and [d["name"] for d in devices["devices"] if d["added"]], routines and len(routines)


doom()
w.start_daemon()
w.intake()
w.keep_gun()
if w.limber("runner", "cap", "percussion", "25Hz").code != 0:
    broken("no cap can be set")
before, runner = known(), os.path.join(w.state, "runners", f"{os.getuid()}.conf")
text = open(runner, encoding="utf-8").read()

seen = []
for number in ("KILL", "STOP"):
    doom(number, 1000000)
    begun = time.monotonic()
    try:
        w.manager("Reload", timeout=60)
        fails(f"a Reload whose readers all got {number} succeeded", "an error")
    except DBusError as e:
        seen.append(f"{number}: {time.monotonic() - begun:.0f} s")
        if time.monotonic() - begun > 40:
            fails(f"a Reload whose readers all got {number}: {e}, {seen}", "an answer within some 20 s")
    if known() != before:
        fails(f"after a Reload whose readers all got {number}: {known()}", f"{before}, as before")
doom("KILL", 5)
w.manager("Reload", timeout=30)

# Killed five times at start: what was begun goes on. Killed for good: nothing is lost, and an end with a failure.
for n in (5, 1000000):
    w.stop_daemon()
    doom("KILL", n)
    d = w.start_daemon(wait=False)
    must(lambda: w.owns("org.limber1") or not w.alive(), "a start", 60)
    if w.alive() != (n == 5) or d.poll() == 0:
        fails(f"limberd whose readers were killed {n} times at start ended with {d.poll()}", "it waits, and fails in the end")
doom()
w.start_daemon()
must(lambda: known() == before, f"{before} after that", 20)
said = w.limber("runner").said
if "damaged" in said or "25" not in said or open(runner, encoding="utf-8").read() != text:
    fails("the runner's file is thought to be damaged: " + said[-300:], "it is as it was")
if len(os.listdir(os.path.dirname(runner))) != 1:
    fails(f"files of runners: {os.listdir(os.path.dirname(runner))}", "one")
log = w.read("limberd.log")
judge("memory or time" not in log, ", ".join(seen), log[-300:], "no word about the files")
