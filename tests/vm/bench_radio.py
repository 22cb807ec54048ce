# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a stop takes from the call to the last stop frame at the radio, by the radio's own time stamps, beside the same
frames by bare write() on acquired sockets and by bleak, all in one run. On an emulated machine only the ratios count, and in
a guest that counts instructions (guest.py --counted) they are the same whatever else this machine does.

Nothing here asserts a time; it fails only when a figure could not be taken."""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time

import guestworld
import harness
from guestworld import GuestWorld
from harness import MANAGER, MANAGER_PATH, SESSION, Failed, Patience, Variant
from minibus import CALL, DESTINATION, INTERFACE, MEMBER, PATH, DBusError
from wire import PADS_STOP

ADDRESSES = [f"C0:FF:EE:00:00:{n:02X}" for n in range(0x10, 0x18)]
ROUNDS = int(os.environ.get("LIMBER_BENCH_ROUNDS", "20"))
CHARACTERISTIC = "0000150a-0000-1000-8000-00805f9b34fb"
BUDGET = 1.5
QUIET = 0.3
FLOOR, EMPTY, LINE = "bare write()", "an empty call, one way", "limber stop --all (its line)"
taken = {}  # (name, number of devices): values


def median_of(name, n):
    return statistics.median(taken[name, n]) * 1000


def keep(name, n, values):
    """What is measured twice, before all else and after, is one row of figures: a machine has better minutes and worse."""
    taken.setdefault((name, n), []).extend(values)
    print(f"{name:30} {n} device{'s' if n > 1 else ' '}  median {statistics.median(values) * 1000:7.2f} ms", flush=True)


def show():
    print()
    for (name, n), values in taken.items():
        median = median_of(name, n)
        ratio = "" if name == FLOOR else f"{median / median_of(FLOOR, n):5.2f} x bare write()"
        if name == LINE:
            ratio += f" of {BUDGET}: {'held' if median / median_of(FLOOR, n) <= BUDGET else 'NOT HELD'}"
        elif "Stop" in name:
            ratio += f", {median / (median_of(FLOOR, n) + median_of(EMPTY, 1)):.2f} x behind an empty call"
        print(f"{name:30} {n} device{'s' if n > 1 else ' '}  median {median:7.2f} ms  most {max(values) * 1000:7.2f} ms  "
              f"n {len(values):2}  {ratio}", flush=True)


class Bench(GuestWorld):
    def start_sim(self):
        super().start_sim()
        # A controller is a machine of its own: it does not wait for a turn among the host's programs.
        os.sched_setscheduler(self.sim.pid, os.SCHED_FIFO, os.sched_param(1))

    def add_devices(self):
        pass

    def last_arrival(self, addresses, since):
        """When the first stop frame since then had reached each of them, or None so far."""
        found = {}
        for event in reversed(self.events()):
            if event["t_usec"] / 1e6 < since:
                break
            if event["what"] == "write" and event["hex"] == PADS_STOP.hex().upper():
                found[event["address"]] = event["t_usec"] / 1e6
        return max(found[a] for a in addresses) if set(addresses) <= set(found) else None

    def measure(self, addresses, send):
        # What is measured has the machine for itself: the beats before are answered, and nobody looks until it is over.
        time.sleep(QUIET)
        since = send()
        time.sleep(QUIET)
        return self.wait(lambda: self.last_arrival(addresses, since), "the stop frames") - since


# Bare write()


def objects(bus):
    return bus.call("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", seconds=60)[0]


def device_path(address):
    return "/org/bluez/hci0/dev_" + address.replace(":", "_")


def wait_for(condition, what):
    patience = Patience(harness.DEADLINE)
    while not (value := condition()):
        if patience.over():
            raise Failed(f"waited in vain for {what}")
        time.sleep(0.1)
    return value


def characteristic(bus, address, uuid):
    """Its path, once the services are known."""
    return wait_for(lambda: next((p for p, i in objects(bus).items() if p.startswith(device_path(address) + "/") and i.get(
        "org.bluez.GattCharacteristic1", {}).get("UUID") == uuid), None), "its services")


def bare_writes(world):
    def send(n):
        since = time.monotonic()
        for fd in fds[:n]:
            os.write(fd, PADS_STOP)
        return since

    bus = world.client(fds=True)
    bus.call("org.bluez", "/org/bluez/hci0", "org.bluez.Adapter1", "StartDiscovery")
    wait_for(lambda: all(device_path(a) in objects(bus) for a in ADDRESSES), "all devices to be seen")
    bus.call("org.bluez", "/org/bluez/hci0", "org.bluez.Adapter1", "StopDiscovery")
    fds = []
    for address in ADDRESSES:
        bus.call("org.bluez", device_path(address), "org.bluez.Device1", "Connect", seconds=60)
        bus.call("org.bluez", characteristic(bus, address, CHARACTERISTIC), "org.bluez.GattCharacteristic1", "AcquireWrite",
                 "a{sv}", [{}], seconds=60)
        fds += bus.last.fds
    for n in (1, len(ADDRESSES)):
        keep(FLOOR, n, [world.measure(ADDRESSES[:n], lambda n=n: send(n)) for _ in range(ROUNDS)])
    for fd in fds:
        os.close(fd)
    disconnect(bus)
    bus.close()  # or bluetoothd listens for it again at the next connection


def disconnect(bus):
    for address in ADDRESSES:
        bus.call("org.bluez", device_path(address), "org.bluez.Device1", "Disconnect", seconds=60)
    wait_for(lambda: not any(i.get("org.bluez.Device1", {}).get("Connected") for i in objects(bus).values()),
             "all links to end")
    time.sleep(1)


# bleak


def by_bleak(world):
    for n in (1, len(ADDRESSES)):
        done = subprocess.run(["/usr/bin/python3", str(guestworld.HERE / "bleak_writes.py"), PADS_STOP.hex(), str(ROUNDS),
                               *ADDRESSES[:n]], capture_output=True, text=True, check=False, timeout=400)
        sent = [float(line) for line in done.stdout.split()]
        if len(sent) < ROUNDS:
            print(f"bleak, {n}: not measured: {done.stderr.strip()[-400:]}", flush=True)
            continue
        keep("bleak", n, [wait_for(lambda t=t: world.last_arrival(ADDRESSES[:n], t), "bleak's frames") - t for t in sent])
        time.sleep(3)  # its disconnects take their time


# limberd


class Holder:
    """A runner with a session on one device, and the beats for it. Each is a user of its own: a runner has one session."""

    def __init__(self, world, address, uid):
        self.world, self.address = world, address
        os.seteuid(uid)
        try:
            self.bus = world.client()
        finally:
            os.seteuid(0)
        self.bus.match("type='signal',sender='org.limber1',member='Challenge'")
        self.path, self.armed, self.on = None, False, False

    def call(self, member, signature="", args=()):
        return self.bus.call("org.limber1", self.path, SESSION, member, signature, args, seconds=60)

    def start(self):
        self.bus.signals.clear()
        self.armed = self.on = False
        self.path = self.bus.call("org.limber1", MANAGER_PATH, MANAGER, "StartRoutine", "sa{sv}",
                                  ["pads", {"devices": Variant("a{ss}", {"pads": self.address})}], seconds=60)[0]

    def ask(self, name):
        return self.bus.start("org.limber1", self.path, "org.freedesktop.DBus.Properties", "Get", "ss", [SESSION, name])

    def go_on(self):
        """What a person does until there is output."""
        self.bus.pump()
        session = self.bus.get_all(self.path, SESSION)
        if session["State"] in ("ended", "paused"):
            raise Late(f"{self.path} is {session['State']}: {session['Reason']}")
        if session["Prompt"][1].startswith("Sit or lie down"):
            self.call("Answer", "ss", [session["Prompt"][0], session["Prompt"][2][0]])
        nonce = next((s.args[0] for s in self.bus.signals if s.member == "Challenge"), None)
        if nonce and not self.armed and session["State"] == "waiting":
            self.armed = True
            beat([self])
            try:
                self.call("Arm", "s", [nonce])
            except DBusError as error:
                raise Late(f"{self.path}: {error}") from error


def beat(holders):
    """All in one go: an emulated machine has no time to wait for every answer."""
    asked = [(holder, holder.ask("Event"), holder.ask("OutputActive")) for holder in holders]
    for holder, event, believed in asked:
        event, holder.on = holder.bus.reply(event, 60)[0], holder.bus.reply(believed, 60)[0]
        holder.bus.start("org.limber1", holder.path, SESSION, "Beat", "ub", [event, holder.on])
        holder.bus.replies.clear()  # of the beats before


class Late(Failed):
    """A session was lost on the way: the machine was busy with something else."""


def begin(world, holders):
    """All of them with output on."""
    for _ in range(5):
        try:
            return begin_once(holders)
        except Late as late:
            print(f"once more: {late}", flush=True)
            world.call_manager("StopAll")
            wait_for(lambda: not world.armed_files(), "the armed files to go")
    raise Failed("five tries, and no output")


def begin_once(holders):
    for holder in holders:
        holder.start()
    patience = Patience(harness.DEADLINE)
    while not all(holder.on for holder in holders):
        for holder in holders:
            if not holder.on:
                holder.go_on()
                beat([h for h in holders if h.armed])
        beat(holders)
        time.sleep(0.1)  # limberd takes a hundred calls a second of one client
        if patience.over():
            states = [h.bus.get_all(h.path, SESSION) for h in holders]
            raise Failed(f"no output: {[(s['State'], s['Reason'], s['OutputActive']) for s in states]}")


def runner(i):
    name = f"runner{i}"
    subprocess.run(["useradd", name], check=False, capture_output=True)
    return int(subprocess.run(["id", "-u", name], check=True, capture_output=True, text=True).stdout)


def everybody_may():
    """Nobody sits at this machine; the bench is to arm."""
    with open("/etc/polkit-1/rules.d/00-bench.rules", "w", encoding="utf-8") as f:
        f.write('polkit.addRule(function(action) { if (action.id.indexOf("org.limber1.") == 0) '
                'return polkit.Result.YES; });')


def empty_calls(bus):
    """What a call costs before limberd has done anything: half of the way there and back of one that does nothing."""
    values = []
    for _ in range(ROUNDS):
        time.sleep(QUIET)
        since = time.monotonic()
        bus.call("org.limber1", "/org/limber1", "org.freedesktop.DBus.Peer", "Ping")
        values.append((time.monotonic() - since) / 2)
    keep(EMPTY, 1, values)


def by_call(bus, path, interface, member):
    """Sends a call that is ready, and returns the moment before."""
    message = bus.marshal(CALL, [(PATH, Variant("o", path)), (MEMBER, Variant("s", member)),
                                 (DESTINATION, Variant("s", "org.limber1")), (INTERFACE, Variant("s", interface))], "", [])

    def send():
        since = time.monotonic()
        bus.socket.sendall(message)
        return since
    return send


def by_line(world):
    """What limber does, without the time that a program takes to be there."""
    line = socket.socket(socket.AF_UNIX)
    path = os.path.join(world.runtime, "stop")

    def send():
        since = time.monotonic()
        line.connect(path)
        return since
    return send


def by_limber(world, uids):
    everybody_may()
    world.want_start = True
    world.start_daemon()
    world.listen()
    world.call_manager("Scan", "u", [3])
    paths = {a: "/org/limber1/device/" + a.replace(":", "_") for a in ADDRESSES}
    wait_for(lambda: all(world.device_state(p) == "seen" for p in paths.values()), "limberd to see them")
    for address in ADDRESSES:
        world.call_manager("AddDevice", "sa{sv}", [address, {}])
    holders = [Holder(world, address, uid) for address, uid in zip(ADDRESSES, uids)]
    empty_calls(holders[0].bus)
    ways = {
        LINE: lambda holder: by_line(world),
        "Session.Stop": lambda holder: by_call(holder.bus, holder.path, SESSION, "Stop"),
        "Manager.StopAll": lambda holder: by_call(holder.bus, MANAGER_PATH, MANAGER, "StopAll"),
    }
    for name, way in ways.items():
        for n in (1,) if name == "Session.Stop" else (1, len(ADDRESSES)):
            values = []
            for _ in range(ROUNDS):
                begin(world, holders[:n])
                values.append(world.measure(ADDRESSES[:n], way(holders[0])))
                wait_for(lambda: not world.armed_files(), "the armed files to go")
            keep(name, n, values)
    world.daemon.do("stop")


def main():
    if not shutil.which("dbus-daemon"):
        sys.exit(77)
    uids = [runner(i) for i in range(len(ADDRESSES))]
    with Bench(of_systemd=True, runners=uids, products=[f"coyote3@{a}" for a in ADDRESSES], start=False, add=False,
               routines=str(guestworld.HERE / "routines")) as world:
        bare_writes(world)
        by_bleak(world)
        by_limber(world, uids)
        bare_writes(world)
        show()


if __name__ == "__main__":
    main()
