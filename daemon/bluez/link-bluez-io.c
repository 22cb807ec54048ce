/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <linux/sockios.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "daemon/bluez/link-bluez-private.h"

/* ATT header of a write command or notification. */
#define ATT_HEADER 3u
/* What every link carries (Core specification, volume 3, part F, 3.2.8). */
#define ATT_MTU_MIN 23u
/* Keeps the queue that nobody sees short: a burst that waits is stale when it arrives. */
#define SOCKET_BUFFER 2048

struct call {
        struct bluez_link *link;
        unsigned endpoint;
};

static void free_call(void *userdata) {
        free(userdata);
}

/* Calls a method of the endpoint's characteristic; the reply finds link and endpoint again. */
static int call_endpoint(struct bluez_link *link, unsigned endpoint, sd_bus_message *m, sd_bus_slot **slot,
        sd_bus_message_handler_t reply) {
        struct call *call = malloc(sizeof(*call));
        int r;

        if (!call)
                return -ENOMEM;
        *call = (struct call){ link, endpoint };
        *slot = sd_bus_slot_unref(*slot);
        r = sd_bus_call_async(link->radio->bus, slot, m, reply, call, 35 * USEC_PER_SEC);
        if (r < 0) {
                free(call);
                return r;
        }
        (void) sd_bus_slot_set_destroy_callback(*slot, free_call);
        return 0;
}

static int new_call(struct bluez_link *link, unsigned endpoint, const char *method, sd_bus_message **ret) {
        return sd_bus_message_new_method_call(link->radio->bus, ret, BLUEZ_NAME,
                link->endpoints[endpoint].path, BLUEZ_CHARACTERISTIC, method);
}

/* The names that a refusal may have, as our errno. */
static int error_of(const sd_bus_error *e) {
        static const struct {
                const char *name;
                int error;
        } table[] = {
                { "org.bluez.Error.InProgress", EBUSY },
                { "org.bluez.Error.NotPermitted", EADDRINUSE },
                { "org.bluez.Error.NotSupported", EOPNOTSUPP },
                { "org.bluez.Error.NotAuthorized", EACCES },
                { "org.bluez.Error.InvalidArguments", EMSGSIZE },
                { SD_BUS_ERROR_UNKNOWN_OBJECT, ENOTCONN },
                { SD_BUS_ERROR_NO_REPLY, ETIMEDOUT },
        };

        for (size_t i = 0; i < ARRAY_SIZE(table); i++)
                if (sd_bus_error_has_name(e, table[i].name))
                        return table[i].error;
        return e->message && strstr(e->message, "Not connected") ? ENOTCONN : EIO;
}

static void one_bound(struct bluez_link *link) {
        if (--link->unbound == 0)
                bluez_link_bound(link);
}

static int on_hangup(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct bluez_link *link = userdata;

        /* The link is lost, or only this characteristic of it: BlueZ closes the socket in both cases, and says which only later. */
        if (link->step == BLUEZ_STEP_READY)
                bluez_link_rebind(link, "the radio link was lost");
        else
                bluez_link_try_again(link, EHOSTUNREACH);
        return 0;
}

static int on_notify_started(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct call *call = userdata;
        const struct endpoint *endpoint = &call->link->definition->endpoints[call->endpoint];
        const sd_bus_error *e = sd_bus_message_get_error(m);

        /* InProgress: bluetoothd took up our old session again by itself. */
        if (e && !sd_bus_error_has_name(e, "org.bluez.Error.InProgress") && !endpoint->optional) {
                bluez_link_close(call->link, EHOSTUNREACH,
                        "The device does not send its answers: switch it off and on, and try again.");
                return 0;
        }
        one_bound(call->link);
        return 0;
}

static int take_socket(struct bluez_link *link, unsigned i, sd_bus_message *m) {
        struct bluez_endpoint *endpoint = &link->endpoints[i];
        int fd, r, size = SOCKET_BUFFER;
        uint16_t mtu;

        r = sd_bus_message_read(m, "hq", &fd, &mtu);
        if (r < 0)
                return r;
        /* The message closes its own copy. */
        endpoint->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (endpoint->fd < 0)
                return -errno;
        endpoint->mtu = mtu;
        (void) setsockopt(endpoint->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
        /* Only hang-ups matter; it tells of a lost link before the bus does. */
        return sd_event_add_io(sd_bus_get_event(link->radio->bus), &endpoint->hangup, endpoint->fd,
                EPOLLHUP | EPOLLERR, on_hangup, link);
}

static int on_write_acquired(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct call *call = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        struct bluez_link *link = call->link;

        if (e && error_of(e) == EADDRINUSE) {
                bluez_link_close(link, EADDRINUSE,
                        "The device is in use by another program on this machine: quit that one.");
                return 0;
        }
        /* Any other refusal leaves WriteValue, which works everywhere. */
        if (!e && take_socket(link, call->endpoint, m) < 0) {
                bluez_link_close(link, EHOSTUNREACH, "The device could not be connected: no socket.");
                return 0;
        }
        one_bound(link);
        return 0;
}

static int on_battery_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct call *call = userdata;
        struct bluez_link *link = call->link;
        const void *bytes;
        size_t n;

        if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read_array(m, 'y', &bytes, &n) >= 0)
                link->base.handler->notified(link->base.userdata, call->endpoint, bytes, n);
        one_bound(link);
        return 0;
}

/* The link is not ready before the answer: how full the battery is decides whether output may begin. */
static int ask_battery(struct bluez_link *link, unsigned i) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = new_call(link, i, "ReadValue", &m);
        if (r >= 0)
                r = sd_bus_message_append(m, "a{sv}", 0);
        if (r >= 0)
                r = call_endpoint(link, i, m, &link->endpoints[i].read_slot, on_battery_read);
        if (r >= 0)
                link->unbound++;
        return r;
}

/* Notifications on, and the write socket where commands are all that the endpoint takes: a socket carries no requests,
 * and while it is held WriteValue is refused. */
static int bind_endpoint(struct bluez_link *link, unsigned i, bool can_command) {
        const struct endpoint *endpoint = &link->definition->endpoints[i];
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        bool acquire = endpoint->can_command && !endpoint->can_request && can_command;
        int r;

        if (!endpoint->notify && !acquire)
                return 0;
        r = new_call(link, i, acquire ? "AcquireWrite" : "StartNotify", &m);
        if (r >= 0 && acquire)
                r = sd_bus_message_append(m, "a{sv}", 0);
        if (r >= 0)
                r = call_endpoint(link, i, m, &link->endpoints[i].bind_slot,
                        acquire ? on_write_acquired : on_notify_started);
        if (r >= 0)
                link->unbound++;
        return r;
}

bool bluez_link_can_bind(const struct bluez_link *link) {
        for (unsigned i = 0; i < link->definition->n_endpoints; i++) {
                const struct endpoint *endpoint = &link->definition->endpoints[i];

                if (!endpoint->optional && !bluez_find_characteristic(link->radio, link->path,
                                                   endpoint->service, endpoint->characteristic))
                        return false;
        }
        return true;
}

bool bluez_link_is_bound(const struct bluez_link *link) {
        const struct bluez_object *device = bluez_find_path(link->radio, link->path);

        if (!device || !device->resolved)
                return false;
        for (unsigned i = 0; i < link->definition->n_endpoints; i++)
                if (link->endpoints[i].path && !bluez_find_path(link->radio, link->endpoints[i].path))
                        return false;
        return true;
}

int bluez_link_bind(struct bluez_link *link) {
        bool can_command[PROTOCOL_ENDPOINTS_MAX] = {};
        int r;

        for (unsigned i = 0; i < link->definition->n_endpoints; i++) {
                const struct endpoint *endpoint = &link->definition->endpoints[i];
                const struct bluez_object *o = bluez_find_characteristic(
                        link->radio, link->path, endpoint->service, endpoint->characteristic);

                if (!o && !endpoint->optional)
                        return -ENOPROTOOPT;
                r = free_and_strdup(&link->endpoints[i].path, o ? o->path : NULL);
                if (r < 0)
                        return r;
                link->endpoints[i].mtu = o && o->mtu > 0 ? o->mtu : ATT_MTU_MIN;
                can_command[i] = o && o->can_command;
        }

        link->step = BLUEZ_STEP_BINDING;
        link->unbound = 1;
        for (unsigned i = 0; i < link->definition->n_endpoints; i++) {
                if (!link->endpoints[i].path)
                        continue;
                r = bind_endpoint(link, i, can_command[i]);
                if (r >= 0 && link->definition->endpoints[i].battery)
                        r = ask_battery(link, i);
                if (r < 0)
                        return r;
        }
        one_bound(link);
        return 0;
}

void bluez_link_unbind(struct bluez_link *link) {
        for (unsigned i = 0; i < PROTOCOL_ENDPOINTS_MAX; i++) {
                struct bluez_endpoint *e = &link->endpoints[i];

                e->bind_slot = sd_bus_slot_unref(e->bind_slot);
                e->write_slot = sd_bus_slot_unref(e->write_slot);
                e->read_slot = sd_bus_slot_unref(e->read_slot);
                e->hangup = sd_event_source_disable_unref(e->hangup);
                e->fd = close_fd(e->fd);
                free(e->path);
                e->path = NULL;
        }
        link->unbound = 0;
}

static int on_written(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const struct call *call = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);
        struct bluez_link *link = call->link;

        /* The path is of services that are no more, although no signal said so yet. */
        if (e && sd_bus_error_has_name(e, SD_BUS_ERROR_UNKNOWN_OBJECT) && link->step == BLUEZ_STEP_READY)
                bluez_link_rebind(link, "its services changed");
        else
                link->base.handler->written(link->base.userdata, call->endpoint, e ? -error_of(e) : 0);
        return 0;
}

static int write_call(
        struct bluez_link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = new_call(link, endpoint, "WriteValue", &m);
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', bytes, n);
        /* Without a type bluetoothd picks one by the flags, which cheap devices get wrong. */
        if (r >= 0)
                r = sd_bus_message_append(
                        m, "a{sv}", 1, "type", "s", write == FRAME_REQUEST ? "request" : "command");
        if (r >= 0)
                r = call_endpoint(link, endpoint, m, &link->endpoints[endpoint].write_slot, on_written);
        return r < 0 ? r : 1;
}

static int bluez_link_write(
        struct link *base, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        struct bluez_link *link = (struct bluez_link *) base;
        struct bluez_endpoint *e = &link->endpoints[endpoint];

        if (link->step != BLUEZ_STEP_READY || !e->path || n == 0)
                return -ENOTCONN;
        /* Too long for the link it would vanish without a word as a command, and as a request be sent in pieces, which
         * such devices do not put together. */
        if (n + ATT_HEADER > e->mtu)
                return -EMSGSIZE;
        if (e->fd < 0)
                return write_call(link, endpoint, write, bytes, n);
        if (send(e->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return errno == EPIPE ? -ENOTCONN : -errno;
        return 0;
}

static int bluez_link_queued(struct link *base, unsigned endpoint) {
        const struct bluez_link *link = (const struct bluez_link *) base;
        int queued = 0;

        if (link->endpoints[endpoint].fd < 0 || ioctl(link->endpoints[endpoint].fd, SIOCOUTQ, &queued) < 0)
                return 0;
        return queued;
}

void bluez_link_value(struct bluez_radio *radio, const char *path, const uint8_t *bytes, size_t n) {
        for (struct bluez_link *l = radio->links; l; l = l->next)
                for (unsigned i = 0; l->step == BLUEZ_STEP_READY && i < l->definition->n_endpoints; i++)
                        if (streq_ptr(l->endpoints[i].path, path)) {
                                l->base.handler->notified(l->base.userdata, i, bytes, n);
                                return;
                        }
}

const struct link_ops bluez_link_ops = {
        .write = bluez_link_write,
        .queued = bluez_link_queued,
        .free = bluez_link_free,
};
