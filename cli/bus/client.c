/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"

#include <stdarg.h>

#include "cli/term/failure.h"
#include "cli/term/text.h"
#include "lib/bus-names.h"
#include "lib/clock.h"

/* Time without a reply after which we say what we wait for, and ping limberd. */
#define PATIENCE_USEC (5 * USEC_PER_SEC)

struct client {
        sd_bus *bus;
        const struct options *options;
};

int client_open_quiet(const struct options *options, struct client **ret) {
        _cleanup_(client_freep) struct client *client = calloc(1, sizeof(*client));
        int r;

        if (!client)
                return -ENOMEM;
        client->options = options;
        if (options->host)
                r = sd_bus_open_system_remote(&client->bus, options->host);
        else
                r = sd_bus_open_system(&client->bus);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(client);
        return 0;
}

int client_open(const struct options *options, struct client **ret) {
        int r = client_open_quiet(options, ret);

        if (r >= 0)
                return LIMBER_EXIT_OK;
        if (r == -ENOMEM)
                return failure_no_memory();
        if (options->host)
                return failure_say(LIMBER_EXIT_NO_DAEMON, "Try by hand: ssh followed by that name.",
                        "Cannot reach the bus of %s: %s.", options->host, strerror(-r));
        return failure_say(LIMBER_EXIT_NO_DAEMON, "limberd needs it; see: systemctl status dbus",
                "Cannot reach the system bus: %s.", strerror(-r));
}

struct client *client_free(struct client *client) {
        if (!client)
                return NULL;
        sd_bus_flush_close_unref(client->bus);
        free(client);
        return NULL;
}

sd_bus *client_bus(struct client *client) {
        return client->bus;
}

const struct options *client_options(const struct client *client) {
        return client->options;
}

/* A call to limberd that may have to wait for a password. */
struct waiting {
        sd_bus_message *reply;
        bool ping_open, gone; /* limberd itself does not respond */
};

static void waiting_done(struct waiting *waiting) {
        sd_bus_message_unref(waiting->reply);
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct waiting *waiting = userdata;

        waiting->reply = sd_bus_message_ref(m);
        return 0;
}

static int on_pong(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct waiting *waiting = userdata;

        waiting->ping_open = false;
        waiting->gone = sd_bus_message_is_method_error(m, NULL);
        return 0;
}

/* A slow reply means that a person is asked, or that limberd hangs: it then does not answer a ping either. */
static int wait_for_answer(struct client *client, struct waiting *waiting) {
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *ping = NULL;
        bool said = false;
        int r = 0;

        while (r >= 0 && !waiting->reply && !waiting->gone) {
                r = sd_bus_process(client->bus, NULL);
                if (r != 0)
                        continue;
                r = sd_bus_wait(client->bus, PATIENCE_USEC);
                if (r != 0 || waiting->ping_open)
                        continue;
                if (!said)
                        say(stderr,
                                "Waiting for limberd. It may be waiting for somebody to type a password.");
                said = waiting->ping_open = true;
                ping = sd_bus_slot_unref(ping);
                r = sd_bus_call_method_async(client->bus, &ping, LIMBER_BUS_NAME, LIMBER_PATH,
                        "org.freedesktop.DBus.Peer", "Ping", on_pong, waiting, NULL);
        }
        return r < 0 ? r : waiting->reply ? 0 : -ETIMEDOUT;
}

static int call_with_permission(
        struct client *client, sd_bus_message *m, sd_bus_message **reply, sd_bus_error *error) {
        _cleanup_(waiting_done) struct waiting waiting = {};
        _cleanup_(sd_bus_slot_unrefp) sd_bus_slot *slot = NULL;
        int r;

        r = sd_bus_message_set_allow_interactive_authorization(m, true);
        if (r >= 0)
                r = sd_bus_call_async(client->bus, &slot, m, on_answer, &waiting, CLIENT_PERMISSION_USEC);
        if (r >= 0)
                r = wait_for_answer(client, &waiting);
        if (r < 0)
                return r;
        if (sd_bus_message_is_method_error(waiting.reply, NULL)) {
                (void) sd_bus_error_copy(error, sd_bus_message_get_error(waiting.reply));
                return -sd_bus_message_get_errno(waiting.reply);
        }
        if (reply)
                *reply = TAKE_PTR(waiting.reply);
        return 0;
}

int client_send_quiet(
        struct client *client, sd_bus_message *m, sd_bus_message **reply, sd_bus_error *error) {
        /* Reads never ask for permission. Other signals are queued meanwhile. */
        if (!startswith(strnull(sd_bus_message_get_interface(m)), LIMBER_BUS_NAME "."))
                return sd_bus_call(client->bus, m, 0, error, reply);
        return call_with_permission(client, m, reply, error);
}

int client_send(struct client *client, sd_bus_message *m, sd_bus_message **reply) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        int r = client_send_quiet(client, m, reply, &error);

        return r < 0 ? failure_report(&error, r) : LIMBER_EXIT_OK;
}

int client_call(struct client *client, const char *path, const char *interface, const char *member,
        sd_bus_message **reply, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        va_list ap;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &m, LIMBER_BUS_NAME, path, interface, member);
        if (r >= 0 && !isempty(types)) {
                va_start(ap, types);
                r = sd_bus_message_appendv(m, types, ap);
                va_end(ap);
        }
        return r < 0 ? failure_report(NULL, r) : client_send(client, m, reply);
}

int client_new_call(struct client *client, const char *member, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(
                client->bus, ret, LIMBER_BUS_NAME, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, member);
}

int client_stop_call(struct client *client, const char *path, const char *interface, const char *member,
        uint64_t usec, sd_bus_message **reply, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(client->bus, &m, LIMBER_BUS_NAME, path, interface, member);
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        return r < 0 ? r : sd_bus_call(client->bus, m, usec, error, reply);
}

/* The object manager does not report its own object. That is read first: whether routines were still being read counts for the objects
 * that are read after it. */
static int read_objects(struct client *client, struct objects **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *manager = NULL, *reply = NULL;
        _cleanup_(objects_freep) struct objects *objects = NULL;
        int status, r;

        status = client_call(client, LIMBER_PATH, "org.freedesktop.DBus.Properties", "GetAll", &manager, "s",
                LIMBER_MANAGER_INTERFACE);
        if (status == LIMBER_EXIT_OK)
                status = client_call(client, LIMBER_PATH, "org.freedesktop.DBus.ObjectManager",
                        "GetManagedObjects", &reply, NULL);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = objects_read(reply, &objects);
        if (r >= 0)
                r = properties_read(manager, manager_properties, &objects->manager);
        if (r < 0)
                return failure_report(NULL, r);
        *ret = TAKE_PTR(objects);
        return LIMBER_EXIT_OK;
}

/* limberd that this very call has started answers before it has read its routines: milliseconds, on a small machine that is
 * just starting up seconds. */
#define LOADING_USEC (20 * USEC_PER_MSEC)
#define LOADING_SAID_AFTER 50u
#define LOADING_TRIES 1500u

/* Whatever was read before it says that it is done may lack some. */
int client_objects(struct client *client, struct objects **ret) {
        for (unsigned i = 0; i < LOADING_TRIES; i++) {
                _cleanup_(objects_freep) struct objects *objects = NULL;
                int status = read_objects(client, &objects);

                if (!objects)
                        return status;
                if (!objects->manager.loading) {
                        *ret = TAKE_PTR(objects);
                        return LIMBER_EXIT_OK;
                }
                if (i == LOADING_SAID_AFTER)
                        (void) fprintf(stderr, "limber: limberd has just started and reads its files ...\n");
                (void) usleep(LOADING_USEC);
        }
        return failure_say(LIMBER_EXIT_NO_DAEMON, "Try again; \"journalctl -u limberd\" says what it does.",
                "limberd has been reading its files for half a minute.");
}

int client_owner(struct client *client, char **ret) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        const char *name;
        char *copy;
        int r;

        r = sd_bus_get_name_creds(client->bus, LIMBER_BUS_NAME, SD_BUS_CREDS_UNIQUE_NAME, &creds);
        if (r >= 0)
                r = sd_bus_creds_get_unique_name(creds, &name);
        if (r < 0)
                return r;
        copy = strdup(name);
        if (!copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}
