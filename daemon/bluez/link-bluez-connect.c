/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes a link, one per adapter at a time: waits for its turn, calls Connect(), waits for the services. Every wait has a
 * timeout with its own error. */

#include "daemon/bluez/link-bluez-private.h"

/* Time to look for a device that is not in sight. */
#define SEARCH_USEC (10 * USEC_PER_SEC)
/* The kernel would try for 40 s, too long for a person. */
#define CONNECT_USEC (20 * USEC_PER_SEC)
#define RESOLVE_USEC (10 * USEC_PER_SEC)
/* ServicesResolved may come before the services do. */
#define LOOK_AGAIN_USEC (1 * USEC_PER_SEC)
/* Most radio failures are gone at the next attempt; others need more time. Right after a disconnect Connect() is refused
 * ("Input/output error") until the kernel is done, which takes a second or two. */
#define RETRY_FIRST_USEC (250 * USEC_PER_MSEC)
#define RETRY_LAST_USEC (2 * USEC_PER_SEC)
#define TRIES_MAX 6u
/* bluetoothd signals a disconnect when the kernel has accepted the command, not when the link is gone. A Connect() in
 * between fails, and leaves the kernel waiting for a scan that it does not start (Linux 6.1: for 20 s). */
#define LEFT_USEC (500 * USEC_PER_MSEC)
/* A device still linked this long after we asked for a disconnect will stay: another program uses it, or the command was
 * lost. */
#define LEAVING_USEC (5 * USEC_PER_SEC)
/* Minimum time for a link that waited in the queue once its turn comes. */
#define TURN_USEC (15 * USEC_PER_SEC)
/* Another program's Connect() of the same device is in progress: wait for its result. */
#define BUSY_USEC (500 * USEC_PER_MSEC)
#define BUSY_TRIES_MAX 20u

void bluez_link_arm(struct bluez_link *link, uint64_t usec) {
        uint64_t at = clock_now(link->radio->clock) + usec;

        clock_timer_arm(link->timer, link->was_ready ? at : MIN(at, link->deadline_usec));
}

static bool is_late(const struct bluez_link *link) {
        return !link->was_ready && clock_now(link->radio->clock) >= link->deadline_usec;
}

/* Fails from the loop, for callers that must not end the link at once. */
static void fail_soon(struct bluez_link *link, enum bluez_reason reason) {
        link->failure = reason;
        clock_timer_arm_in(link->timer, 0);
}

/* Back into the queue after the timer. */
static void wait_and_start_over(struct bluez_link *link, enum bluez_reason reason, uint64_t usec) {
        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        link->turn = false;
        link->step = BLUEZ_STEP_QUEUED;
        link->looked_again = false;
        link->retrying = true;
        link->reason = reason;
        bluez_link_arm(link, usec);
        bluez_links_advance(link->radio);
}

void bluez_link_try_again(struct bluez_link *link, enum bluez_reason reason) {
        if (link->was_ready || ++link->tries >= TRIES_MAX || is_late(link))
                bluez_link_fail(link, reason);
        else
                wait_and_start_over(
                        link, reason, MIN(RETRY_FIRST_USEC << (link->tries - 1), RETRY_LAST_USEC));
}

/* Failed at once: for a device heard recently, the problem is not its absence. */
static enum bluez_reason refused_or_gone(const struct bluez_link *link) {
        const struct bluez_object *device = bluez_find_path(link->radio, link->path);

        return device && device->in_sight ? BLUEZ_REASON_REFUSED : BLUEZ_REASON_NOT_IN_SIGHT;
}

static void connect_refused(struct bluez_link *link, const sd_bus_error *e) {
        if (bluez_error_is_busy(e)) {
                if (link->busy_tries++ < BUSY_TRIES_MAX)
                        wait_and_start_over(link, BLUEZ_REASON_OTHER_CONNECTS, BUSY_USEC);
                else
                        bluez_link_fail(link, BLUEZ_REASON_OTHER_CONNECTS);
        } else if (bluez_error_wants_pairing(e))
                bluez_link_fail(link, BLUEZ_REASON_WANTS_PAIRING);
        else if (sd_bus_error_has_name(e, "org.bluez.Error.NotReady"))
                bluez_link_try_again(link, BLUEZ_REASON_ADAPTER_OFF);
        else /* UnknownObject: it expired while we waited and must be discovered again */
                bluez_link_try_again(link, refused_or_gone(link));
}

/* The device's properties after Connect(): the reply may refer to an earlier client's link that is about to drop, and the
 * signal for Connected may be missing (bluetoothd 5.66). */
static int on_device_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_link *link = userdata;
        struct bluez_object *device = bluez_find_path(link->radio, link->path);

        link->slot = sd_bus_slot_unref(link->slot);
        if (!device || sd_bus_message_is_method_error(m, NULL) ||
                bluez_properties_read(link->radio, m, device, BLUEZ_KIND_DEVICE, false) < 0 ||
                !device->connected) {
                bluez_link_try_again(link, refused_or_gone(link));
                return 0;
        }
        link->step = BLUEZ_STEP_RESOLVING;
        bluez_link_arm(link, RESOLVE_USEC);
        link->base.handler->progressed(link->base.userdata, LINK_RESOLVING);
        bluez_link_advance(link);
        return 0;
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_link *link = userdata;
        const sd_bus_error *e = sd_bus_message_get_error(m);

        link->slot = sd_bus_slot_unref(link->slot);
        if (e && !sd_bus_error_has_name(e, "org.bluez.Error.AlreadyConnected")) {
                connect_refused(link, e);
                return 0;
        }
        link->step = BLUEZ_STEP_LINKED;
        bluez_link_arm(link, RESOLVE_USEC);
        if (sd_bus_call_method_async(link->radio->bus, &link->slot, BLUEZ_NAME, link->path,
                    "org.freedesktop.DBus.Properties", "GetAll", on_device_read, link, "s",
                    BLUEZ_DEVICE) < 0)
                bluez_link_try_again(link, BLUEZ_REASON_TROUBLE);
        return 0;
}

static void begin_connect(struct bluez_link *link, struct bluez_object *device) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        device->leaving = false;
        device->left_usec = 0;
        r = free_and_strdup(&link->path, device->path);
        if (r >= 0)
                r = sd_bus_message_new_method_call(
                        link->radio->bus, &m, BLUEZ_NAME, link->path, BLUEZ_DEVICE, "Connect");
        if (r >= 0)
                r = sd_bus_call_async(
                        link->radio->bus, &link->slot, m, on_connected, link, 60 * USEC_PER_SEC);
        if (r < 0) {
                fail_soon(link, BLUEZ_REASON_TROUBLE);
                return;
        }
        link->step = BLUEZ_STEP_CONNECTING;
        bluez_link_arm(link, CONNECT_USEC);
        link->base.handler->progressed(link->base.userdata, LINK_CONNECTING);
}

/* The previous link is not quite gone: Connect() would succeed on a link that is about to drop, or fail. */
static bool is_leaving(struct bluez_link *link, const struct bluez_object *device) {
        uint64_t now = clock_now(link->radio->clock), until = 0;

        if (device->leaving && device->connected)
                until = device->leaving_usec + LEAVING_USEC;
        else if (device->left_usec > 0 && !device->connected)
                until = device->left_usec + LEFT_USEC;
        if (now >= until)
                return false;
        bluez_link_arm(link, until - now);
        return true;
}

static bool take_turn(struct bluez_link *link, const struct bluez_object *device) {
        uint64_t now = clock_now(link->radio->clock);

        if (bluez_adapter_is_taken(link->radio, device->adapter, link)) {
                link->turn = false;
                return false;
        }
        memcpy(link->adapter, device->adapter, sizeof(link->adapter));
        if (!link->had_turn)
                link->deadline_usec = MAX(link->deadline_usec, now + TURN_USEC);
        link->turn = link->had_turn = true;
        return true;
}

/* Queued: needs a device object on a powered adapter, its turn there, and a scan that has stopped. */
static void advance_queued(struct bluez_link *link) {
        struct bluez_radio *radio = link->radio;
        struct bluez_object *device;

        if (link->failure != BLUEZ_REASON_NONE || link->retrying)
                return;
        device = bluez_find_device(radio, link->address, link->address_type);
        if (!device || is_leaving(link, device)) {
                link->turn = false;
                return;
        }
        if (!take_turn(link, device))
                return;
        bluez_scan_update(radio);
        if (bluez_scan_is_over(bluez_adapter_of(radio, device)->scan))
                begin_connect(link, device);
}

/* bluetoothd's data on a device may be from old firmware, or read when the device fell silent: remove it once and discover
 * the device anew. Not for a paired device, which would have to be paired again. */
static bool forget_at_bluetoothd(struct bluez_link *link) {
        struct bluez_object *device = bluez_find_path(link->radio, link->path);
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (link->cleared || !device || device->paired)
                return false;
        if (sd_bus_message_new_method_call(
                    link->radio->bus, &m, BLUEZ_NAME, link->adapter, BLUEZ_ADAPTER, "RemoveDevice") < 0 ||
                sd_bus_message_append(m, "o", link->path) < 0 || sd_bus_message_set_expect_reply(m, 0) < 0 ||
                sd_bus_send(link->radio->bus, m, NULL) < 0)
                return false;
        link->cleared = true;
        device->leaving = true;
        device->leaving_usec = clock_now(link->radio->clock);
        wait_and_start_over(link, BLUEZ_REASON_MISSING_SERVICE, RETRY_FIRST_USEC);
        return true;
}

static void on_objects(int error, void *userdata) {
        struct bluez_link *link = userdata;

        if (error < 0) {
                bluez_link_try_again(link, BLUEZ_REASON_TROUBLE);
                return;
        }
        if (bluez_link_bind(link) >= 0)
                return;
        if (link->was_ready) {
                /* Asked again whenever BlueZ has news, until the timeout. */
                link->step = BLUEZ_STEP_RESOLVING;
                link->looked_again = true;
                return;
        }
        if (!link->looked_again) {
                link->looked_again = true;
                link->step = BLUEZ_STEP_RESOLVING;
                bluez_link_arm(link, LOOK_AGAIN_USEC);
                return;
        }
        if (!forget_at_bluetoothd(link))
                bluez_link_fail(link, BLUEZ_REASON_MISSING_SERVICE);
}

static bool may_read(const struct bluez_link *link) {
        const struct bluez_object *device = bluez_find_path(link->radio, link->path);

        if (!device || !device->resolved)
                return false;
        if (link->was_ready)
                return !link->looked_again || bluez_link_can_bind(link);
        return !link->looked_again || !clock_timer_armed(link->timer);
}

static void advance_resolving(struct bluez_link *link) {
        if (!may_read(link))
                return;
        link->step = BLUEZ_STEP_READING;
        if (!clock_timer_armed(link->timer))
                bluez_link_arm(link, LOOK_AGAIN_USEC);
        if (bluez_objects_ask(link->radio, &link->slot, on_objects, link) < 0)
                fail_soon(link, BLUEZ_REASON_TROUBLE);
}

void bluez_link_advance(struct bluez_link *link) {
        if (link->step == BLUEZ_STEP_QUEUED)
                advance_queued(link);
        else if (link->step == BLUEZ_STEP_RESOLVING)
                advance_resolving(link);
}

/* Every step may call the link's user, who may end links and so change the list: restart after each that moved. */
void bluez_links_advance(struct bluez_radio *radio) {
        struct bluez_link *l = radio->links;

        while (l) {
                const struct bluez_link *before = l, *next = l->next;
                enum bluez_step step = l->step;

                bluez_link_advance(l);
                for (l = radio->links; l && l != before; l = l->next)
                        ;
                if (l && l->step == step && l->next == next)
                        l = l->next;
                else
                        l = l && l->step != step ? l->next : radio->links;
        }
}

/* Queued for too long: keeps waiting where possible, else fails with what it waited for. */
static void queued_too_long(struct bluez_link *link) {
        struct bluez_radio *radio = link->radio;
        bool there = bluez_find_device(radio, link->address, link->address_type);

        if (is_late(link) || (!there && !link->retrying)) {
                bluez_link_fail(link, !there            ? BLUEZ_REASON_NOT_IN_SIGHT
                                      : !link->had_turn ? BLUEZ_REASON_TURN
                                                        : link->reason ?: BLUEZ_REASON_TROUBLE);
                return;
        }
        link->retrying = false;
        bluez_link_arm(link, SEARCH_USEC);
        bluez_link_advance(link);
        bluez_scan_update(radio);
}

/* Linked, but silent. As long as the link stands, Connect() would succeed on it. */
static void linked_too_long(struct bluez_link *link) {
        enum bluez_reason reason = link->step == BLUEZ_STEP_BINDING ? BLUEZ_REASON_NO_ANSWERS
                                   : link->looked_again             ? BLUEZ_REASON_MISSING_SERVICE
                                                                    : BLUEZ_REASON_UNRESOLVED;

        bluez_link_ask_disconnect(link);
        bluez_link_try_again(link, reason);
}

void bluez_link_on_timer(struct clock_timer *timer, void *userdata) {
        struct bluez_link *link = userdata;

        if (link->failure != BLUEZ_REASON_NONE)
                bluez_link_fail(link, link->failure);
        else if (link->step == BLUEZ_STEP_LEAVING)
                link->base.handler->left(link->base.userdata, -ETIMEDOUT);
        else if (link->was_ready)
                bluez_link_fail(link, BLUEZ_REASON_TROUBLE);
        else if (link->step == BLUEZ_STEP_QUEUED)
                queued_too_long(link);
        else if (link->step == BLUEZ_STEP_CONNECTING)
                bluez_link_fail(link, BLUEZ_REASON_NOT_IN_SIGHT);
        else if (link->step == BLUEZ_STEP_RESOLVING && link->looked_again && !is_late(link))
                bluez_link_advance(link);
        else
                linked_too_long(link);
}
