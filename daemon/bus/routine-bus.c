/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"

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

const sd_bus_vtable routine_vtable[] = {
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

bool bus_server_find_routine(struct bus_server *server, const char *path) {
        const struct routine *routine;
        char own[BUS_PATH_MAX];

        for (unsigned i = 0; (routine = routine_at(server, i)); i++)
                if (streq(bus_routine_path(routine, own), path)) {
                        server->object = (struct bus_object){ .server = server, .routine = routine };
                        return true;
                }
        return false;
}

static int find(sd_bus *bus, const char *path, const char *interface, void *userdata, void **ret_found,
        sd_bus_error *error) {
        struct bus_server *server = userdata;

        *ret_found = &server->object;
        return bus_server_find_routine(server, path);
}

static int enumerate(
        sd_bus *bus, const char *prefix, void *userdata, char ***ret_nodes, sd_bus_error *error) {
        struct bus_server *server = userdata;
        const struct routine *routine;
        char path[BUS_PATH_MAX];
        unsigned n = 0;
        char **nodes;

        while (routine_at(server, n))
                n++;
        nodes = calloc(n + 1, sizeof(char *));
        for (unsigned i = 0; nodes && (routine = routine_at(server, i)); i++)
                nodes[i] = strdup(bus_routine_path(routine, path));
        *ret_nodes = nodes;
        return nodes ? 0 : -ENOMEM;
}

static void tell_all(struct bus_server *server, int (*emit)(sd_bus *bus, const char *path)) {
        const struct routine *routine;
        char path[BUS_PATH_MAX];

        for (unsigned i = 0; (routine = routine_at(server, i)); i++)
                (void) emit(server->settings.bus, bus_routine_path(routine, path));
}

void bus_server_routines_removed(struct bus_server *server) {
        tell_all(server, sd_bus_emit_object_removed);
}

void bus_server_routines_added(struct bus_server *server) {
        tell_all(server, sd_bus_emit_object_added);
}

int bus_server_attach_routines(struct bus_server *server) {
        int r;

        r = sd_bus_add_fallback_vtable(server->settings.bus, NULL, LIMBER_ROUTINE_PATH,
                LIMBER_ROUTINE_INTERFACE, routine_vtable, find, server);
        return r < 0 ? r
                     : sd_bus_add_node_enumerator(
                               server->settings.bus, NULL, LIMBER_ROUTINE_PATH, enumerate, server);
}
