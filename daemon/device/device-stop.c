/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sched.h>

#include "daemon/device/device-private.h"

/* An alarm about the same stop is repeated this often while it holds. */
#define ALARM_REPEAT_USEC (5 * USEC_PER_SEC)
/* A link over which the stop is refused, or not answered, for this long is re-established: more writes would not help. An
 * answer may take two supervision timeouts of a slow link. */
#define REFUSED_USEC (1 * USEC_PER_SEC)
#define UNANSWERED_USEC (3 * USEC_PER_SEC)
/* A device that still reports output after a whole stop is stopped again, for this long (REQ21). */
#define STOP_TRIES_USEC (30 * USEC_PER_SEC)
#define STOP_AGAIN_USEC (200 * USEC_PER_MSEC)

static void prepare_stop(struct device *device) {
        device->stop.was_on = device_output_active(device);
        device->stop.again = device->stop.recorded && writer_is_stopping(device->writer);
}

static void send_stop(struct device *device) {
        device->stop.result = writer_stop(device->writer, !device->stop.was_on);
}

static void send_stops(struct device *const *devices, size_t n, bool was_on) {
        for (size_t i = 0; i < n; i++)
                if (devices[i] && devices[i]->stop.was_on == was_on)
                        send_stop(devices[i]);
}

static int note_stop(struct device *device) {
        uint64_t now = device_now(device);

        device->stop.n++;
        for (unsigned i = 0; i < device->definition->n_features; i++)
                gate_reset(&device->channels[i].gate);
        device->next_stream_usec = 0;
        if (device->stop.result == -ENOTCONN)
                return device->stop.was_on ? -ENOTCONN : 0;
        if (device->definition->engine->stopped)
                device->definition->engine->stopped(device->engine);
        for (unsigned i = 0; i < device->definition->n_features; i++)
                channel_stop(&device->channels[i], now);
        /* The armed file of output that was about to begin; the writer, which did not stop again, will not call back. */
        if (!device->stop.was_on && !writer_is_stopping(device->writer) && device->greeting == GREETING_OVER)
                armed_file_remove(device->armed_file);
        /* A hundred who stop at once stop it once. */
        if (device->stop.was_on && !device->stop.again) {
                device_put(device, (struct record_entry){ RECORD_STOP });
                device->stop.recorded = true;
        }
        return device->stop.result;
}

int device_stop(struct device *device) {
        prepare_stop(device);
        send_stop(device);
        return note_stop(device);
}

unsigned device_stop_all(struct device *const *devices, size_t n) {
        unsigned told = 0;

        for (size_t i = 0; i < n; i++)
                if (devices[i])
                        prepare_stop(devices[i]);
        /* On the radio the frames of all devices share one queue. */
        send_stops(devices, n, true);
        send_stops(devices, n, false);
        /* The processes that carry the frames are awake by now. On a single processor they run first, before the
         * bookkeeping: decision 15. */
        (void) sched_yield();
        for (size_t i = 0; i < n; i++) {
                if (!devices[i])
                        continue;
                told += devices[i]->state == DEVICE_READY || devices[i]->state == DEVICE_CLOSING;
                (void) note_stop(devices[i]);
        }
        return told;
}

bool device_is_stopping(const struct device *device) {
        /* What a new link is asked ends in a stop, too. Where its armed file cannot be written, nothing is asked. */
        return writer_is_stopping(device->writer) || device->greeting == GREETING_ASKING ||
               (device->greeting == GREETING_ARMING &&
                       armed_file_state(device->armed_file) == ARMED_FILE_WRITING);
}

void device_stopped(struct device *device, bool acknowledged) {
        uint64_t now = device_now(device);
        bool newer = false;

        device_greeting_stopped(device);
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                if (!device_contradicts_stop(device))
                        channel_stopped(&device->channels[i], acknowledged, now);
                newer |= device->channels[i].queued > 0;
        }
        if (device->stop_tried_usec == 0)
                device->stop_tried_usec = now;
        if (!newer && device_output_active(device) && now - device->stop_tried_usec < STOP_TRIES_USEC) {
                clock_timer_arm_in(device->again_timer, STOP_AGAIN_USEC);
                return;
        }
        if (acknowledged && device->stop.recorded)
                device_put(device, (struct record_entry){ RECORD_CONFIRMED, .reason = "stop" });
        device->stop.recorded = false;
        device->alarm_usec = 0;
        device->refused_usec = 0;
        device->stop_tried_usec = 0;
        device->stopped_usec = now;
        device_check_settled(device);
        device_changed(device);
}

void device_stop_again(struct clock_timer *timer, void *userdata) {
        struct device *device = userdata;
        bool newer = false;

        for (unsigned i = 0; i < device->definition->n_features; i++)
                newer |= device->channels[i].queued > 0;
        if (!newer && device_output_active(device) && !writer_is_stopping(device->writer))
                (void) device_stop(device);
}

bool device_may_alarm(struct device *device) {
        uint64_t now = device_now(device);

        if (device->alarm_usec > 0 && now - device->alarm_usec < ALARM_REPEAT_USEC)
                return false;
        device->alarm_usec = now;
        return true;
}

/* The stop did not get through. If that lasts too long, the link is re-established. */
static void doubt_link(struct device *device, int error, uint64_t now) {
        uint64_t patience = error == -ETIMEDOUT ? UNANSWERED_USEC - WRITER_ANSWER_USEC : REFUSED_USEC;

        if (device->refused_usec == 0)
                device->refused_usec = now;
        else if (now - device->refused_usec >= patience)
                device_relink(device,
                        error == -ETIMEDOUT ? "it does not answer the stop" : "it does not take the stop");
}

void device_stop_unconfirmed(struct device *device, int error) {
        uint64_t now = device_now(device);

        doubt_link(device, error, now);
        for (unsigned i = 0; i < device->definition->n_features; i++)
                certainty_fail(&device->channels[i].certainty, now);
        if (!device_output_active(device) || !device_may_alarm(device))
                return;
        device_put(device, (struct record_entry){ RECORD_STOP_UNCONFIRMED, .reason = strerror(-error) });
        device_alarm(device, "stop-not-confirmed",
                "%s has not confirmed the stop (%s). Take it off the body and switch it "
                "off by hand; limber goes on trying.",
                device_title(device), strerror(-error));
        device_changed(device);
}
