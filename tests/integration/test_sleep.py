# SPDX-License-Identifier: LGPL-2.1-or-later
"""The machine is put to sleep in the middle of it, by a logind that the test plays."""

import time
import unittest

import harness
from harness import GUN, PADS, World
from logind import Logind


class Sleep(unittest.TestCase):
    def both_on(self, world):
        client = world.terminal("start", "both")
        client.begin()
        world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output of both devices")
        return client

    def test_zero_before_sleep_and_never_resumed_by_itself(self):
        with World() as world:
            logind = Logind(world.bus_path)
            try:
                # It came after limberd, and is found all the same.
                world.wait(lambda: logind.held, "limberd to hold sleep back")
                (what, who, _, mode), _ = logind.inhibitors[0]
                self.assertEqual((what, who, mode), ("sleep", "limberd", "delay"))
                client = self.both_on(world)

                since = time.monotonic()
                logind.announce(True)
                for address in (GUN, PADS):
                    print(f"latency sleep announced → zero: {world.stop_of(address, since) * 1000:.1f} ms", flush=True)
                world.wait(lambda: not logind.held, "limberd to let the machine sleep")
                self.assertLess(max(w.t for a in (GUN, PADS) for w in world.writes(a, since) if w.stop),
                                time.monotonic())
                self.assertEqual(world.wait_session("paused")["Reason"], "sleep")
                client.wait_for("went to sleep")

                awake = time.monotonic()
                logind.announce(False)
                world.wait(lambda: logind.held, "limberd to hold the next sleep back")
                world.check_quiet(GUN, awake)
                world.check_quiet(PADS, awake)
                self.assertEqual(world.session()["State"], "paused")
                client.type("s")
                client.wait()
            finally:
                logind.end()

    def test_nothing_on_is_no_delay(self):
        with World(add=False) as world:
            logind = Logind(world.bus_path)
            try:
                world.wait(lambda: logind.held, "limberd to hold sleep back")
                logind.announce(True)
                world.wait(lambda: not logind.held, "limberd to let the machine sleep")
            finally:
                logind.end()

    def test_a_logind_that_goes_and_comes(self):
        with World(add=False) as world:
            for _ in range(2):
                logind = Logind(world.bus_path)
                try:
                    world.wait(lambda logind=logind: logind.held, "limberd to hold sleep back")
                finally:
                    logind.end()


if __name__ == "__main__":
    harness.main()
