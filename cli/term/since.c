/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/since.h"

#include <time.h>

#include "lib/clock.h"

#define SPAN_DIGITS_MAX 5
#define SECONDS_PER_HOUR 3600
#define SECONDS_PER_DAY 86400
/* Upper bound of the difference to UTC, jumps included: Samoa once left out a whole day. */
#define AWAY_MAX (2 * (time_t) SECONDS_PER_DAY)

/* Compares two local times: negative, 0, positive. */
static int compare(const struct tm *a, const struct tm *b) {
        const int pairs[][2] = {
                { a->tm_year, b->tm_year },
                { a->tm_mon, b->tm_mon },
                { a->tm_mday, b->tm_mday },
                { a->tm_hour, b->tm_hour },
                { a->tm_min, b->tm_min },
                { a->tm_sec, b->tm_sec },
        };

        for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
                if (pairs[i][0] != pairs[i][1])
                        return pairs[i][0] < pairs[i][1] ? -1 : 1;
        return 0;
}

/* The first moment with that local time or a later one, when the clocks skipped it. */
static time_t after_jump(const struct tm *wanted) {
        struct tm tm = *wanted;
        time_t low = timegm(&tm) - AWAY_MAX, high = low + 2 * AWAY_MAX;

        while (high - low > 1) {
                time_t middle = low + (high - low) / 2;

                if (!localtime_r(&middle, &tm) || compare(&tm, wanted) < 0)
                        low = middle;
                else
                        high = middle;
        }
        return high;
}

/* The first moment with that local time; it occurs twice when the clocks are set back. */
static uint64_t to_usec(const struct tm *wanted) {
        bool found = false;
        time_t first = 0;

        for (int isdst = -1; isdst <= 1; isdst++) {
                struct tm tm = *wanted;
                time_t t;

                tm.tm_isdst = isdst;
                t = mktime(&tm);
                /* -1: mktime() may fail where a day was left out. */
                if (t == -1 || compare(&tm, wanted) != 0 || (found && t >= first))
                        continue;
                first = t;
                found = true;
        }
        if (!found)
                first = after_jump(wanted);
        return first > 0 ? (uint64_t) first * USEC_PER_SEC : 0;
}

/* Goes back by calendar days, independent of the time zone. */
static void subtract_days(struct tm *tm, int days) {
        time_t t;

        tm->tm_mday -= days;
        t = timegm(tm);
        (void) gmtime_r(&t, tm);
}

static bool is_real(const struct tm *tm) {
        struct tm copy = *tm;

        (void) timegm(&copy); /* normalises the date */
        return compare(&copy, tm) == 0;
}

/* The first moment of the day so many days ago. */
static uint64_t days_ago(const struct tm *now, int days) {
        struct tm tm = { .tm_year = now->tm_year, .tm_mon = now->tm_mon, .tm_mday = now->tm_mday };

        subtract_days(&tm, days);
        return to_usec(&tm);
}

/* The text matches the pattern, in which 0 stands for any digit. */
static bool looks_like(const char *text, const char *picture) {
        for (; *picture; text++, picture++)
                if (*picture == '0' ? *text < '0' || *text > '9' : *text != *picture)
                        return false;
        return *text == '\0';
}

static int parse_date(const char *text, uint64_t *ret_usec) {
        struct tm tm = {};

        if (looks_like(text, "0000-00-00"))
                (void) sscanf(text, "%4d-%2d-%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
        else if (looks_like(text, "0000-00-00 00:00"))
                (void) sscanf(text, "%4d-%2d-%2d %2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                        &tm.tm_min);
        else
                return -EINVAL;
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        if (!is_real(&tm))
                return -ERANGE;
        *ret_usec = to_usec(&tm);
        return 0;
}

static int parse_span(const char *text, uint64_t now_usec, const struct tm *now, uint64_t *ret_usec) {
        size_t digits = strspn(text, "0123456789");
        struct tm tm = *now;
        int n;

        if (digits == 0 || digits > SPAN_DIGITS_MAX || !text[digits] || text[digits + 1])
                return -EINVAL;
        n = atoi(text);
        if (n == 0)
                return -EINVAL;
        switch (text[digits]) {
        case 'h':
                *ret_usec = now_usec - MIN(now_usec, (uint64_t) n * SECONDS_PER_HOUR * USEC_PER_SEC);
                return 0;
        case 'd':
                subtract_days(&tm, n);
                break;
        case 'w':
                subtract_days(&tm, 7 * n);
                break;
        default:
                return -EINVAL;
        }
        *ret_usec = to_usec(&tm);
        return 0;
}

int since_parse(const char *text, uint64_t now_usec, uint64_t *ret_usec) {
        time_t t = (time_t) (now_usec / USEC_PER_SEC);
        struct tm now;
        int r;

        tzset(); /* localtime_r() need not call it */
        if (!localtime_r(&t, &now))
                return -ERANGE;
        if (streq(text, "today") || streq(text, "yesterday")) {
                *ret_usec = days_ago(&now, streq(text, "yesterday"));
                return 0;
        }
        r = parse_date(text, ret_usec);
        return r == -EINVAL ? parse_span(text, now_usec, &now, ret_usec) : r;
}
