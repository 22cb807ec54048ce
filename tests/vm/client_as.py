# SPDX-License-Identifier: LGPL-2.1-or-later
"""What one user may do, tried over D-Bus; prints a word for each as JSON. Run as that user, by test_presence.py."""

import json
import sys
import time

from minibus import Bus, DBusError

MANAGER = ("org.limber1", "/org/limber1", "org.limber1.Manager")


def tried(fn):
    try:
        fn()
        return "yes"
    except DBusError as error:
        return error.name.rpartition(".")[2]


def main():
    routine = sys.argv[1]
    bus = Bus("/run/dbus/system_bus_socket")
    bus.match("type='signal',sender='org.limber1'")
    results = {"read": tried(lambda: bus.get_all("/org/limber1", MANAGER[2])),
               "scan": tried(lambda: bus.call(*MANAGER, "Scan", "u", [1], seconds=60))}
    path = None

    def start():
        nonlocal path
        path = bus.call(*MANAGER, "StartRoutine", "sa{sv}", [routine, {}], seconds=60)[0]

    def challenge():
        """The session's state and the last nonce, beating meanwhile as a holder must."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            bus.pump(0.2)
            session = bus.get_all(path, "org.limber1.Session")
            nonce = next((m.args[0] for m in reversed(bus.signals) if m.member == "Challenge"), None)
            if session["State"] == "waiting" and nonce:
                bus.call("org.limber1", path, "org.limber1.Session", "Beat", "ub",
                         [session["Event"], session["OutputActive"]])
                return nonce
            if session["State"] == "ended":
                raise SystemExit(f"the session ended: {session['Reason']}")
        raise SystemExit("no challenge")

    results["start"] = tried(start)
    if path:
        nonce = challenge()
        results["arm"] = tried(lambda: bus.call("org.limber1", path, "org.limber1.Session", "Arm", "s", [nonce],
                                                seconds=60))
    results["stop"] = tried(lambda: bus.call(*MANAGER, "StopAll"))
    print(json.dumps(results), flush=True)


if __name__ == "__main__":
    main()
