/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/feeling-history.h"
#include "daemon/runner/dose-book.h"

static bool part_of(const struct record_entry *e, struct feeling_part *ret) {
        *ret = (struct feeling_part){ zone_by_id(strnull(e->zone)), side_from_string(strnull(e->side)) };
        return ret->zone && ret->side < _SIDE_MAX;
}

static int take_feeling(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        enum feeling_occasion occasion = feeling_occasion_from_string(strnull(e->reason));
        struct feeling_part part;

        /* Ignore invalid scores. */
        if (e->given < 0 || e->given > (int64_t) DISCOMFORT_MAX)
                return 0;
        if (e->kind == RECORD_TARGET)
                return part_of(e, &part) ? feeling_book_set_lowered(userdata, e->runner, &part,
                                                   (unsigned) e->given, event->at_usec)
                                         : 0;
        return occasion == _FEELING_OCCASION_MAX ? 0
                                                 : feeling_book_said(userdata, e->runner, e->session,
                                                           occasion, (unsigned) e->given, event->at_usec);
}

static int take_dose(const struct history_event *event, void *userdata) {
        const struct record_entry *e = &event->entry;
        struct feeling_part part;

        return e->kind == RECORD_DOSE && record_entry_is_treatment(e) &&
                               e->given >= (int64_t) DOSE_BOOK_TREATED_USEC && part_of(e, &part)
                       ? feeling_book_treated(userdata, e->runner, e->session, &part, event->at_usec)
                       : 0;
}

static uint64_t before(uint64_t wall_usec, uint64_t usec) {
        return wall_usec > usec ? wall_usec - usec : 0;
}

int feeling_book_load(struct feeling_book *book, struct history *history, uint64_t wall_usec) {
        int r;

        r = history_feelings(history, before(wall_usec, FEELING_LOWERED_KEEP_USEC), take_feeling, book);
        if (r >= 0)
                r = history_doses(history, before(wall_usec, FEELING_KEEP_USEC), take_dose, book);
        feeling_book_over(book, 0);
        return r;
}
