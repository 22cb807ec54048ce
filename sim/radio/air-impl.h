/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files of the virtual radio: air.c ties it together, controller.c has the host's commands, air-advert.c
 * advertising and connecting, air-link.c the link, air-att.c ATT on it, air-faults.c faults for tests. Others use
 * sim/radio/air.h. */

#include "lib/clock.h"
#include "sim/products/product.h"
#include "sim/radio/air.h"
#include "sim/radio/att-server.h"
#include "sim/radio/hci.h"

#define AIR_ACL_SIZE 251 /* the controller's buffers for ACL packets: size … */
#define AIR_ACL_PACKETS 16
#define AIR_ACCEPT_MAX 16

#define AIR_MTU 247 /* offered by a peripheral, unless a test sets another one */
#define AIR_RSSI (-60)

#define ADDRESS_SIZE 6
#define ADDRESS_RANDOM 0x01

struct peer_address {
        uint8_t type; /* 0: public, 1: random */
        uint8_t bytes[ADDRESS_SIZE];
};

/* Faults for tests; all zero: a healthy peripheral. */
struct air_faults {
        bool away;                 /* out of range */
        bool silent;               /* receives and answers no ATT; the link stays */
        bool connect_hangs;        /* a connection is never established */
        bool no_service;           /* the product's own services are missing … */
        bool services_lost;        /* … until the next link */
        bool advert_changes;       /* no two advertisements are alike */
        unsigned connect_fails;    /* so many connections more fail */
        unsigned connect_unheard;  /* of so many more the peripheral hears nothing … */
        unsigned connect_drops;    /* … or nothing but the first question */
        unsigned write_fails;      /* so many write requests more */
        unsigned notify_malformed; /* so many notifications more */
        uint64_t write_delay_usec; /* the answer to a write request takes so long */
        uint64_t flood_usec;       /* a senseless notification so often; 0: none */
};

/* How much of a link the peripheral receives. */
enum air_hearing {
        AIR_HEARS_ALL,
        AIR_HEARS_FEATURES, /* it only answers the request for its features */
        AIR_HEARS_NOTHING,
};

struct air_link {
        bool up;
        enum air_hearing hearing;
        uint64_t features_usec; /* when the host gets the features it asked for; 0: it did not ask */
        uint16_t handle;
        uint16_t interval, latency, timeout; /* in units of 1.25 ms, events and 10 ms */
        uint64_t close_usec;                 /* when it ends; infinity: not scheduled */
        uint8_t close_reason;
        unsigned unacknowledged; /* ACL packets of the host that occupy the controller's buffers */
        size_t n_frame; /* size of the current L2CAP frame; bytes that do not fit are counted, but not stored */
        uint8_t frame[L2CAP_HEADER + ATT_MTU_MAX];
};

struct peripheral {
        struct air *air;
        struct product *product;
        struct peer_address address;
        uint64_t phase_usec; /* offset of its advertising */
        uint64_t advert_usec;
        uint64_t reported_usec; /* last report to the host; 0: none in this scan */
        unsigned adverts;
        uint64_t flood_usec; /* when the next meaningless notification is due */
        unsigned moves;      /* number of times its services moved */
        struct air_faults faults;
        struct gatt_table table;
        struct att_server att;
        struct air_link link;
};

/* A packet to be sent later. */
struct air_later {
        struct air_later *next; /* sorted by time */
        uint64_t at_usec;
        const struct peripheral *link; /* dropped with this link; NULL: independent */
        struct packet packet;
};

struct controller {
        bool scanning, scan_active;
        bool scan_listed;   /* only devices on the accept list */
        bool scan_distinct; /* without duplicates */
        bool initiating, initiate_listed;
        struct peer_address initiate;
        uint16_t interval, latency, timeout; /* parameters of the next link */
        struct peer_address accept[AIR_ACCEPT_MAX];
        size_t n_accept;
};

struct air {
        struct air_host host;
        struct recorder *recorder;
        uint64_t now_usec;
        uint32_t random;
        uint16_t last_handle;
        struct controller controller;
        struct peripheral **peripherals;
        size_t n_peripherals;
        struct air_later *later;
        size_t n_later;
};

/* air.c */
struct peripheral *air_find(struct air *air, const char *address);
/* Deterministic: every run gives the same bytes. */
uint8_t air_random(struct air *air);
void air_send(struct air *air, const struct packet *packet);
/* Sends a packet in_usec from now (never before packets of the current call), unless the link drops before. */
void air_send_later(
        struct air *air, uint64_t in_usec, const struct peripheral *link, const struct packet *packet);
void air_forget_later(struct air *air, const struct peripheral *link);
/* An HCI event: begin, append to it, end sets its length. */
void air_event_begin(struct packet *packet, unsigned code);
void air_event_end(struct packet *packet);
void air_event_send(struct air *air, struct packet *packet);

/* controller.c: handles a command packet, without its H4 indicator. */
void controller_command(struct air *air, const uint8_t *bytes, size_t n);
/* Resets everything including links, as at power-on, without events. */
void controller_reset(struct air *air);
/* Whether the filtering list accepts the address. */
bool controller_accepts(const struct controller *controller, const struct peer_address *address);

/* air-advert.c */
bool address_equal(const struct peer_address *a, const struct peer_address *b);
/* Scanning or advertising begins: effective from the next advertising event on. */
void air_advert_begin(struct peripheral *peripheral);
uint64_t air_advert_next(const struct peripheral *peripheral);
void air_advert_due(struct peripheral *peripheral);
/* LE Connection Complete: for a link that is up, or that failed. */
void air_connection_complete(
        struct air *air, uint8_t status, const struct peer_address *peer, const struct air_link *link);

/* air-link.c */
struct peripheral *air_link_find(struct air *air, uint16_t handle);
size_t air_links(const struct air *air);
/* Reports a new link to the host, and to the product if it receives it. */
void air_link_up(struct peripheral *peripheral, enum air_hearing hearing);
/* The host asked for the peripheral's features. */
void air_link_read_features(struct peripheral *peripheral);
/* Whether a packet of the host arrives. */
bool air_link_reaches(const struct peripheral *peripheral);
/* The link ends in_usec from now, or earlier if already scheduled. */
void air_link_close(struct peripheral *peripheral, uint64_t in_usec, uint8_t reason);
/* Ends the link without telling the host. */
void air_link_down(struct peripheral *peripheral);
uint64_t air_link_next(const struct peripheral *peripheral);
void air_link_due(struct peripheral *peripheral);
/* Handles an ACL packet of the host, without its H4 indicator. */
void air_link_receive(struct air *air, const uint8_t *bytes, size_t n);
void air_link_send(
        struct peripheral *peripheral, uint64_t in_usec, uint16_t channel, const uint8_t *bytes, size_t n);
uint64_t air_link_interval_usec(const struct peripheral *peripheral);
/* The peripheral left the range, or came back. */
void air_link_range_changed(struct peripheral *peripheral);

/* air-att.c */
int air_att_init(struct peripheral *peripheral);
/* A new link. */
void air_att_begin(struct peripheral *peripheral);
void air_att_receive(struct peripheral *peripheral, const uint8_t *pdu, size_t n);
/* The product sent something. */
void air_att_notify(struct peripheral *peripheral, unsigned characteristic, const uint8_t *bytes, size_t n);
/* An invalid PDU; kinds are 1 to AIR_MALFORMED_MAX. */
#define AIR_MALFORMED_MAX 6
void air_att_malformed(struct peripheral *peripheral, unsigned kind);
/* Rebuilds the attributes, and notifies the client. */
int air_att_rebuild(struct peripheral *peripheral);
void air_att_flood_due(struct peripheral *peripheral);

/* air-faults.c */
struct air_fault {
        const char *name;
        int usual, least, most; /* value: default, and range */
        bool linked;            /* needs a link */
        int (*set)(struct peripheral *peripheral, int value);
};
/* NULL past the last. */
const struct air_fault *air_fault_at(size_t index);
