/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Typed copies of the daemon's objects, as last received over the bus. */

#include "cli/bus/properties.h"
#include "lib/discomfort.h"

#define BATTERY_UNKNOWN 255

struct rejected {
        char *path;
        uint32_t line;
        char *text;
};

struct manager_info {
        char *version;
        char *bluez_version;
        bool output_active;
        bool loading;
        bool powered;
        bool simulated;
        struct rejected *rejected;
        size_t n_rejected;
};

struct feature {
        char *name, *kind, *unit;
        double lowest, highest, step;
        char *basis;
};

struct device_info {
        char *path;
        char *address, *address_type, *name, *alias, *model, *kind, *family, *evidence, *state, *certainty,
                *link_loss;
        bool added;
        bool output_active;
        uint8_t battery;
        struct feature *features;
        size_t n_features;
};

struct routine_role {
        char *role, *kind;
};

struct routine_step {
        char *kind, *title, *zone, *sides, *dose;
        uint64_t usec;
};

struct routine_info {
        char *path;
        char *id, *title, *when, *profile, *signer, *source, *confidence, *claims;
        char **zones;
        bool sign_off_required;
        uint64_t duration;
        struct routine_role *roles;
        size_t n_roles;
        struct routine_step *steps;
        size_t n_steps;
};

struct setpoint {
        char *device, *feature, *unit;
        double asked, given;
        char **reasons;
};

struct setpoints {
        struct setpoint *list;
        size_t n;
};

struct prompt {
        char *id, *text;
        char **answers;
};

struct session_info {
        char *path;
        char *routine, *kind, *state, *reason, *phase, *title, *next, *step_kind, *zone, *side, *holder;
        uint32_t step, steps, runner, event;
        uint64_t remaining, step_remaining, step_duration, duration;
        char **devices; /* paths of the devices that its routine needs */
        struct setpoints setpoints;
        struct prompt prompt;
        bool output_active;
        uint8_t last_discomfort;
};

extern const struct property manager_properties[];
extern const struct property device_properties[];
extern const struct property routine_properties[];
extern const struct property session_properties[];

/* _done frees the members. */
void manager_info_done(struct manager_info *manager);
void device_info_done(struct device_info *device);
void routine_info_done(struct routine_info *routine);
void session_info_done(struct session_info *session);
void setpoints_done(struct setpoints *setpoints);

/* Label of the device: its alias, else the name it advertises, else its address. */
const char *device_label(const struct device_info *device);
/* The number at the end of a session's path. */
const char *session_number(const struct session_info *session);
bool session_ended(const struct session_info *session);
bool session_uses(const struct session_info *session, const char *device_path);
/* The most restricted kind among the routine's roles: "estim", "mixed", "percussion" or "none". */
const char *routine_kind(const struct routine_info *routine);
