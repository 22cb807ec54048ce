/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* How well many pads are streamed to at once: bench-stream device|timer DEFINITION N SECONDS. "device" drives N real devices
 * (gate, codec, writer, the daemon's clock) over links that end in a socket each; "timer" is the floor: as many timers of the
 * same event loop, each of which sends the same bytes and decides nothing. A second thread is the products: it stamps what
 * comes, and answers as a Coyote does. All are due in the same moment, which is the worst of all ways in which they can begin.
 *
 * Prints one line: how far periods were off 100 ms (microseconds: median, p99, p99.9, longest), how many periods, and the
 * processor time of the sending thread per frame (microseconds). */

#include <fcntl.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "daemon/device/device.h"
#include "daemon/loop/clock-event.h"
#include "lib/conf-text.h"
#include "lib/findings.h"

#define DEVICES_MAX 64u
#define FRAMES_MAX 20000u
#define PERIOD_USEC (100 * USEC_PER_MSEC)
/* Linked, stopped and told its limits by then; a stop repeats for a moment. */
#define BEGIN_USEC (1 * USEC_PER_SEC)
/* The first frames, in which levels rise, count as well; only the very first have no settled period. */
#define FRAMES_SKIPPED 5u
#define LEVEL 10000 /* of 200 steps, in thousandths */

struct bench;

struct stream {
        struct link link; /* first: the devices know it by this */
        struct bench *bench;
        bool ready;
        int fd;                    /* the sender's end */
        sd_event_source *incoming; /* what the product says */
        struct device *device;
        struct clock_timer *link_timer, *tick_timer;
        uint64_t due_usec; /* of the floor */
        int product_fd;
        uint8_t strengths[2]; /* of the product */
        uint64_t *stamps;     /* of frames that stream, by the thread of the products */
        size_t n_stamps;
};

struct bench {
        struct radio radio;
        struct clock *clock;
        sd_event *event;
        struct stream streams[DEVICES_MAX];
        unsigned n, opened;
        int epoll_fd;
        int error;
        struct record record;
        bool begun;
        uint64_t run_usec, used_usec; /* time to stream; processor time that it took */
};

static uint64_t now_usec(clockid_t clock) {
        struct timespec t;

        (void) clock_gettime(clock, &t);
        return (uint64_t) t.tv_sec * USEC_PER_SEC + (uint64_t) t.tv_nsec / 1000;
}

/* --- the products --- */

/* A frame that plays something; the stop and those of silence do not. */
static bool plays(const uint8_t *bytes, ssize_t n) {
        return n == 20 && bytes[0] == 0xb0 && bytes[11] > 0 && bytes[11] <= 100;
}

/* A frame with a number is answered with the strengths as they are then. Two bits a channel say what it does: 3 sets, 0, as in the
 * questions, leaves alone; nothing else is sent here. */
static void answer(struct stream *stream, const uint8_t *bytes) {
        uint8_t reply[] = { 0xb1, bytes[1] >> 4, 0, 0 };

        for (unsigned i = 0; i < 2; i++) {
                if ((bytes[1] >> (i == 0 ? 2 : 0) & 3) == 3)
                        stream->strengths[i] = bytes[2 + i];
                reply[2 + i] = stream->strengths[i];
        }
        (void) send(stream->product_fd, reply, sizeof(reply), MSG_DONTWAIT);
}

static void *be_products(void *userdata) {
        struct bench *bench = userdata;

        for (;;) {
                struct epoll_event events[DEVICES_MAX];
                int n_events = epoll_wait(bench->epoll_fd, events, ARRAY_SIZE(events), -1);

                for (int i = 0; i < n_events; i++) {
                        struct stream *stream = events[i].data.ptr;
                        uint8_t bytes[64];
                        ssize_t n;

                        if (!stream) /* the end */
                                return NULL;
                        n = recv(stream->product_fd, bytes, sizeof(bytes), MSG_DONTWAIT);
                        if (plays(bytes, n) && stream->n_stamps < FRAMES_MAX)
                                stream->stamps[stream->n_stamps++] = now_usec(CLOCK_MONOTONIC);
                        if (n == 20 && bytes[0] == 0xb0 && bytes[1] >> 4 != 0)
                                answer(stream, bytes);
                }
        }
}

static int make_product(struct bench *bench, struct stream *stream) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = stream };
        int pair[2];

        stream->bench = bench;
        stream->stamps = calloc(FRAMES_MAX, sizeof(*stream->stamps));
        if (!stream->stamps)
                return -ENOMEM;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        stream->fd = pair[0];
        stream->product_fd = pair[1];
        return epoll_ctl(bench->epoll_fd, EPOLL_CTL_ADD, pair[1], &event) < 0 ? -errno : 0;
}

/* --- the link, as daemon/bluez/link-bluez-io.c has it with a socket --- */

static int send_frame(struct stream *stream, const uint8_t *bytes, size_t n) {
        return send(stream->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int link_op_write(
        struct link *link, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        struct stream *stream = (struct stream *) link;

        return stream->ready ? send_frame(stream, bytes, n) : -ENOTCONN;
}

static int link_op_queued(struct link *link, unsigned endpoint) {
        const struct stream *stream = (const struct stream *) link;
        int queued = 0;

        return ioctl(stream->fd, SIOCOUTQ, &queued) < 0 ? 0 : queued;
}

static void link_op_free(struct link *link) {
        ((struct stream *) link)->ready = false;
}

static const struct link_ops link_ops = {
        .write = link_op_write,
        .queued = link_op_queued,
        .free = link_op_free,
};

static void on_link(struct clock_timer *timer, void *userdata) {
        struct stream *stream = userdata;

        stream->ready = true;
        stream->link.handler->ready(stream->link.userdata);
}

static int on_incoming(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct stream *stream = userdata;
        int rx = definition_endpoint(device_definition(stream->device), "rx");
        uint8_t bytes[64];
        ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

        if (n > 0 && stream->ready && rx >= 0)
                stream->link.handler->notified(stream->link.userdata, (unsigned) rx, bytes, (size_t) n);
        return 0;
}

static int radio_op_scan(struct radio *radio, bool on) {
        return 0;
}

static int radio_op_link_open(struct radio *radio, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret) {
        struct bench *bench = (struct bench *) radio;
        struct stream *stream = &bench->streams[bench->opened++ % bench->n];

        stream->link = (struct link){ .ops = &link_ops, .handler = handler, .userdata = userdata };
        clock_timer_arm_in(stream->link_timer, 0);
        *ret = &stream->link;
        return 0;
}

static enum radio_state radio_op_state(const struct radio *radio) {
        return RADIO_ON;
}

static const struct radio_ops radio_ops = {
        .scan = radio_op_scan,
        .link_open = radio_op_link_open,
        .state = radio_op_state,
};

/* --- the devices --- */

static void fail(struct bench *bench, int error, const char *what) {
        if (bench->error == 0)
                fprintf(stderr, "bench-stream: %s: %s\n", what, strerror(-error));
        bench->error = error;
        (void) sd_event_exit(bench->event, 0);
}

static void on_changed(struct device *device, void *userdata) {}

static void on_touched(struct device *device, unsigned feature, void *userdata) {}

static void on_connected(struct device *device, int error, const char *sentence, void *userdata) {
        if (error != 0)
                fail(userdata, -error, sentence);
}

static void on_disconnected(struct device *device, int error, const char *sentence, void *userdata) {}

static void on_lost(struct device *device, const char *why, void *userdata) {
        fail(userdata, -ENOTCONN, why);
}

static void on_alarm(struct device *device, const char *code, const char *sentence, void *userdata) {
        fail(userdata, -EIO, sentence);
}

static int on_output(struct device *device, bool on, void *userdata) {
        return 0;
}

static void on_rested(struct device *device, void *userdata) {}

static const struct device_handler device_handler = {
        .changed = on_changed,
        .connected = on_connected,
        .disconnected = on_disconnected,
        .lost = on_lost,
        .alarm = on_alarm,
        .touched = on_touched,
        .output = on_output,
        .rested = on_rested,
};

static void keep_nothing(struct record *record, const struct record_entry *entry) {}

/* A round as a session has it. */
static void on_tick(struct clock_timer *timer, void *userdata) {
        static const struct drive_permit permit = { .armed = true, .lease_alive = true, .recorded = true };
        struct stream *stream = userdata;
        struct device *device = stream->device;
        struct channel_request requests[PROTOCOL_FEATURES_MAX] = {};
        struct gate_verdict verdicts[PROTOCOL_FEATURES_MAX];
        int r;

        for (unsigned i = 0; i < device_definition(device)->n_features; i++)
                requests[i] = (struct channel_request){
                        .gate = { .level = LEVEL, .envelope_permille = 1000, .routine_max = LEVEL },
                        .rate_mhz = 8000,
                        .pulse_width_usec = 250,
                        .zone = zone_by_id("calf"),
                        .pad_area_mm2 = 2500,
                        .person = { GATE_NO_CAP, GATE_SESSIONS_UNKNOWN },
                };
        r = device_drive(device, requests, &permit, verdicts);
        if (r < 0)
                fail(stream->bench, r, "device_drive()");
        clock_timer_arm(timer, device_due(device, clock_now(stream->bench->clock), PERIOD_USEC));
}

static int make_device(struct bench *bench, struct stream *stream, struct device_definition *definition) {
        const struct device_environment environment = {
                .clock = bench->clock,
                .radio = &bench->radio,
                .record = &bench->record,
                .handler = &device_handler,
                .userdata = bench,
        };
        struct radio_advert advert = { .address_type = "random" };
        int r;

        (void) snprintf(advert.address, sizeof(advert.address), "C0:FF:EE:00:01:%02X",
                (unsigned) (stream - bench->streams));
        (void) snprintf(advert.name, sizeof(advert.name), "%s", definition->matches[0].name);
        r = device_new(&environment, definition, &definition->matches[0], &advert, &stream->device);
        if (r >= 0)
                r = clock_timer_new(bench->clock, on_link, stream, &stream->link_timer);
        if (r >= 0)
                r = sd_event_add_io(
                        bench->event, &stream->incoming, stream->fd, EPOLLIN, on_incoming, stream);
        if (r < 0)
                return r;
        device_set_owner(stream->device, stream, 1);
        return device_connect(stream->device);
}

static int parse_definition(const char *path, struct device_definition **ret) {
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct findings findings = {};
        char text[16384];
        ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
        int r;

        if (n < 0)
                return -errno;
        r = definition_parse(&conf_text, path, text, (size_t) n, &findings, ret);
        findings_done(&findings);
        return r;
}

/* --- the floor --- */

static void on_bare(struct clock_timer *timer, void *userdata) {
        static const uint8_t bytes[20] = { 0xb0, 0, 0, 0, 110, 110, 110, 110, 100, 100, 100, 100, 110, 110,
                110, 110, 100, 100, 100, 100 };
        struct stream *stream = userdata;
        int r = send_frame(stream, bytes, sizeof(bytes));

        if (r < 0)
                fail(stream->bench, r, "send()");
        stream->due_usec += PERIOD_USEC;
        clock_timer_arm(timer, stream->due_usec);
}

/* --- the run --- */

static int begin(struct bench *bench, struct device_definition *definition) {
        uint64_t at = clock_now(bench->clock) + BEGIN_USEC;
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < bench->n; i++) {
                struct stream *stream = &bench->streams[i];

                r = make_product(bench, stream);
                if (r >= 0 && definition)
                        r = make_device(bench, stream, definition);
                if (r >= 0)
                        r = clock_timer_new(
                                bench->clock, definition ? on_tick : on_bare, stream, &stream->tick_timer);
                if (r < 0)
                        break;
                stream->due_usec = at;
                clock_timer_arm(stream->tick_timer, at);
        }
        return r;
}

/* Fires when streaming begins and when it ends. */
static void on_edge(struct clock_timer *timer, void *userdata) {
        struct bench *bench = userdata;

        if (bench->begun) {
                bench->used_usec = now_usec(CLOCK_THREAD_CPUTIME_ID) - bench->used_usec;
                (void) sd_event_exit(bench->event, 0);
                return;
        }
        bench->begun = true;
        bench->used_usec = now_usec(CLOCK_THREAD_CPUTIME_ID);
        clock_timer_arm_in(timer, bench->run_usec);
}

static int run(struct bench *bench) {
        struct epoll_event event = { .events = EPOLLIN };
        struct clock_timer *edge;
        pthread_t products;
        int wake[2], r;

        if (pipe2(wake, O_CLOEXEC) < 0 || epoll_ctl(bench->epoll_fd, EPOLL_CTL_ADD, wake[0], &event) < 0)
                return -errno;
        r = clock_timer_new(bench->clock, on_edge, bench, &edge);
        if (r < 0)
                return r;
        r = -pthread_create(&products, NULL, be_products, bench);
        if (r < 0)
                return r;
        clock_timer_arm_in(edge, BEGIN_USEC);
        r = sd_event_loop(bench->event);
        (void) close(wake[1]); /* hangs up: the products end */
        (void) pthread_join(products, NULL);
        clock_timer_free(edge);
        (void) close(wake[0]);
        return r < 0 ? r : bench->error;
}

static int compare(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return x < y ? -1 : x > y;
}

static int print(const struct bench *bench) {
        _cleanup_free_ uint64_t *off = NULL;
        size_t n = 0, frames = 0;

        off = calloc((size_t) bench->n * FRAMES_MAX, sizeof(*off));
        if (!off)
                return -ENOMEM;
        for (unsigned i = 0; i < bench->n; i++) {
                const struct stream *stream = &bench->streams[i];

                frames += stream->n_stamps;
                for (size_t k = FRAMES_SKIPPED + 1; k < stream->n_stamps; k++) {
                        uint64_t period = stream->stamps[k] - stream->stamps[k - 1];

                        off[n++] = period > PERIOD_USEC ? period - PERIOD_USEC : PERIOD_USEC - period;
                }
        }
        if (n == 0)
                return -ENODATA;
        qsort(off, n, sizeof(*off), compare);
        printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %zu %.1f\n", off[n / 2], off[n * 99 / 100],
                off[n * 999 / 1000], off[n - 1], n, (double) bench->used_usec / (double) frames);
        return 0;
}

int main(int argc, char **argv) {
        static struct bench bench = { .radio = { .ops = &radio_ops }, .record = { .put = keep_nothing } };
        struct device_definition *definition = NULL;
        int r;

        if (argc != 5 || (!streq(argv[1], "device") && !streq(argv[1], "timer"))) {
                fputs("bench-stream device|timer DEFINITION N SECONDS\n", stderr);
                return 2;
        }
        bench.n = (unsigned) strtoul(argv[3], NULL, 10);
        bench.run_usec = strtoul(argv[4], NULL, 10) * USEC_PER_SEC;
        if (bench.n == 0 || bench.n > DEVICES_MAX || bench.run_usec / PERIOD_USEC > FRAMES_MAX)
                return 2;
        bench.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        r = bench.epoll_fd < 0 ? -errno : sd_event_new(&bench.event);
        if (r >= 0)
                r = clock_event_new(bench.event, &bench.clock);
        if (r >= 0 && streq(argv[1], "device"))
                r = parse_definition(argv[2], &definition);
        if (r >= 0)
                r = begin(&bench, definition);
        if (r >= 0)
                r = run(&bench);
        if (r >= 0)
                r = print(&bench);
        /* Devices that are on are not let go of here: the process ends, and nothing but sockets hangs on it. */
        if (r < 0)
                fprintf(stderr, "bench-stream: %s\n", strerror(-r));
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
