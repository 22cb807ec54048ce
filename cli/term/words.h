/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Words of the bus contract, said as a person would say them. What is not known is said as it came. */

#include "lib/macros.h"

/* Why a session is paused or has ended, as a part of a sentence: "it hurt more than …". */
const char *words_reason(const char *reason);
/* What is known of a device's output; bad is set when a person has to act. */
const char *words_certainty(const char *certainty, bool *ret_bad);
/* "left calf" out of side and zone, with the zone's "_" and "-" as spaces. */
const char *words_place(char *buffer, size_t size, const char *side, const char *zone);
/* What a person should do with their hands when nothing else is sure to stop the output. */
extern const char words_hands[];
