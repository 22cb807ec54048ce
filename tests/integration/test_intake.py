# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing begins for somebody who was not asked, or whose answers forbid it; and nobody's answers are anybody else's."""

import json
import os
import shutil
import subprocess
import unittest

import harness
from harness import DEVICE, GUN, PADS, PADS_PATH, DBusError, Variant, World, questions, write_intake
from test_polkit import NOBODY, Authority

ME = os.getuid()
RUNNER = "org.limber1.Runner"
SELF = "/org/limber1/runner/self"


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
        self.assertEqual((world.highest(GUN), world.highest(PADS)), (0, 0))

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


def answers(**words):
    """What --answers wants, all of it: no, but for what is named."""
    words = {name.replace("_", "-"): word for name, word in words.items()}
    return ",".join(f"{q}={words.get(q, 'no')}" for q in questions())


def runner(world, *args):
    return json.loads(world.limber("--json", "runner", *args).out)


class Answers(unittest.TestCase):
    def start(self, world, routine, address):
        client = world.command("start", routine)
        world.wait(lambda: world.is_on(address), f"output of {routine}")
        return client

    def test_a_person_is_asked_at_a_terminal(self):
        with World(intake=False) as world:
            terminal = world.terminal("intake", rows=100)
            count = len(questions())
            for number in range(1, count + 1):
                terminal.wait_for(rf"(?ms)^{number}/{count}  .*\?\n\[")
                if number == 1:
                    terminal.type("?\n")
                    terminal.wait_for("cochlear implants")
                if number == 3:
                    terminal.type("b\n")
                    terminal.wait_for(r"\(you said: no\)\n\[y/n/d/\?/b/q\]")
                    terminal.type("n\n")
                    terminal.wait_for(rf"(?s)2/{count} .*2/{count} .*3/{count} ")
                self.assertEqual(runner(world)["answered"], None)  # nothing before the end
                terminal.type("n\n")
            terminal.wait_for("(?s)Massage guns: nothing you said.*Stop and seek medical care.*Keep these answers")
            self.assertEqual(runner(world)["answered"], None)
            terminal.type("y\n")
            self.assertEqual(terminal.wait(), 0)
            self.assertIn("The answers are saved.", terminal.screen.text)
            self.assertTrue(all(a["answer"] == "no" for a in runner(world)["answers"]))
            self.start(world, "gun", GUN)
            world.limber("stop")

    def test_leaving_keeps_nothing(self):
        with World(intake=False) as world:
            for keys in ("n\nn\nq\n", "n\n" * len(questions()) + "n\n", "n\n\x04"):
                terminal = world.terminal("intake", rows=100)
                terminal.wait_for("1/")
                terminal.type(keys)
                self.assertEqual(terminal.wait(), 1)
                self.assertIn("Nothing was saved", terminal.screen.text)
            self.assertEqual(runner(world)["answered"], None)
            self.assertFalse(os.path.exists(os.path.join(world.state, "runners")))

    def test_where_there_is_no_terminal_all_is_said_at_once(self):
        with World(intake=False) as world:
            self.assertIn("this is none", world.limber("intake", code=2).err)
            self.assertIn("did you mean \"implant\"?", world.limber("intake", "--answers", "implants=no", code=2).err)
            self.assertIn("is not answered", world.limber("intake", "--answers", "implant=no", code=2).err)
            self.assertIn("yes, no or unknown", world.limber("intake", "--answers", answers(heart="maybe"), code=2).err)
            self.assertEqual(runner(world)["answered"], None)
            self.assertIn("E-stim pads: not for you now.",
                          world.limber("intake", "--answers", answers(heart="yes")).out)
            shown = runner(world)
            self.assertEqual((shown["percussion"], shown["estim"]), ("allowed", "needs-sign-off"))
            self.assertEqual([b["question"] for b in shown["blocks"]], ["heart"])
            listed = {q["id"]: q for q in json.loads(world.limber("--json", "intake").out)}
            self.assertEqual(list(listed), questions())
            self.assertEqual((listed["heart"]["answer"], listed["implant"]["answer"]), ("yes", "no"))

    def test_half_an_intake_over_the_bus_is_refused(self):
        with World(intake=False) as world:
            for wrong in ({"heart": "no"}, {"elbow": "no"}, {q: "perhaps" for q in questions()}):
                with self.assertRaises(DBusError) as caught:
                    world.bus.call("org.limber1", SELF, RUNNER, "Intake", "a{sv}",
                                   [{q: Variant("s", w) for q, w in wrong.items()}])
                self.assertEqual(caught.exception.name, "org.limber1.Error.InvalidArgument")
            with self.assertRaises(DBusError):
                world.bus.call("org.limber1", SELF, RUNNER, "Intake", "a{sv}",
                               [{q: Variant("b", True) for q in questions()}])
            self.assertEqual(runner(world)["answered"], None)

    def test_req22_a_sign_off_lifts_what_waits_for_it_and_no_never(self):
        with World(intake=False) as world:
            world.limber("intake", "--answers", answers(surgery="yes", epilepsy="yes"))
            self.assertIn("sign-off surgery", world.limber("start", "gun", "--yes", code=6).err)
            self.assertIn("could lift", world.limber("runner", "sign-off", "epilepsy", "--by", "Dr. Ash", code=6).err)
            self.assertIn("could lift", world.limber("runner", "sign-off", "heart", "--by", "Dr. Ash", code=6).err)
            world.limber("runner", "sign-off", "surgery", code=2)
            world.limber("runner", "sign-off", "elbow", "--by", "Dr. Ash", code=7)
            world.limber("runner", "sign-off", "surgery", "--by", "Dr. Ash")
            shown = runner(world)
            self.assertEqual([(s["question"], s["by"]) for s in shown["sign_offs"]], [("surgery", "Dr. Ash")])
            self.assertEqual((shown["percussion"], shown["estim"]), ("allowed", "never"))
            self.start(world, "gun", GUN)
            world.limber("stop")
            self.assertIn("epilepsy", world.limber("start", "pads", "--yes", code=6).err)
            # The operation was another one.
            world.limber("intake", "--answers", answers())
            world.limber("intake", "--answers", answers(surgery="yes"))
            self.assertEqual(runner(world)["sign_offs"], [])
            world.limber("start", "gun", "--yes", code=6)

    def test_what_was_said_is_there_after_a_restart(self):
        with World(intake=False) as world:
            world.limber("intake", "--answers", answers(heart="unknown"))
            world.limber("runner", "sign-off", "heart", "--by", "Dr. Ash")
            world.limber("runner", "cap", "percussion", "31.5Hz")
            before = runner(world)
            world.daemon.kill()
            world.start_daemon()
            after = runner(world)
            self.assertEqual(before, after)
            self.assertEqual(after["caps"], [{"cap": "percussion", "value": 31.5, "unit": "Hz"}])

    def test_new_answers_keep_a_damaged_file(self):
        with World(intake=False, start=False) as world:
            write_intake(world.state)
            path = os.path.join(world.state, "runners", f"{ME}.conf")
            with open(path, "w", encoding="utf-8") as f:
                f.write("caps = { estim = 3; };\n")
            begin(world)
            self.assertIn(f"{path}:1: ", runner(world)["damaged"])
            self.assertIn("damaged and not in force", world.limber("runner").out)
            self.assertIn("cannot be read", world.limber("runner", "cap", "percussion", "30Hz", code=6).err)
            self.assertIn("1.conf.damaged" if ME == 1 else f"{ME}.conf.damaged",
                          world.limber("intake", "--answers", answers()).out)
            with open(path + ".damaged", encoding="utf-8") as f:
                self.assertEqual(f.read(), "caps = { estim = 3; };\n")
            self.assertIsNone(runner(world)["damaged"])
            self.start(world, "gun", GUN)
            world.limber("stop")

    def test_a_file_that_was_edited_meanwhile_is_not_written_over(self):
        with World() as world:
            path = os.path.join(world.state, "runners", f"{ME}.conf")
            with open(path, "a", encoding="utf-8") as f:
                f.write("# by hand\n")
            done = world.limber("runner", "cap", "percussion", "30Hz", code=6)
            self.assertIn("changed by hand", done.err)
            with open(path, encoding="utf-8") as f:
                self.assertTrue(f.read().endswith("# by hand\n"))

    def test_req9_in_a_session_a_cap_only_goes_down(self):
        with World() as world:
            world.limber("runner", "cap", "percussion", "35Hz")
            client = self.start(world, "gun", GUN)
            for wrong in (("cap", "percussion", "36Hz"), ("cap", "percussion", "none")):
                self.assertIn("can only go down", world.limber("runner", *wrong, code=6).err)
            self.assertIn("stop it first", world.limber("intake", "--answers", answers(), code=6).err)
            world.limber("runner", "cap", "percussion", "30Hz")
            world.wait(lambda: any("cap you have set" in r for r in world.session()["Setpoints"][0][-1]), "the cap to hold")
            self.assertLessEqual(world.session()["Setpoints"][0][3], 30.0)
            world.limber("stop")
            client.wait()
            world.limber("runner", "cap", "percussion", "none")
            self.assertEqual(runner(world)["caps"], [])

    def test_caps_that_are_none_are_refused(self):
        with World() as world:
            world.limber("runner", "cap", "pads", "20mA", code=2)
            world.limber("runner", "cap", "estim", "20", code=2)
            world.limber("runner", "cap", "estim", "20Hz", code=2)
            world.limber("runner", "cap", "estim", "61mA", code=7)
            world.limber("runner", "cap", "percussion", "41Hz", code=7)
            world.limber("runner", "cap", "percussion", "0.5Hz", code=7)
            for value in (Variant("d", float("nan")), Variant("d", float("inf")), Variant("d", -1.0),
                          Variant("d", 1e300), Variant("s", ""), Variant("s", "30"), Variant("i", 30)):
                with self.assertRaises(DBusError) as caught:
                    world.bus.call("org.limber1", SELF, RUNNER, "SetCaps", "a{sv}", [{"estim": value}])
                self.assertEqual(caught.exception.name, "org.limber1.Error.InvalidArgument")
            self.assertEqual(runner(world)["caps"], [])

    def test_what_changed_is_counted_for_everybody_and_told_to_nobody(self):
        with World(intake=False) as world:
            path = f"/org/limber1/runner/{ME}"
            self.assertEqual(world.bus.get(path, RUNNER, "Revision"), 0)
            world.limber("intake", "--answers", answers(heart="yes"))
            self.assertEqual(world.bus.get(path, RUNNER, "Revision"), 1)
            world.limber("runner", "cap", "percussion", "30Hz")
            self.assertEqual(world.bus.get(path, RUNNER, "Revision"), 2)
            objects = world.bus.call("org.limber1", "/org/limber1", "org.freedesktop.DBus.ObjectManager",
                                     "GetManagedObjects")[0]
            self.assertEqual(set(objects[path][RUNNER]), {"Uid", "Revision"})
            world.wait(lambda: world.bus.pump() or any(m.member == "PropertiesChanged" and m.path == path
                                                       for m in world.bus.signals), "the change to be told")

    def test_there_is_no_runner_of_a_name_that_is_no_number(self):
        with World() as world:
            for name in ("me", "01000", "-1", "4294967295", "1000x", "99999999999999999999"):
                with self.assertRaises(DBusError):
                    world.bus.call("org.limber1", f"/org/limber1/runner/{name.replace('-', '_')}", RUNNER, "Read")
            self.assertIn("no user", world.limber("runner", "--for", "nobody-of-that-name", code=3).err)


@unittest.skipUnless(ME == 0 and shutil.which("setpriv"), "needs root and setpriv")
class Others(unittest.TestCase):
    def as_nobody(self, world, *args):
        os.chmod(world.directory, 0o755)
        done = subprocess.run(["setpriv", f"--reuid={NOBODY}", "--clear-groups", harness.program("limber"), *args],
                              env=world.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30,
                              check=False)
        return done.returncode, done.stdout + done.stderr

    def test_answers_are_read_by_their_runner_and_by_root(self):
        with World(intake=False) as world:
            code, out = self.as_nobody(world, "intake", "--answers", answers(heart="yes"))
            self.assertEqual(code, 0, out)
            self.assertEqual(self.as_nobody(world, "runner")[0], 0)
            self.assertEqual(runner(world, "--for", str(NOBODY))["estim"], "needs-sign-off")
            code, out = self.as_nobody(world, "runner", "--for", "0")
            self.assertEqual(code, 4, out)
            self.assertIn("for root to read", out)

    def test_for_others_and_for_sign_offs_polkit_is_asked(self):
        with World(intake=False) as world:
            said = {"org.limber1.act-for-others": False, "org.limber1.administer": False}
            authority = Authority(world, said)
            code, out = self.as_nobody(world, "intake", "--for", "0", "--answers", answers())
            self.assertEqual(code, 4, out)
            self.assertEqual(runner(world)["answered"], None)
            self.assertEqual(self.as_nobody(world, "runner", "cap", "percussion", "30Hz", "--for", "0")[0], 4)
            self.assertEqual(self.as_nobody(world, "intake", "--answers", answers(surgery="yes"))[0], 0)
            code, out = self.as_nobody(world, "runner", "sign-off", "surgery", "--by", "Dr. Ash")
            self.assertEqual(code, 4, out)
            self.assertEqual([a for a, *_ in authority.asked],
                             ["org.limber1.act-for-others"] * 2 + ["org.limber1.administer"])
            said.update(dict.fromkeys(said, True))
            self.assertEqual(self.as_nobody(world, "intake", "--for", "0", "--answers", answers())[0], 0)
            self.assertIsNotNone(runner(world)["answered"])
            self.assertEqual(self.as_nobody(world, "runner", "sign-off", "surgery", "--by", "Dr. Ash")[0], 0)
            self.assertEqual(runner(world, "--for", str(NOBODY))["percussion"], "allowed")
            authority.end()


class Calibration(unittest.TestCase):
    def press(self, world, client, level):
        """One press of +, and what it does. The next one counts when the pads have said that they are there."""
        client.type("+")
        world.wait(lambda: [p[3] for p in world.session(world.current)["Setpoints"]] == [level]
                   and world.bus.get(PADS_PATH, DEVICE, "Certainty") == "confirmed", f"level {level}")

    def find(self, world, *marks):
        client = world.terminal("calibrate", "pads", "a", "calf")
        client.begin()
        level = 0
        for mark, question in zip(marks, ("sensation", "comfort", "maximum")):
            world.wait(lambda: world.session(world.current)["Prompt"][0].startswith(question), question)
            while level < mark:
                level += 1
                self.press(world, client, level)
            client.type("\r")
        return client

    def test_what_is_found_is_what_pads_run_by(self):
        with World() as world:
            client = self.find(world, 2, 5, 6)
            self.assertEqual(client.wait(), 0)
            self.assertTrue(world.last_write(PADS).stop)
            world.wait(lambda: runner(world)["calibrations"], "what was found")
            found, = runner(world)["calibrations"]
            self.assertEqual([found[k] for k in ("feature", "zone", "side")], ["a", "calf", "left"])
            self.assertEqual([found[k] for k in ("sensation", "comfort", "maximum")], [2, 5, 6])
            kinds = [(e["kind"], e["reason"]) for e in world.call_manager("HistoryEvents", "t", [1])[0]]
            self.assertEqual(kinds.count(("answer", "calibration")), 3)
            # 100 % of it, for the first three sessions 60 % of the most: on the left; the right was not calibrated.
            client = world.terminal("start", "pads")
            client.begin()
            world.wait(lambda: [p[3] for p in world.session(2)["Setpoints"]] == [3, 12], "both levels")
            client.type("s")
            client.wait()

    def test_a_stop_keeps_nothing(self):
        with World() as world:
            client = self.find(world, 1)
            client.type("s")
            self.assertEqual(client.wait(), 8)
            self.assertIn("nothing was saved", client.screen.text)
            self.assertEqual(runner(world)["calibrations"], [])
            self.assertTrue(world.last_write(PADS).stop)

    def test_what_cannot_be_calibrated(self):
        with World() as world:
            for words, says in ((("gun", "motor", "calf"), "no channel of pads"), (("pads", "c", "calf"), "has no 'c'"),
                                (("pads", "a", "tail"), "no zone 'tail'"), (("pads", "a", "neck_front"), "neck"),
                                (("pads", "a", "calf", "--side", "right"), "is the left side"),
                                (("pads", "a", "calf", "--pad", "1cm2"), "400 to"),
                                (("pads", "a", "calf", "--pad", "25"), "25cm2")):
                with self.subTest(words=words):
                    client = world.terminal("calibrate", *words)
                    client.wait_for(says)
                    self.assertIn(client.wait(), (2, 7))
            self.assertIn("terminal", world.limber("calibrate", "pads", "a", "calf", code=4).err)
            self.assertIsNone(world.session(1))


if __name__ == "__main__":
    harness.main()
