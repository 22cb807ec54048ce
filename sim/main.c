/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limber-sim: virtual products behind one of two fronts, a simulated org.bluez on a private bus or a virtual radio. */

#include <signal.h>
#include <systemd/sd-daemon.h>

#include "sim/bluez/bluez.h"
#include "sim/options.h"
#include "sim/radio/control.h"
#include "sim/radio/vhci.h"
#include "sim/runner/runner-bus.h"

/* Adds "KIND[@ADDRESS]" to a front; a missing address is derived from the number. */
static int add_product(int (*add)(void *front, const char *kind, const char *address), void *front,
        const char *text, size_t number) {
        _cleanup_free_ char *kind = NULL;
        char address[18];
        const char *at;
        int r;

        at = strchr(text, '@');
        kind = strndup(text, at ? (size_t) (at - text) : strlen(text));
        if (!kind)
                return -ENOMEM;
        snprintf(address, sizeof(address), "C0:FF:EE:00:01:%02zX", number & 0xff);

        r = add(front, kind, at ? at + 1 : address);
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

static int add_products(int (*add)(void *front, const char *kind, const char *address), void *front,
        const struct options *options) {
        int r;

        for (size_t i = 0; i < options->n_products; i++) {
                r = add_product(add, front, options->products[i], i + 1);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_to_bluez(void *front, const char *kind, const char *address) {
        return bluez_add_product(front, kind, address);
}

static int add_to_vhci(void *front, const char *kind, const char *address) {
        return vhci_add_product(front, kind, address);
}

/* Never the system's own bus: there, org.bluez controls real devices. */
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

static void say_ready(int fd, const char *what) {
        (void) sd_notifyf(false, "READY=1\nSTATUS=Playing %s", what);
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

static int add_runner(struct bluez *bluez, sd_event *event, sd_bus *bus, const struct options *options,
        struct runner_bus **ret) {
        int r;

        if (!options->runner.traits)
                return 0;
        r = runner_bus_new(event, bus, bluez, &options->runner, ret);
        if (r < 0)
                fprintf(stderr, "limber-sim: cannot play a runner on this bus: %s\n",
                        r == -EEXIST ? "there is one already" : strerror(-r));
        return r;
}

static void say_what_was(struct bluez *bluez, struct runner_bus *runner) {
        _cleanup_free_ char *products = bluez_summary(bluez);
        _cleanup_free_ char *felt = runner ? runner_bus_summary(runner) : NULL;

        fputs(strnull(products), stdout);
        if (felt)
                puts(felt);
}

static int play_bluez(struct bluez *bluez, sd_event *event, sd_bus *bus, const struct options *options) {
        _cleanup_(runner_bus_freep) struct runner_bus *runner = NULL;
        int r;

        r = add_products(add_to_bluez, bluez, options);
        if (r < 0)
                return r;
        r = bluez_own_name(bluez);
        if (r < 0) {
                fprintf(stderr, "limber-sim: cannot own org.bluez on this bus: %s\n",
                        r == -EEXIST ? "somebody does already" : strerror(-r));
                return r;
        }
        r = add_runner(bluez, event, bus, options, &runner);
        if (r < 0)
                return r;
        say_ready(options->ready_fd, "org.bluez");

        r = sd_event_loop(event);
        say_what_was(bluez, runner);
        if (r > 0) {
                fputs("limber-sim: the bus is gone.\n", stderr);
                return -ECONNRESET;
        }
        return r;
}

static int run_bluez(sd_event *event, struct recorder *recorder, const struct options *options) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        _cleanup_(bluez_freep) struct bluez *bluez = NULL;
        int r;

        r = open_bus(event, &bus);
        if (r < 0)
                return r;
        /* The simulation ends with the bus. */
        (void) sd_bus_set_exit_on_disconnect(bus, true);

        r = bluez_new(event, bus, recorder, &options->delays, &bluez);
        if (r < 0) {
                fprintf(stderr, "limber-sim: cannot put the objects on the bus: %s\n", strerror(-r));
                return r;
        }
        return play_bluez(bluez, event, bus, options);
}

static void on_vhci_ready(void *userdata, unsigned index) {
        const struct options *options = userdata;
        char name[16];

        snprintf(name, sizeof(name), "hci%u", index);
        say_ready(options->ready_fd, name);
}

static int open_vhci(void) {
        int fd;

        fd = vhci_open();
        if (fd == -ENOENT || fd == -ENODEV)
                fputs("limber-sim: there is no /dev/vhci. As root: modprobe hci_vhci\n", stderr);
        else if (fd == -EACCES || fd == -EPERM)
                fputs("limber-sim: only root may open /dev/vhci (after: modprobe hci_vhci).\n", stderr);
        else if (fd < 0)
                fprintf(stderr, "limber-sim: cannot open /dev/vhci: %s\n", strerror(-fd));
        return fd;
}

static char *on_control(void *userdata, const char *line) {
        return vhci_control(userdata, line);
}

static int play_vhci(struct vhci *vhci, sd_event *event, const struct options *options) {
        _cleanup_(control_freep) struct control *control = NULL;
        _cleanup_free_ char *summary = NULL;
        int r;

        r = add_products(add_to_vhci, vhci, options);
        if (r < 0)
                return r;
        if (options->control) {
                r = control_new(event, options->control, on_control, vhci, &control);
                if (r < 0) {
                        fprintf(stderr, "limber-sim: cannot listen at %s: %s\n", options->control,
                                strerror(-r));
                        return r;
                }
        }
        r = sd_event_loop(event);
        summary = vhci_summary(vhci);
        fputs(strnull(summary), stdout);
        if (r < 0)
                fprintf(stderr, "limber-sim: the controller is gone: %s\n", strerror(-r));
        return r;
}

static int run_vhci(sd_event *event, struct recorder *recorder, const struct options *options) {
        _cleanup_(vhci_freep) struct vhci *vhci = NULL;
        int fd, r;

        fd = open_vhci();
        if (fd < 0)
                return fd;
        r = vhci_new(event, fd, recorder, on_vhci_ready, (void *) options, &vhci);
        if (r < 0) {
                fprintf(stderr, "limber-sim: /dev/vhci makes no controller: %s\n", strerror(-r));
                return r;
        }
        return play_vhci(vhci, event, options);
}

static int run(const struct options *options) {
        _cleanup_(recorder_freep) struct recorder *recorder = NULL;
        _cleanup_(sd_event_unrefp) sd_event *event = NULL;
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
        return options->vhci ? run_vhci(event, recorder, options) : run_bluez(event, recorder, options);
}

int main(int argc, char **argv) {
        struct options options;
        int r;

        r = options_parse(&options, argc, argv);
        if (r < 0) {
                fputs("Try 'limber-sim --help'.\n", stderr);
                return 2;
        }
        if (r == 0)
                return EXIT_SUCCESS;
        return run(&options) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
