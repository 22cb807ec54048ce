/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lifetime of a link: opened, ready, doubted, disconnected, and every way in which it ends. */

#include "daemon/bluez/link-bluez-private.h"

/* Time to make a link: less than the 25 s after which D-Bus callers time out. */
#define OPEN_USEC (24 * USEC_PER_SEC)
/* Time to look for a device that is not in sight. */
#define SEARCH_USEC (10 * USEC_PER_SEC)
/* Services that BlueZ removed under a standing link come back within milliseconds, or not at all. */
#define REBIND_USEC (700 * USEC_PER_MSEC)
/* A Disconnect() takes two seconds; after this BlueZ no longer reports whether it worked. */
#define LEAVE_USEC (8 * USEC_PER_SEC)

static void detach(struct bluez_link *link) {
        for (struct bluez_link **p = &link->radio->links; *p; p = &(*p)->next)
                if (*p == link) {
                        *p = link->next;
                        return;
                }
}

static void note_leaving(struct bluez_link *link) {
        struct bluez_object *device = link->path ? bluez_find_path(link->radio, link->path) : NULL;

        if (!device)
                return;
        device->leaving = true;
        device->leaving_usec = clock_now(link->radio->clock);
}

void bluez_link_ask_disconnect(struct bluez_link *link) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        note_leaving(link);
        if (!link->path || sd_bus_message_new_method_call(link->radio->bus, &m, BLUEZ_NAME, link->path,
                                   BLUEZ_DEVICE, "Disconnect") < 0)
                return;
        (void) sd_bus_message_set_expect_reply(m, 0);
        (void) sd_bus_send(link->radio->bus, m, NULL);
}

static void bluez_link_free(struct link *base) {
        struct bluez_link *link = (struct bluez_link *) base;
        struct bluez_radio *radio = link->radio;
        const struct bluez_object *device = link->path ? bluez_find_path(radio, link->path) : NULL;

        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        if (link->step >= BLUEZ_STEP_CONNECTING && link->step < BLUEZ_STEP_LEAVING && device &&
                (device->connected || link->step <= BLUEZ_STEP_LINKED))
                bluez_link_ask_disconnect(link);
        detach(link);
        clock_timer_free(link->timer);
        clock_timer_free(link->claim_timer);
        clock_timer_free(link->battery_timer);
        free(link->path);
        free(link);
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

/* The user may free the link from within each of these. */
void bluez_link_closed(struct bluez_link *link, const char *why) {
        if (link->step == BLUEZ_STEP_LEAVING)
                link->base.handler->left(link->base.userdata, 0);
        else
                link->base.handler->closed(link->base.userdata, why);
}

void bluez_link_fail(struct bluez_link *link, enum bluez_reason reason) {
        char buffer[160];

        if (link->was_ready)
                bluez_link_closed(link, "its services went away and did not come back");
        else
                link->base.handler->failed(link->base.userdata, bluez_reason_to_errno(reason),
                        bluez_reason_to_sentence(reason, link->address, buffer, sizeof(buffer)));
}

struct bluez_link *bluez_link_by_path(struct bluez_radio *radio, const char *device_path) {
        for (struct bluez_link *l = radio->links; l; l = l->next)
                if (l->path && streq(l->path, device_path))
                        return l;
        return NULL;
}

bool bluez_links_search(const struct bluez_radio *radio) {
        for (const struct bluez_link *l = radio->links; l; l = l->next)
                if (l->step == BLUEZ_STEP_QUEUED && l->failure == BLUEZ_REASON_NONE && !l->retrying &&
                        !bluez_find_device(radio, l->address, l->address_type))
                        return true;
        return false;
}

void bluez_link_rebind(struct bluez_link *link, const char *why) {
        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        link->step = BLUEZ_STEP_RESOLVING;
        link->looked_again = false;
        clock_timer_arm_in(link->timer, REBIND_USEC);
        link->base.handler->doubted(link->base.userdata, why);
        bluez_link_advance(link);
}

void bluez_link_bound(struct bluez_link *link) {
        struct bluez_radio *radio = link->radio;
        const struct bluez_object *device = bluez_find_path(radio, link->path);

        if (!bluez_link_is_bound(link)) {
                /* The services changed during binding: read the current ones, in the remaining time. */
                bluez_link_unbind(link);
                link->step = BLUEZ_STEP_RESOLVING;
                link->looked_again = false;
                bluez_link_advance(link);
                return;
        }
        link->step = BLUEZ_STEP_READY;
        link->was_ready = true;
        link->turn = false;
        clock_timer_disarm(link->timer);
        /* The battery decides whether output may begin, so it is reported before ready(). */
        if (device && device->battery != LINK_BATTERY_UNKNOWN)
                link->base.handler->battery(link->base.userdata, device->battery);
        link->base.handler->ready(link->base.userdata);
        bluez_links_advance(radio);
        bluez_scan_update(radio);
}

/* Switching off one adapter ends its own links, and no others. */
static void adapter_gone(struct bluez_link *link) {
        enum radio_state told = link->radio->told;

        if (link->was_ready)
                bluez_link_closed(link, "Bluetooth was switched off");
        else if (told == RADIO_ON)
                bluez_link_try_again(link, BLUEZ_REASON_ADAPTER_OFF);
        else
                bluez_link_fail(
                        link, told == RADIO_OFF ? BLUEZ_REASON_ADAPTER_OFF : BLUEZ_REASON_NO_ADAPTER);
}

/* Closes or restarts a link whose device object went, disconnected, or has other services. True when it did. */
static bool check(struct bluez_link *link) {
        const struct bluez_radio *radio = link->radio;
        const struct bluez_object *device = link->path ? bluez_find_path(radio, link->path) : NULL;
        bool connected = device && device->connected;

        if (link->failure != BLUEZ_REASON_NONE)
                return false;
        if (radio->told != RADIO_ON ||
                (link->step > BLUEZ_STEP_QUEUED && device && !bluez_adapter_of(radio, device)))
                adapter_gone(link);
        else if (link->step == BLUEZ_STEP_READY && connected && !bluez_link_is_bound(link))
                bluez_link_rebind(link, "its services went away");
        else if (link->step <= BLUEZ_STEP_LINKED || connected)
                return false;
        else if (link->was_ready)
                bluez_link_closed(link, "the radio link was lost");
        else
                /* The disconnect of an earlier client took effect. */
                bluez_link_try_again(link, BLUEZ_REASON_REFUSED);
        return true;
}

/* Closing one link may end others: restart after each. */
void bluez_links_check(struct bluez_radio *radio) {
        struct bluez_link *l = radio->links;

        while (l)
                l = check(l) ? radio->links : l->next;
}

void bluez_links_close_all(struct bluez_radio *radio, const char *why) {
        while (radio->links) {
                struct bluez_link *link = radio->links;

                if (link->was_ready)
                        bluez_link_closed(link, why);
                else
                        bluez_link_fail(link, BLUEZ_REASON_NO_ADAPTER);
                if (radio->links == link)
                        detach(link); /* its holder did not release it */
        }
}

/* The signal may be missing: then the property tells. */
static int on_leaving_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_link *link = userdata;
        struct bluez_object *device = bluez_find_path(link->radio, link->path);

        link->slot = sd_bus_slot_unref(link->slot);
        if (device && !sd_bus_message_is_method_error(m, NULL))
                (void) bluez_properties_read(link->radio, m, device, BLUEZ_KIND_DEVICE, false);
        bluez_links_check(link->radio);
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_link *link = userdata;

        link->slot = sd_bus_slot_unref(link->slot);
        (void) sd_bus_call_method_async(link->radio->bus, &link->slot, BLUEZ_NAME, link->path,
                "org.freedesktop.DBus.Properties", "GetAll", on_leaving_read, link, "s", BLUEZ_DEVICE);
        return 0;
}

static int bluez_link_leave(struct link *base) {
        struct bluez_link *link = (struct bluez_link *) base;
        const struct bluez_object *device = link->path ? bluez_find_path(link->radio, link->path) : NULL;
        int r;

        if (!link->was_ready || !device || !device->connected)
                return -ENOTCONN;
        link->slot = sd_bus_slot_unref(link->slot);
        bluez_link_unbind(link);
        r = sd_bus_call_method_async(link->radio->bus, &link->slot, BLUEZ_NAME, link->path, BLUEZ_DEVICE,
                "Disconnect", on_disconnected, link, NULL);
        if (r < 0)
                return r;
        note_leaving(link);
        link->step = BLUEZ_STEP_LEAVING;
        clock_timer_arm_in(link->timer, LEAVE_USEC);
        return 0;
}

static const char *bluez_link_adapter_address(const struct link *base) {
        const struct bluez_link *link = (const struct bluez_link *) base;
        const struct bluez_object *adapter = bluez_find_path(link->radio, link->adapter);

        return adapter ? adapter->address : "";
}

const struct link_ops bluez_link_ops = {
        .write = bluez_link_write,
        .queued = bluez_link_queued,
        .leave = bluez_link_leave,
        .adapter_address = bluez_link_adapter_address,
        .free = bluez_link_free,
};

static int make_timers(struct bluez_link *link) {
        struct clock *clock = link->radio->clock;
        int r;

        r = clock_timer_new(clock, bluez_link_on_timer, link, &link->timer);
        if (r >= 0)
                r = clock_timer_new(clock, bluez_link_on_claim_timer, link, &link->claim_timer);
        if (r >= 0)
                r = clock_timer_new(clock, bluez_link_on_battery_timer, link, &link->battery_timer);
        if (r < 0) {
                clock_timer_free(link->timer);
                clock_timer_free(link->claim_timer);
        }
        return r;
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
        link->deadline_usec = link->opened_usec + OPEN_USEC;
        (void) snprintf(link->address, sizeof(link->address), "%s", address);
        (void) snprintf(link->address_type, sizeof(link->address_type), "%s", address_type);
        for (unsigned i = 0; i < PROTOCOL_ENDPOINTS_MAX; i++)
                link->endpoints[i].fd = -EBADF;
        r = make_timers(link);
        if (r < 0)
                return r;

        /* Known failures are reported from the loop with their sentence, like all others. */
        if (radio->told != RADIO_ON)
                link->failure =
                        radio->told == RADIO_OFF ? BLUEZ_REASON_ADAPTER_OFF : BLUEZ_REASON_NO_ADAPTER;
        link->next = radio->links;
        radio->links = link;
        *ret = &link->base;
        bluez_link_arm(link, link->failure != BLUEZ_REASON_NONE ? 0 : SEARCH_USEC);
        bluez_link_advance(link);
        bluez_scan_update(radio);
        (void) TAKE_PTR(link);
        return 0;
}
