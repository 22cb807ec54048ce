#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The message bus dies while a gun runs, and limberd ends with it. The bus is back 0.8 s later. limber-allstop, which the
# service manager runs meanwhile, has 2 s: it has to wait for the bus, and stop the gun.
# Seen in the guest: dbus-daemon killed under systemd
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
gun = Gun(w.bluez)
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
w.bus_process.kill()
w.bus_process.wait()
if until(lambda: not w.alive(), 3) is None:
    broken("limberd outlives the bus")
said = []
allstop = threading.Thread(target=lambda: said.append(w.allstop("--after-daemon", f"--directory={w.run}/armed")))
begin = time.monotonic()
allstop.start()
time.sleep(0.8)
w.bus_process = w.start_bus()
w.bluez = w.start_bluez()
again = Gun(w.bluez, level=gun.level)
allstop.join()
took = time.monotonic() - begin
judge(said[0].code == 0 and again.level == 0 and took < 2.5, f"the gun was stopped after {took:.2f} s",
      f"exit {said[0].code} after {took:.2f} s, motor at {again.level}/min: {said[0].said}",
      "it waits for the bus, and stops the gun")
