/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/read.h"

#include "daemon/bus/server-private.h"

#define PROPERTIES "org.freedesktop.DBus.Properties"
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

struct reader {
        const char *name;
        uid_t uid;
};

/* Interface of the objects that are somebody's, or NULL. */
static const struct bus_interface *interface_of(const char *path) {
        if (startswith(path, LIMBER_SESSION_PATH "/"))
                return &bus_session_interface;
        return startswith(path, LIMBER_RUNNER_PATH "/") ? &bus_runner_interface : NULL;
}

static bool is_of_somebody(sd_bus_message *m) {
        return interface_of(strnull(sd_bus_message_get_path(m))) &&
               (sd_bus_message_is_method_call(m, PROPERTIES, "Get") ||
                       sd_bus_message_is_method_call(m, PROPERTIES, "GetAll"));
}

bool bus_is_read(sd_bus_message *m) {
        return is_of_somebody(m) || sd_bus_message_is_method_call(m, OBJECT_MANAGER, "GetManagedObjects");
}

static bool is_own(const struct bus_server *server, const struct bus_interface *interface, const char *path,
        const struct reader *reader) {
        const char *name = strrchr(path, '/') + 1;
        const struct session *session;

        if (reader->uid == 0 || (interface != &bus_session_interface && interface != &bus_runner_interface))
                return true;
        if (interface == &bus_runner_interface)
                return strtoul(name, NULL, 10) == reader->uid;
        session = manager_session_by_id(server->settings.manager, (unsigned) strtoul(name, NULL, 10));
        return session &&
               (reader->uid == session_runner(session) || streq_ptr(reader->name, session_holder(session)));
}

static int append_property(sd_bus_message *reply, const char *path, const char *interface,
        const sd_bus_vtable *v, void *object, sd_bus_error *error) {
        int r = sd_bus_message_open_container(reply, 'v', v->x.property.signature);

        if (r >= 0)
                r = v->x.property.get(sd_bus_message_get_bus(reply), path, interface, v->x.property.member,
                        reply, (char *) object + v->x.property.offset, error);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static bool is_property(const sd_bus_vtable *v) {
        return v->type == _SD_BUS_VTABLE_PROPERTY || v->type == _SD_BUS_VTABLE_WRITABLE_PROPERTY;
}

/* "a{sv}" of one interface of an object. -ENOENT: it is gone. */
static int append_all(struct bus_server *server, sd_bus_message *reply,
        const struct bus_interface *interface, const char *path, const struct reader *reader,
        sd_bus_error *error) {
        void *object = interface->find(server, path);
        int r;

        if (!object)
                return -ENOENT;
        server->reads_private = is_own(server, interface, path, reader);
        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        for (const sd_bus_vtable *v = interface->vtable + 1; r >= 0 && v->type != _SD_BUS_VTABLE_END; v++) {
                if (!is_property(v))
                        continue;
                r = sd_bus_message_open_container(reply, 'e', "sv");
                if (r >= 0)
                        r = bus_append(reply, "s", v->x.property.member);
                if (r >= 0)
                        r = append_property(reply, path, interface->name, v, object, error);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        server->reads_private = false;
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_object(struct bus_server *server, sd_bus_message *reply,
        const struct bus_interface *interface, const char *path, const struct reader *reader,
        sd_bus_error *error) {
        int r = sd_bus_message_open_container(reply, 'e', "oa{sa{sv}}");

        if (r >= 0)
                r = bus_append(reply, "o", path);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{sa{sv}}");
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'e', "sa{sv}");
        if (r >= 0)
                r = bus_append(reply, "s", interface->name);
        if (r >= 0)
                r = append_all(server, reply, interface, path, reader, error);
        for (unsigned i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(reply);
        return r;
}

static int reply_managed(
        struct bus_server *server, sd_bus_message *m, const struct reader *reader, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        char path[BUS_PATH_MAX];
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "{oa{sa{sv}}}");
        for (const struct bus_interface *const *i = server->settings.interfaces; r >= 0 && *i; i++)
                for (unsigned k = 0; r >= 0 && (*i)->path_at && (*i)->path_at(server, k, path); k++)
                        /* Who has answered the intake is their own affair. */
                        if (*i != &bus_runner_interface || is_own(server, *i, path, reader))
                                r = append_object(server, reply, *i, path, reader, error);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static const sd_bus_vtable *find_property(const struct bus_interface *interface, const char *name) {
        for (const sd_bus_vtable *v = interface->vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                if (is_property(v) && streq(v->x.property.member, name))
                        return v;
        return NULL;
}

static int reply_own(struct bus_server *server, sd_bus_message *m, const char *property,
        const struct reader *reader, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        const char *path = sd_bus_message_get_path(m);
        const struct bus_interface *interface = interface_of(path);
        const sd_bus_vtable *v = property ? find_property(interface, property) : NULL;
        void *object;
        int r;

        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0 && !property)
                r = append_all(server, reply, interface, path, reader, error);
        else if (r >= 0 && v && (object = interface->find(server, path))) {
                server->reads_private = is_own(server, interface, path, reader);
                r = append_property(reply, path, interface->name, v, object, error);
                server->reads_private = false;
        }
        return r < 0 ? r : sd_bus_message_send(reply);
}

/* What sd-bus answers as well as we: no such object, interface or property. */
static bool is_ordinary(struct bus_server *server, sd_bus_message *m, const char **ret_property) {
        const struct bus_interface *own = interface_of(sd_bus_message_get_path(m));
        const char *interface, *property = NULL;
        bool get = sd_bus_message_is_method_call(m, PROPERTIES, "Get");

        *ret_property = NULL;
        if (sd_bus_message_read(m, "s", &interface) < 0 || !streq(interface, own->name))
                return true;
        if (get && (sd_bus_message_read(m, "s", &property) < 0 || !find_property(own, property)))
                return true;
        *ret_property = property;
        return !own->find(server, sd_bus_message_get_path(m));
}

int bus_read(struct bus_server *server, sd_bus_message *m, sd_bus_error *error) {
        struct reader reader = { .name = sd_bus_message_get_sender(m) };
        const char *property = NULL;
        int r;

        if (bus_is_runner_self(m))
                return bus_runner_self(m, server, error);
        if (is_of_somebody(m) && is_ordinary(server, m, &property)) {
                r = sd_bus_message_rewind(m, true);
                return r < 0 ? r : 0;
        }
        r = callers_uid(server->authority.callers, m, &reader.uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = is_of_somebody(m) ? reply_own(server, m, property, &reader, error)
                              : reply_managed(server, m, &reader, error);
        return r < 0 ? r : 1;
}
