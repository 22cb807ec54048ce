#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Names that a device may advertise and no terminal should act on: control characters, marks that turn the reading direction,
# and one that is cut off inside a character. Each verb answers, its JSON is JSON, what is shown has none of these, and a device
# that was added under such a name is still known when limberd has started again.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

with open(os.path.join(source(), "protocols", "devices", "theragun-gen4.conf"), encoding="utf-8") as f:
    text = f.read()
text = re.sub(r'id = "[^"]*"', 'id = "prefix-gun"', text, count=1)
text = re.sub(r"match = \(.*?\n\);", 'match = ( { name = "XG-"; prefix = true; } );', text, count=1, flags=re.S)
ADDRESS = "C0:FF:EE:00:00:09"
NAMES = ["XG-\x1b[2Jgun", "XG-\u202enug", "XG-two\nlines", "XG-\x85\x9b", "XG-a" + "é" * 31]
broke = {}
for name in NAMES:
    w = World(bluez="own", devices={"prefix-gun": text})
    Gun(w.bluez, address=ADDRESS, name=name)
    w.keep(ADDRESS, "mine", "--model", "prefix-gun")
    w.stop_daemon()
    w.start_daemon()
    known = w.json("devices")
    if not known or not any(d["address"] == ADDRESS and d["name"] == "mine" for d in known["devices"]):
        broke.setdefault(repr(name), []).append(f"after a restart: {known}")
    for verb in (["status"], ["devices"], ["routines"], ["limits", "mine"], ["runner"]):
        done = w.limber(*verb)
        shown = [c for c in done.out if c != "\n" and (ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or c == "\u202e" or c == "\ufffd")]
        if done.code or shown or w.json(*verb) is None:
            broke.setdefault(repr(name), []).append(f"{verb[0]}: {done.code} {shown} {done.said[:60]}")
    w.end()
judge(not broke, f"{len(NAMES)} names", broke, "shown as text, and the device is known")
