/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Questions to runners after their sessions, and what the answers mean for the next ones. */

#include "daemon/manager/manager-private.h"

/* Wall time may be set while the timer runs, so questions are checked at least this often. */
#define LOOK_USEC (6 * 3600 * USEC_PER_SEC)

static void on_time(struct clock_timer *timer, void *userdata) {
        struct manager *manager = userdata;
        uint64_t now = manager_wall(manager), next;
        struct follow_up_question question;
        uid_t runner = 0;

        if (manager->question_usec > 0 && now >= manager->question_usec) {
                if (follow_ups_question(manager->follow_ups, manager->question_runner, now, &question))
                        manager->settings.handler->question(
                                manager->question_runner, &question, manager->settings.userdata);
                manager->question_usec = 0;
        }
        next = follow_ups_next(manager->follow_ups, now, &runner);
        manager->question_usec = next == USEC_INFINITY ? 0 : next;
        manager->question_runner = runner;
        if (next == USEC_INFINITY)
                clock_timer_disarm(timer);
        else
                clock_timer_arm_in(timer, MIN(next - now, LOOK_USEC));
}

int manager_make_follow_ups(struct manager *manager) {
        int r;

        r = follow_ups_new(&manager->follow_ups);
        return r < 0 ? r
                     : clock_timer_new(manager->settings.clock, on_time, manager, &manager->question_timer);
}

void manager_free_follow_ups(struct manager *manager) {
        clock_timer_free(manager->question_timer);
        follow_ups_free(manager->follow_ups);
}

struct follow_ups *manager_follow_ups(struct manager *manager) {
        return manager->follow_ups;
}

void manager_look_for_questions(struct manager *manager) {
        on_time(manager->question_timer, manager);
}

void manager_feel_treated(
        struct manager *manager, const struct session *session, const struct stage *stage) {
        (void) follow_ups_treated(manager->follow_ups, session_runner(session), session_id(session),
                &(struct follow_up_part){ stage->step->zone, stage->side }, manager_wall(manager));
}

void manager_feel_over(struct manager *manager, const struct session *session) {
        if (session_baseline(session) != DISCOMFORT_NONE)
                (void) follow_ups_said(manager->follow_ups, session_runner(session), session_id(session),
                        FOLLOW_UP_BASELINE, session_baseline(session), manager_wall(manager));
        follow_ups_over(manager->follow_ups, session_id(session));
        manager_look_for_questions(manager);
}

unsigned manager_lowered(uid_t runner, const struct zone *zone, enum side side, void *userdata) {
        const struct manager *manager = userdata;

        return follow_ups_lowered(manager->follow_ups, runner, zone, side);
}

bool manager_question(const struct manager *manager, uid_t runner, struct follow_up_question *ret) {
        return follow_ups_question(manager->follow_ups, runner, manager_wall(manager), ret);
}

static void keep_answer(struct manager *manager, uid_t runner, enum follow_up_occasion occasion,
        unsigned score, const struct follow_up_result *result) {
        for (unsigned i = 0; i < result->n_sessions; i++)
                record_put(manager->settings.record,
                        &(struct record_entry){ RECORD_DISCOMFORT, .session = result->sessions[i],
                                .runner = runner, .given = score,
                                .reason = follow_up_occasion_to_string(occasion) });
        for (unsigned i = 0; i < result->n_parts; i++)
                record_put(manager->settings.record,
                        &(struct record_entry){ RECORD_TARGET, .session = result->sessions[0],
                                .runner = runner, .zone = result->parts[i].zone->id,
                                .side = side_to_string(result->parts[i].side),
                                .given = result->lowered[i] });
}

int manager_answer_question(struct manager *manager, uid_t runner, unsigned session,
        enum follow_up_occasion occasion, unsigned score, bool *ret_bad) {
        struct follow_up_result result;
        int r;

        r = follow_ups_answer(
                manager->follow_ups, runner, session, occasion, score, manager_wall(manager), &result);
        if (r < 0)
                return r;
        keep_answer(manager, runner, occasion, score, &result);
        manager_look_for_questions(manager);
        *ret_bad = result.bad;
        return 0;
}
