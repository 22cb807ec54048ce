/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/objects.h"

#include <strings.h>

#include "cli/term/failure.h"
#include "lib/bus-names.h"
#include "lib/nearest.h"

void objects_done(struct objects *objects) {
        manager_info_done(&objects->manager);
        for (size_t i = 0; i < objects->n_devices; i++)
                device_info_done(&objects->devices[i]);
        for (size_t i = 0; i < objects->n_routines; i++)
                routine_info_done(&objects->routines[i]);
        for (size_t i = 0; i < objects->n_sessions; i++)
                session_info_done(&objects->sessions[i]);
        free(objects->devices);
        free(objects->routines);
        free(objects->sessions);
        *objects = (struct objects){};
}

struct objects *objects_free(struct objects *objects) {
        if (objects)
                objects_done(objects);
        free(objects);
        return NULL;
}

static int read_manager(struct objects *objects, const char *path, sd_bus_message *m) {
        return properties_read(m, manager_properties, &objects->manager);
}

static int read_device(struct objects *objects, const char *path, sd_bus_message *m) {
        struct device_info *device = array_grow(&objects->devices, &objects->n_devices, sizeof(*device));

        if (!device)
                return -ENOMEM;
        device->battery = BATTERY_UNKNOWN;
        device->path = strdup(path);
        return device->path ? properties_read(m, device_properties, device) : -ENOMEM;
}

static int read_routine(struct objects *objects, const char *path, sd_bus_message *m) {
        struct routine_info *routine =
                array_grow(&objects->routines, &objects->n_routines, sizeof(*routine));

        if (!routine)
                return -ENOMEM;
        routine->path = strdup(path);
        return routine->path ? properties_read(m, routine_properties, routine) : -ENOMEM;
}

static int read_session(struct objects *objects, const char *path, sd_bus_message *m) {
        struct session_info *session =
                array_grow(&objects->sessions, &objects->n_sessions, sizeof(*session));

        if (!session)
                return -ENOMEM;
        session->last_discomfort = DISCOMFORT_NONE;
        session->path = strdup(path);
        return session->path ? properties_read(m, session_properties, session) : -ENOMEM;
}

static const struct {
        const char *interface;
        int (*read)(struct objects *objects, const char *path, sd_bus_message *m);
} readers[] = {
        { LIMBER_MANAGER_INTERFACE, read_manager },
        { LIMBER_DEVICE_INTERFACE, read_device },
        { LIMBER_ROUTINE_INTERFACE, read_routine },
        { LIMBER_SESSION_INTERFACE, read_session },
};

/* The interfaces of one object, up to the end of their array. */
static int read_interfaces(struct objects *objects, const char *path, sd_bus_message *m) {
        const char *interface;
        int r;

        while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
                size_t i = 0;

                r = sd_bus_message_read_basic(m, 's', &interface);
                if (r < 0)
                        return r;
                while (i < ARRAY_SIZE(readers) && !streq(readers[i].interface, interface))
                        i++;
                r = i < ARRAY_SIZE(readers) ? readers[i].read(objects, path, m)
                                            : sd_bus_message_skip(m, "a{sv}");
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}

int objects_read_added(sd_bus_message *m, struct objects *objects) {
        const char *path;
        int r;

        r = sd_bus_message_read_basic(m, 'o', &path);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");
        if (r >= 0)
                r = read_interfaces(objects, path, m);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_object(sd_bus_message *m, void *userdata) {
        int r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}");

        if (r >= 0)
                r = objects_read_added(m, userdata);
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int by_label(const void *a, const void *b) {
        const struct device_info *x = a, *y = b;

        /* Added devices go before those that are only in sight. */
        return x->added != y->added ? y->added - x->added : strcasecmp(device_label(x), device_label(y));
}

static int by_id(const void *a, const void *b) {
        return strcmp(strnull(((const struct routine_info *) a)->id),
                strnull(((const struct routine_info *) b)->id));
}

static int by_number(const void *a, const void *b) {
        return atoi(session_number(a)) - atoi(session_number(b));
}

static void sort(void *list, size_t n, size_t size, int (*compare)(const void *a, const void *b)) {
        if (n > 1)
                qsort(list, n, size, compare);
}

int objects_read(sd_bus_message *m, struct objects **ret) {
        _cleanup_(objects_freep) struct objects *objects = calloc(1, sizeof(*objects));
        int r;

        if (!objects)
                return -ENOMEM;
        r = property_read_array(m, "{oa{sa{sv}}}", read_object, objects);
        if (r < 0)
                return r;
        sort(objects->devices, objects->n_devices, sizeof(*objects->devices), by_label);
        sort(objects->routines, objects->n_routines, sizeof(*objects->routines), by_id);
        sort(objects->sessions, objects->n_sessions, sizeof(*objects->sessions), by_number);
        *ret = TAKE_PTR(objects);
        return 0;
}

/* Alone, or with "/public" or "/random" appended where both exist. */
static bool address_matches(const struct device_info *device, const char *word) {
        size_t n = strlen(strnull(device->address));

        return n > 0 && strncasecmp(device->address, word, n) == 0 &&
               (word[n] == '\0' || (word[n] == '/' && streq_ptr(word + n + 1, device->address_type)));
}

static bool device_matches(const struct device_info *device, const char *word) {
        return strcasecmp(strnull(device->alias), word) == 0 || address_matches(device, word) ||
               strcasecmp(strnull(device->name), word) == 0;
}

static int say_several(const struct objects *objects, const char *word, unsigned count) {
        _cleanup_free_ char *list = NULL;

        for (size_t i = 0; i < objects->n_devices; i++) {
                const struct device_info *device = &objects->devices[i];
                char *longer = NULL;

                if (!device_matches(device, word))
                        continue;
                if (asprintf(&longer, "%s%s%s", strnull(list), list ? ", " : "", strnull(device->address)) <
                        0)
                        longer = NULL;
                free(list);
                list = longer;
        }
        return failure_say(
                0, "Say which by its address.", "%u devices are called %s: %s.", count, word, strnull(list));
}

const struct device_info *objects_find_device(const struct objects *objects, const char *word) {
        const struct device_info *found = NULL;
        unsigned count = 0;

        for (size_t i = 0; i < objects->n_devices && !isempty(word); i++) {
                const struct device_info *device = &objects->devices[i];

                if (strcasecmp(strnull(device->alias), word) == 0)
                        return device; /* an alias is unique */
                if (device_matches(device, word)) {
                        found = device;
                        count++;
                }
        }
        if (count == 1)
                return found;
        if (count > 1)
                (void) say_several(objects, word, count);
        else
                (void) failure_say(0,
                        "\"limber devices\" lists what is known, \"limber scan\" looks for more.",
                        "No device is called %s.", word);
        return NULL;
}

const char *objects_device_called(const struct objects *objects, const char *address) {
        for (size_t i = 0; objects && i < objects->n_devices; i++)
                if (!isempty(address) && streq_ptr(objects->devices[i].address, address))
                        return device_label(&objects->devices[i]);
        return address;
}

static bool same_id(const char *a, const char *b) {
        for (; *a && *b; a++, b++)
                if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
                        return false;
        return *a == *b;
}

const struct routine_info *objects_find_routine(const struct objects *objects, const char *word) {
        const struct routine_info *near = NULL;
        unsigned least = 4;

        for (size_t i = 0; i < objects->n_routines; i++) {
                const struct routine_info *routine = &objects->routines[i];
                unsigned distance =
                        startswith(strnull(routine->id), word) ? 1 : word_distance(routine->id, word);

                if (same_id(strnull(routine->id), word))
                        return routine;
                if (distance < least) {
                        least = distance;
                        near = routine;
                }
        }
        if (near)
                (void) failure_say(0, NULL, "No routine is called %s; did you mean %s?", word, near->id);
        else
                (void) failure_say(
                        0, "\"limber routines\" lists those there are.", "No routine is called %s.", word);
        return NULL;
}

static bool is_anybodys(const struct session_info *session) {
        return !session_ended(session);
}

static bool is_ones_own(const struct session_info *session) {
        return session->runner == getuid() && !session_ended(session);
}

static bool is_ones_own_with_output(const struct session_info *session) {
        return session->output_active && is_ones_own(session);
}

static bool has_output(const struct session_info *session) {
        return session->output_active && !session_ended(session);
}

/* The one of which that is true; NULL: there is none, or more than one. */
static const struct session_info *only_one(
        const struct objects *objects, bool (*is_it)(const struct session_info *session), unsigned *ret_n) {
        const struct session_info *found = NULL;
        unsigned n = 0;

        for (size_t i = 0; objects->sessions && i < objects->n_sessions; i++)
                if (is_it(&objects->sessions[i])) {
                        found = &objects->sessions[i];
                        n++;
                }
        *ret_n = n;
        return n == 1 ? found : NULL;
}

static const struct session_info *session_of_number(const struct objects *objects, const char *number) {
        for (size_t i = 0; i < objects->n_sessions; i++)
                if (streq(session_number(&objects->sessions[i]), number))
                        return &objects->sessions[i];
        (void) failure_say(0, "\"limber status\" shows those there are.", "There is no session %s.", number);
        return NULL;
}

static const struct session_info *find_session(const struct objects *objects, const char *number,
        bool (*const *ways)(const struct session_info *session)) {
        const struct session_info *found = NULL;
        unsigned n = 0, all = 0;

        if (number)
                return session_of_number(objects, number);
        (void) only_one(objects, is_anybodys, &all);
        for (; *ways && !found; ways++)
                found = only_one(objects, *ways, &n);
        if (!found && all == 0)
                (void) failure_say(0, "\"limber start ROUTINE\" begins one.", "No session is running.");
        else if (!found)
                (void) failure_say(0, "Say which with --session N; \"limber status\" lists them.",
                        "%u sessions are running.", all);
        return found;
}

const struct session_info *objects_find_session(const struct objects *objects, const char *number) {
        /* A session of another user, or one that only waits, keeps nobody from their own. Another user's needs its number. */
        static bool (*const ways[])(
                const struct session_info *) = { is_anybodys, is_ones_own, is_ones_own_with_output, NULL };

        return find_session(objects, number, ways);
}

const struct session_info *objects_find_session_to_pause(const struct objects *objects, const char *number) {
        /* The session that gives output is the one to pause, also when it is another user's. */
        static bool (*const ways[])(const struct session_info *) = { is_anybodys, has_output,
                is_ones_own_with_output, is_ones_own, NULL };

        return find_session(objects, number, ways);
}
