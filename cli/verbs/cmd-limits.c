/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/verbs/cmds.h"
#include "lib/bus-names.h"
#include "lib/limit-rule.h"

static const struct column columns[] = {
        { "device", "Device", CELL_TEXT },
        { "quantity", "Quantity", CELL_TEXT },
        { "max", "At most", CELL_TEXT },
        { "rule", "Rule", CELL_TEXT },
        { "source", "Whose", CELL_TEXT },
        { "why", "Why", CELL_TEXT },
        { "lift", "What would lift it", CELL_TEXT },
};

struct limits {
        struct table *table;
        const char *device;
};

static int read_limit(sd_bus_message *m, void *userdata) {
        struct limits *limits = userdata;
        const char *quantity, *name, *source;
        enum limit_rule rule;
        char value[32];
        double max;
        int r;

        r = sd_bus_message_read(m, "(sdss)", &quantity, &max, &name, &source);
        if (r < 0)
                return r;
        rule = limit_rule_from_string(name);
        snprintf(value, sizeof(value), "%.6g", max);
        table_text(limits->table, limits->device);
        table_text(limits->table, quantity);
        table_text(limits->table, value);
        table_text(limits->table, name);
        table_text(limits->table, source);
        table_text(limits->table, limit_rule_explain(rule));
        table_text(limits->table, limit_rule_lift(rule));
        return 0;
}

static int add_device(struct client *client, struct limits *limits, const char *zone) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int r, status;

        status = client_call(
                client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Limits", &reply, "ss", limits->device, zone);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = property_read_array(reply, "(sdss)", read_limit, limits);
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

/* limits [DEVICE [ZONE]] */
int cmd_limits(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(table_freep) struct table *table = table_new(columns, ARRAY_SIZE(columns));
        const char *device = options->words[1], *zone = device && options->words[2] ? options->words[2] : "";
        struct limits limits = { table, device };
        int status;

        if (!table)
                return failure_no_memory();
        status = client_open(options, &client);
        if (status == LIMBER_EXIT_OK && device)
                status = add_device(client, &limits, zone);
        else if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        for (size_t i = 0; status == LIMBER_EXIT_OK && objects && i < objects->n_devices; i++) {
                if (!objects->devices[i].added)
                        continue;
                limits.device = device_label(&objects->devices[i]);
                status = add_device(client, &limits, zone);
        }
        return status != LIMBER_EXIT_OK
                       ? status
                       : output_table(options, table, "No device is added; \"limber scan\" looks for some.");
}
