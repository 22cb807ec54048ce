#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A stranger's device advertises a name of 99 bytes, UTF-8, that matches a definition by its
# beginning. A buffer that is cut at a byte would split a character. Every verb has to go on working,
# and the name shown is valid text.
# Seen in the field: systemd/systemd #27541, #41925
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

with open(os.path.join(source(), "protocols", "devices", "theragun-gen4.conf"), encoding="utf-8") as f:
    text = f.read()
text = re.sub(r'id = "[^"]*"', 'id = "prefix-gun"', text, count=1)
text = re.sub(r"match = \(.*?\n\);", 'match = ( { name = "XG-"; prefix = true; } );', text, count=1, flags=re.S)
broke = {}
for n in range(57, 64):
    w = World(bluez="own", devices={"prefix-gun": text})
    Gun(w.bluez, address="C0:FF:EE:00:00:09", name="XG-" + "a" * (n - 3) + "é" * 20)
    w.keep("C0:FF:EE:00:00:09", "mine", "--model", "prefix-gun")
    for verb in (["status"], ["devices"], ["routines"], ["scan", "--seconds", "1"] if n == 62 else ["runner"]):
        done = w.limber(*verb)
        if done.code:
            broke.setdefault(f"{n} bytes", []).append(f"{verb[0]}: {done.said[:40]}")
    w.end()
judge(not broke, "7 lengths", broke, "the name is cut at a character, everything works")
