#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# bluetoothd hangs while a gun runs: it reads no more of the socket that it gave. A stop that lies unread in there is not "off": limber
# stop says that it is not confirmed, the armed file stays, and when bluetoothd goes on the gun is at zero.
import os
import select
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

with open(os.path.join(source(), "protocols", "devices", "theragun-gen4.conf"), encoding="utf-8") as f:
    text = f.read().replace('"request", "command"', '"command"').replace('write = "request"', 'write = "command"')
goes_on = threading.Event()
goes_on.set()
w = World(bluez="own", only_devices=True, devices={"theragun-gen4": text})
gun = Gun(w.bluez)


def acquire(call):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def listen():
        while goes_on.wait():
            if not select.select([ours], [], [], 0.02)[0] or not goes_on.is_set():
                continue
            data = ours.recv(512)
            if not data:
                return
            w.bluez.arrived(call.path, data)

    threading.Thread(target=listen, daemon=True).start()
    w.bluez.bus.reply(call, "hq", 0, 185, descriptors=[theirs.fileno()])
    theirs.close()


def services():
    service = w.bluez.service(gun.path, gun.base, "ffe0")
    w.bluez.characteristic(service, gun.base + 1, "ffe2", ["write-without-response"])
    w.bluez.characteristic(service, gun.base + 3, "ffe1", ["notify"])


gun.services = services
w.bluez.methods["AcquireWrite"] = acquire
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor", 20)
time.sleep(1)
goes_on.clear()
time.sleep(0.1)
told = w.limber("stop")
running, armed = gun.level, os.listdir(os.path.join(w.run, "armed"))
goes_on.set()
off = until(lambda: gun.level == 0, 5)
judge(running > 0 and told.code == 10 and armed and off is not None, f"exit {told.code}, off {off or 0:.1f} s after bluetoothd goes on",
      f"motor at {running}/min, limber stop: exit {told.code} ({told.said}), armed {armed}, off {off}",
      "unconfirmed while the frame lies in the socket")
