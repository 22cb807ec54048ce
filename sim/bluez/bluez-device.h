/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* org.bluez.Device1: a virtual product as the adapter sees it. bluez-device.c has the object, bluez-presence.c its
 * appearance and removal, bluez-link.c the link, bluez-battery.c its Battery1. */

#include "sim/bluez/bluez-att.h"
#include "sim/bluez/bluez-gatt.h"
#include "sim/bluez/bluez-impl.h"

/* Faults for tests; all zero: a healthy device. */
struct bluez_faults {
        bool away;                 /* out of range */
        bool silent;               /* receives and answers nothing */
        bool connect_hangs;        /* Connect() ends only by timeout */
        bool no_service;           /* the product's own services are missing */
        bool no_connected_signal;  /* Connected=true is never signalled */
        unsigned connect_fails;    /* number of Connect() calls still to fail */
        unsigned write_fails;      /* number of writes still to fail */
        unsigned notify_malformed; /* number of notifications still to be malformed */
        uint64_t request_usec;     /* delay of the answer to a request; 0: default */
};

enum bluez_link {
        BLUEZ_LINK_DOWN,
        BLUEZ_LINK_CONNECTING,
        BLUEZ_LINK_UP,
};

#define BLUEZ_DISCONNECTS_MAX 16

struct bluez_device {
        struct bluez *bluez;
        struct product *product;
        struct bluez_faults faults;
        sd_event_source *product_timer;

        /* The object. Booleans are int where sd-bus reads them directly. */
        char *path;
        char *alias;
        int trusted, blocked, connected, resolved;
        int16_t rssi; /* 0: unknown */
        uint8_t battery_percent;
        bool exported;
        bool temporary; /* never connected: will be removed */
        bool known;     /* returns with the adapter */
        sd_bus_slot *slot, *rssi_slot, *battery_slot;
        sd_event_source *advert_timer, *temporary_timer;

        /* The link. */
        enum bluez_link link;
        bool disconnecting;
        bool remove_after; /* RemoveDevice() waits for the disconnect */
        sd_bus_message *connect_call;
        sd_bus_message *disconnect_calls[BLUEZ_DISCONNECTS_MAX];
        size_t n_disconnect_calls;
        sd_event_source *connect_timer, *resolve_timer, *services_timer, *disconnect_timer, *loss_timer,
                *settle_timer;

        struct bluez_att att;
        struct bluez_gatt gatt;
};

int bluez_device_new(struct bluez *bluez, const char *kind, const char *address, struct bluez_device **ret);
struct bluez_device *bluez_device_free(struct bluez_device *device);
DEFINE_CLEANUP(struct bluez_device *, bluez_device_free);

/* Puts the object on the bus; or removes it and all below it, and forgets its state. */
void bluez_device_export(struct bluez_device *device);
void bluez_device_unexport(struct bluez_device *device);
void bluez_device_changed(struct bluez_device *device, const char *property);
/* 0: unknown. */
void bluez_device_set_rssi(struct bluez_device *device, int16_t rssi);

/* Whether data sent now would arrive. */
bool bluez_device_reachable(const struct bluez_device *device);
/* Delivers a write to the product and records it. Returns 0 or an ATT error. */
int bluez_device_write(struct bluez_device *device, unsigned characteristic, enum product_write_type type,
        const char *via, const uint8_t *bytes, size_t n);
/* Call after anything that reaches the product: its next wake-up may have changed. */
void bluez_device_reschedule(struct bluez_device *device);

/* bluez-presence.c */
/* The adapter's discovery began or ended; order spreads out the first sightings. */
void bluez_presence_discovery(struct bluez_device *device, bool running, unsigned order);
void bluez_presence_radio_off(struct bluez_device *device);
void bluez_presence_adapter_gone(struct bluez_device *device);
void bluez_presence_adapter_back(struct bluez_device *device);
/* RemoveDevice(): replies to m now, or after the disconnect. */
int bluez_presence_remove(struct bluez_device *device, sd_bus_message *m, sd_bus_error *error);
void bluez_presence_done(struct bluez_device *device);

/* bluez-battery.c: exported while the link is up. */
void bluez_battery_export(struct bluez_device *device);
void bluez_battery_unexport(struct bluez_device *device);
void bluez_battery_notified(
        struct bluez_device *device, unsigned characteristic, const uint8_t *bytes, size_t n);

/* bluez-link.c */
int bluez_link_connect(struct bluez_device *device, sd_bus_message *m, sd_bus_error *error);
/* Replies to m when the link is down. */
int bluez_link_disconnect(struct bluez_device *device, sd_bus_message *m, sd_bus_error *error);
/* The link drops now; BlueZ's clients are notified a moment later, or at once. */
void bluez_link_lose(struct bluez_device *device, bool at_once);
/* The device left the range, or came back. */
void bluez_link_range_changed(struct bluez_device *device);
/* The services changed under a live link. */
void bluez_link_services_changed(struct bluez_device *device);
void bluez_link_done(struct bluez_device *device);
