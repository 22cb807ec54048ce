/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Private to the BlueZ radio: link-bluez.c (the radio), link-bluez-objects.c (objects), link-bluez-mirror.c (keeps objects
 * up to date), link-bluez-adapter.c (which adapter serves what), link-bluez-sight.c (what is in sight), link-bluez-scan.c
 * (discovery), link-bluez-connect.c (connecting), link-bluez-bind.c (subscribing and acquiring), link-bluez-io.c (data),
 * link-bluez-link.c (lifetime of a link) and link-bluez-reason.c (errors). */

#include "daemon/bluez/link-bluez.h"

#define BLUEZ_NAME "org.bluez"
#define BLUEZ_ADAPTER "org.bluez.Adapter1"
#define BLUEZ_DEVICE "org.bluez.Device1"
#define BLUEZ_BATTERY "org.bluez.Battery1"
#define BLUEZ_SERVICE "org.bluez.GattService1"
#define BLUEZ_CHARACTERISTIC "org.bluez.GattCharacteristic1"

enum bluez_kind {
        BLUEZ_KIND_ADAPTER,
        BLUEZ_KIND_DEVICE,
        BLUEZ_KIND_SERVICE,
        BLUEZ_KIND_CHARACTERISTIC,
        BLUEZ_KIND_BATTERY, /* an interface of the device object, no object of its own */
        _BLUEZ_KIND_MAX,
};

struct bluez_scan;

struct bluez_object {
        struct bluez_object *next;
        enum bluez_kind kind;
        char *path;
        char address[18], address_type[8], name[64]; /* adapter, device */
        char uuid[37];                               /* service, characteristic */
        char modalias[32];                           /* adapter */
        char adapter[64];                            /* device: path of its adapter */
        bool powered, no_central;                    /* adapter */
        struct bluez_scan *scan;                     /* adapter */
        bool connected, resolved, paired;
        bool in_sight;         /* device: heard recently, or linked until recently */
        bool leaving;          /* device: we asked for its disconnect, which takes two seconds */
        uint64_t heard_usec;   /* its last advertisement, or the end of its last link */
        uint64_t leaving_usec; /* when it was asked to disconnect */
        uint64_t left_usec;    /* when the link that was asked to disconnect was gone; 0: not so */
        bool can_command;      /* characteristic, by its flags */
        bool can_notify;       /* characteristic, by its flags */
        uint16_t mtu;          /* characteristic; 0: unknown (bluetoothd before 5.62) */
        uint8_t battery;       /* device, as Battery1 has it; LINK_BATTERY_UNKNOWN */
        int rssi;
};

enum bluez_step {
        BLUEZ_STEP_QUEUED, /* waits for its turn, or for the device to come into sight */
        BLUEZ_STEP_CONNECTING,
        BLUEZ_STEP_LINKED, /* Connect() succeeded; the device's properties are read to verify it */
        BLUEZ_STEP_RESOLVING,
        BLUEZ_STEP_READING, /* GetManagedObjects: ServicesResolved can come before the services */
        BLUEZ_STEP_BINDING, /* StartNotify, AcquireWrite */
        BLUEZ_STEP_READY,
        BLUEZ_STEP_LEAVING, /* Disconnect() was called; ends when BlueZ reports that the link is gone */
};

/* Why there is no link. */
enum bluez_reason {
        BLUEZ_REASON_NONE,
        BLUEZ_REASON_NO_ADAPTER,
        BLUEZ_REASON_ADAPTER_OFF,
        BLUEZ_REASON_NOT_IN_SIGHT,
        BLUEZ_REASON_REFUSED,
        BLUEZ_REASON_OTHER_CONNECTS,
        BLUEZ_REASON_HELD,
        BLUEZ_REASON_WANTS_PAIRING,
        BLUEZ_REASON_UNRESOLVED,
        BLUEZ_REASON_MISSING_SERVICE,
        BLUEZ_REASON_NO_ANSWERS,
        BLUEZ_REASON_TURN,
        BLUEZ_REASON_TROUBLE,
        _BLUEZ_REASON_MAX,
};

/* Calls made for an endpoint before data can flow. */
enum bluez_claim {
        BLUEZ_CLAIM_NOTIFY,
        BLUEZ_CLAIM_WRITE,
        _BLUEZ_CLAIM_MAX,
};

struct bluez_endpoint {
        char *path;
        int fd;     /* AcquireWrite socket, or -EBADF */
        size_t mtu; /* of ATT; longer writes would be lost or split */
        sd_event_source *hangup;
        struct {
                sd_bus_slot *slot;
                unsigned tries;
                bool again;   /* refused, to be retried soon */
                bool settled; /* done, one way or another */
        } claims[_BLUEZ_CLAIM_MAX];
        sd_bus_slot *write_slot, *read_slot;
        bool reading; /* the link is not ready before the reply */
        bool silent;  /* a battery without notifications: polled */
};

struct bluez_radio;

struct bluez_link {
        struct link base;
        struct bluez_radio *radio;
        struct bluez_link *next;
        char address[18], address_type[8];
        const struct device_definition *definition;
        enum bluez_step step;
        char *path;       /* of the device object */
        char adapter[64]; /* path of the adapter it uses or has the turn of */
        bool turn;        /* one link at a time is made per adapter */
        bool had_turn;
        struct clock_timer *timer;
        struct clock_timer *claim_timer;
        struct clock_timer *battery_timer;
        sd_bus_slot *slot; /* pending call: Connect, Disconnect, or reading properties or all objects */
        unsigned tries, busy_tries;
        uint64_t opened_usec, deadline_usec;
        bool looked_again;
        bool was_ready; /* ready() was called; from then on it ends by closed() or left() */
        bool cleared;   /* bluetoothd's data on the device was removed once */
        bool retrying;  /* waits before the next attempt */
        struct bluez_endpoint endpoints[PROTOCOL_ENDPOINTS_MAX];
        unsigned unbound;          /* pending replies */
        enum bluez_reason reason;  /* why the last attempt failed */
        enum bluez_reason failure; /* for the failure timer: reason to report */
};

struct bluez_radio {
        struct radio base;
        sd_bus *bus;
        struct clock *clock;
        bool simulated, trusted; /* trusted: this org.bluez may be used */
        bool present;            /* its objects have been read */
        enum radio_state told;
        struct bluez_object *objects;
        struct bluez_link *links;
        sd_bus_slot *name_slot, *added_slot, *removed_slot, *changed_slot, *objects_slot, *trust_slot;
        struct clock_timer *retry_timer;
        unsigned retries;
        void (*known)(void *userdata); /* called once, at the first reply */
        void *known_userdata;
        bool scan_wanted;
        char only[18]; /* the adapter to use, by name or address; empty: any */
        struct clock_timer *sight_timer;
        char version[16];
};

/* link-bluez-objects.c */
/* _BLUEZ_KIND_MAX: an interface that is not tracked. */
enum bluez_kind bluez_kind_of(const char *interface);
const char *bluez_kind_interface(enum bluez_kind kind);
struct bluez_object *bluez_find_path(const struct bluez_radio *radio, const char *path);
struct bluez_object *bluez_find_characteristic(const struct bluez_radio *radio, const char *device_path,
        const char *service, const char *characteristic);
/* Removes an object and all below it; NULL: everything. */
void bluez_objects_remove(struct bluez_radio *radio, const char *path);
/* Frees everything without notifying anybody. */
void bluez_objects_free(struct bluez_radio *radio);
/* Reads a{sv} of one interface of an object. news: this is a change, not a copy of earlier state: values are delivered, and
 * signal strength means that the device was heard. */
int bluez_properties_read(struct bluez_radio *radio, sd_bus_message *m, struct bluez_object *o,
        enum bluez_kind kind, bool news);
/* The same of an object that may not be known yet. */
int bluez_interface_read(
        struct bluez_radio *radio, sd_bus_message *m, const char *path, enum bluez_kind kind);
/* a{sa{sv}}: all interfaces of one object. */
int bluez_interfaces_read(struct bluez_radio *radio, sd_bus_message *m, const char *path);
/* Call after every change of the mirror, or of which adapter is wanted. */
void bluez_settle(struct bluez_radio *radio);
/* Reads a reply of GetManagedObjects. */
int bluez_mirror_read(struct bluez_radio *radio, sd_bus_message *m);

/* link-bluez-walk.c */
/* Asks for all objects and takes them in; done() gets 0, or a negative errno. Unref *slot to give it up. */
int bluez_objects_ask(struct bluez_radio *radio, sd_bus_slot **slot, void (*done)(int error, void *userdata),
        void *userdata);

/* link-bluez-mirror.c */
int bluez_mirror_start(struct bluez_radio *radio);
void bluez_mirror_done(struct bluez_radio *radio);

/* link-bluez-adapter.c */
/* One that is powered, else any. */
struct bluez_object *bluez_find_adapter(const struct bluez_radio *radio);
/* The adapter of the device; NULL while it is off, gone, or cannot connect. */
struct bluez_object *bluez_adapter_of(const struct bluez_radio *radio, const struct bluez_object *device);
/* On all powered adapters, the object through which the device is linked, else that of the adapter that heard it last. type:
 * "public" or "random"; the same address of the other type is another device. "": unknown. */
struct bluez_object *bluez_find_device(
        const struct bluez_radio *radio, const char *address, const char *type);
/* The adapter is making another link. */
bool bluez_adapter_is_taken(
        const struct bluez_radio *radio, const char *path, const struct bluez_link *except);
/* Cleans up adapters that are off: their scans, and what they had in sight. */
void bluez_adapters_settle(struct bluez_radio *radio);

/* link-bluez-sight.c */
int bluez_sight_init(struct bluez_radio *radio);
int bluez_radio_sight(
        const struct radio *base, const char *address, const char *address_type, struct radio_advert *ret);
void bluez_sight_done(struct bluez_radio *radio);
/* The device advertises, or was linked until now. */
void bluez_sight_heard(struct bluez_radio *radio, struct bluez_object *device);
void bluez_sight_lost(struct bluez_radio *radio, struct bluez_object *device);
/* Reports a device that is in sight. */
void bluez_advertise(struct bluez_radio *radio, const struct bluez_object *device);
void bluez_advertise_all(struct bluez_radio *radio);

/* link-bluez-scan.c */
int bluez_scan_new(struct bluez_radio *radio, struct bluez_object *adapter, struct bluez_scan **ret);
struct bluez_scan *bluez_scan_free(struct bluez_scan *scan);
/* Starts or stops scanning on each adapter, as wanted now. */
void bluez_scan_update(struct bluez_radio *radio);
/* The adapter was switched off: BlueZ no longer has our scan. */
void bluez_scan_forget(struct bluez_scan *scan);
/* Discovery is neither active nor pending. */
bool bluez_scan_is_over(const struct bluez_scan *scan);

/* link-bluez-link.c */
int bluez_link_open(struct radio *radio, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret);
/* A device object changed or went: closes, continues or rebinds its link. */
void bluez_links_check(struct bluez_radio *radio);
void bluez_links_close_all(struct bluez_radio *radio, const char *why);
bool bluez_links_search(const struct bluez_radio *radio);
struct bluez_link *bluez_link_by_path(struct bluez_radio *radio, const char *device_path);
/* Fire and forget: it takes two seconds, and nothing waits for it. */
void bluez_link_ask_disconnect(struct bluez_link *link);
/* Ends a link that was not ready yet, or could not be bound again. */
void bluez_link_fail(struct bluez_link *link, enum bluez_reason reason);
/* Ends a link that was ready. */
void bluez_link_closed(struct bluez_link *link, const char *why);
/* The bindings are gone while the link stands: binds again to BlueZ's current objects, or closes the link. */
void bluez_link_rebind(struct bluez_link *link, const char *why);
void bluez_link_bound(struct bluez_link *link);
extern const struct link_ops bluez_link_ops;

/* link-bluez-connect.c */
/* Something that links may wait for happened: advance each of them. */
void bluez_links_advance(struct bluez_radio *radio);
void bluez_link_advance(struct bluez_link *link);
void bluez_link_on_timer(struct clock_timer *timer, void *userdata);
/* Sets the timer of this step, at most to the deadline of a link that is being made. */
void bluez_link_arm(struct bluez_link *link, uint64_t usec);
/* Before it is ready: waits a moment and starts over, or fails with reason after the last attempt. */
void bluez_link_try_again(struct bluez_link *link, enum bluez_reason reason);

/* link-bluez-bind.c */
int bluez_link_bind(struct bluez_link *link);
/* The objects have all that the definition needs. */
bool bluez_link_can_bind(const struct bluez_link *link);
/* The bindings still exist, and the services of the device are still resolved. */
bool bluez_link_is_bound(const struct bluez_link *link);
void bluez_link_unbind(struct bluez_link *link);
void bluez_link_on_claim_timer(struct clock_timer *timer, void *userdata);

/* link-bluez-io.c */
int bluez_link_write(
        struct link *base, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n);
int bluez_link_queued(struct link *base, unsigned endpoint);
int bluez_link_new_call(
        struct bluez_link *link, unsigned endpoint, const char *method, sd_bus_message **ret);
/* Calls a method of the endpoint's characteristic; the reply's userdata is a struct bluez_call. */
int bluez_link_call(struct bluez_link *link, unsigned endpoint, sd_bus_message *m, uint64_t usec,
        sd_bus_slot **slot, sd_bus_message_handler_t reply);
void bluez_link_value(struct bluez_radio *radio, const char *path, const uint8_t *bytes, size_t n);
/* Reads each battery that has to be polled; the link is not ready before the first reply. */
int bluez_link_read_batteries(struct bluez_link *link, bool silent_only);
void bluez_link_on_battery_timer(struct clock_timer *timer, void *userdata);
/* Battery1 of that device changed. */
void bluez_link_battery(struct bluez_radio *radio, const struct bluez_object *device);
/* One of the replies arrived that a link waits for before it is ready. */
void bluez_link_one_bound(struct bluez_link *link);

struct bluez_call {
        struct bluez_link *link;
        unsigned endpoint;
};

/* link-bluez-reason.c */
/* The error means that the request is already in progress. */
bool bluez_error_is_busy(const sd_bus_error *e);
/* The device requires pairing. */
bool bluez_error_wants_pairing(const sd_bus_error *e);
/* Maps an error to our errno. */
int bluez_error_to_errno(const sd_bus_error *e);
int bluez_reason_to_errno(enum bluez_reason reason);
/* The full sentence, with what to do. */
const char *bluez_reason_to_sentence(
        enum bluez_reason reason, const char *address, char *buffer, size_t size);
