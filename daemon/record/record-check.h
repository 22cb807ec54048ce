/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* For a person who wants to know whether the record is whole: prints what is found. Returns 0 when nothing was changed or
 * lost, else a negative errno. */
int record_check(const char *path);
