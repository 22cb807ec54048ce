/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What every body had: adding it, adding it up, forgetting it. */

#include "daemon/runner/dose-ledger-private.h"

/* Of one runner. Beyond it, doses of different sessions on one part are added up: gaps and minutes then hold as before, but sessions
 * may be counted too low. There are fewer parts, sides and kinds than that. */
#define DOSES_MAX 512u

int dose_ledger_new(struct dose_ledger **ret) {
        struct dose_ledger *ledger = calloc(1, sizeof(*ledger));

        if (!ledger)
                return -ENOMEM;
        *ret = ledger;
        return 0;
}

struct dose_ledger *dose_ledger_free(struct dose_ledger *ledger) {
        if (!ledger)
                return NULL;
        for (size_t i = 0; i < ledger->n_rests; i++)
                free(ledger->rests[i].routine);
        for (size_t i = 0; i < ledger->n_done; i++)
                free(ledger->done[i].routine);
        free(ledger->done);
        free(ledger->rests);
        free(ledger->pads);
        free(ledger->doses);
        free(ledger);
        return NULL;
}

/* After some of them got another end. They are nearly in order: what ends now is the last. */
static void sort_doses(struct dose_ledger *ledger) {
        for (size_t i = 1; i < ledger->n_doses; i++) {
                const struct zone_dose dose = ledger->doses[i];
                size_t at = i;

                for (; at > 0 && ledger->doses[at - 1].ended.usec > dose.ended.usec; at--)
                        ledger->doses[at] = ledger->doses[at - 1];
                ledger->doses[at] = dose;
        }
}

static int append_dose(struct dose_ledger *ledger, const struct zone_dose *dose) {
        struct zone_dose *doses = reallocarray(ledger->doses, ledger->n_doses + 1, sizeof(*doses));

        if (!doses)
                return -ENOMEM;
        ledger->doses = doses;
        doses[ledger->n_doses++] = *dose;
        sort_doses(ledger);
        return 0;
}

int dose_ledger_copy(const struct dose_ledger *ledger, struct dose_ledger **ret) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *copy = NULL;
        int r = dose_ledger_new(&copy);

        for (size_t i = 0; r >= 0 && i < ledger->n_pads; i++)
                r = dose_ledger_set_pads_sessions(copy, ledger->pads[i].runner, ledger->pads[i].sessions,
                        ledger->pads[i].last_session);
        for (size_t i = 0; r >= 0 && i < ledger->n_doses; i++)
                r = append_dose(copy, &ledger->doses[i]);
        for (size_t i = 0; r >= 0 && i < ledger->n_rests; i++) {
                const struct rest *rest = &ledger->rests[i];

                r = dose_ledger_hurt(copy, rest->runner, rest->routine, rest->zone, rest->side, rest->at);
        }
        for (size_t i = 0; r >= 0 && i < ledger->n_done; i++)
                r = dose_ledger_done(
                        copy, ledger->done[i].runner, ledger->done[i].routine, ledger->done[i].ended);
        if (r >= 0)
                *ret = TAKE_PTR(copy);
        return r;
}

static void forget_old(struct dose_ledger *ledger, int64_t now_usec) {
        size_t n = 0;

        for (size_t i = 0; i < ledger->n_doses; i++)
                if (dose_time_age(ledger->doses[i].ended.usec, now_usec) < DOSE_LEDGER_KEEP_USEC)
                        ledger->doses[n++] = ledger->doses[i];
        ledger->n_doses = n;
        n = 0;
        for (size_t i = 0; i < ledger->n_rests; i++)
                if (dose_time_age(ledger->rests[i].at.usec, now_usec) < DOSE_LEDGER_ZONE_REST_USEC)
                        ledger->rests[n++] = ledger->rests[i];
                else
                        free(ledger->rests[i].routine);
        ledger->n_rests = n;
}

static bool same_part(const struct zone_dose *a, const struct zone_dose *b) {
        return a->runner == b->runner && a->zone == b->zone && a->kind == b->kind;
}

/* The dose of that part, in that session or in any. */
static struct zone_dose *find_dose(
        const struct dose_ledger *ledger, const struct zone_dose *dose, bool any_session) {
        for (size_t i = 0; i < ledger->n_doses; i++) {
                struct zone_dose *d = &ledger->doses[i];

                if (same_part(d, dose) && d->side == dose->side &&
                        (any_session || d->session == dose->session))
                        return d;
        }
        return NULL;
}

uint64_t dose_ledger_had(const struct dose_ledger *ledger, const struct zone_dose *dose) {
        const struct zone_dose *found = find_dose(ledger, dose, false);

        return found ? found->on_usec : 0;
}

static struct pads *find_pads(const struct dose_ledger *ledger, uid_t runner) {
        for (size_t i = 0; i < ledger->n_pads; i++)
                if (ledger->pads[i].runner == runner)
                        return &ledger->pads[i];
        return NULL;
}

int dose_ledger_set_pads_sessions(
        struct dose_ledger *ledger, uid_t runner, unsigned n, unsigned last_session) {
        struct pads *found = find_pads(ledger, runner), *pads;

        if (!found) {
                pads = reallocarray(ledger->pads, ledger->n_pads + 1, sizeof(*pads));
                if (!pads)
                        return -ENOMEM;
                ledger->pads = pads;
                found = &pads[ledger->n_pads++];
        }
        *found = (struct pads){ runner, n, last_session };
        return 0;
}

unsigned dose_ledger_pads_sessions(const struct dose_ledger *ledger, uid_t runner) {
        const struct pads *pads = find_pads(ledger, runner);

        return pads ? pads->sessions : 0;
}

/* A session with pads counts once, with its first treated part. */
static int count_pads(struct dose_ledger *ledger, const struct zone_dose *dose) {
        const struct pads *pads = find_pads(ledger, dose->runner);

        if (dose->kind != ROLE_ESTIM || dose->on_usec < DOSE_LEDGER_TREATED_USEC ||
                (pads && dose->session <= pads->last_session))
                return 0;
        return dose_ledger_set_pads_sessions(
                ledger, dose->runner, (pads ? pads->sessions : 0) + 1, dose->session);
}

static int add_up(struct dose_ledger *ledger, struct zone_dose *d, const struct zone_dose *dose) {
        int r;

        d->session = MAX(d->session, dose->session);
        d->on_usec += dose->on_usec;
        d->ended = dose_time_later(d->ended, dose->ended);
        d->strength |= dose->strength;
        d->trained |= dose->trained;
        r = count_pads(ledger, d);
        sort_doses(ledger);
        return r;
}

static bool has_many(const struct dose_ledger *ledger, uid_t runner) {
        size_t n = 0;

        for (size_t i = 0; i < ledger->n_doses; i++)
                n += ledger->doses[i].runner == runner;
        return n >= DOSES_MAX;
}

int dose_ledger_add(struct dose_ledger *ledger, const struct zone_dose *dose) {
        struct zone_dose *found = find_dose(ledger, dose, false);
        int r;

        if (found)
                return add_up(ledger, found, dose);
        forget_old(ledger, dose->ended.usec);
        if (has_many(ledger, dose->runner) && (found = find_dose(ledger, dose, true)))
                return add_up(ledger, found, dose);
        r = append_dose(ledger, dose);
        return r < 0 ? r : count_pads(ledger, dose);
}

int dose_ledger_hurt(struct dose_ledger *ledger, uid_t runner, const char *routine, const struct zone *zone,
        enum side side, struct dose_time at) {
        struct rest *rests;
        char *copy = strdup(routine);

        rests = copy ? reallocarray(ledger->rests, ledger->n_rests + 1, sizeof(*rests)) : NULL;
        if (!rests) {
                free(copy);
                return -ENOMEM;
        }
        ledger->rests = rests;
        rests[ledger->n_rests++] = (struct rest){ runner, copy, zone, side, at };
        return 0;
}

struct done *dose_ledger_find_done(const struct dose_ledger *ledger, uid_t runner, const char *routine) {
        for (size_t i = 0; i < ledger->n_done; i++)
                if (ledger->done[i].runner == runner && streq(ledger->done[i].routine, routine))
                        return &ledger->done[i];
        return NULL;
}

static void forget_done(struct dose_ledger *ledger, int64_t now_usec) {
        size_t n = 0;

        for (size_t i = 0; i < ledger->n_done; i++)
                if (dose_time_age(ledger->done[i].ended.usec, now_usec) < DOSE_LEDGER_ROUTINE_KEEP_USEC)
                        ledger->done[n++] = ledger->done[i];
                else
                        free(ledger->done[i].routine);
        ledger->n_done = n;
}

int dose_ledger_done(struct dose_ledger *ledger, uid_t runner, const char *routine, struct dose_time ended) {
        struct done *found = dose_ledger_find_done(ledger, runner, routine), *done;
        char *copy;

        if (found) {
                found->ended = dose_time_later(found->ended, ended);
                return 0;
        }
        forget_done(ledger, ended.usec);
        copy = strdup(routine);
        done = copy ? reallocarray(ledger->done, ledger->n_done + 1, sizeof(*done)) : NULL;
        if (!done) {
                free(copy);
                return -ENOMEM;
        }
        ledger->done = done;
        done[ledger->n_done++] = (struct done){ runner, copy, ended };
        return 0;
}

uint64_t dose_ledger_of_session(const struct dose_ledger *ledger, unsigned session) {
        uint64_t on_usec = 0;

        for (size_t i = 0; i < ledger->n_doses; i++)
                if (ledger->doses[i].session == session)
                        on_usec += ledger->doses[i].on_usec;
        return on_usec;
}

void dose_ledger_clock_is_right(struct dose_ledger *ledger, uint64_t wall_usec, int64_t now_usec) {
        for (size_t i = 0; i < ledger->n_doses; i++)
                dose_time_settle(&ledger->doses[i].ended, wall_usec, now_usec);
        sort_doses(ledger);
        for (size_t i = 0; i < ledger->n_rests; i++)
                dose_time_settle(&ledger->rests[i].at, wall_usec, now_usec);
        for (size_t i = 0; i < ledger->n_done; i++)
                dose_time_settle(&ledger->done[i].ended, wall_usec, now_usec);
}

bool dose_ledger_said(struct dose_ledger *ledger, uid_t runner, uint64_t ago_usec, struct dose_time at) {
        bool counts = false;

        for (size_t i = 0; i < ledger->n_doses; i++)
                if (ledger->doses[i].runner == runner && !ledger->doses[i].strength)
                        counts |= dose_time_believe(&ledger->doses[i].ended, ago_usec, at);
        sort_doses(ledger);
        for (size_t i = 0; i < ledger->n_done; i++)
                if (ledger->done[i].runner == runner)
                        counts |= dose_time_believe(&ledger->done[i].ended, ago_usec, at);
        return counts;
}
