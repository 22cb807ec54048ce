/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A calibration: a session of one step for one channel of pads, in which the level rises by one step of the device at a press,
 * never before the last one has arrived, and where the runner says where three feelings are. It ends at zero. */

#include "daemon/session/session-private.h"

bool session_is_mark(enum question question) {
        return question >= QUESTION_SENSATION && question <= QUESTION_MAXIMUM;
}

/* The one channel, or false while nothing runs. */
static bool find_channel(const struct session *session, unsigned *ret_role, unsigned *ret_feature) {
        const struct stage *stage = session->foreground.stage;
        unsigned mask;

        if (!stage || !stage_has_output(stage))
                return false;
        mask = session_stage_features(stage, device_definition(session->devices[stage->step->role]));
        if (mask == 0)
                return false;
        *ret_role = stage->step->role;
        *ret_feature = (unsigned) __builtin_ctz(mask);
        return true;
}

void session_calibrate(struct session *session) {
        memset(session->marks, 0, sizeof(session->marks));
        session->foreground.adjusted = 0;
        session_open_question(session, QUESTION_SENSATION);
}

int session_calibration_may_rise(const struct session *session) {
        const struct limit *limit;
        unsigned role, feature;

        if (!find_channel(session, &role, &feature))
                return 0;
        limit = &session->verdicts[role][feature].limit;
        if (limit->given < limit->asked)
                return limit_rule_passes(limit->tightest.rule) ? 0 : -EDQUOT;
        return !device_is_pending(session->devices[role], feature) &&
               device_taken(session->devices[role], feature) >= limit->given;
}

static void finish(struct session *session) {
        unsigned role = 0, feature = 0;
        struct session_marks marks;

        (void) find_channel(session, &role, &feature);
        marks = (struct session_marks){
                .device = session->devices[role],
                .feature = feature,
                .stage = session->foreground.stage,
                .side = session_channel_side(
                        session->foreground.stage, device_definition(session->devices[role]), feature),
                .sensation = session->marks[QUESTION_SENSATION],
                .comfort = session->marks[QUESTION_COMFORT],
                .maximum = session->marks[QUESTION_MAXIMUM],
        };
        /* Zero before anything is done with it. */
        session_stop_devices(session);
        if (session->environment.handler->calibrated)
                session->environment.handler->calibrated(session, &marks, session->environment.userdata);
        session_end_stopped(session, REASON_COMPLETED);
}

void session_calibrate_over(struct session *session) {
        if (session->marks[QUESTION_MAXIMUM] == 0)
                session->environment.handler->alert(session, "not-calibrated",
                        "It ended before all three levels were found: nothing is kept; calibrate again.",
                        session->environment.userdata);
}

int session_mark(struct session *session, const char *answer) {
        enum question question = session->question;
        unsigned role, feature;
        int64_t level;

        if (!streq(answer, "here"))
                return -EDOM;
        /* What the product gives now, not what it was asked for. */
        level = find_channel(session, &role, &feature) ? device_taken(session->devices[role], feature) : 0;
        if (level == 0)
                return -ENODATA;
        if (question > QUESTION_SENSATION && level < session->marks[question - 1])
                return -ERANGE;
        session->marks[question] = level;
        session_put(session, RECORD_ANSWER, session->foreground.stage, "calibration", answer);
        if (question == QUESTION_MAXIMUM)
                finish(session);
        else
                session_open_question(session, question + 1);
        return 0;
}
