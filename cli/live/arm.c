/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live/arm.h"

enum arm arm_policy(const struct arm_question *q) {
        bool none = streq_ptr(q->kind, "none"), percussion = streq_ptr(q->kind, "percussion");
        /* An unknown kind counts as e-stim. */
        bool by_word = none || (q->yes && (percussion || q->simulated));

        if (q->simulated && !q->terminal)
                return ARM_NOW;
        if (by_word && q->wanted)
                return ARM_NOW;
        if (q->terminal)
                return ARM_ASK;
        return by_word ? ARM_LEAVE : ARM_REFUSE;
}
