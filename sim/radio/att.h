/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Constants of the Attribute Protocol: Bluetooth Core Specification, Vol 3, Part F, 3.4, and of GATT, Part G. */

#define ATT_MTU_DEFAULT 23
#define ATT_MTU_MAX 517 /* a value of 512 bytes plus the longest header */
#define ATT_VALUE_MAX 512

#define ATT_ERROR_RESPONSE 0x01
#define ATT_EXCHANGE_MTU 0x02
#define ATT_EXCHANGE_MTU_RESPONSE 0x03
#define ATT_FIND_INFORMATION 0x04
#define ATT_FIND_INFORMATION_RESPONSE 0x05
#define ATT_FIND_BY_TYPE_VALUE 0x06
#define ATT_FIND_BY_TYPE_VALUE_RESPONSE 0x07
#define ATT_READ_BY_TYPE 0x08
#define ATT_READ_BY_TYPE_RESPONSE 0x09
#define ATT_READ 0x0a
#define ATT_READ_RESPONSE 0x0b
#define ATT_READ_BLOB 0x0c
#define ATT_READ_BLOB_RESPONSE 0x0d
#define ATT_READ_MULTIPLE 0x0e
#define ATT_READ_BY_GROUP_TYPE 0x10
#define ATT_READ_BY_GROUP_TYPE_RESPONSE 0x11
#define ATT_WRITE 0x12
#define ATT_WRITE_RESPONSE 0x13
#define ATT_PREPARE_WRITE 0x16
#define ATT_EXECUTE_WRITE 0x18
#define ATT_NOTIFICATION 0x1b
#define ATT_INDICATION 0x1d
#define ATT_CONFIRMATION 0x1e
#define ATT_COMMAND_FLAG 0x40
#define ATT_WRITE_COMMAND 0x52

#define ATT_INVALID_HANDLE 0x01
#define ATT_READ_NOT_PERMITTED 0x02
#define ATT_WRITE_NOT_PERMITTED 0x03
#define ATT_INVALID_PDU 0x04
#define ATT_REQUEST_NOT_SUPPORTED 0x06
#define ATT_INVALID_OFFSET 0x07
#define ATT_NOT_FOUND 0x0a
#define ATT_INVALID_LENGTH 0x0d
#define ATT_UNSUPPORTED_GROUP_TYPE 0x10
/* The first of the application-defined errors. */
#define ATT_APPLICATION_ERROR 0x80
/* Core Specification Supplement, Part B, 1.2. */
#define ATT_CCC_IMPROPER 0xfd

/* Attribute types: Part G, 3.4, and Assigned Numbers. */
#define GATT_PRIMARY_SERVICE 0x2800
#define GATT_CHARACTERISTIC 0x2803
#define GATT_CCC 0x2902
#define GATT_GAP_SERVICE 0x1800
#define GATT_GATT_SERVICE 0x1801
#define GATT_DEVICE_NAME 0x2a00
#define GATT_APPEARANCE 0x2a01
#define GATT_SERVICE_CHANGED 0x2a05

/* Characteristic properties: Part G, 3.3.1.1. */
#define GATT_READ 0x02
#define GATT_WRITE_WITHOUT_RESPONSE 0x04
#define GATT_WRITE 0x08
#define GATT_NOTIFY 0x10
#define GATT_INDICATE 0x20

/* Client Characteristic Configuration: Part G, 3.3.3.3. */
#define GATT_CCC_NOTIFY 0x0001
#define GATT_CCC_INDICATE 0x0002
