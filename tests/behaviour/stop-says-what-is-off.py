#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A gun runs and takes no write any more. Whichever way it is told to stop (limber stop, with and without a session, over the bus
# or the stop socket, or a signal to the limber that holds it), limber exits with 10 and says what to do with the hands; when the
# gun takes the stop, limber says that it is off.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

wrong = []


def tell(w, how, holder):
    if how == "held":
        holder.send_signal(signal.SIGINT)
        holder.wait(10)
        return Output(holder.returncode, w.read("calf.start.log"))
    if how == "bus":
        os.unlink(os.path.join(w.run, "stop"))
    return w.limber("stop", *(["--session", "1"] if how == "session" else []))


for how in ("socket", "bus", "session", "held"):
    for good in (False, True):
        w = World(bluez="own")
        gun = Gun(w.bluez)
        w.keep(gun.address, "gun")
        holder = w.begin("calf")
        must(lambda: gun.level > 0, "the motor")
        if not good:
            def refuse(call):
                raise DBusError("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")
            w.bluez.methods["WriteValue"] = refuse
        done = tell(w, how, holder)
        right = (8 if how == "held" else 0) if good else 10
        if done.code != right or ("off the body" in done.out) == good or (how != "held" and " off" not in done.out):
            wrong.append(f"{how}, {'taken' if good else 'refused'}: exit {done.code}, {done.said[-160:]}")
        w.end()
judge(not wrong, "4 ways", wrong, "off is said of what is off")
