/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"

/* A controller that was just switched on, or is busy with a connect, may refuse a scan that it would take a moment later. */
#define SCAN_RETRY_USEC (1 * USEC_PER_SEC)

static void on_scan_retry(struct clock_timer *timer, void *userdata) {
        struct bluez_radio *radio = userdata;

        radio->scan_busy = false;
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

static int on_scan_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_radio *radio = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);

        radio->scan_slot = sd_bus_slot_unref(radio->scan_slot);
        /* On start, "InProgress" means that it runs already; an error on stop, that the session is gone already. */
        if (e && radio->scanning && !bluez_error_is_busy(e)) {
                radio->scanning = false;
                bluez_links_advance(radio);
                clock_timer_arm_in(radio->scan_timer, SCAN_RETRY_USEC);
                return 0;
        }
        radio->scan_busy = false;
        bluez_links_advance(radio);
        bluez_scan_update(radio);
        return 0;
}

static void set_filter(struct bluez_radio *radio, const char *adapter) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        /* Only low energy, and no signal for every repeated advertisement: a gun advertises ten times a second. */
        if (sd_bus_message_new_method_call(
                    radio->bus, &m, BLUEZ_NAME, adapter, BLUEZ_ADAPTER, "SetDiscoveryFilter") < 0)
                return;
        if (sd_bus_message_append(m, "a{sv}", 2, "Transport", "s", "le", "DuplicateData", "b", 0) < 0)
                return;
        (void) sd_bus_message_set_expect_reply(m, 0);
        (void) sd_bus_send(radio->bus, m, NULL);
}

void bluez_scan_update(struct bluez_radio *radio) {
        const struct bluez_object *adapter = bluez_find_adapter(radio);
        /* Connecting while scanning is slow and fails often: the scan gives way. */
        bool wanted = (radio->scan_wanted || bluez_links_search(radio)) && !radio->connecting;

        if (radio->told != RADIO_ON || radio->scan_busy || wanted == radio->scanning)
                return;
        if (wanted)
                set_filter(radio, adapter->path);
        if (sd_bus_call_method_async(radio->bus, &radio->scan_slot, BLUEZ_NAME, adapter->path, BLUEZ_ADAPTER,
                    wanted ? "StartDiscovery" : "StopDiscovery", on_scan_reply, radio, NULL) < 0)
                return;
        radio->scanning = wanted;
        radio->scan_busy = true;
}

void bluez_scan_forget(struct bluez_radio *radio) {
        radio->scan_slot = sd_bus_slot_unref(radio->scan_slot);
        clock_timer_disarm(radio->scan_timer);
        radio->scanning = radio->scan_busy = false;
}

int bluez_scan_init(struct bluez_radio *radio) {
        return clock_timer_new(radio->clock, on_scan_retry, radio, &radio->scan_timer);
}
