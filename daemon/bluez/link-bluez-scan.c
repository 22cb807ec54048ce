/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every powered adapter scans when a device is wanted, each with its own discovery session, which is ended on the adapter
 * where it was started, whatever was plugged in meanwhile. */

#include "daemon/bluez/link-bluez-private.h"

/* A controller that was just switched on, or is connecting, may refuse a scan that it accepts a moment later. */
#define SCAN_RETRY_USEC (1 * USEC_PER_SEC)

/* A controller that does not answer in this time is not waited for: a connect waits for the scan to stop. */
#define SCAN_ANSWER_USEC (5 * USEC_PER_SEC)

struct bluez_scan {
        struct bluez_radio *radio;
        const struct bluez_object *adapter;
        bool on, busy;
        sd_bus_slot *slot;
        struct clock_timer *timer; /* retry of a refused scan; busy until then */
};

static void on_scan_retry(struct clock_timer *timer, void *userdata) {
        struct bluez_scan *scan = userdata;
        struct bluez_radio *radio = scan->radio;

        scan->busy = false;
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

static int on_scan_reply(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_scan *scan = userdata;
        struct bluez_radio *radio = scan->radio;
        const sd_bus_error *e = sd_bus_message_get_error(m);

        scan->slot = sd_bus_slot_unref(scan->slot);
        /* On start, "InProgress" means that it runs already; on stop, an error means that the session is gone already. */
        if (e && scan->on && !bluez_error_is_busy(e)) {
                scan->on = false;
                clock_timer_arm_in(scan->timer, SCAN_RETRY_USEC);
                bluez_links_advance(radio);
                return 0;
        }
        scan->busy = false;
        bluez_links_advance(radio);
        bluez_scan_update(radio);
        return 0;
}

static void set_filter(const struct bluez_scan *scan) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        /* Low energy only, and no signal for every repeated advertisement: a gun advertises ten times a second. */
        if (sd_bus_message_new_method_call(scan->radio->bus, &m, BLUEZ_NAME, scan->adapter->path,
                    BLUEZ_ADAPTER, "SetDiscoveryFilter") < 0)
                return;
        if (sd_bus_message_append(m, "a{sv}", 2, "Transport", "s", "le", "DuplicateData", "b", 0) < 0)
                return;
        (void) sd_bus_message_set_expect_reply(m, 0);
        (void) sd_bus_send(scan->radio->bus, m, NULL);
}

static void update(struct bluez_scan *scan, bool wanted) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (scan->busy || wanted == scan->on)
                return;
        if (wanted)
                set_filter(scan);
        if (sd_bus_message_new_method_call(scan->radio->bus, &m, BLUEZ_NAME, scan->adapter->path,
                    BLUEZ_ADAPTER, wanted ? "StartDiscovery" : "StopDiscovery") < 0 ||
                sd_bus_call_async(scan->radio->bus, &scan->slot, m, on_scan_reply, scan, SCAN_ANSWER_USEC) <
                        0)
                return;
        scan->on = wanted;
        scan->busy = true;
}

void bluez_scan_update(struct bluez_radio *radio) {
        bool wanted = radio->scan_wanted || bluez_links_search(radio);

        if (radio->told != RADIO_ON)
                return;
        for (struct bluez_object *o = radio->objects; o; o = o->next)
                /* Connecting while scanning is slow and often fails: the scan stops meanwhile. */
                if (o->kind == BLUEZ_KIND_ADAPTER && o->powered && !o->no_central)
                        update(o->scan, wanted && !bluez_adapter_is_taken(radio, o->path, NULL));
}

bool bluez_scan_is_over(const struct bluez_scan *scan) {
        return !scan->on && !scan->busy;
}

void bluez_scan_forget(struct bluez_scan *scan) {
        scan->slot = sd_bus_slot_unref(scan->slot);
        clock_timer_disarm(scan->timer);
        scan->on = scan->busy = false;
}

int bluez_scan_new(struct bluez_radio *radio, struct bluez_object *adapter, struct bluez_scan **ret) {
        struct bluez_scan *scan = calloc(1, sizeof(*scan));
        int r;

        if (!scan)
                return -ENOMEM;
        scan->radio = radio;
        scan->adapter = adapter;
        r = clock_timer_new(radio->clock, on_scan_retry, scan, &scan->timer);
        if (r < 0) {
                free(scan);
                return r;
        }
        *ret = scan;
        return 0;
}

struct bluez_scan *bluez_scan_free(struct bluez_scan *scan) {
        if (!scan)
                return NULL;
        sd_bus_slot_unref(scan->slot);
        clock_timer_free(scan->timer);
        free(scan);
        return NULL;
}
