/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/virtual/world.h"
#include "lib/conf-text.h"

#include "tests/test.h"

/* A person takes a second to read and press. */
#define ARM_AFTER_USEC (1 * USEC_PER_SEC)
#define FEEL_AFTER_USEC (1 * USEC_PER_SEC)
#define BEAT_USEC (300 * USEC_PER_MSEC)

static struct clock *clock_of(const struct world *world) {
        return virtual_clock_base(world->clock);
}

static struct session *session_of(const struct world *world, const struct device *device) {
        return world->session && session_uses(world->session, device) ? world->session : NULL;
}

static void device_changed(struct device *device, void *userdata) {
        struct session *session = session_of(userdata, device);

        if (session)
                session_device_changed(session, device);
}

static void device_connected(struct device *device, int error, const char *sentence, void *userdata) {
        struct session *session = session_of(userdata, device);

        if (session)
                session_device_connected(session, device, error, sentence);
}

static void device_lost(struct device *device, const char *why, void *userdata) {
        struct session *session = session_of(userdata, device);

        if (session)
                session_device_lost(session, device, why);
}

static void keep_alert(struct world *world, const char *code, const char *sentence) {
        struct world_alert *alert;

        assert_true(world->n_alerts < WORLD_ALERTS_MAX);
        alert = &world->alerts[world->n_alerts++];
        alert->t_usec = virtual_clock_now(world->clock);
        (void) snprintf(alert->code, sizeof(alert->code), "%s", code);
        alert->sentence = strdup(sentence);
}

static void device_alarm_raised(
        struct device *device, const char *code, const char *sentence, void *userdata) {
        struct session *session = session_of(userdata, device);

        if (session && session_state(session) != SESSION_ENDED)
                session_device_alarm(session, device, code, sentence);
        else
                keep_alert(userdata, code, sentence);
}

static int device_output_changed(struct device *device, bool on, void *userdata) {
        struct world *world = userdata;

        return on ? world->output_refused : 0;
}

static void device_was_touched(struct device *device, unsigned feature, void *userdata) {
        device_changed(device, userdata);
}

static void device_disconnected(struct device *device, int error, const char *sentence, void *userdata) {}

static void device_rested(struct device *device, void *userdata) {}

static const struct device_handler device_handler = {
        .changed = device_changed,
        .connected = device_connected,
        .disconnected = device_disconnected,
        .lost = device_lost,
        .alarm = device_alarm_raised,
        .touched = device_was_touched,
        .output = device_output_changed,
        .rested = device_rested,
};

static void session_on_changed(struct session *session, void *userdata) {
        struct world *world = userdata;

        world->seen_event = session_event(session);
        world->seen_output = session_output_active(session);
        if (session_state(session) != world->last_state && session_state(session) == SESSION_RUNNING)
                world->running_usec = virtual_clock_now(world->clock);
        world->last_state = session_state(session);
}

static void session_on_step(struct session *session, void *userdata) {
        struct world *world = userdata;
        const struct stage *stage = session_stage(session);

        assert_true(world->n_steps < WORLD_STEPS_MAX);
        world->steps[world->n_steps++] = (struct world_step){
                .t_usec = virtual_clock_now(world->clock),
                .number = stage->step_number,
                .side = stage->side,
                .step = stage->step,
        };
}

static void session_on_prompt(struct session *session, void *userdata) {
        struct world *world = userdata;

        if (strchr(session_prompt(session), '-')) {
                world->questions++;
                world->offers += startswith(session_prompt(session), "offer-") ? 1 : 0;
                (void) snprintf(world->question, sizeof(world->question), "%s", session_prompt(session));
                clock_timer_arm_in(world->feel_timer, world->feel_after_usec);
                return;
        }
        world->prompts++;
        (void) snprintf(world->prompt, sizeof(world->prompt), "%s", session_prompt(session));
        if (world->answers)
                clock_timer_arm_in(world->answer_timer, 0);
}

static void session_on_challenge(
        struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata) {
        struct world *world = userdata;

        world->challenges++;
        (void) snprintf(world->nonce, sizeof(world->nonce), "%s", nonce);
        if (world->arms)
                clock_timer_arm_in(world->arm_timer, ARM_AFTER_USEC);
}

static void session_on_alert(
        struct session *session, const char *code, const char *sentence, void *userdata) {
        keep_alert(userdata, code, sentence);
}

static void session_on_failed(struct session *session, int error, const char *sentence, void *userdata) {
        struct world *world = userdata;

        world->failed_error = error;
        (void) free_and_strdup(&world->failed_sentence, sentence);
}

static void session_on_ended(struct session *session, void *userdata) {
        struct world *world = userdata;

        world->ended++;
        world->ended_usec = virtual_clock_now(world->clock);
}

static void session_on_calibrated(
        struct session *session, const struct session_marks *marks, void *userdata) {
        struct world *world = userdata;

        world->calibrations++;
        world->marks = *marks;
}

static const struct session_handler session_handler = {
        .changed = session_on_changed,
        .step_started = session_on_step,
        .prompt_raised = session_on_prompt,
        .challenge = session_on_challenge,
        .alert = session_on_alert,
        .failed = session_on_failed,
        .ended = session_on_ended,
        .calibrated = session_on_calibrated,
};

static void on_beat(struct clock_timer *timer, void *userdata) {
        struct world *world = userdata;

        clock_timer_arm_in(timer, BEAT_USEC);
        if (world->session && world->beats)
                (void) session_beat(world->session, WORLD_HOLDER, world->agrees ? world->seen_event : 0,
                        world->seen_output);
}

static void on_arm(struct clock_timer *timer, void *userdata) {
        struct world *world = userdata;

        if (session_state(world->session) == SESSION_WAITING)
                (void) session_arm(world->session, WORLD_HOLDER, world->nonce);
}

static void on_answer(struct clock_timer *timer, void *userdata) {
        struct world *world = userdata;
        const struct stage *stage = session_stage(world->session);

        assert_int_equal(
                session_answer(world->session, WORLD_HOLDER, world->prompt, stage->step->answers[0]), 0);
}

/* Says how it feels, as the keys of a terminal do. */
static void on_feel(struct clock_timer *timer, void *userdata) {
        struct world *world = userdata;
        unsigned score = 0;

        if (!world->replies || !world->session || !streq(session_prompt(world->session), world->question))
                return;
        if (startswith(world->question, "offer-")) {
                assert_int_equal(session_answer(world->session, WORLD_HOLDER, world->question,
                                         world->wants_more ? "yes" : "no"),
                        0);
                return;
        }
        if (world->feels)
                score = world->feels(world, world->feels_userdata);
        else if (!startswith(world->question, "baseline-"))
                score = session_routine(world->session)->profile->target;
        if (score != DISCOMFORT_NONE)
                assert_int_equal(session_discomfort(world->session, score, NULL), 0);
}

static void keep_nothing(struct record *record, const struct record_entry *entry) {}

static struct gate_person person_of(uid_t runner, const struct device *device, unsigned feature,
        const struct stage *stage, enum side side, void *userdata) {
        const struct world *world = userdata;

        return side == SIDE_LEFT && world->left ? *world->left : world->person;
}

static unsigned lowered_of(uid_t runner, const struct zone *zone, enum side side, void *userdata) {
        const struct world *world = userdata;

        return world->lowered ? world->lowered(runner, zone, side, userdata) : 0;
}

/* Unguessable enough for a test, and the same in every run. */
static int counted_bytes(void *bytes, size_t n) {
        static uint8_t next;

        for (size_t i = 0; i < n; i++)
                ((uint8_t *) bytes)[i] = next++;
        return 0;
}

static void make_device(struct world *world, struct world_device *d, const char *definition,
        const char *kind, const char *address) {
        const struct device_environment environment = {
                .clock = clock_of(world),
                .radio = virtual_radio_base(world->radio),
                .record = &world->record,
                .armed_directory = world->armed_directory,
                .armed_jobs = virtual_jobs_base(world->armed_jobs),
                .handler = &device_handler,
                .userdata = world,
        };
        struct radio_advert advert = { .address_type = "random" };
        const struct match_rule *rule = NULL;
        struct findings findings = {};
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n;

        assert_true(asprintf(&path, "protocols/devices/%s.conf", definition) > 0);
        text = source_file(path, &n);
        assert_int_equal(definition_parse(&conf_text, path, text, n, &findings, &d->definition), 0);
        findings_done(&findings);
        d->peer = virtual_radio_add(world->radio, kind, address);
        (void) snprintf(advert.address, sizeof(advert.address), "%s", address);
        (void) snprintf(advert.name, sizeof(advert.name), "%s", d->definition->matches[0].name);
        assert_true(definition_match(d->definition, advert.name, &rule) > 0);
        assert_int_equal(device_new(&environment, d->definition, rule, &advert, &d->device), 0);
        assert_int_equal(device_set_added(d->device, true, NULL), 0);
}

struct world *world_new(const char *gun_definition, const char *gun_product) {
        struct world *world = calloc(1, sizeof(*world));

        assert_non_null(world);
        world->clock = virtual_clock_new();
        world->radio = virtual_radio_new(clock_of(world));
        world->armed_jobs = virtual_jobs_new(clock_of(world));
        world->beats = world->agrees = world->arms = world->answers = world->replies = true;
        world->feel_after_usec = FEEL_AFTER_USEC;
        world->person = (struct gate_person){ GATE_NO_CAP, GATE_SESSIONS_UNKNOWN };
        world->record.put = keep_nothing;
        (void) snprintf(world->armed_directory, sizeof(world->armed_directory), "%s/limber-armed-XXXXXX",
                getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(world->armed_directory));
        make_device(world, &world->gun, gun_definition, gun_product, "AA:AA:AA:AA:AA:01");
        make_device(world, &world->pads, "coyote3", "coyote3", "BB:BB:BB:BB:BB:02");
        assert_int_equal(clock_timer_new(clock_of(world), on_beat, world, &world->beat_timer), 0);
        assert_int_equal(clock_timer_new(clock_of(world), on_arm, world, &world->arm_timer), 0);
        assert_int_equal(clock_timer_new(clock_of(world), on_answer, world, &world->answer_timer), 0);
        assert_int_equal(clock_timer_new(clock_of(world), on_feel, world, &world->feel_timer), 0);
        clock_timer_arm_in(world->beat_timer, 0);
        return world;
}

int world_setup(void **state) {
        *state = world_new("theragun-gen4", "theragun-pro");
        return 0;
}

static void free_device(struct world *world, struct world_device *d) {
        _cleanup_free_ char *path = NULL;

        device_unref(d->device);
        definition_unref(d->definition);
        /* A test may end while something is on. */
        assert_true(asprintf(&path, "%s/%s", world->armed_directory, product_address(d->peer->product)) > 0);
        for (char *c = path; *c; c++)
                if (*c == ':')
                        *c = '_';
        (void) unlink(path);
}

struct world *world_free(struct world *world) {
        world->session = session_free(world->session);
        routine_unref(world->routine);
        world->armed_jobs = virtual_jobs_free(world->armed_jobs);
        free_device(world, &world->gun);
        free_device(world, &world->pads);
        (void) rmdir(world->armed_directory);
        virtual_radio_free(world->radio);
        clock_timer_free(world->beat_timer);
        clock_timer_free(world->arm_timer);
        clock_timer_free(world->answer_timer);
        clock_timer_free(world->feel_timer);
        virtual_clock_free(world->clock);
        for (unsigned i = 0; i < world->n_alerts; i++)
                free(world->alerts[i].sentence);
        free(world->failed_sentence);
        free(world->refusal);
        free(world);
        return NULL;
}

int world_teardown(void **state) {
        *state = world_free(*state);
        return 0;
}

static struct routine *parse(const char *text, size_t n) {
        struct findings findings = {};
        struct routine *routine = NULL;

        if (routine_parse(&conf_text, text, n, &findings, &routine) < 0)
                fail_msg("line %u: %s", findings.items[0].line, findings.items[0].message);
        findings_done(&findings);
        return routine;
}

struct routine *world_routine(const char *id) {
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n;

        assert_true(asprintf(&path, "config/routines/%s.conf", id) > 0);
        text = source_file(path, &n);
        return parse(text, n);
}

struct routine *world_routine_text(const char *text) {
        return parse(text, strlen(text));
}

int world_start_options(
        struct world *world, struct routine *routine, const struct session_options *options) {
        const struct session_environment environment = {
                .clock = clock_of(world),
                .record = &world->record,
                .person = person_of,
                .lowered = lowered_of,
                .random = counted_bytes,
                .handler = &session_handler,
                .userdata = world,
        };
        int r;

        assert_null(world->session);
        world->routine = routine;
        r = session_new(&environment, routine, options, &world->session, &world->refusal);
        if (r < 0)
                return r;
        session_on_changed(world->session, world);
        return session_begin(world->session);
}

static int start(struct world *world, struct routine *routine, enum side only) {
        struct session_options options = { .id = 1, .holder = WORLD_HOLDER, .only = only };

        for (unsigned i = 0; i < routine->n_roles; i++)
                options.devices[i] =
                        routine->roles[i].kind == ROLE_ESTIM ? world->pads.device : world->gun.device;
        return world_start_options(world, routine, &options);
}

int world_start(struct world *world, const char *routine_id, enum side only) {
        return start(world, world_routine(routine_id), only);
}

int world_start_text(struct world *world, const char *text) {
        return start(world, world_routine_text(text), SIDE_NONE);
}

bool world_armed_file_exists(const struct world *world, const struct world_device *device) {
        _cleanup_free_ char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", world->armed_directory, device_address(device->device)) > 0);
        for (char *c = path + strlen(world->armed_directory); *c; c++)
                if (*c == ':')
                        *c = '_';
        return access(path, F_OK) == 0;
}

static void check_always(const struct world *world) {
        const struct world_device *const devices[] = { &world->gun, &world->pads };

        for (size_t i = 0; i < ARRAY_SIZE(devices); i++)
                if (device_output_active(devices[i]->device) &&
                        !(world->by_hand && devices[i] == &world->gun) &&
                        !world_armed_file_exists(world, devices[i]))
                        fail_msg("%s may be on, and nothing is stored to stop it",
                                device_title(devices[i]->device));
        /* A gun's motor runs down for a moment after it was stopped; pads do not. */
        for (unsigned i = 0; i < 2; i++)
                if (product_output(world->pads.peer->product, i).amplitude_permille > 0 &&
                        virtual_peer_is_linked(world->pads.peer) &&
                        !device_output_active(world->pads.device))
                        fail_msg("the pads give output that is said to be off");
        assert_int_equal(world->gun.peer->overlapping_requests, 0);
        assert_int_equal(world->pads.peer->overlapping_requests, 0);
        if (world->watch)
                world->watch(world->watch_userdata);
}

struct goal {
        struct world *world;
        enum session_state state;
        unsigned number;
        enum side side;
        const char *code;
};

static bool never(void *userdata) {
        check_always(((struct goal *) userdata)->world);
        return false;
}

static bool in_state(void *userdata) {
        struct goal *goal = userdata;

        check_always(goal->world);
        return session_state(goal->world->session) == goal->state;
}

static bool in_step(void *userdata) {
        struct goal *goal = userdata;
        const struct stage *stage = session_stage(goal->world->session);

        check_always(goal->world);
        return stage && stage->step_number == goal->number && stage->side == goal->side &&
               session_phase(goal->world->session) == PHASE_RUN;
}

static bool alerted(void *userdata) {
        struct goal *goal = userdata;

        check_always(goal->world);
        return world_has_alert(goal->world, goal->code);
}

void world_run(struct world *world, uint64_t usec) {
        struct goal goal = { .world = world };

        (void) virtual_clock_run_until(world->clock, never, &goal, usec);
}

void world_run_until_state(struct world *world, enum session_state state, uint64_t at_most_usec) {
        struct goal goal = { .world = world, .state = state };

        if (!virtual_clock_run_until(world->clock, in_state, &goal, at_most_usec))
                fail_msg("the session is %s (%s), never %s",
                        session_state_to_string(session_state(world->session)),
                        session_reason_to_string(session_reason(world->session)),
                        session_state_to_string(state));
        /* And what follows in the same moment: the armed file is written, output begins. */
        world_run(world, 0);
}

void world_run_into_step(struct world *world, unsigned number, enum side side) {
        struct goal goal = { .world = world, .number = number, .side = side };

        if (!virtual_clock_run_until(world->clock, in_step, &goal, 3600 * USEC_PER_SEC))
                fail_msg("step %u %s never began; the session is %s (%s)", number, side_to_string(side),
                        session_state_to_string(session_state(world->session)),
                        session_reason_to_string(session_reason(world->session)));
        world_run(world, 0);
}

void world_run_until_alert(struct world *world, const char *code, uint64_t at_most_usec) {
        struct goal goal = { .world = world, .code = code };

        if (!virtual_clock_run_until(world->clock, alerted, &goal, at_most_usec))
                fail_msg("nobody was alerted of %s", code);
}

const char *world_alert_sentence(const struct world *world, const char *code) {
        for (unsigned i = 0; i < world->n_alerts; i++)
                if (streq(world->alerts[i].code, code))
                        return world->alerts[i].sentence;
        return NULL;
}

bool world_has_alert(const struct world *world, const char *code) {
        return world_alert_sentence(world, code);
}

int theragun_speed(const struct radio_frame *frame) {
        const uint8_t *b = frame->bytes;
        uint8_t sum = 0;

        if (frame->n != 7 || b[0] != 0xaa || b[2] != 0x01 || b[3] != 0x03 || b[6] != 0x03)
                return -1;
        for (size_t i = 2; i < frame->n; i++)
                sum = (uint8_t) (sum + b[i]);
        assert_int_equal(b[1], sum);
        return b[4] << 8 | b[5];
}

int theragun_speed_at(const struct virtual_peer *peer, uint64_t t_usec) {
        int speed = 0;

        for (size_t i = 0; i < peer->n_frames && peer->frames[i].t_usec <= t_usec; i++)
                if (theragun_speed(&peer->frames[i]) >= 0)
                        speed = theragun_speed(&peer->frames[i]);
        return speed;
}

struct coyote_frame coyote_frame(const struct radio_frame *frame) {
        struct coyote_frame f = { .strength = { -1, -1 } };

        if (frame->n != 20 || frame->bytes[0] != 0xb0)
                return f;
        f.output = true;
        f.sequence = frame->bytes[1] >> 4;
        for (unsigned c = 0; c < 2; c++) {
                unsigned mode = frame->bytes[1] >> (c == 0 ? 2 : 0) & 3;

                /* Absolute or not at all: a relative change that is lost or repeated goes astray. */
                assert_true(mode == 0 || mode == 3);
                if (mode == 3)
                        f.strength[c] = frame->bytes[2 + c];
                for (unsigned i = 0; i < 4; i++) {
                        f.frequency[c][i] = frame->bytes[4 + 8 * c + i];
                        f.intensity[c][i] = frame->bytes[8 + 8 * c + i];
                }
        }
        return f;
}

bool coyote_frame_is_stop(const struct radio_frame *frame) {
        struct coyote_frame f = coyote_frame(frame);

        return f.output && f.strength[0] == 0 && f.strength[1] == 0;
}

int coyote_strength_at(const struct virtual_peer *peer, unsigned channel, uint64_t t_usec) {
        int strength = 0;

        for (size_t i = 0; i < peer->n_frames && peer->frames[i].t_usec <= t_usec; i++) {
                struct coyote_frame f = coyote_frame(&peer->frames[i]);

                if (f.output && f.strength[channel] >= 0)
                        strength = f.strength[channel];
        }
        return strength;
}

static bool asks_for_output(const struct radio_frame *frame) {
        struct coyote_frame f = coyote_frame(frame);

        return theragun_speed(frame) > 0 || (f.output && !coyote_frame_is_stop(frame));
}

size_t frames_with_output_since(const struct world_device *device, uint64_t t_usec) {
        size_t n = 0;

        for (size_t i = 0; i < device->peer->n_frames; i++)
                if (device->peer->frames[i].t_usec >= t_usec && asks_for_output(&device->peer->frames[i]))
                        n++;
        return n;
}

uint64_t first_zero_since(const struct world_device *device, uint64_t t_usec) {
        for (size_t i = 0; i < device->peer->n_frames; i++) {
                const struct radio_frame *frame = &device->peer->frames[i];

                if (frame->t_usec >= t_usec && (theragun_speed(frame) == 0 || coyote_frame_is_stop(frame)))
                        return frame->t_usec;
        }
        return USEC_INFINITY;
}
