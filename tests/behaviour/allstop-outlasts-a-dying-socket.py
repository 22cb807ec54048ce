#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd is killed while pads run through a socket that BlueZ gave it. BlueZ notices 300 ms later
# that the socket is closed, and refuses other writes until then. limber-allstop has 2 s: it has to
# try again and succeed.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(bluez="own")
pads = Pads(w.bluez)
held = threading.Event()


def write(call):
    if held.is_set():
        raise DBusError("org.bluez.Error.NotPermitted", "Write acquired")
    return w.bluez.write(call)


w.bluez.methods["WriteValue"] = write
w.keep(pads.address, "pads")
w.begin("current")
must(lambda: pads.level > 0, "the current", 15)
held.set()
w.daemon.kill()
w.daemon.wait()
w.bluez.later(0.3, held.clear)
begin = time.monotonic()
done = w.allstop("--after-daemon", f"--directory={w.run}/armed")
took = time.monotonic() - begin
sent = any(at > begin for at, _ in pads.frames)
judge(done.code == 0 and sent and took < 2.5, f"{took:.2f} s", f"exit {done.code} after {took:.2f} s, stop "
      f"{'sent' if sent else 'never sent'}: {done.said}", "it tries again until its 2 s are over")
