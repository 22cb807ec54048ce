#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A routine file has a title with bytes that are not UTF-8, written as escapes ("\xff"), and a second
# file such a name of its own. limber check has to refuse the first; with both in the folder every
# verb has to go on working.
# Seen in the field: systemd/systemd #27541
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

BAD = routine("bad", gun_step(), title='"bad \\xff\\xfe text"')
w = World()
w.write(os.path.join(w.routines, "bad.conf"), BAD)
w.write(os.fsencode(w.routines) + b"/n\xffme.conf", routine("n", gun_step()))
checked = w.limber("check", os.path.join(w.routines, "bad.conf"))
w.stop_daemon()
w.start_daemon()
broke = {}
for verb in (["status"], ["devices"], ["routines"], ["show", "calf"], ["runner"], ["history"]):
    done = w.limber(*verb)
    if done.code:
        broke[verb[0]] = done.said[:60]
judge(not broke and checked.code, "refused by check, harmless in the folder",
      f"check says {checked.said[-60:]!r} (exit {checked.code}); broken verbs: {broke}", "refused, and nothing else breaks")
