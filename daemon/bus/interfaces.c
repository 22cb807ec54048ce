/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/interfaces.h"

#include "daemon/bus/server-private.h"

const struct bus_interface *const bus_interfaces[] = {
        &bus_manager_interface,
        &bus_device_interface,
        &bus_session_interface,
        &bus_routine_interface,
        &bus_runner_interface,
        NULL,
};

const sd_bus_vtable *bus_vtable_at(unsigned i, const char **ret_interface) {
        if (i >= ARRAY_SIZE(bus_interfaces) - 1)
                return NULL;
        *ret_interface = bus_interfaces[i]->name;
        return bus_interfaces[i]->vtable;
}

static void device_added(struct device *device, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        bus_server_added(server, bus_device_path(device, path));
}

static void device_removed(struct device *device, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        bus_device_connected(device, ENODEV, "the device was forgotten", server);
        bus_device_disconnected(device, ENODEV, "the device was forgotten", server);
        bus_server_removed(server, bus_device_path(device, path));
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

        bus_server_added(server, bus_session_path(session, path));
}

static void session_removed(struct session *session, void *userdata) {
        struct bus_server *server = userdata;
        char path[BUS_PATH_MAX];

        bus_server_removed(server, bus_session_path(session, path));
}

static void manager_changed(void *userdata) {
        bus_server_changed(userdata, LIMBER_PATH, LIMBER_MANAGER_INTERFACE);
}

static void tell_alert(struct bus_server *server, const char *code, const char *sentence, const char *path,
        const char *to) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (sd_bus_message_new_signal(
                    server->settings.bus, &m, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Alert") >= 0 &&
                (!to || sd_bus_message_set_destination(m, to) >= 0) &&
                bus_append(m, "sso", code, sentence, path) >= 0)
                bus_server_tell(server, m);
}

/* What everybody is told in place of a sentence of a session that says what was done where; NULL: the sentence. */
static const char *public_sentence(const char *code) {
        static const struct {
                const char *code, *sentence;
        } known[] = { { "not-done", "a step gave nothing" }, { "left-out", "a step is left out" },
                { "Refused", "it may not go on now" } };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (streq(known[i].code, code))
                        return known[i].sentence;
        return NULL;
}

static void alert(const char *code, int error, const char *sentence, const struct device *device,
        const struct session *session, void *userdata) {
        struct bus_server *server = userdata;
        const char *name = error != 0 ? bus_error_name(error) : NULL;
        char path[BUS_PATH_MAX] = LIMBER_PATH;

        if (session)
                (void) bus_session_path(session, path);
        else if (device)
                (void) bus_device_path(device, path);
        /* Use the D-Bus error name if there is one, so that programs can tell failures apart. */
        if (name)
                code = startswith(name, LIMBER_ERROR_PREFIX) ?: code;
        /* The holder gets it, then everybody without it. */
        if (session && public_sentence(code)) {
                if (!isempty(session_holder(session)))
                        tell_alert(server, code, sentence, path, session_holder(session));
                sentence = public_sentence(code);
        }
        tell_alert(server, code, sentence, path, NULL);
}

static int output(struct device *device, bool on, void *userdata) {
        struct bus_server *server = userdata;

        return server->settings.output ? server->settings.output(device, on, server->settings.userdata) : 0;
}

static void rested(void *userdata) {
        struct bus_server *server = userdata;

        if (server->settings.rested)
                server->settings.rested(server->settings.userdata);
}

const struct manager_handler bus_manager_handler = {
        .device_added = device_added,
        .device_removed = device_removed,
        .device_changed = device_changed,
        .device_connected = bus_device_connected,
        .device_disconnected = bus_device_disconnected,
        .session_added = session_added,
        .session_removed = session_removed,
        .changed = manager_changed,
        .alert = alert,
        .question = bus_server_question,
        .session = &bus_session_handler,
        .output = output,
        .rested = rested,
};
