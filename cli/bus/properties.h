/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Reads a{sv} into a struct by a table of properties, so that a typed copy of a bus object is one table. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

struct property {
        const char *name;
        const char *signature;
        size_t offset;
        /* Reads the contents of the variant into the field. Returns negative errno. */
        int (*read)(sd_bus_message *m, void *field);
};

/* Reads a whole a{sv}. Skips names that are not in the table (a newer daemon) and values of another type. Returns the number
 * of fields read, or a negative errno. The table is terminated by a NULL name. */
int properties_read(sd_bus_message *m, const struct property *table, void *object);

/* Frees the strings and lists of strings read into the object by the table. */
void properties_free_strings(const struct property *table, void *object);

int property_read_string(sd_bus_message *m, void *field); /* char * */
int property_read_bool(sd_bus_message *m, void *field);   /* bool */
int property_read_byte(sd_bus_message *m, void *field);   /* uint8_t */
int property_read_u32(sd_bus_message *m, void *field);    /* uint32_t */
int property_read_u64(sd_bus_message *m, void *field);    /* uint64_t */
int property_read_i64(sd_bus_message *m, void *field);    /* int64_t */
int property_read_double(sd_bus_message *m, void *field); /* double */
int property_read_strv(sd_bus_message *m, void *field);   /* char ** */
int property_read_paths(sd_bus_message *m, void *field);  /* char ** */

size_t strv_length(char *const *strv);

/* Reads an array of structs: calls element for each. */
int property_read_array(sd_bus_message *m, const char *contents,
        int (*element)(sd_bus_message *m, void *userdata), void *userdata);

/* Adds one zeroed element to an array of *n elements. NULL when there is no memory. */
void *array_grow(void *array_pointer, size_t *n, size_t element_size);
