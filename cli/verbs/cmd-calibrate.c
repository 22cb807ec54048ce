/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/live/hold.h"
#include "cli/term/failure.h"
#include "cli/term/terminal.h"
#include "cli/verbs/cmds.h"
#include "cli/verbs/runner.h"
#include "lib/bus-names.h"

static int append_options(sd_bus_message *m, const struct options *options) {
        int r = sd_bus_message_open_container(m, 'a', "{sv}");

        if (r >= 0 && options->given & OPTION_SIDE)
                r = sd_bus_message_append(m, "{sv}", "side", "s", options->side);
        if (r >= 0 && options->given & OPTION_PAD)
                r = sd_bus_message_append(m, "{sv}", "pad_area", "u", options->pad_area_mm2);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* calibrate DEVICE FEATURE ZONE */
int cmd_calibrate(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const struct device_info *device;
        int status, r;

        if (options->json || !terminal_present())
                return failure_say(LIMBER_EXIT_DENIED,
                        "Run limber at a terminal, without --json and without a pipe.",
                        "Somebody who feels it must press the keys; this is no terminal.");
        status = client_open(options, &client);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(client, &objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (runner_is_behind_sudo(client, objects))
                return failure_say(LIMBER_EXIT_DENIED,
                        "Calibrate without sudo. If that is refused, see ACCESS in limber(1).",
                        "With sudo the levels would be kept as root's, not as yours.");
        device = objects_find_device(objects, options->words[1]);
        if (!device)
                return LIMBER_EXIT_NOT_FOUND;
        r = sd_bus_message_new_method_call(
                client_bus(client), &m, LIMBER_BUS_NAME, device->path, LIMBER_DEVICE_INTERFACE, "Calibrate");
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", options->words[2], options->words[3]);
        if (r >= 0)
                r = append_options(m, options);
        return r < 0 ? failure_report(NULL, r) : hold_run(client, HOLD_START, m, NULL);
}
