/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Before a link: peripherals advertise, and the controller receives them while it scans or connects. */

#include "sim/radio/air-impl.h"

#define ADVERT_USEC (100 * USEC_PER_MSEC)
#define ADVERT_DATA_MAX 31
/* A controller that filters duplicates has little memory, and forgets after this time: [D]. */
#define DISTINCT_USEC USEC_PER_SEC

/* Types of advertising data: Supplement to the Core Specification, Part A, 1. */
#define AD_FLAGS 0x01
#define AD_SERVICES_16 0x03
#define AD_SERVICES_128 0x07
#define AD_NAME 0x09
#define AD_MANUFACTURER 0xff
/* LE General Discoverable, BR/EDR not supported. */
#define AD_FLAGS_VALUE 0x06

bool address_equal(const struct peer_address *a, const struct peer_address *b) {
        return a->type == b->type && memcmp(a->bytes, b->bytes, ADDRESS_SIZE) == 0;
}

/* A peripheral with a link does not advertise. */
static bool advertises(const struct peripheral *peripheral) {
        return !peripheral->link.up && !peripheral->faults.away;
}

static bool heard(const struct peripheral *peripheral) {
        const struct controller *controller = &peripheral->air->controller;

        return (controller->scanning || controller->initiating) && advertises(peripheral);
}

static uint64_t next_on_grid(const struct peripheral *peripheral) {
        uint64_t phase = peripheral->phase_usec % ADVERT_USEC;
        uint64_t now = peripheral->air->now_usec;

        return now + ADVERT_USEC - (now + ADVERT_USEC - phase) % ADVERT_USEC;
}

void air_advert_begin(struct peripheral *peripheral) {
        peripheral->advert_usec = next_on_grid(peripheral);
}

uint64_t air_advert_next(const struct peripheral *peripheral) {
        return heard(peripheral) ? peripheral->advert_usec : USEC_INFINITY;
}

static void add_ad(struct packet *data, uint8_t type, const void *bytes, size_t n) {
        if (data->n + 2 + n > ADVERT_DATA_MAX)
                return;
        packet_u8(data, (unsigned) n + 1);
        packet_u8(data, type);
        packet_add(data, bytes, n);
}

static void add_services(struct packet *data, const struct product *product) {
        struct uuid uuid;

        for (const char *const *text = product_advertised_services(product); *text; text++)
                if (uuid_parse(*text, &uuid) >= 0)
                        add_ad(data, uuid.n == 2 ? AD_SERVICES_16 : AD_SERVICES_128, uuid.bytes, uuid.n);
}

static void send_report(struct peripheral *peripheral, uint8_t type, const struct packet *data) {
        struct packet event;

        air_event_begin(&event, HCI_EV_LE_META);
        packet_u8(&event, HCI_LE_ADVERTISING_REPORT);
        packet_u8(&event, 1);
        packet_u8(&event, type);
        packet_u8(&event, peripheral->address.type);
        packet_add(&event, peripheral->address.bytes, ADDRESS_SIZE);
        packet_u8(&event, (unsigned) data->n);
        packet_add(&event, data->bytes, data->n);
        packet_u8(&event, (uint8_t) AIR_RSSI);
        air_event_send(peripheral->air, &event);
}

/* A counter, after the company number reserved for tests. */
static void add_change(struct packet *data, const struct peripheral *peripheral) {
        const uint8_t count[] = { 0xff, 0xff, (uint8_t) peripheral->adverts,
                (uint8_t) (peripheral->adverts >> 8) };

        add_ad(data, AD_MANUFACTURER, count, sizeof(count));
}

static bool passes(const struct peripheral *peripheral) {
        const struct controller *controller = &peripheral->air->controller;

        if (controller->scan_listed && !controller_accepts(controller, &peripheral->address))
                return false;
        return !controller->scan_distinct || peripheral->faults.advert_changes ||
               peripheral->reported_usec == 0 ||
               peripheral->air->now_usec - peripheral->reported_usec >= DISTINCT_USEC;
}

static void report(struct peripheral *peripheral) {
        const char *name = product_advertised_name(peripheral->product);
        struct packet data = { 0 }, response = { 0 };

        peripheral->reported_usec = peripheral->air->now_usec;
        peripheral->adverts++;
        add_ad(&data, AD_FLAGS, &(uint8_t){ AD_FLAGS_VALUE }, 1);
        add_services(&data, peripheral->product);
        if (peripheral->faults.advert_changes)
                add_change(&data, peripheral);
        send_report(peripheral, HCI_ADV_IND, &data);
        if (!peripheral->air->controller.scan_active)
                return;
        add_ad(&response, AD_NAME, name, strlen(name));
        send_report(peripheral, HCI_SCAN_RSP, &response);
}

static bool wanted(const struct peripheral *peripheral) {
        const struct controller *controller = &peripheral->air->controller;

        if (!controller->initiating || peripheral->faults.connect_hangs)
                return false;
        return controller->initiate_listed ? controller_accepts(controller, &peripheral->address)
                                           : address_equal(&controller->initiate, &peripheral->address);
}

void air_connection_complete(
        struct air *air, uint8_t status, const struct peer_address *peer, const struct air_link *link) {
        struct packet event;

        air_event_begin(&event, HCI_EV_LE_META);
        packet_u8(&event, HCI_LE_CONNECTION_COMPLETE);
        packet_u8(&event, status);
        packet_u16(&event, link->handle);
        packet_u8(&event, 0); /* the host is the central */
        packet_u8(&event, peer->type);
        packet_add(&event, peer->bytes, ADDRESS_SIZE);
        packet_u16(&event, link->interval);
        packet_u16(&event, link->latency);
        packet_u16(&event, link->timeout);
        packet_u8(&event, 0); /* the clock's accuracy: 500 ppm */
        air_event_end(&event);
        /* For a cancelled connection, the answer to the command comes first. */
        air_send_later(air, 0, NULL, &event);
}

/* A request that the peripheral does not receive makes a link nevertheless, until six events have passed without it: Vol 6,
 * Part B, 4.5.2. */
#define ESTABLISHMENT_EVENTS 6

static void connect_in_vain(struct peripheral *peripheral, enum air_hearing hearing) {
        air_link_up(peripheral, hearing);
        air_link_close(peripheral, ESTABLISHMENT_EVENTS * air_link_interval_usec(peripheral),
                HCI_ESTABLISHMENT_FAILED);
}

static void connect_to(struct peripheral *peripheral) {
        struct air_faults *faults = &peripheral->faults;
        struct air *air = peripheral->air;

        air->controller.initiating = false;
        if (faults->connect_fails > 0) {
                faults->connect_fails--;
                air_connection_complete(
                        air, HCI_ESTABLISHMENT_FAILED, &peripheral->address, &(struct air_link){ 0 });
        } else if (faults->connect_unheard > 0) {
                faults->connect_unheard--;
                connect_in_vain(peripheral, AIR_HEARS_NOTHING);
        } else if (faults->connect_drops > 0) {
                faults->connect_drops--;
                connect_in_vain(peripheral, AIR_HEARS_FEATURES);
        } else
                air_link_up(peripheral, AIR_HEARS_ALL);
}

void air_advert_due(struct peripheral *peripheral) {
        if (!heard(peripheral) || peripheral->advert_usec > peripheral->air->now_usec)
                return;
        air_advert_begin(peripheral);
        if (peripheral->air->controller.scanning && passes(peripheral))
                report(peripheral);
        if (wanted(peripheral))
                connect_to(peripheral);
}
