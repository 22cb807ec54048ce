#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limber device check, without limberd and without a bus: every shipped file is good, is shown in 80 columns, and each frame is told
# with its bytes and what it does; every wrong one is refused with its line, by exit status 7.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

ENVIRONMENT = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent", "LC_ALL": "C.UTF-8", "TERM": "dumb"}
SHIPPED = os.path.join(source(), "protocols", "devices")
WRONG = os.path.join(source(), "tests", "unit", "definitions")
wrong = []


def check(*files):
    done = subprocess.run([program("limber"), "device", "check", *files], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          env=ENVIRONMENT, timeout=30, check=False)
    return done.returncode, done.stdout


shipped = sorted(os.path.join(SHIPPED, name) for name in os.listdir(SHIPPED) if name.endswith(".conf"))
code, out = check(*shipped)
if code:
    wrong.append(f"shipped: exit {code}")
wrong += [f"{len(line)} columns: {line}" for line in out.splitlines() if len(line) > 80 and not line.startswith(SHIPPED)]
for words in ("sets motor to 29.2 Hz\n      AA E3 01 03 06 D6 03\n", "sets motor to 40.0 Hz\n      AA 70 01 03 09 60 03\n",
              "asks; changes nothing\n      AA 10 10 00\n", "stops\n      AA 07 01 03 00 00 03\n",
              "B0 1F 00 00 0A 0A 0A 0A 00 00 00 00 0A 0A 0A 0A 00 00 00 00", "level 1 to 200 in 200 levels",
              "nobody has shown that it works (evidence D)", "{motor:u16be}", "holds it below what is allowed before calibration"):
    if words not in out:
        wrong.append(f"not said: {words!r}")
code, out = check("--json", *shipped)
for one in json.loads(out):
    d = one["definition"]
    stops = [f["bytes"] for f in d["frames"] if f["name"] == "stop"]
    if one["findings"] or not stops or stops != [f["bytes"] for f in d["stop"]]:
        wrong.append(f"{one['file']}: {one['findings']} {stops}")
    if any(f["level"] and " to " not in f["does"] for f in d["frames"]):
        wrong.append(f"{one['file']}: a level that is not said")
n = 0
for name in sorted(os.listdir(WRONG)):
    path = os.path.join(WRONG, name)
    with open(path, encoding="utf-8") as f:
        line, words = re.search(r"# wrong: (\d+) [^:]+: (.*)", f.read()).groups()
    code, out = check(path)
    n += 1
    if code != 7 or not any(row.startswith(f"{path}:{line}: error: ") and words in row for row in out.splitlines()):
        wrong.append(f"{name}: exit {code}: {out}")
for files, right in (((shipped[0], path), 7), (("/nonexistent",), 3), ((), 2), (("/dev/zero",), 7)):
    if check(*files)[0] != right:
        wrong.append(f"{files}: exit {check(*files)[0]}, right: {right}")
judge(not wrong, f"{len(shipped)} good, {n} wrong", "; ".join(wrong), "every file as it is")
