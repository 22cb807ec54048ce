/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The dose ledger and the history behind it: random sessions, restarts of limberd and of the machine, clocks that are wrong, put right and
 * set. It never allows what the oracle, who knows when everything really was, does not; and where every clock was right, or all was in
 * one run of the machine, it allows just what the oracle does. */

#include "daemon/runner/dose-ledger.h"
#include "daemon/service/dose-history.h"
#include "tests/property/dose-oracle.h"
#include "tests/property/property.h"

#define MINUTE_USEC (60 * USEC_PER_SEC)
#define RUNNER 1000u
/* When the trial begins, by a right wall clock, and by the clock of the machine that has run since. */
#define BEGIN_WALL_USEC (UINT64_C(1790000000) * USEC_PER_SEC)
#define BEGIN_USEC (UINT64_C(1000) * USEC_PER_SEC)

enum {
        VERB_TREAT,
        VERB_WAIT,
        VERB_WAIT_LONG,
        VERB_RESTART,
        VERB_REBOOT,
        VERB_SET_CLOCK,
        VERB_ASK,
};

static const struct verb verbs[] = {
        [VERB_TREAT] = { "treat", 10, 23, 9 },
        [VERB_WAIT] = { "wait-minutes", 8, 180, 0 },
        [VERB_WAIT_LONG] = { "wait-hours", 2, 24, 0 },
        [VERB_RESTART] = { "restart", 3, 0, 0 },
        [VERB_REBOOT] = { "reboot", 3, 900, 7 },
        [VERB_SET_CLOCK] = { "set-clock", 2, 5, 1 },
        [VERB_ASK] = { "ask", 12, 23, 9 },
};

enum {
        REACH_ALLOWED,
        REACH_REFUSED,
        REACH_REFUSED_UNKNOWN,
        REACH_KNOWN_AFTER_REBOOT,
};
static const char *const reaches[] = { "allowed", "refused", "refused for want of a clock",
        "known across a start of the machine", NULL };

struct trial {
        struct oracle oracle;
        struct dose_ledger *ledger;
        struct history *history;
        char folder[64], path[96];
        uint64_t true_usec; /* since the trial began, on a clock that nobody sets */
        uint64_t boot_usec; /* of it, when the machine was started last */
        char boot[8];
        unsigned boots;
        unsigned boot_session; /* the last session of before that */
        int64_t wall_error_usec;
        bool is_kept;
        bool always_kept; /* every clock was right whenever it mattered */
        unsigned sessions;
};

static uint64_t up(const struct trial *t) {
        return BEGIN_USEC + t->true_usec - t->boot_usec;
}

static uint64_t wall(const struct trial *t) {
        return BEGIN_WALL_USEC + t->true_usec + (uint64_t) t->wall_error_usec;
}

static void put(struct trial *t, struct record_entry entry) {
        struct history_event event = { .at_usec = wall(t), .up_usec = up(t), .entry = entry };

        event.entry.runner = RUNNER;
        if (history_append(t->history, &event, 1) < 0)
                abort();
}

static void load(struct trial *t) {
        const struct timeline_now now = { wall(t), t->is_kept, up(t), t->boot };
        _cleanup_(timeline_freep) struct timeline *timeline = NULL;

        dose_ledger_free(t->ledger);
        if (dose_ledger_new(&t->ledger) < 0 || timeline_new(t->history, &now, &timeline) < 0 ||
                dose_ledger_load(t->ledger, t->history, timeline, (int64_t) up(t)) < 0)
                abort();
        if (timeline_is_news(timeline))
                put(t, (struct record_entry){ RECORD_CLOCK, .given = t->is_kept,
                               .reason = RECORD_CLOCK_STARTED, .text = t->boot });
}

static void start_machine(struct trial *t, unsigned clock) {
        (void) snprintf(t->boot, sizeof(t->boot), "%u", ++t->boots);
        t->boot_usec = t->true_usec;
        t->boot_session = t->sessions;
        /* Mostly right; else behind, or set by somebody, by hours, days or years. */
        t->is_kept = clock > 2;
        t->wall_error_usec = t->is_kept ? 0 : ((int64_t) clock - 1) * 40 * 3600 * (int64_t) USEC_PER_SEC;
        t->always_kept &= t->is_kept;
        load(t);
}

static struct oracle_dose dose_of(const struct trial *t, int a, int b) {
        static const char *const zones[] = { "calf", "soleus", "quads", "vastus_lateralis", "glutes",
                "hamstrings" };
        static const unsigned seconds[] = { 5, 20, 28, 30, 45, 60, 90, 120, 150, 180 };

        return (struct oracle_dose){
                .session = t->sessions + 1,
                .zone = zone_by_id(zones[a % 6]),
                .side = a / 6 % 2,
                .pads = a >= 12,
                /* Whole contractions or none at all: what lies between is the business of unit tests. */
                .trains = a >= 18 && seconds[b] >= 30,
                .seconds = seconds[b],
                .at_usec = t->true_usec,
        };
}

static struct zone_dose zone_dose_of(const struct trial *t, const struct oracle_dose *dose) {
        return (struct zone_dose){
                .runner = RUNNER,
                .session = dose->session,
                .zone = dose->zone,
                .side = dose->side ? SIDE_RIGHT : SIDE_LEFT,
                .kind = dose->pads ? ROLE_ESTIM : ROLE_PERCUSSION,
                .strength = dose->trains,
                .trained = dose->trains,
                .on_usec = dose->seconds * USEC_PER_SEC,
                .ended = dose_time_at((int64_t) up(t)),
        };
}

static void ask(struct trial *t, const struct oracle_dose *planned) {
        struct zone_dose zone_dose = zone_dose_of(t, planned);
        struct dose_answer answer = dose_ledger_ask(t->ledger, &zone_dose, (int64_t) up(t));
        bool allowed = oracle_allows(&t->oracle, planned, t->true_usec);
        /* Everything that is known was in this run of the machine. */
        bool one_run = t->boot_session == 0;

        if (answer.rule == DOSE_ALLOWED && !allowed)
                property_broken("%u s of %s on %s are allowed, and are too soon or too much",
                        (unsigned) planned->seconds, planned->pads ? "current" : "percussion",
                        planned->zone->id);
        if (answer.rule != DOSE_ALLOWED && allowed && (one_run || t->always_kept))
                property_broken("%u s of %s on %s are refused (rule %d), and nothing speaks against them",
                        (unsigned) planned->seconds, planned->pads ? "current" : "percussion",
                        planned->zone->id, answer.rule);
        if (answer.may_be_over && (one_run || t->always_kept))
                property_broken("the runner would be asked for what is known");
        property_reached(answer.rule == DOSE_ALLOWED ? REACH_ALLOWED : REACH_REFUSED);
        if (answer.may_be_over)
                property_reached(REACH_REFUSED_UNKNOWN);
        if (answer.rule != DOSE_ALLOWED && !one_run && t->always_kept)
                property_reached(REACH_KNOWN_AFTER_REBOOT);
}

/* Also what is not allowed: a rule that was not kept for once must not loosen the next. */
static void treat(struct trial *t, const struct oracle_dose *dose) {
        struct zone_dose zone_dose = zone_dose_of(t, dose);

        t->sessions++;
        t->oracle.doses[t->oracle.n++] = *dose;
        put(t, (struct record_entry){ RECORD_DOSE, .session = dose->session, .routine = "r",
                       .feature = role_kind_to_string(zone_dose.kind), .zone = dose->zone->id,
                       .side = side_to_string(zone_dose.side), .given = (int64_t) zone_dose.on_usec,
                       .reason = dose->trains ? RECORD_DOSE_STRENGTH : NULL });
        if (dose_ledger_add(t->ledger, &zone_dose) < 0)
                abort();
}

static void set_clock(struct trial *t, int error, bool kept) {
        int64_t before = t->wall_error_usec;

        t->is_kept = kept;
        t->wall_error_usec = kept ? 0 : (error - 2) * 30 * 3600 * (int64_t) USEC_PER_SEC;
        /* What was recorded in this run before is known by a clock that is right now. */
        t->always_kept &= kept;
        put(t, (struct record_entry){ RECORD_CLOCK, .asked = t->wall_error_usec - before, .given = kept,
                       .reason = RECORD_CLOCK_SET, .text = t->boot });
        if (kept)
                dose_ledger_clock_is_right(t->ledger, wall(t), (int64_t) up(t));
}

static void act(struct trial *t, const struct action *action) {
        struct oracle_dose dose = dose_of(t, action->a, action->b);

        switch (action->verb) {
        case VERB_TREAT:
                t->true_usec += dose.seconds * USEC_PER_SEC;
                dose.at_usec = t->true_usec;
                treat(t, &dose);
                break;
        case VERB_WAIT:
                t->true_usec += (uint64_t) action->a * MINUTE_USEC;
                break;
        case VERB_WAIT_LONG:
                t->true_usec += (uint64_t) action->a * 60 * MINUTE_USEC;
                break;
        case VERB_RESTART:
                load(t);
                break;
        case VERB_REBOOT:
                /* Off for so long, then on for as long as its clock says when limberd begins. */
                t->true_usec += (uint64_t) action->a * MINUTE_USEC + BEGIN_USEC;
                start_machine(t, (unsigned) action->b);
                break;
        case VERB_SET_CLOCK:
                set_clock(t, action->a, action->b);
                break;
        default:
                ask(t, &dose);
                break;
        }
}

/* In memory: a commit would wait for a disk. */
static void open_trial(struct trial *t) {
        char *sentence = NULL;

        *t = (struct trial){ .is_kept = true, .always_kept = true };
        (void) snprintf(t->folder, sizeof(t->folder), "%s/limber-doses-XXXXXX",
                access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        if (!mkdtemp(t->folder))
                abort();
        (void) snprintf(t->path, sizeof(t->path), "%s/history.db", t->folder);
        if (history_open(t->path, &t->history, &sentence) < 0)
                abort();
        start_machine(t, 7);
}

static void close_trial(struct trial *t) {
        dose_ledger_free(t->ledger);
        history_free(t->history);
        (void) unlink(t->path);
        (void) rmdir(t->folder);
}

static void run(const struct action *actions, unsigned n) {
        static struct trial trial;

        open_trial(&trial);
        for (unsigned i = 0; i < n; i++) {
                property_at(i);
                act(&trial, &actions[i]);
        }
        close_trial(&trial);
}

const struct subject dose_subject = {
        .name = "doses",
        .verbs = verbs,
        .n_verbs = ARRAY_SIZE(verbs),
        .length = 48,
        .reaches = reaches,
        .run = run,
};
