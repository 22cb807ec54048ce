/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/changes.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"
#define PROPERTIES_MAX 64u

#define DIGEST_BEGIN UINT64_C(0xcbf29ce484222325) /* FNV-1a */
#define DIGEST_PRIME UINT64_C(0x100000001b3)

/* One interface of one object. */
struct object {
        struct object *next;
        const char *interface;
        char path[BUS_PATH_MAX];
        bool marked, whole;
        uint64_t sent[PROPERTIES_MAX]; /* digests of the last sent values, in vtable order */
};

struct bus_changes {
        struct bus_changes_settings settings;
        struct object *objects; /* most recent first */
        unsigned n_objects;
};

static void digest_bytes(uint64_t *digest, const void *bytes, size_t n) {
        for (const uint8_t *p = bytes; n > 0; p++, n--)
                *digest = (*digest ^ *p) * DIGEST_PRIME;
}

static int digest_basic(sd_bus_message *m, char type, uint64_t *digest) {
        uint64_t value = 0;
        const char *text;
        int r;

        if (type == 's' || type == 'o' || type == 'g') {
                r = sd_bus_message_read_basic(m, type, &text);
                if (r >= 0)
                        digest_bytes(digest, text, strlen(text) + 1);
                return r;
        }
        r = sd_bus_message_read_basic(m, type, &value);
        if (r >= 0)
                digest_bytes(digest, &value, sizeof(value));
        return r;
}

/* The rest of the container that was entered. */
static int digest_contents(sd_bus_message *m, uint64_t *digest) {
        const char *contents;
        char type;
        int r;

        while ((r = sd_bus_message_peek_type(m, &type, &contents)) > 0) {
                digest_bytes(digest, &type, 1);
                if (!contents) {
                        r = digest_basic(m, type, digest);
                } else {
                        r = sd_bus_message_enter_container(m, type, contents);
                        if (r >= 0)
                                r = digest_contents(m, digest);
                        if (r >= 0)
                                r = sd_bus_message_exit_container(m);
                }
                if (r < 0)
                        return r;
        }
        /* Digest the end as well, to tell ["a"], ["b"] from ["a", "b"]. */
        digest_bytes(digest, "", 1);
        return r;
}

/* The next variant. */
static int digest_variant(sd_bus_message *m, uint64_t *ret) {
        uint64_t digest = DIGEST_BEGIN;
        const char *contents;
        int r;

        r = sd_bus_message_peek_type(m, NULL, &contents);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'v', contents);
        if (r >= 0)
                r = digest_contents(m, &digest);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                *ret = digest;
        return r;
}

static bool is_told(const sd_bus_vtable *v) {
        return (v->type == _SD_BUS_VTABLE_PROPERTY || v->type == _SD_BUS_VTABLE_WRITABLE_PROPERTY) &&
               v->flags & (SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE | SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION);
}

/* The next property with change signals, from v on, or NULL. */
static const sd_bus_vtable *next_told(const sd_bus_vtable *v) {
        while (v->type != _SD_BUS_VTABLE_END && !is_told(v))
                v++;
        return v->type == _SD_BUS_VTABLE_END ? NULL : v;
}

/* Current values of all properties with change signals, as variants in vtable order. */
static int get_values(struct bus_changes *changes, const struct object *o, const sd_bus_vtable *vtable,
        void *userdata, sd_bus_message **ret) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        sd_bus *bus = changes->settings.bus;
        int r;

        r = sd_bus_message_new_signal(bus, &m, o->path, o->interface, "Values");
        for (const sd_bus_vtable *v = vtable + 1; r >= 0 && (v = next_told(v)); v++) {
                r = sd_bus_message_open_container(m, 'v', v->x.property.signature);
                if (r >= 0)
                        r = v->x.property.get(bus, o->path, o->interface, v->x.property.member, m,
                                (char *) userdata + v->x.property.offset, &error);
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_seal(m, 1, 0);
        if (r >= 0)
                *ret = TAKE_PTR(m);
        return r;
}

/* Compares with the last sent values. Bit i of *ret: value i must be sent. */
static int compare(struct object *o, sd_bus_message *values, uint64_t *ret) {
        uint64_t differ = 0, digest = 0;
        int r;

        for (unsigned i = 0; i < PROPERTIES_MAX && sd_bus_message_at_end(values, true) == 0; i++) {
                r = digest_variant(values, &digest);
                if (r < 0)
                        return r;
                if (o->whole || o->sent[i] != digest)
                        differ |= UINT64_C(1) << i;
                o->sent[i] = digest;
        }
        o->whole = false;
        *ret = differ;
        return sd_bus_message_rewind(values, true);
}

static int append_values(sd_bus_message *m, const sd_bus_vtable *vtable, sd_bus_message *values,
        uint64_t differ, uint64_t flags) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        for (const sd_bus_vtable *v = vtable + 1; r >= 0 && (v = next_told(v)); v++, differ >>= 1) {
                if (!(differ & 1) || !(v->flags & flags)) {
                        r = sd_bus_message_skip(values, "v");
                        continue;
                }
                r = sd_bus_message_open_container(m, 'e', "sv");
                if (r >= 0)
                        r = sd_bus_message_append_basic(m, 's', v->x.property.member);
                if (r >= 0)
                        r = sd_bus_message_copy(m, values, false);
                if (r >= 0)
                        r = sd_bus_message_close_container(m);
        }
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_invalidated(sd_bus_message *m, const sd_bus_vtable *vtable, uint64_t differ) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "s");
        for (const sd_bus_vtable *v = vtable + 1; r >= 0 && (v = next_told(v)); v++, differ >>= 1)
                if (differ & 1 && v->flags & SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION)
                        r = sd_bus_message_append_basic(m, 's', v->x.property.member);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* To the holder, or (NULL) to everybody. */
static int send_signal(struct bus_changes *changes, const struct object *o, const sd_bus_vtable *vtable,
        sd_bus_message *values, uint64_t differ, const char *holder) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        uint64_t flags = SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE |
                         (holder ? SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION : UINT64_C(0));
        int r;

        r = sd_bus_message_new_signal(
                changes->settings.bus, &m, o->path, PROPERTIES_INTERFACE, "PropertiesChanged");
        if (r >= 0 && holder)
                r = sd_bus_message_set_destination(m, holder);
        if (r >= 0)
                r = sd_bus_message_append_basic(m, 's', o->interface);
        if (r >= 0)
                r = append_values(m, vtable, values, differ, flags);
        if (r >= 0)
                r = append_invalidated(m, vtable, holder ? 0 : differ);
        return r < 0 ? r : sd_bus_send(changes->settings.bus, m, NULL);
}

static int send_object(struct bus_changes *changes, struct object *o) {
        const struct bus_changes_settings *settings = &changes->settings;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *values = NULL;
        const sd_bus_vtable *vtable;
        const char *holder;
        uint64_t differ = 0;
        void *userdata;
        int r;

        vtable = settings->find(o->path, o->interface, &userdata, settings->userdata);
        if (!vtable)
                return -ENOENT;
        if (settings->read_private)
                settings->read_private(true, settings->userdata);
        r = get_values(changes, o, vtable, userdata, &values);
        if (settings->read_private)
                settings->read_private(false, settings->userdata);
        if (r >= 0)
                r = compare(o, values, &differ);
        if (r < 0 || differ == 0)
                return r;
        holder = settings->holder ? settings->holder(o->path, o->interface, settings->userdata) : NULL;
        /* First, so that the holder misses nothing in the copy for everybody. */
        if (holder) {
                r = send_signal(changes, o, vtable, values, differ, holder);
                if (r >= 0)
                        r = sd_bus_message_rewind(values, true);
        }
        return r < 0 ? r : send_signal(changes, o, vtable, values, differ, NULL);
}

void bus_changes_send(struct bus_changes *changes) {
        for (struct object *o = changes->objects; o; o = o->next) {
                if (!o->marked)
                        continue;
                o->marked = false;
                /* Out of memory: sent with the next change. */
                if (send_object(changes, o) < 0)
                        o->whole = true;
        }
}

static void drop(struct bus_changes *changes, struct object **p) {
        struct object *o = *p;

        *p = o->next;
        free(o);
        changes->n_objects--;
}

/* Drops an object with nothing to send: its next change sends all values. */
static void drop_one(struct bus_changes *changes) {
        for (struct object **p = &changes->objects; *p; p = &(*p)->next)
                if (!(*p)->marked) {
                        drop(changes, p);
                        return;
                }
        bus_changes_send(changes);
        if (changes->objects)
                drop(changes, &changes->objects);
}

void bus_changes_mark(struct bus_changes *changes, const char *path, const char *interface) {
        struct object *o;

        for (o = changes->objects; o; o = o->next)
                if (streq(o->path, path) && streq(o->interface, interface)) {
                        o->marked = true;
                        return;
                }
        if (changes->n_objects >= BUS_CHANGES_MAX)
                drop_one(changes);
        o = calloc(1, sizeof(*o));
        if (!o)
                return; /* a client gets the value when it reads it */
        o->interface = interface;
        o->marked = o->whole = true;
        (void) snprintf(o->path, sizeof(o->path), "%s", path);
        o->next = changes->objects;
        changes->objects = o;
        changes->n_objects++;
}

void bus_changes_read(struct bus_changes *changes) {
        for (struct object *o = changes->objects; o; o = o->next)
                o->whole = true;
}

void bus_changes_forget(struct bus_changes *changes, const char *path) {
        for (struct object **p = &changes->objects; *p;)
                if (streq((*p)->path, path))
                        drop(changes, p);
                else
                        p = &(*p)->next;
}

int bus_changes_new(const struct bus_changes_settings *settings, struct bus_changes **ret) {
        struct bus_changes *changes = calloc(1, sizeof(*changes));

        if (!changes)
                return -ENOMEM;
        changes->settings = *settings;
        sd_bus_ref(changes->settings.bus);
        *ret = changes;
        return 0;
}

struct bus_changes *bus_changes_free(struct bus_changes *changes) {
        if (!changes)
                return NULL;
        while (changes->objects)
                drop(changes, &changes->objects);
        sd_bus_unref(changes->settings.bus);
        free(changes);
        return NULL;
}
