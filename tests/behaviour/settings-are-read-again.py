#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# The owner's settings: what is wrong in them is named and changes nothing, what is right acts, and SIGHUP has them read again without
# ending anything. A folder of later files goes before the file. The log level is read by anybody and set by root.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

PROPERTIES, LOG = "org.freedesktop.DBus.Properties", "org.freedesktop.LogControl1"
LOG_PATH = "/org/freedesktop/LogControl1"

as_nobody()
w = World(start=False)
w.write(w.path("limberd.conf"), 'idle_disconnect = "10s";\nadaptr = "hci0";\nbattery_min = "5%";\n')
w.start_daemon()
w.intake()
for said in ("limberd.conf:2: there is no setting 'adaptr'; did you mean 'adapter'?", "limberd.conf:3: 'battery_min'"):
    if said not in w.read("limberd.log"):
        fails("the log: " + w.read("limberd.log")[-300:], said)
w.keep_gun()


def state():
    return next(d["state"] for d in w.json("devices")["devices"] if d["alias"] == "gun")


def connect():
    w.limber("connect", "gun")
    must(lambda: state() == "ready", "the link", 10)


connect()
gone = until(lambda: state() != "ready", 14)
if gone is None or gone < 8:
    fails(f"a device that nobody uses was let go after {gone} s", "10 s")
os.mkdir(w.path("limberd.conf.d"))
w.write(w.path("limberd.conf.d/late.conf"), 'idle_disconnect = "1h";\n')
os.kill(w.daemon.pid, signal.SIGHUP)
time.sleep(1)
connect()
if until(lambda: state() != "ready", 13) is not None or not w.alive():
    fails("after SIGHUP the device was let go as before", "the new time")


def level(bus, *value):
    if value:
        return bus.call(LIMBER, LOG_PATH, PROPERTIES, "Set", "ssv", LOG, "LogLevel", Variant("s", value[0]))
    return bus.call(LIMBER, LOG_PATH, PROPERTIES, "Get", "ss", LOG, "LogLevel")[0]


stranger = w.connection(NOBODY)
for bus, value, error in ((stranger, "debug", "NotAuthorized"), (w.client, "loud", "InvalidArgument")):
    try:
        level(bus, value)
        fails(f"the log level {value} was taken", error)
    except DBusError as e:
        if error not in str(e):
            fails(str(e), error)
before = level(stranger)
level(w.client, "debug")
judge((before, level(stranger)) == ("info", "debug"), f"let go after {gone:.1f} s, then not", f"{before}, {level(stranger)}",
      "info, then debug")
