/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/runner/dose-ledger.h"

const char *dose_rule_explain(enum dose_rule rule, enum role_kind kind) {
        static const char *const sentences[_DOSE_RULE_MAX][_ROLE_KIND_MAX] = {
                [DOSE_ALLOWED] = { "", "" },
                [DOSE_GAP] = { "it had percussion less than 6 hours ago",
                        "it had e-stim less than 2 hours ago" },
                [DOSE_SESSIONS] = { "it had percussion twice in the last 24 hours",
                        "it had e-stim three times in the last 24 hours" },
                [DOSE_MINUTES] = { "it would have more than 4 min of percussion in 24 hours", "" },
                [DOSE_STRENGTH] = { "",
                        "it was trained by e-stim, and rests for a day (for two while pads are new to you)" },
                [DOSE_STARTS] = { "",
                        "its training was begun three times within an hour, and rests for one" },
                [DOSE_ZONE_REST] = { "it hurt too much there less than a day ago",
                        "it hurt too much there less than a day ago" },
                [DOSE_ROUTINE_REST] = { "it was stopped because it hurt too much",
                        "it was stopped because it hurt too much" },
                [DOSE_ROUTINE_GAP] = { "it was done already, and its file sets a time between two sessions",
                        "it was done already, and its file sets a time between two sessions" },
        };

        return sentences[rule][kind];
}
