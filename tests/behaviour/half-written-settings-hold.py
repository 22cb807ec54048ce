#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Settings are read again while an editor or a disk has written half of them. Those that were in force hold, and Reload says where.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

w = World(start=False)
w.write(w.path("limberd.conf"), 'log_level = "debug";\n')
w.start_daemon()


def level():
    return w.client.call(LIMBER, "/org/freedesktop/LogControl1", "org.freedesktop.DBus.Properties", "Get", "ss",
                         "org.freedesktop.LogControl1", "LogLevel")[0]


if level() != "debug":
    broken(f"the level of the file is not in force: {level()}")
w.write(w.path("limberd.conf"), 'log_level = "debug";\nunattended = { users = ( "root"')
try:
    w.manager("Reload")
    fails("a Reload of half a file succeeded", "an error with file and line")
except DBusError as e:
    if "InvalidArgument" not in e.name or "limberd.conf:" not in str(e):
        fails(f"{e.name}: {e}", "InvalidArgument with file and line")
if level() != "debug":
    fails(f"after half a file the level is {level()}", "debug, as before")
w.write(w.path("limberd.conf"), 'log_level = "warning";\n')
w.manager("Reload")
if level() != "warning":
    fails(f"the mended file is not in force: {level()}", "warning")
holds("half a file changes nothing and is named, the mended one counts")
