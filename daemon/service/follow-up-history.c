/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/follow-up-history.h"
#include "daemon/runner/dose-ledger.h"

static bool part_of(const struct record_entry *e, struct follow_up_part *ret) {
        *ret = (struct follow_up_part){ zone_by_id(strnull(e->zone)), side_from_string(strnull(e->side)) };
        return ret->zone && ret->side < _SIDE_MAX;
}

static int take_answer(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        enum follow_up_occasion occasion = follow_up_occasion_from_string(strnull(e->reason));
        struct follow_up_part part;

        /* Ignore invalid scores. */
        if (e->given < 0 || e->given > (int64_t) DISCOMFORT_MAX)
                return 0;
        if (e->kind == RECORD_TARGET)
                return part_of(e, &part) ? follow_ups_set_lowered(userdata, e->runner, &part,
                                                   (unsigned) e->given, event->at_usec)
                                         : 0;
        return occasion == _FOLLOW_UP_OCCASION_MAX ? 0
                                                   : follow_ups_said(userdata, e->runner, e->session,
                                                             occasion, (unsigned) e->given, event->at_usec);
}

static int take_dose(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        struct follow_up_part part;

        bool asks = (e->kind == RECORD_DOSE && record_entry_is_treatment(e) &&
                            e->given >= (int64_t) DOSE_LEDGER_TREATED_USEC) ||
                    e->kind == RECORD_REST;

        return asks && part_of(e, &part)
                       ? follow_ups_treated(userdata, e->runner, e->session, &part, event->at_usec)
                       : 0;
}

static uint64_t before(uint64_t wall_usec, uint64_t usec) {
        return wall_usec > usec ? wall_usec - usec : 0;
}

int follow_ups_load(struct follow_ups *follow_ups, struct history *history, const struct timeline *timeline,
        uint64_t wall_usec) {
        int r;

        r = history_follow_ups(
                history, before(wall_usec, FOLLOW_UP_LOWERED_KEEP_USEC), take_answer, follow_ups);
        if (r >= 0)
                r = history_doses(
                        history, timeline_since(timeline, FOLLOW_UP_KEEP_USEC), take_dose, follow_ups);
        follow_ups_over(follow_ups, 0);
        return r;
}
