# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads a routine file without any code of limber: as much of libconfig's syntax as routines use."""

import re

TOKEN = re.compile(r'\s+|#[^\n]*|//[^\n]*|(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_*][-\w*]*)|'
                   r'(?P<number>[-+]?[0-9][0-9.]*)|(?P<mark>[=:;,(){}\[\]])')
UNITS = {"s": 1.0, "min": 60.0, "ms": 1e-3, "us": 1e-6, "Hz": 1.0, "%": 0.01}


def tokens(text):
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise ValueError(text[at:at + 20])
        at = found.end()
        if found.lastgroup:
            yield found.group()
    yield ""


class Parser:
    def __init__(self, text):
        self.tokens = list(tokens(text))
        self.at = 0

    def next(self):
        self.at += 1
        return self.tokens[self.at - 1]

    def peek(self):
        return self.tokens[self.at]

    def value(self):
        token = self.next()
        if token in "({[":
            closer = {"(": ")", "{": "}", "[": "]"}[token]
            return self.group(closer) if token == "{" else self.items(closer)
        if token[0] == '"':
            text = token[1:-1]
            while self.peek()[:1] == '"':  # adjacent strings are one
                text += self.next()[1:-1]
            return text
        return {"true": True, "false": False}[token] if token in ("true", "false") else float(token)

    def items(self, closer):
        items = []
        while self.peek() != closer:
            items.append(self.value())
            if self.peek() == ",":
                self.next()
        self.next()
        return items

    def group(self, closer):
        group = {}
        while self.peek() != closer:
            name = self.next()
            self.next()
            group[name] = self.value()
            if self.peek() in (";", ","):
                self.next()
        self.next()
        return group


def read(path):
    with open(path) as f:
        parser = Parser(f.read())
    return parser.group("")


def quantity(text):
    """(lowest, highest) in seconds, hertz or parts of one."""
    numbers, unit = re.fullmatch(r"([0-9.]+(?:-[0-9.]+)?)\s*([A-Za-z%]+)", text).groups()
    values = [float(n) * UNITS[unit] for n in numbers.split("-")]
    return values[0], values[-1]
