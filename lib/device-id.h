/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The identifier of a device in bus paths and file names. An address alone is not enough: the same address of the other type
 * is another device. */

#include <limits.h>

#include "lib/macros.h"

#define DEVICE_ID_MAX 32u

/* "AA_BB_CC_DD_EE_FF" for a random address, which nearly all such products have; "AA_BB_CC_DD_EE_FF_public" for a public
 * one. Anything but letters and digits becomes '_', so that any address is safe. Returns id. */
const char *device_id(const char *address, const char *address_type, char id[static DEVICE_ID_MAX]);
/* "DIRECTORY/ID" plus suffix: path of a file about one device. */
void device_file(char path[static PATH_MAX], const char *directory, const char *address,
        const char *address_type, const char *suffix);
