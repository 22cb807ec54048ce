/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"

static int bluez_radio_scan(struct radio *base, bool on) {
        struct bluez_radio *radio = (struct bluez_radio *) base;

        if (on && radio->told != RADIO_ON)
                return radio->told == RADIO_OFF ? -ENETDOWN : -ENOMEDIUM;
        radio->scan_wanted = on;
        bluez_scan_update(radio);
        return 0;
}

static enum radio_state bluez_radio_state(const struct radio *base) {
        return ((const struct bluez_radio *) base)->told;
}

static const struct radio_ops radio_ops = {
        .scan = bluez_radio_scan,
        .link_open = bluez_link_open,
        .state = bluez_radio_state,
        .sight = bluez_radio_sight,
};

int bluez_radio_new(sd_bus *bus, struct clock *clock, bool simulated, const struct radio_handler *handler,
        void *userdata, struct radio **ret) {
        struct bluez_radio *radio = calloc(1, sizeof(*radio));
        int r;

        if (!radio)
                return -ENOMEM;
        radio->base = (struct radio){ .ops = &radio_ops, .handler = handler, .userdata = userdata };
        radio->bus = sd_bus_ref(bus);
        radio->clock = clock;
        radio->simulated = simulated;
        radio->told = RADIO_NO_STACK;
        r = bluez_sight_init(radio);
        if (r < 0) {
                sd_bus_unref(radio->bus);
                free(radio);
                return r;
        }
        *ret = &radio->base;
        return 0;
}

int bluez_radio_start(struct radio *radio) {
        return bluez_mirror_start((struct bluez_radio *) radio);
}

void bluez_radio_when_known(struct radio *base, void (*fn)(void *userdata), void *userdata) {
        struct bluez_radio *radio = (struct bluez_radio *) base;

        radio->known = fn;
        radio->known_userdata = userdata;
}

bool bluez_radio_uses_adapter(const struct radio *base, const char *adapter) {
        return streq(((const struct bluez_radio *) base)->only, adapter);
}

void bluez_radio_use_adapter(struct radio *base, const char *adapter) {
        struct bluez_radio *radio = (struct bluez_radio *) base;

        if (bluez_radio_uses_adapter(base, adapter))
                return;
        (void) snprintf(radio->only, sizeof(radio->only), "%s", adapter);
        bluez_settle(radio);
}

const char *bluez_radio_version(const struct radio *radio) {
        return ((const struct bluez_radio *) radio)->version;
}

struct radio *bluez_radio_free(struct radio *base) {
        struct bluez_radio *radio = (struct bluez_radio *) base;

        if (!radio)
                return NULL;
        bluez_mirror_done(radio);
        bluez_sight_done(radio);
        sd_bus_unref(radio->bus);
        free(radio);
        return NULL;
}
