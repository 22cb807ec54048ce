/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/manager/device-limits.h"

struct rows {
        struct limit_row *items;
        unsigned n, max;
};

static void add(
        struct rows *rows, const char *quantity, double value, enum limit_rule rule, const char *source) {
        struct limit_row *row;

        if (rows->n >= rows->max)
                return;
        row = &rows->items[rows->n++];
        *row = (struct limit_row){ .value = value, .rule = rule, .source = source };
        (void) snprintf(row->quantity, sizeof(row->quantity), "%s", quantity);
}

static void add_person(
        struct rows *rows, const struct feature *f, const char *quantity, const struct runner *runner) {
        struct gate_person person = runner_person(runner, f);

        if (person.blocked)
                add(rows, quantity, 0, LIMIT_INTAKE, "runner");
        if (person.cap != GATE_NO_CAP)
                add(rows, quantity, (double) person.cap / 1000, LIMIT_PERSON, "runner");
}

static void add_feature(struct rows *rows, const struct device *device, unsigned i, const struct zone *zone,
        const struct runner *runner) {
        const struct feature *f = &device_definition(device)->features[i];
        bool estim = f->kind == FEATURE_ESTIM;
        enum zone_rule zone_rule = !zone ? ZONE_ALLOW : estim ? zone->estim : zone->percussion;
        char quantity[48];

        (void) snprintf(quantity, sizeof(quantity), "%s (%s)", f->name, f->unit);
        add(rows, quantity, (double) f->max / 1000, LIMIT_DEVICE, device_title(device));
        if (streq(f->unit, "mA"))
                add(rows, quantity, (double) GATE_CEILING_UA / 1000, LIMIT_CEILING, "limber");
        else if (streq(f->unit, "Hz"))
                add(rows, quantity, (double) GATE_CEILING_MHZ / 1000, LIMIT_CEILING, "limber");
        if (f->uncalibrated_max < f->max)
                add(rows, quantity, (double) f->uncalibrated_max / 1000, LIMIT_UNCALIBRATED,
                        device_title(device));
        add_person(rows, f, quantity, runner);
        if (zone_rule == ZONE_DENY || zone_rule == ZONE_SIGN_OFF)
                add(rows, quantity, 0, LIMIT_ZONE, zone->id);
        if (!certainty_allows_raise(&device_channel(device, i)->certainty))
                add(rows, quantity, 0, LIMIT_CERTAINTY, device_title(device));
}

unsigned limits_of_device(const struct device *device, const struct zone *zone, const struct runner *runner,
        struct limit_row *ret, unsigned max) {
        const struct device_definition *definition = device_definition(device);
        bool estim = definition->kind == FEATURE_ESTIM;
        struct rows rows = { ret, 0, max };

        for (unsigned i = 0; i < definition->n_features; i++)
                add_feature(&rows, device, i, zone, runner);
        if (device_battery(device) != GATE_BATTERY_UNKNOWN &&
                device_battery(device) < device_battery_min(device))
                add(&rows, "start", 0, LIMIT_BATTERY, device_title(device));
        add(&rows, "session (min)",
                (double) (estim ? GATE_ESTIM_SESSION_USEC : GATE_MOTOR_SESSION_USEC) / 60e6, LIMIT_SESSION,
                "limber");
        return rows.n;
}
