/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/device/writer.h"

struct writer {
        struct clock *clock;
        struct clock_timer *pump_timer;   /* next frame of a paced lane */
        struct clock_timer *answer_timer; /* outstanding request */
        struct clock_timer *repeat_timer; /* next round of the stop */
        const struct writer_handler *handler;
        void *userdata;
        struct link *link;
        struct frames stop;
        struct frames lanes[_WRITER_LANE_MAX];
        uint64_t gap_usec, interval_usec;
        uint64_t next_usec;     /* earliest time of the next paced frame */
        uint64_t stalled_usec;  /* since when the socket has not emptied; 0: it is empty */
        unsigned setpoint_next; /* frame of the setpoint to hand over next */
        bool setpoint_replaced; /* in this round, behind its first frame: there is another round */
        bool waiting;           /* one write is outstanding and will be answered */
        enum writer_lane waiting_lane;
        unsigned waiting_ends; /* of a setpoint: as in struct writer_turn */
        bool stopping;         /* from writer_stop() to its end */
        unsigned stop_next;    /* frame of the sequence to hand over next */
        unsigned rounds;       /* sequences handed over */
        uint64_t stop_usec;    /* when it began */
        bool answered;         /* every frame of the stop so far is one that is answered */
        bool reports;          /* the device says when it is off */
        bool was_off;          /* at every writer_stop() since it began: there is nothing to report */
        uint64_t
                told_usec; /* when the last stop sequence was handed over; 0: something else went out since */
};

static void pump(struct writer *writer);

static void end_waiting(struct writer *writer) {
        writer->waiting = false;
        clock_timer_disarm(writer->answer_timer);
}

static void drop_lanes(struct writer *writer, enum writer_lane from) {
        for (unsigned i = from; i < _WRITER_LANE_MAX; i++)
                writer->lanes[i].n = 0;
        writer->setpoint_next = 0;
        writer->setpoint_replaced = false;
        writer->stalled_usec = 0;
        clock_timer_disarm(writer->pump_timer);
}

static void end_stop(struct writer *writer) {
        bool acknowledged = writer->answered;

        writer->stopping = false;
        clock_timer_disarm(writer->repeat_timer);
        writer->handler->stopped(writer->userdata, acknowledged);
        if (writer->link)
                pump(writer);
}

/* The features of a frame of the setpoint: one that carries no level belongs to all. */
static unsigned features_of(const struct frame *frame) {
        return frame->features != 0 ? frame->features : UINT8_MAX;
}

static struct writer_turn turn_of(const struct frames *setpoint, unsigned at) {
        struct writer_turn turn = { .features = features_of(&setpoint->items[at]) };

        turn.begins = turn.ends = turn.features;
        for (unsigned i = 0; i < at; i++)
                turn.begins &= ~features_of(&setpoint->items[i]);
        for (unsigned i = at + 1; i < setpoint->n; i++)
                turn.ends &= ~features_of(&setpoint->items[i]);
        return turn;
}

/* Takes the frame whose turn it is from its lane. */
static struct frame take_frame(struct writer *writer, enum writer_lane lane, struct writer_turn *ret) {
        struct frames *frames = &writer->lanes[lane];
        unsigned at = lane == WRITER_SETPOINT ? writer->setpoint_next : 0;
        struct frame frame = frames->items[at];

        *ret = (struct writer_turn){};
        if (lane == WRITER_SETPOINT) {
                *ret = turn_of(frames, at);
                writer->setpoint_next = (at + 1) % frames->n;
                if (writer->setpoint_next == 0) {
                        if (!writer->setpoint_replaced)
                                frames->n = 0;
                        writer->setpoint_replaced = false;
                }
        } else {
                frames->n--;
                memmove(frames->items, frames->items + 1, frames->n * sizeof(frames->items[0]));
        }
        ret->last = frames->n == 0;
        return frame;
}

/* Hands one frame over; turn: NULL for a stop. Returns as link_write(). */
static int hand_over(struct writer *writer, enum writer_lane lane, const struct frame *frame,
        const struct writer_turn *turn) {
        int r;

        r = link_write(writer->link, frame->endpoint, frame->write, frame->bytes, frame->n);
        if (r < 0)
                return r;
        writer->next_usec = clock_now(writer->clock) + writer->gap_usec;
        if (r > 0) {
                writer->waiting = true;
                writer->waiting_lane = lane;
                writer->waiting_ends = turn ? turn->ends : 0;
                clock_timer_arm_in(writer->answer_timer, WRITER_ANSWER_USEC);
        }
        if (turn) {
                writer->told_usec = 0;
                writer->handler->handed_over(writer->userdata, lane, turn, r > 0);
        }
        return r;
}

/* It cannot go out before the outstanding answer: it is answered itself, or the stack would refuse a second call. A command through
 * a socket passes: ATT lets commands go out behind an unanswered request (Bluetooth Core, vol. 3 part F, 3.3.2). */
static bool must_wait(const struct writer *writer, const struct frame *frame) {
        return writer->waiting &&
               (frame->write == FRAME_REQUEST || link_queued(writer->link, frame->endpoint) < 0);
}

/* The whole sequence was handed over, and answered where it is answered. */
static bool stop_is_out(const struct writer *writer) {
        return writer->stop_next >= writer->stop.n &&
               !(writer->waiting && writer->waiting_lane == WRITER_STOP);
}

/* One round of the stop sequence, as far as possible without waiting for an answer. */
static int push_stop(struct writer *writer) {
        int r = 0;

        while (writer->stop_next < writer->stop.n &&
                !must_wait(writer, &writer->stop.items[writer->stop_next])) {
                r = hand_over(writer, WRITER_STOP, &writer->stop.items[writer->stop_next], NULL);
                if (r < 0)
                        break;
                /* Without a socket the stack itself answers a command, which proves nothing about the device. */
                if (r == 0 || writer->stop.items[writer->stop_next].write == FRAME_COMMAND)
                        writer->answered = false;
                if (r == 0)
                        writer->waiting_ends = 0; /* what is still to be answered is from before */
                writer->stop_next++;
        }
        if (r < 0) {
                writer->handler->stop_unconfirmed(writer->userdata, r);
                clock_timer_arm_in(writer->repeat_timer, writer->interval_usec);
                return r;
        }
        if (writer->stop_next >= writer->stop.n)
                writer->told_usec = clock_now(writer->clock);
        if (!stop_is_out(writer))
                return 0;
        writer->rounds++;
        if (writer->answered)
                end_stop(writer);
        else
                clock_timer_arm_in(writer->repeat_timer, writer->interval_usec);
        return 0;
}

/* As often as is enough when nothing is answered: a device that hears nothing within its minimum gap was told again after it. */
static bool was_told_enough(const struct writer *writer) {
        return writer->rounds >= WRITER_STOP_REPEATS &&
               writer->told_usec >= writer->stop_usec + writer->gap_usec;
}

/* The device itself will say that it is off. */
static bool awaits_report(const struct writer *writer) {
        return writer->reports && !writer->was_off;
}

/* The link's socket still holds a frame: bluetoothd has not read all of it. */
static bool stop_is_unsent(const struct writer *writer) {
        for (unsigned i = 0; i < writer->stop.n; i++)
                if (link_queued(writer->link, writer->stop.items[i].endpoint) > 0)
                        return true;
        return false;
}

static void on_repeat(struct clock_timer *timer, void *userdata) {
        struct writer *writer = userdata;

        if (!writer->stopping || !writer->link)
                return;
        /* More frames behind it would not help. */
        if (writer->stop_next >= writer->stop.n && stop_is_unsent(writer)) {
                clock_timer_arm_in(writer->repeat_timer, writer->interval_usec);
                if (clock_now(writer->clock) - writer->stop_usec >= WRITER_STALL_USEC)
                        writer->handler->stop_unconfirmed(writer->userdata, -EAGAIN);
                return;
        }
        if (writer->stop_next >= writer->stop.n) {
                if (was_told_enough(writer) && !awaits_report(writer)) {
                        end_stop(writer);
                        return;
                }
                writer->stop_next = 0;
                if (awaits_report(writer) &&
                        clock_now(writer->clock) - writer->stop_usec >= WRITER_ANSWER_USEC)
                        writer->handler->stop_unconfirmed(writer->userdata, -ETIMEDOUT);
        }
        (void) push_stop(writer);
}

/* The request was not answered: the device may have ignored it, or the link is failing. */
static void on_no_answer(struct clock_timer *timer, void *userdata) {
        struct writer *writer = userdata;
        enum writer_lane lane = writer->waiting_lane;

        if (lane == WRITER_STOP || writer->stopping) {
                /* Still one request at a time: a second one before the answer would be refused. Report it and keep waiting;
                 * the answer, an error or the loss of the link ends it. */
                writer->handler->stop_unconfirmed(writer->userdata, -ETIMEDOUT);
                clock_timer_arm_in(writer->answer_timer, WRITER_ANSWER_USEC);
                return;
        }
        drop_lanes(writer, WRITER_STOP);
        writer->handler->failed(writer->userdata, lane, -ETIMEDOUT);
}

/* The highest-priority lane that has a frame. */
static bool next_lane(const struct writer *writer, enum writer_lane *ret) {
        for (unsigned i = WRITER_HANDSHAKE; i < _WRITER_LANE_MAX; i++)
                if (writer->lanes[i].n > 0) {
                        *ret = (enum writer_lane) i;
                        return true;
                }
        return false;
}

static void fail_lane(struct writer *writer, enum writer_lane lane, int error) {
        drop_lanes(writer, WRITER_STOP);
        writer->handler->failed(writer->userdata, lane, error);
}

/* Frames queued behind an unsent one would be stale when they go out: wait, and give up after a while. */
static bool link_is_stalled(struct writer *writer, enum writer_lane lane, uint64_t now) {
        const struct frame *frame =
                &writer->lanes[lane].items[lane == WRITER_SETPOINT ? writer->setpoint_next : 0];

        if (link_queued(writer->link, frame->endpoint) <= 0) {
                writer->stalled_usec = 0;
                return false;
        }
        if (writer->stalled_usec == 0)
                writer->stalled_usec = now;
        if (now - writer->stalled_usec >= WRITER_STALL_USEC)
                fail_lane(writer, lane, -EAGAIN);
        else
                clock_timer_arm(writer->pump_timer, now + 5 * USEC_PER_MSEC);
        return true;
}

static void pump(struct writer *writer) {
        enum writer_lane lane;

        while (writer->link && !writer->waiting && !writer->stopping && next_lane(writer, &lane)) {
                uint64_t now = clock_now(writer->clock);
                struct writer_turn turn;
                struct frame frame;
                int r;

                if (now < writer->next_usec) {
                        clock_timer_arm(writer->pump_timer, writer->next_usec);
                        return;
                }
                if (link_is_stalled(writer, lane, now))
                        return;

                frame = take_frame(writer, lane, &turn);
                r = hand_over(writer, lane, &frame, &turn);
                if (r < 0) {
                        fail_lane(writer, lane, r);
                        return;
                }
        }
}

static void on_pump(struct clock_timer *timer, void *userdata) {
        pump(userdata);
}

int writer_new(struct clock *clock, const struct frames *stop, uint64_t gap_usec, uint64_t interval_usec,
        const struct writer_handler *handler, void *userdata, struct writer **ret) {
        _cleanup_(writer_freep) struct writer *writer = NULL;
        int r;

        if (stop->n == 0)
                return -EINVAL;
        writer = calloc(1, sizeof(*writer));
        if (!writer)
                return -ENOMEM;
        writer->clock = clock;
        writer->handler = handler;
        writer->userdata = userdata;
        writer->stop = *stop;
        writer->gap_usec = gap_usec;
        writer->interval_usec = interval_usec;

        r = clock_timer_new(clock, on_pump, writer, &writer->pump_timer);
        if (r >= 0)
                r = clock_timer_new(clock, on_no_answer, writer, &writer->answer_timer);
        if (r >= 0)
                r = clock_timer_new(clock, on_repeat, writer, &writer->repeat_timer);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(writer);
        return 0;
}

void writer_await_reports(struct writer *writer) {
        writer->reports = true;
}

struct writer *writer_free(struct writer *writer) {
        if (!writer)
                return NULL;
        clock_timer_free(writer->pump_timer);
        clock_timer_free(writer->answer_timer);
        clock_timer_free(writer->repeat_timer);
        free(writer);
        return NULL;
}

void writer_set_link(struct writer *writer, struct link *link) {
        writer->link = link;
        drop_lanes(writer, WRITER_STOP);
        end_waiting(writer);
        writer->stopping = false;
        clock_timer_disarm(writer->repeat_timer);
        writer->next_usec = writer->told_usec = 0;
}

/* A whole stop was handed over within WRITER_TOLD_USEC, and nothing else since. */
static bool was_just_told(const struct writer *writer) {
        return writer->told_usec > 0 && clock_now(writer->clock) - writer->told_usec < WRITER_TOLD_USEC;
}

/* The stop sequence is out and its repeat is scheduled. If every caller restarted it, it would never finish. */
static bool will_repeat(const struct writer *writer) {
        return writer->stopping && stop_is_out(writer);
}

int writer_stop(struct writer *writer, bool is_off) {
        bool was_stopping = writer->stopping;

        if (!writer->link)
                return -ENOTCONN;
        writer->was_off = is_off && (!was_stopping || writer->was_off);
        if ((is_off && was_just_told(writer)) || will_repeat(writer)) {
                drop_lanes(writer, WRITER_SETPOINT);
                pump(writer); /* what waits of the handshake still goes out */
                return 0;
        }
        if (!was_stopping)
                writer->stop_usec = clock_now(writer->clock);
        /* The handshake and the device's own limits go out behind the stop. */
        drop_lanes(writer, WRITER_SETPOINT);
        writer->stopping = true;
        writer->answered = true;
        writer->stop_next = 0;
        writer->rounds = 0;
        clock_timer_disarm(writer->repeat_timer);
        /* It goes out after the answer. The clock starts now, with the first stop only, so that later ones do not put off the
         * alarm. */
        if (must_wait(writer, &writer->stop.items[0])) {
                if (!was_stopping)
                        clock_timer_arm_in(writer->answer_timer, WRITER_ANSWER_USEC);
                return 0;
        }
        return push_stop(writer);
}

void writer_stop_confirmed(struct writer *writer) {
        if (!writer->stopping || !stop_is_out(writer))
                return;
        writer->answered = true;
        end_stop(writer);
}

bool writer_is_stopping(const struct writer *writer) {
        return writer->stopping;
}

bool writer_is_settling(const struct writer *writer) {
        return writer->stopping || writer->lanes[WRITER_HANDSHAKE].n > 0 ||
               (writer->waiting && writer->waiting_lane == WRITER_HANDSHAKE);
}

bool writer_is_behind(const struct writer *writer) {
        return writer->lanes[WRITER_SETPOINT].n > 0;
}

/* The newest setpoint, of which the next frame is the one whose turn it was, or the one with a zero. */
static void replace_setpoint(struct writer *writer, const struct frames *frames, unsigned zeroes) {
        if (writer->lanes[WRITER_SETPOINT].n != frames->n)
                writer->setpoint_next = 0; /* other frames altogether */
        for (unsigned i = frames->n; i-- > 0;)
                if (frames->items[i].features & zeroes)
                        writer->setpoint_next = i;
        writer->setpoint_replaced = writer->setpoint_next > 0;
        writer->lanes[WRITER_SETPOINT].n = 0;
}

static int queue_frames(
        struct writer *writer, enum writer_lane lane, const struct frames *frames, unsigned zeroes) {
        struct frames *queue = &writer->lanes[lane];

        if (!writer->link)
                return -ENOTCONN;
        if (frames->n == 0)
                return 0;
        if (lane == WRITER_LIMITS)
                queue->n = 0;
        if (lane == WRITER_SETPOINT) {
                replace_setpoint(writer, frames, zeroes);
                /* The stop is out except for its repeats. A person armed again since, and the repeats would undo the new
                 * setpoint. */
                if (writer->stopping && stop_is_out(writer) && writer->rounds > 0) {
                        writer->stopping = false;
                        clock_timer_disarm(writer->repeat_timer);
                }
        }
        if (queue->n + frames->n > PROTOCOL_FRAMES_MAX)
                return -ENOBUFS;
        memcpy(queue->items + queue->n, frames->items, frames->n * sizeof(frames->items[0]));
        queue->n += frames->n;
        pump(writer);
        return 0;
}

int writer_queue(struct writer *writer, enum writer_lane lane, const struct frames *frames) {
        return queue_frames(writer, lane, frames, 0);
}

int writer_queue_setpoint(struct writer *writer, const struct frames *frames, unsigned zeroes) {
        return queue_frames(writer, WRITER_SETPOINT, frames, zeroes);
}

void writer_written(struct writer *writer, unsigned endpoint, int result) {
        enum writer_lane lane = writer->waiting_lane;

        if (!writer->waiting)
                return;
        end_waiting(writer);

        if (writer->stopping) {
                if (lane == WRITER_STOP && result < 0) {
                        if (writer->stop_next > 0) /* 0: restarted by another stop since */
                                writer->stop_next--;
                        writer->handler->stop_unconfirmed(writer->userdata, result);
                        clock_timer_arm_in(writer->repeat_timer, writer->interval_usec);
                        return;
                }
                /* This answers a frame from before the stop; what waits of the stop is next. */
                if (writer->stop_next < writer->stop.n || lane == WRITER_STOP)
                        (void) push_stop(writer);
                if ((lane == WRITER_HANDSHAKE || lane == WRITER_LIMITS) && result < 0)
                        fail_lane(writer, lane, result);
                return;
        }
        if (result < 0) {
                fail_lane(writer, lane, result);
                return;
        }
        if (lane == WRITER_SETPOINT ? writer->waiting_ends != 0 : writer->lanes[lane].n == 0)
                writer->handler->answered(writer->userdata, lane, writer->waiting_ends);
        pump(writer);
}
