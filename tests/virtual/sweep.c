/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/virtual/sweep.h"
#include "lib/conf-text.h"

#include <dirent.h>

#include "tests/test.h"

struct sweep_count sweep_count;

/* stpihkal, Theragun: BB, the sum of all from the third byte on, then 10 (status, the speed in bytes 13 and 14) or 20
 * (version, in bytes 12 and 13). */
static bool is_therabody_report(const uint8_t *b, size_t n) {
        uint8_t sum = 0;

        /* The battery has a characteristic of its own, which the device reads and not the engine. */
        if (n < 14 || b[0] != 0xbb || (b[2] != 0x10 && b[2] != 0x20))
                return false;
        for (size_t i = 2; i < n; i++)
                sum = (uint8_t) (sum + b[i]);
        return b[1] == sum;
}

/* DG-LAB, coyote/v3: B1, the number of the command or 0, the strengths of A and B, up to 200. */
static bool is_coyote_report(const uint8_t *b, size_t n) {
        return n == 4 && b[0] == 0xb1 && b[1] <= 15 && b[2] <= 200 && b[3] <= 200;
}

struct sweep_model sweep_models[] = {
        { "theragun-gen4", "theragun-pro", SWEEP_THERABODY, is_therabody_report },
        { "therabody-wave-roller", "wave-roller", SWEEP_THERABODY, is_therabody_report },
        { "therabody-wave-duo", NULL, SWEEP_THERABODY, is_therabody_report },
        { "therabody-wave-solo", NULL, SWEEP_THERABODY, is_therabody_report },
        { "coyote3", "coyote3", SWEEP_COYOTE, is_coyote_report },
};
const size_t sweep_n_models = ARRAY_SIZE(sweep_models);

int sweep_setup(void **state) {
        for (size_t i = 0; i < sweep_n_models; i++) {
                _cleanup_free_ char *path = NULL, *text = NULL;
                struct findings findings = {};
                size_t n;

                assert_true(asprintf(&path, "protocols/devices/%s.conf", sweep_models[i].id) > 0);
                text = source_file(path, &n);
                assert_int_equal(
                        definition_parse(&conf_text, path, text, n, &findings, &sweep_models[i].definition),
                        0);
                findings_done(&findings);
        }
        return 0;
}

int sweep_teardown(void **state) {
        for (size_t i = 0; i < sweep_n_models; i++)
                sweep_models[i].definition = definition_unref(sweep_models[i].definition);
        return 0;
}

static bool has_product(const char *kind) {
        for (size_t i = 0; i < sweep_n_models; i++)
                if (sweep_models[i].product && streq(sweep_models[i].product, kind))
                        return true;
        return false;
}

static bool has_engine(const struct protocol_engine *engine) {
        for (size_t i = 0; i < sweep_n_models; i++)
                if (sweep_models[i].definition->engine == engine)
                        return true;
        return false;
}

void sweep_leaves_nothing_out(void **state) {
        _cleanup_free_ char *path = NULL;
        size_t definitions = 0;
        struct dirent *entry;
        DIR *folder;

        assert_true(asprintf(&path, "%s/protocols/devices", source_root()) > 0);
        folder = opendir(path);
        assert_non_null(folder);
        while ((entry = readdir(folder)))
                definitions += strstr(entry->d_name, ".conf") != NULL;
        (void) closedir(folder);
        assert_int_equal(definitions, sweep_n_models);
        for (size_t i = 0; product_kind_name(i); i++)
                assert_true(has_product(product_kind_name(i)));
        for (const struct protocol_engine *const *e = protocol_engines; *e; e++)
                assert_true(has_engine(*e));
}

void codec_open(struct codec *codec, const struct device_definition *definition) {
        const char *error;

        *codec = (struct codec){ .definition = definition,
                .private = calloc(1, definition->engine->private_size) };
        assert_non_null(codec->private);
        assert_int_equal(definition->engine->open(codec->private, definition, &error), 0);
}

void codec_close(struct codec *codec) {
        free(codec->private);
        codec->private = NULL;
}

void codec_setpoints(struct codec *codec, unsigned permille, unsigned mask, unsigned envelope_permille,
        struct frames *frames) {
        const struct device_definition *d = codec->definition;
        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};

        for (unsigned i = 0; i < d->n_features; i++)
                if (mask & (1u << i))
                        setpoints[i] = (struct setpoint){
                                .level = d->features[i].uncalibrated_max * permille / 1000,
                                .envelope_permille = envelope_permille,
                                .rate_mhz = 8000 + permille * 100,
                                .pulse_width_usec = 250,
                        };
        assert_int_equal(d->engine->encode(codec->private, setpoints, frames), 0);
        if (d->engine->stream)
                assert_int_equal(d->engine->stream(codec->private, codec->t_usec, false, frames), 0);
        codec->t_usec += d->engine->stream_period_usec;
}

static void keep(struct frame_list *list, const struct frame *frame) {
        for (size_t i = 0; i < list->n; i++)
                if (list->items[i].n == frame->n &&
                        memcmp(list->items[i].bytes, frame->bytes, frame->n) == 0)
                        return;
        list->items = realloc(list->items, (list->n + 1) * sizeof(*list->items));
        assert_non_null(list->items);
        list->items[list->n++] = *frame;
}

static void keep_all(struct frame_list *list, const struct frames *frames) {
        for (unsigned i = 0; i < frames->n; i++)
                keep(list, &frames->items[i]);
}

/* What a device is told after every connect. */
static void codec_handshake(struct codec *codec, struct frames *frames) {
        const struct device_definition *d = codec->definition;
        int64_t maxima[PROTOCOL_FEATURES_MAX] = {};

        for (unsigned i = 0; i < d->n_features; i++)
                maxima[i] = d->features[i].uncalibrated_max;
        if (d->engine->limits)
                assert_int_equal(d->engine->limits(codec->private, maxima, frames), 0);
        if (d->engine->handshake)
                assert_int_equal(d->engine->handshake(codec->private, frames), 0);
}

/* Levels beyond uncalibrated_max too: a person who calibrated gets there. */
static unsigned most_permille(const struct device_definition *d) {
        return (unsigned) (d->features[0].max * 1000 / d->features[0].uncalibrated_max);
}

void sweep_frames(const struct sweep_model *model, struct frame_list *list) {
        const struct device_definition *d = model->definition;
        unsigned most = most_permille(d);
        struct frames frames = {};
        struct codec codec;

        codec_open(&codec, d);
        assert_int_equal(d->engine->stop(codec.private, &frames), 0);
        keep_all(list, &frames);
        frames.n = 0;
        codec_handshake(&codec, &frames);
        keep_all(list, &frames);
        codec_close(&codec);
        for (unsigned mask = 1; mask < 1u << d->n_features; mask++)
                for (unsigned share = 0; share <= 1000; share++) {
                        codec_open(&codec, d); /* so that strengths are said and not left alone */
                        for (unsigned envelope = 1000; envelope > 0; envelope -= 500) {
                                frames.n = 0;
                                codec_setpoints(&codec, most * share / 1000, mask, envelope, &frames);
                                keep_all(list, &frames);
                        }
                        codec_close(&codec);
                }
}

struct listener {
        struct frame_list *list;
};

static void on_notify(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n) {
        struct frame frame = { .n = n };

        assert_true(n <= sizeof(frame.bytes));
        memcpy(frame.bytes, bytes, n);
        keep(((struct listener *) userdata)->list, &frame);
}

static unsigned characteristic_of(
        const struct product *product, const struct sweep_model *model, unsigned endpoint) {
        const struct product_characteristic *table;
        size_t n;

        table = product_characteristics(product, &n);
        for (size_t i = 0; i < n; i++)
                if (streq(table[i].uuid, model->definition->endpoints[endpoint].characteristic))
                        return (unsigned) i;
        fail_msg("%s has no endpoint %u", model->product, endpoint);
        return 0;
}

void sweep_tell(struct product *product, const struct sweep_model *model, const struct frames *frames,
        uint64_t t_usec) {
        for (unsigned i = 0; i < frames->n; i++) {
                const struct frame *frame = &frames->items[i];

                assert_int_equal(
                        product_write(product, t_usec, characteristic_of(product, model, frame->endpoint),
                                frame->write == FRAME_REQUEST ? PRODUCT_WRITE_REQUEST
                                                              : PRODUCT_WRITE_COMMAND,
                                frame->bytes, frame->n),
                        0);
        }
}

void sweep_notifications(const struct sweep_model *model, struct frame_list *list) {
        static const char *const hands[] = { "wheel-a", "wheel-b", "battery", "speed", "off" };
        const struct device_definition *d = model->definition;
        struct listener listener = { list };
        const struct product_host host = { .notify = on_notify, .userdata = &listener };
        struct product *product = NULL;
        struct frames frames = {};
        struct codec codec;
        uint64_t t = USEC_PER_SEC;

        assert_int_equal(product_new(model->product, "AA:BB:CC:DD:EE:FF", &host, &product), 0);
        product_advance(product, t);
        product_linked(product, t, true);
        codec_open(&codec, d);
        codec_handshake(&codec, &frames);
        sweep_tell(product, model, &frames, t);
        for (unsigned share = 0; share <= 20; share++) {
                frames.n = 0;
                codec_setpoints(&codec, share * 50, 3, 1000, &frames);
                sweep_tell(product, model, &frames, t += 100 * USEC_PER_MSEC);
                (void) product_poke(product, t, hands[share % ARRAY_SIZE(hands)], (int) share);
        }
        frames.n = 0;
        assert_int_equal(d->engine->stop(codec.private, &frames), 0);
        sweep_tell(product, model, &frames, t += 100 * USEC_PER_MSEC);
        codec_close(&codec);
        product_free(product);
}

static uint32_t next_random(void) {
        static uint32_t x = 0x20240521;

        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        return x;
}

void sweep_mutate(struct frame *frame) {
        if (next_random() % 4 == 0)
                frame->n = next_random() % (sizeof(frame->bytes) + 1);
        for (unsigned k = 1 + next_random() % 4; k > 0 && frame->n > 0; k--) {
                /* The bytes that messages begin with come up more often than chance would have it. */
                static const uint8_t heads[] = { 0xb1, 0xbb, 0x10, 0x20, 0x00 };
                bool head = next_random() % 3 == 0;
                size_t at = head ? next_random() % MIN(frame->n, (size_t) 4) : next_random() % frame->n;

                frame->bytes[at] = head ? heads[next_random() % sizeof(heads)] : (uint8_t) next_random();
        }
}
