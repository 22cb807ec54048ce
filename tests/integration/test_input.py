# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is wrong in files, words and calls: it is said where and why, and nothing else suffers."""

import json
import os
import random
import re
import shutil
import subprocess
import time
import unittest

import harness
from harness import DEVICE, GUN, GUN_PATH, MANAGER, MANAGER_PATH, PADS, PADS_PATH, ROUTINES, SESSION, World
from minibus import DBusError, Variant

ERROR = "org.limber1.Error."


def good():
    with open(os.path.join(ROUTINES, "both.conf")) as f:
        return f.read()


# (what, old text, new text, words of the message); the line is that of the change.
BROKEN = [
    ("syntax", 'id = "both";', 'id = = "both";', ""),
    # Said at the last string that is open at the end; which one lacks its quote cannot be known.
    ("unclosed string", 'pressure = "light";', 'pressure = "light;', "never closed"),
    ("unknown key", 'when = "in tests";', 'when = "in tests"; wenn = "x";', "wenn"),
    ("doubled key", 'when = "in tests";', 'when = "in tests"; when = "again";', "when"),
    ("include", 'when = "in tests";', 'when = "in tests";\n@include "/etc/passwd"', "include"),
    ("bad id", 'id = "both";', 'id = "../etc";', "id"),
    ("bare number", 'duration = "50s";\n        frequency = "8Hz"', 'duration = 25;\n        frequency = "8Hz"', ""),
    ("wrong unit", 'frequency = "8Hz";', 'frequency = "8s";', ""),
    ("nan", 'frequency = "8Hz";', 'frequency = "nanHz";', ""),
    ("negative", 'ramp = "1s";', 'ramp = "-1s";', ""),
    ("huge", 'ramp = "1s";', 'ramp = "99999999999999999999s";', ""),
    ("short ramp", 'ramp = "1s";', 'ramp = "100ms";', "ramp"),
    ("too intense", 'intensity = "100%";', 'intensity = "101%";', "intensity"),
    ("no-go zone", 'zone = "calf";', 'zone = "neck_front";', "carotid"),
    ("mistyped zone", 'zone = "calf";', 'zone = "clf";', "did you mean 'calf'"),
    ("too fast", 'frequency = "28-33Hz";', 'frequency = "28-60Hz";', "frequency"),
    ("backward range", 'frequency = "28-33Hz";', 'frequency = "33-28Hz";', ""),
    ("unknown kind", 'kind = "percussion";\n        zone', 'kind = "hammer";\n        zone', "hammer"),
    ("near the pads", 'zone = "quads";\n        sides = "right";',
     'zone = "soleus";\n        sides = "left";', "keep 10 cm apart"),
    ("both sides", 'sides = "right";', 'sides = "both";', "one gun"),
    ("no such role", 'zone = "quads";', 'zone = "quads"; device = "drill";', "drill"),
    ("too long", 'duration = "25s";\n        frequency = "28-33Hz"', 'duration = "9min";\n        frequency = "28-33Hz"', ""),
    ("unknown profile", 'discomfort_profile = "relax";', 'discomfort_profile = "brave";', "brave"),
    ("old format", "format = 1;", "format = 2;", "format"),
    ("tab of control characters", 'title = "Gun and pads at once";', 'title = "Gun\x01";', ""),
]


class Files(unittest.TestCase):
    def test_check(self):
        with World(add=False) as world:
            folder = os.path.join(world.directory, "bad")
            os.mkdir(folder)
            for what, old, new, words in BROKEN:
                with self.subTest(what=what):
                    text = good()
                    self.assertIn(old, text)
                    line = text[:text.index(old)].count("\n") + 1
                    path = os.path.join(folder, "routine.conf")
                    with open(path, "w") as f:
                        f.write(text.replace(old, new, 1))
                    result = world.limber("check", path, code=7)
                    found = re.findall(rf"^{re.escape(path)}:(\d+): error: (.+)$", result.out, re.M)
                    self.assertTrue(found, result)
                    self.assertIn(words, result.out)
                    lines = {int(n) for n, _ in found}
                    # Near enough that an editor shows it: at the line, its step, or the line after.
                    near = {n for n in lines if line - 14 <= n <= line + 2}
                    self.assertTrue(near, f"line {line}, but {found}")
                    print(f"{what}: line {line}, said {sorted(lines)}: {found[0][1]}", flush=True)
                    rows = json.loads(world.limber("--json", "check", path, code=7).out)
                    self.assertEqual({row["line"] for row in rows if row["severity"] == "error"}, lines)

    def test_check_other(self):
        with World(add=False) as world:
            path = os.path.join(world.directory, "x.conf")
            for raw in (b"", b"\0", b"\xff\xfe", b"format = 1;\0", b"{" * 400, b"(" * 400, b"a=" * 9000,
                        b"/*", b"\"", b"x = 1;\n" * 300, b"\xef\xbb\xbfformat = 1;", os.urandom(4096)):
                with open(path, "wb") as f:
                    f.write(raw)
                world.limber("check", path, code=7)
            with open(path, "wb") as f:
                f.write(b"# " + b"x" * 65536)
            world.limber("check", path, code=7)
            world.limber("check", os.path.join(world.directory, "missing"), code=3)
            world.limber("check", world.directory, code=1)
            both = os.path.join(ROUTINES, "both.conf")
            self.assertIn("good", world.limber("check", both).out)
            self.assertIn("-: good", world.limber("check", "-", stdin=good().encode()).out)
            self.assertIn("good", world.limber("check", both, path, code=7).out)
            for name in sorted(os.listdir(harness.SHIPPED_ROUTINES)):
                if name.endswith(".conf"):
                    world.limber("check", os.path.join(harness.SHIPPED_ROUTINES, name))

    def test_bad_files_beside_good_ones(self):
        folder = None
        try:
            import tempfile
            folder = tempfile.mkdtemp(prefix="limber-test-files-")
            routines, devices = os.path.join(folder, "routines"), os.path.join(folder, "devices")
            shutil.copytree(ROUTINES, routines)
            shutil.copytree(harness.SHIPPED_DEVICES, devices)
            with open(os.path.join(routines, "bad.conf"), "w") as f:
                f.write(good().replace('zone = "calf"', 'zone = "throat"').replace('id = "both"', 'id = "bad"'))
            with open(os.path.join(routines, "same-id.conf"), "w") as f:
                f.write(good())
            with open(os.path.join(routines, "notes.txt"), "w") as f:
                f.write("not a routine")
            with open(os.path.join(devices, "theragun-gen4.conf")) as f:
                gun = f.read()
            with open(os.path.join(devices, "no-stop.conf"), "w") as f:
                f.write(re.sub(r'\n *\{ name = "stop"[^\n]*', "", gun).replace("theragun-gen4", "no-stop")
                        .replace('name = "Pro"', 'name = "NoStop"'))
            os.symlink("/dev/zero", os.path.join(devices, "zero.conf"))
            with World(routines=routines, devices=devices) as world:
                shown = world.limber("devices").out
                self.assertIn("no-stop.conf", shown)
                self.assertIn("stop", shown)
                self.assertIn("bad.conf", shown)
                self.assertIn("throat", shown)
                self.assertIn("already taken", shown)
                self.assertIn("zero.conf", shown)
                rejected = world.bus.get(MANAGER_PATH, MANAGER, "Rejected")
                self.assertEqual({os.path.basename(r[0]) for r in rejected},
                                 {"bad.conf", "no-stop.conf", "zero.conf", "same-id.conf"})
                self.assertTrue(all(r[2] for r in rejected))
                self.assertEqual(json.loads(world.limber("--json", "status").out)["daemon"]["rejected"], 4)
                self.assertIn('"limber devices" lists the files', world.limber("status").out)
                routines_shown = world.limber("routines").out
                for name in ("both", "gun", "minute", "pads", "quick", "ask"):
                    self.assertIn(name, routines_shown)
                self.assertNotIn("bad", routines_shown)
                world.limber("show", "bad", code=3)
                world.limber("start", "bad", code=3)
                # All others work.
                client = world.command("start", "both")
                world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
                world.limber("stop")
                client.wait()
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def test_damaged_store(self):
        """Files of kept devices that somebody broke: said, and the rest goes on."""
        with World() as world:
            world.daemon.signal(15)
            world.daemon.wait()
            store = os.path.join(world.directory, "state", "devices")
            kept = sorted(os.listdir(store))
            self.assertEqual(len(kept), 2)
            with open(os.path.join(store, kept[0]), "w") as f:
                f.write("format = \"")
            world.start_daemon()
            self.assertEqual(len(world.bus.get(MANAGER_PATH, MANAGER, "Rejected")), 1)
            self.assertIn("pads", world.limber("devices").out)

    def test_damaged_armed_files(self):
        """Whatever lies in the armed folder, limberd starts."""
        with World(start=False) as world:
            os.makedirs(world.armed)
            for name, raw in (("AA_BB_CC_DD_EE_FF", b""), ("C0_FF_EE_00_00_01", os.urandom(300)), ("x", b"\0" * 9000),
                              ("C0_FF_EE_00_00_02", b"limber-armed 1\naddress \n")):
                with open(os.path.join(world.armed, name), "wb") as f:
                    f.write(raw)
            world.start_daemon()
            world.limber("status")


class Words(unittest.TestCase):
    def test_exit_codes(self):
        with World() as world:
            for code, args in (
                    (3, ("start", "no-such")), (3, ("show", "no-such")), (3, ("forget", "nobody")),
                    (3, ("connect", "nobody")), (3, ("disconnect", "nobody")), (3, ("pause",)), (3, ("resume",)),
                    (3, ("skip",)), (3, ("follow",)), (3, ("discomfort", "3")), (3, ("answer", "yes")),
                    (3, ("stop", "--session", "99")), (3, ("add", "11:22:33:44:55:66")), (3, ("add", "nobody")),
                    (2, ("discomfort", "11")), (2, ("discomfort", "-1")), (2, ("discomfort", "NaN")),
                    (2, ("scan", "--seconds", "0")), (2, ("scan", "--seconds", "61")), (2, ("scan", "--seconds", "1e1")),
                    (2, ("start",)), (2, ("start", "a", "b")), (2, ("start", "gun", "--side", "up")),
                    (2, ("start", "gun", "--device", "gun")), (2, ("stop", "--stage")), (2, ("frobnicate",)),
                    (2, ("--frobnicate",)), (2, ("status", "--session", "1")), (2, ("stop", "--session", "one")),
                    (7, ("start", "gun", "--device", "drill=gun", "--stage")),
                    (3, ("start", "gun", "--device", "gun=nobody", "--stage")),
                    (3, ("start", "gun", "--device", "gun=pads", "--stage"))):
                with self.subTest(args=args):
                    result = world.limber(*args, code=code)
                    self.assertTrue(result.err.strip())
                    self.assertEqual(result.out, "")
            self.assertIn('did you mean "start"', world.limber("strat", code=2).err)
            self.assertEqual(world.writes(), [])

    def test_no_device_added(self):
        with World(add=False) as world:
            for routine in ("gun", "both", "pads"):
                result = world.limber("start", routine, code=3)
                self.assertIn("limber scan", result.err)
            world.limber("start", "ask")  # needs none

    def test_experimental(self):
        with World(add=False) as world:
            world.scan()
            result = world.limber("add", "Pro", code=6)
            self.assertIn("--experimental", result.err)
            self.assertIn("never", result.err)
            world.limber("add", "Pro", "--experimental")
            world.limber("add", PADS.lower(), "--as", "Pads-1")
            world.limber("forget", "pads-1")
            self.assertFalse(world.bus.get(PADS_PATH, DEVICE, "Added"))

    def test_aliases(self):
        with World(add=False) as world:
            world.scan()
            for alias in ("ü", "a b", "a/b", "../x", "a\nb", "a\x1b[31mb", "\x07", "a" * 33, "💪", "a;b", '"', "a\u202eb",
                          "-", "é" * 16):
                with self.subTest(alias=alias):
                    result = world.limber("add", PADS, "--as", alias, code=None)
                    if alias == "-":
                        continue
                    self.assertEqual(result.code, 7, result)
                    # What a terminal would obey is not said back to it.
                    self.assertFalse(re.search(r"[\x00-\x08\x0b-\x1f\x7f]", result.err), result.err)
            # Bytes that are no UTF-8 cannot even be sent.
            self.assertNotEqual(subprocess.run([harness.program("limber"), "add", PADS, "--as", b"\xff\xfe"],
                                               env=world.env, capture_output=True).returncode, 0)
            world.limber("add", PADS, "--as", "x")
            result = world.limber("add", GUN, "--experimental", "--as", "X", code=7)
            self.assertIn("taken", result.err)
            world.limber("add", GUN, "--experimental", "--as", "A-b_9" + "c" * 27)
            self.assertIn("A-b_9", world.limber("devices").out)


class Calls(unittest.TestCase):
    def refused(self, world, name, member, signature, args, path=MANAGER_PATH, interface=MANAGER):
        with self.assertRaises(DBusError) as caught:
            world.bus.call("org.limber1", path, interface, member, signature, args)
        if name:
            self.assertEqual(caught.exception.name, ERROR + name, caught.exception)
        return caught.exception

    def test_options(self):
        with World() as world:
            for options, name in (
                    ({"colour": Variant("s", "red")}, "InvalidArgument"),
                    ({"side": Variant("s", "up")}, "InvalidArgument"),
                    ({"side": Variant("s", "both")}, "InvalidArgument"),
                    ({"side": Variant("s", "")}, "InvalidArgument"),
                    ({"side": Variant("i", 3)}, "InvalidArgument"),
                    ({"stage": Variant("s", "yes")}, "InvalidArgument"),
                    ({"stage": Variant("d", float("nan"))}, "InvalidArgument"),
                    ({"devices": Variant("a{sv}", {})}, "InvalidArgument"),
                    ({"devices": Variant("a{ss}", {"x": "y"})}, "InvalidArgument"),
                    ({"devices": Variant("a{ss}", {f"r{i}": "y" for i in range(100)})}, "InvalidArgument"),
                    ({"devices": Variant("a{ss}", {"gun": ""})}, "NoSuchDevice")):
                with self.subTest(options=options):
                    self.refused(world, name, "StartRoutine", "sa{sv}", ["gun", options])
            self.refused(world, "InvalidArgument", "AddDevice", "sa{sv}", [GUN, {"expermental": Variant("b", True)}])
            self.refused(world, "NoSuchRoutine", "StartRoutine", "sa{sv}", ["", {}])
            self.refused(world, "NoSuchRoutine", "StartRoutine", "sa{sv}", ["x" * 4096, {}])
            for huge in ("x" * 4097, "x" * 30_000_000):
                self.refused(world, "InvalidArgument", "StartRoutine", "sa{sv}", [huge, {}])
            many = {str(i): Variant("b", True) for i in range(200)}
            self.refused(world, "InvalidArgument", "StartRoutine", "sa{sv}", ["gun", many])
            self.refused(world, "NoSuchDevice", "AddDevice", "sa{sv}", ["", {}])
            self.refused(world, "NoSuchDevice", "ForgetDevice", "o", ["/"])
            for seconds in (0, 61, 0xFFFFFFFF):
                self.refused(world, "InvalidArgument", "Scan", "u", [seconds])
            self.refused(world, "InvalidArgument", "CheckRoutine", "ay", [b"x" * 70000])
            self.assertEqual(world.writes(), [])

    def test_session_arguments(self):
        with World() as world:
            path = world.call_manager("StartRoutine", "sa{sv}", ["gun", world.options(stage=True)])[0]
            for member, signature, args, name in (
                    ("Adjust", "i", [1 << 30], "InvalidArgument"), ("Adjust", "i", [-(1 << 31)], "InvalidArgument"),
                    ("Adjust", "d", [float("nan")], None), ("Adjust", "d", [-1.0], None), ("Adjust", "", [], None),
                    ("Discomfort", "yas", [11, []], "InvalidArgument"),
                    ("Discomfort", "yas", [255, []], "InvalidArgument"),
                    ("Discomfort", "yas", [1, ["great"]], "InvalidArgument"),
                    ("Discomfort", "d", [float("nan")], None),
                    ("Answer", "ss", ["", ""], "WrongState"), ("Answer", "ss", ["1", "x" * 4000], "WrongState"),
                    ("Answer", "ss", ["1", "x" * 9000], "InvalidArgument"),
                    ("Beat", "ub", [0, True], "NotHolder"), ("Arm", "s", ["x"], "NotHolder"),
                    ("Skip", "", [], "WrongState"), ("Set", "sd", ["motor", float("nan")], None),
                    ("NoSuch", "", [], None)):
                with self.subTest(member=member, args=args):
                    self.refused(world, name, member, signature, args, path, SESSION)
            self.refused(world, None, "Set", "ssv", [SESSION, "State", Variant("s", "running")], path,
                         "org.freedesktop.DBus.Properties")
            self.assertEqual(world.writes(), [])

    def test_busy(self):
        with World() as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            result = world.limber("scan", "--seconds", "1", code=6)
            self.assertIn("a session is running", result.err)
            result = world.limber("start", "gun", code=6)
            self.assertIn("is not over", result.err)
            world.limber("start", "ask", code=6)
            for args in (("forget", "gun"), ("disconnect", "gun")):
                self.assertIn("in use", world.limber(*args, code=6).err)
            self.refused(world, "Busy", "Reload", "", [])
            self.assertEqual(world.session()["State"], "running")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "both to go on")
            world.limber("stop")
            client.wait()
            world.wait(lambda: not world.armed_files(), "all to be off")
            world.call_manager("Reload")
            world.limber("scan", "--seconds", "1")

    def test_many_checks(self):
        """More texts at once than threads are given: some are told to come again, none is lost."""
        with World(add=False) as world:
            raw = good().encode()
            serials = [world.bus.start("org.limber1", MANAGER_PATH, MANAGER, "CheckRoutine", "ay", [raw])
                       for _ in range(64)]
            done = busy = 0
            for serial in serials:
                try:
                    self.assertEqual(world.bus.reply(serial), [[]])
                    done += 1
                except DBusError as e:
                    self.assertIn(e.name, (ERROR + "Busy", ERROR + "QuotaExceeded"))
                    busy += 1
            self.assertGreater(done, 0)
            print(f"{done} checked, {busy} told to come again", flush=True)

    def test_quotas(self):
        """One client cannot pile up sessions, not even ended ones that can still be read."""
        with World() as world:
            codes = []
            for _ in range(12):
                try:
                    path = world.call_manager("StartRoutine", "sa{sv}", ["gun", world.options(stage=True)])[0]
                    world.call_session(path, "Stop")
                    codes.append("")
                except DBusError as e:
                    codes.append(e.name)
            self.assertEqual(set(codes), {""})  # the oldest one that is over makes room
            world.limber("status")
            world.limber("stop")

    def test_flood(self):
        """A client that floods is refused, by us or by the bus; others, and every stop, come through."""
        with World() as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            flooder = world.client()
            flood = [flooder.start("org.limber1", MANAGER_PATH, "org.freedesktop.DBus.Properties", "GetAll", "s", [MANAGER])
                     for _ in range(3000)]
            begun = time.monotonic()
            self.assertEqual(world.session()["State"], "running")
            print(f"another client's call behind a flood: {(time.monotonic() - begun) * 1000:.1f} ms", flush=True)
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "both to go on")
            # The bus itself passes nothing on, not even a stop, for who waits for 128 replies (max_replies_per_connection).
            refused = self.drain(flooder, flood)
            since = time.monotonic()
            serial = flooder.start("org.limber1", MANAGER_PATH, MANAGER, "StopAll")
            latency = max(world.stop_of(a, since) for a in (GUN, PADS))
            print(f"latency the flooder's own StopAll → zero: {latency * 1000:.1f} ms", flush=True)
            self.assertEqual(flooder.reply(serial), [2])
            self.assertTrue(refused)
            self.assertLessEqual(refused, {ERROR + "QuotaExceeded", "org.freedesktop.DBus.Error.LimitsExceeded"})
            self.assertEqual(client.wait(), 8)

    def test_garbage(self):
        """Random calls and arguments: an error each time, and limberd lives."""
        seed = int(os.environ.get("LIMBER_SEED", "1"))
        chance = random.Random(seed)
        print(f"seed {seed}", flush=True)
        values = {"s": ["", "gun", "x" * 300, "\u202e", "/", "%n%s"], "o": ["/", GUN_PATH, "/org/limber1/session/1"],
                  "u": [0, 1, 0xFFFFFFFF], "i": [-1, 0, -(1 << 31), 7], "y": [0, 255], "b": [True, False],
                  "d": [float("nan"), float("inf"), -1.0, 1e308], "t": [0, (1 << 64) - 1], "as": [[], ["x"] * 50],
                  "ay": [b"", b"\0\xff" * 99], "a{sv}": [{}, {"a": Variant("d", float("nan"))}, {"side": Variant("as", [])}],
                  "v": [Variant("(sd)", ("x", 1.0))], "g": ["a{sv}", ""]}
        members = [(MANAGER, ["StartRoutine", "Scan", "AddDevice", "ForgetDevice", "CheckRoutine", "History", "Reload", ""]),
                   (DEVICE, ["Connect", "Disconnect", "Stop", "Calibrate"]),
                   (SESSION, ["Arm", "Beat", "Pause", "Resume", "Skip", "Stop", "Adjust", "Discomfort", "Answer", "Set"]),
                   ("org.freedesktop.DBus.Properties", ["Get", "Set", "GetAll"]),
                   ("org.freedesktop.DBus.ObjectManager", ["GetManagedObjects"]),
                   ("org.freedesktop.DBus.Introspectable", ["Introspect"]), ("", ["Stop", "StopAll"])]
        paths = ["/", MANAGER_PATH, GUN_PATH, PADS_PATH, "/org/limber1/session/1", "/org/limber1/session/999999999999",
                 "/org/limber1/session/-1", "/org/limber1/session", "/org/limber1/device/x", "/org/limber1/routine/both",
                 "/org/limber1/routine/" + "a" * 200, "/org/limber1/device/" + "A_" * 120]
        with World() as world:
            world.call_manager("StartRoutine", "sa{sv}", ["gun", world.options(stage=True)])
            serials, client = [], world.bus
            for i in range(1500):
                if i % 200 == 0:  # as many as one client may call at once
                    self.drain(client, serials)
                    client = world.client()
                interface, names = chance.choice(members)
                kinds = [chance.choice(list(values)) for _ in range(chance.randrange(4))]
                try:
                    serials.append(client.start("org.limber1", chance.choice(paths).replace("-1", "_1"), interface,
                                                   chance.choice(names) or "x", "".join(kinds),
                                                   [chance.choice(values[k]) for k in kinds]))
                except UnicodeError:
                    pass
                if len(serials) > 60:
                    self.drain(client, serials)
            self.drain(client, serials)
            for call in (["busctl", "call", "org.limber1", MANAGER_PATH, MANAGER, "Scan", "d", "nan"],
                         ["busctl", "call", "org.limber1", MANAGER_PATH, MANAGER, "Scan", "i", "--", "-1"],
                         ["busctl", "introspect", "org.limber1", MANAGER_PATH],
                         ["busctl", "tree", "org.limber1"],
                         ["dbus-send", "--system", "--print-reply", "--dest=org.limber1", MANAGER_PATH, MANAGER + ".Scan",
                          "double:nan"]):
                if shutil.which(call[0]):
                    if call[0] == "busctl":
                        call.insert(1, f"--address={world.env['DBUS_SYSTEM_BUS_ADDRESS']}")
                    subprocess.run(call, env=world.env, capture_output=True, timeout=20)
            self.assertTrue(world.daemon.running)
            world.limber("status")
            self.assertFalse(any(w.active for w in world.writes()))

    @staticmethod
    def drain(client, serials):
        """Waits for a reply to each; the names of the errors."""
        errors = set()
        for serial in serials:
            try:
                client.reply(serial, 30)
            except DBusError as e:
                errors.add(e.name)
        serials.clear()
        return errors


if __name__ == "__main__":
    harness.main()
