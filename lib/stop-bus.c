/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/stop-bus.h"

#include "lib/bus-names.h"

#define STEP_USEC (20 * USEC_PER_MSEC)
#define READ_USEC (300 * USEC_PER_MSEC)

static uint64_t now_usec(void) {
        struct timespec now;

        (void) clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

int stop_bus_wait(sd_bus *bus, uint64_t usec) {
        uint64_t end = now_usec() + usec;
        int r;

        for (;;) {
                uint64_t now = now_usec();

                r = sd_bus_is_ready(bus);
                if (r != 0)
                        return r < 0 ? r : 0;
                r = sd_bus_process(bus, NULL);
                if (r < 0)
                        return r;
                if (r > 0)
                        continue;
                if (now >= end)
                        return -ETIMEDOUT;
                r = sd_bus_wait(bus, end - now);
                if (r < 0 && r != -EINTR)
                        return r;
        }
}

/* Returns 1, 0, or a negative errno when it cannot be read. */
static int read_output_active(sd_bus *bus, const char *path, const char *interface) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        int r, active;

        r = sd_bus_message_new_method_call(
                bus, &m, LIMBER_BUS_NAME, path, "org.freedesktop.DBus.Properties", "Get");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_message_append(m, "ss", interface, "OutputActive");
        if (r >= 0)
                r = sd_bus_call(bus, m, READ_USEC, NULL, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "v", "b", &active);
        return r < 0 ? r : active;
}

bool stop_bus_is_off(sd_bus *bus, const char *path, const char *interface) {
        uint64_t end = now_usec() + STOP_SOCKET_CONFIRM_USEC;

        while (now_usec() < end) {
                int r = read_output_active(bus, path, interface);

                /* Unreadable does not count as off. */
                if (r <= 0)
                        return r == 0;
                (void) usleep(STEP_USEC);
        }
        return false;
}

int stop_bus_all(sd_bus *bus, uint64_t usec, struct stop_socket_answer *ret, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL, *reply = NULL;
        uint32_t devices;
        int r;

        r = stop_bus_wait(bus, usec);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        bus, &m, LIMBER_BUS_NAME, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StopAll");
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, false);
        if (r >= 0)
                r = sd_bus_call(bus, m, usec, error, &reply);
        if (r >= 0)
                r = sd_bus_message_read(reply, "u", &devices);
        if (r < 0)
                return r;
        *ret = (struct stop_socket_answer){
                .devices = devices,
                .off = stop_bus_is_off(bus, LIMBER_PATH, LIMBER_MANAGER_INTERFACE),
        };
        return 0;
}
