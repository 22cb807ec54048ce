# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every way to stop, in the middle of the output of a gun and of pads at once, judged by what the products got.

The next frames to each device after the trigger are its stop, and nothing but zero follows. How long it took is
printed; only generous bounds are asserted."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

import harness
from harness import GUN, GUN_PATH, PADS, PADS_PATH, Failed, World
from wire import GUN_STOP, PADS_STOP

# No beat for 1 s is zero; the rest is the machine's.
LEASE_BOUND = 1.5


def report(what, latencies):
    print(f"latency {what}: " + ", ".join(f"{'gun' if a == GUN else 'pads'} {t * 1000:.1f} ms"
                                          for a, t in latencies.items()), flush=True)


class StopCase(unittest.TestCase):
    def run_both(self, world, on_terminal=False):
        """Starts the routine that has both devices on at once; returns when both are well on."""
        if on_terminal:
            client = world.terminal("start", "both")
            client.begin()
        else:
            client = world.command("start", "both")
        world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output of both devices")
        # In mid-output: not at the very first frame.
        since = time.monotonic()
        world.wait(lambda: len(world.writes(PADS, since)) >= 5, "a stream of frames")
        self.assertEqual(len(world.armed_files()), 2)
        return client

    def stopped(self, world, what, since, bound=harness.STOP_BOUND, in_flight=None):
        report(what, {a: world.stop_of(a, since, bound, in_flight) for a in (GUN, PADS)})

    def stays_quiet(self, world, since, seconds=1.0):
        """Nothing comes back by itself."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.05)
            for terminal in world.processes:
                if isinstance(terminal, harness.Terminal):
                    terminal.read()
        for address in (GUN, PADS):
            first = next(w for w in world.writes(address, since) if w.stop)
            world.check_quiet(address, first.t)

    def all_off(self, world):
        world.wait(lambda: not world.armed_files(), "the armed files to go")
        world.wait(lambda: not world.bus.get(harness.MANAGER_PATH, harness.MANAGER, "OutputActive"),
                   "limberd to say that nothing is on")


class ByLine(StopCase):
    """The stop socket: connecting is the stop."""

    def test_the_shortest_way(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            self.assertEqual(world.hear(world.pull()), ["2", "off"])
            self.stopped(world, "the stop socket", since)
            self.assertEqual(client.wait(), 8)
            self.all_off(world)
            self.stays_quiet(world, since, 0.5)

    def test_limber_stop_does_without_the_bus(self):
        with World() as world:
            client = world.command("start", "pads")
            client.expected |= {8, 9}
            world.wait(lambda: world.is_on(PADS), "output of the pads")
            world.bus_process.signal(signal.SIGSTOP)
            since = time.monotonic()
            done = world.limber("stop", code=10)
            self.assertIn("has not confirmed it", done.err)  # what the pads say comes over the bus
            # Long before the missing beats would have done it.
            took = world.stop_of(PADS, since, 0.5)
            print(f"latency limber stop with the bus frozen: {took * 1000:.1f} ms", flush=True)
            world.bus_process.signal(signal.SIGCONT)
            client.wait()
            world.check_quiet(PADS, since + took)

    def test_who_pulls_and_leaves_has_stopped_all_the_same(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            world.pull().close()
            self.stopped(world, "a pull, and gone", since)
            self.assertEqual(client.wait(), 8)
            self.all_off(world)

    def test_a_stop_that_a_device_does_not_take_is_unconfirmed(self):
        with World(delays={"att-timeout": 4000}) as world:
            client = self.run_both(world)
            client.expected |= {10}
            world.fault(GUN, "silent")
            self.assertEqual(world.hear(world.pull()), ["2", "unconfirmed"])
            world.fault(GUN, "silent", 0)
            self.assertEqual(client.wait(), 10)  # and the one that held it does not say that it is off

    def test_a_thousand_at_once_leave_nothing_behind(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            lines = [world.pull() for _ in range(1000)]
            self.stopped(world, "a thousand pulls", since)
            for line in lines:
                self.assertEqual(world.hear(line)[0], "2")
            self.assertEqual(client.wait(), 8)
            self.all_off(world)
            before = world.daemon.descriptors()
            for _ in range(100):
                world.pull().close()
            world.wait(lambda: world.daemon.descriptors() == before, "no descriptor to be left")
            world.limber("status")

    def test_without_a_free_descriptor(self):
        with World() as world:
            client = self.run_both(world)
            world.daemon.leave_no_descriptor()
            since = time.monotonic()
            line = world.pull()
            self.stopped(world, "the stop socket without a free descriptor", since)
            world.daemon.leave_no_descriptor(False)
            # By the descriptor in reserve it was closed at once, else it has its answer now.
            self.assertIn(world.hear(line), ([], ["2", "off"]))
            self.assertEqual(client.wait(), 8)
            self.assertEqual(world.hear(world.pull()), ["2", "off"])

    def test_without_even_the_reserve(self):
        """Nothing can be accepted: it is a stop all the same, and limberd goes on with everything else."""
        with World() as world:
            client = self.run_both(world)
            most = resource.prlimit(world.daemon.pid, resource.RLIMIT_NOFILE)[1]
            resource.prlimit(world.daemon.pid, resource.RLIMIT_NOFILE, (3, most))
            since = time.monotonic()
            lines = [world.pull()]
            self.stopped(world, "the stop socket without any descriptor", since)
            self.assertEqual(client.wait(), 8)
            world.limber("status")
            lines.append(world.pull())
            resource.prlimit(world.daemon.pid, resource.RLIMIT_NOFILE, (most, most))
            for line in lines:
                self.assertEqual(world.hear(line), ["2", "off"])
            self.assertEqual(world.hear(world.pull()), ["2", "off"])

    def test_what_an_earlier_daemon_left_is_replaced(self):
        with World() as world:
            client = self.run_both(world)
            client.expected = {9}
            world.daemon.kill()
            client.wait()
            with self.assertRaises(ConnectionRefusedError):
                world.pull()
            world.start_daemon()
            self.assertEqual(world.hear(world.pull())[-1], "off")

    def test_a_second_daemon_changes_nothing(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            second = subprocess.run([harness.program("limberd"), *world.daemon_arguments()], env=world.env, check=False,
                                    capture_output=True, text=True, timeout=30)
            self.assertEqual(second.returncode, 1)
            self.assertIn("there can be only one", second.stderr)
            self.assertFalse([w for a in (GUN, PADS) for w in world.writes(a, since) if w.stop])
            self.assertEqual(world.session()["State"], "running")
            self.assertEqual(world.hear(world.pull()), ["2", "off"])
            self.assertEqual(client.wait(), 8)

    def test_it_goes_with_the_daemon(self):
        with World() as world:
            world.daemon.signal(signal.SIGTERM)
            self.assertEqual(world.daemon.wait(), 0)
            self.assertFalse(os.path.exists(os.path.join(world.runtime, "stop")))


class ByPerson(StopCase):
    def test_limber_stop(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            done = world.limber("stop")
            self.assertIn("Everything is off: 2 devices", done.out)
            self.stopped(world, "limber stop", since)
            self.assertEqual(client.wait(), 8)
            self.all_off(world)
            self.stays_quiet(world, since, 0.5)

    def test_limber_stop_session(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            world.limber("stop", "--session", "1")
            self.stopped(world, "limber stop --session 1", since)
            self.assertEqual(client.wait(), 8)
            self.all_off(world)

    def test_ctrl_c(self):
        with World() as world:
            terminal = self.run_both(world, on_terminal=True)
            since = time.monotonic()
            terminal.type("\x03")
            self.stopped(world, "Ctrl-C", since)
            self.assertEqual(terminal.wait(), 8)
            self.assertFalse(terminal.screen.alternate)
            self.all_off(world)
            self.stays_quiet(world, since, 0.5)

    def test_sigint_without_terminal(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            client.signal(signal.SIGINT)
            self.stopped(world, "SIGINT", since)
            self.assertEqual(client.wait(), 8)

    def test_key_s(self):
        with World() as world:
            terminal = self.run_both(world, on_terminal=True)
            since = time.monotonic()
            terminal.type("s")
            self.stopped(world, "key s", since)
            self.assertEqual(terminal.wait(), 8)
            self.all_off(world)

    def test_what_is_not_confirmed_is_on_the_screen(self):
        """The gun hears nothing any more: from the key on the screen says so, and what to do; and so does the next start."""
        for columns, rows in ((80, 24), (40, 15)):
            with self.subTest(columns=columns), World() as world:
                terminal = world.terminal("start", "gun", columns=columns, rows=rows)
                terminal.expected = {10}
                terminal.begin()
                world.wait(lambda: world.is_on(GUN), "output")
                world.fault(GUN, "silent")
                terminal.type("s")
                terminal.wait_for("stopping")
                said = " ".join(terminal.screen.text.split())
                self.assertIn("gun has not confirmed yet that it is off.", said)
                self.assertIn("Take it off the body. If it goes on, use its own button.", said)
                self.assertNotIn("ended", said)
                self.assertEqual(terminal.wait(), 10)
                self.assertRegex(self.after_the_end(world, "1"), r"stop-unconfirmed[\s\S]*alert")
                again = world.terminal("start", "gun", columns=columns, rows=rows)
                again.expected = {8, 10}
                again.wait_for(r"gun\s+is\s+not\s+certain\s+to\s+be\s+off[\s\S]*own\s+button")
                again.type("s")
                again.wait()
                self.assertIn("limber: gun is not certain to be off. Take the pads or the gun off", again.raw)
                world.fault(GUN, "silent", 0)
                world.wait(lambda: not world.is_on(GUN), "the gun to be off", 20)
                world.wait(lambda: "confirmed" in self.after_the_end(world, "2"), "its stop in the record")

    def after_the_end(self, world, session):
        """What the record has of a session from its end on: its output may have gone on."""
        told = world.limber("history", "show", session).out
        return told[told.index("session-ended"):]

    def test_ctrl_z(self):
        with World() as world:
            terminal = self.run_both(world, on_terminal=True)
            since = time.monotonic()
            terminal.type("\x1a")
            self.stopped(world, "Ctrl-Z", since)
            world.wait(lambda: harness.process_state(terminal.pid) == "T", "limber to be suspended")
            # It sleeps with the terminal as it found it.
            terminal.read()
            self.assertFalse(terminal.screen.alternate)
            self.assertEqual(terminal.settings()[3], terminal.before[3])
            self.assertIn("Paused", terminal.raw)
            terminal.signal(signal.SIGCONT)
            terminal.wait_for("Paused")
            self.stays_quiet(world, since, 1.5)
            self.assertEqual(world.session()["State"], "paused")
            # Going on takes a key of its own, and begins at zero.
            again = time.monotonic()
            terminal.type(" ")
            terminal.begin()
            world.wait(lambda: world.is_on(PADS) and world.is_on(GUN), "output to go on")
            rising = [w for w in world.writes(PADS, again) if w.active]
            self.assertLessEqual(max(rising[0].level), 4)
            again = time.monotonic()
            terminal.type("q")
            self.stopped(world, "key q after resuming", again)
            self.assertEqual(terminal.wait(), 8)

    def test_terminal_closed(self):
        with World() as world:
            terminal = self.run_both(world, on_terminal=True)
            since = time.monotonic()
            terminal.signal(signal.SIGHUP)
            self.stopped(world, "SIGHUP", since)
            self.assertEqual(terminal.wait(), 8)

    def test_device_stop(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            # Any program of the machine; this one comes with the bus.
            subprocess.run(["dbus-send", f"--bus={world.env['DBUS_SYSTEM_BUS_ADDRESS']}", "--print-reply",
                            "--dest=org.limber1", GUN_PATH, harness.DEVICE + ".Stop"], check=True, env=world.env,
                           stdout=subprocess.DEVNULL)
            self.stopped(world, "dbus-send Device.Stop", since)
            self.assertEqual(client.wait(), 8)
            self.all_off(world)

    def test_calls_reach_the_link_at_once(self):
        """Without a program to start in between: the very next frame is the stop."""
        for member, path, interface in (("StopAll", harness.MANAGER_PATH, harness.MANAGER),
                                        ("Stop", PADS_PATH, harness.DEVICE),
                                        ("Stop", "/org/limber1/session/1", harness.SESSION),
                                        ("Pause", "/org/limber1/session/1", harness.SESSION)):
            with self.subTest(member=member, path=path), World() as world:
                self.run_both(world)
                since = time.monotonic()
                world.bus.call("org.limber1", path, interface, member)
                # One frame of the stream may have been on its way.
                self.stopped(world, f"{interface}.{member}", since, in_flight=1)
                self.stays_quiet(world, since, 0.3)


class ByDeath(StopCase):
    def test_client_killed(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            client.kill()
            self.stopped(world, "SIGKILL of limber", since)
            session = world.wait_session("paused")
            self.assertEqual(session["Reason"], "lease-lost")
            self.assertEqual(session["Holder"], "")
            self.stays_quiet(world, since)

    def test_client_stopped(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            client.signal(signal.SIGSTOP)
            self.stopped(world, "SIGSTOP of limber", since, LEASE_BOUND)
            session = world.wait_session("paused")
            self.assertEqual(session["Reason"], "lease-lost")
            client.signal(signal.SIGCONT)
            self.stays_quiet(world, since, 2.0)
            self.assertEqual(world.session()["State"], "paused")
            world.limber("stop")

    def test_client_stopped_on_terminal(self):
        with World() as world:
            terminal = self.run_both(world, on_terminal=True)
            since = time.monotonic()
            terminal.signal(signal.SIGSTOP)
            self.stopped(world, "SIGSTOP of limber at a terminal", since, LEASE_BOUND)
            terminal.signal(signal.SIGCONT)
            terminal.wait_for("Paused")
            self.stays_quiet(world, since, 1.5)
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def test_daemon_terminated(self):
        with World() as world:
            client = self.run_both(world)
            since = time.monotonic()
            world.daemon.signal(signal.SIGTERM)
            self.stopped(world, "SIGTERM of limberd", since, in_flight=1)
            self.assertEqual(world.daemon.wait(), 0)
            self.assertEqual(world.armed_files(), [])
            client.expected |= {8, 9}
            client.wait()
            self.stays_quiet(world, since, 0.3)

    def test_req17_daemon_killed_then_allstop(self):
        allstop = harness.program("limber-allstop")
        if not allstop:
            self.skipTest("limber-allstop is not built")
        with World() as world:
            client = self.run_both(world)
            client.expected = {9}
            world.daemon.kill()
            self.assertEqual(client.wait(), 9)
            self.assertEqual(len(world.armed_files()), 2)
            since = time.monotonic()
            done = subprocess.run([allstop], env=world.env, capture_output=True, text=True, timeout=15)
            self.assertEqual(done.returncode, 0, done)
            self.stopped(world, "limber-allstop after SIGKILL of limberd", since)
            self.assertEqual(world.armed_files(), [])
            self.stays_quiet(world, since, 0.3)

    def test_req17_daemon_killed_then_started(self):
        with World() as world:
            client = self.run_both(world)
            client.expected = {9}
            world.daemon.kill()
            self.assertEqual(client.wait(), 9)
            self.assertEqual(len(world.armed_files()), 2)
            since = time.monotonic()
            world.start_daemon()
            self.stopped(world, "restart of limberd after SIGKILL", since, bound=5, in_flight=0)
            self.all_off(world)
            self.stays_quiet(world, since, 0.5)
            # And it can be used again.
            world.limber("status")

    def test_left_on_is_told(self):
        """Whoever listens when limberd comes back hears which device may still be on."""
        with World() as world:
            client = self.run_both(world)
            client.expected = {9}
            world.daemon.kill()
            client.wait()
            listener = world.client()
            listener.match("type='signal',sender='org.limber1',interface='org.limber1.Manager',member='Alert'")
            world.start_daemon()

            def told():
                listener.pump()
                return {m.args[2] for m in listener.signals if m.args[0] == "left-on"} == {GUN_PATH, PADS_PATH}
            world.wait(told, "an alert for each device")

    def test_armed_before_the_first_frame(self):
        """What limber-allstop would need is stored before the first frame that is not zero, and as long as output is on."""
        with World() as world:
            client = world.command("start", "both")
            seen = []  # (before looking, files)
            while not seen or not world.is_on(GUN) or seen[-1][0] - next(
                    w.t for w in world.writes(GUN) if w.active) < 1.5:
                seen.append((time.monotonic(), set(world.armed_files())))
                world.answer()
                self.assertLess(len(seen), 100000)
            for address in (GUN, PADS):
                name = address.replace(":", "_")
                first = next(w.t for w in world.writes(address) if w.active)
                self.assertFalse([t for t, files in seen if t > first and name not in files])
            world.limber("stop")
            client.wait()

    def test_stop_frames_are_what_is_armed(self):
        """The armed files hold the very bytes of the stop, for a program that knows no protocol."""
        with World() as world:
            self.run_both(world)
            for name, frame in ((GUN, GUN_STOP), (PADS, PADS_STOP)):
                with open(os.path.join(world.armed, name.replace(":", "_"))) as f:
                    lines = f.read().splitlines()
                self.assertIn(f"address {name}", lines)
                self.assertTrue(any(line.endswith(" " + frame.hex().upper()) for line in lines), lines)
            world.limber("stop")
            self.all_off(world)


if __name__ == "__main__":
    harness.main()
