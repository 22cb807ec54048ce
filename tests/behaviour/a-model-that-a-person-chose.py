#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun on the service of a bought radio module, and a file that knows no more of it than how its name begins: limber does not choose
# that by itself. A person does, by address and id; what is known by its name stays what it is. It is kept so over a restart.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

with open(os.path.join(source(), "protocols", "devices", "theragun-gen4.conf"), encoding="utf-8") as f:
    SHIPPED = f.read()
begin, end = SHIPPED.index("match = ("), SHIPPED.index("endpoints = (")
FILE = SHIPPED[:begin] + 'match = ( { name = "M7"; prefix = true; } );\n' + SHIPPED[end:]
FILE = FILE.replace('id = "theragun-gen4"', 'id = "maybe"').replace('title = "Theragun (generation 4)"', 'title = "Perhaps a gun"')

w = World(bluez="own", devices={"maybe": FILE})
Gun(w.bluez, name="M77")
Pads(w.bluez)
time.sleep(0.3)
wrong = []


def expect(code, words, *argv):
    done = w.limber("add", *argv)
    if done.code != code or any(word not in done.out for word in words):
        wrong.append(f"add {' '.join(argv)}: exit {done.code}: {done.said}")


must(lambda: any(d["address"] == PADS for d in w.json("devices")["devices"]), "the pads")
if any(d["address"] == GUN for d in w.json("devices")["devices"]):
    wrong.append("a file was chosen by the beginning of a name")
expect(3, ["in sight"], GUN, "--experimental")
expect(7, ["'perhaps'", "maybe", "coyote3"], GUN, "--model", "perhaps", "--experimental")
expect(3, ["by the address"], "M77", "--model", "maybe", "--experimental")
expect(3, ["in sight"], "C0:FF:EE:00:00:09", "--model", "maybe", "--experimental")
expect(7, ["47L121000", "DG-LAB Coyote 3"], PADS, "--model", "maybe", "--experimental")
expect(6, ["--model maybe --experimental"], GUN, "--model", "maybe")
expect(0, [], GUN + "/random", "--model", "maybe", "--experimental", "--as", "it")
expect(7, ["taken"], PADS, "--as", "it")
w.stop_daemon()
w.start_daemon()
done = w.limber("connect", "it", timeout=30)
if done.code:
    wrong.append(f"connect: exit {done.code}: {done.said}")
rows = [d for d in w.json("devices")["devices"] if d["address"] == GUN]
if [d["model"] for d in rows] != ["Perhaps a gun"]:
    wrong.append(f"after a restart: {rows}")
w.limber("disconnect", "it")
w.limber("forget", "it")
expect(3, ["in sight"], GUN, "--experimental")
judge(not wrong, "chosen by a person only", "; ".join(wrong), "no choice by limber itself, and every refusal in words")
