# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who may do what, asked of a polkit that the test plays. Needs root, to be somebody else."""

import os
import shutil
import subprocess
import threading
import time
import unittest

import harness
from harness import GUN, PADS, World, program
from minibus import CALL, DESTINATION, REPLY_SERIAL, RETURN, Bus, Variant

NOBODY = 65534
NAME = "org.freedesktop.PolicyKit1"


class Authority(threading.Thread):
    """Answers CheckAuthorization by the action: True, False, or None for a dialog that stays open."""

    def __init__(self, world, answers):
        super().__init__(daemon=True)
        self.bus = Bus(os.path.join(world.directory, "bus"))
        self.bus.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName", "su",
                      [NAME, 0])
        self.answers = answers
        self.asked = []
        self.open = []
        self.running = True
        self.start()

    def run(self):
        while self.running:
            message = self.bus.receive(time.monotonic() + 0.05)
            if not message or message.kind != CALL or message.member != "CheckAuthorization":
                continue
            (kind, details), action, _, flags, _ = message.args
            self.asked.append((action, kind, flags))
            if self.answers.get(action) is None:
                self.open.append(message)
            else:
                self.answer(message, self.answers[action])

    def answer(self, message, yes):
        self.bus.send(RETURN, [(REPLY_SERIAL, Variant("u", message.serial)),
                               (DESTINATION, Variant("s", message.sender))], "(bba{ss})", [(yes, False, {})])

    def end(self):
        self.running = False
        self.join()
        self.bus.close()


@unittest.skipUnless(os.getuid() == 0 and shutil.which("setpriv"), "needs root and setpriv")
class Polkit(unittest.TestCase):
    def world(self, **kwargs):
        world = World(**kwargs)
        os.chmod(world.directory, 0o755)  # others come in
        return world

    def as_nobody(self, world, *args):
        return subprocess.Popen(["setpriv", f"--reuid={NOBODY}", "--clear-groups", program("limber"), *args],
                                env=world.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True)

    def run_as_nobody(self, world, *args):
        process = self.as_nobody(world, *args)
        out, _ = process.communicate(timeout=30)
        return process.returncode, out

    def test_without_polkit_only_root_manages_devices(self):
        with self.world() as world:
            code, out = self.run_as_nobody(world, "scan", "--seconds", "1")
            self.assertEqual(code, 4)
            self.assertIn("without polkit only root may", out)
            world.limber("scan", "--seconds", "1")

    def test_polkit_decides_about_devices(self):
        for yes in (True, False):
            with self.world() as world:
                authority = Authority(world, {"org.limber1.manage-devices": yes})
                code, out = self.run_as_nobody(world, "scan", "--seconds", "1")
                self.assertEqual(code, 0 if yes else 4, out)
                self.assertEqual(authority.asked[0][:2], ("org.limber1.manage-devices", "system-bus-name"))
                authority.end()

    def test_root_is_never_asked_about(self):
        with self.world() as world:
            authority = Authority(world, {})
            world.limber("scan", "--seconds", "1")
            self.assertEqual(authority.asked, [])
            authority.end()

    def test_arming_pads_asks_and_a_no_is_no_output(self):
        with self.world() as world:
            authority = Authority(world, {"org.limber1.raise-output": False})
            process = self.as_nobody(world, "start", "pads")
            world.wait(lambda: authority.asked, "polkit to be asked")
            self.assertEqual(authority.asked[0][0], "org.limber1.raise-output")
            time.sleep(0.5)  # what must not come would come now
            self.assertFalse(world.is_on(PADS))
            self.assertEqual(world.session()["State"], "waiting")
            world.limber("stop")
            process.communicate(timeout=30)
            self.assertFalse([w for w in world.writes(PADS) if w.active])
            authority.end()

    def test_arming_pads_with_a_yes(self):
        with self.world() as world:
            authority = Authority(world, {"org.limber1.raise-output": True})
            process = self.as_nobody(world, "start", "pads")
            world.wait(lambda: world.is_on(PADS), "output")
            world.limber("stop")
            process.communicate(timeout=30)
            authority.end()

    def test_a_gun_is_armed_without_polkit(self):
        with self.world() as world:
            process = self.as_nobody(world, "start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            world.limber("stop")
            process.communicate(timeout=30)

    def test_a_stop_does_not_wait_for_an_open_dialog(self):
        with self.world() as world:
            authority = Authority(world, {})
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            dialogs = [self.as_nobody(world, "resume") for _ in range(3)] + [self.as_nobody(world, "skip")]
            world.wait(lambda: authority.asked, "polkit to be asked")
            since = time.monotonic()
            code, out = self.run_as_nobody(world, "stop")  # by whoever is not even allowed to skip
            self.assertEqual(code, 0, out)
            for address in (GUN, PADS):
                print(f"latency stop behind open dialogs: {world.stop_of(address, since) * 1000:.1f} ms", flush=True)
            self.assertEqual(client.wait(), 8)
            for dialog in dialogs:
                dialog.kill()
                dialog.communicate()
            authority.end()

    def test_another_users_session_needs_permission_to_go_on_but_not_to_pause(self):
        with self.world() as world:
            authority = Authority(world, {"org.limber1.start": False})
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            code, _ = self.run_as_nobody(world, "skip")
            self.assertEqual(code, 4)
            self.assertTrue(world.is_on(GUN))
            since = time.monotonic()
            code, out = self.run_as_nobody(world, "pause")
            self.assertEqual(code, 0, out)
            world.stop_of(GUN, since)
            world.limber("stop")
            self.assertEqual(client.wait(), 8)
            authority.end()


if __name__ == "__main__":
    harness.main()
