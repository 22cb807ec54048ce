/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/canvas.h"

#include <stdarg.h>

#include "cli/term/text.h"

#define ROWS_MAX 60
#define COLUMNS_MAX 160
#define LINE_SIZE 1024

struct canvas {
        bool colour, spoilt;
        unsigned columns, rows;
        unsigned row, column;
        size_t used; /* bytes of the current line */
        char lines[ROWS_MAX][LINE_SIZE];
        char shown[ROWS_MAX][LINE_SIZE];
};

struct canvas *canvas_new(bool colour) {
        struct canvas *c = calloc(1, sizeof(*c));

        if (!c)
                return NULL;
        c->colour = colour;
        c->spoilt = true;
        return c;
}

struct canvas *canvas_free(struct canvas *canvas) {
        free(canvas);
        return NULL;
}

void canvas_begin(struct canvas *canvas, unsigned columns, unsigned rows) {
        columns = MIN(columns, (unsigned) COLUMNS_MAX);
        rows = MIN(rows, (unsigned) ROWS_MAX);
        if (columns != canvas->columns || rows != canvas->rows)
                canvas->spoilt = true;
        canvas->columns = columns;
        canvas->rows = rows;
        canvas->row = canvas->column = 0;
        canvas->used = 0;
        for (unsigned i = 0; i < rows; i++)
                canvas->lines[i][0] = '\0';
}

void canvas_spoil(struct canvas *canvas) {
        canvas->spoilt = true;
}

static void append(struct canvas *c, const char *s) {
        size_t n = strlen(s);

        if (c->used + n + 1 > LINE_SIZE)
                return;
        memcpy(c->lines[c->row] + c->used, s, n + 1);
        c->used += n;
}

static void put(struct canvas *c, enum style style, const char *text) {
        char fitted[LINE_SIZE / 2];
        unsigned width;

        if (c->row >= c->rows || c->column >= c->columns)
                return;
        width = text_fit(text, c->columns - c->column, fitted, sizeof(fitted));
        append(c, style_begin(style, c->colour));
        append(c, fitted);
        append(c, style_end(style, c->colour));
        c->column += width;
}

void canvas_text(struct canvas *canvas, enum style style, const char *format, ...) {
        char text[LINE_SIZE];
        va_list ap;

        va_start(ap, format);
        vsnprintf(text, sizeof(text), format, ap);
        va_end(ap);
        put(canvas, style, text);
}

unsigned canvas_column(struct canvas *canvas, unsigned column) {
        if (canvas->row >= canvas->rows)
                return 0;
        while (canvas->column < MIN(column, canvas->columns)) {
                append(canvas, " ");
                canvas->column++;
        }
        return canvas->columns - canvas->column;
}

void canvas_right(struct canvas *canvas, enum style style, const char *text) {
        unsigned width = text_width(text);

        if (canvas->column + 1 + width > canvas->columns)
                return;
        (void) canvas_column(canvas, canvas->columns - width);
        put(canvas, style, text);
}

void canvas_next(struct canvas *canvas) {
        if (canvas->row < canvas->rows)
                canvas->row++;
        canvas->column = 0;
        canvas->used = 0;
}

unsigned canvas_rows_left(const struct canvas *canvas) {
        return canvas->rows - canvas->row;
}

void canvas_bottom(struct canvas *canvas, unsigned n) {
        canvas->row = canvas->rows - MIN(canvas->rows, n);
        canvas->column = 0;
        canvas->used = 0;
        for (unsigned i = canvas->row; i < canvas->rows; i++)
                canvas->lines[i][0] = '\0';
}

static int write_all(int fd, const char *s, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, s, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                s += k;
                n -= (size_t) k;
        }
        return 0;
}

int canvas_flush(struct canvas *canvas, int fd) {
        _cleanup_free_ char *out = malloc((size_t) canvas->rows * (LINE_SIZE + 32) + 32);
        size_t used = 0;

        if (!out)
                return -ENOMEM;
        if (canvas->spoilt)
                used += (size_t) sprintf(out, "\x1b[2J");
        for (unsigned i = 0; i < canvas->rows; i++) {
                if (!canvas->spoilt && streq(canvas->lines[i], canvas->shown[i]))
                        continue;
                used += (size_t) sprintf(out + used, "\x1b[%u;1H\x1b[K%s", i + 1, canvas->lines[i]);
                memcpy(canvas->shown[i], canvas->lines[i], LINE_SIZE);
        }
        canvas->spoilt = false;
        return write_all(fd, out, used);
}

const char *canvas_line(const struct canvas *canvas, unsigned row) {
        return row < canvas->rows ? canvas->lines[row] : "";
}
