/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/options.h"

#include <getopt.h>

static int help(void) {
        printf("limberd [OPTION]…\n\n"
               "Drives massage guns and e-stim pads over Bluetooth LE.\n\n"
               "  -h --help                    Show this help\n"
               "     --version                 Show the version\n"
               "     --simulated               Run against limber-sim only; scripts may arm\n"
               "     --routines=FOLDER         Read routines here instead of the usual places\n"
               "     --devices=FOLDER          Read device definitions here instead\n"
               "     --state-directory=PATH    Where added devices and the record are stored\n"
               "     --runtime-directory=PATH  Where armed stop frames are stored\n"
               "     --config=FILE             Read settings there, not in /etc/limber\n"
               "     --print-config            Print the settings that are in force, and exit\n"
               "     --check-record            Say whether the record is whole, and exit\n\n"
               "See limberd(8).\n");
        return 0;
}

/* systemd passes several directories separated by colons; only a single one is used. */
static const char *from_environment(const char *name, const char *otherwise) {
        const char *value = getenv(name);

        return isempty(value) || strchr(value, ':') ? otherwise : value;
}

/* limber-parse is installed beside limberd; in a build it is in the folder next to its. */
static int find_parser(char path[static PATH_MAX]) {
        ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof("/../parse/limber-parse"));
        char *slash;

        if (n < 0)
                return -errno;
        path[n] = '\0';
        slash = strrchr(path, '/');
        if (!slash)
                return -ENOENT;
        *slash = '\0';
        n = snprintf(slash, PATH_MAX - (size_t) (slash - path), "%s/limber-parse",
                streq(path, LIMBER_LIBEXEC_DIR) ? "" : "/../parse");
        return n < PATH_MAX - (slash - path) ? 0 : -ENAMETOOLONG;
}

static void replace(struct library_folder *folders, const char *path) {
        folders[0] = (struct library_folder){ path, "shipped" };
        folders[1] = (struct library_folder){};
}

enum {
        OPTION_VERSION = 256,
        OPTION_SIMULATED,
        OPTION_ROUTINES,
        OPTION_DEVICES,
        OPTION_STATE,
        OPTION_RUNTIME,
        OPTION_CHECK,
        OPTION_CONFIG,
        OPTION_PRINT_CONFIG
};
static const struct option longs[] = {
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, OPTION_VERSION },
        { "simulated", no_argument, NULL, OPTION_SIMULATED },
        { "routines", required_argument, NULL, OPTION_ROUTINES },
        { "devices", required_argument, NULL, OPTION_DEVICES },
        { "state-directory", required_argument, NULL, OPTION_STATE },
        { "runtime-directory", required_argument, NULL, OPTION_RUNTIME },
        { "check-record", no_argument, NULL, OPTION_CHECK },
        { "config", required_argument, NULL, OPTION_CONFIG },
        { "print-config", no_argument, NULL, OPTION_PRINT_CONFIG },
        {},
};

int options_parse(int argc, char *argv[], struct options *ret) {
        struct options o = {
                .config = LIMBER_SYSCONF_DIR "/limberd.conf",
                .state_directory = from_environment("STATE_DIRECTORY", "/var/lib/limber"),
                .runtime_directory = from_environment("RUNTIME_DIRECTORY", "/run/limber"),
                .routine_folders = {
                        { LIMBER_ROUTINE_DIR, "shipped" },
                        { LIMBER_SYSCONF_DIR "/routines", "local" },
                        { "/var/lib/limber/routines", "imported" },
                },
                .device_folders = { { LIMBER_DEVICE_DIR, "shipped" }, { LIMBER_SYSCONF_DIR "/devices", "local" } },
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", longs, NULL)) >= 0)
                switch (c) {
                case 'h':
                        return help();
                case OPTION_VERSION:
                        printf("limber %s\n", LIMBER_VERSION);
                        return 0;
                case OPTION_SIMULATED:
                        o.simulated = true;
                        break;
                case OPTION_ROUTINES:
                        replace(o.routine_folders, optarg);
                        break;
                case OPTION_DEVICES:
                        replace(o.device_folders, optarg);
                        break;
                case OPTION_STATE:
                        o.state_directory = optarg;
                        break;
                case OPTION_RUNTIME:
                        o.runtime_directory = optarg;
                        break;
                case OPTION_CONFIG:
                        o.config = optarg;
                        break;
                case OPTION_PRINT_CONFIG:
                        o.print_config = true;
                        break;
                case OPTION_CHECK:
                        o.check_record = true;
                        break;
                default:
                        return -EINVAL;
                }
        if (optind < argc) {
                fprintf(stderr, "limberd: '%s' is too much; it takes options only, see --help\n",
                        argv[optind]);
                return -EINVAL;
        }
        if (find_parser(o.parser) < 0) {
                fprintf(stderr, "limberd: cannot find out where it is itself: /proc is needed\n");
                return -EINVAL;
        }
        *ret = o;
        return 1;
}
