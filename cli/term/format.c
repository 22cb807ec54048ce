/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/format.h"

#include <inttypes.h>
#include <math.h>
#include <time.h>

#include "cli/term/text.h"
#include "lib/clock.h"

const char *format_clock(char buffer[static FORMAT_MAX], uint64_t usec) {
        uint64_t s = usec / USEC_PER_SEC;

        if (s >= 3600)
                snprintf(buffer, FORMAT_MAX, "%" PRIu64 ":%02u:%02u", s / 3600, (unsigned) (s / 60 % 60),
                        (unsigned) (s % 60));
        else
                snprintf(buffer, FORMAT_MAX, "%u:%02u", (unsigned) (s / 60), (unsigned) (s % 60));
        return buffer;
}

const char *format_left(char buffer[static FORMAT_MAX], uint64_t usec) {
        return format_clock(buffer, usec > UINT64_MAX - USEC_PER_SEC ? usec : usec + USEC_PER_SEC - 1);
}

const char *format_duration(char buffer[static FORMAT_MAX], uint64_t usec) {
        uint64_t s = usec / USEC_PER_SEC + (usec % USEC_PER_SEC >= USEC_PER_SEC / 2);
        unsigned minutes = (unsigned) (s / 60 % 60), seconds = (unsigned) (s % 60);

        if (s < 60)
                snprintf(buffer, FORMAT_MAX, "%u s", seconds);
        else if (s < 3600 && seconds == 0)
                snprintf(buffer, FORMAT_MAX, "%u min", minutes);
        else if (s < 3600)
                snprintf(buffer, FORMAT_MAX, "%u min %u s", minutes, seconds);
        else if (minutes == 0)
                snprintf(buffer, FORMAT_MAX, "%" PRIu64 " h", s / 3600);
        else
                snprintf(buffer, FORMAT_MAX, "%" PRIu64 " h %u min", s / 3600, minutes);
        return buffer;
}

const char *format_date_time(char buffer[static FORMAT_MAX], uint64_t usec) {
        time_t t = (time_t) (usec / USEC_PER_SEC);
        struct tm tm;

        if (!localtime_r(&t, &tm) || strftime(buffer, FORMAT_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
                snprintf(buffer, FORMAT_MAX, "?");
        return buffer;
}

const char *format_timestamp(char buffer[static FORMAT_MAX], uint64_t usec) {
        time_t t = (time_t) (usec / USEC_PER_SEC);
        char seconds[FORMAT_MAX / 2];
        struct tm tm;

        if (!gmtime_r(&t, &tm) || strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
                snprintf(seconds, sizeof(seconds), "?");
        snprintf(buffer, FORMAT_MAX, "%s.%06uZ", seconds, (unsigned) (usec % USEC_PER_SEC));
        return buffer;
}

const char *format_offset(char buffer[static FORMAT_MAX], uint64_t usec, uint64_t from_usec) {
        uint64_t after = MAX(usec, from_usec) - MIN(usec, from_usec), s = after / USEC_PER_SEC;
        unsigned msec = (unsigned) (after % USEC_PER_SEC / USEC_PER_MSEC);
        const char *sign = usec < from_usec ? "-" : "";

        if (s >= 3600)
                snprintf(buffer, FORMAT_MAX, "%s%" PRIu64 ":%02u:%02u.%03u", sign, s / 3600,
                        (unsigned) (s / 60 % 60), (unsigned) (s % 60), msec);
        else
                snprintf(buffer, FORMAT_MAX, "%s%02u:%02u.%03u", sign, (unsigned) (s / 60),
                        (unsigned) (s % 60), msec);
        return buffer;
}

/* The only unit that is a word: "1 step", "3 steps". */
static const char *unit_of(double value, const char *unit) {
        return streq_ptr(unit, "step") && !(fabs(value - 1) < 0.05) ? "steps" : strnull(unit);
}

const char *format_level(char buffer[static FORMAT_MAX], double value, const char *unit) {
        const char *space = isempty(unit) ? "" : " ";

        if (!isfinite(value))
                snprintf(buffer, FORMAT_MAX, "?%s%.20s", space, strnull(unit));
        else if (fabs(value - round(value)) < 0.05)
                snprintf(buffer, FORMAT_MAX, "%.0f%s%.20s", fabs(round(value)) < 0.5 ? 0.0 : value, space,
                        unit_of(value, unit));
        else
                snprintf(buffer, FORMAT_MAX, "%.1f%s%.20s", value, space, unit_of(value, unit));
        return buffer;
}

bool format_level_is_less(double value, double than, const char *unit) {
        char a[FORMAT_MAX], b[FORMAT_MAX];

        return value < than && !streq(format_level(a, value, unit), format_level(b, than, unit));
}

/* Appends a cell; false when it does not fit. */
static bool put(char *buffer, size_t size, size_t *used, const char *cell) {
        size_t n = strlen(cell);

        if (*used + n + 1 > size)
                return false;
        memcpy(buffer + *used, cell, n + 1);
        *used += n;
        return true;
}

const char *format_bar(char *buffer, size_t size, double fraction, unsigned columns) {
        static const char *const parts[] = { "░", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█" };
        unsigned per_cell = text_utf8() ? 8 : 1, filled;
        size_t used = 0;

        if (size > 0)
                buffer[0] = '\0';
        if (!isfinite(fraction) || fraction < 0)
                fraction = 0;
        filled = (unsigned) (MIN(fraction, 1.0) * columns * per_cell);
        for (unsigned i = 0; i < columns; i++) {
                unsigned cell = MIN(filled, per_cell);
                const char *s = per_cell == 1 ? (cell ? "#" : ".") : parts[cell];

                filled -= cell;
                if (!put(buffer, size, &used, s))
                        break;
        }
        return buffer;
}
