/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "daemon/manager/manager-private.h"
#include "lib/quantity.h"

/* Smaller steps are a network's everyday business. */
#define CLOCK_STEP_TOLD_USEC (60 * USEC_PER_SEC)
#include "lib/dose.h"

/* An ended session can be read for this long. */
#define SESSION_LINGER_USEC (60 * USEC_PER_SEC)

int manager_refuse(char **ret_sentence, int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        if (vasprintf(ret_sentence, format, ap) < 0)
                *ret_sentence = NULL;
        va_end(ap);
        return error;
}

bool manager_session_is_live(const struct session *session) {
        return session && session_state(session) != SESSION_ENDED;
}

static bool manager_session_has_begun(const struct session *session) {
        return manager_session_is_live(session) && session_state(session) != SESSION_STAGED;
}

static struct session *session_of(struct device *device) {
        return device_owner(device);
}

static void device_changed(struct device *device, void *userdata) {
        struct manager *manager = userdata;

        /* Includes ended ones: their output may only now be off. */
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i] && session_uses(manager->sessions[i], device))
                        session_device_changed(manager->sessions[i], device);
        manager->settings.handler->device_changed(device, manager->settings.userdata);
}

static void device_connected(struct device *device, int error, const char *sentence, void *userdata) {
        struct manager *manager = userdata;

        if (session_of(device))
                session_device_connected(session_of(device), device, error, sentence);
        manager->settings.handler->device_connected(device, error, sentence, manager->settings.userdata);
}

static void device_disconnected(struct device *device, int error, const char *sentence, void *userdata) {
        struct manager *manager = userdata;

        manager->settings.handler->device_disconnected(device, error, sentence, manager->settings.userdata);
}

static void device_lost(struct device *device, const char *why, void *userdata) {
        if (session_of(device))
                session_device_lost(session_of(device), device, why);
}

static void device_alarm(struct device *device, const char *code, const char *sentence, void *userdata) {
        struct manager *manager = userdata;

        /* The session reports the loss, and pauses. */
        if (manager_session_is_live(session_of(device))) {
                session_device_alarm(session_of(device), device, code, sentence);
                return;
        }
        record_put(manager->settings.record,
                &(struct record_entry){ RECORD_ALERT, .device = device_address(device),
                        .session = device_session(device), .reason = code, .text = sentence });
        manager->settings.handler->alert(code, 0, sentence, device, NULL, manager->settings.userdata);
}

static void device_touched(struct device *device, unsigned feature, void *userdata) {
        device_changed(device, userdata);
}

static int device_output(struct device *device, bool on, void *userdata) {
        struct manager *manager = userdata;
        int r;

        r = manager->settings.handler->output(device, on, manager->settings.userdata);
        if (r >= 0)
                manager->settings.handler->changed(manager->settings.userdata);
        return r;
}

static void device_rested(struct device *device, void *userdata) {
        struct manager *manager = userdata;

        manager->settings.handler->rested(manager->settings.userdata);
}

const struct device_handler manager_device_handler = {
        .changed = device_changed,
        .connected = device_connected,
        .disconnected = device_disconnected,
        .lost = device_lost,
        .alarm = device_alarm,
        .touched = device_touched,
        .output = device_output,
        .rested = device_rested,
};

static void session_on_changed(struct session *session, void *userdata) {
        struct manager *manager = userdata;

        manager->settings.handler->session->changed(session, manager->settings.userdata);
}

static void session_on_step(struct session *session, void *userdata) {
        struct manager *manager = userdata;

        manager->settings.handler->session->step_started(session, manager->settings.userdata);
}

static void session_on_prompt(struct session *session, void *userdata) {
        struct manager *manager = userdata;

        manager->settings.handler->session->prompt_raised(session, manager->settings.userdata);
}

static void session_on_challenge(
        struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;

        manager->settings.handler->session->challenge(session, nonce, key, usec, manager->settings.userdata);
}

static void alert_of_session(struct manager *manager, struct session *session, const char *code, int error,
        const char *sentence) {
        record_put(manager->settings.record,
                &(struct record_entry){ RECORD_ALERT, .session = session_id(session),
                        .routine = session_routine(session)->id, .reason = code, .text = sentence });
        manager->settings.handler->alert(code, error, sentence, NULL, session, manager->settings.userdata);
}

uint64_t manager_wall(const struct manager *manager) {
        return manager->settings.wall ? manager->settings.wall() : 0;
}

struct dose_ledger *manager_doses(struct manager *manager) {
        return manager->doses;
}

struct runner_store *manager_runners(const struct manager *manager) {
        return manager->settings.runners;
}

const struct runner *manager_runner(const struct manager *manager, uid_t uid) {
        return manager->settings.runners ? runner_store_find(manager->settings.runners, uid) : NULL;
}

struct gate_person manager_person(const struct manager *manager, uid_t uid, const struct feature *feature) {
        struct gate_person person = runner_person(manager_runner(manager, uid), feature);

        person.sessions_done = dose_ledger_pads_sessions(manager->doses, uid);
        return person;
}

bool manager_runner_is_busy(const struct manager *manager, uid_t uid) {
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_is_live(manager->sessions[i]) &&
                        session_runner(manager->sessions[i]) == uid)
                        return true;
        return false;
}

void manager_alert(struct manager *manager, const char *code, const char *sentence) {
        manager->settings.handler->alert(code, 0, sentence, NULL, NULL, manager->settings.userdata);
}

static const struct manager_tuning default_tuning = {
        .device = { .idle_usec = 120 * USEC_PER_SEC, .battery_min = GATE_BATTERY_MIN },
        .stage_expiry_usec = 2 * 3600 * USEC_PER_SEC,
};

void manager_tune(struct manager *manager) {
        unsigned battery_min =
                MAX(manager->tuning.device.battery_min, manager->next_tuning.device.battery_min);

        manager->tuning = manager->next_tuning;
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_has_begun(manager->sessions[i]))
                        manager->tuning.device.battery_min = battery_min;
}

void manager_set_tuning(struct manager *manager, const struct manager_tuning *tuning) {
        manager->next_tuning = *tuning;
        manager_tune(manager);
}

void manager_clock_set(struct manager *manager, int64_t step_usec, bool is_right) {
        uint64_t size = (uint64_t) (step_usec < 0 ? -step_usec : step_usec);
        _cleanup_free_ char *sentence = NULL;
        char words[QUANTITY_TEXT_MAX];

        if (is_right)
                dose_ledger_clock_is_right(
                        manager->doses, manager_wall(manager), (int64_t) clock_now(manager->settings.clock));
        if (size < CLOCK_STEP_TOLD_USEC)
                return;
        size -= size % USEC_PER_SEC;
        if (asprintf(&sentence,
                    "The clock of this computer was set %s by %s. Rests and the length of sessions do not change by that.",
                    step_usec < 0 ? "back" : "forward",
                    quantity_format(words, DIMENSION_TIME, (int64_t) size)) >= 0)
                manager_alert(manager, "clock", sentence);
}

static void session_on_alert(
        struct session *session, const char *code, const char *sentence, void *userdata) {
        alert_of_session(userdata, session, code, 0, sentence);
}

static void session_on_failed(struct session *session, int error, const char *sentence, void *userdata) {
        alert_of_session(userdata, session, "failed", error, sentence);
}

static struct dose_time now_of(const struct manager *manager) {
        return dose_time_at((int64_t) clock_now(manager->settings.clock));
}

static void session_on_dosed(
        struct session *session, const struct stage *stage, uint64_t on_usec, bool trained, void *userdata) {
        struct manager *manager = userdata;

        if (!stage->step->zone)
                return;
        if (on_usec >= DOSE_LEDGER_TREATED_USEC)
                manager_feel_treated(manager, session, stage);
        (void) dose_ledger_add(
                manager->doses, &(struct zone_dose){ .runner = session_runner(session),
                                        .session = session_id(session),
                                        .zone = stage->step->zone,
                                        .side = session_side_given(session, stage),
                                        .kind = session_routine(session)->roles[stage->step->role].kind,
                                        .strength = step_is_strength(stage->step),
                                        .trained = trained,
                                        .on_usec = on_usec,
                                        .ended = now_of(manager) });
}

/* REQ16: that place rests because it hurt too much. */
static void rest_part(struct manager *manager, const struct session *session, const struct stage *stage) {
        const struct zone *zone = stage ? stage->step->zone : NULL;
        enum side side = stage ? stage->side : SIDE_NONE;

        (void) dose_ledger_hurt(manager->doses, session_runner(session), session_routine(session)->id, zone,
                side, now_of(manager));
        record_put(manager->settings.record,
                &(struct record_entry){ RECORD_REST, .session = session_id(session),
                        .runner = session_runner(session), .routine = session_routine(session)->id,
                        .zone = zone ? zone->id : NULL, .side = side_to_string(side) });
}

/* Gun and pads at once, or one place right after another: it is unknown which of them hurt, so all of these rest. */
static void rest(struct manager *manager, const struct session *session) {
        const struct stage *felt[SESSION_FELT_MAX];
        unsigned n = session_felt_stages(session, felt);

        for (unsigned i = 0; i < n; i++) {
                rest_part(manager, session, felt[i]);
                /* However short it was: how it feels afterwards is asked. */
                manager_feel_treated(manager, session, felt[i]);
        }
        if (n == 0)
                rest_part(manager, session, session_stage(session));
}

/* A routine that was stopped before it did anything may begin again at once. */
static void note_done(struct manager *manager, const struct session *session) {
        if (session_reason(session) != REASON_COMPLETED &&
                dose_ledger_of_session(manager->doses, session_id(session)) < DOSE_LEDGER_TREATED_USEC)
                return;
        (void) dose_ledger_done(
                manager->doses, session_runner(session), session_routine(session)->id, now_of(manager));
}

static void session_on_ended(struct session *session, void *userdata) {
        struct manager *manager = userdata;

        if (session_reason(session) == REASON_DISCOMFORT) {
                rest(manager, session);
                record_hurry(manager->settings.record); /* it is to hold, whatever happens next */
        }
        manager_feel_over(manager, session);
        note_done(manager, session);
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i] == session)
                        manager->session_ended_usec[i] = clock_now(manager->settings.clock);
        if (!clock_timer_armed(manager->sweep_timer))
                clock_timer_arm_in(manager->sweep_timer, SESSION_LINGER_USEC);
        manager->settings.handler->session->ended(session, manager->settings.userdata);
        manager->settings.handler->rested(manager->settings.userdata);
}

const struct session_handler manager_session_handler = {
        .changed = session_on_changed,
        .step_started = session_on_step,
        .prompt_raised = session_on_prompt,
        .challenge = session_on_challenge,
        .alert = session_on_alert,
        .failed = session_on_failed,
        .ended = session_on_ended,
        .calibrated = manager_session_calibrated,
        .dosed = session_on_dosed,
};

static void remove_session(struct manager *manager, unsigned i) {
        manager->settings.handler->session_removed(manager->sessions[i], manager->settings.userdata);
        manager->sessions[i] = session_free(manager->sessions[i]);
}

/* A session that ended, a staged one, one whose output goes on. */
static unsigned priority_of(struct session *session) {
        if (manager_session_is_live(session))
                return 1;
        return session_is_counting(session) ? 2 : 0;
}

/* What must give way first, and of each the oldest. */
static bool gives_way_before(const struct manager *manager, unsigned a, unsigned b) {
        unsigned a_priority = priority_of(manager->sessions[a]),
                 b_priority = priority_of(manager->sessions[b]);

        if (a_priority != b_priority)
                return a_priority < b_priority;
        return a_priority != 1 ? manager->session_ended_usec[a] < manager->session_ended_usec[b]
                               : session_id(manager->sessions[a]) < session_id(manager->sessions[b]);
}

unsigned manager_evict(struct manager *manager) {
        unsigned first = MANAGER_SESSIONS_MAX;

        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i] && !manager_session_has_begun(manager->sessions[i]) &&
                        (first == MANAGER_SESSIONS_MAX || gives_way_before(manager, i, first)))
                        first = i;
        if (first < MANAGER_SESSIONS_MAX) {
                session_end(manager->sessions[first], REASON_TIMEOUT);
                remove_session(manager, first);
        }
        return first;
}

static void on_sweep(struct clock_timer *timer, void *userdata) {
        struct manager *manager = userdata;
        uint64_t now = clock_now(manager->settings.clock), next = USEC_INFINITY;

        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++) {
                uint64_t at = manager->session_ended_usec[i] + SESSION_LINGER_USEC;

                if (!manager->sessions[i] || manager_session_is_live(manager->sessions[i]))
                        continue;
                /* What is still on is a dose of that session once it is off. */
                if (at <= now && session_is_counting(manager->sessions[i]))
                        at = now + SESSION_LINGER_USEC;
                if (at <= now)
                        remove_session(manager, i);
                else
                        next = MIN(next, at);
        }
        if (next != USEC_INFINITY)
                clock_timer_arm(timer, next);
}

static void on_scan_over(struct clock_timer *timer, void *userdata) {
        struct manager *manager = userdata;

        (void) radio_scan(manager->radio, false);
}

int manager_scan(struct manager *manager, unsigned seconds, char **ret_sentence) {
        int r;

        if (seconds < 1 || seconds > MANAGER_SCAN_SECONDS_MAX)
                return manager_refuse(
                        ret_sentence, -EDOM, "a scan takes 1 to %u seconds", MANAGER_SCAN_SECONDS_MAX);
        /* Scanning takes radio time from the links that carry the output. */
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_has_begun(manager->sessions[i]))
                        return manager_refuse(
                                ret_sentence, -EBUSY, "a session is running; scan when it is over");
        r = radio_scan(manager->radio, true);
        if (r < 0)
                return manager_refuse(ret_sentence, r, "%s",
                        r == -ENETDOWN
                                ? "Bluetooth is switched off: switch it on with 'bluetoothctl power on'"
                                : "this machine has no Bluetooth adapter, or bluetooth.service does not run");
        clock_timer_arm_in(manager->scan_timer, seconds * USEC_PER_SEC);
        return 0;
}

unsigned manager_stop_all(struct manager *manager, enum session_reason reason) {
        /* Devices first: no session bookkeeping before a stop. */
        unsigned n = device_stop_all(manager->devices, manager->n_devices);

        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_is_live(manager->sessions[i]))
                        session_end_stopped(manager->sessions[i], reason);
        return n;
}

void manager_pause_all(struct manager *manager, enum session_reason reason) {
        (void) device_stop_all(manager->devices, manager->n_devices);
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_is_live(manager->sessions[i]))
                        session_pause(manager->sessions[i], reason);
}

bool manager_output_active(const struct manager *manager) {
        for (unsigned i = 0; i < manager->n_devices; i++)
                if (device_output_active(manager->devices[i]))
                        return true;
        return manager_left_on(manager);
}

bool manager_is_quiet(const struct manager *manager) {
        for (unsigned i = 0; i < manager->n_devices; i++)
                if (device_output_active(manager->devices[i]) || device_is_stopping(manager->devices[i]))
                        return false;
        return true;
}

struct device *manager_device_at(const struct manager *manager, unsigned i) {
        return i < manager->n_devices ? manager->devices[i] : NULL;
}

struct session *manager_session_at(const struct manager *manager, unsigned i) {
        for (unsigned k = 0; k < MANAGER_SESSIONS_MAX; k++)
                if (manager->sessions[k] && i-- == 0)
                        return manager->sessions[k];
        return NULL;
}

struct session *manager_session_by_id(const struct manager *manager, unsigned id) {
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i] && session_id(manager->sessions[i]) == id)
                        return manager->sessions[i];
        return NULL;
}

void manager_recorded(struct manager *manager, unsigned session) {
        struct session *found = manager_session_by_id(manager, session);

        if (found)
                session_recorded(found);
}

void manager_client_gone(struct manager *manager, const char *name) {
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i])
                        session_holder_gone(manager->sessions[i], name);
}

const struct library *manager_library(const struct manager *manager) {
        return manager->library;
}

const struct rejects *manager_store_rejects(const struct manager *manager) {
        return &manager->store_rejects;
}

void manager_set_radio(struct manager *manager, struct radio *radio) {
        manager->radio = radio;
}

bool manager_is_in_use(const struct manager *manager) {
        /* A staged session has nothing that others would wait for. */
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_has_begun(manager->sessions[i]))
                        return true;
        return !manager_is_quiet(manager);
}

int manager_set_library(struct manager *manager, struct library *library) {
        _cleanup_free_ struct stored_device *stored = NULL;
        unsigned n_stored = 0;

        if (manager_is_in_use(manager)) {
                library_free(library);
                return -EBUSY;
        }
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i]) {
                        session_end(manager->sessions[i], REASON_STOPPED);
                        remove_session(manager, i);
                }
        /* Files are read at the start only: afterwards a change may be on its way to one. */
        if (manager->library_seen)
                stored = manager_list_stored(manager, &n_stored);
        manager_drop_devices(manager);
        library_free(manager->library);
        manager->library = library;
        if (manager->library_seen)
                manager_take_stored(manager, stored, n_stored);
        else
                manager_take_stored(manager, library->stored, library->n_stored);
        if (!manager->library_seen)
                manager_recover_armed(manager);
        manager->library_seen = true;
        manager->settings.handler->changed(manager->settings.userdata);
        return 0;
}

void manager_add_routines(struct manager *manager, struct library *routines) {
        library_take_routines(manager->library, routines);
        manager->settings.handler->changed(manager->settings.userdata);
}

int manager_new(const struct manager_settings *settings, struct manager **ret) {
        _cleanup_(manager_freep) struct manager *manager = calloc(1, sizeof(*manager));
        int r;

        if (!manager)
                return -ENOMEM;
        manager->settings = *settings;
        manager_set_tuning(manager, &default_tuning);
        manager->last_session = settings->last_session;
        r = clock_timer_new(settings->clock, on_sweep, manager, &manager->sweep_timer);
        if (r >= 0)
                r = dose_ledger_new(&manager->doses);
        if (r >= 0)
                r = manager_make_follow_ups(manager);
        if (r >= 0)
                r = clock_timer_new(settings->clock, on_scan_over, manager, &manager->scan_timer);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(manager);
        return 0;
}

struct manager *manager_free(struct manager *manager) {
        if (!manager)
                return NULL;
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                session_free(manager->sessions[i]);
        for (unsigned i = 0; i < manager->n_devices; i++)
                manager->devices[i] = device_unref(manager->devices[i]);
        free(manager->devices);
        library_free(manager->library);
        rejects_done(&manager->store_rejects);
        free(manager->orphans);
        clock_timer_free(manager->sweep_timer);
        clock_timer_free(manager->scan_timer);
        dose_ledger_free(manager->doses);
        manager_free_follow_ups(manager);
        free(manager);
        return NULL;
}
