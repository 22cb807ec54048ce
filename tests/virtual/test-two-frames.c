/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Pads whose two channels are set by a frame each, over a link that takes a frame as slowly as a round comes, or more slowly: each
 * channel rises as gently as the programme does, and falls with it. The product and its radio are this test's own:
 *   A1 channel level    sets channel 1 or 2 to a level of 0 to 255, at once. */

#include "daemon/device/device-private.h"
#include "lib/conf-text.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)
#define CHANNELS 2u

/* 60 % of what is reached without a calibration: 15 of 255. */
#define LEVEL 15u
#define RAMP MSEC(1000)
/* 2 % of 255: the first contraction is no stronger than that, and the level rises by it every half second (REQ5). */
#define STEP 5u

static const char *const definition_text =
        "format = 1; id = \"two\"; title = \"Two pads\"; kind = \"estim\"; engine = \"frames\";\n"
        "evidence = \"A\"; evidence_text = \"For a test.\"; source = \"me\"; link_loss = \"stops\"; %s\n"
        "match = ( { name = \"Two\"; } );\n"
        "endpoints = ( { name = \"tx\"; service = \"abc0\"; characteristic = \"abc1\"; write = [ \"command\", \"request\" ]; } );\n"
        "features = ( { name = \"a\"; basis = \"unknown\"; native = [ 1, 255 ]; uncalibrated_max = 25; },\n"
        "             { name = \"b\"; basis = \"unknown\"; native = [ 1, 255 ]; uncalibrated_max = 25; } );\n"
        "frames = ( { name = \"set-a\"; endpoint = \"tx\"; write = \"%s\"; bytes = \"A1 01 {a:u8}\"; },\n"
        "           { name = \"set-b\"; endpoint = \"tx\"; write = \"%s\"; bytes = \"A1 02 {b:u8}\"; },\n"
        "           { name = \"stop-a\"; endpoint = \"tx\"; write = \"%s\"; bytes = \"A1 01 00\"; },\n"
        "           { name = \"stop-b\"; endpoint = \"tx\"; write = \"%s\"; bytes = \"A1 02 00\"; } );\n";

#define TEXT_CONTRACTIONS                                                                         \
        ROUTINE_HEAD(ROLE_PADS)                                                                   \
        "steps = ( { kind = \"estim\"; zone = \"calf\"; sides = \"both\"; lead_in = \"1s\";"      \
        " duration = \"60s\"; frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"60%\";" \
        " ramp = \"1s\"; ramp_down = \"1s\"; on = \"6s\"; off = \"4s\"; } );"

struct two {
        struct radio radio; /* both first of what they are the base of */
        struct link link;
        struct clock *clock;
        struct world *world;
        struct device *device;
        struct device_definition *definition;
        struct clock_timer *timer; /* the link, then answers */
        bool linked;
        uint64_t answer_usec;
        unsigned levels[CHANNELS], highest[CHANNELS], rise[CHANNELS]; /* now, ever, and in one write */
        unsigned apart;                  /* the most that one was above the other */
        uint64_t written_usec[CHANNELS]; /* the last frame */
};

static struct two *of_link(struct link *link) {
        return (struct two *) (void *) ((char *) link - offsetof(struct two, link));
}

static int product_written(
        struct link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        struct two *two = of_link(link);
        unsigned channel = bytes[1] - 1u;

        assert_true(n == 3 && bytes[0] == 0xa1 && channel < CHANNELS);
        assert_false(clock_timer_armed(two->timer)); /* one request at a time */
        if (bytes[2] > two->levels[channel])
                two->rise[channel] = MAX(two->rise[channel], bytes[2] - two->levels[channel]);
        two->levels[channel] = bytes[2];
        two->written_usec[channel] = clock_now(two->clock);
        two->apart =
                MAX(two->apart, MAX(two->levels[0], two->levels[1]) - MIN(two->levels[0], two->levels[1]));
        two->highest[channel] = MAX(two->highest[channel], two->levels[channel]);
        if (write == FRAME_COMMAND)
                return 0;
        clock_timer_arm_in(two->timer, two->answer_usec);
        return 1;
}

static void on_timer(struct clock_timer *timer, void *userdata) {
        struct two *two = userdata;

        if (two->linked) {
                two->link.handler->written(two->link.userdata, 0, 0);
                return;
        }
        two->linked = true;
        two->link.handler->ready(two->link.userdata);
}

static void link_is_freed(struct link *link) {
        struct two *two = of_link(link);

        two->linked = false;
        clock_timer_disarm(two->timer);
}

static int link_is_opened(struct radio *radio, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret) {
        static const struct link_ops ops = { .write = product_written, .free = link_is_freed };
        struct two *two = (struct two *) radio;

        two->link = (struct link){ &ops, handler, userdata };
        clock_timer_arm_in(two->timer, MSEC(50));
        *ret = &two->link;
        return 0;
}

static int nothing_is_scanned(struct radio *radio, bool on) {
        return 0;
}

static enum radio_state is_on(const struct radio *radio) {
        return RADIO_ON;
}

static struct two *two_new(const char *gap, const char *write, uint64_t answer_usec) {
        static const struct radio_ops ops = {
                .scan = nothing_is_scanned, .link_open = link_is_opened, .state = is_on
        };
        struct radio_advert advert = {
                .address = "CC:CC:CC:CC:CC:03", .address_type = "random", .name = "Two"
        };
        struct two *two = calloc(1, sizeof(*two));
        _cleanup_free_ char *text = NULL;
        struct device_environment environment;
        struct findings findings = {};

        assert_non_null(two);
        two->world = world_new("theragun-gen4", "theragun-pro");
        two->clock = virtual_clock_base(two->world->clock);
        two->radio.ops = &ops;
        two->answer_usec = answer_usec;
        assert_int_equal(clock_timer_new(two->clock, on_timer, two, &two->timer), 0);
        assert_true(asprintf(&text, definition_text, gap, write, write, write, write) > 0);
        if (definition_parse(&conf_text, "two.conf", text, strlen(text), &findings, &two->definition) < 0)
                fail_msg("line %u: %s", findings.items[0].line, findings.items[0].message);
        findings_done(&findings);
        environment = two->world->pads.device->environment;
        environment.radio = &two->radio;
        assert_int_equal(device_new(&environment, two->definition, &two->definition->matches[0], &advert,
                                 &two->device),
                0);
        assert_int_equal(device_set_added(two->device, true, NULL), 0);
        return two;
}

static void two_free(struct two *two) {
        session_end(two->world->session, REASON_STOPPED);
        world_run(two->world, SECONDS(2));
        assert_int_equal(two->levels[0] + two->levels[1], 0);
        two->world->session = session_free(two->world->session);
        device_unref(two->device);
        definition_unref(two->definition);
        clock_timer_free(two->timer);
        world_free(two->world);
        free(two);
}

static void begin(struct two *two, const char *text) {
        const struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .devices = { two->device }
        };

        assert_int_equal(world_start_options(two->world, world_routine_text(text), &options), 0);
        world_run_into_step(two->world, 1, SIDE_BOTH);
}

static bool is_up(const struct two *two) {
        return two->levels[0] == LEVEL && two->levels[1] == LEVEL;
}

static bool is_down(const struct two *two) {
        return two->levels[0] + two->levels[1] == 0;
}

static void run_until(struct two *two, bool (*holds)(const struct two *two), uint64_t at_most_usec) {
        for (uint64_t t = 0; t < at_most_usec && !holds(two); t += MSEC(10))
                world_run(two->world, MSEC(10));
        if (!holds(two))
                fail_msg("they stay at %u and %u", two->levels[0], two->levels[1]);
}

/* Two contractions. frame_usec: how long the link takes for a frame; in its turn a channel gets what the programme rose by in a whole
 * round of frames. */
static void contract(struct two *two, uint64_t frame_usec) {
        unsigned share = (unsigned) (LEVEL * (CHANNELS * frame_usec + MSEC(100)) / RAMP) + 1;

        begin(two, TEXT_CONTRACTIONS);
        run_until(two, is_up, SECONDS(30));
        for (unsigned i = 0; i < 2; i++) {
                run_until(two, is_down, SECONDS(10));
                run_until(two, is_up, SECONDS(10));
        }
        for (unsigned i = 0; i < CHANNELS; i++) {
                assert_int_equal(two->highest[i], LEVEL);
                assert_in_range(two->rise[i], 1, MAX(STEP, share));
                /* And it is believed to be there. */
                assert_int_equal(device_taken(two->device, i), LEVEL * 1000);
                assert_false(device_is_pending(two->device, i));
        }
        /* REQ6: neither is kept up while the other falls. */
        assert_in_range(two->apart, 1, MAX(STEP, share));
        two_free(two);
}

static void req5_both_channels_rise_over_a_link_with_a_gap(void **state) {
        contract(two_new("min_gap = \"100ms\";", "command", 0), MSEC(100));
        contract(two_new("min_gap = \"150ms\";", "command", 0), MSEC(150));
}

static void req5_both_channels_rise_over_a_link_that_answers_late(void **state) {
        contract(two_new("", "request", MSEC(60)), MSEC(60));
        contract(two_new("", "request", MSEC(130)), MSEC(130));
}

/* What is called sent went out on that channel, and on no other. */
static void only_what_went_out_is_handed_over(void **state) {
        struct two *two = two_new("min_gap = \"150ms\";", "command", 0);
        bool seen[CHANNELS] = {};

        begin(two, TEXT_CONTRACTIONS);
        for (unsigned i = 0; i < 3000; i++) {
                world_run(two->world, MSEC(5));
                for (unsigned c = 0; c < CHANNELS; c++) {
                        const struct channel_value *handed = &device_channel(two->device, c)->handed;

                        assert_true(handed->at_usec <= two->written_usec[c]);
                        seen[c] |= handed->level == LEVEL * 1000;
                }
        }
        assert_true(seen[0] && seen[1]);
        two_free(two);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req5_both_channels_rise_over_a_link_with_a_gap),
                cmocka_unit_test(req5_both_channels_rise_over_a_link_that_answers_late),
                cmocka_unit_test(only_what_went_out_is_handed_over),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
