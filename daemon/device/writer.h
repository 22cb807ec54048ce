/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The one place that writes to a device. Lanes, in this order: stop, handshake, the device's own limits, setpoint (of the last
 * two the latest replaces what has not gone out). A stop goes to the link in the same turn, from frames encoded when the writer
 * was made; the other lanes keep the device's minimum gap and have at most one request on its way. */

#include "daemon/device/link.h"
#include "lib/clock.h"

enum writer_lane {
        WRITER_STOP,
        WRITER_HANDSHAKE,
        WRITER_LIMITS,
        WRITER_SETPOINT,
        _WRITER_LANE_MAX,
};

struct writer;

struct writer_handler {
        /* The link took a frame that is no stop; last: of its lane; waits: it will be answered. */
        void (*handed_over)(void *userdata, enum writer_lane lane, bool last, bool waits);
        /* The last frame of a lane was answered. */
        void (*answered)(void *userdata, enum writer_lane lane);
        /* The whole stop sequence is out: acknowledged is true when the device answered each write of it. Called once per
         * writer_stop(), after its repeats; a setpoint in between cancels it. */
        void (*stopped)(void *userdata, bool acknowledged);
        /* A stop was not answered in time, or the link does not take it; it is being tried again. */
        void (*stop_unconfirmed)(void *userdata, int error);
        /* A frame of another lane was lost. Everything queued behind it was dropped. */
        void (*failed)(void *userdata, enum writer_lane lane, int error);
};

/* stop holds the stop frames, copied. gap_usec is the device's minimum gap between frames, interval_usec the time
 * between two stops where only writes without response exist. */
int writer_new(struct clock *clock, const struct frames *stop, uint64_t gap_usec, uint64_t interval_usec,
        const struct writer_handler *handler, void *userdata, struct writer **ret);
struct writer *writer_free(struct writer *writer);
DEFINE_CLEANUP(struct writer *, writer_free);

/* The link to write to, or NULL when there is none any more: what was queued is gone, a stop under way is forgotten. */
void writer_set_link(struct writer *writer, struct link *link);

/* Zero, now. Drops setpoints; the handshake and the device's own limits go out behind it. 0: at least the first frame is with
 * the link, or waits for the one answer that must come before it; negative errno: the link did not take it (it is tried again
 * until writer_set_link(NULL)). */
int writer_stop(struct writer *writer);
/* The device itself said that it is at zero: no more repeats are needed. */
void writer_stop_confirmed(struct writer *writer);
bool writer_is_stopping(const struct writer *writer);
/* True while a stop, or the questions after connecting, are under way: what the device reports now is older than anything
 * that could be commanded now, so nothing should be. */
bool writer_is_settling(const struct writer *writer);
/* True while a setpoint waits for its turn. */
bool writer_is_behind(const struct writer *writer);

/* Queues frames on a lane; on WRITER_LIMITS and WRITER_SETPOINT they replace what still waits there. -ENOTCONN, -ENOBUFS. */
int writer_queue(struct writer *writer, enum writer_lane lane, const struct frames *frames);

/* From the link's handler: the answer to a write. */
void writer_written(struct writer *writer, unsigned endpoint, int result);

/* How long an answer may take before a stop is called unconfirmed. */
#define WRITER_ANSWER_USEC (1 * USEC_PER_SEC)
/* Where writes are not answered, a stop goes out this often. */
#define WRITER_STOP_REPEATS 2u
/* A frame that waits this long for the link's socket to empty means that the link stalled. */
#define WRITER_STALL_USEC (500 * USEC_PER_MSEC)
