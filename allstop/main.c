/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limber-allstop: zero on every device that a dead or hung limberd may have left on. Needs only the armed files; knows no
 * protocol. */

#include <getopt.h>
#include <limits.h>

#include "allstop/replay.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"
#include "lib/clock.h"
#include "lib/device-id.h"
#include "lib/stop-bus.h"

/* Time for a living daemon to stop its devices itself. */
#define DAEMON_USEC (300 * USEC_PER_MSEC)
/* Time after which it gives up and leaves the files: a service manager or a person is waiting for it. */
#define BUDGET_USEC (2 * USEC_PER_SEC)
/* A bus that died may be down for a moment before the service manager listens in its place. */
#define BUS_AGAIN_USEC (50 * USEC_PER_MSEC)

struct allstop {
        char directory[PATH_MAX];
        bool after_daemon; /* run as ExecStopPost=: the daemon is known to be gone */
        sd_event *event;
        sd_bus *bus;
        struct replay **replays;
        size_t n_replays;
        pid_t holder;      /* of org.limber1, or 0 */
        uint64_t end_usec; /* of the budget */
        bool over;         /* all took the stop, or there is no more time */
        bool marked;       /* limberd counts something as on that it cannot stop */
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

/* RUNTIME_DIRECTORY is limberd's only when its unit runs this program; in any other service it is that service's. */
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

/* PID of the owner of org.limber1, or 0. */
static pid_t daemon_pid(struct allstop *a) {
        _cleanup_(sd_bus_creds_unrefp) sd_bus_creds *creds = NULL;
        pid_t pid = 0;

        if (sd_bus_get_name_creds(a->bus, LIMBER_BUS_NAME, SD_BUS_CREDS_PID, &creds) >= 0)
                (void) sd_bus_creds_get_pid(creds, &pid);
        return pid;
}

static int open_bus(struct allstop *a, uint64_t usec) {
        int r = 0;

        if (!a->bus) {
                r = sd_bus_open_system(&a->bus);
                if (r >= 0)
                        r = sd_bus_set_method_call_timeout(a->bus, DAEMON_USEC);
        }
        if (r >= 0)
                r = stop_bus_wait(a->bus, usec);
        if (r < 0)
                a->bus = sd_bus_close_unref(a->bus);
        return r;
}

/* The daemon ends when the bus does: whoever runs after it may find a bus that is being restarted. */
static int wait_for_bus(struct allstop *a) {
        uint64_t now = 0;
        int r;

        for (;;) {
                (void) sd_event_now(a->event, CLOCK_MONOTONIC, &now);
                r = open_bus(a, a->end_usec - MIN(now, a->end_usec));
                if (r >= 0 || r == -ETIMEDOUT || now + BUS_AGAIN_USEC >= a->end_usec)
                        return r;
                (void) usleep(BUS_AGAIN_USEC);
        }
}

/* Asks a living daemon to stop everything; negative errno when it did not. One that hangs at the stop socket also hangs on
 * the bus. */
static int ask_daemon(struct allstop *a, struct stop_socket_answer *ret) {
        int r;

        r = stop_socket_pull(DAEMON_USEC, ret);
        if (r >= 0 || r == -ETIMEDOUT)
                return r;
        r = open_bus(a, DAEMON_USEC);
        return r < 0 ? r : stop_bus_all(a->bus, DAEMON_USEC, ret, NULL);
}

static void say_armed(const struct armed *armed, void *userdata) {
        fprintf(stderr, "%s (%s) may still be on.\n", armed->name, armed->address);
}

/* limberd has done what it can: it keeps retrying what it could not stop. */
static int report_daemon(const struct allstop *a, const struct stop_socket_answer *answer) {
        if (answer->off) {
                printf("Everything is off. limberd had %u device%s connected.\n", answer->devices,
                        answer->devices == 1 ? "" : "s");
                return LIMBER_EXIT_OK;
        }
        fprintf(stderr, "%s\n",
                answer->devices > 0 ? "limberd sent the stop, and not every device has confirmed it."
                                    : "limberd reaches no device now, and one may be on.");
        (void) armed_foreach(a->directory, say_armed, NULL, NULL);
        fprintf(stderr, "Take it off the body and switch it off by its own button.%s\n",
                a->marked ? "" : " limberd goes on trying.");
        return LIMBER_EXIT_NOT_CONFIRMED;
}

static void on_replayed(struct replay *replay, void *userdata) {
        struct allstop *a = userdata;
        bool all = true;

        for (size_t i = 0; i < a->n_replays; i++)
                all &= replay_is_done(a->replays[i]);
        a->over = all;
}

/* A file that cannot be replayed for want of memory is reported like an unreadable one. */
static void add_replay(const struct armed *armed, void *userdata) {
        struct allstop *a = userdata;
        struct replay **replays = reallocarray(a->replays, a->n_replays + 1, sizeof(*replays));

        if (replays)
                a->replays = replays;
        if (replays && replay_new(a->bus, armed, on_replayed, a, &replays[a->n_replays]) >= 0)
                a->n_replays++;
        else
                say_armed(armed, NULL);
}

static int on_budget(sd_event_source *source, uint64_t usec, void *userdata) {
        ((struct allstop *) userdata)->over = true;
        return 0;
}

/* Reports each result and removes the files of devices that took the stop. Returns how many did not. */
static unsigned report(struct allstop *a) {
        unsigned left = 0;
        int r;

        for (size_t i = 0; i < a->n_replays; i++) {
                const struct armed *armed = replay_armed(a->replays[i]);

                if (replay_is_done(a->replays[i])) {
                        printf("%s (%s): stop sent.\n", armed->name, armed->address);
                        r = armed_remove(a->directory, armed->address, armed->address_type);
                        if (r >= 0)
                                continue;
                        a->marked = true;
                        fprintf(stderr,
                                "It stays marked as on, because its file in %s cannot be removed: %s. Run this as root.\n",
                                a->directory, strerror(-r));
                        continue;
                }
                left++;
                fprintf(stderr,
                        "%s (%s): the stop could not be sent: %s. It may still be on: take it off the body and switch it off "
                        "by its own button.\n",
                        armed->name, armed->address, replay_trouble(a->replays[i]));
                if (replay_is_held(a->replays[i]) && a->holder > 0)
                        fprintf(stderr,
                                "limberd (process %d) holds it and does not answer: kill -9 %d, then run this again.\n",
                                (int) a->holder, (int) a->holder);
                else if (replay_is_held(a->replays[i]))
                        fprintf(stderr, "Another program holds it: end that, then run this again.\n");
        }
        return left;
}

static int attach_bus(struct allstop *a) {
        int r;

        r = sd_event_default(&a->event);
        if (r >= 0)
                r = sd_event_now(a->event, CLOCK_MONOTONIC, &a->end_usec);
        if (r >= 0) {
                a->end_usec += BUDGET_USEC;
                r = wait_for_bus(a);
        }
        if (r >= 0)
                r = sd_bus_attach_event(a->bus, a->event, SD_EVENT_PRIORITY_NORMAL);
        if (r < 0) {
                fprintf(stderr,
                        "limber-allstop: the system bus cannot be reached: %s. Switch the devices off by hand.\n",
                        strerror(-r));
                (void) armed_foreach(a->directory, say_armed, NULL, NULL);
        } else
                a->holder = daemon_pid(a);
        return r;
}

/* Runs the loop without sd_event_exit(), which would close the bus. */
static int replay_all(struct allstop *a) {
        _cleanup_(sd_event_source_unrefp) sd_event_source *budget = NULL;
        int r;

        r = sd_event_add_time(a->event, &budget, CLOCK_MONOTONIC, a->end_usec, 1000, on_budget, a);
        while (r >= 0 && !a->over)
                r = sd_event_run(a->event, UINT64_MAX);
        return r;
}

/* The rest of what is on when limberd has stopped what it can: armed files of devices that it does not know. */
static void add_unknown(const struct armed *armed, void *userdata) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_free_ char *address = NULL;
        struct allstop *a = userdata;
        char id[DEVICE_ID_MAX], path[sizeof(LIMBER_DEVICE_PATH) + DEVICE_ID_MAX];

        (void) snprintf(path, sizeof(path), LIMBER_DEVICE_PATH "/%s",
                device_id(armed->address, armed->address_type, id));
        if (sd_bus_get_property_string(a->bus, LIMBER_BUS_NAME, path, LIMBER_DEVICE_INTERFACE, "Address",
                    &error, &address) < 0 &&
                sd_bus_error_has_name(&error, SD_BUS_ERROR_UNKNOWN_OBJECT))
                add_replay(armed, a);
}

/* Then asks limberd again. */
static void stop_unknown(struct allstop *a, struct stop_socket_answer *answer) {
        unsigned broken = 0;

        if (attach_bus(a) < 0)
                return;
        (void) armed_foreach(a->directory, add_unknown, a, &broken);
        /* limberd counts it as on until it is gone. */
        if (broken > 0) {
                a->marked = true;
                fprintf(stderr,
                        "limber-allstop: %s: a file cannot be read; switch that device off by hand, then remove the file\n",
                        a->directory);
        }
        if (a->n_replays == 0)
                return;
        (void) replay_all(a);
        if (report(a) == 0)
                (void) ask_daemon(a, answer);
}

/* Without a limberd that answers. Returns an enum limber_exit. */
static int stop_all(struct allstop *a) {
        unsigned broken = 0;
        int found, r;

        if (attach_bus(a) < 0)
                return LIMBER_EXIT_NOT_CONFIRMED;
        found = armed_foreach(a->directory, add_replay, a, &broken);
        if (found < 0 || broken > 0)
                fprintf(stderr, "limber-allstop: %s: %s\n", a->directory,
                        found < 0 ? strerror(-found)
                                  : "a file cannot be read; switch that device off by hand");
        if (found < 0)
                return LIMBER_EXIT_NOT_CONFIRMED;
        if (found == 0 && broken == 0 && !a->after_daemon)
                printf("No device is marked as on.\n");
        r = a->n_replays > 0 ? replay_all(a) : 0;
        if (report(a) > 0 || broken > 0 || (size_t) found > a->n_replays || r < 0)
                return LIMBER_EXIT_NOT_CONFIRMED;
        return LIMBER_EXIT_OK;
}

/* Returns an enum limber_exit. */
static int run(struct allstop *a) {
        struct stop_socket_answer answer;

        if (a->after_daemon || ask_daemon(a, &answer) < 0)
                return stop_all(a);
        if (!answer.off)
                stop_unknown(a, &answer);
        return report_daemon(a, &answer);
}

int main(int argc, char *argv[]) {
        struct allstop a = {};
        int r;

        r = parse_arguments(&a, argc, argv);
        if (r <= 0)
                return r < 0 ? LIMBER_EXIT_USAGE : LIMBER_EXIT_OK;
        r = run(&a);
        for (size_t i = 0; i < a.n_replays; i++)
                replay_free(a.replays[i]);
        free(a.replays);
        sd_bus_flush_close_unref(a.bus);
        sd_event_unref(a.event);
        return r;
}
