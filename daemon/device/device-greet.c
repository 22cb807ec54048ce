/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a device is told on a new link: stop, then its limits and questions, then stop again, since a question of a wrong definition may
 * have switched it on. Nothing else is sent before that is over. */

#include "daemon/device/device-private.h"

/* Its definition is one that nobody has tried: whatever it is sent may be what starts it. */
static bool is_untried(const struct device *device) {
        return device->definition->evidence == 'D';
}

static int collect(struct device *device, struct frames *frames) {
        const struct protocol_engine *engine = device->definition->engine;

        device_default_maxima(device, device->maxima);
        if (engine->limits)
                (void) engine->limits(device->engine, device->maxima, frames);
        device->stop_again = is_untried(device);
        if (engine->handshake) {
                unsigned before = frames->n;

                (void) engine->handshake(device->engine, frames);
                device->stop_again |= frames->n > before;
        }
        return (int) frames->n;
}

int device_greet(struct device *device) {
        struct frames frames = {};
        int r = 1;

        if (device->greeting != GREETING_ARMING)
                return 0;
        if (collect(device, &frames) == 0) {
                device->greeting = GREETING_OVER;
                return 0;
        }
        /* What limber-allstop needs is there before the first frame that is not a stop. */
        if (is_untried(device))
                r = device_prepare_output(device);
        if (r <= 0)
                return r;
        device->greeting = GREETING_ASKING;
        (void) writer_queue(device->writer, WRITER_HANDSHAKE, &frames);
        return 0;
}

void device_greeted(struct device *device) {
        if (device->greeting != GREETING_ASKING)
                return;
        if (device->stop_again)
                (void) device_stop(device); /* device_greeting_stopped() ends it */
        else {
                device->greeting = GREETING_OVER;
                device_check_settled(device); /* who waits for that is told */
        }
}

void device_greeting_stopped(struct device *device) {
        /* The stop went out behind all of it, whoever asked for that stop. */
        if (device->greeting == GREETING_ASKING && !writer_is_settling(device->writer))
                device->greeting = GREETING_OVER;
}
