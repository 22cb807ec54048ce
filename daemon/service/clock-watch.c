/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/clock-watch.h"

#include <limits.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "lib/wall.h"

struct clock_watch {
        sd_event_source *source;
        int fd;
        int64_t offset_usec; /* of the wall clock to the time since the machine started */
        void (*set)(int64_t step_usec, void *userdata);
        void *userdata;
};

static int64_t offset_now(void) {
        return (int64_t) wall_now() - (int64_t) wall_up();
}

/* A timer that never ends, and is cancelled when the clock is set (timerfd_create(2)). */
static int arm(struct clock_watch *watch) {
        const struct itimerspec never = { .it_value.tv_sec = LONG_MAX };

        watch->offset_usec = offset_now();
        return timerfd_settime(watch->fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
                       ? -errno
                       : 0;
}

static int on_cancelled(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct clock_watch *watch = userdata;
        int64_t before = watch->offset_usec;
        uint64_t count;

        if (read(fd, &count, sizeof(count)) >= 0 || errno != ECANCELED)
                return 0;
        (void) arm(watch);
        watch->set(watch->offset_usec - before, watch->userdata);
        return 0;
}

int clock_watch_new(sd_event *event, void (*set)(int64_t step_usec, void *userdata), void *userdata,
        struct clock_watch **ret) {
        _cleanup_(clock_watch_freep) struct clock_watch *watch = calloc(1, sizeof(*watch));
        int r;

        if (!watch)
                return -ENOMEM;
        watch->set = set;
        watch->userdata = userdata;
        watch->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
        if (watch->fd < 0)
                return -errno;
        r = arm(watch);
        if (r >= 0)
                r = sd_event_add_io(event, &watch->source, watch->fd, EPOLLIN, on_cancelled, watch);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(watch);
        return 0;
}

struct clock_watch *clock_watch_free(struct clock_watch *watch) {
        if (!watch)
                return NULL;
        sd_event_source_disable_unref(watch->source);
        (void) close_fd(watch->fd);
        free(watch);
        return NULL;
}
