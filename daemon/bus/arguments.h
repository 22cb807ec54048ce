/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The arguments of a call, before anything is done with them: no handler sees more than it could ever need. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

/* The longest string that means something is a path or a sentence. */
#define ARGUMENT_STRING_MAX (4u * 1024u)
/* Bytes of an array: the text of a file. */
#define ARGUMENT_BYTES_MAX (64u * 1024u)
/* Values, those in containers and the containers among them. */
#define ARGUMENT_VALUES_MAX 256u

/* All of it, with what the form of D-Bus adds. */
#define ARGUMENT_BODY_MAX (128u * 1024u)

/* Adds up the bytes of all strings and arrays of bytes. -E2BIG with error set: more than the above. What is far too large is
 * refused without being looked at: sd-bus checks a string when it is read, 32 MiB, which the bus carries, in a tenth of a second. */
int arguments_measure(sd_bus_message *m, size_t *ret_bytes, sd_bus_error *error);
