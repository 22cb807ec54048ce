#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Writes the completions of a shell from the tables of limber: generate.py DUMP-PROGRAM TEMPLATE OUTPUT

A line "@...@" of the template is replaced by rows that are made here; all that decides is in the template. What a word may be
is said by words, or by one of these names, which each template knows: <routine> <device> <session> <question> <file> <user>
<host>."""

import json
import pathlib
import subprocess
import sys


def load(program):
    tables = json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
    options = {o["name"]: o for o in tables["options"]}
    common = [o["name"] for o in tables["options"] if o["common"]]
    return options, common, tables["verbs"]


def quote(text):
    return "'" + text.replace("'", "'\\''") + "'"


def subverbs(verbs, name):
    return [v["name"].split()[1] for v in verbs if v["name"].startswith(name + " ")]


def firsts(verbs):
    """Of each name the first word: a verb of its own, or the beginning of some."""
    single = [v for v in verbs if " " not in v["name"]]
    words = {v["name"] for v in single}
    for v in verbs:
        word = v["name"].split()[0]
        if word not in words:
            words.add(word)
            single.append({**v, "name": word, "options": [], "values": []})
    return single


def words_of(verb, verbs):
    below = subverbs(verbs, verb["name"])
    return [" ".join(below)] if below else verb["values"]


def switches(option):
    return (["-" + option["letter"]] if option["letter"] else []) + ["--" + option["name"]]


def make_bash(options, common, verbs):
    rows = ["verbs=" + quote(" ".join(v["name"] for v in firsts(verbs))),
            "common=" + quote(" ".join("--" + o for o in common))]
    for v in verbs + [f for f in firsts(verbs) if f not in verbs]:
        if v["options"]:
            rows.append(f"options[{quote(v['name'])}]=" + quote(" ".join("--" + o for o in v["options"])))
        for i, values in enumerate(words_of(v, verbs)):
            rows.append(f"words[{quote(v['name'] + ' ' + str(i))}]=" + quote(values))
        if words_of(v, verbs):
            rows.append(f"last[{quote(v['name'])}]={len(words_of(v, verbs)) - 1}")
    for o in options.values():
        if o["argument"] is not None:
            rows += [f"arguments[{switch}]=" + quote(o["values"]) for switch in switches(o)]
    return ["        " + r for r in rows]


ZSH_NAMES = {"<routine>": "__limber_routines", "<device>": "__limber_devices", "<session>": "__limber_sessions",
             "<question>": "__limber_questions", "<file>": "_files", "<user>": "_users", "<host>": "_hosts"}


def zsh_values(values):
    return ZSH_NAMES.get(values, f"({values})" if values else "")


def zsh_text(text):
    return text.replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def zsh_option(o):
    both = switches(o)
    head = f"'({' '.join(both)})'{{{','.join(both)}}}'" if len(both) > 1 else "'" + ("*" if "repeated" in o["help"] else "") + both[0]
    argument = f":{zsh_text(o['argument'])}:{zsh_values(o['values'])}" if o["argument"] is not None else ""
    return head + f"[{zsh_text(o['help'])}]{argument}'".replace("\n", " ")


def zsh_words(verb, verbs):
    words = words_of(verb, verbs)
    rows = [f"'{i + 1}:word:{zsh_values(w)}'" for i, w in enumerate(words[:-1])]
    if words:
        rows.append(f"'*:word:{zsh_values(words[-1])}'")
    return rows


def make_zsh(options, common, verbs):
    yield "        verbs=("
    for v in firsts(verbs):
        yield "                " + quote(v["name"] + ":" + v["help"].replace(":", "\\:"))
    yield "        )"
    yield "        common=("
    for name in common:
        yield "                " + zsh_option(options[name])
    yield "        )"


def make_zsh_cases(options, common, verbs):
    for v in firsts(verbs):
        yield f"                {v['name']})"
        below = [w for w in verbs if w["name"].startswith(v["name"] + " ")]
        indent = " " * 24
        if below:
            yield indent + "case $words[2] in"
            for w in below:
                specs = [f"'1:word:({w['name'].split()[1]})'"]
                specs += [s.replace("'1:", "'2:", 1) if s.startswith("'1:") else s for s in zsh_words(w, verbs)]
                yield indent + f"{w['name'].split()[1]}) _arguments $common " + " ".join(
                    [zsh_option(options[o]) for o in w["options"]] + specs) + " ;;"
            yield indent + "*) _arguments $common " + " ".join(
                [zsh_option(options[o]) for o in v["options"]] + zsh_words(v, verbs)) + " ;;"
            yield indent + "esac"
        else:
            yield indent + "_arguments $common " + " ".join([zsh_option(options[o]) for o in v["options"]] + zsh_words(v, verbs))
        yield indent + ";;"


FISH_NAMES = {"<routine>": "(__limber_values routines id)", "<device>": "(__limber_values devices name)",
              "<session>": "(__limber_values history session)", "<question>": "(__limber_values intake id)",
              "<user>": "(__fish_complete_users)", "<host>": "(__fish_print_hostnames)"}


def fish_values(values):
    if values == "<file>":
        return "-F"
    return "-a " + quote(FISH_NAMES.get(values, values)) if values else ""


def fish_option(o, condition):
    row = f"complete -c limber {condition}-l {o['name']} " + (f"-s {o['letter']} " if o["letter"] else "")
    if o["argument"] is not None:
        row += ("-r " if o["values"] == "<file>" else "-x ") + fish_values(o["values"]) + " "
    return row.rstrip() + " -d " + quote(o["help"])


def make_fish(options, common, verbs):
    taking = [switch for o in options.values() if o["argument"] is not None for switch in switches(o)]
    yield "set -g __limber_arguments " + " ".join(taking)
    for name in common:
        yield fish_option(options[name], "")
    for v in firsts(verbs):
        yield f"complete -c limber -n '__limber_at 1' -a {v['name']} -d {quote(v['help'])}"
    for v in verbs:
        name = v["name"].split()
        inside = "__limber_in " + v["name"]
        if len(name) == 2:
            yield f"complete -c limber -n '__limber_in {name[0]}; and __limber_at 2' -a {name[1]} -d {quote(v['help'])}"
        for o in v["options"]:
            yield fish_option(options[o], f"-n {quote(inside)} ")
        words = v["values"]
        for i, values in enumerate(words):
            place = len(name) + 1 + i
            last = i == len(words) - 1
            if values:
                yield (f"complete -c limber -n '{inside}; and __limber_{'from' if last else 'at'} {place}' -k "
                       + fish_values(values))


MAKERS = {"@BASH@": make_bash, "@ZSH@": make_zsh, "@ZSH-CASES@": make_zsh_cases, "@FISH@": make_fish}


def main():
    program, template, output = sys.argv[1:]
    tables = load(program)
    lines = []
    for line in pathlib.Path(template).read_text(encoding="utf-8").splitlines():
        lines += MAKERS[line.strip()](*tables) if line.strip() in MAKERS else [line]
    pathlib.Path(output).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
