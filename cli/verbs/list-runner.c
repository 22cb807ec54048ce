/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/list-runner.h"

#include "cli/term/words.h"
#include "lib/cap.h"

static const struct column head_columns[] = {
        { "uid", NULL, CELL_COUNT },
        { "user", "Runner", CELL_TEXT },
        { "answered", "Answered", CELL_TIME },
        { "damaged", NULL, CELL_TEXT },
        { "percussion", "Percussion", CELL_TEXT },
        { "estim", "E-stim", CELL_TEXT },
};
static const struct column question_columns[] = {
        { "id", "Question", CELL_NAME },
        { "answer", "Answer", CELL_TEXT },
        { "percussion", "Yes: guns", CELL_TEXT },
        { "estim", "Yes: pads", CELL_TEXT },
        { "text", "What is asked", CELL_TEXT },
        { "help", NULL, CELL_TEXT },
};
static const struct column block_columns[] = {
        { "kind", "Blocked", CELL_TEXT },
        { "ruling", "Until", CELL_TEXT },
        { "question", "Question", CELL_NAME },
        { "sentence", "Why", CELL_TEXT },
};
static const struct column sign_off_columns[] = {
        { "question", "Signed off", CELL_NAME },
        { "by", "By", CELL_TEXT },
        { "at", "On", CELL_TIME },
};
static const struct column cap_columns[] = {
        { "cap", "Own cap", CELL_NAME },
        { "value", "At most", CELL_LEVEL },
        { "unit", NULL, CELL_TEXT },
};
static const struct column calibration_columns[] = {
        { "device", "Calibrated", CELL_NAME },
        { "address", NULL, CELL_TEXT },
        { "feature", "Channel", CELL_TEXT },
        { "zone", "Zone", CELL_TEXT },
        { "side", "Side", CELL_TEXT },
        { "pad_area_cm2", "Pads cm2", CELL_LEVEL },
        { "sensation", "Felt", CELL_LEVEL },
        { "comfort", "Comfort", CELL_LEVEL },
        { "maximum", "Most", CELL_LEVEL },
        { "unit", NULL, CELL_TEXT },
        { "at", NULL, CELL_TIME },
        { "until", "Until", CELL_TIME },
};

static const struct {
        const char *ruling, *words, *until;
} rulings[] = {
        { "allowed", "may begin", "" },
        { "needs-sign-off", "waits for a sign-off", "a sign-off" },
        { "never", "never", "for good" },
        { "not-answered", "waits for your answers: limber intake", "answered" },
};

static void add_ruling(struct table *t, const char *ruling, bool until) {
        for (size_t i = 0; i < ARRAY_SIZE(rulings); i++)
                if (streq_ptr(rulings[i].ruling, ruling)) {
                        table_word(t, ruling, until ? rulings[i].until : rulings[i].words);
                        return;
                }
        table_text(t, ruling);
}

/* The most severe ruling from limberd for a kind. */
static const char *worst_ruling(const struct runner_info *info, const char *kind) {
        const char *worst = "allowed";
        size_t rank = 0;

        for (size_t i = 0; i < info->n_blocks; i++)
                for (size_t k = rank + 1; k < ARRAY_SIZE(rulings); k++)
                        if (streq_ptr(info->blocks[i].kind, kind) &&
                                streq_ptr(info->blocks[i].ruling, rulings[k].ruling)) {
                                worst = rulings[k].ruling;
                                rank = k;
                        }
        return worst;
}

struct table *list_runner_head(const struct runner_info *info, const char *user) {
        struct table *t = table_new(head_columns, ARRAY_SIZE(head_columns));
        char number[32];

        if (!t)
                return NULL;
        snprintf(number, sizeof(number), "user %u", info->uid);
        table_count(t, info->uid);
        table_word(t, user, isempty(user) ? number : user);
        if (info->answered > 0)
                table_time(t, info->answered);
        else
                table_unknown(t);
        if (isempty(info->damaged))
                table_unknown(t);
        else
                table_text(t, info->damaged);
        for (unsigned kind = 0; kind < _ROLE_KIND_MAX; kind++) {
                const char *ruling = worst_ruling(info, role_kind_to_string((enum role_kind) kind));

                add_ruling(t, ruling, false);
                table_style(t, streq(ruling, "allowed") ? STYLE_PLAIN : STYLE_WARN);
        }
        return t;
}

static void add_yes(struct table *t, enum intake_ruling ruling) {
        table_word(t, intake_ruling_to_string(ruling),
                ruling == INTAKE_NEVER      ? "never"
                : ruling == INTAKE_SIGN_OFF ? "sign-off"
                                            : "");
}

struct table *list_runner_questions(const struct runner_info *info, bool only_yes) {
        struct table *t = table_new(question_columns, ARRAY_SIZE(question_columns));

        for (unsigned i = 0; t && i < INTAKE_QUESTIONS; i++) {
                const struct intake_question *q = intake_question_at(i);

                if (only_yes && info->answers[i] != INTAKE_YES && info->answers[i] != INTAKE_UNKNOWN)
                        continue;
                table_text(t, q->id);
                if (info->answers[i] == INTAKE_NO_ANSWER)
                        table_unknown(t);
                else
                        table_word(t, intake_answer_to_string(info->answers[i]),
                                info->answers[i] == INTAKE_UNKNOWN
                                        ? "don't know"
                                        : intake_answer_to_string(info->answers[i]));
                add_yes(t, q->yes[ROLE_PERCUSSION]);
                add_yes(t, q->yes[ROLE_ESTIM]);
                table_text(t, q->text);
                table_text(t, q->help);
        }
        return t;
}

struct table *list_runner_blocks(const struct runner_info *info) {
        struct table *t = table_new(block_columns, ARRAY_SIZE(block_columns));

        for (size_t i = 0; t && i < info->n_blocks; i++) {
                table_text(t, info->blocks[i].kind);
                add_ruling(t, info->blocks[i].ruling, true);
                table_text(t, info->blocks[i].question);
                table_text(t, info->blocks[i].sentence);
        }
        return t;
}

struct table *list_runner_sign_offs(const struct runner_info *info) {
        struct table *t = table_new(sign_off_columns, ARRAY_SIZE(sign_off_columns));

        for (size_t i = 0; t && i < info->n_sign_offs; i++) {
                table_text(t, info->sign_offs[i].question);
                table_text(t, info->sign_offs[i].by);
                table_time(t, info->sign_offs[i].at);
        }
        return t;
}

struct table *list_runner_caps(const struct runner_info *info) {
        struct table *t = table_new(cap_columns, ARRAY_SIZE(cap_columns));

        for (size_t i = 0; t && i < info->n_caps; i++) {
                enum cap cap = cap_from_string(info->caps[i].name);
                const char *unit = cap < _CAP_MAX ? cap_kind(cap)->unit : "";

                table_text(t, info->caps[i].name);
                table_level(t, info->caps[i].value, unit);
                table_text(t, unit);
        }
        return t;
}

struct table *list_runner_calibrations(const struct runner_info *info, const struct objects *objects) {
        struct table *t = table_new(calibration_columns, ARRAY_SIZE(calibration_columns));

        for (size_t i = 0; t && i < info->n_calibrations; i++) {
                const struct calibration_info *c = &info->calibrations[i];
                char place[64];

                table_text(t, objects_device_called(objects, c->device));
                table_text(t, c->device);
                table_text(t, c->feature);
                table_word(t, c->zone, words_place(place, sizeof(place), "", c->zone));
                table_text(t, c->side);
                if (c->pad_area > 0)
                        table_level(t, (double) c->pad_area / 100, "");
                else
                        table_unknown(t);
                table_level(t, c->sensation, c->unit);
                table_level(t, c->comfort, c->unit);
                table_level(t, c->maximum, c->unit);
                table_text(t, c->unit);
                table_time(t, c->at);
                table_time(t, c->until);
        }
        return t;
}
