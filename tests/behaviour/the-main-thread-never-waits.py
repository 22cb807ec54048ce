#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# limberd runs with a shim that kills it when its main thread calls fsync, waits for an answer on the bus, for a lock or for
# time. With output on, and at rest, everything that clients can ask for is asked, by programs that limberd does not know yet:
# devices are kept, renamed and forgotten, limits and history read, texts checked, answers given, folders read anew. It lives.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

watch = os.path.join(tempfile.gettempdir(), f"limber-behaviour-watch-{os.getpid()}")
atexit.register(lambda: os.path.exists(watch) and os.unlink(watch))
w = World(preload=["main-thread"], environment={"LIMBER_TEST_WATCH_MAIN": watch})
open(watch, "w").close()
w.see()
w.keep_gun()
w.keep_pads()
w.begin("current")
must(lambda: w.output(PADS) > 0, "the current", 15)
asked = 0


def ask(*words, uid=None):
    global asked
    asked += 1
    w.limber(*words, uid=uid, timeout=20)
    if not w.alive():
        fails(f"limberd died with {w.daemon.returncode} at 'limber {' '.join(words)}': {w.read('limberd.log')[-300:]}",
              "the main thread waits for nothing but the loop")


def everything(uid=None):
    ask("status", uid=uid)
    ask("devices", uid=uid)
    ask("add", GUN, "--as", f"gun{asked}", "--experimental", uid=uid)
    ask("add", PADS, "--as", f"pads{asked}", uid=uid)
    ask("limits", PADS, "calf", uid=uid)
    ask("runner", uid=uid)
    ask("runner", "cap", "motor", "30Hz", uid=uid)
    ask("intake", "--answers", ",".join(f"{q}=no" for q in w.questions()), uid=uid)
    ask("history", uid=uid)
    ask("history", "show", "1", uid=uid)
    ask("check", os.path.join(w.routines, "calf.conf"), uid=uid)
    ask("scan", "--seconds", "1", uid=uid)
    ask("connect", GUN, uid=uid)
    ask("disconnect", GUN, uid=uid)


everything()
if os.getuid() == 0:
    everything(NOBODY)
w.limber("pause")
ask("resume", "--yes")
ask("stop")
ask("forget", GUN)
everything()
with contextlib.suppress(DBusError):
    w.manager("Reload")
    asked += 1
session = w.client.call(LIMBER, "/org/limber1/runner/self", "org.freedesktop.DBus.Properties", "GetAll", "s",
                        "org.limber1.Runner")
os.unlink(watch)
judge(w.alive(), f"{asked} calls", f"limberd died with {w.daemon.returncode}: {w.read('limberd.log')[-300:]}",
      "the main thread waits for nothing but the loop")
