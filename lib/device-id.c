/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/device-id.h"

#include <ctype.h>

const char *device_id(const char *address, const char *address_type, char id[static DEVICE_ID_MAX]) {
        (void) snprintf(
                id, DEVICE_ID_MAX, "%.17s%s", address, streq(address_type, "public") ? "_public" : "");
        for (char *p = id; *p; p++)
                if (!isalnum((unsigned char) *p))
                        *p = '_';
        return id;
}

void device_file(char path[static PATH_MAX], const char *directory, const char *address,
        const char *address_type, const char *suffix) {
        char id[DEVICE_ID_MAX];

        (void) snprintf(path, PATH_MAX, "%s/%s%s", directory, device_id(address, address_type, id), suffix);
}
