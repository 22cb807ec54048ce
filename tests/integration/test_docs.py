# SPDX-License-Identifier: LGPL-2.1-or-later
"""The commands in the documentation work: limber's are run against the simulator in the order they stand, the others must
at least name what exists."""

import os
import re
import shlex
import shutil
import subprocess
import unittest

import harness
from harness import GUN, PADS, SHIPPED_ROUTINES, World

SOURCE = os.environ["LIMBER_SOURCE"]
DOCUMENTS = ["README.md", "docs/HACKING.md", "docs/ARCHITECTURE.md", "protocols/README.md"]


def commands(document):
    """Lines of the ```sh blocks, continued lines joined."""
    with open(os.path.join(SOURCE, document)) as f:
        text = f.read()
    for block in re.findall(r"^```sh\n(.*?)^```", text, re.S | re.M):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and (words[0] == "sudo" or re.match(r"[A-Z]+=", words[0])):
                words = words[1:]
            if words:
                yield words


def limber_commands():
    """What a reader types to limber, and the build tree's limber, as one list."""
    for document in DOCUMENTS:
        for words in commands(document):
            if os.path.basename(words[0]) == "limber":
                yield document, words[1:]


class Documents(unittest.TestCase):
    def test_limber_commands_run(self):
        seen = 0
        with World(routines=SHIPPED_ROUTINES, add=False, intake=False) as world:
            for document, words in limber_commands():
                with self.subTest(document=document, words=words):
                    self.run_one(world, words)
                seen += 1
        self.assertGreater(seen, 8)

    def run_one(self, world, words):
        if words[0] == "intake":
            self.answer_all(world)
            return
        if words[0] != "start":
            world.limber(*words)
            return
        client = world.command(*words)
        world.wait(lambda: world.is_on(GUN) or world.is_on(PADS), f"output of limber {' '.join(words)}", 20)
        world.limber("stop")
        self.assertEqual(client.wait(), 8)

    def answer_all(self, world):
        """It asks, at a terminal."""
        terminal = world.terminal("intake", rows=100)
        terminal.wait_for("1/")
        terminal.type("n\n" * len(harness.questions()))
        terminal.wait_for("Keep these answers")
        terminal.type("y\n")
        self.assertEqual(terminal.wait(), 0)

    def test_other_commands_name_what_exists(self):
        """Scripts are there, and what the build makes is what is called."""
        built = {os.path.basename(os.environ[n]) for n in ("LIMBER", "LIMBERD", "LIMBER_SIM", "LIMBER_ALLSTOP")}
        for document in DOCUMENTS:
            for words in commands(document):
                program = words[0]
                with self.subTest(document=document, words=words):
                    if program.startswith(("scripts/", "tests/")):
                        self.assertTrue(os.access(os.path.join(SOURCE, program), os.X_OK))
                        if os.path.basename(program) in ("test", "setup", "demo"):
                            with open(os.path.join(SOURCE, program)) as f:
                                text = f.read()
                            for option in (w for w in words[1:] if w.startswith("--")):
                                self.assertIn(option, text)
                            self.check_runner(words)
                    elif program.startswith("build/"):
                        self.assertIn(os.path.basename(program), built)
                    elif program not in ("export", "limber"):
                        self.assertTrue(shutil.which(program) or program.startswith(("systemd", "systemctl", "busctl")),
                                        f"{program} is not to be had")

    def check_runner(self, words):
        """The one that is named is one that limber-sim can play."""
        if "--runner" in words:
            done = subprocess.run([os.environ["LIMBER_SIM"], "--runner", words[words.index("--runner") + 1], "--help"],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_options_of_the_daemon_in_the_documentation_exist(self):
        with open(os.path.join(SOURCE, "daemon/service/options.c")) as f:
            known = set(re.findall(r'\{ "([a-z-]+)", ', f.read()))
        for document in DOCUMENTS:
            for words in commands(document):
                if os.path.basename(words[0]) == "limberd":
                    for option in (w[2:].split("=")[0] for w in words[1:] if w.startswith("--")):
                        self.assertIn(option, known)

    def test_man_pages_name_every_zone_and_verb(self):
        with open(os.path.join(SOURCE, "lib/zones.c")) as f:
            zones = re.findall(r'^\s*\{ "([a-z_]+)",', f.read(), re.M)
        with open(os.path.join(SOURCE, "man/limber-routine.5")) as f:
            page = f.read()
        self.assertGreater(len(zones), 40)
        self.assertEqual([z for z in zones if not re.search(rf"\b{z}\b", page)], [])
        with open(os.path.join(SOURCE, "cli/verbs/commands.c")) as f:
            verbs = re.findall(r'^\s*\{ "([a-z]+)",', f.read(), re.M)
        with open(os.path.join(SOURCE, "man/limber.1")) as f:
            page = f.read()
        self.assertGreater(len(verbs), 15)
        self.assertEqual([v for v in verbs if not re.search(rf"(\\fB|\.B ){v}\b", page)], [])
        self.assertEqual([q for q in harness.questions()
                          if not re.search(rf"^\.B {q}$", page.replace("\\-", "-"), re.M)], [])


if __name__ == "__main__":
    harness.main()
