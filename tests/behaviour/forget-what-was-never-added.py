#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# ForgetDevice of a product that nobody added, while the folder cannot be written: it fails, and adds nothing. Then, with a folder,
# Forget and Add of one that is out of sight before the disk has answered: what is said to be added is there.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

DEVICE = "org.limber1.Device"
broke = []
w = World(bluez="own")
gun = Gun(w.bluez)
w.limber("scan", "--seconds", "1")
w.write(os.path.join(w.state, "devices"), "a file, no folder")
path = next(p for p in w.objects() if "/device" in p)
try:
    w.manager("ForgetDevice", "o", path)
    broke.append("ForgetDevice succeeded")
except DBusError:
    pass
if w.objects()[path][DEVICE]["Added"]:
    broke.append("a failed ForgetDevice added it")
w.end()

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.bluez.drop(gun.path)
time.sleep(0.5)
path = next(p for p in w.objects() if "/device" in p)
calls = [w.client.begin(LIMBER, "/org/limber1", MANAGER, "ForgetDevice", "o", path),
         w.client.begin(LIMBER, "/org/limber1", MANAGER, "AddDevice", "sa{sv}", gun.address, {"alias": "gun", "experimental": True})]
for call in calls:
    try:
        w.client.end(call, 5)
    except DBusError:
        added = False  # it was forgotten first, and the stack does not see it
    else:
        added = True
if added and not any("/device" in p for p in w.objects()):
    broke.append("AddDevice said yes, and there is no device")
w.end()

# The other way round: a device is added and forgotten before the disk has answered the first. In the end it is not added.
w = World(bluez="own")
gun = Gun(w.bluez)
w.limber("scan", "--seconds", "1")
path = next(p for p in w.objects() if "/device" in p)
calls = [w.client.begin(LIMBER, "/org/limber1", MANAGER, "AddDevice", "sa{sv}", gun.address, {"alias": "gun", "experimental": True}),
         w.client.begin(LIMBER, "/org/limber1", MANAGER, "ForgetDevice", "o", path)]
for call in calls:
    w.client.end(call, 5)
if any(v[DEVICE]["Added"] for v in w.objects().values() if DEVICE in v) or os.listdir(os.path.join(w.state, "devices")):
    broke.append("added, without a file or with one, after it was forgotten")
judge(not broke, "as it was", broke, "what is said of a device holds")
