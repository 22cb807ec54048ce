/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/term/failure.h"

#include <stdarg.h>

#include "cli/term/text.h"

#define INDENT "        "

struct advice {
        const char *name;
        const char *next;
        enum limber_exit status; /* for names that are not in the table of lib/bus-errors.h */
        const char *sentence;    /* replaces the message from the bus */
};

#define NOT_RUNNING "limberd is not running, or not on this bus."
#define START_IT "Start it with: systemctl start limberd"
#define DBUS_ERROR "org.freedesktop.DBus.Error."

static const struct advice advices[] = {
        { LIMBER_ERROR_NO_SUCH_ROUTINE, "\"limber routines\" lists those there are." },
        { LIMBER_ERROR_NO_SUCH_DEVICE,
                "\"limber devices\" lists what is known, \"limber scan\" looks for more." },
        { LIMBER_ERROR_NO_SUCH_SESSION,
                "\"limber status\" shows what is running, \"limber history\" what was." },
        { LIMBER_ERROR_INVALID_ROUTINE,
                "\"limber check FILE\" says what is wrong in a routine, line by line." },
        { LIMBER_ERROR_BUSY, "\"limber status\" shows what is running, \"limber stop\" ends it." },
        { LIMBER_ERROR_WRONG_STATE, "\"limber status\" shows the state it is in." },
        { LIMBER_ERROR_NOT_AUTHORIZED, "An administrator can allow it: see ACCESS in limber(1)." },
        { LIMBER_ERROR_NOT_HOLDER, "Another program holds the session; \"limber follow\" watches it." },
        { LIMBER_ERROR_BAD_NONCE, "The key came too late: type \"limber resume\" and press the new one." },
        { LIMBER_ERROR_INTAKE_REQUIRED, "It takes two minutes: limber intake" },
        { LIMBER_ERROR_SIGN_OFF_REQUIRED, "\"limber runner\" shows what is blocked, and why." },
        { LIMBER_ERROR_NOT_FOR_YOU, "\"limber runner\" shows what is blocked, and why." },
        { LIMBER_ERROR_RANGE_EMPTY, "Choose another device with --device ROLE=NAME, or another routine." },
        { LIMBER_ERROR_NO_ADAPTER, "Plug in a Bluetooth adapter, then try again." },
        { LIMBER_ERROR_ADAPTER_OFF, "Switch Bluetooth on: bluetoothctl power on" },
        { LIMBER_ERROR_OUT_OF_RANGE, "Switch the device on, bring it nearer, then try again." },
        { LIMBER_ERROR_IN_USE, "Close the program or app that has the device, then try again." },
        { LIMBER_ERROR_WRONG_SERVICE,
                "Switch the device off and on; if that does not help, forget it and add it again." },
        { LIMBER_ERROR_EXPERIMENTAL, "If you accept that, add it with: limber add … --experimental" },
        { LIMBER_ERROR_QUOTA, "\"limber status\" shows what is running, \"limber stop\" ends it." },
        { LIMBER_ERROR_TIME_UNKNOWN, "limber start ROUTINE --last-session AGO, such as 9h or 2d" },
        { LIMBER_ERROR_NOT_CONFIRMED,
                "Take the pads or the gun off the body and switch the device off by its button." },
        { DBUS_ERROR "ServiceUnknown", START_IT, LIMBER_EXIT_NO_DAEMON, NOT_RUNNING },
        { DBUS_ERROR "NameHasNoOwner", START_IT, LIMBER_EXIT_NO_DAEMON, NOT_RUNNING },
        { DBUS_ERROR "Spawn.ServiceNotFound", START_IT, LIMBER_EXIT_NO_DAEMON, NOT_RUNNING },
        { "org.freedesktop.systemd1.NoSuchUnit", "Install limberd, or enable its unit.",
                LIMBER_EXIT_NO_DAEMON, NOT_RUNNING },
        { DBUS_ERROR "NoReply", "See how it does with: systemctl status limberd", LIMBER_EXIT_NO_DAEMON,
                "limberd did not answer in time, or ended while it was asked." },
        { DBUS_ERROR "Timeout", "See how it does with: systemctl status limberd", LIMBER_EXIT_NO_DAEMON,
                "limberd did not answer in time." },
        { DBUS_ERROR "Disconnected", "See how it does with: systemctl status dbus limberd",
                LIMBER_EXIT_NO_DAEMON, "The connection to the bus broke." },
        { DBUS_ERROR "AccessDenied", "See limber(1), ACCESS, for who may do what.", LIMBER_EXIT_DENIED },
        { DBUS_ERROR "UnknownObject", "\"limber status\" shows what is there.", LIMBER_EXIT_NOT_FOUND,
                "limberd does not know that (any more)." },
        { DBUS_ERROR "UnknownMethod", "Are limber and limberd of the same version? See: limber status",
                LIMBER_EXIT_FAILURE },
};

static const struct advice *find_advice(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
                if (streq_ptr(advices[i].name, name))
                        return &advices[i];
        return NULL;
}

static const char *error_name(const sd_bus_error *error, int r) {
        /* Errors of sd-bus itself, without the daemon, have a name made from an errno. */
        if (error && error->name && !startswith(error->name, "System.Error."))
                return error->name;
        switch (error && error->name ? sd_bus_error_get_errno(error) : -r) {
        case ETIMEDOUT:
                return DBUS_ERROR "Timeout";
        case ENOTCONN:
        case ECONNRESET:
        case EPIPE:
                return DBUS_ERROR "Disconnected";
        }
        return NULL;
}

static enum limber_exit exit_status(const struct advice *advice, const char *name) {
        const struct limber_error *row = limber_error_by_name(name);

        if (row)
                return row->exit_status;
        if (advice && advice->status)
                return advice->status;
        if (name && startswith(name, DBUS_ERROR "Spawn."))
                return LIMBER_EXIT_NO_DAEMON;
        return LIMBER_EXIT_FAILURE;
}

static const char *sentence(const sd_bus_error *error, int r, const struct advice *advice) {
        if (advice && advice->sentence)
                return advice->sentence;
        if (error && !isempty(error->message))
                return error->message;
        if (error && error->name)
                return error->name;
        return strerror(-r);
}

int failure_describe(const sd_bus_error *error, int r, char *buffer, size_t size) {
        const char *name = error_name(error, r);
        const struct advice *advice = find_advice(name);

        snprintf(buffer, size, "%s", sentence(error, r, advice));
        return exit_status(advice, name);
}

int failure_report(const sd_bus_error *error, int r) {
        const char *name = error_name(error, r);
        const struct advice *advice = find_advice(name);

        say(stderr, "limber: %s", sentence(error, r, advice));
        if (advice && advice->next)
                say(stderr, INDENT "%s", advice->next);
        return exit_status(advice, name);
}

bool failure_is_no_daemon(const sd_bus_error *error, int r) {
        const char *name = error_name(error, r);

        return exit_status(find_advice(name), name) == LIMBER_EXIT_NO_DAEMON;
}

int failure_say(enum limber_exit status, const char *next, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = vasprintf(&text, format, ap);
        va_end(ap);
        if (r < 0)
                text = NULL;
        say(stderr, "limber: %s", strnull(text));
        if (next)
                say(stderr, INDENT "%s", next);
        return status;
}

int failure_no_memory(void) {
        return failure_say(LIMBER_EXIT_FAILURE, NULL, "There is not enough memory.");
}

int failure_not_confirmed(bool sent) {
        return failure_say(LIMBER_EXIT_NOT_CONFIRMED,
                "Take it off the body and switch it off by its own button; \"limber status\" shows which, or else limber-allstop.",
                sent ? "limberd has the stop, and a device has not confirmed it. limberd goes on trying."
                     : "A device that may be on cannot be reached. limberd goes on trying.");
}
