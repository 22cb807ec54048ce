/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The floor and the calls that are measured against it, without an interpreter in between. Each line of output is a pair
 * of CLOCK_MONOTONIC microseconds: when something was handed to the kernel, and when its answer was read (0: none). */

#include <inttypes.h>
#include <systemd/sd-bus.h>
#include <time.h>
#include <unistd.h>

#include "lib/bus-names.h"
#include "lib/clock.h"

#define BLUEZ "org.bluez"
#define CHARACTERISTIC "org.bluez.GattCharacteristic1"
/* Longer than any of limberd's. */
#define NONCE_SIZE 128u
#define WAIT_USEC (10 * USEC_PER_SEC)
/* A session is held for so long, and its holder is heard so often. */
#define HELD_USEC 1000000u
#define BEAT_USEC 200000u

static uint64_t now_usec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * USEC_PER_SEC + (uint64_t) t.tv_nsec / 1000;
}

static void rest(unsigned usec) {
        (void) usleep(usec);
}

/* One message there and back; what is stamped is the whole of sd_bus_call(). */
static int timed_call(sd_bus *bus, sd_bus_message *m) {
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        uint64_t begun = now_usec();
        int r = sd_bus_call(bus, m, 0, &error, NULL);

        if (r < 0) {
                fprintf(stderr, "bench-calls: %s\n", error.message ?: strerror(-r));
                return r;
        }
        printf("%" PRIu64 " %" PRIu64 "\n", begun, now_usec());
        return 0;
}

/* Floor A: a write command through WriteValue(). */
static int write_values(sd_bus *bus, const char *path, unsigned n, unsigned gap_usec) {
        static const uint8_t question[] = { 0xaa, 0x10, 0x10, 0x00 };
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < n; i++, rest(gap_usec)) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = sd_bus_message_new_method_call(bus, &m, BLUEZ, path, CHARACTERISTIC, "WriteValue");
                if (r >= 0)
                        r = sd_bus_message_append_array(m, 'y', question, sizeof(question));
                if (r >= 0)
                        r = sd_bus_message_append(m, "a{sv}", 1, "type", "s", "command");
                if (r >= 0)
                        r = timed_call(bus, m);
        }
        return r;
}

/* Floor B: bare write() on the socket of AcquireWrite(). */
static int write_socket(sd_bus *bus, const char *path, unsigned n, unsigned gap_usec) {
        static const uint8_t limits[] = { 0xbf, 20, 20, 160, 160, 0, 0 };
        _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        uint16_t mtu;
        int fd, r;

        r = sd_bus_call_method(bus, BLUEZ, path, CHARACTERISTIC, "AcquireWrite", &error, &reply, "a{sv}", 0);
        if (r >= 0)
                r = sd_bus_message_read(reply, "hq", &fd, &mtu);
        if (r < 0) {
                fprintf(stderr, "bench-calls: AcquireWrite: %s\n", error.message ?: strerror(-r));
                return r;
        }
        for (unsigned i = 0; i < n; i++, rest(gap_usec)) {
                uint64_t begun = now_usec();

                if (write(fd, limits, sizeof(limits)) < 0)
                        return -errno;
                printf("%" PRIu64 " 0\n", begun);
        }
        return 0;
}

static int stop_all(sd_bus *bus, unsigned n, unsigned gap_usec) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < n; i++, rest(gap_usec)) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = sd_bus_message_new_method_call(
                        bus, &m, LIMBER_BUS_NAME, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StopAll");
                if (r >= 0)
                        r = timed_call(bus, m);
        }
        return r;
}

/* A peer that does nothing: the bus alone. */
static int ping(sd_bus *bus, const char *name, unsigned n, unsigned gap_usec) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < n; i++, rest(gap_usec)) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = sd_bus_message_new_method_call(bus, &m, name, "/", "org.freedesktop.DBus.Peer", "Ping");
                if (r >= 0)
                        r = timed_call(bus, m);
        }
        return r;
}

static int session_call(sd_bus *bus, const char *path, const char *member) {
        return sd_bus_call_method(
                bus, LIMBER_BUS_NAME, path, LIMBER_SESSION_INTERFACE, member, NULL, NULL, NULL);
}

/* With the session as it is: who beats must have seen what happened. */
static int beat(sd_bus *bus, const char *path) {
        unsigned event;
        int active, r;

        r = sd_bus_get_property_trivial(
                bus, LIMBER_BUS_NAME, path, LIMBER_SESSION_INTERFACE, "Event", NULL, 'u', &event);
        if (r >= 0)
                r = sd_bus_get_property_trivial(bus, LIMBER_BUS_NAME, path, LIMBER_SESSION_INTERFACE,
                        "OutputActive", NULL, 'b', &active);
        if (r >= 0)
                r = sd_bus_call_method(bus, LIMBER_BUS_NAME, path, LIMBER_SESSION_INTERFACE, "Beat", NULL,
                        NULL, "ub", event, active);
        return r;
}

static int on_challenge(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        char *nonce = userdata;
        const char *text;

        if (sd_bus_message_read(m, "s", &text) > 0)
                (void) snprintf(nonce, NONCE_SIZE, "%s", text);
        return 0;
}

static int await_challenge(sd_bus *bus, const char *nonce) {
        uint64_t until = now_usec() + WAIT_USEC;

        while (isempty(nonce)) {
                int r = sd_bus_process(bus, NULL);

                if (r == 0)
                        r = sd_bus_wait(bus, WAIT_USEC);
                if (r < 0)
                        return r;
                if (now_usec() > until)
                        return -ETIMEDOUT;
        }
        return 0;
}

/* What is stamped is Arm: sent, and answered. Then the session is held for a second. */
static int arm_session(sd_bus *bus, const char *path, const char *nonce) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = beat(bus, path);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        bus, &m, LIMBER_BUS_NAME, path, LIMBER_SESSION_INTERFACE, "Arm");
        if (r >= 0)
                r = sd_bus_message_append(m, "s", nonce);
        if (r >= 0)
                r = timed_call(bus, m);
        for (unsigned i = 0; r >= 0 && i < HELD_USEC / BEAT_USEC; i++) {
                rest(BEAT_USEC); /* first: nothing is asked while output begins */
                r = beat(bus, path);
        }
        return r < 0 ? r : session_call(bus, path, "Stop");
}

/* A holder: n sessions of a routine, one after the other. */
static int arm(sd_bus *bus, const char *routine, unsigned n, unsigned gap_usec) {
        char nonce[NONCE_SIZE];
        int r;

        r = sd_bus_match_signal(bus, NULL, LIMBER_BUS_NAME, NULL, LIMBER_SESSION_INTERFACE, "Challenge",
                on_challenge, nonce);
        for (unsigned i = 0; r >= 0 && i < n; i++, rest(gap_usec)) {
                _cleanup_(sd_bus_error_free) sd_bus_error error = SD_BUS_ERROR_NULL;
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
                const char *path;

                nonce[0] = '\0';
                r = sd_bus_call_method(bus, LIMBER_BUS_NAME, LIMBER_PATH, LIMBER_MANAGER_INTERFACE,
                        "StartRoutine", &error, &reply, "sa{sv}", routine, 0);
                if (r >= 0)
                        r = sd_bus_message_read(reply, "o", &path);
                if (r >= 0)
                        r = await_challenge(bus, nonce);
                if (r >= 0)
                        r = arm_session(bus, path, nonce);
                if (r < 0)
                        fprintf(stderr, "bench-calls: %s: %s\n", routine, error.message ?: strerror(-r));
        }
        return r;
}

/* A client that means harm: n calls a second that cost the daemon most, until it is killed. */
static int flood(sd_bus *bus, unsigned n) {
        int r = 0;

        for (unsigned i = 0; r >= 0; i++) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

                r = sd_bus_message_new_method_call(bus, &m, LIMBER_BUS_NAME, LIMBER_PATH,
                        "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
                if (r >= 0)
                        r = sd_bus_message_set_expect_reply(m, false);
                if (r >= 0)
                        r = sd_bus_send(bus, m, NULL);
                if (i % 10 == 9) {
                        (void) sd_bus_flush(bus);
                        rest(USEC_PER_SEC * 10 / n);
                }
                while (sd_bus_process(bus, NULL) > 0)
                        ;
        }
        return r;
}

int main(int argc, char **argv) {
        _cleanup_(sd_bus_flush_close_unrefp) sd_bus *bus = NULL;
        unsigned n, gap_usec;
        int r;

        if (argc != 5) {
                fputs("bench-calls write-value|write-socket|stop-all|ping|flood|arm PATH|NAME N GAP_USEC\n",
                        stderr);
                return 2;
        }
        n = (unsigned) strtoul(argv[3], NULL, 10);
        gap_usec = (unsigned) strtoul(argv[4], NULL, 10);
        r = sd_bus_open_system(&bus);
        if (r < 0) {
                fprintf(stderr, "bench-calls: no bus: %s\n", strerror(-r));
                return EXIT_FAILURE;
        }
        if (streq(argv[1], "write-value"))
                r = write_values(bus, argv[2], n, gap_usec);
        else if (streq(argv[1], "write-socket"))
                r = write_socket(bus, argv[2], n, gap_usec);
        else if (streq(argv[1], "stop-all"))
                r = stop_all(bus, n, gap_usec);
        else if (streq(argv[1], "ping"))
                r = ping(bus, argv[2], n, gap_usec);
        else if (streq(argv[1], "flood"))
                r = flood(bus, n);
        else if (streq(argv[1], "arm"))
                r = arm(bus, argv[2], n, gap_usec);
        else
                r = -EINVAL;
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
