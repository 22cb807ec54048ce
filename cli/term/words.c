/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/words.h"

const char words_hands[] = "Take the pads or the gun off the body, switch the device off by its own button, "
                           "then run: limber-allstop";

static const struct {
        const char *reason, *words;
} reasons[] = {
        { "completed", "the routine is complete" },
        { "stopped", "it was stopped" },
        { "paused", "it was paused" },
        { "discomfort", "it hurt more than this routine allows" },
        { "lease-lost", "the program that held it was not heard from in time" },
        { "device-lost", "a device was lost" },
        { "timeout", "nobody answered in time" },
        { "shutdown", "limberd or the machine is going down" },
        { "sleep", "the machine went to sleep" },
        { "failed", "it could not begin or go on" },
        { "unanswered", "nobody said how it feels" },
        { "not-done", "it came to its end, but a step gave nothing" },
        { "daemon-died", "not ended: limberd died" },
};

const char *words_reason(const char *reason) {
        for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
                if (streq_ptr(reasons[i].reason, reason))
                        return reasons[i].words;
        return strnull(reason);
}

static const struct {
        const char *certainty, *words;
        bool bad;
} certainties[] = {
        { "off", "off", false },
        { "commanded", "as commanded", false },
        { "confirmed", "confirmed by the device", false },
        { "uncertain", "not certain to be off", true },
        { "unreachable", "out of reach, not certain to be off", true },
};

const char *words_certainty(const char *certainty, bool *ret_bad) {
        for (size_t i = 0; i < ARRAY_SIZE(certainties); i++)
                if (streq_ptr(certainties[i].certainty, certainty)) {
                        *ret_bad = certainties[i].bad;
                        return certainties[i].words;
                }
        *ret_bad = false;
        return strnull(certainty);
}

const char *words_place(char *buffer, size_t size, const char *side, const char *zone) {
        snprintf(buffer, size, "%s%s%s", strnull(side), isempty(side) || isempty(zone) ? "" : " ",
                strnull(zone));
        for (char *c = buffer; *c; c++)
                if (*c == '_' || *c == '-')
                        *c = ' ';
        return buffer;
}
