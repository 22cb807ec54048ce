/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/verbs.h"

#include "cli/term/agent.h"
#include "cli/term/text.h"
#include "lib/bus-errors.h"
#include "lib/nearest.h"

#define DISTANCE_MAX 2
#define HELP_COLUMN 34
#define HELP_WIDTH (80 - HELP_COLUMN)
#define LIST_MAX 256

/* Words of a name: 1 or 2. */
static size_t name_words(const struct verb *verb) {
        return strchr(verb->name, ' ') ? 2 : 1;
}

const struct verb *verb_find(const struct verb *verbs, const char *name) {
        for (const struct verb *v = verbs; v->name; v++)
                if (streq(v->name, name))
                        return v;
        return NULL;
}

const struct verb *verb_hint(const struct verb *verbs, const char *word) {
        const struct verb *best = NULL;
        unsigned least = UINT32_MAX;

        for (const struct verb *v = verbs; v && v->name; v++) {
                unsigned distance = word_distance(v->name, word);

                if (distance <= DISTANCE_MAX && distance < strlen(v->name) && distance < least) {
                        least = distance;
                        best = v;
                }
        }
        return best;
}

/* The only verb with that prefix; an exact match goes first. Only names with the same number of words match. *ret_names
 * lists all matches. */
static const struct verb *find_by_prefix(
        const struct verb *verbs, const char *text, size_t n_words, char ret_names[static LIST_MAX]) {
        const struct verb *found = verb_find(verbs, text);
        size_t used = 0, n = 0;

        ret_names[0] = '\0';
        if (found)
                return found;
        for (const struct verb *v = verbs; v->name; v++) {
                if (isempty(text) || name_words(v) != n_words || !startswith(v->name, text))
                        continue;
                found = v;
                if (used < LIST_MAX)
                        used += (size_t) snprintf(
                                ret_names + used, LIST_MAX - used, "%s%s", n++ == 0 ? "" : ", ", v->name);
        }
        return n == 1 ? found : NULL;
}

static int unknown_verb(const struct verb *verbs, const char *word, const char *names) {
        const struct verb *hint = verb_hint(verbs, word);

        if (!isempty(names))
                say(stderr, "limber: \"%s\" may be any of: %s.", word, names);
        else if (hint)
                say(stderr, "limber: there is no verb \"%s\"; did you mean \"%s\"?", word, hint->name);
        else
                say(stderr, "limber: there is no verb \"%s\"; \"limber --help\" lists those there are.",
                        word);
        return LIMBER_EXIT_USAGE;
}

/* Finds the verb of the command line. Returns an enum limber_exit, after reporting errors. */
static int resolve(const struct verb *verbs, const struct options *options, const struct verb **ret) {
        char names[LIST_MAX], both[LIST_MAX];
        const struct verb *verb, *second;

        if (options->n_words == 0) {
                *ret = verbs;
                return LIMBER_EXIT_OK;
        }
        /* The first of two words need not be a verb of its own. */
        if (options->n_words > 1) {
                (void) snprintf(both, sizeof(both), "%s %s", options->words[0], options->words[1]);
                verb = find_by_prefix(verbs, both, 2, names);
                if (verb) {
                        *ret = verb;
                        return LIMBER_EXIT_OK;
                }
        }
        verb = find_by_prefix(verbs, options->words[0], 1, names);
        if (!verb)
                return unknown_verb(verbs, options->words[0], names);
        if (options->n_words > 1) {
                (void) snprintf(both, sizeof(both), "%s %s", verb->name, options->words[1]);
                second = find_by_prefix(verbs, both, 2, names);
                if (!second && !isempty(names))
                        return unknown_verb(verbs, both, names);
                verb = second ?: verb;
        }
        *ret = verb;
        return LIMBER_EXIT_OK;
}

static void print_usage(const struct verb *verb, const char *lead, FILE *f) {
        say(f, "%slimber %s%s%s", lead, verb->name, verb->usage[0] ? " " : "", verb->usage);
}

static int check_words(const struct verb *verbs, const struct verb *verb, const struct options *options) {
        size_t n = name_words(verb), words = options->n_words > n ? options->n_words - n : 0;
        unsigned strange = options->given & ~verb->options;

        if (words < verb->min_words || words > verb->max_words) {
                print_usage(verb, "limber: usage: ", stderr);
                for (const struct verb *v = verbs; v->name; v++)
                        if (name_words(v) > n && startswith(v->name, verb->name))
                                print_usage(v, "limber: usage: ", stderr);
                return LIMBER_EXIT_USAGE;
        }
        if (strange) {
                enum option_bit bit = (enum option_bit)(strange & -strange);

                say(stderr, "limber: \"%s\" takes no option --%s.", verb->name, option_name(bit));
                return LIMBER_EXIT_USAGE;
        }
        return LIMBER_EXIT_OK;
}

/* Replaces the abbreviated verb by its full name. */
static void spell_out(const struct verb *verb, struct options *options) {
        const char *second = strchr(verb->name, ' ');

        if (options->n_words > 0 && !second)
                options->words[0] = (char *) verb->name;
        else if (options->n_words > 1 && second)
                options->words[1] = (char *) second + 1;
}

int verbs_dispatch(const struct verb *verbs, const struct options *options) {
        struct options whole = *options;
        const struct verb *verb = NULL;
        int status;

        status = resolve(verbs, options, &verb);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (options->help) {
                verb_print_help(verb, stdout);
                return LIMBER_EXIT_OK;
        }
        spell_out(verb, &whole);
        status = check_words(verbs, verb, &whole);
        if (status != LIMBER_EXIT_OK)
                return status;
        /* With --host, a password is asked for on the other machine. */
        if (verb->asks && !options->host && !options->json)
                agent_open();
        status = verb->fn(&whole);
        agent_close();
        return status;
}

struct help_line {
        FILE *f;
        unsigned used; /* columns */
};

static void print_help_line(const char *text, void *userdata) {
        struct help_line *line = userdata;

        fprintf(line->f, "%*s%s\n", (int) (HELP_COLUMN - line->used), "", text);
        line->used = 0;
}

/* A name or option on the left, its description on the right. */
static void print_row(FILE *f, const char *left, const char *help) {
        struct help_line line = { f, 2 + text_width(left) };

        fprintf(f, "  %s", left);
        if (line.used + 2 > HELP_COLUMN) {
                fputc('\n', f);
                line.used = 0;
        }
        text_fold(help, HELP_WIDTH, print_help_line, &line);
}

static void print_options(unsigned bits, FILE *f) {
        fputc('\n', f);
        for (const struct option_info *o = limber_options; o->name; o++) {
                char left[80];

                if (o->bit != 0 ? !(o->bit & bits) : bits != 0)
                        continue;
                (void) snprintf(left, sizeof(left), "%s%.1s%s--%s%s%s", o->letter ? "-" : "", &o->letter,
                        o->letter ? ", " : "", o->name, o->argument ? " " : "", strnull(o->argument));
                print_row(f, left, o->help);
        }
}

void verb_print_help(const struct verb *verb, FILE *f) {
        fprintf(f, "limber %s%s%s%s\n%s.\n", verb->name, verb->usage[0] ? " " : "", verb->usage,
                verb->options ? " [OPTION...]" : "", verb->help);
        if (verb->options)
                print_options(verb->options, f);
        print_options(0, f);
        fputs("\nMore in limber(1).\n", f);
}

void verbs_print_help(const struct verb *verbs, FILE *f) {
        fputs("limber [OPTION...] [VERB ...]\n"
              "Runs recovery routines on Bluetooth percussion guns and e-stim pads.\n\n",
                f);
        for (const struct verb *v = verbs; v->name; v++) {
                char left[160];

                (void) snprintf(left, sizeof(left), "%s%s%s", v->name, v->usage[0] ? " " : "", v->usage);
                print_row(f, left, v->help);
        }
        print_options(0, f);
        fputs("\n"
              "A verb may be shortened as long as only one begins so. \"limber VERB --help\"\n"
              "shows its options. \"limber stop\" stops everything at once. More in limber(1).\n",
                f);
}
