# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who holds a session, and what proves it: beats, nonces, and the holder's name on the bus."""

import time
import unittest

import harness
from harness import GUN, GUN_PATH, MANAGER, MANAGER_PATH, PADS, SESSION, World
from minibus import DBusError

PATH = "/org/limber1/session/1"
ERROR = "org.limber1.Error."


class Holder:
    """A client that starts a session and beats as it is told to."""

    def __init__(self, world, routine=None):
        self.world = world
        self.client = world.client()
        self.client.match("type='signal',sender='org.limber1'")
        self.beating = True
        self.last = 0.0
        if routine:
            self.client.call("org.limber1", MANAGER_PATH, MANAGER, "StartRoutine", "sa{sv}", [routine, {}])

    def call(self, member, signature="", args=()):
        return self.client.call("org.limber1", PATH, SESSION, member, signature, args)

    def session(self):
        return self.client.get_all(PATH, SESSION)

    def beat(self, event=None, believed=None):
        s = self.session()
        self.call("Beat", "ub", [s["Event"] if event is None else event,
                                 s["OutputActive"] if believed is None else believed])

    def keep(self):
        """Beats when it is time; for use inside a wait."""
        if self.beating and time.monotonic() - self.last >= 0.3:
            self.last = time.monotonic()
            self.beat()
        return True

    def nonce(self):
        """That of the last Challenge."""
        def last():
            self.client.pump()
            return next((m.args[0] for m in reversed(self.client.signals) if m.member == "Challenge"), None)
        return self.world.wait(last, "a challenge")

    def challenges(self):
        self.client.pump()
        return sum(m.member == "Challenge" for m in self.client.signals)

    def arm(self):
        self.world.wait_session("waiting")
        self.beat()
        self.call("Arm", "s", [self.nonce()])

    def run(self, addresses=(GUN, PADS)):
        self.arm()
        self.world.wait(lambda: self.keep() and all(self.world.is_on(a) for a in addresses), "output")

    def run_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.keep()
            time.sleep(0.02)


class LeaseCase(unittest.TestCase):
    def assertError(self, name, fn, *args):
        with self.assertRaises(DBusError) as caught:
            fn(*args)
        self.assertEqual(caught.exception.name, ERROR + name)
        self.assertGreater(len(caught.exception.message), 10)


class Beats(LeaseCase):
    def test_no_beat(self):
        with World() as world:
            holder = Holder(world, "both")
            holder.run()
            holder.beat()
            since = time.monotonic()
            for address in (GUN, PADS):
                latency = world.stop_of(address, since, bound=1.5)
                print(f"latency last beat → zero: {latency * 1000:.1f} ms", flush=True)
                self.assertGreater(latency, 0.9)
            self.assertEqual(world.wait_session("paused")["Reason"], "lease-lost")
            self.assertEqual(world.wait_alert("lease-lost")[2], PATH)
            # Beating again proves that somebody is there, not that output is wanted.
            since = time.monotonic()
            holder.run_for(1.0)
            world.check_quiet(PADS, since)
            world.check_quiet(GUN, since)

    def test_beat_of_another_client(self):
        with World() as world:
            holder = Holder(world, "both")
            holder.run()
            stranger = Holder(world)
            since = time.monotonic()
            self.assertError("NotHolder", stranger.beat)
            # It counts for nothing: without the holder's own beats the lease runs out.
            holder.beat()
            since = time.monotonic()
            while time.monotonic() - since < 0.9:
                self.assertError("NotHolder", stranger.beat)
                time.sleep(0.1)
            world.stop_of(PADS, since, bound=1.5)
            world.stop_of(GUN, since, bound=1.5)

    def test_disagreeing_beats(self):
        for what in ("belief", "event"):
            with self.subTest(what=what), World() as world:
                holder = Holder(world, "both")
                holder.run()
                holder.run_for(0.3)
                wrong = {"believed": False} if what == "belief" else {"event": 0}
                since = time.monotonic()
                holder.beat(**wrong)
                holder.beat(**wrong)
                holder.beat()  # one that agrees makes the two before it forgotten
                holder.beat(**wrong)
                holder.beat(**wrong)
                world.check_quiet(GUN, time.monotonic())
                self.assertEqual(world.session()["State"], "running")
                third = time.monotonic()
                holder.beat(**wrong)
                world.stop_of(PADS, third, in_flight=1)
                world.stop_of(GUN, third, in_flight=1)
                self.assertEqual(world.wait_session("paused")["Reason"], "lease-lost")

    def test_future_event(self):
        """An event that was never told is no proof of having seen it."""
        with World() as world:
            holder = Holder(world, "both")
            holder.run()
            holder.run_for(0.3)
            holder.beat()
            since = time.monotonic()
            for _ in range(3):
                holder.beat(event=0xFFFFFFFF)
            world.stop_of(PADS, since)

    def test_holder_vanishes_running(self):
        with World() as world:
            holder = Holder(world, "both")
            holder.run()
            since = time.monotonic()
            holder.client.close()
            latency = max(world.stop_of(a, since) for a in (GUN, PADS))
            print(f"latency name lost → zero: {latency * 1000:.1f} ms", flush=True)
            self.assertEqual(world.wait_session("paused")["Holder"], "")

    def test_holder_vanishes_paused(self):
        with World() as world:
            holder = Holder(world, "both")
            holder.run()
            holder.call("Pause")
            world.wait_session("paused")
            since = time.monotonic()
            holder.client.close()
            world.wait(lambda: world.session()["Holder"] == "", "the holder to be forgotten")
            self.assertEqual(world.session()["State"], "paused")
            for address in (GUN, PADS):
                world.check_quiet(address, since)
            # Anybody of the same person may go on with it.
            other = Holder(world)
            other.call("Resume")
            other.run((PADS,))

    def test_holder_vanishes_waiting(self):
        with World() as world:
            holder = Holder(world, "both")
            world.wait_session("waiting")
            holder.client.close()
            self.assertEqual(world.wait_session("paused")["Reason"], "lease-lost")
            self.assertEqual(world.writes(GUN, 0)[-1].active, False)
            self.assertFalse(world.armed_files())

    def test_holder_vanishes_connecting(self):
        with World(delays={"connect": 800}) as world:
            holder = Holder(world, "both")
            world.wait_session("connecting")
            holder.client.close()
            self.assertEqual(world.wait_session("paused")["Reason"], "lease-lost")
            time.sleep(1.5)  # the links come up, and nobody is asked
            self.assertEqual(world.session()["State"], "paused")
            self.assertFalse(any(w.active for w in world.writes()))


class Arming(LeaseCase):
    def test_nonces(self):
        with World() as world:
            holder = Holder(world, "both")
            world.wait_session("waiting")
            first = holder.nonce()
            stranger = Holder(world)
            self.assertError("NotHolder", stranger.call, "Arm", "s", [first])
            # Somebody else's try does not use it up.
            self.assertEqual(world.session()["State"], "waiting")
            self.assertEqual(holder.challenges(), 1)
            for wrong in ("", "0" * 32, first[:-1], first + "0", first.upper() + "x", "ü" * 16):
                self.assertError("BadNonce", holder.call, "Arm", "s", [wrong])
            self.assertEqual(holder.challenges(), 7)
            self.assertError("BadNonce", holder.call, "Arm", "s", [first])  # an old one
            self.assertFalse(any(w.active for w in world.writes()))
            self.assertEqual((world.highest(GUN), world.highest(PADS)), (0, 0))
            second = holder.nonce()
            self.assertNotEqual(first, second)
            holder.beat()
            holder.call("Arm", "s", [second])
            world.wait(lambda: holder.keep() and world.is_on(PADS), "output")
            # Once per start: it is no key to anything later.
            holder.call("Pause")
            world.wait(lambda: not world.is_on(PADS) and not world.is_on(GUN), "both to give nothing")
            paused = time.monotonic()
            self.assertError("WrongState", holder.call, "Arm", "s", [second])
            holder.call("Resume")
            world.wait_session("waiting")
            self.assertError("BadNonce", holder.call, "Arm", "s", [second])
            holder.run_for(1)
            self.assertEqual((world.highest(GUN, paused), world.highest(PADS, paused)), (0, 0))
            world.check_quiet(PADS, next(w.t for w in world.writes(PADS) if w.stop and w.t > 0 and any(
                a.active and a.t < w.t for a in world.writes(PADS))))

    def test_challenge_for_holder_only(self):
        with World() as world:
            stranger = Holder(world)
            holder = Holder(world, "both")
            world.wait_session("waiting")
            holder.nonce()
            self.assertEqual(stranger.challenges(), 0)

    def test_armed_without_beat(self):
        """Arming does not stand for a beat: a client that never beats gets no output."""
        with World() as world:
            holder = Holder(world, "both")
            world.wait_session("waiting")
            holder.call("Arm", "s", [holder.nonce()])
            session = world.wait_session("paused")
            self.assertEqual(session["Reason"], "lease-lost")
            self.assertFalse(any(w.active for w in world.writes()))

    def test_resume_from_another_terminal(self):
        with World() as world:
            holder = Holder(world, "both")
            holder.run()
            holder.run_for(1.2)
            high = max(w.level[0] for w in world.writes(PADS) if w.active)
            # While the holder lives, nobody takes it away.
            other = Holder(world)
            self.assertError("WrongState", other.call, "Resume")
            holder.call("Pause")
            holder.beat()
            self.assertError("Busy", other.call, "Resume")
            holder.client.close()
            world.wait(lambda: world.session()["Holder"] == "", "the holder to be forgotten")
            since = time.monotonic()
            terminal = world.terminal("resume")
            world.wait_session("waiting")
            world.check_quiet(PADS, since)  # not before the key
            terminal.begin()
            world.wait(lambda: world.is_on(PADS) and world.is_on(GUN), "output to go on")
            rising = [w.level[0] for w in world.writes(PADS, since) if w.active]
            self.assertLessEqual(rising[0], 4)
            self.assertGreater(high, rising[0])
            self.assertNotEqual(world.session()["Holder"], "")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def test_wrong_key(self):
        with World() as world:
            terminal = world.terminal("start", "both")
            key = terminal.wait_for(r"Press\s+(\S)\s+to begin").group(1)
            for c in "dfghjkvwxz \x1b[A\r":
                if c != key:
                    terminal.type(c)
            time.sleep(0.3)
            self.assertFalse(any(w.active for w in world.writes()))
            self.assertEqual(world.session()["State"], "waiting")
            terminal.begin()
            world.wait(lambda: world.is_on(PADS), "output")
            terminal.type("q")
            terminal.wait()

    def test_devices_still_connected(self):
        """A second start has its challenge at once: before the first beat would be due."""
        with World() as world:
            for number in (1, 2):
                since = time.monotonic()
                client = world.command("start", "gun", "--yes")
                world.wait(lambda: any(w.active for w in world.writes(GUN, since)), "output of the gun")
                self.assertEqual(world.session(number)["State"], "running")
                world.limber("stop")
                self.assertEqual(client.wait(), 8)

    def test_staged(self):
        with World() as world:
            world.limber("start", "both", "--stage")
            self.assertEqual(world.session()["State"], "staged")
            self.assertEqual(world.session()["Holder"], "")
            self.assertEqual(world.writes(), [])
            terminal = world.terminal("resume", "--session", "1")
            terminal.begin()
            world.wait(lambda: world.is_on(PADS) and world.is_on(GUN), "output")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def test_holder_taken_over_leaves(self):
        """limber notices that another program holds the session, and does not go on beating."""
        with World() as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(PADS), "output")
            world.limber("pause")
            world.wait_session("paused")
            # A run without a terminal leaves a paused session to whoever has one.
            world.wait(lambda: self.try_resume(world), "the lease to end", 4)
            client.expected = {4}
            self.assertEqual(client.wait(), 4)

    def try_resume(self, world):
        try:
            self.other = getattr(self, "other", None) or Holder(world)
            self.other.call("Resume")
        except DBusError as e:
            self.assertEqual(e.name, ERROR + "Busy")
            return False
        return True


if __name__ == "__main__":
    harness.main()
