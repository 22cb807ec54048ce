#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A hostile neighbour: knocks at every door of limberd that is open to any local user, as fast as one program can, until it is
ended. Never stops anything: that would be its right. Usage: neighbour.py BUS_SOCKET"""

import itertools
import json
import random
import sys
import threading

from minibus import Bus, DBusError, Variant

LIMBER, ROOT, MANAGER = "org.limber1", "/org/limber1", "org.limber1.Manager"
PROPERTIES, OBJECTS = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"
DEVICE, SESSION = "org.limber1.Device", "org.limber1.Session"
path = sys.argv[1]
counts, lock = {}, threading.Lock()


def knock(door, bus, *call, **more):
    try:
        bus.call(LIMBER, *call, **more)
        said = "answered"
    except DBusError as e:
        said = e.name.rpartition(".")[2]
    with lock:
        counts[(door, said)] = counts.get((door, said), 0) + 1


def texts(bus, n):
    """Each costs a parser as much as a text of that size can."""
    bad = ['when "' + "A" * 65000 + '"\n', "a = " + "( " * 15 + ") " * 15 + ";", "x = \"\xff\";" * 100,
           "a" * 60000 + " = 1;", "\n".join(f"k{i} = {{ a = ( 1, 2, 3 ); }};" for i in range(120)), "@include \"/etc/shadow\"\n"]
    knock("texts", bus, ROOT, MANAGER, "CheckRoutine", "ay", [bad[n % len(bad)].encode("latin-1")])


def reads(bus, n):
    calls = ((ROOT, OBJECTS, "GetManagedObjects"), (ROOT, PROPERTIES, "GetAll", "s", [MANAGER]),
             ("/org/limber1/session/1", PROPERTIES, "GetAll", "s", [SESSION]),
             (ROOT, "org.freedesktop.DBus.Introspectable", "Introspect"), (ROOT, MANAGER, "History", "a{sv}", [{}]),
             (ROOT, MANAGER, "HistoryEvents", "t", [1]), (ROOT, MANAGER, "Questions"),
             ("/org/limber1/runner/self", PROPERTIES, "GetAll", "s", ["org.limber1.Runner"]))
    knock("reads", bus, *calls[n % len(calls)])


def acts(bus, n):
    calls = ((ROOT, MANAGER, "StartRoutine", "sa{sv}", ["both", {}]),
             (ROOT, MANAGER, "StartRoutine", "sa{sv}", ["both", {"stage": Variant("b", True)}]),
             (ROOT, MANAGER, "Scan", "u", [60]), (ROOT, MANAGER, "AddDevice", "sa{sv}", ["gun", {}]),
             (ROOT, MANAGER, "Reload"), ("/org/limber1/session/1", SESSION, "Resume"),
             ("/org/limber1/session/1", SESSION, "Arm", "s", ["x"]), ("/org/limber1/session/1", SESSION, "Beat", "ub", [1, False]),
             ("/org/limber1/session/1", SESSION, "Adjust", "i", [1]),
             ("/org/limber1/session/1", SESSION, "Discomfort", "yas", [9, []]))
    knock("acts", bus, *calls[n % len(calls)])


def bulk(bus, n):
    """Megabytes where a word is wanted."""
    size = (5_000, 1_000_000, 8_000_000)[n % 3]
    knock("bulk", bus, ROOT, MANAGER, "StartRoutine", "sa{sv}", ["x" * size, {}])


def churn(bus, n):
    other = Bus(path)
    try:
        knock("churn", other, ROOT, PROPERTIES, "Get", "ss", [MANAGER, "Version"])
    finally:
        other.close()


def run(door):
    bus, chance = Bus(path), random.Random(1)
    for n in itertools.count():
        try:
            door(bus, n + chance.randrange(3))
        except (DBusError, OSError, ConnectionError):
            bus = Bus(path)


for door in (texts, texts, reads, acts, bulk, churn):
    threading.Thread(target=run, args=(door,), daemon=True).start()
sys.stdin.read()
print(json.dumps(sorted(counts.items())), flush=True)
