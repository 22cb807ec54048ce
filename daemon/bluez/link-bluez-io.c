/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Data to and from a linked device. */

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemon/bluez/link-bluez-private.h"

/* ATT header of a write command or notification. */
#define ATT_HEADER 3u
/* A request is answered within two connection intervals; bluetoothd itself gives up after 30 s. */
#define WRITE_USEC (35 * USEC_PER_SEC)
/* A battery that does not answer in this time is unknown. */
#define READ_USEC (2 * USEC_PER_SEC)
/* Interval for polling a battery without notifications [D]: it loses a few per cent in that time. */
#define BATTERY_USEC (600 * USEC_PER_SEC)

static void free_call(void *userdata) {
        free(userdata);
}

int bluez_link_call(struct bluez_link *link, unsigned endpoint, sd_bus_message *m, uint64_t usec,
        sd_bus_slot **slot, sd_bus_message_handler_t reply) {
        struct bluez_call *call = malloc(sizeof(*call));
        int r;

        if (!call)
                return -ENOMEM;
        *call = (struct bluez_call){ link, endpoint };
        *slot = sd_bus_slot_unref(*slot);
        r = sd_bus_call_async(link->radio->bus, slot, m, reply, call, usec);
        if (r < 0) {
                free(call);
                return r;
        }
        (void) sd_bus_slot_set_destroy_callback(*slot, free_call);
        return 0;
}

int bluez_link_new_call(
        struct bluez_link *link, unsigned endpoint, const char *method, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(link->radio->bus, ret, BLUEZ_NAME,
                link->endpoints[endpoint].path, BLUEZ_CHARACTERISTIC, method);
}

void bluez_link_one_bound(struct bluez_link *link) {
        if (--link->unbound == 0)
                bluez_link_bound(link);
}

static int on_written(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct bluez_call *call = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        struct bluez_link *link = call->link;

        /* The path belongs to services that are gone, although not signalled yet. */
        if (e && sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_OBJECT) && link->step == BLUEZ_STEP_READY)
                bluez_link_rebind(link, "its services went away");
        else
                link->base.handler->written(
                        link->base.userdata, call->endpoint, e ? -bluez_error_to_errno(e) : 0);
        return 0;
}

static int write_call(
        struct bluez_link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = bluez_link_new_call(link, endpoint, "WriteValue", &m);
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', bytes, n);
        /* Without a type bluetoothd picks one by the flags, which are wrong in cheap devices. */
        if (r >= 0)
                r = sd_bus_message_append(
                        m, "a{sv}", 1, "type", "s", write == FRAME_REQUEST ? "request" : "command");
        if (r >= 0)
                r = bluez_link_call(
                        link, endpoint, m, WRITE_USEC, &link->endpoints[endpoint].write_slot, on_written);
        return r < 0 ? r : 1;
}

int bluez_link_write(
        struct link *base, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        struct bluez_link *link = (struct bluez_link *) base;
        struct bluez_endpoint *e = &link->endpoints[endpoint];

        if (link->step != BLUEZ_STEP_READY || !e->path || n == 0)
                return -ENOTCONN;
        /* Too long for the link: a command would be dropped silently, and a request split into pieces, which such devices do
         * not reassemble. */
        if (n + ATT_HEADER > e->mtu)
                return -EMSGSIZE;
        if (e->fd < 0)
                return write_call(link, endpoint, write, bytes, n);
        if (send(e->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return errno == EPIPE ? -ENOTCONN : -errno;
        return 0;
}

int bluez_link_queued(struct link *base, unsigned endpoint) {
        const struct bluez_link *link = (const struct bluez_link *) base;
        int queued = 0;

        if (link->endpoints[endpoint].fd < 0)
                return -EOPNOTSUPP;
        return ioctl(link->endpoints[endpoint].fd, SIOCOUTQ, &queued) < 0 ? 0 : queued;
}

/* Battery1 is the stack's own reading of the battery characteristic, and takes precedence. */
static bool stack_knows_battery(const struct bluez_link *link) {
        const struct bluez_object *device = bluez_find_path(link->radio, link->path);

        return device && device->battery != LINK_BATTERY_UNKNOWN;
}

static void deliver(struct bluez_link *link, unsigned endpoint, const uint8_t *bytes, size_t n) {
        if (!link->definition->endpoints[endpoint].battery || !stack_knows_battery(link))
                link->base.handler->notified(link->base.userdata, endpoint, bytes, n);
}

void bluez_link_value(struct bluez_radio *radio, const char *path, const uint8_t *bytes, size_t n) {
        for (struct bluez_link *l = radio->links; l; l = l->next)
                for (unsigned i = 0; l->step == BLUEZ_STEP_READY && i < l->definition->n_endpoints; i++)
                        if (streq_ptr(l->endpoints[i].path, path)) {
                                deliver(l, i, bytes, n);
                                return;
                        }
}

void bluez_link_battery(struct bluez_radio *radio, const struct bluez_object *device) {
        struct bluez_link *link = bluez_link_by_path(radio, device->path);

        if (link && link->step == BLUEZ_STEP_READY)
                link->base.handler->battery(link->base.userdata, device->battery);
}

static int on_battery_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct bluez_call *call = userdata;
        struct bluez_link *link = call->link;
        struct bluez_endpoint *endpoint = &link->endpoints[call->endpoint];
        const void *bytes = NULL;
        size_t n = 0;
        bool reading;

        /* Treat no answer as unknown: the last value may be hours old. */
        if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read_array(m, 'y', &bytes, &n) < 0)
                n = 0;
        if (endpoint->silent)
                clock_timer_arm_in(link->battery_timer, BATTERY_USEC);
        reading = endpoint->reading;
        endpoint->reading = false;
        deliver(link, call->endpoint, bytes, n);
        if (reading)
                bluez_link_one_bound(link);
        return 0;
}

static int read_battery(struct bluez_link *link, unsigned i) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = bluez_link_new_call(link, i, "ReadValue", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 0);
        if (r >= 0)
                r = bluez_link_call(link, i, m, READ_USEC, &link->endpoints[i].read_slot, on_battery_read);
        return r;
}

int bluez_link_read_batteries(struct bluez_link *link, bool silent_only) {
        int r;

        if (stack_knows_battery(link))
                return 0;
        for (unsigned i = 0; i < link->definition->n_endpoints; i++) {
                struct bluez_endpoint *endpoint = &link->endpoints[i];

                if (!link->definition->endpoints[i].battery || !endpoint->path ||
                        (silent_only && !endpoint->silent))
                        continue;
                r = read_battery(link, i);
                if (r < 0)
                        return r;
                if (link->step != BLUEZ_STEP_READY) {
                        endpoint->reading = true;
                        link->unbound++;
                }
        }
        return 0;
}

void bluez_link_on_battery_timer(struct clock_timer *timer, void *userdata) {
        struct bluez_link *link = userdata;

        if (link->step == BLUEZ_STEP_READY && bluez_link_read_batteries(link, true) < 0)
                clock_timer_arm_in(timer, BATTERY_USEC);
}
