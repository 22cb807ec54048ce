# SPDX-License-Identifier: LGPL-2.1-or-later
"""What goes wrong between limberd and a device, played by limber-sim."""

import signal
import threading
import time
import unittest

import harness
from harness import DEVICE, GUN, GUN_PATH, MANAGER, MANAGER_PATH, PADS, PADS_PATH, SESSION, World
from minibus import DBusError


class FaultCase(unittest.TestCase):
    def start(self, world, routine="both"):
        client = world.command("start", routine)
        wanted = {"both": (GUN, PADS), "gun": (GUN,), "pads": (PADS,)}[routine]
        world.wait(lambda: all(world.is_on(a) for a in wanted), "output")
        since = time.monotonic()
        if PADS in wanted:
            world.wait(lambda: len(world.writes(PADS, since)) >= 3, "a stream of frames")
        client.expected |= {4, 8}  # 4: another program took the session over
        return client

    def steady(self, world):
        """Until the gun is at its level: no request is on its way to it then."""
        world.wait(lambda: time.monotonic() - world.last_write(GUN).t > 0.7, "the gun to be at its level")

    def certainty(self, world, path):
        return world.bus.get(path, DEVICE, "Certainty")


class InMidOutput(FaultCase):
    def check_drop(self, routine, address, path):
        with World() as world:
            self.start(world, routine)
            if address == GUN:
                self.steady(world)
            since = time.monotonic()
            world.fault(address, "drop")
            session = world.wait_session("paused")
            self.assertEqual(session["Reason"], "device-lost")
            self.assertIn("out of reach", world.wait_alert("device-lost")[1])
            world.wait(lambda: any(w.stop for w in world.writes(address, since)), "the device to be linked again")
            back = world.writes(address, since)
            self.assertTrue(back[0].stop, f"the first frame of the new link is {back[0]}")
            world.wait(lambda: world.device_state(path) == "ready", "the device to be ready")
            time.sleep(1)
            world.check_quiet(address, back[0].t)
            self.assertEqual(world.session()["State"], "paused")
            world.wait(lambda: not world.armed_files(), "the armed files to go")
            # Armed again, it goes on.
            terminal = world.terminal("resume")
            terminal.begin()
            world.wait(lambda: world.is_on(address), "output to go on")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)

    def test_drop_of_gun(self):
        self.check_drop("gun", GUN, GUN_PATH)

    def test_drop_of_pads(self):
        self.check_drop("pads", PADS, PADS_PATH)

    def test_drop_with_a_request_on_its_way(self):
        """The request fails first, then the link: stop first all the same."""
        with World(delays={"request": 100}) as world:
            self.start(world, "gun")  # returns when the first setpoint is out, and not answered yet
            since = time.monotonic()
            world.fault(GUN, "drop")
            world.wait_session("paused")
            world.wait_alert("link-lost")
            self.assertEqual(world.session()["Reason"], "device-lost")
            world.wait(lambda: any(w.stop for w in world.writes(GUN, since)), "the gun to be stopped")
            self.assertTrue(world.writes(GUN, since)[0].stop)
            world.wait(lambda: not world.armed_files(), "the armed file to go")

    def test_drop_of_one_of_two(self):
        """The other device stops at once."""
        for lost, other in ((GUN, PADS), (PADS, GUN)):
            with self.subTest(lost=lost), World() as world:
                self.start(world)
                self.steady(world)
                since = time.monotonic()
                world.fault(lost, "drop")
                latency = world.stop_of(other, since)
                print(f"latency link lost → the other device's zero: {latency * 1000:.1f} ms", flush=True)
                self.assertEqual(world.wait_session("paused")["Reason"], "device-lost")

    def test_gun_out_of_range_is_not_called_off(self):
        """Nobody knows what a gun does when its link is lost: it is unreachable, not off."""
        with World() as world:
            self.start(world, "gun")
            self.steady(world)
            world.fault(GUN, "away")
            world.wait_session("paused")
            self.assertTrue(world.bus.get(GUN_PATH, DEVICE, "OutputActive"))
            # What hung up may be heard of before the loss of the link, which is in doubt until then.
            world.wait(lambda: self.certainty(world, GUN_PATH) == "unreachable", "the gun to be unreachable")
            self.assertTrue(world.is_on(GUN))
            self.assertTrue(world.bus.get(GUN_PATH, DEVICE, "OutputActive"))
            self.assertIn("hand", world.wait_alert("link-lost")[1])
            self.assertEqual(len(world.armed_files()), 1)
            # It is looked for until it is back, and then stopped before anything else.
            since = time.monotonic()
            world.fault(GUN, "back")
            world.wait(lambda: any(w.stop for w in world.writes(GUN, since)), "the gun to be stopped", 20)
            self.assertTrue(world.writes(GUN, since)[0].stop)
            world.wait(lambda: not world.armed_files(), "the armed file to go")
            self.assertFalse(world.bus.get(GUN_PATH, DEVICE, "OutputActive"))
            self.assertFalse(world.is_on(GUN))

    def test_silent_gun(self):
        """Requests are never answered: the stop is not confirmed, and that is said within about a second."""
        with World(delays={"att-timeout": 4000}) as world:
            self.start(world, "gun").expected |= {10}
            world.fault(GUN, "silent")
            since = time.monotonic()
            stop = world.command("stop")
            alert = world.wait_alert("stop-not-confirmed", 4)
            print(f"latency stop of a silent gun → alert: {(time.monotonic() - since) * 1000:.0f} ms", flush=True)
            stop.expected = {10}
            self.assertEqual(stop.wait(), 10)  # and limber does not say that it stopped
            self.assertIn("by hand", alert[1])
            self.assertIn(self.certainty(world, GUN_PATH), ("uncertain", "unreachable"))
            self.assertTrue(world.bus.get(GUN_PATH, DEVICE, "OutputActive"))
            self.assertEqual(len(world.armed_files()), 1)
            # bluetoothd drops the link; the gun answers again, and is stopped before all else.
            world.wait(lambda: any(e["what"] == "link" and not e["up"] for e in world.events()), "the link to fall", 10)
            world.fault(GUN, "silent", 0)
            since = time.monotonic()
            world.wait(lambda: any(w.stop for w in world.writes(GUN, since)), "the stop to be tried again", 15)
            world.wait(lambda: not world.armed_files(), "the armed file to go")
            world.wait(lambda: not world.bus.get(MANAGER_PATH, MANAGER, "OutputActive"), "limberd to say all is off")

    def test_silent_while_running(self):
        """A setpoint without an answer: stop first."""
        with World(delays={"att-timeout": 3000}) as world:
            self.start(world, "gun").expected |= {10}
            world.fault(GUN, "silent")
            world.wait_session("paused", seconds=6)
            world.wait(lambda: {a[0] for a in world.alerts()} & {"write-failed", "stop-not-confirmed", "device-lost"},
                       "an alert")

    def test_write_fails(self):
        for routine, address in (("gun", GUN),):
            with self.subTest(routine=routine), World() as world:
                self.start(world, routine)
                since = time.monotonic()
                world.fault(address, "write-fails", 2)
                world.wait_session("paused")
                self.assertIn("did not take a command", world.wait_alert("write-failed")[1])
                world.wait(lambda: any(w.stop for w in world.writes(address, since)), "the stop to get through")
                world.wait(lambda: not world.armed_files(), "the armed file to go")

    def test_scan_is_refused_first(self):
        """A controller that is busy: the scan is asked for again, while it is wanted."""
        with World(add=False) as world:
            world.fault("", "scan-fails", 2)
            world.call_manager("Scan", "u", [10])
            world.wait(lambda: world.device_state(GUN_PATH) == "seen", "the gun to be seen", 8)

    def test_stop_fails_first(self):
        """The stop itself is refused twice: it is sent again until it is taken, and that is said."""
        with World() as world:
            self.start(world, "gun")
            world.fault(GUN, "write-fails", 2)
            since = time.monotonic()
            world.limber("stop", code=None)
            latency = world.stop_of(GUN, since, bound=3)
            print(f"latency stop refused twice → stop: {latency * 1000:.1f} ms", flush=True)
            world.wait(lambda: not world.armed_files(), "the armed file to go")

    def test_pads_lose_commands(self):
        """Commands have no answer; the stop goes out more than once."""
        with World() as world:
            self.start(world, "pads")
            since = time.monotonic()
            world.fault(PADS, "write-fails", 1)
            world.bus.call("org.limber1", MANAGER_PATH, MANAGER, "StopAll")
            world.wait(lambda: any(w.stop and not w.lost for w in world.writes(PADS, since)), "a stop that arrives")

    def test_slow_answers(self):
        """While a request waits for its answer, the stop is next after it."""
        with World() as world:
            self.start(world, "gun")
            world.fault(GUN, "write-delay", 300)
            world.wait(lambda: len(world.writes(GUN)) > 4, "a slow setpoint", 3)
            since = time.monotonic()
            world.limber("stop")
            latency = world.stop_of(GUN, since, bound=1.5)
            print(f"latency stop behind a slow request: {latency * 1000:.1f} ms", flush=True)

    def test_malformed_notifications(self):
        """Bytes from the air are never trusted: nothing changes, nobody crashes."""
        with World() as world:
            self.start(world)
            before = world.wait(lambda: world.last_write(PADS), "a frame").level
            world.fault(PADS, "notify-malformed", 400)
            world.fault(GUN, "notify-malformed", 400)
            since = time.monotonic()
            time.sleep(0.7)  # after a second without an answer that makes sense the pads are stopped
            self.assertEqual(world.session()["State"], "running")
            active = [w for w in world.writes(PADS, since) if not w.harmless]
            self.assertTrue(active and all(w.active for w in active))
            self.assertGreaterEqual(active[-1].level, before)
            self.assertFalse([a for a in world.alerts()])
            for address in (PADS, GUN):  # or the stop is not confirmed
                world.fault(address, "notify-malformed", 0)
            world.limber("stop")

    def test_adapter_switched_off(self):
        with World() as world:
            self.start(world)
            self.steady(world)
            world.fault("", "power", 0)
            world.wait_session("paused")
            # The links fall first, and are told first.
            world.wait(lambda: not world.bus.get(MANAGER_PATH, MANAGER, "Powered"), "the adapter to be off")
            self.assertEqual(self.certainty(world, GUN_PATH), "unreachable")
            since = time.monotonic()
            world.fault("", "power", 1)
            world.wait(lambda: any(w.stop for w in world.writes(GUN, since)), "the gun to be stopped", 20)
            self.assertTrue(world.writes(GUN, since)[0].stop)

    def test_adapter_pulled_out(self):
        with World() as world:
            self.start(world)
            world.fault("", "no-adapter", 1)
            world.wait_session("paused")
            since = time.monotonic()
            world.fault("", "no-adapter", 0)
            world.wait(lambda: any(w.stop for w in world.writes(GUN, since)), "the gun to be stopped", 20)
            world.limber("status")

    def test_bluetoothd_killed(self):
        with World() as world:
            self.start(world).expected |= {10}
            self.steady(world)
            world.sim.kill()
            world.wait_session("paused")
            # The hang-up of its socket may be quicker than the loss of its name.
            self.assertRegex(world.wait_alert("device-lost")[1], "went away|was lost")
            world.wait(lambda: not world.bus.get(MANAGER_PATH, MANAGER, "Powered"), "limberd to notice")
            # Nobody knows what the gun does now, and limber does not say that it is off.
            self.assertIn("A device that may be on cannot be reached", world.limber("stop", code=10).err)
            result = world.limber("scan", "--seconds", "1", code=5)
            self.assertIn("bluetooth.service", result.err)
            world.limber("status")
            since = time.monotonic()
            world.start_sim()
            world.wait(lambda: any(w.stop for w in world.writes(GUN, since)), "the gun to be stopped", 20)
            self.assertTrue(world.writes(GUN, since)[0].stop)
            world.wait(lambda: not world.armed_files(), "the armed files to go", 20)
            self.assertNotIn("not limber-sim", world.daemon.text())
            # Usable without a restart of limberd.
            again = time.monotonic()
            client = world.command("start", "both")
            world.wait(lambda: any(w.active for w in world.writes(PADS, again)), "output", 20)
            world.limber("stop")
            self.assertEqual(client.wait(), 8)


class Listener(threading.Thread):
    """Somebody who only listens: asks limberd and looks into the folder of armed files, again and again, and keeps what was said
    and between which moments. Of the session it knows what signals told, as whoever shows it does."""

    def __init__(self, world):
        super().__init__(daemon=True)
        self.world, self.bus, self.over, self.heard, self.told = world, world.client(), threading.Event(), [], False
        self.bus.match("type='signal',sender='org.limber1',path='/org/limber1/session/1',member='PropertiesChanged'")

    def run(self):
        while not self.over.wait(0.05):
            begin, armed = time.monotonic(), set(self.world.armed_files())
            said = {"manager": self.bus.get(MANAGER_PATH, MANAGER, "OutputActive")}
            for address, path in ((GUN, GUN_PATH), (PADS, PADS_PATH)):
                said[address] = self.bus.get(path, DEVICE, "OutputActive")
            for interface, changed, _ in (m.args for m in self.bus.signals if m.member == "PropertiesChanged"):
                self.told = changed.get("OutputActive", self.told) if interface == SESSION else self.told
            self.bus.signals.clear()
            said["session"] = self.told
            both = armed & set(self.world.armed_files())
            self.heard.append((begin, time.monotonic(), said, {a: a.replace(":", "_") in both for a in (GUN, PADS)}))

    def end(self):
        self.over.set()
        self.join()
        return self.heard


def spells(levels):
    """(from, to) of every time in which a product gave something on any channel."""
    now, begin = {}, None
    for level in levels:
        now[level.channel] = level.value
        if any(now.values()) and begin is None:
            begin = level.t
        elif not any(now.values()) and begin is not None:
            yield begin, level.t
            begin = None
    if begin is not None:
        yield begin, float("inf")


class WhatIsSaid(FaultCase):
    # What a product gave is judged by its own account. Within so long of its rest limberd has heard and said it; as long before
    # its output it may be said, for the armed file is there before the first frame.
    MOMENT = 1.5

    def judge(self, world, heard, address):
        on = list(spells(world.levels(address)))
        loud = quiet = 0
        for begin, end, said, armed in heard:
            if any(a < begin and end < b for a, b in on):
                loud += 1
                self.assertTrue(said[address] and said["manager"] and armed[address],
                                f"{address} gives output from {begin} to {end}: {said}, {armed}; {on}")
            elif not any(a - self.MOMENT < end and begin < b + self.MOMENT for a, b in on):
                quiet += 1
                self.assertFalse(said[address] or armed[address], f"{address} at rest at {begin}: {said}, {armed}; {on}")
        self.assertGreater(min(loud, quiet), 10, f"{address}: {loud} looks at output, {quiet} at rest; {on}")

    def judge_session(self, world, heard):
        """A signal may be a moment behind, both ways."""
        on = [spell for address in (GUN, PADS) for spell in spells(world.levels(address))]
        loud = [said["session"] for begin, end, said, _ in heard if any(a + self.MOMENT < begin and end < b for a, b in on)]
        quiet = [said["session"] for begin, end, said, _ in heard
                 if not any(a - self.MOMENT < end and begin < b + self.MOMENT for a, b in on)]
        self.assertGreater(min(len(loud), len(quiet)), 10, on)
        self.assertTrue(all(loud), f"the session was called off during output: {on}")
        self.assertFalse(any(quiet), f"the session was called on at rest: {on}")

    def begin(self, world, terminal):
        terminal.begin()
        world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output of both", 20)
        world.look(1)

    def go_through(self, world):
        world.look(1)
        terminal = world.terminal("start", "both")
        self.begin(world, terminal)
        world.limber("pause")
        world.look(self.MOMENT + 1)
        terminal.type(" ")
        self.begin(world, terminal)
        world.fault(GUN, "away")
        world.wait_session("paused")
        world.look(1.5)
        self.assertTrue(world.is_on(GUN))  # it runs on alone
        world.fault(GUN, "back")
        world.wait(lambda: not world.is_on(GUN), "the gun to be stopped", 20)
        world.wait(lambda: world.device_state(GUN_PATH) == "ready", "the gun to be ready")
        world.look(self.MOMENT + 1)
        terminal.type(" ")
        self.begin(world, terminal)
        world.limber("stop")
        world.look(self.MOMENT + 1)

    def test_req18_output_is_shown_for_as_long_as_a_product_gives_it(self):
        """Through start, pause, resume, a lost link, that link back, and the end."""
        with World() as world:
            listener = Listener(world)
            listener.start()
            try:
                self.go_through(world)
            finally:
                heard = listener.end()
            for address in (GUN, PADS):
                self.assertFalse(world.is_on(address))
                self.judge(world, heard, address)
            self.judge_session(world, heard)


class BeforeStart(FaultCase):
    def refused(self, world, code, *sentences, args=("start", "gun")):
        begun = time.monotonic()
        result = world.limber(*args, code=code, seconds=40)
        for sentence in sentences:
            self.assertIn(sentence, result.out + result.err)
        self.assertFalse(any(w.active for w in world.writes()))
        self.assertFalse(world.armed_files())
        print(f"refused after {time.monotonic() - begun:.1f} s: {(result.err or result.out).strip()}", flush=True)
        return result

    def test_connect_fails_and_is_tried_again(self):
        with World() as world:
            world.fault(GUN, "connect-fails", 2)
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output of the gun", 15)
            world.limber("stop")
            client.wait()

    def test_connect_fails_for_good(self):
        with World() as world:
            world.fault(GUN, "connect-fails", 100)
            self.refused(world, 5, "can be seen, but every connection to it fails")
            self.assertEqual(world.session()["State"], "ended")
            world.limber("connect", "gun", code=5)

    def test_away(self):
        with World() as world:
            world.fault(GUN, "away")
            self.refused(world, 5, "not in sight")

    def test_no_service(self):
        with World() as world:
            world.fault(GUN, "no-service")
            self.refused(world, 5, "lacks the service")

    def test_switched_off(self):
        with World() as world:
            world.fault("", "power", 0)
            self.refused(world, 5, "switched off", "bluetoothctl power on")
            self.refused(world, 5, "switched off", args=("scan", "--seconds", "1"))
            self.refused(world, 5, "switched off", args=("connect", "gun"))
            world.fault("", "power", 1)
            world.limber("connect", "gun")

    def test_no_adapter(self):
        with World() as world:
            world.fault("", "no-adapter", 1)
            self.refused(world, 5, "no Bluetooth adapter")
            self.refused(world, 5, "no Bluetooth adapter", args=("scan", "--seconds", "1"))
            world.fault("", "no-adapter", 0)
            world.limber("connect", "pads")

    def test_no_bluetoothd(self):
        with World() as world:
            world.sim.kill()
            world.wait(lambda: not world.bus.get(MANAGER_PATH, MANAGER, "Powered"), "limberd to notice")
            self.refused(world, 5, "no Bluetooth adapter")

    def test_foreign_write_lock(self):
        with World() as world:
            world.fault(PADS, "foreign-write-lock")
            self.refused(world, 5, "in use by another program", args=("start", "pads"))
            world.fault(PADS, "foreign-write-lock", 0)
            world.limber("connect", "pads")

    def test_silent_from_the_start(self):
        """Linked, and then nothing: discovery fails, and a person hears of it in good time."""
        with World(delays={"att-timeout": 1500}) as world:
            world.fault(GUN, "silent")
            self.refused(world, 5)

    def test_no_connected_signal(self):
        with World() as world:
            world.fault(GUN, "no-connected-signal")
            world.limber("connect", "gun")

    def test_battery_low(self):
        with World() as world:
            world.poke(GUN, "battery", 10)
            client = world.command("start", "gun")
            world.wait_session("paused")
            self.assertFalse(any(w.active for w in world.writes()))
            self.assertIn("battery", world.alerts()[-1][1].lower())
            world.limber("stop")
            self.assertEqual(client.wait(), 8)

    def test_connect_right_after_disconnect(self):
        """BlueZ takes two seconds to let a link go, and says meanwhile that it is connected."""
        with World() as world:
            world.limber("connect", "gun")
            world.limber("disconnect", "gun")
            world.limber("connect", "gun")
            self.assertEqual(world.device_state(GUN_PATH), "ready")
            world.limber("disconnect", "gun")
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output of the gun")
            world.limber("stop")
            self.assertEqual(client.wait(), 8)


class Knob(FaultCase):
    def test_wheel_turned_down_is_obeyed(self):
        """What a hand sets on the device itself is never raised over."""
        with World() as world:
            self.start(world, "pads")
            world.wait(lambda: world.last_write(PADS).level[0] >= 8, "some strength")
            world.poke(PADS, "wheel-a", -4)
            time.sleep(0.3)
            since = time.monotonic()
            level = world.last_write(PADS).level[0]
            time.sleep(2)
            self.assertLessEqual(max(w.level[0] for w in world.writes(PADS, since) if w.active), level)
            self.assertEqual(world.session()["State"], "running")
            world.limber("stop")

    def test_gun_switched_off_by_hand(self):
        with World() as world:
            self.start(world, "gun")
            world.poke(GUN, "off", 1)
            since = time.monotonic()
            time.sleep(1.5)
            self.assertFalse([w for w in world.writes(GUN, since) if w.active])
            self.assertEqual(world.session()["State"], "paused")
            world.limber("stop")

    def test_wheel_at_the_start_is_no_hand(self):
        """What a device answers to the questions after connecting is older than what is commanded now."""
        for delay in (1, 10, 60):
            with self.subTest(delay=delay), World(delays={"request": delay}) as world:
                self.start(world, "gun")
                self.steady(world)
                self.assertEqual(world.session()["State"], "running")
                self.assertGreater(world.last_write(GUN).level, 1800)
                world.limber("stop")


if __name__ == "__main__":
    harness.main()
