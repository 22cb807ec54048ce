/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The virtual radio's ends: the device, of which a socket pair takes the place, and the control socket. */

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "lib/clock.h"
#include "sim/radio/control.h"
#include "sim/radio/vhci.h"
#include "tests/test.h"

struct bench {
        sd_event *event;
        struct recorder *recorder;
        struct vhci *vhci;
        struct control *control;
        int kernel;
        char directory[32], record[64], socket[64];
        int ready; /* the number of the controller; -1: not told */
};

static void on_ready(void *userdata, unsigned index) {
        ((struct bench *) userdata)->ready = (int) index;
}

static char *on_line(void *userdata, const char *line) {
        return vhci_control(userdata, line);
}

static int setup(void **state) {
        static struct bench bench;
        int fds[2];

        bench = (struct bench){ .directory = "/tmp/limber-test-XXXXXX", .ready = -1 };
        assert_non_null(mkdtemp(bench.directory));
        snprintf(bench.record, sizeof(bench.record), "%s/record", bench.directory);
        snprintf(bench.socket, sizeof(bench.socket), "%s/control", bench.directory);
        /* Like the device, it keeps packets apart. */
        assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
        bench.kernel = fds[0];
        assert_int_equal(recorder_new(bench.record, &bench.recorder), 0);
        assert_int_equal(sd_event_new(&bench.event), 0);
        assert_int_equal(vhci_new(bench.event, fds[1], bench.recorder, on_ready, &bench, &bench.vhci), 0);
        assert_int_equal(vhci_add_product(bench.vhci, "theragun-pro", "C0:FF:EE:00:00:01"), 0);
        assert_int_equal(control_new(bench.event, bench.socket, on_line, bench.vhci, &bench.control), 0);
        *state = &bench;
        return 0;
}

static int teardown(void **state) {
        struct bench *bench = *state;

        control_free(bench->control);
        vhci_free(bench->vhci);
        recorder_free(bench->recorder);
        sd_event_unref(bench->event);
        close_fd(bench->kernel);
        assert_int_equal(access(bench->socket, F_OK), -1);
        unlink(bench->record);
        return rmdir(bench->directory);
}

/* Lets the loop run until something can be read from fd, and reads it. */
static size_t await(struct bench *bench, int fd, void *buffer, size_t size) {
        ssize_t n = -1;

        for (unsigned i = 0; n < 0 && i < 1000; i++) {
                (void) sd_event_run(bench->event, 10 * USEC_PER_MSEC);
                n = recv(fd, buffer, size, MSG_DONTWAIT);
        }
        if (n < 0)
                fail_msg("nothing came");
        return (size_t) n;
}

static void test_the_controller_is_made(void **state) {
        struct bench *bench = *state;
        uint8_t packet[64];

        assert_int_equal(await(bench, bench->kernel, packet, sizeof(packet)), 2);
        assert_memory_equal(packet, "\xff\x00", 2);
        /* The first command may come before the number. */
        assert_int_equal(send(bench->kernel, "\x01\x03\x0c\x00", 4, 0), 4);
        assert_int_equal(await(bench, bench->kernel, packet, sizeof(packet)), 7);
        assert_memory_equal(packet, "\x04\x0e\x04\x01\x03\x0c\x00", 7);
        assert_int_equal(bench->ready, -1);
        assert_int_equal(send(bench->kernel, "\xff\x00\x03\x00", 4, 0), 4);
        assert_int_equal(send(bench->kernel, "\x01\x03\x0c\x00", 4, 0), 4);
        assert_int_equal(await(bench, bench->kernel, packet, sizeof(packet)), 7);
        assert_int_equal(bench->ready, 3);
}

/* Time runs by itself: one advertisement after the other. */
static void test_time(void **state) {
        /* Parameters, and enable. */
        static const uint8_t scan[] = { 1, 0x0b, 0x20, 7, 0, 0x60, 0, 0x30, 0, 0, 0 };
        static const uint8_t enable[] = { 1, 0x0c, 0x20, 2, 1, 0 };
        struct bench *bench = *state;
        uint8_t packet[64];

        await(bench, bench->kernel, packet, sizeof(packet));
        assert_int_equal(send(bench->kernel, scan, sizeof(scan), 0), sizeof(scan));
        assert_int_equal(send(bench->kernel, enable, sizeof(enable), 0), sizeof(enable));
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(await(bench, bench->kernel, packet, sizeof(packet)), 7);
        for (unsigned i = 0; i < 3; i++) {
                await(bench, bench->kernel, packet, sizeof(packet));
                assert_memory_equal(packet + 1, "\x3e\x0f\x02\x01\x00\x01\x01\x00\x00\xee\xff\xc0", 12);
        }
}

static void test_the_kernel_goes(void **state) {
        struct bench *bench = *state;

        bench->kernel = close_fd(bench->kernel);
        assert_int_equal(sd_event_loop(bench->event), -ECONNRESET);
}

static int connect_client(struct bench *bench) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "%s", bench->socket);
        assert_int_equal(connect(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        return fd;
}

static void expect_answer(struct bench *bench, int client, const char *line, const char *answer) {
        char text[1024];
        size_t n;

        assert_int_equal(send(client, line, strlen(line), 0), strlen(line));
        n = await(bench, client, text, sizeof(text) - 1);
        text[n] = '\0';
        assert_says(text, answer);
        assert_int_equal(text[n - 1], '\n');
}

static void test_control(void **state) {
        struct bench *bench = *state;
        int client = connect_client(bench), other = connect_client(bench);
        char line[600], text[128];

        expect_answer(bench, client, "poke C0:FF:EE:00:00:01 speed 1750\r\n", "{\"ok\":true}\n");
        expect_answer(bench, other, "summary\n", "theragun-pro C0:FF:EE:00:00:01");
        /* Two at once, and a line in two parts. */
        assert_int_equal(send(client, "dan", 3, 0), 3);
        for (unsigned i = 0; i < 5; i++)
                (void) sd_event_run(bench->event, 0);
        expect_answer(bench, client, "ce\nlist\n", "'dance'");
        /* A NUL hides nothing. */
        assert_int_equal(send(other, "list\0hidden\n", 12, 0), 12);
        text[await(bench, other, text, sizeof(text) - 1)] = '\0';
        assert_says(text, "plain ASCII");
        /* Who sends no end of a line is sent away; the others stay. */
        memset(line, 'x', sizeof(line));
        assert_int_equal(send(other, line, sizeof(line), 0), sizeof(line));
        text[await(bench, other, text, sizeof(text) - 1)] = '\0';
        assert_says(text, "too long");
        assert_int_equal(await(bench, other, text, sizeof(text)), 0);
        close(other);
        expect_answer(bench, client, "output C0:FF:EE:00:00:01\n", "amplitude_permille");
        close(client);
}

static void test_control_path(void **state) {
        struct bench *bench = *state;
        struct control *second;
        char path[128];

        /* Somebody listens there; it is a file; it is too long. */
        assert_int_equal(
                control_new(bench->event, bench->socket, on_line, bench->vhci, &second), -EADDRINUSE);
        assert_int_equal(access(bench->socket, F_OK), 0);
        assert_int_equal(
                control_new(bench->event, bench->record, on_line, bench->vhci, &second), -EADDRINUSE);
        assert_int_equal(access(bench->record, F_OK), 0);
        memset(path, 'x', sizeof(path) - 1);
        path[sizeof(path) - 1] = '\0';
        assert_int_equal(control_new(bench->event, path, on_line, bench->vhci, &second), -ENAMETOOLONG);
}

static void test_a_socket_left_behind(void **state) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        struct bench *bench = *state;
        struct control *control;
        int fd;

        snprintf(address.sun_path, sizeof(address.sun_path), "%s/old", bench->directory);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        close(fd);
        assert_int_equal(access(address.sun_path, F_OK), 0);
        assert_int_equal(control_new(bench->event, address.sun_path, on_line, bench->vhci, &control), 0);
        control_free(control);
        assert_int_equal(access(address.sun_path, F_OK), -1);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(test_the_controller_is_made, setup, teardown),
                cmocka_unit_test_setup_teardown(test_time, setup, teardown),
                cmocka_unit_test_setup_teardown(test_the_kernel_goes, setup, teardown),
                cmocka_unit_test_setup_teardown(test_control, setup, teardown),
                cmocka_unit_test_setup_teardown(test_control_path, setup, teardown),
                cmocka_unit_test_setup_teardown(test_a_socket_left_behind, setup, teardown),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
