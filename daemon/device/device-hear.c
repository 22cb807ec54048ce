/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reports of a device and their consequences. */

#include "daemon/device/device-private.h"

/* Reports of output this soon after a stop mean that the stop did not work. */
#define STILL_ON_USEC (3 * USEC_PER_SEC)
/* A device may send malformed bytes a thousand times a second; they are logged this often. */
#define MALFORMED_REPEAT_USEC (60 * USEC_PER_SEC)

/* The device took the stop and still reports that it runs: either the stop did not work (evidence D: nobody has seen that
 * gun stop), or somebody switched it on again in that moment. The first must not be missed; after the second, a person can
 * switch it on again. */
static void check_still_on(struct device *device, uint64_t now) {
        bool first = device->still_on_usec == 0;

        if (first && (device->stopped_usec == 0 || now - device->stopped_usec > STILL_ON_USEC ||
                             writer_is_stopping(device->writer)))
                return;
        if (first)
                device->still_on_usec = now;
        device->contradicted_usec = now;
        device_output_goes_on(device);
        if (!first)
                return;
        device_alarm(device, "still-on",
                "%s took the stop but says that it still runs. Take it off the body and switch it off by hand.",
                device_title(device));
        (void) device_stop(device); /* again and again for a while, if it goes on saying so */
}

bool device_contradicts_stop(const struct device *device) {
        return device->still_on_usec > 0 && device_now(device) - device->contradicted_usec < STILL_ON_USEC;
}

static void apply_level(struct device *device, const struct protocol_event *event) {
        const struct feature *f = &device->definition->features[event->feature];
        struct channel *channel = &device->channels[event->feature];
        bool by_hand = event->kind == PROTOCOL_KNOB;
        uint64_t now = device_now(device);
        enum channel_report report;

        report = channel_report(channel, event->value, by_hand, event->last, now);
        if (report == CHANNEL_REPORT_STALE)
                return;
        if (report == CHANNEL_REPORT_CONFIRMS)
                device_put(device, (struct record_entry){ RECORD_CONFIRMED, .feature = f->name,
                                           .given = event->value, .unit = f->unit });
        if (by_hand && device->output_on) {
                gate_follow_knob(&channel->gate, event->value);
                device->environment.handler->touched(device, event->feature, device->environment.userdata);
        }
        if (!device_output_active(device)) {
                device->still_on_usec = 0;
                writer_stop_confirmed(device->writer);
        } else if (event->value > 0 && (!device->output_on || device->still_on_usec > 0)) {
                check_still_on(device, now);
        }
}

/* Many devices report 255 while they do not know; anything that is no percentage is ignored. */
static void set_battery(struct device *device, int64_t percent) {
        device->battery = percent >= 0 && percent <= 100 ? (unsigned) percent : GATE_BATTERY_UNKNOWN;
}

void device_battery_said(void *userdata, unsigned percent) {
        struct device *device = userdata;
        unsigned before = device->battery;

        set_battery(device, percent);
        if (before != device->battery)
                device_changed(device);
}

static void apply_event(struct device *device, const struct protocol_event *event) {
        switch (event->kind) {
        case PROTOCOL_LEVEL:
        case PROTOCOL_KNOB:
                apply_level(device, event);
                break;
        case PROTOCOL_BATTERY:
                set_battery(device, event->value);
                break;
        case PROTOCOL_CONTACT:
                device->channels[event->feature].contact_lost = event->value == 0;
                device->environment.handler->touched(device, event->feature, device->environment.userdata);
                break;
        case PROTOCOL_VERSION:
                device->firmware = event->value;
                break;
        }
}

/* Bytes from the air are never trusted; malformed ones change nothing. */
static void note_malformed(struct device *device, unsigned endpoint, size_t n) {
        uint64_t now = device_now(device);
        char text[96];

        device->malformed++;
        if (device->malformed_usec > 0 && now - device->malformed_usec < MALFORMED_REPEAT_USEC)
                return;
        (void) snprintf(text, sizeof(text), "%zu malformed bytes on %s; %u such messages so far", n,
                device->definition->endpoints[endpoint].characteristic, device->malformed);
        device_put(device, (struct record_entry){ RECORD_MALFORMED, .text = text });
        device->malformed_usec = now;
}

void device_notified(void *userdata, unsigned endpoint, const uint8_t *bytes, size_t n) {
        struct device *device = userdata;
        enum certainty_state certainty = device_worst_certainty(device);
        struct protocol_events events = {};
        unsigned battery = device->battery;

        if (device->definition->endpoints[endpoint].battery) {
                device_battery_said(device, n == 1 ? bytes[0] : LINK_BATTERY_UNKNOWN);
                return;
        }
        if (device->definition->engine->decode(device->engine, endpoint, bytes, n, &events) < 0) {
                note_malformed(device, endpoint, n);
                return;
        }
        for (unsigned i = 0; i < events.n; i++)
                if (events.items[i].feature < device->definition->n_features)
                        apply_event(device, &events.items[i]);
        device_check_settled(device);
        if (battery != device->battery || certainty != device_worst_certainty(device))
                device_changed(device);
}
