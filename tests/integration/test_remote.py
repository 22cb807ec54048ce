# SPDX-License-Identifier: LGPL-2.1-or-later
"""limber -H: the bus comes through another program, which may freeze while both ends live. An ssh of the test's own carries
the bytes; stopping it is a network that has gone black."""

import os
import signal
import sys
import time
import unittest

import harness
from harness import GUN, World

SSH = """#!{python}
import os, select, socket, sys
bus = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
bus.connect({bus!r})
with open({pids!r}, "a") as f:
    print(os.getpid(), file=f)
while True:
    for end in select.select([0, bus], [], [])[0]:
        data = os.read(0, 65536) if end == 0 else bus.recv(65536)
        if not data:
            sys.exit(0)
        bus.sendall(data) if end == 0 else os.write(1, data)
"""


def make_ssh(world):
    """Puts it before the real one."""
    path = os.path.join(world.directory, "bin", "ssh")
    os.mkdir(os.path.dirname(path))
    with open(path, "w") as f:
        f.write(SSH.format(python=sys.executable, bus=os.path.join(world.directory, "bus"),
                           pids=os.path.join(world.directory, "ssh.pids")))
    os.chmod(path, 0o755)
    world.env["PATH"] = os.path.dirname(path) + ":" + world.env["PATH"]


def bridges(world):
    """Processes that carry the bytes, or did."""
    with open(os.path.join(world.directory, "ssh.pids")) as f:
        return [int(line) for line in f]


def bridge(world):
    """That of the last command."""
    return bridges(world)[-1]


class Remote(unittest.TestCase):

    def test_status_and_stop_from_afar(self):
        with World() as world:
            make_ssh(world)
            self.assertIn("gun", world.limber("-H", "pi", "status").out)
            client = world.command("start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            since = time.monotonic()
            world.limber("-H", "pi", "stop")
            world.stop_of(GUN, since)
            self.assertEqual(client.wait(), 8)

    def test_a_session_is_one_ssh(self):
        """Each may want a password: the question how it feels, which a terminal asks at the end, is not worth another one."""
        with World() as world:
            make_ssh(world)
            terminal = world.terminal("-H", "pi", "start", "gun")
            terminal.begin()
            world.wait(lambda: world.is_on(GUN), "output")
            terminal.type("s")
            self.assertEqual(terminal.wait(), 8)
            self.assertEqual(len(bridges(world)), 1)

    def test_a_network_gone_black_is_zero(self):
        with World() as world:
            make_ssh(world)
            client = world.command("-H", "pi", "start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            carrier = bridge(world)
            since = time.monotonic()
            os.kill(carrier, signal.SIGSTOP)
            latency = world.stop_of(GUN, since, bound=1.5)
            print(f"latency network black → zero: {latency * 1000:.0f} ms", flush=True)
            self.assertEqual(world.session()["State"], "paused")
            # What had piled up arrives at once, and resumes nothing.
            since = time.monotonic()
            os.kill(carrier, signal.SIGCONT)
            time.sleep(0.5)
            self.assertFalse([w for w in world.writes(GUN, since) if w.active])
            world.limber("stop")
            client.expected = {8}
            self.assertEqual(client.wait(), 8)

    def test_a_bridge_that_dies_is_zero(self):
        with World() as world:
            make_ssh(world)
            client = world.command("-H", "pi", "start", "gun")
            world.wait(lambda: world.is_on(GUN), "output")
            since = time.monotonic()
            os.kill(bridge(world), signal.SIGKILL)
            world.stop_of(GUN, since)
            client.expected = {9}
            client.wait()


if __name__ == "__main__":
    harness.main()
