# SPDX-License-Identifier: LGPL-2.1-or-later
"""A world of its own for each test: a private bus, limber-sim as BlueZ with its products, limberd, and limber.

Paths of the programs come from LIMBER, LIMBERD, LIMBER_SIM, LIMBER_ALLSTOP and LIMBER_SOURCE (tests/integration/
meson.build sets them). Nothing here sleeps for a guessed time where it can wait for what it wants to see."""

import ctypes
import fcntl
import functools
import json
import os
import pty
import re
import resource
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback
import unittest

from minibus import Bus, DBusError, Variant
from screen import Screen
from wire import GUN, PADS, GUN_TX, PADS_TX, levels_of, writes_of

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("LIMBER_SOURCE", os.path.dirname(os.path.dirname(HERE)))
ROUTINES = os.path.join(HERE, "routines")
SHIPPED_ROUTINES = os.path.join(SOURCE, "config", "routines")
SHIPPED_DEVICES = os.path.join(SOURCE, "protocols", "devices")

# Who starts routines here: this user, and the one that is nobody in particular.
RUNNERS = (os.getuid(), 65534)

MANAGER_PATH = "/org/limber1"
MANAGER = "org.limber1.Manager"
DEVICE = "org.limber1.Device"
SESSION = "org.limber1.Session"
SIMULATOR_PATH = "/org/limber1/simulator"
SIMULATOR = "org.limber1.Simulator"
GUN_PATH = "/org/limber1/device/" + GUN.replace(":", "_")
PADS_PATH = "/org/limber1/device/" + PADS.replace(":", "_")

# Instrumented programs are a few times slower; so is a machine that builds something else meanwhile.
DEADLINE = float(os.environ.get("LIMBER_TEST_DEADLINE", "10"))
# What a stop may take in these tests. The real figures are printed, and judged by tests/bench.
STOP_BOUND = float(os.environ.get("LIMBER_TEST_STOP_BOUND", "2"))
# A window of a stream counts as missed when its output was dead for longer than this.
DEAD_USEC = 10000
# limberd takes a hundred calls a second of one client.
POLL = 0.02

BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*"/>
    <allow user="*"/>
<allow own="*"/>
  </policy>
</busconfig>
"""

libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def program(name):
    path = os.environ.get(name.upper().replace("-", "_")) or shutil.which(name)
    if not path or not os.access(path, os.X_OK):
        return None
    return path


def process_state(pid):
    """The letter of /proc: R, S, T (stopped), Z; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return None


def go_on(popen):
    """SIGCONT, but only to what is stopped: it would take away the SIGSTOP by which a leak checker attaches."""
    if process_state(popen.pid) == "T":
        popen.send_signal(signal.SIGCONT)


class Failed(AssertionError):
    pass


class StoodStill(Failed):
    """The machine itself did not run, so that nothing can be said of limber."""


def questions():
    """Ids of the intake's questions."""
    with open(os.path.join(SOURCE, "lib", "intake.c"), encoding="utf-8") as f:
        return re.findall(r'^\s*\{ "([a-z0-9-]+)",', f.read(), re.M)


def intake_text(answers=None):
    """The file of a runner who answered no to everything but what is named."""
    words = "\n".join(f'{q} = "{(answers or {}).get(q, "no")}";' for q in questions())
    return f'intake = {{ at = "2026-11-21T07:05:00Z"; answers = {{\n{words}\n}}; }};\n'


def write_intake(state, uids=RUNNERS, answers=None, owner=None):
    """Puts answered intakes into the state directory of a limberd that does not run; the files are owner's."""
    folder = os.path.join(state, "runners")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    paths = [os.path.join(folder, f"{uid}.conf") for uid in uids]
    for path in paths:
        with open(path, "w", encoding="utf-8") as f:
            f.write(intake_text(answers))
    for path in [folder, *paths] if owner else ():
        shutil.chown(path, owner, owner)


class Patience:
    """A deadline that does not count the time in which the whole machine stood still."""

    def __init__(self, seconds):
        self.left = seconds
        self.last = time.monotonic()

    def over(self):
        now = time.monotonic()
        self.left -= min(now - self.last, 0.25)
        self.last = now
        return self.left < 0


# Sleeps and says when it woke more than 3 ms late, or when one of the processes in its arguments waited as long for a processor.
CANARY = """
import os, sys, time
files = [os.open(f"/proc/{pid}/schedstat", os.O_RDONLY) for pid in sys.argv[1:] if os.path.exists("/proc/self/schedstat")]
def waits():
    # How long each was ready to run and did not get a processor, in seconds.
    try:
        return [int(os.pread(f, 99, 0).split()[1]) / 1e9 for f in files]
    except OSError: # it is gone
        return before
before = waits()
last = time.monotonic()
while True:
    time.sleep(0.004)
    now = time.monotonic()
    after = waits()
    stood = max([now - last - 0.004] + [b - a for a, b in zip(before, after)])
    if stood > 0.003:
        print(now - stood, now, flush=True)
    last, before = now, after
"""


def anew_when_the_machine_stood_still(test):
    """For a test in which somebody must be heard for long. What failed while the machine was seen to stand still tells nothing
    of limber, and is done anew; whatever else fails has failed."""
    @functools.wraps(test)
    def judged(self):
        for _ in range(3):
            try:
                return test(self)
            except StoodStill as reason:
                print(f"done anew: {reason}", flush=True)
        return test(self)
    return judged


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out}\n--- err\n{self.err}"


class Process:
    """A program under test, its output in a file."""

    def __init__(self, world, name, argv, env=None, pass_fds=()):
        self.world = world
        self.name = name
        self.log = os.path.join(world.directory, f"{name}.log")
        self.expected = {0}
        with open(self.log, "ab") as f:
            self.popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f, stderr=subprocess.STDOUT,
                                          env=env or world.env, pass_fds=pass_fds, preexec_fn=die_with_parent)
        world.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        return self.popen.poll() is None

    def text(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def signal(self, sig):
        self.popen.send_signal(sig)
        if sig == signal.SIGKILL:
            self.expected.add(-signal.SIGKILL)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def leave_no_descriptor(self, on=True):
        """It can open nothing more; False: it can again."""
        taken = {int(fd) for fd in os.listdir(f"/proc/{self.pid}/fd")}
        most = resource.prlimit(self.pid, resource.RLIMIT_NOFILE)[1]
        first_free = next(fd for fd in range(most) if fd not in taken)
        resource.prlimit(self.pid, resource.RLIMIT_NOFILE, (first_free if on else most, most))

    def wait(self, seconds=DEADLINE):
        patience = Patience(seconds)
        while self.popen.poll() is None:
            if patience.over():
                raise Failed(f"{self.name} did not end within {seconds} s")
            time.sleep(0.01)
        return self.popen.returncode

    def kill(self):
        self.signal(signal.SIGKILL)
        self.wait()

    def end(self):
        if not self.running:
            return
        go_on(self.popen)
        self.popen.terminate()
        patience = Patience(DEADLINE)
        while self.popen.poll() is None:
            time.sleep(0.01)
            if patience.over():
                self.popen.kill()
                self.popen.wait()
                self.world.complaints.append(f"{self.name} did not end on SIGTERM")


class Command(Process):
    """limber with its output in a file, still running."""

    def __init__(self, world, args):
        world.commands += 1
        super().__init__(world, f"limber-{world.commands}-{args[0] if args else 'status'}",
                         [program("limber"), *args])
        self.expected |= {8}


class Terminal:
    """limber on a pseudo-terminal of its own."""

    def __init__(self, world, args, columns=80, rows=24):
        self.world = world
        self.name = "limber " + " ".join(args)
        self.screen = Screen(columns, rows)
        self.raw = ""
        self.expected = set(range(11))
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)

        def child():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            die_with_parent()

        self.popen = subprocess.Popen([program("limber"), *args], stdin=slave, stdout=slave, stderr=slave,
                                      env=world.env, preexec_fn=child)
        self.slave = slave  # kept open, so that the last output can still be read
        os.set_blocking(self.master, False)
        world.processes.append(self)

    @property
    def pid(self):
        return self.popen.pid

    @property
    def running(self):
        self.read()
        return self.popen.poll() is None

    def read(self, seconds=0.0):
        while select.select([self.master], [], [], seconds)[0]:
            seconds = 0
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            text = data.decode(errors="replace")
            self.raw += text
            self.screen.feed(text)

    def text(self):
        return self.raw.replace("\x1b", "␛")

    def type(self, keys):
        os.write(self.master, keys.encode())

    def wait_for(self, pattern, seconds=DEADLINE):
        """Until the screen matches; returns the match."""
        patience = Patience(seconds)
        while True:
            self.read(0.02)
            found = re.search(pattern, self.screen.text)
            if found:
                return found
            if self.popen.poll() is not None or patience.over():
                raise Failed(f"{self.name}: the screen never showed {pattern!r}; it shows\n{self.screen.text}\n"
                             f"(exit {self.popen.poll()})")

    def begin(self):
        """Presses the key that is shown."""
        key = self.wait_for(r"Press\s+(\S)\s+to begin").group(1)
        self.type(key)
        return key

    def wait(self, seconds=DEADLINE):
        patience = Patience(seconds)
        while self.popen.poll() is None:
            self.read(0.02)
            if patience.over():
                raise Failed(f"{self.name} did not end within {seconds} s; its screen:\n{self.screen.text}")
        self.read()
        return self.popen.returncode

    def settings(self):
        return termios.tcgetattr(self.slave)

    def signal(self, sig):
        self.popen.send_signal(sig)
        if sig == signal.SIGKILL:
            self.expected.add(-signal.SIGKILL)

    def end(self):
        if self.popen.poll() is None:
            go_on(self.popen)
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.wait(5)
            except Failed:
                self.popen.kill()
                self.popen.wait()
                self.world.complaints.append(f"{self.name} did not end on SIGTERM")
        self.read()
        os.close(self.slave)
        os.close(self.master)


class World:
    """The private bus and everything on it. Use as a context manager: leaving it ends all, and complains about crashes,
    sanitizer output, and exit codes that nobody announced."""

    def __init__(self, products=None, delays=None, routines=ROUTINES, devices=SHIPPED_DEVICES, add=True, start=True,
                 intake=True, runner=None):
        self.directory = tempfile.mkdtemp(prefix="limber-test-")
        self.routines = routines
        self.devices = devices
        self.products = products
        self.delays = dict(delays or {})
        self.runner = runner  # of limber-sim, who feels and answers; None: nobody
        self.want_added = add
        self.want_start = start
        self.record = os.path.join(self.directory, "frames.jsonl")
        self.runtime = os.path.join(self.directory, "run")
        self.state = os.path.join(self.directory, "state")
        self.intake = intake  # whether the runners have answered
        self.bus_path = os.path.join(self.directory, "bus")
        self.processes = []
        self.complaints = []
        self.commands = 0
        self.events_read = []
        self.record_at = 0
        self.clients = []
        self.sim = self.daemon = self.notify = self.canary = None
        self.current = 1  # number of the session that may ask something
        self.asked = 0.0
        self.env = dict(os.environ)
        self.env.update({
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.bus_path}",
            "LIMBER_RUNTIME_DIRECTORY": self.runtime,
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
            "ASAN_OPTIONS": f"log_path={self.directory}/sanitizer:abort_on_error=0:exitcode=99:"
                            + os.environ.get("ASAN_OPTIONS", ""),
            "UBSAN_OPTIONS": f"log_path={self.directory}/sanitizer:print_stacktrace=1:"
                             + os.environ.get("UBSAN_OPTIONS", ""),
        })
        self.env.pop("NO_COLOR", None)
        self.env.pop("NOTIFY_SOCKET", None)

    # What runs

    def start_bus(self):
        config = os.path.join(self.directory, "bus.conf")
        with open(config, "w") as f:
            f.write(BUS_CONFIG.format(path=self.bus_path))
        read, write = os.pipe()
        self.bus_process = Process(self, "dbus-daemon", ["dbus-daemon", f"--config-file={config}", "--nofork",
                                                         "--nopidfile", f"--print-address={write}"], pass_fds=(write,))
        os.close(write)
        with os.fdopen(read, "rb") as f:
            if not select.select([f], [], [], DEADLINE)[0] or not f.readline():
                raise Failed("dbus-daemon did not start")

    def start_sim(self):
        read, write = os.pipe()
        argv = [program("limber-sim"), "--record", self.record, "--ready-fd", str(write)]
        for product in self.products or []:
            argv += ["--product", product]
        if self.runner:
            argv += ["--runner", self.runner]
        for name, msec in self.delays.items():
            argv += ["--delay", f"{name}={msec}"]
        self.sim = Process(self, "limber-sim", argv, pass_fds=(write,))
        os.close(write)
        with os.fdopen(read, "rb") as f:
            if not select.select([f], [], [], DEADLINE)[0] or f.readline() != b"READY=1\n":
                raise Failed("limber-sim did not get ready")

    def daemon_arguments(self):
        return ["--simulated", "--routines", self.routines, "--devices", self.devices,
                "--state-directory", self.state,
                "--runtime-directory", self.runtime, "--config", os.path.join(self.directory, "limberd.conf")]

    def start_daemon(self, wait=True):
        """Returns the seconds from the start to READY=1."""
        if self.intake:
            write_intake(self.state)
            self.intake = False  # from here on they are limberd's
        path = os.path.join(self.directory, "notify")
        if os.path.exists(path):
            os.unlink(path)
        if self.notify:
            self.notify.close()
        self.notify = notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(path)
        begun = time.monotonic()
        self.daemon = Process(self, "limberd", [program("limberd"), *self.daemon_arguments()],
                              env=dict(self.env, NOTIFY_SOCKET=path))
        while wait:
            if not select.select([notify], [], [], DEADLINE)[0]:
                raise Failed("limberd did not say READY=1")
            if "READY=1" in notify.recv(4096).decode().split("\n"):
                break
        return time.monotonic() - begun

    def client(self, **kwargs):
        client = Bus(self.bus_path, **kwargs)
        self.clients.append(client)
        return client

    def __enter__(self):
        try:
            self.start_bus()
            self.start_sim()
            self.bus = self.client()
            if self.want_start:
                self.start_daemon()
                self.listen()
                if self.want_added:
                    self.add_devices()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def listen(self):
        """Signals of limberd are kept from here on."""
        self.bus.match("type='signal',sender='org.limber1'")

    def add_devices(self):
        self.scan()
        self.call_manager("AddDevice", "sa{sv}", [GUN, self.options(alias="gun", experimental=True)])
        self.call_manager("AddDevice", "sa{sv}", [PADS, self.options(alias="pads")])

    def scan(self):
        """For a second, and where that is too short for the machine, for longer."""
        over, seconds = 0, 1

        def seen():
            nonlocal over, seconds
            if time.monotonic() > over:
                try:
                    self.call_manager("Scan", "u", [seconds])
                except DBusError as error:
                    if not error.name.endswith(".NoAdapter"):
                        raise
                    return False  # a busy machine: the stack has not answered yet
                over = time.monotonic() + seconds + 1
                seconds *= 2
            return all(self.device_state(path) == "seen" for path in (GUN_PATH, PADS_PATH))

        self.wait(seen, "both products to be seen")

    def __exit__(self, kind, value, trace):
        for process in reversed(self.processes[1:]):
            process.end()
        for client in self.clients:
            client.close()
        if self.notify:
            self.notify.close()
        if self.processes:
            self.processes[0].end()
        self.check_ends()
        failed = kind is not None and not issubclass(kind, unittest.SkipTest)
        if failed or self.complaints:
            self.print_logs(value)
        stood_still = self.stood_still_too_long()
        shutil.rmtree(self.directory, ignore_errors=True)
        if self.complaints and not failed:
            raise Failed("; ".join(self.complaints))
        if failed and stood_still:
            raise StoodStill("the machine stood still for more than half a second") from value
        return False

    def check_ends(self):
        for process in self.processes:
            code = process.popen.returncode
            if code not in process.expected:
                self.complaints.append(f"{process.name} ended with {code}")
            if re.search(r"runtime error:|Sanitizer", process.text()):
                self.complaints.append(f"sanitizer output of {process.name}")
        for name in sorted(os.listdir(self.directory)):
            if name.startswith("sanitizer"):
                with open(os.path.join(self.directory, name), errors="replace") as f:
                    self.complaints.append(f"{name}:\n{f.read()}")

    def print_logs(self, value):
        out = sys.stdout
        print("\n===== failed =====", file=out)
        if value is not None:
            traceback.print_exception(value, file=out)
        for complaint in self.complaints:
            print("complaint:", complaint, file=out)
        for process in self.processes:
            print(f"===== {process.name} (exit {process.popen.returncode}) =====\n{process.text()[-8000:]}", file=out)
        print("===== record, last 60 =====", file=out)
        try:
            with open(self.record) as f:
                print("".join(f.readlines()[-60:]), file=out)
        except OSError:
            pass
        out.flush()

    # What it does

    def look(self, seconds):
        """Time passes, and whoever sits at a terminal looks at it: from one that nobody reads, limber can do nothing but wait."""
        end = time.monotonic() + seconds
        self.wait(lambda: time.monotonic() >= end, "time to pass")

    def wait(self, condition, what, seconds=DEADLINE):
        """Until the condition is true; returns its value. Fails when a program that must run has ended."""
        patience = Patience(seconds)
        while True:
            value = condition()
            if value:
                return value
            if patience.over():
                raise Failed(f"waited {seconds} s in vain for {what}")
            for terminal in self.processes:
                if isinstance(terminal, Terminal):
                    terminal.read()
            self.answer()
            time.sleep(POLL)

    def answer(self):
        """Somebody sits: answers the question that limberd itself asks before current flows."""
        if self.want_start and time.monotonic() - self.asked > 0.1:
            self.asked = time.monotonic()
            session = self.session(self.current)
            # One that a killed daemon left behind is in the record only; the numbers go on.
            if session["State"] == "ended" if session else self.session(self.current + 1):
                self.current += 1
            elif session and session["Prompt"][1].startswith("Sit or lie down"):
                try:
                    self.call_session(f"/org/limber1/session/{self.current}", "Answer", "ss",
                                      [session["Prompt"][0], session["Prompt"][2][0]])
                except DBusError:
                    pass  # limber was quicker

    def watch_machine(self, *others):
        """From here on, stalls() tells when the machine itself stood still: no program can be blamed for these."""
        pids = [str(process.pid) for process in (self.daemon, self.sim, *others)]
        self.canary = Process(self, "canary", [sys.executable, "-S", "-c", CANARY, *pids])
        self.canary.expected.add(-signal.SIGTERM)

    def stood_still_too_long(self):
        """Half of some second: a holder cannot be heard then, and limberd is right to stop."""
        stalls = self.stalls() if self.canary else []
        return any(sum(min(end, at + 1) - max(begin, at) for begin, end in stalls if begin < at + 1 and end > at) > 0.5
                   for at, _ in stalls)

    def stalls(self):
        """(from, to) of every time in which a process that only sleeps was not woken, or one that is watched was ready and did
        not get a processor; in order, none within another."""
        stalls = []
        for begin, end in sorted(tuple(float(word) for word in line.split()) for line in self.canary.text().splitlines()
                                 if len(line.split()) == 2):
            if stalls and begin <= stalls[-1][1]:
                stalls[-1] = (stalls[-1][0], max(end, stalls[-1][1]))
            else:
                stalls.append((begin, end))
        return stalls

    def limber(self, *args, code=0, stdin=None, env=None, seconds=30):
        """Runs limber to its end."""
        done = subprocess.run([program("limber"), *args], input=stdin, capture_output=True, timeout=seconds,
                              env=dict(self.env, **(env or {})), preexec_fn=die_with_parent,
                              **({} if stdin is not None else {"stdin": subprocess.DEVNULL}))
        result = Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
        if re.search(r"runtime error:|Sanitizer", result.out + result.err):
            self.complaints.append(f"sanitizer output of limber {args}: {result}")
        if code is not None and result.code != code:
            raise Failed(f"limber {' '.join(args)}: wanted exit {code}, got {result}")
        return result

    def command(self, *args):
        return Command(self, args)

    def terminal(self, *args, **kwargs):
        return Terminal(self, args, **kwargs)

    def call_manager(self, member, signature="", args=(), client=None):
        return (client or self.bus).call("org.limber1", MANAGER_PATH, MANAGER, member, signature, args)

    def call_session(self, path, member, signature="", args=(), client=None):
        return (client or self.bus).call("org.limber1", path, SESSION, member, signature, args)

    def simulator(self, member, signature="", args=()):
        return self.bus.call("org.bluez", SIMULATOR_PATH, SIMULATOR, member, signature, args)

    def fault(self, address, name, value=1):
        self.simulator("Fault", "ssi", [address, name, value])

    def pull(self):
        """The stop socket, by hand."""
        line = socket.socket(socket.AF_UNIX)
        line.settimeout(DEADLINE)
        try:
            line.connect(os.path.join(self.runtime, "stop"))
        except OSError:
            line.close()
            raise
        return line

    @staticmethod
    def hear(line):
        """What the stop socket answers, until it hangs up."""
        with line, line.makefile() as answer:
            return answer.read().split()

    def poke(self, address, control, value):
        self.simulator("Poke", "ssi", [address, control, value])

    @staticmethod
    def options(**kwargs):
        kinds = {str: "s", bool: "b", dict: "a{ss}"}
        return {name: Variant(kinds[type(value)], value) for name, value in kwargs.items()}

    # What can be seen

    def device_state(self, path):
        try:
            return self.bus.get(path, DEVICE, "State")
        except DBusError:
            return None

    def session(self, number=1, client=None):
        """All properties of a session, or None."""
        try:
            return (client or self.bus).get_all(f"/org/limber1/session/{number}", SESSION)
        except (DBusError, TimeoutError):
            return None

    def wait_session(self, state, number=1, seconds=DEADLINE):
        return self.wait(lambda: (s := self.session(number)) and s["State"] == state and s,
                         f"session {number} to be {state} (it is {self.session(number)})", seconds)

    def alerts(self):
        """(code, text, object) of every alert so far."""
        self.bus.pump()
        return [tuple(m.args) for m in self.bus.signals if m.member == "Alert"]

    def wait_alert(self, code, seconds=DEADLINE):
        return self.wait(lambda: next((a for a in self.alerts() if a[0] == code), None),
                         f"the alert {code} (there are {self.alerts()})", seconds)

    def events(self):
        """Everything recorded so far."""
        try:
            with open(self.record, "rb") as f:
                f.seek(self.record_at)
                data = f.read()
        except FileNotFoundError:
            return self.events_read
        whole = data.rpartition(b"\n")[0]
        if whole:
            self.events_read += [json.loads(line) for line in whole.split(b"\n")]
            self.record_at += len(whole) + 1
        return self.events_read

    def writes(self, address=None, since=0.0):
        return [w for w in writes_of(self.events()) if (not address or w.address == address) and w.t >= since]

    def last_write(self, address):
        """The last frame that has to do with output."""
        return next((w for w in reversed(self.writes(address)) if not w.harmless), None)

    def levels(self, address):
        """Every change of what a product gives."""
        return [level for level in levels_of(self.events()) if level.address == address]

    def gives(self, address):
        """What a product gives now, a channel each."""
        return {level.channel: level.value for level in self.levels(address)}

    def is_on(self, address):
        """The product itself gives something."""
        return any(self.gives(address).values())

    def highest(self, address, since=0.0):
        """The most that any channel of a product gave from then on."""
        levels = self.levels(address)
        before = {level.channel: level.value for level in levels if level.t <= since}
        return max([*before.values(), *(level.value for level in levels if level.t > since)], default=0)

    def check_no_rise(self, address, since):
        """Nothing that the product gives is more than it was."""
        last = {}
        for level in self.levels(address):
            if level.t > since and level.value > last.get(level.channel, 0):
                raise Failed(f"{address}: a rise since {since:.4f}: {level}")
            last[level.channel] = level.value

    @property
    def armed(self):
        return os.path.join(self.runtime, "armed")

    def armed_files(self):
        try:
            return sorted(os.listdir(self.armed))
        except FileNotFoundError:
            return []

    def stop_of(self, address, since, bound=STOP_BOUND, in_flight=None):
        """Waits for the stop frame to a device that was on and until its product gives nothing, and checks that nothing non-zero
        stands behind it (so far). Returns the seconds from the trigger. in_flight: how many frames may have been on their way at the trigger."""
        self.wait(lambda: any(w.stop for w in self.writes(address, since)), f"the stop frame of {address}", bound + 1)
        writes = [w for w in self.writes(address, since) if not w.harmless]
        first = next(i for i, w in enumerate(writes) if w.stop)
        latency = writes[first].t - since
        if latency > bound:
            raise Failed(f"{address}: stop {latency:.3f} s after the trigger")
        if in_flight is not None and first > in_flight:
            raise Failed(f"{address}: {writes[:first]} between the trigger and the stop")
        self.wait(lambda: not self.is_on(address), f"{address} to give nothing", bound + 1)
        self.check_quiet(address, writes[first].t)
        return latency

    def check_quiet(self, address, since):
        """Only zeros, limits and questions from there on."""
        loud = [w for w in self.writes(address, since) if w.active or not (w.stop or w.harmless)]
        if loud:
            raise Failed(f"{address}: after the stop came {loud}")
        self.check_no_rise(address, since)


def main():
    for name in ("limber", "limberd", "limber-sim"):
        if not program(name):
            print(f"{name} is not there: set {name.upper().replace('-', '_')}")
            sys.exit(1)
    if not shutil.which("dbus-daemon"):
        print("skipped: there is no dbus-daemon")
        sys.exit(77)
    unittest.main(verbosity=2, failfast=False)
