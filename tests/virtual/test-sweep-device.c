/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A device is asked for what only another one could do, in every state that it can be in: refused with a reason, or no more
 * than it would have been given anyway. Nothing of it is remembered for later, and nothing reaches a neighbour. */

#include "daemon/device/device-private.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/sweep.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

struct bench {
        const struct sweep_model *model, *foreign;
        struct world *world;
        struct device *device;
        struct virtual_peer *peer;
        struct gate_verdict verdicts[PROTOCOL_FEATURES_MAX];
        const char *state;
};

static const struct drive_permit permitted = { .armed = true, .lease_alive = true, .recorded = true };

static void bench_open(struct bench *b, const struct sweep_model *model) {
        bool pads = model->family == SWEEP_COYOTE;

        b->model = model;
        /* The Theragun takes any speed, and so plays the Waves that are not simulated. */
        b->world = world_new(pads ? "theragun-gen4" : model->id, pads ? "theragun-pro" : model->product ?: "theragun-pro");
        b->device = pads ? b->world->pads.device : b->world->gun.device;
        b->peer = pads ? b->world->pads.peer : b->world->gun.peer;
}

static void bench_close(struct bench *b) {
        b->world = world_free(b->world);
}

_printf_(2, 3) static void complain(const struct bench *b, const char *format, ...) {
        char sentence[200];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(sentence, sizeof(sentence), format, ap);
        va_end(ap);
        fail_msg("%s, %s, asked for what %s does: %s", b->model->id, b->state, b->foreign->id, sentence);
}

/* A level (thousandths) on each of the first n channels, made now. */
static int offer(struct bench *b, int64_t level, unsigned n, const struct drive_permit *permit) {
        struct channel_request requests[PROTOCOL_FEATURES_MAX] = {};
        int r;

        for (unsigned i = 0; i < b->model->definition->n_features; i++)
                requests[i] = (struct channel_request){
                        .gate = { .level = i < n ? level : 0,
                                .envelope_permille = 1000,
                                .routine_max = INT64_MAX },
                        .rate_mhz = 8000,
                        .pulse_width_usec = 250,
                        .person = { GATE_NO_CAP, GATE_SESSIONS_UNKNOWN },
                };
        memset(b->verdicts, 0, sizeof(b->verdicts));
        r = device_drive(b->device, requests, permit, b->verdicts);
        if (r > 0) { /* its armed file is written in this moment */
                world_run(b->world, 0);
                r = device_drive(b->device, requests, permit, b->verdicts);
        }
        return r;
}

static int64_t own_most(const struct bench *b) {
        return b->model->definition->features[0].uncalibrated_max;
}

/* --- states --- */

static void absent(struct bench *b) {}

static void connecting(struct bench *b) {
        assert_int_equal(device_connect(b->device), 0);
        world_run(b->world, MSEC(30));
        assert_int_equal(device_state(b->device), DEVICE_CONNECTING);
}

static void resolving(struct bench *b) {
        assert_int_equal(device_connect(b->device), 0);
        world_run(b->world, MSEC(80));
        assert_int_equal(device_state(b->device), DEVICE_RESOLVING);
}

static void ready(struct bench *b) {
        assert_int_equal(device_connect(b->device), 0);
        world_run(b->world, SECONDS(2) + MSEC(30));
        assert_int_equal(device_state(b->device), DEVICE_READY);
}

static void running(struct bench *b) {
        ready(b);
        for (unsigned i = 0; i < 80; i++) {
                assert_int_equal(offer(b, own_most(b), 1, &permitted), 0);
                world_run(b->world, i < 79 ? MSEC(100) : MSEC(30));
        }
        assert_true(virtual_peer_output(b->peer, 0).amplitude_permille > 0);
}

static void stopping(struct bench *b) {
        running(b);
        assert_int_equal(device_stop(b->device), 0);
}

static void uncertain(struct bench *b) {
        running(b);
        b->peer->write_error = -EIO;
        (void) device_stop(b->device);
        assert_int_equal(device_worst_certainty(b->device), CERTAINTY_UNCERTAIN);
}

static void out_of_reach(struct bench *b) {
        running(b);
        b->peer->out_of_reach = true;
        virtual_peer_drop(b->peer);
        world_run(b->world, SECONDS(3));
}

static const struct state {
        const char *name;
        void (*prepare)(struct bench *b);
        struct drive_permit permit;
        bool may_give; /* within its own limits */
        bool passes;   /* into another state by itself */
} states[] = {
        { "absent", absent, { .recorded = true, .armed = true, .lease_alive = true } },
        { "connecting", connecting, { .recorded = true, .armed = true, .lease_alive = true },
                .passes = true },
        { "resolving", resolving, { .recorded = true, .armed = true, .lease_alive = true }, .passes = true },
        { "ready but not armed", ready, { .recorded = true, .lease_alive = true } },
        { "ready, and not on the disk", ready, { .armed = true, .lease_alive = true } },
        { "ready without a holder", ready, { .recorded = true, .armed = true } },
        { "armed", ready, { .recorded = true, .armed = true, .lease_alive = true }, .may_give = true },
        { "running", running, { .recorded = true, .armed = true, .lease_alive = true }, .may_give = true },
        { "running, no longer armed", running, { .recorded = true, .lease_alive = true } },
        { "stopping", stopping, { .recorded = true, .armed = true, .lease_alive = true }, .passes = true },
        { "uncertain", uncertain, { .recorded = true, .armed = true, .lease_alive = true } },
        { "unreachable", out_of_reach, { .recorded = true, .armed = true, .lease_alive = true } },
};

/* --- what is offered in them --- */

static bool sends_output(const struct virtual_peer *peer, size_t from) {
        for (size_t i = from; i < peer->n_frames; i++)
                if (theragun_speed(&peer->frames[i]) > 0 ||
                        (coyote_frame(&peer->frames[i]).output && !coyote_frame_is_stop(&peer->frames[i])))
                        return true;
        return false;
}

/* Not what was let through before, and not a channel that the other device has and this one has not. */
static void check_refused(struct bench *b, int r, size_t frames) {
        for (unsigned i = 0; i < b->model->definition->n_features; i++) {
                const struct limit *limit = &b->verdicts[i].limit;

                if (r == 0 && limit->given > 0)
                        complain(b, "%lld was given", (long long) limit->given);
                if (r == 0 && limit->asked > 0 && limit->tightest.rule == LIMIT_NONE)
                        complain(b, "refused without a reason");
        }
        if (r < 0 && r != -ENOTCONN)
                complain(b, "the error is %d", r);
        if (sends_output(b->peer, frames))
                complain(b, "it went out");
}

static void check_given(struct bench *b, const int64_t *before) {
        for (unsigned i = 0; i < b->model->definition->n_features; i++) {
                const struct feature *f = &b->model->definition->features[i];
                const struct limit *limit = &b->verdicts[i].limit;
                int64_t most = before[i] + gate_slew_step(f);

                if (before[i] == 0 && f->kind != FEATURE_ESTIM)
                        most = MAX(most, f->min);
                if (limit->given > MAX(most, before[i]) || limit->given > f->uncalibrated_max)
                        complain(b, "%lld was given from %lld", (long long) limit->given,
                                (long long) before[i]);
                if (limit->given < limit->asked && limit->tightest.rule == LIMIT_NONE)
                        complain(b, "lowered without a reason");
        }
}

/* Back in reach and settled, a request of its own begins where every beginning begins. */
static void check_nothing_is_remembered(struct bench *b) {
        const int64_t zero[PROTOCOL_FEATURES_MAX] = {};

        b->peer->write_error = 0;
        b->peer->out_of_reach = false;
        (void) device_connect(b->device);
        (void) device_stop(b->device);
        world_run(b->world, SECONDS(12));
        assert_int_equal(device_state(b->device), DEVICE_READY);
        assert_int_equal(offer(b, own_most(b), PROTOCOL_FEATURES_MAX, &permitted), 0);
        assert_true(b->verdicts[0].limit.given > 0);
        check_given(b, zero);
}

static void offer_in_state(struct bench *b, const struct state *state, int64_t level, unsigned channels) {
        int64_t before[PROTOCOL_FEATURES_MAX] = {};
        struct product_output felt;
        size_t frames;
        int r;

        b->state = state->name;
        bench_open(b, b->model);
        state->prepare(b);
        for (unsigned i = 0; i < b->model->definition->n_features; i++)
                before[i] = b->device->channels[i].gate.intensity;
        felt = virtual_peer_output(b->peer, 0);
        frames = b->peer->n_frames;
        for (unsigned i = 0; i < 3; i++) {
                r = offer(b, level, channels, &state->permit);
                if (!state->may_give)
                        check_refused(b, r, frames);
                else if (i == 0 && r == 0)
                        check_given(b, before);
                if (!state->may_give && !state->passes)
                        world_run(b->world, MSEC(600));
        }
        if (!state->may_give &&
                (virtual_peer_output(b->peer, 0).amplitude_permille > felt.amplitude_permille ||
                        virtual_peer_output(b->peer, 0).rate_mhz > felt.rate_mhz))
                complain(b, "the product's output rose");
        check_nothing_is_remembered(b);
        bench_close(b);
}

static void what_another_device_does_is_refused_in_every_state(void **unused) {
        unsigned n = 0;

        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t f = 0; f < sweep_n_models; f++)
                        for (size_t s = 0; a != f && s < ARRAY_SIZE(states); s++) {
                                const struct device_definition *d = sweep_models[f].definition;
                                const int64_t levels[] = { d->features[0].min,
                                        d->features[0].uncalibrated_max, d->features[0].max,
                                        d->features[0].max * 10, INT64_MAX };

                                for (size_t l = 0; l < ARRAY_SIZE(levels); l++, n++) {
                                        struct bench b = { .model = &sweep_models[a],
                                                .foreign = &sweep_models[f] };

                                        offer_in_state(&b, &states[s], levels[l], d->n_features);
                                }
                        }
        print_message("%u offers\n", n);
}

/* --- what it has no channel for --- */

static void a_step_for_what_a_device_has_not_is_refused_by_name(void **unused) {
        for (size_t a = 0; a < sweep_n_models; a++) {
                bool pads = sweep_models[a].family == SWEEP_COYOTE;
                struct bench b = {};
                struct session_options options = { .id = 1, .holder = WORLD_HOLDER };

                bench_open(&b, &sweep_models[a]);
                options.devices[0] = b.device;
                assert_int_equal(world_start_options(
                                         b.world, world_routine_text(pads ? TEXT_GUN : TEXT_PADS), &options),
                        -ERANGE);
                assert_says(b.world->refusal, device_title(b.device));
                assert_says(b.world->refusal, "has no channel");
                assert_null(device_owner(b.device));
                assert_int_equal(b.peer->n_frames, 0);
                bench_close(&b);
        }
}

/* --- neighbours --- */

static void ignore_change(struct device *device, void *userdata) {}
static void ignore_connected(struct device *device, int error, const char *sentence, void *userdata) {}
static void ignore_lost(struct device *device, const char *why, void *userdata) {}
static void ignore_alarm(struct device *device, const char *code, const char *sentence, void *userdata) {}
static void ignore_touch(struct device *device, unsigned feature, void *userdata) {}
static int no_output(struct device *device, bool on, void *userdata) {
        return -EPERM;
}

static void ignore_rest(struct device *device, void *userdata) {}

static const struct device_handler bystander_handler = {
        .changed = ignore_change,
        .connected = ignore_connected,
        .disconnected = ignore_connected,
        .lost = ignore_lost,
        .alarm = ignore_alarm,
        .touched = ignore_touch,
        .output = no_output,
        .rested = ignore_rest,
};

/* A second gun on the same radio that takes the same frames: only the one that the session holds hears of it. */
static void a_neighbour_of_the_same_family_hears_nothing(void **unused) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t f = 0; f < sweep_n_models; f++) {
                        const struct sweep_model *other = &sweep_models[f];
                        struct radio_advert advert = { .address = "CC:CC:CC:CC:CC:03",
                                .address_type = "random" };
                        struct bench b = {};
                        struct device *bystander = NULL;
                        struct virtual_peer *peer;

                        if (a == f || sweep_models[a].family != other->family)
                                continue;
                        bench_open(&b, &sweep_models[a]);
                        peer = virtual_radio_add(
                                b.world->radio, other->product ?: "theragun-pro", advert.address);
                        assert_int_equal(
                                device_new(&(struct device_environment){ .clock = virtual_clock_base(
                                                                                 b.world->clock),
                                                   .radio = virtual_radio_base(b.world->radio),
                                                   .record = &b.world->record,
                                                   .handler = &bystander_handler },
                                        other->definition, &other->definition->matches[0], &advert,
                                        &bystander),
                                0);
                        assert_int_equal(device_connect(bystander), 0);
                        assert_int_equal(world_start_text(b.world, TEXT_GUN), 0);
                        world_run_until_state(b.world, SESSION_RUNNING, SECONDS(10));
                        world_run(b.world, SECONDS(10));
                        assert_true(b.peer->setting > 0);
                        assert_true(peer->n_frames > 0);
                        assert_false(sends_output(peer, 0));
                        assert_int_equal(peer->setting, 0);
                        device_unref(bystander);
                        bench_close(&b);
                }
}

/* --- what another device says --- */

/* With every truncation, at a device that runs: it goes on being called on, and nothing is written for it. */
static void what_another_device_says_changes_nothing(void **unused) {
        for (size_t a = 0; a < sweep_n_models; a++)
                for (size_t f = 0; f < sweep_n_models; f++) {
                        struct frame_list list = {};
                        struct bench b = { .model = &sweep_models[a], .foreign = &sweep_models[f] };
                        size_t frames;

                        if (!sweep_models[f].product || sweep_models[a].family == sweep_models[f].family)
                                continue;
                        sweep_notifications(&sweep_models[f], &list);
                        bench_open(&b, &sweep_models[a]);
                        running(&b);
                        frames = b.peer->n_frames;
                        for (size_t i = 0; i < list.n; i++)
                                for (size_t n = 0; n <= list.items[i].n; n++) {
                                        int rx = definition_endpoint(b.model->definition, "rx");

                                        device_notified(b.device, (unsigned) rx, list.items[i].bytes, n);
                                        assert_true(device_output_active(b.device));
                                        assert_int_not_equal(
                                                device_channel(b.device, 0)->certainty.state, CERTAINTY_OFF);
                                }
                        assert_int_equal(b.peer->n_frames, frames);
                        free(list.items);
                        bench_close(&b);
                }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(what_another_device_does_is_refused_in_every_state),
                cmocka_unit_test(a_step_for_what_a_device_has_not_is_refused_by_name),
                cmocka_unit_test(a_neighbour_of_the_same_family_hears_nothing),
                cmocka_unit_test(what_another_device_says_changes_nothing),
        };

        return cmocka_run_group_tests(tests, sweep_setup, sweep_teardown);
}
