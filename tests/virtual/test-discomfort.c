/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The discomfort loop with a simulated runner on the other end: who feels what the products really do, and answers well,
 * late, wrongly or not at all. Each scenario has its whole expected course.
 *
 * A course is what was told, in order, with the seconds since output was armed:
 *   [calf left]      a step begins          10:4    said when asked          10*4  said unasked
 *   10?4             said before it begins  down    a level was lowered      leave two levels, and soon no more
 *   over             the loop ends a step   quiet   lowered out of silence   more? an offer of one level more
 *   paused(why)      end(why)                and last the most that the body got: strokes of a gun, or strength of pads. */

#include "sim/runner/runner.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define FEEL_USEC (100 * USEC_PER_MSEC)

#define MEDIUM(side, seconds)                                       \
        "{ kind = \"percussion\"; zone = \"calf\"; sides = \"" side \
        "\"; lead_in = \"2s\"; duration = \"" seconds "\"; frequency = \"33-40Hz\"; }"
#define TEXT_ONE ROUTINE_HEAD(ROLE_GUN) "steps = (" MEDIUM("left", "90s") ");"
#define TEXT_TWO ROUTINE_HEAD(ROLE_GUN) "steps = (" MEDIUM("left", "90s") "," MEDIUM("right", "60s") ");"
#define TEXT_FOUR_MINUTES       \
        ROUTINE_HEAD(ROLE_PADS) \
        "steps = (" ESTIM("calf", "both", "2s", "4min", "") ");"
#define TEXT_RANGE                                                                                               \
        ROUTINE_HEAD(ROLE_PADS)                                                                                  \
        "steps = ({ kind = \"estim\"; zone = \"calf\"; sides = \"both\"; lead_in = \"2s\"; duration = \"4min\";" \
        " frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"40-60%\"; ramp = \"3s\"; });"
#define TEXT_CONTRACTIONS       \
        ROUTINE_HEAD(ROLE_PADS) \
        "steps = (" ESTIM("quads", "both", "2s", "4min", "on = \"5s\"; off = \"15s\";") ");"
#define TEXT_GUN_AND_PADS                                                                    \
        ROUTINE_HEAD(ROLE_GUN "," ROLE_PADS)                                                 \
        "steps = (" ESTIM("calf", "left", "2s", "80s", "background = true;") "," PERCUSSION( \
                "quads", "right", "2s", "60s") ");"

struct scenario {
        const char *name, *text;
        struct runner_traits traits;
        double soreness[2]; /* of the first part, of all that follow */
        unsigned latency_seconds;
        bool wants_more;
        unsigned lowered; /* by a bad morning */
        unsigned before;  /* what hurts before it begins */
        const char *course;
};

static const struct scenario scenarios[] = {
        { "comfortable", TEXT_TWO, { .points = 4 },
                .course = "0?0 [calf left] 12:4 42:4 72:4 [calf right] 104:4 134:4 end(completed) 36.5Hz" },
        { "too much, and a tenth less is right", TEXT_ONE, { .points = 5.2 },
                .course = "0?0 [calf left] 12:5 down 42:4 72:4 end(completed) 36.5Hz" },
        { "worse and worse", TEXT_ONE, { .points = 4, .points_per_minute = 2 },
                .course = "0?0 [calf left] 12:4 42:5 down 72:5 down end(completed) 36.5Hz" },
        { "two levels less do not help", TEXT_TWO, { .points = 5.3, .points_per_minute = 1.2 },
                .soreness = { 0, -5 },
                .course =
                        "0?0 [calf left] 12:5 down 42:5 down 72:5 over [calf right] 92:0 115:1 more? end(completed) 36.5Hz" },
        { "far too much", TEXT_TWO, { .points = 4 }, .soreness = { 2.5, 0 },
                .course = "0?0 [calf left] 12:6 leave [calf right] 40:4 70:4 end(completed) 36.5Hz" },
        { "at the limit", TEXT_TWO, { .points = 4 }, .soreness = { 4, 0 },
                .course = "0?0 [calf left] 12:8 end(discomfort) 36.5Hz" },
        { "sore before it begins", TEXT_ONE, { .points = 1 }, .soreness = { 0, 0 }, .before = 7,
                .course = "0?7 end(discomfort)" },
        { "gets used to it", TEXT_ONE, { .points = 5, .habituation = 0.8, .habituation_seconds = 20 },
                .course = "0?0 [calf left] 12:3 42:1 72:1 more? end(completed) 36.5Hz" },
        { "easy, and wants no more", TEXT_ONE, { .points = 1 },
                .course = "0?0 [calf left] 12:1 42:1 more? 72:1 end(completed) 36.5Hz" },
        { "easy, and wants more", TEXT_ONE, { .points = 1 }, .wants_more = true,
                .course = "0?0 [calf left] 12:1 42:1 more? 72:1 end(completed) 40.0Hz" },
        { "late every time", TEXT_ONE, { .points = 4 }, .latency_seconds = 25,
                .course = "[calf left] 37:4 67:4 end(completed) 36.5Hz" },
        { "silent", TEXT_TWO, { RUNNER_SILENT, .points = 4 },
                .course = "0?0 [calf left] quiet [calf right] 104 paused(unanswered) 36.5Hz" },
        { "silent once", TEXT_ONE, { .points = 4, .silent_until = 20 },
                .course = "0?0 [calf left] 42:4 72:4 end(completed) 36.5Hz" },
        { "silent twice", TEXT_TWO, { .points = 4, .silent_until = 50 },
                .course = "0?0 [calf left] quiet 72:3 [calf right] 104:4 134:4 end(completed) 36.5Hz" },
        { "tenses", TEXT_TWO, { .points = 4, .word_at = 3 },
                .course =
                        "0?0 [calf left] 12:4,tensing over [calf right] 32:4,tensing over end(completed) 36.5Hz" },
        { "tough", TEXT_ONE, { RUNNER_TOUGH, .points = 9 },
                .course = "0?0 [calf left] 12:5 down 42:4 72:4 end(completed) 36.5Hz" },
        { "numb", TEXT_ONE, { RUNNER_NUMB, .points = 9 }, .wants_more = true,
                .course = "0?0 [calf left] 12:0 42:0 more? 72:0 end(completed) 40.0Hz" },
        { "confused", TEXT_TWO, { RUNNER_CONFUSED, .points = 4, .seed = 1 },
                .course = "0?0 [calf left] 12:9 end(discomfort) 36.5Hz" },
        { "confused otherwise", TEXT_TWO, { RUNNER_CONFUSED, .points = 4, .seed = 6 }, .wants_more = true,
                .course = "0?0 [calf left] 12:1 42:10 end(discomfort) 36.5Hz" },
        { "after a bad morning", TEXT_ONE, { .points = 4 }, .lowered = 1,
                .course = "0?0 [calf left] 12:4 down 42:3 72:3 end(completed) 36.5Hz" },
        { "pads", TEXT_FOUR_MINUTES, { .points = 3 },
                .course = "0?0 [calf both] 5:2 65:2 125:2 185:2 end(completed) 6.0%" },
        { "pads, too strong", TEXT_FOUR_MINUTES, { .points = 9 },
                .course = "0?0 [calf both] 5:5 down 65:4 125:4 185:4 end(completed) 6.0%" },
        { "pads, easy, and wants more", TEXT_RANGE, { .points = 1 }, .wants_more = true,
                .course = "0?0 [calf both] 5:0 65:0 more? 125:0 185:0 more? end(completed) 5.0%" },
        { "pads, silent", TEXT_FOUR_MINUTES, { RUNNER_SILENT, .points = 6 },
                .course = "0?0 [calf both] quiet 185 paused(unanswered) 6.0%" },
        { "contractions", TEXT_CONTRACTIONS, { .points = 3 },
                .course = "0?0 [quads both] 5:2 65:2 125:2 185:2 end(completed) 6.0%" },
        { "gun and pads", TEXT_GUN_AND_PADS, { .points = 5.5 },
                .course = "0?0 [calf left] [quads right] 5:4 25:4 45:4 65:3 end(completed) 31.1Hz 6.0%" },
};

struct course {
        const struct scenario *scenario;
        struct world *world;
        struct runner runner;
        struct clock_timer *feel_timer;
        unsigned parts, fastest_mhz, strongest_permille;
        char text[1024];
};

static struct course *course; /* of the test that runs */

_printf_(1, 2) static void tell(const char *format, ...) {
        size_t n = strlen(course->text);
        va_list ap;

        if (n > 0 && n + 1 < sizeof(course->text))
                course->text[n++] = ' ';
        va_start(ap, format);
        (void) vsnprintf(course->text + n, sizeof(course->text) - n, format, ap);
        va_end(ap);
}

static unsigned seconds(void) {
        const struct world *world = course->world;

        return world->running_usec == 0
                       ? 0
                       : (unsigned) ((virtual_clock_now(world->clock) - world->running_usec) / USEC_PER_SEC);
}

static void tell_score(const struct record_entry *e) {
        char mark = streq(e->reason, "asked") ? ':' : streq(e->reason, "baseline") ? '?' : '*';

        tell("%u%c%d%s%s", seconds(), mark, (int) e->given, isempty(e->text) ? "" : ",", e->text);
}

static void tell_eased(const struct record_entry *e) {
        bool two = strstr(e->text, "two levels");

        tell("%s", startswith(e->text, "ended")  ? "over"
                   : streq(e->reason, "silence") ? "quiet"
                   : two                         ? "leave"
                   : strstr(e->text, "lowest")   ? "lowest"
                                                 : "down");
}

static void keep(struct record *record, const struct record_entry *e) {
        switch (e->kind) {
        case RECORD_STEP:
                tell("[%s %s]", strnull(e->zone), strnull(e->side));
                runner_turn_to(&course->runner, course->scenario->soreness[course->parts++ > 0]);
                break;
        case RECORD_DISCOMFORT:
                tell_score(e);
                break;
        case RECORD_EASED:
                tell_eased(e);
                break;
        case RECORD_PROMPT:
                if (streq_ptr(e->reason, "offer"))
                        tell("more?");
                break;
        case RECORD_PAUSED:
                tell("%u paused(%s)", seconds(), e->text);
                break;
        case RECORD_SESSION_ENDED:
                tell("end(%s)", e->text);
                break;
        default:
                break;
        }
}

static double strongest_of(const struct world_device *d, unsigned *ret_rate_mhz, unsigned *ret_permille) {
        double stimulus = 0;

        for (unsigned i = 0; i < product_channels(d->peer->product); i++) {
                struct product_output output = product_output(d->peer->product, i);

                stimulus = MAX(stimulus, runner_stimulus(product_kind(d->peer->product), &output));
                *ret_rate_mhz = MAX(*ret_rate_mhz, output.amplitude_permille > 0 ? output.rate_mhz : 0);
                *ret_permille = MAX(*ret_permille, output.amplitude_permille);
        }
        return stimulus;
}

/* The body goes on feeling. */
static void on_feel(struct clock_timer *timer, void *userdata) {
        struct world *world = course->world;
        unsigned ignored = 0;
        double gun = strongest_of(&world->gun, &course->fastest_mhz, &ignored);
        double pads = strongest_of(&world->pads, &ignored, &course->strongest_permille);

        runner_pass(&course->runner, (double) FEEL_USEC / USEC_PER_SEC, MAX(gun, pads));
        clock_timer_arm_in(timer, FEEL_USEC);
}

static unsigned what_is_said(struct world *world, void *userdata) {
        static const char *const tensing[] = { "tensing", NULL };
        unsigned score;
        bool word;

        /* Nothing is treated yet. */
        if (course->parts == 0)
                return course->scenario->before;
        if (!runner_says(&course->runner, &score, &word))
                return DISCOMFORT_NONE;
        if (word) {
                assert_int_equal(session_discomfort(world->session, score, tensing), 0);
                return DISCOMFORT_NONE;
        }
        return score;
}

static unsigned lowered(uid_t runner, const struct zone *zone, enum side side, void *userdata) {
        return course->scenario->lowered;
}

static void begin(void **state, const struct scenario *scenario) {
        struct world *world = *state;

        course = calloc(1, sizeof(*course));
        assert_non_null(course);
        course->scenario = scenario;
        course->world = world;
        runner_begin(&course->runner, &scenario->traits);
        world->record.put = keep;
        world->lowered = lowered;
        world->feels = what_is_said;
        world->feel_after_usec =
                scenario->latency_seconds > 0 ? SECONDS(scenario->latency_seconds) : USEC_PER_SEC / 2;
        world->wants_more = scenario->wants_more;
        assert_int_equal(
                clock_timer_new(virtual_clock_base(world->clock), on_feel, NULL, &course->feel_timer), 0);
        clock_timer_arm_in(course->feel_timer, 0);
}

static void finish(void) {
        clock_timer_free(course->feel_timer);
        free(course);
        course = NULL;
}

static void scenario(void **state, const struct scenario *s) {
        begin(state, s);
        assert_int_equal(world_start_text(course->world, s->text), 0);
        world_run(course->world, SECONDS(600));
        if (course->fastest_mhz > 0)
                tell("%.1fHz", course->fastest_mhz / 1e3);
        if (course->strongest_permille > 0)
                tell("%.1f%%", course->strongest_permille / 10.0);
        if (!streq(course->text, s->course))
                fail_msg("%s:\n  expected %s\n  but had  %s", s->name, s->course, course->text);
        assert_false(session_output_active(course->world->session));
        finish();
}

static void every_scenario_has_its_course(void **state) {
        for (size_t i = 0; i < ARRAY_SIZE(scenarios); i++) {
                void *world = NULL;

                assert_int_equal(world_setup(&world), 0);
                scenario(&world, &scenarios[i]);
                assert_int_equal(world_teardown(&world), 0);
        }
}

/* --- what is said wrongly, too late, or by the wrong one --- */

static const struct scenario quiet = { "quiet", TEXT_TWO, { RUNNER_SILENT, .points = 4 } };

/* Into the first step, where a question is open. */
static struct world *asked(void **state) {
        begin(state, &quiet);
        assert_int_equal(world_start_text(course->world, quiet.text), 0);
        world_run_until_state(course->world, SESSION_RUNNING, SECONDS(10));
        world_run(course->world, SECONDS(13));
        assert_string_equal(session_prompt(course->world->session), "discomfort-2");
        return course->world;
}

static void what_is_no_score_leaves_the_question_open(void **state) {
        static const char *const answers[] = { "11", "255", "-1", "", "four", "4 ", "04x", "yes" };
        static const char *const words[] = { "fluffy", NULL };
        struct world *world = asked(state);

        for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
                assert_int_equal(
                        session_answer(world->session, WORLD_HOLDER, "discomfort-2", answers[i]), -EDOM);
        assert_int_equal(session_discomfort(world->session, 11, NULL), -EDOM);
        assert_int_equal(session_discomfort(world->session, 3, words), -EDOM);
        assert_string_equal(session_prompt(world->session), "discomfort-2");
        assert_int_equal(session_last_discomfort(world->session), 0);
        finish();
}

static void an_answer_to_a_question_long_gone_is_refused(void **state) {
        struct world *world = asked(state);
        unsigned before = session_last_discomfort(world->session);

        world_run(world, SECONDS(30));
        assert_string_equal(session_prompt(world->session), "discomfort-3");
        assert_true(session_answer(world->session, WORLD_HOLDER, "discomfort-2", "4") < 0);
        assert_true(session_answer(world->session, WORLD_HOLDER, "baseline-1", "4") < 0);
        assert_int_equal(session_last_discomfort(world->session), before);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "discomfort-3", "4"), 0);
        assert_int_equal(session_last_discomfort(world->session), 4);
        assert_true(session_answer(world->session, WORLD_HOLDER, "discomfort-3", "9") < 0);
        assert_int_equal(session_state(world->session), SESSION_RUNNING);
        finish();
}

static void nothing_rises_while_an_answer_is_owed(void **state) {
        struct world *world = asked(state);

        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), 0);
        world_run(world, SECONDS(30)); /* the second question */
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), -EAGAIN);
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, -1), 0);
        assert_int_equal(session_discomfort(world->session, 4, NULL), 0);
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), 0);
        finish();
}

static void more_is_for_the_holder_less_is_for_everybody(void **state) {
        struct world *world = asked(state);

        assert_int_equal(session_adjust(world->session, WORLD_OTHER, 1), -EPERM);
        assert_int_equal(session_adjust(world->session, WORLD_OTHER, -1), 0);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(session_discomfort(world->session, 1, NULL), 0);
                if (i == 0)
                        world_run(world, SECONDS(30));
        }
        assert_string_equal(session_prompt(world->session), "offer-4");
        assert_string_equal(session_prompt_answer(world->session, 0), "no");
        assert_int_equal(session_answer(world->session, WORLD_OTHER, "offer-4", "yes"), -EPERM);
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "offer-4", "perhaps"), -EDOM);
        assert_string_equal(session_prompt(world->session), "offer-4");
        assert_int_equal(session_answer(world->session, WORLD_OTHER, "offer-4", "no"), 0);
        assert_true(session_answer(world->session, WORLD_HOLDER, "offer-4", "yes") < 0);
        assert_string_equal(session_prompt(world->session), "");
        finish();
}

/* A question that was not answered is no longer in the way when what it was about is over. */
static void a_question_does_not_outlive_the_output(void **state) {
        static const struct scenario scenario = { "quiet",
                ROUTINE_HEAD(ROLE_GUN) "steps = (" MEDIUM("left",
                        "15s") ","
                               "{ kind = \"prompt\"; text = \"Ready?\"; answers = [ \"yes\" ]; }," MEDIUM(
                                       "right", "60s") ");",
                { RUNNER_SILENT, .points = 4 } };
        struct world *world = *state;

        begin(state, &scenario);
        world->answers = false;
        assert_int_equal(world_start_text(world, scenario.text), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        world_run(world, SECONDS(13));
        assert_string_equal(session_prompt(world->session), "discomfort-2");
        world_run(world, SECONDS(7));
        assert_string_equal(session_prompt(world->session), "2");
        assert_string_equal(session_prompt_text(world->session), "Ready?");
        assert_int_equal(session_answer(world->session, WORLD_HOLDER, "2", "yes"), 0);
        /* It was a silence all the same: nothing rises when the next one comes. */
        world_run(world, SECONDS(20));
        assert_string_equal(session_prompt(world->session), "discomfort-3");
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), -EAGAIN);
        finish();
}

static void a_pause_asks_nothing_and_forgets_the_silence(void **state) {
        struct world *world = asked(state);

        world_run(world, SECONDS(30));
        session_pause(world->session, REASON_ASKED);
        assert_string_equal(session_prompt(world->session), "");
        world_run(world, SECONDS(120));
        assert_string_equal(session_prompt(world->session), "");
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
        /* Ten seconds after output began again, and from the start of the count. */
        world_run(world, SECONDS(9));
        assert_string_equal(session_prompt(world->session), "");
        world_run(world, SECONDS(2));
        assert_string_equal(session_prompt(world->session), "discomfort-4");
        assert_int_equal(session_adjust(world->session, WORLD_HOLDER, 1), 0);
        finish();
}

/* While it connects or waits for the key again in the middle, what is said is not about before it began. */
static void what_is_said_on_the_way_back_is_no_baseline(void **state) {
        static const char *const words[] = { "burning", NULL };
        struct world *world = asked(state);
        unsigned baseline = session_baseline(world->session);

        world->arms = false;
        session_pause(world->session, REASON_ASKED);
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_WAITING, SECONDS(10));
        assert_int_equal(session_discomfort(world->session, 2, NULL), 0);
        assert_int_equal(session_baseline(world->session), baseline);
        assert_null(strstr(course->text, "2?"));
        /* A word ends the step that it is about, not the rest. */
        assert_int_equal(session_discomfort(world->session, 2, words), 0);
        assert_int_equal(session_state(world->session), SESSION_WAITING);
        assert_non_null(strstr(course->text, "[calf right]"));
        finish();
}

static int speed_when_written;

static void look_at_the_gun(struct record *record, const struct record_entry *e) {
        if (e->kind == RECORD_DISCOMFORT)
                speed_when_written =
                        theragun_speed_at(course->world->gun.peer, virtual_clock_now(course->world->clock));
}

static void zero_comes_before_it_is_written_down(void **state) {
        struct world *world = asked(state);

        assert_true(theragun_speed_at(world->gun.peer, virtual_clock_now(world->clock)) > 0);
        world->record.put = look_at_the_gun;
        speed_when_written = -1;
        assert_int_equal(session_discomfort(world->session, 9, NULL), 0);
        assert_int_equal(speed_when_written, 0);
        assert_int_equal(session_reason(world->session), REASON_DISCOMFORT);
        finish();
}

int main(void) {
#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
        const struct CMUnitTest tests[] = {
                WORLD_TEST(what_is_no_score_leaves_the_question_open),
                WORLD_TEST(an_answer_to_a_question_long_gone_is_refused),
                WORLD_TEST(nothing_rises_while_an_answer_is_owed),
                WORLD_TEST(more_is_for_the_holder_less_is_for_everybody),
                WORLD_TEST(a_question_does_not_outlive_the_output),
                WORLD_TEST(a_pause_asks_nothing_and_forgets_the_silence),
                WORLD_TEST(what_is_said_on_the_way_back_is_no_baseline),
                WORLD_TEST(zero_comes_before_it_is_written_down),
                cmocka_unit_test(every_scenario_has_its_course),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
