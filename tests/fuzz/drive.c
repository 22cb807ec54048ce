/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fuzz/drive.h"

/* An input of more calls shows nothing that one of these does not. */
#define CALLS_MAX 256u

struct drive {
        const struct device_definition *definition;
        const struct protocol_engine *engine;
        void *priv;
        struct frames stop; /* as it was at open */
        uint64_t t_usec;
};

static void check_frames(const struct drive *d, const struct frames *frames) {
        fuzz_check(frames->n <= PROTOCOL_FRAMES_MAX);
        for (unsigned i = 0; i < frames->n; i++) {
                const struct frame *frame = &frames->items[i];
                const struct endpoint *e = &d->definition->endpoints[frame->endpoint];

                fuzz_check(frame->endpoint < d->definition->n_endpoints);
                fuzz_check(frame->n >= 1 && frame->n <= PROTOCOL_FRAME_SIZE_MAX);
                fuzz_check(frame->write == FRAME_REQUEST ? e->can_request : e->can_command);
        }
}

/* Always there, always the same. */
static void check_stop(const struct drive *d) {
        struct frames frames = {};

        fuzz_check(d->engine->stop(d->priv, &frames) == 0);
        fuzz_check(frames.n > 0 && memcmp(&frames, &d->stop, sizeof(frames)) == 0);
        check_frames(d, &frames);
}

static void open_engine(struct drive *d, const struct device_definition *definition) {
        const char *error = NULL;

        *d = (struct drive){ .definition = definition, .engine = definition->engine };
        d->priv = calloc(1, d->engine->private_size);
        fuzz_check(d->priv);
        /* It was opened when the definition was checked. */
        fuzz_check(d->engine->open(d->priv, definition, &error) == 0);
        fuzz_check(d->engine->stop(d->priv, &d->stop) == 0);
        check_stop(d);
}

/* Mostly what the gate could ask for. */
static int64_t any_level(const struct feature *feature, struct fuzz_input *input) {
        uint8_t how = fuzz_u8(input);

        switch (how % 8) {
        case 0:
                return 0;
        case 1:
                return feature->min;
        case 2:
                return feature->max;
        case 3:
                return (int64_t) fuzz_u64(input);
        default:
                return (int64_t) (fuzz_u32(input) % (uint64_t) (feature->max + 1));
        }
}

static void encode(struct drive *d, struct fuzz_input *input, bool zero) {
        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};
        bool allowed = true;
        int r;

        for (unsigned i = 0; !zero && i < d->definition->n_features; i++) {
                const struct feature *feature = &d->definition->features[i];

                setpoints[i] = (struct setpoint){
                        .level = any_level(feature, input),
                        .envelope_permille = fuzz_u8(input) * 4u,
                        .rate_mhz = fuzz_u32(input),
                        .pulse_width_usec = fuzz_u8(input),
                };
                setpoints[i].envelope_permille = MIN(setpoints[i].envelope_permille, 1000u);
                allowed = allowed && setpoints[i].level >= 0 && setpoints[i].level <= feature->max;
        }
        r = d->engine->encode(d->priv, setpoints, &frames);
        fuzz_check(allowed ? r == 0 : r == -ERANGE);
        if (r < 0)
                fuzz_check(frames.n == 0);
        check_frames(d, &frames);
}

/* Of a stream, no slice is above what a slice can be, and strengths are absolute. */
static void check_coyote3(const struct drive *d, const struct frames *frames) {
        const uint8_t *b = frames->items[0].bytes;

        fuzz_check(frames->n == 1 && frames->items[0].n == 20 && b[0] == 0xb0);
        fuzz_check((b[1] & 0xf) == 0 || (b[1] & 0xf) == 0xf);
        for (unsigned i = 0; i < 2; i++) {
                fuzz_check(b[2 + i] <= d->definition->features[i].native_max);
                for (unsigned k = 0; k < 4; k++)
                        fuzz_check(b[8 + 8 * i + k] <= 101);
        }
}

static void stream(struct drive *d, struct fuzz_input *input) {
        struct frames frames = {};

        if (!d->engine->stream)
                return;
        fuzz_check(d->engine->stream_period_usec > 0);
        d->t_usec += d->engine->stream_period_usec;
        fuzz_check(d->engine->stream(d->priv, d->t_usec, fuzz_u8(input) % 4 == 0, &frames) == 0);
        check_frames(d, &frames);
        if (streq(d->engine->name, "coyote3"))
                check_coyote3(d, &frames);
}

static void limits(struct drive *d, struct fuzz_input *input) {
        int64_t maxima[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};

        if (!d->engine->limits)
                return;
        for (unsigned i = 0; i < d->definition->n_features; i++)
                maxima[i] = (int64_t) (fuzz_u32(input) % (uint64_t) (d->definition->features[i].max + 1));
        fuzz_check(d->engine->limits(d->priv, maxima, &frames) == 0);
        check_frames(d, &frames);
}

static void handshake(struct drive *d) {
        struct frames frames = {};

        if (!d->engine->handshake)
                return;
        fuzz_check(d->engine->handshake(d->priv, &frames) == 0);
        check_frames(d, &frames);
}

static void check_event(const struct drive *d, const struct protocol_event *event) {
        bool of_feature = event->kind == PROTOCOL_LEVEL || event->kind == PROTOCOL_KNOB ||
                          event->kind == PROTOCOL_CONTACT;

        fuzz_check(event->kind <= PROTOCOL_VERSION);
        fuzz_check(!of_feature || event->feature < d->definition->n_features);
        if (event->kind == PROTOCOL_LEVEL || event->kind == PROTOCOL_KNOB)
                fuzz_check(event->value >= 0);
        if (event->kind == PROTOCOL_BATTERY)
                fuzz_check(event->value >= 0 && event->value <= 100);
        if (event->kind == PROTOCOL_CONTACT)
                fuzz_check(event->value == 0 || event->value == 1);
}

static void decode(struct drive *d, struct fuzz_input *input) {
        static const struct protocol_events nothing;
        unsigned endpoint = fuzz_u8(input) % d->definition->n_endpoints;
        size_t n = fuzz_u8(input) % 72;
        const uint8_t *bytes = fuzz_bytes(input, n, &n);
        /* A copy of that size: who reads on is seen. */
        _cleanup_free_ uint8_t *exact = malloc(n > 0 ? n : 1);
        struct protocol_events events = {};
        int r;

        fuzz_check(exact);
        if (n > 0)
                memcpy(exact, bytes, n);
        r = d->engine->decode(d->priv, endpoint, exact, n, &events);
        fuzz_check(r == 0 || r == -EBADMSG);
        if (r < 0)
                fuzz_check(memcmp(&events, &nothing, sizeof(events)) == 0);
        fuzz_check(events.n <= PROTOCOL_EVENTS_MAX);
        for (unsigned i = 0; i < events.n; i++)
                check_event(d, &events.items[i]);
}

/* Down is down, and up never more than was asked for. */
static void check_scale(const struct feature *feature, struct fuzz_input *input) {
        int64_t a = any_level(feature, input), b = any_level(feature, input), native;

        if (a < 0 || a > feature->max || b < a || b > feature->max)
                return;
        native = feature_to_native(feature, a);
        fuzz_check(native == 0 || (native >= feature->native_min && native <= feature->native_max));
        fuzz_check(feature_from_native(feature, native) <= a);
        fuzz_check(native <= feature_to_native(feature, b));
        fuzz_check(feature_to_native(feature, 0) == 0 && feature_from_native(feature, 0) == 0);
}

static void call(struct drive *d, struct fuzz_input *input) {
        switch (fuzz_u8(input) % 10) {
        case 0:
        case 1:
                encode(d, input, false);
                break;
        case 2:
                encode(d, input, true);
                break;
        case 3:
        case 4:
                stream(d, input);
                break;
        case 5:
        case 6:
                decode(d, input);
                break;
        case 7:
                limits(d, input);
                break;
        case 8:
                handshake(d);
                break;
        default:
                if (d->engine->stopped)
                        d->engine->stopped(d->priv);
                break;
        }
        if (d->engine->settled)
                (void) d->engine->settled(d->priv);
        check_stop(d);
}

void fuzz_drive(const struct device_definition *definition, struct fuzz_input *input) {
        struct drive d;

        open_engine(&d, definition);
        handshake(&d);
        for (unsigned i = 0; i < definition->n_features; i++)
                check_scale(&definition->features[i], input);
        for (unsigned i = 0; i < CALLS_MAX && input->n > 0; i++)
                call(&d, input);
        free(d.priv);
}
