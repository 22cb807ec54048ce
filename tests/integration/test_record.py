# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was done is kept: whatever kills the daemon, whatever the disk does. Judged by the history that is there afterwards."""

import json
import os
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

import harness
from harness import GUN, MANAGER, MANAGER_PATH, PADS, World, program

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
            # The gun takes the stop after that: until it is off, what is said of it is about this session.
            world.wait(lambda: self.events(world, 1)[-1]["kind"] == "confirmed", "the stop of the gun to be kept")
            session = self.history(world)[0]
            self.assertEqual((session["session"], session["routine"], session["reason"]), (1, "gun", "stopped"))
            self.assertEqual(session["runner"], os.getuid())
            self.assertAlmostEqual(session["began"] / 1e6, time.time(), delta=120)
            events = self.events(world, 1)
            kinds = [e["kind"] for e in events]
            self.assertEqual(kinds[0], "session-started")
            self.assertEqual(kinds[-2:], ["session-ended", "confirmed"])
            # What a person agreed to is kept before anything flows.
            self.assertLess(kinds.index("armed"), kinds.index("setpoint"))
            setpoint = next(e for e in events if e["kind"] == "setpoint" and e["given"])
            self.assertEqual((setpoint["device"], setpoint["feature"]), (GUN, "motor"))
            self.assertLessEqual(setpoint["given"], setpoint["asked"])
            self.assertEqual(len(events), session["events"])
            self.assertEqual(self.recorded(world), events[-1]["seq"])
            self.check(world)

    def test_req13_the_first_sessions_are_short_and_weak(self):
        """For whom no session with pads is in the record: 60 % of what goes without calibration, for half the time."""
        with World() as world:
            client = world.terminal("start", "pads")
            client.begin()
            world.wait(lambda: any("first" in reason for p in world.session()["Setpoints"] for reason in p[5]),
                       "the limit of the first sessions")
            self.assertEqual(world.session()["StepDuration"], 10_000_000)
            world.wait(lambda: {p[3] for p in world.session()["Setpoints"]} == {12}, "the top of it")
            world.wait(lambda: world.gives(PADS) == {"A": 60, "B": 60}, "the pads to give that: 12 of 200")
            world.wait(lambda: not world.is_on(PADS), "the end of the step", 20)
            self.assertEqual(world.highest(PADS), 60)
            on = [level.t for level in world.levels(PADS) if level.value]
            self.assertLess(world.levels(PADS)[-1].t - on[0], 11)
            client.type("s")
            client.wait()

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

    def test_on_the_command_line(self):
        with World() as world:
            self.assertIn("no session yet", world.limber("history").out)
            client = self.on(world)
            client.type("s")
            client.wait()
            world.wait(lambda: any(s["ended"] for s in self.history(world)), "the end to be kept")
            self.assertRegex(world.limber("history").out, r"(?m)^ *1 +\d{4}-\d\d-\d\d .*gun")
            shown = world.limber("history", "show", "1").out
            for word in ("session-started", "armed", "setpoint", "session-ended"):
                self.assertIn(word, shown)
            lines = world.limber("history", "--csv").out.splitlines()
            self.assertEqual((len(lines), lines[0].split(",")[0]), (2, "session"))
            self.assertEqual(json.loads(world.limber("history", "--json").out)[0]["routine"], "gun")
            self.assertIn("limber history", world.limber("history", "show", "99", code=3).err)

    def test_what_a_part_of_the_body_had_is_known_after_a_restart(self):
        """REQ12: the zone had its treatment; REQ16: what hurt rests."""
        with World(routines=self.routines("treated", 31)) as world:
            client = self.on(world, "treated")
            client.wait_for("Press 0 to 9", 60)
            client.type("x")  # not now
            self.assertEqual(client.wait(), 0)
            world.wait(lambda: "dose" in [e["kind"] for e in self.events(world, 1)], "the dose to be kept")
            dose = next(e for e in self.events(world, 1) if e["kind"] == "dose")
            self.assertAlmostEqual(dose["given"] / 1e6, 31, delta=1.5)
            for _ in range(2):
                said = world.limber("start", "treated", code=6).err
                self.assertRegex(said, r"less than 6 hours ago; again in 5 h 5\d min|6 h 0 min")
                world.daemon.end()
                world.start_daemon()

    def routines(self, name, seconds):
        """A folder with one routine for the gun."""
        folder = tempfile.mkdtemp(prefix="limber-routines-")
        self.addCleanup(shutil.rmtree, folder)
        with open(os.path.join(harness.ROUTINES, "gun.conf"), encoding="utf-8") as f:
            text = f.read()
        text = re.sub(r'id = "[^"]*"', f'id = "{name}"', text, count=1)
        text = re.sub(r'duration = "[^"]*"', f'duration = "{seconds}s"', text)
        with open(os.path.join(folder, f"{name}.conf"), "w", encoding="utf-8") as f:
            f.write(text)
        return folder

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
        # What nobody saw to its end counts as done: two of them come to a treatment, and a body has enough.
        for first in range(0, KILLS, 2):
            with World() as world:
                for number in range(1, min(2, KILLS - first) + 1):
                    unended += self.kill_and_look(world, number, moments.uniform(0.1, 3))
        print(f"{KILLS} times killed, {unended} times in a session that was recorded", flush=True)
        self.assertGreater(unended, KILLS / 2)

    def kill_and_look(self, world, number, after):
        """Whether there was a session by then; each must have had its number, and one that the gun felt must be there."""
        begun, said = time.monotonic(), len(world.daemon.text())
        world.terminal("start", "gun", "--yes")
        time.sleep(after)
        world.bus.pump()
        world.daemon.kill()
        acknowledged = self.recorded(world)
        out = self.check(world)
        self.assertGreaterEqual(int(out.split(" events")[0].split()[-1]), acknowledged)
        world.start_daemon()
        world.listen()
        world.wait(lambda: not world.armed_files(), "what was left on to be stopped")
        self.assertFalse(world.is_on(GUN))
        if "was never ended" not in world.daemon.text()[said:]:
            self.assertEqual(world.highest(GUN, begun), 0)
            return 0
        world.wait(lambda: all(s["ended"] for s in self.history(world)), "the end to be kept")
        self.assertEqual(self.history(world)[0]["reason"], "daemon-died")
        self.assertLessEqual(self.history(world)[0]["session"], number)
        return 1


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
            world.wait(lambda: not world.is_on(GUN), "the gun to be at rest")
            since = time.monotonic()
            world.call_manager("StopAll")
            world.wait(lambda: not world.armed_files(), "the gun to be stopped")
            with self.assertRaisesRegex(harness.DBusError, "cannot keep a record"):
                world.call_manager("StartRoutine", "sa{sv}", ["gun", {}])
            self.assertFalse(any(w.active for w in world.writes(GUN, since)))
            self.assertEqual(world.highest(GUN, since), 0)
            self.full(world, False)
            world.wait(lambda: any("can be written again" in a[1] for a in world.alerts()), "the record to work again")
            world.wait(lambda: self.history(world)[0]["ended"], "the end to be kept")
            self.assertIn("discomfort", [e["kind"] for e in self.events(world, 1)])
            self.check(world)

    def stop_latency(self, world, stalled):
        """While the pads play, with a disk that takes nothing or with one that does; and the longest gap of the stream."""
        client = world.terminal("start", "pads")
        client.begin()
        world.wait(lambda: world.is_on(PADS), "output")
        time.sleep(1.5)
        disk = sqlite3.connect(self.database(world), isolation_level=None, timeout=10)
        try:
            if stalled:
                disk.execute("BEGIN IMMEDIATE")
            since = time.monotonic()
            client.type("3")  # something to be kept
            time.sleep(1)
            number = world.current  # when it is over, the next one is
            self.assertEqual(world.session(number)["State"], "running")
            frames = [w.t for w in world.writes(PADS, since) if w.kind == "output"]
            gap = max(b - a for a, b in zip(frames, frames[1:]))
            self.assertGreater(len(frames), 7)
            before = time.monotonic()
            world.call_manager("StopAll")
            latency = world.stop_of(PADS, before)
            if stalled:
                self.assertNotIn("discomfort", [e["kind"] for e in self.events(world, number)])
        finally:
            disk.close()
        client.wait()
        world.wait(lambda: not world.armed_files(), "the armed files to go")
        return latency, gap

    def test_stalled(self):
        """The stream goes on without a gap, and the stop waits for nothing."""
        with World() as world:
            for stalled in (False, True):
                latency, gap = self.stop_latency(world, stalled)
                print(f"latency with a disk that {'stalls' if stalled else 'works'}: stop {latency * 1000:.1f} ms, the longest "
                      f"gap of the stream {gap * 1000:.0f} ms", flush=True)
            world.wait(lambda: all(s["ended"] for s in self.history(world)), "the end to be kept")
            self.assertIn("discomfort", [e["kind"] for e in self.events(world, 2)])
            self.check(world)

    def test_stalled_for_too_long(self):
        """After two seconds nothing may rise or begin, and a person is told."""
        with World() as world:
            self.on(world)
            disk = sqlite3.connect(self.database(world), isolation_level=None, timeout=10)
            try:
                disk.execute("BEGIN IMMEDIATE")
                world.call_session("/org/limber1/session/1", "Discomfort", "yas", [1, []])
                self.assertIn("cannot keep a record", world.wait_alert("record")[1])
                world.wait_session("paused")
                world.wait(lambda: not world.armed_files(), "the gun to be stopped")
            finally:
                disk.close()
            world.wait(lambda: any("can be written again" in a[1] for a in world.alerts()), "the record to work again")

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


class FollowUps(RecordCase):
    def treat(self, world):
        """Long enough that it counts as a treatment."""
        client = self.on(world, "minute")
        world.wait(lambda: world.session()["Prompt"][0].startswith("discomfort"), "the question", 60)
        client.type("2")
        world.wait(lambda: world.session()["StepRemaining"] < 60_000_000 - 31_000_000, "half a minute", 60)
        client.type("s")
        return client

    def asked(self, world):
        return json.loads(world.limber("--json", "status").out)["questions"]

    def make_it_yesterday(self, world):
        """It is seven in the morning, and the session was at nine in the evening before."""
        world.env["TZ"] = f"LMB{(time.gmtime().tm_hour - 7) % 24}"
        with sqlite3.connect(self.database(world)) as disk:
            disk.execute("UPDATE event SET at_usec = at_usec - 36000000000")

    def test_after_a_session_and_the_next_morning(self):
        with World() as world:
            client = self.treat(world)
            client.wait_for("how much does it hurt now: front of the thigh .left.")
            self.assertEqual([q["kind"] for q in self.asked(world)], ["end"])
            client.type("3")
            client.wait()
            self.assertEqual(self.asked(world), [])
            self.assertIn("No session", world.limber("discomfort", "3", code=3).err)
            world.daemon.end()
            self.make_it_yesterday(world)
            world.start_daemon()
            self.assertEqual([(q["session"], q["kind"]) for q in self.asked(world)], [(1, "morning")])
            self.assertIn("The morning after", world.limber("status").out)
            world.limber("discomfort", "11", code=2)
            self.assertIn("more gently next time", world.limber("discomfort", "6").out)
            self.assertEqual(self.asked(world), [])
            world.wait(lambda: self.events(world, 1)[-1]["kind"] == "target", "the answer to be kept")
            said = [(e["reason"], e["given"]) for e in self.events(world, 1) if e["kind"] == "discomfort"]
            self.assertEqual(said, [("asked", 2), ("end", 3), ("morning", 6)])
            target = self.events(world, 1)[-1]
            self.assertEqual((target["zone"], target["side"], target["given"]), ("quads", "left", 1))


if __name__ == "__main__":
    harness.main()
