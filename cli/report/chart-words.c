/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/chart-words.h"

#include "cli/term/format.h"
#include "cli/term/text.h"
#include "cli/term/words.h"
#include "lib/clock.h"
#include "lib/limit-rule.h"

const char *chart_channel_words(char buffer[static CHART_WORDS_MAX], const struct objects *objects,
        const struct chart_channel *channel) {
        snprintf(buffer, CHART_WORDS_MAX, "%s%s%s", objects_device_called(objects, channel->device),
                *channel->feature ? ", " : "", channel->feature);
        return buffer;
}

const char *chart_level(char buffer[static CHART_WORDS_MAX], int64_t level, const char *unit) {
        char formatted[FORMAT_MAX];

        snprintf(buffer, CHART_WORDS_MAX, "%s", format_level(formatted, (double) level / 1000, unit));
        return buffer;
}

const char *chart_place(char buffer[static CHART_WORDS_MAX], const char *side, const char *zone) {
        if (streq(strnull(side), "none"))
                side = "";
        words_place(buffer, CHART_WORDS_MAX, side, zone);
        if (!*buffer)
                snprintf(buffer, CHART_WORDS_MAX, "no place");
        return buffer;
}

const char *chart_feature_words(const char *feature) {
        return streq_ptr(feature, "estim") ? "e-stim" : strnull(feature);
}

const char *chart_rule_words(const char *rule) {
        const char *words = limit_rule_explain(limit_rule_from_string(rule));

        return *words ? words : rule;
}

static const struct {
        const char *occasion, *words;
} occasions[] = {
        { "baseline", "before it began" },
        { "asked", "when asked" },
        { "unasked", "unasked" },
        { "end", "at the end" },
        { "morning", "on the next morning" },
};

const char *chart_occasion_words(const char *occasion) {
        for (size_t i = 0; i < ARRAY_SIZE(occasions); i++)
                if (streq(occasions[i].occasion, occasion))
                        return occasions[i].words;
        return occasion;
}

const char *chart_note_word(enum chart_note_kind kind) {
        static const char *const words[] = {
                [CHART_PAUSE] = "paused",
                [CHART_STOP] = "stop",
                [CHART_UNCONFIRMED] = "stop not confirmed",
                [CHART_ALERT] = "alert",
                [CHART_EASED] = "eased",
                [CHART_REST] = "rest",
                [CHART_END] = "end",
        };

        return (unsigned) kind < ARRAY_SIZE(words) ? words[kind] : "";
}

static const char *eased_words(const struct chart_note *note) {
        if (*note->text)
                return note->text;
        if (streq(note->reason, "discomfort"))
                return "the level was lowered: it hurt";
        return streq(note->reason, "silence") ? "the level was lowered: nobody answered"
                                              : "the level was lowered";
}

const char *chart_note_words(char buffer[static CHART_WORDS_MAX], const struct chart_note *note) {
        char place[CHART_WORDS_MAX / 4];

        switch (note->kind) {
        case CHART_PAUSE:
        case CHART_END:
                snprintf(buffer, CHART_WORDS_MAX, "%s", words_reason(note->text));
                break;
        case CHART_STOP:
                snprintf(buffer, CHART_WORDS_MAX, "the stop was sent%s%s", *note->reason ? ": " : "",
                        words_reason(note->reason));
                break;
        case CHART_UNCONFIRMED:
                snprintf(buffer, CHART_WORDS_MAX, "a device did not confirm the stop%s%s",
                        *note->reason ? ": " : "", note->reason);
                break;
        case CHART_ALERT:
                snprintf(buffer, CHART_WORDS_MAX, "%s", *note->text ? note->text : note->reason);
                break;
        case CHART_EASED:
                snprintf(buffer, CHART_WORDS_MAX, "%s", eased_words(note));
                break;
        case CHART_REST:
                words_place(place, sizeof(place), streq(note->side, "none") ? "" : note->side, note->zone);
                snprintf(buffer, CHART_WORDS_MAX, "it hurt too much: %s%sthe routine rests from now on",
                        place, *place ? " and " : "");
                break;
        }
        return buffer;
}

const char *chart_sum_times(char buffer[static CHART_WORDS_MAX], const struct chart_limit_sum *sum) {
        char from[FORMAT_MAX], until[FORMAT_MAX];

        snprintf(buffer, CHART_WORDS_MAX, "%s%s%s", format_clock(from, sum->limit.from),
                text_utf8() ? "–" : "-", format_clock(until, sum->limit.until));
        return buffer;
}

uint64_t chart_tick_usec(uint64_t length, unsigned at_most) {
        static const unsigned seconds[] = { 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600 };

        for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
                if (length / (seconds[i] * USEC_PER_SEC) < MAX(at_most, 2U))
                        return seconds[i] * USEC_PER_SEC;
        return (length / (MAX(at_most, 2U) * 3600 * USEC_PER_SEC) + 1) * 3600 * USEC_PER_SEC;
}
