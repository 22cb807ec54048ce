/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Why a link cannot be made: mapped from the stack's errors, and explained to a person. */

#include "daemon/bluez/link-bluez-private.h"

/* With a rest, the sentence begins with the device's address. */
static const struct {
        int error;
        const char *sentence, *rest;
} reasons[_BLUEZ_REASON_MAX] = {
        [BLUEZ_REASON_NO_ADAPTER] = { ENOMEDIUM,
                "This machine has no Bluetooth adapter: plug one in, and see that bluetooth.service runs." },
        [BLUEZ_REASON_ADAPTER_OFF] = { ENETDOWN,
                "Bluetooth is switched off: switch it on with 'bluetoothctl power on' (or 'rfkill unblock bluetooth')." },
        [BLUEZ_REASON_NOT_IN_SIGHT] = { EHOSTUNREACH,
                "The device is not in sight: switch it on, bring it nearer, and disconnect it from any phone." },
        [BLUEZ_REASON_REFUSED] = { EHOSTUNREACH,
                "The device can be seen, but every connection to it fails: disconnect it from any phone, bring it nearer, or switch it off and on." },
        [BLUEZ_REASON_OTHER_CONNECTS] = { EADDRINUSE,
                "Another program on this computer is connecting to the device: quit that one, or wait until it is done, and try again." },
        [BLUEZ_REASON_HELD] = { EADDRINUSE,
                "The device is in use by another program on this computer: quit that one." },
        [BLUEZ_REASON_WANTS_PAIRING] = { EKEYEXPIRED,
                "The device wants to be paired: type 'bluetoothctl pair ", "', then try again." },
        [BLUEZ_REASON_UNRESOLVED] = { EHOSTUNREACH,
                "The device is connected but does not say what it can do: switch it off and on, and try again." },
        [BLUEZ_REASON_MISSING_SERVICE] = { ENOPROTOOPT,
                "The device lacks the service that its name promises: it is another product, or its firmware is too old." },
        [BLUEZ_REASON_NO_ANSWERS] = { EHOSTUNREACH,
                "The device is connected but does not send its answers: switch it off and on, and try again." },
        [BLUEZ_REASON_TURN] = { EBUSY,
                "Other devices are still being connected, one after the other: try again in a moment." },
        [BLUEZ_REASON_TROUBLE] = { EHOSTUNREACH,
                "The device could not be connected: switch it off and on, and try again." },
};

int bluez_reason_to_errno(enum bluez_reason reason) {
        return reasons[reason].error;
}

const char *bluez_reason_to_sentence(
        enum bluez_reason reason, const char *address, char *buffer, size_t size) {
        if (!reasons[reason].rest)
                return reasons[reason].sentence;
        (void) snprintf(buffer, size, "%s%s%s", reasons[reason].sentence, address, reasons[reason].rest);
        return buffer;
}

bool bluez_error_is_busy(const sd_bus_error *e) {
        /* The second is the spelling of versions up to 5.80. */
        return sd_bus_error_has_name(e, "org.bluez.Error.InProgress") ||
               (e->message && strstr(e->message, "already in progress"));
}

bool bluez_error_wants_pairing(const sd_bus_error *e) {
        static const char *const names[] = { "NotAuthorized", "AuthenticationFailed",
                "AuthenticationRejected", "AuthenticationCanceled", "AuthenticationTimeout" };
        /* ATT errors: insufficient authentication, key size, encryption. */
        static const char *const messages[] = { "Not paired", "key-missing", "ATT error: 0x05",
                "ATT error: 0x0c", "ATT error: 0x0f" };
        const char *name = e->name ? startswith(e->name, "org.bluez.Error.") : NULL;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (streq_ptr(name, names[i]))
                        return true;
        for (size_t i = 0; e->message && i < ARRAY_SIZE(messages); i++)
                if (strstr(e->message, messages[i]))
                        return true;
        return false;
}

int bluez_error_to_errno(const sd_bus_error *e) {
        static const struct {
                const char *name;
                int error;
        } table[] = {
                { "org.bluez.Error.InProgress", EBUSY },
                { "org.bluez.Error.NotPermitted", EADDRINUSE },
                { "org.bluez.Error.NotSupported", EOPNOTSUPP },
                { "org.bluez.Error.InvalidArguments", EMSGSIZE },
                { SD_BUS_ERROR_UNKNOWN_OBJECT, ENOTCONN },
                { SD_BUS_ERROR_NO_REPLY, ETIMEDOUT },
        };

        if (bluez_error_wants_pairing(e))
                return EACCES;
        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (sd_bus_error_has_name(e, table[i].name))
                        return table[i].error;
        return e->message && strstr(e->message, "Not connected") ? ENOTCONN : EIO;
}
