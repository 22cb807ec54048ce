/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf.h"
#include "lib/dose.h"
#include "lib/routine.h"

struct parser {
        struct findings *findings;
        struct routine *routine;
};

static const char *const confidence_names[] = { "high", "medium", "low", NULL };
static const char *const head_names[] = { "ball", "flat", "soft", NULL };
static const char *const pressure_names[] = { "light", "light-medium", "medium", "firm", NULL };
static const char *const step_kind_names[] = { "percussion", "estim", "stretch", "breathe", "rest", "prompt",
        NULL };
static const char *const side_names[] = { "left", "right", "both", "each", NULL };
static const char *const role_kind_names[] = { "percussion", "estim", NULL };

#define COMMON_KEYS                             \
        { "kind", true }, { "title", false }, { \
                "text", false                   \
        }

static const struct conf_key percussion_keys[] = {
        COMMON_KEYS,
        { "zone", true },
        { "sides", true },
        { "duration", true },
        { "lead_in", false },
        { "frequency", true },
        { "head", false },
        { "pressure", false },
        { "path", false },
        { "avoid", false },
        { "device", false },
        { "ramp", false },
        { "ramp_down", false },
        {},
};
static const struct conf_key estim_keys[] = {
        COMMON_KEYS,
        { "zone", true },
        { "sides", true },
        { "duration", true },
        { "lead_in", false },
        { "frequency", true },
        { "pulse_width", true },
        { "intensity", true },
        { "ramp", true },
        { "ramp_down", false },
        { "on", false },
        { "off", false },
        { "pad_area", false },
        { "device", false },
        { "background", false },
        {},
};
static const struct conf_key stretch_keys[] = {
        COMMON_KEYS,
        { "zone", true },
        { "sides", true },
        { "duration", true },
        { "lead_in", false },
        { "repeats", false },
        {},
};
static const struct conf_key breathe_keys[] = {
        COMMON_KEYS,
        { "duration", true },
        { "inhale", true },
        { "exhale", true },
        {},
};
static const struct conf_key rest_keys[] = { COMMON_KEYS, { "duration", true }, {} };
static const struct conf_key prompt_keys[] = { { "kind", true }, { "title", false }, { "text", true },
        { "answers", false }, {} };

static char *copy_string(
        struct parser *p, const struct conf_setting *group, const char *key, size_t max_bytes) {
        const char *value;
        char *copy;

        if (!conf_string(group, key, max_bytes, p->findings, &value))
                return NULL;
        copy = strdup(value);
        if (!copy)
                findings_error(p->findings, conf_line(group), "memory", "out of memory");
        return copy;
}

static void read_time(struct parser *p, const struct conf_setting *group, const char *key, uint64_t min,
        uint64_t max, uint64_t *ret) {
        int64_t value;

        if (conf_quantity(group, key, DIMENSION_TIME, (int64_t) min, (int64_t) max, p->findings, &value))
                *ret = (uint64_t) value;
}

/* Reads the zone and rejects what is forbidden on it (REQ20 and the no-go list). */
static void read_zone(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        const struct conf_setting *s = conf_member(group, "zone");
        enum zone_rule rule = ZONE_ALLOW;
        const char *id, *near;

        if (!conf_string(group, "zone", 64, p->findings, &id))
                return;
        step->zone = zone_by_id(id);
        if (!step->zone) {
                near = zone_nearest_id(id);
                findings_error(p->findings, conf_line(s), "unknown-zone", "there is no zone '%s'%s%s%s", id,
                        near ? "; did you mean '" : "; zones are listed by limber-routine(5)", strnull(near),
                        near ? "'?" : "");
                return;
        }
        if (step->kind == STEP_PERCUSSION)
                rule = step->zone->percussion;
        else if (step->kind == STEP_ESTIM)
                rule = step->zone->estim;
        if (rule == ZONE_DENY)
                findings_error(p->findings, conf_line(s), "zone-denied", "no %s on '%s': %s",
                        step_kind_to_string(step->kind), id, step->zone->why ?: "it is a no-go zone");
        else if (rule == ZONE_SIGN_OFF && !p->routine->sign_off_required)
                findings_error(p->findings, conf_line(s), "zone-sign-off",
                        "%s on '%s' needs a therapist's sign-off; set sign_off = true for the routine",
                        step_kind_to_string(step->kind), id);
        else if (rule == ZONE_CAUTION && !streq_ptr(step->head, "soft"))
                findings_error(p->findings, conf_line(s), "zone-caution",
                        "'%s' allows the soft head only; say head = \"soft\"", id);
}

static void read_sides(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        unsigned i;

        if (conf_enum(group, "sides", side_names, p->findings, &i))
                step->sides = side_from_string(side_names[i]);
        if (step->kind == STEP_PERCUSSION && step->sides == SIDE_BOTH)
                findings_error(p->findings, conf_line(group), "sides",
                        "one gun cannot be on both sides at once; say sides = \"each\"");
}

static void read_role(
        struct parser *p, const struct conf_setting *group, struct routine_step *step, enum role_kind kind) {
        const struct conf_setting *s = conf_member(group, "device");
        const char *name = NULL;

        if (s && !conf_string(group, "device", 32, p->findings, &name))
                return;
        for (unsigned i = 0; i < p->routine->n_roles; i++) {
                const struct routine_role *role = &p->routine->roles[i];

                if (name ? streq(role->name, name) : role->kind == kind) {
                        if (role->kind != kind)
                                findings_error(p->findings, conf_line(s), "device-kind",
                                        "'%s' is a role for %s, not for %s", name,
                                        role_kind_to_string(role->kind), role_kind_to_string(kind));
                        step->role = i;
                        return;
                }
        }
        if (name)
                findings_error(p->findings, conf_line(s), "unknown-device",
                        "no role '%s' stands in 'devices'", name);
        else
                findings_error(p->findings, conf_line(group), "missing-device",
                        "a %s step needs a device of that kind in 'devices', such as { role = \"%s\"; kind = \"%s\"; }",
                        step_kind_to_string(step->kind), kind == ROLE_ESTIM ? "pads" : "gun",
                        role_kind_to_string(kind));
}

static void read_percussion(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        uint64_t max =
                p->routine->sign_off_required ? DOSE_PERCUSSION_SIGNED_USEC : DOSE_PERCUSSION_ZONE_USEC;
        unsigned i;

        if (conf_enum(group, "head", head_names, p->findings, &i))
                step->head = head_names[i];
        if (conf_enum(group, "pressure", pressure_names, p->findings, &i))
                step->pressure = pressure_names[i];
        read_zone(p, group, step);
        read_sides(p, group, step);
        read_role(p, group, step, ROLE_PERCUSSION);
        read_time(p, group, "duration", USEC_PER_SEC, max, &step->duration_usec);
        (void) conf_range(group, "frequency", DIMENSION_FREQUENCY, DOSE_PERCUSSION_MIN_MHZ,
                DOSE_PERCUSSION_MAX_MHZ, p->findings, &step->frequency_mhz);
        step->path = copy_string(p, group, "path", 200);
        step->avoid = copy_string(p, group, "avoid", 200);
        read_time(p, group, "ramp", 0, 30 * USEC_PER_SEC, &step->ramp_usec);
        read_time(p, group, "ramp_down", 0, 30 * USEC_PER_SEC, &step->ramp_down_usec);
}

static void check_contraction(
        struct parser *p, const struct conf_setting *group, const struct routine_step *step) {
        if ((step->on_usec == 0) != (step->off_usec == 0))
                findings_error(p->findings, conf_line(group), "on-off",
                        "'on' and 'off' belong together; give both, or none for continuous stimulation");
        if (step->ramp_usec + step->ramp_down_usec > step->duration_usec && step->duration_usec > 0)
                findings_error(p->findings, conf_line(group), "ramp", "the ramps are longer than the step");
}

static void read_estim(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        int64_t value;

        read_zone(p, group, step);
        read_sides(p, group, step);
        read_role(p, group, step, ROLE_ESTIM);
        read_time(p, group, "duration", USEC_PER_SEC, DOSE_ESTIM_SESSION_USEC, &step->duration_usec);
        if (conf_quantity(
                    group, "frequency", DIMENSION_FREQUENCY, 1000, DOSE_ESTIM_MAX_MHZ, p->findings, &value))
                step->frequency_mhz = (struct quantity_range){ value, value };
        if (conf_quantity(group, "pulse_width", DIMENSION_TIME, DOSE_ESTIM_PULSE_MIN_USEC,
                    DOSE_ESTIM_PULSE_MAX_USEC, p->findings, &value))
                step->pulse_width_usec = (uint32_t) value;
        (void) conf_range(
                group, "intensity", DIMENSION_RATIO, 10, 1000, p->findings, &step->intensity_permille);
        read_time(p, group, "ramp", DOSE_ESTIM_RAMP_MIN_USEC, 60 * USEC_PER_SEC, &step->ramp_usec);
        read_time(p, group, "ramp_down", 0, 30 * USEC_PER_SEC, &step->ramp_down_usec);
        read_time(p, group, "on", 2 * USEC_PER_SEC, 60 * USEC_PER_SEC, &step->on_usec);
        read_time(p, group, "off", 2 * USEC_PER_SEC, 120 * USEC_PER_SEC, &step->off_usec);
        if (conf_quantity(group, "pad_area", DIMENSION_AREA, 400, 20000, p->findings, &value))
                step->pad_area_mm2 = value;
        (void) conf_bool(group, "background", p->findings, &step->background);
        if (step->background && step->sides == SIDE_EACH)
                findings_error(p->findings, conf_line(group), "background",
                        "a background step cannot change sides; say left, right or both");
        check_contraction(p, group, step);
}

static void read_stretch(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        int64_t repeats = 1;

        read_zone(p, group, step);
        read_sides(p, group, step);
        read_time(p, group, "duration", USEC_PER_SEC, 600 * USEC_PER_SEC, &step->duration_usec);
        (void) conf_integer(group, "repeats", 1, 30, p->findings, &repeats);
        step->repeats = (unsigned) repeats;
}

static void read_breathe(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        read_time(p, group, "duration", USEC_PER_SEC, 1800 * USEC_PER_SEC, &step->duration_usec);
        read_time(p, group, "inhale", USEC_PER_SEC, 12 * USEC_PER_SEC, &step->inhale_usec);
        read_time(p, group, "exhale", USEC_PER_SEC, 12 * USEC_PER_SEC, &step->exhale_usec);
}

static void read_rest(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        read_time(p, group, "duration", USEC_PER_SEC, 1800 * USEC_PER_SEC, &step->duration_usec);
}

static void read_prompt(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        if (conf_strings(group, "answers", 6, 40, p->findings, &step->answers)) {
                if (!step->answers[0])
                        findings_error(p->findings, conf_line(group), "answers",
                                "'answers' is empty; name at least one");
                return;
        }
        step->answers = calloc(2, sizeof(char *));
        if (step->answers)
                step->answers[0] = strdup("done");
        if (!step->answers || !step->answers[0])
                findings_error(p->findings, conf_line(group), "memory", "out of memory");
}

static const struct {
        const struct conf_key *keys;
        const char *what;
        const char *verb; /* for the default title of a step */
        uint64_t lead_in_usec;
        void (*read)(struct parser *p, const struct conf_setting *group, struct routine_step *step);
} kinds[_STEP_KIND_MAX] = {
        [STEP_PERCUSSION] = { percussion_keys, "a percussion step", "Gun on", 8 * USEC_PER_SEC,
                read_percussion },
        [STEP_ESTIM] = { estim_keys, "an estim step", "Pads on", 5 * USEC_PER_SEC, read_estim },
        [STEP_STRETCH] = { stretch_keys, "a stretch step", "Stretch", 5 * USEC_PER_SEC, read_stretch },
        [STEP_BREATHE] = { breathe_keys, "a breathe step", "Breathe", 0, read_breathe },
        [STEP_REST] = { rest_keys, "a rest step", "Rest", 0, read_rest },
        [STEP_PROMPT] = { prompt_keys, "a prompt step", "Your answer", 0, read_prompt },
};

static void read_step(struct parser *p, const struct conf_setting *group, struct routine_step *step) {
        unsigned kind;

        step->line = conf_line(group);
        if (!conf_member(group, "kind")) {
                findings_error(p->findings, step->line, "missing-key",
                        "a step needs 'kind', such as \"percussion\"");
                return;
        }
        if (!conf_enum(group, "kind", step_kind_names, p->findings, &kind))
                return;
        step->kind = (enum step_kind) kind;
        step->lead_in_usec = kinds[kind].lead_in_usec;
        conf_check_keys(group, kinds[kind].keys, kinds[kind].what, p->findings);
        step->title = copy_string(p, group, "title", 100);
        step->text = copy_string(p, group, "text", 400);
        read_time(p, group, "lead_in", 0, 60 * USEC_PER_SEC, &step->lead_in_usec);
        kinds[kind].read(p, group, step);

        if (!step->title && asprintf(&step->title, "%s%s%s", kinds[kind].verb, step->zone ? " " : "",
                                    step->zone ? step->zone->name : "") < 0) {
                step->title = NULL;
                findings_error(p->findings, step->line, "memory", "out of memory");
        }
}

static void read_roles(struct parser *p, const struct conf_setting *root) {
        static const struct conf_key keys[] = { { "role", true }, { "kind", true }, {} };
        const struct conf_setting *list = conf_list(root, "devices", ROUTINE_ROLES_MAX, p->findings);
        struct routine *routine = p->routine;

        if (!list || conf_length(list) == 0)
                return;
        routine->roles = calloc(conf_length(list), sizeof(*routine->roles));
        if (!routine->roles) {
                findings_error(p->findings, conf_line(list), "memory", "out of memory");
                return;
        }
        for (unsigned i = 0; i < conf_length(list); i++) {
                const struct conf_setting *group = conf_list_group(list, i, p->findings);
                struct routine_role *role = &routine->roles[routine->n_roles];
                unsigned kind = 0;

                if (!group)
                        continue;
                conf_check_keys(group, keys, "a device", p->findings);
                role->name = copy_string(p, group, "role", 32);
                if (!role->name)
                        continue;
                (void) conf_enum(group, "kind", role_kind_names, p->findings, &kind);
                role->kind = (enum role_kind) kind;
                for (unsigned k = 0; k < routine->n_roles; k++)
                        if (streq(routine->roles[k].name, role->name))
                                findings_error(p->findings, conf_line(group), "doubled-role",
                                        "the role '%s' is named twice", role->name);
                routine->n_roles++;
        }
}

static void read_steps(struct parser *p, const struct conf_setting *root) {
        const struct conf_setting *list = conf_list(root, "steps", ROUTINE_STEPS_MAX, p->findings);

        if (!list)
                return;
        if (conf_length(list) == 0) {
                findings_error(p->findings, conf_line(list), "no-steps",
                        "'steps' is empty; a routine needs at least one");
                return;
        }
        p->routine->steps = calloc(conf_length(list), sizeof(*p->routine->steps));
        if (!p->routine->steps) {
                findings_error(p->findings, conf_line(list), "memory", "out of memory");
                return;
        }
        p->routine->n_steps = conf_length(list);
        for (unsigned i = 0; i < p->routine->n_steps; i++) {
                const struct conf_setting *group = conf_list_group(list, i, p->findings);

                if (group)
                        read_step(p, group, &p->routine->steps[i]);
        }
}

static void read_profile(struct parser *p, const struct conf_setting *root) {
        const char *names[16] = {};
        unsigned i;

        for (i = 0; discomfort_profile_at(i) && i < ARRAY_SIZE(names) - 1; i++)
                names[i] = discomfort_profile_at(i)->name;
        if (conf_enum(root, "discomfort_profile", names, p->findings, &i))
                p->routine->profile = discomfort_profile_at(i);
}

static void read_header(struct parser *p, const struct conf_setting *root) {
        struct routine *routine = p->routine;
        int64_t format;
        unsigned i;

        (void) conf_integer(root, "format", 1, 1, p->findings, &format);
        routine->id = copy_string(p, root, "id", 64);
        if (routine->id && !conf_id_is_good(routine->id))
                findings_error(p->findings, conf_line(conf_member(root, "id")), "id",
                        "'id' may hold a-z, 0-9 and single '-' between them");
        routine->title = copy_string(p, root, "title", 100);
        routine->when = copy_string(p, root, "when", 200);
        routine->claims = copy_string(p, root, "claims", 300);
        if (conf_enum(root, "confidence", confidence_names, p->findings, &i)) {
                routine->confidence = strdup(confidence_names[i]);
                if (!routine->confidence)
                        findings_error(p->findings, conf_line(root), "memory", "out of memory");
        }
        (void) conf_bool(root, "sign_off", p->findings, &routine->sign_off_required);
        (void) conf_strings(root, "evidence", 32, 200, p->findings, &routine->evidence);
        (void) conf_strings(root, "contraindications", 32, 200, p->findings, &routine->contraindications);
        read_time(p, root, "min_gap", 0, 7 * 24 * 3600 * USEC_PER_SEC, &routine->min_gap_usec);
        routine->max_motor_usec = DOSE_MOTOR_SESSION_USEC;
        read_time(p, root, "max_motor", 0, DOSE_MOTOR_SESSION_USEC, &routine->max_motor_usec);
        read_profile(p, root);
}

int routine_parse(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct routine **ret) {
        static const struct conf_key keys[] = {
                { "format", true },
                { "id", true },
                { "title", true },
                { "when", true },
                { "confidence", true },
                { "claims", true },
                { "evidence", false },
                { "contraindications", false },
                { "sign_off", false },
                { "discomfort_profile", true },
                { "min_gap", false },
                { "max_motor", false },
                { "devices", false },
                { "steps", true },
                {},
        };
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        _cleanup_(conf_freep) struct conf *conf = NULL;
        size_t errors_before = findings->n_errors;
        struct parser p;
        int r;

        r = conf_read(reader, bytes, n, findings, &conf);
        if (r < 0) {
                findings_sort(findings);
                return r;
        }
        routine = calloc(1, sizeof(*routine));
        if (!routine)
                return -ENOMEM;
        routine->n_ref = 1;

        p = (struct parser){ .findings = findings, .routine = routine };
        conf_check_keys(conf_root(conf), keys, "a routine", findings);
        read_header(&p, conf_root(conf));
        read_roles(&p, conf_root(conf));
        read_steps(&p, conf_root(conf));
        if (findings->n_errors == errors_before)
                dose_check(routine, findings);

        findings_sort(findings);
        if (findings->n_errors > errors_before)
                return -EBADMSG;
        *ret = TAKE_PTR(routine);
        return 0;
}
