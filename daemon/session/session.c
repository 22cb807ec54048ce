/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lifetime of a session: create, begin, arm, pause, resume, end. */

#include <stdarg.h>

#include "daemon/session/session-private.h"

/* The session ends when nobody arms, answers or resumes for this long. */
#define ARM_WAIT_USEC (300 * USEC_PER_SEC)
#define CONNECT_WAIT_USEC (60 * USEC_PER_SEC)
#define PAUSE_WAIT_USEC (1800 * USEC_PER_SEC)
/* A staged session, which nobody resumed, ends after this time [D]. */
#define STAGED_WAIT_USEC (2 * 3600 * USEC_PER_SEC)
/* A terminal that lost its lease this often with output on may not hold a session [D]. */
#define LEASE_LOSSES_MAX 3u

static uint64_t now_of(const struct session *session) {
        return clock_now(session->environment.clock);
}

void session_changed(struct session *session) {
        session->event++;
        session->environment.handler->changed(session, session->environment.userdata);
}

void session_turned(struct session *session) {
        session->weighty_event = session->event + 1;
        session_changed(session);
}

static void note(const struct session *session, enum record_kind kind, const char *text) {
        record_put(session->environment.record, &(struct record_entry){ kind, .session = session->id,
                                                        .routine = session->routine->id, .text = text });
}

void session_intends(struct session *session) {
        if (session->environment.record)
                session->intended = session->environment.record->n_put;
}

bool session_is_recorded(const struct session *session) {
        return !session->environment.record || session->environment.record->n_kept >= session->intended;
}

void session_recorded(struct session *session) {
        if (session->held && session_is_recorded(session))
                session_run_tick(session);
}

static void set_state(struct session *session, enum session_state state) {
        session->state = state;
        session->waiting_usec = now_of(session);
        session_turned(session);
}

/* Any of the remaining stages has output. */
static bool needs_arming(const struct session *session) {
        if (session->background.stage ||
                (session->foreground.stage && stage_has_output(session->foreground.stage)))
                return true;
        for (unsigned i = session->next_stage; i < session->plan.n_stages; i++)
                if (stage_has_output(&session->plan.stages[i]))
                        return true;
        return false;
}

static void challenge(struct session *session) {
        int r;

        r = arming_challenge(&session->arming, session->environment.random, now_of(session));
        if (r < 0) {
                session->environment.handler->failed(session, -r,
                        "no random bytes for a challenge; the session cannot be armed",
                        session->environment.userdata);
                session_end(session, REASON_FAILED);
                return;
        }
        session->environment.handler->challenge(session, session->arming.nonce, session->arming.key,
                ARMING_VALID_USEC, session->environment.userdata);
        clock_timer_arm(session->wait_timer, session->arming.until_usec);
}

static void start_running(struct session *session) {
        clock_timer_disarm(session->wait_timer);
        session->reason = REASON_NONE;
        session_close_question(session);
        /* A staged session may have waited for days. */
        if (!session_has_begun(session))
                session_know_runner(session);
        set_state(session, SESSION_RUNNING);
        session_run_start(session);
        if (session->calibrates && session->state == SESSION_RUNNING)
                session_calibrate(session);
}

/* All devices are connected: ask for arming, or go on when no output follows. */
static void devices_ready(struct session *session) {
        if (!needs_arming(session)) {
                start_running(session);
                return;
        }
        set_state(session, SESSION_WAITING);
        challenge(session);
}

static bool all_ready(const struct session *session) {
        for (unsigned i = 0; i < session->routine->n_roles; i++)
                if (session->devices[i] && device_state(session->devices[i]) != DEVICE_READY)
                        return false;
        return true;
}

bool session_has_begun(const struct session *session) {
        return session->next_stage > 0;
}

static int connect_devices(struct session *session) {
        if (!session_has_begun(session) && needs_arming(session))
                session_ask_baseline(session);
        set_state(session, SESSION_CONNECTING);
        clock_timer_arm_in(session->wait_timer, CONNECT_WAIT_USEC);
        for (unsigned i = 0; i < session->routine->n_roles && session->state == SESSION_CONNECTING; i++) {
                int r;

                if (!session->devices[i])
                        continue;
                r = device_connect(session->devices[i]);
                if (r < 0) {
                        session_device_connected(session, session->devices[i], -r, strerror(-r));
                        return r;
                }
        }
        if (session->state == SESSION_CONNECTING && all_ready(session))
                devices_ready(session);
        return 0;
}

static void on_tick(struct clock_timer *timer, void *userdata) {
        session_run_tick(userdata);
}

static void on_wait(struct clock_timer *timer, void *userdata) {
        struct session *session = userdata;
        uint64_t waited = now_of(session) - session->waiting_usec;

        if (session->state == SESSION_WAITING && waited < ARM_WAIT_USEC)
                challenge(session);
        else if (session->state == SESSION_CONNECTING) {
                session->environment.handler->failed(session, EHOSTUNREACH,
                        "A device could not be connected for a minute: switch it on, bring it nearer, then resume.",
                        session->environment.userdata);
                session_pause(session, REASON_DEVICE_LOST);
        } else if (session->state != SESSION_ENDED)
                session_end(session, REASON_TIMEOUT);
}

static void on_lease_lost(enum lease_loss loss, void *userdata) {
        static const char *const sentences[] = {
                [LEASE_SILENT] = "the terminal fell silent",
                [LEASE_DISAGREED] = "the terminal did not see what happened",
                [LEASE_HOLDER_GONE] = "the terminal is gone",
        };
        struct session *session = userdata;

        if (session->state == SESSION_ENDED || (session->presence && session->armed))
                return;
        session->environment.handler->alert(
                session, "lease-lost", sentences[loss], session->environment.userdata);
        if (session->output_active && ++session->lease_losses >= LEASE_LOSSES_MAX)
                session_end(session, REASON_LEASE_LOST);
        else if (session->state == SESSION_RUNNING || session->state == SESSION_WAITING ||
                 session->state == SESSION_CONNECTING)
                session_pause(session, REASON_LEASE_LOST);
}

/* From here on nobody else has them, and the session is in the record. */
static int take_devices(struct session *session) {
        for (unsigned i = 0; i < session->routine->n_roles; i++)
                if (session->devices[i] && device_owner(session->devices[i]))
                        return -EADDRINUSE;
        for (unsigned i = 0; i < session->routine->n_roles; i++)
                if (session->devices[i])
                        device_set_owner(session->devices[i], session, session->id);
        session->owns_devices = true;
        record_put(session->environment.record,
                &(struct record_entry){ RECORD_SESSION_STARTED, .session = session->id,
                        .runner = session->runner, .routine = session->routine->id });
        return 0;
}

/* Since it was staged, they may have been forgotten. */
static int take_staged_devices(struct session *session) {
        for (unsigned i = 0; i < session->routine->n_roles; i++)
                if (session->devices[i] && !device_is_added(session->devices[i]))
                        return -ENODEV;
        return take_devices(session);
}

int session_begin(struct session *session) {
        if (session->owns_devices)
                return connect_devices(session);
        clock_timer_arm_in(session->wait_timer, session->environment.stage_expiry_usec ?: STAGED_WAIT_USEC);
        return 0;
}

int session_resume(struct session *session, const char *holder) {
        int r;

        if (session->state != SESSION_PAUSED && session->state != SESSION_STAGED)
                return -ESTALE;
        if (lease_is_alive(session->lease) && !streq(lease_holder(session->lease), holder))
                return -EBUSY;
        r = session->owns_devices ? 0 : take_staged_devices(session);
        if (r < 0)
                return r;
        /* The same holder keeps its lease: no output is on, and it may resume within one beat interval. */
        if (!streq(lease_holder(session->lease), holder)) {
                r = lease_take(session->lease, holder);
                if (r < 0)
                        return r;
        }
        clock_timer_disarm(session->wait_timer);
        return connect_devices(session);
}

int session_arm(struct session *session, const char *holder, const char *nonce) {
        int r;

        if (!streq(lease_holder(session->lease), holder))
                return -EPERM;
        if (session->state != SESSION_WAITING)
                return -ESTALE;
        r = arming_answer(&session->arming, nonce, now_of(session));
        if (r < 0) {
                challenge(session); /* the old one is used up */
                return r;
        }
        session->armed = true;
        session_presence_seen(session);
        note(session, RECORD_ARMED, NULL);
        session_intends(session);
        start_running(session);
        return 0;
}

int session_beat(struct session *session, const char *sender, unsigned last_event, bool output_believed) {
        /* Setpoints change faster than a slow link delivers them; only the last change of state, step or output must have
         * been seen. */
        bool seen = last_event >= session->weighty_event && last_event <= session->event;

        return lease_beat(session->lease, sender, seen && output_believed == session->output_active);
}

void session_holder_gone(struct session *session, const char *name) {
        lease_holder_gone(session->lease, name);
}

void session_pause(struct session *session, enum session_reason reason) {
        if (session->state == SESSION_ENDED)
                return;
        session_stop_devices(session);
        session->armed = false;
        session_presence_end(session);
        arming_void(&session->arming);
        session_close_question(session);
        if (session->state == SESSION_PAUSED || session->state == SESSION_STAGED) {
                session_update_output(session);
                return;
        }
        session_run_freeze(session);
        session_tell_doses(session);
        session->reason = reason;
        note(session, RECORD_PAUSED, session_reason_to_string(reason));
        set_state(session, SESSION_PAUSED);
        session_update_output(session);
        clock_timer_arm_in(session->wait_timer, PAUSE_WAIT_USEC);
}

int session_skip(struct session *session) {
        if (session->state != SESSION_RUNNING && session->state != SESSION_PAUSED)
                return -ESTALE;
        if (!session->foreground.stage && !session->background.stage)
                return -ESTALE;
        session_run_next(session);
        session_update_output(session);
        return 0;
}

void session_end(struct session *session, enum session_reason reason) {
        if (session->state == SESSION_ENDED)
                return;
        session_stop_devices(session);
        session_end_stopped(session, reason);
}

void session_end_stopped(struct session *session, enum session_reason reason) {
        if (session->state == SESSION_ENDED)
                return;
        session_forget_drive(session);
        session_tell_doses(session);
        session_run_freeze(session);
        clock_timer_disarm(session->wait_timer);
        session->armed = false;
        session_presence_end(session);
        arming_void(&session->arming);
        session->prompt[0] = '\0';
        session_close_question(session);
        session->reason = reason;
        if (session->calibrates)
                session_calibrate_over(session);
        set_state(session, SESSION_ENDED);
        session_update_output(session);
        if (session->owns_devices)
                note(session, RECORD_SESSION_ENDED, session_reason_to_string(reason));
        for (unsigned i = 0; session->owns_devices && i < session->routine->n_roles; i++)
                if (session->devices[i])
                        device_set_owner(session->devices[i], NULL, 0);
        session->environment.handler->ended(session, session->environment.userdata);
        /* After it was told, since the holder is told more than others. */
        lease_drop(session->lease);
}

int session_adjust(struct session *session, const char *sender, int steps) {
        struct track *track =
                track_phase_duration(&session->foreground) > 0 && stage_has_output(session->foreground.stage)
                        ? &session->foreground
                        : &session->background;

        if (session->state != SESSION_RUNNING || !track->stage)
                return -ESTALE;
        /* REQ9: raising needs somebody present. */
        if (steps > 0 && !session->presence && !streq(lease_holder(session->lease), sender))
                return -EPERM;
        if (steps > 0 && session_is_held(session))
                return -EAGAIN;
        /* A repeating key must not get ahead of what is felt. */
        if (steps > 0 && session->calibrates) {
                int r = session_calibration_may_rise(session);

                if (r <= 0)
                        return r;
        }
        if (session->calibrates)
                steps = MIN(steps, 1);
        session_adjust_track(session, track, steps);
        session_changed(session);
        session_run_tick(session);
        return 0;
}

void session_device_connected(
        struct session *session, struct device *device, int error, const char *sentence) {
        if (session->state != SESSION_CONNECTING)
                return;
        if (error != 0) {
                session->environment.handler->failed(
                        session, error, sentence, session->environment.userdata);
                session_end(session, REASON_FAILED);
        } else if (all_ready(session))
                devices_ready(session);
}

/* A request under way fails a moment before the link is known to be gone: the loss is then the reason. */
static bool failed_just_now(const struct session *session) {
        return session->state == SESSION_PAUSED && session->reason == REASON_FAILED &&
               now_of(session) - session->waiting_usec < USEC_PER_SEC;
}

void session_device_lost(struct session *session, struct device *device, const char *why) {
        _cleanup_free_ char *sentence = NULL;

        if (session->state != SESSION_RUNNING && session->state != SESSION_WAITING &&
                !failed_just_now(session))
                return;
        if (asprintf(&sentence, "%s is out of reach (%s); paused. %s", device_title(device), why,
                    strnull(device_definition(device)->link_loss_text)) < 0)
                sentence = NULL;
        session->environment.handler->alert(session, "device-lost", sentence ?: "a device is out of reach",
                session->environment.userdata);
        if (session->state == SESSION_PAUSED) {
                session->reason = REASON_DEVICE_LOST;
                session_turned(session);
        } else
                session_pause(session, REASON_DEVICE_LOST);
}

void session_device_gone(struct session *session) {
        if (session->state == SESSION_ENDED)
                return;
        session->environment.handler->failed(session, ENODEV,
                "a device was forgotten, or added as another model, since it was staged; start it anew",
                session->environment.userdata);
        session_end(session, REASON_FAILED);
}

void session_device_changed(struct session *session, struct device *device) {
        if (session->state != SESSION_ENDED || session->output_active || session_has_unseen(session))
                session_update_output(session);
        if (session->held && session->state == SESSION_RUNNING)
                session_run_tick(session);
}

void session_device_alarm(
        struct session *session, struct device *device, const char *code, const char *sentence) {
        session->environment.handler->alert(session, code, sentence, session->environment.userdata);
        if (session->state == SESSION_RUNNING)
                session_pause(session, streq(code, "link-lost") ? REASON_DEVICE_LOST : REASON_FAILED);
}

/* --- creating one: everything that can be refused is refused here, before anything is connected --- */

_printf_(3, 4) static int refuse(char **ret_sentence, int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        if (vasprintf(ret_sentence, format, ap) < 0)
                *ret_sentence = NULL;
        va_end(ap);
        return error;
}

static void format_levels(
        char *buffer, size_t size, const struct feature *f, const struct quantity_range *range) {
        char text[QUANTITY_TEXT_MAX];

        if (streq(f->unit, "Hz"))
                (void) snprintf(buffer, size, "%s", quantity_format_range(text, DIMENSION_FREQUENCY, range));
        else if (streq(f->unit, "mA"))
                (void) snprintf(buffer, size, "%s", quantity_format_range(text, DIMENSION_CURRENT, range));
        else
                (void) snprintf(buffer, size, "level %lld to %lld", (long long) (range->min / 1000),
                        (long long) (range->max / 1000));
}

/* Names both ranges: the routine's and the device's. */
static int check_stage(const struct session *session, const struct stage *stage, struct device *device,
        char **ret_sentence) {
        const struct device_definition *definition = device_definition(device);
        unsigned mask = session_stage_features(stage, definition);

        if (mask == 0)
                return refuse(ret_sentence, -ERANGE,
                        "%s has no channel for the step \"%s\"; name another with --device",
                        device_title(device), stage->step->title);
        for (unsigned i = 0; i < definition->n_features; i++) {
                const struct feature *f = &definition->features[i];
                struct quantity_range range, own = { f->min, f->max };
                char wanted[96], has[96];

                if (!(mask & (1u << i)) || session_common_range(session, stage, device, i, &range) >= 0)
                        continue;
                (void) routine_step_dose(stage->step, wanted, sizeof(wanted));
                format_levels(has, sizeof(has), f, &own);
                return refuse(ret_sentence, -ERANGE,
                        "the step \"%s\" asks for %s, but %s gives %s: nothing in common",
                        stage->step->title, wanted, device_title(device), has);
        }
        return 0;
}

/* Every stage with output has a capable device that is not in use. Drops devices that no stage needs; the rest determine the
 * kind. */
static int check_devices(
        struct session *session, const struct session_options *options, char **ret_sentence) {
        bool percussion = false, estim = false;
        int r;

        for (unsigned i = 0; i < session->plan.n_stages; i++) {
                const struct stage *stage = &session->plan.stages[i];
                unsigned role = stage->step->role;
                struct device *device;

                if (!stage_has_output(stage))
                        continue;
                device = options->devices[role];
                if (!device)
                        return refuse(ret_sentence, -ENODEV, "the role '%s' has no device",
                                session->routine->roles[role].name);
                if (!options->stage && device_owner(device))
                        return refuse(ret_sentence, -EBUSY,
                                "%s is in use by another session; stop that first", device_title(device));
                if (!session->devices[role])
                        session->devices[role] = device_ref(device);
                session_know_stage(session, stage);
                r = check_stage(session, stage, device, ret_sentence);
                if (r < 0)
                        return r;
                percussion |= stage->step->kind == STEP_PERCUSSION;
                estim |= stage->step->kind == STEP_ESTIM;
        }
        session->kind = percussion && estim ? SESSION_KIND_MIXED
                        : estim             ? SESSION_KIND_ESTIM
                        : percussion        ? SESSION_KIND_PERCUSSION
                                            : SESSION_KIND_NONE;
        for (unsigned a = 0; a < session->routine->n_roles; a++)
                for (unsigned b = 0; b < a; b++)
                        if (session->devices[a] && session->devices[a] == session->devices[b])
                                return refuse(ret_sentence, -EBUSY, "%s cannot be both '%s' and '%s'",
                                        device_title(session->devices[a]), session->routine->roles[b].name,
                                        session->routine->roles[a].name);
        return 0;
}

static int make_clocks(struct session *session) {
        struct clock *clock = session->environment.clock;
        int r;

        r = clock_timer_new(clock, on_tick, session, &session->tick_timer);
        if (r >= 0)
                r = clock_timer_new(clock, on_wait, session, &session->wait_timer);
        if (r >= 0)
                r = lease_new(clock, on_lease_lost, session, &session->lease);
        return r;
}

int session_new(const struct session_environment *environment, struct routine *routine,
        const struct session_options *options, struct session **ret, char **ret_sentence) {
        _cleanup_(session_freep) struct session *session = calloc(1, sizeof(*session));
        int r;

        *ret_sentence = NULL;
        if (!session)
                return -ENOMEM;
        session->environment = *environment;
        session->routine = routine_ref(routine);
        session->id = options->id;
        session->runner = options->runner;
        session->calibrates = options->calibrate;
        session->state = SESSION_STAGED;
        session->event = 1;
        session->last_discomfort = session->baseline = DISCOMFORT_NONE;
        session->foreground.since_usec = session->background.since_usec = USEC_INFINITY;

        r = session_plan_make(routine, options->only, options->first_times, &session->plan);
        if (r == -ENODATA)
                return refuse(ret_sentence, r,
                        "'%s' does nothing on that side; 'limber show %s' lists its steps", routine->id,
                        routine->id);
        if (r < 0)
                return r;
        session->results = calloc(session->plan.n_stages, sizeof(*session->results));
        session->people = calloc(session->plan.n_stages, sizeof(*session->people));
        if (!session->results || !session->people)
                return -ENOMEM;
        r = check_devices(session, options, ret_sentence);
        if (r >= 0)
                r = make_clocks(session);
        if (r >= 0 && options->detach && session->kind != SESSION_KIND_PERCUSSION)
                return refuse(ret_sentence, -EOPNOTSUPP,
                        "only percussion may go on without a terminal; start '%s' without --detach",
                        routine->id);
        if (r >= 0 && options->detach)
                r = session_make_presence(session);
        if (r >= 0 && !options->stage)
                r = lease_take(session->lease, options->holder);
        if (r < 0)
                return r;

        r = options->stage ? 0 : take_devices(session);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(session);
        return 0;
}

struct session *session_free(struct session *session) {
        if (!session)
                return NULL;
        session_close_unseen(session);
        for (unsigned i = 0; session->owns_devices && i < session->routine->n_roles; i++)
                if (session->devices[i] && device_owner(session->devices[i]) == session) {
                        (void) device_stop(session->devices[i]);
                        device_set_owner(session->devices[i], NULL, 0);
                }
        clock_timer_free(session->tick_timer);
        clock_timer_free(session->wait_timer);
        lease_free(session->lease);
        presence_free(session->presence);
        session_plan_done(&session->plan);
        free(session->results);
        free(session->people);
        for (unsigned i = 0; i < ROUTINE_ROLES_MAX; i++)
                device_unref(session->devices[i]);
        routine_unref(session->routine);
        free(session);
        return NULL;
}
