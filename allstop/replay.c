/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "allstop/replay.h"

#include "allstop/objects.h"
#include "lib/clock.h"

/* Interval for reading bluetoothd's objects while the device or its services are missing. */
#define POLL_USEC (100 * USEC_PER_MSEC)

struct replay {
        sd_bus *bus;
        sd_event_source *timer;
        sd_bus_slot *slot; /* the one pending call */
        sd_bus_slot *connect_slot;
        void (*fn)(struct replay *replay, void *userdata);
        void *userdata;
        struct armed armed;
        char *paths[ARMED_FRAMES_MAX]; /* of the characteristics, once known */
        unsigned next_frame, rounds;
        bool done, held;
        char trouble[160];
};

static void look(struct replay *replay);
static void write_next(struct replay *replay);

_printf_(2, 3) static void trouble(struct replay *replay, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(replay->trouble, sizeof(replay->trouble), format, ap);
        va_end(ap);
}

static void finish(struct replay *replay) {
        replay->done = true;
        (void) sd_event_source_set_enabled(replay->timer, SD_EVENT_OFF);
        replay->fn(replay, replay->userdata);
}

static void wait_for(struct replay *replay, uint64_t usec) {
        (void) sd_event_source_set_time_relative(replay->timer, usec);
        (void) sd_event_source_set_enabled(replay->timer, SD_EVENT_ONESHOT);
}

static bool paths_are_known(const struct replay *replay) {
        for (unsigned i = 0; i < replay->armed.n_frames; i++)
                if (!replay->paths[i])
                        return false;
        return true;
}

static void forget_paths(struct replay *replay) {
        for (unsigned i = 0; i < ARMED_FRAMES_MAX; i++) {
                free(replay->paths[i]);
                replay->paths[i] = NULL;
        }
        replay->next_frame = replay->rounds = 0;
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        struct replay *replay = userdata;

        if (paths_are_known(replay))
                write_next(replay);
        else
                look(replay);
        return 0;
}

static int on_written(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        struct replay *replay = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(m);

        replay->slot = sd_bus_slot_unref(replay->slot);
        if (error) {
                trouble(replay, "%s", error->message ?: error->name);
                replay->held = sd_bus_error_has_name(error, "org.bluez.Error.NotPermitted");
                /* A frame may not have arrived: restart the whole sequence, with the current objects. */
                forget_paths(replay);
                wait_for(replay, POLL_USEC / 2);
                return 0;
        }
        replay->held = false;
        trouble(replay, "only a part of it was sent in time");
        if (++replay->next_frame >= replay->armed.n_frames) {
                replay->next_frame = 0;
                if (++replay->rounds >= replay->armed.repeats) {
                        finish(replay);
                        return 0;
                }
        }
        wait_for(replay, replay->armed.gap_usec);
        return 0;
}

static void write_next(struct replay *replay) {
        const struct armed_frame *frame = &replay->armed.frames[replay->next_frame];
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int r;

        r = sd_bus_message_new_method_call(replay->bus, &m, "org.bluez", replay->paths[replay->next_frame],
                "org.bluez.GattCharacteristic1", "WriteValue");
        if (r >= 0)
                r = sd_bus_message_append_array(m, 'y', frame->bytes, frame->n);
        if (r >= 0)
                r = sd_bus_message_append(
                        m, "a{sv}", 1, "type", "s", frame->request ? "request" : "command");
        if (r >= 0)
                r = sd_bus_call_async(replay->bus, &replay->slot, m, on_written, replay, USEC_PER_SEC);
        if (r < 0) {
                trouble(replay, "%s", strerror(-r));
                wait_for(replay, POLL_USEC);
        }
}

static int on_connected(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        struct replay *replay = userdata;
        const sd_bus_error *error = sd_bus_message_get_error(m);

        replay->connect_slot = sd_bus_slot_unref(replay->connect_slot);
        if (error)
                trouble(replay, "%s", error->message ?: error->name);
        return 0;
}

static void take_objects(struct replay *replay, const struct objects *objects) {
        const struct object *device = objects_device(
                objects, replay->armed.address, replay->armed.address_type, replay->armed.adapter);

        if (!device) {
                trouble(replay, "it is not in reach");
                return;
        }
        if (!device->connected) {
                trouble(replay, "it is not connected");
                if (!replay->connect_slot)
                        (void) sd_bus_call_method_async(replay->bus, &replay->connect_slot, "org.bluez",
                                device->path, "org.bluez.Device1", "Connect", on_connected, replay, NULL);
                return;
        }
        for (unsigned i = 0; i < replay->armed.n_frames; i++) {
                const struct object *o = objects_characteristic(objects, device->path,
                        replay->armed.frames[i].service, replay->armed.frames[i].characteristic);

                if (o)
                        (void) free_and_strdup(&replay->paths[i], o->path);
                else
                        trouble(replay, "its services are not known yet");
        }
}

static int on_objects(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        struct replay *replay = userdata;
        _cleanup_(objects_done) struct objects objects = {};
        const sd_bus_error *error = sd_bus_message_get_error(m);

        replay->slot = sd_bus_slot_unref(replay->slot);
        if (error)
                trouble(replay, "bluetoothd does not answer: %s", error->message ?: error->name);
        else if (objects_read(m, &objects) >= 0)
                take_objects(replay, &objects);
        if (paths_are_known(replay))
                write_next(replay);
        else
                wait_for(replay, POLL_USEC);
        return 0;
}

static void look(struct replay *replay) {
        int r;

        r = sd_bus_call_method_async(replay->bus, &replay->slot, "org.bluez", "/",
                "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", on_objects, replay, NULL);
        if (r < 0) {
                trouble(replay, "%s", strerror(-r));
                wait_for(replay, POLL_USEC);
        }
}

int replay_new(sd_bus *bus, const struct armed *armed, void (*fn)(struct replay *replay, void *userdata),
        void *userdata, struct replay **ret) {
        _cleanup_(replay_freep) struct replay *replay = calloc(1, sizeof(*replay));
        int r;

        if (!replay)
                return -ENOMEM;
        replay->bus = sd_bus_ref(bus);
        replay->armed = *armed;
        replay->fn = fn;
        replay->userdata = userdata;
        trouble(replay, "bluetoothd has not answered");
        r = sd_event_add_time_relative(
                sd_bus_get_event(bus), &replay->timer, CLOCK_MONOTONIC, 0, 1000, on_time, replay);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(replay);
        return 0;
}

struct replay *replay_free(struct replay *replay) {
        if (!replay)
                return NULL;
        sd_bus_slot_unref(replay->slot);
        sd_bus_slot_unref(replay->connect_slot);
        sd_event_source_disable_unref(replay->timer);
        forget_paths(replay);
        sd_bus_unref(replay->bus);
        free(replay);
        return NULL;
}

const struct armed *replay_armed(const struct replay *replay) {
        return &replay->armed;
}

bool replay_is_done(const struct replay *replay) {
        return replay->done;
}

bool replay_is_held(const struct replay *replay) {
        return replay->held;
}

const char *replay_trouble(const struct replay *replay) {
        return replay->trouble;
}
