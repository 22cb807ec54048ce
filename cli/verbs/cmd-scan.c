/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <systemd/sd-event.h>

#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/term/text.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/list-devices.h"
#include "lib/bus-names.h"
#include "lib/clock.h"

static int on_added(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct options *options = userdata;
        struct objects added = {};

        if (objects_read_added(m, &added) >= 0 && added.n_devices > 0 && !options->json)
                say(stdout, "%s  %s  %s", strnull(added.devices[0].address), device_label(&added.devices[0]),
                        strnull(added.devices[0].model));
        objects_done(&added);
        return 0;
}

static int on_over(sd_event_source *source, uint64_t usec, void *userdata) {
        *(bool *) userdata = true;
        return 0;
}

/* Runs the loop and shows devices until the time is over. Without sd_event_exit(), which would close the bus. */
static int wait_and_show(struct client *client, const struct options *options) {
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        bool over = false;
        int r;

        r = sd_event_new(&event);
        if (r >= 0)
                r = sd_bus_attach_event(client_bus(client), event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_event_add_time_relative(
                        event, NULL, CLOCK_MONOTONIC, options->seconds * USEC_PER_SEC, 0, on_over, &over);
        while (r >= 0 && !over)
                r = sd_event_run(event, UINT64_MAX);
        (void) sd_bus_detach_event(client_bus(client));
        return r < 0 ? failure_report(NULL, r) : LIMBER_EXIT_OK;
}

int cmd_scan(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(table_freep) struct table *table = NULL;
        int status = client_open(options, &client), r;

        if (status != LIMBER_EXIT_OK)
                return status;
        r = sd_bus_match_signal(client_bus(client), NULL, LIMBER_BUS_NAME, LIMBER_PATH,
                "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added, (void *) options);
        if (r < 0)
                return failure_report(NULL, r);
        status = client_call(
                client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Scan", NULL, "u", options->seconds);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (!options->json)
                say(stdout, "Looking for devices for %u s; switch them on.", options->seconds);
        status = wait_and_show(client, options);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        table = list_devices_table(objects);
        if (!table)
                return failure_no_memory();
        if (!options->json)
                putchar('\n');
        return output_table(
                options, table, "No device was found. Switch it on, close its app on the phone, try again.");
}

static int append_add_options(sd_bus_message *m, const struct options *options) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0 && options->alias)
                r = sd_bus_message_append(m, "{sv}", "alias", "s", options->alias);
        if (r >= 0 && options->model)
                r = sd_bus_message_append(m, "{sv}", "model", "s", options->model);
        if (r >= 0 && options->experimental)
                r = sd_bus_message_append(m, "{sv}", "experimental", "b", true);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* The daemon says what is untested; adds the command for a person who accepts that. */
static int add_failed(const struct options *options, const sd_bus_error *error, int r) {
        _cleanup_free_ char *next = NULL;

        if (!sd_bus_error_has_name(error, LIMBER_ERROR_EXPERIMENTAL))
                return failure_report(error, r);
        if (asprintf(&next, "If you accept that, type: limber add %s%s%s%s%s%s --experimental",
                    options->words[1], options->model ? " --model " : "", strnull(options->model),
                    isempty(options->alias) ? "" : " --as '", strnull(options->alias),
                    isempty(options->alias) ? "" : "'") < 0)
                next = NULL;
        return failure_say(LIMBER_EXIT_REFUSED, next, "%s", strnull(error->message));
}

int cmd_add(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int status = client_open(options, &client), r;

        if (status != LIMBER_EXIT_OK)
                return status;
        r = client_new_call(client, "AddDevice", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "s", options->words[1]);
        if (r >= 0)
                r = append_add_options(m, options);
        if (r >= 0)
                r = client_send_quiet(client, m, &reply, &error);
        if (r < 0)
                return add_failed(options, &error, r);
        /* An empty name is none. */
        return output_done(options, "%s is added%s%s.", options->words[1],
                isempty(options->alias) ? "" : " as ", strnull(options->alias));
}
