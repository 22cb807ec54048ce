/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every shipped routine, whole, and then again at once: what was done counts, though each step is measured a little shorter than it is
 * written on a machine that wakes late. Their own min_gap is taken away, so that only the rules of doses are left. */

#include <dirent.h>
#include <sys/stat.h>

#include "daemon/manager/manager.h"
#include "lib/conf-text.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/virtual-clock.h"
#include "tests/virtual/virtual-radio.h"

#define HOLDER ":1.1"
#define RUNNER 1000u
#define BEAT_USEC (300 * USEC_PER_MSEC)

static const struct {
        const char *kind, *name, *address, *definition;
} products[] = {
        { "theragun-pro", "Pro", "C0:FF:EE:00:00:01", "protocols/devices/theragun-gen4.conf" },
        { "coyote3", "47L121000", "C0:FF:EE:00:00:02", "protocols/devices/coyote3.conf" },
};

struct trial {
        struct record record; /* first */
        char folder[64], devices[80], runners_folder[80];
        struct virtual_clock *clock;
        struct virtual_radio *radio;
        struct runner_store *runners;
        struct manager *manager;
        struct clock_timer *beat_timer;
        struct session *session;
        char nonce[64];
        unsigned n_said; /* answers to when the last session was that were recorded */
};

static void on_device(struct device *device, void *userdata) {}
static void on_connected(struct device *device, int error, const char *sentence, void *userdata) {}
static void on_changed(void *userdata) {}
static void on_rested(void *userdata) {}
static void on_session(struct session *session, void *userdata) {}
static void on_question(uid_t runner, const struct follow_up_question *question, void *userdata) {}
static int on_output(struct device *device, bool on, void *userdata) {
        return 0;
}
static void on_alert(const char *code, int error, const char *sentence, const struct device *device,
        const struct session *session, void *userdata) {}
static void on_challenge(
        struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata) {
        struct trial *t = userdata;

        (void) snprintf(t->nonce, sizeof(t->nonce), "%s", nonce);
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
        .session_removed = on_session,
        .changed = on_changed,
        .alert = on_alert,
        .question = on_question,
        .session = &session_handler,
        .output = on_output,
        .rested = on_rested,
};

static uint64_t wall_of(void) {
        return UINT64_C(1790000000) * USEC_PER_SEC;
}

static int counted_bytes(void *bytes, size_t n) {
        memset(bytes, 7, n);
        return 0;
}

static void count_said(struct record *record, const struct record_entry *e) {
        struct trial *t = (struct trial *) record;

        t->n_said += e->kind == RECORD_CLOCK && streq_ptr(e->reason, RECORD_CLOCK_SAID);
}

/* A runner who is there, presses the key, says yes to everything, and that it hurts 1. */
static void on_beat(struct clock_timer *timer, void *userdata) {
        struct trial *t = userdata;
        struct session *s = t->session;
        const char *answer;

        clock_timer_arm_in(timer, BEAT_USEC);
        if (!s || session_state(s) == SESSION_ENDED)
                return;
        (void) session_beat(s, HOLDER, session_event(s), session_output_active(s));
        if (session_state(s) == SESSION_WAITING && t->nonce[0]) {
                (void) session_arm(s, HOLDER, t->nonce);
                t->nonce[0] = '\0';
        }
        if (isempty(session_prompt(s)))
                return;
        answer = session_prompt_answer(s, 0);
        if (answer)
                (void) session_answer(s, HOLDER, session_prompt(s), answer);
        else
                (void) session_discomfort(s, 1, NULL);
}

static struct library *make_library(void) {
        const char *folder = "config/routines";
        struct library *library = calloc(1, sizeof(*library));
        _cleanup_free_ char *path = NULL;
        struct findings findings = {};
        struct dirent *entry;
        DIR *dir;

        assert_true(asprintf(&path, "%s/%s", source_root(), folder) > 0);
        dir = opendir(path);
        assert_non_null(dir);
        assert_non_null(library);
        library->definitions = calloc(ARRAY_SIZE(products), sizeof(*library->definitions));
        library->routines = calloc(32, sizeof(*library->routines));
        for (size_t i = 0; i < ARRAY_SIZE(products); i++) {
                size_t n;
                _cleanup_free_ char *text = source_file(products[i].definition, &n);

                assert_int_equal(definition_parse(&conf_text, products[i].definition, text, n, &findings,
                                         &library->definitions[library->n_definitions++]),
                        0);
        }
        while ((entry = readdir(dir))) {
                char name[PATH_MAX];
                struct routine *routine = NULL;
                size_t n;

                if (entry->d_name[0] == '.')
                        continue;
                (void) snprintf(name, sizeof(name), "%s/%s", folder, entry->d_name);
                {
                        _cleanup_free_ char *text = source_file(name, &n);

                        assert_int_equal(routine_parse(&conf_text, text, n, &findings, &routine), 0);
                }
                routine->min_gap_usec = 0;
                library->routines[library->n_routines++] = routine;
        }
        assert_true(library->n_routines >= 5);
        (void) closedir(dir);
        findings_done(&findings);
        return library;
}

static void open_trial(struct trial *t, uint64_t late_usec, uint64_t seed) {
        const struct runner_store_settings runners = {
                .directory = t->runners_folder, .reader = &conf_text, .wall = wall_of
        };
        enum intake_answer answers[INTAKE_QUESTIONS];
        struct manager_settings settings;
        struct runner *runner;

        *t = (struct trial){ .record = { .put = count_said } };
        (void) snprintf(t->folder, sizeof(t->folder), "%s/limber-again-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        assert_non_null(mkdtemp(t->folder));
        (void) snprintf(t->devices, sizeof(t->devices), "%s/devices", t->folder);
        (void) snprintf(t->runners_folder, sizeof(t->runners_folder), "%s/runners", t->folder);
        t->clock = virtual_clock_new();
        virtual_clock_set_lateness(t->clock, late_usec, seed);
        t->radio = virtual_radio_new(virtual_clock_base(t->clock));
        assert_int_equal(runner_store_new(&runners, &t->runners), 0);
        for (unsigned k = 0; k < INTAKE_QUESTIONS; k++)
                answers[k] = INTAKE_NO;
        assert_int_equal(runner_new(RUNNER, &runner), 0);
        assert_int_equal(runner_answer(runner, answers, 1), 0);
        assert_int_equal(runner_store_keep(t->runners, runner, NULL, NULL), 0);
        settings = (struct manager_settings){
                .clock = virtual_clock_base(t->clock),
                .wall = wall_of,
                .store_directory = t->devices,
                .runners = t->runners,
                .record = &t->record,
                .random = counted_bytes,
                .handler = &handler,
                .userdata = t,
        };
        assert_int_equal(manager_new(&settings, &t->manager), 0);
        assert_int_equal(clock_timer_new(virtual_clock_base(t->clock), on_beat, t, &t->beat_timer), 0);
        virtual_radio_base(t->radio)->handler = &manager_radio_handler;
        virtual_radio_base(t->radio)->userdata = t->manager;
        manager_set_radio(t->manager, virtual_radio_base(t->radio));
        assert_int_equal(manager_set_library(t->manager, make_library()), 0);
        for (size_t i = 0; i < ARRAY_SIZE(products); i++) {
                struct radio_advert advert = { .address_type = "random", .rssi_dbm = -60 };
                char *sentence = NULL;

                (void) virtual_radio_add(t->radio, products[i].kind, products[i].address);
                (void) snprintf(advert.address, sizeof(advert.address), "%s", products[i].address);
                (void) snprintf(advert.name, sizeof(advert.name), "%s", products[i].name);
                manager_radio_handler.advertised(t->manager, &advert);
                assert_int_equal(
                        manager_add_device(t->manager, products[i].address,
                                &(struct add_options){ .experimental = true }, NULL, NULL, &sentence),
                        0);
        }
        clock_timer_arm_in(t->beat_timer, 0);
}

static void remove_folder(const char *path) {
        DIR *dir = opendir(path);
        struct dirent *entry;

        while (dir && (entry = readdir(dir)))
                if (entry->d_name[0] != '.') {
                        _cleanup_free_ char *name = NULL;

                        assert_true(asprintf(&name, "%s/%s", path, entry->d_name) > 0);
                        (void) unlink(name);
                }
        if (dir)
                (void) closedir(dir);
        (void) rmdir(path);
}

static void close_trial(struct trial *t) {
        clock_timer_free(t->beat_timer);
        manager_free(t->manager);
        runner_store_free(t->runners);
        virtual_radio_free(t->radio);
        virtual_clock_free(t->clock);
        remove_folder(t->devices);
        remove_folder(t->runners_folder);
        (void) rmdir(t->folder);
}

static int start_own(struct trial *t, const char *id, struct routine *own, char **ret_sentence) {
        const struct start_options options = { .runner = RUNNER, .holder = HOLDER, .own = own };
        int r;

        t->nonce[0] = '\0';
        r = manager_start_routine(t->manager, id, &options, &t->session, ret_sentence);
        if (r >= 0)
                assert_true(session_begin(t->session) >= 0);
        return r;
}

static int start(struct trial *t, const char *id, char **ret_sentence) {
        return start_own(t, id, NULL, ret_sentence);
}

static bool is_over(void *userdata) {
        const struct trial *t = userdata;

        return session_state(t->session) == SESSION_ENDED;
}

static void twice(const char *id, uint64_t late_usec, uint64_t seed) {
        _cleanup_free_ char *sentence = NULL;
        struct trial t;
        int r;

        open_trial(&t, late_usec, seed);
        r = start(&t, id, &sentence);
        if (r < 0)
                fail_msg("%s: %s", id, strnull(sentence));
        if (!virtual_clock_run_until(t.clock, is_over, &t, 3 * 3600 * USEC_PER_SEC))
                fail_msg("%s does not end: it is %s", id, session_state_to_string(session_state(t.session)));
        if (session_reason(t.session) != REASON_COMPLETED)
                fail_msg("%s: %s", id, session_reason_to_string(session_reason(t.session)));
        r = start(&t, id, &sentence);
        if (r != -ECANCELED)
                fail_msg("%s again, %u ms late with seed %u: it may begin", id,
                        (unsigned) (late_usec / 1000), (unsigned) seed);
        assert_says(sentence, "hours ago");
        close_trial(&t);
}

static void req12_no_shipped_routine_may_be_repeated_at_once(void **state) {
        struct trial t;

        open_trial(&t, 0, 1);
        for (unsigned i = 0; i < manager_library(t.manager)->n_routines; i++) {
                const char *id = manager_library(t.manager)->routines[i]->id;

                /* Some seconds of each, to show what limber does: no treatment of anything. */
                if (streq(id, "first-light"))
                        continue;
                twice(id, 0, 1);
                for (unsigned seed = 1; seed <= 3; seed++)
                        twice(id, 50 * USEC_PER_MSEC, seed);
        }
        close_trial(&t);
}

/* 20 s each (half of what is written, while pads are new): one may begin again at once, but not again and again. */
static void req12_bits_of_estim_add_up(void **state) {
        static const char text[] =
                ROUTINE_HEAD(ROLE_PADS) "steps = (" ESTIM("calf", "both", "2s", "40s", "") ");";
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        _cleanup_free_ char *sentence = NULL;
        struct findings findings = {};
        struct trial t;

        assert_int_equal(routine_parse(&conf_text, text, strlen(text), &findings, &routine), 0);
        findings_done(&findings);
        open_trial(&t, 0, 1);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(start_own(&t, "small", routine, &sentence), 0);
                assert_true(virtual_clock_run_until(t.clock, is_over, &t, 600 * USEC_PER_SEC));
                assert_int_equal(session_reason(t.session), REASON_COMPLETED);
        }
        assert_int_equal(start_own(&t, "small", routine, &sentence), -ECANCELED);
        assert_says(sentence, "it had e-stim less than 2 hours ago; again in 2 h 0 min");
        close_trial(&t);
}

/* Only where something is unknown, once, and not for starts that are refused for whatever other reason. */
static void req25_what_counts_of_a_runners_word_is_recorded(void **state) {
        static const char *const wrong_role[] = { "nobody", "gun", NULL };
        struct zone_dose dose = { .runner = RUNNER,
                .session = 1,
                .zone = zone_by_id("calf"),
                .side = SIDE_LEFT,
                .on_usec = 60 * USEC_PER_SEC,
                .ended = { .may_be_earlier = true, .run = 1 } };
        struct start_options options = { .runner = RUNNER, .holder = HOLDER };
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        _cleanup_free_ char *sentence = NULL, *role = NULL, *asked = NULL, *early = NULL;
        struct findings findings = {};
        struct trial t;

        assert_int_equal(routine_parse(&conf_text, TEXT_GUN, strlen(TEXT_GUN), &findings, &routine), 0);
        findings_done(&findings);
        options.own = routine;
        open_trial(&t, 0, 1);
        dose.ended.usec = (int64_t) clock_now(virtual_clock_base(t.clock));
        assert_int_equal(dose_ledger_add(manager_doses(t.manager), &dose), 0);
        assert_int_equal(dose_ledger_done(manager_doses(t.manager), RUNNER, "other", dose.ended), 0);
        assert_int_equal(dose_ledger_hurt(manager_doses(t.manager), RUNNER, "other", NULL, SIDE_NONE,
                                 dose_time_at(dose.ended.usec)),
                0);
        options.last_session_usec = 3600 * USEC_PER_SEC;
        assert_int_equal(
                manager_start_routine(t.manager, "small", &options, &t.session, &early), -ECANCELED);
        assert_says(early, "again in 5 h 0 min");
        options.last_session_usec = 9 * 3600 * USEC_PER_SEC;
        options.roles = (char *const *) wrong_role;
        assert_int_equal(manager_start_routine(t.manager, "small", &options, &t.session, &role), -EDOM);
        assert_int_equal(t.n_said, 0);
        /* What was said with them is forgotten. */
        options.roles = NULL;
        options.last_session_usec = 0;
        assert_int_equal(manager_start_routine(t.manager, "small", &options, &t.session, &asked), -ETIME);
        options.last_session_usec = 9 * 3600 * USEC_PER_SEC;
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(
                        manager_start_routine(t.manager, "small", &options, &t.session, &sentence), 0);
                assert_int_equal(t.n_said, 1);
                session_end(t.session, REASON_STOPPED);
                assert_true(virtual_clock_run_until(t.clock, is_over, &t, 60 * USEC_PER_SEC));
        }
        close_trial(&t);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req12_bits_of_estim_add_up),
                cmocka_unit_test(req25_what_counts_of_a_runners_word_is_recorded),
                cmocka_unit_test(req12_no_shipped_routine_may_be_repeated_at_once),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
