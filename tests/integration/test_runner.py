# SPDX-License-Identifier: LGPL-2.1-or-later
"""limber with somebody under the devices: limber-sim's runner feels what its products do, and answers like different people
do. Nobody else answers for it; what follows is judged by what reached the products and by the record."""

import subprocess
import time
import unittest

import harness
from harness import GUN, PADS, World, anew_when_the_machine_stood_still, program

SPOKEN_FOR = "answered by itself: simulated: 2"


def setup(*args, **env):
    """limber-sim with options that it must refuse."""
    return subprocess.run([program("limber-sim"), *args], capture_output=True, text=True, timeout=30, check=False,
                          env={"PATH": "/usr/bin:/bin", **env})


class RunnerCase(unittest.TestCase):
    def events(self, world, kind, number=1):
        return [e for e in world.call_manager("HistoryEvents", "t", [number])[0] if e["kind"] == kind]

    def said(self, world, number=1):
        """What was said when limber asked in the middle of it."""
        return [e["given"] for e in self.events(world, "discomfort", number) if e["reason"] == "asked"]

    def wait_kept(self, world, kind, seconds, **wanted):
        """The first event of that kind in the record that is like that."""
        return world.wait(lambda: next((e for e in self.events(world, kind)
                                        if all(e[k] == v for k, v in wanted.items())), None),
                          f"{kind} {wanted} in the record", seconds)

    def start(self, world, routine):
        client = world.command("start", routine)
        world.watch_machine(client)
        world.wait_session("running")
        return client

    def stop(self, world, client):
        world.limber("stop")
        self.assertEqual(client.wait(), 8)
        self.assertNotIn(SPOKEN_FOR, client.text())

    def summary(self, world):
        """What limber-sim says at its end."""
        world.sim.end()
        return next(line for line in world.sim.text().splitlines() if line.startswith("The runner"))


class Answers(RunnerCase):
    @anew_when_the_machine_stood_still
    def test_who_finds_it_too_much_gets_less(self):
        with World(runner="tender") as world:
            client = self.start(world, "minute")
            eased = self.wait_kept(world, "eased", 30, reason="discomfort")
            self.assertIn("one level lower", eased["text"])
            self.assertEqual(self.said(world), [3])
            before = max(w.level for w in world.writes(GUN) if w.active)
            world.wait(lambda: world.last_write(GUN).level < before, "the gun to go slower")
            self.assertTrue(world.is_on(GUN))
            self.stop(world, client)
            self.assertRegex(self.summary(world), r"^The runner \(tender\) felt 3\.\d of 10 at most, and said: (0, )?3\.$")

    @anew_when_the_machine_stood_still
    def test_nobody_else_has_to_ask(self):
        """As in the demo: only limber and the runner are on the bus. Whoever reads is told everything with the next change."""
        with World(runner="tender") as world:
            client = world.command("start", "minute")
            world.watch_machine(client)
            patience = harness.Patience(40)
            speeds = [0]
            while speeds[-1] == max(speeds):  # the gun never goes slower
                self.assertFalse(patience.over(), speeds)
                time.sleep(0.2)
                speeds = [w.level for w in world.writes(GUN) if w.active] or [0]
            self.stop(world, client)
            self.assertRegex(self.summary(world), r"and said: (0, )?3\.$")

    @anew_when_the_machine_stood_still
    def test_who_is_slow_is_waited_for(self):
        """limber would have said 2 after a second."""
        with World(runner="sore:latency=4s") as world:
            client = self.start(world, "minute")
            self.wait_kept(world, "discomfort", 30, reason="asked")
            self.assertEqual(self.said(world), [3])
            self.stop(world, client)

    @anew_when_the_machine_stood_still
    def test_what_hurts_at_the_limit_ends_it_and_the_part_rests(self):
        with World(runner="sore:soreness=4") as world:
            client = self.start(world, "minute")
            ended = self.wait_kept(world, "session-ended", 30)
            self.assertEqual(ended["text"], "discomfort")
            self.assertFalse(world.is_on(GUN))
            self.assertEqual(client.wait(), 8)
            self.assertEqual(self.events(world, "discomfort")[-1]["given"], 7)
            before = len(world.writes(GUN))
            for routine in ("minute", "gun"):
                self.assertIn("it hurt too much there", world.limber("start", routine, code=6).err)
            self.assertEqual(len(world.writes(GUN)), before)

    @anew_when_the_machine_stood_still
    def test_who_says_nothing_gets_less_then_nothing(self):
        """Nobody answers in their stead, and nothing goes on by itself."""
        with World(runner="silent") as world:
            client = self.start(world, "pulses")
            self.wait_kept(world, "eased", 90, reason="silence")
            paused = self.wait_kept(world, "paused", 60)
            self.assertEqual(paused["text"], "unanswered")
            self.assertEqual(self.said(world), [])
            self.assertFalse(world.is_on(PADS))
            self.assertEqual(world.session()["State"], "paused")
            self.stop(world, client)
            self.assertTrue(self.summary(world).endswith(", and said nothing."))

    @anew_when_the_machine_stood_still
    def test_who_is_offered_more_wants_none(self):
        with World(runner="numb") as world:
            client = self.start(world, "pulses")
            answer = self.wait_kept(world, "answer", 60, reason="offer")
            self.assertEqual(answer["text"], "no")
            self.assertEqual(self.said(world), [0, 0])
            self.stop(world, client)
            self.assertTrue(self.summary(world).endswith("; offered more, it wanted none."))

    @anew_when_the_machine_stood_still
    def test_a_daemon_that_dies_is_met_again(self):
        with World(runner="tender") as world:
            client = self.start(world, "minute")
            client.expected.add(9)
            world.wait(lambda: world.is_on(GUN), "output")
            world.daemon.kill()
            self.assertEqual(client.wait(), 9)
            world.start_daemon()
            world.listen()
            world.current = 2
            client = world.command("start", "pads")
            world.wait_session("running", 2)
            world.wait(lambda: self.said(world, 2), "an answer in the next session", 30)
            self.stop(world, client)


class Options(unittest.TestCase):
    def test_what_is_no_runner_is_refused_with_what_would_be_right(self):
        for argument, says in (("cheerful", "there is no runner 'cheerful'"),
                               ("tenderly", "there is no runner 'tenderly'"),
                               ("", "there is no runner ''"),
                               ("sore:", "like 'sore:latency=5s,soreness=2'"),
                               ("sore:patience=3", "like 'sore:latency=5s,soreness=2'"),
                               ("sore:latency=5", "like 'sore:latency=5s,soreness=2'"),
                               ("sore:soreness=-1", "like 'sore:latency=5s,soreness=2'"),
                               ("sore:soreness=2,", "like 'sore:latency=5s,soreness=2'"),
                               ("sore:soreness=11", "soreness 10"),
                               ("sore:latency=11min", "latency is 10min at most")):
            with self.subTest(argument=argument):
                done = setup("--runner", argument)
                self.assertEqual(done.returncode, 2)
                self.assertIn(says, done.stderr)

    def test_a_runner_needs_the_played_bluez(self):
        done = setup("--runner", "easy", "--vhci")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--runner is for the played BlueZ", done.stderr)

    def test_there_is_one_runner_at_a_time(self):
        with World(start=False, runner="easy") as world:
            other = setup("--runner", "easy", DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={world.bus_path}")
            self.assertEqual(other.returncode, 1)

    def test_the_help_names_every_runner(self):
        words = next(line for line in setup("--help").stdout.splitlines() if line.startswith("Runners:")).split()[1:]
        self.assertIn("tender", words)
        with open(harness.SOURCE + "/man/limber-sim.1", encoding="utf-8") as f:
            page = f.read()
        self.assertEqual([w for w in words if w not in page], [])


if __name__ == "__main__":
    harness.main()
