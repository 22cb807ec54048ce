/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The questions to the runner and the handling of answers and silence: discomfort, the three levels of a calibration, and
 * presence in a detached session. */

#include "daemon/session/session-private.h"

/* --- discomfort --- */

static const struct {
        const char *prefix, *text;
} questions[_QUESTION_MAX] = {
        [QUESTION_NONE] = { "", "" },
        [QUESTION_BASELINE] = { "baseline",
                "Before it begins: how much does it hurt there now? " DISCOMFORT_SCALE "." },
        [QUESTION_DISCOMFORT] = { "discomfort", "How much does it hurt? " DISCOMFORT_SCALE "." },
        [QUESTION_OFFER] = { "offer", "That was easy twice. One level more?" },
        [QUESTION_SENSATION] = { "sensation", "Press + until you feel it for the first time, then answer." },
        [QUESTION_COMFORT] = { "comfort",
                "Go on with + until it is strong and still comfortable (- goes back), then answer." },
        [QUESTION_MAXIMUM] = { "maximum",
                "Go on with + to the most that you would bear, never into pain; it may be where you are. Then answer." },
};

/* The first is the default for somebody in a hurry. */
static const char *const offer_answers[] = { "no", "yes" };
static const char *const mark_answers[] = { "here" };

struct discomfort_profile session_stage_profile(const struct session *session, const struct stage *stage) {
        const struct session_environment *e = &session->environment;
        unsigned lowered = 0;

        if (e->lowered && stage->step->zone)
                lowered = e->lowered(session->runner, stage->step->zone, stage->side, e->userdata);
        return discomfort_lowered(session->routine->profile, lowered);
}

static void put_entry(const struct session *session, enum record_kind kind, const struct stage *stage,
        const char *reason, const char *text) {
        record_put(session->environment.record,
                &(struct record_entry){ kind, .session = session->id, .runner = session->runner,
                        .routine = session->routine->id,
                        .zone = stage && stage->step->zone ? stage->step->zone->id : NULL,
                        .side = stage ? side_to_string(stage->side) : NULL, .reason = reason,
                        .text = text });
}

static void open_question(struct session *session, enum question question) {
        session->question = question;
        (void) snprintf(session->question_id, sizeof(session->question_id), "%s-%u",
                questions[question].prefix, ++session->questions);
        put_entry(session, RECORD_PROMPT, NULL, questions[question].prefix, questions[question].text);
        session->environment.handler->prompt_raised(session, session->environment.userdata);
        session_changed(session);
}

void session_close_question(struct session *session) {
        session->question = QUESTION_NONE;
        session->loop = (struct discomfort_loop){};
}

void session_hide_question(struct session *session) {
        if (session->question == QUESTION_DISCOMFORT || session->question == QUESTION_OFFER)
                session->question = QUESTION_NONE;
}

static const char *question_text(const struct session *session) {
        return questions[session->question].text;
}

static bool is_mark(enum question question) {
        return question >= QUESTION_SENSATION && question <= QUESTION_MAXIMUM;
}

static const char *question_answer(const struct session *session, unsigned i) {
        if (is_mark(session->question))
                return i < ARRAY_SIZE(mark_answers) ? mark_answers[i] : NULL;
        return session->question == QUESTION_OFFER && i < ARRAY_SIZE(offer_answers) ? offer_answers[i]
                                                                                    : NULL;
}

bool session_is_held(const struct session *session) {
        return session->loop.silences > 0;
}

void session_ask_baseline(struct session *session) {
        if (session->question != QUESTION_BASELINE && session->last_discomfort == DISCOMFORT_NONE)
                open_question(session, QUESTION_BASELINE);
}

/* Track i (0: foreground, 1: background) if it gives output. */
static struct track *output_track(struct session *session, unsigned i) {
        struct track *track = i == 0 ? &session->foreground : &session->background;

        return track->stage && track->phase == PHASE_RUN && stage_has_output(track->stage) ? track : NULL;
}

/* Records that a level was lowered, or a step ended, because of an answer or of silence. */
static void ease(struct session *session, struct track *track, int levels, const char *reason) {
        char text[96];

        if (!session_ease_track(session, track, levels))
                (void) snprintf(
                        text, sizeof(text), "%s is at its lowest already", track->stage->step->title);
        else
                (void) snprintf(text, sizeof(text), "%s: %s lower", track->stage->step->title,
                        levels == 1 ? "one level" : "two levels");
        put_entry(session, RECORD_EASED, track->stage, reason, text);
}

/* Ends output on that part soon, whatever else is answered. */
static void leave_soon(struct session *session, struct track *track) {
        uint64_t at = track_elapsed(session, track) + DISCOMFORT_LEAVE_USEC;

        track->leave_usec = track->leave_usec > 0 ? MIN(track->leave_usec, at) : at;
}

static void end_track(struct session *session, struct track *track, const char *why) {
        put_entry(session, RECORD_EASED, track->stage, "discomfort", why);
        if (track == &session->background)
                session_run_end_background(session);
        else
                session_run_next(session);
        session_update_output(session);
}

static bool is_due(const struct session *session, const struct track *track) {
        uint64_t t = track_elapsed(session, track), since = t - MIN(track->risen_usec, t);

        if (since < discomfort_due(track->stage->step, track->questions))
                return false;
        /* The first question about pads comes at the top of the ramp, however long the gate takes to get there. */
        return track->questions > 0 || track->stage->step->kind != STEP_ESTIM ||
               since >= DISCOMFORT_ESTIM_EVERY_USEC || !session_track_rises(session, track);
}

/* Second question in a row without an answer: lower. Third: no output until somebody comes back. */
static void take_silence(struct session *session, enum discomfort_act act) {
        struct track *track;

        if (act == DISCOMFORT_LOWER)
                for (unsigned i = 0; i < 2; i++)
                        if ((track = output_track(session, i)))
                                ease(session, track, 1, "silence");
        if (act == DISCOMFORT_PAUSE) {
                session->environment.handler->alert(session, "unanswered",
                        "nobody said how it feels, three times; paused", session->environment.userdata);
                session_pause(session, REASON_UNANSWERED);
        }
}

void session_ask(struct session *session) {
        uint64_t now = clock_now(session->environment.clock);
        bool due = false;

        /* Calibrations ask their own questions. */
        if (session->calibrates)
                return;
        if (session->asked_usec > 0 && now - session->asked_usec < DISCOMFORT_APART_USEC)
                return;
        for (unsigned i = 0; i < 2; i++) {
                struct track *track = output_track(session, i);

                if (track && is_due(session, track)) {
                        track->questions++;
                        due = true;
                }
        }
        if (!due)
                return;
        session->asked_usec = now;
        open_question(session, QUESTION_DISCOMFORT);
        take_silence(session, discomfort_loop_ask(&session->loop));
}

static void offer(struct session *session, const struct track *track) {
        if (!session_track_has_room(session, track))
                return;
        session->offers_background = track == &session->background;
        open_question(session, QUESTION_OFFER);
}

static void act_on(struct session *session, struct track *track, enum discomfort_act act) {
        switch (act) {
        case DISCOMFORT_LOWER:
                ease(session, track, 1, "discomfort");
                break;
        case DISCOMFORT_LOWER_TWICE:
                ease(session, track, 2, "discomfort");
                leave_soon(session, track);
                break;
        case DISCOMFORT_SKIP:
                end_track(session, track, "ended: two levels less did not help");
                break;
        case DISCOMFORT_OFFER:
                offer(session, track);
                break;
        default:
                break;
        }
}

/* On a word that ends a step: ends what is under way. */
static void end_step(struct session *session) {
        if (session->background.stage)
                end_track(session, &session->background, "ended by a word");
        if (session->foreground.stage)
                end_track(session, &session->foreground, "ended by a word");
}

static void react(struct session *session, unsigned score, bool word, bool asked) {
        const struct stage *stages[2] = {};
        struct track *track;

        if (word) {
                /* Before the session begins there is no step to assign the word to. */
                if (!session_has_begun(session))
                        session_end(session, REASON_DISCOMFORT);
                else
                        end_step(session);
                return;
        }
        for (unsigned i = 0; i < 2; i++)
                stages[i] = (track = output_track(session, i)) ? track->stage : NULL;
        /* Ending one stage may start the next one; the score was not about that. */
        for (unsigned i = 0; i < 2; i++)
                if ((track = output_track(session, i)) && track->stage == stages[i])
                        act_on(session, track,
                                discomfort_step_say(&track->heard, &track->profile, score, false, asked));
        session_run_tick(session);
}

/* When the answer was given, as recorded. */
static const char *occasion(const struct session *session, bool asked) {
        if (!session_has_begun(session))
                return "baseline";
        return asked ? "asked" : "unasked";
}

static void note_score(struct session *session, unsigned score, const char *const *words, bool asked) {
        char said[96] = "";

        for (const char *const *w = words; w && *w; w++) {
                size_t n = strlen(said);

                (void) snprintf(said + n, sizeof(said) - n, "%s%s", n > 0 ? " " : "", *w);
        }
        session->last_discomfort = score;
        if (!session_has_begun(session))
                session->baseline = score;
        record_put(session->environment.record,
                &(struct record_entry){ RECORD_DISCOMFORT, .session = session->id, .runner = session->runner,
                        .routine = session->routine->id, .given = score, .reason = occasion(session, asked),
                        .text = said });
}

int session_discomfort(struct session *session, unsigned score, const char *const *words) {
        bool too_much = score >= session->routine->profile->limit, asked;

        if (score > DISCOMFORT_MAX)
                return -EDOM;
        for (const char *const *w = words; w && *w; w++)
                if (!discomfort_word_is_known(*w))
                        return -EDOM;
        /* A staged session is nobody's yet, and has no place in the record. */
        if (session->state == SESSION_ENDED || session->state == SESSION_STAGED)
                return -ESTALE;
        /* Set zero before recording anything. */
        if (too_much)
                session_stop_devices(session);
        asked = discomfort_loop_hear(&session->loop);
        if (!is_mark(session->question))
                session->question = QUESTION_NONE;
        note_score(session, score, words, asked);
        session_presence_seen(session);
        session_changed(session);
        if (too_much)
                session_end_stopped(session, REASON_DISCOMFORT);
        else
                react(session, score, words && *words, asked);
        return 0;
}

/* -EDOM unless the text is a whole number that is a score. */
static int score_from_string(const char *text, unsigned *ret) {
        if (isempty(text) || strlen(text) > 2 || text[strspn(text, "0123456789")])
                return -EDOM;
        *ret = (unsigned) strtoul(text, NULL, 10);
        return *ret <= DISCOMFORT_MAX ? 0 : -EDOM;
}

static int answer_offer(struct session *session, const char *sender, const char *answer) {
        struct track *track = output_track(session, session->offers_background);

        if (streq(answer, "yes") && !session->presence && !streq(lease_holder(session->lease), sender))
                return -EPERM;
        if (!streq(answer, "yes") && !streq(answer, "no"))
                return -EDOM;
        session->question = QUESTION_NONE;
        put_entry(session, RECORD_ANSWER, track ? track->stage : NULL, "offer", answer);
        session_presence_seen(session);
        if (track && streq(answer, "yes"))
                (void) session_ease_track(session, track, -1);
        session_changed(session);
        session_run_tick(session);
        return 0;
}

static int answer_step(struct session *session, const char *answer) {
        char **answers = isempty(session->prompt) ? NULL : session->foreground.stage->step->answers;
        const char *reason = isempty(session->prompt) ? "here" : "step";

        for (; answers && *answers && !streq(*answers, answer); answers++)
                ;
        if (answers ? !*answers : !streq(answer, "yes"))
                return -EDOM;
        put_entry(session, RECORD_ANSWER, NULL, reason, answer);
        session_presence_seen(session);
        if (!isempty(session->prompt))
                session_run_next(session);
        return 0;
}

/* --- calibration --- */

/* The channel being calibrated; false while nothing runs. */
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
        open_question(session, QUESTION_SENSATION);
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
        /* Set zero first. */
        session_stop_devices(session);
        if (session->environment.handler->calibrated)
                session->environment.handler->calibrated(session, &marks, session->environment.userdata);
        session_end_stopped(session, REASON_COMPLETED);
}

void session_calibrate_over(struct session *session) {
        if (session->marks[QUESTION_MAXIMUM] == 0)
                session->environment.handler->alert(session, "not-calibrated",
                        "It ended before all three levels were found: nothing was saved; calibrate again.",
                        session->environment.userdata);
}

static int set_mark(struct session *session, const char *answer) {
        enum question question = session->question;
        unsigned role, feature;
        int64_t level;

        if (!streq(answer, "here"))
                return -EDOM;
        /* The level the device has now, not the requested one. */
        level = find_channel(session, &role, &feature) ? device_taken(session->devices[role], feature) : 0;
        if (level == 0)
                return -ENODATA;
        if (question > QUESTION_SENSATION && level < session->marks[question - 1])
                return -ERANGE;
        session->marks[question] = level;
        put_entry(session, RECORD_ANSWER, session->foreground.stage, "calibration", answer);
        if (question == QUESTION_MAXIMUM)
                finish(session);
        else
                open_question(session, question + 1);
        return 0;
}

/* --- presence --- */

#define PROMPT_HERE "here"

static void on_ask(void *userdata) {
        struct session *session = userdata;

        record_put(session->environment.record,
                &(struct record_entry){ RECORD_PROMPT, .session = session->id, .text = "still there?" });
        session->environment.handler->prompt_raised(session, session->environment.userdata);
        session_turned(session);
}

static void on_lost(void *userdata) {
        struct session *session = userdata;

        session->environment.handler->alert(session, "nobody-answered",
                "nobody said that they are still there; paused", session->environment.userdata);
        session_pause(session, REASON_LEASE_LOST);
}

static const struct presence_handler presence_handler = { .ask = on_ask, .lost = on_lost };

int session_make_presence(struct session *session) {
        return presence_new(session->environment.clock, &presence_handler, session, &session->presence);
}

bool session_is_detached(const struct session *session) {
        return session->presence;
}

bool session_is_watched(const struct session *session) {
        return session->presence ? presence_is_alive(session->presence) : lease_is_alive(session->lease);
}

void session_presence_seen(struct session *session) {
        bool asking = session->presence && presence_is_asking(session->presence);

        if (session->presence && session->armed)
                presence_seen(session->presence);
        if (asking)
                session_turned(session);
}

void session_presence_end(struct session *session) {
        if (session->presence)
                presence_end(session->presence);
}

static bool presence_asks(const struct session *session) {
        return session->presence && presence_is_asking(session->presence);
}

static const char *presence_prompt(const struct session *session) {
        return presence_asks(session) ? PROMPT_HERE : "";
}

/* Discomfort goes before the routine's own prompt, and that before presence. */
const char *session_prompt(const struct session *session) {
        if (session->question != QUESTION_NONE)
                return session->question_id;
        return !isempty(session->prompt) ? session->prompt : presence_prompt(session);
}

const char *session_prompt_text(const struct session *session) {
        if (session->question != QUESTION_NONE)
                return question_text(session);
        if (!isempty(session->prompt))
                return session->foreground.stage->step->text;
        return presence_asks(session) ? "Still there? Without an answer the output goes to zero." : "";
}

const char *session_prompt_answer(const struct session *session, unsigned i) {
        char **answers = isempty(session->prompt) ? NULL : session->foreground.stage->step->answers;

        if (session->question != QUESTION_NONE)
                return question_answer(session, i);
        if (!answers)
                return i == 0 && presence_asks(session) ? "yes" : NULL;
        for (; *answers && i > 0; answers++)
                i--;
        return *answers;
}

/* --- answers to any open question --- */

int session_answer(struct session *session, const char *sender, const char *prompt, const char *answer) {
        unsigned score;
        int r;

        if (session->question == QUESTION_OFFER && streq(prompt, session->question_id))
                return answer_offer(session, sender, answer);
        if (is_mark(session->question) && streq(prompt, session->question_id)) {
                if (!session->presence && !streq(lease_holder(session->lease), sender))
                        return -EPERM;
                return set_mark(session, answer);
        }
        if (session->question != QUESTION_NONE && streq(prompt, session->question_id)) {
                r = score_from_string(answer, &score);
                return r < 0 ? r : session_discomfort(session, score, NULL);
        }
        /* A prompt that a question has hidden may be answered as well. */
        if (session->state != SESSION_RUNNING || isempty(session_prompt(session)))
                return -ESTALE;
        if (!streq(prompt, isempty(session->prompt) ? presence_prompt(session) : session->prompt))
                return -EDOM;
        return answer_step(session, answer);
}
