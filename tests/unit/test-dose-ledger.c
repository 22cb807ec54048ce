/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* REQ12 and REQ16 across sessions, restarts, midnight, and clocks that were set. */

#include "daemon/runner/dose-ledger.h"
#include "daemon/service/dose-history.h"
#include "tests/test.h"

#define SECOND ((int64_t) USEC_PER_SEC)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct zone_dose part(
        unsigned session, enum role_kind kind, const char *zone, enum side side, int64_t on, int64_t ended) {
        struct zone_dose dose = { .runner = 1000,
                .session = session,
                .zone = zone_by_id(zone),
                .side = side,
                .kind = kind,
                .on_usec = (uint64_t) on,
                .ended = dose_time_at(ended) };

        assert_non_null(dose.zone);
        return dose;
}

static enum dose_rule ask(const struct dose_ledger *ledger, const struct zone_dose *planned,
        int64_t now_usec, uint64_t *ret_wait_usec) {
        struct dose_answer answer = dose_ledger_ask(ledger, planned, now_usec);

        assert_false(answer.may_be_over);
        if (ret_wait_usec && answer.rule != DOSE_ALLOWED)
                *ret_wait_usec = answer.wait_usec;
        return answer.rule;
}

static enum dose_rule ask_routine(const struct dose_ledger *ledger, uid_t runner, const char *routine,
        uint64_t min_gap_usec, int64_t now_usec, uint64_t *ret_wait_usec) {
        struct dose_answer answer = dose_ledger_ask_routine(ledger, runner, routine, min_gap_usec, now_usec);

        assert_false(answer.may_be_over);
        if (ret_wait_usec && answer.rule != DOSE_ALLOWED)
                *ret_wait_usec = answer.wait_usec;
        return answer.rule;
}

#define P ROLE_PERCUSSION
#define E ROLE_ESTIM
#define L SIDE_LEFT
#define R SIDE_RIGHT

static void another_body_is_not_concerned(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose done = part(1, P, "calf", L, MINUTE, 0), planned = part(2, P, "calf", L, MINUTE, 0);

        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(dose_ledger_add(ledger, &done), 0);
        assert_int_equal(dose_ledger_hurt(ledger, 1000, "post-run-easy", done.zone, L, dose_time_at(0)), 0);
        planned.runner = 1001;
        assert_int_equal(ask(ledger, &planned, 1, NULL), DOSE_ALLOWED);
        assert_int_equal(ask_routine(ledger, 1001, "post-run-easy", 0, 1, NULL), DOSE_ALLOWED);
}

static void doses_of_a_session_add_up(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose done = part(1, P, "calf", L, 20 * SECOND, 0),
                         planned = part(2, P, "calf", L, MINUTE, 0);

        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(dose_ledger_add(ledger, &done), 0);
        assert_int_equal(ask(ledger, &planned, HOUR, NULL), DOSE_ALLOWED);
        done.ended = dose_time_at(MINUTE);
        assert_int_equal(dose_ledger_add(ledger, &done), 0);
        assert_int_equal(dose_ledger_had(ledger, &done), 40 * SECOND);
        assert_int_equal(ask(ledger, &planned, HOUR, NULL), DOSE_GAP);
}

/* Trained at 0; who has had so many sessions with pads asks again then. */
static void req12_a_muscle_that_was_trained_rests(void **state) {
        static const struct {
                unsigned sessions;
                bool strength;
                int64_t now_usec;
                enum dose_rule rule;
                int64_t wait_usec;
        } cases[] = {
                { 3, true, DAY - 1, DOSE_STRENGTH, 1 },
                { 3, true, DAY, DOSE_ALLOWED, 0 },
                { 3, true, DAY + 1, DOSE_ALLOWED, 0 },
                { 2, true, DAY, DOSE_STRENGTH, DAY },
                { 2, true, 2 * DAY - 1, DOSE_STRENGTH, 1 },
                { 2, true, 2 * DAY, DOSE_ALLOWED, 0 },
                /* What only soothes has its two hours. */
                { 3, false, 2 * HOUR - 1, DOSE_GAP, 1 },
                { 3, false, 2 * HOUR, DOSE_ALLOWED, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
                struct zone_dose done = part(9, E, "quads", L, MINUTE, 0),
                                 planned = part(10, E, "quads", L, MINUTE, 0);
                uint64_t wait = 0;

                assert_int_equal(dose_ledger_new(&ledger), 0);
                done.strength = true;
                assert_int_equal(dose_ledger_add(ledger, &done), 0);
                assert_int_equal(dose_ledger_set_pads_sessions(ledger, 1000, cases[i].sessions, 9), 0);
                planned.strength = cases[i].strength;
                assert_int_equal(ask(ledger, &planned, cases[i].now_usec, &wait), cases[i].rule);
                assert_int_equal(wait, cases[i].wait_usec);
        }
}

/* Slices, by other names and on both sides, over sessions: together they are a training. */
static void req12_strength_in_slices_is_strength(void **state) {
        static const struct {
                unsigned session;
                const char *zone;
                enum side side;
        } slices[] = { { 1, "hamstrings", L }, { 1, "hamstring_lateral", SIDE_BOTH },
                { 2, "hamstrings", SIDE_BOTH } };
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(9, E, "hamstrings", L, MINUTE, 0);
        uint64_t wait = 0;

        planned.strength = true;
        assert_int_equal(dose_ledger_new(&ledger), 0);
        for (unsigned i = 0; i < ARRAY_SIZE(slices); i++) {
                struct zone_dose done =
                        part(slices[i].session, E, slices[i].zone, slices[i].side, 12 * SECOND, i * MINUTE);

                assert_int_equal(ask(ledger, &planned, 3 * HOUR, NULL), DOSE_ALLOWED);
                done.strength = true;
                assert_int_equal(dose_ledger_add(ledger, &done), 0);
        }
        assert_int_equal(ask(ledger, &planned, 3 * HOUR, &wait), DOSE_STRENGTH);
        assert_int_equal(wait, 2 * DAY + 2 * MINUTE - 3 * HOUR);
        planned.side = R;
        assert_int_equal(ask(ledger, &planned, 3 * HOUR, NULL), DOSE_ALLOWED);
}

/* However many short ones somebody has: nothing is forgotten, of them or of others. */
static void many_doses_forget_nothing(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(99999, P, "calf", L, MINUTE, 0),
                         other = part(99999, P, "quads", L, 2 * MINUTE, HOUR);

        assert_int_equal(dose_ledger_new(&ledger), 0);
        for (unsigned i = 1; i <= 5000; i++) {
                struct zone_dose done = part(i, P, i % 2 ? "calf" : "quads", i % 3 ? L : R, SECOND / 60, i);

                assert_int_equal(dose_ledger_add(ledger, &done), 0);
        }
        other.runner = 1001;
        assert_int_equal(dose_ledger_add(ledger, &other), 0);
        other.session++;
        assert_int_equal(ask(ledger, &other, 2 * HOUR, NULL), DOSE_GAP);
        planned.on_usec = 4 * 60 * SECOND - 5000 / 2 * 2 / 3 * (SECOND / 60) + SECOND;
        assert_int_equal(ask(ledger, &planned, 7 * HOUR, NULL), DOSE_MINUTES);
}

static void req13_a_session_with_pads_counts_once_when_something_was_treated(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose calf = part(1, E, "calf", L, 28 * SECOND, 0),
                         quads = part(1, E, "quads", L, MINUTE, 0), gun = part(2, P, "calf", L, MINUTE, 0);

        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(dose_ledger_add(ledger, &calf), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 0);
        calf.on_usec = SECOND;
        assert_int_equal(dose_ledger_add(ledger, &calf), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 1);
        assert_int_equal(dose_ledger_add(ledger, &quads), 0);
        assert_int_equal(dose_ledger_add(ledger, &gun), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 1);
        quads.session = 3;
        assert_int_equal(dose_ledger_add(ledger, &quads), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 2);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1001), 0);
}

static void a_routine_keeps_its_own_gap(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        uint64_t wait = 0;

        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(dose_ledger_done(ledger, 1000, "easy", dose_time_at(0)), 0);
        assert_int_equal(dose_ledger_done(ledger, 1000, "easy", dose_time_at(HOUR)), 0);
        assert_int_equal(
                ask_routine(ledger, 1000, "easy", 20 * HOUR, 21 * HOUR - 1, &wait), DOSE_ROUTINE_GAP);
        assert_int_equal(wait, 1);
        assert_int_equal(ask_routine(ledger, 1000, "easy", 20 * HOUR, 21 * HOUR, NULL), DOSE_ALLOWED);
        assert_int_equal(ask_routine(ledger, 1000, "easy", 0, HOUR, NULL), DOSE_ALLOWED);
        assert_int_equal(ask_routine(ledger, 1000, "hard", 20 * HOUR, HOUR, NULL), DOSE_ALLOWED);
        assert_int_equal(ask_routine(ledger, 1001, "easy", 20 * HOUR, HOUR, NULL), DOSE_ALLOWED);
        /* A clock that went back makes it no shorter. */
        assert_int_equal(ask_routine(ledger, 1000, "easy", 20 * HOUR, -HOUR, &wait), DOSE_ROUTINE_GAP);
        assert_int_equal(wait, 20 * HOUR);
        assert_int_equal(dose_ledger_done(ledger, 1000, "other", dose_time_at(8 * DAY)),
                0); /* forgets what is too old to matter */
        assert_int_equal(ask_routine(ledger, 1000, "easy", 20 * HOUR, 2 * HOUR, NULL), DOSE_ALLOWED);
}

static void req16_what_hurt_rests(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose calf = part(2, P, "calf", L, MINUTE, 0), right = part(2, P, "calf", R, MINUTE, 0),
                         stim = part(2, E, "calf", L, MINUTE, 0);
        uint64_t wait = 0;

        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(dose_ledger_hurt(ledger, 1000, "post-run-easy", calf.zone, L, dose_time_at(0)), 0);
        assert_int_equal(ask(ledger, &calf, DAY - 1, &wait), DOSE_ZONE_REST);
        assert_int_equal(wait, 1);
        assert_int_equal(ask(ledger, &stim, DAY - 1, NULL), DOSE_ZONE_REST);
        assert_int_equal(ask(ledger, &right, 1, NULL), DOSE_ALLOWED);
        assert_int_equal(ask(ledger, &calf, DAY, NULL), DOSE_ALLOWED);
        assert_int_equal(
                ask_routine(ledger, 1000, "post-run-easy", 0, 10 * MINUTE - 1, &wait), DOSE_ROUTINE_REST);
        assert_int_equal(wait, 1);
        assert_int_equal(ask_routine(ledger, 1000, "post-run-easy", 0, 10 * MINUTE, NULL), DOSE_ALLOWED);
        assert_int_equal(ask_routine(ledger, 1000, "first-light", 0, 1, NULL), DOSE_ALLOWED);
        /* A clock that went back: the rest begins anew, it never ends early. */
        assert_int_equal(ask(ledger, &calf, -HOUR, &wait), DOSE_ZONE_REST);
        assert_int_equal(wait, DAY);
}

/* From a record */

struct kept {
        char directory[64], path[96];
        struct history *history;
};

static int setup(void **state) {
        struct kept *kept = calloc(1, sizeof(*kept));
        char *sentence = NULL;

        assert_non_null(kept);
        (void) snprintf(kept->directory, sizeof(kept->directory), "/tmp/limber-doses-XXXXXX");
        assert_non_null(mkdtemp(kept->directory));
        (void) snprintf(kept->path, sizeof(kept->path), "%s/history.db", kept->directory);
        assert_int_equal(history_open(kept->path, &kept->history, &sentence), 0);
        *state = kept;
        return 0;
}

static int teardown(void **state) {
        struct kept *kept = *state;

        history_free(kept->history);
        (void) unlink(kept->path);
        assert_int_equal(rmdir(kept->directory), 0);
        free(kept);
        return 0;
}

/* A moment on the wall: 2026-10-25, when summer time ends in Europe, at 00:30 UTC. */
#define WALL ((int64_t) 1792888200 * SECOND)

static void keep(struct kept *kept, int64_t at, struct record_entry entry) {
        struct history_event event = { .at_usec = (uint64_t) (WALL + at), .entry = entry };

        entry.runner = 1000;
        event.entry.runner = 1000;
        assert_int_equal(history_append(kept->history, &event, 1), 0);
}

static void keep_session(struct kept *kept, unsigned id, int64_t at, const char *ended) {
        keep(kept, at, (struct record_entry){ RECORD_SESSION_STARTED, .session = id, .routine = "easy" });
        keep(kept, at + SECOND,
                (struct record_entry){ RECORD_STEP, .session = id, .routine = "easy",
                        .feature = "percussion", .zone = "calf", .side = "left", .asked = 90 * SECOND });
        if (!ended)
                return;
        keep(kept, at + 61 * SECOND,
                (struct record_entry){ RECORD_DOSE, .session = id, .routine = "easy",
                        .feature = "percussion", .zone = "calf", .side = "left", .given = 60 * SECOND });
        keep(kept, at + 62 * SECOND,
                (struct record_entry){ RECORD_SESSION_ENDED, .session = id, .text = ended });
}

/* The machine starts at that time on the wall, whose clock is right. */
static int load(struct dose_ledger *ledger, struct kept *kept, int64_t wall, int64_t now_usec) {
        const struct timeline_now now = {
                .wall_usec = (uint64_t) (WALL + wall), .wall_is_kept = true, .boot = "this"
        };
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;

        assert_int_equal(timeline_new(kept->history, &now, &timeline), 0);
        return dose_ledger_load(ledger, kept->history, timeline, now_usec);
}

/* A daemon starts at that time on the wall, `now` being its clock; what may the calf have then? */
static enum dose_rule ask_after_restart(struct kept *kept, int64_t wall, int64_t now, uint64_t *ret_wait) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(99, P, "calf", L, MINUTE, 0);

        *ret_wait = 0;
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, wall, now), 0);
        return ask(ledger, &planned, now, ret_wait);
}

static void req12_a_restart_forgets_nothing(void **state) {
        struct kept *kept = *state;
        uint64_t wait;

        keep_session(kept, 1, 0, "completed");
        assert_int_equal(ask_after_restart(kept, 61 * SECOND + 6 * HOUR - 1, 5 * SECOND, &wait), DOSE_GAP);
        assert_int_equal(wait, 1);
        assert_int_equal(ask_after_restart(kept, 61 * SECOND + 6 * HOUR, 5 * SECOND, &wait), DOSE_ALLOWED);
        /* Midnight and the end of summer time lie between: a day is 24 hours. */
        keep_session(kept, 2, 7 * HOUR, "completed");
        assert_int_equal(ask_after_restart(kept, 61 * SECOND + DAY - 1, 5 * SECOND, &wait), DOSE_SESSIONS);
        assert_int_equal(wait, 1);
        assert_int_equal(ask_after_restart(kept, 61 * SECOND + DAY, 5 * SECOND, &wait), DOSE_ALLOWED);
}

/* A clock that contradicts the record ends nothing, and locks nobody out: the runner is asked. */
static void req12_a_clock_set_back_ends_nothing_early(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(99, P, "calf", L, MINUTE, 0);
        struct kept *kept = *state;
        struct dose_answer answer;

        keep_session(kept, 1, 0, "completed");
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, -3 * DAY, 5 * SECOND), 0);
        answer = dose_ledger_ask(ledger, &planned, 5 * SECOND);
        assert_int_equal(answer.rule, DOSE_GAP);
        assert_int_equal(answer.wait_usec, 6 * HOUR);
        assert_true(answer.may_be_over);
        dose_ledger_said(ledger, 1000, 9 * HOUR, dose_time_at(5 * SECOND));
        assert_int_equal(ask(ledger, &planned, 5 * SECOND, NULL), DOSE_ALLOWED);
}

/* A battery clock that another system set to local time says that it was 8½ hours ago. Then the network says half an hour; and then
 * somebody sets a clock, which ends nothing. */
static void req25_a_clock_put_right_restores_a_rest(void **state) {
        static const int64_t true_hours[] = { 1, 9, -1 };
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(99, P, "calf", L, MINUTE, 0);
        struct kept *kept = *state;
        struct dose_answer answer;

        keep_session(kept, 1, 0, "completed");
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, 9 * HOUR, 5 * SECOND), 0);
        assert_int_equal(ask(ledger, &planned, 5 * SECOND, NULL), DOSE_ALLOWED);
        for (size_t i = 0; i < ARRAY_SIZE(true_hours); i++) {
                dose_ledger_clock_is_right(ledger, (uint64_t) (WALL + true_hours[i] * HOUR), 5 * SECOND);
                answer = dose_ledger_ask(ledger, &planned, 5 * SECOND);
                assert_int_equal(answer.rule, DOSE_GAP);
                assert_int_equal(answer.may_be_over, true_hours[i] < 0);
        }
        /* It lies ahead: what is certain is that the machine was started since. */
        assert_in_range(answer.wait_usec, 6 * HOUR - 10 * SECOND, 6 * HOUR);
}

static void req12_what_nobody_saw_to_its_end_counts_to_its_end(void **state) {
        struct kept *kept = *state;
        uint64_t wait;

        /* 90 s were begun; the daemon died. */
        keep_session(kept, 1, 0, NULL);
        assert_int_equal(ask_after_restart(kept, HOUR, 0, &wait), DOSE_GAP);
        assert_int_equal(wait, 5 * HOUR + 91 * SECOND);
        keep(kept, HOUR, (struct record_entry){ RECORD_ABANDONED, .session = 1, .text = "daemon-died" });
        assert_int_equal(ask_after_restart(kept, HOUR, 0, &wait), DOSE_GAP);
}

/* It was paused for half an hour, resumed, and limberd died. */
static void what_was_cut_off_after_a_pause_ended_after_it(void **state) {
        struct kept *kept = *state;
        uint64_t wait;

        keep_session(kept, 1, 0, NULL);
        keep(kept, 30 * MINUTE, (struct record_entry){ RECORD_ARMED, .session = 1 });
        assert_int_equal(ask_after_restart(kept, HOUR, 0, &wait), DOSE_GAP);
        assert_int_equal(wait, 5 * HOUR + 30 * MINUTE + 90 * SECOND);
}

/* A step was left after five seconds, and limberd died in the next one: of the first nothing is assumed. */
static void a_step_that_was_left_is_over(void **state) {
        struct zone_dose planned = part(99, P, "calf", L, MINUTE, 0);
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct kept *kept = *state;

        keep_session(kept, 1, 0, NULL);
        keep(kept, 6 * SECOND,
                (struct record_entry){ RECORD_DOSE, .session = 1, .routine = "easy", .feature = "percussion",
                        .zone = "calf", .side = "left", .given = 5 * SECOND });
        keep(kept, 6 * SECOND,
                (struct record_entry){ RECORD_STEP, .session = 1, .routine = "easy", .feature = "percussion",
                        .zone = "quads", .side = "left", .asked = 90 * SECOND });
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, HOUR, 0), 0);
        assert_int_equal(ask(ledger, &planned, 0, NULL), DOSE_ALLOWED);
        planned.zone = zone_by_id("quads");
        assert_int_equal(ask(ledger, &planned, 0, NULL), DOSE_GAP);
}

static void req12_what_was_skipped_does_not_count(void **state) {
        struct kept *kept = *state;
        uint64_t wait;

        keep_session(kept, 1, 0, NULL);
        keep(kept, SECOND, (struct record_entry){ RECORD_SESSION_ENDED, .session = 1, .text = "stopped" });
        assert_int_equal(ask_after_restart(kept, HOUR, 0, &wait), DOSE_ALLOWED);
}

static void a_routines_own_gap_survives_a_restart(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct kept *kept = *state;
        uint64_t wait = 0;

        keep_session(kept, 1, 0, "completed");
        /* That the morning after was asked about does not make it later. */
        keep(kept, 13 * HOUR,
                (struct record_entry){ RECORD_DISCOMFORT, .session = 1, .given = 6, .reason = "morning" });
        keep(kept, 13 * HOUR,
                (struct record_entry){
                        RECORD_TARGET, .session = 1, .zone = "calf", .side = "left", .given = 1 });
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, 3 * DAY, 5), 0);
        assert_int_equal(ask_routine(ledger, 1000, "easy", 4 * DAY, 5, &wait), DOSE_ROUTINE_GAP);
        assert_int_equal(wait, DAY + 62 * SECOND);
        assert_int_equal(ask_routine(ledger, 1000, "easy", 3 * DAY, 5 + 62 * SECOND, NULL), DOSE_ALLOWED);
}

/* limberd died during a step: how much of it was done is unknown, so the routine counts as done. */
static void a_routine_that_was_cut_off_was_done(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct kept *kept = *state;

        uint64_t wait = 0;

        keep_session(kept, 1, 0, NULL);
        /* The next limberd finds it so, eight hours later. */
        keep(kept, 8 * HOUR, (struct record_entry){ RECORD_ABANDONED, .session = 1, .text = "daemon-died" });
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, 8 * HOUR, 0), 0);
        assert_int_equal(ask_routine(ledger, 1000, "easy", 20 * HOUR, 0, &wait), DOSE_ROUTINE_GAP);
        assert_in_range(wait, 12 * HOUR, 12 * HOUR + 2 * MINUTE);
}

/* Stopped before it did anything: it may begin again. Stopped after a minute: it was done. */
static void what_did_nothing_was_not_done(void **state) {
        static const struct {
                int64_t given;
                enum dose_rule rule;
        } cases[] = { { 0, DOSE_ALLOWED }, { 28 * SECOND, DOSE_ALLOWED },
                { 30 * SECOND, DOSE_ROUTINE_GAP } };
        struct kept *kept = *state;

        for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
                _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;

                keep(kept, i * HOUR,
                        (struct record_entry){ RECORD_SESSION_STARTED, .session = i + 1, .routine = "gap" });
                keep(kept, i * HOUR + MINUTE,
                        (struct record_entry){ RECORD_DOSE, .session = i + 1, .routine = "gap",
                                .feature = "percussion", .zone = "calf", .side = "left",
                                .given = cases[i].given });
                keep(kept, i * HOUR + MINUTE,
                        (struct record_entry){ RECORD_SESSION_ENDED, .session = i + 1, .text = "stopped" });
                assert_int_equal(dose_ledger_new(&ledger), 0);
                assert_int_equal(load(ledger, kept, DAY, 0), 0);
                assert_int_equal(ask_routine(ledger, 1000, "gap", 3 * DAY, 0, NULL), cases[i].rule);
        }
}

static void keep_pads(struct kept *kept, unsigned id, int64_t at, const char *reason, int64_t on) {
        keep(kept, at,
                (struct record_entry){ RECORD_DOSE, .session = id, .routine = "easy", .feature = "estim",
                        .zone = "quads", .side = "left", .given = on, .reason = reason });
}

static void req12_what_was_trained_rests_across_a_restart(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(99, E, "quads", L, MINUTE, 0);
        struct kept *kept = *state;

        keep_pads(kept, 1, 0, "strength", MINUTE);
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, 2 * DAY - 1, 0), 0);
        planned.strength = true;
        assert_int_equal(ask(ledger, &planned, 0, NULL), DOSE_STRENGTH);
        assert_int_equal(ask(ledger, &planned, 1, NULL), DOSE_ALLOWED);
        planned.strength = false;
        assert_int_equal(ask(ledger, &planned, 0, NULL), DOSE_ALLOWED);
}

/* Broken off before a whole contraction, three times in an hour: an hour's rest. One whole contraction: a day's, however short. */
static void req12_training_that_is_begun_again_and_again_rests(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose planned = part(99, E, "quads", L, MINUTE, 0),
                         start = part(1, E, "quads", L, 5 * SECOND, 0);
        uint64_t wait = 0;

        assert_int_equal(dose_ledger_new(&ledger), 0);
        planned.strength = start.strength = true;
        for (unsigned i = 1; i <= 3; i++) {
                start.session = i;
                start.ended = dose_time_at(i * 10 * MINUTE);
                assert_int_equal(ask(ledger, &planned, start.ended.usec, NULL), DOSE_ALLOWED);
                assert_int_equal(dose_ledger_add(ledger, &start), 0);
        }
        assert_int_equal(ask(ledger, &planned, 31 * MINUTE, &wait), DOSE_STARTS);
        assert_int_equal(wait, 59 * MINUTE);
        assert_int_equal(ask(ledger, &planned, 90 * MINUTE, NULL), DOSE_ALLOWED);
        planned.strength = false;
        assert_int_equal(ask(ledger, &planned, 31 * MINUTE, NULL), DOSE_ALLOWED);
        planned.strength = true;
        start.session = 4;
        start.trained = true;
        start.ended = dose_time_at(91 * MINUTE);
        assert_int_equal(dose_ledger_add(ledger, &start), 0);
        assert_int_equal(ask(ledger, &planned, 92 * MINUTE, &wait), DOSE_STRENGTH);
        assert_int_equal(wait, 2 * DAY - MINUTE);
}

struct listed {
        unsigned n;
        struct dose_rest rests[8];
};

static void list_rest(const struct dose_rest *rest, void *userdata) {
        struct listed *listed = userdata;

        assert_true(listed->n < ARRAY_SIZE(listed->rests));
        listed->rests[listed->n++] = *rest;
}

static void what_rests_is_known_before_it_is_tried(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose gun = part(1, P, "soleus", L, MINUTE, 0), pads = part(1, E, "quads", R, MINUTE, 0);
        struct listed listed = {};

        assert_int_equal(dose_ledger_new(&ledger), 0);
        pads.strength = pads.trained = true;
        assert_int_equal(dose_ledger_add(ledger, &gun), 0);
        assert_int_equal(dose_ledger_add(ledger, &pads), 0);
        dose_ledger_rests(ledger, 1000, HOUR, list_rest, &listed);
        assert_int_equal(listed.n, 3);
        assert_string_equal(listed.rests[0].zone->id, "calf");
        assert_int_equal(listed.rests[0].side, L);
        assert_int_equal(listed.rests[0].answer.rule, DOSE_GAP);
        assert_int_equal(listed.rests[0].answer.wait_usec, 5 * HOUR);
        assert_string_equal(listed.rests[1].zone->id, "quads");
        assert_int_equal(listed.rests[1].answer.rule, DOSE_GAP);
        assert_false(listed.rests[1].strength);
        assert_true(listed.rests[2].strength);
        assert_int_equal(listed.rests[2].answer.rule, DOSE_STRENGTH);
        listed.n = 0;
        dose_ledger_rests(ledger, 1001, HOUR, list_rest, &listed);
        assert_int_equal(listed.n, 0);
}

/* What may be longer ago is asked about, and what is said holds for it; not for training and not after a stop for pain. */
static void req25_what_a_runner_says_counts_where_no_clock_can(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose gun = part(1, P, "calf", L, MINUTE, 0), pads = part(1, E, "quads", R, MINUTE, 0),
                         own = part(2, P, "glutes", L, MINUTE, 0), other = part(1, P, "tfl", L, MINUTE, 0);
        struct dose_time unknown = { .may_be_earlier = true, .wall_usec = 5000, .run = 1 };
        struct dose_answer answer;

        assert_int_equal(dose_ledger_new(&ledger), 0);
        pads.strength = pads.trained = true;
        gun.ended = pads.ended = unknown;
        assert_int_equal(dose_ledger_add(ledger, &gun), 0);
        assert_int_equal(dose_ledger_add(ledger, &pads), 0);
        assert_int_equal(dose_ledger_add(ledger, &own), 0);
        assert_int_equal(dose_ledger_hurt(ledger, 1000, "easy", zone_by_id("hamstrings"), R, unknown), 0);
        gun.session = 99;
        answer = dose_ledger_ask(ledger, &gun, MINUTE);
        assert_int_equal(answer.rule, DOSE_GAP);
        assert_true(answer.may_be_over);
        dose_ledger_said(ledger, 1000, 9 * HOUR, dose_time_at(MINUTE));
        assert_int_equal(ask(ledger, &gun, MINUTE, NULL), DOSE_ALLOWED);
        pads.session = own.session = 99;
        assert_int_equal(ask(ledger, &pads, MINUTE, NULL), DOSE_STRENGTH);
        assert_int_equal(ask(ledger, &own, MINUTE, NULL), DOSE_GAP);
        own.zone = zone_by_id("hamstrings");
        own.side = R;
        assert_int_equal(ask(ledger, &own, MINUTE, NULL), DOSE_ZONE_REST);
        /* A time that lies ahead is none. */
        other.ended = (struct dose_time){ .may_be_earlier = true, .wall_usec = 5000 + 2 * HOUR, .run = 1 };
        assert_int_equal(dose_ledger_add(ledger, &other), 0);
        /* Then the network says what time it is: an hour ago, whatever was said. */
        dose_ledger_clock_is_right(ledger, 5000 + HOUR, MINUTE);
        assert_int_equal(ask(ledger, &gun, MINUTE, NULL), DOSE_GAP);
        other.session = 99;
        assert_true(dose_ledger_ask(ledger, &other, MINUTE).may_be_over);
        assert_int_equal(dose_ledger_ask(ledger, &other, MINUTE).wait_usec, 6 * HOUR - MINUTE);
}

/* Facts 1.3, on a computer that is switched on each morning without a clock: it runs for half an hour, and its wall clock begins at the
 * same time each day. */
static void req25_ten_mornings_without_a_clock(void **state) {
        struct kept *kept = *state;
        char boot[] = "morning 0";

        for (unsigned day = 0; day < 10; day++, boot[8]++) {
                struct timeline_now now = { (uint64_t) WALL, false, (uint64_t) MINUTE, boot };
                _cleanup_(timeline_freep) struct timeline *timeline = NULL;
                _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
                struct zone_dose planned = part(100 + day, P, "calf", L, MINUTE, 0);
                struct history_event event = { .at_usec = (uint64_t) WALL };
                struct dose_answer answer;

                assert_int_equal(timeline_new(kept->history, &now, &timeline), 0);
                assert_int_equal(dose_ledger_new(&ledger), 0);
                assert_int_equal(dose_ledger_load(ledger, kept->history, timeline, MINUTE), 0);
                event.up_usec = (uint64_t) MINUTE;
                event.entry =
                        (struct record_entry){ RECORD_CLOCK, .reason = RECORD_CLOCK_STARTED, .text = boot };
                assert_int_equal(history_append(kept->history, &event, 1), 0);
                answer = dose_ledger_ask(ledger, &planned, 2 * MINUTE);
                assert_int_equal(answer.rule == DOSE_ALLOWED, day == 0);
                assert_int_equal(answer.may_be_over, day > 0);
                /* "Yesterday." */
                dose_ledger_said(ledger, 1000, (uint64_t) DAY, dose_time_at(2 * MINUTE));
                event.up_usec = (uint64_t) (2 * MINUTE);
                event.entry = (struct record_entry){ RECORD_CLOCK, .runner = 1000,
                        .reason = RECORD_CLOCK_SAID, .asked = DAY };
                assert_int_equal(history_append(kept->history, &event, 1), 0);
                assert_int_equal(ask(ledger, &planned, 2 * MINUTE, NULL), DOSE_ALLOWED);
                event.up_usec = (uint64_t) (4 * MINUTE);
                event.entry = (struct record_entry){ RECORD_DOSE, .runner = 1000, .session = day + 1,
                        .routine = "easy", .feature = "percussion", .zone = "calf", .side = "left",
                        .given = MINUTE };
                assert_int_equal(history_append(kept->history, &event, 1), 0);
                planned.session = day + 1;
                planned.ended = dose_time_at(4 * MINUTE);
                assert_int_equal(dose_ledger_add(ledger, &planned), 0);
                /* Ten minutes later, whatever anybody says. */
                planned.session = 200;
                dose_ledger_said(ledger, 1000, (uint64_t) DAY, dose_time_at(14 * MINUTE));
                assert_int_equal(ask(ledger, &planned, 14 * MINUTE, NULL), DOSE_GAP);
                /* Off and on again after ten minutes, and limberd started anew: what was said in this run is not about it. */
                event.up_usec = (uint64_t) (30 * MINUTE);
                event.entry = (struct record_entry){ RECORD_ALERT, .text = "the last that is recorded" };
                assert_int_equal(history_append(kept->history, &event, 1), 0);
        }
}

static void req13_sessions_with_pads_are_counted_for_ever(void **state) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *ledger = NULL;
        struct zone_dose next = part(4, E, "quads", L, MINUTE, 0);
        struct kept *kept = *state;

        keep_pads(kept, 1, 0, NULL, MINUTE);
        keep_pads(kept, 1, MINUTE, NULL, MINUTE);
        keep_pads(kept, 2, HOUR, NULL, 28 * SECOND);
        keep_pads(kept, 3, 2 * HOUR, NULL, MINUTE);
        keep_session(kept, 5, 3 * HOUR, "completed");
        assert_int_equal(dose_ledger_new(&ledger), 0);
        assert_int_equal(load(ledger, kept, 400 * DAY, 0), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 2);
        /* Those of today are in both: they count once. */
        assert_int_equal(load(ledger, kept, 3 * HOUR, 0), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 2);
        assert_int_equal(dose_ledger_add(ledger, &next), 0);
        assert_int_equal(dose_ledger_pads_sessions(ledger, 1000), 3);
}

static void req16_a_rest_survives_a_restart(void **state) {
        struct kept *kept = *state;
        uint64_t wait;

        keep(kept, 0,
                (struct record_entry){
                        RECORD_REST, .session = 1, .routine = "easy", .zone = "calf", .side = "left" });
        assert_int_equal(ask_after_restart(kept, DAY - 1, 0, &wait), DOSE_ZONE_REST);
        assert_int_equal(ask_after_restart(kept, DAY, 0, &wait), DOSE_ALLOWED);
        assert_int_equal(ask_after_restart(kept, -DAY, 0, &wait), DOSE_ZONE_REST);
        assert_int_equal(wait, DAY);
}

static void nonsense_in_the_record_is_passed_over(void **state) {
        struct kept *kept = *state;
        uint64_t wait;

        keep(kept, 0,
                (struct record_entry){
                        RECORD_DOSE, .session = 1, .zone = "tail", .side = "left", .given = DAY });
        keep(kept, 0,
                (struct record_entry){
                        RECORD_DOSE, .session = 1, .zone = "calf", .side = "up", .given = DAY });
        keep(kept, 0,
                (struct record_entry){
                        RECORD_DOSE, .session = 1, .zone = "calf", .side = "left", .given = -DAY });
        keep(kept, 0, (struct record_entry){ RECORD_STEP, .session = 7, .feature = "percussion" });
        keep(kept, 0, (struct record_entry){ RECORD_REST });
        assert_int_equal(ask_after_restart(kept, HOUR, 0, &wait), DOSE_ALLOWED);
}

int main(void) {
#define KEPT_TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req12_training_that_is_begun_again_and_again_rests),
                cmocka_unit_test(what_rests_is_known_before_it_is_tried),
                cmocka_unit_test(req25_what_a_runner_says_counts_where_no_clock_can),
                cmocka_unit_test(another_body_is_not_concerned),
                cmocka_unit_test(doses_of_a_session_add_up),
                cmocka_unit_test(req12_a_muscle_that_was_trained_rests),
                cmocka_unit_test(req12_strength_in_slices_is_strength),
                cmocka_unit_test(many_doses_forget_nothing),
                cmocka_unit_test(req13_a_session_with_pads_counts_once_when_something_was_treated),
                KEPT_TEST(req12_what_was_trained_rests_across_a_restart),
                KEPT_TEST(req13_sessions_with_pads_are_counted_for_ever),
                cmocka_unit_test(a_routine_keeps_its_own_gap),
                KEPT_TEST(a_routines_own_gap_survives_a_restart),
                KEPT_TEST(what_did_nothing_was_not_done),
                KEPT_TEST(a_routine_that_was_cut_off_was_done),
                cmocka_unit_test(req16_what_hurt_rests),
                KEPT_TEST(req12_a_restart_forgets_nothing),
                KEPT_TEST(req12_a_clock_set_back_ends_nothing_early),
                KEPT_TEST(req25_a_clock_put_right_restores_a_rest),
                KEPT_TEST(req12_what_nobody_saw_to_its_end_counts_to_its_end),
                KEPT_TEST(req12_what_was_skipped_does_not_count),
                KEPT_TEST(what_was_cut_off_after_a_pause_ended_after_it),
                KEPT_TEST(a_step_that_was_left_is_over),
                KEPT_TEST(req16_a_rest_survives_a_restart),
                KEPT_TEST(req25_ten_mornings_without_a_clock),
                KEPT_TEST(nonsense_in_the_record_is_passed_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
