#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Something with the name of a known product that has not all its definition needs: the characteristic that answers is missing, or is on
# another service. Nothing is written to it, not even the stop, nothing is read, and no notification is asked for; limber says why.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403


class Partly:
    """Services as given: {service: {characteristic: flags}}."""

    def __init__(self, bluez, address, name, services):
        self.bluez, self.have, self.frames = bluez, services, []
        self.path = bluez.device(address, name)
        bluez.products[self.path] = self

    def services(self):
        for i, (service, characteristics) in enumerate(self.have.items(), 1):
            path = self.bluez.service(self.path, 0x10 * i, service)
            for k, (characteristic, flags) in enumerate(characteristics.items(), 1):
                self.bluez.characteristic(path, 0x10 * i + 2 * k, characteristic, flags)

    def unlinked(self):
        pass

    def written(self, path, data):
        self.frames.append(data)


WRITE, COMMAND, NOTIFY = ["write", "write-without-response"], ["write-without-response"], ["notify"]
THERE = {
    "C0:FF:EE:00:00:11": ("Pro", {"ffe0": {"ffe2": WRITE}}),
    "C0:FF:EE:00:00:12": ("Elite", {"ffe0": {"ffe2": WRITE}, "fff0": {"ffe1": NOTIFY}}),
    "C0:FF:EE:00:00:13": ("47L121000", {"180c": {"150a": COMMAND}, "180a": {"1500": ["read", "notify"]}}),
    "C0:FF:EE:00:00:14": ("fr01", {"180f": {"2a19": ["read", "notify"]}}),
}
w = World(bluez="own")
products = [Partly(w.bluez, address, *what) for address, what in THERE.items()]
time.sleep(0.3)
wrong = []
for address in THERE:
    w.keep(address, THERE[address][0])


def connect(name):
    done = w.limber("connect", name, timeout=60)
    if done.code != 5 or "service" not in done.out:
        wrong.append(f"{name}: exit {done.code}: {done.said}")


# Each is tried for a while: all at once.
threads = [threading.Thread(target=connect, args=(name,)) for name, _ in THERE.values()]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
touched = [f"{member} of {path}" for _, path, member in list(w.bluez.calls)
           if member in ("WriteValue", "AcquireWrite", "StartNotify", "ReadValue", "AcquireNotify")]
wrong += touched + [f"{len(p.frames)} frames" for p in products if p.frames]
judge(not wrong, f"{len(products)} refused, nothing written", "; ".join(wrong), "nothing is touched before everything is found")
