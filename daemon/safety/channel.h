/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One output of one device and what is true of it, from what may be given to what the device says: queued → handed over →
 * answered → confirmed. The gate, the record, calibrations, views and D-Bus read this and nothing else. Levels are in thousandths of
 * the feature's unit, times are of the monotonic clock, 0: never. */

#include "daemon/safety/certainty.h"
#include "daemon/safety/gate.h"

struct channel_value {
        int64_t level;
        uint64_t at_usec;
};

/* Zero-initialised is a channel that is off, with a link that carried nothing yet. */
struct channel {
        struct gate gate;
        struct certainty certainty;
        int64_t queued; /* allowed and encoded; on its way to the link while it differs from what was handed over */
        struct channel_value handed;    /* the link took the frame that says it */
        struct channel_value answered;  /* the write of that frame was answered */
        struct channel_value confirmed; /* the device itself says that it is there */
        uint64_t begun_usec;            /* when the link last took a level above zero after zero */
        int64_t held_max;  /* the device stays at this although it was told more; 0: it does not */
        bool contact_lost; /* a pad is off the skin */
};

/* What a report of the device is good for. */
enum channel_report {
        CHANNEL_REPORT_STALE, /* it is older than what the device was told since, and proves nothing */
        CHANNEL_REPORT_TAKEN,
        CHANNEL_REPORT_CONFIRMS, /* for the first time it is at the level that was handed over last */
};

/* The gate allowed that level, and it was encoded. From here on the device may be at it. */
void channel_queue(struct channel *channel, int64_t level, uint64_t now);
/* The link took a frame of what was queued; whole: the last one. True when the link has another level now than before. */
bool channel_hand_over(struct channel *channel, bool whole, uint64_t now);
void channel_answer(struct channel *channel, uint64_t now);
/* The device reports a level. by_hand: a person at the device set it. last: it answers what it was told last, where the device says
 * that; so what it is at is what it takes. */
enum channel_report channel_report(
        struct channel *channel, int64_t level, bool by_hand, bool last, uint64_t now);

/* A stop sequence was handed over whole. */
void channel_stop(struct channel *channel, uint64_t now);
/* It had its time; acknowledged: each write of it was answered by the device. */
void channel_stopped(struct channel *channel, bool acknowledged, uint64_t now);
/* The link may carry nothing (lost: it is gone, and stops says whether the device ends its output then). */
void channel_doubt(struct channel *channel, uint64_t now);
void channel_lose(struct channel *channel, bool stops, uint64_t now);

/* The level that the device has, as far as it is known: what it confirmed where it confirms, else what was handed over. */
int64_t channel_taken(const struct channel *channel, bool confirms) _pure_;
/* What was allowed last has not been taken by the link yet. */
bool channel_is_behind(const struct channel *channel) _pure_;
