/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Error messages for a person: one sentence, and what to do next. */

#include <systemd/sd-bus.h>

#include "lib/bus-errors.h"
#include "lib/macros.h"

/* Explains a bus error on stderr (r is used when error is not set). Returns the exit status. */
int failure_report(const sd_bus_error *error, int r);
/* The same in one line for a view, into buffer. */
int failure_describe(const sd_bus_error *error, int r, char *buffer, size_t size);

/* The daemon cannot be reached, as opposed to an error that it returned. */
bool failure_is_no_daemon(const sd_bus_error *error, int r);

/* Prints a message and, unless NULL, what to do next. Returns status. */
int failure_say(enum limber_exit status, const char *next, const char *format, ...) _printf_(3, 4);
/* A stop was sent (or could not be), and a device may be on. Returns LIMBER_EXIT_NOT_CONFIRMED. */
int failure_not_confirmed(bool sent);
int failure_no_memory(void);
