# SPDX-License-Identifier: LGPL-2.1-or-later
"""limber as people and programs meet it."""

import json
import os
import re
import signal
import time
import unittest

import harness
from harness import GUN, PADS, World
from minibus import Variant
from wire import GUN_STOP

VERBS = ["status", "start", "stop", "pause", "resume", "skip", "discomfort", "answer", "follow", "routines", "show", "check",
         "devices", "scan", "add", "forget", "connect", "disconnect", "history"]


class Plain(unittest.TestCase):
    def test_json(self):
        with World() as world:
            for args in (("status",), (), ("routines",), ("show", "both"), ("devices",), ("rests",), ("scan", "--seconds", "1"),
                         ("check", os.path.join(harness.ROUTINES, "both.conf"))):
                with self.subTest(args=args):
                    result = world.limber("--json", *args)
                    json.loads(result.out)
                    self.assertEqual(result.err, "")
            self.assertEqual({r["id"] if "id" in r else r["routine"] for r in
                              json.loads(world.limber("--json", "routines").out)},
                             {"ask", "both", "gun", "minute", "neighbour", "pads", "pulses", "quick"})
            staged = json.loads(world.limber("--json", "start", "both", "--stage").out)
            self.assertEqual(staged["state"], "staged")
            status = json.loads(world.limber("--json", "status").out)
            self.assertTrue(any(s["state"] == "staged" for s in status["sessions"]), status)
            for args in (("pause",), ("stop",), ("connect", "gun"), ("disconnect", "gun"), ("forget", "pads")):
                with self.subTest(args=args):
                    out = world.limber("--json", *args, code=None).out
                    if out.strip():
                        json.loads(out)

    def test_json_of_a_run(self):
        with World() as world:
            client = world.command("--json", "start", "quick")
            self.assertEqual(client.wait(30), 0)
            events = [json.loads(line) for line in client.text().splitlines()]
            self.assertEqual({e["session"] for e in events}, {"1"})
            names = [e["event"] for e in events]
            for name in ("session", "state", "step", "phase", "levels", "prompt", "ended", "summary"):
                self.assertIn(name, names)
            self.assertEqual([e["step"] for e in events if e["event"] == "step"], [1, 2, 3, 4])
            self.assertNotIn("nonce", client.text())

    def test_help(self):
        with World(start=False) as world:
            for args in [()] + [(verb,) for verb in VERBS]:
                with self.subTest(args=args):
                    result = world.limber(*args, "--help")
                    self.assertTrue(result.out)
                    for line in result.out.splitlines():
                        self.assertLessEqual(len(line), 80, line)
            text = world.limber("--help").out
            for verb in VERBS:
                self.assertRegex(text, rf"(?m)^  {verb}\b")
            self.assertRegex(world.limber("--version").out, r"^limber \d+\.\d+")

    def test_other_programs(self):
        with World(start=False) as world:
            import subprocess
            for name in ("limberd", "limber-sim", "limber-allstop"):
                if not harness.program(name):
                    continue
                for option in ("--help", "--version"):
                    done = subprocess.run([harness.program(name), option], env=world.env, capture_output=True, text=True)
                    self.assertEqual(done.returncode, 0, (name, option, done))
                    self.assertTrue(done.stdout)
                    for line in done.stdout.splitlines():
                        self.assertLessEqual(len(line), 80, line)
                done = subprocess.run([harness.program(name), "--nonsense"], env=world.env, capture_output=True, text=True)
                self.assertEqual(done.returncode, 2, (name, done))

    def test_no_daemon(self):
        with World(start=False) as world:
            for args in (("status",), (), ("start", "gun"), ("pause",), ("resume",), ("skip",), ("follow",), ("routines",),
                         ("show", "gun"), ("devices",), ("scan",), ("add", "x"), ("forget", "x"), ("connect", "x"),
                         ("discomfort", "1"), ("answer", "x")):
                with self.subTest(args=args):
                    result = world.limber(*args, code=9)
                    self.assertIn("limberd is not running", result.err)
                    self.assertIn("systemctl start limberd", result.err)
            # It needs none.
            world.limber("check", os.path.join(harness.ROUTINES, "gun.conf"))
            result = world.limber("status", code=9, env={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"})
            self.assertIn("bus", result.err)

    def test_daemon_hangs(self):
        """Stop does not wait for a limberd that does not answer."""
        with World() as world:
            world.daemon.signal(signal.SIGSTOP)
            begun = time.monotonic()
            result = world.limber("stop", code=None)
            took = time.monotonic() - begun
            print(f"limber stop against a hung limberd: {took:.1f} s, {result}", flush=True)
            self.assertLess(took, 6)
            self.assertIn("limber-allstop", result.err)
            world.daemon.signal(signal.SIGCONT)

    def test_colour_and_characters(self):
        with World() as world:
            self.assertNotIn("\x1b", world.limber("status").out)
            self.assertTrue(world.limber("routines", env={"LC_ALL": "C"}).out.isascii())
            self.assertTrue(world.limber("--help", env={"LC_ALL": "C"}).out.isascii())

    def test_reader_goes_away(self):
        """If nobody can read the lines any more, the session is stopped."""
        import subprocess
        with World() as world:
            popen = subprocess.Popen([harness.program("limber"), "start", "both"], env=world.env, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=harness.die_with_parent)
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            since = time.monotonic()
            popen.stdout.close()
            world.stop_of(PADS, since, bound=2)
            self.assertEqual(popen.wait(10), 8)

    def test_answers(self):
        with World() as world:
            client = world.client()
            client.call("org.limber1", harness.MANAGER_PATH, harness.MANAGER, "StartRoutine", "sa{sv}", ["ask", {}])
            world.wait(lambda: world.session()["Prompt"][0], "the question")
            result = world.limber("answer", "maybe", code=7)
            self.assertIn('"go" "not yet"', result.err)
            world.limber("answer", "no")
            self.assertEqual(world.wait_session("ended")["Reason"], "completed")

    def test_discomfort(self):
        with World() as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            said = world.limber("discomfort", "2").out
            self.assertEqual(world.session()["LastDiscomfort"], 2)
            self.assertEqual(world.session()["State"], "running")
            self.assertIn("2 is noted. The session goes on as it is.", said)
            self.assertIn("The level goes down.", world.limber("discomfort", "4").out)
            # What another terminal holds is not joined, and nothing of it is shown as if it were.
            refused = world.limber("resume", "--yes", code=6)
            self.assertEqual(refused.out, "")
            since = time.monotonic()
            said = world.limber("discomfort", "10").out
            self.assertIn("its output is off, and what was treated rests", " ".join(said.split()))
            for address in (GUN, PADS):
                world.stop_of(address, since)
            self.assertEqual(world.session()["Reason"], "discomfort")
            self.assertEqual(client.wait(), 8)

    def test_req16_a_routine_that_hurt_too_much_is_locked(self):
        with World() as world:
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            world.limber("discomfort", "10")
            hurt = time.monotonic()
            self.assertEqual(client.wait(), 8)
            again = world.limber("start", "gun", code=6)
            # The routine rests for ten minutes, too; what lasts longer is told.
            self.assertRegex(again.err, r"hurt too much there.*again in 2[34] h")
            rests = json.loads(world.limber("--json", "rests").out)
            self.assertIn(("gun", "routine"), [(rest["what"], rest["kind"]) for rest in rests])
            # That part of the body rests for a day, whatever the routine; another may be treated.
            other = world.limber("start", "quick", code=6)
            self.assertRegex(other.err, r"hurt too much there.*again in 2[34] h")
            world.check_no_rise(GUN, hurt)
            self.assertFalse(world.is_on(GUN))
            world.limber("start", "pads", "--stage")
            world.limber("stop")

    def test_discomfort_word_ends_the_step(self):
        with World() as world:
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            since = time.monotonic()
            world.limber("discomfort", "3", "sharp")
            world.stop_of(GUN, since)
            client.expected = {0, 8}
            client.wait()

    def test_skip_and_pause(self):
        with World() as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            since = time.monotonic()
            world.limber("skip")  # the gun's step; the pads go on in the background
            world.stop_of(GUN, since)
            world.wait(lambda: world.is_on(PADS), "the pads to go on")
            since = time.monotonic()
            world.limber("pause")
            world.stop_of(PADS, since)
            left = world.session()["Remaining"]
            time.sleep(0.5)
            self.assertEqual(world.session()["Remaining"], left)
            # Once more does no harm. What is said is what it does, not what was asked.
            self.assertIn("is paused", world.limber("pause").out)
            self.assertIn("stays paused", world.limber("skip").out if world.session()["Step"] else "stays paused")
            world.limber("stop")
            self.assertEqual(client.wait(), 8)
            world.limber("start", "gun", "--stage")
            self.assertIn("only staged", world.limber("pause").out)
            self.assertEqual(world.session(2)["State"], "staged")

    def test_adapter_off(self):
        """The cause is told and is the exit status, whatever else is told after it."""
        with World() as world:
            world.bus.call("org.bluez", "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", "ssv",
                           ["org.bluez.Adapter1", "Powered", Variant("b", False)])
            for words in (("start", "gun"), ("calibrate", "pads", "a", "quads")):
                terminal = world.terminal(*words)
                self.assertEqual(terminal.wait(), 5, words)
                self.assertIn("Bluetooth is switched off", terminal.screen.text)

    def test_one_side(self):
        with World() as world:
            client = world.command("start", "quick", "--side", "right")
            client.expected = {0}
            self.assertEqual(client.wait(20), 0)
            # Only the question has no side: nothing else of this routine is for the right one.
            self.assertFalse(any(w.active for w in world.writes()))


class Live(unittest.TestCase):
    def check_screen(self, terminal):
        self.assertEqual(terminal.screen.overflows, 0, terminal.screen.text)

    def test_view(self):
        with World() as world:
            terminal = world.terminal("start", "quick")
            terminal.wait_for(r"Press\s+\S\s+to begin")
            self.assertTrue(terminal.screen.alternate)
            self.assertFalse(terminal.screen.cursor)
            self.assertFalse(any(w.active for w in world.writes()))
            terminal.begin()
            terminal.wait_for("Ready, steady\\?")
            terminal.wait_for(r"Enter\s+go")
            terminal.type("\r")
            terminal.wait_for("get in place")
            terminal.wait_for("Gun on front of the thigh")
            terminal.wait_for(r"motor\s+29\.2 Hz of 31\.1 Hz: still rising")
            terminal.wait_for(r"[█▏▎▍▌▋▊▉]+.* 0:0\d left")
            terminal.wait_for(r"Routine\s+[█▏▎▍▌▋▊▉]")
            terminal.wait_for(r"Next\s+Pads on calf")
            print(terminal.screen.text, flush=True)
            terminal.type("3")
            terminal.wait_for(r"Discomfort\s+3 of 10")
            terminal.wait_for(r"Pads on calf")
            terminal.wait_for(r"\ba\s+\d+ step")
            terminal.wait_for(r"Stretch")
            self.assertEqual(terminal.wait(20), 0)
            self.check_screen(terminal)
            self.restored(terminal)
            self.assertRegex(terminal.screen.text + terminal.raw, "quick: .*4 of 4 steps, highest discomfort 3 of 10")

    def test_battery(self):
        """It has its place once no reason for the level stands there; that takes the rise, and the step is longer."""
        with World() as world:
            terminal = world.terminal("start", "minute")
            terminal.begin()
            terminal.wait_for(r"motor\s+31\.1 Hz.*battery 87 %")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def restored(self, terminal):
        self.assertTrue(terminal.screen.was_alternate)
        self.assertFalse(terminal.screen.alternate)
        self.assertTrue(terminal.screen.cursor)
        self.assertEqual(terminal.settings(), terminal.before)

    def test_keys(self):
        with World() as world:
            terminal = world.terminal("start", "both")
            terminal.begin()
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            since = time.monotonic()
            terminal.type(" ")
            terminal.wait_for("Paused")
            world.stop_of(GUN, since)
            world.stop_of(PADS, since)
            terminal.type(" ")
            terminal.begin()
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output to go on")
            terminal.type("n")  # the gun's step
            world.wait(lambda: world.last_write(GUN).stop, "the gun to stop")
            world.wait(lambda: world.is_on(PADS), "the pads to go on")
            # Escape sequences are no keys, however they come.
            terminal.type("\x1b[A\x1b[B\x1bOP\x1b[15~")
            terminal.type("\x1b")
            terminal.type("[C")
            self.assertEqual(world.session()["State"], "running")
            terminal.type("\x04")
            self.assertEqual(terminal.wait(), 8)
            self.restored(terminal)

    def test_level_keys(self):
        with World() as world:
            terminal = world.terminal("start", "gun")
            terminal.begin()
            world.wait(lambda: (world.last_write(GUN) and world.last_write(GUN).level or 0) >= 1865, "the level")
            since = time.monotonic()
            terminal.type("--")
            world.wait(lambda: world.last_write(GUN).level < 1865, "the gun to slow down", 2)
            down = next(w for w in world.writes(GUN, since))
            print(f"latency key - → lower level: {(down.t - since) * 1000:.1f} ms", flush=True)
            low = world.last_write(GUN).level
            terminal.type("+")
            world.wait(lambda: world.last_write(GUN).level > low, "the gun to speed up", 2)
            terminal.type("+" * 50)
            time.sleep(2.5)
            self.assertLessEqual(max(w.level for w in world.writes(GUN) if w.level), 33 * 60)  # the routine's range
            terminal.type("s")
            terminal.wait()

    def test_sizes(self):
        for columns, rows in ((40, 10), (80, 24), (20, 5), (200, 60)):
            with self.subTest(columns=columns, rows=rows), World() as world:
                terminal = world.terminal("start", "both", columns=columns, rows=rows)
                world.wait_session("waiting")
                world.wait(lambda: re.search(r"Press\s+(\S)", terminal.screen.text) or rows < 10, "the key")
                if rows >= 10:
                    terminal.begin()
                    world.wait(lambda: world.is_on(PADS), "output")
                terminal.type("q")
                terminal.wait()
                self.check_screen(terminal)
                self.restored(terminal)

    def test_keys_have_words(self):
        """At any usual width each key stands beside what it does now."""
        for columns, rows in ((80, 24), (60, 20), (40, 15)):
            with self.subTest(columns=columns), World() as world:
                terminal = world.terminal("start", "gun", columns=columns, rows=rows)
                terminal.begin()
                terminal.wait_for("running")
                keys = " ".join(" ".join(terminal.screen.text.split("\n")[-2:]).split())
                self.assertIn("s stop space pause n skip 0-9 ! discomfort + - level", keys)
                terminal.type(" ")
                terminal.wait_for(r"space\s+go on")
                terminal.type("s")
                terminal.wait()
                self.check_screen(terminal)

    def test_what_to_do_now_is_whole(self):
        """A gun that is on is out of reach: what to do is on the screen, every word of it, and so is the stop key."""
        for columns, rows in ((80, 24), (60, 20), (40, 15)):
            with self.subTest(columns=columns, rows=rows), World() as world:
                terminal = world.terminal("start", "gun", columns=columns, rows=rows)
                terminal.begin()
                world.wait(lambda: world.is_on(GUN), "output of the gun")
                world.fault(GUN, "away")
                # First that it is lost; then, when the link is known to be gone, what to do.
                terminal.wait_for(r"Take\s+gun\s+off[\s\S]*switches\s+it\s+off\.")
                words = " ".join(terminal.screen.text.split())
                # Told again with another reason, when the Bluetooth service says it in two steps.
                told = [sentence for code, sentence, *_ in world.alerts() if code == "link-lost"]
                self.assertTrue(all("Take gun off the body and switch it off by hand" in sentence for sentence in told))
                self.assertTrue(any(sentence in words for sentence in told), (told, words))
                self.assertIn(" s stop ", words)
                terminal.type("s")
                terminal.expected = {10}
                terminal.wait()
                world.fault(GUN, "back")
                world.wait(lambda: not world.is_on(GUN), "the gun to be off", 20)

    def test_resized(self):
        import fcntl
        import struct
        import termios
        with World() as world:
            terminal = world.terminal("start", "both")
            terminal.begin()
            world.wait(lambda: world.is_on(PADS), "output")
            for columns, rows in ((30, 8), (1, 1), (300, 100), (80, 24)):
                fcntl.ioctl(terminal.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                time.sleep(0.25)
                terminal.read()
            self.assertEqual(world.session()["State"], "running")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def test_follow(self):
        with World() as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(PADS), "output")
            watcher = world.terminal("follow")
            watcher.wait_for("watching")
            watcher.type("n+5")  # not for those who only watch
            time.sleep(0.3)
            self.assertEqual(world.session()["Step"], 2)
            self.assertNotEqual(world.session()["LastDiscomfort"], 5)
            watcher.type("q")
            self.assertEqual(watcher.wait(), 0)
            self.restored(watcher)
            world.wait(lambda: world.is_on(PADS), "the pads to go on")
            watcher = world.terminal("follow")
            watcher.wait_for("watching")
            since = time.monotonic()
            watcher.type("s")
            world.stop_of(PADS, since)
            world.stop_of(GUN, since)
            self.assertEqual(client.wait(), 8)
            watcher.wait()

    def test_yes(self):
        """Percussion begins without a key; whoever says --yes at a terminal still has all keys."""
        with World() as world:
            terminal = world.terminal("start", "gun", "--yes")
            world.wait(lambda: world.is_on(GUN), "output")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def test_dumb_terminal(self):
        with World() as world:
            world.env["TERM"] = "dumb"
            terminal = world.terminal("start", "gun")
            key = re.search(r"press the key\s+(\S)\s+to begin", self.lines(world, terminal, "to begin")).group(1)
            self.assertNotIn("\x1b", terminal.raw)
            terminal.type(key)
            world.wait(lambda: world.is_on(GUN), "output")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    @staticmethod
    def lines(world, terminal, words):
        def said():
            terminal.read()
            return words in terminal.raw and terminal.raw
        return world.wait(said, words)


if __name__ == "__main__":
    harness.main()
