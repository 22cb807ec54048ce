/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <time.h>

#include "lib/clock.h"
#include "sim/radio/bytes.h"
#include "sim/radio/hci.h"
#include "sim/radio/vhci.h"

/* More than any packet of a host: ACL packets are at most as long as the controller's buffers. */
#define READ_MAX 2048
/* Maximum number of packets in a row before other event sources get a turn. */
#define READ_BURST 64

struct vhci {
        sd_event *event;
        sd_event_source *source, *timer;
        int fd;
        int error; /* of a write */
        struct air *air;
        void (*ready)(void *userdata, unsigned index);
        void *userdata;
};

static uint64_t now_usec(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

static void on_send(void *userdata, const uint8_t *packet, size_t n) {
        struct vhci *vhci = userdata;

        /* ENXIO: the adapter is off and receives nothing (hci_recv_frame()). Otherwise the kernel takes every packet, or the
         * device is gone. */
        if (write(vhci->fd, packet, n) < 0 && errno != ENXIO && vhci->error == 0)
                vhci->error = -errno;
}

static int finish_turn(struct vhci *vhci) {
        uint64_t next = air_next(vhci->air);

        if (vhci->error < 0)
                return sd_event_exit(vhci->event, vhci->error);
        if (next == USEC_INFINITY)
                return sd_event_source_set_enabled(vhci->timer, SD_EVENT_OFF);
        (void) sd_event_source_set_time(vhci->timer, next);
        return sd_event_source_set_enabled(vhci->timer, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source, uint64_t usec, void *userdata) {
        struct vhci *vhci = userdata;

        air_advance(vhci->air, now_usec());
        return finish_turn(vhci);
}

static void on_packet(struct vhci *vhci, const uint8_t *packet, size_t n, uint64_t t_usec) {
        if (packet[0] != H4_VENDOR) {
                air_receive(vhci->air, t_usec, packet, n);
                return;
        }
        /* The controller exists; its first commands may have come before. */
        if (n >= 4 && vhci->ready) {
                vhci->ready(vhci->userdata, get_u16(packet + 2));
                vhci->ready = NULL;
        }
}

static int on_readable(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct vhci *vhci = userdata;
        uint8_t packet[READ_MAX];
        ssize_t n;

        for (unsigned i = 0; i < READ_BURST; i++) {
                n = read(fd, packet, sizeof(packet));
                if (n < 0 && (errno == EAGAIN || errno == EINTR))
                        break;
                if (n <= 0)
                        return sd_event_exit(vhci->event, n < 0 ? -errno : -ECONNRESET);
                /* Timestamp of the radio. */
                on_packet(vhci, packet, (size_t) n, now_usec());
        }
        return finish_turn(vhci);
}

int vhci_open(void) {
        int fd;

        fd = open("/dev/vhci", O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
        return fd < 0 ? -errno : fd;
}

/* An opcode of 0 requests an ordinary controller: drivers/bluetooth/hci_vhci.c, vhci_get_user(). */
static int create(int fd) {
        static const uint8_t request[] = { H4_VENDOR, 0 };

        return write(fd, request, sizeof(request)) < 0 ? -errno : 0;
}

int vhci_new(sd_event *event, int fd, struct recorder *recorder,
        void (*ready)(void *userdata, unsigned index), void *userdata, struct vhci **ret) {
        _cleanup_(vhci_freep) struct vhci *vhci = NULL;
        int r;

        vhci = calloc(1, sizeof(*vhci));
        if (!vhci) {
                (void) close_fd(fd);
                return -ENOMEM;
        }
        vhci->fd = fd;
        vhci->event = sd_event_ref(event);
        vhci->ready = ready;
        vhci->userdata = userdata;
        r = air_new(&(struct air_host){ .send = on_send, .userdata = vhci }, recorder, &vhci->air);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &vhci->source, fd, EPOLLIN, on_readable, vhci);
        if (r < 0)
                return r;
        /* Accuracy of 1 µs; 0 would mean a quarter of a second. */
        r = sd_event_add_time(event, &vhci->timer, CLOCK_MONOTONIC, UINT64_MAX, 1, on_time, vhci);
        if (r < 0)
                return r;
        r = create(fd);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(vhci);
        return 0;
}

struct vhci *vhci_free(struct vhci *vhci) {
        if (!vhci)
                return NULL;
        sd_event_source_disable_unref(vhci->timer);
        sd_event_source_disable_unref(vhci->source);
        air_free(vhci->air);
        (void) close_fd(vhci->fd);
        sd_event_unref(vhci->event);
        free(vhci);
        return NULL;
}

int vhci_add_product(struct vhci *vhci, const char *kind, const char *address) {
        int r;

        r = air_add_product(vhci->air, now_usec(), kind, address);
        return r < 0 ? r : finish_turn(vhci);
}

char *vhci_summary(struct vhci *vhci) {
        return air_summary(vhci->air, now_usec());
}

char *vhci_control(struct vhci *vhci, const char *line) {
        char *answer;

        answer = air_control(vhci->air, now_usec(), line);
        (void) finish_turn(vhci);
        return answer;
}
