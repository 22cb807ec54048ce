#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# By sudo nobody gets root's body, with its own rests and limits: start and calibrate say so, intake and runner are for who typed it.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

USER = 54321
if os.getuid() != 0:
    skips("only root can be behind sudo")
w = World(simulated=False, intake=())
w.environment = {**w.environment, "SUDO_UID": str(USER), "SUDO_USER": "somebody"}
for more in ("--yes", "--stage"):
    done = w.limber("start", "calf", more)
    if done.code != 4 or "limber start ROUTINE --stage" not in done.out:
        broken(f"start {more} by sudo: {done.code} {done.said}")
answers = ",".join(f"{q}=no" for q in w.questions())
if w.limber("intake", "--answers", answers).code:
    broken("intake by sudo: " + w.limber("intake", "--answers", answers).said)
w.environment = {k: v for k, v in w.environment.items() if not k.startswith("SUDO_")}
root, user = w.json("runner"), w.json("runner", "--for", str(USER))
if root["answered"] is not None or user["answered"] is None:
    broken(f"the intake by sudo is root's: {root['answered']}, {user['answered']}")
# Without sudo root is a person like others.
done = w.limber("start", "calf", "--yes")
if done.code == 0 or "sudo" in done.out:
    broken(f"start by root: {done.code} {done.said}")
holds("start by sudo is refused with the way to do it, the intake by sudo is that of who typed it")
