/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/infos.h"

#define STRING(type, name, field) \
        { name, "s", offsetof(type, field), property_read_string }
#define BOOL(type, name, field) \
        { name, "b", offsetof(type, field), property_read_bool }
#define BYTE(type, name, field) \
        { name, "y", offsetof(type, field), property_read_byte }
#define U32(type, name, field) \
        { name, "u", offsetof(type, field), property_read_u32 }
#define U64(type, name, field) \
        { name, "t", offsetof(type, field), property_read_u64 }
#define STRV(type, name, field) \
        { name, "as", offsetof(type, field), property_read_strv }

/* Copies strings borrowed from sd_bus_message_read(); a NULL terminates the list of targets. */
static int keep(const char *const *from, char **const *to) {
        for (; *to; from++, to++) {
                int r = free_and_strdup(*to, *from);

                if (r < 0)
                        return r;
        }
        return 0;
}
#define KEEP(from, ...) keep(from, (char **const[]){ __VA_ARGS__, NULL })

static int read_rejected_one(sd_bus_message *m, void *userdata) {
        struct manager_info *manager = userdata;
        struct rejected *rejected;
        const char *s[2];
        uint32_t line;
        int r = sd_bus_message_read(m, "(sus)", &s[0], &line, &s[1]);

        if (r < 0)
                return r;
        rejected = array_grow(&manager->rejected, &manager->n_rejected, sizeof(*rejected));
        if (!rejected)
                return -ENOMEM;
        rejected->line = line;
        return KEEP(s, &rejected->path, &rejected->text);
}

static void rejected_done(struct manager_info *manager) {
        for (size_t i = 0; i < manager->n_rejected; i++) {
                free(manager->rejected[i].path);
                free(manager->rejected[i].text);
        }
        free(manager->rejected);
        manager->rejected = NULL;
        manager->n_rejected = 0;
}

/* Fields that are a pointer and a count are read through the object that contains both; offset is 0. */
static int read_rejected(sd_bus_message *m, void *field) {
        rejected_done(field);
        return property_read_array(m, "(sus)", read_rejected_one, field);
}

const struct property manager_properties[] = {
        STRING(struct manager_info, "Version", version),
        STRING(struct manager_info, "BluezVersion", bluez_version),
        BOOL(struct manager_info, "OutputActive", output_active),
        BOOL(struct manager_info, "Loading", loading),
        BOOL(struct manager_info, "Powered", powered),
        BOOL(struct manager_info, "Simulated", simulated),
        { "Rejected", "a(sus)", 0, read_rejected },
        {},
};

static int read_feature(sd_bus_message *m, void *userdata) {
        struct device_info *device = userdata;
        struct feature *f, read = {};
        const char *s[4];
        int r = sd_bus_message_read(
                m, "(sssddds)", &s[0], &s[1], &s[2], &read.lowest, &read.highest, &read.step, &s[3]);

        if (r < 0)
                return r;
        f = array_grow(&device->features, &device->n_features, sizeof(*f));
        if (!f)
                return -ENOMEM;
        *f = read;
        return KEEP(s, &f->name, &f->kind, &f->unit, &f->basis);
}

static void features_done(struct device_info *device) {
        for (size_t i = 0; i < device->n_features; i++) {
                struct feature *f = &device->features[i];

                free(f->name);
                free(f->kind);
                free(f->unit);
                free(f->basis);
        }
        free(device->features);
        device->features = NULL;
        device->n_features = 0;
}

static int read_features(sd_bus_message *m, void *field) {
        features_done(field);
        return property_read_array(m, "(sssddds)", read_feature, field);
}

const struct property device_properties[] = {
        STRING(struct device_info, "Address", address),
        STRING(struct device_info, "AddressType", address_type),
        STRING(struct device_info, "Name", name),
        STRING(struct device_info, "Alias", alias),
        STRING(struct device_info, "Model", model),
        STRING(struct device_info, "Kind", kind),
        STRING(struct device_info, "Family", family),
        STRING(struct device_info, "Evidence", evidence),
        STRING(struct device_info, "State", state),
        STRING(struct device_info, "Certainty", certainty),
        STRING(struct device_info, "LinkLoss", link_loss),
        BOOL(struct device_info, "Added", added),
        BOOL(struct device_info, "OutputActive", output_active),
        BYTE(struct device_info, "Battery", battery),
        { "Features", "a(sssddds)", 0, read_features },
        {},
};

static int read_role(sd_bus_message *m, void *userdata) {
        struct routine_info *routine = userdata;
        struct routine_role *role;
        const char *s[2];
        int r = sd_bus_message_read(m, "(ss)", &s[0], &s[1]);

        if (r < 0)
                return r;
        role = array_grow(&routine->roles, &routine->n_roles, sizeof(*role));
        return role ? KEEP(s, &role->role, &role->kind) : -ENOMEM;
}

static int read_step(sd_bus_message *m, void *userdata) {
        struct routine_info *routine = userdata;
        struct routine_step *step;
        const char *s[5];
        uint64_t usec;
        int r = sd_bus_message_read(m, "(ssssts)", &s[0], &s[1], &s[2], &s[3], &usec, &s[4]);

        if (r < 0)
                return r;
        step = array_grow(&routine->steps, &routine->n_steps, sizeof(*step));
        if (!step)
                return -ENOMEM;
        step->usec = usec;
        return KEEP(s, &step->kind, &step->title, &step->zone, &step->sides, &step->dose);
}

static void roles_done(struct routine_info *routine) {
        for (size_t i = 0; i < routine->n_roles; i++) {
                free(routine->roles[i].role);
                free(routine->roles[i].kind);
        }
        free(routine->roles);
        routine->roles = NULL;
        routine->n_roles = 0;
}

static void steps_done(struct routine_info *routine) {
        for (size_t i = 0; i < routine->n_steps; i++) {
                struct routine_step *step = &routine->steps[i];

                free(step->kind);
                free(step->title);
                free(step->zone);
                free(step->sides);
                free(step->dose);
        }
        free(routine->steps);
        routine->steps = NULL;
        routine->n_steps = 0;
}

static int read_roles(sd_bus_message *m, void *field) {
        roles_done(field);
        return property_read_array(m, "(ss)", read_role, field);
}

static int read_steps(sd_bus_message *m, void *field) {
        steps_done(field);
        return property_read_array(m, "(ssssts)", read_step, field);
}

const struct property routine_properties[] = {
        STRING(struct routine_info, "Id", id),
        STRING(struct routine_info, "Title", title),
        STRING(struct routine_info, "When", when),
        STRV(struct routine_info, "Zones", zones),
        { "Devices", "a(ss)", 0, read_roles },
        U64(struct routine_info, "Duration", duration),
        STRING(struct routine_info, "DiscomfortProfile", profile),
        BOOL(struct routine_info, "SignOffRequired", sign_off_required),
        STRING(struct routine_info, "Signer", signer),
        STRING(struct routine_info, "Source", source),
        STRING(struct routine_info, "Confidence", confidence),
        STRING(struct routine_info, "Claims", claims),
        { "Steps", "a(ssssts)", 0, read_steps },
        {},
};

void manager_info_done(struct manager_info *manager) {
        properties_free_strings(manager_properties, manager);
        rejected_done(manager);
}

void device_info_done(struct device_info *device) {
        properties_free_strings(device_properties, device);
        free(device->path);
        features_done(device);
}

void routine_info_done(struct routine_info *routine) {
        properties_free_strings(routine_properties, routine);
        free(routine->path);
        roles_done(routine);
        steps_done(routine);
}

const char *device_label(const struct device_info *device) {
        if (!isempty(device->alias))
                return device->alias;
        return isempty(device->name) ? strnull(device->address) : device->name;
}

const char *routine_kind(const struct routine_info *routine) {
        bool estim = false, other = false;

        for (size_t i = 0; i < routine->n_roles; i++)
                if (streq_ptr(routine->roles[i].kind, "percussion") ||
                        streq_ptr(routine->roles[i].kind, "vibration"))
                        other = true;
                else
                        estim = true; /* treat unknown as the more dangerous kind */
        return estim && other ? "mixed" : estim ? "estim" : other ? "percussion" : "none";
}
