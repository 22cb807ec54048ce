/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Shared by the files of the ATT server. Others use sim/radio/att-server.h. */

#include "sim/radio/att-server.h"

/* Reads an attribute. Returns its size or -(ATT error code). */
ssize_t att_server_value(
        struct att_server *server, const struct gatt_attribute *attribute, uint8_t value[ATT_VALUE_MAX]);

/* Requests: compose the answer, or return an ATT error code. n is at least the minimum in the table of requests. */
uint8_t att_find_information(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer);
uint8_t att_find_by_type_value(
        struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer);
uint8_t att_read_by_type(struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer);
uint8_t att_read_by_group_type(
        struct att_server *server, const uint8_t *pdu, size_t n, struct packet *answer);
