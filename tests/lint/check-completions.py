#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The completions say in each shell that is there what limber takes: check-completions.py DUMP-PROGRAM BASH ZSH FISH"""

import json
import shutil
import subprocess
import sys

dump, bash, zsh, fish = sys.argv[1:]
tables = json.loads(subprocess.run([dump], check=True, capture_output=True, text=True).stdout)
common = ["--" + o["name"] for o in tables["options"] if o["common"]]
first = {v["name"].split()[0] for v in tables["verbs"]}
wrong = []


def complete(*words):
    """What bash offers for the last word."""
    script = 'source "$1"; shift; COMP_WORDS=(limber "$@"); COMP_CWORD=$#; _limber; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-uc", script, "bash", bash, *words], capture_output=True, text=True,
                          check=False)
    if done.returncode or done.stderr:
        wrong.append(f"bash {words}: {done.returncode} {done.stderr.strip()}")
    return sorted(done.stdout.split())


def expect(words, offered):
    got = complete(*words)
    if got != sorted(offered):
        wrong.append(f"bash {' '.join(words)!r}: offered {got}, right: {sorted(offered)}")


expect([""], first)
expect(["-H", "pi", "--json", ""], first)
for verb in tables["verbs"]:
    expect([*verb["name"].split(), "--"], ["--" + o for o in verb["options"]] + common)
expect(["sto"], ["stop"])
expect(["start", "--side", ""], ["left", "right"])
expect(["runner", ""], ["cap", "sign-off"])
expect(["device", ""], ["check"])
expect(["runner", "cap", "estim"], ["estim", "estim-levels"])
expect(["runner", "cap", "estim", ""], ["none"])
expect(["discomfort", "5", "numb", "sh"], ["sharp", "shooting"])
expect(["discomfort", "--session", "3", "1"], ["1", "10"])

for program, path in (("bash", bash), ("zsh", zsh), ("fish", fish)):
    if shutil.which(program):
        done = subprocess.run([program, "-n", path], capture_output=True, text=True, check=False)
        wrong += [f"{program}: {done.stderr.strip()}"] if done.returncode else []
if shutil.which("shellcheck"):
    done = subprocess.run(["shellcheck", bash], capture_output=True, text=True, check=False)
    wrong += [done.stdout] if done.returncode else []
print("\n".join(wrong) if wrong else f"{len(tables['verbs'])} verbs")
sys.exit(bool(wrong))
