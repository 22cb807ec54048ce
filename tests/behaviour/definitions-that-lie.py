#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Four device files that say what is not so: the pads are called a fast gun, connecting asks the gun to run, the stop of
# the gun is a speed, the pads know two levels. Each is refused with its line and a reason, and whoever tries to use it
# gets nothing on the body: neither the motor nor the pads ever give anything.
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

GUN_FILE = """format = 1;
id = "%(id)s"; title = "Helpful gun"; kind = "percussion"; engine = "frames"; evidence = "A"; evidence_text = "Made for a test.";
source = "none"; link_loss = "unknown"; link_loss_text = "Its own button stops it."; min_gap = "50ms";
match = ( { name = "%(name)s"; } );
endpoints = (
    { name = "tx"; service = "ffe0"; characteristic = "ffe2"; write = [ "request", "command" ]; },
    { name = "rx"; service = "ffe0"; characteristic = "ffe1"; notify = true; }
);
features = ( { name = "motor"; basis = "nominal"; range = "1750-2400/min"; native = [ 1750, 2400 ]; } );
frames = (
    { name = "set"; endpoint = "tx"; write = "request"; bytes = "AA {sum8:2} 01 03 {motor:u16be} 03"; },
    { name = "stop"; endpoint = "tx"; write = "request"; bytes = "AA {sum8:2} 01 03 %(stop)s 03"; },
    { name = "query-status"; endpoint = "tx"; write = "request"; bytes = "AA {sum8:2} %(query)s"; }
);
"""
PADS_FILE = """format = 1;
id = "%(id)s"; title = "Pads"; kind = "%(kind)s"; engine = "coyote3"; evidence = "A"; evidence_text = "Made for a test.";
source = "none"; link_loss = "stops";
match = ( { name = "%(name)s"; } );
endpoints = (
    { name = "tx"; service = "180c"; characteristic = "150a"; write = [ "command" ]; },
    { name = "rx"; service = "180c"; characteristic = "150b"; notify = true; }
);
features = (
    { name = "a"; %(scale)s },
    { name = "b"; %(scale)s }
);
"""
FAST = 'basis = "nominal"; range = "39-40Hz"; native = [ 190, 200 ];'
COARSE = 'basis = "measured"; range = "1-60mA"; native = [ 1, 2 ]; uncalibrated_max = "60mA";'
FILES = {
    "asks": GUN_FILE % {"id": "asks", "name": "Pro", "stop": "00 00", "query": "01 03 09 60 03"},
    "stops": GUN_FILE % {"id": "stops", "name": "Elite", "stop": "09 60", "query": "10 00"},
    "fast": PADS_FILE % {"id": "fast", "name": "47L121000", "kind": "percussion", "scale": FAST},
    "coarse": PADS_FILE % {"id": "coarse", "name": "47L121001", "kind": "estim", "scale": COARSE},
}
WANTED = {"asks": "would switch the device on", "stops": "would switch the device on", "fast": "drives e-stim",
          "coarse": "more than a tenth of its range"}

w = World(devices=FILES, only_devices=True)
w.see()
rejected = w.client.call(LIMBER, "/org/limber1", "org.freedesktop.DBus.Properties", "Get", "ss", MANAGER, "Rejected")[0]
for name, words in WANTED.items():
    rows = [row for row in rejected if row[0].endswith(f"/{name}.conf")]
    must(lambda: any(row[1] > 0 and words in row[2] for row in rows), f"the refusal of {name}", 0.1)
for address in (GUN, PADS):
    w.limber("add", address, "--as", "it", "--experimental")
    w.limber("connect", "it", timeout=20)
most, end = 0, time.monotonic() + 2
while time.monotonic() < end:
    most = max(most, w.output(GUN), w.output(PADS))
    time.sleep(0.05)
judge(most == 0, f"{len(rejected)} refused, nothing on", f"{most / 10:g} % of output", "nothing is driven by a file that lies")
