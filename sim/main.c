/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limber-sim: virtual products behind a played org.bluez, on a private bus. */

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <systemd/sd-daemon.h>

#include "sim/bluez.h"
#include "sim/product.h"

#define PRODUCTS_MAX 256

struct options {
        const char *products[PRODUCTS_MAX]; /* KIND[@ADDRESS] */
        size_t n_products;
        const char *record;
        int ready_fd;
        struct bluez_delays delays;
};

static const char *const default_products[] = {
        "theragun-pro@C0:FF:EE:00:00:01",
        "coyote3@C0:FF:EE:00:00:02",
};

static void help(void) {
        puts("limber-sim [OPTION…]\n\n"
             "Plays BlueZ and virtual products on a private bus, so that limberd and limber\n"
             "run without any hardware. The bus is the one in DBUS_SYSTEM_BUS_ADDRESS.\n\n"
             "  --product KIND[@ADDRESS]  add a product; may be repeated (default: one\n"
             "                            theragun-pro and one coyote3)\n"
             "  --record FILE             append what the products get and do, as JSON lines\n"
             "  --delay NAME=MS           set a delay of the played BlueZ\n"
             "  --ready-fd N              write READY=1 to this descriptor when ready\n"
             "  -h, --help                show this help\n"
             "  --version                 show the version\n\n"
             "On SIGTERM or SIGINT it prints what every product really did.");
        fputs("\nKinds:", stdout);
        for (size_t i = 0; product_kind_name(i); i++)
                printf(" %s", product_kind_name(i));
        fputs("\nDelays:", stdout);
        for (size_t i = 0; bluez_delays_name(i); i++)
                printf("%s%s", i % 7 == 6 ? "\n        " : " ", bluez_delays_name(i));
        fputc('\n', stdout);
}

/* "KIND" and "@ADDRESS", of which the latter may be missing: then it is made up from the number. */
static int add_product(struct bluez *bluez, const char *text, size_t number) {
        _cleanup_free_ char *kind = NULL;
        char address[18];
        const char *at;
        int r;

        at = strchr(text, '@');
        kind = strndup(text, at ? (size_t) (at - text) : strlen(text));
        if (!kind)
                return -ENOMEM;
        snprintf(address, sizeof(address), "C0:FF:EE:00:01:%02zX", number & 0xff);

        r = bluez_add_product(bluez, kind, at ? at + 1 : address);
        if (r == -ENOENT)
                fprintf(stderr, "limber-sim: there is no product '%s'; --help names them.\n", kind);
        else if (r == -EINVAL)
                fprintf(stderr, "limber-sim: '%s' is no address like C0:FF:EE:00:00:01.\n",
                        at ? at + 1 : "");
        else if (r == -EEXIST)
                fprintf(stderr, "limber-sim: two products at %s.\n", at ? at + 1 : address);
        else if (r < 0)
                fprintf(stderr, "limber-sim: cannot make a %s: %s\n", kind, strerror(-r));
        return r;
}

static int add_products(struct bluez *bluez, const struct options *options) {
        const char *const *products = options->n_products > 0 ? options->products : default_products;
        size_t n = options->n_products > 0 ? options->n_products : ARRAY_SIZE(default_products);
        int r;

        for (size_t i = 0; i < n; i++) {
                r = add_product(bluez, products[i], i + 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int parse_fd(const char *text, int *ret) {
        char *rest;
        long fd;

        errno = 0;
        fd = strtol(text, &rest, 10);
        if (errno != 0 || rest == text || *rest != '\0' || fd < 0 || fd > INT_MAX) {
                fprintf(stderr, "limber-sim: --ready-fd wants a number, not '%s'.\n", text);
                return -EINVAL;
        }
        *ret = (int) fd;
        return 0;
}

enum {
        OPTION_PRODUCT = 0x100,
        OPTION_RECORD,
        OPTION_DELAY,
        OPTION_READY_FD,
        OPTION_VERSION,
};

static int parse_option(int option, struct options *options) {
        switch (option) {
        case 'h':
                help();
                return 0;
        case OPTION_VERSION:
                puts("limber-sim " LIMBER_VERSION);
                return 0;
        case OPTION_PRODUCT:
                if (options->n_products == ARRAY_SIZE(options->products)) {
                        fprintf(stderr, "limber-sim: at most %d products.\n", PRODUCTS_MAX);
                        return -E2BIG;
                }
                options->products[options->n_products++] = optarg;
                return 1;
        case OPTION_RECORD:
                options->record = optarg;
                return 1;
        case OPTION_DELAY:
                if (bluez_delays_set(&options->delays, optarg) < 0) {
                        fprintf(stderr, "limber-sim: '%s' is no delay; --help names them.\n", optarg);
                        return -EINVAL;
                }
                return 1;
        case OPTION_READY_FD:
                return parse_fd(optarg, &options->ready_fd) < 0 ? -EINVAL : 1;
        default: /* getopt has said what is wrong */
                return -EINVAL;
        }
}

/* Returns 1 to go on, 0 when all is done. */
static int parse_options(int argc, char **argv, struct options *options) {
        static const struct option names[] = {
                { "product", required_argument, NULL, OPTION_PRODUCT },
                { "record", required_argument, NULL, OPTION_RECORD },
                { "delay", required_argument, NULL, OPTION_DELAY },
                { "ready-fd", required_argument, NULL, OPTION_READY_FD },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, OPTION_VERSION },
                { NULL },
        };
        int option, r;

        while ((option = getopt_long(argc, argv, "h", names, NULL)) >= 0) {
                r = parse_option(option, options);
                if (r <= 0)
                        return r;
        }
        if (optind < argc) {
                fprintf(stderr, "limber-sim: '%s' is too much.\n", argv[optind]);
                return -EINVAL;
        }
        return 1;
}

/* The system's own bus is never meant: there, org.bluez moves real devices. */
static int open_bus(sd_event *event, sd_bus **ret) {
        const char *address = getenv("DBUS_SYSTEM_BUS_ADDRESS");
        int r;

        if (isempty(address)) {
                fputs("limber-sim: no private bus. Start one, and set DBUS_SYSTEM_BUS_ADDRESS to it:\n"
                      "  dbus-run-session -- sh -c \\\n"
                      "      'DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS limber-sim'\n",
                        stderr);
                return -ENOENT;
        }
        r = sd_bus_open_system(ret);
        if (r < 0) {
                fprintf(stderr, "limber-sim: cannot reach the bus in DBUS_SYSTEM_BUS_ADDRESS (%s): %s\n",
                        address, strerror(-r));
                return r;
        }
        return sd_bus_attach_event(*ret, event, SD_EVENT_PRIORITY_NORMAL);
}

static void say_ready(int fd) {
        (void) sd_notify(false, "READY=1\nSTATUS=Playing org.bluez");
        if (fd < 0)
                return;
        if (write(fd, "READY=1\n", 8) < 0)
                fprintf(stderr, "limber-sim: cannot write to descriptor %d: %m\n", fd);
        (void) close_fd(fd);
}

static int quit_on_signals(sd_event *event) {
        static const int signals[] = { SIGTERM, SIGINT };
        sigset_t set;
        int r;

        sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
                /* Without a handler the signal ends the loop. */
                r = sd_event_add_signal(event, NULL, signals[i], NULL, NULL);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int play(struct bluez *bluez, sd_event *event, const struct options *options) {
        _cleanup_free_ char *summary = NULL;
        int r;

        r = add_products(bluez, options);
        if (r < 0)
                return r;
        r = bluez_own_name(bluez);
        if (r < 0) {
                fprintf(stderr, "limber-sim: cannot own org.bluez on this bus: %s\n",
                        r == -EEXIST ? "somebody does already" : strerror(-r));
                return r;
        }
        say_ready(options->ready_fd);

        r = sd_event_loop(event);
        summary = bluez_summary(bluez);
        fputs(strnull(summary), stdout);
        if (r > 0) {
                fputs("limber-sim: the bus is gone.\n", stderr);
                return -ECONNRESET;
        }
        return r;
}

static int run(const struct options *options) {
        _cleanup_(recorder_freep) struct recorder *recorder = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(bluez_freep) struct bluez *bluez = NULL;
        int r;

        r = recorder_new(options->record, &recorder);
        if (r < 0) {
                fprintf(stderr, "limber-sim: cannot write %s: %s\n", strnull(options->record), strerror(-r));
                return r;
        }
        r = sd_event_default(&event);
        if (r >= 0)
                r = quit_on_signals(event);
        if (r < 0) {
                fprintf(stderr, "limber-sim: no event loop: %s\n", strerror(-r));
                return r;
        }
        r = open_bus(event, &bus);
        if (r < 0)
                return r;
        /* When the bus goes, so does the play. */
        (void) sd_bus_set_exit_on_disconnect(bus, true);

        r = bluez_new(event, bus, recorder, &options->delays, &bluez);
        if (r < 0) {
                fprintf(stderr, "limber-sim: cannot put the objects on the bus: %s\n", strerror(-r));
                return r;
        }
        return play(bluez, event, options);
}

int main(int argc, char **argv) {
        struct options options = { .ready_fd = -EBADF, .delays = bluez_delays_default };
        int r;

        r = parse_options(argc, argv, &options);
        if (r < 0) {
                fputs("Try 'limber-sim --help'.\n", stderr);
                return 2;
        }
        if (r == 0)
                return EXIT_SUCCESS;
        return run(&options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
