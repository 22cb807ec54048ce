#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two users train; the pads of one drop. The terminal that holds it and one that follows it show the alert, one that follows
# the other session, as text or as JSON, does not; a program that listens to the signal still hears all of them.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

nobody = as_nobody()
w = World(intake=(None, nobody))
w.keep_gun()
w.keep_pads()
w.begin("calf", uid=nobody)
must(lambda: w.output(GUN) > 0, "the motor", 15)
w.begin("current")
must(lambda: w.output(PADS) > 0, "the current", 15)
sessions = {s["routine"]: str(s["session"]) for s in w.json("status")["sessions"]}
for name, number, *words in (("gun", sessions["calf"]), ("gun-json", sessions["calf"], "--json"), ("pads", sessions["current"])):
    w.spawn(f"follow-{name}", [program("limber"), *words, "follow", "--session", number])
must(lambda: all(w.read(f"follow-{n}.log") for n in ("gun", "gun-json", "pads")), "those that follow")
time.sleep(0.3)
heard = []
listener = w.connection(on_signal=lambda m: heard.append(m.body) if m.member == "Alert" else None)
listener.match(f"type='signal',interface='{MANAGER}',member='Alert'")
w.fault(PADS, "drop", 8)
until(lambda: "alert" in w.read("current.start.log") and "alert" in w.read("follow-pads.log"), 5)
time.sleep(1)
wrong = [n for n in ("current.start", "follow-pads") if "alert" not in w.read(n + ".log")]
wrong += [n for n in ("calf.start", "follow-gun", "follow-gun-json") if "alert" in w.read(n + ".log") or "pads" in w.read(n + ".log")]
running = w.output(GUN) > 0
wrong += [] if heard else ["a listener"]
judge(not wrong and running, "told to those of that session", f"wrong at {wrong}, gun {'runs' if running else 'stopped'}",
      "only those of that session show it")
