/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Options of limberd. */

#include <limits.h>

#include "daemon/manager/library.h"

struct options {
        bool simulated;
        bool check_record;             /* check the record and exit */
        bool print_config;             /* print the settings and exit */
        const char *config;            /* file of settings */
        const char *state_directory;   /* added devices, the record */
        const char *runtime_directory; /* armed stop frames */
        char parser[PATH_MAX];         /* limber-parse */
        struct library_folder routine_folders[LIBRARY_FOLDERS_MAX + 1];
        struct library_folder device_folders[LIBRARY_FOLDERS_MAX + 1];
};

/* Returns 1 to go on, 0 when done (--help, --version), -EINVAL with a message on stderr. The strings belong to argv or the
 * environment. */
int options_parse(int argc, char *argv[], struct options *ret);
