# SPDX-License-Identifier: LGPL-2.1-or-later
"""limber as it is installed: units, bus activation, watchdog and start limit of the real systemd."""

import contextlib
import os
import re
import signal
import subprocess
import time
import unittest

import guestworld  # noqa: F401  pylint: disable=unused-import
import harness
from guestworld import GuestWorld
from harness import GUN, GUN_PATH, PADS, PADS_PATH
from test_radio import RadioCase

# Seconds to zero at most, on an emulated machine that shares its processors: twice what is promised.
KILLED_BOUND, HUNG_BOUND = 4.0, 6.0
DEATHS = (("killed", signal.SIGKILL, KILLED_BOUND), ("stopped by SIGSTOP", signal.SIGSTOP, HUNG_BOUND))


@contextlib.contextmanager
def start_limit(interval_sec, burst):
    """How often limberd may start until systemd gives up; the default, five in 10 s, is never reached by an emulated machine."""
    folder = "/run/systemd/system/limberd.service.d"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/limit.conf", "w", encoding="utf-8") as f:
        f.write(f"[Unit]\nStartLimitIntervalSec={interval_sec}\nStartLimitBurst={burst}\n")
    subprocess.run(["systemctl", "daemon-reload"], check=True)
    try:
        yield
    finally:
        os.unlink(f"{folder}/limit.conf")
        subprocess.run(["systemctl", "daemon-reload"], check=True)


class UnitCase(RadioCase):
    def world(self, **kwargs):
        return GuestWorld(of_systemd=True, **kwargs)

    def both_on(self, world, number=1):
        client = self.begin(world, "start", "both")
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


if __name__ == "__main__":
    harness.main()
