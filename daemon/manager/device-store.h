/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The devices that their owner added, one small file each, kept across restarts. */

#include "lib/conf.h"
#include "lib/folder.h"

struct stored_device {
        char address[18], address_type[8], name[64], alias[33], definition[65];
};

/* Replaces the device's file atomically. Both block on the disk. */
int device_store_write(const char *directory, const struct stored_device *device);
int device_store_remove(const char *directory, const char *address, const char *address_type);
/* Calls fn for each valid file; the others go to rejects. Negative errno: the reader does not work. Blocks. */
int device_store_read(struct conf_reader *reader, const char *directory, struct rejects *rejects,
        void (*fn)(const struct stored_device *device, void *userdata), void *userdata);

/* 1 to 32 of a-z, A-Z, 0-9, '-', '_'. */
bool device_alias_is_valid(const char *alias);
