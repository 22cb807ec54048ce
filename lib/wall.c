/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/wall.h"

#include <time.h>

#include "lib/clock.h"

#define FORM "%Y-%m-%dT%H:%M:%SZ"

uint64_t wall_now(void) {
        struct timespec now = {};

        (void) clock_gettime(CLOCK_REALTIME, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

const char *wall_format(char buffer[static WALL_TEXT_MAX], uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(buffer, WALL_TEXT_MAX, FORM, &tm) == 0)
                buffer[0] = '\0';
        return buffer;
}

int wall_parse(const char *text, uint64_t *ret) {
        char again[WALL_TEXT_MAX];
        struct tm tm = {};
        const char *end = strptime(text, FORM, &tm);
        time_t seconds;

        if (!end || *end)
                return -EINVAL;
        seconds = timegm(&tm);
        /* Formatting the result must give the same text: strptime() accepts blanks and short numbers, timegm() the 30th of
         * February. */
        if (seconds < 0 || !streq(wall_format(again, (uint64_t) seconds * USEC_PER_SEC), text))
                return -EINVAL;
        *ret = (uint64_t) seconds * USEC_PER_SEC;
        return 0;
}
