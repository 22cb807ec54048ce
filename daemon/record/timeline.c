/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/record/timeline.h"

/* The network's small corrections change both clocks; what lies further apart was set. */
#define CLOCK_SET_USEC INT64_C(2000000)

/* One run of the machine, or all events of before schema version 5. */
struct run {
        uint64_t first_seq;
        char boot[40];         /* empty: before version 5 */
        uint64_t last_up_usec; /* of its last event */
        uint64_t later_usec;   /* how long the machine ran after it, until now */
        /* A moment at which the wall clock was right. */
        bool has_anchor;
        uint64_t anchor_wall_usec, anchor_up_usec;
        uint64_t
                until_wall_usec; /* the earliest anchor of the runs after it, and now, where its clock is right */
};

struct timeline {
        struct timeline_now now;
        struct run *runs; /* the first is that of the events without a clock */
        size_t n_runs;
        uint64_t next_seq; /* of what is not recorded yet */
        bool news;
};

static struct run *last_run(struct timeline *timeline) {
        return &timeline->runs[timeline->n_runs - 1];
}

static int add_run(struct timeline *timeline, uint64_t first_seq, const char *boot) {
        struct run *grown = reallocarray(timeline->runs, timeline->n_runs + 1, sizeof(*grown));

        if (!grown)
                return -ENOMEM;
        timeline->runs = grown;
        grown[timeline->n_runs] = (struct run){ .first_seq = first_seq };
        (void) snprintf(grown[timeline->n_runs].boot, sizeof(grown->boot), "%s", boot);
        timeline->n_runs++;
        return 0;
}

/* Somebody set the clock after that event of this run, while no limberd was there to see it. */
static bool was_set_since(const struct timeline *timeline, const struct history_event *event) {
        const struct timeline_now *now = &timeline->now;
        int64_t then = (int64_t) (event->at_usec - event->up_usec);

        return llabs((int64_t) (now->wall_usec - now->up_usec) - then) > CLOCK_SET_USEC;
}

static int take_clock(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        struct timeline *timeline = userdata;
        struct run *run = last_run(timeline);

        if (isempty(e->text) ||
                !(streq_ptr(e->reason, RECORD_CLOCK_STARTED) || streq_ptr(e->reason, RECORD_CLOCK_SET)))
                return 0;
        if (!streq(run->boot, e->text)) {
                int r = add_run(timeline, event->seq, e->text);

                if (r < 0)
                        return r;
                run = last_run(timeline);
        }
        timeline->news = (e->given != 0) != timeline->now.wall_is_kept ||
                         (e->given != 0 && was_set_since(timeline, event));
        if (e->given != 0) {
                run->has_anchor = true;
                run->anchor_wall_usec = event->at_usec;
                run->anchor_up_usec = event->up_usec;
        }
        return 0;
}

static bool is_this_run(const struct timeline *timeline, const struct run *run) {
        return streq(run->boot, timeline->now.boot);
}

/* From the last to the first: each ran before those that are done. */
static int add_up(struct timeline *timeline, struct history *history) {
        uint64_t later_usec = 0, next_seq = timeline->next_seq;
        uint64_t until_usec = timeline->now.wall_is_kept ? timeline->now.wall_usec : UINT64_MAX;
        int r = 0;

        for (size_t i = timeline->n_runs; r >= 0 && i-- > 0;) {
                struct run *run = &timeline->runs[i];

                if (is_this_run(timeline, run))
                        run->last_up_usec = timeline->now.up_usec;
                else {
                        if (i + 1 == timeline->n_runs)
                                later_usec = timeline->now.up_usec;
                        r = history_up_before(history, next_seq, &run->last_up_usec);
                }
                run->until_wall_usec = is_this_run(timeline, run) ? UINT64_MAX : until_usec;
                if (run->has_anchor)
                        until_usec = MIN(until_usec, run->anchor_wall_usec);
                run->later_usec = later_usec;
                later_usec += run->last_up_usec;
                next_seq = run->first_seq;
        }
        return r;
}

int timeline_new(struct history *history, const struct timeline_now *now, struct timeline **ret) {
        _cleanup_(timeline_freep) struct timeline *timeline = calloc(1, sizeof(*timeline));
        int r;

        if (!timeline)
                return -ENOMEM;
        timeline->now = *now;
        timeline->news = true;
        timeline->next_seq = history_head(history)->seq + 1;
        r = add_run(timeline, 0, "");
        if (r >= 0)
                r = history_clocks(history, take_clock, timeline);
        if (r >= 0)
                r = add_up(timeline, history);
        if (r < 0)
                return r;
        timeline->news |= !is_this_run(timeline, last_run(timeline));
        *ret = TAKE_PTR(timeline);
        return 0;
}

struct timeline *timeline_free(struct timeline *timeline) {
        if (!timeline)
                return NULL;
        free(timeline->runs);
        free(timeline);
        return NULL;
}

static const struct run *run_of(const struct timeline *timeline, uint64_t seq) {
        size_t i = timeline->n_runs - 1;

        while (i > 0 && timeline->runs[i].first_seq > seq)
                i--;
        return &timeline->runs[i];
}

/* When it was so late in a run, by a wall clock that was right; 0: unknown. */
static uint64_t true_wall(const struct run *run, uint64_t at_usec, uint64_t up_usec) {
        uint64_t wall_usec;

        /* Nobody noted then whether it was right; it was all that was gone by. */
        if (isempty(run->boot))
                wall_usec = at_usec;
        else if (run->has_anchor)
                wall_usec = run->anchor_wall_usec + up_usec - run->anchor_up_usec;
        else
                return 0;
        /* It was before a moment that had an earlier time: one of the two clocks was wrong, and nobody knows which. */
        return wall_usec > run->until_wall_usec ? 0 : wall_usec;
}

struct timeline_age timeline_age(const struct timeline *timeline, const struct history_event *event) {
        const struct run *run = run_of(timeline, event->seq);
        const struct timeline_now *now = &timeline->now;
        struct timeline_age age = { .wall_usec = true_wall(run, event->at_usec, event->up_usec) };
        uint64_t last_usec = MAX(run->last_up_usec, event->up_usec);

        age.ran_usec = age.least_usec = last_usec - event->up_usec + run->later_usec;
        age.is_measured = is_this_run(timeline, run);
        age.is_known = age.is_measured || (age.wall_usec > 0 && now->wall_is_kept);
        if (!age.is_measured && age.is_known && now->wall_usec > age.wall_usec)
                age.least_usec = MAX(age.least_usec, now->wall_usec - age.wall_usec);
        return age;
}

uint64_t timeline_run(const struct timeline *timeline, uint64_t seq) {
        return MAX(run_of(timeline, seq)->first_seq, UINT64_C(1));
}

uint64_t timeline_since(const struct timeline *timeline, uint64_t age_usec) {
        const struct timeline_now *now = &timeline->now;
        uint64_t since = timeline->next_seq;

        for (size_t i = timeline->n_runs; i-- > 0;) {
                const struct run *run = &timeline->runs[i];
                /* Its last event is its youngest. */
                uint64_t youngest = run->later_usec;

                if (run->has_anchor && now->wall_is_kept) {
                        uint64_t wall = true_wall(run, 0, run->last_up_usec);

                        if (wall > 0 && now->wall_usec > wall)
                                youngest = MAX(youngest, now->wall_usec - wall);
                }
                if (!is_this_run(timeline, run) && youngest >= age_usec)
                        break;
                since = run->first_seq;
        }
        return MAX(since, UINT64_C(1));
}

int timeline_first_young(
        const struct timeline *timeline, struct history *history, uint64_t age_usec, uint64_t *ret_seq) {
        uint64_t seq = timeline_since(timeline, age_usec), up_usec = timeline->now.up_usec;

        if (is_this_run(timeline, run_of(timeline, seq)) && up_usec > age_usec)
                return history_seq_at_up(history, seq, up_usec - age_usec, ret_seq);
        *ret_seq = seq;
        return 0;
}

bool timeline_is_news(const struct timeline *timeline) {
        return timeline->news;
}
