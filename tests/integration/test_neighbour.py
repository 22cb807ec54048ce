#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""REQ24: a stranger on the machine changes nothing for the body. Prints what it measured."""

import json
import os
import shutil
import subprocess
import time
import unittest

import harness
from harness import GUN, PADS, World

NOBODY = 65534
SECONDS = 60


def memory_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Private_Dirty"))


def folder_kib(folder):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names) // 1024


def is_sanitized():
    """With AddressSanitizer, whoever reads 8 MB takes longer than a window, and keeps what was freed; beside other tests the
    session's client may even lose its lease. What is looked for then is a finding of the sanitizer. scripts/test judges the rest
    with a plain build, with nothing beside it."""
    with open(harness.program("limberd"), "rb") as f:
        return b"__asan_init" in f.read()


class Neighbour(unittest.TestCase):
    def stop_latency(self, world, what):
        since = time.monotonic()
        world.limber("stop", code=None)
        print(f"latency limber stop, {what}, whole program → last zero: "
              f"{max(world.stop_of(a, since) for a in (GUN, PADS)) * 1000:.1f} ms", flush=True)

    def neighbour(self, world):
        """Where another user can read it."""
        os.chmod(world.directory, 0o755)
        for name in ("neighbour.py", "minibus.py"):
            shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), world.directory)
            os.chmod(os.path.join(world.directory, name), 0o644)
        return subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "/usr/bin/env", "python3", "-B",
             os.path.join(world.directory, "neighbour.py"), world.bus_path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd="/")

    def test_req24_a_neighbour_changes_nothing(self):
        if os.getuid() != 0 or not shutil.which("setpriv"):
            self.skipTest("another user can only be played by root, with setpriv")
        with World(runner="easy") as world:
            client = world.command("start", "both")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output")
            self.stop_latency(world, "at rest")
            client.wait()
            client = world.command("start", "neighbour")
            world.wait(lambda: world.is_on(GUN) and world.is_on(PADS), "output", 20)
            # limberd as its unit has it; a product does not share a processor with anybody.
            for program in (world.daemon, world.sim):
                os.setpriority(os.PRIO_PROCESS, program.pid, -10)
            world.watch_machine()
            before = memory_kib(world.daemon.pid), folder_kib(world.state)
            neighbour = self.neighbour(world)
            begin = time.monotonic()
            worst = before[0]
            while time.monotonic() < begin + SECONDS:
                time.sleep(1)
                worst = max(worst, memory_kib(world.daemon.pid))
                if not is_sanitized():
                    self.assertFalse(any(world.last_write(a).stop for a in (GUN, PADS)), "the session does not run on")
                self.assertTrue(world.daemon.running, "limberd is gone")
            stalls = world.stalls()
            missed = [e for e in world.events() if e["what"] == "missed-window" and e["t_usec"] / 1e6 >= begin]
            blame = [e for e in missed if not any(
                a <= e["t_usec"] / 1e6 + 0.01 and b >= (e["t_usec"] - e["data"]["dead_usec"]) / 1e6 - 0.01 for a, b in stalls)]
            self.stop_latency(world, "beside the neighbour")
            out, err = neighbour.communicate("", timeout=20)
            after = memory_kib(world.daemon.pid), folder_kib(world.state)
            print(f"neighbour: {out.strip()} {err.strip()[-300:]}", flush=True)
            print(f"memory {before[0]} KiB, at most {worst} KiB, then {after[0]} KiB; folder {before[1]} KiB, then {after[1]} KiB; "
                  f"{len(missed)} windows missed, {len(blame)} of them where the machine did not stand still", flush=True)
            knocks = json.loads(out)
            for door in ("texts", "reads", "acts", "bulk", "churn"):
                self.assertGreater(sum(n for (at, _), n in knocks if at == door), 10, f"the neighbour was not at {door}")
            if is_sanitized():
                print("with AddressSanitizer: windows, memory and the lease are not judged", flush=True)
            else:
                self.assertEqual(blame, [])
                self.assertLess(worst - before[0], 24 * 1024, "memory is not bounded")
            self.assertLess(after[1] - before[1], 2048, "the folder is not bounded")
            client.wait()


if __name__ == "__main__":
    harness.main()
