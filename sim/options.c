/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <getopt.h>
#include <limits.h>

#include "sim/options.h"
#include "sim/products/product.h"

static const char *const default_products[] = {
        "theragun-pro@C0:FF:EE:00:00:01",
        "coyote3@C0:FF:EE:00:00:02",
};

static void help(void) {
        puts("limber-sim [OPTION…]\n\n"
             "Plays BlueZ and virtual products on a private bus, so that limberd and limber\n"
             "run without any hardware. The bus is the one in DBUS_SYSTEM_BUS_ADDRESS.\n"
             "With --vhci it plays the radio below the real BlueZ instead, as root.\n\n"
             "  --product KIND[@ADDRESS]  add a product; may be repeated (default: one\n"
             "                            theragun-pro and one coyote3)\n"
             "  --record FILE             append what the products get and do, as JSON lines\n"
             "  --vhci                    be a Bluetooth controller with the products around\n"
             "                            it (needs the module hci_vhci)\n"
             "  --control PATH            with --vhci: take commands at this socket\n"
             "  --delay NAME=MS           set a delay of the played BlueZ\n"
             "  --runner NAME[:latency=TIME][,soreness=N]\n"
             "                            play a runner, too, who feels what the products do\n"
             "                            and says so when limberd asks, that much later\n"
             "                            (500ms), with that much pain all over (0)\n"
             "  --ready-fd N              write READY=1 to this descriptor when ready\n"
             "  -h, --help                show this help\n"
             "  --version                 show the version\n\n"
             "On SIGTERM or SIGINT it prints what every product really did, and what\n"
             "the runner said to it.");
        fputs("\nKinds:", stdout);
        for (size_t i = 0; product_kind_name(i); i++)
                printf(" %s", product_kind_name(i));
        fputs("\nRunners:", stdout);
        for (size_t i = 0; runner_traits_name(i); i++)
                printf(" %s", runner_traits_name(i));
        fputs("\nDelays:", stdout);
        for (size_t i = 0; bluez_delays_name(i); i++)
                printf("%s%s", i % 7 == 6 ? "\n        " : " ", bluez_delays_name(i));
        fputc('\n', stdout);
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

static int parse_runner(const char *text, struct runner_setup *ret) {
        int r = runner_setup_parse(text, ret);

        if (r == -ENOENT)
                fprintf(stderr, "limber-sim: there is no runner '%s'; --help names them.\n", text);
        else if (r == -ERANGE)
                fprintf(stderr, "limber-sim: '%s' is too much: latency is 10min at most, soreness 10.\n",
                        text);
        else if (r < 0)
                fprintf(stderr, "limber-sim: '%s' is no runner; one is like 'sore:latency=5s,soreness=2'.\n",
                        text);
        return r;
}

enum {
        OPTION_PRODUCT = 0x100,
        OPTION_RECORD,
        OPTION_VHCI,
        OPTION_CONTROL,
        OPTION_DELAY,
        OPTION_RUNNER,
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
                        fprintf(stderr, "limber-sim: at most %d products.\n", OPTIONS_PRODUCTS_MAX);
                        return -EINVAL;
                }
                options->products[options->n_products++] = optarg;
                return 1;
        case OPTION_RECORD:
                options->record = optarg;
                return 1;
        case OPTION_VHCI:
                options->vhci = true;
                return 1;
        case OPTION_CONTROL:
                options->control = optarg;
                return 1;
        case OPTION_DELAY:
                if (bluez_delays_set(&options->delays, optarg) < 0) {
                        fprintf(stderr, "limber-sim: '%s' is no delay; --help names them.\n", optarg);
                        return -EINVAL;
                }
                options->delayed = true;
                return 1;
        case OPTION_RUNNER:
                return parse_runner(optarg, &options->runner) < 0 ? -EINVAL : 1;
        case OPTION_READY_FD:
                return parse_fd(optarg, &options->ready_fd) < 0 ? -EINVAL : 1;
        default: /* getopt printed the error */
                return -EINVAL;
        }
}

/* Rejects options that conflict. Returns 1 or -EINVAL. */
static int check(const struct options *options) {
        if (options->vhci && options->delayed) {
                fputs("limber-sim: --delay is for the played BlueZ; with --vhci it is the real one.\n",
                        stderr);
                return -EINVAL;
        }
        if (options->vhci && options->runner.traits) {
                fputs("limber-sim: --runner is for the played BlueZ; with --vhci there is no bus to answer on.\n",
                        stderr);
                return -EINVAL;
        }
        if (options->control && !options->vhci) {
                fputs("limber-sim: --control goes with --vhci; on a bus, org.limber1.Simulator does that.\n",
                        stderr);
                return -EINVAL;
        }
        return 1;
}

int options_parse(struct options *options, int argc, char **argv) {
        static const struct option names[] = {
                { "product", required_argument, NULL, OPTION_PRODUCT },
                { "record", required_argument, NULL, OPTION_RECORD },
                { "vhci", no_argument, NULL, OPTION_VHCI },
                { "control", required_argument, NULL, OPTION_CONTROL },
                { "delay", required_argument, NULL, OPTION_DELAY },
                { "runner", required_argument, NULL, OPTION_RUNNER },
                { "ready-fd", required_argument, NULL, OPTION_READY_FD },
                { "help", no_argument, NULL, 'h' },
                { "version", no_argument, NULL, OPTION_VERSION },
                { NULL },
        };
        int option, r;

        *options = (struct options){ .ready_fd = -EBADF, .delays = bluez_delays_default };
        while ((option = getopt_long(argc, argv, "h", names, NULL)) >= 0) {
                r = parse_option(option, options);
                if (r <= 0)
                        return r;
        }
        if (optind < argc) {
                fprintf(stderr, "limber-sim: '%s' is too much.\n", argv[optind]);
                return -EINVAL;
        }
        if (options->n_products == 0) {
                memcpy(options->products, default_products, sizeof(default_products));
                options->n_products = ARRAY_SIZE(default_products);
        }
        return check(options);
}
