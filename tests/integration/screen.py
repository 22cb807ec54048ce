# SPDX-License-Identifier: LGPL-2.1-or-later
"""As much of a terminal as the live view uses, so that a test can look at it."""

import re
import unicodedata

SEQUENCE = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])")


class Screen:
    def __init__(self, columns=80, rows=24):
        self.columns = columns
        self.rows = rows
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.main = None  # cells and cursor of the screen behind the alternate one
        self.alternate = False
        self.cursor = True
        self.overflows = 0
        self.was_alternate = False
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        self.rest = ""
        i = 0
        while i < len(text):
            c = text[i]
            if c == "\x1b":
                found = SEQUENCE.match(text, i)
                if not found:
                    if len(text) - i < 16:
                        self.rest = text[i:]
                        return
                    i += 1
                    continue
                self.sequence(found.group(1), found.group(2))
                i = found.end()
                continue
            i += 1
            self.character(c)

    def character(self, c):
        if c == "\r":
            self.column = 0
        elif c == "\n":
            self.row += 1
            if self.row == self.rows:  # it scrolls
                self.row -= 1
                self.cells = [*self.cells[1:], [" "] * self.columns]
        elif c >= " ":
            width = 2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1
            if self.column + width > self.columns:
                self.overflows += self.alternate  # elsewhere, the terminal wraps
            else:
                self.cells[self.row][self.column] = c
            self.column += width

    def sequence(self, numbers, final):
        if numbers.startswith("?"):
            for number in numbers[1:].split(";"):
                if number == "1049":
                    self.switch(final == "h")
                elif number == "25":
                    self.cursor = final == "h"
            return
        values = [int(n) if n else 0 for n in numbers.split(";")]
        if final == "H":
            self.row = min(max(values[0], 1), self.rows) - 1
            self.column = min(max(values[1] if len(values) > 1 else 1, 1), self.columns) - 1
        elif final == "J" and values[0] == 2:
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
        elif final == "K" and values[0] == 0:
            for i in range(self.column, self.columns):
                self.cells[self.row][i] = " "

    def switch(self, alternate):
        if alternate == self.alternate:
            return
        self.alternate = alternate
        if alternate:
            self.was_alternate = True
            self.main = self.cells, self.row, self.column
            self.cells = [[" "] * self.columns for _ in range(self.rows)]
        else:
            self.cells, self.row, self.column = self.main

    @property
    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)
