# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shipped first-light, whole and in real time: what the products got, step by step, against the routine's file."""

import json
import os
import time
import unittest

import conf
import harness
from harness import DEAD_USEC, GUN, PADS, SHIPPED_ROUTINES, World
from wire import period_ms

# A program starts late when the machine is busy; a step does not get shorter by that.
TOLERANCE = 0.3
# Of the device, from its definition's sources: 1750 to 2400 strokes a minute; strength 20 of 200 uncalibrated.
GUN_LOWEST, GUN_HIGHEST = 1750 / 60, 2400 / 60
PADS_MAX = 20
# Up by at most max(one step, 2 % of the range) per half second.
GUN_RISE, PADS_RISE, RISE_PERIOD = 0.02 * GUN_HIGHEST * 60 + 1, 0.02 * 200, 0.5


class FirstLight(unittest.TestCase):
    def test_whole(self):
        routine = conf.read(os.path.join(SHIPPED_ROUTINES, "first-light.conf"))
        with World(routines=SHIPPED_ROUTINES) as world:
            world.watch_machine()
            begun = time.monotonic()
            client = world.command("--json", "start", "first-light")
            client.expected = {0}
            self.assertEqual(client.wait(100), 0)
            ended = time.monotonic()
            events = [json.loads(line) for line in client.text().splitlines()]
            writes = [w for w in world.writes() if not w.harmless]
            recorded = list(world.events())
            self.stalls = world.stalls()
            world.wait(lambda: not world.armed_files(), "the armed files to go")
            self.check_events(events, routine)
            self.check_frames(writes, routine, begun, ended)
            self.check_stream(recorded, writes)

    def stood_still(self, begin, end):
        """For how many seconds the machine did, from shortly before to the end of that time."""
        return sum(max(0, min(end, b) - max(begin - 0.3, a)) for a, b in self.stalls)

    def check_events(self, events, routine):
        names = [e["event"] for e in events]
        self.assertEqual(names.count("ended"), 1)
        self.assertEqual(names[-1], "summary")
        self.assertEqual(events[-1]["reason"], "completed")
        self.assertEqual(events[-1]["steps_done"], len(routine["steps"]))
        passes = sum(2 if s.get("sides") == "each" else 1 for s in routine["steps"])
        self.assertEqual(names.count("step"), passes)
        self.assertFalse([e for e in events if e["event"] == "alert"])
        times = [e["time"] for e in events]
        self.assertEqual(times, sorted(times))

    def plan(self, routine):
        """(step, side, begin, end) of every run, in seconds from the answer to the first question."""
        t, plan = 0.0, []
        for step in routine["steps"]:
            if step["kind"] == "prompt":
                continue
            for side in ("left", "right") if step.get("sides") == "each" else (step.get("sides", ""),):
                t += conf.quantity(step["lead_in"])[0] if "lead_in" in step else 0
                duration = conf.quantity(step["duration"])[0]
                if step["kind"] == "estim":
                    duration /= 2  # REQ13: nobody here has had pads before
                plan.append((step, side, t, t + duration))
                t += duration
        return plan, t

    def check_frames(self, writes, routine, begun, ended):
        plan, whole = self.plan(routine)
        first = next(w for w in writes if w.active)
        step, _, begin, _ = plan[0]
        self.assertEqual(step["kind"], "percussion")
        zero = first.t - begin  # when the question was answered
        self.assertGreater(zero, begun)
        self.assertLess(abs(zero + whole - ended), 1.5, "the routine's length")
        covered = set()
        for step, side, begin, end in plan:
            with self.subTest(step=step.get("title", step["kind"]), side=side):
                window = [w for w in writes if zero + begin - 0.02 <= w.t < zero + end + TOLERANCE]
                active = [w for w in window if w.active]
                covered.update(id(w) for w in active)
                if step["kind"] == "percussion":
                    self.check_percussion(step, [w for w in window if w.address == GUN], zero + begin, zero + end)
                    self.assertFalse([w for w in active if w.address == PADS])
                elif step["kind"] == "estim":
                    self.check_estim(step, side, [w for w in window if w.address == PADS], zero + begin, zero + end)
                    self.assertFalse([w for w in active if w.address == GUN])
                else:
                    self.assertEqual(active, [])
        # Nothing flows in a lead-in, in the question, or after the end.
        self.assertEqual([w for w in writes if w.active and id(w) not in covered], [])
        for address in (GUN, PADS):
            self.assertTrue([w for w in writes if w.address == address][-1].stop)

    def check_ends(self, window, begin, end, late):
        active = [w for w in window if w.active]
        self.assertTrue(active, "no output in this step")
        self.assertLess(active[0].t - begin, late)
        stop = next((w for w in window if w.t > active[-1].t), None)
        self.assertTrue(stop and stop.stop, f"after the last output came {stop}")
        self.assertLess(abs(stop.t - end), TOLERANCE, "the step's end")
        return active

    def check_rise(self, levels, most):
        """levels: (time, level) of every change; never up by more than most in half a second."""
        for i in range(1, len(levels)):
            up = levels[i][1] - levels[i - 1][1]
            if up > 0:
                self.assertLessEqual(up, most)
                # One that came late makes the time to the next shorter by as much.
                late = self.stood_still(levels[i - 1][0], levels[i][0])
                self.assertGreaterEqual(levels[i][0] - levels[i - 1][0] + late, RISE_PERIOD - 0.05)

    def check_percussion(self, step, window, begin, end):
        active = self.check_ends(window, begin, end, TOLERANCE)
        low, high = conf.quantity(step["frequency"])
        low, high = max(low, GUN_LOWEST), min(high, GUN_HIGHEST)
        for w in active:
            self.assertGreaterEqual(w.level, low * 60 - 1)
            self.assertLessEqual(w.level, high * 60)
        self.assertEqual(active[0].level, 1750)  # its lowest running level
        self.check_rise([(w.t, w.level) for w in active], GUN_RISE)
        self.assertAlmostEqual(active[-1].level, (low + high) / 2 * 60, delta=2)
        self.assertLess(active[-1].t - begin, 4)

    def check_estim(self, step, side, window, begin, end):
        active = self.check_ends(window, begin, end, TOLERANCE + 0.5)
        channel = {"left": 0, "right": 1}[side]
        wanted = int(conf.quantity(step["intensity"])[0] * PADS_MAX)
        ramp = conf.quantity(step["ramp"])[0]
        down = conf.quantity(step["ramp_down"])[0] if "ramp_down" in step else 0
        period = 1000 / conf.quantity(step["frequency"])[0]
        changes = [(begin, 0)]
        for w in active:
            frame = w.value
            self.assertEqual(w.level[1 - channel], 0, f"the other channel in {w}")
            self.assertEqual({period_ms(f) for f in frame.frequencies[channel]}, {int(period)})
            self.assertLessEqual(max(frame.intensities[channel]), 100)
            # Under the line of the ramp, and of the way down.
            self.assertLessEqual(w.level[channel], wanted * min(1, (w.t - begin + 0.02) / ramp) + 1e-9)
            if down:
                self.assertLessEqual(w.level[channel], wanted * min(1, (end - w.t + 0.15) / down) + 1e-9)
            if w.level[channel] != changes[-1][1]:
                changes.append((w.t, w.level[channel]))
        self.assertLessEqual(changes[1][1], PADS_RISE)
        self.check_rise(changes[1:], PADS_RISE)
        self.assertEqual(max(level for _, level in changes), wanted)
        reached = next(t for t, level in changes if level == wanted)
        self.assertLess(reached - begin, ramp + 1)
        if down:
            self.assertLessEqual(active[-1].level[channel], max(1, wanted / 4))
        else:
            self.assertEqual(active[-1].level[channel], wanted)

    def excused(self, dead_usec, at_usec):
        """The machine stood still for as long as the output was dead, but for what would not have counted."""
        return self.stood_still((at_usec - dead_usec) / 1e6, at_usec / 1e6) * 1e6 >= dead_usec - DEAD_USEC

    def check_stream(self, events, writes):
        late = [e for e in events if e["what"] in ("missed-window", "late-frame")]
        dead = [e for e in late if e["data"]["dead_usec"] > DEAD_USEC]
        excused = [e for e in dead if self.excused(e["data"]["dead_usec"], e["t_usec"])]
        stream = [w for w in writes if w.address == PADS]
        gaps = sorted(b.t - a.t for a, b in zip(stream, stream[1:]) if a.active and b.active)
        print(f"stream: {len(gaps)} frames, period {gaps[0] * 1000:.2f} to {gaps[-1] * 1000:.2f} ms, "
              f"{len(late)} frames late, longest {max([e['data']['dead_usec'] for e in late], default=0)} us; "
              f"windows missed: {len(dead)}, {len(excused)} of them while the machine stood still "
              f"({len(self.stalls)} times, longest {max([b - a for a, b in self.stalls], default=0) * 1000:.0f} ms)",
              flush=True)
        self.assertEqual([e for e in dead if e not in excused], [])
        self.assertFalse([e for e in events if e["what"] in ("bad-frame", "dropped-group", "lost")])
        limits = [w for w in harness.writes_of(events) if w.kind == "limits"]
        # The lowest that holds for everybody after connecting; then what the step may ever give, and the same again at the end.
        self.assertEqual(limits[0].value, (PADS_MAX, PADS_MAX))
        self.assertEqual(limits[-1].value, (PADS_MAX, PADS_MAX))
        self.assertTrue(all(max(w.value) <= PADS_MAX for w in limits))
        self.assertGreater(len({w.value for w in limits}), 1)
        # Stop first, then limits and questions: the first word to each device is a zero.
        for address in (GUN, PADS):
            self.assertTrue(next(w for w in harness.writes_of(events) if w.address == address).stop)


if __name__ == "__main__":
    harness.main()
