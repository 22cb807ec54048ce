# SPDX-License-Identifier: LGPL-2.1-or-later
"""A session in which everything happens that a report has to tell."""

import os

from harness import GUN, PADS, SOURCE

ROUTINES = os.path.join(SOURCE, "tests", "report", "routines")
LIMIT = "turned down at the device itself"
SCORES = (2, 1)


def run(world):
    """A question, a gun, pads that are turned down by hand, two numbers, and a stop; returns its events."""
    client = world.terminal("start", "told")
    client.begin()
    client.wait_for("Ready, steady")
    client.type("\r")
    world.wait(lambda: world.is_on(GUN), "output of the gun")
    client.type(str(SCORES[0]))
    world.wait(lambda: world.is_on(PADS) and world.last_write(PADS).level[1] >= 8, "some strength of the pads", 30)
    world.poke(PADS, "wheel-b", -4)
    world.wait(lambda: limited(world), "the limit to act")
    client.type(str(SCORES[1]))
    world.wait(lambda: kinds(world).count("discomfort") == len(SCORES), "both numbers to be kept")
    client.type("s")
    client.wait()
    world.wait(lambda: "session-ended" in kinds(world), "the end to be kept")
    return events(world)


def events(world):
    return world.call_manager("HistoryEvents", "t", [1])[0]


def kinds(world):
    return [e["kind"] for e in events(world)]


def limited(world):
    return any(e["kind"] == "setpoint" and e["reason"] == "knob" and 0 < e["given"] < e["asked"] for e in events(world))


def seconds_on(kept, zone):
    """Of output at a zone, as limberd counted it."""
    return sum(e["given"] for e in kept if e["kind"] == "dose" and e["zone"] == zone) / 1e6


def highest(kept, device):
    """What it was given at most, as limber writes it."""
    most = max((e for e in kept if e["kind"] == "setpoint" and e["device"] == device), key=lambda e: e["given"])
    value = most["given"] / 1000
    figure = f"{value:.0f}" if abs(value - round(value)) < 0.05 else f"{value:.1f}"
    return f"{figure} {most['unit']}" + ("s" if most["unit"] == "step" and figure != "1" else "")
