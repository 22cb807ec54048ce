/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A link: ACL packets in and out, reassembly of L2CAP frames, and the end of the link. */

#include "sim/radio/air-impl.h"

struct peripheral *air_link_find(struct air *air, uint16_t handle) {
        for (size_t i = 0; i < air->n_peripherals; i++)
                if (air->peripherals[i]->link.up && air->peripherals[i]->link.handle == handle)
                        return air->peripherals[i];
        return NULL;
}

size_t air_links(const struct air *air) {
        size_t n = 0;

        for (size_t i = 0; i < air->n_peripherals; i++)
                n += air->peripherals[i]->link.up;
        return n;
}

uint64_t air_link_interval_usec(const struct peripheral *peripheral) {
        return peripheral->link.interval * 1250ULL;
}

/* Differs from the handle of the previous link, so that late packets for that one are noticed. */
static uint16_t new_handle(struct air *air) {
        do
                air->last_handle = air->last_handle % HCI_HANDLE_MAX + 1;
        while (air_link_find(air, air->last_handle));
        return air->last_handle;
}

bool air_link_reaches(const struct peripheral *peripheral) {
        return peripheral->link.up && peripheral->link.hearing == AIR_HEARS_ALL && !peripheral->faults.away;
}

/* Tells the product. */
static void tell(struct peripheral *peripheral, bool up) {
        struct air *air = peripheral->air;

        if (peripheral->link.hearing != AIR_HEARS_ALL)
                return;
        recorder_link(air->recorder, air->now_usec, peripheral->product, up);
        product_linked(peripheral->product, air->now_usec, up);
}

void air_link_up(struct peripheral *peripheral, enum air_hearing hearing) {
        struct air *air = peripheral->air;

        peripheral->link = (struct air_link){
                .handle = new_handle(air),
                .interval = air->controller.interval,
                .latency = air->controller.latency,
                .timeout = air->controller.timeout,
                .close_usec = USEC_INFINITY,
                .hearing = hearing,
        };
        peripheral->link.up = true;
        air_att_begin(peripheral);
        tell(peripheral, true);
        air_connection_complete(air, HCI_SUCCESS, &peripheral->address, &peripheral->link);
}

void air_link_close(struct peripheral *peripheral, uint64_t in_usec, uint8_t reason) {
        uint64_t at_usec = peripheral->air->now_usec + in_usec;

        if (!peripheral->link.up || peripheral->link.close_usec <= at_usec)
                return;
        peripheral->link.close_usec = at_usec;
        peripheral->link.close_reason = reason;
}

void air_link_down(struct peripheral *peripheral) {
        struct air *air = peripheral->air;

        if (!peripheral->link.up)
                return;
        peripheral->link.up = false;
        air_advert_begin(peripheral);
        air_forget_later(air, peripheral);
        tell(peripheral, false);
}

/* Events about the link go after its Connection Complete, even when it ends at once. */
static void send_event(struct peripheral *peripheral, struct packet *event) {
        air_event_end(event);
        air_send_later(peripheral->air, 0, NULL, event);
}

void air_link_read_features(struct peripheral *peripheral) {
        peripheral->link.features_usec = peripheral->air->now_usec + air_link_interval_usec(peripheral);
}

static void send_features(struct peripheral *peripheral, uint8_t status) {
        struct packet event;

        peripheral->link.features_usec = 0;
        air_event_begin(&event, HCI_EV_LE_META);
        packet_u8(&event, HCI_LE_REMOTE_FEATURES_COMPLETE);
        packet_u8(&event, status);
        packet_u16(&event, peripheral->link.handle);
        packet_add(&event, (uint8_t[8]){ 0 }, 8);
        send_event(peripheral, &event);
}

static void end(struct peripheral *peripheral) {
        struct air_link *link = &peripheral->link;
        struct packet event;

        /* Real controllers first fail pending requests. */
        if (link->features_usec > 0)
                send_features(peripheral, link->close_reason);
        air_link_down(peripheral);
        air_event_begin(&event, HCI_EV_DISCONNECTION_COMPLETE);
        packet_u8(&event, HCI_SUCCESS);
        packet_u16(&event, link->handle);
        packet_u8(&event, link->close_reason);
        send_event(peripheral, &event);
}

uint64_t air_link_next(const struct peripheral *peripheral) {
        const struct air_link *link = &peripheral->link;

        if (!link->up)
                return USEC_INFINITY;
        if (link->features_usec > 0 && link->hearing != AIR_HEARS_NOTHING && !peripheral->faults.away)
                return MIN(link->features_usec, link->close_usec);
        return link->close_usec;
}

void air_link_due(struct peripheral *peripheral) {
        if (air_link_next(peripheral) > peripheral->air->now_usec)
                return;
        if (peripheral->link.close_usec <= peripheral->air->now_usec)
                end(peripheral);
        else
                send_features(peripheral, HCI_SUCCESS);
}

static void acknowledge(struct peripheral *peripheral) {
        struct packet event;

        if (!air_link_reaches(peripheral) || peripheral->link.unacknowledged == 0)
                return;
        air_event_begin(&event, HCI_EV_COMPLETED_PACKETS);
        packet_u8(&event, 1);
        packet_u16(&event, peripheral->link.handle);
        packet_u16(&event, peripheral->link.unacknowledged);
        peripheral->link.unacknowledged = 0;
        air_event_send(peripheral->air, &event);
}

void air_link_range_changed(struct peripheral *peripheral) {
        struct air_link *link = &peripheral->link;

        if (!link->up)
                return;
        if (peripheral->faults.away) {
                air_forget_later(peripheral->air, peripheral);
                air_link_close(peripheral, link->timeout * 10 * USEC_PER_MSEC, HCI_CONNECTION_TIMEOUT);
                return;
        }
        if (link->close_reason == HCI_CONNECTION_TIMEOUT)
                link->close_usec = USEC_INFINITY;
        acknowledge(peripheral);
}

void air_link_send(
        struct peripheral *peripheral, uint64_t in_usec, uint16_t channel, const uint8_t *bytes, size_t n) {
        unsigned boundary = ACL_FIRST_TO_HOST;
        struct packet frame = { 0 };

        if (!air_link_reaches(peripheral))
                return;
        packet_u16(&frame, (unsigned) n);
        packet_u16(&frame, channel);
        packet_add(&frame, bytes, n);

        for (size_t at = 0, size; at < frame.n; at += size) {
                struct packet packet = { 0 };

                size = MIN(frame.n - at, (size_t) AIR_ACL_SIZE);
                packet_u8(&packet, H4_ACL);
                packet_u16(&packet, peripheral->link.handle | boundary << 12);
                packet_u16(&packet, (unsigned) size);
                packet_add(&packet, frame.bytes + at, size);
                air_send_later(peripheral->air, in_usec, peripheral, &packet);
                boundary = ACL_CONTINUING;
        }
}

static void answer_signal(struct peripheral *peripheral, const uint8_t *bytes, size_t n) {
        uint8_t reject[] = { L2CAP_COMMAND_REJECT, 0, 2, 0, L2CAP_NOT_UNDERSTOOD, 0 };

        /* Responses, which have odd codes, to requests that were never sent. */
        if (n < 4 || bytes[0] % 2 != 0)
                return;
        reject[1] = bytes[1]; /* the identifier */
        air_link_send(peripheral, 0, L2CAP_SIGNALLING, reject, sizeof(reject));
}

static void answer_pairing(struct peripheral *peripheral, const uint8_t *bytes, size_t n) {
        const uint8_t failed[] = { SMP_PAIRING_FAILED, SMP_PAIRING_NOT_SUPPORTED };

        if (n > 0 && bytes[0] != SMP_PAIRING_FAILED)
                air_link_send(peripheral, 0, L2CAP_SMP, failed, sizeof(failed));
}

static void receive_frame(struct peripheral *peripheral) {
        static const struct {
                uint16_t channel;
                void (*receive)(struct peripheral *peripheral, const uint8_t *bytes, size_t n);
        } channels[] = {
                { L2CAP_ATT, air_att_receive },
                { L2CAP_SIGNALLING, answer_signal },
                { L2CAP_SMP, answer_pairing },
        };
        const uint8_t *frame = peripheral->link.frame;
        size_t n = get_u16(frame);

        if (n + L2CAP_HEADER > sizeof(peripheral->link.frame))
                return;
        for (size_t i = 0; i < ARRAY_SIZE(channels); i++)
                if (channels[i].channel == get_u16(frame + 2))
                        channels[i].receive(peripheral, frame + L2CAP_HEADER, n);
}

/* Vol 3, Part A, 7.2.1: a frame is complete at the length in its header; anything beyond that is discarded. */
static void reassemble(struct peripheral *peripheral, unsigned boundary, const uint8_t *bytes, size_t n) {
        struct air_link *link = &peripheral->link;
        size_t room, whole;

        if (boundary == ACL_CONTINUING && link->n_frame == 0)
                return;
        if (boundary != ACL_CONTINUING)
                link->n_frame = 0;
        room = sizeof(link->frame) - MIN(link->n_frame, sizeof(link->frame));
        if (n > 0 && room > 0)
                memcpy(link->frame + link->n_frame, bytes, MIN(n, room));
        link->n_frame += n;
        if (link->n_frame < L2CAP_HEADER)
                return;

        whole = (size_t) get_u16(link->frame) + L2CAP_HEADER;
        if (link->n_frame < whole)
                return;
        if (link->n_frame == whole)
                receive_frame(peripheral);
        link->n_frame = 0;
}

void air_link_receive(struct air *air, const uint8_t *bytes, size_t n) {
        struct peripheral *peripheral;
        uint16_t head;

        if (n < 4 || get_u16(bytes + 2) != n - 4)
                return;
        head = get_u16(bytes);
        peripheral = air_link_find(air, ACL_HANDLE(head));
        if (!peripheral)
                return;
        peripheral->link.unacknowledged++;
        acknowledge(peripheral);
        reassemble(peripheral, ACL_BOUNDARY(head), bytes + 4, n - 4);
}
