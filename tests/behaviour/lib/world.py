# SPDX-License-Identifier: LGPL-2.1-or-later
"""A world of its own for one test: folder, private bus, BlueZ (limber-sim, or the one of bluez.py), limberd. All of it ends
with the test, by the process ids that it started itself."""

import atexit
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from bluez import Bluez, Gun, Pads, byte, uuid  # noqa: F401 (for the tests)
from wire import Bus, DBusError, Variant

HERE = os.path.dirname(os.path.abspath(__file__))
NAME = os.path.basename(sys.argv[0])
LIMBER, MANAGER, SESSION = "org.limber1", "org.limber1.Manager", "org.limber1.Session"
GUN, PADS = "C0:FF:EE:00:00:01", "C0:FF:EE:00:00:02"
NOBODY = 65534


# What a test ends with.

def holds(figure=""):
    print(f"ok {NAME} {figure}".rstrip(), flush=True)
    sys.exit(0)


def fails(seen, right):
    print(f"FAILS {NAME} {' '.join(str(seen).split())[:900]}; right: {right}", flush=True)
    sys.exit(1)


def skips(why):
    print(f"skipped {NAME} {why}", flush=True)
    sys.exit(77)


def broken(what):
    print(f"BROKEN {NAME} the test itself could not go on: {' '.join(str(what).split())[:300]}", flush=True)
    sys.exit(99)


def judge(good, figure, seen, right):
    holds(figure) if good else fails(seen, right)


# Where the programs are.

def project():
    """The checkout: the folder of meson.build above the current one."""
    folder = os.getcwd()
    while folder != "/":
        if os.path.isfile(os.path.join(folder, "meson.build")) and os.path.isdir(os.path.join(folder, "daemon")):
            return folder
        folder = os.path.dirname(folder)
    return None


def build():
    if os.environ.get("LIMBER_BUILD"):
        return os.path.abspath(os.environ["LIMBER_BUILD"])
    for name in ("build-demo", "build"):
        folder = os.path.join(project() or "/nonexistent", name)
        if os.access(os.path.join(folder, "daemon", "limberd"), os.X_OK):
            return folder
    broken("no build: set LIMBER_BUILD, or call it in a checkout that has build-demo or build")


def source():
    with contextlib.suppress(OSError, KeyError, ValueError):
        with open(os.path.join(build(), "meson-info", "meson-info.json"), encoding="utf-8") as f:
            return json.load(f)["directories"]["source"]
    return project() or broken("the build does not say where its source is")


def program(name):
    path = os.path.join(build(), {"limber": "cli", "limberd": "daemon", "limber-sim": "sim", "limber-allstop": "allstop"}[name],
                        name)
    return path if os.access(path, os.X_OK) else broken(f"{name} is not built")


def until(condition, seconds=10, every=0.02):
    """Waits until condition() holds; gives how long that took, or None."""
    begin = time.monotonic()
    while True:
        if condition():
            return time.monotonic() - begin
        if time.monotonic() - begin > seconds:
            return None
        time.sleep(every)


def must(condition, what, seconds=10):
    """For what a test needs before it can try anything."""
    took = until(condition, seconds)
    if took is None:
        broken(f"{what} did not come in {seconds} s")
    return took


def as_nobody():
    if os.getuid() != 0:
        skips("needs root, to be two users")
    reached = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "test", "-x", program("limber")],
                             check=False)
    if reached.returncode:
        skips("the other user cannot reach the programs where this build lies")
    return NOBODY


# Texts.

def routine(name, *steps, devices='{ role = "gun"; kind = "percussion"; }', **more):
    """A routine file. Each step is the inside of its braces."""
    keys = {"title": f'"{name}"', "when": '"any day"', "claims": '"May feel looser for a while."', "confidence": '"low"',
            "discomfort_profile": '"relax"', **more}
    lines = ["format = 1;", f'id = "{name}";', *(f"{k} = {v};" for k, v in keys.items()), f"devices = ( {devices} );"]
    return "\n".join(lines) + "\nsteps = (\n" + ",\n".join(f"    {{ {s} }}" for s in steps) + "\n);\n"


def gun_step(zone="calf", duration="60s", sides="left", **more):
    keys = {"frequency": "28-33Hz", "head": "ball", "pressure": "light", "lead_in": "1s", **more}
    return (f'kind = "percussion"; zone = "{zone}"; sides = "{sides}"; duration = "{duration}"; '
            + " ".join(f'{k} = "{v}";' for k, v in keys.items()))


def pads_step(zone="calf", duration="60s", sides="left", **more):
    keys = {"frequency": "8Hz", "pulse_width": "250us", "intensity": "60%", "ramp": "1s", "pad_area": "25cm2", "lead_in": "1s",
            **more}
    return (f'kind = "estim"; zone = "{zone}"; sides = "{sides}"; duration = "{duration}"; '
            + " ".join(f'{k} = "{v}";' for k, v in keys.items()))


PADS_ROLE = '{ role = "pads"; kind = "estim"; }'
ROUTINES = {
    "calf": routine("calf", gun_step()),
    "current": routine("current", pads_step(), devices=PADS_ROLE),
}


class Output:
    def __init__(self, code, out):
        self.code, self.out = code, out

    @property
    def said(self):
        return " | ".join(line for line in self.out.strip().splitlines() if line.strip())


class World:
    """bluez: "sim" (limber-sim) or "own" (self.bluez, which a test fills). devices: more definition files, by name; with
    only_devices no shipped ones. preload: shims of this folder. intake: for whom the questions are answered, with no."""

    def __init__(self, bluez="sim", routines=None, devices=None, only_devices=False, preload=(), environment=None, products=(),
                 intake=(None,), simulated=True, start=True, memory=None):
        self.processes, self.buses, self.preload, self.memory = [], [], [self.shim(p) for p in preload], memory
        self.folder = tempfile.mkdtemp(prefix="limber-behaviour-")
        atexit.register(self.end)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: sys.exit(99))
        os.chmod(self.folder, 0o755)
        self.run, self.state = self.path("run"), self.path("state")
        self.routines, self.devices = self.path("routines"), self.path("devices")
        for folder in (self.run, self.state, self.routines, self.devices):
            os.mkdir(folder, 0o755)
        self.more, self.products, self.simulated, self.kind = dict(environment or {}), products, simulated, bluez
        for name, text in (ROUTINES if routines is None else routines).items():
            self.write(os.path.join(self.routines, name + ".conf"), text)
        if not only_devices:
            for name in os.listdir(os.path.join(source(), "protocols", "devices")):
                shutil.copy(os.path.join(source(), "protocols", "devices", name), self.devices)
        for name, text in (devices or {}).items():
            self.write(os.path.join(self.devices, name + ".conf"), text)
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.path('bus')}",
                            "LIMBER_RUNTIME_DIRECTORY": self.run, "TERM": "dumb", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        self.bus_process = self.start_bus()
        self.client = self.connection()
        self.bluez = self.start_bluez()
        self.daemon = None
        if start:
            self.start_daemon()
            for uid in intake:
                self.intake(uid)

    # Files.

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, path, text):
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, 0o644)

    def read(self, name):
        with contextlib.suppress(OSError):
            with open(self.path(name), encoding="utf-8", errors="replace") as f:
                return f.read()
        return ""

    def shim(self, name):
        target = os.path.join(tempfile.gettempdir(), f"limber-behaviour-shim-{os.getpid()}-{name}.so")
        made = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", target, os.path.join(HERE, name + ".c"), "-ldl"],
                              capture_output=True, text=True, check=False)
        atexit.register(lambda: os.path.exists(target) and os.unlink(target))
        return target if made.returncode == 0 else broken(made.stderr)

    # Processes.

    def spawn(self, name, argv, environment=None, **more):
        log = open(self.path(name + ".log"), "ab")
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
                                   env=environment or self.environment, start_new_session=True, **more)
        log.close()
        self.processes.append(process)
        return process

    def start_bus(self):
        path = self.path("bus")
        self.write(self.path("bus.conf"), f"""<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/></policy></busconfig>
""")
        if os.path.exists(path):
            os.unlink(path)
        process = self.spawn("bus", ["dbus-daemon", "--nofork", "--nopidfile", f"--config-file={self.path('bus.conf')}"])
        must(lambda: os.path.exists(path), "the bus")
        time.sleep(0.05)
        return process

    def start_bluez(self):
        if self.kind == "own":
            return Bluez(self.path("bus"))
        if self.kind != "sim":
            return None
        argv = [program("limber-sim"), "--record", self.path("frames.jsonl")]
        for product in self.products:
            argv += ["--product", product]
        process = self.spawn("sim", argv)
        must(lambda: self.owns("org.bluez"), "limber-sim")
        return process

    def start_daemon(self, wait=True, routines=None, boot=None):
        """boot: (id, seconds since it), as if the machine had started anew; it has no battery clock then."""
        environment = {**self.environment, **self.more}
        if self.preload:
            environment["LD_PRELOAD"] = ":".join(self.preload)
            # A shared sanitizer's runtime, gcc's, insists on being the first library otherwise.
            environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        argv = [program("limberd"), *(["--simulated"] if self.simulated else []), f"--routines={routines or self.routines}",
                f"--devices={self.devices}", f"--state-directory={self.state}", f"--runtime-directory={self.run}",
                f"--config={self.path('limberd.conf')}"]
        if self.memory:
            argv = ["prlimit", f"--as={self.memory}", *argv]
        if boot:
            argv = self.of_boot(*boot) + argv
        self.daemon = self.spawn("limberd", argv, environment)
        if wait:
            must(lambda: self.owns(LIMBER) or self.daemon.poll() is not None, "limberd")
            if self.daemon.poll() is not None:
                broken("limberd ended: " + self.read("limberd.log"))
        return self.daemon

    def of_boot(self, name, seconds):
        """Of a kernel's parts that a process can have of its own: the time since the start, and files that say the rest."""
        self.write(self.path("boot-id"), f"{name * 8}-{name * 4}-{name * 4}-{name * 4}-{name * 12}\n")
        script = 'mount --bind "$0" /proc/sys/kernel/random/boot_id; mount -t tmpfs none /sys/class; exec "$@"'
        argv = ["unshare", "--mount", "--time", "--boottime", str(int(seconds - time.clock_gettime(time.CLOCK_BOOTTIME))),
                "sh", "-ec", script, self.path("boot-id")]
        if subprocess.run(argv + ["true"], capture_output=True, check=False).returncode:
            skips("another start of the machine can only be played with a time and a mount namespace: root and a newer kernel")
        return argv

    def stop_daemon(self, number=signal.SIGTERM):
        self.daemon.send_signal(number)
        try:
            self.daemon.wait(5)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()

    def alive(self):
        return self.daemon.poll() is None

    def end(self):
        for process in reversed(self.processes):
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
                    process.terminate()
        for process in reversed(self.processes):
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def bus_hangs(self):
        """The bus daemon exists and does nothing, as when it waits for a disk or a name service."""
        self.bus_process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.bus_process.send_signal(signal.SIGCONT)

    # Talking to it.

    def connection(self, uid=None, **more):
        bus = Bus(self.path("bus"), uid=uid, **more)
        self.buses.append(bus)
        return bus

    def owns(self, name):
        return self.client.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner", "s",
                                name)[0]

    def limber(self, *words, timeout=15, uid=None):
        """Runs limber to its end."""
        argv = [program("limber"), *words]
        if uid is not None and uid != os.getuid():
            argv = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *argv]
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, cwd=self.folder,
                                  env=self.environment, check=False)
        except subprocess.TimeoutExpired as e:
            return Output(124, ((e.stdout or b"") + (e.stderr or b"")).decode(errors="replace"))
        return Output(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))

    def json(self, *words, uid=None):
        done = self.limber("--json", *words, uid=uid)
        with contextlib.suppress(ValueError):
            return json.loads(done.out)
        return None

    def allstop(self, *words):
        done = subprocess.run([program("limber-allstop"), *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=10,
                              env=self.environment, check=False)
        return Output(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))

    def intake(self, uid=None):
        """Every question of the intake answered with no."""
        runner = self.json("runner", uid=uid)
        if not runner and uid is not None and not self.takes(uid):
            skips(f"this dbus-daemon takes nobody without an account, such as user {uid}")
        runner = runner or broken("limber --json runner says nothing")
        answers = ",".join(f"{a['id']}=no" for a in runner["answers"]) if runner.get("answers") else ""
        if not answers:
            answers = ",".join(f"{q}=no" for q in self.questions())
        done = self.limber("intake", "--answers", answers, uid=uid)
        if done.code:
            broken("intake: " + done.said)

    def takes(self, uid):
        """The bus lets that user on. A newer dbus-daemon asks for an account."""
        try:
            self.connection(uid=uid)
            return True
        except (OSError, DBusError):
            return False

    def questions(self):
        with open(os.path.join(source(), "lib", "intake.c"), encoding="utf-8") as f:
            return re.findall(r'^\s*\{ "([a-z0-9-]+)",', f.read(), re.M)

    def keep(self, address, alias, *more, seconds=10):
        """Keeps a device that is in sight under a name."""
        done = None

        def tried():
            nonlocal done
            done = self.limber("add", address, "--as", alias, "--experimental", *more)
            return done.code == 0
        if until(tried, seconds, 0.3) is None:
            broken("add: " + done.said)

    def keep_gun(self):
        self.see()
        self.keep(GUN, "gun")

    def keep_pads(self):
        self.see()
        self.keep(PADS, "pads")

    def see(self):
        self.limber("scan", "--seconds", "1")

    def begin(self, name, *words, uid=None):
        """Starts a routine by a limber of its own, which stays as its holder; its text is in NAME.start.log."""
        argv = [program("limber"), "start", name, "--yes", *words]
        if uid is not None and uid != os.getuid():
            argv = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups", *argv]
        return self.spawn(f"{name}.start", argv)

    def said(self, name):
        return " | ".join(self.read(f"{name}.start.log").split("\n"))

    def pull(self, seconds=5):
        """The stop socket: (seconds until the first answer or None, all that was answered)."""
        begin = time.monotonic()
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(seconds)
        first, text = None, b""
        try:
            line.connect(os.path.join(self.run, "stop"))
            while time.monotonic() - begin < seconds:
                data = line.recv(64)
                if not data:
                    break
                first = first or time.monotonic() - begin
                text += data
        except OSError:
            pass
        line.close()
        return first, text.decode()

    def output(self, address):
        """What the simulated product does to a body now: the most of its channels, in thousandths of what it can."""
        channels = self.client.call("org.bluez", "/org/limber1/simulator", "org.limber1.Simulator", "Output", "s", address)[0]
        return max((c[0] for c in channels), default=0)

    def fault(self, address, what, value=1):
        self.client.call("org.bluez", "/org/limber1/simulator", "org.limber1.Simulator", "Fault", "ssi", address, what, value)

    def poke(self, address, control, value):
        self.client.call("org.bluez", "/org/limber1/simulator", "org.limber1.Simulator", "Poke", "ssi", address, control, value)

    def frames(self, product=None, what="write"):
        found = []
        for line in self.read("frames.jsonl").splitlines():
            with contextlib.suppress(ValueError):
                row = json.loads(line)
                if row.get("what") == what and (product is None or row.get("product") in (None, product)):
                    found.append(row)
        return found

    def objects(self, client=None, timeout=10):
        return (client or self.client).call(LIMBER, "/org/limber1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
                                            timeout=timeout)[0]

    def manager(self, member, signature="", *body, client=None, timeout=10):
        return (client or self.client).call(LIMBER, "/org/limber1", MANAGER, member, signature, *body, timeout=timeout)

    def memory_kb(self):
        with open(f"/proc/{self.daemon.pid}/status", encoding="utf-8") as f:
            return int(next(line for line in f if line.startswith("VmRSS")).split()[1])


class Holder:
    """Holds a session as a program of its own would: beats, arms, answers how it feels with 1."""

    def __init__(self, world, uid=None, score=1):
        self.world, self.bus, self.path, self.score = world, world.connection(uid), None, score
        self.bus.match("type='signal',sender='org.limber1'")
        self.quit = threading.Event()

    def routine(self, name, **options):
        self.path = self.world.manager("StartRoutine", "sa{sv}", name, options, client=self.bus)[0]
        return self

    def calibrate(self, device, feature, zone, **options):
        self.path = self.bus.call(LIMBER, device, "org.limber1.Device", "Calibrate", "ssa{sv}", feature, zone, options)[0]
        return self

    def all(self):
        return self.bus.call(LIMBER, self.path, "org.freedesktop.DBus.Properties", "GetAll", "s", SESSION)[0]

    def call(self, member, signature="", *body):
        return self.bus.call(LIMBER, self.path, SESSION, member, signature, *body)

    def beat(self):
        now = self.all()
        self.call("Beat", "ub", now["Event"], now["OutputActive"])
        return now

    def nonce(self):
        return next((m.body[0] for _, m in reversed(self.bus.signals) if m.member == "Challenge"), None)

    def live(self):
        def loop():
            armed = None
            while not self.quit.is_set():
                try:
                    now = self.beat()
                    if now["Prompt"][0] and not now["Prompt"][2]:
                        self.call("Discomfort", "yas", self.score, [])
                    if now["State"] == "waiting" and self.nonce() and self.nonce() != armed:
                        armed = self.nonce()
                        self.call("Arm", "s", armed)
                    if now["State"] == "ended":
                        return
                except OSError:  # the world has ended
                    return
                except DBusError:
                    if self.bus.dead.is_set():
                        return
                self.quit.wait(0.2)
        threading.Thread(target=loop, daemon=True).start()
        return self

    def state(self):
        try:
            return self.all()["State"]
        except DBusError:
            return "gone"


def missed(world, folder):
    """Checks each file of a folder against its expected.tsv: (number of files, what did not come out as it should)."""
    with open(os.path.join(folder, "expected.tsv"), encoding="utf-8") as f:
        rows = [line.rstrip("\n").split("\t") for line in f if line.strip() and not line.startswith("#")]
    wrong = []
    for name, where, words in rows:
        done = world.limber("check", os.path.join(folder, name))
        if done.code in (9, 124):
            broken(f"{name}: {done.said}")
        needs = [need.strip().split("|") for need in words.split(" & ")]
        if any("good" in need for need in needs) and done.code == 0:
            continue
        for line in done.out.splitlines():
            found = re.match(r".*?:(\d+)(?::\d+)?: (\w+): (.*)", line)
            if not found:
                continue
            at, (low, _, high) = int(found.group(1)), where.partition("-")
            placed = (where == "-" or (where == "1+" and at > 0) or (low.isdigit() and int(low) <= at <= int(high or low)))
            text = found.group(3).lower()
            if placed and all(any(word.lower() in text for word in need) for need in needs) and (
                    done.code != 0 or found.group(2) != "error"):
                break
        else:
            wrong.append(name.removesuffix(".conf"))
    return len(rows), wrong
