/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Questions to runners after their sessions, and what the answers mean for the next ones. */

#include "daemon/manager/manager-private.h"

/* Wall time may be set while the timer runs, so questions are checked at least this often. */
#define LOOK_USEC (6 * 3600 * USEC_PER_SEC)

static void on_time(struct clock_timer *timer, void *userdata) {
        struct manager *manager = userdata;
        uint64_t now = manager_wall(manager), next;
        struct feeling_question question;
        uid_t runner = 0;

        if (manager->question_usec > 0 && now >= manager->question_usec) {
                if (feeling_book_question(manager->feelings, manager->question_runner, now, &question))
                        manager->settings.handler->question(
                                manager->question_runner, &question, manager->settings.userdata);
                manager->question_usec = 0;
        }
        next = feeling_book_next(manager->feelings, now, &runner);
        manager->question_usec = next == USEC_INFINITY ? 0 : next;
        manager->question_runner = runner;
        if (next == USEC_INFINITY)
                clock_timer_disarm(timer);
        else
                clock_timer_arm_in(timer, MIN(next - now, LOOK_USEC));
}

int manager_make_feelings(struct manager *manager) {
        int r;

        r = feeling_book_new(&manager->feelings);
        return r < 0 ? r
                     : clock_timer_new(manager->settings.clock, on_time, manager, &manager->question_timer);
}

void manager_free_feelings(struct manager *manager) {
        clock_timer_free(manager->question_timer);
        feeling_book_free(manager->feelings);
}

struct feeling_book *manager_feelings(struct manager *manager) {
        return manager->feelings;
}

void manager_look_for_questions(struct manager *manager) {
        on_time(manager->question_timer, manager);
}

void manager_feel_treated(
        struct manager *manager, const struct session *session, const struct stage *stage) {
        (void) feeling_book_treated(manager->feelings, session_runner(session), session_id(session),
                &(struct feeling_part){ stage->step->zone, stage->side }, manager_wall(manager));
}

void manager_feel_over(struct manager *manager, const struct session *session) {
        if (session_baseline(session) != DISCOMFORT_NONE)
                (void) feeling_book_said(manager->feelings, session_runner(session), session_id(session),
                        FEELING_BASELINE, session_baseline(session), manager_wall(manager));
        feeling_book_over(manager->feelings, session_id(session));
        manager_look_for_questions(manager);
}

unsigned manager_lowered(uid_t runner, const struct zone *zone, enum side side, void *userdata) {
        const struct manager *manager = userdata;

        return feeling_book_lowered(manager->feelings, runner, zone, side);
}

bool manager_question(const struct manager *manager, uid_t runner, struct feeling_question *ret) {
        return feeling_book_question(manager->feelings, runner, manager_wall(manager), ret);
}

static void keep_answer(struct manager *manager, uid_t runner, enum feeling_occasion occasion,
        unsigned score, const struct feeling_result *result) {
        for (unsigned i = 0; i < result->n_sessions; i++)
                record_put(manager->settings.record,
                        &(struct record_entry){ RECORD_DISCOMFORT, .session = result->sessions[i],
                                .runner = runner, .given = score,
                                .reason = feeling_occasion_to_string(occasion) });
        for (unsigned i = 0; i < result->n_parts; i++)
                record_put(manager->settings.record,
                        &(struct record_entry){ RECORD_TARGET, .session = result->sessions[0],
                                .runner = runner, .zone = result->parts[i].zone->id,
                                .side = side_to_string(result->parts[i].side),
                                .given = result->lowered[i] });
}

int manager_answer_question(struct manager *manager, uid_t runner, unsigned session,
        enum feeling_occasion occasion, unsigned score, bool *ret_bad) {
        struct feeling_result result;
        int r;

        r = feeling_book_answer(
                manager->feelings, runner, session, occasion, score, manager_wall(manager), &result);
        if (r < 0)
                return r;
        keep_answer(manager, runner, occasion, score, &result);
        manager_look_for_questions(manager);
        *ret_bad = result.bad;
        return 0;
}
