/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The transport seam, ending in simulated products instead of BlueZ. What is written reaches the product in the same moment;
 * answers and notifications come back through the clock, never from inside link_write(). Every frame is kept. */

#include "daemon/device/link.h"
#include "lib/clock.h"
#include "sim/products/product.h"

#define RADIO_FRAME_MAX 64u

/* A frame as it went out. */
struct radio_frame {
        uint64_t t_usec;
        char characteristic[37];
        bool request;
        uint8_t bytes[RADIO_FRAME_MAX];
        size_t n;
        size_t order; /* among the frames of all peers */
};

/* What came out at the body's end. */
struct radio_output {
        uint64_t t_usec;
        unsigned channel;
        struct product_output output;
};

/* What the product gives, in its own measure: permille of what a channel of pads can, or the speed that a gun was told and
 * took. A gun's motor runs down for a moment after that. */
struct radio_level {
        uint64_t t_usec;
        unsigned channel;
        unsigned level;
};

/* One product in reach. The fields up to the records may be set by a test at any time. */
struct virtual_peer {
        struct virtual_radio *radio;
        struct product *product;
        uint64_t answer_usec;  /* from a write request to its answer */
        uint64_t notify_usec;  /* how long a notification takes */
        bool out_of_reach;     /* links cannot be made */
        bool ignores_requests; /* they, and calls, neither arrive nor are answered */
        bool loses_commands;   /* they never arrive */
        bool loses_answers;    /* notifications never come back */
        bool has_no_socket; /* commands go by a call too: the stack answers it, whether they arrive or not */
        int write_error;    /* negative errno that the next write returns at once; 0: none */
        int refused_byte;   /* a frame that begins with this one is refused at once, */
        unsigned refusals;  /* so many times */
        int answer_error;   /* negative errno that requests are answered with */
        int queued;         /* bytes that the link says are still unsent */

        struct radio_frame *frames;
        size_t n_frames;
        struct radio_output *outputs; /* changes only */
        size_t n_outputs;
        struct radio_level *levels; /* changes only */
        size_t n_levels;
        unsigned missed_windows, dropped_groups, bad_frames;
        unsigned overlapping_requests; /* a request while another one was unanswered: a stack refuses it */
        unsigned setting;              /* of a gun: the speed that it was told and took */

        struct virtual_link *link;
        struct pending_notification *notifications;
        struct clock_timer *notify_timer, *product_timer;
        struct product_output last_outputs[4];
        struct virtual_peer *next;
};

struct virtual_radio;

struct virtual_radio *virtual_radio_new(struct clock *clock);
struct virtual_radio *virtual_radio_free(struct virtual_radio *radio);
struct radio *virtual_radio_base(struct virtual_radio *radio);

/* kind as in sim/products/product.h */
struct virtual_peer *virtual_radio_add(struct virtual_radio *radio, const char *kind, const char *address);
/* The adapter is switched off, or on again: links break, and the radio's handler is told, where there is one. */
void virtual_radio_set_state(struct virtual_radio *radio, enum radio_state state);
/* The link breaks now. */
void virtual_peer_drop(struct virtual_peer *peer);
/* What was bound is gone while the link stands; it comes back after comes_back_usec, or, 0, never: then the link closes. */
void virtual_peer_doubt(struct virtual_peer *peer, uint64_t comes_back_usec);
bool virtual_peer_is_linked(const struct virtual_peer *peer);
/* A hand on the product. */
void virtual_peer_poke(struct virtual_peer *peer, const char *control, int value);
/* What the body feels now. */
struct product_output virtual_peer_output(struct virtual_peer *peer, unsigned channel);
/* Of the levels: the one at that time, after all that happened in its moment; the highest of any channel from then on; the
 * largest rise of any channel within so long. */
unsigned virtual_peer_level_at(const struct virtual_peer *peer, unsigned channel, uint64_t t_usec);
unsigned virtual_peer_highest_since(const struct virtual_peer *peer, uint64_t t_usec);
unsigned virtual_peer_largest_rise(const struct virtual_peer *peer, uint64_t within_usec);
