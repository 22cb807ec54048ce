#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A small computer without a battery clock and without a network is switched on each morning: its wall clock begins at the same time
# again, or at one that somebody set. A routine that is for once in 20 h runs in the morning when its runner says that the last
# session was yesterday, is refused at once afterwards whatever they say, is refused after the power was off for ten minutes and the
# runner says so, and in no case does a wall clock that was set forward end a rest.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(start=False, preload=["clock"], routines={"rare": routine("rare", gun_step("glutes", "2s"), min_gap='"20h"')})
w.more["CLOCK_ERROR"] = w.path("clock-error")


def morning(name, error=0, up=60):
    w.write(w.path("clock-error"), str(error))
    if w.daemon:
        w.stop_daemon()
    w.start_daemon(boot=(name, up))


def start(*words):
    done = w.limber("start", "rare", "--yes", *words, timeout=20)
    return done.code, " ".join(done.said.split())[-300:]


morning("a")
w.intake()
w.keep_gun()
code, said = start()
if code:
    broken(f"the first start: {said}")
for name, error in (("b", 0), ("c", 7 * 86400)):
    morning(name, error)
    code, said = start()
    if code != 6 or "--last-session" not in said:
        fails(f"morning {name}: exit {code}, {said}", "refused, for this computer cannot know, with what to say")
    code, said = start("--last-session", "24h")
    if code:
        fails(f"morning {name}, the last session was yesterday: exit {code}, {said}", "it runs")
    code, said = start("--last-session", "24h")
    if code != 6 or "again in" not in said:
        fails(f"at once afterwards: exit {code}, {said}", "refused: this the computer knows")
morning("d")
code, said = start("--last-session", "10min")
if code != 6 or "again in" not in said:
    fails(f"ten minutes later: exit {code}, {said}", "refused: less than 20 h ago")
# In the same run of the machine, with the clock set forward by two days while limberd was down: refused, or asked about again.
w.stop_daemon()
w.write(w.path("clock-error"), str(2 * 86400))
w.start_daemon(boot=("d", 200))
code, said = start()
judge(code == 6 and ("again in" in said or "--last-session" in said), "two mornings; " + said[-80:], f"the clock was set forward: exit {code}, {said}", "refused")
