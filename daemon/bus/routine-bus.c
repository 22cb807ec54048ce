/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"

static const char *bus_routine_path(const struct routine *routine, char path[static BUS_PATH_MAX]) {
        int n = snprintf(path, BUS_PATH_MAX, "%s/%s", LIMBER_ROUTINE_PATH, routine->id);

        for (int i = 0; i < n; i++)
                if (path[i] == '-')
                        path[i] = '_';
        return path;
}

static const struct routine *routine_of(void *userdata) {
        return ((struct bus_object *) userdata)->routine;
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct routine *routine = routine_of(userdata);
        const struct {
                const char *name, *value;
        } texts[] = {
                { "Id", routine->id },
                { "Title", routine->title },
                { "When", routine->when },
                { "DiscomfortProfile", routine->profile->name },
                { "Signer", "" },
                { "Source", strnull(routine->source) },
                { "Confidence", routine->confidence },
                { "Claims", routine->claims },
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (streq(texts[i].name, property))
                        return bus_append(reply, "s", texts[i].value);
        return -EINVAL;
}

static int get_duration(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return bus_append(reply, "t", routine_duration(routine_of(userdata)));
}

static int get_sign_off(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return bus_append(reply, "b", routine_of(userdata)->sign_off_required);
}

static bool zone_came_before(const struct routine *routine, unsigned i) {
        for (unsigned k = 0; k < i; k++)
                if (routine->steps[k].zone == routine->steps[i].zone)
                        return true;
        return false;
}

static int get_zones(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct routine *routine = routine_of(userdata);
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (unsigned i = 0; r >= 0 && i < routine->n_steps; i++)
                if (routine->steps[i].zone && !zone_came_before(routine, i))
                        r = bus_append(reply, "s", routine->steps[i].zone->id);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_devices(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct routine *routine = routine_of(userdata);
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ss)");
        for (unsigned i = 0; r >= 0 && i < routine->n_roles; i++)
                r = bus_append(
                        reply, "(ss)", routine->roles[i].name, role_kind_to_string(routine->roles[i].kind));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_steps(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct routine *routine = routine_of(userdata);
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(ssssts)");
        for (unsigned i = 0; r >= 0 && i < routine->n_steps; i++) {
                const struct routine_step *s = &routine->steps[i];
                char dose[160];

                r = bus_append(reply, "(ssssts)", step_kind_to_string(s->kind), s->title,
                        s->zone ? s->zone->id : "", side_to_string(s->sides), s->duration_usec,
                        routine_step_dose(s, dose, sizeof(dose)));
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST

static const sd_bus_vtable routine_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("Id", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Title", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("When", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Zones", "as", get_zones, 0, CONST),
        SD_BUS_PROPERTY("Devices", "a(ss)", get_devices, 0, CONST),
        SD_BUS_PROPERTY("Duration", "t", get_duration, 0, CONST),
        SD_BUS_PROPERTY("DiscomfortProfile", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("SignOffRequired", "b", get_sign_off, 0, CONST),
        SD_BUS_PROPERTY("Signer", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Source", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Confidence", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Claims", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Steps", "a(ssssts)", get_steps, 0, CONST),
        SD_BUS_VTABLE_END,
};

static const struct routine *routine_at(const struct bus_server *server, unsigned i) {
        const struct library *library = manager_library(server->settings.manager);

        return library && i < library->n_routines ? library->routines[i] : NULL;
}

static void *find_routine(struct bus_server *server, const char *path) {
        const struct routine *routine;
        char own[BUS_PATH_MAX];

        for (unsigned i = 0; (routine = routine_at(server, i)); i++)
                if (streq(bus_routine_path(routine, own), path)) {
                        server->object = (struct bus_object){ .server = server, .routine = routine };
                        return &server->object;
                }
        return NULL;
}

static const char *path_at(struct bus_server *server, unsigned i, char path[static BUS_PATH_MAX]) {
        const struct routine *routine = routine_at(server, i);

        return routine ? bus_routine_path(routine, path) : NULL;
}

void bus_routines_removed(struct bus_server *server) {
        char path[BUS_PATH_MAX];

        for (unsigned i = 0; path_at(server, i, path); i++)
                bus_server_removed(server, path);
}

void bus_routines_added(struct bus_server *server) {
        char path[BUS_PATH_MAX];

        for (unsigned i = 0; path_at(server, i, path); i++)
                bus_server_added(server, path);
}

const struct bus_interface bus_routine_interface = {
        .name = LIMBER_ROUTINE_INTERFACE,
        .path = LIMBER_ROUTINE_PATH,
        .vtable = routine_vtable,
        .find = find_routine,
        .path_at = path_at,
};
