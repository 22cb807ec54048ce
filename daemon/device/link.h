/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Transport interface. A radio finds devices and opens links to them; a link carries frames to the endpoints of one device's
 * definition and delivers notifications. daemon/bluez/ implements it for the daemon; the tests have another implementation
 * on top of simulated products. Only the writer (daemon/device/writer.c) calls link_write(). */

#include "protocols/definition.h"

enum radio_state {
        RADIO_NO_STACK, /* bluetoothd is not running */
        RADIO_NO_ADAPTER,
        RADIO_OFF, /* the adapter is switched off or blocked */
        RADIO_ON,
};

/* A device as its advertising shows it. */
struct radio_advert {
        char address[18];
        char address_type[8]; /* "public" or "random" */
        char name[64];
        int rssi_dbm; /* 0: unknown */
};

struct radio_handler {
        void (*state_changed)(void *userdata, enum radio_state state);
        void (*advertised)(void *userdata, const struct radio_advert *advert);
        /* No longer in sight. */
        void (*vanished)(void *userdata, const char *address, const char *address_type);
};

/* The device does not report its battery, or reports an invalid value. */
#define LINK_BATTERY_UNKNOWN 255u

struct link;
struct radio;

enum link_progress {
        LINK_CONNECTING,
        LINK_RESOLVING, /* linked; looking for the services the definition needs */
};

struct link_handler {
        void (*progressed)(void *userdata, enum link_progress progress);
        /* Endpoints are bound and notifications on; frames may go out from now on. Called again after doubted(). */
        void (*ready)(void *userdata);
        /* The link stands, but its bindings are gone: nothing can be written until ready() is called again, or closed(). */
        void (*doubted)(void *userdata, const char *why);
        /* The link could not be made: errno as in lib/bus-errors, and a sentence that says what to do. Ends the link. Not
         * called after ready(). */
        void (*failed)(void *userdata, int error, const char *sentence);
        /* A write for which link_write() returned 1 is done: 0 or a negative errno. */
        void (*written)(void *userdata, unsigned endpoint, int result);
        void (*notified)(void *userdata, unsigned endpoint, const uint8_t *bytes, size_t n);
        /* Battery level as the stack reports it, in per cent or LINK_BATTERY_UNKNOWN: before ready(), and on change. Battery
         * endpoints are delivered by notified(), and only while the stack has no value. */
        void (*battery)(void *userdata, unsigned percent);
        /* A ready link is gone, or could not be bound again. Ends the link. */
        void (*closed)(void *userdata, const char *why);
        /* Result of link_leave(): 0 when the link is gone, -ETIMEDOUT when that is unknown. Ends the link. */
        void (*left)(void *userdata, int error);
};

struct link_ops {
        int (*write)(struct link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes,
                size_t n);
        int (*queued)(struct link *link, unsigned endpoint);
        int (*leave)(struct link *link);
        const char *(*adapter_address)(const struct link *link);
        void (*free)(struct link *link);
};

/* Base of every implementation's link. */
struct link {
        const struct link_ops *ops;
        const struct link_handler *handler;
        void *userdata;
};

struct radio_ops {
        int (*scan)(struct radio *radio, bool on);
        int (*link_open)(struct radio *radio, const char *address, const char *address_type,
                const struct device_definition *definition, const struct link_handler *handler,
                void *userdata, struct link **ret);
        enum radio_state (*state)(const struct radio *radio);
        int (*sight)(const struct radio *radio, const char *address, const char *address_type,
                struct radio_advert *ret);
};

struct radio {
        const struct radio_ops *ops;
        const struct radio_handler *handler;
        void *userdata;
};

/* Hands one frame over. Returns 0 when it is on its way and no answer will come, 1 when written() will follow, or negative
 * errno when it was not taken: -EAGAIN the transport is stalled, -EMSGSIZE longer than the link carries, -ENOTCONN. */
static inline int link_write(
        struct link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        return link->ops->write(link, endpoint, write, bytes, n);
}

/* Number of bytes handed over that the stack has not taken yet. Negative: the endpoint has no socket; a write is a call that the stack
 * answers, and it takes one at a time for each characteristic. */
static inline int link_queued(struct link *link, unsigned endpoint) {
        return link->ops->queued ? link->ops->queued(link, endpoint) : 0;
}

/* Disconnects a ready link: nothing is written any more, and left() is called when it is gone. Negative errno: its end
 * cannot be waited for; use link_free(). */
static inline int link_leave(struct link *link) {
        return link->ops->leave ? link->ops->leave(link) : -EOPNOTSUPP;
}

/* Address of the adapter of the link, or "" while it is unknown. */
static inline const char *link_adapter_address(const struct link *link) {
        return link->ops->adapter_address ? link->ops->adapter_address(link) : "";
}

/* Cancels a link being made, or drops a ready one; no callback follows. */
static inline struct link *link_free(struct link *link) {
        if (link)
                link->ops->free(link);
        return NULL;
}

static inline int radio_scan(struct radio *radio, bool on) {
        return radio->ops->scan(radio, on);
}

static inline int radio_link_open(struct radio *radio, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret) {
        return radio->ops->link_open(radio, address, address_type, definition, handler, userdata, ret);
}

/* What is in sight at an address, known or not; address_type "": either. -ENODEV: nothing. -ENOTUNIQ: one of each type. */
static inline int radio_sight(
        const struct radio *radio, const char *address, const char *address_type, struct radio_advert *ret) {
        return radio->ops->sight ? radio->ops->sight(radio, address, address_type, ret) : -ENODEV;
}

static inline enum radio_state radio_state(const struct radio *radio) {
        return radio->ops->state(radio);
}
