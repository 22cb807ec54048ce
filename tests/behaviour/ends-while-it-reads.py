#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd is ended while threads of it read: files at the start and after SIGHUP, a caller's text, the history. It ends well and at
# once each time.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

MANAGER, MANAGER_PATH = "org.limber1.Manager", "/org/limber1"
w = World(start=False)
os.mkdir(w.path("many"))
for i in range(200):
    w.write(w.path(f"many/r{i}.conf"), routine(f"r{i}", *[gun_step()] * 8))


def loading():
    return w.client.call(LIMBER, MANAGER_PATH, "org.freedesktop.DBus.Properties", "Get", "ss", MANAGER, "Loading")[0]


ways = ("files", "reload", "check", "history")
longest = 0
for trial in range(24):
    w.start_daemon(routines=w.path("many"))
    way, late = ways[trial % len(ways)], trial // len(ways) * 0.003
    if way != "files":
        until(lambda: not loading(), 10)
    if way == "reload":
        os.kill(w.daemon.pid, signal.SIGHUP)
    elif way == "check":
        w.client.begin(LIMBER, MANAGER_PATH, MANAGER, "CheckRoutine", "ay", routine("mine", *[gun_step()] * 60).encode())
    elif way == "history":
        w.client.begin(LIMBER, MANAGER_PATH, MANAGER, "History", "a{sv}", {})
    time.sleep(late)
    pid, begun = w.daemon.pid, time.monotonic()
    os.kill(pid, signal.SIGTERM)
    code = w.daemon.wait(timeout=10)
    longest = max(longest, time.monotonic() - begun)
    if code != 0:
        fails(f"ended with {code}, {late * 1000:.0f} ms after {way}", "0")
judge(longest < 4, f"24 times, longest {longest:.2f} s", f"{longest:.2f} s to the end", "what systemd allows")
