/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "daemon/device/device-private.h"
#include "lib/armed.h"

/* Two stops where nothing is answered are at least this far apart (one usual connection interval, rounded up). */
#define STOP_INTERVAL_USEC (100 * USEC_PER_MSEC)

void device_alarm(struct device *device, const char *code, const char *format, ...) {
        _cleanup_free_ char *sentence = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&sentence, format, ap) < 0)
                sentence = NULL;
        va_end(ap);
        device->environment.handler->alarm(
                device, code, sentence ?: "out of memory", device->environment.userdata);
}

int device_open_codec(struct device *device) {
        const struct protocol_engine *engine = device->definition->engine;
        struct frames stop = {};
        const char *error;
        int r;

        device->engine = calloc(1, engine->private_size);
        if (!device->engine)
                return -ENOMEM;
        r = engine->open(device->engine, device->definition, &error);
        if (r < 0)
                return r;
        r = engine->stop(device->engine, &stop);
        if (r < 0)
                return r;
        return writer_new(device->environment.clock, &stop, device->definition->min_gap_usec,
                MAX(MAX(device->definition->min_gap_usec, engine->stream_period_usec), STOP_INTERVAL_USEC),
                &device_writer_handler, device, &device->writer);
}

const struct certainty *device_certainty(const struct device *device, unsigned feature) {
        return &device->channels[feature].certainty;
}

enum certainty_state device_worst_certainty(const struct device *device) {
        enum certainty_state worst = CERTAINTY_OFF;

        for (unsigned i = 0; i < device->definition->n_features; i++)
                worst = MAX(worst, device->channels[i].certainty.state);
        return worst;
}

bool device_output_active(const struct device *device) {
        for (unsigned i = 0; i < device->definition->n_features; i++)
                if (certainty_may_be_on(&device->channels[i].certainty))
                        return true;
        return false;
}

uint64_t device_generation(const struct device *device, unsigned feature) {
        return device->channels[feature].gate.generation;
}

void device_zero_channel(struct device *device, unsigned feature) {
        gate_reset(&device->channels[feature].gate);
}

void device_forget_knob(struct device *device) {
        for (unsigned i = 0; i < device->definition->n_features; i++)
                gate_forget_knob(&device->channels[i].gate);
}

/* The file limber-allstop would replay. */
static int write_armed_file(struct device *device) {
        struct armed armed = { .gap_usec = MAX(device->definition->min_gap_usec, UINT64_C(20000)),
                .repeats = 2 };
        struct frames stop = {};
        int r;

        if (!device->environment.armed_directory)
                return 0;
        r = device->definition->engine->stop(device->engine, &stop);
        if (r < 0)
                return r;
        (void) snprintf(armed.adapter, sizeof(armed.adapter), "%s", link_adapter_address(device->link));
        (void) snprintf(armed.address, sizeof(armed.address), "%s", device->address);
        (void) snprintf(armed.address_type, sizeof(armed.address_type), "%s", device->address_type);
        (void) snprintf(armed.name, sizeof(armed.name), "%s", device_title(device));
        for (unsigned i = 0; i < stop.n; i++) {
                const struct endpoint *endpoint = &device->definition->endpoints[stop.items[i].endpoint];
                struct armed_frame *frame = &armed.frames[armed.n_frames++];

                memcpy(frame->service, endpoint->service, sizeof(frame->service));
                memcpy(frame->characteristic, endpoint->characteristic, sizeof(frame->characteristic));
                frame->request = stop.items[i].write == FRAME_REQUEST;
                memcpy(frame->bytes, stop.items[i].bytes, stop.items[i].n);
                frame->n = stop.items[i].n;
        }
        return armed_write(device->environment.armed_directory, &armed);
}

/* Before the first frame that is not zero. */
static int begin_output(struct device *device) {
        int r;

        if (device->output_on)
                return 0;
        r = write_armed_file(device);
        if (r < 0) {
                device_alarm(device, "armed-file",
                        "%s is not switched on: what is needed to stop it after a crash could "
                        "not be stored (%s)",
                        device_title(device), strerror(-r));
                return r;
        }
        r = device->environment.handler->output(device, true, device->environment.userdata);
        if (r < 0) {
                if (device->environment.armed_directory)
                        (void) armed_remove(
                                device->environment.armed_directory, device->address, device->address_type);
                return r;
        }
        device->output_on = true;
        device->still_on = 0;
        device_changed(device);
        return 0;
}

void device_check_settled(struct device *device) {
        if (device_output_active(device) || writer_is_stopping(device->writer))
                return;
        if (device->output_on) {
                device->output_on = false;
                if (device->environment.armed_directory)
                        (void) armed_remove(
                                device->environment.armed_directory, device->address, device->address_type);
                (void) device->environment.handler->output(device, false, device->environment.userdata);
                device_changed(device);
        }
        if (device->state == DEVICE_CLOSING)
                device_disconnect(device);
}

void device_recover(struct device *device) {
        uint64_t now = device_now(device);

        for (unsigned i = 0; i < device->definition->n_features; i++) {
                certainty_command(&device->channels[i].certainty, device->definition->features[i].max, now);
                certainty_lose(&device->channels[i].certainty, false, now);
        }
        device->output_on = true;
        device->attempts = 1; /* a failed try is tried again */
        (void) device->environment.handler->output(device, true, device->environment.userdata);
        clock_timer_arm_in(device->backoff_timer, 0);
}

static bool is_pending(const struct device *device) {
        const struct protocol_engine *engine = device->definition->engine;

        return writer_is_behind(device->writer) || (engine->settled && !engine->settled(device->engine));
}

static struct gate_verdict decide(struct device *device, unsigned i, const struct channel_wish *wish,
        const struct drive_permit *permit, bool pending, uint64_t now) {
        struct channel *channel = &device->channels[i];
        struct gate_world world = {
                .feature = &device->definition->features[i],
                .zone = wish->zone,
                .pulse_width_usec = wish->pulse_width_usec,
                .rate_mhz = wish->rate_mhz,
                .pad_area_mm2 = wish->pad_area_mm2,
                .session_usec = permit->session_usec,
                .near_live_pads = wish->near_live_pads,
                .signed_off = permit->signed_off,
                .record_failed = device->environment.record && device->environment.record->failed,
                .person = wish->person,
                .armed = permit->armed,
                .lease_alive = permit->lease_alive,
                .battery = device->battery,
                .contact_lost = channel->contact_lost,
                .pending = pending,
                .certainty = &channel->certainty,
        };

        return gate_decide(&channel->gate, &wish->gate, &world, now);
}

/* From when this frame was due, not from when it came: lateness does not add up. */
static void advance_stream(struct device *device, uint64_t now) {
        uint64_t period = device->definition->engine->stream_period_usec;

        if (device->next_stream_usec == 0 || now - device->next_stream_usec > period / 2)
                device->next_stream_usec = now;
        device->next_stream_usec += period;
}

uint64_t device_due(const struct device *device, uint64_t now, uint64_t otherwise_usec) {
        return device->next_stream_usec > 0 ? MAX(device->next_stream_usec, now) : now + otherwise_usec;
}

void device_put_level(struct device *device, unsigned i, enum record_kind kind) {
        const struct feature *f = &device->definition->features[i];
        struct channel *channel = &device->channels[i];

        channel->unconfirmed = kind == RECORD_SENT;
        device_put(device, (struct record_entry){ kind, .feature = f->name, .given = channel->setpoint.level,
                                   .unit = f->unit });
}

/* Codec and writer for what the gate let through. */
static int send_setpoints(struct device *device, const struct setpoint *setpoints, uint64_t now) {
        const struct protocol_engine *engine = device->definition->engine;
        bool sent[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};
        int r;

        r = engine->encode(device->engine, setpoints, &frames);
        if (r < 0)
                return r;
        /* One frame a period, however often wishes come. */
        if (engine->stream_period_usec > 0 && now >= device->next_stream_usec) {
                r = engine->stream(device->engine, now, writer_is_behind(device->writer), &frames);
                if (r < 0)
                        return r;
                advance_stream(device, now);
        }
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                struct channel *channel = &device->channels[i];

                channel->unheard |= channel->setpoint.level == 0 && setpoints[i].level > 0;
                sent[i] = channel->setpoint.level != setpoints[i].level;
                if (sent[i])
                        certainty_command(&channel->certainty, setpoints[i].level, now);
                channel->setpoint = setpoints[i];
        }
        r = writer_queue(device->writer, WRITER_SETPOINT, &frames);
        for (unsigned i = 0; r >= 0 && i < device->definition->n_features; i++)
                if (sent[i])
                        device_put_level(device, i, RECORD_SENT);
        return r;
}

int device_drive(struct device *device, const struct channel_wish *wishes, const struct drive_permit *permit,
        struct gate_verdict *ret_verdicts) {
        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};
        uint64_t now = device_now(device);
        bool any = false, pending;
        int r;

        /* Before the gate, so that a rise begins when the device can be told of it, and what is going to be done is kept. */
        if (device->state == DEVICE_READY && (writer_is_settling(device->writer) ||
                                                     (!permit->recorded && !device_output_active(device)))) {
                for (unsigned i = 0; i < device->definition->n_features; i++)
                        ret_verdicts[i] = (struct gate_verdict){};
                return 0;
        }
        pending = is_pending(device);
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                ret_verdicts[i] = decide(device, i, &wishes[i], permit, pending, now);
                setpoints[i] = (struct setpoint){
                        .level = ret_verdicts[i].limit.given,
                        .envelope_permille = ret_verdicts[i].envelope_permille,
                        .rate_mhz = wishes[i].rate_mhz,
                        .pulse_width_usec = wishes[i].pulse_width_usec,
                };
                any |= setpoints[i].level > 0;
        }
        if (device->state != DEVICE_READY)
                return -ENOTCONN;
        if (!any) {
                if (device->output_on && !writer_is_stopping(device->writer))
                        return device_stop(device);
                return 0;
        }
        r = begin_output(device);
        if (r >= 0)
                r = send_setpoints(device, setpoints, now);
        if (r < 0)
                (void) device_stop(device);
        return r;
}

void device_output_lost(struct device *device, const char *why) {
        uint64_t now = device_now(device);
        bool stops = device->definition->link_loss == LINK_LOSS_STOPS;

        for (unsigned i = 0; i < device->definition->n_features; i++) {
                gate_reset(&device->channels[i].gate);
                certainty_lose(&device->channels[i].certainty, stops, now);
                device->channels[i].setpoint = (struct setpoint){};
        }
        if (device_output_active(device))
                device_alarm(device, "link-lost",
                        "Take %s off the body and switch it off by hand: it was on, and is out of reach (%s). %s",
                        device_title(device), why, strnull(device->definition->link_loss_text));
        device_check_settled(device);
}

/* The link stands, and may carry nothing: not even a device that stops when its link is lost is known to have stopped. */
void device_output_doubted(struct device *device) {
        uint64_t now = device_now(device);

        for (unsigned i = 0; i < device->definition->n_features; i++) {
                gate_reset(&device->channels[i].gate);
                certainty_fail(&device->channels[i].certainty, now);
                device->channels[i].setpoint = (struct setpoint){};
        }
        device->next_stream_usec = 0;
}

void device_output_regained(struct device *device) {
        uint64_t now = device_now(device);

        for (unsigned i = 0; i < device->definition->n_features; i++)
                certainty_regain(&device->channels[i].certainty, now);
        device->next_stream_usec = 0;
}

static void on_wrote(void *userdata, enum writer_lane lane, const struct frame *frame) {}

static void on_stopped(void *userdata, bool acknowledged) {
        device_stopped(userdata, acknowledged);
}

static void on_stop_unconfirmed(void *userdata, int error) {
        device_stop_unconfirmed(userdata, error);
}

static void on_failed(void *userdata, enum writer_lane lane, int error) {
        struct device *device = userdata;
        uint64_t now = device_now(device);

        for (unsigned i = 0; i < device->definition->n_features; i++)
                certainty_fail(&device->channels[i].certainty, now);
        if (device->output_on)
                device_alarm(device, "write-failed", "%s did not take a command (%s); it is being stopped.",
                        device_title(device), strerror(-error));
        (void) device_stop(device);
        if (lane == WRITER_HANDSHAKE)
                device_link_unfit(device, "it rejected what it must be told first");
        device_changed(device);
}

const struct writer_handler device_writer_handler = {
        .wrote = on_wrote,
        .stopped = on_stopped,
        .stop_unconfirmed = on_stop_unconfirmed,
        .failed = on_failed,
};
