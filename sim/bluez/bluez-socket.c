/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* AcquireWrite: a socket instead of calls, and a lock that lasts as long as the client's descriptor. */

#include <sys/socket.h>

#include "sim/bluez/bluez-device.h"

void bluez_socket_send(struct bluez_device *device, unsigned characteristic, const char *via,
        const uint8_t *bytes, size_t n) {
        if (!bluez_device_reachable(device) || device->faults.silent || device->faults.write_fails > 0) {
                if (device->faults.write_fails > 0)
                        device->faults.write_fails--;
                /* A command has no answer: its loss goes unnoticed. */
                recorder_write(device->bluez->recorder, bluez_now_usec(), device->product, "lost",
                        characteristic, PRODUCT_WRITE_COMMAND, via, bytes, n);
                return;
        }
        (void) bluez_device_write(device, characteristic, PRODUCT_WRITE_COMMAND, via, bytes, n);
}

static void set_acquired(struct bluez_characteristic *characteristic, bool acquired) {
        if (characteristic->write_acquired == acquired)
                return;
        characteristic->write_acquired = acquired;
        bluez_characteristic_changed(characteristic, "WriteAcquired");
}

static void release(struct bluez_characteristic *characteristic) {
        if (characteristic->socket_fd < 0)
                return;
        characteristic->socket_source = sd_event_source_disable_unref(characteristic->socket_source);
        characteristic->socket_fd = close_fd(characteristic->socket_fd);
        set_acquired(characteristic, characteristic->foreign_lock);
}

/* One datagram per iteration, like bluetoothd. */
static int on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct bluez_characteristic *characteristic = userdata;
        uint8_t bytes[BLUEZ_ATT_VALUE_MAX];
        ssize_t n;

        n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n <= 0) {
                /* The client closed its last copy; or it sent an empty datagram, which counts as that. */
                release(characteristic);
                return 0;
        }
        /* Commands that are too long are dropped silently. */
        if ((size_t) n + BLUEZ_ATT_HEADER <= characteristic->mtu)
                bluez_socket_send(
                        characteristic->device, characteristic->index, "socket", bytes, (size_t) n);
        return 0;
}

static int acquire(struct bluez_characteristic *characteristic, sd_bus_message *call) {
        _cleanup_close_ int ours = -EBADF, theirs = -EBADF;
        struct bluez *bluez = characteristic->device->bluez;
        int fds[2], r;

        if (socketpair(AF_LOCAL, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        ours = fds[0];
        theirs = fds[1];
        r = sd_event_add_io(
                bluez->event, &characteristic->socket_source, ours, EPOLLIN, on_readable, characteristic);
        if (r < 0)
                return r;
        characteristic->socket_fd = TAKE_FD(ours);
        /* The message keeps its own copy. */
        r = sd_bus_reply_method_return(call, "hq", theirs, characteristic->mtu);
        if (r < 0) {
                release(characteristic);
                return r;
        }
        set_acquired(characteristic, true);
        return 1;
}

int bluez_socket_method_acquire(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bluez_characteristic *characteristic = userdata;

        if (characteristic->service->claimed)
                return bluez_error(error, "NotAuthorized", "Operation Not Authorized");
        if (characteristic->device->link != BLUEZ_LINK_UP)
                return bluez_error(error, "Failed", "Not connected");
        if (characteristic->write_acquired || characteristic->acquire_call)
                return bluez_error(error, "NotPermitted", "Write acquired");
        if (!(characteristic->facts->properties & PRODUCT_WRITE_WITHOUT_RESPONSE))
                return bluez_error(error, "NotSupported", "Operation is not supported");

        if (!characteristic->device->resolved) {
                characteristic->acquire_call = sd_bus_message_ref(m);
                return 1;
        }
        return acquire(characteristic, m);
}

void bluez_socket_resolved(struct bluez_characteristic *characteristic) {
        sd_bus_message *call = TAKE_PTR(characteristic->acquire_call);

        if (characteristic->foreign_lock)
                set_acquired(characteristic, true);
        if (!call)
                return;
        if (characteristic->write_acquired)
                bluez_reply_error(&call, "NotPermitted", "Write acquired");
        else if (acquire(characteristic, call) < 0)
                bluez_reply_error(&call, "Failed", "Cannot allocate memory");
        sd_bus_message_unref(call);
}

void bluez_socket_close(struct bluez_characteristic *characteristic) {
        bluez_reply_error(&characteristic->acquire_call, "Failed", "Not connected");
        release(characteristic);
        /* The other client's socket hangs up in the same way. */
        set_acquired(characteristic, false);
}

void bluez_socket_foreign_lock(struct bluez_characteristic *characteristic, bool locked) {
        if (!(characteristic->facts->properties & PRODUCT_WRITE_WITHOUT_RESPONSE) ||
                characteristic->service->claimed)
                return;
        characteristic->foreign_lock = locked;
        if (characteristic->socket_fd < 0 && characteristic->device->resolved)
                set_acquired(characteristic, locked);
}
