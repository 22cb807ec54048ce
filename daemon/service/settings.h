/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the owner of the machine sets: /etc/limber/limberd.conf, then limberd.conf.d/NAME.conf in order, of which a later value of a key
 * replaces an earlier one. Nothing here widens what the rules of limber allow. Read at start and again by Reload and SIGHUP; a
 * session that runs keeps the limits it began with, unless the new ones are lower. */

#include <sys/types.h>

#include "lib/conf.h"
#include "lib/folder.h"

#define SETTINGS_USERS_MAX 16u
#define SETTINGS_ROUTINES_MAX 32u

/* Who may have which routine started with nobody logged in, and when. No users: nobody. */
struct unattended {
        uid_t users[SETTINGS_USERS_MAX];
        unsigned n_users;
        char routines[SETTINGS_ROUTINES_MAX][65]; /* ids; none: none */
        unsigned n_routines;
        unsigned from_minute, until_minute; /* of the local day; equal: never */
};

struct settings {
        char adapter[18];           /* "hci0", or an address; empty: any */
        uint64_t idle_usec;         /* a device that nobody uses is disconnected after it */
        unsigned battery_min;       /* per cent: below it nothing rises from zero */
        uint64_t stage_expiry_usec; /* a staged session that nobody resumed ends */
        uint64_t keep_usec;         /* sessions in the record that are older may go; 0: never */
        int log_level;              /* LOG_ERR to LOG_DEBUG */
        struct unattended unattended;
};

/* Reads path and the folder path + ".d". A file that is not there is no error. Whatever is wrong is named in rejects, and the key has
 * its default then, the strict one where it is about safety. Of a file that is no whole text, or names a key twice, nothing counts, and
 * nobody may have anything started unattended: it may have been there to say so. Returns how many such files there are; the first reject is then of one. Negative errno:
 * the reader does not work; then nothing is known. Blocks. */
int settings_read(
        const char *path, struct conf_reader *reader, struct settings *ret, struct rejects *rejects);

/* The defaults. */
void settings_default(struct settings *ret);

/* Writes them as the text of a file: every key, with what it is. commented: each behind a "#", as the file that is shipped. */
void settings_print(const struct settings *settings, bool commented, FILE *f);

/* That user may have that routine started with nobody logged in, at that minute of the local day. */
bool unattended_allows(
        const struct unattended *unattended, uid_t user, const char *routine, unsigned minute) _pure_;
/* By the clock and the time zone of this machine. */
bool unattended_allows_now(const struct unattended *u, uid_t user, const char *routine);
