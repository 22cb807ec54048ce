#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Somebody takes half a minute to find and type the password that polkit wants: limber waits, says what for, and then does it. One
# who is asked and does not know it is refused, and nobody blames limberd.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

nobody = as_nobody()
w = World(bluez="own", simulated=False, start=False)
answer = [(27, True)]


def polkit(call):
    if call.member != "CheckAuthorization":
        return ("",)
    seconds, good = answer.pop(0)
    time.sleep(seconds)
    return "(bba{ss})", (good, False, {})


w.connection(handler=polkit).own("org.freedesktop.PolicyKit1")
w.start_daemon()
waited = w.limber("scan", "--seconds", "1", uid=nobody, timeout=45)
answer.append((0, False))
refused = w.limber("scan", "--seconds", "1", uid=nobody)
judge(waited.code == 0 and "password" in waited.out and refused.code == 4 and "limberd did not answer" not in waited.out + refused.out,
      f"waited, then: {waited.said[:60]}", f"slow: exit {waited.code}, {waited.said}; refused: exit {refused.code}, {refused.said}",
      "exit 0 with a word about the password; exit 4")
