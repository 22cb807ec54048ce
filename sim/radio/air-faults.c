/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Faults for tests, by name; with the names of the other front (sim/bluez/simulator-bus.c) where the meaning is the same. */

#include <limits.h>

#include "sim/radio/air-impl.h"

static int fault_drop(struct peripheral *peripheral, int value) {
        /* 0 and 1 are the other front's "do it"; they are no valid reasons. */
        air_link_close(peripheral, 0, value > 1 ? (uint8_t) value : HCI_REMOTE_USER);
        return 0;
}

static int fault_away(struct peripheral *peripheral, int value) {
        peripheral->faults.away = value != 0;
        air_link_range_changed(peripheral);
        return 0;
}

static int fault_back(struct peripheral *peripheral, int value) {
        return fault_away(peripheral, 0);
}

static int fault_silent(struct peripheral *peripheral, int value) {
        peripheral->faults.silent = value != 0;
        return 0;
}

static int fault_advert_changes(struct peripheral *peripheral, int value) {
        peripheral->faults.advert_changes = value != 0;
        return 0;
}

static int fault_connect_hangs(struct peripheral *peripheral, int value) {
        peripheral->faults.connect_hangs = value != 0;
        return 0;
}

static int fault_connect_fails(struct peripheral *peripheral, int value) {
        peripheral->faults.connect_fails = (unsigned) value;
        return 0;
}

static int fault_connect_unheard(struct peripheral *peripheral, int value) {
        peripheral->faults.connect_unheard = (unsigned) value;
        return 0;
}

static int fault_connect_drops(struct peripheral *peripheral, int value) {
        peripheral->faults.connect_drops = (unsigned) value;
        return 0;
}

static int fault_write_delay(struct peripheral *peripheral, int value) {
        peripheral->faults.write_delay_usec = (uint64_t) value * USEC_PER_MSEC;
        return 0;
}

static int fault_write_fails(struct peripheral *peripheral, int value) {
        peripheral->faults.write_fails = (unsigned) value;
        return 0;
}

static int fault_no_service(struct peripheral *peripheral, int value) {
        peripheral->faults.no_service = value != 0;
        return air_att_rebuild(peripheral);
}

static int fault_services_changed(struct peripheral *peripheral, int value) {
        peripheral->moves++;
        return air_att_rebuild(peripheral);
}

static int fault_services_lost(struct peripheral *peripheral, int value) {
        peripheral->faults.services_lost = value != 0;
        return air_att_rebuild(peripheral);
}

static int fault_mtu(struct peripheral *peripheral, int value) {
        peripheral->att.offered = (uint16_t) value;
        return 0;
}

static int fault_notify_malformed(struct peripheral *peripheral, int value) {
        peripheral->faults.notify_malformed = (unsigned) value;
        return 0;
}

static int fault_notify_flood(struct peripheral *peripheral, int value) {
        peripheral->faults.flood_usec = value > 0 ? USEC_PER_SEC / (unsigned) value : 0;
        peripheral->flood_usec = value > 0 ? peripheral->air->now_usec : USEC_INFINITY;
        return 0;
}

static int fault_malformed(struct peripheral *peripheral, int value) {
        air_att_malformed(peripheral, (unsigned) value);
        return 0;
}

static const struct air_fault faults[] = {
        { "drop", HCI_REMOTE_USER, 0x00, 0xff, true, fault_drop },
        { "away", 1, 0, 1, false, fault_away },
        { "back", 0, 0, 1, false, fault_back },
        { "silent", 1, 0, 1, false, fault_silent },
        { "advert-changes", 1, 0, 1, false, fault_advert_changes },
        { "connect-hangs", 1, 0, 1, false, fault_connect_hangs },
        { "connect-fails", 1, 0, INT_MAX, false, fault_connect_fails },
        { "connect-unheard", 1, 0, INT_MAX, false, fault_connect_unheard },
        { "connect-drops", 1, 0, INT_MAX, false, fault_connect_drops },
        { "write-delay", 1000, 0, INT_MAX, false, fault_write_delay },
        { "write-fails", 1, 0, INT_MAX, false, fault_write_fails },
        { "no-service", 1, 0, 1, false, fault_no_service },
        { "services-changed", 1, 0, 1, false, fault_services_changed },
        { "services-lost", 1, 0, 1, true, fault_services_lost },
        { "mtu", ATT_MTU_DEFAULT, ATT_MTU_DEFAULT, ATT_MTU_MAX, false, fault_mtu },
        { "notify-malformed", 1, 0, INT_MAX, false, fault_notify_malformed },
        { "notify-flood", 100, 0, 10000, false, fault_notify_flood },
        { "malformed", 1, 1, AIR_MALFORMED_MAX, true, fault_malformed },
};

const struct air_fault *air_fault_at(size_t index) {
        return index < ARRAY_SIZE(faults) ? faults + index : NULL;
}
