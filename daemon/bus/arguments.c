/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/arguments.h"

#include "lib/bus-errors.h"

struct measure {
        sd_bus_message *message;
        sd_bus_error *error;
        size_t bytes;
        unsigned values;
};

_printf_(2, 3) static int refuse(const struct measure *measure, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) sd_bus_error_setfv(measure->error, LIMBER_ERROR_INVALID_ARGUMENT, format, ap);
        va_end(ap);
        return -E2BIG;
}

static int measure_string(struct measure *measure, char type) {
        const char *s;
        size_t n;
        int r = sd_bus_message_read_basic(measure->message, type, &s);

        if (r < 0)
                return r;
        n = strlen(s);
        if (n > ARGUMENT_STRING_MAX)
                return refuse(
                        measure, "a string of %zu bytes; none has more than %u", n, ARGUMENT_STRING_MAX);
        measure->bytes += n;
        return 0;
}

static int measure_bytes(struct measure *measure) {
        const void *bytes;
        size_t n;
        int r = sd_bus_message_read_array(measure->message, 'y', &bytes, &n);

        if (r < 0)
                return r;
        if (n > ARGUMENT_BYTES_MAX)
                return refuse(measure, "%zu bytes; a text has at most %u", n, ARGUMENT_BYTES_MAX);
        measure->bytes += n;
        return 0;
}

static int measure_all(struct measure *measure);

/* D-Bus bounds how deep they are. */
static int measure_container(
        struct measure *measure, char type, const char *contents) { /* NOLINT(misc-no-recursion) */
        int r = sd_bus_message_enter_container(measure->message, type, contents);

        if (r >= 0)
                r = measure_all(measure);
        return r < 0 ? r : sd_bus_message_exit_container(measure->message);
}

static int measure_all(struct measure *measure) { /* NOLINT(misc-no-recursion) */
        const char *contents;
        char type;
        int r;

        while ((r = sd_bus_message_peek_type(measure->message, &type, &contents)) > 0) {
                if (++measure->values > ARGUMENT_VALUES_MAX)
                        return refuse(measure, "more than %u values in one call", ARGUMENT_VALUES_MAX);
                if (type == 'a' && streq(contents, "y"))
                        r = measure_bytes(measure);
                else if (strchr("aerv", type))
                        r = measure_container(measure, type, contents);
                else if (strchr("sog", type))
                        r = measure_string(measure, type);
                else
                        r = sd_bus_message_skip(measure->message, NULL);
                if (r < 0)
                        return r;
        }
        return r;
}

int arguments_measure(sd_bus_message *m, size_t *ret_bytes, sd_bus_error *error) {
        struct measure measure = { .message = m, .error = error };
        int r = measure_all(&measure);

        if (r >= 0)
                r = sd_bus_message_rewind(m, true);
        if (r >= 0)
                *ret_bytes = measure.bytes;
        return r;
}
