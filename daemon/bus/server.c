/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"
#include "lib/device-id.h"
#include "lib/text-door.h"

const char *bus_device_path(const struct device *device, char path[static BUS_PATH_MAX]) {
        char id[DEVICE_ID_MAX];

        (void) snprintf(path, BUS_PATH_MAX, "%s/%s", LIMBER_DEVICE_PATH,
                device_id(device_address(device), device_address_type(device), id));
        return path;
}

const char *bus_session_path(const struct session *session, char path[static BUS_PATH_MAX]) {
        (void) snprintf(path, BUS_PATH_MAX, "%s/%u", LIMBER_SESSION_PATH, session_id(session));
        return path;
}

const char *bus_routine_path(const struct routine *routine, char path[static BUS_PATH_MAX]) {
        int n = snprintf(path, BUS_PATH_MAX, "%s/%s", LIMBER_ROUTINE_PATH, routine->id);

        for (int i = 0; i < n; i++)
                if (path[i] == '-')
                        path[i] = '_';
        return path;
}

struct device *bus_server_device_by_path(const struct bus_server *server, const char *path) {
        struct device *device;
        char own[BUS_PATH_MAX];

        for (unsigned i = 0; (device = manager_device_at(server->settings.manager, i)); i++)
                if (streq(bus_device_path(device, own), path))
                        return device;
        return NULL;
}

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

/* After a call that stops, what changed is told this much later: the bus and its listeners share the processors with the
 * stack that carries the stop frames. Eight stops took twice as long on an emulated machine with two (tests/vm/bench_radio.py). */
#define HOLD_USEC (25 * USEC_PER_MSEC)

/* Every property that is not constant, per interface. Told together: a client that shows one shows most. */
static char **changing(const char *interface) {
        static const char *manager[] = { "OutputActive", "BluezVersion", "Powered", "Rejected", NULL };
        static const char *device[] = { "Name", "Alias", "Model", "Kind", "Family", "Evidence", "Added",
                "State", "Certainty", "Battery", "OutputActive", "LinkLoss", "Features", NULL };
        static const char *session[] = { "State", "Reason", "Step", "Phase", "Title", "Next", "StepKind",
                "Zone", "Side", "Remaining", "StepRemaining", "StepDuration", "Setpoints", "Prompt",
                "Holder", "OutputActive", "Event", "LastDiscomfort", NULL };
        static const char *runner[] = { "Revision", NULL };

        if (streq(interface, LIMBER_MANAGER_INTERFACE))
                return (char **) manager;
        if (streq(interface, LIMBER_RUNNER_INTERFACE))
                return (char **) runner;
        return (char **) (streq(interface, LIMBER_DEVICE_INTERFACE) ? device : session);
}

/* What was told comes before what changed since: who reads that a session is over must have heard why. */
static void bus_server_flush(struct bus_server *server) {
        clock_timer_disarm(server->flush);
        for (unsigned i = 0; i < server->n_held; i++) {
                (void) sd_bus_send(server->settings.bus, server->held[i], NULL);
                sd_bus_message_unref(server->held[i]);
        }
        server->n_held = 0;
        while (server->changes) {
                struct bus_change *change = server->changes;

                server->changes = change->next;
                (void) sd_bus_emit_properties_changed_strv(
                        server->settings.bus, change->path, change->interface, changing(change->interface));
                free(change);
        }
}

static void on_flush(struct clock_timer *timer, void *userdata) {
        bus_server_flush(userdata);
}

/* However often it is held: from the first that waits, it takes no longer than one hold. */
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
        struct bus_change **p, *change;

        for (p = &server->changes; *p; p = &(*p)->next)
                if (streq((*p)->path, path) && streq((*p)->interface, interface))
                        return;
        change = calloc(1, sizeof(*change));
        if (!change)
                return; /* a client reads the value when it next asks */
        change->interface = interface;
        (void) snprintf(change->path, sizeof(change->path), "%s", path);
        *p = change;
        flush_soon(server);
}

static void device_added(struct device *device, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        (void) sd_bus_emit_object_added(server->settings.bus, bus_device_path(device, path));
}

static void device_removed(struct device *device, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        bus_server_device_connected(device, ENODEV, "the device was forgotten", server);
        bus_server_device_disconnected(device, ENODEV, "the device was forgotten", server);
        (void) sd_bus_emit_object_removed(server->settings.bus, bus_device_path(device, path));
}

static void device_changed(struct device *device, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        bus_server_changed(server, bus_device_path(device, path), LIMBER_DEVICE_INTERFACE);
        bus_server_changed(server, LIMBER_PATH, LIMBER_MANAGER_INTERFACE);
}

static void session_added(struct session *session, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        (void) sd_bus_emit_object_added(server->settings.bus, bus_session_path(session, path));
}

static void session_removed(struct session *session, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        (void) sd_bus_emit_object_removed(server->settings.bus, bus_session_path(session, path));
}

static void manager_changed(void *userdata) {
        bus_server_changed(userdata, LIMBER_PATH, LIMBER_MANAGER_INTERFACE);
}

static void alert(const char *code, int error, const char *sentence, const struct device *device,
        const struct session *session, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        struct bus_server *server = userdata;
        const char *name = error != 0 ? bus_error_name(error) : NULL;
        char path[BUS_PATH_MAX] = LIMBER_PATH;

        if (session)
                (void) bus_session_path(session, path);
        else if (device)
                (void) bus_device_path(device, path);
        /* A failure that has a name on the bus is told by it, so that a program can tell kinds apart. */
        if (name)
                code = startswith(name, LIMBER_ERROR_PREFIX) ?: code;
        if (sd_bus_message_new_signal(
                    server->settings.bus, &m, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Alert") >= 0 &&
                bus_append(m, "sso", code, sentence, path) >= 0)
                bus_server_tell(server, m);
}

static int output(struct device *device, bool on, void *userdata) {
        struct bus_server *server = userdata;

        return server->settings.output ? server->settings.output(device, on, server->settings.userdata) : 0;
}

const struct manager_handler bus_server_manager_handler = {
        .device_added = device_added,
        .device_removed = device_removed,
        .device_changed = device_changed,
        .device_connected = bus_server_device_connected,
        .device_disconnected = bus_server_device_disconnected,
        .session_added = session_added,
        .session_removed = session_removed,
        .changed = manager_changed,
        .alert = alert,
        .question = bus_server_question,
        .session = &bus_server_session_handler,
        .output = output,
};

static sd_bus_message_handler_t handler_of(const sd_bus_vtable *vtable, const char *member) {
        for (const sd_bus_vtable *v = vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                if (v->type == _SD_BUS_VTABLE_METHOD && streq(v->x.method.member, member))
                        return v->x.method.handler;
        return NULL;
}

/* A call that waited for the bus or for polkit, from its beginning: its object may be gone by now. */
static void handle_again(sd_bus_message *m, void *userdata) {
        static const struct {
                const char *interface;
                const sd_bus_vtable *vtable;
                bool (*find)(struct bus_server *server, const char *path);
        } interfaces[] = {
                { LIMBER_MANAGER_INTERFACE, manager_vtable, NULL },
                { LIMBER_DEVICE_INTERFACE, device_vtable, bus_server_find_device },
                { LIMBER_SESSION_INTERFACE, session_vtable, bus_server_find_session },
                { LIMBER_RUNNER_INTERFACE, runner_vtable, bus_server_find_runner },
        };
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *path = sd_bus_message_get_path(m);
        struct bus_server *server = userdata;
        int r = -ENOENT;

        if (bus_server_is_runner_self(m))
                r = bus_server_runner_self(m, server, &error);
        for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
                sd_bus_message_handler_t handler =
                        handler_of(interfaces[i].vtable, sd_bus_message_get_member(m));

                if (!handler || !sd_bus_message_is_method_call(m, interfaces[i].interface, NULL))
                        continue;
                if (!interfaces[i].find)
                        r = handler(m, server, &error);
                else if (interfaces[i].find(server, path))
                        r = handler(m, &server->object, &error);
                break;
        }
        if (sd_bus_error_is_set(&error))
                (void) sd_bus_reply_method_error(m, &error);
        else if (r < 0)
                (void) sd_bus_reply_method_errno(m, r, NULL);
}

int bus_server_new(const struct bus_server_settings *settings, struct bus_server **ret) {
        _cleanup_(bus_server_freep) struct bus_server *server = calloc(1, sizeof(*server));
        int r;

        if (!server)
                return -ENOMEM;
        server->settings = *settings;
        sd_bus_ref(server->settings.bus);
        r = callers_new(settings->bus, handle_again, server, &server->authority.callers);
        if (r >= 0)
                r = polkit_new(settings->bus, handle_again, server, &server->authority.polkit);
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

/* Everything that stops or lowers passes, whoever floods. */
static bool is_free(sd_bus_message *m) {
        static const char *const members[] = { "Stop", "StopAll", "Pause", "Disconnect" };

        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
                if (streq_ptr(sd_bus_message_get_member(m), members[i]))
                        return true;
        return false;
}

void bus_server_hold(struct bus_server *server) {
        server->hold_usec = clock_now(server->settings.clock) + HOLD_USEC;
}

static int on_any_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);
        struct bus_server *server = userdata;

        if (!sd_bus_message_is_method_call(m, NULL, NULL) || !sender)
                return 0;
        if (is_free(m)) {
                bus_server_hold(server);
                return 0;
        }
        if (quota_take(&server->quota, sender, clock_now(server->settings.clock)) == QUOTA_GOOD)
                return bus_server_is_runner_self(m) ? bus_server_runner_self(m, server, error) : 0;
        (void) bus_reply_error(
                m, LIMBER_ERROR_QUOTA, "more than %u calls a second; wait a little", QUOTA_RATE);
        return 1;
}

static int on_name_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        const char *name, *before, *after;

        if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0 || !isempty(after) || name[0] != ':')
                return 0;
        callers_forget(server->authority.callers, name);
        bus_server_waiters_gone(server, name);
        manager_client_gone(server->settings.manager, name);
        return 0;
}

int bus_server_attach(struct bus_server *server) {
        int r;

        r = sd_bus_add_filter(server->settings.bus, NULL, on_any_message, server);
        /* One match for all: a rule that names a client comes too late for one that leaves at once. */
        if (r >= 0)
                r = sd_bus_add_match_async(server->settings.bus, &server->gone_slot,
                        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                        "member='NameOwnerChanged',arg2=''",
                        on_name_owner, NULL, server);
        if (r >= 0)
                r = sd_bus_add_object_manager(server->settings.bus, NULL, LIMBER_PATH);
        if (r >= 0)
                r = bus_server_attach_manager(server);
        if (r >= 0)
                r = bus_server_attach_devices(server);
        if (r >= 0)
                r = bus_server_attach_sessions(server);
        if (r >= 0)
                r = bus_server_attach_routines(server);
        if (r >= 0)
                r = bus_server_attach_runners(server);
        return r;
}

struct bus_server *bus_server_free(struct bus_server *server) {
        if (!server)
                return NULL;
        while (server->changes) {
                struct bus_change *change = server->changes;

                server->changes = change->next;
                free(change);
        }
        while (server->waiters) {
                struct bus_waiter *waiter = server->waiters;

                server->waiters = waiter->next;
                sd_bus_message_unref(waiter->message);
                free(waiter);
        }
        for (unsigned i = 0; i < server->n_held; i++)
                sd_bus_message_unref(server->held[i]);
        clock_timer_free(server->flush);
        polkit_free(server->authority.polkit);
        callers_free(server->authority.callers);
        sd_bus_message_unref(server->reload_message);
        sd_bus_slot_unref(server->gone_slot);
        sd_bus_unref(server->settings.bus);
        free(server);
        return NULL;
}
