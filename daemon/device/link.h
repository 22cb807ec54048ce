/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The transport seam. A radio finds devices and opens links to them; a link carries frames to the endpoints of one
 * device's definition and brings notifications back. The daemon has one implementation (daemon/bluez/), the
 * tests another that ends in simulated products. Only the writer (daemon/device/writer.c) calls link_write(). */

#include "protocols/definition.h"

enum radio_state {
        RADIO_NO_STACK, /* bluetoothd is not there */
        RADIO_NO_ADAPTER,
        RADIO_OFF, /* an adapter, but switched off or blocked */
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

/* The device does not say how full its battery is, or says nonsense. */
#define LINK_BATTERY_UNKNOWN 255u

struct link;
struct radio;

enum link_progress {
        LINK_CONNECTING,
        LINK_RESOLVING, /* linked; looking for the services the definition needs */
};

struct link_handler {
        void (*progressed)(void *userdata, enum link_progress progress);
        /* Endpoints are bound and notifications on; frames may go out from here on. Comes again after doubted(). */
        void (*ready)(void *userdata);
        /* The link stands, but what was bound is gone: nothing can be written until ready() comes again, or closed(). */
        void (*doubted)(void *userdata, const char *why);
        /* The link could not be made: errno as in lib/bus-errors, and a sentence that says what to do. Ends the link. Not after
         * ready(). */
        void (*failed)(void *userdata, int error, const char *sentence);
        /* A write that link_write() answered with 1 is done: 0 or a negative errno. */
        void (*written)(void *userdata, unsigned endpoint, int result);
        void (*notified)(void *userdata, unsigned endpoint, const uint8_t *bytes, size_t n);
        /* Per cent, or LINK_BATTERY_UNKNOWN, where the stack itself knows: before ready(), and whenever it is another. What the
         * endpoints of a battery say comes by notified(), and only while the stack knows nothing. */
        void (*battery)(void *userdata, unsigned percent);
        /* A link that was ready is gone, or could not be bound again. Ends the link. */
        void (*closed)(void *userdata, const char *why);
        /* After link_leave(): it is gone, or (-ETIMEDOUT) nobody can say whether it is. Ends the link. */
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
};

struct radio {
        const struct radio_ops *ops;
        const struct radio_handler *handler;
        void *userdata;
};

/* Hands one frame over. Returns 0 when it is on its way and no answer will come, 1 when written() will tell, negative
 * errno when it was not taken: -EAGAIN the transport is stalled, -EMSGSIZE longer than the link carries, -ENOTCONN. */
static inline int link_write(
        struct link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        return link->ops->write(link, endpoint, write, bytes, n);
}

/* Bytes handed over earlier that the stack has not taken yet; 0 where that cannot be known. */
static inline int link_queued(struct link *link, unsigned endpoint) {
        return link->ops->queued ? link->ops->queued(link, endpoint) : 0;
}

/* Asks for the end of a ready link: nothing is written any more, and left() tells when it is gone. Negative errno: it cannot be
 * waited for, link_free() is all there is. */
static inline int link_leave(struct link *link) {
        return link->ops->leave ? link->ops->leave(link) : -EOPNOTSUPP;
}

/* Address of the adapter that the link is made by, or "" while that is not known. */
static inline const char *link_adapter_address(const struct link *link) {
        return link->ops->adapter_address ? link->ops->adapter_address(link) : "";
}

/* Cancels a link being made, or lets a ready one go; no callback follows. */
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

static inline enum radio_state radio_state(const struct radio *radio) {
        return radio->ops->state(radio);
}
