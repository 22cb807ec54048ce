# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long things take, beside a floor that is measured in the same run and the budgets of the design.

Nothing here asserts a time: a slow machine prints large figures. It fails only when a figure could not be taken."""

import bisect
import glob
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "integration"))

import harness  # noqa: E402
import test_polkit  # noqa: E402
import test_remote  # noqa: E402
from harness import GUN, GUN_PATH, MANAGER, MANAGER_PATH, PADS, SESSION, World  # noqa: E402
from wire import GUN_STOP, PADS_STOP  # noqa: E402

BENCH_CALLS, BENCH_GATE, BENCH_HISTORY, BENCH_STREAM = sys.argv[1:5]
ROUTINES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "routines")
BLUEZ_GUN = "/org/bluez/hci0/dev_" + GUN.replace(":", "_")
BLUEZ_PADS = "/org/bluez/hci0/dev_" + PADS.replace(":", "_")
# How long eight pads are streamed to; the design's figure is for 600. A session of pads ends after that, and half of it is
# done with those for whom they are new (REQ13).
STREAM_SEC = float(os.environ.get("LIMBER_BENCH_STREAM_SEC", "60"))
STREAM_SEC_MAX = 840
# As many sessions as limberd holds, one for each runner; dbus-daemon lets in only users that there are.
STREAMS = [f"C0:FF:EE:00:01:0{i}" for i in range(8)]
STREAM_RUNNERS = sorted({user.pw_uid for user in pwd.getpwall()} - {0})[:len(STREAMS)]
# More than a hundred calls a second are refused, and a large one counts as many.
CALLS_APART_SEC, TEXTS_APART_SEC = 0.02, 0.7
# What is off is told once within 100 ms.
STOP_GAP_USEC = 120000
failed = []
floors = {}


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))]


def show(name, values, floor=None, budget="", unit="us", scale=1e6):
    """One line: median, p99, how many, ratio of the medians to a floor, and what the design allows."""
    if not values:
        failed.append(name)
        print(f"{name:46} could not be measured", flush=True)
        return
    median, high = quantile(values, 0.5) * scale, quantile(values, 0.99) * scale
    ratio = ""
    if floor and floors.get(floor):
        ratio = f"{median / (quantile(floors[floor], 0.5) * scale):6.2f} x {floor}"
    print(f"{name:46} median {median:9.1f} {unit}  p99 {high:9.1f} {unit}  n {len(values):4}  {ratio:14} {budget}", flush=True)


def keep(name, values):
    floors[name] = values
    return values


def figure(name, value, budget):
    print(f"{name:46} {value:>12}   {budget}", flush=True)


def attempt(what):
    """Runs one measurement; what goes wrong is said at the end."""
    try:
        what()
    except Exception as e:  # whatever it was, the others are still worth having
        failed.append(f"{what.__name__}: {e!r}")
        print(f"{what.__name__}: {e!r}", flush=True)


def calls(world, *args):
    """(sent, answered) in seconds, of each call that bench-calls made."""
    done = subprocess.run([BENCH_CALLS, *map(str, args)], env=world.env, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return [tuple(int(word) / 1e6 for word in line.split()) for line in done.stdout.splitlines()]


def arrivals(sent, writes):
    """For each moment of sending, how long until the next frame of those."""
    times = [w.t for w in writes]
    found = []
    for i, t in enumerate(sent):
        k = bisect.bisect_left(times, t)
        if k < len(times) and (i + 1 == len(sent) or times[k] < sent[i + 1]):
            found.append(times[k] - t)
    if len(found) < len(sent) * 0.95:
        raise RuntimeError(f"only {len(found)} of {len(sent)} frames were found")
    return found


def connect_bare(world, device):
    """Links a device without limberd; returns the path of its write characteristic."""
    uuid = {BLUEZ_GUN: "0000ffe2", BLUEZ_PADS: "0000150a"}[device]
    world.bus.call("org.bluez", "/org/bluez/hci0", "org.bluez.Adapter1", "StartDiscovery")

    def objects():
        return world.bus.call("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
    world.wait(lambda: device in objects(), "the device")
    world.bus.call("org.bluez", "/org/bluez/hci0", "org.bluez.Adapter1", "StopDiscovery")
    world.bus.call("org.bluez", device, "org.bluez.Device1", "Connect")

    def characteristic():
        for path, interfaces in objects().items():
            found = interfaces.get("org.bluez.GattCharacteristic1")
            if found and path.startswith(device) and found["UUID"].startswith(uuid):
                return path
        return None
    path = world.wait(characteristic, "the characteristic")
    world.wait(lambda: world.bus.get(device, "org.bluez.Device1", "ServicesResolved", "org.bluez"), "the services")
    return path


def floor_calls():
    with World(start=False) as world:
        path = connect_bare(world, BLUEZ_GUN)
        calls(world, "write-value", path, 20, 1000)
        since = time.monotonic()
        pairs = calls(world, "write-value", path, 300, 2000)
        show("floor A: WriteValue, round trip", keep("A-trip", [b - a for a, b in pairs]))
        show("floor A: WriteValue sent → at the device",
             keep("A", arrivals([a for a, _ in pairs], world.writes(GUN, since))))
        pings = calls(world, "ping", "org.bluez", 300, 2000)
        show("        Peer.Ping to limber-sim, round trip", keep("ping", [b - a for a, b in pings]))


def floor_socket():
    with World(start=False) as world:
        path = connect_bare(world, BLUEZ_PADS)
        since = time.monotonic()
        pairs = calls(world, "write-socket", path, 300, 2000)
        show("floor B: write() on a socket → at the device",
             keep("B", arrivals([a for a, _ in pairs], world.writes(PADS, since))))


def stop_all():
    with World(delays={"request": 0}) as world:
        for name, address, frame, floor in (("pads", PADS, PADS_STOP, "B"), ("gun", GUN, GUN_STOP, "A")):
            world.limber("connect", name)
            time.sleep(0.5)
            since = time.monotonic()
            pairs = calls(world, "stop-all", "-", 100, STOP_GAP_USEC)
            stops = [w for w in world.writes(address, since) if w.raw == frame]
            found = arrivals([a for a, _ in pairs], stops)
            show(f"StopAll sent → stop frame, {name}", found, floor, "budget 1.5 x the same frames by write() (VM)")
            if floor == "B":  # the way of the call to limberd is in it, and not in the bare write()
                show("  the same, against a way over the bus", found, "A")
            show(f"StopAll, round trip ({name} linked)", [b - a for a, b in pairs], "ping")
            world.limber("disconnect", name)


def stop_socket():
    """From before connect(), in a Python program, so without the start of one."""
    with World(delays={"request": 0}) as world:
        for name, address, frame, floor in (("pads", PADS, PADS_STOP, "B"), ("gun", GUN, GUN_STOP, "A")):
            world.limber("connect", name)
            time.sleep(0.5)
            since, sent, done = time.monotonic(), [], []
            for _ in range(100):
                sent.append(time.monotonic())
                world.hear(world.pull())
                done.append(time.monotonic() - sent[-1])
                time.sleep(STOP_GAP_USEC / 1e6)
            stops = [w for w in world.writes(address, since) if w.raw == frame]
            show(f"stop socket, connect() → stop frame, {name}", arrivals(sent, stops), floor)
            show(f"stop socket, until it is off ({name} linked)", done)
            world.limber("disconnect", name)


def stop_under_flood():
    """The same stop with and without a client that sends ten thousand calls a second."""
    with World(delays={"request": 0}) as world:
        world.limber("connect", "pads")
        time.sleep(0.5)

        def stops():
            since = time.monotonic()
            pairs = calls(world, "stop-all", "-", 100, STOP_GAP_USEC)
            return arrivals([a for a, _ in pairs], [w for w in world.writes(PADS, since) if w.raw == PADS_STOP])
        show("StopAll → stop frame, quiet", keep("quiet", stops()))
        flood = subprocess.Popen([BENCH_CALLS, "flood", "-", "10000", "0"], env=world.env)
        time.sleep(1)
        try:
            show("StopAll → stop frame, 10,000 calls/s by another", stops(), "quiet")
        finally:
            flood.kill()
            flood.wait()


def gate():
    done = subprocess.run([BENCH_GATE], capture_output=True, text=True, check=True)
    floor, cost = (float(word) for word in done.stdout.split())
    figure("gate, one decision", f"{cost:.0f} ns ({cost / floor:.1f} x a call that decides nothing, {floor:.0f} ns)",
           "budget < 1 us")


class Holder:
    """Starts a routine of the gun and arms it when told."""

    def __init__(self, world, routine="gun"):
        self.world = world
        self.client = world.client()
        self.client.match("type='signal',sender='org.limber1',member='Challenge'")
        self.path = self.client.call("org.limber1", MANAGER_PATH, MANAGER, "StartRoutine", "sa{sv}", [routine, {}])[0]
        self.nonce = world.wait(self.challenge, "a challenge")
        self.beat()

    def challenge(self):
        self.client.pump()
        return next((m.args[0] for m in reversed(self.client.signals) if m.member == "Challenge"), None)

    def call(self, member, signature="", args=()):
        return self.client.call("org.limber1", self.path, SESSION, member, signature, args)

    def beat(self):
        s = self.client.get_all(self.path, SESSION)
        begun = time.monotonic()
        self.call("Beat", "ub", [s["Event"], s["OutputActive"]])
        return begun

    def arm(self):
        begun = time.monotonic()
        self.call("Arm", "s", [self.nonce])
        return begun


def first_setpoint():
    found, answered = [], []
    for _ in range(3):
        with World(delays={"request": 0}) as world:
            world.limber("connect", "gun")
            time.sleep(0.5)
            since = time.monotonic()
            # An ended session can be read for a minute, and eight may be kept. Two rises are half a second apart, over sessions too.
            pairs = calls(world, "arm", "gun", 7, 700000)
            active = [w for w in world.writes(GUN, since) if w.active]
            found += arrivals([a for a, _ in pairs], active)
            answered += [b - a for a, b in pairs]
    show("Arm sent → first setpoint, gun", found, "A", "budget p99 < 1000 us to the link")
    show("Arm, round trip", answered, "ping")


def last_beat():
    with World(delays={"request": 0}) as world:
        world.limber("connect", "gun")
        time.sleep(0.5)
        silent, gone = [], []
        for i in range(7):
            holder = Holder(world)
            holder.arm()
            world.wait(lambda: world.is_on(GUN), "output")
            begun = holder.beat()
            if i < 5:
                silent.append(world.stop_of(GUN, begun, bound=5))
            else:
                begun = time.monotonic()
                holder.client.close()
                gone.append(world.stop_of(GUN, begun, bound=5))
            world.bus.call("org.limber1", MANAGER_PATH, MANAGER, "StopAll")
            world.wait(lambda: not world.armed_files(), "all to be off")
        killed, stopped = [], []
        for i in range(10):
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            begun = time.monotonic()
            os.kill(client.pid, 9 if i < 5 else 19)
            (killed if i < 5 else stopped).append(world.stop_of(GUN, begun, bound=5))
            client.expected = {-9}
            if i >= 5:
                os.kill(client.pid, 9)
            client.wait()
            world.bus.call("org.limber1", MANAGER_PATH, MANAGER, "StopAll")
            world.wait(lambda: not world.armed_files(), "all to be off")
        show("limber killed (SIGKILL) → zero", killed, budget="budget 100 ms", unit="ms", scale=1e3)
        show("limber frozen (SIGSTOP) → zero", stopped, budget="budget 1.1 s", unit="ms", scale=1e3)
        show("last beat → zero", silent, budget="budget 1.1 s", unit="ms", scale=1e3)
        show("holder's name lost → zero", gone, budget="budget 100 ms", unit="ms", scale=1e3)


def network_black():
    with World(delays={"request": 0}) as world:
        test_remote.make_ssh(world)
        found = []
        for _ in range(5):
            client = world.command("-H", "pi", "start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            begun = time.monotonic()
            carrier = test_remote.bridge(world)
            os.kill(carrier, 19)
            found.append(world.stop_of(GUN, begun, bound=5))
            os.kill(carrier, 9)
            client.expected = {9}
            client.wait()
            world.bus.call("org.limber1", MANAGER_PATH, MANAGER, "StopAll")
            world.wait(lambda: not world.armed_files(), "all to be off")
        show("ssh frozen (network black) → zero", found, budget="budget 1.1 s", unit="ms", scale=1e3)


def smaps(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return {line.split(":")[0]: int(line.split()[1]) for line in f if line.rstrip().endswith("kB")}


def switches(pid):
    """Voluntary context switches of all threads: how often it woke up."""
    n = 0
    for path in glob.glob(f"/proc/{pid}/task/*/status"):
        with open(path) as f:
            n += sum(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches"))
    return n


def idle():
    with World() as world:
        time.sleep(2)
        for when in ("fresh", "after a session"):
            if when != "fresh":
                client = world.command("start", "both")
                world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
                world.limber("stop")
                client.wait()
                time.sleep(1)
            rollup = smaps(world.daemon.pid)
            figure(f"Private_Dirty, {when}", f"{rollup['Private_Dirty']} KiB", "budget 1024 KiB")
            figure(f"Pss, {when}", f"{rollup['Pss']} KiB", "")
            before = switches(world.daemon.pid)
            time.sleep(10)
            figure(f"idle wake-ups, {when}, 10 s", f"{(switches(world.daemon.pid) - before) / 10:.1f} /s", "budget 0 /s")
        perf(world)


def perf(world):
    if not shutil.which("perf"):
        return
    done = subprocess.run(["perf", "stat", "-x", ",", "-e", "context-switches,task-clock", "-p", str(world.daemon.pid), "sleep", "5"],
                          capture_output=True, text=True)
    rows = [line.split(",") for line in done.stderr.splitlines() if "," in line]
    counted = [f"{r[2]} {r[0]}" for r in rows if len(r) > 2 and r[0][:1].isdigit()]
    if done.returncode == 0 and counted:
        figure("perf stat, idle, 5 s", "; ".join(counted), "")


def spawned(argv, env):
    begun = time.monotonic()
    pid = os.posix_spawn(argv[0], argv, env, file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
        raise RuntimeError(f"{argv} failed")
    return time.monotonic() - begun


def starts():
    with World(start=False) as world:
        true = shutil.which("true")
        show("floor: /bin/true, whole process", keep("true", [spawned([true], world.env) for _ in range(20)]),
             unit="ms", scale=1e3)
        ready = []
        for _ in range(10):
            ready.append(world.start_daemon())
            world.daemon.signal(15)
            world.daemon.wait()
        show("limberd: start → READY", ready, "true", "budget 50 ms", "ms", 1e3)
        world.start_daemon()
        world.listen()
        world.add_devices()
        limber = harness.program("limber")
        spawned([limber, "status"], world.env)
        show("limber status, whole process", [spawned([limber, "status"], world.env) for _ in range(20)], "true",
             "budget 15 ms", "ms", 1e3)
        show("limber stop, whole process", [spawned([limber, "stop"], world.env) for _ in range(20)], "true", "", "ms", 1e3)


def text_of(name, size):
    """A routine of at most that size, as a person could have written it, with a line of comment for each line that acts."""
    with open(os.path.join(harness.ROUTINES, "gun.conf"), encoding="utf-8") as f:
        head, step, end = re.fullmatch(r"(.*steps = \(\n)(.*?\})(\n\);\n)", f.read(), re.DOTALL).groups()
    head = re.sub(r'id = ".*?"', f'id = "{name}"', head)
    step = re.sub('duration = ".*?"', 'duration = "1s"', step)
    step = re.sub(r"(?m)^", "# what it is for, and how it is done\n", step)
    n = min(64, (size - len(head) - len(end)) // (len(step) + 2))
    text = head + ",\n".join([step] * max(n, 1)) + end
    return text + "# as long as it may be\n" * ((size - len(text)) // 23)


def checks():
    """Other people's text: read in the child, and said."""
    with World() as world:
        text = text_of("long", 65536).encode()
        address = ("org.limber1", MANAGER_PATH, MANAGER, "CheckRoutine", "ay")
        took, other = [], []
        for _ in range(100):
            begun = time.monotonic()
            world.bus.call("org.limber1", MANAGER_PATH, "org.freedesktop.DBus.Peer", "Ping")
            other.append(time.monotonic() - begun)
            time.sleep(CALLS_APART_SEC)
        for _ in range(40):
            begun = time.monotonic()
            found = world.bus.call(*address, (text,))[0]
            took.append(time.monotonic() - begun)
            time.sleep(TEXTS_APART_SEC)
        if any(severity == "error" for severity, *_ in found):
            raise RuntimeError(f"the text is wrong: {found[:2]}")
        show("floor: Ping → reply", keep("ping", other))
        show(f"CheckRoutine of {len(text) // 1024} KiB → reply", took, "ping", "budget p99 30 ms", "ms", 1e3)


def many_routines():
    """As many as a folder may have."""
    with tempfile.TemporaryDirectory() as folder, World(routines=folder, start=False) as world:
        os.chmod(folder, 0o755)
        for i in range(256):
            with open(os.path.join(folder, f"r{i}.conf"), "w", encoding="utf-8") as f:
                f.write(text_of(f"r{i}", 2048))
        listed, replies = [], []
        for _ in range(5):
            world.start_daemon()
            begun = time.monotonic()
            n = 0
            while n < 256:
                time.sleep(CALLS_APART_SEC)
                objects = world.bus.call("org.limber1", MANAGER_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
                n = sum("org.limber1.Routine" in interfaces for interfaces in objects.values())
            listed.append(time.monotonic() - begun)
            for _ in range(10):
                begun = time.monotonic()
                world.bus.call("org.limber1", MANAGER_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
                replies.append(time.monotonic() - begun)
                time.sleep(CALLS_APART_SEC)
            world.daemon.signal(15)
            world.daemon.wait()
        show("READY → 256 routines listed", listed, None, "budget 300 ms", "ms", 1e3)
        show("GetManagedObjects with 256, read in Python", replies, None, "", "ms", 1e3)


def year():
    """A year of daily sessions in the record."""
    sessions, events = 1000, 1000000
    with World(start=False) as world:
        state = os.path.join(world.directory, "state")
        os.mkdir(state)
        path = os.path.join(state, "history.db")
        done = subprocess.run([BENCH_HISTORY, path, str(sessions), str(events)], capture_output=True, text=True, check=True)
        each, size = (float(word) for word in done.stdout.split())
        figure("record: an event, 64 in a transaction", f"{each:.1f} us", "")
        figure(f"record: {events} events of {sessions} sessions", f"{size / 1e6:.0f} MB", f"{size / events:.0f} bytes each")
        ready = []
        for _ in range(10):
            ready.append(world.start_daemon())
            world.daemon.signal(15)
            world.daemon.wait()
        show("limberd with that record: start → READY", ready, "true", "budget 50 ms", "ms", 1e3)
        world.start_daemon()
        world.listen()
        limber = harness.program("limber")
        for name, words in (("history", ["history"]), ("history, of a week", ["history", "--since", "7d"]),
                            ("history show, 1000 events", ["history", "show", "500"])):
            show(f"limber {name}, whole process", [spawned([limber, *words], world.env) for _ in range(20)], "true",
                 "budget 100 ms", "ms", 1e3)
        begun = time.monotonic()
        subprocess.run([harness.program("limberd"), "--check-record", "--state-directory", state], check=True,
                       stdout=subprocess.DEVNULL)
        figure("limberd --check-record", f"{time.monotonic() - begun:.1f} s", "")


def stream():
    with World() as world:
        world.watch_machine()
        client = world.command("start", "pads")
        world.wait(lambda: world.is_on(PADS), "output")
        begun = time.monotonic()
        client.wait(40)
        writes = [w for w in world.writes(PADS, begun) if w.active]
        off = [abs(b.t - a.t - 0.1) for a, b in zip(writes, writes[1:])]
        if len(off) < 90:  # ten seconds: half of the routine, for whom pads are new (REQ13)
            raise RuntimeError(f"only {len(off)} periods")
        missed = [e["data"]["dead_usec"] for e in world.events() if e["what"] == "missed-window"]
        stalls = world.stalls()
        p50, p99, p999 = (quantile(off, share) * 1e3 for share in (0.5, 0.99, 0.999))
        figure("Coyote stream, off 100 ms by", f"p50 {p50:.3f} ms  p99 {p99:.3f} ms  p99.9 {p999:.3f} ms  n {len(off)}",
               "budget p99.9 < 2 ms")
        figure("Coyote stream, missed windows", f"{len(missed)} (longest {max(missed, default=0)} us)", "budget 0")
        figure("floor: the machine woke a sleeper late", f"{len(stalls)} times, longest "
               f"{max([b - a for a, b in stalls], default=0) * 1e3:.1f} ms", "more than 3 ms late counts")


def add_pads(world):
    """Eight pads, and for each a runner who has answered the intake."""
    os.chmod(world.directory, 0o755)  # the runners' limber comes in
    harness.write_intake(world.state, STREAM_RUNNERS)
    world.intake = False
    world.start_daemon()
    world.call_manager("Scan", "u", [2])
    paths = ["/org/limber1/device/" + address.replace(":", "_") for address in STREAMS]
    world.wait(lambda: all(world.device_state(path) == "seen" for path in paths), "all pads to be seen")
    for i, address in enumerate(STREAMS):
        world.call_manager("AddDevice", "sa{sv}", [address, world.options(alias=f"pads-{i}")])


def start_as(world, runner, alias):
    client = harness.Process(world, f"limber-{runner}", [
        "setpriv", f"--reuid={runner}", "--clear-groups", harness.program("limber"), "start", "stream", "--device", f"pads={alias}"])
    client.expected |= {8, -15}
    return client


def periods_of(writes):
    return [(a.t, b.t) for a, b in zip(writes, writes[1:])]


def off_by(periods):
    """p50, p99, p99.9 and the longest, as text."""
    off = [abs(end - begin - 0.1) * 1e3 for begin, end in periods]
    p50, p99, p999 = (quantile(off, share) for share in (0.5, 0.99, 0.999))
    return f"p50 {p50:.3f} ms  p99 {p99:.3f} ms  p99.9 {p999:.3f} ms  longest {max(off):.3f} ms  n {len(off)}"


def apart_from(stalls, spans):
    """Those that are not within 10 ms of a stall; stalls are in order."""
    ends = [end for _, end in stalls]

    def touches(begin, end):
        k = bisect.bisect_left(ends, begin - 0.01)
        return k < len(stalls) and stalls[k][0] <= end + 0.01
    return [span for span in spans if not touches(*span)]


def eight_streams():
    if os.getuid() != 0 or not shutil.which("setpriv") or len(STREAM_RUNNERS) < len(STREAMS):
        figure("8 Coyote streams", "not taken", "needs root, setpriv and eight users, to be eight runners")
        return
    seconds = min(STREAM_SEC, STREAM_SEC_MAX)
    with World(products=[f"coyote3@{address}" for address in STREAMS], start=False, routines=ROUTINES) as world:
        add_pads(world)
        authority = test_polkit.Authority(world, {"org.limber1.raise-output": True})
        clients = [start_as(world, runner, f"pads-{i}") for i, runner in enumerate(STREAM_RUNNERS)]
        world.wait(lambda: all(world.is_on(address) for address in STREAMS), "output of all", 30)
        authority.end()
        world.watch_machine()
        time.sleep(1)
        before, used = time.monotonic(), processor_time(world.daemon.pid)
        while time.monotonic() < before + seconds and all(client.running for client in clients):
            time.sleep(0.1)
        after, used = time.monotonic(), processor_time(world.daemon.pid) - used
        stalls = [(a, b) for a, b in world.stalls() if b > before and a < after]
        world.limber("stop")
        for client in clients:
            client.wait()
        fewest = print_streams(world, before, after, stalls)
        figure("  limberd, processor time", f"{used / (after - before) * 100:.1f} %", "")
    if fewest < 9 * seconds:
        raise RuntimeError(f"one of them ended early, or paused: {fewest} periods in {seconds:.0f} s")


def print_streams(world, before, after, stalls):
    """Returns how many periods there were of the stream that had fewest."""
    writes = [w for w in world.writes() if w.active and before <= w.t <= after]
    each = [periods_of([w for w in writes if w.address == address]) for address in STREAMS]
    periods = [period for stream in each for period in stream]
    missed = [(e["t_usec"] / 1e6 - e["data"]["dead_usec"] / 1e6, e["t_usec"] / 1e6) for e in world.events()
              if e["what"] == "missed-window" and before <= e["t_usec"] / 1e6 <= after]
    ran, ran_missed = apart_from(stalls, periods), apart_from(stalls, missed)
    figure(f"8 Coyote streams, {after - before:.0f} s, off 100 ms by", off_by(periods), "budget p99.9 < 2 ms")
    figure("  where the machine did not stand still", off_by(ran) if ran else "never", "")
    figure("  missed windows", f"{len(missed)} (longest {max([b - a for a, b in missed], default=0) * 1e3:.1f} ms)", "budget 0")
    figure("  missed where it did not stand still", len(ran_missed), "")
    figure("  floor: the machine woke a sleeper late", f"{len(stalls)} times, longest "
           f"{max([b - a for a, b in stalls], default=0) * 1e3:.1f} ms", "more than 3 ms late counts")
    return min(len(stream) for stream in each)


def processor_time(pid):
    """Of all threads, in seconds."""
    n = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as f:
            n += int(f.read().split()[0])
    return n / 1e9


def curve():
    """Below the manager, which holds eight sessions at most: the devices themselves, and beside them bare timers of the same loop."""
    coyote = os.path.join(harness.SHIPPED_DEVICES, "coyote3.conf")
    for n in (1, 2, 4, 8, 16, 32, 64):
        for form, name in (("timer", "floor: bare timers"), ("device", "devices")):
            done = subprocess.run([BENCH_STREAM, form, coyote, str(n), "10"], capture_output=True, text=True, timeout=60)
            if done.returncode != 0:
                raise RuntimeError(done.stderr)
            p50, p99, p999, longest, periods, cost = (float(word) for word in done.stdout.split())
            figure(f"100 ms stream, {n:2} {name}, off by",
                   f"p50 {p50:6.0f} us  p99 {p99:6.0f} us  p99.9 {p999:6.0f} us  longest {longest:6.0f} us  n {periods:6.0f}  "
                   f"{cost:5.1f} us of processor a frame", "")


def main():
    print(f"{os.cpu_count()} cpus, load {os.getloadavg()[0]:.1f}; {os.uname().release}", flush=True)
    named = sys.argv[5:]  # only those
    for what in (gate, floor_calls, floor_socket, stop_all, stop_socket, stop_under_flood, first_setpoint, last_beat, network_black, starts, checks, many_routines, year, idle, stream,
                 eight_streams, curve):
        if not named or what.__name__ in named:
            attempt(what)
    if failed:
        print("not measured: " + "; ".join(failed))
        sys.exit(1)


if __name__ == "__main__":
    main()
