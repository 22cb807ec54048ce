#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The message bus dies while a gun runs. limberd is deaf then: it has to end, with a status that is
# not zero, within 1 s, so that the service manager runs limber-allstop and starts it anew. The new
# one stops the gun before anything else.
# Seen in the field: FedeDP/Clightd #38, systemd/systemd #2925, libratbag/piper #274
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
took = until(lambda: not w.alive(), 3)
if took is None or took > 1 or w.daemon.returncode == 0:
    fails(f"limberd {'still runs 3 s after the bus died' if took is None else f'ended with {w.daemon.returncode} after {took:.1f} s'}",
          "it ends within 1 s, not with 0")
w.bus_process = w.start_bus()
w.client = w.connection()
w.bluez = w.start_bluez()
again = Gun(w.bluez, level=gun.level)
w.start_daemon()
if until(lambda: again.level == 0, 10) is None:
    fails(f"the new limberd left the motor at {again.level}/min", "it is stopped first")
first = again.frames[0][1]
judge(first[2] == 1 and first[4:6] == b"\0\0", f"ended after {took:.2f} s; the first frame of the new one was the stop",
      f"the first frame of the new limberd was {first.hex()}", "the stop comes first")
