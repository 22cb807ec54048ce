/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/infos.h"

#define FIELD(name, signature, field, reader) \
        { name, signature, offsetof(struct session_info, field), property_read_##reader }

void setpoints_done(struct setpoints *setpoints) {
        for (size_t i = 0; i < setpoints->n; i++) {
                struct setpoint *s = &setpoints->list[i];

                free(s->device);
                free(s->feature);
                free(s->unit);
                strv_free(s->reasons);
        }
        free(setpoints->list);
        *setpoints = (struct setpoints){};
}

static int read_setpoint(sd_bus_message *m, void *userdata) {
        struct setpoints *setpoints = userdata;
        const char *device, *feature, *unit;
        struct setpoint *s;
        int r = sd_bus_message_enter_container(m, 'r', "osddsas");

        if (r < 0)
                return r;
        s = array_grow(&setpoints->list, &setpoints->n, sizeof(*s));
        if (!s)
                return -ENOMEM;
        r = sd_bus_message_read(m, "osdds", &device, &feature, &s->asked, &s->given, &unit);
        if (r >= 0)
                r = free_and_strdup(&s->device, device);
        if (r >= 0)
                r = free_and_strdup(&s->feature, feature);
        if (r >= 0)
                r = free_and_strdup(&s->unit, unit);
        if (r >= 0)
                r = property_read_strv(m, &s->reasons);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_setpoints(sd_bus_message *m, void *field) {
        setpoints_done(field);
        return property_read_array(m, "(osddsas)", read_setpoint, field);
}

static int read_prompt(sd_bus_message *m, void *field) {
        struct prompt *prompt = field;
        const char *id, *text;
        int r = sd_bus_message_enter_container(m, 'r', "ssas");

        if (r < 0)
                return r;
        r = sd_bus_message_read(m, "ss", &id, &text);
        if (r >= 0)
                r = free_and_strdup(&prompt->id, id);
        if (r >= 0)
                r = free_and_strdup(&prompt->text, text);
        if (r >= 0)
                r = property_read_strv(m, &prompt->answers);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

const struct property session_properties[] = {
        FIELD("Routine", "s", routine, string),
        FIELD("Kind", "s", kind, string),
        FIELD("State", "s", state, string),
        FIELD("Reason", "s", reason, string),
        FIELD("Step", "u", step, u32),
        FIELD("Steps", "u", steps, u32),
        FIELD("Phase", "s", phase, string),
        FIELD("Title", "s", title, string),
        FIELD("Next", "s", next, string),
        FIELD("StepKind", "s", step_kind, string),
        FIELD("Zone", "s", zone, string),
        FIELD("Side", "s", side, string),
        FIELD("Remaining", "t", remaining, u64),
        FIELD("StepRemaining", "t", step_remaining, u64),
        FIELD("StepDuration", "t", step_duration, u64),
        FIELD("Duration", "t", duration, u64),
        FIELD("Devices", "ao", devices, paths),
        { "Setpoints", "a(osddsas)", offsetof(struct session_info, setpoints), read_setpoints },
        { "Prompt", "(ssas)", offsetof(struct session_info, prompt), read_prompt },
        FIELD("Runner", "u", runner, u32),
        FIELD("Holder", "s", holder, string),
        FIELD("OutputActive", "b", output_active, bool),
        FIELD("Event", "u", event, u32),
        FIELD("LastDiscomfort", "y", last_discomfort, byte),
        {},
};

void session_info_done(struct session_info *session) {
        properties_free_strings(session_properties, session);
        free(session->path);
        free(session->prompt.id);
        free(session->prompt.text);
        strv_free(session->prompt.answers);
        setpoints_done(&session->setpoints);
        *session = (struct session_info){ .last_discomfort = DISCOMFORT_NONE };
}

const char *session_number(const struct session_info *session) {
        const char *slash = session->path ? strrchr(session->path, '/') : NULL;

        return slash ? slash + 1 : "";
}

bool session_ended(const struct session_info *session) {
        return streq_ptr(session->state, "ended");
}

bool session_uses(const struct session_info *session, const char *device_path) {
        for (char **d = session->devices; d && *d; d++)
                if (streq(*d, device_path))
                        return true;
        return false;
}
