/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scans a text before libconfig does. libconfig follows @include into any file of the machine (a directory makes it exit the
 * process), wraps large integers silently and stops at the first duplicate name; so untrusted bytes are scanned first, and
 * dangerous ones never reach it. */

#include "lib/findings.h"

#define UNTRUSTED_SIZE_MAX (64u * 1024u)
#define UNTRUSTED_DEPTH_MAX 16u
#define UNTRUSTED_MEMBERS_MAX 128u
#define UNTRUSTED_DIGITS_MAX 9u     /* more would overflow 32 bits */
#define UNTRUSTED_HEX_DIGITS_MAX 7u /* likewise */

/* Adds the fault of a text of n > UNTRUSTED_SIZE_MAX bytes. Returns -EBADMSG. */
int untrusted_refuse_size(struct findings *findings, size_t n);

/* Checks n bytes and returns, on success or when the only fault is duplicate names, a NUL-terminated copy to parse (the
 * caller frees it): in it a duplicate name is replaced by one that begins with '*', so that the rest of the file can still
 * be checked; a byte order mark before the text is blank, and a CR without LF ends a line. Adds every fault to findings, duplicate names included. -EBADMSG: not fit to be parsed. -ENOMEM. */
int untrusted_scan(const void *bytes, size_t n, struct findings *findings, char **ret);
