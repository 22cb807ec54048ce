/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/term/text.h"
#include "cli/verbs/verbs.h"
#include "lib/bus-errors.h"
#include "lib/nearest.h"

#define ARGV_MAX 12

static const char *ran;
static struct options seen;

static int run_first(const struct options *options) {
        ran = "first";
        seen = *options;
        return 0;
}

static int run_second(const struct options *options) {
        ran = "second";
        seen = *options;
        return 42;
}

static const struct verb verbs[] = {
        { "first", 0, 0, 0, "", "the one without a name", run_first },
        { "second", 1, 2, OPTION_SIDE | OPTION_DEVICE | OPTION_YES, "WORD [WORD]", "", run_second },
        {},
};

/* Splits the line at its spaces and runs it. -EINVAL stands for options that could not be read. */
static int run(const char *line) {
        _cleanup_free_ char *copy = strdup(line);
        char *argv[ARGV_MAX + 2] = { (char[]){ "limber" } }, *save = NULL;
        struct options options;
        int argc = 1, r;

        ran = NULL;
        for (char *w = strtok_r(copy, " ", &save); w && argc < ARGV_MAX; w = strtok_r(NULL, " ", &save))
                argv[argc++] = w;
        r = options_parse(&options, argc, argv);
        return r < 0 ? r : verbs_dispatch(verbs, &options);
}

static void test_dispatch(void **state) {
        assert_int_equal(run(""), 0);
        assert_string_equal(ran, "first");
        assert_int_equal(run("second a"), 42);
        assert_string_equal(ran, "second");
        assert_int_equal(run("second a b"), 42);
}

static void test_word_counts(void **state) {
        assert_int_equal(run("second"), LIMBER_EXIT_USAGE);
        assert_int_equal(run("second a b c"), LIMBER_EXIT_USAGE);
        assert_int_equal(run("first a"), LIMBER_EXIT_USAGE);
        assert_null(ran);
}

static void test_options_anywhere(void **state) {
        assert_int_equal(run("--json second --side left a --device gun=blue --yes"), 42);
        assert_true(seen.json);
        assert_true(seen.yes);
        assert_int_equal(seen.n_devices, 1);
        assert_int_equal(run("-H me@host first"), 0);
        assert_true(seen.host && !seen.json);
}

static void test_bad_options(void **state) {
        assert_int_equal(run("second a --side up"), -EINVAL);
        assert_int_equal(run("second a --device gun"), -EINVAL);
        assert_int_equal(run("second a --device =x"), -EINVAL);
        assert_int_equal(run("first --seconds 0"), -EINVAL);
        assert_int_equal(run("first --seconds 61"), -EINVAL);
        assert_int_equal(run("first --seconds -3"), -EINVAL);
        assert_int_equal(run("first --session 1x"), -EINVAL);
        assert_int_equal(run("first --nonsense"), -EINVAL);
        /* A good option, but not of this verb. */
        assert_int_equal(run("first --side left"), LIMBER_EXIT_USAGE);
        assert_null(ran);
}

static const struct verb history_verbs[] = {
        { "history", 0, 2, OPTION_SINCE | OPTION_LIMIT | OPTION_CSV, "", "", run_first },
        {},
};

static int run_history(const char *option, const char *value) {
        char *argv[] = { (char[]){ "limber" }, (char[]){ "history" }, (char *) option, (char *) value,
                NULL };
        struct options options;
        int r = options_parse(&options, value ? 4 : 3, argv);

        return r < 0 ? r : verbs_dispatch(history_verbs, &options);
}

static void test_history_options(void **state) {
        assert_int_equal(run_history("--since", "2026-11-21 07:05"), 0);
        assert_true(seen.given == OPTION_SINCE && seen.since_usec > 0);
        assert_int_equal(run_history("--limit", "20"), 0);
        assert_int_equal(seen.limit, 20);
        assert_int_equal(run_history("--csv", NULL), 0);
        assert_true(seen.csv);
        assert_int_equal(run_history("--since", "soon"), -EINVAL);
        assert_int_equal(run_history("--since", "2026-02-30"), -EINVAL);
        assert_int_equal(run_history("--since", ""), -EINVAL);
        assert_int_equal(run_history("--limit", "0"), -EINVAL);
        assert_int_equal(run_history("--limit", "-1"), -EINVAL);
        assert_int_equal(run_history("--limit", "1x"), -EINVAL);
        assert_int_equal(run_history("--limit", "4294967297"), -EINVAL);
        assert_int_equal(run_history("--csv", "--json"), -EINVAL);
        assert_int_equal(run("first --csv"), LIMBER_EXIT_USAGE);
}

static const char *hint(const char *word) {
        const struct verb *verb = verb_hint(limber_verbs, word);

        return verb ? verb->name : "";
}

static void test_hints(void **state) {
        assert_string_equal(hint("strat"), "start");
        assert_string_equal(hint("sotp"), "stop");
        assert_string_equal(hint("routine"), "routines");
        assert_string_equal(hint("resmue"), "resume");
        assert_string_equal(hint("xyzzy"), "");
        assert_string_equal(hint("a-word-that-is-longer-than-any-verb-could-ever-be"), "");
        assert_int_equal(run("secnod a"), LIMBER_EXIT_USAGE);
}

static int run_parted(const struct options *options) {
        ran = "parted";
        seen = *options;
        return 0;
}

static const struct verb short_verbs[] = {
        { "stop", 0, 0, 0, "", "", run_first },
        { "store", 0, 1, 0, "", "", run_first },
        { "store-all", 0, 0, 0, "", "", run_second },
        { "runner", 0, 0, 0, "", "", run_first },
        { "runner cap", 2, 2, 0, "CAP VALUE", "", run_parted },
        { "runner sign-off", 1, 1, 0, "QUESTION", "", run_parted },
        { "wheels", 0, 0, 0, "", "", run_first },
        { "wheel check", 1, 1, 0, "FILE", "", run_parted },
        {},
};

static int run_short(const char *first, const char *second, const char *third, const char *fourth) {
        static char name[] = "limber", *argv[6]; /* the words of "seen" are in it */
        char *const words[] = { name, (char *) first, (char *) second, (char *) third, (char *) fourth,
                NULL };
        struct options options;
        int argc = 1;

        memcpy(argv, words, sizeof(argv));
        while (argv[argc])
                argc++;
        ran = NULL;
        assert_int_equal(options_parse(&options, argc, argv), 0);
        return verbs_dispatch(short_verbs, &options);
}

/* What is unique may be shortened, what is whole is never ambiguous, and nothing is guessed. */
static void test_prefixes(void **state) {
        assert_int_equal(run_short("sto", NULL, NULL, NULL), LIMBER_EXIT_USAGE);
        assert_null(ran);
        assert_int_equal(run_short("stop", NULL, NULL, NULL), 0);
        assert_int_equal(run_short("store", NULL, NULL, NULL), 0);
        assert_string_equal(ran, "first");
        assert_int_equal(run_short("store-", NULL, NULL, NULL), 42);
        assert_int_equal(run_short("", NULL, NULL, NULL), LIMBER_EXIT_USAGE);
        assert_int_equal(run_short("r", NULL, NULL, NULL), 0);
        assert_string_equal(seen.words[0], "runner");
        assert_int_equal(run_short("run", "c", "estim", "none"), 0);
        assert_string_equal(ran, "parted");
        assert_string_equal(seen.words[1], "cap");
        assert_int_equal(run_short("runner", "x", NULL, NULL), LIMBER_EXIT_USAGE);
        assert_int_equal(run_short("runner", "cap", NULL, NULL), LIMBER_EXIT_USAGE);
        /* The first word of two is no verb of its own, and begins another. */
        assert_int_equal(run_short("wheel", "check", "file", NULL), 0);
        assert_string_equal(ran, "parted");
        assert_string_equal(seen.words[2], "file");
        assert_int_equal(run_short("wheel", "c", "file", NULL), 0);
        assert_string_equal(seen.words[1], "check");
        assert_int_equal(run_short("wheel", NULL, NULL, NULL), 0);
        assert_string_equal(ran, "first");
        /* Not a part of "store": its own word. */
        assert_int_equal(run_short("store", "c", NULL, NULL), 0);
        assert_string_equal(seen.words[1], "c");
}

static void test_distance(void **state) {
        assert_int_equal(word_distance("stop", "stop"), 0);
        assert_int_equal(word_distance("stop", "sotp"), 1);
        assert_int_equal(word_distance("stop", "stp"), 1);
        assert_int_equal(word_distance("", "stop"), 4);
}

/* The first verb is what runs without one; "stop" must be there and take nothing. */
static void test_table(void **state) {
        const struct verb *stop = verb_find(limber_verbs, "stop");

        assert_string_equal(limber_verbs[0].name, "status");
        assert_non_null(stop);
        assert_int_equal(stop->min_words, 0);
        for (const struct verb *v = limber_verbs; v->name; v++) {
                assert_non_null(v->fn);
                assert_true(v->help[0] != '\0');
                assert_true(verb_find(limber_verbs, v->name) == v);
        }
}

static void test_help_fits(void **state) {
        _cleanup_free_ char *text = NULL;
        char *save = NULL;
        size_t size;
        FILE *f = open_memstream(&text, &size);

        verbs_print_help(limber_verbs, f);
        for (const struct verb *v = limber_verbs; v->name; v++)
                verb_print_help(v, f);
        fclose(f);
        for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
                assert_true(text_width(line) <= 80);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_dispatch),
                cmocka_unit_test(test_word_counts),
                cmocka_unit_test(test_options_anywhere),
                cmocka_unit_test(test_bad_options),
                cmocka_unit_test(test_history_options),
                cmocka_unit_test(test_hints),
                cmocka_unit_test(test_prefixes),
                cmocka_unit_test(test_distance),
                cmocka_unit_test(test_table),
                cmocka_unit_test(test_help_fits),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
