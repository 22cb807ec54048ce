/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* From resolved services to a ready link: finds the endpoints, subscribes to those that notify, acquires those that take
 * commands. */

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "daemon/bluez/link-bluez-private.h"

/* Supported by every link (Core specification, volume 3, part F, 3.2.8). */
#define ATT_MTU_MIN 23u
/* Keeps the socket's queue short: a burst that waits there is stale when it arrives. */
#define SOCKET_BUFFER 2048
/* Time for all of binding. A good link needs some tenths of a second. */
#define BIND_USEC (6 * USEC_PER_SEC)
/* The same when binding again under a standing link, over which a stop may be needed: beyond this a new link is faster. */
#define BIND_AGAIN_USEC (1 * USEC_PER_SEC)
/* Time for one call: for a device that does not answer, bluetoothd replies only after 30 s. */
#define CLAIM_USEC (3 * USEC_PER_SEC)
/* Right after a connect, bluetoothd refuses calls that succeed a moment later; the same while it has not noticed a release. */
#define AGAIN_USEC (250 * USEC_PER_MSEC)
#define CLAIM_TRIES_MAX 6u

static int on_hangup(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct bluez_link *link = userdata;

        /* Either the link is lost or only this characteristic: BlueZ closes the socket in both cases, and reports which only
         * later. */
        if (link->step == BLUEZ_STEP_READY)
                bluez_link_rebind(link, "the radio link was lost");
        else
                bluez_link_try_again(link, BLUEZ_REASON_REFUSED);
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
        /* Only hang-ups matter; they report a lost link before the bus does. */
        return sd_event_add_io(sd_bus_get_event(link->radio->bus), &endpoint->hangup, endpoint->fd,
                EPOLLHUP | EPOLLERR, on_hangup, link);
}

/* Completes a claim. Last call in its caller: the link may be ready, or gone. */
static void settle(struct bluez_link *link, unsigned i, enum bluez_claim what) {
        if (link->endpoints[i].claims[what].settled)
                return;
        link->endpoints[i].claims[what].settled = true;
        bluez_link_one_bound(link);
}

/* Worth a retry: bluetoothd may answer differently in a moment. */
static bool is_passing(const sd_bus_error *e) {
        int error = bluez_error_to_errno(e);

        return error == EBUSY || error == EADDRINUSE || error == ENOTCONN || error == EIO;
}

/* Refused permanently. */
static void refused(struct bluez_link *link, unsigned i, enum bluez_claim what, const sd_bus_error *e) {
        bool wants_pairing = bluez_error_wants_pairing(e);
        int error = bluez_error_to_errno(e);
        /* Without a socket there is WriteValue, which always works. */
        bool does_without = what == BLUEZ_CLAIM_WRITE && !wants_pairing && error != EADDRINUSE;

        if (link->definition->endpoints[i].optional || does_without)
                settle(link, i, what);
        else if (wants_pairing)
                bluez_link_fail(link, BLUEZ_REASON_WANTS_PAIRING);
        else if (error == EADDRINUSE)
                bluez_link_fail(link, BLUEZ_REASON_HELD);
        else if (error == EOPNOTSUPP)
                bluez_link_fail(link, BLUEZ_REASON_NO_ANSWERS);
        else {
                /* A new link may have what this one lacks. */
                bluez_link_ask_disconnect(link);
                bluez_link_try_again(link, BLUEZ_REASON_NO_ANSWERS);
        }
}

static void on_claimed(const struct bluez_call *call, enum bluez_claim what, sd_bus_message *m) {
        struct bluez_link *link = call->link;
        unsigned i = call->endpoint;
        struct bluez_endpoint *endpoint = &link->endpoints[i];
        const sd_bus_error *e = sd_bus_message_get_error(m);

        if (!e && what == BLUEZ_CLAIM_WRITE && take_socket(link, i, m) < 0)
                bluez_link_try_again(link, BLUEZ_REASON_TROUBLE);
        else if (!e)
                settle(link, i, what);
        else if (is_passing(e) && ++endpoint->claims[what].tries < CLAIM_TRIES_MAX) {
                endpoint->claims[what].again = true;
                if (!clock_timer_armed(link->claim_timer))
                        clock_timer_arm_in(link->claim_timer, AGAIN_USEC);
                /* The device works without it. */
                if (link->definition->endpoints[i].optional)
                        settle(link, i, what);
        } else
                refused(link, i, what, e);
}

static int on_notify_started(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        on_claimed(userdata, BLUEZ_CLAIM_NOTIFY, m);
        return 0;
}

static int on_write_acquired(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        on_claimed(userdata, BLUEZ_CLAIM_WRITE, m);
        return 0;
}

static int claim(struct bluez_link *link, unsigned i, enum bluez_claim what) {
        static const struct {
                const char *method;
                sd_bus_message_handler_t reply;
        } claims[_BLUEZ_CLAIM_MAX] = {
                [BLUEZ_CLAIM_NOTIFY] = { "StartNotify", on_notify_started },
                [BLUEZ_CLAIM_WRITE] = { "AcquireWrite", on_write_acquired },
        };
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = bluez_link_new_call(link, i, claims[what].method, &m);
        if (r >= 0 && what == BLUEZ_CLAIM_WRITE)
                r = sd_bus_message_append(m, "a{sv}", 0);
        if (r >= 0)
                r = bluez_link_call(
                        link, i, m, CLAIM_USEC, &link->endpoints[i].claims[what].slot, claims[what].reply);
        return r;
}

void bluez_link_on_claim_timer(struct clock_timer *timer, void *userdata) {
        struct bluez_link *link = userdata;

        for (unsigned i = 0; i < link->definition->n_endpoints; i++)
                for (unsigned what = 0; what < _BLUEZ_CLAIM_MAX; what++) {
                        if (!link->endpoints[i].claims[what].again)
                                continue;
                        link->endpoints[i].claims[what].again = false;
                        if (claim(link, i, what) < 0) {
                                bluez_link_try_again(link, BLUEZ_REASON_TROUBLE);
                                return;
                        }
                }
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

/* Notifications if the endpoint has any, and the write socket if it takes only commands: the socket carries no requests, and
 * while it is held WriteValue is refused. One endpoint may need both. */
static int bind_endpoint(struct bluez_link *link, unsigned i, const struct bluez_object *o) {
        const struct endpoint *endpoint = &link->definition->endpoints[i];
        bool wanted[_BLUEZ_CLAIM_MAX] = {
                [BLUEZ_CLAIM_NOTIFY] = endpoint->notify,
                [BLUEZ_CLAIM_WRITE] = endpoint->can_command && !endpoint->can_request && o->can_command,
        };
        int r;

        link->endpoints[i].mtu = o->mtu > 0 ? o->mtu : ATT_MTU_MIN;
        link->endpoints[i].silent = endpoint->battery && !(endpoint->notify && o->can_notify);
        for (unsigned what = 0; what < _BLUEZ_CLAIM_MAX; what++) {
                if (!wanted[what])
                        continue;
                r = claim(link, i, what);
                if (r < 0)
                        return r;
                link->unbound++;
        }
        return 0;
}

/* Starts with all endpoints; each reply decrements unbound. */
static int bind_endpoints(struct bluez_link *link) {
        int r;

        for (unsigned i = 0; i < link->definition->n_endpoints; i++) {
                const struct endpoint *endpoint = &link->definition->endpoints[i];
                const struct bluez_object *o = bluez_find_characteristic(
                        link->radio, link->path, endpoint->service, endpoint->characteristic);

                if (!o && !endpoint->optional)
                        return -ENOPROTOOPT;
                r = free_and_strdup(&link->endpoints[i].path, o ? o->path : NULL);
                if (r >= 0 && o)
                        r = bind_endpoint(link, i, o);
                if (r < 0)
                        return r;
        }
        return bluez_link_read_batteries(link, false);
}

int bluez_link_bind(struct bluez_link *link) {
        int r;

        if (!bluez_link_can_bind(link))
                return -ENOPROTOOPT;
        link->unbound = 1;
        r = bind_endpoints(link);
        if (r < 0) {
                bluez_link_unbind(link);
                return r;
        }
        link->step = BLUEZ_STEP_BINDING;
        bluez_link_arm(link, link->was_ready ? BIND_AGAIN_USEC : BIND_USEC);
        bluez_link_one_bound(link);
        return 0;
}

void bluez_link_unbind(struct bluez_link *link) {
        clock_timer_disarm(link->claim_timer);
        clock_timer_disarm(link->battery_timer);
        for (unsigned i = 0; i < PROTOCOL_ENDPOINTS_MAX; i++) {
                struct bluez_endpoint *e = &link->endpoints[i];

                for (unsigned what = 0; what < _BLUEZ_CLAIM_MAX; what++)
                        sd_bus_slot_unref(e->claims[what].slot);
                sd_bus_slot_unref(e->write_slot);
                sd_bus_slot_unref(e->read_slot);
                sd_event_source_disable_unref(e->hangup);
                close_fd(e->fd);
                free(e->path);
                *e = (struct bluez_endpoint){ .fd = -EBADF };
        }
        link->unbound = 0;
}
