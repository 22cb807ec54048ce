#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# Over ssh another user scans: the policy wants an administrator's password. limber has to allow that
# it is asked for (AllowUserInteraction reaches polkit), and where nobody can be asked, to say what
# the user can do instead.
# Seen in the field: PackageKit/PackageKit #93, abrt/abrt #815, firewalld/firewalld #111
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

nobody = as_nobody()
w = World(bluez="own", simulated=False, start=False)
flags = []


def polkit(call):
    if call.member == "CheckAuthorization":
        flags.append(call.body[3])
        return "(bba{ss})", (False, True, {})
    return ("",)


w.connection(handler=polkit).own("org.freedesktop.PolicyKit1")
w.start_daemon()
done = w.limber("scan", "--seconds", "1", uid=nobody)
if not flags:
    broken("polkit was never asked: " + done.said)
text = done.out.lower()
judge(flags[0] & 1 and any(word in text for word in ("sudo", "administrator", "authori", "password", "polkit")),
      f"flags {flags[0]}: {done.said[:80]}", f"polkit was asked with flags {flags}, limber says: {done.said}",
      "flag 1 (interaction allowed), and what to do when nobody can be asked")
