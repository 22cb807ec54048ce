/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Values with units, as people write them ("30s", "28-33Hz", "250us", "70%") and as code stores them: integers in one small
 * unit per dimension, so that no value is ever rounded up on its way to a body. */

#include "lib/macros.h"

enum dimension {
        DIMENSION_TIME,      /* microseconds: us, ms, s, min, h */
        DIMENSION_FREQUENCY, /* millihertz: Hz, /min */
        DIMENSION_CURRENT,   /* microampere: uA, mA */
        DIMENSION_RATIO,     /* per mille: % */
        DIMENSION_AREA,      /* square millimetre: mm2, cm2 */
        DIMENSION_STEP,      /* thousandths of a device's own step: step */
        _DIMENSION_MAX,
};

struct quantity_range {
        int64_t min, max;
};

/* Reads "NUMBER UNIT" or "NUMBER-NUMBER UNIT" (blanks are optional, up to three decimals). -EINVAL: another form, or no
 * unit; -ERANGE: a number too large; -EBADMSG: the upper end is below the lower. */
int quantity_parse_range(const char *text, enum dimension dimension, struct quantity_range *ret);

/* The same for a single value; a range is -EINVAL. */
int quantity_parse(const char *text, enum dimension dimension, int64_t *ret);

/* Units of the dimension and an example, for error messages. */
const char *dimension_units(enum dimension dimension) _const_;
const char *dimension_example(enum dimension dimension) _const_;

#define QUANTITY_TEXT_MAX 48u
/* Writes a value with its most readable unit, at most three decimals, into buffer and returns it. */
const char *quantity_format(char buffer[static QUANTITY_TEXT_MAX], enum dimension dimension, int64_t value);
const char *quantity_format_range(
        char buffer[static QUANTITY_TEXT_MAX], enum dimension dimension, const struct quantity_range *range);
