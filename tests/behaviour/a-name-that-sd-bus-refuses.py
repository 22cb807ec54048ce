#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A neighbour advertises a name with a noncharacter (U+FFFE, U+1FFFF): valid for GLib, BlueZ and libdbus, while sd-bus refuses the
# whole message it is in. The gun next to it is found, linked, driven and stopped as ever, before and after limberd starts.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from wire import Variant  # noqa: E402
from world import *  # noqa: E402,F403

w = World(bluez="own", start=False)
gun = Gun(w.bluez)
Gun(w.bluez, address="C0:FF:EE:00:00:09", name="x\ufffe")
w.start_daemon()
w.intake(None)
Gun(w.bluez, address="C0:FF:EE:00:00:08", name="Pro \U0001ffff")
w.bluez.change(gun.path, "org.bluez.Device1", RSSI=Variant("n", -58))  # it is heard again
w.keep(gun.address, "gun")
w.begin("calf")
must(lambda: gun.level > 0, "the motor")
# Its services are read anew, beside such names.
gun.move_services()
took = until(lambda: gun.level == 0, 3)
told = w.limber("stop")
judge(took is not None and gun.level == 0 and told.code == 0, f"driven, paused in {took or 0:.1f} s and stopped",
      f"motor at {gun.level}/min, stop: {told.code} {told.said[:80]}", "a gun beside such a name works")
