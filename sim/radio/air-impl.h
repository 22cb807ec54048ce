/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the files that are the virtual radio share: air.c is the whole, controller.c the commands of the host,
 * air-advert.c the time before a link, air-link.c the link, air-att.c what runs over it, air-faults.c what a test may
 * break. Everybody else uses sim/radio/air.h. */

#include "lib/clock.h"
#include "sim/products/product.h"
#include "sim/radio/air.h"
#include "sim/radio/att-server.h"
#include "sim/radio/hci.h"

#define AIR_ACL_SIZE 251 /* the controller's buffers for ACL packets: their size … */
#define AIR_ACL_PACKETS 16
#define AIR_ACCEPT_MAX 16

#define AIR_MTU 247 /* what a peripheral offers, unless a test wants otherwise */
#define AIR_RSSI (-60)

#define ADDRESS_SIZE 6
#define ADDRESS_RANDOM 0x01

struct peer_address {
        uint8_t type; /* 0: public, 1: random */
        uint8_t bytes[ADDRESS_SIZE];
};

/* What a test may break; all zero is a healthy peripheral. */
struct air_faults {
        bool away;                 /* out of range */
        bool silent;               /* hears and answers no ATT; the link stays */
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

/* What the peripheral knows of a link. */
enum air_hearing {
        AIR_HEARS_ALL,
        AIR_HEARS_FEATURES, /* what it can do is all it ever answers */
        AIR_HEARS_NOTHING,
};

struct air_link {
        bool up;
        enum air_hearing hearing;
        uint64_t features_usec; /* when its features are known to the host, who asked; 0: nobody did */
        uint16_t handle;
        uint16_t interval, latency, timeout; /* in units of 1.25 ms, events and 10 ms */
        uint64_t close_usec;                 /* when it ends; infinity: not foreseen */
        uint8_t close_reason;
        unsigned unacknowledged; /* ACL packets of the host that wait in the controller */
        size_t n_frame;          /* an L2CAP frame so far; what does not fit is counted, and not kept */
        uint8_t frame[L2CAP_HEADER + ATT_MTU_MAX];
};

struct peripheral {
        struct air *air;
        struct product *product;
        struct peer_address address;
        uint64_t phase_usec; /* of its advertising */
        uint64_t advert_usec;
        uint64_t reported_usec; /* when the host was last told of it; 0: not in this scan */
        unsigned adverts;
        uint64_t flood_usec; /* when the next senseless notification is due */
        unsigned moves;      /* of its services */
        struct air_faults faults;
        struct gatt_table table;
        struct att_server att;
        struct air_link link;
};

/* A packet that goes out later. */
struct air_later {
        struct air_later *next; /* by time */
        uint64_t at_usec;
        const struct peripheral *link; /* goes with this link; NULL: with none */
        struct packet packet;
};

struct controller {
        bool scanning, scan_active;
        bool scan_listed;   /* only who is on the accept list */
        bool scan_distinct; /* duplicates are left out */
        bool initiating, initiate_listed;
        struct peer_address initiate;
        uint16_t interval, latency, timeout; /* of the link to come */
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
/* Deterministic: the same run gives the same bytes. */
uint8_t air_random(struct air *air);
void air_send(struct air *air, const struct packet *packet);
/* Sends it in_usec from now (never before what the present call itself sends), unless the link falls before. */
void air_send_later(
        struct air *air, uint64_t in_usec, const struct peripheral *link, const struct packet *packet);
void air_forget_later(struct air *air, const struct peripheral *link);
/* An HCI event: begin, add to it, and it is given its length. */
void air_event_begin(struct packet *packet, unsigned code);
void air_event_end(struct packet *packet);
void air_event_send(struct air *air, struct packet *packet);

/* controller.c: the packet of a command, without its H4 indicator. */
void controller_command(struct air *air, const uint8_t *bytes, size_t n);
/* Forgets links and all, as at power-on, and says nothing. */
void controller_reset(struct air *air);
/* … whether the list that filters has it. */
bool controller_accepts(const struct controller *controller, const struct peer_address *address);

/* air-advert.c */
bool address_equal(const struct peer_address *a, const struct peer_address *b);
/* Somebody begins to listen, or it to advertise: from its next turn on. */
void air_advert_begin(struct peripheral *peripheral);
uint64_t air_advert_next(const struct peripheral *peripheral);
void air_advert_due(struct peripheral *peripheral);
/* LE Connection Complete: of a link that is up, or of one that failed. */
void air_connection_complete(
        struct air *air, uint8_t status, const struct peer_address *peer, const struct air_link *link);

/* air-link.c */
struct peripheral *air_link_find(struct air *air, uint16_t handle);
size_t air_links(const struct air *air);
/* Tells the host of a new link, and the product if it hears all. */
void air_link_up(struct peripheral *peripheral, enum air_hearing hearing);
/* The host asked for the peripheral's features. */
void air_link_read_features(struct peripheral *peripheral);
/* Whether a packet of the host gets there. */
bool air_link_reaches(const struct peripheral *peripheral);
/* The link ends in_usec from now, unless it does before. */
void air_link_close(struct peripheral *peripheral, uint64_t in_usec, uint8_t reason);
/* Ends it, and does not tell the host. */
void air_link_down(struct peripheral *peripheral);
uint64_t air_link_next(const struct peripheral *peripheral);
void air_link_due(struct peripheral *peripheral);
/* An ACL packet of the host, without its H4 indicator. */
void air_link_receive(struct air *air, const uint8_t *bytes, size_t n);
void air_link_send(
        struct peripheral *peripheral, uint64_t in_usec, uint16_t channel, const uint8_t *bytes, size_t n);
uint64_t air_link_interval_usec(const struct peripheral *peripheral);
/* It left the range, or came back. */
void air_link_range_changed(struct peripheral *peripheral);

/* air-att.c */
int air_att_init(struct peripheral *peripheral);
/* A new link. */
void air_att_begin(struct peripheral *peripheral);
void air_att_receive(struct peripheral *peripheral, const uint8_t *pdu, size_t n);
/* The product sent something. */
void air_att_notify(struct peripheral *peripheral, unsigned characteristic, const uint8_t *bytes, size_t n);
/* A PDU that no peripheral should send, one of air_att_malformed_max kinds from 1. */
#define AIR_MALFORMED_MAX 6
void air_att_malformed(struct peripheral *peripheral, unsigned kind);
/* Makes the attributes anew, and tells the client. */
int air_att_rebuild(struct peripheral *peripheral);
void air_att_flood_due(struct peripheral *peripheral);

/* air-faults.c */
struct air_fault {
        const char *name;
        int usual, least, most; /* value: when none is given, and from … to … */
        bool linked;            /* makes no sense without a link */
        int (*set)(struct peripheral *peripheral, int value);
};
/* NULL after the last. */
const struct air_fault *air_fault_at(size_t index);
