/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/bluez/bluez-delays.h"
#include "lib/clock.h"

/* The daemon timers are BlueZ's (device.c, adapter.c, att.c), the connect timeout and the supervision timeout the kernel's
 * defaults; the others are those of a fast device on a free radio. */
const struct bluez_delays bluez_delays_default = {
        .appear_usec = 15 * USEC_PER_MSEC,
        .advertise_usec = 1000 * USEC_PER_MSEC,
        .temporary_usec = 30 * USEC_PER_SEC,
        .connect_usec = 60 * USEC_PER_MSEC,
        .connect_timeout_usec = 40800 * USEC_PER_MSEC,
        .resolve_usec = 120 * USEC_PER_MSEC,
        .services_usec = 8 * USEC_PER_MSEC,
        .request_usec = 10 * USEC_PER_MSEC,
        .att_timeout_usec = 30 * USEC_PER_SEC,
        .disconnect_usec = 2 * USEC_PER_SEC,
        .supervision_usec = 420 * USEC_PER_MSEC,
        .settle_usec = 5 * USEC_PER_MSEC,
};

static const struct {
        const char *name;
        size_t offset;
} names[] = {
        { "appear", offsetof(struct bluez_delays, appear_usec) },
        { "advertise", offsetof(struct bluez_delays, advertise_usec) },
        { "temporary", offsetof(struct bluez_delays, temporary_usec) },
        { "connect", offsetof(struct bluez_delays, connect_usec) },
        { "connect-timeout", offsetof(struct bluez_delays, connect_timeout_usec) },
        { "resolve", offsetof(struct bluez_delays, resolve_usec) },
        { "services", offsetof(struct bluez_delays, services_usec) },
        { "request", offsetof(struct bluez_delays, request_usec) },
        { "att-timeout", offsetof(struct bluez_delays, att_timeout_usec) },
        { "disconnect", offsetof(struct bluez_delays, disconnect_usec) },
        { "supervision", offsetof(struct bluez_delays, supervision_usec) },
        { "settle", offsetof(struct bluez_delays, settle_usec) },
};

const char *bluez_delays_name(size_t index) {
        return index < ARRAY_SIZE(names) ? names[index].name : NULL;
}

int bluez_delays_set(struct bluez_delays *delays, const char *text) {
        const char *value;
        unsigned long msec;
        char *rest;

        value = strchr(text, '=');
        if (!value || value[1] < '0' || value[1] > '9')
                return -EINVAL;
        errno = 0;
        msec = strtoul(value + 1, &rest, 10);
        if (errno != 0 || *rest != '\0' || msec > 3600 * 1000)
                return -EINVAL;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strlen(names[i].name) == (size_t) (value - text) &&
                        strncmp(names[i].name, text, (size_t) (value - text)) == 0) {
                        *(uint64_t *) (void *) ((char *) delays + names[i].offset) = msec * USEC_PER_MSEC;
                        return 0;
                }
        return -EINVAL;
}
