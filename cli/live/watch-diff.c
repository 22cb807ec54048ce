/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live/watch-private.h"

void watch_emit(struct watch *w, struct watch_event event) {
        w->fn(&event, w->userdata);
}

void watch_emit_ended(struct watch *w, const char *reason) {
        if (w->ended)
                return;
        w->ended = true;
        watch_emit(w, (struct watch_event){ .type = WATCH_ENDED, .code = reason });
}

void watch_before_done(struct watch_before *b) {
        free(b->state);
        free(b->reason);
        free(b->phase);
        free(b->title);
}

static uint64_t digest(uint64_t sum, const void *data, size_t n) {
        for (const unsigned char *p = data; n > 0; p++, n--)
                sum = (sum ^ *p) * 0x100000001b3; /* FNV-1a */
        return sum;
}

/* A session's levels are told with every event of it; only what differs is worth a line. */
static uint64_t levels_digest(const struct setpoints *setpoints) {
        uint64_t sum = setpoints->n;

        for (size_t i = 0; i < setpoints->n; i++) {
                const struct setpoint *p = &setpoints->list[i];

                sum = digest(sum, p->device, strlen(strnull(p->device)));
                sum = digest(sum, p->feature, strlen(strnull(p->feature)));
                sum = digest(sum, &p->asked, sizeof(p->asked));
                sum = digest(sum, &p->given, sizeof(p->given));
                for (char **r = p->reasons; r && *r; r++)
                        sum = digest(sum, *r, strlen(*r) + 1);
        }
        return sum;
}

struct watch_before watch_before_update(struct watch *w) {
        struct session_info *s = &w->session;

        /* The times are brought to now, so that an update that does not tell them leaves them true. */
        s->remaining = watch_left(w);
        s->step_remaining = watch_step_left(w);
        w->told_usec = watch_now(w);
        return (struct watch_before){ strdup(strnull(s->state)), strdup(strnull(s->reason)),
                strdup(strnull(s->phase)), strdup(strnull(s->title)), s->last_discomfort,
                levels_digest(&s->setpoints) };
}

/* The signal may come before the properties that belong to it; a step is told when both are here. */
void watch_emit_step(struct watch *w) {
        const struct session_info *s = &w->session;

        if (w->begun_step == 0 || s->step != w->begun_step)
                return;
        w->begun_step = 0;
        watch_emit(w, (struct watch_event){ .type = WATCH_STEP,
                              .number = s->step,
                              .text = strnull(s->title),
                              .code = strnull(s->side) });
}

void watch_emit_now(struct watch *w) {
        watch_emit_step(w);
        watch_emit(w, (struct watch_event){ .type = WATCH_CHANGED });
        if (session_ended(&w->session) && !isempty(w->session.reason))
                watch_emit_ended(w, w->session.reason);
}

void watch_emit_changes(struct watch *w, const struct watch_before *b) {
        const struct session_info *s = &w->session;

        if (!streq_ptr(b->state, s->state) || !streq_ptr(b->reason, s->reason))
                watch_emit(w, (struct watch_event){ .type = WATCH_STATE });
        watch_emit_step(w);
        if (!streq_ptr(b->phase, s->phase) || !streq_ptr(b->title, s->title))
                watch_emit(w, (struct watch_event){ .type = WATCH_PHASE });
        if (b->levels != levels_digest(&s->setpoints))
                watch_emit(w, (struct watch_event){ .type = WATCH_LEVELS });
        if (b->discomfort != s->last_discomfort && s->last_discomfort != DISCOMFORT_NONE)
                watch_emit(
                        w, (struct watch_event){ .type = WATCH_DISCOMFORT, .number = s->last_discomfort });
        watch_emit_now(w);
}
