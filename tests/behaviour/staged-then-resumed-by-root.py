#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The way that limber advises where the key is refused: a user stages, root resumes. The gun runs, and the session is the user's.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

USER = 65534
if os.getuid() != 0:
    skips("only root can act as two users")
w = World(intake=(USER,))
w.keep_gun()
done = w.limber("start", "calf", "--stage", uid=USER)
if done.code:
    broken("stage: " + done.said)
w.spawn("resume", [program("limber"), "resume", "--yes"])
must(lambda: w.output(GUN) > 0, "the gun's output after root resumed")
session = next(v["org.limber1.Session"] for v in w.objects().values() if "org.limber1.Session" in v)
if session["Runner"] != USER:
    fails(f"the session is of user {session['Runner']}", f"of user {USER}, who staged it")
w.limber("stop")
must(lambda: w.output(GUN) == 0, "zero")
holds("staged by a user, resumed by root: the gun runs, the session is the user's")
