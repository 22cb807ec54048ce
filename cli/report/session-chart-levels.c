/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/report/session-chart-private.h"
#include "lib/clock.h"

#define ROUNDING_PARTS 20
#define ORDINARY_LEAST_USEC USEC_PER_SEC

static struct chart_step *step_at(const struct chart_builder *b, size_t i) {
        return i == CHART_NOTHING ? NULL : &b->chart->steps[i];
}

static const struct chart_point *last_of(const struct chart_channel *c) {
        static const struct chart_point none;

        return c->n_points > 0 ? &c->points[c->n_points - 1] : &none;
}

/* One of the step's channels goes on or off. */
static void count_on(struct chart_step *step, bool on, uint64_t at) {
        if (!step)
                return;
        if (on && step->n_on++ == 0)
                step->on_since = at;
        else if (!on && step->n_on > 0 && --step->n_on == 0)
                step->on_usec += at - step->on_since;
}

static void close_limit(struct chart_builder *b, struct chart_channel *c, uint64_t at) {
        if (c->limit != CHART_NOTHING && b->chart->limits)
                b->chart->limits[c->limit].until = at;
        c->limit = CHART_NOTHING;
}

static int add_point(
        struct chart_builder *b, struct chart_channel *c, uint64_t at, int64_t asked, int64_t given) {
        struct chart_step *step = step_at(b, c->step);
        struct chart_point last = *last_of(c), *point = array_grow(&c->points, &c->n_points, sizeof(*point));

        if (!point)
                return -ENOMEM;
        *point = (struct chart_point){ at, asked, given };
        if (last.given > 0)
                c->on_usec += at - last.at;
        c->highest_asked = MAX(c->highest_asked, asked);
        c->highest_given = MAX(c->highest_given, given);
        if ((last.given > 0) != (given > 0))
                count_on(step, given > 0, at);
        if (step) {
                step->highest_asked = MAX(step->highest_asked, asked);
                step->highest_given = MAX(step->highest_given, given);
                step->unit = c->unit;
        }
        return 0;
}

static int zero(struct chart_builder *b, struct chart_channel *c, uint64_t at) {
        const struct chart_point *last = last_of(c);
        int r = 0;

        close_limit(b, c, at);
        if (last->asked != 0 || last->given != 0)
                r = add_point(b, c, at, 0, 0);
        c->step = CHART_NOTHING;
        return r;
}

static int end_step(struct chart_builder *b, size_t i, uint64_t at) {
        struct chart_step *step = step_at(b, i);
        int r = 0;

        step->over = true;
        step->running = false;
        step->until = at;
        for (size_t c = 0; c < b->chart->n_channels && r >= 0; c++)
                if (b->chart->channels[c].step == i)
                        r = zero(b, &b->chart->channels[c], at);
        return r;
}

/* No event marks the end of the last step of a track; its length does. */
static int end_if_due(struct chart_builder *b, size_t i) {
        const struct chart_step *step = step_at(b, i);
        uint64_t left;

        if (!step || !step->running || step->planned_usec == 0)
                return 0;
        left = step->planned_usec - MIN(step->ran_usec, step->planned_usec);
        return b->now - step->running_since < left ? 0 : end_step(b, i, step->running_since + left);
}

int levels_advance(struct chart_builder *b) {
        int r = end_if_due(b, b->background);

        if (b->background != CHART_NOTHING && step_at(b, b->background)->over)
                b->background = CHART_NOTHING;
        return r < 0 ? r : end_if_due(b, b->foreground);
}

/* A step that runs in the background has not begun yet when the next one begins. */
static bool goes_to_background(const struct chart_step *step) {
        return streq(step->feature, "estim") && !step->running && !step->over && step->ran_usec == 0;
}

static int leave_foreground(struct chart_builder *b) {
        struct chart_step *step = step_at(b, b->foreground);
        int r = 0;

        if (!step)
                return 0;
        if (goes_to_background(step)) {
                if (b->background != CHART_NOTHING)
                        r = end_step(b, b->background, b->now);
                b->background = b->foreground;
        } else if (!step->over)
                r = end_step(b, b->foreground, b->now);
        b->foreground = CHART_NOTHING;
        return r;
}

int levels_begin_step(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_step *step;
        int r;

        r = leave_foreground(b);
        if (r < 0)
                return r;
        step = array_grow(&b->chart->steps, &b->chart->n_steps, sizeof(*step));
        if (!step)
                return -ENOMEM;
        *step = (struct chart_step){
                .from = b->now,
                .until = UINT64_MAX,
                .title = strnull(event->text),
                .zone = strnull(event->zone),
                .side = strnull(event->side),
                .feature = strnull(event->feature),
                .unit = "",
                .planned_usec = event->asked > 0 ? (uint64_t) event->asked : 0,
        };
        b->foreground = b->chart->n_steps - 1;
        return 0;
}

/* The kind as in steps: "percussion", "estim", or NULL when unknown. */
static const char *kind_of(const struct chart_builder *b, const struct history_event_info *event) {
        for (size_t i = 0; b->objects && i < b->objects->n_devices; i++)
                if (streq_ptr(b->objects->devices[i].address, event->device))
                        return streq_ptr(b->objects->devices[i].kind, "estim") ? "estim" : "percussion";
        return streq_ptr(event->unit, "Hz") ? "percussion" : streq_ptr(event->unit, "mA") ? "estim" : NULL;
}

static bool may_drive(const struct chart_step *step, const char *kind) {
        return step && !step->over && !isempty(step->feature) && (!kind || streq(step->feature, kind));
}

static size_t step_of(const struct chart_builder *b, const struct chart_channel *c, const char *kind) {
        const struct chart_step *now = step_at(b, c->step);

        if (now && last_of(c)->given > 0 && may_drive(now, kind))
                return c->step;
        if (may_drive(step_at(b, b->foreground), kind))
                return b->foreground;
        return may_drive(step_at(b, b->background), kind) ? b->background : CHART_NOTHING;
}

static struct chart_channel *channel_of(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_channel *c;

        for (size_t i = 0; i < b->chart->n_channels; i++) {
                c = &b->chart->channels[i];
                if (streq(c->device, strnull(event->device)) && streq(c->feature, strnull(event->feature)))
                        return c;
        }
        c = array_grow(&b->chart->channels, &b->chart->n_channels, sizeof(*c));
        if (c)
                *c = (struct chart_channel){ .device = strnull(event->device),
                        .feature = strnull(event->feature),
                        .unit = strnull(event->unit),
                        .step = CHART_NOTHING,
                        .limit = CHART_NOTHING };
        return c;
}

/* Rounding to a step of the device is shown only where it is visible. */
static bool limit_acts(const struct history_event_info *event) {
        int64_t less = event->asked - event->given;

        if (less <= 0 || isempty(event->reason) || streq(event->reason, "none"))
                return false;
        return !streq(event->reason, "step") || less >= event->asked / ROUNDING_PARTS;
}

static int take_limit(
        struct chart_builder *b, struct chart_channel *c, const struct history_event_info *event) {
        struct chart_limit *limit = c->limit == CHART_NOTHING ? NULL : &b->chart->limits[c->limit];
        const char *rule = strnull(event->reason);
        bool acts = limit_acts(event);

        if (limit && acts && streq(limit->rule, rule)) {
                if (event->asked - event->given > limit->asked - limit->given) {
                        limit->asked = event->asked;
                        limit->given = event->given;
                }
                return 0;
        }
        close_limit(b, c, b->now);
        if (!acts)
                return 0;
        limit = array_grow(&b->chart->limits, &b->chart->n_limits, sizeof(*limit));
        if (!limit)
                return -ENOMEM;
        *limit = (struct chart_limit){ (size_t) (c - b->chart->channels), rule, b->now, UINT64_MAX,
                event->asked, event->given };
        c->limit = b->chart->n_limits - 1;
        return 0;
}

int levels_set(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_channel *c = channel_of(b, event);
        struct chart_step *step;
        size_t found;
        int r;

        if (!c)
                return -ENOMEM;
        if (isempty(c->unit))
                c->unit = strnull(event->unit);
        found = event->asked > 0 ? step_of(b, c, kind_of(b, event)) : c->step;
        if (found != c->step && last_of(c)->given > 0) {
                count_on(step_at(b, c->step), false, b->now);
                count_on(step_at(b, found), true, b->now);
        }
        c->step = found;
        step = step_at(b, found);
        if (step && event->asked > 0 && !step->running) {
                step->running = true;
                step->running_since = b->now;
        }
        r = take_limit(b, c, event);
        return r < 0 ? r : add_point(b, c, b->now, MAX(event->asked, 0), MAX(event->given, 0));
}

static struct chart_zone *zone_of(
        struct chart_builder *b, const char *zone, const char *side, const char *feature) {
        struct chart_zone *z;

        for (size_t i = 0; i < b->chart->n_zones; i++) {
                z = &b->chart->zones[i];
                if (streq(z->zone, zone) && streq(z->side, side) && streq(z->feature, feature))
                        return z;
        }
        z = array_grow(&b->chart->zones, &b->chart->n_zones, sizeof(*z));
        if (z)
                *z = (struct chart_zone){ zone, side, feature, .unit = "" };
        return z;
}

int levels_count_dose(struct chart_builder *b, const struct history_event_info *event) {
        struct chart_zone *z =
                zone_of(b, strnull(event->zone), strnull(event->side), strnull(event->feature));

        if (!z)
                return -ENOMEM;
        z->on_usec += event->given > 0 ? (uint64_t) event->given : 0;
        return 0;
}

int levels_zero(struct chart_builder *b, const char *device) {
        int r = 0;

        for (size_t i = 0; i < b->chart->n_channels && r >= 0; i++)
                if (!device || streq(b->chart->channels[i].device, device))
                        r = zero(b, &b->chart->channels[i], b->now);
        for (size_t i = 0; !device && i < b->chart->n_steps; i++) {
                struct chart_step *step = &b->chart->steps[i];

                if (step->running)
                        step->ran_usec += b->now - step->running_since;
                step->running = false;
        }
        return r;
}

static int finish_step(struct chart_builder *b, struct chart_step *step) {
        struct chart_zone *z;

        step->until = MIN(step->until, b->chart->length);
        while (step->n_on > 0)
                count_on(step, false, b->chart->length);
        if (isempty(step->feature))
                return 0;
        z = zone_of(b, step->zone, step->side, step->feature);
        if (!z)
                return -ENOMEM;
        z->drawn_usec += step->on_usec;
        z->highest_given = MAX(z->highest_given, step->highest_given);
        if (!isempty(step->unit))
                z->unit = step->unit;
        return 0;
}

static int add_up_limit(struct session_chart *chart, struct chart_limit *limit) {
        struct chart_limit_sum *sum = NULL;

        limit->until = MIN(limit->until, chart->length);
        for (size_t i = 0; i < chart->n_sums && !sum; i++)
                if (chart->sums[i].limit.channel == limit->channel &&
                        streq(chart->sums[i].limit.rule, limit->rule))
                        sum = &chart->sums[i];
        if (!sum) {
                sum = array_grow(&chart->sums, &chart->n_sums, sizeof(*sum));
                if (!sum)
                        return -ENOMEM;
                sum->limit = *limit;
        }
        if (limit->asked - limit->given > sum->limit.asked - sum->limit.given) {
                sum->limit.asked = limit->asked;
                sum->limit.given = limit->given;
        }
        sum->limit.until = limit->until;
        sum->times++;
        sum->usec += limit->until - limit->from;
        return 0;
}

/* Limits that occur in every session come last. */
static int by_weight(const void *a, const void *b) {
        const struct chart_limit *x = &((const struct chart_limit_sum *) a)->limit;
        const struct chart_limit *y = &((const struct chart_limit_sum *) b)->limit;
        int ordinary = chart_rule_is_ordinary(x->rule) - chart_rule_is_ordinary(y->rule);

        return ordinary != 0 ? ordinary : (x->from > y->from) - (x->from < y->from);
}

/* Every rise meets the ordinary limits briefly; only those long enough to notice get a line. */
static void drop_moments(struct session_chart *chart) {
        size_t n = 0;

        for (size_t i = 0; i < chart->n_sums; i++)
                if (!chart_rule_is_ordinary(chart->sums[i].limit.rule) ||
                        chart->sums[i].usec >= ORDINARY_LEAST_USEC)
                        chart->sums[n++] = chart->sums[i];
        chart->n_sums = n;
}

int levels_finish(struct chart_builder *b) {
        struct session_chart *chart = b->chart;
        int r = 0;

        for (size_t i = 0; i < chart->n_channels; i++) {
                struct chart_channel *c = &chart->channels[i];

                if (last_of(c)->given > 0)
                        c->on_usec += chart->length - last_of(c)->at;
        }
        for (size_t i = 0; i < chart->n_steps && r >= 0; i++)
                r = finish_step(b, &chart->steps[i]);
        for (size_t i = 0; i < chart->n_limits && r >= 0; i++)
                r = add_up_limit(chart, &chart->limits[i]);
        drop_moments(chart);
        if (chart->n_sums > 0)
                qsort(chart->sums, chart->n_sums, sizeof(*chart->sums), by_weight);
        /* In doubt, the larger dose: a daemon that died did not count to the end. */
        for (size_t i = 0; i < chart->n_zones; i++)
                if (!chart->ended || chart->zones[i].on_usec == 0)
                        chart->zones[i].on_usec = MAX(chart->zones[i].on_usec, chart->zones[i].drawn_usec);
        return r;
}
