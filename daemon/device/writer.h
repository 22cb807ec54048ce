/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The only place that writes to a device. Lanes, by priority: stop, handshake, the device's own limits, setpoint (in the
 * last two a new entry replaces what has not gone out). A setpoint of several frames goes out in rounds: what replaces it begins where it
 * was, or with a level that has become zero, so that every frame has its turn, each with its newest values. A stop goes to the link in the same loop iteration, from frames
 * encoded when the writer was made; the other lanes keep the device's minimum gap and have at most one outstanding request. */

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

/* What a frame is among those of its lane. */
struct writer_turn {
        bool last;
        /* A setpoint: a bit for each feature of which it is the first frame of this round (begins) or the last (ends). */
        unsigned features, begins, ends;
};

struct writer_handler {
        /* The link took a frame other than a stop. waits: it will be answered. */
        void (*handed_over)(
                void *userdata, enum writer_lane lane, const struct writer_turn *turn, bool waits);
        /* The last frame of a lane was answered; of a setpoint, the last of those for the features in ends. */
        void (*answered)(void *userdata, enum writer_lane lane, unsigned ends);
        /* The whole stop sequence is out; acknowledged: the device answered each write of it, or reported zero. Called after
         * its repeats, once for all writer_stop() meanwhile; a setpoint in between cancels it. */
        void (*stopped)(void *userdata, bool acknowledged);
        /* A stop was not answered in time, or the link does not take it; it is being retried. */
        void (*stop_unconfirmed)(void *userdata, int error);
        /* A frame of another lane was lost. Everything queued behind it was dropped. */
        void (*failed)(void *userdata, enum writer_lane lane, int error);
};

/* stop holds the stop frames, copied. gap_usec is the device's minimum gap between frames, which a stop does not keep. interval_usec is
 * the time until a stop that was refused, or that nobody answers, is sent again. */
int writer_new(struct clock *clock, const struct frames *stop, uint64_t gap_usec, uint64_t interval_usec,
        const struct writer_handler *handler, void *userdata, struct writer **ret);
/* The device reports its level: a stop of what may be on, and whose writes are not answered, is repeated until
 * writer_stop_confirmed(). One that is off may have nothing to report: the maker of the Coyote promises a report of a change. */
void writer_await_reports(struct writer *writer);
struct writer *writer_free(struct writer *writer);
DEFINE_CLEANUP(struct writer *, writer_free);

/* Sets the link to write to. NULL: there is none any more; drops what was queued and forgets a stop under way. */
void writer_set_link(struct writer *writer, struct link *link);

/* Zero, now. Drops setpoints; the handshake and the device's own limits go out behind the stop. 0: at least the first frame
 * is with the link, or waits for the one outstanding answer; negative errno: the link did not take it (retried until
 * writer_set_link(NULL)).
 * Anybody may stop, as often as they like: a device that is off (is_off) and was told within WRITER_TOLD_USEC, with nothing sent
 * since, is not told again; nor is one whose stop is out and will be repeated by itself. */
int writer_stop(struct writer *writer, bool is_off);
/* The device reported zero: no more repeats are needed. */
void writer_stop_confirmed(struct writer *writer);
bool writer_is_stopping(const struct writer *writer);
/* True while a stop or the handshake is under way: reports of the device are then older than any new command, so nothing
 * should be commanded. */
bool writer_is_settling(const struct writer *writer);
/* True while a setpoint waits for its turn. */
bool writer_is_behind(const struct writer *writer);

/* Queues frames on a lane; on WRITER_LIMITS and WRITER_SETPOINT they replace what still waits there. -ENOTCONN, -ENOBUFS. */
int writer_queue(struct writer *writer, enum writer_lane lane, const struct frames *frames);
/* A setpoint in which these features, a bit each, have become zero: the frame that says so goes first. */
int writer_queue_setpoint(struct writer *writer, const struct frames *frames, unsigned zeroes);

/* To be called by the link's handler: a write was answered. */
void writer_written(struct writer *writer, unsigned endpoint, int result);

/* See writer_stop(). */
#define WRITER_TOLD_USEC (100 * USEC_PER_MSEC)
/* A stop without an answer for this long is reported as unconfirmed. */
#define WRITER_ANSWER_USEC (1 * USEC_PER_SEC)
/* Number of times a stop is sent at least when neither writes are answered nor levels reported; it is sent until the device's minimum
 * gap has passed. */
#define WRITER_STOP_REPEATS 2u
/* The link counts as stalled when a frame has waited this long for its socket to empty. */
#define WRITER_STALL_USEC (500 * USEC_PER_MSEC)
