#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is said and felt in a session is read by its runner, its holder and root, and by nobody else: a stranger reads every property,
# lists every object, looks at the tree and listens to every signal while a session of another user runs and asks.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

PROPERTIES = "org.freedesktop.DBus.Properties"
RUNNER = 1000

as_nobody()
step = gun_step("glutes", "20s", title="Secret title")
ask = 'kind = "prompt"; title = "Ask"; text = "Secret question"; answers = ( "yes", "no" );'
w = World(routines={"own": routine("own", ask, step)}, intake=(None, RUNNER))
w.keep_gun()
stranger = w.connection(NOBODY)
stranger.match("type='signal',sender='org.limber1'")
own = w.connection(RUNNER)
own.match("type='signal',sender='org.limber1'")
h = Holder(w, RUNNER).routine("own").live()


def read(bus):
    # Which routines there are, and what is in them, is for everybody.
    found = [{path: o for path, o in w.objects(client=bus).items() if "/routine/" not in path}]
    found.append(bus.call(LIMBER, h.path, PROPERTIES, "GetAll", "s", SESSION)[0])
    for name in ("Title", "Next", "Zone", "Side", "Prompt", "LastDiscomfort", "Asking", "State", "Setpoints", "Step",
                 "Reason"):
        found.append((name, bus.call(LIMBER, h.path, PROPERTIES, "Get", "ss", SESSION, name)[0]))
    found.append(bus.call(LIMBER, h.path, PROPERTIES, "GetAll", "s", "")[0])
    found.append(bus.call(LIMBER, "/org/limber1/runner", "org.freedesktop.DBus.Introspectable", "Introspect")[0])
    return str(found)


must(lambda: h.all()["Prompt"][1] == "Secret question", "the question", 20)
if "Secret question" not in read(own) or "Secret question" not in read(w.client):
    fails("the runner, or root, does not read the question", "they do")
told = read(stranger)
if "'Asking', True" not in told.replace('"', "'"):
    fails("a stranger is not told that a question is open: " + told[:200], "that is for everybody")
h.call("Answer", "ss", h.all()["Prompt"][0], "yes")
must(lambda: w.output(GUN) > 0, "output", 20)
h.call("Discomfort", "yas", 4, [])
told += read(stranger)
if "glutes" not in read(own) or h.all()["LastDiscomfort"] != 4:
    fails("the runner does not read where it is, or what was felt", "they do")
time.sleep(1)
told += str([(m.member, m.path, m.body) for _, m in stranger.signals])
for secret in ("glutes", "Secret", "'left'", "('LastDiscomfort', 4)", f"/runner/{RUNNER}'", "'Step': 1",
               "'Step': 2", "('Step', 1)", "('Step', 2)", "(1, '", "(2, '"):
    if secret in told:
        at = told.index(secret)
        fails(f"a stranger reads {secret}: …{told[max(at - 120, 0):at + 60]}", "empty")
mine = str([(m.member, m.body) for _, m in h.bus.signals])
if "Secret title" not in mine or "invalid" in mine:
    fails("the holder's own signals lack the title: " + mine[:200], "they have it")

# It hurts too much: everybody sees that it ended, the runner why, in another terminal, too.
heard = len(stranger.signals)
second = w.spawn("second", ["setpriv", f"--reuid={RUNNER}", f"--regid={RUNNER}", "--clear-groups", program("limber"), "follow"])
time.sleep(1)
h.call("Discomfort", "yas", 10, [])
must(lambda: h.state() == "ended", "the end", 20)
must(lambda: second.poll() is not None, "the end of the second terminal", 20)
said = w.read("second.log")
told = read(stranger) + str([(m.member, m.path, m.body) for _, m in stranger.signals[heard:]])
if "'discomfort'" in told:
    at = told.index("'discomfort'")
    fails(f"a stranger is told that it hurt: …{told[max(at - 120, 0):at + 60]}", "it was stopped")
if "'Ended'" not in told or "('Reason', 'stopped')" not in told:
    fails("a stranger is not told that it ended: " + told[-300:], "it was stopped")
ends = [m.body for _, m in h.bus.signals if m.member == "Ended"]
if ends[:1] != [("discomfort",)] or "('Reason', 'discomfort')" not in read(own):
    fails(f"the runner is told {ends}, {read(own)[-200:]}", "it was too much")
judge("it hurt more" in said and said.count("ended:") == 1, f"{len(stranger.signals)} signals to the stranger, none with a word",
      "a second terminal is told: " + said[-300:], "it hurt more than the routine allows")
