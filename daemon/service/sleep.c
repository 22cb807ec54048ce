/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>

#include "daemon/service/sleep.h"

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_MANAGER "org.freedesktop.login1.Manager"

struct sleep_inhibitor {
        sd_bus *bus;
        const struct sleep_handler *handler;
        void *userdata;
        sd_bus_slot *prepare_slot, *owner_slot, *inhibit_slot;
        bool falling_asleep;
        int fd; /* the inhibitor lock, held while open; -EBADF: none */
};

static int on_inhibited(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct sleep_inhibitor *inhibitor = userdata;
        int fd;

        inhibitor->inhibit_slot = sd_bus_slot_unref(inhibitor->inhibit_slot);
        /* No logind, or it refuses: the link is lost with the sleep, which is handled anyway. */
        if (sd_bus_message_is_method_error(m, NULL) || sd_bus_message_read(m, "h", &fd) < 0)
                return 0;
        /* Too late: the machine is already going to sleep and must not be delayed. */
        if (inhibitor->falling_asleep)
                return 0;
        /* The message closes its own copy. */
        inhibitor->fd = close_fd(inhibitor->fd);
        inhibitor->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        return 0;
}

static void inhibit(struct sleep_inhibitor *inhibitor) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        inhibitor->inhibit_slot = sd_bus_slot_unref(inhibitor->inhibit_slot);
        r = sd_bus_message_new_method_call(
                inhibitor->bus, &m, LOGIND_NAME, LOGIND_PATH, LOGIND_MANAGER, "Inhibit");
        if (r >= 0)
                r = sd_bus_message_append(
                        m, "ssss", "sleep", "limberd", "Massage and e-stim go to zero first", "delay");
        /* Does not start logind; it is noticed when it appears. */
        if (r >= 0)
                r = sd_bus_message_set_auto_start(m, 0);
        if (r >= 0)
                (void) sd_bus_call_async(
                        inhibitor->bus, &inhibitor->inhibit_slot, m, on_inhibited, inhibitor, 0);
}

static int on_prepare(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct sleep_inhibitor *inhibitor = userdata;
        int begins;

        if (sd_bus_message_read(m, "b", &begins) < 0)
                return 0;
        inhibitor->falling_asleep = begins;
        if (begins)
                inhibitor->handler->falling_asleep(inhibitor->userdata);
        else
                inhibit(inhibitor);
        return 0;
}

static int on_owner(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct sleep_inhibitor *inhibitor = userdata;
        const char *name, *before, *after;

        if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
                return 0;
        /* The old lock means nothing to a new logind. */
        inhibitor->fd = close_fd(inhibitor->fd);
        inhibitor->falling_asleep = false;
        if (!isempty(after))
                inhibit(inhibitor);
        return 0;
}

void sleep_inhibitor_release(struct sleep_inhibitor *inhibitor) {
        inhibitor->fd = close_fd(inhibitor->fd);
}

int sleep_inhibitor_new(
        sd_bus *bus, const struct sleep_handler *handler, void *userdata, struct sleep_inhibitor **ret) {
        _cleanup_(sleep_inhibitor_freep) struct sleep_inhibitor *inhibitor = calloc(1, sizeof(*inhibitor));
        int r;

        if (!inhibitor)
                return -ENOMEM;
        inhibitor->bus = sd_bus_ref(bus);
        inhibitor->handler = handler;
        inhibitor->userdata = userdata;
        inhibitor->fd = -EBADF;
        r = sd_bus_match_signal_async(bus, &inhibitor->prepare_slot, LOGIND_NAME, LOGIND_PATH,
                LOGIND_MANAGER, "PrepareForSleep", on_prepare, NULL, inhibitor);
        if (r >= 0)
                r = sd_bus_add_match_async(bus, &inhibitor->owner_slot,
                        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                        "member='NameOwnerChanged',arg0='" LOGIND_NAME "'",
                        on_owner, NULL, inhibitor);
        if (r < 0)
                return r;
        inhibit(inhibitor);
        *ret = TAKE_PTR(inhibitor);
        return 0;
}

struct sleep_inhibitor *sleep_inhibitor_free(struct sleep_inhibitor *inhibitor) {
        if (!inhibitor)
                return NULL;
        sd_bus_slot_unref(inhibitor->prepare_slot);
        sd_bus_slot_unref(inhibitor->owner_slot);
        sd_bus_slot_unref(inhibitor->inhibit_slot);
        close_fd(inhibitor->fd);
        sd_bus_unref(inhibitor->bus);
        free(inhibitor);
        return NULL;
}
