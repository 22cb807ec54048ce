/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The manager lets a session go on as far as what its body had by now allows: output that nobody saw end counts, and what the runner
 * has answered meanwhile. */

#include <sys/stat.h>

#include "daemon/manager/manager.h"
#include "lib/conf-text.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/virtual-clock.h"
#include "tests/virtual/virtual-jobs.h"
#include "tests/virtual/virtual-radio.h"

#define SECONDS(n) ((uint64_t) (n) *USEC_PER_SEC)
#define HOURS(n) SECONDS(3600 * (uint64_t) (n))
#define RUNNER 1000u
#define HOLDER ":1.1"
#define GUN "AA:AA:AA:AA:AA:01"

static const struct {
        const char *id, *text;
} routines[] = {
        /* Twice on the same muscle, then another one. */
        { "long", ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("quads", "left", "2s", "90s") "," PERCUSSION(
                          "vastus_lateralis", "left", "2s", "60s") "," PERCUSSION("calf", "left", "2s",
                          "30s") ");" },
        { "ninety", ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("quads", "left", "2s", "90s") ");" },
        { "two", ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("quads", "left", "2s", "120s") ");" },
        { "minute", ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("quads", "left", "2s", "60s") ");" },
        { "three",
                ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("quads", "left", "2s", "60s") "," PERCUSSION(
                        "quads", "left", "2s", "60s") "," PERCUSSION("quads", "left", "2s", "59.95s") ");" },
};

struct evening {
        struct virtual_clock *clock;
        struct virtual_radio *radio;
        struct virtual_jobs *armed_jobs, *disk_jobs;
        struct virtual_peer *gun;
        struct runner_store *runners;
        struct manager *manager;
        struct session *session;
        struct clock_timer *beat_timer;
        char nonce[ARMING_NONCE_SIZE];
        char folder[64], armed[96], devices[96], people[96];
        char *sentence;    /* of the last refusal */
        char said[256];    /* the last alert */
        unsigned left_out; /* steps */
};

static void on_challenge(
        struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata) {
        struct evening *e = userdata;

        (void) snprintf(e->nonce, sizeof(e->nonce), "%s", nonce);
}

static void on_device(struct device *device, void *userdata) {}
static void on_connected(struct device *device, int error, const char *sentence, void *userdata) {}
static void on_session(struct session *session, void *userdata) {}
static void on_removed(struct session *session, void *userdata) {
        struct evening *e = userdata;

        if (e->session == session)
                e->session = NULL;
}
static void on_changed(void *userdata) {}
static void on_alert(const char *code, int error, const char *sentence, const struct device *device,
        const struct session *session, void *userdata) {
        struct evening *e = userdata;

        (void) snprintf(e->said, sizeof(e->said), "%s %d %s", code, error, sentence);
        e->left_out += streq(code, "left-out");
}
static void on_question(uid_t runner, const struct follow_up_question *question, void *userdata) {}
static int on_output(struct device *device, bool on, void *userdata) {
        return 0;
}

static const struct session_handler session_handler = {
        .changed = on_session,
        .step_started = on_session,
        .prompt_raised = on_session,
        .challenge = on_challenge,
        .ended = on_session,
};

static const struct manager_handler handler = {
        .device_added = on_device,
        .device_removed = on_device,
        .device_changed = on_device,
        .device_connected = on_connected,
        .device_disconnected = on_connected,
        .session_added = on_session,
        .session_removed = on_removed,
        .changed = on_changed,
        .alert = on_alert,
        .question = on_question,
        .session = &session_handler,
        .output = on_output,
        .rested = on_changed,
};

static uint64_t wall_of(void) {
        return UINT64_C(1790000000000000);
}

static int counted_bytes(void *bytes, size_t n) {
        static uint8_t next;

        for (size_t i = 0; i < n; i++)
                ((uint8_t *) bytes)[i] = next++;
        return 0;
}

static void on_beat(struct clock_timer *timer, void *userdata) {
        struct evening *e = userdata;

        if (e->session && session_state(e->session) != SESSION_ENDED)
                (void) session_beat(
                        e->session, HOLDER, session_event(e->session), session_output_active(e->session));
        clock_timer_arm_in(timer, SECONDS(1) / 4);
}

static struct library *make_library(void) {
        struct library *library = calloc(1, sizeof(*library));
        struct findings findings = {};
        char *text;
        size_t n;

        assert_non_null(library);
        library->definitions = calloc(1, sizeof(*library->definitions));
        library->routines = calloc(ARRAY_SIZE(routines), sizeof(*library->routines));
        text = source_file("protocols/devices/theragun-gen4.conf", &n);
        assert_int_equal(definition_parse(&conf_text, "theragun-gen4", text, n, &findings,
                                 &library->definitions[library->n_definitions++]),
                0);
        free(text);
        for (unsigned i = 0; i < ARRAY_SIZE(routines); i++) {
                struct routine **routine = &library->routines[library->n_routines++];

                assert_int_equal(routine_parse(&conf_text, routines[i].text, strlen(routines[i].text),
                                         &findings, routine),
                        0);
                assert_int_equal(free_and_strdup(&(*routine)->id, routines[i].id), 0);
        }
        findings_done(&findings);
        return library;
}

static void answer_intake(struct evening *e, enum intake_answer clot) {
        enum intake_answer answers[INTAKE_QUESTIONS];
        struct runner *runner = NULL;

        for (unsigned i = 0; i < INTAKE_QUESTIONS; i++)
                answers[i] = INTAKE_NO;
        answers[intake_find("clots")] = clot;
        assert_int_equal(runner_new(RUNNER, &runner), 0);
        assert_int_equal(runner_answer(runner, answers, 1), 0);
        assert_int_equal(runner_store_keep(e->runners, runner, NULL, NULL), 0);
}

static void add_gun(struct evening *e) {
        const struct add_options options = { .alias = "gun", .experimental = true };
        struct radio_advert advert = {
                .address = GUN, .name = "Pro", .address_type = "random", .rssi_dbm = -60
        };

        e->gun = virtual_radio_add(e->radio, "theragun-pro", GUN);
        manager_radio_handler.advertised(e->manager, &advert);
        assert_true(manager_add_device(e->manager, GUN, &options, NULL, NULL, &e->sentence) >= 0);
}

static int setup(void **state) {
        struct evening *e = calloc(1, sizeof(*e));
        struct manager_settings settings;
        struct clock *clock;

        assert_non_null(e);
        (void) snprintf(e->folder, sizeof(e->folder), "%s/limber-resume-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(e->folder));
        (void) snprintf(e->armed, sizeof(e->armed), "%s/armed", e->folder);
        (void) snprintf(e->devices, sizeof(e->devices), "%s/devices", e->folder);
        (void) snprintf(e->people, sizeof(e->people), "%s/runners", e->folder);
        assert_int_equal(mkdir(e->armed, 0700), 0);
        e->clock = virtual_clock_new();
        clock = virtual_clock_base(e->clock);
        e->radio = virtual_radio_new(clock);
        e->armed_jobs = virtual_jobs_new(clock);
        e->disk_jobs = virtual_jobs_new(clock);
        assert_int_equal(runner_store_new(
                                 &(struct runner_store_settings){
                                         .directory = e->people, .reader = &conf_text, .wall = wall_of },
                                 &e->runners),
                0);
        answer_intake(e, INTAKE_NO);
        settings = (struct manager_settings){
                .clock = clock,
                .wall = wall_of,
                .armed_directory = e->armed,
                .store_directory = e->devices,
                .armed_jobs = virtual_jobs_base(e->armed_jobs),
                .disk_jobs = virtual_jobs_base(e->disk_jobs),
                .runners = e->runners,
                .random = counted_bytes,
                .handler = &handler,
                .userdata = e,
        };
        assert_int_equal(manager_new(&settings, &e->manager), 0);
        virtual_radio_base(e->radio)->handler = &manager_radio_handler;
        virtual_radio_base(e->radio)->userdata = e->manager;
        manager_set_radio(e->manager, virtual_radio_base(e->radio));
        assert_int_equal(manager_set_library(e->manager, make_library()), 0);
        assert_int_equal(clock_timer_new(clock, on_beat, e, &e->beat_timer), 0);
        clock_timer_arm_in(e->beat_timer, 0);
        add_gun(e);
        virtual_clock_advance(e->clock, SECONDS(5));
        *state = e;
        return 0;
}

static void remove_folder(const char *folder, const char *name) {
        _cleanup_free_ char *path = NULL;

        assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
        (void) unlink(path);
        (void) rmdir(folder);
}

static int teardown(void **state) {
        struct evening *e = *state;

        virtual_jobs_free(e->disk_jobs);
        manager_free(e->manager);
        virtual_jobs_free(e->armed_jobs);
        virtual_radio_free(e->radio);
        runner_store_free(e->runners);
        clock_timer_free(e->beat_timer);
        virtual_clock_free(e->clock);
        remove_folder(e->armed, "AA_AA_AA_AA_AA_01");
        remove_folder(e->devices, "AA_AA_AA_AA_AA_01.conf");
        remove_folder(e->people, "1000.conf");
        assert_int_equal(rmdir(e->folder), 0);
        free(e->sentence);
        free(e);
        return 0;
}

static void run(struct evening *e, uint64_t usec) {
        virtual_clock_advance(e->clock, usec);
}

/* Presses the key when it is asked for. */
static void arm(struct evening *e) {
        for (unsigned i = 0; i < 300 && session_state(e->session) != SESSION_RUNNING; i++) {
                run(e, SECONDS(1) / 10);
                if (session_state(e->session) == SESSION_WAITING)
                        (void) session_arm(e->session, HOLDER, e->nonce);
        }
        assert_int_equal(session_state(e->session), SESSION_RUNNING);
}

static void start(struct evening *e, const char *id) {
        const struct start_options options = { .runner = RUNNER, .holder = HOLDER };

        assert_int_equal(manager_start_routine(e->manager, id, &options, &e->session, &e->sentence), 0);
        assert_int_equal(session_begin(e->session), 0);
        arm(e);
}

static int resume(struct evening *e) {
        free(e->sentence);
        e->sentence = NULL;
        return manager_resume(e->manager, e->session, HOLDER, &e->sentence);
}

/* Nobody asks how much it hurts in these: that would pause the session. */
static void answer(struct evening *e, uint64_t usec) {
        for (uint64_t t = 0; t < usec; t += SECONDS(5)) {
                run(e, MIN(usec - t, SECONDS(5)));
                if (session_state(e->session) == SESSION_RUNNING)
                        (void) session_discomfort(e->session, 1, NULL);
        }
}

static void what_went_on_unseen_is_part_of_the_day(void **state) {
        struct evening *e = *state;

        start(e, "long");
        answer(e, SECONDS(22));
        e->gun->out_of_reach = true;
        virtual_peer_drop(e->gun);
        run(e, SECONDS(600));
        assert_int_equal(session_state(e->session), SESSION_PAUSED);
        e->gun->out_of_reach = false;
        run(e, SECONDS(60));
        assert_int_equal(virtual_peer_output(e->gun, 0).amplitude_permille, 0);
        assert_int_equal(resume(e), -ECANCELED);
        assert_non_null(strstr(e->sentence, "4 min of percussion"));
        assert_non_null(strstr(e->sentence, "limber skip"));
        assert_int_equal(session_state(e->session), SESSION_PAUSED);
        /* The next one is for the same muscle, and left out; the calf is not. */
        assert_int_equal(session_skip(e->session), 0);
        assert_int_equal(e->left_out, 1);
        assert_non_null(strstr(e->said, "4 min of percussion"));
        assert_string_equal(session_stage(e->session)->step->zone->id, "calf");
        assert_int_equal(resume(e), 0);
        arm(e);
        answer(e, SECONDS(40));
        assert_int_equal(session_state(e->session), SESSION_ENDED);
        assert_int_equal(session_reason(e->session), REASON_NOT_DONE);
}

/* Twenty seconds into 90, with two minutes of before, the gun is out of reach. */
static void lose_it_after_two_minutes(struct evening *e, uint64_t usec) {
        start(e, "two");
        answer(e, SECONDS(130));
        run(e, HOURS(7));
        start(e, "ninety");
        answer(e, SECONDS(22));
        e->gun->out_of_reach = true;
        virtual_peer_drop(e->gun);
        run(e, usec);
        assert_int_equal(session_state(e->session), SESSION_PAUSED);
}

/* The runner is quicker than the next try to reach it. */
static void what_goes_on_still_counts_up_to_now(void **state) {
        struct evening *e = *state;

        lose_it_after_two_minutes(e, SECONDS(50));
        assert_int_equal(resume(e), -ECANCELED);
        session_end(e->session, REASON_STOPPED);
        e->gun->out_of_reach = false;
        run(e, SECONDS(60));
}

/* It went on while the link was made. */
static void what_went_on_until_the_key_is_pressed_counts(void **state) {
        struct evening *e = *state;

        lose_it_after_two_minutes(e, SECONDS(10));
        assert_int_equal(resume(e), 0);
        run(e, SECONDS(45));
        assert_int_equal(session_state(e->session), SESSION_CONNECTING);
        e->gun->out_of_reach = false;
        for (unsigned i = 0; i < 300 && session_state(e->session) != SESSION_WAITING; i++)
                run(e, SECONDS(1) / 10);
        (void) session_arm(e->session, HOLDER, e->nonce);
        assert_int_equal(session_state(e->session), SESSION_PAUSED);
        assert_non_null(strstr(e->said, "4 min of percussion"));
        run(e, SECONDS(5));
        assert_int_equal(virtual_peer_output(e->gun, 0).amplitude_permille, 0);
}

/* Four minutes in two sessions, on a computer that is late, with pauses: what is measured is never more than what was written. */
static void what_was_allowed_may_be_done_to_its_end(void **state) {
        struct evening *e = *state;

        virtual_clock_set_lateness(e->clock, 50 * USEC_PER_MSEC, 1);
        start(e, "minute");
        answer(e, SECONDS(70));
        assert_int_equal(session_reason(e->session), REASON_COMPLETED);
        run(e, HOURS(7));
        start(e, "three");
        for (unsigned i = 0; i < 4; i++) {
                answer(e, SECONDS(40));
                session_pause(e->session, REASON_ASKED);
                run(e, SECONDS(5));
                assert_int_equal(resume(e), 0);
                arm(e);
        }
        answer(e, SECONDS(60));
        assert_int_equal(session_reason(e->session), REASON_COMPLETED);
}

static void a_new_answer_counts_for_what_is_left(void **state) {
        struct evening *e = *state;

        start(e, "minute");
        answer(e, SECONDS(10));
        session_pause(e->session, REASON_ASKED);
        run(e, SECONDS(5));
        answer_intake(e, INTAKE_YES);
        run(e, SECONDS(1));
        assert_true(resume(e) < 0);
        assert_non_null(e->sentence);
        assert_int_equal(session_state(e->session), SESSION_PAUSED);
        session_end(e->session, REASON_STOPPED);
        run(e, SECONDS(5));
}

int main(void) {
#define EVENING_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                EVENING_TEST(what_went_on_unseen_is_part_of_the_day),
                EVENING_TEST(what_goes_on_still_counts_up_to_now),
                EVENING_TEST(what_went_on_until_the_key_is_pressed_counts),
                EVENING_TEST(what_was_allowed_may_be_done_to_its_end),
                EVENING_TEST(a_new_answer_counts_for_what_is_left),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
