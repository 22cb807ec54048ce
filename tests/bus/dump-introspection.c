/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Puts the daemon's vtables on a bus that is only a socket pair, introspects them as a client would, and prints the XML
 * of one interface. */

#include <systemd/sd-bus.h>

#include "daemon/bus/interfaces.h"
#include "tests/bus/bus-pair.h"

static int on_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *text;

        if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "s", &text) < 0)
                return -EIO;
        fputs(text, stdout);
        *(bool *) userdata = true;
        return 0;
}

static int dump(const char *interface, const sd_bus_vtable *vtable) {
        sd_bus *server = NULL, *client = NULL;
        bool done = false;
        int r;

        r = bus_pair_open(&server, &client);
        if (r >= 0)
                r = sd_bus_add_object_vtable(server, NULL, "/test", interface, vtable, NULL);
        if (r >= 0)
                r = sd_bus_call_method_async(client, NULL, NULL, "/test",
                        "org.freedesktop.DBus.Introspectable", "Introspect", on_reply, &done, NULL);
        for (unsigned i = 0; r >= 0 && !done && i < 10000; i++) {
                r = sd_bus_process(server, NULL);
                if (r >= 0)
                        r = sd_bus_process(client, NULL);
        }
        sd_bus_unref(client);
        sd_bus_unref(server);
        return done ? 0 : -EIO;
}

int main(int argc, char *argv[]) {
        const sd_bus_vtable *vtable;
        const char *interface;

        for (unsigned i = 0; argc == 2 && (vtable = bus_vtable_at(i, &interface)); i++)
                if (streq(interface, argv[1]))
                        return dump(interface, vtable) < 0;
        fprintf(stderr, "usage: dump-introspection INTERFACE\n");
        return 2;
}
