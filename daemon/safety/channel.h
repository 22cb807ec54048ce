/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* One output of one device: its level at each stage, from the gate to the device's report: queued → handed over → answered →
 * confirmed. The gate, the record, calibrations, views and D-Bus read only this. Levels are in thousandths of the feature's
 * unit, times are of the monotonic clock, 0: never. */

#include "daemon/safety/certainty.h"
#include "daemon/safety/gate.h"

struct channel_value {
        int64_t level;
        uint64_t at_usec;
};

/* Zero-initialised: a channel that is off, on a link that has carried nothing yet. */
struct channel {
        struct gate gate;
        struct certainty certainty;
        int64_t queued; /* allowed and encoded; still on its way to the link while it differs from handed */
        int64_t begun_level;            /* what its first frame of this round carried */
        struct channel_value handed;    /* the link took the frame with this level */
        struct channel_value answered;  /* the write of that frame was answered */
        struct channel_value confirmed; /* the device reported this level */
        uint64_t noted_usec;            /* when a handed-over level was last reported for the first time */
        uint64_t begun_usec;            /* when the link last took a nonzero level after zero */
        int64_t held_max; /* the device stays at this level although it was sent a higher one; 0: it does not */
        bool contact_lost; /* a pad is off the skin */
};

/* How a report of the device is used. */
enum channel_report {
        CHANNEL_REPORT_STALE, /* older than the last command, proves nothing */
        CHANNEL_REPORT_TAKEN,
        CHANNEL_REPORT_CONFIRMS, /* the device is at the last handed-over level, for the first time */
};

/* The gate allowed this level and it was encoded. From here on the device may be at it. */
void channel_queue(struct channel *channel, int64_t level, uint64_t now);
/* The link took a frame of what was queued; the first (begins) or the last (ends) of those that carry it. True when the level at the link
 * changed. */
bool channel_hand_over(struct channel *channel, bool begins, bool ends, uint64_t now);
void channel_answer(struct channel *channel, uint64_t now);
/* The device reports a level. by_hand: a person set it at the device. last: the report answers the last command, on devices
 * that say so; the level is then the one the device accepts. */
enum channel_report channel_report(
        struct channel *channel, int64_t level, bool by_hand, bool last, uint64_t now);

/* The whole stop sequence was handed over. */
void channel_stop(struct channel *channel, uint64_t now);
/* The stop had time to take effect. acknowledged: the device answered each of its writes. */
void channel_stopped(struct channel *channel, bool acknowledged, uint64_t now);
/* The link may not carry anything (doubt) or is gone (lose; stops: the device ends its output by itself then). */
void channel_doubt(struct channel *channel, uint64_t now);
void channel_lose(struct channel *channel, bool stops, uint64_t now);

/* The level of the device as far as it is known: the handed-over one, but no more than the confirmed one where it confirms. */
int64_t channel_taken(const struct channel *channel, bool confirms) _pure_;
/* The link has not taken yet what was last allowed. */
bool channel_is_behind(const struct channel *channel) _pure_;
