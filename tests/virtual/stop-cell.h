/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One cell of the table of stops: a state, a device and a cause. Brought about in a world of its own and judged by what
 * reached the simulated product and by the frames that the radio saw, never by what the model says of itself; what that
 * says is judged too, by the product. */

#include "tests/virtual/world.h"

/* A device that is in reach is linked again this soon after a break: half a second and a fifth of that, then the link and
 * its services. */
#define STOP_LINKED_AGAIN_USEC (700 * USEC_PER_MSEC)

/* How the frames reach the device. */
enum stop_link {
        STOP_REQUESTS, /* each is answered by the device */
        STOP_SOCKET,   /* commands, on a socket: never answered */
        STOP_CALLS,    /* commands, each a call to the stack: answered, but not by the device */
        _STOP_LINK_MAX,
};

struct stop_model {
        const char *name;
        const char *definition;
        const char *product; /* a kind of sim/products/product.h with that wire format */
        enum stop_link link;
};

struct stop_cell;

struct stop_expectation {
        /* Why the state cannot be on this link, and what shows that; the rest is then unused. */
        const char *cannot;
        void (*refused)(struct stop_cell *cell);
        /* The first frame of zero is with the link within this: 0 is the same turn, without the clock moving. */
        uint64_t within_usec;
        /* What the person must have been told about the device; NULL: nothing, for all went as it should. */
        const char *alert;
        /* What is said of the output a second after the stop. */
        enum certainty_state certainty;
};

struct stop_row {
        const char *name;
        void (*prepare)(struct stop_cell *cell); /* into the state */
        void (*strike)(
                struct stop_cell *cell);       /* the moment before the stop; may be NULL, like the others */
        void (*after)(struct stop_cell *cell); /* the same moment, after it */
        void (*mend)(struct stop_cell *cell);  /* instead of taking the faults away */
        uint64_t lasts_usec;                   /* the fault, after the stop */
        /* Zero was asked for already, or nothing is on: who loses its holder has nothing to add. */
        bool quiet;
        bool detached; /* lives on answers, not on a holder */
        bool over;     /* the session: what is of it alone has nothing to add */
        struct stop_expectation expected[_STOP_LINK_MAX];
};

struct stop_cause {
        const char *name;
        void (*act)(struct stop_cell *cell);
        bool of_holder; /* reaches the devices through a session that has one */
        bool of_all;    /* reaches every device, a session's or not */
        bool takes_time; /* the stop comes when the cause is noticed, and other things may have happened by then */
        bool not_when_detached;
};

struct stop_cell {
        const struct stop_row *row;
        const struct stop_model *model;
        const struct stop_cause *cause;
        char name[160];
        struct world *world;
        struct world_device *device, *other;
        uint64_t stopped_usec;  /* when the stop was asked for */
        uint64_t unlinked_usec; /* since when the radio link is broken; 0: it is not */
        size_t frames_before;   /* of the device, at that moment */
        unsigned alerts_before;
        bool judged;
        bool watching;
};

extern const struct stop_model stop_models[];
extern const size_t n_stop_models;
extern const struct stop_cause stop_causes[];
extern const size_t n_stop_causes;

/* Like fail_msg(), with the names of row, device and cause before it. */
void stop_fail(const struct stop_cell *cell, const char *format, ...) _printf_(2, 3);
#define stop_check(cell, condition, ...)              \
        do {                                          \
                if (!(condition))                     \
                        stop_fail(cell, __VA_ARGS__); \
        } while (0)

bool stop_cell_is_pads(const struct stop_cell *cell);

/* For cmocka: *state is a struct stop_cell. */
int stop_cell_setup(void **state);
int stop_cell_teardown(void **state);
/* Brings the state about, stops, and judges. */
void stop_cell_run(struct stop_cell *cell);
