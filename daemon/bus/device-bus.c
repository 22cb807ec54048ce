/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"
#include "lib/device-id.h"

const char *bus_device_path(const struct device *device, char path[static BUS_PATH_MAX]) {
        char id[DEVICE_ID_MAX];

        (void) snprintf(path, BUS_PATH_MAX, "%s/%s", LIMBER_DEVICE_PATH,
                device_id(device_address(device), device_address_type(device), id));
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

static struct device *device_of(void *userdata) {
        return ((struct bus_object *) userdata)->device;
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct device *device = device_of(userdata);
        const struct device_definition *definition = device_definition(device);
        char evidence[2] = { definition->evidence, '\0' };
        const struct {
                const char *name, *value;
        } texts[] = {
                { "Address", device_address(device) },
                { "AddressType", device_address_type(device) },
                { "Name", device_name(device) },
                { "Alias", device_alias(device) },
                { "Model", device_model(device) },
                { "Kind", feature_kind_to_string(definition->kind) },
                { "Family", definition->id },
                { "Evidence", evidence },
                { "State", device_state_to_string(device_state(device)) },
                { "Certainty", certainty_to_string(device_worst_certainty(device)) },
                { "LinkLoss", link_loss_to_string(definition->link_loss) },
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (streq(texts[i].name, property))
                        return bus_append(reply, "s", texts[i].value);
        return -EINVAL;
}

static int get_bool(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct device *device = device_of(userdata);

        return bus_append(reply, "b",
                streq(property, "Added") ? device_is_added(device) : device_output_active(device));
}

static int get_battery(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return bus_append(reply, "y", (uint8_t) device_battery(device_of(userdata)));
}

static int get_features(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct device_definition *definition = device_definition(device_of(userdata));
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sssddds)");
        for (unsigned i = 0; r >= 0 && i < definition->n_features; i++) {
                const struct feature *f = &definition->features[i];

                r = bus_append(reply, "(sssddds)", f->name, feature_kind_to_string(f->kind), f->unit,
                        (double) f->min / 1000, (double) f->max / 1000, (double) f->step / 1000,
                        scale_basis_to_string(f->basis));
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static void waiter_free(struct bus_waiter *waiter) {
        sd_bus_message_unref(waiter->message);
        free(waiter);
}

static void answer_waiters(struct bus_server *server, const struct device *device, bool leaving, int error,
        const char *sentence) {
        for (struct bus_waiter **p = &server->waiters; *p;) {
                struct bus_waiter *waiter = *p;

                if (waiter->device != device || waiter->leaving != leaving) {
                        p = &waiter->next;
                        continue;
                }
                *p = waiter->next;
                if (error == 0)
                        (void) bus_reply(waiter->message, NULL);
                else
                        (void) bus_reply_error(waiter->message, bus_error_name(error) ?: SD_BUS_ERROR_FAILED,
                                "%s", sentence);
                waiter_free(waiter);
        }
}

void bus_device_connected(struct device *device, int error, const char *sentence, void *userdata) {
        answer_waiters(userdata, device, false, error, sentence);
}

void bus_device_disconnected(struct device *device, int error, const char *sentence, void *userdata) {
        answer_waiters(userdata, device, true, error, sentence);
}

void bus_waiters_gone(struct bus_server *server, const char *name) {
        struct bus_waiter **p = &server->waiters;

        while (*p) {
                struct bus_waiter *waiter = *p;
                struct device *device = waiter->device;
                bool others = false;

                if (waiter->leaving || !streq_ptr(sd_bus_message_get_sender(waiter->message), name)) {
                        p = &waiter->next;
                        continue;
                }
                *p = waiter->next;
                waiter_free(waiter);
                for (const struct bus_waiter *w = server->waiters; w; w = w->next)
                        others |= w->device == device && !w->leaving;
                if (others || device_owner(device))
                        continue;
                device_disconnect(device);
                p = &server->waiters; /* replying may have removed others */
        }
}

static int add_waiter(struct bus_server *server, struct device *device, sd_bus_message *m, bool leaving) {
        struct bus_waiter *waiter = calloc(1, sizeof(*waiter));

        if (!waiter)
                return -ENOMEM;
        *waiter = (struct bus_waiter){
                .next = server->waiters,
                .leaving = leaving,
                .message = sd_bus_message_ref(m),
                .device = device,
        };
        server->waiters = waiter;
        return 1;
}

static int method_connect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_object *object = userdata;
        struct bus_server *server = object->server;
        struct device *device = object->device;
        int r;

        if (device_state(device) == DEVICE_READY)
                return bus_reply(m, NULL);
        r = authorise_devices(&server->authority, m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!device_is_added(device))
                return limber_error_set(error, LIMBER_ERROR_NO_SUCH_DEVICE,
                        "%s is not added; 'limber add %s' first", device_title(device),
                        device_address(device));
        if (device_owner(device))
                return limber_error_set(error, LIMBER_ERROR_BUSY,
                        "a session has %s and goes on trying to reach it; switch it on and bring it nearer",
                        device_title(device));
        r = add_waiter(server, device, m, false);
        if (r < 0)
                return r;
        r = device_connect(device);
        if (r < 0)
                bus_device_connected(
                        device, -r, "the device could not be connected; try again in a moment", server);
        return 1;
}

static int method_disconnect(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_object *object = userdata;
        struct bus_server *server = object->server;
        struct device *device = object->device;
        int r;

        r = authorise_devices(&server->authority, m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (device_owner(device))
                return limber_error_set(error, LIMBER_ERROR_BUSY,
                        "%s is in use by a session; stop that first", device_title(device));
        r = add_waiter(server, device, m, true);
        if (r < 0)
                return r;
        device_disconnect(device);
        return 1;
}

static int method_stop(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct device *device = device_of(userdata);
        struct session *session = device_owner(device);
        int r;

        r = device_stop(device);
        if (session)
                session_end(session, REASON_STOPPED);
        if (r < 0 && device_output_active(device))
                return limber_error_set(error, LIMBER_ERROR_NOT_CONFIRMED,
                        "%s has not confirmed the stop, which is being sent again; switch it off by hand",
                        device_title(device));
        return bus_reply(m, NULL);
}

static int read_calibrate_options(
        sd_bus_message *m, struct calibrate_options *options, sd_bus_error *error) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *name, *side;
                uint32_t area;

                r = sd_bus_message_read(m, "s", &name);
                if (r < 0)
                        return r;
                if (streq(name, "pad_area")) {
                        r = sd_bus_message_read(m, "v", "u", &area);
                        options->pad_area_mm2 = r < 0 ? 0 : area;
                } else if (streq(name, "side")) {
                        r = sd_bus_message_read(m, "v", "s", &side);
                        options->side = r < 0 ? SIDE_NONE : side_from_string(side);
                } else
                        return limber_error_set(
                                error, LIMBER_ERROR_INVALID_ARGUMENT, "there is no option '%s'", name);
                if (r == -ENXIO)
                        return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                                "'side' is a string, 'pad_area' a 32-bit number of square millimetres");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int method_calibrate(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_object *object = userdata;
        struct bus_server *server = object->server;
        struct device *device = object->device;
        struct calibrate_options options = { .holder = sd_bus_message_get_sender(m) };
        char path[BUS_PATH_MAX], *sentence = NULL;
        struct session *session;
        int r;

        r = sd_bus_message_read(m, "ss", &options.feature, &options.zone);
        if (r >= 0)
                r = read_calibrate_options(m, &options, error);
        if (r >= 0)
                r = authorise_uid(&server->authority, m, &options.runner, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (options.side != SIDE_NONE && options.side != SIDE_LEFT && options.side != SIDE_RIGHT)
                return limber_error_set(
                        error, LIMBER_ERROR_INVALID_ARGUMENT, "side is \"left\" or \"right\"");
        r = manager_calibrate(server->settings.manager, device, &options, &session, &sentence);
        if (r < 0)
                return bus_error_set(error, r, sentence);
        r = bus_reply(m, "o", bus_session_path(session, path));
        (void) session_begin(session);
        return r < 0 ? r : 1;
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE

static const sd_bus_vtable device_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "Connect", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_connect, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Disconnect", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_disconnect,
                SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS(
                "Stop", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_stop, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_METHOD_WITH_ARGS("Calibrate", SD_BUS_ARGS("s", feature, "s", zone, "a{sv}", options),
                SD_BUS_RESULT("o", session), method_calibrate, SD_BUS_VTABLE_UNPRIVILEGED),
        SD_BUS_PROPERTY("Address", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("AddressType", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Name", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Alias", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Model", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Kind", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Family", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Evidence", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Added", "b", get_bool, 0, CHANGES),
        SD_BUS_PROPERTY("State", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Certainty", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Battery", "y", get_battery, 0, CHANGES),
        SD_BUS_PROPERTY("OutputActive", "b", get_bool, 0, CHANGES),
        SD_BUS_PROPERTY("LinkLoss", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Features", "a(sssddds)", get_features, 0, CHANGES),
        SD_BUS_VTABLE_END,
};

static void *find_device(struct bus_server *server, const char *path) {
        struct device *device = bus_server_device_by_path(server, path);

        server->object = (struct bus_object){ .server = server, .device = device };
        return device ? &server->object : NULL;
}

static const char *path_at(struct bus_server *server, unsigned i, char path[static BUS_PATH_MAX]) {
        const struct device *device = manager_device_at(server->settings.manager, i);

        return device ? bus_device_path(device, path) : NULL;
}

const struct bus_interface bus_device_interface = {
        .name = LIMBER_DEVICE_INTERFACE,
        .path = LIMBER_DEVICE_PATH,
        .vtable = device_vtable,
        .find = find_device,
        .path_at = path_at,
};
