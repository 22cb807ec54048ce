/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The errors that cross the bus: one table gives each its D-Bus name, the errno that daemon code returns
 * for it, and the exit status of the command line. Both programs register the table with sd-bus, so that a
 * handler may return either form and the client gets both. */

#include <systemd/sd-bus.h>

#include "lib/macros.h"

#define LIMBER_ERROR_PREFIX "org.limber1.Error."

#define LIMBER_ERROR_NO_SUCH_ROUTINE LIMBER_ERROR_PREFIX "NoSuchRoutine"
#define LIMBER_ERROR_NO_SUCH_DEVICE LIMBER_ERROR_PREFIX "NoSuchDevice"
#define LIMBER_ERROR_NO_SUCH_SESSION LIMBER_ERROR_PREFIX "NoSuchSession"
#define LIMBER_ERROR_INVALID_ARGUMENT LIMBER_ERROR_PREFIX "InvalidArgument"
#define LIMBER_ERROR_INVALID_ROUTINE LIMBER_ERROR_PREFIX "InvalidRoutine"
#define LIMBER_ERROR_BUSY LIMBER_ERROR_PREFIX "Busy"
#define LIMBER_ERROR_WRONG_STATE LIMBER_ERROR_PREFIX "WrongState"
#define LIMBER_ERROR_NOT_AUTHORIZED LIMBER_ERROR_PREFIX "NotAuthorized"
#define LIMBER_ERROR_NOT_HOLDER LIMBER_ERROR_PREFIX "NotHolder"
#define LIMBER_ERROR_BAD_NONCE LIMBER_ERROR_PREFIX "BadNonce"
#define LIMBER_ERROR_REFUSED LIMBER_ERROR_PREFIX "Refused"
#define LIMBER_ERROR_INTAKE_REQUIRED LIMBER_ERROR_PREFIX "IntakeRequired"
#define LIMBER_ERROR_SIGN_OFF_REQUIRED LIMBER_ERROR_PREFIX "SignOffRequired"
#define LIMBER_ERROR_NOT_FOR_YOU LIMBER_ERROR_PREFIX "NotForYou"
#define LIMBER_ERROR_RANGE_EMPTY LIMBER_ERROR_PREFIX "RangeEmpty"
#define LIMBER_ERROR_NO_ADAPTER LIMBER_ERROR_PREFIX "NoAdapter"
#define LIMBER_ERROR_ADAPTER_OFF LIMBER_ERROR_PREFIX "AdapterOff"
#define LIMBER_ERROR_OUT_OF_RANGE LIMBER_ERROR_PREFIX "DeviceOutOfRange"
#define LIMBER_ERROR_IN_USE LIMBER_ERROR_PREFIX "DeviceInUse"
#define LIMBER_ERROR_NEEDS_PAIRING LIMBER_ERROR_PREFIX "NeedsPairing"
#define LIMBER_ERROR_WRONG_SERVICE LIMBER_ERROR_PREFIX "MissingService"
#define LIMBER_ERROR_NOT_SUPPORTED LIMBER_ERROR_PREFIX "NotSupported"
#define LIMBER_ERROR_EXPERIMENTAL LIMBER_ERROR_PREFIX "NeedsExperimental"
#define LIMBER_ERROR_QUOTA LIMBER_ERROR_PREFIX "QuotaExceeded"
#define LIMBER_ERROR_TIME_UNKNOWN LIMBER_ERROR_PREFIX "TimeUnknown"
#define LIMBER_ERROR_NOT_CONFIRMED LIMBER_ERROR_PREFIX "NotConfirmed"

/* Exit statuses of limber(1). */
enum limber_exit {
        LIMBER_EXIT_OK = 0,
        LIMBER_EXIT_FAILURE = 1,        /* anything without a status of its own */
        LIMBER_EXIT_USAGE = 2,          /* wrong command line */
        LIMBER_EXIT_NOT_FOUND = 3,      /* no such routine, device or session */
        LIMBER_EXIT_DENIED = 4,         /* not allowed, not the holder, wrong key */
        LIMBER_EXIT_UNREACHABLE = 5,    /* no adapter, adapter off, device out of range or in use */
        LIMBER_EXIT_REFUSED = 6,        /* refused by a safety rule */
        LIMBER_EXIT_INVALID = 7,        /* an invalid routine or argument */
        LIMBER_EXIT_STOPPED = 8,        /* the session ended before its routine was complete */
        LIMBER_EXIT_NO_DAEMON = 9,      /* limberd cannot be reached */
        LIMBER_EXIT_NOT_CONFIRMED = 10, /* stop was sent, a device has not confirmed it */
};

struct limber_error {
        const char *name;
        int error; /* positive errno, unique in the table */
        enum limber_exit exit_status;
};

/* The table; terminated by a row without a name. */
extern const struct limber_error limber_errors[];

/* Registers the table with sd-bus. Call once at start, before any bus call. */
int limber_errors_register(void);

/* Finds the row of a D-Bus error name, or NULL. */
const struct limber_error *limber_error_by_name(const char *name);

/* Sets a named error with a sentence for a person; returns the negative errno of the name. */
int limber_error_set(sd_bus_error *error, const char *name, const char *format, ...) _printf_(3, 4);
