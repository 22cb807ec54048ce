/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/runner/runner-text.h"

#include <ctype.h>

#include "lib/conf.h"
#include "lib/wall.h"

/* Units of a level, and their libconfig types. */
static const struct {
        const char *unit;
        enum dimension dimension;
} units[] = {
        { "mA", DIMENSION_CURRENT },
        { "Hz", DIMENSION_FREQUENCY },
        { "step", DIMENSION_STEP },
};

static void read_time(const struct conf_setting *group, struct findings *f, uint64_t *ret) {
        const char *text;

        if (conf_string(group, "at", WALL_TEXT_MAX, f, &text) && wall_parse(text, ret) < 0)
                findings_error(f, conf_line(conf_member(group, "at")), "time",
                        "'at' must be a time in UTC such as \"2026-11-21T08:00:00Z\", not \"%s\"", text);
}

static int find_question(const struct conf_setting *s, const char *id, struct findings *f) {
        int question = intake_find(id);
        const char *near;

        if (question >= 0)
                return question;
        near = intake_nearest_id(id);
        findings_error(f, conf_line(s), "unknown-question", "there is no question '%s'%s%s%s", id,
                near ? "; did you mean '" : "; limber(1) lists them", strnull(near), near ? "'?" : "");
        return -1;
}

static void read_answers(const struct conf_setting *group, struct runner *runner, struct findings *f) {
        static const char *const words[] = { "no", "yes", "unknown", NULL };

        for (unsigned i = 0; i < conf_length(group); i++) {
                const struct conf_setting *s = conf_element(group, i);
                const char *id = conf_name(s);
                unsigned word;
                int question;

                if (id[0] == '*') /* duplicate, reported by the scan */
                        continue;
                question = find_question(s, id, f);
                if (question >= 0 && conf_enum(group, id, words, f, &word))
                        runner->answers[question] = intake_answer_from_string(words[word]);
        }
}

static void read_intake(const struct conf_setting *root, struct runner *runner, struct findings *f) {
        static const struct conf_key keys[] = { { "at", true }, { "answers", true }, {} };
        const struct conf_setting *group = conf_group(root, "intake", f), *answers;

        if (!group)
                return;
        conf_check_keys(group, keys, "the intake", f);
        read_time(group, f, &runner->answered_usec);
        answers = conf_group(group, "answers", f);
        if (answers)
                read_answers(answers, runner, f);
}

static void read_sign_off(const struct conf_setting *group, struct runner *runner, struct findings *f) {
        static const struct conf_key keys[] = { { "question", true }, { "by", true }, { "at", true }, {} };
        const char *id, *by = "";
        uint64_t at = 0;
        int question;

        conf_check_keys(group, keys, "a sign-off", f);
        (void) conf_string(group, "by", RUNNER_BY_MAX, f, &by);
        read_time(group, f, &at);
        if (!conf_string(group, "question", 64, f, &id))
                return;
        question = find_question(conf_member(group, "question"), id, f);
        if (question < 0)
                return;
        if (runner->sign_offs[question].given)
                findings_error(
                        f, conf_line(group), "doubled", "'%s' is signed off twice; once is right", id);
        else if (runner_sign_off(runner, (unsigned) question, by, at) == -ECANCELED)
                findings_error(f, conf_line(group), "sign-off",
                        "the answer to '%s' is none that a sign-off lifts; take this entry out", id);
}

static void read_caps(const struct conf_setting *root, struct runner *runner, struct findings *f) {
        struct conf_key keys[_CAP_MAX + 1] = {};
        const struct conf_setting *group = conf_group(root, "caps", f);

        if (!group)
                return;
        for (unsigned i = 0; i < _CAP_MAX; i++)
                keys[i].name = cap_kind((enum cap) i)->name;
        conf_check_keys(group, keys, "the caps", f);
        for (unsigned i = 0; i < _CAP_MAX; i++)
                (void) conf_quantity(group, keys[i].name, cap_kind((enum cap) i)->dimension, CAP_MIN,
                        cap_ceiling((enum cap) i), f, &runner->caps[i]);
}

/* The first level decides the unit of all three. */
static void read_level(const struct conf_setting *group, const char *key, struct calibration *c,
        struct findings *f, int64_t *ret) {
        const struct conf_setting *s = conf_member(group, key);
        const char *text = s ? conf_text_value(s) : NULL;

        if (!s) /* reported by conf_check_keys() */
                return;
        for (size_t i = 0; text && i < ARRAY_SIZE(units); i++) {
                int64_t value;

                if (quantity_parse(text, units[i].dimension, &value) == -EINVAL)
                        continue;
                if (c->unit && !streq(c->unit, units[i].unit)) {
                        findings_error(f, conf_line(s), "unit",
                                "'%s' is in %s, the level before it in %s; all three have the unit of the device",
                                key, units[i].unit, c->unit);
                        return;
                }
                c->unit = units[i].unit;
                (void) conf_quantity(group, key, units[i].dimension, 1, CALIBRATION_LEVEL_MAX, f, ret);
                return;
        }
        findings_error(f, conf_line(s), "level",
                "'%s' must be a level with a unit (mA, Hz, step), such as \"12mA\"", key);
}

static void read_device(const struct conf_setting *group, struct calibration *c, struct findings *f) {
        const char *text;
        bool good;

        if (!conf_string(group, "device", 64, f, &text))
                return;
        good = strlen(text) == sizeof(c->device) - 1;
        for (size_t i = 0; good && text[i]; i++)
                good = i % 3 == 2 ? text[i] == ':'
                                  : isdigit((unsigned char) text[i]) || (text[i] >= 'A' && text[i] <= 'F');
        if (good)
                (void) snprintf(c->device, sizeof(c->device), "%s", text);
        else
                findings_error(f, conf_line(conf_member(group, "device")), "address",
                        "'device' must be an address such as \"C0:FF:EE:00:00:02\", not \"%s\"", text);
}

static void read_place(const struct conf_setting *group, struct calibration *c, struct findings *f) {
        static const char *const sides[] = { "left", "right", "both", NULL };
        const char *text, *near;
        unsigned side;

        read_device(group, c, f);
        if (conf_string(group, "feature", sizeof(c->feature) - 1, f, &text))
                (void) snprintf(c->feature, sizeof(c->feature), "%s", text);
        if (conf_string(group, "zone", 64, f, &text)) {
                c->zone = zone_by_id(text);
                near = c->zone ? NULL : zone_nearest_id(text);
                if (!c->zone)
                        findings_error(f, conf_line(conf_member(group, "zone")), "unknown-zone",
                                "there is no zone '%s'%s%s%s", text,
                                near ? "; did you mean '" : "; zones are listed by limber-routine(5)",
                                strnull(near), near ? "'?" : "");
        }
        if (conf_enum(group, "side", sides, f, &side))
                c->side = side_from_string(sides[side]);
        (void) conf_quantity(
                group, "pad_area", DIMENSION_AREA, 1, CALIBRATION_PAD_MAX_MM2, f, &c->pad_area_mm2);
}

static void read_calibration(const struct conf_setting *group, struct runner *runner, struct findings *f) {
        static const struct conf_key keys[] = { { "device", true }, { "feature", true }, { "zone", true },
                { "side", false }, { "pad_area", false }, { "sensation", true }, { "comfort", true },
                { "maximum", true }, { "wire_comfort", false }, { "wire_maximum", false }, { "at", true },
                {} };
        struct calibration c = {};
        size_t before = f->n_errors;
        unsigned n = runner->n_calibrations;

        conf_check_keys(group, keys, "a calibration", f);
        read_place(group, &c, f);
        read_level(group, "sensation", &c, f, &c.sensation);
        read_level(group, "comfort", &c, f, &c.comfort);
        read_level(group, "maximum", &c, f, &c.maximum);
        (void) conf_integer(group, "wire_comfort", 1, INT32_MAX, f, &c.wire_comfort);
        (void) conf_integer(group, "wire_maximum", 1, INT32_MAX, f, &c.wire_maximum);
        read_time(group, f, &c.at_usec);
        if (f->n_errors > before)
                return;
        if (runner_set_calibration(runner, &c) < 0)
                findings_error(f, conf_line(group), "calibration",
                        "the levels of a calibration rise: sensation, then comfort, then maximum");
        else if (runner->n_calibrations == n)
                findings_error(f, conf_line(group), "doubled",
                        "a second calibration of the same device, feature, zone, side and pad; one is right");
}

static void read_list(const struct conf_setting *root, const char *key, unsigned max, struct runner *runner,
        struct findings *f,
        void (*read)(const struct conf_setting *group, struct runner *runner, struct findings *f)) {
        const struct conf_setting *list = conf_list(root, key, max, f);

        for (unsigned i = 0; list && i < conf_length(list); i++) {
                const struct conf_setting *group = conf_list_group(list, i, f);

                if (group)
                        read(group, runner, f);
        }
}

int runner_parse(struct conf_reader *reader, uid_t uid, const char *text, size_t n,
        struct findings *findings, struct runner **ret) {
        static const struct conf_key keys[] = { { "intake", false }, { "sign_offs", false },
                { "caps", false }, { "calibrations", false }, {} };
        _cleanup_(runner_freep) struct runner *runner = NULL;
        _cleanup_(conf_freep) struct conf *conf = NULL;
        const struct conf_setting *root;
        int r;

        r = runner_new(uid, &runner);
        if (r >= 0)
                r = conf_read(reader, text, n, findings, &conf);
        if (r < 0)
                return r;
        root = conf_root(conf);
        conf_check_keys(root, keys, "a runner's file", findings);
        read_intake(root, runner, findings);
        read_list(root, "sign_offs", INTAKE_QUESTIONS, runner, findings, read_sign_off);
        read_caps(root, runner, findings);
        read_list(root, "calibrations", RUNNER_CALIBRATIONS_MAX, runner, findings, read_calibration);
        findings_sort(findings);
        if (findings->n_errors > 0)
                return -EBADMSG;
        *ret = TAKE_PTR(runner);
        return 0;
}

static void print_time(FILE *f, uint64_t usec) {
        char text[WALL_TEXT_MAX];

        conf_print_string(f, "at", wall_format(text, usec));
}

static enum dimension dimension_of(const char *unit) {
        for (size_t i = 0; i < ARRAY_SIZE(units); i++)
                if (streq(units[i].unit, unit))
                        return units[i].dimension;
        return DIMENSION_STEP;
}

static void print_quantity(FILE *f, const char *key, enum dimension dimension, int64_t value) {
        char text[QUANTITY_TEXT_MAX];

        conf_print_string(f, key, quantity_format(text, dimension, value));
}

static void print_calibration(FILE *f, const struct calibration *c) {
        enum dimension dimension = dimension_of(c->unit);

        conf_print_string(f, "device", c->device);
        conf_print_string(f, "feature", c->feature);
        conf_print_string(f, "zone", c->zone->id);
        if (c->side != SIDE_NONE)
                conf_print_string(f, "side", side_to_string(c->side));
        if (c->pad_area_mm2 > 0)
                print_quantity(f, "pad_area", DIMENSION_AREA, c->pad_area_mm2);
        print_quantity(f, "sensation", dimension, c->sensation);
        print_quantity(f, "comfort", dimension, c->comfort);
        print_quantity(f, "maximum", dimension, c->maximum);
        if (c->wire_maximum > 0)
                fprintf(f, "wire_comfort = %lld;\nwire_maximum = %lld;\n", (long long) c->wire_comfort,
                        (long long) c->wire_maximum);
        print_time(f, c->at_usec);
}

static void print_intake(FILE *f, const struct runner *runner) {
        fputs("intake = {\n", f);
        print_time(f, runner->answered_usec);
        fputs("answers = {\n", f);
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                if (runner->answers[i] != INTAKE_NO_ANSWER)
                        conf_print_string(
                                f, intake_question_at(i)->id, intake_answer_to_string(runner->answers[i]));
        fputs("};\n};\n", f);
}

void runner_print(const struct runner *runner, FILE *f) {
        const char *comma = "";

        fprintf(f,
                "# What limber knows of the user %u. limberd writes this file; change it with limber(1), or by hand while\n"
                "# limberd does not run.\n",
                (unsigned) runner->uid);
        if (runner->answered_usec > 0)
                print_intake(f, runner);
        fputs("sign_offs = (\n", f);
        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++) {
                if (!runner->sign_offs[i].given)
                        continue;
                fprintf(f, "%s{\n", comma);
                conf_print_string(f, "question", intake_question_at(i)->id);
                conf_print_string(f, "by", runner->sign_offs[i].by);
                print_time(f, runner->sign_offs[i].at_usec);
                fputs("}\n", f);
                comma = ",";
        }
        fputs(");\ncaps = {\n", f);
        for (unsigned i = 0; i < _CAP_MAX; i++)
                if (runner->caps[i] != GATE_NO_CAP)
                        print_quantity(f, cap_kind((enum cap) i)->name, cap_kind((enum cap) i)->dimension,
                                runner->caps[i]);
        fputs("};\ncalibrations = (\n", f);
        comma = "";
        for (unsigned i = 0; i < runner->n_calibrations; i++) {
                fprintf(f, "%s{\n", comma);
                print_calibration(f, &runner->calibrations[i]);
                fputs("}\n", f);
                comma = ",";
        }
        fputs(");\n", f);
}
