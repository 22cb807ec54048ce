/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/append.h"

#include <stdarg.h>

#include "lib/bus-errors.h"
#include "lib/text-door.h"

#define CONTAINER_MAX 64u

static int append_text(sd_bus_message *m, char type, const char *text) {
        _cleanup_free_ char *plain = NULL;

        if (!text || text_is_plain(text))
                return sd_bus_message_append_basic(m, type, strnull(text));
        plain = strdup(text);
        return plain ? sd_bus_message_append_basic(m, type, text_make_plain(plain)) : -ENOMEM;
}

/* Opens the structure or entry whose types begin at types[0], which is "(" or "{". */
static int open_container(sd_bus_message *m, const char *types) {
        char contents[CONTAINER_MAX];
        unsigned depth = 0;
        size_t n = 0;

        do {
                depth += types[n] == '(' || types[n] == '{';
                depth -= types[n] == ')' || types[n] == '}';
                if (types[n] == '\0' || ++n >= sizeof(contents))
                        return -EINVAL;
        } while (depth > 0);
        (void) snprintf(contents, sizeof(contents), "%.*s", (int) n - 2, types + 1);
        return sd_bus_message_open_container(m, types[0] == '(' ? 'r' : 'e', contents);
}

static int append_value(sd_bus_message *m, char type, va_list *arguments) {
        union {
                int b;
                uint8_t y;
                uint32_t u;
                uint64_t t;
                double d;
        } value;

        switch (type) {
        case 's':
        case 'o':
                return append_text(m, type, va_arg(*arguments, const char *));
        case 'b':
                value.b = va_arg(*arguments, int);
                break;
        case 'y':
                value.y = (uint8_t) va_arg(*arguments, int);
                break;
        case 'u':
                value.u = va_arg(*arguments, uint32_t);
                break;
        case 't':
        case 'x':
                value.t = va_arg(*arguments, uint64_t);
                break;
        case 'd':
                value.d = va_arg(*arguments, double);
                break;
        default:
                return -EINVAL;
        }
        return sd_bus_message_append_basic(m, type, &value);
}

static int append(sd_bus_message *m, const char *types, va_list *arguments) {
        int r = 0;

        for (; r >= 0 && *types; types++)
                if (*types == '(' || *types == '{')
                        r = open_container(m, types);
                else if (*types == ')' || *types == '}')
                        r = sd_bus_message_close_container(m);
                else
                        r = append_value(m, *types, arguments);
        return r;
}

int bus_append(sd_bus_message *m, const char *types, ...) {
        va_list arguments;
        int r;

        va_start(arguments, types);
        r = append(m, types, &arguments);
        va_end(arguments);
        return r;
}

int bus_append_entry(sd_bus_message *m, const char *name, const char *type, ...) {
        va_list arguments;
        int r;

        va_start(arguments, type);
        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = append_text(m, 's', name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        if (r >= 0)
                r = append(m, type, &arguments);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        if (r >= 0)
                r = sd_bus_message_close_container(m);
        va_end(arguments);
        return r;
}

int bus_reply(sd_bus_message *call, const char *types, ...) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        va_list arguments;
        int r;

        r = sd_bus_message_new_method_return(call, &reply);
        if (r >= 0 && types) {
                va_start(arguments, types);
                r = append(reply, types, &arguments);
                va_end(arguments);
        }
        return r < 0 ? r : sd_bus_message_send(reply);
}

int bus_reply_error(sd_bus_message *call, const char *name, const char *format, ...) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_free_ char *text = NULL;
        va_list arguments;
        int r;

        va_start(arguments, format);
        r = vasprintf(&text, format, arguments);
        va_end(arguments);
        if (r < 0)
                return -ENOMEM;
        r = sd_bus_error_set(&error, name, text_make_plain(text));
        return r == -ENOMEM ? r : sd_bus_reply_method_error(call, &error);
}
