/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/face-private.h"

const char *face_device_path(const struct device *device, char path[static FACE_PATH_MAX]) {
        int n = snprintf(path, FACE_PATH_MAX, "%s/%s", LIMBER_DEVICE_PATH, device_address(device));

        for (int i = 0; i < n; i++)
                if (path[i] == ':')
                        path[i] = '_';
        return path;
}

const char *face_session_path(const struct session *session, char path[static FACE_PATH_MAX]) {
        (void) snprintf(path, FACE_PATH_MAX, "%s/%u", LIMBER_SESSION_PATH, session_id(session));
        return path;
}

const char *face_routine_path(const struct routine *routine, char path[static FACE_PATH_MAX]) {
        int n = snprintf(path, FACE_PATH_MAX, "%s/%s", LIMBER_ROUTINE_PATH, routine->id);

        for (int i = 0; i < n; i++)
                if (path[i] == '-')
                        path[i] = '_';
        return path;
}

struct device *face_device_by_path(const struct face *face, const char *path) {
        struct device *device;
        char own[FACE_PATH_MAX];

        for (unsigned i = 0; (device = manager_device_at(face->settings.manager, i)); i++)
                if (streq(face_device_path(device, own), path))
                        return device;
        return NULL;
}

const char *face_error_name(int error) {
        for (const struct limber_error *e = limber_errors; e->name; e++)
                if (e->error == error)
                        return e->name;
        return NULL;
}

int face_error(sd_bus_error *error, int r, char *sentence) {
        const char *name = face_error_name(-r);

        if (sentence)
                (void) sd_bus_error_setf(error, name ?: SD_BUS_ERROR_FAILED, "%s", sentence);
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
static void face_flush(struct face *face) {
        clock_timer_disarm(face->flush);
        for (unsigned i = 0; i < face->n_held; i++) {
                (void) sd_bus_send(face->settings.bus, face->held[i], NULL);
                sd_bus_message_unref(face->held[i]);
        }
        face->n_held = 0;
        while (face->changes) {
                struct face_change *change = face->changes;

                face->changes = change->next;
                (void) sd_bus_emit_properties_changed_strv(
                        face->settings.bus, change->path, change->interface, changing(change->interface));
                free(change);
        }
}

static void on_flush(struct clock_timer *timer, void *userdata) {
        face_flush(userdata);
}

/* However often it is held: from the first that waits, it takes no longer than one hold. */
static void flush_soon(struct face *face) {
        if (!clock_timer_armed(face->flush))
                clock_timer_arm(face->flush, MAX(face->hold_usec, clock_now(face->settings.clock)));
}

void face_tell(struct face *face, sd_bus_message *m) {
        if (clock_now(face->settings.clock) >= face->hold_usec || face->n_held >= ARRAY_SIZE(face->held)) {
                face_flush(face);
                (void) sd_bus_send(face->settings.bus, m, NULL);
                return;
        }
        face->held[face->n_held++] = sd_bus_message_ref(m);
        flush_soon(face);
}

void face_changed(struct face *face, const char *path, const char *interface) {
        struct face_change **p, *change;

        for (p = &face->changes; *p; p = &(*p)->next)
                if (streq((*p)->path, path) && streq((*p)->interface, interface))
                        return;
        change = calloc(1, sizeof(*change));
        if (!change)
                return; /* a client reads the value when it next asks */
        change->interface = interface;
        (void) snprintf(change->path, sizeof(change->path), "%s", path);
        *p = change;
        flush_soon(face);
}

static void device_added(struct device *device, void *userdata) {
        struct face *face = userdata;
        char path[FACE_PATH_MAX];

        (void) sd_bus_emit_object_added(face->settings.bus, face_device_path(device, path));
}

static void device_removed(struct device *device, void *userdata) {
        struct face *face = userdata;
        char path[FACE_PATH_MAX];

        face_device_connected(device, ENODEV, "the device was forgotten", face);
        (void) sd_bus_emit_object_removed(face->settings.bus, face_device_path(device, path));
}

static void device_changed(struct device *device, void *userdata) {
        struct face *face = userdata;
        char path[FACE_PATH_MAX];

        face_changed(face, face_device_path(device, path), LIMBER_DEVICE_INTERFACE);
        face_changed(face, LIMBER_PATH, LIMBER_MANAGER_INTERFACE);
}

static void session_added(struct session *session, void *userdata) {
        struct face *face = userdata;
        char path[FACE_PATH_MAX];

        (void) sd_bus_emit_object_added(face->settings.bus, face_session_path(session, path));
}

static void session_removed(struct session *session, void *userdata) {
        struct face *face = userdata;
        char path[FACE_PATH_MAX];

        (void) sd_bus_emit_object_removed(face->settings.bus, face_session_path(session, path));
}

static void manager_changed(void *userdata) {
        face_changed(userdata, LIMBER_PATH, LIMBER_MANAGER_INTERFACE);
}

static void alert(const char *code, int error, const char *sentence, const struct device *device,
        const struct session *session, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        struct face *face = userdata;
        const char *name = error != 0 ? face_error_name(error) : NULL;
        char path[FACE_PATH_MAX] = LIMBER_PATH;

        if (session)
                (void) face_session_path(session, path);
        else if (device)
                (void) face_device_path(device, path);
        /* A failure that has a name on the bus is told by it, so that a program can tell kinds apart. */
        if (name)
                code = startswith(name, LIMBER_ERROR_PREFIX) ?: code;
        if (sd_bus_message_new_signal(
                    face->settings.bus, &m, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Alert") >= 0 &&
                sd_bus_message_append(m, "sso", code, sentence, path) >= 0)
                face_tell(face, m);
}

static int output(struct device *device, bool on, void *userdata) {
        struct face *face = userdata;

        return face->settings.output ? face->settings.output(device, on, face->settings.userdata) : 0;
}

const struct manager_handler face_manager_handler = {
        .device_added = device_added,
        .device_removed = device_removed,
        .device_changed = device_changed,
        .device_connected = face_device_connected,
        .session_added = session_added,
        .session_removed = session_removed,
        .changed = manager_changed,
        .alert = alert,
        .question = face_question,
        .session = &face_session_handler,
        .output = output,
};

int face_append_entry(sd_bus_message *m, const char *name, const char *type, ...) {
        va_list arguments;
        int r;

        va_start(arguments, type);
        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        if (r >= 0)
                r = sd_bus_message_appendv(m, type, arguments);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        va_end(arguments);
        return r;
}

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
                bool (*find)(struct face *face, const char *path);
        } interfaces[] = {
                { LIMBER_MANAGER_INTERFACE, manager_vtable, NULL },
                { LIMBER_DEVICE_INTERFACE, device_vtable, face_find_device },
                { LIMBER_SESSION_INTERFACE, session_vtable, face_find_session },
                { LIMBER_RUNNER_INTERFACE, runner_vtable, face_find_runner },
        };
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        const char *path = sd_bus_message_get_path(m);
        struct face *face = userdata;
        int r = -ENOENT;

        if (face_is_runner_self(m))
                r = face_runner_self(m, face, &error);
        for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++) {
                sd_bus_message_handler_t handler =
                        handler_of(interfaces[i].vtable, sd_bus_message_get_member(m));

                if (!handler || !sd_bus_message_is_method_call(m, interfaces[i].interface, NULL))
                        continue;
                if (!interfaces[i].find)
                        r = handler(m, face, &error);
                else if (interfaces[i].find(face, path))
                        r = handler(m, &face->object, &error);
                break;
        }
        if (sd_bus_error_is_set(&error))
                (void) sd_bus_reply_method_error(m, &error);
        else if (r < 0)
                (void) sd_bus_reply_method_errno(m, r, NULL);
}

int face_new(const struct face_settings *settings, struct face **ret) {
        _cleanup_(face_freep) struct face *face = calloc(1, sizeof(*face));
        int r;

        if (!face)
                return -ENOMEM;
        face->settings = *settings;
        sd_bus_ref(face->settings.bus);
        r = callers_new(settings->bus, handle_again, face, &face->authority.callers);
        if (r >= 0)
                r = polkit_new(settings->bus, handle_again, face, &face->authority.polkit);
        if (r >= 0)
                r = clock_timer_new(settings->clock, on_flush, face, &face->flush);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(face);
        return 0;
}

void face_set_manager(struct face *face, struct manager *manager, struct radio *radio) {
        face->settings.manager = manager;
        face->settings.radio = radio;
}

/* Everything that stops or lowers passes, whoever floods. */
static bool is_free(sd_bus_message *m) {
        static const char *const members[] = { "Stop", "StopAll", "Pause", "Disconnect" };

        for (size_t i = 0; i < ARRAY_SIZE(members); i++)
                if (streq_ptr(sd_bus_message_get_member(m), members[i]))
                        return true;
        return false;
}

void face_hold(struct face *face) {
        face->hold_usec = clock_now(face->settings.clock) + HOLD_USEC;
}

static int on_any_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);
        struct face *face = userdata;

        if (!sd_bus_message_is_method_call(m, NULL, NULL) || !sender)
                return 0;
        if (is_free(m)) {
                face_hold(face);
                return 0;
        }
        if (quota_take(&face->quota, sender, clock_now(face->settings.clock)) == QUOTA_GOOD)
                return face_is_runner_self(m) ? face_runner_self(m, face, error) : 0;
        (void) sd_bus_reply_method_errorf(
                m, LIMBER_ERROR_QUOTA, "more than %u calls a second; wait a little", QUOTA_RATE);
        return 1;
}

static int on_name_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct face *face = userdata;
        const char *name, *before, *after;

        if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0 || !isempty(after) || name[0] != ':')
                return 0;
        callers_forget(face->authority.callers, name);
        manager_client_gone(face->settings.manager, name);
        return 0;
}

int face_attach(struct face *face) {
        int r;

        r = sd_bus_add_filter(face->settings.bus, NULL, on_any_message, face);
        /* One match for all: a rule that names a client comes too late for one that leaves at once. */
        if (r >= 0)
                r = sd_bus_add_match_async(face->settings.bus, &face->gone_slot,
                        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                        "member='NameOwnerChanged',arg2=''",
                        on_name_owner, NULL, face);
        if (r >= 0)
                r = sd_bus_add_object_manager(face->settings.bus, NULL, LIMBER_PATH);
        if (r >= 0)
                r = face_attach_manager(face);
        if (r >= 0)
                r = face_attach_devices(face);
        if (r >= 0)
                r = face_attach_sessions(face);
        if (r >= 0)
                r = face_attach_routines(face);
        if (r >= 0)
                r = face_attach_runners(face);
        return r;
}

struct face *face_free(struct face *face) {
        if (!face)
                return NULL;
        while (face->changes) {
                struct face_change *change = face->changes;

                face->changes = change->next;
                free(change);
        }
        while (face->waiters) {
                struct face_waiter *waiter = face->waiters;

                face->waiters = waiter->next;
                sd_bus_message_unref(waiter->message);
                free(waiter);
        }
        for (unsigned i = 0; i < face->n_held; i++)
                sd_bus_message_unref(face->held[i]);
        clock_timer_free(face->flush);
        polkit_free(face->authority.polkit);
        callers_free(face->authority.callers);
        sd_bus_message_unref(face->reload_message);
        sd_bus_slot_unref(face->gone_slot);
        sd_bus_unref(face->settings.bus);
        free(face);
        return NULL;
}
