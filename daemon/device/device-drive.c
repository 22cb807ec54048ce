/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdarg.h>

#include "daemon/device/device-private.h"

/* How often a device that stays below its command is sent its own limits again. */
#define LIMITS_REPEAT_USEC (1 * USEC_PER_SEC)
/* Minimum time between two stops without answers (one usual connection interval, rounded up). */
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
        r = writer_new(device->environment.clock, &stop, device->definition->min_gap_usec,
                MAX(engine->stream_period_usec, STOP_INTERVAL_USEC), &device_writer_handler, device,
                &device->writer);
        if (r >= 0 && engine->settled)
                writer_await_reports(device->writer);
        return r;
}

const struct channel *device_channel(const struct device *device, unsigned feature) {
        return &device->channels[feature];
}

int64_t device_taken(const struct device *device, unsigned feature) {
        return channel_taken(&device->channels[feature], device->definition->engine->settled);
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

void device_zero_channel(struct device *device, unsigned feature) {
        gate_reset(&device->channels[feature].gate);
}

void device_forget_knob(struct device *device) {
        for (unsigned i = 0; i < device->definition->n_features; i++)
                gate_forget_knob(&device->channels[i].gate);
}

/* The stop frames that limber-allstop would replay. */
static int describe_stop(const struct device *device, struct armed *ret) {
        struct armed armed = { .gap_usec = MAX(device->definition->min_gap_usec, UINT64_C(20000)),
                .repeats = 2 };
        struct frames stop = {};
        int r;

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
        armed_bound_gap(&armed);
        *ret = armed;
        return 0;
}

void device_armed_written(void *userdata, int result) {
        struct device *device = userdata;

        device->armed_error = result;
        if (result >= 0)
                (void) device_greet(device);
        device_changed(device);
}

static int refuse_output(struct device *device, int error) {
        device_alarm(device, "armed-file",
                "%s is not switched on: what is needed to stop it after a crash could not be stored (%s)",
                device_title(device), strerror(-error));
        return error;
}

int device_prepare_output(struct device *device) {
        struct armed armed;
        int r = device->armed_error;

        device->armed_error = 0;
        if (r >= 0 && armed_file_state(device->armed_file) == ARMED_FILE_ABSENT) {
                r = describe_stop(device, &armed);
                if (r >= 0)
                        r = armed_file_write(device->armed_file, &armed);
        }
        if (r < 0)
                return refuse_output(device, r);
        return armed_file_state(device->armed_file) == ARMED_FILE_THERE;
}

/* Before the first nonzero frame. */
static int begin_output(struct device *device) {
        int r;

        if (device->output_on)
                return 0;
        r = device->environment.handler->output(device, true, device->environment.userdata);
        if (r < 0)
                return r;
        device->output_on = true;
        device->still_on_usec = 0;
        device_changed(device);
        return 0;
}

void device_output_goes_on(struct device *device) {
        if (device->output_on)
                return;
        /* It cannot be refused: it is on. */
        (void) device->environment.handler->output(device, true, device->environment.userdata);
        device->output_on = true;
        (void) device_prepare_output(device);
        device_changed(device);
}

void device_check_settled(struct device *device) {
        if (device_output_active(device))
                return;
        if (writer_is_stopping(device->writer)) {
                device->environment.handler->rested(device, device->environment.userdata);
                return;
        }
        device->still_on_usec = 0;
        if (device->greeting == GREETING_OVER)
                armed_file_remove(device->armed_file);
        if (device->output_on) {
                device->output_on = false;
                (void) device->environment.handler->output(device, false, device->environment.userdata);
                device_changed(device);
        }
        if (!device->owner)
                device->session = 0;
        device->environment.handler->rested(device, device->environment.userdata);
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
        armed_file_adopt(device->armed_file, device->address, device->address_type);
        device->attempts = 1; /* count as a retry, so that a failure is retried */
        (void) device->environment.handler->output(device, true, device->environment.userdata);
        clock_timer_arm_in(device->backoff_timer, 0);
}

bool device_is_pending(const struct device *device, unsigned feature) {
        const struct protocol_engine *engine = device->definition->engine;
        const struct channel *channel = &device->channels[feature];

        return channel_is_behind(channel) || channel->answered.at_usec < channel->handed.at_usec ||
               (engine->settled && !engine->settled(device->engine));
}

/* The state around a channel in this round. */
static struct gate_world world_of(const struct device *device, unsigned i,
        const struct channel_request *request, const struct drive_permit *permit) {
        const struct channel *channel = &device->channels[i];

        return (struct gate_world){
                .feature = &device->definition->features[i],
                .zone = request->zone,
                .pulse_width_usec = request->pulse_width_usec,
                .rate_mhz = request->rate_mhz,
                .pad_area_mm2 = request->pad_area_mm2,
                .session_usec = permit->session_usec,
                .near_live_pads = request->near_live_pads,
                .signed_off = permit->signed_off,
                .record_failed = device->environment.record && device->environment.record->failed,
                .person = request->person,
                .armed = permit->armed,
                .lease_alive = permit->lease_alive,
                .battery = device->battery,
                .battery_min = device_battery_min(device),
                .contact_lost = channel->contact_lost,
                .pending = device_is_pending(device, i),
                .taken = device_taken(device, i),
                .held_max = channel->held_max,
                .certainty = &channel->certainty,
        };
}

void device_default_maxima(const struct device *device, int64_t maxima[static PROTOCOL_FEATURES_MAX]) {
        for (unsigned i = 0; i < device->definition->n_features; i++)
                maxima[i] = device->definition->features[i].uncalibrated_max;
}

/* Keeps the device's own limits at the highest level the gate could allow. A device that stays below its command may have
 * missed them, so they are sent again once a second. */
static int send_limits(struct device *device, const struct channel_request *requests,
        const struct gate_world *worlds, uint64_t now) {
        const struct protocol_engine *engine = device->definition->engine;
        int64_t maxima[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};
        bool held = false;
        int r;

        if (!engine->limits)
                return 0;
        device_default_maxima(device, maxima);
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                if (requests[i].gate.level > 0)
                        maxima[i] = gate_ceiling(&requests[i].gate, &worlds[i]);
                held |= device->channels[i].held_max > 0;
        }
        held &= now - device->limits_usec >= LIMITS_REPEAT_USEC;
        if (!held && memcmp(maxima, device->maxima, sizeof(maxima)) == 0)
                return 0;
        r = engine->limits(device->engine, maxima, &frames);
        if (r >= 0)
                r = writer_queue(device->writer, WRITER_LIMITS, &frames);
        if (r < 0)
                return r;
        memcpy(device->maxima, maxima, sizeof(maxima));
        device->limits_usec = now;
        for (unsigned i = 0; i < device->definition->n_features; i++)
                device->channels[i].held_max = 0;
        return 0;
}

/* Counted from when this frame was due, not from when it was sent, so that delays do not add up. */
static void advance_stream(struct device *device, uint64_t now) {
        uint64_t period = device->definition->engine->stream_period_usec;

        if (device->next_stream_usec == 0 || now - device->next_stream_usec > period / 2)
                device->next_stream_usec = now;
        device->next_stream_usec += period;
}

uint64_t device_due(const struct device *device, uint64_t now, uint64_t otherwise_usec) {
        return device->next_stream_usec > 0 ? MAX(device->next_stream_usec, now) : now + otherwise_usec;
}

/* Encodes and queues what the gate allowed. */
static int send_setpoints(struct device *device, const struct setpoint *setpoints, uint64_t now) {
        const struct protocol_engine *engine = device->definition->engine;
        struct frames frames = {};
        unsigned zeroes = 0;
        int r;

        r = engine->encode(device->engine, setpoints, &frames);
        if (r < 0)
                return r;
        /* One frame a period, however often rounds come. */
        if (engine->stream_period_usec > 0 && now >= device->next_stream_usec) {
                r = engine->stream(device->engine, now, writer_is_behind(device->writer), &frames);
                if (r < 0)
                        return r;
                advance_stream(device, now);
        }
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                if (setpoints[i].level == 0 && device->channels[i].queued > 0)
                        zeroes |= 1u << i;
                channel_queue(&device->channels[i], setpoints[i].level, now);
        }
        return writer_queue_setpoint(device->writer, &frames, zeroes);
}

static bool asks_for_output(const struct device *device, const struct channel_request *requests) {
        for (unsigned i = 0; i < device->definition->n_features; i++)
                if (requests[i].gate.level > 0)
                        return true;
        return false;
}

/* Output that would begin waits until the plan is in the record and the armed file is there. Both are written at the same time: one
 * after the other they took a third longer from the key to the output. 1: it waits. */
static int wait_to_begin(
        struct device *device, const struct channel_request *requests, const struct drive_permit *permit) {
        bool waits = !permit->recorded && !device_output_active(device);
        int r;

        if (device->state != DEVICE_READY)
                return 0;
        if (waits)
                record_hurry(device->environment.record);
        if (device->output_on || !permit->armed || !asks_for_output(device, requests))
                return waits;
        r = device_prepare_output(device);
        return r < 0 ? r : waits || r == 0;
}

static void refuse_all(const struct device *device, const struct channel_request *requests,
        struct gate_verdict *ret_verdicts) {
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                ret_verdicts[i] = (struct gate_verdict){ .limit = limit_of(requests[i].gate.level) };
                limit_forbid(&ret_verdicts[i].limit, LIMIT_PENDING, LIMIT_FROM_DEVICE);
        }
}

static bool device_answers(const struct device *device) {
        const struct protocol_engine *engine = device->definition->engine;

        return !engine->answers || engine->answers(device->engine);
}

int device_drive(struct device *device, const struct channel_request *requests,
        const struct drive_permit *permit, struct gate_verdict *ret_verdicts) {
        struct setpoint setpoints[PROTOCOL_FEATURES_MAX] = {};
        uint64_t now = device_now(device);
        struct gate_world worlds[PROTOCOL_FEATURES_MAX] = {};
        unsigned stops;
        bool any = false;
        int r;

        /* Before the gate, so that the slew begins only when a rise can be sent. */
        if (device->state == DEVICE_READY &&
                (writer_is_settling(device->writer) || device->greeting != GREETING_OVER)) {
                refuse_all(device, requests, ret_verdicts);
                return device_greet(device);
        }
        /* Once the stop is confirmed, it goes on from zero. If it is not, that is said, and the link is made anew. */
        if (!device_answers(device)) {
                refuse_all(device, requests, ret_verdicts);
                return device_stop(device);
        }
        r = wait_to_begin(device, requests, permit);
        if (r < 0)
                (void) device_stop(device);
        if (r != 0) {
                refuse_all(device, requests, ret_verdicts);
                return r;
        }
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                worlds[i] = world_of(device, i, &requests[i], permit);
                ret_verdicts[i] = gate_decide(&device->channels[i].gate, &requests[i].gate, &worlds[i], now);
                setpoints[i] = (struct setpoint){
                        .level = ret_verdicts[i].limit.given,
                        .envelope_permille = ret_verdicts[i].envelope_permille,
                        .rate_mhz = requests[i].rate_mhz,
                        .pulse_width_usec = requests[i].pulse_width_usec,
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
        stops = device->stop.n;
        r = begin_output(device);
        if (r >= 0)
                r = send_limits(device, requests, worlds, now);
        /* A callback on the way may have stopped the device. */
        if (r >= 0 && device->stop.n != stops) {
                refuse_all(device, requests, ret_verdicts);
                return 0;
        }
        if (r >= 0)
                r = send_setpoints(device, setpoints, now);
        if (r < 0)
                (void) device_stop(device);
        return r;
}

void device_output_lost(struct device *device, const char *why, bool relinked) {
        uint64_t now = device_now(device);
        /* What did not do as it was told is not believed to end by itself, either. */
        bool stops = device->definition->link_loss == LINK_LOSS_STOPS && !relinked;

        for (unsigned i = 0; i < device->definition->n_features; i++)
                channel_lose(&device->channels[i], stops, now);
        if (device_output_active(device) && device_may_alarm(device))
                device_alarm(device, "link-lost",
                        "Take %s off the body and switch it off by hand: it was on, and is out of reach (%s). %s",
                        device_title(device), why, strnull(device->definition->link_loss_text));
        device_check_settled(device);
}

/* The link stands but may carry nothing: even a device that stops on link loss is not known to have stopped. */
void device_output_doubted(struct device *device) {
        uint64_t now = device_now(device);

        for (unsigned i = 0; i < device->definition->n_features; i++)
                channel_doubt(&device->channels[i], now);
        device->next_stream_usec = 0;
}

void device_output_regained(struct device *device) {
        uint64_t now = device_now(device);

        for (unsigned i = 0; i < device->definition->n_features; i++)
                certainty_regain(&device->channels[i].certainty, now);
        device->next_stream_usec = 0;
}

/* REQ19: a level is recorded as sent once the link took its frame, not before. */
static void on_handed_over(
        void *userdata, enum writer_lane lane, const struct writer_turn *turn, bool waits) {
        struct device *device = userdata;
        uint64_t now = device_now(device);

        for (unsigned i = 0; lane == WRITER_SETPOINT && i < device->definition->n_features; i++) {
                const struct feature *f = &device->definition->features[i];
                struct channel *channel = &device->channels[i];
                bool begins = turn->begins >> i & 1, ends = turn->ends >> i & 1;

                if (!(turn->features >> i & 1))
                        continue;
                if (channel_hand_over(channel, begins, ends, now))
                        device_put(device, (struct record_entry){ RECORD_SENT, .feature = f->name,
                                                   .given = channel->handed.level, .unit = f->unit });
                if (ends && !waits)
                        channel_answer(channel, now);
        }
        if (lane == WRITER_HANDSHAKE && turn->last && !waits)
                device_greeted(device);
}

static void on_answered(void *userdata, enum writer_lane lane, unsigned ends) {
        struct device *device = userdata;

        for (unsigned i = 0; lane == WRITER_SETPOINT && i < device->definition->n_features; i++)
                if (ends >> i & 1)
                        channel_answer(&device->channels[i], device_now(device));
        if (lane == WRITER_HANDSHAKE)
                device_greeted(device);
}

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
        (void) device_stop(device);
        if (device->output_on)
                device_alarm(device, "write-failed", "%s did not take a command (%s); it is being stopped.",
                        device_title(device), strerror(-error));
        if (lane == WRITER_HANDSHAKE || lane == WRITER_LIMITS)
                device_relink(device, "it rejected its limits");
        device_changed(device);
}

const struct writer_handler device_writer_handler = {
        .handed_over = on_handed_over,
        .answered = on_answered,
        .stopped = on_stopped,
        .stop_unconfirmed = on_stop_unconfirmed,
        .failed = on_failed,
};
