# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing begins for somebody who was not asked, or whose answers forbid it; and nobody's answers are anybody else's."""

import os
import unittest

import harness
from harness import GUN, World, write_intake

ME = os.getuid()


def begin(world):
    """The daemon, after what it is to find was put there."""
    world.start_daemon()
    world.want_start = True
    world.listen()
    world.add_devices()


class Refusal(unittest.TestCase):
    def refused(self, world, routine, *says):
        """limber start, which must not reach a device."""
        before = len(world.writes())
        done = world.limber("start", routine, "--yes", code=6)
        for part in says:
            self.assertIn(part, done.err)
        self.assertEqual(len(world.writes()), before)
        self.assertIsNone(world.session(1))

    def runs(self, world, routine, address):
        client = world.command("start", routine)
        world.wait(lambda: world.is_on(address), f"output of {routine}")
        world.limber("stop")
        client.wait()

    def test_req22_nobody_begins_before_the_intake(self):
        with World(intake=False) as world:
            self.refused(world, "gun", "have not answered yet", "limber intake")
            self.refused(world, "pads", "limber intake")

    def test_what_drives_no_device_is_for_everybody(self):
        with World(intake=False) as world:
            world.limber("start", "ask")

    def test_req22_a_yes_blocks_its_kind_of_output_alone(self):
        with World(intake=False, start=False) as world:
            write_intake(world.state, answers={"epilepsy": "yes"})
            begin(world)
            self.refused(world, "pads", "no e-stim because of your answer about epilepsy", "no sign-off changes that")
            self.refused(world, "both", "epilepsy")
            self.runs(world, "gun", GUN)

    def test_req22_not_knowing_blocks_until_a_sign_off(self):
        with World(intake=False, start=False) as world:
            write_intake(world.state, answers={"surgery": "unknown"})
            begin(world)
            self.refused(world, "gun", "until a clinician who knows you agrees", "sign-off surgery")
            self.refused(world, "pads", "sign-off surgery")

    def test_a_damaged_file_lets_nothing_begin_and_stays(self):
        nonsense = 'intake = { at = "2026-11-21T07:05:00Z";\nanswers = { implant = "perhaps"; }; };\n'
        with World(intake=False, start=False) as world:
            write_intake(world.state)
            path = os.path.join(world.state, "runners", f"{ME}.conf")
            with open(path, "w", encoding="utf-8") as f:
                f.write(nonsense)
            begin(world)
            self.refused(world, "gun", f"{path}:2: ", "it may be: no, yes, unknown", "limber intake")
            with open(path, encoding="utf-8") as f:
                self.assertEqual(f.read(), nonsense)
            self.assertIn(f"{path}:2: ", world.daemon.text())

    def test_a_cap_that_leaves_nothing_is_said_before_the_start(self):
        with World(intake=False, start=False) as world:
            write_intake(world.state)
            with open(os.path.join(world.state, "runners", f"{ME}.conf"), "a", encoding="utf-8") as f:
                f.write('caps = { estim = "20mA"; percussion = "32Hz"; };\n')
            begin(world)
            self.refused(world, "pads", "your own cap leaves nothing of 'a' of pads, whose levels are in step")
            self.runs(world, "gun", GUN)
            self.assertIn("person", world.limber("limits", "gun").out)


if __name__ == "__main__":
    harness.main()
