/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"
#include "lib/text-door.h"

const char *bus_error_name(int error) {
        for (const struct limber_error *e = limber_errors; e->name; e++)
                if (e->error == error)
                        return e->name;
        return NULL;
}

int bus_error_set(sd_bus_error *error, int r, char *sentence) {
        const char *name = bus_error_name(-r);

        if (sentence)
                (void) sd_bus_error_set(error, name ?: SD_BUS_ERROR_FAILED, text_make_plain(sentence));
        else
                (void) sd_bus_error_set_errno(error, r);
        free(sentence);
        return r;
}

/* After a call that stops, signals are held back for this long: the bus and its listeners share the processors with the
 * stack that carries the stop frames. Eight stops took twice as long on an emulated machine with two
 * (tests/vm/bench_radio.py). */
#define HOLD_USEC (25 * USEC_PER_MSEC)

/* Signals go before later property changes: a client that sees a session end must have received the reason. */
static void bus_server_flush(struct bus_server *server) {
        clock_timer_disarm(server->flush);
        for (unsigned i = 0; i < server->n_held; i++) {
                (void) sd_bus_send(server->settings.bus, server->held[i], NULL);
                sd_bus_message_unref(server->held[i]);
        }
        server->n_held = 0;
        bus_changes_send(server->changes);
}

static void on_flush(struct clock_timer *timer, void *userdata) {
        bus_server_flush(userdata);
}

/* However often signals are held, the first one waits no longer than one hold. */
static void flush_soon(struct bus_server *server) {
        if (!clock_timer_armed(server->flush))
                clock_timer_arm(server->flush, MAX(server->hold_usec, clock_now(server->settings.clock)));
}

void bus_server_tell(struct bus_server *server, sd_bus_message *m) {
        if (clock_now(server->settings.clock) >= server->hold_usec ||
                server->n_held >= ARRAY_SIZE(server->held)) {
                bus_server_flush(server);
                (void) sd_bus_send(server->settings.bus, m, NULL);
                return;
        }
        server->held[server->n_held++] = sd_bus_message_ref(m);
        flush_soon(server);
}

void bus_server_changed(struct bus_server *server, const char *path, const char *interface) {
        bus_changes_mark(server->changes, path, interface);
        flush_soon(server);
}

void bus_server_added(struct bus_server *server, const char *path) {
        (void) sd_bus_emit_object_added(server->settings.bus, path);
}

void bus_server_removed(struct bus_server *server, const char *path) {
        bus_changes_forget(server->changes, path);
        (void) sd_bus_emit_object_removed(server->settings.bus, path);
}

static const struct bus_interface *find_interface(const struct bus_server *server, const char *name) {
        for (const struct bus_interface *const *i = server->settings.interfaces; *i; i++)
                if (streq_ptr((*i)->name, name))
                        return *i;
        return NULL;
}

/* Who gets the values of an object that others are only told to have changed; NULL: nobody. */
static const char *holder_of(const char *path, const char *interface, void *userdata) {
        const struct bus_server *server = userdata;
        const struct session *session;

        if (!streq(interface, LIMBER_SESSION_INTERFACE))
                return NULL;
        session = manager_session_by_id(
                server->settings.manager, (unsigned) strtoul(strrchr(path, '/') + 1, NULL, 10));
        return session && !isempty(session_holder(session)) ? session_holder(session) : NULL;
}

/* Changes are compared, and told the holder, with all values. */
static void read_private(bool read, void *userdata) {
        struct bus_server *server = userdata;

        server->reads_private = read;
}

static const sd_bus_vtable *find_vtable(
        const char *path, const char *interface, void **ret_object, void *userdata) {
        const struct bus_interface *i = find_interface(userdata, interface);

        *ret_object = i ? i->find(userdata, path) : NULL;
        return *ret_object ? i->vtable : NULL;
}

static int find_object(sd_bus *bus, const char *path, const char *interface, void *userdata,
        void **ret_found, sd_bus_error *error) {
        return !!find_vtable(path, interface, ret_found, userdata);
}

static int enumerate(
        sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        const struct bus_folder *folder = userdata;
        char path[BUS_PATH_MAX], **nodes;
        unsigned n = 0;

        while (folder->interface->path_at(folder->server, n, path))
                n++;
        nodes = calloc(n + 1, sizeof(char *));
        for (unsigned i = 0; nodes && i < n; i++)
                nodes[i] = strdup(folder->interface->path_at(folder->server, i, path));
        *ret_nodes = nodes;
        return nodes ? 0 : -ENOMEM;
}

static int add_interface(struct bus_server *server, const struct bus_interface *i) {
        struct bus_folder *folder = &server->folders[server->n_folders];
        int r;

        if (!i->path_at)
                return sd_bus_add_object_vtable(
                        server->settings.bus, NULL, i->path, i->name, i->vtable, server);
        if (server->n_folders >= ARRAY_SIZE(server->folders))
                return -ENOBUFS;
        server->n_folders++;
        *folder = (struct bus_folder){ server, i };
        r = sd_bus_add_fallback_vtable(
                server->settings.bus, NULL, i->path, i->name, i->vtable, find_object, server);
        return r < 0 || i->hidden
                       ? r
                       : sd_bus_add_node_enumerator(server->settings.bus, NULL, i->path, enumerate, folder);
}

static sd_bus_message_handler_t handler_of(const sd_bus_vtable *vtable, const char *member) {
        for (const sd_bus_vtable *v = vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                if (v->type == _SD_BUS_VTABLE_METHOD && streq(v->x.method.member, member))
                        return v->x.method.handler;
        return NULL;
}

void bus_server_handle_again(struct bus_server *server, sd_bus_message *m) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        sd_bus_message_handler_t handler;
        const sd_bus_vtable *vtable;
        int r = -ENOENT;
        void *object;

        vtable = find_vtable(sd_bus_message_get_path(m), sd_bus_message_get_interface(m), &object, server);
        handler = vtable ? handler_of(vtable, sd_bus_message_get_member(m)) : NULL;
        if (bus_is_read(m)) {
                r = bus_read(server, m, &error);
                /* There was such an object when it was first asked for. */
                if (r == 0)
                        r = sd_bus_error_set(&error, SD_BUS_ERROR_UNKNOWN_OBJECT, "that object is gone");
        } else if (bus_is_log_setting(m))
                r = bus_set_log(server, m, &error);
        else if (handler)
                r = handler(m, object, &error);
        if (sd_bus_error_is_set(&error))
                (void) sd_bus_reply_method_error(m, &error);
        else if (r < 0)
                (void) sd_bus_reply_method_errno(m, r, NULL);
}

/* The call waited for the bus or for polkit. */
static void handle_again(sd_bus_message *m, void *userdata) {
        bus_server_handle_again(userdata, m);
}

int bus_server_new(const struct bus_server_settings *settings, struct bus_server **ret) {
        _cleanup_(bus_server_freep) struct bus_server *server = calloc(1, sizeof(*server));
        const struct bus_changes_settings changes = {
                .bus = settings->bus,
                .find = find_vtable,
                .read_private = read_private,
                .holder = holder_of,
                .userdata = server,
        };
        int r;

        if (!server)
                return -ENOMEM;
        server->settings = *settings;
        server->users.rate = QUOTA_RATE * QUOTA_CONNECTIONS;
        sd_bus_ref(server->settings.bus);
        r = callers_new(settings->bus, handle_again, server, &server->authority.callers);
        if (r >= 0)
                r = polkit_new(settings->bus, handle_again, server, &server->authority.polkit);
        if (r >= 0)
                r = bus_changes_new(&changes, &server->changes);
        if (r >= 0)
                r = clock_timer_new(settings->clock, on_flush, server, &server->flush);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(server);
        return 0;
}

void bus_server_set_manager(struct bus_server *server, struct manager *manager, struct radio *radio) {
        server->settings.manager = manager;
        server->settings.radio = radio;
}

/* Calls that stop or lower are never rate-limited. */
static bool is_free(sd_bus_message *m) {
        static const char *const members[] = { "Stop", "StopAll", "Pause" };

        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
                if (streq_ptr(sd_bus_message_get_member(m), members[i]))
                        return true;
        return false;
}

void bus_server_hold(struct bus_server *server) {
        server->hold_usec = clock_now(server->settings.clock) + HOLD_USEC;
}

/* 1: the call is answered already. */
static int refuse_flood(sd_bus_message *m) {
        return bus_reply_error(
                       m, LIMBER_ERROR_QUOTA, "more than %u calls a second; wait a little", QUOTA_RATE) < 0
                       ? -ENOMEM
                       : 1;
}

/* Until the bus has said whose a connection is, it has its own budget alone. */
static bool user_may_call(struct bus_server *server, const char *sender, size_t bytes, uint64_t now_usec) {
        char user[16];
        uid_t uid;

        if (!callers_know(server->authority.callers, sender, &uid))
                return true;
        (void) snprintf(user, sizeof(user), "%u", (unsigned) uid);
        return quota_take(&server->users, user, 1 + (unsigned) (bytes / QUOTA_CALL_BYTES), now_usec);
}

/* Every call passes here before its object is looked for. 1: it is answered, and goes no further. */
static int on_any_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);
        struct bus_server *server = userdata;
        uint64_t now = clock_now(server->settings.clock);
        size_t bytes;
        int r;

        if (!sd_bus_message_is_method_call(m, NULL, NULL) || !sender)
                return 0;
        if (is_free(m)) {
                bus_server_hold(server);
                return 0;
        }
        if (!quota_take(&server->connections, sender, 1, now))
                return refuse_flood(m);
        r = arguments_measure(m, &bytes, error);
        if (r < 0)
                return r;
        if (!user_may_call(server, sender, bytes, now))
                return refuse_flood(m);
        if (sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", NULL) ||
                sd_bus_message_is_method_call(m, "org.freedesktop.DBus.ObjectManager", NULL))
                bus_changes_read(server->changes);
        if (bus_is_log_setting(m))
                return bus_set_log(server, m, error);
        return bus_is_read(m) ? bus_read(server, m, error) : 0;
}

/* Nothing is started for somebody who has left. */
static void starts_gone(struct bus_server *server, const char *name) {
        for (unsigned i = server->n_starts; i-- > 0;)
                if (streq_ptr(sd_bus_message_get_sender(server->starts[i]), name)) {
                        sd_bus_message_unref(server->starts[i]);
                        memmove(&server->starts[i], &server->starts[i + 1],
                                (--server->n_starts - i) * sizeof(server->starts[0]));
                }
}

static int on_name_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        const char *name, *before, *after;

        if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0 || !isempty(after) || name[0] != ':')
                return 0;
        callers_forget(server->authority.callers, name);
        starts_gone(server, name);
        bus_waiters_gone(server, name);
        manager_client_gone(server->settings.manager, name);
        return 0;
}

int bus_server_attach(struct bus_server *server) {
        int r;

        r = sd_bus_add_filter(server->settings.bus, NULL, on_any_message, server);
        /* One match for all clients: a match per name would be added too late for a client that leaves at once. */
        if (r >= 0)
                r = sd_bus_add_match_async(server->settings.bus, &server->gone_slot,
                        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                        "member='NameOwnerChanged',arg2=''",
                        on_name_owner, NULL, server);
        if (r >= 0)
                r = sd_bus_add_object_manager(server->settings.bus, NULL, LIMBER_PATH);
        if (r >= 0)
                r = bus_add_log(server);
        for (const struct bus_interface *const *i = server->settings.interfaces; r >= 0 && *i; i++)
                r = add_interface(server, *i);
        return r;
}

struct bus_server *bus_server_free(struct bus_server *server) {
        if (!server)
                return NULL;
        while (server->waiters) {
                struct bus_waiter *waiter = server->waiters;

                server->waiters = waiter->next;
                sd_bus_message_unref(waiter->message);
                free(waiter);
        }
        for (unsigned i = 0; i < server->n_held; i++)
                sd_bus_message_unref(server->held[i]);
        bus_changes_free(server->changes);
        clock_timer_free(server->flush);
        polkit_free(server->authority.polkit);
        callers_free(server->authority.callers);
        for (unsigned i = 0; i < server->n_starts; i++)
                sd_bus_message_unref(server->starts[i]);
        sd_bus_message_unref(server->reload_message);
        sd_bus_slot_unref(server->gone_slot);
        sd_bus_unref(server->settings.bus);
        free(server);
        return NULL;
}
