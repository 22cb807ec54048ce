/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limber-allstop: zero on every device that a dead or hung limberd may have left on. Needs nothing of the daemon but the
 * armed files; knows no protocol. */

#include <getopt.h>
#include <limits.h>

#include "allstop/replay.h"
#include "lib/bus-names.h"
#include "lib/clock.h"
#include "lib/stop-line.h"

/* A living daemon gets this long to do it itself. */
#define DAEMON_USEC (300 * USEC_PER_MSEC)
/* After this it gives up and leaves the files: a service manager waits for it, and so does a person. */
#define BUDGET_USEC (2 * USEC_PER_SEC)
#define REPLAYS_MAX 32u

struct allstop {
        char directory[PATH_MAX];
        bool after_daemon; /* run as ExecStopPost=: the daemon is known to be gone */
        sd_event *event;
        sd_bus *bus;
        struct replay *replays[REPLAYS_MAX];
        unsigned n_replays;
};

static int help(void) {
        printf("limber-allstop [OPTION]…\n\n"
               "Sends zero to every device that limberd may have left on.\n\n"
               "  -h --help            Show this help\n"
               "     --version         Show the version\n"
               "     --after-daemon    The daemon is gone: do not ask it first\n"
               "     --directory=PATH  Where the armed files are\n\n"
               "See limber-allstop(8).\n");
        return 0;
}

/* RUNTIME_DIRECTORY is limberd's own only where its unit runs this; by hand it may be that of whatever service calls. */
static void find_directory(struct allstop *a) {
        const char *runtime = getenv(a->after_daemon ? "RUNTIME_DIRECTORY" : "LIMBER_RUNTIME_DIRECTORY");

        if (a->directory[0] == '\0')
                (void) snprintf(a->directory, sizeof(a->directory), "%s/armed",
                        isempty(runtime) ? "/run/limber" : runtime);
}

/* Returns 1 to go on, 0 when done, -EINVAL. */
static int parse_arguments(struct allstop *a, int argc, char *argv[]) {
        static const struct option longs[] = {
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, 'v' },
                { "after-daemon", no_argument, NULL, 'a' },
                { "directory", required_argument, NULL, 'd' },
                {},
        };
        int c;

        while ((c = getopt_long(argc, argv, "h", longs, NULL)) >= 0)
                switch (c) {
                case 'h':
                        return help();
                case 'v':
                        printf("limber %s\n", LIMBER_VERSION);
                        return 0;
                case 'a':
                        a->after_daemon = true;
                        break;
                case 'd':
                        (void) snprintf(a->directory, sizeof(a->directory), "%s", optarg);
                        break;
                default:
                        return -EINVAL;
                }
        if (optind < argc) {
                fprintf(stderr, "limber-allstop: '%s' is too much; see --help\n", argv[optind]);
                return -EINVAL;
        }
        find_directory(a);
        return 1;
}

/* pid of whoever owns org.limber1, or 0. */
static pid_t daemon_pid(struct allstop *a) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        pid_t pid = 0;

        if (sd_bus_get_name_creds(a->bus, LIMBER_BUS_NAME, SD_BUS_CREDS_PID, &creds) >= 0)
                (void) sd_bus_creds_get_pid(creds, &pid);
        return pid;
}

static int open_bus(struct allstop *a) {
        return a->bus ? 0 : sd_bus_open_system(&a->bus);
}

static int ask_by_bus(struct allstop *a, unsigned *ret_devices) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        int r;

        r = sd_bus_message_new_method_call(
                a->bus, &m, LIMBER_BUS_NAME, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StopAll");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_call(a->bus, m, DAEMON_USEC, NULL, &reply);
        return r < 0 ? r : sd_bus_message_read(reply, "u", ret_devices);
}

/* Returns how many devices the daemon itself told, or a negative errno when it did not. Who is there and silent on the short
 * way is so on the long one. */
static int ask_daemon(struct allstop *a) {
        struct stop_line_answer answer;
        unsigned n = 0;
        int r;

        r = stop_line_pull(DAEMON_USEC, &answer);
        if (r >= 0)
                return (int) answer.devices;
        if (r == -ETIMEDOUT)
                return r;
        r = open_bus(a);
        if (r >= 0)
                r = ask_by_bus(a, &n);
        return r < 0 ? r : (int) n;
}

static void on_replayed(struct replay *replay, void *userdata) {
        struct allstop *a = userdata;
        bool all = true;

        for (unsigned i = 0; i < a->n_replays; i++)
                all &= replay_is_done(a->replays[i]);
        if (all)
                (void) sd_event_exit(a->event, 0);
}

static void add_replay(const struct armed *armed, void *userdata) {
        struct allstop *a = userdata;

        if (a->n_replays < REPLAYS_MAX &&
                replay_new(a->bus, armed, on_replayed, a, &a->replays[a->n_replays]) >= 0)
                a->n_replays++;
}

static int on_budget(sd_event_source *source, uint64_t usec, void *userdata) {
        struct allstop *a = userdata;

        return sd_event_exit(a->event, 0);
}

/* Says how each ended and removes the files of those that took the stop. Returns how many did not. */
static unsigned report(struct allstop *a) {
        unsigned left = 0;

        for (unsigned i = 0; i < a->n_replays; i++) {
                const struct armed *armed = replay_armed(a->replays[i]);

                if (replay_is_done(a->replays[i])) {
                        (void) armed_remove(a->directory, armed->address, armed->address_type);
                        printf("%s (%s): stop sent.\n", armed->name, armed->address);
                        continue;
                }
                left++;
                fprintf(stderr, "%s (%s): could not be told to stop: %s. Switch it off by hand.\n",
                        armed->name, armed->address, replay_trouble(a->replays[i]));
                if (replay_is_held(a->replays[i]) && daemon_pid(a) > 0)
                        fprintf(stderr,
                                "limberd (process %d) holds it and does not answer: kill -9 %d, then run this again.\n",
                                (int) daemon_pid(a), (int) daemon_pid(a));
        }
        return left;
}

static int attach_bus(struct allstop *a) {
        int r;

        r = sd_event_default(&a->event);
        if (r >= 0)
                r = open_bus(a);
        if (r >= 0)
                r = sd_bus_attach_event(a->bus, a->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0)
                fprintf(stderr,
                        "limber-allstop: the system bus cannot be reached: %s. Switch the devices off by hand.\n",
                        strerror(-r));
        return r;
}

static int run(struct allstop *a) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *budget = NULL;
        unsigned broken = 0;
        int r;

        r = a->after_daemon ? -ENOENT : ask_daemon(a);
        if (r >= 0) {
                printf("limberd has stopped %d device%s.\n", r, r == 1 ? "" : "s");
                return EXIT_SUCCESS;
        }
        if (attach_bus(a) < 0)
                return EXIT_FAILURE;
        r = armed_foreach(a->directory, add_replay, a, &broken);
        if (r < 0 || broken > 0)
                fprintf(stderr, "limber-allstop: %s: %s\n", a->directory,
                        r < 0 ? strerror(-r) : "a file cannot be read; switch that device off by hand");
        if (r < 0)
                return EXIT_FAILURE;
        if (a->n_replays == 0) {
                if (!a->after_daemon)
                        printf("No device is marked as on.\n");
                return broken > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        }
        r = sd_event_add_time_relative(a->event, &budget, CLOCK_MONOTONIC, BUDGET_USEC, 1000, on_budget, a);
        if (r >= 0)
                r = sd_event_loop(a->event);
        return report(a) > 0 || broken > 0 || r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char *argv[]) {
        struct allstop a = {};
        int r;

        r = parse_arguments(&a, argc, argv);
        if (r <= 0)
                return r < 0 ? 2 : 0;
        r = run(&a);
        for (unsigned i = 0; i < a.n_replays; i++)
                replay_free(a.replays[i]);
        sd_bus_flush_close_unref(a.bus);
        sd_event_unref(a.event);
        return r;
}
