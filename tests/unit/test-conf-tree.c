/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What comes packed from limber-parse is checked as if a stranger had sent it. */

#include "lib/conf-text.h"
#include "lib/untrusted.h"
#include "tests/expect-findings.h"

static const char text[] =
        "a = 1;\nb = \"two\";\nc = true;\nd = { e = ( { f = [ 1, 2 ]; }, \"g\" ); };\nh = 1.5;\n";

static char *pack(const char *what, size_t *ret_n) {
        char *packed = NULL;

        assert_int_equal(conf_text_pack(what, strlen(what), &packed, ret_n), 0);
        return packed;
}

static void a_tree_is_what_was_written(void **state) {
        _cleanup_(conf_freep) struct conf *conf = NULL;
        struct findings findings = {};
        const struct conf_setting *root, *s;

        assert_int_equal(conf_read(&conf_text, text, strlen(text), &findings, &conf), 0);
        root = conf_root(conf);
        assert_int_equal(conf_type(root), CONF_GROUP);
        assert_int_equal(conf_length(root), 5);
        assert_int_equal(conf_integer_value(conf_member(root, "a")), 1);
        assert_string_equal(conf_text_value(conf_member(root, "b")), "two");
        assert_int_equal(conf_type(conf_member(root, "c")), CONF_BOOL);
        assert_int_equal(conf_integer_value(conf_member(root, "c")), 1);
        s = conf_member(conf_member(root, "d"), "e");
        assert_int_equal(conf_type(s), CONF_LIST);
        assert_int_equal(conf_line(s), 4);
        assert_null(conf_name(conf_element(s, 0)));
        assert_int_equal(conf_integer_value(conf_element(conf_member(conf_element(s, 0), "f"), 1)), 2);
        assert_string_equal(conf_text_value(conf_element(s, 1)), "g");
        assert_null(conf_element(s, 2));
        assert_int_equal(conf_type(conf_member(root, "h")), CONF_OTHER_NUMBER);
        assert_null(conf_member(root, "z"));
        assert_null(conf_member(root, ""));
}

/* Whatever length arrives, it is not the packed form: nothing is read past its end. */
static void half_of_it_is_nothing(void **state) {
        size_t n;
        _cleanup_free_ char *packed = pack(text, &n);

        for (size_t k = 0; k < n; k++) {
                _cleanup_(findings_done) struct findings findings = {};
                _cleanup_free_ char *half = malloc(k > 0 ? k : 1);
                struct conf *conf = NULL;

                memcpy(half, packed, k);
                assert_int_equal(conf_unpack(half, k, &findings, &conf), -EPROTO);
                assert_null(conf);
        }
}

static void look(const struct conf_setting *s, unsigned depth) {
        assert_true(depth <= UNTRUSTED_DEPTH_MAX + 1);
        assert_true((unsigned) conf_type(s) < _CONF_TYPE_MAX);
        assert_true(conf_length(s) <= UNTRUSTED_MEMBERS_MAX);
        if (conf_text_value(s))
                assert_int_equal(conf_type(s), CONF_STRING);
        for (unsigned i = 0; i < conf_length(s); i++) {
                const struct conf_setting *e = conf_element(s, i);

                assert_true((conf_type(s) == CONF_GROUP) == (conf_name(e) != NULL));
                look(e, depth + 1);
        }
}

/* Any byte may be any other: it is refused, or a tree in which nothing leads astray. */
static void a_wrong_byte_leads_nowhere(void **state) {
        static const uint8_t bytes[] = { 0, 1, 2, 3, 6, 7, 0x40, 0x7f, 0x80, 0xff };
        size_t n;
        _cleanup_free_ char *packed = pack(text, &n);
        unsigned trees = 0;

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < ARRAY_SIZE(bytes); k++) {
                        _cleanup_(conf_freep) struct conf *conf = NULL;
                        _cleanup_(findings_done) struct findings findings = {};
                        _cleanup_free_ char *copy = malloc(n);
                        int r;

                        memcpy(copy, packed, n);
                        copy[i] = (char) bytes[k];
                        r = conf_unpack(copy, n, &findings, &conf);
                        assert_true(r == 0 || r == -EPROTO || r == -EBADMSG);
                        assert_true((r == 0) == (conf != NULL));
                        if (conf)
                                look(conf_root(conf), 0);
                        trees += conf != NULL;
                }
        assert_true(trees > 0);
}

static void put_setting(FILE *f, enum conf_type type, const char *name) {
        (void) fputc((int) type, f);
        conf_pack_u32(f, 1);
        conf_pack_string(f, name);
}

/* Packs by hand what libconfig would never make. */
static int unpack_made(void (*make)(FILE *f), struct findings *findings) {
        _cleanup_(conf_freep) struct conf *conf = NULL;
        _cleanup_free_ char *packed = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&packed, &n);

        make(f);
        assert_int_equal(fclose(f), 0);
        return conf_unpack(packed, n, findings, &conf);
}

static void make_deep(FILE *f) {
        conf_pack_u32(f, 0);
        (void) fputc(1, f);
        for (unsigned i = 0; i < 100000; i++) {
                put_setting(f, CONF_GROUP, i == 0 ? "" : "x");
                conf_pack_u32(f, 1);
        }
}

static void make_many(FILE *f) {
        conf_pack_u32(f, 0);
        (void) fputc(1, f);
        put_setting(f, CONF_GROUP, "");
        conf_pack_u32(f, UNTRUSTED_MEMBERS_MAX + 1);
        for (unsigned i = 0; i <= UNTRUSTED_MEMBERS_MAX; i++)
                put_setting(f, CONF_OTHER_NUMBER, "x");
}

static void make_nameless(FILE *f) {
        conf_pack_u32(f, 0);
        (void) fputc(1, f);
        put_setting(f, CONF_GROUP, "");
        conf_pack_u32(f, 1);
        put_setting(f, CONF_OTHER_NUMBER, "");
}

static void make_root_of_another_type(FILE *f) {
        conf_pack_u32(f, 0);
        (void) fputc(1, f);
        put_setting(f, CONF_STRING, "");
        conf_pack_string(f, "x");
}

static void make_silent(FILE *f) {
        conf_pack_u32(f, 0);
        (void) fputc(0, f);
}

static void make_more(FILE *f) {
        conf_pack_u32(f, 0);
        (void) fputc(1, f);
        put_setting(f, CONF_GROUP, "");
        conf_pack_u32(f, 0);
        (void) fputc(0, f);
}

static void what_libconfig_never_makes_is_refused(void **state) {
        static void (*const makers[])(FILE * f) = { make_deep, make_many, make_nameless,
                make_root_of_another_type, make_silent, make_more };

        for (size_t i = 0; i < ARRAY_SIZE(makers); i++) {
                struct findings findings = {};

                if (unpack_made(makers[i], &findings) != -EPROTO)
                        fail_msg("case %zu", i);
                assert_int_equal(findings.n, 0);
        }
}

static void findings_come_across(void **state) {
        _cleanup_(conf_freep) struct conf *conf = NULL;
        struct findings findings = {};

        assert_int_equal(conf_read(&conf_text, "a = 1;\na = 2;\n", 14, &findings, &conf), 0);
        assert_non_null(conf);
        EXPECT_FINDINGS(&findings, { 2, "doubled-key", "'a' is given twice" });
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_tree_is_what_was_written),
                cmocka_unit_test(half_of_it_is_nothing),
                cmocka_unit_test(a_wrong_byte_leads_nowhere),
                cmocka_unit_test(what_libconfig_never_makes_is_refused),
                cmocka_unit_test(findings_come_across),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
