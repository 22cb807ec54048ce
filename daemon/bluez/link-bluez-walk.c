/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads the objects of BlueZ: all at once, or one by one where that cannot be read. BlueZ passes names from the air on as they are,
 * and sd-bus refuses a whole message for one code point in it that systemd does not take for text (a noncharacter, U+FFFE and the
 * like; GLib and libdbus take it): with one such name nearby, GetManagedObjects says nothing of any adapter or device. */

#include "daemon/bluez/link-bluez-private.h"

#define ROOT "/org/bluez"
/* Of one walk; a neighbourhood has some hundreds. */
#define ASKED_MAX 8192u

struct question {
        char *path;
        enum bluez_kind
                kind; /* of the interface to read; _BLUEZ_KIND_MAX: which interfaces and children there are */
};

struct walk {
        struct bluez_radio *radio;
        sd_bus_slot **slot; /* of the call under way; who unrefs it ends the walk */
        void (*done)(int error, void *userdata);
        void *userdata;
        struct question *questions;
        size_t n_questions, next;
};

static struct walk *walk_free(struct walk *walk) {
        if (!walk)
                return NULL;
        for (size_t i = 0; i < walk->n_questions; i++)
                free(walk->questions[i].path);
        free(walk->questions);
        free(walk);
        return NULL;
}
DEFINE_CLEANUP(struct walk *, walk_free);

static void on_slot_gone(void *userdata) {
        (void) walk_free(userdata);
}

/* The walk is the caller's again, and goes on or ends. */
static struct walk *take_back(struct walk *walk) {
        (void) sd_bus_slot_set_destroy_callback(*walk->slot, NULL);
        *walk->slot = sd_bus_slot_unref(*walk->slot);
        return walk;
}

static void end(struct walk *walk, int error) {
        void (*done)(int error, void *userdata) = walk->done;
        void *userdata = walk->userdata;

        (void) walk_free(walk);
        done(error, userdata);
}

static int add(struct walk *walk, const char *parent, const char *child, size_t n, enum bluez_kind kind) {
        struct question *more, question = { .kind = kind };

        if (walk->n_questions == ASKED_MAX)
                return -E2BIG;
        more = reallocarray(walk->questions, walk->n_questions + 1, sizeof(*more));
        if (!more)
                return -ENOMEM;
        walk->questions = more;
        if (asprintf(&question.path, "%s%s%.*s", parent, n > 0 ? "/" : "", (int) n, child) < 0)
                return -ENOMEM;
        walk->questions[walk->n_questions++] = question;
        return 0;
}

/* The value of the next <tag name="…"> from *xml on. BlueZ writes its introspection itself, by GDBus, one element after the other. */
static const char *next_name(const char **xml, const char *tag, size_t *ret_n) {
        const char *begin = strstr(*xml, tag), *end;

        if (!begin)
                return NULL;
        begin += strlen(tag);
        end = strchr(begin, '"');
        if (!end)
                return NULL;
        *xml = end;
        *ret_n = (size_t) (end - begin);
        return begin;
}

static int take_introspection(struct walk *walk, sd_bus_message *m, const char *path) {
        const char *xml = NULL, *at, *name;
        char interface[128];
        size_t n;
        int r;

        r = sd_bus_message_read(m, "s", &xml);
        for (at = xml; r >= 0 && (name = next_name(&at, "<interface name=\"", &n));) {
                (void) snprintf(
                        interface, sizeof(interface), "%.*s", (int) MIN(n, sizeof(interface) - 1), name);
                if (bluez_kind_of(interface) < _BLUEZ_KIND_MAX)
                        r = add(walk, path, "", 0, bluez_kind_of(interface));
        }
        for (at = xml; r >= 0 && (name = next_name(&at, "<node name=\"", &n));)
                if (n > 0)
                        r = add(walk, path, name, n, _BLUEZ_KIND_MAX);
        return r;
}

static void go_on(struct walk *walk);

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct walk *walk = take_back(userdata);
        const struct question question = walk->questions[walk->next++];
        int r = 0;

        /* What is gone by now, or cannot be read, is left out, and only that. */
        if (sd_bus_message_is_method_error(m, NULL))
                r = 0;
        else if (question.kind == _BLUEZ_KIND_MAX)
                r = take_introspection(walk, m, question.path);
        else if (bluez_interface_read(walk->radio, m, question.path, question.kind) < 0)
                bluez_objects_remove(walk->radio, question.path);
        if (r < 0)
                end(walk, r);
        else
                go_on(walk);
        return 0;
}

static void go_on(struct walk *walk) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const struct question *question;
        bool which;
        int r;

        if (walk->next == walk->n_questions) {
                bluez_advertise_all(walk->radio);
                end(walk, 0);
                return;
        }
        question = &walk->questions[walk->next];
        which = question->kind == _BLUEZ_KIND_MAX;
        r = sd_bus_message_new_method_call(walk->radio->bus, &m, BLUEZ_NAME, question->path,
                which ? "org.freedesktop.DBus.Introspectable" : "org.freedesktop.DBus.Properties",
                which ? "Introspect" : "GetAll");
        if (r >= 0 && !which)
                r = sd_bus_message_append(m, "s", bluez_kind_interface(question->kind));
        if (r >= 0)
                r = sd_bus_call_async(walk->radio->bus, walk->slot, m, on_answer, walk, 0);
        if (r < 0)
                end(walk, r);
        else
                (void) sd_bus_slot_set_destroy_callback(*walk->slot, on_slot_gone);
}

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct walk *walk = take_back(userdata);
        int r = -sd_bus_message_get_errno(m);

        if (r == 0)
                r = bluez_mirror_read(walk->radio, m);
        if (r == -EBADMSG && add(walk, ROOT, "", 0, _BLUEZ_KIND_MAX) >= 0)
                go_on(walk);
        else
                end(walk, r);
        return 0;
}

int bluez_objects_ask(struct bluez_radio *radio, sd_bus_slot **slot, void (*done)(int error, void *userdata),
        void *userdata) {
        _cleanup_(walk_freep) struct walk *walk = calloc(1, sizeof(*walk));
        int r;

        if (!walk)
                return -ENOMEM;
        *walk = (struct walk){ .radio = radio, .slot = slot, .done = done, .userdata = userdata };
        *slot = sd_bus_slot_unref(*slot);
        r = sd_bus_call_method_async(radio->bus, slot, BLUEZ_NAME, "/", "org.freedesktop.DBus.ObjectManager",
                "GetManagedObjects", on_objects, walk, NULL);
        if (r < 0)
                return r;
        (void) sd_bus_slot_set_destroy_callback(*slot, on_slot_gone);
        TAKE_PTR(walk);
        return 0;
}
