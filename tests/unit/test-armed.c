/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/stat.h>

#include "lib/armed.h"
#include "tests/test.h"

static const struct armed example = {
        .adapter = "00:11:22:33:44:55",
        .address = "AA:BB:CC:DD:EE:FF",
        .address_type = "random",
        .name = "the gun, upstairs",
        .frames = {
                { "0000ffe0-0000-1000-8000-00805f9b34fb", "0000ffe2-0000-1000-8000-00805f9b34fb", true,
                        { 0xaa, 0x07, 0x01, 0x03, 0x00, 0x00, 0x03 }, 7 },
                { "0000180c-0000-1000-8000-00805f9b34fb", "0000150a-0000-1000-8000-00805f9b34fb", false, { 0xb0 }, 1 },
        },
        .n_frames = 2,
        .gap_usec = 50000,
        .repeats = 2,
};

struct bench {
        char directory[32];
        char path[64];
};

static int setup(void **state) {
        struct bench *b = calloc(1, sizeof(*b));

        assert_non_null(b);
        (void) snprintf(b->directory, sizeof(b->directory), "/tmp/limber-armed-XXXXXX");
        assert_non_null(mkdtemp(b->directory));
        (void) snprintf(b->path, sizeof(b->path), "%s/AA_BB_CC_DD_EE_FF", b->directory);
        *state = b;
        return 0;
}

static int teardown(void **state) {
        struct bench *b = *state;

        (void) unlink(b->path);
        assert_int_equal(rmdir(b->directory), 0); /* nothing else is left behind */
        free(b);
        return 0;
}

static void put_file(const struct bench *b, const char *text, size_t n) {
        FILE *f = fopen(b->path, "w");

        assert_non_null(f);
        assert_int_equal(fwrite(text, 1, n, f), n);
        assert_int_equal(fclose(f), 0);
}

static void what_is_written_is_read_back(void **state) {
        struct bench *b = *state;
        struct armed read = {};

        assert_int_equal(armed_write(b->directory, &example), 0);
        assert_int_equal(armed_read(b->path, &read), 0);
        assert_memory_equal(&read, &example, sizeof(example));
        /* Again over itself, and without an adapter. */
        read.adapter[0] = '\0';
        assert_int_equal(armed_write(b->directory, &read), 0);
        assert_int_equal(armed_read(b->path, &read), 0);
        assert_string_equal(read.adapter, "");
        assert_int_equal(armed_remove(b->directory, example.address, example.address_type), 0);
        assert_int_equal(armed_remove(b->directory, example.address, example.address_type), 0);
        assert_int_equal(armed_read(b->path, &read), -ENOENT);
}

/* limber-allstop has two seconds for all of it: a longer gap, from an older limberd, is cut. */
static void no_gap_takes_the_time_of_the_stop(void **state) {
        struct bench *b = *state;
        struct armed slow = example, read;
        char text[512];
        int n;

        n = snprintf(text, sizeof(text),
                "limber-armed 1\nadapter -\naddress %s\naddress-type random\ngap-usec 2000000\nrepeats 2\n"
                "frame %s %s request 00\nframe %s %s request 01\nname x\n",
                example.address, example.frames[0].service, example.frames[0].characteristic,
                example.frames[0].service, example.frames[0].characteristic);
        put_file(b, text, (size_t) n);
        assert_int_equal(armed_read(b->path, &read), 0);
        assert_int_equal(read.gap_usec, ARMED_GAP_MAX_USEC);
        for (slow.n_frames = 1; slow.n_frames <= ARMED_FRAMES_MAX; slow.n_frames++) {
                slow.repeats = 10;
                slow.gap_usec = 5000000;
                armed_bound_gap(&slow);
                assert_in_range(slow.gap_usec * slow.n_frames * slow.repeats, 900000, 1000000);
        }
}

/* limberd keeps its files to itself; these are for whoever wants to stop a device. */
static void anybody_may_read_it_whatever_the_umask(void **state) {
        struct bench *b = *state;
        mode_t before = umask(0077);
        struct stat st;

        assert_int_equal(armed_write(b->directory, &example), 0);
        (void) umask(before);
        assert_int_equal(stat(b->path, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0644);
}

static void the_largest_that_may_be_written_can_be_read(void **state) {
        struct bench *b = *state;
        struct armed big = example, read;

        for (big.n_frames = 0; big.n_frames < ARMED_FRAMES_MAX; big.n_frames++) {
                big.frames[big.n_frames] = example.frames[0];
                memset(big.frames[big.n_frames].bytes, 0xff, ARMED_FRAME_SIZE_MAX);
                big.frames[big.n_frames].n = ARMED_FRAME_SIZE_MAX;
        }
        memset(big.name, 'n', sizeof(big.name) - 1);
        assert_int_equal(armed_write(b->directory, &big), 0);
        assert_int_equal(armed_read(b->path, &read), 0);
        assert_memory_equal(&read, &big, sizeof(big));
}

/* Cut anywhere before its last line it is seen as torn. */
static void a_torn_file_is_refused(void **state) {
        struct bench *b = *state;
        _cleanup_free_ char *text = NULL;
        struct armed read;
        size_t n, name;

        assert_int_equal(armed_write(b->directory, &example), 0);
        assert_int_equal(read_file(b->path, ARMED_FILE_MAX, &text, &n), 0);
        name = (size_t) (strstr(text, "name ") - text) + strlen("name ");
        for (size_t cut = 0; cut <= name; cut++) {
                put_file(b, text, cut);
                assert_int_equal(armed_read(b->path, &read), -EBADMSG);
        }
        put_file(b, text, n);
        assert_int_equal(armed_read(b->path, &read), 0);
}

static void a_foreign_file_is_refused(void **state) {
        static const char *const texts[] = {
                "hello\n",
                "limber-armed 2\naddress A\nname x\n",
                "limber-armed 1\naddress AA:BB:CC:DD:EE:FF\nname x\n",
                "limber-armed 1\naddress AA:BB:CC:DD:EE:FF\nrepeats 1\nfrob 1\nname x\n",
                "limber-armed 1\naddress AA:BB:CC:DD:EE:FF0\nrepeats 1\nframe s c request 00\nname x\n",
                "limber-armed 1\naddress A\nrepeats 0\nframe s c request 00\nname x\n",
                "limber-armed 1\naddress A\nrepeats 11\nframe s c request 00\nname x\n",
                "limber-armed 1\naddress A\nrepeats 1\ngap-usec 10000001\nframe s c request 00\nname x\n",
                "limber-armed 1\naddress A\nrepeats 1\nframe s c maybe 00\nname x\n",
                "limber-armed 1\naddress A\nrepeats 1\nframe s c request 0\nname x\n",
                "limber-armed 1\naddress A\nrepeats 1\nframe s c request\nname x\n",
                "limber-armed 1\naddress A\nrepeats 1\nframe s c request zz\nname x\n",
        };
        struct bench *b = *state;
        struct armed read;

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                put_file(b, texts[i], strlen(texts[i]));
                if (armed_read(b->path, &read) != -EBADMSG)
                        fail_msg("taken: %s", texts[i]);
        }
}

static void an_over_long_file_is_refused(void **state) {
        struct bench *b = *state;
        char text[ARMED_FILE_MAX + 1];
        struct armed read;

        memset(text, 'x', sizeof(text));
        put_file(b, text, sizeof(text));
        assert_int_equal(armed_read(b->path, &read), -EFBIG);
}

static void what_could_not_be_read_back_is_not_written(void **state) {
        struct bench *b = *state;
        struct armed broken = example;

        broken.n_frames = 0;
        assert_int_equal(armed_write(b->directory, &broken), -EINVAL);
        broken = example;
        broken.address_type[0] = '\0';
        assert_int_equal(armed_write(b->directory, &broken), -EINVAL);
        assert_int_equal(armed_write("/nonexistent", &example), -ENOENT);
}

static void a_name_from_the_air_cannot_break_the_file(void **state) {
        static const char *const names[] = { "gun\nrepeats 0", "\n", "", "  ", "\x7f" };
        struct bench *b = *state;

        for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
                struct armed named = example, read;

                (void) snprintf(named.name, sizeof(named.name), "%s", names[i]);
                assert_int_equal(armed_write(b->directory, &named), 0);
                assert_int_equal(armed_read(b->path, &read), 0);
                assert_int_equal(read.repeats, example.repeats);
                assert_int_equal(read.n_frames, example.n_frames);
        }
}

static void count_one(const struct armed *armed, void *userdata) {
        assert_string_equal(armed->address, example.address);
        ++*(unsigned *) userdata;
}

static void all_files_of_a_folder_are_found(void **state) {
        struct bench *b = *state;
        unsigned n = 0, broken = 77;
        char other[80];
        FILE *f;

        assert_int_equal(armed_foreach(b->directory, count_one, &n, &broken), 0);
        assert_int_equal(broken, 0);
        assert_int_equal(armed_write(b->directory, &example), 0);
        (void) snprintf(other, sizeof(other), "%s/junk", b->directory);
        f = fopen(other, "w");
        assert_non_null(f);
        assert_int_equal(fclose(f), 0);
        assert_int_equal(armed_foreach(b->directory, count_one, &n, &broken), 1);
        assert_int_equal(n, 1);
        assert_int_equal(broken, 1);
        assert_int_equal(unlink(other), 0);
        broken = 77;
        assert_int_equal(armed_foreach("/nonexistent", count_one, &n, &broken), 0);
        assert_int_equal(broken, 0);
}

static void hexadecimal_is_read_and_written(void **state) {
        uint8_t bytes[4] = {};
        char text[9];

        assert_int_equal(hex_parse("01AAff", bytes, 4), 3);
        assert_int_equal(hex_parse(" 01 aa FF 00 ", bytes, 4), 4);
        assert_string_equal(hex_format(bytes, 4, text), "01AAFF00");
        assert_int_equal(hex_parse("", bytes, 4), 0);
        assert_int_equal(hex_parse("0", bytes, 4), -EINVAL);
        assert_int_equal(hex_parse("0 1", bytes, 4), -EINVAL);
        assert_int_equal(hex_parse("0g", bytes, 4), -EINVAL);
        assert_int_equal(hex_parse("0102030405", bytes, 4), -EINVAL);
}

int main(void) {
#define BENCH_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        const struct CMUnitTest tests[] = {
                BENCH_TEST(what_is_written_is_read_back),
                BENCH_TEST(no_gap_takes_the_time_of_the_stop),
                BENCH_TEST(anybody_may_read_it_whatever_the_umask),
                BENCH_TEST(the_largest_that_may_be_written_can_be_read),
                BENCH_TEST(a_torn_file_is_refused),
                BENCH_TEST(a_foreign_file_is_refused),
                BENCH_TEST(an_over_long_file_is_refused),
                BENCH_TEST(what_could_not_be_read_back_is_not_written),
                BENCH_TEST(a_name_from_the_air_cannot_break_the_file),
                BENCH_TEST(all_files_of_a_folder_are_found),
                cmocka_unit_test(hexadecimal_is_read_and_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
