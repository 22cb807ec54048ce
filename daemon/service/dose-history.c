/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/dose-history.h"

struct load {
        struct dose_ledger *ledger;
        const struct timeline *timeline;
        int64_t now_usec;
        struct zone_dose *steps; /* steps begun: planned output of a session at a part of the body */
        size_t n_steps;
};

static struct dose_time moment(const struct load *load, const struct history_event *event) {
        struct timeline_age age = timeline_age(load->timeline, event);

        return (struct dose_time){
                .usec = load->now_usec - (int64_t) age.least_usec,
                .may_be_earlier = !age.is_known,
                .wall_usec = age.is_measured ? 0 : age.wall_usec,
                .latest_usec = load->now_usec - (int64_t) age.ran_usec,
                .run = timeline_run(load->timeline, event->seq),
        };
}

static int take_said(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        struct load *load = userdata;

        if (streq_ptr(e->reason, RECORD_CLOCK_SAID) && e->asked > 0)
                (void) dose_ledger_said(load->ledger, e->runner, (uint64_t) e->asked, moment(load, event));
        return 0;
}

static bool read_dose(const struct load *load, const struct history_event *event, struct zone_dose *ret) {
        const struct record_entry *e = &event->entry;

        *ret = (struct zone_dose){
                .runner = e->runner,
                .session = e->session,
                .zone = zone_by_id(strnull(e->zone)),
                .side = side_from_string(strnull(e->side)),
                .kind = streq_ptr(e->feature, role_kind_to_string(ROLE_ESTIM)) ? ROLE_ESTIM
                                                                               : ROLE_PERCUSSION,
                .strength = streq_ptr(e->reason, RECORD_DOSE_STRENGTH) ||
                            streq_ptr(e->reason, RECORD_DOSE_STRENGTH_START),
                .trained = streq_ptr(e->reason, RECORD_DOSE_STRENGTH) && event->up_usec > 0,
                .ended = moment(load, event),
        };
        return ret->zone && ret->side < _SIDE_MAX && record_entry_is_treatment(e);
}

static int note_step(struct load *load, const struct zone_dose *step) {
        struct zone_dose *steps;

        for (size_t i = 0; i < load->n_steps; i++) {
                struct zone_dose *s = &load->steps[i];

                if (s->session == step->session && s->zone == step->zone && s->side == step->side &&
                        s->kind == step->kind) {
                        s->on_usec += step->on_usec;
                        s->strength |= step->strength;
                        s->trained |= step->trained;
                        if (step->ended.usec >= s->ended.usec)
                                s->ended = step->ended;
                        return 0;
                }
        }
        steps = reallocarray(load->steps, load->n_steps + 1, sizeof(*steps));
        if (!steps)
                return -ENOMEM;
        load->steps = steps;
        steps[load->n_steps++] = *step;
        return 0;
}

/* The step of a gun is over when the next one begins: what it gave was recorded before that. Pads may go on in the background. */
static void end_steps(struct load *load, unsigned session) {
        for (size_t i = 0; i < load->n_steps; i++) {
                struct zone_dose *s = &load->steps[i];

                if (s->session == session && s->kind == ROLE_PERCUSSION)
                        s->on_usec = dose_ledger_had(load->ledger, s);
        }
}

static int take(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        struct load *load = userdata;
        struct zone_dose dose;
        bool part = read_dose(load, event, &dose);

        switch (e->kind) {
        case RECORD_DOSE:
                dose.on_usec = (uint64_t) MAX(e->given, INT64_C(0));
                return part ? dose_ledger_add(load->ledger, &dose) : 0;
        case RECORD_STEP:
                end_steps(load, e->session);
                dose.on_usec = (uint64_t) MAX(e->asked, INT64_C(0));
                return part && !isempty(e->feature) ? note_step(load, &dose) : 0;
        case RECORD_REST:
                return dose_ledger_hurt(load->ledger, e->runner, strnull(e->routine), dose.zone,
                        part ? dose.side : SIDE_NONE, dose.ended);
        default:
                return 0;
        }
}

static int died(const struct history_session *session, void *userdata) {
        *(bool *) userdata = session->ended_usec == 0 || streq_ptr(session->reason, "daemon-died");
        return 0;
}

struct last {
        const struct load *load;
        struct dose_time at;
};

static int take_last(const struct history_event *event, void *userdata) {
        struct last *last = userdata;

        switch (event->entry.kind) {
        case RECORD_ABANDONED:
        case RECORD_UNENDED:
        case RECORD_DISCOMFORT:
        case RECORD_TARGET:
                return 0; /* may have been noted long after it */
        default:
                last->at = dose_time_later(last->at, moment(last->load, event));
                return 0;
        }
}

/* Steps begun without a recorded dose. They went on after the last that was heard of their session, which may have been paused before. */
static int assume(struct load *load, struct history *history, struct zone_dose *step) {
        uint64_t had = dose_ledger_had(load->ledger, step);
        struct last last = { load, step->ended };
        bool unknown = false;
        int r;

        if (step->on_usec <= had)
                return 0;
        r = history_session(history, step->session, died, &unknown);
        if (r < 0 || !unknown)
                return r == -ENOENT ? 0 : r;
        r = history_events(history, step->session, take_last, &last);
        if (r < 0)
                return r;
        step->on_usec -= had;
        step->ended = last.at;
        step->ended.usec = MIN(step->ended.usec + (int64_t) step->on_usec, load->now_usec);
        return dose_ledger_add(load->ledger, step);
}

static int take_pads(uid_t runner, unsigned sessions, unsigned last_session, void *userdata) {
        return dose_ledger_set_pads_sessions(userdata, runner, sessions, last_session);
}

static int take_done(const struct history_event *event, void *userdata) {
        const struct load *load = userdata;

        return dose_ledger_done(
                load->ledger, event->entry.runner, event->entry.routine, moment(load, event));
}

static int load_all(struct load *load, struct history *history) {
        int r = history_doses(history, timeline_since(load->timeline, DOSE_LEDGER_KEEP_USEC), take, load);

        for (size_t i = 0; r >= 0 && i < load->n_steps; i++)
                r = assume(load, history, &load->steps[i]);
        if (r >= 0)
                r = history_done(history, timeline_since(load->timeline, DOSE_LEDGER_ROUTINE_KEEP_USEC),
                        DOSE_LEDGER_TREATED_USEC, take_done, load);
        /* The order of runs decides what each is about. */
        return r < 0 ? r : history_clocks(history, take_said, load);
}

int dose_ledger_load(struct dose_ledger *ledger, struct history *history, const struct timeline *timeline,
        int64_t now_usec) {
        struct load load = { .ledger = ledger, .timeline = timeline, .now_usec = now_usec };
        int r = load_all(&load, history);

        free(load.steps);
        return r < 0 ? r : history_pads(history, take_pads, ledger);
}
