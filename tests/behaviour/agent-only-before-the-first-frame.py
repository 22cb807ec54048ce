#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
# At a terminal limber brings pkttyagent for verbs that may need a password, waits until it is registered, and ends it before a
# session is shown, because it reads the same keys. Verbs that need none, root, and limber without a terminal do not bring it.
import os
import pty
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from world import *  # noqa: E402,F403

nobody = as_nobody()
w = World(intake=(None, nobody))
w.keep_gun()
os.mkdir(w.path("agent"))
os.chmod(w.path("agent"), 0o777)
w.write(os.path.join(w.folder, "pkttyagent"), f"""#!/usr/bin/env python3
import os, sys, time
with open({w.path('agent')!r} + "/" + str(os.getpid()), "w") as f:
    f.write(" ".join(sys.argv[1:]))
os.close(int(sys.argv[sys.argv.index("--notify-fd") + 1]))
time.sleep(30)
""")
os.chmod(w.path("pkttyagent"), 0o755)
w.environment.update(PATH=w.folder + ":" + os.environ["PATH"], TERM="xterm")


def agents():
    """The arguments of those that were brought so far, and how many of them live."""
    found, alive = [], 0
    for pid in os.listdir(w.path("agent")):
        with open(os.path.join(w.path("agent"), pid), encoding="utf-8") as f:
            found.append(f.read())
        alive += os.path.exists(f"/proc/{pid}")
    return found, alive


def at_terminal(*words, uid=nobody):
    ours, theirs = pty.openpty()
    argv = ["setsid", "--ctty", *(["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else [])]
    process = subprocess.Popen([*argv, program("limber"), *words], stdin=theirs, stdout=theirs, stderr=theirs, env=w.environment,
                               cwd=w.folder)
    os.close(theirs)
    w.processes.append(process)
    seen = []

    def read():
        with contextlib.suppress(OSError):
            while data := os.read(ours, 4096):
                seen.append(data)
    threading.Thread(target=read, daemon=True).start()
    return process, ours, seen


wrong = []
for words, uid, wanted in ((("status",), nobody, 0), (("devices",), nobody, 0), (("stop",), nobody, 0),
                           (("scan", "--seconds", "1"), 0, 0), (("scan", "--seconds", "1"), nobody, 1)):
    at_terminal(*words, uid=uid)[0].wait(15)
    found, alive = agents()
    if len(found) != wanted or alive:
        wrong.append(f"{words[0]} as {uid}: {len(found)} agents, {alive} live")
arguments = found[0].split() if found else []
if [a for a in arguments if a.startswith("--")] != ["--process", "--fallback", "--notify-fd"]:
    wrong.append(f"arguments {arguments}")
w.limber("scan", "--seconds", "1", uid=nobody)
if len(agents()[0]) != 1:
    wrong.append("brought without a terminal")
process, keys, seen = at_terminal("start", "calf")
must(lambda: b"to begin" in b"".join(seen), "the key to be shown", 15)
if len(agents()[0]) != 2 or agents()[1]:
    wrong.append(f"start: {len(agents()[0])} agents, {agents()[1]} live while the session is shown")
os.write(keys, b"q")
process.wait(10)
judge(not wrong, f"{len(agents()[0])} agents, none while a session is shown", wrong, "only where a password may be wanted")
