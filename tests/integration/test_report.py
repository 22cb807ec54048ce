# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was done, for people: the chart of "history show", and the report, where it goes and what is left when it cannot."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import told
from harness import World


class Told(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = cls.enterClassContext(World(routines=told.ROUTINES))
        cls.kept = told.run(cls.world)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="limber-report-")
        self.addCleanup(shutil.rmtree, self.folder)

    def limber(self, *args, **kwargs):
        return self.world.limber(*args, **kwargs)

    def path(self, name):
        return os.path.join(self.folder, name)

    def test_chart_in_a_pipe(self):
        shown = self.limber("history", "show", "1").out
        for pattern in (r"(?m)^gun, motor$", r"(?m)^pads, b$", "█", "░", r"(?m)^ +hurt │ +2 +1$", r"└0:00 ",
                        rf"{told.LIMIT} +pads, b +\d+ +\d:\d\d–\d:\d\d|turned down .*pads"):
            self.assertRegex(shown, pattern)
        self.assertLess(shown.index("gun, motor"), shown.index("session-started"))
        self.assertLessEqual(max(len(line) for line in shown.split("Limit")[0].splitlines()), 80)
        ascii_only = self.limber("history", "show", "1", env={"LC_ALL": "C"}).out
        self.assertTrue(ascii_only.isascii())
        self.assertRegex(ascii_only, r"\|[ .]*#+")
        self.assertNotIn("█", self.limber("history", "show", "1", "--csv").out + self.limber(
            "history", "show", "1", "--json").out)

    def test_chart_on_a_terminal(self):
        for columns in (40, 80, 150):
            with self.subTest(columns=columns):
                terminal = self.world.terminal("history", "show", "1", columns=columns, rows=200)
                self.assertEqual(terminal.wait(), 0)
                lines = terminal.screen.text.splitlines()
                axis = next(line for line in lines if "└0:00" in line)
                band = [line for line in lines if "│" in line]
                self.assertLessEqual(max(len(line) for line in band + [axis]), columns)
                self.assertGreater(max(len(line) for line in band), columns * 0.6)
                self.assertEqual(terminal.screen.overflows, 0)

    def test_report_through_a_pipe(self):
        for args in ((), ("--output", "-")):
            page = self.limber("report", "1", *args).out
            self.assertTrue(page.startswith("<!DOCTYPE html>") and page.endswith("</html>\n"))
            self.assertIn("&lt;script&gt;", page)
            self.assertNotIn("<script", page)
            self.assertIn(told.LIMIT, page)

    def test_report_from_a_terminal_is_a_file_here(self):
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        terminal = self.world.terminal("report", "1")
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("The report is in limber-report-1.html", terminal.screen.text)
        self.assertEqual(os.listdir(self.folder), ["limber-report-1.html"])

    def test_report_of_several_sessions(self):
        client = self.world.terminal("start", "told")
        client.begin()
        client.wait_for("Ready, steady")
        client.type("s")
        client.wait()
        self.world.wait(lambda: self.world.call_manager("History", "a{sv}", [{}])[0][0]["ended"], "the end to be kept")
        page = self.limber("report", "2", "1", "2").out
        self.assertEqual(re.findall(r'<section id="session-(\d+)">', page), ["1", "2"])
        self.assertIn("The sessions of this report", page)
        self.assertNotIn("The sessions of this report", self.limber("report", "1").out)

    def test_report_is_whole_or_not_at_all(self):
        path = self.path("mine.html")
        with open(path, "w", encoding="utf-8") as f:
            f.write("what was there")
        os.chmod(path, 0o644)
        os.symlink("mine.html", self.path("link.html"))
        self.limber("report", "99", "--output", path, code=3)
        with open(path, encoding="utf-8") as f:
            self.assertEqual(f.read(), "what was there")
        self.limber("report", "1", "--output", self.path("link.html"))
        with open(path, encoding="utf-8") as f:
            self.assertTrue(f.read().endswith("</html>\n"))
        self.assertTrue(os.path.islink(self.path("link.html")))
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o644)
        self.assertEqual(sorted(os.listdir(self.folder)), ["link.html", "mine.html"])

    def test_report_that_cannot_be_written(self):
        for path, why in ((self.path("no/such/folder.html"), "No such file or directory"), (self.folder, "Is a directory"),
                          ("/dev/full", "No space left on device")):
            with self.subTest(path=path):
                self.assertIn(f"cannot write {path}: {why}", self.limber("report", "1", "--output", path, code=1).err)
        self.assertTrue(os.path.exists("/dev/full"))
        self.assertEqual(os.listdir(self.folder), [])

    def test_report_for_a_reader_that_is_gone(self):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([harness.program("limber"), "report", "1"], stdin=subprocess.DEVNULL, stdout=write,
                              stderr=subprocess.PIPE, env=self.world.env, text=True, check=False)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (1, "limber: cannot write the report: Broken pipe\n"))

    def test_report_wrong_words(self):
        for args, code, words in ((("report",), 2, "usage: limber report SESSION..."),
                                  (("report", "gun"), 2, "report gun: the number of a session is wanted"),
                                  (("report", "1", "7"), 3, "no session 7"),
                                  (("--json", "report", "1"), 2, "limber --json history show N"),
                                  (("report", "1", "--output", ""), 2, "the name of a file is wanted"),
                                  (("history", "--output", "x"), 2, "takes no option --output")):
            with self.subTest(args=args):
                result = self.limber(*args, code=code)
                self.assertIn(words, result.err)
                self.assertEqual(result.out, "")


if __name__ == "__main__":
    harness.main()
