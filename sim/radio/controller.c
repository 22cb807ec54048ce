/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The host's commands. Every one is answered, unknown ones with an error: Linux waits two seconds for each. Section numbers
 * are of the Bluetooth Core Specification, Vol 4, Part E. */

#include "sim/radio/air-impl.h"

/* The controller's description of itself. LE only: LMP feature bytes, Vol 2, Part C, 3.3. */
#define FEATURES_LE_ONLY 0x60 /* byte 4: BR/EDR not supported, LE supported */
#define VERSION_4_2 0x08      /* Assigned Numbers, 2.1: the last without extended advertising */
#define MANUFACTURER 0xffff   /* Assigned Numbers, 7.1: none, for tests */
#define LMP_FEATURES_SIZE 8
#define LOCAL_COMMANDS_SIZE 64
#define EVERY_STATE "\xff\xff\xff\xff\xff\x03\x00\x00" /* 7.8.27: all states of legacy advertising */
#define NO_TX_POWER 0

/* A locally administered address that spells LIMBR, in wire order. */
#define OWN_ADDRESS "\x52\x42\x4d\x49\x4c\x02"

/* Procedures that take a fixed number of connection events: Vol 6, Part B, 5.1.1. */
#define UPDATE_EVENTS 6

struct command {
        uint16_t opcode;
        uint8_t least;  /* minimum number of parameter bytes */
        bool by_status; /* answered by Command Status, with the result in a later event of its own */
        int bit;        /* in Read Local Supported Commands, 6.27; -1: none, or not required */
        /* Returns the status, and appends the return parameters. NULL: nothing to do. */
        uint8_t (*run)(struct air *air, const uint8_t *p, struct packet *ret);
};

#define BIT(octet, bit) ((octet) *8 + (bit))

static uint8_t run_reset(struct air *air, const uint8_t *p, struct packet *ret) {
        controller_reset(air);
        return HCI_SUCCESS;
}

static uint8_t run_read_version(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_u8(ret, VERSION_4_2);
        packet_u16(ret, 0);
        packet_u8(ret, VERSION_4_2);
        packet_u16(ret, MANUFACTURER);
        packet_u16(ret, 0);
        return HCI_SUCCESS;
}

static uint8_t run_read_commands(struct air *air, const uint8_t *p, struct packet *ret);

static void add_features(struct packet *ret) {
        static const uint8_t features[LMP_FEATURES_SIZE] = { [4] = FEATURES_LE_ONLY };

        packet_add(ret, features, sizeof(features));
}

static uint8_t run_read_features(struct air *air, const uint8_t *p, struct packet *ret) {
        add_features(ret);
        return HCI_SUCCESS;
}

static uint8_t run_read_extended_features(struct air *air, const uint8_t *p, struct packet *ret) {
        if (p[0] != 0)
                return HCI_INVALID_PARAMETERS;
        packet_u16(ret, 0); /* page 0 of 0 */
        add_features(ret);
        return HCI_SUCCESS;
}

static uint8_t run_read_buffer_size(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_u16(ret, AIR_ACL_SIZE);
        packet_u8(ret, 0); /* no SCO */
        packet_u16(ret, AIR_ACL_PACKETS);
        packet_u16(ret, 0);
        return HCI_SUCCESS;
}

static uint8_t run_read_address(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_add(ret, OWN_ADDRESS, ADDRESS_SIZE);
        return HCI_SUCCESS;
}

static uint8_t run_read_name(struct air *air, const uint8_t *p, struct packet *ret) {
        static const char name[248] = "limber-sim"; /* 7.3.12: fixed size */

        packet_add(ret, name, sizeof(name));
        return HCI_SUCCESS;
}

static uint8_t run_le_read_buffer_size(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_u16(ret, AIR_ACL_SIZE);
        packet_u8(ret, AIR_ACL_PACKETS);
        return HCI_SUCCESS;
}

static uint8_t run_le_read_features(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_add(ret, (uint8_t[8]){ 0 }, 8);
        return HCI_SUCCESS;
}

static uint8_t run_le_read_states(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_add(ret, EVERY_STATE, 8);
        return HCI_SUCCESS;
}

static uint8_t run_le_read_adv_tx_power(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_u8(ret, NO_TX_POWER);
        return HCI_SUCCESS;
}

static uint8_t run_le_rand(struct air *air, const uint8_t *p, struct packet *ret) {
        for (unsigned i = 0; i < 8; i++)
                packet_u8(ret, air_random(air));
        return HCI_SUCCESS;
}

/* For a link: the handle, and one of its values. */
static uint8_t add_of_link(struct air *air, const uint8_t *p, struct packet *ret, int value) {
        packet_add(ret, p, 2);
        packet_u8(ret, (uint8_t) value);
        return air_link_find(air, get_u16(p)) ? HCI_SUCCESS : HCI_UNKNOWN_CONNECTION;
}

static uint8_t run_read_rssi(struct air *air, const uint8_t *p, struct packet *ret) {
        return add_of_link(air, p, ret, AIR_RSSI);
}

static uint8_t run_read_tx_power(struct air *air, const uint8_t *p, struct packet *ret) {
        return add_of_link(air, p, ret, NO_TX_POWER);
}

static void listen_anew(struct air *air) {
        for (size_t i = 0; i < air->n_peripherals; i++)
                air_advert_begin(air->peripherals[i]);
}

static uint8_t run_scan_parameters(struct air *air, const uint8_t *p, struct packet *ret) {
        struct controller *controller = &air->controller;

        if (controller->scanning)
                return HCI_COMMAND_DISALLOWED;
        controller->scan_active = p[0] == 1;
        controller->scan_listed = p[6] & 1;
        return HCI_SUCCESS;
}

static uint8_t run_scan_enable(struct air *air, const uint8_t *p, struct packet *ret) {
        air->controller.scanning = p[0] != 0;
        air->controller.scan_distinct = p[1] != 0;
        for (size_t i = 0; i < air->n_peripherals; i++)
                air->peripherals[i]->reported_usec = 0;
        listen_anew(air);
        return HCI_SUCCESS;
}

static struct peer_address get_peer(const uint8_t *p) {
        struct peer_address peer = { .type = p[0] };

        memcpy(peer.bytes, p + 1, ADDRESS_SIZE);
        return peer;
}

static bool linked_to(const struct air *air, const struct peer_address *peer) {
        for (size_t i = 0; i < air->n_peripherals; i++)
                if (air->peripherals[i]->link.up && address_equal(&air->peripherals[i]->address, peer))
                        return true;
        return false;
}

/* 7.8.18 */
static bool parameters_valid(unsigned interval, unsigned latency, unsigned timeout) {
        return interval >= 0x0006 && interval <= 0x0c80 && latency <= 0x01f3 && timeout >= 0x000a &&
               timeout <= 0x0c80 && timeout * 4 > (latency + 1) * interval;
}

/* 7.8.12 */
static uint8_t run_create_connection(struct air *air, const uint8_t *p, struct packet *ret) {
        struct controller *controller = &air->controller;
        struct peer_address peer = get_peer(p + 5);

        if (controller->initiating)
                return HCI_COMMAND_DISALLOWED;
        if (p[4] > 1 || !parameters_valid(get_u16(p + 15), get_u16(p + 17), get_u16(p + 19)))
                return HCI_INVALID_PARAMETERS;
        if (air_links(air) >= AIR_LINKS_MAX)
                return HCI_CONNECTION_LIMIT;
        if (p[4] == 0 && linked_to(air, &peer))
                return HCI_CONNECTION_EXISTS;
        controller->initiating = true;
        controller->initiate_listed = p[4] == 1;
        controller->initiate = peer;
        controller->interval = get_u16(p + 15);
        controller->latency = get_u16(p + 17);
        controller->timeout = get_u16(p + 19);
        listen_anew(air);
        return HCI_SUCCESS;
}

static uint8_t run_create_connection_cancel(struct air *air, const uint8_t *p, struct packet *ret) {
        if (!air->controller.initiating)
                return HCI_COMMAND_DISALLOWED;
        air->controller.initiating = false;
        air_connection_complete(
                air, HCI_UNKNOWN_CONNECTION, &air->controller.initiate, &(struct air_link){ 0 });
        return HCI_SUCCESS;
}

bool controller_accepts(const struct controller *controller, const struct peer_address *address) {
        for (size_t i = 0; i < controller->n_accept; i++)
                if (address_equal(controller->accept + i, address))
                        return true;
        return false;
}

/* 7.8.15: not while it is in use. */
static bool accept_list_busy(const struct controller *controller) {
        return (controller->scanning && controller->scan_listed) ||
               (controller->initiating && controller->initiate_listed);
}

static uint8_t run_read_accept_list_size(struct air *air, const uint8_t *p, struct packet *ret) {
        packet_u8(ret, AIR_ACCEPT_MAX);
        return HCI_SUCCESS;
}

static uint8_t run_clear_accept_list(struct air *air, const uint8_t *p, struct packet *ret) {
        if (accept_list_busy(&air->controller))
                return HCI_COMMAND_DISALLOWED;
        air->controller.n_accept = 0;
        return HCI_SUCCESS;
}

static uint8_t run_add_to_accept_list(struct air *air, const uint8_t *p, struct packet *ret) {
        struct controller *controller = &air->controller;
        struct peer_address peer = get_peer(p);

        if (accept_list_busy(controller))
                return HCI_COMMAND_DISALLOWED;
        if (controller_accepts(controller, &peer))
                return HCI_SUCCESS;
        if (controller->n_accept == ARRAY_SIZE(controller->accept))
                return HCI_MEMORY_FULL;
        controller->accept[controller->n_accept++] = peer;
        return HCI_SUCCESS;
}

static uint8_t run_remove_from_accept_list(struct air *air, const uint8_t *p, struct packet *ret) {
        struct controller *controller = &air->controller;
        struct peer_address peer = get_peer(p);

        if (accept_list_busy(controller))
                return HCI_COMMAND_DISALLOWED;
        for (size_t i = 0; i < controller->n_accept; i++)
                if (address_equal(controller->accept + i, &peer))
                        controller->accept[i--] = controller->accept[--controller->n_accept];
        return HCI_SUCCESS;
}

static uint8_t run_disconnect(struct air *air, const uint8_t *p, struct packet *ret) {
        struct peripheral *peripheral = air_link_find(air, get_u16(p));

        if (!peripheral)
                return HCI_UNKNOWN_CONNECTION;
        /* The peripheral is told in the next connection event. */
        air_link_close(peripheral, air_link_interval_usec(peripheral), HCI_LOCAL_HOST);
        return HCI_SUCCESS;
}

/* For procedures that involve the peripheral; if it is unreachable, the next event is the end of the link. */
static void send_after(struct peripheral *peripheral, unsigned events, struct packet *event) {
        if (!air_link_reaches(peripheral))
                return;
        air_event_end(event);
        air_send_later(peripheral->air, events * air_link_interval_usec(peripheral), peripheral, event);
}

static uint8_t run_connection_update(struct air *air, const uint8_t *p, struct packet *ret) {
        struct peripheral *peripheral = air_link_find(air, get_u16(p));
        struct packet event;

        if (!peripheral)
                return HCI_UNKNOWN_CONNECTION;
        if (!parameters_valid(get_u16(p + 4), get_u16(p + 6), get_u16(p + 8)))
                return HCI_INVALID_PARAMETERS;
        air_event_begin(&event, HCI_EV_LE_META);
        packet_u8(&event, HCI_LE_CONNECTION_UPDATE_COMPLETE);
        packet_u8(&event, HCI_SUCCESS);
        packet_u16(&event, peripheral->link.handle);
        packet_add(&event, p + 4, 6);
        send_after(peripheral, UPDATE_EVENTS, &event);
        peripheral->link.interval = get_u16(p + 4);
        peripheral->link.latency = get_u16(p + 6);
        peripheral->link.timeout = get_u16(p + 8);
        return HCI_SUCCESS;
}

static uint8_t run_read_remote_features(struct air *air, const uint8_t *p, struct packet *ret) {
        struct peripheral *peripheral = air_link_find(air, get_u16(p));

        if (!peripheral)
                return HCI_UNKNOWN_CONNECTION;
        air_link_read_features(peripheral);
        return HCI_SUCCESS;
}

static uint8_t run_read_remote_version(struct air *air, const uint8_t *p, struct packet *ret) {
        struct peripheral *peripheral = air_link_find(air, get_u16(p));
        struct packet event;

        if (!peripheral)
                return HCI_UNKNOWN_CONNECTION;
        air_event_begin(&event, HCI_EV_REMOTE_VERSION);
        packet_u8(&event, HCI_SUCCESS);
        packet_u16(&event, peripheral->link.handle);
        packet_u8(&event, VERSION_4_2);
        packet_u16(&event, MANUFACTURER);
        packet_u16(&event, 0);
        send_after(peripheral, 1, &event);
        return HCI_SUCCESS;
}

static uint8_t run_start_encryption(struct air *air, const uint8_t *p, struct packet *ret) {
        return air_link_find(air, get_u16(p)) ? HCI_UNSUPPORTED_REMOTE_FEATURE : HCI_UNKNOWN_CONNECTION;
}

static const struct command commands[] = {
        { HCI_DISCONNECT, 3, true, BIT(0, 5), run_disconnect },
        { HCI_READ_REMOTE_VERSION, 2, true, BIT(2, 7), run_read_remote_version },
        { HCI_SET_EVENT_MASK, 8, false, BIT(5, 6), NULL },
        { HCI_RESET, 0, false, BIT(5, 7), run_reset },
        { HCI_WRITE_LOCAL_NAME, 0, false, -1, NULL },
        { HCI_READ_LOCAL_NAME, 0, false, -1, run_read_name },
        { HCI_WRITE_CLASS, 3, false, -1, NULL },
        { HCI_READ_TX_POWER, 3, false, BIT(10, 2), run_read_tx_power },
        { HCI_SET_FLOW_CONTROL, 1, false, -1, NULL },
        { HCI_HOST_BUFFER_SIZE, 7, false, -1, NULL },
        { HCI_SET_EVENT_MASK_2, 8, false, -1, NULL },
        { HCI_WRITE_LE_HOST, 2, false, -1, NULL },
        { HCI_READ_LOCAL_VERSION, 0, false, BIT(14, 3), run_read_version },
        { HCI_READ_LOCAL_COMMANDS, 0, false, -1, run_read_commands },
        { HCI_READ_LOCAL_FEATURES, 0, false, BIT(14, 5), run_read_features },
        { HCI_READ_EXTENDED_FEATURES, 1, false, BIT(14, 6), run_read_extended_features },
        { HCI_READ_BUFFER_SIZE, 0, false, BIT(14, 7), run_read_buffer_size },
        { HCI_READ_BD_ADDR, 0, false, BIT(15, 1), run_read_address },
        { HCI_READ_RSSI, 2, false, BIT(15, 5), run_read_rssi },
        { HCI_LE_SET_EVENT_MASK, 8, false, BIT(25, 0), NULL },
        { HCI_LE_READ_BUFFER_SIZE, 0, false, BIT(25, 1), run_le_read_buffer_size },
        { HCI_LE_READ_FEATURES, 0, false, BIT(25, 2), run_le_read_features },
        { HCI_LE_SET_RANDOM_ADDRESS, 6, false, BIT(25, 4), NULL },
        { HCI_LE_SET_ADV_PARAMETERS, 15, false, BIT(25, 5), NULL },
        { HCI_LE_READ_ADV_TX_POWER, 0, false, BIT(25, 6), run_le_read_adv_tx_power },
        { HCI_LE_SET_ADV_DATA, 1, false, BIT(25, 7), NULL },
        { HCI_LE_SET_SCAN_RESPONSE, 1, false, BIT(26, 0), NULL },
        { HCI_LE_SET_ADV_ENABLE, 1, false, BIT(26, 1), NULL },
        { HCI_LE_SET_SCAN_PARAMETERS, 7, false, BIT(26, 2), run_scan_parameters },
        { HCI_LE_SET_SCAN_ENABLE, 2, false, BIT(26, 3), run_scan_enable },
        { HCI_LE_CREATE_CONNECTION, 25, true, BIT(26, 4), run_create_connection },
        { HCI_LE_CREATE_CONNECTION_CANCEL, 0, false, BIT(26, 5), run_create_connection_cancel },
        { HCI_LE_READ_ACCEPT_LIST_SIZE, 0, false, BIT(26, 6), run_read_accept_list_size },
        { HCI_LE_CLEAR_ACCEPT_LIST, 0, false, BIT(26, 7), run_clear_accept_list },
        { HCI_LE_ADD_TO_ACCEPT_LIST, 7, false, BIT(27, 0), run_add_to_accept_list },
        { HCI_LE_REMOVE_FROM_ACCEPT_LIST, 7, false, BIT(27, 1), run_remove_from_accept_list },
        { HCI_LE_CONNECTION_UPDATE, 14, true, BIT(27, 2), run_connection_update },
        { HCI_LE_READ_REMOTE_FEATURES, 2, true, BIT(27, 5), run_read_remote_features },
        { HCI_LE_RAND, 0, false, BIT(27, 7), run_le_rand },
        { HCI_LE_START_ENCRYPTION, 28, true, -1, run_start_encryption },
        { HCI_LE_READ_SUPPORTED_STATES, 0, false, BIT(28, 3), run_le_read_states },
};

static uint8_t run_read_commands(struct air *air, const uint8_t *p, struct packet *ret) {
        uint8_t supported[LOCAL_COMMANDS_SIZE] = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (commands[i].bit >= 0)
                        supported[commands[i].bit / 8] |= (uint8_t) (1U << commands[i].bit % 8);
        packet_add(ret, supported, sizeof(supported));
        return HCI_SUCCESS;
}

static const struct command *find_command(uint16_t opcode) {
        for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
                if (commands[i].opcode == opcode)
                        return commands + i;
        return NULL;
}

/* 7.7.14 and 7.7.15; each allows one more command. */
static void answer(
        struct air *air, uint16_t opcode, bool by_status, uint8_t status, const struct packet *ret) {
        struct packet event;

        air_event_begin(&event, by_status ? HCI_EV_COMMAND_STATUS : HCI_EV_COMMAND_COMPLETE);
        if (by_status)
                packet_u8(&event, status);
        packet_u8(&event, 1);
        packet_u16(&event, opcode);
        if (!by_status) {
                packet_u8(&event, status);
                packet_add(&event, ret->bytes, ret->n);
        }
        air_event_send(air, &event);
}

void controller_command(struct air *air, const uint8_t *bytes, size_t n) {
        const struct command *command;
        struct packet ret = { 0 };
        uint8_t status = HCI_SUCCESS;
        uint16_t opcode;

        if (n < 3 || bytes[2] != n - 3)
                return;
        opcode = get_u16(bytes);
        command = find_command(opcode);
        if (!command)
                status = HCI_UNKNOWN_COMMAND;
        else if (n - 3 < command->least)
                status = HCI_INVALID_PARAMETERS;
        else if (command->run)
                status = command->run(air, bytes + 3, &ret);
        answer(air, opcode, command && command->by_status, status, &ret);
}

void controller_reset(struct air *air) {
        for (size_t i = 0; i < air->n_peripherals; i++)
                air_link_down(air->peripherals[i]);
        air_forget_later(air, NULL);
        air->controller = (struct controller){ 0 };
}
