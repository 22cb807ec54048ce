/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* limberd's bus server with its manager over simulated products, in virtual time, at one end of a socket pair; at the other end the
 * bus with its clients. Who calls is what the message says; the bus says whose a connection is, and polkit answers as it is told. */

#include <systemd/sd-bus.h>

#include "daemon/manager/manager.h"
#include "tests/fuzz/fuzz.h"
#include "tests/virtual/virtual-clock.h"
#include "tests/virtual/virtual-jobs.h"
#include "tests/virtual/virtual-radio.h"

#define BUS_CLIENTS 4u /* two runners, one more who has answered nothing, root */
#define BUS_PEERS 2u

/* Of one input, those that prepare it among them. */
#define BUS_CALLS_MAX 80u

struct bus_server;

struct bus_call {
        uint64_t cookie;
        char member[32];
        unsigned client;
        bool gone; /* its caller left: nobody waits for the answer */
};

struct bus_world {
        struct virtual_clock *clock;
        struct virtual_radio *radio;
        struct virtual_jobs *armed_jobs, *disk_jobs;
        struct virtual_peer *peers[BUS_PEERS];
        struct runner_store *runners;
        struct manager *manager;
        struct bus_server *server;
        struct clock_timer *beat_timer;
        sd_bus *bus, *client;
        bool beats, allows; /* holders beat; polkit says yes */
        bool reload_asked;
        char nonce[ARMING_NONCE_SIZE];        /* of the last challenge */
        char path[128];                       /* of the session that it was for */
        struct bus_call calls[BUS_CALLS_MAX]; /* that were not answered yet */
        unsigned n_calls;
};

extern const char *const bus_clients[BUS_CLIENTS];

struct bus_world *bus_world_new(void);
struct bus_world *bus_world_free(struct bus_world *world);
DEFINE_CLEANUP(struct bus_world *, bus_world_free);

/* A call of that client; takes the message. It is answered while the world runs. */
void bus_world_call(struct bus_world *world, unsigned client, sd_bus_message *m);
sd_bus_message *bus_world_message(
        struct bus_world *world, const char *path, const char *interface, const char *member);
/* Says which calls were not answered; false where there are any. */
bool bus_world_is_answered(const struct bus_world *world);
/* The bus carries what there is, and time runs. */
void bus_world_run(struct bus_world *world, uint64_t usec);
void bus_world_advertise(struct bus_world *world, unsigned peer);
/* That client leaves the bus. */
void bus_world_leave(struct bus_world *world, unsigned client);
