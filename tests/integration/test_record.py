# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was done is kept: whatever kills the daemon, whatever the disk does. Judged by the history that is there afterwards."""

import os
import random
import resource
import signal
import subprocess
import time
import unittest

import harness
from harness import GUN, MANAGER, MANAGER_PATH, World, program

KILLS = int(os.environ.get("LIMBER_TEST_KILLS", "6"))


class RecordCase(unittest.TestCase):
    def database(self, world):
        return os.path.join(world.directory, "state", "history.db")

    def check(self, world, code=0):
        """By another process, as a person would."""
        done = subprocess.run([program("limberd"), "--check-record", "--state-directory",
                               os.path.join(world.directory, "state")], env=world.env, capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def history(self, world, **query):
        return world.call_manager("History", "a{sv}", [query])[0]

    def events(self, world, number):
        return world.call_manager("HistoryEvents", "t", [number])[0]

    def recorded(self, world):
        """The last number that limberd called recorded."""
        return max((m.args[0] for m in world.bus.signals if m.member == "Recorded"), default=0)

    def on(self, world, routine="gun"):
        client = world.terminal("start", routine)
        client.begin()
        world.wait(lambda: world.is_on(GUN), "output")
        return client


class Kept(RecordCase):
    def test_a_session_from_beginning_to_end(self):
        with World() as world:
            client = self.on(world)
            client.type("s")
            client.wait()
            world.wait(lambda: any(s["ended"] for s in self.history(world)), "the end to be kept")
            session = self.history(world)[0]
            self.assertEqual((session["session"], session["routine"], session["reason"]), (1, "gun", "stopped"))
            self.assertEqual(session["runner"], os.getuid())
            self.assertAlmostEqual(session["began"] / 1e6, time.time(), delta=120)
            events = self.events(world, 1)
            kinds = [e["kind"] for e in events]
            self.assertEqual(kinds[0], "session-started")
            self.assertEqual(kinds[-1], "session-ended")
            # What a person agreed to is kept before anything flows.
            self.assertLess(kinds.index("armed"), kinds.index("setpoint"))
            setpoint = next(e for e in events if e["kind"] == "setpoint" and e["given"])
            self.assertEqual((setpoint["device"], setpoint["feature"]), (GUN, "motor"))
            self.assertLessEqual(setpoint["given"], setpoint["asked"])
            self.assertEqual(len(events), session["events"])
            self.assertEqual(self.recorded(world), events[-1]["seq"])
            self.check(world)

    def test_numbers_go_on_after_a_restart(self):
        with World() as world:
            for number in (1, 2):
                client = self.on(world)
                client.type("s")
                client.wait()
                world.wait(lambda n=number: len([s for s in self.history(world) if s["ended"]]) == n, "the end")
                world.daemon.end()
                world.start_daemon()
            self.assertEqual([s["session"] for s in self.history(world)], [2, 1])
            self.assertEqual(self.history(world, limit=harness.Variant("u", 1))[0]["session"], 2)

    def test_what_is_not_there(self):
        with World(add=False) as world:
            self.assertEqual(self.history(world), [])
            for args, words in ((("HistoryEvents", "t", [7]), "no session 7"),
                                (("History", "a{sv}", [{"since": harness.Variant("s", "today")}]), "another type"),
                                (("History", "a{sv}", [{"colour": harness.Variant("u", 1)}]), "unknown")):
                with self.assertRaisesRegex(harness.DBusError, words):
                    world.call_manager(*args)


class Killed(RecordCase):
    def test_killed_at_random_moments(self):
        """The record opens, nothing that was called recorded is missing, and what never ended is told."""
        moments, unended = random.Random(1), 0
        with World() as world:
            for number in range(1, KILLS + 1):
                world.terminal("start", "gun", "--yes")
                time.sleep(moments.uniform(0, 3))
                world.bus.pump()
                world.daemon.kill()
                acknowledged = self.recorded(world)
                out = self.check(world)
                self.assertGreaterEqual(int(out.split(" events")[0].split()[-1]), acknowledged)
                world.start_daemon()
                world.listen()
                world.wait(lambda: not world.armed_files(), "what was left on to be stopped")
                known = self.history(world)
                if len(known) == number:
                    world.wait(lambda: self.history(world)[0]["ended"], "the end to be kept")
                    self.assertEqual(self.history(world)[0]["reason"], "daemon-died")
                    unended += 1
                    self.assertIn(f"session {number} (gun) was never ended", world.daemon.text())
            print(f"{KILLS} times killed, {unended} times in a session that was recorded", flush=True)
            self.assertGreater(unended, KILLS / 4)


class Disk(RecordCase):
    def full(self, world, full):
        """Nothing more can be written."""
        limit = os.path.getsize(self.database(world) + "-wal") if full else resource.RLIM_INFINITY
        resource.prlimit(world.daemon.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def test_full_in_mid_output(self):
        """Nothing rises any more, the stop works, and when there is room again all is as before."""
        before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGXFSZ, before)
        with World() as world:
            self.on(world)
            self.full(world, True)
            world.call_session("/org/limber1/session/1", "Discomfort", "yas", [1, []])
            self.assertIn("cannot keep a record", world.wait_alert("record")[1])
            world.wait_session("paused")
            since = time.monotonic()
            world.call_manager("StopAll")
            world.wait(lambda: not world.armed_files(), "the gun to be stopped")
            with self.assertRaisesRegex(harness.DBusError, "cannot keep a record"):
                world.call_manager("StartRoutine", "sa{sv}", ["gun", {}])
            self.assertFalse(any(w.active for w in world.writes(GUN, since)))
            self.full(world, False)
            world.wait(lambda: any("can be kept again" in a[1] for a in world.alerts()), "the record to work again")
            world.wait(lambda: self.history(world)[0]["ended"], "the end to be kept")
            self.assertIn("discomfort", [e["kind"] for e in self.events(world, 1)])
            self.check(world)

    def test_not_ours(self):
        """It is left as it is; nothing is switched on; reading says why."""
        with World(start=False) as world:
            os.mkdir(os.path.join(world.directory, "state"))
            with open(self.database(world), "w", encoding="utf-8") as f:
                f.write("these are my running notes, and no database\n" * 100)
            size = os.path.getsize(self.database(world))
            world.want_start = True
            world.start_daemon()
            world.listen()
            world.add_devices()
            with self.assertRaisesRegex(harness.DBusError, "history.db.*damaged.*nothing is switched on"):
                world.call_manager("StartRoutine", "sa{sv}", ["gun", {}])
            self.assertIn("nothing is switched on", world.daemon.text())
            with self.assertRaisesRegex(harness.DBusError, "damaged"):
                self.history(world)
            self.check(world, code=1)
            self.assertEqual(os.path.getsize(self.database(world)), size)
            self.assertEqual(world.bus.get(MANAGER_PATH, MANAGER, "OutputActive"), False)


if __name__ == "__main__":
    harness.main()
