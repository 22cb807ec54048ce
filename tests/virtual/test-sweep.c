/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What is meant for one device and comes to another: every frame that an engine can produce at every other product, every
 * notification of a product at every other engine. It is refused or harmless. What a device is asked for that only another
 * one could do is in test-sweep-device.c. */

#include "protocols/definition.h"
#include "sim/products/product.h"
#include "tests/test.h"
#include "tests/virtual/sweep.h"

/* --- frames at products --- */

enum product_state {
        PRODUCT_IDLE,
        PRODUCT_RUNNING,
        PRODUCT_STOPPED,
        _PRODUCT_STATE_MAX,
};

static const char *const state_names[] = { "idle", "running", "stopped" };

/* Brought there by its own definition's frames. */
static struct product *product_in_state(
        const struct sweep_model *model, enum product_state state, uint64_t *now) {
        static const struct product_host host = {};
        struct product *product = NULL;
        struct codec codec;

        assert_int_equal(product_new(model->product, "AA:BB:CC:DD:EE:FF", &host, &product), 0);
        *now = USEC_PER_SEC;
        product_advance(product, *now);
        product_linked(product, *now, true);
        codec_open(&codec, model->definition);
        for (unsigned i = 0; state != PRODUCT_IDLE && i < 30; i++) {
                struct frames frames = {};

                codec_setpoints(&codec, SWEEP_RUN_PERMILLE, 3, 1000, &frames);
                sweep_tell(product, model, &frames, *now);
                *now += 99 * USEC_PER_MSEC; /* the last frame of pads still plays */
                product_advance(product, *now);
        }
        assert_int_equal(product_output(product, 0).amplitude_permille > 0, state != PRODUCT_IDLE);
        if (state == PRODUCT_STOPPED) {
                struct frames frames = {};

                assert_int_equal(codec.definition->engine->stop(codec.private, &frames), 0);
                sweep_tell(product, model, &frames, *now);
                *now += 3 * USEC_PER_SEC;
                product_advance(product, *now);
                assert_int_equal(product_output(product, 0).amplitude_permille, 0);
        }
        codec_close(&codec);
        return product;
}

/* More than before, on any channel, now or in the two seconds that a motor takes. */
static bool rises(struct product *product, const struct product_output *before, uint64_t now) {
        for (unsigned t = 0; t <= 2000; t += 50) {
                product_advance(product, now + t * USEC_PER_MSEC);
                for (unsigned i = 0; i < product_channels(product); i++) {
                        struct product_output output = product_output(product, i);

                        if (output.amplitude_permille > before[i].amplitude_permille ||
                                output.rate_mhz > before[i].rate_mhz + 100)
                                return true;
                }
        }
        return false;
}

/* One frame at every characteristic of the product, as request and as command. Returns how many of them raised it. */
static unsigned deliver(const struct frame *frame, const struct sweep_model *to, enum product_state state) {
        unsigned risen = 0;
        size_t n_characteristics = 1;

        for (size_t c = 0; c < n_characteristics; c++)
                for (unsigned type = PRODUCT_WRITE_REQUEST; type <= PRODUCT_WRITE_COMMAND; type++) {
                        uint64_t now;
                        _cleanup_(product_freep) struct product *product = product_in_state(to, state, &now);
                        struct product_output before[4] = {};

                        (void) product_characteristics(product, &n_characteristics);
                        for (unsigned i = 0; i < product_channels(product); i++)
                                before[i] = product_output(product, i);
                        (void) product_write(product, now, (unsigned) c, (enum product_write_type) type,
                                frame->bytes, frame->n);
                        risen += rises(product, before, now);
                        sweep_count.deliveries++;
                }
        return risen;
}

static unsigned deliver_all(const struct sweep_model *from, const struct sweep_model *to) {
        struct frame_list list = {};
        unsigned risen = 0;

        sweep_frames(from, &list);
        for (size_t i = 0; i < list.n; i++)
                for (unsigned state = 0; state < _PRODUCT_STATE_MAX; state++) {
                        unsigned n = deliver(&list.items[i], to, (enum product_state) state);

                        if (n > 0 && from->family != to->family)
                                fail_msg("a frame of %s (%02x %02x …, %zu bytes) raises a %s %s", from->id,
                                        list.items[i].bytes[0], list.items[i].bytes[1], list.items[i].n,
                                        state_names[state], to->product);
                        risen += n;
                }
        free(list.items);
        return risen;
}

static void no_frame_raises_a_product_of_another_family(void **state) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t b = 0; b < sweep_n_models; b++)
                        if (sweep_models[b].product && sweep_models[a].family != sweep_models[b].family)
                                assert_int_equal(deliver_all(&sweep_models[a], &sweep_models[b]), 0);
        print_message("%zu frames delivered to products of other families\n", sweep_count.deliveries);
        assert_true(sweep_count.deliveries > 10000);
}

/* The rule for what shares its framing: the bytes alone do not protect. Which frame goes where is decided by the definition
 * that a device was bound to by its name, once (test-sweep-device.c shows that nothing else is written to it). */
static void a_family_shares_its_frames_so_the_definition_decides(void **state) {
        unsigned risen = 0;

        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t b = 0; b < sweep_n_models; b++) {
                        const struct sweep_model *from = &sweep_models[a], *to = &sweep_models[b];
                        struct frame_list list = {};

                        if (a == b || !to->product || from->family != to->family)
                                continue;
                        sweep_frames(from, &list);
                        for (size_t i = 0; i < list.n; i++)
                                risen += deliver(&list.items[i], to, PRODUCT_IDLE);
                        free(list.items);
                }
        assert_true(risen > 0);
}

static void a_name_belongs_to_one_definition(void **state) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t b = 0; b < sweep_n_models; b++)
                        for (unsigned i = 0; i < sweep_models[b].definition->n_matches; i++) {
                                const struct match_rule *rule;
                                unsigned score = definition_match(sweep_models[a].definition,
                                        sweep_models[b].definition->matches[i].name, &rule);

                                if ((score > 0) != (a == b))
                                        fail_msg("'%s' of %s is %smatched by %s",
                                                sweep_models[b].definition->matches[i].name,
                                                sweep_models[b].id, score > 0 ? "" : "not ",
                                                sweep_models[a].id);
                        }
}

/* A level of another device that is outside the feature has no frame. */
static void a_codec_encodes_no_level_outside_its_feature(void **state) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t b = 0; b < sweep_n_models; b++) {
                        int64_t foreign = sweep_models[b].definition->features[0].max;
                        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};
                        struct frames frames = {};
                        struct codec codec;

                        codec_open(&codec, sweep_models[a].definition);
                        setpoints[0] = (struct setpoint){ .level = foreign, .envelope_permille = 1000 };
                        if (foreign > codec.definition->features[0].max) {
                                assert_int_equal(
                                        codec.definition->engine->encode(codec.private, setpoints, &frames),
                                        -ERANGE);
                                assert_int_equal(frames.n, 0);
                        }
                        setpoints[0].level = -foreign;
                        assert_int_equal(codec.definition->engine->encode(codec.private, setpoints, &frames),
                                -ERANGE);
                        codec_close(&codec);
                }
}

/* --- notifications at engines --- */

/* A codec that has told its device to run, so that every report of something else counts. */
static void open_running(struct codec *codec, const struct device_definition *definition) {
        struct frames frames = {};

        codec_open(codec, definition);
        codec_setpoints(codec, SWEEP_RUN_PERMILLE, 3, 1000, &frames);
}

static void decode_foreign(struct codec *codec, const struct sweep_model *model,
        const struct sweep_model *from, const uint8_t *bytes, size_t n) {
        for (unsigned endpoint = 0; endpoint < codec->definition->n_endpoints; endpoint++) {
                struct protocol_events events = {};
                uint8_t *exact =
                        malloc(MAX(n, (size_t) 1)); /* so that the sanitizer sees one byte too far */

                assert_non_null(exact);
                memcpy(exact, bytes, n);
                (void) codec->definition->engine->decode(codec->private, endpoint, exact, n, &events);
                free(exact);
                sweep_count.decoded++;
                assert_true(events.n <= PROTOCOL_EVENTS_MAX);
                for (unsigned i = 0; i < events.n; i++) {
                        assert_true(events.items[i].feature < codec->definition->n_features);
                        assert_true(events.items[i].value >= 0);
                }
                if (events.n > 0 && !model->is_report(bytes, n))
                        fail_msg("%zu bytes of %s (%02x …) mean something to %s", n, from->id,
                                n > 0 ? bytes[0] : 0, model->id);
                if (events.n > 0)
                        sweep_count.meaningful++;
        }
}

static void feed(const struct sweep_model *to, const struct sweep_model *from) {
        struct frame_list list = {};
        struct codec codec;

        sweep_notifications(from, &list);
        assert_true(list.n > 0);
        for (size_t i = 0; i < list.n; i++) {
                open_running(&codec, to->definition);
                for (size_t n = 0; n <= list.items[i].n; n++)
                        decode_foreign(&codec, to, from, list.items[i].bytes, n);
                for (unsigned k = 0; k < SWEEP_MUTANTS; k++) {
                        struct frame mutant = list.items[i];

                        sweep_mutate(&mutant);
                        decode_foreign(&codec, to, from, mutant.bytes, mutant.n);
                }
                codec_close(&codec);
        }
        free(list.items);
}

/* Whatever comes of it is what the engine's own page says these very bytes mean. */
static void foreign_notifications_mean_nothing(void **state) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t b = 0; b < sweep_n_models; b++)
                        if (sweep_models[b].product && sweep_models[a].family != sweep_models[b].family)
                                feed(&sweep_models[a], &sweep_models[b]);
        print_message("%zu foreign messages decoded, %zu mutants happened to be a message of the engine\n",
                sweep_count.decoded, sweep_count.meaningful);
        assert_true(sweep_count.decoded > 100000);
}

/* The unchanged bytes of another family are never a message, not even by accident. */
static void real_foreign_notifications_are_no_message_at_all(void **state) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t b = 0; b < sweep_n_models; b++) {
                        struct frame_list list = {};

                        if (!sweep_models[b].product || sweep_models[a].family == sweep_models[b].family)
                                continue;
                        sweep_notifications(&sweep_models[b], &list);
                        for (size_t i = 0; i < list.n; i++)
                                assert_false(
                                        sweep_models[a].is_report(list.items[i].bytes, list.items[i].n));
                        free(list.items);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sweep_leaves_nothing_out),
                cmocka_unit_test(no_frame_raises_a_product_of_another_family),
                cmocka_unit_test(a_family_shares_its_frames_so_the_definition_decides),
                cmocka_unit_test(a_name_belongs_to_one_definition),
                cmocka_unit_test(a_codec_encodes_no_level_outside_its_feature),
                cmocka_unit_test(real_foreign_notifications_are_no_message_at_all),
                cmocka_unit_test(foreign_notifications_mean_nothing),
        };

        return cmocka_run_group_tests(tests, sweep_setup, sweep_teardown);
}
