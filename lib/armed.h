/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A file that outlives the daemon and tells how to stop one device, in bytes, without knowledge of its protocol. limberd
 * writes it before the first nonzero write and removes it once the device is off; limber-allstop replays those it finds. One
 * file per device in the runtime directory, text, at most ARMED_FILE_MAX bytes. */

#include "lib/macros.h"

#define ARMED_FRAMES_MAX 8u
#define ARMED_FRAME_SIZE_MAX 64u
#define ARMED_FILE_MAX 4096u

struct armed_frame {
        char service[37]; /* 128-bit UUIDs, lower case */
        char characteristic[37];
        bool request; /* write request, else write command */
        uint8_t bytes[ARMED_FRAME_SIZE_MAX];
        size_t n;
};

struct armed {
        char adapter[18]; /* address of the adapter; empty: any */
        char address[18];
        char address_type[8]; /* "public" or "random" */
        char name[64];        /* for display */
        struct armed_frame frames[ARMED_FRAMES_MAX];
        unsigned n_frames;
        uint64_t gap_usec; /* between frames, and between repeats; see armed_bound_gap() */
        unsigned repeats;  /* number of times that the whole sequence is sent */
};

/* Lowers the gap to what leaves limber-allstop the time to send everything: to ARMED_GAP_MAX_USEC, and all gaps together to a second.
 * armed_read() does the same with files of an older limberd. */
#define ARMED_GAP_MAX_USEC (UINT64_C(100) * 1000)
void armed_bound_gap(struct armed *armed);

/* Replaces directory/<device_id()> atomically. Negative errno; the old file is then still there. */
int armed_write(const char *directory, const struct armed *armed);
/* A missing file is no error. */
int armed_remove(const char *directory, const char *address, const char *address_type);
/* Reads one file. -EBADMSG: malformed. */
int armed_read(const char *path, struct armed *ret);
/* Calls fn for each file: armed is NULL where it cannot be read; id is device_id() of its device. Returns how many there were. */
int armed_list(const char *directory, void (*fn)(const char *id, const struct armed *armed, void *userdata),
        void *userdata);
/* Calls fn for each readable file; returns how many there were (unreadable ones counted into *ret_broken). */
int armed_foreach(const char *directory, void (*fn)(const struct armed *armed, void *userdata),
        void *userdata, unsigned *ret_broken);

/* "01AAFF" or "01 aa ff" into bytes. Returns the count, or -EINVAL (odd, not hex, more than size). */
ssize_t hex_parse(const char *text, uint8_t *bytes, size_t size);
/* Writes upper-case hex without blanks; text must hold 2 * n + 1 bytes. Returns text. */
char *hex_format(const uint8_t *bytes, size_t n, char *text);
