/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drives the gate alone, a whole session and a whole manager over simulated products, with random actions.
 *
 *   test-property [--seed N] [--steps N] [--subject gate|session|manager|doses] [--no-shrinking]
 *   test-property --replay gate|session|manager <LIST
 *
 * A failing list is shrunk and printed as --replay takes it. Every try runs in a process of its own, so that a crash or a
 * sanitizer's word counts like any other failure. LIMBER_PROPERTY_STEPS is --steps for who cannot give arguments. */

#include <getopt.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tests/property/property.h"

#define STEPS_USUAL 100000u
#define SEED_USUAL 20250601u
/* From so many actions on, a subject has come to everything that it names. */
#define STEPS_TO_REACH_ALL 5000u

/* What a try tells whoever waits for it. */
struct progress {
        uint64_t sequence;
        unsigned action;
        const char *broken; /* format of what was said; NULL: it crashed */
        unsigned long reached[PROPERTY_REACHES_MAX];
        bool done;
};

/* Of a hundred steps each gets so many: those of the session and the manager cost far more. */
static const struct {
        const struct subject *subject;
        unsigned per_cent;
} subjects[] = { { &gate_subject, 68 }, { &session_subject, 20 }, { &manager_subject, 10 },
        { &dose_subject, 2 } };
static struct progress *progress;
static bool no_shrinking;

uint64_t dice_throw(struct dice *dice) {
        dice->state ^= dice->state >> 12;
        dice->state ^= dice->state << 25;
        dice->state ^= dice->state >> 27;
        return dice->state * UINT64_C(2685821657736338717);
}

int dice_up_to(struct dice *dice, int max) {
        return (int) ((dice_throw(dice) >> 33) % ((uint64_t) max + 1));
}

void property_at(unsigned action) {
        progress->action = action;
}

void property_reached(unsigned i) {
        progress->reached[i]++;
}

void property_broken(const char *format, ...) {
        va_list ap;

        progress->broken = format;
        fprintf(stderr, "action %u: ", progress->action + 1);
        va_start(ap, format);
        vfprintf(stderr, format, ap);
        va_end(ap);
        fputc('\n', stderr);
        fflush(stderr);
        _exit(1);
}

static void generate(
        const struct subject *subject, uint64_t seed, uint64_t sequence, struct action *actions) {
        struct dice dice = { (seed + 1) * UINT64_C(0x9e3779b97f4a7c15) ^
                             (sequence + 1) * 0xd1342543de82ef95 };
        unsigned total = 0;

        dice.state |= 1;
        for (unsigned i = 0; i < subject->n_verbs; i++)
                total += subject->verbs[i].weight;
        for (unsigned i = 0; i < 8; i++)
                (void) dice_throw(&dice);
        for (unsigned i = 0; i < subject->length; i++) {
                int pick = dice_up_to(&dice, (int) total - 1);
                unsigned verb = 0;

                while (pick >= (int) subject->verbs[verb].weight)
                        pick -= (int) subject->verbs[verb++].weight;
                actions[i].verb = verb;
                actions[i].a = dice_up_to(&dice, subject->verbs[verb].a_max);
                actions[i].b = dice_up_to(&dice, subject->verbs[verb].b_max);
        }
}

/* Assertions of the test's own surroundings leave by exit(): nothing of what they leave behind matters then. */
static void leave(void) {
        if (!progress->done)
                _exit(1);
}

static pid_t begin_try(bool quiet) {
        pid_t pid;

        progress->done = false;
        progress->broken = NULL;
        fflush(NULL);
        pid = fork();
        if (pid < 0) {
                perror("fork");
                exit(2);
        }
        if (pid > 0)
                return pid;
        (void) atexit(leave);
        if (quiet && (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)))
                _exit(2);
        return 0;
}

static bool end_try(pid_t pid) {
        int status;

        return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool run_list(const struct subject *subject, const struct action *actions, unsigned n, bool quiet) {
        pid_t pid = begin_try(quiet);

        if (pid == 0) {
                subject->run(actions, n);
                progress->done = true;
                exit(0);
        }
        return end_try(pid);
}

struct failure {
        const struct subject *subject;
        const char *broken;
};

/* In the same way: otherwise another weakness is found, and the first one lost. */
static bool list_fails(const struct action *actions, unsigned n, void *userdata) {
        const struct failure *failure = userdata;

        return !run_list(failure->subject, actions, n, true) && progress->broken == failure->broken;
}

static void print_list(const struct subject *subject, const struct action *actions, unsigned n) {
        for (unsigned i = 0; i < n; i++)
                fprintf(stderr, "%s %d %d\n", subject->verbs[actions[i].verb].name, actions[i].a,
                        actions[i].b);
}

static int fail(const struct subject *subject, uint64_t seed) {
        struct action actions[PROPERTY_LENGTH_MAX];
        unsigned n = MIN(progress->action + 1, subject->length);
        uint64_t sequence = progress->sequence;
        struct failure failure = { subject, progress->broken };

        generate(subject, seed, sequence, actions);
        if (run_list(subject, actions, n, true)) {
                fprintf(stderr, "%s: seed %llu, list %llu failed and did not fail again\n", subject->name,
                        (unsigned long long) seed, (unsigned long long) sequence);
                return 1;
        }
        n = property_shrink(actions, n, list_fails, &failure);
        fprintf(stderr, "%s: seed %llu, list %llu fails; its shortest form:\n", subject->name,
                (unsigned long long) seed, (unsigned long long) sequence);
        (void) run_list(subject, actions, n, false);
        fprintf(stderr, "test-property --replay %s <<END\n", subject->name);
        print_list(subject, actions, n);
        fprintf(stderr, "END\n");
        return 1;
}

/* Prints how often the subject came where. A run that is long enough and never got there has proved nothing. */
static int tell_reached(const struct subject *subject, uint64_t steps) {
        int r = 0;

        for (unsigned i = 0; subject->reaches && subject->reaches[i]; i++) {
                printf("%s: %s: %lu\n", subject->name, subject->reaches[i], progress->reached[i]);
                if (progress->reached[i] == 0 && steps >= STEPS_TO_REACH_ALL)
                        r = 1;
        }
        return r;
}

static int drive(const struct subject *subject, uint64_t seed, uint64_t steps) {
        uint64_t sequences = (steps + subject->length - 1) / subject->length;
        pid_t pid;

        memset(progress->reached, 0, sizeof(progress->reached));
        pid = begin_try(false);

        if (pid == 0) {
                for (uint64_t i = 0; i < sequences; i++) {
                        struct action actions[PROPERTY_LENGTH_MAX];

                        progress->sequence = i;
                        generate(subject, seed, i, actions);
                        subject->run(actions, subject->length);
                }
                progress->done = true;
                exit(0);
        }
        if (!end_try(pid))
                return no_shrinking ? 1 : fail(subject, seed);
        printf("%s: %llu actions in %llu lists, seed %llu: nothing broken\n", subject->name,
                (unsigned long long) (sequences * subject->length), (unsigned long long) sequences,
                (unsigned long long) seed);
        return tell_reached(subject, steps);
}

static int replay(const struct subject *subject) {
        struct action actions[PROPERTY_LENGTH_MAX];
        char name[32];
        unsigned n = 0;

        while (n < PROPERTY_LENGTH_MAX && scanf("%31s %d %d", name, &actions[n].a, &actions[n].b) == 3) {
                actions[n].verb = 0;
                while (!streq(subject->verbs[actions[n].verb].name, name))
                        if (++actions[n].verb == subject->n_verbs) {
                                fprintf(stderr, "'%s' is no action of %s\n", name, subject->name);
                                return 2;
                        }
                n++;
        }
        if (!run_list(subject, actions, n, false))
                return 1;
        printf("%s: %u actions: nothing broken\n", subject->name, n);
        return 0;
}

static const struct subject *subject_by_name(const char *name) {
        for (size_t i = 0; i < ARRAY_SIZE(subjects); i++)
                if (streq(subjects[i].subject->name, name))
                        return subjects[i].subject;
        fprintf(stderr, "there is no subject '%s'\n", name);
        exit(2);
}

int main(int argc, char **argv) {
        static const struct option options[] = { { "seed", required_argument, NULL, 's' },
                { "steps", required_argument, NULL, 'n' }, { "subject", required_argument, NULL, 'o' },
                { "replay", required_argument, NULL, 'r' }, { "no-shrinking", no_argument, NULL, 'f' }, {} };
        uint64_t seed = SEED_USUAL, steps = STEPS_USUAL;
        const struct subject *only = NULL, *replayed = NULL;
        int c, r = 0;

        if (!isempty(getenv("LIMBER_PROPERTY_STEPS")))
                steps = strtoull(getenv("LIMBER_PROPERTY_STEPS"), NULL, 10);
        while ((c = getopt_long(argc, argv, "", options, NULL)) >= 0)
                switch (c) {
                case 's':
                        seed = strtoull(optarg, NULL, 10);
                        break;
                case 'n':
                        steps = strtoull(optarg, NULL, 10);
                        break;
                case 'o':
                        only = subject_by_name(optarg);
                        break;
                case 'f':
                        no_shrinking = true;
                        break;
                case 'r':
                        replayed = subject_by_name(optarg);
                        break;
                default:
                        return 2;
                }
        progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (progress == MAP_FAILED)
                return 2;
        if (replayed)
                return replay(replayed);
        for (size_t i = 0; i < ARRAY_SIZE(subjects) && r == 0; i++) {
                if (!only || only == subjects[i].subject)
                        r = drive(subjects[i].subject, seed,
                                only ? steps : steps * subjects[i].per_cent / 100);
        }
        return r;
}
