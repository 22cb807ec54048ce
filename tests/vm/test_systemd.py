# SPDX-License-Identifier: LGPL-2.1-or-later
"""limber as it is installed: units, bus activation, watchdog and start limit of the real systemd."""

import contextlib
import os
import pathlib
import random
import re
import signal
import statistics
import subprocess
import time
import unittest

import guestworld  # noqa: F401  pylint: disable=unused-import
import harness
from guestworld import GuestWorld, Unit, both
from harness import DEVICE, GUN, GUN_PATH, PADS, PADS_PATH, program
from test_radio import RadioCase

# Seconds to zero at most, on an emulated machine that shares its processors: twice what is promised.
KILLED_BOUND, HUNG_BOUND = 4.0, 6.0
# limber-allstop has two seconds; where they were too short for such a machine, the next limberd stops what was left on.
ALLSTOP_BOUND, ALONE_BOUND, RESTARTED_BOUND = 2.5, 8.0, 12.0
# The bus takes bluetoothd along, which systemd starts again when somebody asks for it: the links are made anew.
BUS_BOUND = 20.0
DEATHS = (("killed", signal.SIGKILL, KILLED_BOUND), ("stopped by SIGSTOP", signal.SIGSTOP, HUNG_BOUND))


KILLS = int(os.environ.get("LIMBER_TEST_KILLS", "6"))
NOT_CONFIRMED = 10


@contextlib.contextmanager
def drop_in(text):
    """limberd.service with these lines on top."""
    folder = "/run/systemd/system/limberd.service.d"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/test.conf", "w", encoding="utf-8") as f:
        f.write(text)
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    try:
        yield
    finally:
        os.unlink(f"{folder}/test.conf")
        subprocess.run(["systemctl", "daemon-reload"], check=True)


def start_limit(interval_sec, burst):
    """How often limberd may start until systemd gives up; the default, five in 10 s, is never reached by an emulated machine."""
    return drop_in(f"[Unit]\nStartLimitIntervalSec={interval_sec}\nStartLimitBurst={burst}\n")


class UnitCase(RadioCase):
    def world(self, **kwargs):
        return GuestWorld(of_systemd=True, **kwargs)

    def both_on(self, world, number=1):
        client = self.begin(world, "start", both(number))
        self.steady(world, client, number=number)
        self.assertEqual(len(world.armed_files()), 2)
        return client

    def strike(self, unit, sig):
        """The moment at which it was sent; asking systemd for the process takes most of a second there."""
        pid = unit.pid
        since = time.monotonic()
        os.kill(pid, sig)
        return since

    def zero_everywhere(self, world, what, since, bound):
        for address in (GUN, PADS):
            print(f"latency {what} → zero: {world.stop_of(address, since, bound) * 1000:.0f} ms", flush=True)

    def given_up(self, world):
        return "Start request repeated too quickly" in world.daemon.text()

    def comes_back(self, world):
        """By itself, with nothing on and nothing left to stop."""
        world.wait(lambda: world.daemon.running and world.daemon.pid, "limberd to be back")
        world.wait(lambda: not world.armed_files(), "the armed files to go")
        self.assertIsNone(world.session())


class Daemon(UnitCase):
    def test_killed(self):
        with self.world() as world:
            client = self.both_on(world)
            before = world.daemon.pid
            since = self.strike(world.daemon, signal.SIGKILL)
            self.zero_everywhere(world, "limberd killed", since, KILLED_BOUND)
            client.wait()
            self.comes_back(world)
            self.assertNotEqual(world.daemon.pid, before)
            for address in (GUN, PADS):
                world.check_quiet(address, next(w for w in world.writes(address, since) if w.stop).t)
            self.runs_again(world, 2)

    def test_hung(self):
        with self.world() as world:
            client = self.both_on(world)
            since = self.strike(world.daemon, signal.SIGSTOP)
            self.zero_everywhere(world, "limberd stopped by SIGSTOP", since, HUNG_BOUND)
            self.assertIn("watchdog", world.daemon.text().lower())
            client.signal(signal.SIGKILL)  # it may wait for an answer of the one that hung
            client.wait()
            self.comes_back(world)
            self.runs_again(world, 2)

    def test_killed_and_hung_until_systemd_gives_up(self):
        with start_limit(75, 3), self.world() as world:
            begun = time.monotonic()
            deaths = 0
            while not self.given_up(world):
                self.assertLess(deaths, 5)
                what, sig, bound = DEATHS[deaths % len(DEATHS)]
                deaths += 1
                client = self.both_on(world, deaths)
                since = self.strike(world.daemon, sig)
                client.signal(signal.SIGKILL)  # its next call would start limberd, and systemd counts that too
                client.wait()
                self.zero_everywhere(world, f"death {deaths}: limberd {what}", since, bound)
                world.wait(lambda: not world.armed_files(), "limber-allstop to be done")
                world.wait(lambda: self.given_up(world) or world.daemon.running, "limberd to be back, or given up")
            self.assertGreaterEqual(deaths, len(DEATHS))
            self.assertEqual(world.daemon.state, "failed")
            # Nobody restarts anything by hand: when the interval is over, a call is enough.
            time.sleep(max(0, begun + 76 - time.monotonic()))
            self.runs_again(world, deaths + 1)

    def test_stopped_by_systemctl(self):
        with self.world() as world:
            client = self.both_on(world)
            since = time.monotonic()
            world.daemon.do("stop")
            self.zero_everywhere(world, "systemctl stop", since, harness.STOP_BOUND)
            client.wait()
            self.assertEqual(world.daemon.state, "inactive")
            self.assertFalse(world.armed_files())

    def test_activated_by_a_call(self):
        with self.world(add=False) as world:
            world.daemon.do("stop")
            self.assertEqual(world.daemon.state, "inactive")
            self.assertIn("limberd", world.limber("status").out)
            self.assertEqual(world.daemon.state, "active")

    def test_run_of_the_machine(self):
        """By which it knows how long ago something was. The unit must not hide it."""
        with self.world(add=False) as world:
            boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip().replace("-", "")
            self.assertIn(f"clock: {boot}", world.daemon.text())

    def test_log_level(self):
        """As systemctl has it for any service."""
        with self.world(add=False):
            def level(*words):
                return subprocess.run(["systemctl", "service-log-level", "limberd.service", *words], check=True,
                                      capture_output=True, text=True).stdout.strip()
            self.assertEqual(level(), "info")
            level("debug")
            self.assertEqual(level(), "debug")
            subprocess.run(["systemctl", "reload", "limberd"], check=True)
            patience = harness.Patience(harness.DEADLINE)
            while level() != "info" and not patience.over():
                time.sleep(0.2)
            self.assertEqual(level(), "info")

    def test_exposure(self):
        done = subprocess.run(["systemd-analyze", "security", "--no-pager", "limberd.service"], check=True,
                              capture_output=True, text=True)
        exposure = float(re.search(r"exposure level for limberd.service: ([0-9.]+)", done.stdout).group(1))
        print(f"systemd-analyze security: {exposure}", flush=True)
        self.assertLessEqual(exposure, 0.8)


class Bluetooth(UnitCase):
    def test_bluetoothd_killed(self):
        """It is not restarted by its own unit: asking for it starts it again."""
        with self.world() as world:
            client = self.both_on(world)
            since = self.strike(world.bluetoothd, signal.SIGKILL)
            self.assertEqual(world.wait_session("paused")["Reason"], "device-lost")
            for address, path in ((GUN, GUN_PATH), (PADS, PADS_PATH)):
                first = self.stop_first(world, address, since)
                print(f"latency bluetoothd killed → stop over a new link: {(first.t - since) * 1000:.0f} ms", flush=True)
                world.wait(lambda path=path: world.device_state(path) == "ready", "the device to be ready")
            self.goes_on(world, client)

    def test_message_bus_killed(self):
        """Every program is deaf then. limberd and bluetoothd end, systemd starts what somebody asks for, and the new limberd
        first stops what was left on."""
        with self.world() as world:
            client = self.both_on(world)
            world.deaf = True
            since = self.strike(Unit("dbus.service"), signal.SIGKILL)
            client.signal(signal.SIGKILL)  # its next call would be one more who asks
            self.zero_everywhere(world, "dbus-daemon killed", since, BUS_BOUND)
            world.hear_again()
            client.wait()
            self.comes_back(world)
            self.assertRegex(world.daemon.text(), "Main process exited, code=exited, status=[1-9]")
            for address in (GUN, PADS):
                linked = self.new_link(world, address, since)
                if linked:
                    self.assertTrue(world.writes(address, linked)[0].stop, world.writes(address, linked)[:3])
                world.check_quiet(address, next(w for w in world.writes(address, since) if w.stop).t)
            self.runs_again(world, 2)


class Kills(UnitCase):
    """SIGKILL at any moment of sessions with gun and pads, judged by what reached the products and what they do."""

    def test_nobody_starts_it_again(self):
        """limber-allstop is all there is."""
        with drop_in("[Service]\nRestart=no\n"):
            self.again_and_again(KILLS // 2, "limber-allstop alone", self.is_dead, ALONE_BOUND)

    def test_systemd_starts_it_again(self):
        self.again_and_again(KILLS - KILLS // 2, "started again", self.comes_back, RESTARTED_BOUND)

    def again_and_again(self, kills, what, afterwards, bound):
        moments = random.Random(what)
        latencies = []
        # A session that nobody saw to its end counts as done: a body has enough after a few of them.
        for first in range(0, kills, 5):
            with self.world() as world:
                for number in range(1, min(6, kills - first + 1)):
                    latencies.append(self.kill(world, number, moments, afterwards))
        on = [latency for latency in latencies if latency is not None]
        self.assertGreater(len(on), kills / 3)
        print(f"latency {kills} kills, {what}: {len(on)} with output on, median {statistics.median(on) * 1000:.0f} ms, "
              f"worst {max(on) * 1000:.0f} ms to zero", flush=True)
        self.assertLess(max(on), bound)

    def kill(self, world, number, moments, afterwards):
        """Seconds until the last product that was on had its stop; None when none was."""
        pid = world.daemon.pid
        client = world.terminal("start", both(number))
        self.until(world, client, moments)
        # A call of it that the bus handles after the death would start limberd: it is held, for far less than its lease.
        client.signal(signal.SIGSTOP)
        time.sleep(0.05)
        since = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        client.signal(signal.SIGKILL)
        world.deaf = True
        client.wait()
        world.wait(lambda: not world.armed_files(), "the armed files to go")
        latencies = [self.stopped(world, address, since) for address in (GUN, PADS)]
        world.wait(lambda: not any(any(c) for a in (GUN, PADS) for c in world.output(a)), "the products to come to rest")
        afterwards(world)
        for address in (GUN, PADS):
            self.assertFalse(world.is_on(address), world.last_write(address))
        latency = max((latency for latency in latencies if latency is not None), default=None)
        if latency and latency > ALLSTOP_BOUND:
            print(f"{latency:.1f} s after {since:.1f}:\n{world.daemon.text()[-2500:]}", flush=True)
        return latency

    def until(self, world, client, moments):
        """A moment of the session: two in three from its first output on, the others from the start of limber on."""
        if moments.random() < 2 / 3:
            since = time.monotonic()
            client.begin()
            world.wait(lambda: any(w.active for w in world.writes(since=since)), "output")
            world.look(moments.uniform(0, 4))
            return
        begun, end = False, time.monotonic() + moments.uniform(0, 6)
        while time.monotonic() < end:
            client.read(0.05)
            key = re.search(r"Press\s+(\S)\s+to begin", client.screen.text)
            if key and not begun:
                client.type(key.group(1))
                begun = True

    @staticmethod
    def stopped(world, address, since):
        """Seconds until the stop of a product that was on; None when it was not."""
        writes = [w for w in world.writes(address) if not w.harmless]
        last_on = max((i for i, w in enumerate(writes) if w.active), default=None)
        if last_on is None or (last_on + 1 < len(writes) and writes[last_on + 1].t < since):
            return None
        stop = next((w for w in writes[last_on + 1:] if w.stop), None)
        if not stop:
            raise harness.Failed(f"{address}: left on by {writes[last_on]}")
        return stop.t - since

    def is_dead(self, world):
        """Nobody started it; now somebody does."""
        world.wait(lambda: world.daemon.state == "failed", "systemd to be done with limberd")
        world.start_unit(world.daemon.name)
        world.deaf = False

    def comes_back(self, world):
        world.wait(lambda: world.daemon.running and world.daemon.pid, "limberd to be back")
        world.deaf = False
        super().comes_back(world)


class AllstopByHand(UnitCase):
    """limber-allstop against a limberd that lives, run by somebody who may do nothing else."""

    @staticmethod
    def allstop(world):
        return subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", program("limber-allstop")],
                              check=False, capture_output=True, text=True, env=world.env)

    def test_off(self):
        with self.world() as world:
            client = self.both_on(world)
            since = time.monotonic()
            done = self.allstop(world)
            said = time.monotonic()
            self.zero_everywhere(world, "limber-allstop by hand", since, harness.STOP_BOUND)
            self.assertEqual(done.returncode, 0, done)
            self.assertIn("Everything is off. limberd had 2 devices connected.", done.stdout)
            for address in (GUN, PADS):  # when it said so, it was
                self.assertLess(next(w for w in world.writes(address, since) if w.stop).t, said)
            self.assertEqual(client.wait(), 8)
            self.assertEqual(world.session()["Reason"], "stopped")
            self.runs_again(world, 2)

    def test_sent_and_not_off(self):
        """The gun hears nothing: nobody says that it is off."""
        with self.world() as world:
            client = self.both_on(world)
            world.fault(GUN, "silent")
            since = time.monotonic()
            done = self.allstop(world)
            print(f"latency limber-allstop by hand → the pads' zero: {world.stop_of(PADS, since) * 1000:.0f} ms", flush=True)
            self.assertEqual(done.returncode, NOT_CONFIRMED, done)
            self.assertNotIn("off.\n", done.stdout)
            self.assertIn(f"({GUN}) may still be on", done.stderr)
            self.assertIn("its own button", done.stderr)
            self.assertNotEqual(world.bus.get(GUN_PATH, DEVICE, "Certainty"), "off")
            since = time.monotonic()
            world.fault(GUN, "silent", 0)
            world.wait(lambda: any(w.stop for w in self.heard(world, GUN, since)), "the gun to be stopped")
            self.assertTrue(self.heard(world, GUN, since)[0].stop)
            world.wait(lambda: not world.armed_files(), "the armed files to go")
            client.wait()
            self.runs_again(world, 2)

    @staticmethod
    def heard(world, address, since):
        return [w for w in world.writes(address, since) if not w.lost]


if __name__ == "__main__":
    harness.main()
