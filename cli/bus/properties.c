/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/properties.h"

size_t strv_length(char *const *strv) {
        size_t n = 0;

        while (strv && strv[n])
                n++;
        return n;
}

int property_read_string(sd_bus_message *m, void *field) {
        const char *s;
        int r = sd_bus_message_read_basic(m, 's', &s);

        return r < 0 ? r : free_and_strdup(field, s);
}

int property_read_bool(sd_bus_message *m, void *field) {
        int b, r = sd_bus_message_read_basic(m, 'b', &b);

        if (r >= 0)
                *(bool *) field = b;
        return r;
}

int property_read_byte(sd_bus_message *m, void *field) {
        return sd_bus_message_read_basic(m, 'y', field);
}

int property_read_u32(sd_bus_message *m, void *field) {
        return sd_bus_message_read_basic(m, 'u', field);
}

int property_read_u64(sd_bus_message *m, void *field) {
        return sd_bus_message_read_basic(m, 't', field);
}

int property_read_i64(sd_bus_message *m, void *field) {
        return sd_bus_message_read_basic(m, 'x', field);
}

int property_read_double(sd_bus_message *m, void *field) {
        return sd_bus_message_read_basic(m, 'd', field);
}

int property_read_strv(sd_bus_message *m, void *field) {
        char **strv = NULL;
        int r = sd_bus_message_read_strv(m, &strv);

        if (r < 0)
                return r;
        strv_free(*(char ***) field);
        *(char ***) field = strv;
        return 0;
}

static int read_path(sd_bus_message *m, void *userdata) {
        char ***paths = userdata, **last;
        size_t n = strv_length(*paths);
        const char *path;
        int r = sd_bus_message_read_basic(m, 'o', &path);

        if (r < 0)
                return r;
        last = reallocarray(*paths, n + 2, sizeof(char *));
        if (!last)
                return -ENOMEM;
        *paths = last;
        last[n] = strdup(path);
        last[n + 1] = NULL;
        return last[n] ? 0 : -ENOMEM;
}

int property_read_paths(sd_bus_message *m, void *field) {
        *(char ***) field = strv_free(*(char ***) field);
        return property_read_array(m, "o", read_path, field);
}

int property_read_array(sd_bus_message *m, const char *contents,
        int (*element)(sd_bus_message *m, void *userdata), void *userdata) {
        int r = sd_bus_message_enter_container(m, 'a', contents);

        if (r < 0)
                return r;
        while ((r = sd_bus_message_at_end(m, false)) == 0) {
                r = element(m, userdata);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

void *array_grow(void *array_pointer, size_t *n, size_t element_size) {
        void **array = array_pointer, *grown = reallocarray(*array, *n + 1, element_size);

        if (!grown)
                return NULL;
        *array = grown;
        return memset((char *) grown + (*n)++ * element_size, 0, element_size);
}

static const struct property *find_property(
        const struct property *table, const char *name, const char *contents) {
        for (const struct property *p = table; p->name; p++)
                if (streq(p->name, name))
                        return streq(p->signature, contents) ? p : NULL;
        return NULL;
}

/* One {sv}, already entered. Returns 1 when it was in the table. */
static int read_entry(sd_bus_message *m, const struct property *table, void *object) {
        const struct property *p;
        const char *name, *contents;
        char type;
        int r;

        r = sd_bus_message_read_basic(m, 's', &name);
        if (r >= 0)
                r = sd_bus_message_peek_type(m, &type, &contents);
        if (r < 0)
                return r;
        p = type == 'v' ? find_property(table, name, contents) : NULL;
        if (!p)
                return sd_bus_message_skip(m, "v") < 0 ? -EBADMSG : 0;
        r = sd_bus_message_enter_container(m, 'v', p->signature);
        if (r >= 0)
                r = p->read(m, (char *) object + p->offset);
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r < 0 ? r : 1;
}

int properties_read(sd_bus_message *m, const struct property *table, void *object) {
        int count = 0, r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_entry(m, table, object);
                if (r < 0)
                        return r;
                count += r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        return r < 0 ? r : count;
}

void properties_free_strings(const struct property *table, void *object) {
        for (const struct property *p = table; p->name; p++) {
                void *field = (char *) object + p->offset;

                if (p->read == property_read_string)
                        free(*(char **) field);
                else if (p->read == property_read_strv || p->read == property_read_paths)
                        strv_free(*(char ***) field);
        }
}
