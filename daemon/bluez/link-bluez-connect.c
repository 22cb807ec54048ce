/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bluez/link-bluez-private.h"

/* Looking for a device that is not in sight. */
#define SEARCH_USEC (10 * USEC_PER_SEC)
/* The kernel would try for 40 s; a person would not. */
#define CONNECT_USEC (20 * USEC_PER_SEC)
#define RESOLVE_USEC (10 * USEC_PER_SEC)
/* ServicesResolved may come before the services do. */
#define LOOK_AGAIN_USEC (1 * USEC_PER_SEC)
/* Services that BlueZ took away under a standing link come back within milliseconds, or not at all. */
#define REBIND_USEC (700 * USEC_PER_MSEC)
/* Most failures of the radio are gone at the next try; one that is not needs more time. A link that has just been let go
 * is refused ("Input/output error") until the kernel is done with it, which takes a second or two. */
#define RETRY_FIRST_USEC (250 * USEC_PER_MSEC)
#define RETRY_LAST_USEC (2 * USEC_PER_SEC)
#define TRIES_MAX 6u
/* After this no new try begins: somebody waits for the answer. */
#define OPEN_USEC (30 * USEC_PER_SEC)
/* bluetoothd tells of a disconnect when the kernel has taken the order, not when the link is gone. A Connect() in between
 * fails, and leaves the kernel waiting for a scan that it does not begin (Linux 6.1: for 20 s). */
#define LEFT_USEC (500 * USEC_PER_MSEC)
/* As long as a device that is in sight waits for others to be connected before it. */
#define TURN_USEC (120 * USEC_PER_SEC)
/* Another program's Connect() of the same device is under way: its outcome is waited for. */
#define BUSY_TRIES_MAX 20u

static void advance(struct bluez_link *link);

static void link_detach(struct bluez_link *link) {
        struct bluez_radio *radio = link->radio;

        for (struct bluez_link **p = &radio->links; *p; p = &(*p)->next)
                if (*p == link) {
                        *p = link->next;
                        break;
                }
        if (radio->connecting == link)
                radio->connecting = NULL;
}

/* Fire and forget: it takes two seconds, and nothing of ours depends on it. */
static void ask_disconnect(struct bluez_link *link) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        struct bluez_object *device = link->path ? bluez_find_path(link->radio, link->path) : NULL;

        if (device)
                device->leaving = true;
        if (!link->path || sd_bus_message_new_method_call(link->radio->bus, &m, BLUEZ_NAME, link->path,
                                   BLUEZ_DEVICE, "Disconnect") < 0)
                return;
        (void) sd_bus_message_set_expect_reply(m, 0);
        (void) sd_bus_send(link->radio->bus, m, NULL);
}

void bluez_link_free(struct link *base) {
        struct bluez_link *link = (struct bluez_link *) base;
        struct bluez_radio *radio = link->radio;
        const struct bluez_object *device = link->path ? bluez_find_path(radio, link->path) : NULL;

        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        if (link->step >= BLUEZ_STEP_CONNECTING && device &&
                (device->connected || link->step <= BLUEZ_STEP_LINKED))
                ask_disconnect(link);
        link_detach(link);
        clock_timer_free(link->timer);
        free(link->path);
        free(link);
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

void bluez_link_close(struct bluez_link *link, int error, const char *why) {
        const struct link_handler *handler = link->base.handler;
        void *userdata = link->base.userdata;

        /* The user frees the link from inside. */
        if (link->was_ready)
                handler->closed(userdata, why);
        else
                handler->failed(userdata, error, why);
}

struct bluez_link *bluez_link_by_path(struct bluez_radio *radio, const char *device_path) {
        for (struct bluez_link *l = radio->links; l; l = l->next)
                if (l->path && streq(l->path, device_path))
                        return l;
        return NULL;
}

bool bluez_links_search(const struct bluez_radio *radio) {
        for (const struct bluez_link *l = radio->links; l; l = l->next)
                if (l->step == BLUEZ_STEP_QUEUED && l->failure == 0 && !l->retrying) {
                        const struct bluez_object *o = bluez_find_device(radio, l->address, l->address_type);

                        if (!o)
                                return true;
                }
        return false;
}

/* The sentence for what stands in the way, whole and with what to do. */
static const char *sentence_for(int error) {
        switch (error) {
        case ENOMEDIUM:
                return "This machine has no Bluetooth adapter: plug one in, and see that bluetooth.service runs.";
        case ENETDOWN:
                return "Bluetooth is switched off: switch it on with 'bluetoothctl power on' (or 'rfkill unblock bluetooth').";
        case EHOSTUNREACH:
                return "The device is not in sight: switch it on, bring it nearer, and disconnect it from any phone.";
        case ENOPROTOOPT:
                return "The device lacks the service that its name promises: it is another product, or its firmware is too old.";
        case EADDRINUSE:
                return "The device is in use by another program on this machine: quit that one.";
        default:
                return "The device could not be connected: switch it off and on, and try again.";
        }
}

static void fail(struct bluez_link *link, int error) {
        if (link->was_ready) {
                bluez_link_close(link, error, "its services changed and could not be found again");
                return;
        }
        /* What has no name of its own is the same to a person: the device cannot be reached. */
        bluez_link_close(link, error == EIO ? EHOSTUNREACH : error, sentence_for(error));
}

/* Back into the queue, until the timer. */
static void wait_and_start_over(struct bluez_link *link, uint64_t usec) {
        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        if (link->radio->connecting == link)
                link->radio->connecting = NULL;
        link->step = BLUEZ_STEP_QUEUED;
        link->looked_again = false;
        link->retrying = true;
        clock_timer_arm_in(link->timer, usec);
        bluez_links_advance(link->radio);
}

void bluez_link_try_again(struct bluez_link *link, int error) {
        if (link->was_ready)
                fail(link, error);
        else if (++link->tries >= TRIES_MAX || clock_now(link->radio->clock) - link->opened_usec > OPEN_USEC)
                fail(link, error);
        else
                wait_and_start_over(link, MIN(RETRY_FIRST_USEC << (link->tries - 1), RETRY_LAST_USEC));
}

bool bluez_error_is_busy(const sd_bus_error *e) {
        /* The second is how versions up to 5.80 spell it. */
        return sd_bus_error_has_name(e, "org.bluez.Error.InProgress") ||
               (e->message && strstr(e->message, "already in progress"));
}

static void connect_refused(struct bluez_link *link, const sd_bus_error *e) {
        if (bluez_error_is_busy(e) && link->busy_tries++ < BUSY_TRIES_MAX)
                wait_and_start_over(link, RETRY_FIRST_USEC);
        else if (sd_bus_error_has_name(e, "org.bluez.Error.NotReady"))
                fail(link, ENETDOWN);
        else /* UnknownObject: it expired while we waited; it must be found again */
                bluez_link_try_again(link, EHOSTUNREACH);
}

/* What the device's own properties say after Connect(): its answer may be a yes to the link of an earlier client that is
 * about to fall, and the signal of Connected may be missing (bluetoothd 5.66). */
static int on_device_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_link *link = userdata;
        struct bluez_object *device = bluez_find_path(link->radio, link->path);

        link->slot = sd_bus_slot_unref(link->slot);
        if (!device || sd_bus_message_is_method_error(m, NULL) ||
                bluez_properties_read(link->radio, m, device, false) < 0 || !device->connected) {
                bluez_link_try_again(link, EHOSTUNREACH);
                return 0;
        }
        link->step = BLUEZ_STEP_RESOLVING;
        clock_timer_arm_in(link->timer, RESOLVE_USEC);
        link->base.handler->progressed(link->base.userdata, LINK_RESOLVING);
        advance(link);
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
        clock_timer_arm_in(link->timer, RESOLVE_USEC);
        if (sd_bus_call_method_async(link->radio->bus, &link->slot, BLUEZ_NAME, link->path,
                    "org.freedesktop.DBus.Properties", "GetAll", on_device_read, link, "s",
                    BLUEZ_DEVICE) < 0)
                bluez_link_try_again(link, EIO);
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
                fail(link, -r);
                return;
        }
        link->step = BLUEZ_STEP_CONNECTING;
        clock_timer_arm_in(link->timer, CONNECT_USEC);
        link->base.handler->progressed(link->base.userdata, LINK_CONNECTING);
}

/* In the queue: needs an adapter that is on, its turn, a device object, and a scan that has given way. */
static void advance_queued(struct bluez_link *link) {
        struct bluez_radio *radio = link->radio;
        struct bluez_object *device;

        if (link->failure != 0 || link->retrying)
                return;
        device = bluez_find_device(radio, link->address, link->address_type);
        if (!device || (radio->connecting && radio->connecting != link))
                return;
        /* Connect() would say yes to the link that is about to fall. */
        if (device->leaving && device->connected)
                return;
        if (device->left_usec > 0 && clock_now(radio->clock) - device->left_usec < LEFT_USEC) {
                link->retrying = true;
                clock_timer_arm_in(link->timer, LEFT_USEC);
                return;
        }
        radio->connecting = link;
        bluez_scan_update(radio);
        if (!radio->scanning && !radio->scan_busy)
                begin_connect(link, device);
}

/* What bluetoothd keeps of a device may be of its old firmware, or what was read when the device fell silent: once, all of
 * that is thrown away and the device looked for anew. Not of a paired one, which would have to be paired again. */
static bool forget_at_bluetoothd(struct bluez_link *link) {
        struct bluez_object *device = bluez_find_path(link->radio, link->path);
        const char *slash = strrchr(link->path, '/');
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        char adapter[64];

        if (link->cleared || !device || device->paired)
                return false;
        (void) snprintf(adapter, sizeof(adapter), "%.*s", (int) (slash - link->path), link->path);
        if (sd_bus_message_new_method_call(
                    link->radio->bus, &m, BLUEZ_NAME, adapter, BLUEZ_ADAPTER, "RemoveDevice") < 0 ||
                sd_bus_message_append(m, "o", link->path) < 0 || sd_bus_message_set_expect_reply(m, 0) < 0 ||
                sd_bus_send(link->radio->bus, m, NULL) < 0)
                return false;
        link->cleared = true;
        device->leaving = true;
        wait_and_start_over(link, RETRY_FIRST_USEC);
        return true;
}

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_link *link = userdata;

        link->slot = sd_bus_slot_unref(link->slot);
        if (sd_bus_message_is_method_error(m, NULL) || bluez_mirror_read(link->radio, m) < 0) {
                bluez_link_try_again(link, EIO);
                return 0;
        }
        if (bluez_link_bind(link) >= 0)
                return 0;
        if (link->was_ready) {
                /* Asked again as soon as BlueZ has something new, until the time is over. */
                link->step = BLUEZ_STEP_RESOLVING;
                link->looked_again = true;
                return 0;
        }
        if (!link->looked_again) {
                link->looked_again = true;
                link->step = BLUEZ_STEP_RESOLVING;
                clock_timer_arm_in(link->timer, LOOK_AGAIN_USEC);
                return 0;
        }
        if (forget_at_bluetoothd(link))
                return 0;
        fail(link, ENOPROTOOPT);
        return 0;
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
        if (sd_bus_call_method_async(link->radio->bus, &link->slot, BLUEZ_NAME, "/",
                    "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", on_objects, link, NULL) < 0)
                bluez_link_try_again(link, EIO);
}

static void advance(struct bluez_link *link) {
        if (link->step == BLUEZ_STEP_QUEUED)
                advance_queued(link);
        else if (link->step == BLUEZ_STEP_RESOLVING)
                advance_resolving(link);
}

/* Every step may end a link, and with it change the list: begin again after each that moved. */
void bluez_links_advance(struct bluez_radio *radio) {
        struct bluez_link *l = radio->links;

        while (l) {
                const struct bluez_link *before = l, *next = l->next;
                enum bluez_step step = l->step;

                advance(l);
                for (l = radio->links; l && l != before; l = l->next)
                        ;
                if (l && l->step == step && l->next == next)
                        l = l->next;
                else
                        l = l && l->step != step ? l->next : radio->links;
        }
}

void bluez_link_rebind(struct bluez_link *link, const char *why) {
        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        link->step = BLUEZ_STEP_RESOLVING;
        link->looked_again = false;
        clock_timer_arm_in(link->timer, REBIND_USEC);
        link->base.handler->doubted(link->base.userdata, why);
        advance_resolving(link);
}

void bluez_link_bound(struct bluez_link *link) {
        link->step = BLUEZ_STEP_READY;
        link->was_ready = true;
        clock_timer_disarm(link->timer);
        if (link->radio->connecting == link)
                link->radio->connecting = NULL;
        link->base.handler->ready(link->base.userdata);
        bluez_links_advance(link->radio);
        bluez_scan_update(link->radio);
}

/* Closes or restarts a link whose device object went, or fell. True when it did. */
static bool check(struct bluez_link *link) {
        const struct bluez_radio *radio = link->radio;
        const struct bluez_object *device = link->path ? bluez_find_path(radio, link->path) : NULL;
        int error = radio->told == RADIO_OFF ? ENETDOWN : ENOMEDIUM;

        if (radio->told != RADIO_ON && link->failure == 0)
                bluez_link_close(
                        link, error, link->was_ready ? "Bluetooth was switched off" : sentence_for(error));
        else if (link->step == BLUEZ_STEP_READY && device && device->connected &&
                 !bluez_link_is_bound(link)) {
                bluez_link_rebind(link, "its services changed");
                return false;
        } else if (link->step <= BLUEZ_STEP_LINKED || (device && device->connected))
                return false;
        else if (link->was_ready)
                bluez_link_close(link, EHOSTUNREACH, "the radio link was lost");
        else
                bluez_link_try_again(
                        link, EHOSTUNREACH); /* an earlier client's disconnect caught up with us */
        return true;
}

/* Closing one may end others: begin again after each. */
void bluez_links_check(struct bluez_radio *radio) {
        struct bluez_link *l = radio->links;

        while (l)
                l = check(l) ? radio->links : l->next;
}

void bluez_links_close_all(struct bluez_radio *radio, const char *why) {
        while (radio->links) {
                struct bluez_link *link = radio->links;

                bluez_link_close(link, ENOMEDIUM, link->was_ready ? why : sentence_for(ENOMEDIUM));
                if (radio->links == link)
                        link_detach(link); /* whoever held it did not let go */
        }
}

/* It is there, and only its turn has not come, or its earlier link is not quite gone. */
static bool waits_for_others(const struct bluez_link *link) {
        return bluez_find_device(link->radio, link->address, link->address_type) &&
               clock_now(link->radio->clock) - link->opened_usec < TURN_USEC;
}

static void on_timer(struct clock_timer *timer, void *userdata) {
        struct bluez_link *link = userdata;

        if (link->failure != 0)
                fail(link, link->failure);
        else if (link->was_ready)
                fail(link, EHOSTUNREACH);
        else if (link->retrying) {
                link->retrying = false;
                clock_timer_arm_in(link->timer, SEARCH_USEC);
                advance(link);
                bluez_scan_update(link->radio);
        } else if (link->step == BLUEZ_STEP_QUEUED && waits_for_others(link)) {
                clock_timer_arm_in(link->timer, SEARCH_USEC);
        } else if (link->step == BLUEZ_STEP_CONNECTING) {
                ask_disconnect(link);
                fail(link, EHOSTUNREACH);
        } else if (link->step == BLUEZ_STEP_RESOLVING && link->looked_again)
                advance(link);
        else if (link->step == BLUEZ_STEP_QUEUED)
                fail(link, EHOSTUNREACH);
        else {
                /* Linked, but silent. As long as the link stands, Connect() would say yes to it. */
                ask_disconnect(link);
                bluez_link_try_again(link, EIO);
        }
}

int bluez_link_open(struct radio *base, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret) {
        struct bluez_radio *radio = (struct bluez_radio *) base;
        _cleanup_free_ struct bluez_link *link = calloc(1, sizeof(*link));
        int r;

        if (!link)
                return -ENOMEM;
        link->base = (struct link){ .ops = &bluez_link_ops, .handler = handler, .userdata = userdata };
        link->radio = radio;
        link->definition = definition;
        link->opened_usec = clock_now(radio->clock);
        (void) snprintf(link->address, sizeof(link->address), "%s", address);
        (void) snprintf(link->address_type, sizeof(link->address_type), "%s", address_type);
        for (unsigned i = 0; i < PROTOCOL_ENDPOINTS_MAX; i++)
                link->endpoints[i].fd = -EBADF;
        r = clock_timer_new(radio->clock, on_timer, link, &link->timer);
        if (r < 0)
                return r;

        /* What is known to fail fails from the loop, with its sentence, like everything else. */
        if (radio->told != RADIO_ON)
                link->failure = radio->told == RADIO_OFF ? ENETDOWN : ENOMEDIUM;
        link->next = radio->links;
        radio->links = link;
        *ret = &link->base;
        clock_timer_arm_in(link->timer, link->failure != 0 ? 0 : SEARCH_USEC);
        advance(link);
        bluez_scan_update(radio);
        (void) TAKE_PTR(link);
        return 0;
}
