# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plays logind as far as sleep goes: hands out delay inhibitors, and sees when they are let go."""

import os
import threading
import time

from minibus import CALL, DESTINATION, INTERFACE, MEMBER, PATH, REPLY_SERIAL, RETURN, SIGNAL, Bus, Variant

NAME, PATHNAME, MANAGER = "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager"


class Logind(threading.Thread):
    def __init__(self, path):
        super().__init__(daemon=True)
        self.bus = Bus(path, fds=True)
        self.inhibitors = []  # (what, who, why, mode), our end of the pipe
        self.running = True
        self.bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su",
                      [NAME, 0])
        self.start()

    def run(self):
        while self.running:
            message = self.bus.receive(time.monotonic() + 0.05)
            if message and message.kind == CALL and message.member == "Inhibit":
                ours, theirs = os.pipe()
                self.bus.send(RETURN, [(REPLY_SERIAL, Variant("u", message.serial)),
                                       (DESTINATION, Variant("s", message.sender))], "h", [0], fds=[theirs])
                os.close(theirs)
                self.inhibitors.append((message.args, ours))

    def announce(self, begins):
        self.bus.send(SIGNAL, [(PATH, Variant("o", PATHNAME)), (INTERFACE, Variant("s", MANAGER)),
                               (MEMBER, Variant("s", "PrepareForSleep"))], "b", [begins])

    @property
    def held(self):
        """Whether an inhibitor is held now: its other end is open."""
        for _, fd in self.inhibitors:
            os.set_blocking(fd, False)
            try:
                if os.read(fd, 1) == b"":
                    continue
            except BlockingIOError:
                return True
        return False

    def end(self):
        self.running = False
        self.join()
        self.bus.close()
        for _, fd in self.inhibitors:
            os.close(fd)
