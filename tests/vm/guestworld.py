# SPDX-License-Identifier: LGPL-2.1-or-later
"""The world of the integration tests, with the real bluetoothd under a real kernel in the place of the played one: the
products are behind limber-sim's virtual radio, and limberd does not know that anything is simulated.

An emulated machine is some twenty times slower than a real one: meson sets LIMBER_TEST_DEADLINE and LIMBER_TEST_STOP_BOUND
accordingly."""

import functools
import json
import os
import pathlib
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "integration"))

import harness  # noqa: E402  pylint: disable=wrong-import-position
from harness import DBusError, Failed, Process, World, program  # noqa: E402  pylint: disable=wrong-import-position

BLUETOOTHD = "/usr/libexec/bluetooth/bluetoothd"
SYSTEM_BUS = "/run/dbus/system_bus_socket"
PROPERTIES = "org.freedesktop.DBus.Properties"


# Where pads and gun of the routine "both" go, two sessions after the other: one that nobody saw to its end counts as done, and
# a muscle has enough after two of those.
PLACES = [((pads, side), (gun, side)) for pads, gun in (("calf", "quads"), ("quads", "calf")) for side in ("left", "right")]


def both(number=1):
    """The routine with pads and gun for that session of a world."""
    place = (number - 1) // 2 % len(PLACES)
    return f"both-{place}" if place else "both"


def write_routines(source, folder):
    """Those of the integration tests, and "both" at every place."""
    shutil.copytree(source, folder)
    text = pathlib.Path(source, "both.conf").read_text(encoding="utf-8")
    assert len(re.findall(r"zone = .*\n *sides = .*", text)) == len(PLACES[0])
    for number, place in enumerate(PLACES):
        words = iter(f'zone = "{zone}";\n        sides = "{side}";' for zone, side in place)
        name = both(2 * number + 1)
        moved = re.sub(r"zone = .*\n *sides = .*", lambda _, words=words: next(words), text)
        pathlib.Path(folder, f"{name}.conf").write_text(moved.replace('id = "both"', f'id = "{name}"'), encoding="utf-8")


@functools.cache
def read_programs():
    """What a guest reads for the first time comes from outside, where one that counts instructions has no clock: while it waits
    for a page of a program, its time jumps to whatever is due next."""
    programs = [*map(program, ("limber", "limberd", "limber-sim", "limber-allstop")), BLUETOOTHD]
    libraries = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    for path in {*programs, *re.findall(r"(/\S+) \(0x", libraries)}:
        pathlib.Path(path).read_bytes()


class Control:
    """limber-sim's control socket: a command a line, a line of JSON back."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.file = self.socket.makefile("rw", encoding="utf-8")

    def ask(self, *words):
        self.file.write(" ".join(str(w) for w in words) + "\n")
        self.file.flush()
        answer = json.loads(self.file.readline())
        if "error" in answer:
            raise Failed(f"limber-sim, {words}: {answer['error']}")
        return answer

    def close(self):
        self.file.close()
        self.socket.close()


class Journal:
    """What limberd writes to the journal where no journald runs."""

    PATH = "/run/systemd/journal/socket"

    def __init__(self):
        os.makedirs(os.path.dirname(self.PATH), exist_ok=True)
        pathlib.Path(self.PATH).unlink(missing_ok=True)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.PATH)
        self.entries = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while data := self.socket.recv(1 << 16):
            fields = (line.partition(b"=") for line in data.split(b"\n"))
            self.entries.append({name.decode(): value.decode(errors="replace") for name, _, value in fields})

    def of(self, event):
        return [e for e in self.entries if e.get("LIMBER_EVENT") == event]

    def end(self):
        os.unlink(self.PATH)


class Unit:
    """A program that systemd runs; stands where a Process stands."""

    def __init__(self, name):
        self.name = name

    def show(self, property_name):
        return subprocess.run(["systemctl", "show", "-P", property_name, self.name], check=True, capture_output=True,
                              text=True).stdout.strip()

    @property
    def pid(self):
        return int(self.show("MainPID"))

    @property
    def state(self):
        return self.show("ActiveState")

    @property
    def running(self):
        return self.state == "active"

    def do(self, verb, check=True):
        return subprocess.run(["systemctl", verb, self.name], check=check, capture_output=True, text=True)

    def signal(self, sig):
        os.kill(self.pid, sig)

    def text(self):
        return subprocess.run(["journalctl", "-b", "--no-pager", "-o", "short-monotonic", "-u", self.name], check=False,
                              capture_output=True, text=True).stdout


class GuestWorld(World):
    """bluetoothd and limberd are processes of the test, or, of_systemd, units as a user has them."""

    def __init__(self, of_systemd=False, runners=(), **kwargs):
        super().__init__(**kwargs)
        given, self.routines = self.routines, os.path.join(self.directory, "routines")
        if os.path.exists(os.path.join(given, "both.conf")):
            write_routines(given, self.routines)
        else:
            shutil.copytree(given, self.routines)
        self.of_systemd = of_systemd
        self.deaf = False  # limberd is not called: it is gone, and a call would start it, or there is no bus
        self.bus_path = SYSTEM_BUS
        self.env["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={SYSTEM_BUS}"
        self.control = self.bluetoothd = None
        self.units = []
        self.runners = (*harness.RUNNERS, *runners)  # who have answered the intake
        if of_systemd:
            self.runtime = self.env["LIMBER_RUNTIME_DIRECTORY"] = "/run/limber"

    def start_bus(self):
        read_programs()
        # What is first in the list is ended last; here that is nobody.
        self.bus_process = Process(self, "nobody", ["sleep", "infinity"])
        self.bus_process.expected.add(-signal.SIGTERM)

    def start_sim(self):
        read, write = os.pipe()
        path = os.path.join(self.directory, "control")
        argv = [program("limber-sim"), "--vhci", "--record", self.record, "--control", path, "--ready-fd", str(write)]
        for product in self.products or []:
            argv += ["--product", product]
        self.sim = Process(self, "limber-sim", argv, pass_fds=(write,))
        os.close(write)
        with os.fdopen(read, "rb") as f:
            if not select.select([f], [], [], harness.DEADLINE)[0] or f.readline() != b"READY=1\n":
                raise Failed("limber-sim did not get ready")
        self.control = Control(path)
        # Nothing that an earlier test left: no known devices, no services read once.
        shutil.rmtree("/var/lib/bluetooth", ignore_errors=True)
        os.mkdir("/var/lib/bluetooth", 0o700)
        self.start_bluetoothd()

    def start_bluetoothd(self):
        if self.of_systemd:
            self.bluetoothd = self.start_unit("bluetooth.service")
        else:
            self.bluetoothd = Process(self, "bluetoothd", [BLUETOOTHD, "-n"])
        self.wait_adapter()

    def wait_adapter(self):
        bus = harness.Bus(self.bus_path)
        patience = harness.Patience(harness.DEADLINE)
        while not self.adapter(bus):
            if patience.over():
                raise Failed("bluetoothd has no adapter that is on")
            time.sleep(0.1)
        bus.close()

    @staticmethod
    def adapter(bus):
        """The path of the adapter that is on, or None."""
        try:
            objects = bus.call("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        except (DBusError, TimeoutError):
            return None
        return next((path for path, interfaces in sorted(objects.items())
                     if interfaces.get("org.bluez.Adapter1", {}).get("Powered")), None)

    def power(self, on):
        path = next(iter(sorted(p for p in os.listdir("/sys/class/bluetooth") if ":" not in p)))
        self.bus.call("org.bluez", f"/org/bluez/{path}", PROPERTIES, "Set", "ssv",
                      ["org.bluez.Adapter1", "Powered", harness.Variant("b", on)], seconds=60)

    def start_unit(self, name):
        unit = Unit(name)
        unit.do("reset-failed", check=False)
        unit.do("start")
        if name not in [u.name for u in self.units]:
            self.units.append(unit)
        return unit

    def start_daemon(self, wait=True):
        if not self.of_systemd:
            return super().start_daemon(wait)
        folder = "/etc/limber/routines"
        for name in ("devices", "runners"):
            shutil.rmtree(os.path.join("/var/lib/limber", name), ignore_errors=True)
        if self.intake:
            harness.write_intake("/var/lib/limber", self.runners, owner="limber")
        for name in ("history.db", "history.db-wal", "history.db-shm"):
            pathlib.Path("/var/lib/limber", name).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.routines, folder)
        begun = time.monotonic()
        self.daemon = self.start_unit("limberd.service")
        return time.monotonic() - begun

    def answer(self):
        if not self.deaf:
            super().answer()

    def hear_again(self):
        """There is a bus again, because somebody asks for it."""
        patience = harness.Patience(harness.DEADLINE)
        while True:
            try:
                self.bus = self.client()
                break
            except (OSError, DBusError):
                if patience.over():
                    raise
                time.sleep(0.1)
        self.listen()
        self.deaf = False

    def daemon_arguments(self):
        """Not --simulated: for limberd this is a radio like any other."""
        return [a for a in super().daemon_arguments() if a != "--simulated"]

    def __exit__(self, kind, value, trace):
        for unit in reversed(self.units):
            unit.do("stop", check=False)
        if self.control:
            self.control.close()
        return super().__exit__(kind, value, trace)

    def print_logs(self, value):
        super().print_logs(value)
        for unit in self.units:
            print(f"===== {unit.name} =====\n{unit.text()[-8000:]}", flush=True)

    def simulator(self, member, signature="", args=()):
        return self.control.ask(member.lower(), *args)

    def fault(self, address, name, value=1):
        self.control.ask("fault", address, name, value)

    def poke(self, address, control, value):
        self.control.ask("poke", address, control, value)

    def output(self, address):
        """What the body feels, a channel each: (amplitude in permille, rate in mHz)."""
        return [(c["amplitude_permille"], c["rate_mhz"]) for c in self.control.ask("output", address)["channels"]]
