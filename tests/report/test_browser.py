# SPDX-License-Identifier: LGPL-2.1-or-later
"""The report in a real browser: on a telephone, on a desk, in the dark and on paper. With LIMBER_TEST_SHOTS=FOLDER what was
seen is kept there."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))

import browser
import harness
import told
from harness import GUN, PADS, World

PHONE, DESK = (360, 740), (1280, 900)
A4, LETTER = (8.27, 11.69), (8.5, 11)

# Whatever sticks out to the right of the window.
STICKING_OUT = """[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 &&
    !e.closest("svg") && getComputedStyle(e).position !== "absolute").map(e => e.outerHTML.slice(0, 80))"""
# Of each chart: what it is called, how wide and high it is drawn, and how much its curves or marks cover.
CHARTS = """[...document.querySelectorAll("svg.chart")].map(s => ({
    name: s.getAttribute("aria-labelledby").split(" ").map(id => document.getElementById(id).textContent).join(" | "),
    role: s.getAttribute("role"), width: s.getBoundingClientRect().width, height: s.getBoundingClientRect().height,
    given: [...s.querySelectorAll("path.given")].map(p => p.getBoundingClientRect().height)[0] || 0,
    asked: [...s.querySelectorAll("path.asked")].map(p => p.getBoundingClientRect().height)[0] || 0,
    limits: s.querySelectorAll("rect.limit").length, scores: s.querySelectorAll(".score").length,
    text: Math.min(...[...s.querySelectorAll("text")].map(t => t.getBoundingClientRect().height)) }))"""
# All that is written, cell by cell.
TEXT = """(() => { const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode.data); return texts.join(" "); })()"""
# Contrast of every text with what is behind it, as WCAG 2 reckons it; the lowest.
CONTRAST = """(() => {
    const light = c => c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 :
        ((v + 0.055) / 1.055) ** 2.4).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
        if (c !== "rgba(0, 0, 0, 0)") return c; } return "rgb(255, 255, 255)"; };
    return Math.min(...[...document.querySelectorAll("h1,h2,h3,h4,p,th,td,dt,dd,caption,summary,code")].map(e => {
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
        return (a + 0.05) / (b + 0.05); })); })()"""


class InABrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = os.environ.get("LIMBER_TEST_SHOTS") or tempfile.mkdtemp(prefix="limber-report-")
        if not os.environ.get("LIMBER_TEST_SHOTS"):
            cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.path = os.path.join(cls.folder, "report.html")
        with World(routines=told.ROUTINES) as world:
            cls.kept = told.run(world)
            world.limber("report", "1", "--output", cls.path)
        cls.browser = cls.enterClassContext(browser.Browser())

    def page(self, size, dark=False):
        page = self.browser.open(self.path, *size, dark=dark)
        self.addCleanup(lambda: self.assertEqual((page.requests(), page.complaints()), ([], [])))
        return page

    def figures(self):
        """What anybody who has the record can reckon; as patterns in the order in which a reader meets them."""
        seconds = [told.seconds_on(self.kept, zone) for zone in ("quads", "calf")]
        self.assertGreater(min(seconds), 0.5)
        quads, calf, both = (rf"{int(s + 0.5)}\s*s" for s in (*seconds, sum(seconds)))
        return [r"Session 1\b", r"told: <b>Told</b> & \"asked\"", "it was stopped",
                rf"Output on.*?\b{both}\b", r"\b2 of 10\b",
                rf"left quads\s+percussion\s+{quads}\s+{re.escape(told.highest(self.kept, GUN))}\b",
                rf"right calf\s+e-stim\s+{calf}\s+{re.escape(told.highest(self.kept, PADS))}\b",
                r"\bturned down at the\s+device itself\b", r"<script> name = 'owned' </script>", r"\b2 of 10 (unasked|when asked)\b", r"\b1 of 10 (unasked|when asked)\b",
                r"Ready, steady\?\s+go\b", "Theragun Pro", "Coyote",
                "limberd --check-record"]

    def expect(self, text, patterns):
        text, at = re.sub(r"\s+", " ", text), 0
        for pattern in patterns:
            found = re.compile(pattern).search(text, at)
            self.assertTrue(found, f"{pattern} is not in what follows:\n{text[at:]}")
            at = found.start() if pattern.startswith(r"\b") else found.end()

    def look_at_charts(self, page, width):
        charts = page.evaluate(CHARTS)
        self.assertEqual(len(charts), 3, charts)
        for chart in charts:
            self.assertEqual(chart["role"], "img")
            self.assertGreater(chart["width"], width * 0.85)
            self.assertGreater(chart["height"], 60)
            self.assertGreaterEqual(chart["text"], 12, "text is as large as on a wide screen")
        gun, pads, hurt = charts
        self.assertRegex(gun["name"], r"gun, motor: intensity over time \| On for \d+ s in \d+ s")
        self.assertRegex(pads["name"], "pads, b: ")
        for chart in (gun, pads):
            self.assertGreater(chart["given"], 20)
            self.assertGreaterEqual(chart["asked"] + 0.5, chart["given"])
        self.assertLess(pads["given"], pads["asked"])
        self.assertEqual((gun["limits"], min(pads["limits"], 1)), (0, 1))
        self.assertEqual(hurt["scores"], len(told.SCORES))
        self.assertRegex(hurt["name"], r"2 +at \d:\d\d\. 1 +at \d:\d\d")

    def check(self, size, dark=False):
        page = self.page(size, dark)
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), page.evaluate("innerWidth"))
        self.assertEqual(page.evaluate("innerWidth"), size[0])
        self.assertEqual(page.evaluate(STICKING_OUT), [])
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.assertEqual(page.evaluate(STICKING_OUT), [])
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
        self.look_at_charts(page, min(size[0], 960) - 32)
        self.assertGreaterEqual(page.evaluate(CONTRAST), 4.5)
        self.expect(page.evaluate(TEXT), self.figures())
        self.assertIn("Session 1, told", page.evaluate("document.title"))
        self.assertEqual(page.evaluate("name"), "")
        self.assertEqual(page.evaluate("document.querySelectorAll('script, b:not(.key b), iframe, img').length"), 0)
        page.screenshot(os.path.join(self.folder, f"{size[0]}{'-dark' if dark else ''}.png"))
        return page

    def test_on_a_telephone(self):
        page = self.check(PHONE)
        # Each cell says what it is, where the heading of its column cannot be seen.
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('.wide td'), '::before').content"), '"On"')

    def test_on_a_desk(self):
        page = self.check(DESK)
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('.wide td'), '::before').content"), "none")

    def test_in_the_dark(self):
        page = self.check(PHONE, dark=True)
        self.assertEqual(page.evaluate("getComputedStyle(document.body).backgroundColor"), "rgb(20, 24, 28)")

    def test_without_seeing_it(self):
        page = self.page(DESK)
        self.assertEqual(page.evaluate("document.documentElement.lang"), "en")
        self.assertEqual(page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])"
                                       ".every((level, i, all) => i === 0 ? level === 1 : level <= all[i - 1] + 1)"), True)
        self.assertEqual(page.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && "
                                       "t.querySelectorAll('thead th[scope=col]').length && "
                                       "[...t.tBodies[0].rows].every(r => r.cells.length === t.tHead.rows[0].cells.length"
                                       " && r.cells[0].scope === 'row'))"), True)
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        self.assertEqual(len(ids), len(set(ids)))
        # The figures of each curve stand in a table, too: every change that is in the record.
        changes = page.evaluate("[...document.querySelectorAll('details')].map(d => d.querySelectorAll('tbody tr').length)")
        for rows, device in zip(changes, (GUN, PADS)):
            kept = [e for e in self.kept if e["kind"] == "setpoint" and e["device"] == device]
            self.assertGreaterEqual(rows, len(kept))

    def test_on_paper(self):
        page = self.page(PHONE, dark=True)  # paper is white, and wide, whatever the screen
        for name, size in (("a4", A4), ("letter", LETTER)):
            with self.subTest(name):
                path = os.path.join(self.folder, f"{name}.pdf")
                page.print(path, *size)
                text = subprocess.run(["pdftotext", "-raw", path, "-"], check=True, capture_output=True,
                                      text=True).stdout
                self.expect(text, self.figures())
                for part in ("Intensity of gun, motor", "Discomfort (the lines", "Steps", "About this report"):
                    self.assertIn(part, text)
                self.assertNotIn("Every change", text)
                self.assertLessEqual(text.count("\f"), 3, "pages")

    def test_is_one_file(self):
        with open(self.path, encoding="utf-8") as f:
            text = f.read()
        self.assertEqual(re.findall(r"(?:https?:)?//[a-z]|@import|url\((?!#)|\bsrc=|\bon[a-z]+=|<script|<iframe|<object", text),
                         [])
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)


if __name__ == "__main__":
    if not browser.find():
        print("skipped: there is no chromium")
        sys.exit(77)
    harness.main()
