#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Pads are calibrated by somebody who feels little: 30 presses of +, and "here" for each of the three marks at 8, 16 and
# 30. What is stored as a mark must be what the product gave at that moment: at most the highest strength it ever had.
# And who goes on pressing + has to get more than the 20 of 200 of somebody who never calibrated, or be told what holds
# it back.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World()
w.keep_pads()
device = "/org/limber1/device/" + PADS.replace(":", "_")
h = Holder(w).calibrate(device, "a", "calf").live()
must(lambda: h.state() == "running", "the calibration", 10)
time.sleep(1.5)
most = 0
refused = ""
for press in range(1, 31):
    try:
        h.call("Adjust", "i", 1)
    except DBusError as e:
        refused = e.text
    time.sleep(0.52)
    most = max(most, w.output(PADS))
    if press in (8, 16, 30):
        prompt = h.all()["Prompt"]
        try:
            h.call("Answer", "ss", prompt[0], "here")
        except DBusError as e:
            broken(f"mark at press {press}: {e}; prompt {prompt}")
rows = w.frames(what="output")
top = max([r["data"]["amplitude_permille"] for r in rows if r["data"].get("channel") in (0, "a", "A")] + [most]) / 5
time.sleep(0.3)
text = "".join(w.read(f"state/runners/{n}") for n in os.listdir(os.path.join(w.state, "runners")))
found = re.search(r"maximum\s*=\s*\"?([0-9.]+)", text)
if not found:
    broken("no maximum was stored: " + text[-300:])
mark = float(found.group(1))
mark = mark / 1000 if mark > 1000 else mark
if mark > top + 1:
    fails(f"stored maximum {mark:g}; the product never gave more than {top:g} of 200", "a mark is what the product gave")
judge(top > 21 or refused, f"maximum {mark:g}, product {top:g}", f"after 30 presses the product gives {top:g} of 200, and nothing says why",
      "the level goes on rising, or limber says what holds it")
