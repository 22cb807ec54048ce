/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The inside of the BlueZ radio: link-bluez.c is the radio, link-bluez-objects.c knows the objects, link-bluez-mirror.c
 * keeps them true, link-bluez-scan.c looks for devices,
 * link-bluez-connect.c makes a link, link-bluez-io.c carries bytes over it. */

#include "daemon/bluez/link-bluez.h"

#define BLUEZ_NAME "org.bluez"
#define BLUEZ_ADAPTER "org.bluez.Adapter1"
#define BLUEZ_DEVICE "org.bluez.Device1"
#define BLUEZ_SERVICE "org.bluez.GattService1"
#define BLUEZ_CHARACTERISTIC "org.bluez.GattCharacteristic1"

enum bluez_kind {
        BLUEZ_KIND_ADAPTER,
        BLUEZ_KIND_DEVICE,
        BLUEZ_KIND_SERVICE,
        BLUEZ_KIND_CHARACTERISTIC,
        _BLUEZ_KIND_MAX,
};

struct bluez_object {
        struct bluez_object *next;
        enum bluez_kind kind;
        char *path;
        char address[18], address_type[8], name[64]; /* adapter, device */
        char uuid[37];                               /* service, characteristic */
        char modalias[32];                           /* adapter */
        bool powered, connected, resolved, paired, in_sight, can_command;
        uint16_t mtu;       /* characteristic; 0: not told (bluetoothd before 5.62) */
        bool leaving;       /* we asked for its disconnect, which takes two seconds */
        uint64_t left_usec; /* when it was told that the link of a leaving device is gone; 0: not so */
        int rssi;
};

enum bluez_step {
        BLUEZ_STEP_QUEUED, /* waits for its turn, or for the device to be seen */
        BLUEZ_STEP_CONNECTING,
        BLUEZ_STEP_LINKED, /* Connect() said yes; whether it is true is read from the device's properties */
        BLUEZ_STEP_RESOLVING,
        BLUEZ_STEP_READING, /* asks for all objects: ServicesResolved can come before its services */
        BLUEZ_STEP_BINDING, /* StartNotify, AcquireWrite */
        BLUEZ_STEP_READY,
};

struct bluez_endpoint {
        char *path;
        int fd;     /* AcquireWrite socket, or -EBADF */
        size_t mtu; /* of ATT; what is longer than it carries would vanish, or be sent in pieces */
        sd_event_source *hangup;
        sd_bus_slot *bind_slot, *write_slot, *read_slot;
};

struct bluez_radio;

struct bluez_link {
        struct link base;
        struct bluez_radio *radio;
        struct bluez_link *next;
        char address[18], address_type[8];
        const struct device_definition *definition;
        enum bluez_step step;
        char *path; /* of the device object */
        struct clock_timer *timer;
        sd_bus_slot *slot; /* Connect, or the reading of all objects */
        unsigned tries, busy_tries;
        uint64_t opened_usec;
        bool looked_again;
        bool was_ready; /* its user was told; from then on it ends by closed() */
        bool cleared;   /* what bluetoothd kept of the device was thrown away once */
        bool retrying;  /* waits before the next try */
        struct bluez_endpoint endpoints[PROTOCOL_ENDPOINTS_MAX];
        unsigned unbound; /* replies that are still to come */
        int failure;      /* from clock timer: what to fail with */
};

struct bluez_radio {
        struct radio base;
        sd_bus *bus;
        struct clock *clock;
        bool simulated, trusted; /* trusted: the org.bluez there is one we may use */
        bool present;            /* its objects are known */
        enum radio_state told;
        struct bluez_object *objects;
        struct bluez_link *links;
        struct bluez_link *connecting; /* one at a time per adapter */
        sd_bus_slot *name_slot, *added_slot, *removed_slot, *changed_slot, *objects_slot, *trust_slot;
        struct clock_timer *retry_timer;
        unsigned retries;
        void (*known)(void *userdata); /* once, at the first answer */
        void *known_userdata;
        bool scan_wanted, scanning, scan_busy;
        sd_bus_slot *scan_slot;
        struct clock_timer *scan_timer; /* a refused scan is asked for again; busy until then */
        char version[16];
};

/* link-bluez-objects.c */
/* _BLUEZ_KIND_MAX: none of those that are kept. */
enum bluez_kind bluez_kind_of(const char *interface);
struct bluez_object *bluez_find_path(const struct bluez_radio *radio, const char *path);
struct bluez_object *bluez_find_adapter(const struct bluez_radio *radio);
/* type: "public" or "random"; the same address of the other type is another device. "": not known. */
struct bluez_object *bluez_find_device(
        const struct bluez_radio *radio, const char *address, const char *type);
struct bluez_object *bluez_find_characteristic(const struct bluez_radio *radio, const char *device_path,
        const char *service, const char *characteristic);
/* An object and all below it; NULL: everything. */
void bluez_objects_remove(struct bluez_radio *radio, const char *path);
/* a{sv} of one interface of an object. values: deliver "Value" too (only from PropertiesChanged). */
int bluez_properties_read(struct bluez_radio *radio, sd_bus_message *m, struct bluez_object *o, bool values);
/* a{sa{sv}}: all interfaces of one object. */
int bluez_interfaces_read(struct bluez_radio *radio, sd_bus_message *m, const char *path);
/* Takes in a reply of GetManagedObjects. */
int bluez_mirror_read(struct bluez_radio *radio, sd_bus_message *m);
/* Tells of a device that is in sight. */
void bluez_advertise(struct bluez_radio *radio, const struct bluez_object *o);

/* link-bluez-mirror.c */
int bluez_mirror_start(struct bluez_radio *radio);
void bluez_mirror_done(struct bluez_radio *radio);

/* link-bluez-scan.c */
int bluez_scan_init(struct bluez_radio *radio);
void bluez_scan_update(struct bluez_radio *radio);
void bluez_scan_forget(struct bluez_radio *radio);

/* link-bluez-connect.c */
int bluez_link_open(struct radio *radio, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret);
/* Something a link may wait for happened: go on with each. */
void bluez_links_advance(struct bluez_radio *radio);
/* The stack says that what was asked for is under way already. */
bool bluez_error_is_busy(const sd_bus_error *e);
/* The device object changed or went; the link of it closes, or goes on. */
void bluez_links_check(struct bluez_radio *radio);
void bluez_links_close_all(struct bluez_radio *radio, const char *why);
bool bluez_links_search(const struct bluez_radio *radio);
/* What was bound is gone while the link stands: binds it again from what BlueZ has now, or closes the link. */
void bluez_link_rebind(struct bluez_link *link, const char *why);
/* Before it is ready: waits a moment and starts over, or fails with error when that was the last try. */
void bluez_link_try_again(struct bluez_link *link, int error);
/* Ends a link towards its user: failed() before it was ready, closed() after. */
void bluez_link_close(struct bluez_link *link, int error, const char *why);
/* The seam's free(): cancels what is under way and asks for the disconnect of what is linked. */
void bluez_link_free(struct link *base);
struct bluez_link *bluez_link_by_path(struct bluez_radio *radio, const char *device_path);

/* link-bluez-io.c */
int bluez_link_bind(struct bluez_link *link);
/* All that the definition needs is among the objects. */
bool bluez_link_can_bind(const struct bluez_link *link);
/* What was bound is still there, and the services of the device are still known. */
bool bluez_link_is_bound(const struct bluez_link *link);
void bluez_link_unbind(struct bluez_link *link);
void bluez_link_bound(struct bluez_link *link);
void bluez_link_value(struct bluez_radio *radio, const char *path, const uint8_t *bytes, size_t n);
extern const struct link_ops bluez_link_ops;
