/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <strings.h>

#include "sim/radio/air-impl.h"

/* The queue is bounded: a host that sends requests faster than they are answered loses answers. */
#define LATER_MAX 512

uint8_t air_random(struct air *air) {
        /* xorshift32 (Marsaglia, 2003) */
        air->random ^= air->random << 13;
        air->random ^= air->random >> 17;
        air->random ^= air->random << 5;
        return (uint8_t) (air->random >> 11);
}

void air_send(struct air *air, const struct packet *packet) {
        air->host.send(air->host.userdata, packet->bytes, packet->n);
}

void air_send_later(
        struct air *air, uint64_t in_usec, const struct peripheral *link, const struct packet *packet) {
        struct air_later *later, **at = &air->later;

        if (air->n_later == LATER_MAX)
                return;
        later = malloc(sizeof(*later));
        if (!later)
                return;
        later->at_usec = air->now_usec + in_usec;
        later->link = link;
        later->packet = *packet;
        while (*at && (*at)->at_usec <= later->at_usec)
                at = &(*at)->next;
        later->next = *at;
        *at = later;
        air->n_later++;
}

static void unlink_later(struct air *air, struct air_later **at) {
        struct air_later *later = *at;

        *at = later->next;
        air->n_later--;
        free(later);
}

void air_forget_later(struct air *air, const struct peripheral *link) {
        struct air_later **at = &air->later;

        while (*at)
                if ((*at)->link == link)
                        unlink_later(air, at);
                else
                        at = &(*at)->next;
}

void air_event_begin(struct packet *packet, unsigned code) {
        *packet = (struct packet){ 0 };
        packet_u8(packet, H4_EVENT);
        packet_u8(packet, code);
        packet_u8(packet, 0);
}

void air_event_end(struct packet *packet) {
        packet->bytes[2] = (uint8_t) (packet->n - 3);
}

void air_event_send(struct air *air, struct packet *packet) {
        air_event_end(packet);
        air_send(air, packet);
}

struct peripheral *air_find(struct air *air, const char *address) {
        for (size_t i = 0; i < air->n_peripherals; i++)
                if (strcasecmp(product_address(air->peripherals[i]->product), address) == 0)
                        return air->peripherals[i];
        return NULL;
}

static void on_notify(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n) {
        air_att_notify(userdata, characteristic, bytes, n);
}

static void on_observed(void *userdata, uint64_t t_usec, const char *what, const char *json) {
        struct peripheral *peripheral = userdata;

        recorder_observed(peripheral->air->recorder, t_usec, peripheral->product, what, json);
}

static struct peripheral *peripheral_free(struct peripheral *peripheral) {
        if (!peripheral)
                return NULL;
        product_free(peripheral->product);
        free(peripheral);
        return NULL;
}
DEFINE_CLEANUP(struct peripheral *, peripheral_free);

/* "AA:BB:CC:DD:EE:FF": as text in capitals, and in wire order, the last byte first. */
static int parse_address(const char *text, char ret_text[18], struct peer_address *ret) {
        struct peer_address address = { 0 };
        unsigned value;

        if (strlen(text) != 17)
                return -EINVAL;
        for (unsigned i = 0; i < ADDRESS_SIZE; i++) {
                const char *at = text + 3 * (size_t) i;

                if (!isxdigit((unsigned char) at[0]) || !isxdigit((unsigned char) at[1]) ||
                        at[2] != (i + 1 < ADDRESS_SIZE ? ':' : '\0'))
                        return -EINVAL;
                if (sscanf(at, "%2x", &value) != 1)
                        return -EINVAL;
                address.bytes[ADDRESS_SIZE - 1 - i] = (uint8_t) value;
                snprintf(ret_text + 3 * (size_t) i, 4, "%02X%s", value & 0xff,
                        i + 1 < ADDRESS_SIZE ? ":" : "");
        }
        /* The two highest bits set mark a static random address: Vol 6, Part B, 1.3.2.1. */
        if (address.bytes[ADDRESS_SIZE - 1] >> 6 == 3)
                address.type = ADDRESS_RANDOM;
        *ret = address;
        return 0;
}

static int peripheral_new(struct air *air, const char *kind, const char *text,
        const struct peer_address *address, struct peripheral **ret) {
        _cleanup_(peripheral_freep) struct peripheral *peripheral = NULL;
        int r;

        peripheral = calloc(1, sizeof(*peripheral));
        if (!peripheral)
                return -ENOMEM;
        peripheral->air = air;
        peripheral->address = *address;
        peripheral->advert_usec = peripheral->flood_usec = USEC_INFINITY;
        r = product_new(kind, text,
                &(struct product_host){
                        .notify = on_notify, .observed = on_observed, .userdata = peripheral },
                &peripheral->product);
        if (r < 0)
                return r;
        product_advance(peripheral->product, air->now_usec);
        r = air_att_init(peripheral);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(peripheral);
        return 0;
}

int air_add_product(struct air *air, uint64_t t_usec, const char *kind, const char *address) {
        struct peripheral **peripherals;
        struct peer_address parsed;
        char text[18];
        int r;

        air->now_usec = MAX(air->now_usec, t_usec);
        r = parse_address(address, text, &parsed);
        if (r < 0)
                return r;
        if (air_find(air, text))
                return -EEXIST;
        peripherals = reallocarray(air->peripherals, air->n_peripherals + 1, sizeof(struct peripheral *));
        if (!peripherals)
                return -ENOMEM;
        air->peripherals = peripherals;
        r = peripheral_new(air, kind, text, &parsed, peripherals + air->n_peripherals);
        if (r < 0)
                return r;
        /* Devices do not advertise in step with each other. */
        peripherals[air->n_peripherals]->phase_usec = air->n_peripherals * 37 * USEC_PER_MSEC;
        air->n_peripherals++;
        return 0;
}

int air_new(const struct air_host *host, struct recorder *recorder, struct air **ret) {
        struct air *air;

        air = calloc(1, sizeof(*air));
        if (!air)
                return -ENOMEM;
        air->host = *host;
        air->recorder = recorder;
        air->random = 0x4c494d42; /* any but 0 */
        *ret = air;
        return 0;
}

struct air *air_free(struct air *air) {
        if (!air)
                return NULL;
        while (air->later)
                unlink_later(air, &air->later);
        for (size_t i = 0; i < air->n_peripherals; i++)
                peripheral_free(air->peripherals[i]);
        free(air->peripherals);
        free(air);
        return NULL;
}

void air_receive(struct air *air, uint64_t t_usec, const uint8_t *packet, size_t n) {
        air_advance(air, t_usec);
        if (n == 0)
                return;
        if (packet[0] == H4_COMMAND)
                controller_command(air, packet + 1, n - 1);
        else if (packet[0] == H4_ACL)
                air_link_receive(air, packet + 1, n - 1);
        /* The consequences of a command come after its answer. */
        air_advance(air, t_usec);
}

static void send_due(struct air *air) {
        while (air->later && air->later->at_usec <= air->now_usec) {
                air_send(air, &air->later->packet);
                unlink_later(air, &air->later);
        }
}

void air_advance(struct air *air, uint64_t t_usec) {
        air->now_usec = MAX(air->now_usec, t_usec);
        send_due(air);
        for (size_t i = 0; i < air->n_peripherals; i++) {
                struct peripheral *peripheral = air->peripherals[i];

                if (product_next(peripheral->product) <= air->now_usec)
                        product_advance(peripheral->product, air->now_usec);
                air_link_due(peripheral);
                air_att_flood_due(peripheral);
                air_advert_due(peripheral);
        }
        send_due(air);
}

uint64_t air_next(const struct air *air) {
        uint64_t next = air->later ? air->later->at_usec : USEC_INFINITY;

        for (size_t i = 0; i < air->n_peripherals; i++) {
                const struct peripheral *peripheral = air->peripherals[i];

                next = MIN(next, product_next(peripheral->product));
                next = MIN(next, peripheral->flood_usec);
                next = MIN(next, air_advert_next(peripheral));
                next = MIN(next, air_link_next(peripheral));
        }
        return next;
}

char *air_summary(struct air *air, uint64_t t_usec) {
        _cleanup_free_ char *all = NULL;
        size_t size;
        FILE *f;

        air_advance(air, t_usec);
        f = open_memstream(&all, &size);
        if (!f)
                return NULL;
        for (size_t i = 0; i < air->n_peripherals; i++) {
                _cleanup_free_ char *line = NULL;

                product_advance(air->peripherals[i]->product, air->now_usec);
                line = product_summary(air->peripherals[i]->product);
                fprintf(f, "%s\n", strnull(line));
        }
        return fclose(f) == 0 ? TAKE_PTR(all) : NULL;
}
