#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A finding quotes what is wrong, and that may be bytes that are not UTF-8 (written as escapes) or a control sequence. limber
# check shows it as text and as JSON, and CheckRoutine and the list of rejected files answer.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

BAD = [
    routine("bad", gun_step(sides=r"\xff\xfe")),
    routine("bad", gun_step(frequency=r"\x1b[2J")),
    routine("bad", gun_step(), title=r'"noncharacter \xef\xbf\xbf"'),
    routine("bad", gun_step(), title=r'"turned \xe2\x80\xae round"'),
]
w = World()
broke = []
for i, text in enumerate(BAD):
    path = os.path.join(w.routines, "bad.conf")
    w.write(path, text)
    checked = w.limber("check", path)
    found = w.json("check", path)
    if checked.code == 0 or "\x1b" in checked.out or "\ufffd" in checked.out or not found:
        broke.append(f"{i}: check {checked.code} {checked.out!r} {found}")
    answer = w.client.call(LIMBER, "/org/limber1", MANAGER, "CheckRoutine", "ay", text.encode())[0]
    if not answer:
        broke.append(f"{i}: CheckRoutine finds nothing")
    w.stop_daemon()
    w.start_daemon()
    for verb in (["devices"], ["routines"], ["status"]):
        done = w.limber(*verb)
        if done.code or w.json(*verb) is None:
            broke.append(f"{i}: {verb[0]} {done.code} {done.said[:60]}")
judge(not broke, f"{len(BAD)} files", broke, "quoted as text")
