/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The virtual radio: ATT requests to a server alone, and packets, hands and time to the whole of it (H4, HCI, L2CAP, ATT). What
 * comes back is a packet of the length that it says, within what the link carries, and an answer only where one is due. */

#include "lib/clock.h"
#include "sim/radio/air.h"
#include "sim/radio/att-server.h"
#include "sim/radio/bytes.h"
#include "sim/radio/hci.h"
#include "tests/fuzz/fuzz.h"

#define STEPS_MAX 200u
#define CONNECTION_COMPLETE_SIZE 22u

static const char *const kinds[] = { "theragun-pro", "coyote3" };
static const char *const addresses[] = { "C0:FF:EE:00:00:01", "00:11:22:33:44:55" };

/* --- a server alone --- */

static int on_write(void *userdata, unsigned characteristic, enum product_write_type type,
        const uint8_t *bytes, size_t n) {
        return product_write(userdata, USEC_PER_SEC, characteristic, type, bytes, n);
}

static ssize_t on_read(void *userdata, unsigned characteristic, uint8_t *buffer, size_t size) {
        return product_read(userdata, USEC_PER_SEC, characteristic, buffer, size);
}

static void ask(struct att_server *server, struct fuzz_input *input) {
        size_t n = fuzz_u8(input);
        const uint8_t *bytes = fuzz_bytes(input, n, &n);
        _cleanup_free_ uint8_t *pdu = malloc(n > 0 ? n : 1);
        struct packet answer;
        bool command, answerable;

        fuzz_check(pdu);
        if (n > 0)
                memcpy(pdu, bytes, n);
        att_server_receive(server, pdu, n, &answer);
        command = n > 0 && (pdu[0] & ATT_COMMAND_FLAG);
        answerable = n > 0 && !command && pdu[0] % 2 == 0;
        fuzz_check(answer.n <= server->mtu || pdu[0] == ATT_EXCHANGE_MTU);
        fuzz_check(server->mtu >= ATT_MTU_DEFAULT && server->mtu <= server->offered);
        if (!answerable)
                fuzz_check(answer.n == 0);
        else if (pdu[0] != ATT_CONFIRMATION)
                fuzz_check(answer.n > 0 && (answer.bytes[0] == pdu[0] + 1 ||
                                                   (answer.bytes[0] == ATT_ERROR_RESPONSE && answer.n == 5 &&
                                                           answer.bytes[1] == pdu[0])));
}

static void notify(struct att_server *server, struct fuzz_input *input) {
        unsigned characteristic = fuzz_u8(input) % 16;
        size_t n = fuzz_u8(input) * 3u;
        const uint8_t *bytes = fuzz_bytes(input, n, &n);
        struct packet pdu;

        if (att_server_notification(server, characteristic, bytes, n, &pdu))
                fuzz_check(pdu.n >= 3 && pdu.n <= server->mtu && pdu.bytes[0] == ATT_NOTIFICATION);
        else
                fuzz_check(pdu.n == 0);
}

static void run_server(struct fuzz_input *input) {
        static const struct product_host nobody;
        _cleanup_(product_freep) struct product *product = NULL;
        struct gatt_table table;
        struct att_server server = { .table = &table, .host = { .write = on_write, .read = on_read } };
        uint8_t how = fuzz_u8(input);
        struct packet pdu;

        fuzz_check(product_new(kinds[how & 1], addresses[how & 1], &nobody, &product) == 0);
        fuzz_check(gatt_table_build(&table, product, GATT_FIRST_HANDLE, how & 2) == 0);
        server.host.userdata = product;
        server.offered = how & 4 ? 247 : how & 8 ? ATT_MTU_MAX : ATT_MTU_DEFAULT;
        att_server_reset(&server);
        product_linked(product, USEC_PER_SEC, true);
        for (unsigned i = 0; i < STEPS_MAX && input->n > 0; i++)
                switch (fuzz_u8(input) % 8) {
                case 0:
                        notify(&server, input);
                        break;
                case 1:
                        if (att_server_moved(&server, &pdu))
                                fuzz_check(pdu.n > 0 && pdu.bytes[0] == ATT_INDICATION);
                        break;
                default:
                        ask(&server, input);
                        break;
                }
}

/* --- the whole radio --- */

struct host {
        struct air *air;
        uint16_t handle; /* of the link that came up last */
};

static void on_send(void *userdata, const uint8_t *packet, size_t n) {
        struct host *host = userdata;

        fuzz_check(n >= 3 && n <= PACKET_MAX);
        fuzz_check(packet[0] == H4_EVENT || packet[0] == H4_ACL || packet[0] == H4_VENDOR);
        if (packet[0] == H4_EVENT)
                fuzz_check((size_t) packet[2] + 3 == n);
        if (packet[0] == H4_ACL)
                fuzz_check(n >= 5 && (size_t) get_u16(packet + 3) + 5 == n);
        if (packet[0] == H4_EVENT && packet[1] == HCI_EV_LE_META &&
                packet[3] == HCI_LE_CONNECTION_COMPLETE) {
                fuzz_check(n == CONNECTION_COMPLETE_SIZE);
                if (packet[4] == HCI_SUCCESS)
                        host->handle = get_u16(packet + 5);
        }
}

/* LE Create Connection to one of the products. */
static void connect_to(struct host *host, uint64_t t_usec, unsigned which) {
        static const uint8_t peers[][7] = { { 1, 0x01, 0x00, 0x00, 0xee, 0xff, 0xc0 },
                { 0, 0x55, 0x44, 0x33, 0x22, 0x11, 0x00 } };
        uint8_t packet[] = { H4_COMMAND, 0x0d, 0x20, 25, 0x60, 0x00, 0x60, 0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                0x28, 0x00, 0x28, 0x00, 0x00, 0x00, 0x2a, 0x00, 0, 0, 0, 0 };

        memcpy(packet + 9, peers[which % ARRAY_SIZE(peers)], sizeof(peers[0]));
        air_receive(host->air, t_usec, packet, sizeof(packet));
}

/* In one piece, as an ATT PDU of the link that is there. */
static void send_att(struct host *host, uint64_t t_usec, struct fuzz_input *input) {
        size_t n = fuzz_u8(input);
        const uint8_t *bytes = fuzz_bytes(input, n, &n);
        uint8_t packet[9 + UINT8_MAX] = { H4_ACL, (uint8_t) host->handle,
                (uint8_t) (host->handle >> 8 & 0xf) };

        packet[3] = (uint8_t) (n + 4);
        packet[4] = (uint8_t) ((n + 4) >> 8);
        packet[5] = (uint8_t) n;
        packet[7] = 4; /* the channel of ATT */
        if (n > 0)
                memcpy(packet + 9, bytes, n);
        air_receive(host->air, t_usec, packet, 9 + n);
}

static void send_any(struct host *host, uint64_t t_usec, struct fuzz_input *input) {
        size_t n = fuzz_u8(input);
        const uint8_t *bytes = fuzz_bytes(input, n, &n);
        _cleanup_free_ uint8_t *packet = malloc(n > 0 ? n : 1);

        fuzz_check(packet);
        if (n > 0)
                memcpy(packet, bytes, n);
        air_receive(host->air, t_usec, packet, n);
}

static void control(struct host *host, uint64_t t_usec, struct fuzz_input *input) {
        _cleanup_free_ char *line = fuzz_string(input), *answer = NULL;

        line[strcspn(line, "\n")] = '\0';
        answer = air_control(host->air, t_usec, line);
        fuzz_check(answer && answer[0] == '{' && !strchr(answer, '\n'));
}

/* Time runs as an event loop would have it. */
static void wait_for(struct host *host, uint64_t *t_usec, uint64_t usec) {
        uint64_t end = *t_usec + usec;

        for (unsigned i = 0; i < 1000 && air_next(host->air) <= end; i++) {
                *t_usec = MAX(*t_usec, air_next(host->air));
                air_advance(host->air, *t_usec);
        }
        *t_usec = end;
        air_advance(host->air, end);
}

static void run_radio(struct fuzz_input *input) {
        struct host host = {};
        struct recorder *recorder;
        uint64_t t_usec = 5 * USEC_PER_SEC;
        char *summary;

        fuzz_check(recorder_new(NULL, &recorder) == 0);
        fuzz_check(air_new(&(struct air_host){ on_send, &host }, recorder, &host.air) == 0);
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                fuzz_check(air_add_product(host.air, t_usec, kinds[i], addresses[i]) == 0);
        connect_to(&host, t_usec, fuzz_u8(input));
        wait_for(&host, &t_usec, 200 * USEC_PER_MSEC);
        for (unsigned i = 0; i < STEPS_MAX && input->n > 0; i++)
                switch (fuzz_u8(input) % 8) {
                case 0:
                        connect_to(&host, t_usec, fuzz_u8(input));
                        break;
                case 1:
                        wait_for(&host, &t_usec, fuzz_u8(input) * 5 * USEC_PER_MSEC);
                        break;
                case 2:
                        control(&host, t_usec, input);
                        break;
                case 3:
                case 4:
                        send_any(&host, t_usec, input);
                        break;
                default:
                        send_att(&host, t_usec, input);
                        break;
                }
        summary = air_summary(host.air, t_usec);
        fuzz_check(summary);
        free(summary);
        air_free(host.air);
        recorder_free(recorder);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        struct fuzz_input input = { bytes, n };

        if (fuzz_u8(&input) & 1)
                run_radio(&input);
        else
                run_server(&input);
        return 0;
}
