/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/runner-read.h"

/* "name": <a value of that type>, to be filled and closed. */
static int open_entry(sd_bus_message *m, const char *name, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        /* All of them are arrays. */
        return r < 0 ? r : sd_bus_message_open_container(m, 'a', type + 1);
}

static int close_entry(sd_bus_message *m) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int append_answers(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "answers", "a{ss}");

        for (unsigned i = 0; r >= 0 && runner && i < INTAKE_QUESTIONS; i++)
                if (runner->answers[i] != INTAKE_NO_ANSWER)
                        r = sd_bus_message_append(m, "{ss}", intake_question_at(i)->id,
                                intake_answer_to_string(runner->answers[i]));
        return r < 0 ? r : close_entry(m);
}

static int append_sign_offs(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "sign-offs", "aa{sv}");

        for (unsigned i = 0; r >= 0 && runner && i < INTAKE_QUESTIONS; i++) {
                const struct runner_sign_off *s = &runner->sign_offs[i];

                if (s->given)
                        r = sd_bus_message_append(m, "a{sv}", 3, "question", "s", intake_question_at(i)->id,
                                "by", "s", s->by, "at", "t", s->at_usec);
        }
        return r < 0 ? r : close_entry(m);
}

static int append_caps(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "caps", "a{sd}");

        for (unsigned i = 0; r >= 0 && runner && i < _CAP_MAX; i++)
                if (runner->caps[i] != GATE_NO_CAP)
                        r = sd_bus_message_append(
                                m, "{sd}", cap_kind((enum cap) i)->name, (double) runner->caps[i] / 1000);
        return r < 0 ? r : close_entry(m);
}

static int append_calibration(sd_bus_message *m, const struct calibration *c) {
        return sd_bus_message_append(m, "a{sv}", 11, "device", "s", c->device, "feature", "s", c->feature,
                "unit", "s", c->unit, "zone", "s", c->zone->id, "side", "s", side_to_string(c->side),
                "pad-area", "t", (uint64_t) c->pad_area_mm2, "sensation", "d", (double) c->sensation / 1000,
                "comfort", "d", (double) c->comfort / 1000, "maximum", "d", (double) c->maximum / 1000, "at",
                "t", c->at_usec, "until", "t", c->at_usec + CALIBRATION_LIFE_USEC);
}

static int append_calibrations(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "calibrations", "aa{sv}");

        for (unsigned i = 0; r >= 0 && runner && i < runner->n_calibrations; i++)
                r = append_calibration(m, &runner->calibrations[i]);
        return r < 0 ? r : close_entry(m);
}

static int append_block(sd_bus_message *m, enum role_kind kind, const struct intake_verdict *verdict) {
        char sentence[INTAKE_SENTENCE_MAX];

        return sd_bus_message_append(m, "(ssss)", role_kind_to_string(kind),
                intake_ruling_to_string(verdict->ruling),
                verdict->ruling == INTAKE_UNANSWERED ? "" : verdict->question->id,
                intake_explain(verdict, kind, sentence));
}

static int append_blocks_of(sd_bus_message *m, const struct intake *intake, enum role_kind kind) {
        struct intake_verdict worst = intake_decide(intake, kind);
        int r = 0;

        if (worst.ruling == INTAKE_UNANSWERED)
                return append_block(m, kind, &worst);
        for (unsigned i = 0; r >= 0 && i < INTAKE_QUESTIONS; i++) {
                struct intake_verdict verdict = { intake_rule(intake, i, kind), intake_question_at(i) };

                if (verdict.ruling != INTAKE_ALLOWED)
                        r = append_block(m, kind, &verdict);
        }
        return r;
}

static int append_blocks(sd_bus_message *m, const struct runner *runner) {
        struct intake intake = runner_intake(runner);
        int r = open_entry(m, "blocks", "a(ssss)");

        for (unsigned kind = 0; r >= 0 && kind < _ROLE_KIND_MAX; kind++)
                r = append_blocks_of(m, &intake, (enum role_kind) kind);
        return r < 0 ? r : close_entry(m);
}

int runner_append(sd_bus_message *m, struct runner_store *store, uid_t uid) {
        const struct runner *runner = runner_store_find(store, uid);
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = sd_bus_message_append(m, "{sv}{sv}{sv}", "uid", "u", (uint32_t) uid, "answered", "t",
                        runner ? runner->answered_usec : UINT64_C(0), "damaged", "s",
                        strnull(runner_store_damage(store, uid)));
        if (r >= 0)
                r = append_answers(m, runner);
        if (r >= 0)
                r = append_blocks(m, runner);
        if (r >= 0)
                r = append_sign_offs(m, runner);
        if (r >= 0)
                r = append_caps(m, runner);
        if (r >= 0)
                r = append_calibrations(m, runner);
        return r < 0 ? r : sd_bus_message_close_container(m);
}
