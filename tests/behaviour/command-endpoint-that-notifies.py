#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# A cheap module: one characteristic takes commands only (no requests) and notifies what the
# device does. limberd has to listen to it, too: StartNotify is called for it after
# connecting.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

ONE = """format = 1;
id = "one-pipe"; title = "One pipe gun"; kind = "percussion"; engine = "frames"; evidence = "C";
evidence_text = "Made for a test."; source = "none"; link_loss = "unknown"; link_loss_text = "Its own button stops it.";
min_gap = "50ms";
match = ( { name = "ONEPIPE"; } );
endpoints = ( { name = "pipe"; service = "ffe0"; characteristic = "ffe2"; write = [ "command" ]; notify = true; } );
features = ( { name = "motor"; basis = "nominal"; range = "1750-2400/min"; native = [ 1750, 2400 ]; } );
frames = (
    { name = "set"; endpoint = "pipe"; write = "command"; bytes = "AA {sum8:2} 01 03 {motor:u16be} 03"; },
    { name = "stop"; endpoint = "pipe"; write = "command"; bytes = "AA {sum8:2} 01 03 00 00 03"; },
    { name = "query-status"; endpoint = "pipe"; write = "command"; bytes = "AA {sum8:2} 10 00"; },
    { name = "status"; endpoint = "pipe"; bytes = "BB {sum8:2} 10 * {running:u8} *8 {motor:u16be} ..."; }
);
"""
w = World(bluez="own", devices={"one-pipe": ONE})
gun = Gun(w.bluez, name="ONEPIPE")


def services():
    service = w.bluez.service(gun.path, 0x10, "ffe0")
    w.bluez.characteristic(service, 0x11, "ffe2", ["write-without-response", "notify"])


gun.services = services
w.keep(gun.address, "gun")
done = w.limber("connect", "gun", timeout=30)
time.sleep(0.5)
asked = [m for _, p, m in w.bluez.calls if p.endswith("char0011")]
judge("StartNotify" in asked or "AcquireNotify" in asked, "it is listened to", f"calls on it: {asked}, connect exit {done.code}: "
      f"{done.said[:100]}", "StartNotify, too")
