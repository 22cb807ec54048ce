/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/infos-runner.h"

#define SIGN_OFF(name, signature, reader) \
        { #name, signature, offsetof(struct runner_sign_off_info, name), property_read_##reader }
#define CALIBRATION(name, field, signature, reader) \
        { name, signature, offsetof(struct calibration_info, field), property_read_##reader }

static const struct property sign_off_fields[] = {
        SIGN_OFF(question, "s", string),
        SIGN_OFF(by, "s", string),
        SIGN_OFF(at, "t", u64),
        {},
};
static const struct property calibration_fields[] = {
        CALIBRATION("device", device, "s", string),
        CALIBRATION("feature", feature, "s", string),
        CALIBRATION("unit", unit, "s", string),
        CALIBRATION("zone", zone, "s", string),
        CALIBRATION("side", side, "s", string),
        CALIBRATION("pad-area", pad_area, "t", u64),
        CALIBRATION("sensation", sensation, "d", double),
        CALIBRATION("comfort", comfort, "d", double),
        CALIBRATION("maximum", maximum, "d", double),
        CALIBRATION("at", at, "t", u64),
        CALIBRATION("until", until, "t", u64),
        {},
};

/* Skips questions of a newer limberd; the blocks include them. */
static int read_answer(sd_bus_message *m, void *userdata) {
        struct runner_info *info = userdata;
        const char *id, *word;
        int question, r = sd_bus_message_read(m, "{ss}", &id, &word);

        if (r < 0)
                return r;
        question = intake_find(id);
        if (question >= 0)
                info->answers[question] = intake_answer_from_string(word);
        return 0;
}

static int read_block(sd_bus_message *m, void *userdata) {
        struct runner_info *info = userdata;
        const char *kind, *ruling, *question, *sentence;
        struct runner_block *block;
        int r = sd_bus_message_read(m, "(ssss)", &kind, &ruling, &question, &sentence);

        if (r < 0)
                return r;
        block = array_grow(&info->blocks, &info->n_blocks, sizeof(*block));
        if (!block || free_and_strdup(&block->kind, kind) < 0 ||
                free_and_strdup(&block->ruling, ruling) < 0 ||
                free_and_strdup(&block->question, question) < 0 ||
                free_and_strdup(&block->sentence, sentence) < 0)
                return -ENOMEM;
        return 0;
}

static int read_sign_off(sd_bus_message *m, void *userdata) {
        struct runner_info *info = userdata;
        struct runner_sign_off_info *s = array_grow(&info->sign_offs, &info->n_sign_offs, sizeof(*s));

        return s ? properties_read(m, sign_off_fields, s) : -ENOMEM;
}

static int read_cap(sd_bus_message *m, void *userdata) {
        struct runner_info *info = userdata;
        struct runner_cap_info *cap;
        const char *name;
        double value;
        int r = sd_bus_message_read(m, "{sd}", &name, &value);

        if (r < 0)
                return r;
        cap = array_grow(&info->caps, &info->n_caps, sizeof(*cap));
        if (!cap)
                return -ENOMEM;
        cap->value = value;
        return free_and_strdup(&cap->name, name);
}

static int read_calibration(sd_bus_message *m, void *userdata) {
        struct runner_info *info = userdata;
        struct calibration_info *c = array_grow(&info->calibrations, &info->n_calibrations, sizeof(*c));

        return c ? properties_read(m, calibration_fields, c) : -ENOMEM;
}

/* The lists are read through the object that contains them; their offset is 0. */
static int read_answers(sd_bus_message *m, void *field) {
        return property_read_array(m, "{ss}", read_answer, field);
}
static int read_blocks(sd_bus_message *m, void *field) {
        return property_read_array(m, "(ssss)", read_block, field);
}
static int read_sign_offs(sd_bus_message *m, void *field) {
        return property_read_array(m, "a{sv}", read_sign_off, field);
}
static int read_caps(sd_bus_message *m, void *field) {
        return property_read_array(m, "{sd}", read_cap, field);
}
static int read_calibrations(sd_bus_message *m, void *field) {
        return property_read_array(m, "a{sv}", read_calibration, field);
}

static const struct property runner_fields[] = {
        { "uid", "u", offsetof(struct runner_info, uid), property_read_u32 },
        { "answered", "t", offsetof(struct runner_info, answered), property_read_u64 },
        { "damaged", "s", offsetof(struct runner_info, damaged), property_read_string },
        { "answers", "a{ss}", 0, read_answers },
        { "blocks", "a(ssss)", 0, read_blocks },
        { "sign-offs", "aa{sv}", 0, read_sign_offs },
        { "caps", "a{sd}", 0, read_caps },
        { "calibrations", "aa{sv}", 0, read_calibrations },
        {},
};

int runner_info_read(sd_bus_message *m, struct runner_info *info) {
        int r = properties_read(m, runner_fields, info);

        return r < 0 ? r : 0;
}

void runner_info_done(struct runner_info *info) {
        for (size_t i = 0; i < info->n_blocks; i++) {
                free(info->blocks[i].kind);
                free(info->blocks[i].ruling);
                free(info->blocks[i].question);
                free(info->blocks[i].sentence);
        }
        for (size_t i = 0; i < info->n_sign_offs; i++)
                properties_free_strings(sign_off_fields, &info->sign_offs[i]);
        for (size_t i = 0; i < info->n_caps; i++)
                free(info->caps[i].name);
        for (size_t i = 0; i < info->n_calibrations; i++)
                properties_free_strings(calibration_fields, &info->calibrations[i]);
        properties_free_strings(runner_fields, info);
        free(info->blocks);
        free(info->sign_offs);
        free(info->caps);
        free(info->calibrations);
        *info = (struct runner_info){};
}
