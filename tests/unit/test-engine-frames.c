/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the engine for described frames makes of what a device says. */

#include "lib/conf-text.h"
#include "protocols/definition.h"
#include "tests/test.h"

/* Four channels of a kind, and a report. */
#define TEXT(kind, scale, report)                                                                                     \
        "format = 1; id = \"x\"; title = \"X\"; kind = \"" kind                                                       \
        "\"; engine = \"frames\"; evidence = \"A\";\n"                                                                \
        "evidence_text = \"x\"; source = \"me\"; link_loss = \"stops\"; match = ( { name = \"X\"; } );\n"             \
        "endpoints = ( { name = \"tx\"; service = \"abc0\"; characteristic = \"abc1\"; write = [ \"command\" ]; },\n" \
        "  { name = \"rx\"; service = \"abc0\"; characteristic = \"abc2\"; notify = true; } );\n"                     \
        "features = ( { name = \"a\"; " scale " }, { name = \"b\"; " scale " },\n"                                    \
        "  { name = \"c\"; " scale " }, { name = \"d\"; " scale " } );\n"                                             \
        "frames = ( { name = \"set\"; endpoint = \"tx\"; bytes = \"A0 {a:u8} {b:u8} {c:u8} {d:u8}\"; },\n"            \
        "  { name = \"stop\"; endpoint = \"tx\"; bytes = \"A0 00 00 00 00\"; },\n"                                    \
        "  { name = \"status\"; endpoint = \"rx\"; bytes = \"" report "\"; } );\n"
#define PADS "basis = \"unknown\"; native = [ 1, 100 ]; uncalibrated_max = 10;"
#define MOTOR "basis = \"unknown\"; native = [ 1, 100 ];"

struct bench {
        struct device_definition *definition;
        void *engine;
        struct protocol_events events;
};

static struct bench bench_of(const char *text) {
        struct findings findings = {};
        struct bench b = {};
        const char *error;

        if (definition_parse(&conf_text, "x.conf", text, strlen(text), &findings, &b.definition) < 0)
                fail_msg("line %u: %s", findings.items[0].line, findings.items[0].message);
        findings_done(&findings);
        b.engine = calloc(1, b.definition->engine->private_size);
        assert_non_null(b.engine);
        assert_int_equal(b.definition->engine->open(b.engine, b.definition, &error), 0);
        return b;
}

static void bench_done(struct bench *b) {
        free(b->engine);
        definition_unref(b->definition);
}

static void hear(struct bench *b, const char *bytes, size_t n) {
        b->events.n = 0;
        assert_int_equal(
                b->definition->engine->decode(b->engine, 1, (const uint8_t *) bytes, n, &b->events), 0);
}

/* Features that are said to be on the skin and off it, by their bits. */
static void assert_contact(const struct bench *b, unsigned on, unsigned off) {
        unsigned is_on = 0, is_off = 0;

        for (unsigned i = 0; i < b->events.n; i++)
                if (b->events.items[i].kind == PROTOCOL_CONTACT)
                        *(b->events.items[i].value ? &is_on : &is_off) |= 1u << b->events.items[i].feature;
        assert_int_equal(is_on, on);
        assert_int_equal(is_off, off);
}

static void req11_a_pad_off_the_skin_is_one_of_every_channel(void **state) {
        struct bench b = bench_of(TEXT("estim", PADS, "B0 {contact:u8}"));

        hear(&b, "\xb0\x00", 2);
        assert_contact(&b, 0, 0xf);
        hear(&b, "\xb0\x01", 2);
        assert_contact(&b, 0xf, 0);
        bench_done(&b);
}

/* In a report that is as full as one can be, wherever it stands. */
static void req11_a_full_report_loses_no_contact(void **state) {
        struct bench b =
                bench_of(TEXT("estim", PADS, "B0 {a:u8} {b:u8} {c:u8} {d:u8} {battery:u8} {contact:u8}"));

        hear(&b, "\xb0\x01\x02\x03\x04\x32\x00", 7);
        assert_contact(&b, 0, 0xf);
        assert_int_equal(b.events.n, 9);
        assert_int_equal(b.events.items[8].kind, PROTOCOL_BATTERY);
        bench_done(&b);
}

/* A part for the skin besides a motor is about pads; a device without pads may mean all it has. */
static void contact_is_about_pads_where_there_are_any(void **state) {
        struct bench b = bench_of(TEXT("estim", PADS, "B0 {contact:u8}"));

        b.definition->features[2].kind = FEATURE_VIBRATION;
        hear(&b, "\xb0\x00", 2);
        assert_contact(&b, 0, 0xb);
        bench_done(&b);
        b = bench_of(TEXT("vibration", MOTOR, "B0 {contact:u8}"));
        hear(&b, "\xb0\x00", 2);
        assert_contact(&b, 0, 0xf);
        bench_done(&b);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req11_a_pad_off_the_skin_is_one_of_every_channel),
                cmocka_unit_test(req11_a_full_report_loses_no_contact),
                cmocka_unit_test(contact_is_about_pads_where_there_are_any),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
