#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Two guns have the same address, one a public and one a random one; two adapters see one each. They are two devices: each can be
# kept, and is linked by its own object; what is kept of one is not what is kept of the other.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
w.bluez.adapter(1)
random = Gun(w.bluez)
public = Gun(w.bluez, adapter=1, kind="public")
time.sleep(0.3)
both = w.limber("add", GUN, "--as", "gun", "--experimental")
if both.code == 0 or "/public" not in both.out or "/random" not in both.out:
    fails(f"exit {both.code}: {both.said}", "an address that stands for two says so")
w.keep(GUN + "/random", "gun")
w.keep(GUN + "/public", "other")
paths = [path for path, interfaces in w.objects().items() if "org.limber1.Device" in interfaces]
files = sorted(os.listdir(os.path.join(w.state, "devices")))
done = w.limber("connect", "other", timeout=30)
linked = [m[1] for m in w.bluez.calls if m[2] == "Connect"]
w.stop_daemon()
w.start_daemon()
names = sorted(d["name"] for d in w.json("devices")["devices"])
judge(len(paths) == 2 and len(files) == 2 and done.code == 0 and linked == [public.path] and names == ["gun", "other"],
      "two devices, before and after a restart", f"{paths}, {files}, connect exit {done.code} by {linked}, later {names}",
      "two devices, each with its own file, path and object")
