/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Constants of the Host Controller Interface and of L2CAP, as far as an LE-only controller with legacy advertising needs
 * them. Bluetooth Core Specification 5.4; references after "V4E" are to Vol 4, Part E. */

#include "lib/macros.h"

/* Packet indicators: Vol 4, Part A, 2. */
#define H4_COMMAND 0x01
#define H4_ACL 0x02
#define H4_EVENT 0x04
/* Not in the specification: how Linux creates a controller for /dev/vhci (drivers/bluetooth/hci_vhci.c). */
#define H4_VENDOR 0xff

/* Commands, V4E 7.1 (link control), 7.2 (policy), 7.3 (baseband), 7.4 (information), 7.5 (status), 7.8 (LE). */
#define HCI_DISCONNECT 0x0406
#define HCI_READ_REMOTE_VERSION 0x041d
#define HCI_SET_EVENT_MASK 0x0c01
#define HCI_RESET 0x0c03
#define HCI_WRITE_LOCAL_NAME 0x0c13
#define HCI_READ_LOCAL_NAME 0x0c14
#define HCI_WRITE_CLASS 0x0c24
#define HCI_READ_TX_POWER 0x0c2d
#define HCI_SET_FLOW_CONTROL 0x0c31
#define HCI_HOST_BUFFER_SIZE 0x0c33
#define HCI_SET_EVENT_MASK_2 0x0c63
#define HCI_WRITE_LE_HOST 0x0c6d
#define HCI_READ_LOCAL_VERSION 0x1001
#define HCI_READ_LOCAL_COMMANDS 0x1002
#define HCI_READ_LOCAL_FEATURES 0x1003
#define HCI_READ_EXTENDED_FEATURES 0x1004
#define HCI_READ_BUFFER_SIZE 0x1005
#define HCI_READ_BD_ADDR 0x1009
#define HCI_READ_RSSI 0x1405
#define HCI_LE_SET_EVENT_MASK 0x2001
#define HCI_LE_READ_BUFFER_SIZE 0x2002
#define HCI_LE_READ_FEATURES 0x2003
#define HCI_LE_SET_RANDOM_ADDRESS 0x2005
#define HCI_LE_SET_ADV_PARAMETERS 0x2006
#define HCI_LE_READ_ADV_TX_POWER 0x2007
#define HCI_LE_SET_ADV_DATA 0x2008
#define HCI_LE_SET_SCAN_RESPONSE 0x2009
#define HCI_LE_SET_ADV_ENABLE 0x200a
#define HCI_LE_SET_SCAN_PARAMETERS 0x200b
#define HCI_LE_SET_SCAN_ENABLE 0x200c
#define HCI_LE_CREATE_CONNECTION 0x200d
#define HCI_LE_CREATE_CONNECTION_CANCEL 0x200e
#define HCI_LE_READ_ACCEPT_LIST_SIZE 0x200f
#define HCI_LE_CLEAR_ACCEPT_LIST 0x2010
#define HCI_LE_ADD_TO_ACCEPT_LIST 0x2011
#define HCI_LE_REMOVE_FROM_ACCEPT_LIST 0x2012
#define HCI_LE_CONNECTION_UPDATE 0x2013
#define HCI_LE_READ_REMOTE_FEATURES 0x2016
#define HCI_LE_RAND 0x2018
#define HCI_LE_START_ENCRYPTION 0x2019
#define HCI_LE_READ_SUPPORTED_STATES 0x201c

/* Events: V4E 7.7. */
#define HCI_EV_DISCONNECTION_COMPLETE 0x05
#define HCI_EV_REMOTE_VERSION 0x0c
#define HCI_EV_COMMAND_COMPLETE 0x0e
#define HCI_EV_COMMAND_STATUS 0x0f
#define HCI_EV_COMPLETED_PACKETS 0x13
#define HCI_EV_LE_META 0x3e
/* Subevents of the last: V4E 7.7.65. */
#define HCI_LE_CONNECTION_COMPLETE 0x01
#define HCI_LE_ADVERTISING_REPORT 0x02
#define HCI_LE_CONNECTION_UPDATE_COMPLETE 0x03
#define HCI_LE_REMOTE_FEATURES_COMPLETE 0x04

/* Error codes: Vol 1, Part F, 1.3. */
#define HCI_SUCCESS 0x00
#define HCI_UNKNOWN_COMMAND 0x01
#define HCI_UNKNOWN_CONNECTION 0x02
#define HCI_CONNECTION_TIMEOUT 0x08
#define HCI_CONNECTION_LIMIT 0x09
#define HCI_CONNECTION_EXISTS 0x0b
#define HCI_COMMAND_DISALLOWED 0x0c
#define HCI_MEMORY_FULL 0x07
#define HCI_INVALID_PARAMETERS 0x12
#define HCI_REMOTE_USER 0x13
#define HCI_LOCAL_HOST 0x16
#define HCI_UNSUPPORTED_REMOTE_FEATURE 0x1a
#define HCI_ESTABLISHMENT_FAILED 0x3e

/* Advertising reports: V4E 7.7.65.2. */
#define HCI_ADV_IND 0x00
#define HCI_SCAN_RSP 0x04

/* Handles: V4E 5.4.1. */
#define HCI_HANDLE_MAX 0x0eff

/* The two bits above the handle of an ACL packet: V4E 5.4.2. */
#define ACL_HANDLE(x) ((x) &0x0fff)
#define ACL_BOUNDARY(x) ((x) >> 12 & 3)
#define ACL_FIRST 0 /* from the host */
#define ACL_CONTINUING 1
#define ACL_FIRST_TO_HOST 2

/* Fixed channels of an LE link: Vol 3, Part A, 2.1. */
#define L2CAP_ATT 0x0004
#define L2CAP_SIGNALLING 0x0005
#define L2CAP_SMP 0x0006
#define L2CAP_HEADER 4

/* Signalling packets: Vol 3, Part A, 4; odd codes are responses, except the one below. */
#define L2CAP_COMMAND_REJECT 0x01
#define L2CAP_NOT_UNDERSTOOD 0x0000
/* SMP: Vol 3, Part H, 3.5.5. */
#define SMP_PAIRING_FAILED 0x05
#define SMP_PAIRING_NOT_SUPPORTED 0x05
