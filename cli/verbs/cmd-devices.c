/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/list-devices.h"
#include "lib/bus-names.h"

static const struct column rejected_columns[] = {
        { "path", "File not loaded", CELL_TEXT },
        { "line", "Line", CELL_COUNT },
        { "reason", "Because", CELL_TEXT },
};

static struct table *rejected_table(const struct manager_info *manager) {
        struct table *t = table_new(rejected_columns, ARRAY_SIZE(rejected_columns));

        for (size_t i = 0; t && i < manager->n_rejected; i++) {
                table_text(t, manager->rejected[i].path);
                table_count(t, manager->rejected[i].line);
                table_text(t, manager->rejected[i].text);
        }
        return t;
}

/* The reason matters and may be long, so each file gets its own lines instead of a cut table row. */
static void print_rejected(const struct manager_info *manager) {
        if (manager->n_rejected > 0)
                say(stdout, "%s", "");
        for (size_t i = 0; i < manager->n_rejected; i++) {
                const struct rejected *r = &manager->rejected[i];

                say(stdout, "Not loaded: %s:%u: %s", strnull(r->path), r->line, strnull(r->text));
        }
}

int cmd_devices(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(table_freep) struct table *devices = NULL, *rejected = NULL;
        int status = client_open(options, &client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        devices = list_devices_table(objects);
        rejected = rejected_table(&objects->manager);
        if (!devices || !rejected)
                return failure_no_memory();
        if (options->json)
                return output_json(json_pack("{s:o?, s:o?}", "devices", table_json(devices), "rejected",
                                           table_json(rejected)),
                        JSON_INDENT(2));
        status = output_table(options, devices, "No device is known; \"limber scan\" looks for some.");
        print_rejected(&objects->manager);
        return status;
}

/* Finds the device that the second word names. */
static int open_device(const struct options *options, struct client **client, struct objects **objects,
        const struct device_info **ret) {
        int status = client_open(options, client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(*client, objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        *ret = objects_find_device(*objects, options->words[1]);
        return *ret ? LIMBER_EXIT_OK : LIMBER_EXIT_NOT_FOUND;
}

/* A slow call, and what is printed meanwhile. */
struct waiting {
        const struct options *options;
        const struct device_info *device;
        const char *said;
        sd_bus_message *answer;
};

static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        static const struct {
                const char *state, *text;
        } texts[] = {
                { "connecting", "connecting" },
                { "resolving", "looking for its services" },
                { "backoff", "trying again in a moment" },
                { "closing", "stopping it and letting it go" },
        };
        struct waiting *waiting = userdata;
        struct device_info now = {};
        const char *interface, *text = NULL;

        if (sd_bus_message_read(m, "s", &interface) < 0 || !streq(interface, LIMBER_DEVICE_INTERFACE))
                return 0;
        if (properties_read(m, device_properties, &now) >= 0)
                for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                        if (streq_ptr(texts[i].state, now.state))
                                text = texts[i].text;
        if (text && text != waiting->said && !waiting->options->json)
                say(stderr, "%s: %s…", device_label(waiting->device), text);
        if (text)
                waiting->said = text;
        device_info_done(&now);
        return 0;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        ((struct waiting *) userdata)->answer = sd_bus_message_ref(m);
        return 0;
}

/* limberd times out before this, with a reason. */
#define ANSWER_USEC (60 * (uint64_t) 1000000)

static int call_and_wait(struct client *client, struct waiting *waiting, const char *member) {
        sd_bus *bus = client_bus(client);
        int r;

        r = sd_bus_match_signal(bus, NULL, LIMBER_BUS_NAME, waiting->device->path,
                "org.freedesktop.DBus.Properties", "PropertiesChanged", on_changed, waiting);
        if (r >= 0) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = sd_bus_message_new_method_call(
                        bus, &m, LIMBER_BUS_NAME, waiting->device->path, LIMBER_DEVICE_INTERFACE, member);
                if (r >= 0)
                        r = sd_bus_call_async(bus, NULL, m, on_answer, waiting, ANSWER_USEC);
        }
        while (r >= 0 && !waiting->answer) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
        }
        if (r < 0)
                return failure_report(NULL, r);
        if (sd_bus_message_is_method_error(waiting->answer, NULL))
                return failure_report(sd_bus_message_get_error(waiting->answer), -EIO);
        return LIMBER_EXIT_OK;
}

static int device_call(const struct options *options, const char *member, const char *done) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        struct waiting waiting = { .options = options };
        const struct device_info *device = NULL;
        int status = open_device(options, &client, &objects, &device);

        if (status == LIMBER_EXIT_OK) {
                waiting.device = device;
                status = call_and_wait(client, &waiting, member);
                sd_bus_message_unref(waiting.answer);
        }
        if (status != LIMBER_EXIT_OK)
                return status;
        return output_done(options, "%s is %s.", device_label(device), done);
}

int cmd_connect(const struct options *options) {
        return device_call(options, "Connect", "connected");
}

int cmd_disconnect(const struct options *options) {
        return device_call(options, "Disconnect", "disconnected");
}

int cmd_forget(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        const struct device_info *device = NULL;
        int status = open_device(options, &client, &objects, &device);

        if (status == LIMBER_EXIT_OK)
                status = client_call(client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "ForgetDevice", NULL,
                        "o", device->path);
        if (status != LIMBER_EXIT_OK)
                return status;
        return output_done(options, "%s is forgotten.", device_label(device));
}
