/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/quantity.h"

#include <ctype.h>

/* A unit is numerator/denominator of the dimension's base unit. */
struct unit {
        const char *name;
        int64_t numerator, denominator;
};

struct dimension_info {
        const struct unit *units; /* largest first, for printing */
        const char *listed;
        const char *example;
};

static const struct unit time_units[] = {
        { "h", INT64_C(3600000000), 1 },
        { "min", 60000000, 1 },
        { "s", 1000000, 1 },
        { "ms", 1000, 1 },
        { "us", 1, 1 },
        {},
};
static const struct unit frequency_units[] = { { "Hz", 1000, 1 }, { "/min", 1000, 60 }, {} };
static const struct unit current_units[] = { { "mA", 1000, 1 }, { "uA", 1, 1 }, {} };
static const struct unit ratio_units[] = { { "%", 10, 1 }, {} };
static const struct unit area_units[] = { { "cm2", 100, 1 }, { "mm2", 1, 1 }, {} };
static const struct unit step_units[] = { { "step", 1000, 1 }, {} };

static const struct dimension_info dimensions[_DIMENSION_MAX] = {
        [DIMENSION_TIME] = { time_units, "us, ms, s, min, h", "30s" },
        [DIMENSION_FREQUENCY] = { frequency_units, "Hz, /min", "28-33Hz" },
        [DIMENSION_CURRENT] = { current_units, "uA, mA", "12mA" },
        [DIMENSION_RATIO] = { ratio_units, "%", "70%" },
        [DIMENSION_AREA] = { area_units, "mm2, cm2", "25cm2" },
        [DIMENSION_STEP] = { step_units, "step", "12step" },
};

/* Nine digits before the point and three after it keep every product inside 64 bits. */
#define DIGITS_MAX 9u

/* A number as thousandths. */
static int parse_number(const char **text, int64_t *ret) {
        const char *p = *text;
        int64_t value = 0;
        unsigned digits = 0, decimals = 0;

        for (; isdigit((unsigned char) *p); p++) {
                if (++digits > DIGITS_MAX)
                        return -ERANGE;
                value = value * 10 + (*p - '0');
        }
        if (digits == 0)
                return -EINVAL;
        if (*p == '.') {
                for (p++; isdigit((unsigned char) *p) && decimals < 3; p++, decimals++)
                        value = value * 10 + (*p - '0');
                if (decimals == 0 || isdigit((unsigned char) *p))
                        return -EINVAL;
        }
        for (; decimals < 3; decimals++)
                value *= 10;

        *text = p;
        *ret = value;
        return 0;
}

static const char *skip_blank(const char *p) {
        while (*p == ' ')
                p++;
        return p;
}

static int64_t scale(int64_t thousandths, const struct unit *unit) {
        return (int64_t) ((__int128) thousandths * unit->numerator / unit->denominator / 1000);
}

int quantity_parse_range(const char *text, enum dimension dimension, struct quantity_range *ret) {
        int64_t low, high;
        int r;

        text = skip_blank(text);
        r = parse_number(&text, &low);
        if (r < 0)
                return r;
        high = low;

        text = skip_blank(text);
        if (*text == '-') {
                text = skip_blank(text + 1);
                r = parse_number(&text, &high);
                if (r < 0)
                        return r;
                text = skip_blank(text);
        }

        for (const struct unit *u = dimensions[dimension].units; u->name; u++) {
                if (!streq(text, u->name))
                        continue;
                if (high < low)
                        return -EBADMSG;
                *ret = (struct quantity_range){ scale(low, u), scale(high, u) };
                return 0;
        }
        return -EINVAL;
}

int quantity_parse(const char *text, enum dimension dimension, int64_t *ret) {
        struct quantity_range range;
        int r;

        if (strchr(text, '-'))
                return -EINVAL;
        r = quantity_parse_range(text, dimension, &range);
        if (r < 0)
                return r;
        *ret = range.min;
        return 0;
}

const char *dimension_units(enum dimension dimension) {
        return dimensions[dimension].listed;
}

const char *dimension_example(enum dimension dimension) {
        return dimensions[dimension].example;
}

/* Three decimals of the unit represent the value exactly, without too many leading zeros. */
static bool unit_suits(const struct unit *u, int64_t value) {
        return value == 0 || ((__int128) value * 1000 % u->numerator == 0 && value >= u->numerator / 2);
}

/* The largest unit that represents the lower end exactly and is not above the upper one. */
static const struct unit *unit_for(enum dimension dimension, const struct quantity_range *range) {
        const struct unit *u = dimensions[dimension].units;

        /* 29.167 Hz reads better than 1750/min everywhere but in a protocol page. */
        if (dimension == DIMENSION_FREQUENCY)
                return u;
        for (; u[1].name; u++) {
                /* "90s" reads better than "1.5min". */
                bool whole = dimension == DIMENSION_TIME && u->numerator > 1000000;

                if (range->max < u->numerator || !unit_suits(u, range->min))
                        continue;
                if (!whole || (range->min % u->numerator == 0 && range->max % u->numerator == 0))
                        break;
        }
        return u;
}

/* Number without its unit; thousandths are truncated, not rounded. */
static void format_number(char *buffer, size_t size, int64_t value, const struct unit *unit) {
        int64_t thousandths = (int64_t) ((__int128) value * 1000 * unit->denominator / unit->numerator);
        int n;

        n = snprintf(buffer, size, "%lld", (long long) (thousandths / 1000));
        if (thousandths % 1000 == 0 || n < 0 || (size_t) n >= size)
                return;
        n += snprintf(buffer + n, size - (size_t) n, ".%03lld", (long long) (thousandths % 1000));
        while (n > 0 && (size_t) n < size && buffer[n - 1] == '0')
                buffer[--n] = '\0';
}

const char *quantity_format(char buffer[static QUANTITY_TEXT_MAX], enum dimension dimension, int64_t value) {
        struct quantity_range range = { value, value };

        return quantity_format_range(buffer, dimension, &range);
}

const char *quantity_format_range(char buffer[static QUANTITY_TEXT_MAX], enum dimension dimension,
        const struct quantity_range *range) {
        const struct unit *unit = unit_for(dimension, range);
        char low[20], high[20];

        format_number(low, sizeof(low), range->min, unit);
        format_number(high, sizeof(high), range->max, unit);
        if (range->min == range->max)
                (void) snprintf(buffer, QUANTITY_TEXT_MAX, "%s%s", low, unit->name);
        else
                (void) snprintf(buffer, QUANTITY_TEXT_MAX, "%s-%s%s", low, high, unit->name);
        return buffer;
}
