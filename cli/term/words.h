/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words of the D-Bus API in natural language. Unknown words are returned unchanged. */

#include "lib/macros.h"

/* Why a session is paused or has ended, as a part of a sentence: "it hurt more than …". */
const char *words_reason(const char *reason);
/* Certainty of a device's output; bad is set when a person has to act. */
const char *words_certainty(const char *certainty, bool *ret_bad);
/* "left calf" from side and zone, with the zone's "_" and "-" as spaces. */
const char *words_place(char *buffer, size_t size, const char *side, const char *zone);
/* What to do by hand when nothing else is sure to stop the output. */
extern const char words_hands[];
