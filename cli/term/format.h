/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Values for display. Every function writes into the caller's buffer and returns it, so that it can be used as a printf()
 * argument. */

#include "lib/macros.h"

#define FORMAT_MAX 64
/* Digits of a number for a program: decimal input is reproduced exactly. */
#define FORMAT_REAL_DIGITS 15

/* "0:18", "12:05", "1:02:03"; _left rounds up, so that a count-down ends with 0:00 and not a second early. */
const char *format_clock(char buffer[static FORMAT_MAX], uint64_t usec);
const char *format_left(char buffer[static FORMAT_MAX], uint64_t usec);

/* "45 s", "10 min", "1 min 30 s", "1 h 5 min". */
const char *format_duration(char buffer[static FORMAT_MAX], uint64_t usec);

/* "2026-11-21 07:05" in the local time zone, from microseconds since the epoch. */
const char *format_date_time(char buffer[static FORMAT_MAX], uint64_t usec);
/* The same for a program, in UTC: "2026-11-21T06:05:12.345678Z". */
const char *format_timestamp(char buffer[static FORMAT_MAX], uint64_t usec);
/* Offset from another time, to the millisecond: "01:05.250", "1:02:03.000", "-00:00.010". */
const char *format_offset(char buffer[static FORMAT_MAX], uint64_t usec, uint64_t from_usec);

/* "28 Hz", "12.5 mA"; an empty unit is left out. */
const char *format_level(char buffer[static FORMAT_MAX], double value, const char *unit);

/* Whether a person sees that it is less: rounding to a level that the device has is not shown as a limit. */
bool format_level_is_less(double value, double than, const char *unit);

/* A bar of exactly columns cells, filled to fraction (0 to 1), in eighths of a cell where the terminal can. */
const char *format_bar(char *buffer, size_t size, double fraction, unsigned columns);
