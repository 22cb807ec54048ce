/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Checks for a person whether the record is intact, and prints the result. Returns 0 when nothing was changed or lost, else
 * a negative errno. */
int record_check(const char *path);
