/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/property/session-oracle.h"

#include "tests/property/property.h"

#define MSEC(n) ((uint64_t) (n) *USEC_PER_MSEC)
#define SECONDS(n) ((uint64_t) (n) *USEC_PER_SEC)

/* A lowered figure acts with the next round of requests, and these come every 100 ms. */
#define ROUND_USEC MSEC(110)
/* Rises are half a second apart where they are decided. On the air the gap between frames (50 ms) with a prompt answer, or
 * the wait for the next frame of a stream (100 ms), may take off that much. */
#define WINDOW_USEC MSEC(395)

static uint64_t now_of(const struct session_oracle *o) {
        return virtual_clock_now(o->world->clock);
}

void figure_set(struct figure *figure, int64_t value, uint64_t now) {
        if (now - figure->changed_usec > ROUND_USEC)
                figure->before = figure->now;
        else
                figure->before = MAX(figure->before, figure->now);
        figure->now = value;
        figure->changed_usec = now;
}

static int64_t figure_at(const struct figure *figure, uint64_t now) {
        return now - figure->changed_usec > ROUND_USEC ? figure->now : MAX(figure->now, figure->before);
}

static struct figure figure_of(int64_t value) {
        return (struct figure){ value, value, 0 };
}

static const char *name_of(const struct witness *w) {
        return w->gun ? "the gun" : "the pads";
}

/* In thousandths of what a cap counts in: Hz of a gun, steps of the pads. */
static int64_t thousandths(const struct witness *w, int level) {
        return w->gun ? (int64_t) level * 1000 / 60 : (int64_t) level * 1000;
}

static void judge_limits(
        const struct session_oracle *o, const struct witness *w, unsigned channel, uint64_t t) {
        int64_t level = thousandths(w, w->level[channel]);
        const struct {
                const char *name;
                int64_t max;
        } limits[] = {
                { "the compiled ceiling", w->gun ? 40000 : 20000 },
                /* 25-33Hz, and 60 % of 20 steps, in every text here. */
                { "the routine", w->gun ? 33000 : 12000 },
                { "the first sessions' share", w->gun ? INT64_MAX : 20 * figure_at(&o->share_permille, t) },
                { "the runner's cap", figure_at(&o->cap, t) },
                { "the knob", figure_at(&w->knob[channel], t) },
        };

        for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
                if (level > limits[i].max)
                        property_broken("%s, channel %u: %lld, and %s allows %lld", name_of(w), channel,
                                (long long) level, limits[i].name, (long long) limits[i].max);
}

static int rise_of(const struct witness *w, int from) {
        if (w->gun)
                return from == 0 ? 1750 : 49; /* 2 % of 40 Hz, and a rounding */
        return 4;
}

static void judge_slew(
        const struct session_oracle *o, const struct witness *w, unsigned channel, uint64_t t) {
        for (unsigned i = w->n_past[channel]; i > 0; i--) {
                const struct told *told = &w->past[channel][i - 1];

                if (i < w->n_past[channel] && told[1].t_usec + WINDOW_USEC <= t)
                        return;
                if (w->level[channel] > told->level + rise_of(w, told->level))
                        property_broken("%s, channel %u: from %d to %d within half a second", name_of(w),
                                channel, told->level, w->level[channel]);
        }
}

static void remember(struct witness *w, unsigned channel, int level, uint64_t t) {
        if (w->n_past[channel] == ORACLE_FRAMES_KEPT)
                memmove(w->past[channel], w->past[channel] + 1,
                        --w->n_past[channel] * sizeof(w->past[channel][0]));
        w->past[channel][w->n_past[channel]++] = (struct told){ t, level };
}

/* What must be true for any output at t. */
static void judge_permission(
        const struct session_oracle *o, const struct witness *w, bool from_zero, uint64_t t) {
        if (!o->permitted)
                property_broken("%s are told to give output, and nobody armed", name_of(w));
        /* What was queued when the machine fell asleep goes out before anybody can look at the time. */
        if (!o->detached && t != o->woke_usec && (o->beat_usec == 0 || t >= o->beat_usec + SECONDS(1)))
                property_broken("%s are told to give output, and the holder was last heard %lld ms ago",
                        name_of(w), o->beat_usec == 0 ? -1LL : (long long) ((t - o->beat_usec) / 1000));
        if (o->detached && t >= o->seen_usec + SECONDS(150))
                property_broken("%s are told to give output, and nobody answered", name_of(w));
        if (o->record_fails && t > o->record_usec + ROUND_USEC)
                property_broken("%s are told to give output, and nothing is kept of it", name_of(w));
        if (from_zero && w->battery < 20 && t > w->battery_usec + SECONDS(1))
                property_broken("%s begin at %u %% battery", name_of(w), w->battery);
}

static void take_level(
        struct session_oracle *o, struct witness *w, unsigned channel, int level, uint64_t t) {
        w->level[channel] = level;
        if (level > 0 && t - w->hand_usec > SECONDS(2)) { /* a hand's doing is first to be heard of */
                if (t != o->woke_usec)
                        judge_limits(o, w, channel, t);
                judge_slew(o, w, channel, t);
        }
        remember(w, channel, level, t);
}

static void take_zero(struct witness *w, uint64_t t) {
        if (t > w->zero_usec && t - w->ill_usec > SECONDS(2))
                property_broken("%s were told zero %llu ms after it was due", name_of(w),
                        (unsigned long long) ((t - w->zero_usec) / 1000));
        w->zero_usec = USEC_INFINITY;
}

static void judge_gun_frame(struct session_oracle *o, struct witness *w, const struct radio_frame *frame) {
        int speed = theragun_speed(frame);

        if (frame->request)
                w->answer_usec = frame->t_usec + w->device->peer->answer_usec;
        if (speed > 0)
                judge_permission(o, w, w->level[0] == 0, frame->t_usec);
        if (speed == 0)
                take_zero(w, frame->t_usec);
        if (speed >= 0)
                take_level(o, w, 0, speed, frame->t_usec);
}

static void judge_pads_frame(struct session_oracle *o, struct witness *w, const struct radio_frame *frame) {
        struct coyote_frame f = coyote_frame(frame);
        bool was_on = w->level[0] > 0 || w->level[1] > 0, on = false;

        /* BF: the device's own limits. Nobody here calibrated, so that none goes beyond 20. */
        if (frame->n == 7 && frame->bytes[0] == 0xbf)
                for (unsigned c = 0; c < 2; c++) {
                        w->own_limit[c] = frame->bytes[1 + c];
                        if (w->own_limit[c] > 20)
                                property_broken("the pads are told a limit of %d", w->own_limit[c]);
                }
        if (!f.output)
                return;
        for (unsigned c = 0; c < 2; c++) {
                int level = f.strength[c] >= 0 ? f.strength[c] : w->level[c];
                bool shown = false;

                for (unsigned i = 0; i < 4; i++) {
                        /* 101 is the maker's word for a silent channel. */
                        if (f.intensity[c][i] > 101)
                                property_broken("a slice of %u %%", f.intensity[c][i]);
                        shown |= f.intensity[c][i] > 0 && f.intensity[c][i] <= 100;
                }
                on |= level > 0 && shown;
                if (level > 0 && shown && w->contact_lost[c] && frame->t_usec > w->contact_usec + ROUND_USEC)
                        property_broken("channel %u is driven, and its pad is off", c);
                if (level > 0 || f.strength[c] >= 0)
                        take_level(o, w, c, level, frame->t_usec);
        }
        if (on)
                judge_permission(o, w, !was_on, frame->t_usec);
        if (coyote_frame_is_stop(frame))
                take_zero(w, frame->t_usec);
}

static void judge_frames(struct session_oracle *o, struct witness *w) {
        const struct virtual_peer *peer = w->device->peer;

        for (; w->n_frames < peer->n_frames; w->n_frames++)
                if (w->gun)
                        judge_gun_frame(o, w, &peer->frames[w->n_frames]);
                else
                        judge_pads_frame(o, w, &peer->frames[w->n_frames]);
}

static bool is_ill(const struct virtual_peer *peer) {
        return !virtual_peer_is_linked(peer) || peer->out_of_reach || peer->ignores_requests ||
               peer->loses_commands || peer->write_error != 0 || peer->answer_error != 0;
}

static void watch_link(struct session_oracle *o, struct witness *w) {
        const struct virtual_peer *peer = w->device->peer;
        uint64_t now = now_of(o);

        if (is_ill(peer))
                w->ill_usec = now;
        if (peer->notify_usec > MSEC(20))
                w->late_usec = now;
        if (is_ill(peer) || peer->queued > 0 || peer->answer_usec > MSEC(40) || peer->notify_usec > MSEC(20))
                w->slow_usec = now;
        /* Pads whose link is gone give nothing more, by their maker's word. */
        if (!w->gun && !virtual_peer_is_linked(peer) && (w->level[0] > 0 || w->level[1] > 0)) {
                w->level[0] = w->level[1] = 0;
                remember(w, 0, 0, now);
                remember(w, 1, 0, now);
        }
}

/* What is needed to stop it after a crash is stored while it may be on: from before the first frame that asks for output
 * until after a zero. */
static void judge_stored(const struct session_oracle *o, const struct witness *w) {
        bool told = w->level[0] > 0 || w->level[1] > 0;

        /* What a hand switched off is off. Words that come late may be of a setting before the last, and are taken for a
         * hand's when that was the same one. */
        if (now_of(o) - w->hand_usec < SECONDS(3) || now_of(o) - w->late_usec < SECONDS(3))
                return;
        if (told && !world_armed_file_exists(o->world, w->device))
                property_broken("%s may be on, and nothing is stored to stop it", name_of(w));
        if (told && !device_output_active(w->device->device))
                property_broken("%s may be on and are said to be off", name_of(w));
}

void witness_turned(struct witness *w, unsigned channel, int level, uint64_t now) {
        w->hand_usec = now;
        remember(w, channel, level, now);
        if (w->level[channel] > 0) /* what was not told to be on is not ours to judge */
                w->level[channel] = level;
}

static uint64_t told_usec(const struct witness *w) {
        return w->n_past[0] > 0 ? w->past[0][w->n_past[0] - 1].t_usec : 0;
}

bool witness_is_in_a_hand(const struct witness *w) {
        return w->hand_usec > 0 && told_usec(w) <= w->hand_usec;
}

static void judge_body(const struct session_oracle *o, const struct witness *w) {
        struct virtual_peer *peer = w->device->peer;
        uint64_t now = now_of(o), quiet = o->permitted ? 0 : now - o->forbidden_usec;
        bool felt = false;

        for (unsigned c = 0; c < product_channels(peer->product); c++)
                felt |= virtual_peer_output(peer, c).amplitude_permille > 0;
        if (!felt)
                return;
        if (!w->gun && quiet > MSEC(300))
                property_broken("the pads give output %llu ms after it was forbidden",
                        (unsigned long long) (quiet / 1000));
        if (w->gun && quiet > SECONDS(5) && now - told_usec(w) > SECONDS(5) &&
                now - w->ill_usec > SECONDS(5) && !witness_is_in_a_hand(w))
                property_broken(
                        "the gun turns %llu ms after it was forbidden", (unsigned long long) (quiet / 1000));
        if (!w->gun && virtual_peer_is_linked(peer) && now - w->hand_usec > SECONDS(3) &&
                !device_output_active(w->device->device))
                property_broken("the pads give output that is said to be off");
}

static void judge_setpoints(const struct session_oracle *o) {
        struct session_setpoint setpoints[8];
        unsigned n = session_setpoints(o->world->session, setpoints, ARRAY_SIZE(setpoints));

        for (unsigned i = 0; i < n; i++) {
                const struct limit *limit = &setpoints[i].limit;
                bool narrowed = limit->given < limit->asked;

                if (limit->given > limit->asked || narrowed != (limit->tightest.rule != LIMIT_NONE) ||
                        (narrowed && limit->tightest.max != limit->given) ||
                        narrowed != (limit->n_reasons > 0))
                        property_broken("%lld of %lld is given for '%s' and %u reasons",
                                (long long) limit->given, (long long) limit->asked,
                                limit_rule_to_string(limit->tightest.rule), limit->n_reasons);
                for (unsigned k = 0; k < limit->n_reasons; k++)
                        if (limit->reasons[k].max < limit->given || limit->reasons[k].max >= limit->asked)
                                property_broken("'%s' is named for %lld",
                                        limit_rule_to_string(limit->reasons[k].rule),
                                        (long long) limit->reasons[k].max);
        }
}

static void judge_device(struct session_oracle *o, struct witness *w) {
        judge_frames(o, w);
        watch_link(o, w);
        if (now_of(o) > w->zero_usec && now_of(o) - w->ill_usec > SECONDS(2))
                property_broken("%s were to be stopped and were told no zero", name_of(w));
        judge_stored(o, w);
        judge_body(o, w);
        if (w->device->peer->overlapping_requests > 0)
                property_broken("two requests at once");
}

void oracle_look(struct session_oracle *o) {
        const struct session *session = o->world->session;

        judge_device(o, &o->gun);
        judge_device(o, &o->pads);
        if (session)
                judge_setpoints(o);
        if (o->permitted && (!session || session_state(session) != SESSION_RUNNING))
                oracle_forbid(o, false);
}

static void owe_zero(struct session_oracle *o, struct witness *w) {
        uint64_t now = now_of(o);
        bool used = o->world->session && session_uses(o->world->session, w->device->device);

        /* An answer that is awaited comes first; what was ill may owe one. */
        if (!used || now - w->ill_usec < SECONDS(2) || now - w->hand_usec < SECONDS(3) ||
                (w->level[0] == 0 && w->level[1] == 0))
                return;
        w->zero_usec = MAX(now, w->answer_usec);
        if (now - w->slow_usec < SECONDS(2))
                w->zero_usec += SECONDS(1);
}

void oracle_forbid(struct session_oracle *o, bool at_once) {
        if (at_once) {
                owe_zero(o, &o->gun);
                owe_zero(o, &o->pads);
        }
        if (o->permitted)
                o->forbidden_usec = now_of(o);
        o->wrong_beats = 0;
        o->permitted = false;
}

void oracle_open(struct session_oracle *o, struct world *world) {
        *o = (struct session_oracle){ .world = world,
                .gun = { .device = &world->gun, .gun = true },
                .pads = { .device = &world->pads },
                .cap = figure_of(INT64_MAX),
                .share_permille = figure_of(1000) };
        o->gun.battery = o->pads.battery = 100;
        o->gun.zero_usec = o->pads.zero_usec = USEC_INFINITY;
        for (unsigned i = 0; i < 2; i++)
                o->gun.knob[i] = o->pads.knob[i] = figure_of(INT64_MAX);
}
