/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Fills a history with a year of daily sessions: bench-history PATH SESSIONS EVENTS. Prints microseconds per event and the
 * size of the file. */

#include <sys/stat.h>
#include <time.h>

#include "daemon/record/history.h"
#include "lib/clock.h"

#define BATCH 64u
#define DAY_USEC (24 * 3600 * USEC_PER_SEC)

struct fill {
        struct history *history;
        struct history_event events[BATCH];
        unsigned n;
        uint64_t at_usec;
        int result;
};

static uint64_t usec(clockid_t clock) {
        struct timespec t;

        (void) clock_gettime(clock, &t);
        return (uint64_t) t.tv_sec * USEC_PER_SEC + (uint64_t) t.tv_nsec / 1000;
}

static void flush(struct fill *fill) {
        if (fill->result >= 0)
                fill->result = history_append(fill->history, fill->events, fill->n);
        fill->n = 0;
}

static void put(struct fill *fill, struct record_entry entry) {
        fill->at_usec += 50 * USEC_PER_MSEC;
        fill->events[fill->n++] = (struct history_event){ .at_usec = fill->at_usec, .entry = entry };
        if (fill->n == BATCH)
                flush(fill);
}

/* What a session puts, most of it setpoints. */
static void put_session(struct fill *fill, unsigned id, unsigned n_events) {
        put(fill,
                (struct record_entry){ RECORD_SESSION_STARTED, .session = id, .routine = "post-run-easy" });
        put(fill, (struct record_entry){ RECORD_STEP, .session = id, .routine = "post-run-easy",
                          .feature = "percussion", .zone = "calf", .side = "left",
                          .asked = 60 * USEC_PER_SEC, .text = "Gun on the calf" });
        for (unsigned i = 4; i < n_events; i++)
                put(fill, (struct record_entry){ RECORD_SETPOINT, .session = id, .routine = "post-run-easy",
                                  .device = "C0:FF:EE:00:00:01", .feature = "motor", .asked = 31000,
                                  .given = 20000 + i, .reason = "slew" });
        put(fill, (struct record_entry){ RECORD_DOSE, .session = id, .routine = "post-run-easy",
                          .feature = "percussion", .zone = "calf", .side = "left",
                          .given = 60 * USEC_PER_SEC });
        put(fill, (struct record_entry){ RECORD_SESSION_ENDED, .session = id, .routine = "post-run-easy",
                          .text = "completed" });
}

int main(int argc, char *argv[]) {
        _cleanup_free_ char *sentence = NULL;
        unsigned sessions, events;
        struct fill fill = {};
        uint64_t begun;
        struct stat st;

        if (argc != 4)
                return 2;
        sessions = (unsigned) atoi(argv[2]);
        events = (unsigned) atoi(argv[3]);
        fill.result = history_open(argv[1], &fill.history, &sentence);
        if (fill.result < 0) {
                fprintf(stderr, "%s\n", sentence);
                return 1;
        }
        begun = usec(CLOCK_MONOTONIC);
        for (unsigned id = 1; id <= sessions && fill.result >= 0; id++) {
                fill.at_usec = usec(CLOCK_REALTIME) - (sessions - id + 1) * (DAY_USEC / 3);
                put_session(&fill, id, events / sessions);
        }
        flush(&fill);
        begun = usec(CLOCK_MONOTONIC) - begun;
        history_free(fill.history);
        if (fill.result < 0 || stat(argv[1], &st) < 0)
                return 1;
        printf("%.3f %lld\n", (double) begun / events, (long long) st.st_size);
        return 0;
}
