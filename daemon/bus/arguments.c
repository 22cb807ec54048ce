/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/arguments.h"

#include <endian.h>

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

/* sd-bus does not say how large a message is. It keeps a received one as it came, in one piece, and gives pointers into it: before the
 * first header field, which is one of these texts or lies before them all, stands the fixed header with the length of the body
 * (D-Bus specification, message format). 0: it does not look like that. */
static size_t body_size(sd_bus_message *m) {
        const char *const texts[] = { sd_bus_message_get_path(m), sd_bus_message_get_interface(m),
                sd_bus_message_get_member(m), sd_bus_message_get_destination(m),
                sd_bus_message_get_sender(m) };
        const uint8_t *first = NULL, *header;
        uint32_t n;

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (texts[i] && (!first || (const uint8_t *) texts[i] < first))
                        first = (const uint8_t *) texts[i];
        if (!first)
                return 0;
        /* Code, signature, and length of the text; before them the fixed part and the length of all fields. */
        header = first - 8 - 16;
        if ((header[0] != 'l' && header[0] != 'B') || header[1] != SD_BUS_MESSAGE_METHOD_CALL ||
                header[3] != 1)
                return 0;
        memcpy(&n, header + 4, sizeof(n));
        return header[0] == 'l' ? le32toh(n) : be32toh(n);
}

int arguments_measure(sd_bus_message *m, size_t *ret_bytes, sd_bus_error *error) {
        struct measure measure = { .message = m, .error = error };
        size_t size = body_size(m);
        int r;

        if (size > ARGUMENT_BODY_MAX)
                return refuse(
                        &measure, "%zu bytes in one call; at most %u are read", size, ARGUMENT_BODY_MAX);
        r = measure_all(&measure);
        if (r >= 0)
                r = sd_bus_message_rewind(m, true);
        if (r >= 0)
                *ret_bytes = measure.bytes;
        return r;
}
