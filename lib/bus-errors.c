/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/bus-errors.h"

#include <stdarg.h>

#include "lib/text-door.h"

/* One row per name: {name, errno, exit status}. The errno is what model code returns. */
#define ERROR_TABLE(X)                                                      \
        X(LIMBER_ERROR_NO_SUCH_ROUTINE, ENOENT, LIMBER_EXIT_NOT_FOUND)      \
        X(LIMBER_ERROR_NO_SUCH_DEVICE, ENODEV, LIMBER_EXIT_NOT_FOUND)       \
        X(LIMBER_ERROR_NO_SUCH_SESSION, ENXIO, LIMBER_EXIT_NOT_FOUND)       \
        X(LIMBER_ERROR_INVALID_ARGUMENT, EDOM, LIMBER_EXIT_INVALID)         \
        X(LIMBER_ERROR_INVALID_ROUTINE, EBADMSG, LIMBER_EXIT_INVALID)       \
        X(LIMBER_ERROR_BUSY, EBUSY, LIMBER_EXIT_REFUSED)                    \
        X(LIMBER_ERROR_WRONG_STATE, ESTALE, LIMBER_EXIT_REFUSED)            \
        X(LIMBER_ERROR_NOT_AUTHORIZED, EACCES, LIMBER_EXIT_DENIED)          \
        X(LIMBER_ERROR_NOT_HOLDER, EPERM, LIMBER_EXIT_DENIED)               \
        X(LIMBER_ERROR_BAD_NONCE, EKEYREJECTED, LIMBER_EXIT_DENIED)         \
        X(LIMBER_ERROR_REFUSED, ECANCELED, LIMBER_EXIT_REFUSED)             \
        X(LIMBER_ERROR_INTAKE_REQUIRED, ENOMSG, LIMBER_EXIT_REFUSED)        \
        X(LIMBER_ERROR_SIGN_OFF_REQUIRED, ENOKEY, LIMBER_EXIT_REFUSED)      \
        X(LIMBER_ERROR_NOT_FOR_YOU, EKEYREVOKED, LIMBER_EXIT_REFUSED)       \
        X(LIMBER_ERROR_RANGE_EMPTY, ERANGE, LIMBER_EXIT_REFUSED)            \
        X(LIMBER_ERROR_NO_ADAPTER, ENOMEDIUM, LIMBER_EXIT_UNREACHABLE)      \
        X(LIMBER_ERROR_ADAPTER_OFF, ENETDOWN, LIMBER_EXIT_UNREACHABLE)      \
        X(LIMBER_ERROR_OUT_OF_RANGE, EHOSTUNREACH, LIMBER_EXIT_UNREACHABLE) \
        X(LIMBER_ERROR_IN_USE, EADDRINUSE, LIMBER_EXIT_UNREACHABLE)         \
        X(LIMBER_ERROR_NEEDS_PAIRING, EKEYEXPIRED, LIMBER_EXIT_UNREACHABLE) \
        X(LIMBER_ERROR_WRONG_SERVICE, ENOPROTOOPT, LIMBER_EXIT_UNREACHABLE) \
        X(LIMBER_ERROR_NOT_SUPPORTED, EOPNOTSUPP, LIMBER_EXIT_REFUSED)      \
        X(LIMBER_ERROR_EXPERIMENTAL, EPROTONOSUPPORT, LIMBER_EXIT_REFUSED)  \
        X(LIMBER_ERROR_QUOTA, EDQUOT, LIMBER_EXIT_REFUSED)                  \
        X(LIMBER_ERROR_TIME_UNKNOWN, ETIME, LIMBER_EXIT_REFUSED)            \
        X(LIMBER_ERROR_NOT_CONFIRMED, ENOLINK, LIMBER_EXIT_NOT_CONFIRMED)

#define TABLE_ROW(n, e, x) { .name = n, .error = e, .exit_status = x },
const struct limber_error limber_errors[] = {
        ERROR_TABLE(TABLE_ROW){},
};

#define MAP_ROW(n, e, x) SD_BUS_ERROR_MAP(n, e),
static const sd_bus_error_map error_map[] = {
        ERROR_TABLE(MAP_ROW) SD_BUS_ERROR_MAP_END,
};

int limber_errors_register(void) {
        return sd_bus_error_add_map(error_map);
}

const struct limber_error *limber_error_by_name(const char *name) {
        for (const struct limber_error *e = limber_errors; e->name; e++)
                if (streq_ptr(e->name, name))
                        return e;
        return NULL;
}

int limber_error_set(sd_bus_error *error, const char *name, const char *format, ...) {
        const struct limber_error *row = limber_error_by_name(name);
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        /* The text may contain a name from the air, and an error that is not valid UTF-8 could not be sent. */
        if (r < 0)
                text = NULL;
        (void) sd_bus_error_set(error, name, text ? text_make_plain(text) : NULL);
        return row ? -row->error : -EIO;
}
