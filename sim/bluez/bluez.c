/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <ctype.h>
#include <strings.h>
#include <time.h>

#include "sim/bluez/bluez-adapter.h"
#include "sim/bluez/bluez-device.h"
#include "sim/bluez/bluez-impl.h"

uint64_t bluez_now_usec(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

void bluez_arm(struct bluez *bluez, sd_event_source **source, uint64_t in_usec, sd_event_time_handler_t fn,
        void *userdata) {
        uint64_t at_usec = bluez_now_usec() + in_usec;

        if (!*source) {
                /* Accuracy of 1 µs; 0 would mean a quarter of a second. */
                (void) sd_event_add_time(bluez->event, source, CLOCK_MONOTONIC, at_usec, 1, fn, userdata);
                return;
        }
        (void) sd_event_source_set_time(*source, at_usec);
        (void) sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

void bluez_disarm(sd_event_source *source) {
        if (source)
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

int bluez_error(sd_bus_error *error, const char *name, const char *message) {
        char full[64];

        snprintf(full, sizeof(full), "org.bluez.Error.%s", name);
        return sd_bus_error_setf(error, full, "%s", message);
}

void bluez_reply_error(sd_bus_message **call, const char *name, const char *message) {
        char full[64];

        if (!*call)
                return;
        snprintf(full, sizeof(full), "org.bluez.Error.%s", name);
        (void) sd_bus_reply_method_errorf(*call, full, "%s", message);
        *call = sd_bus_message_unref(*call);
}

void bluez_reply(sd_bus_message **call) {
        if (!*call)
                return;
        (void) sd_bus_reply_method_return(*call, NULL);
        *call = sd_bus_message_unref(*call);
}

struct bluez_device *bluez_device_by_address(struct bluez *bluez, const char *address) {
        for (size_t i = 0; i < bluez->n_devices; i++)
                if (strcasecmp(product_address(bluez->devices[i]->product), address) == 0)
                        return bluez->devices[i];
        return NULL;
}

struct bluez_device *bluez_device_by_path(struct bluez *bluez, const char *path) {
        for (size_t i = 0; i < bluez->n_devices; i++)
                if (streq(bluez->devices[i]->path, path))
                        return bluez->devices[i];
        return NULL;
}

/* A client left the bus: its requests end. The devices stay connected, as with the real one. */
static int on_client_gone(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez *bluez = userdata;
        const char *name;

        if (sd_bus_message_read(m, "s", &name) < 0 || name[0] != ':')
                return 0;
        bluez_adapter_client_gone(bluez->adapter, name);
        for (size_t i = 0; i < bluez->n_devices; i++)
                bluez_gatt_client_gone(bluez->devices[i], name);
        return 0;
}

int bluez_new(sd_event *event, sd_bus *bus, struct recorder *recorder, const struct bluez_delays *delays,
        struct bluez **ret) {
        _cleanup_(bluez_freep) struct bluez *bluez = NULL;
        int r;

        bluez = calloc(1, sizeof(*bluez));
        if (!bluez)
                return -ENOMEM;
        bluez->event = sd_event_ref(event);
        bluez->bus = sd_bus_ref(bus);
        bluez->recorder = recorder;
        bluez->delays = *delays;

        r = sd_bus_add_object_manager(bus, &bluez->manager_slot, "/");
        if (r < 0)
                return r;
        r = sd_bus_add_match(bus, &bluez->gone_slot,
                "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
                "member='NameOwnerChanged',arg2=''",
                on_client_gone, bluez);
        if (r < 0)
                return r;
        r = bluez_adapter_new(bluez, &bluez->adapter);
        if (r < 0)
                return r;
        r = bluez_simulator_export(bluez);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(bluez);
        return 0;
}

struct bluez *bluez_free(struct bluez *bluez) {
        if (!bluez)
                return NULL;
        for (size_t i = 0; i < bluez->n_devices; i++)
                bluez_device_free(bluez->devices[i]);
        free(bluez->devices);
        bluez_adapter_free(bluez->adapter);
        sd_bus_slot_unref(bluez->simulator_slot);
        sd_bus_slot_unref(bluez->gone_slot);
        sd_bus_slot_unref(bluez->manager_slot);
        sd_bus_unref(bluez->bus);
        sd_event_unref(bluez->event);
        free(bluez);
        return NULL;
}

static bool address_valid(const char *address) {
        if (strlen(address) != 17)
                return false;
        for (unsigned i = 0; i < 17; i++)
                if (i % 3 == 2 ? address[i] != ':' : !isxdigit((unsigned char) address[i]))
                        return false;
        return true;
}

int bluez_add_product(struct bluez *bluez, const char *kind, const char *address) {
        struct bluez_device **devices;
        char upper[18] = "";
        int r;

        if (!address_valid(address))
                return -EINVAL;
        if (bluez_device_by_address(bluez, address))
                return -EEXIST;
        for (unsigned i = 0; i < 17; i++)
                upper[i] = (char) toupper((unsigned char) address[i]);

        devices = reallocarray(bluez->devices, bluez->n_devices + 1, sizeof(*devices));
        if (!devices)
                return -ENOMEM;
        bluez->devices = devices;
        r = bluez_device_new(bluez, kind, upper, &devices[bluez->n_devices]);
        if (r < 0)
                return r;
        bluez->n_devices++;
        return 0;
}

int bluez_own_name(struct bluez *bluez) {
        return sd_bus_request_name(bluez->bus, BLUEZ_NAME, 0);
}

struct product *bluez_product(struct bluez *bluez, size_t i) {
        struct bluez_device *device;

        if (i >= bluez->n_devices)
                return NULL;
        device = bluez->devices[i];
        product_advance(device->product, bluez_now_usec());
        bluez_device_reschedule(device);
        return device->product;
}

char *bluez_summary(struct bluez *bluez) {
        _cleanup_free_ char *all = NULL;
        size_t size;
        FILE *f;

        f = open_memstream(&all, &size);
        if (!f)
                return NULL;
        for (size_t i = 0; i < bluez->n_devices; i++) {
                struct product *product = bluez->devices[i]->product;
                _cleanup_free_ char *line = NULL;

                product_advance(product, bluez_now_usec());
                line = product_summary(product);
                fprintf(f, "%s\n", strnull(line));
        }
        return fclose(f) == 0 ? TAKE_PTR(all) : NULL;
}
