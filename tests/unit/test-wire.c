/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/armed.h"
#include "protocols/wire.h"
#include "tests/test.h"

static struct wire_template compile(const char *text) {
        struct wire_template wire = {};
        const char *error = NULL;

        if (wire_compile(text, &wire, &error) < 0)
                fail_msg("%s: %s", text, error);
        return wire;
}

static void frames_are_encoded(void **state) {
        static const struct {
                const char *text;
                int64_t values[2];
                const char *hex; /* NULL: refused with -ERANGE */
        } cases[] = {
                { "01 ff Aa", {}, "01FFAA" },
                { "{v:u8}", { 0x12 }, "12" },
                { "{v:u8}", { 256 }, NULL },
                { "{v:u8}", { -1 }, NULL },
                { "{v:u16be} {w:u16le}", { 0x1234, 0x5678 }, "12347856" },
                { "{v:u16be}", { 65536 }, NULL },
                { "{v:u24be} {w:u24le}", { 0x123456, 0x123456 }, "123456563412" },
                { "{v:u32be} {w:u32le}", { 0x12345678, 0xfffffffe }, "12345678FEFFFFFF" },
                { "{v:u32be}", { INT64_C(1) << 32 }, NULL },
                { "{v:u8} {v:u8}", { 7 }, "0707" },
                /* The facts' own: the checksum stands before what it covers. */
                { "AA {sum8:2} 01 03 {v:u16be} 03", { 1750 }, "AAE3010306D603" },
                { "AA {sum8:2} 01 03 {v:u16be} 03", { 3616 }, "AA3501030E2003" },
                { "AA {sum8:2} 10 00", {}, "AA101000" },
                { "55 01 {sum8:0}", {}, "550156" },
                { "55 01 {sum8-inverted:0}", {}, "5501A9" },
                { "55 01 {xor8:0}", {}, "550154" },
                { "80 80 {sum8:0}", {}, "808000" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct wire_template wire = compile(cases[i].text);
                char hex[2 * 64 + 1];
                uint8_t bytes[64];
                ssize_t n = wire_encode(&wire, cases[i].values, bytes, sizeof(bytes));

                if (!cases[i].hex) {
                        assert_int_equal(n, -ERANGE);
                        continue;
                }
                assert_true(n > 0);
                assert_string_equal(hex_format(bytes, (size_t) n, hex), cases[i].hex);
                assert_int_equal(wire_encode(&wire, cases[i].values, bytes, (size_t) n), n);
                assert_int_equal(wire_encode(&wire, cases[i].values, bytes, (size_t) n - 1), -ENOBUFS);
        }
}

static void messages_are_matched(void **state) {
        static const struct {
                const char *text, *hex;
                bool fits;
                int64_t value;
        } cases[] = {
                { "BB {v:u8} 01", "BB0701", true, 7 },
                { "BB {v:u8} 01", "BB0702", false, 0 },
                { "BB {v:u8} 01", "BB07", false, 0 },
                { "BB {v:u8} 01", "BB070100", false, 0 },
                { "BB * {v:u16be}", "BB991234", true, 0x1234 },
                { "BB *3 {v:u16le}", "BB0102033412", true, 0x1234 },
                { "BB *3 {v:u16le}", "BB01023412", false, 0 },
                { "{v:u8} ...", "07", true, 7 },
                { "{v:u8} ...", "0708090A", true, 7 },
                { "{v:u8} ...", "", false, 0 },
                { "{v:u32le}", "FFFFFFFF", true, 0xffffffff },
                { "BB {sum8:2} {v:u8} ...", "BB0303", true, 3 },
                { "BB {sum8:2} {v:u8} ...", "BB070304", true, 3 }, /* the sum covers the rest too */
                { "BB {sum8:2} {v:u8} ...", "BB030304", false, 0 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct wire_template wire = compile(cases[i].text);
                int64_t values[WIRE_FIELDS_MAX] = { -1 };
                uint8_t bytes[16];
                ssize_t n = hex_parse(cases[i].hex, bytes, sizeof(bytes));
                int r = wire_decode(&wire, bytes, (size_t) n, values);

                if ((r == 0) != cases[i].fits)
                        fail_msg("%s and %s: %d", cases[i].text, cases[i].hex, r);
                assert_int_equal(values[0], cases[i].fits ? cases[i].value : -1);
        }
}

static void what_is_encoded_is_decoded(void **state) {
        struct wire_template wire =
                compile("AA {sum8:2} {a:u8} {b:u16be} {c:u16le} {d:u24be} {e:u24le} {f:u32le}");
        const int64_t values[] = { 1, 2, 0xfffe, 4, 0xfffffe, 6 };
        int64_t read[WIRE_FIELDS_MAX];
        uint8_t bytes[64];
        ssize_t n = wire_encode(&wire, values, bytes, sizeof(bytes));

        assert_int_equal(wire_decode(&wire, bytes, (size_t) n, read), 0);
        assert_memory_equal(read, values, sizeof(values));
        assert_int_equal(wire_field(&wire, "c"), 2);
        assert_int_equal(wire_field(&wire, "g"), -1);
}

static void a_pattern_cannot_be_sent(void **state) {
        struct wire_template any = compile("AA *"), rest = compile("AA ...");
        uint8_t bytes[8];

        assert_int_equal(wire_encode(&any, NULL, bytes, sizeof(bytes)), -EINVAL);
        assert_int_equal(wire_encode(&rest, NULL, bytes, sizeof(bytes)), -EINVAL);
}

static void what_is_no_frame_is_refused_with_a_reason(void **state) {
        static const char *const texts[] = { "", "   ", "A", "AAA", "GG", "0x01", "{v}", "{:u8", "{v:u64}",
                "{v:}", "{sum8:}", "{sum8:x}", "{sum8:40}", "{sum8:-1}", "*0", "*x", "*41", "*-1", "*2x",
                "... 00", "... ...", "{a-name-of-sixteen:u8}",
                "{a:u8} {b:u8} {c:u8} {d:u8} {e:u8} {f:u8} {g:u8}", "*40 00", "{:u8}", "{ v:u8}" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct wire_template wire = { .n_items = 77 };
                const char *error = NULL;

                if (wire_compile(texts[i], &wire, &error) != -EINVAL)
                        fail_msg("taken: '%s'", texts[i]);
                assert_non_null(error);
                assert_int_equal(wire.n_items, 77);
        }
}

/* A device that looks no further than the last value takes all of these for the frame. */
static void what_is_nearly_a_frame_is_known(void **state) {
        static const struct {
                const char *text, *hex;
                int64_t value; /* of v; -1: not like it */
        } cases[] = {
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F01060003", 0x0600 },
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0001060003", 0x0600 },     /* another sum */
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F01060004", 0x0600 },     /* another end */
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F0106000300FF", 0x0600 }, /* more */
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F010600", 0x0600 },       /* less */
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F0106", 0x0600 },         /* half of the value */
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F01", -1 },
                { "AA {sum8:2} 01 {v:u16be} 03", "AA0F02060003", -1 },
                { "AA {sum8:2} 01 {v:u16be} 03", "AB0F01060003", -1 },
                { "A0 {v:u8} {v:u8}", "A00500", 5 },
                { "A0 {v:u8} {v:u8}", "A00005", 5 },
                { "A0 {v:u32le}", "A0000000FF", 0xff000000 },
                /* Without a value, all of it, and maybe more. */
                { "A0 05", "A005", 0 },
                { "A0 05", "A00500", 0 },
                { "A0 05", "A0", -1 },
                { "A0 05", "A006", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct wire_template wire = compile(cases[i].text);
                int64_t values[WIRE_FIELDS_MAX] = { 77 };
                uint8_t bytes[32];
                size_t n = 0;

                for (const char *c = cases[i].hex; *c; c += 2)
                        assert_int_equal(sscanf(c, "%2hhx", &bytes[n++]), 1);
                if (wire_resembles(&wire, bytes, n, false, values) != (cases[i].value >= 0))
                        fail_msg("%s: %s", cases[i].text, cases[i].hex);
                assert_int_equal(values[0], cases[i].value >= 0 && wire.n_fields > 0 ? cases[i].value : 77);
        }
}

static void a_pattern_covers_what_it_matches_too(void **state) {
        static const struct {
                const char *a, *b;
                bool covers;
        } cases[] = {
                { "...", "AA {v:u8}", true },
                { "AA ...", "AA {v:u8}", true },
                { "AA {v:u8}", "AA ...", false },
                { "AA {v:u8}", "AA 01", true },
                { "AA 01", "AA {v:u8}", false },
                { "AA {v:u8}", "AA {w:u8}", true },
                { "AA {v:u8}", "AB {w:u8}", false },
                { "AA {v:u8}", "AA {w:u16be}", false },
                { "AA * {sum8:0}", "AA 01 {sum8:0}", true },
                { "AA * {sum8:0}", "AA 01 02", false },
                { "AA * {sum8:0}", "AA 01 {xor8:0}", false },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct wire_template a = compile(cases[i].a), b = compile(cases[i].b);

                if (wire_covers(&a, &b) != cases[i].covers)
                        fail_msg("%s, %s", cases[i].a, cases[i].b);
        }
}

static void a_checksum_is_found_where_frames_begin_alike(void **state) {
        static const struct {
                const char *text, *hex;
                int right; /* -1: there is none to hold it against */
        } cases[] = {
                { "AA {sum8:2} 01 {v:u8}", "AA550304", 7 },
                { "AA {sum8:2} 01 {v:u8}", "AA07030400", 7 },
                { "AA {sum8:2} 01 {v:u8}", "AB550304", -1 },
                { "AA {sum8:2} 01 {v:u8}", "AA", -1 },
                { "AA {v:u8} {sum8:1}", "AA0304", -1 }, /* another length, another place */
                { "{sum8:1} AA {v:u8}", "00AA03", -1 },
                { "AA {v:u8}", "AA03", -1 },
        };

        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct wire_template wire = compile(cases[i].text);
                uint8_t bytes[32], right = 0;
                size_t n = 0, at = 0;

                for (const char *c = cases[i].hex; *c; c += 2)
                        assert_int_equal(sscanf(c, "%2hhx", &bytes[n++]), 1);
                if (wire_sum_of_head(&wire, bytes, n, &at, &right) != (cases[i].right >= 0))
                        fail_msg("%s: %s", cases[i].text, cases[i].hex);
                if (cases[i].right >= 0) {
                        assert_int_equal(at, 1);
                        assert_int_equal(right, cases[i].right);
                }
        }
}

static void a_frame_is_printed_as_it_is_written(void **state) {
        static const char *const texts[] = { "AA {sum8:2} 01 03 {motor:u16be} 03",
                "BB {sum8:2} 10 * {running:u8} *8 {motor:u16be} ...", "* 00 *2 {v:u32le} {sum8-inverted:0}",
                "{a:u8} {b:u24be} {xor8:1}" };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct wire_template wire = compile(texts[i]);
                _cleanup_free_ char *text = wire_to_text(&wire);

                assert_string_equal(text, texts[i]);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(frames_are_encoded),
                cmocka_unit_test(messages_are_matched),
                cmocka_unit_test(what_is_encoded_is_decoded),
                cmocka_unit_test(a_pattern_cannot_be_sent),
                cmocka_unit_test(what_is_no_frame_is_refused_with_a_reason),
                cmocka_unit_test(what_is_nearly_a_frame_is_known),
                cmocka_unit_test(a_pattern_covers_what_it_matches_too),
                cmocka_unit_test(a_checksum_is_found_where_frames_begin_alike),
                cmocka_unit_test(a_frame_is_printed_as_it_is_written),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
