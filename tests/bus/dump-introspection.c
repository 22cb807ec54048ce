/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Puts the daemon's vtables on a bus that is only a socket pair, introspects them as a client would, and prints the XML
 * of one interface. */

#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "daemon/bus/server.h"
#include "lib/bus-names.h"

static const struct {
        const char *interface;
        const sd_bus_vtable *vtable;
} interfaces[] = {
        { LIMBER_MANAGER_INTERFACE, manager_vtable },
        { LIMBER_DEVICE_INTERFACE, device_vtable },
        { LIMBER_SESSION_INTERFACE, session_vtable },
        { LIMBER_ROUTINE_INTERFACE, routine_vtable },
        { LIMBER_RUNNER_INTERFACE, runner_vtable },
};

static int open_pair(sd_bus **ret_server, sd_bus **ret_client) {
        sd_id128_t id;
        int fds[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
                return -errno;
        r = sd_id128_randomize(&id);
        if (r >= 0)
                r = sd_bus_new(ret_server);
        if (r >= 0)
                r = sd_bus_set_fd(*ret_server, fds[0], fds[0]);
        if (r >= 0)
                r = sd_bus_set_server(*ret_server, 1, id);
        if (r >= 0)
                r = sd_bus_start(*ret_server);
        if (r >= 0)
                r = sd_bus_new(ret_client);
        if (r >= 0)
                r = sd_bus_set_fd(*ret_client, fds[1], fds[1]);
        if (r >= 0)
                r = sd_bus_start(*ret_client);
        return r;
}

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

        r = open_pair(&server, &client);
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
        for (size_t i = 0; argc == 2 && i < ARRAY_SIZE(interfaces); i++)
                if (streq(interfaces[i].interface, argv[1]))
                        return dump(interfaces[i].interface, interfaces[i].vtable) < 0;
        fprintf(stderr, "usage: dump-introspection INTERFACE\n");
        return 2;
}
