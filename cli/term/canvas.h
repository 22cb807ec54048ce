/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A screen of text lines that is composed in full and written only where it differs from what is shown. */

#include "cli/term/style.h"
#include "lib/macros.h"

struct canvas;

struct canvas *canvas_new(bool colour);
struct canvas *canvas_free(struct canvas *canvas);
DEFINE_CLEANUP(struct canvas *, canvas_free);

/* Begins a new frame of that size. After a change of size, or canvas_spoil(), the next frame is written in full. */
void canvas_begin(struct canvas *canvas, unsigned columns, unsigned rows);
void canvas_spoil(struct canvas *canvas);

/* Adds text to the current line, cleaned and cut at the right edge. */
void canvas_text(struct canvas *canvas, enum style style, const char *format, ...) _printf_(3, 4);
/* Puts text at the right edge of the current line, as far as there is room. */
void canvas_right(struct canvas *canvas, enum style style, const char *text);
/* Moves to a column of the current line; returns how many columns are left from there. */
unsigned canvas_column(struct canvas *canvas, unsigned column);
void canvas_next(struct canvas *canvas);
/* Lines that are still free. */
unsigned canvas_rows_left(const struct canvas *canvas) _pure_;
/* Continues on the last n lines, overwriting them. */
void canvas_bottom(struct canvas *canvas, unsigned n);

/* Writes what changed. Returns negative errno. */
int canvas_flush(struct canvas *canvas, int fd);
/* A line of the frame, for tests. */
const char *canvas_line(const struct canvas *canvas, unsigned row);
