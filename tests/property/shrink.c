/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/property/property.h"

struct shrinking {
        struct action actions[PROPERTY_LENGTH_MAX];
        unsigned n;
        bool (*fails)(const struct action *actions, unsigned n, void *userdata);
        void *userdata;
};

/* Keeps the list without the part if it still fails. */
static bool leave_out(struct shrinking *s, unsigned from, unsigned count) {
        struct action tried[PROPERTY_LENGTH_MAX];
        unsigned n = 0;

        for (unsigned i = 0; i < s->n; i++)
                if (i < from || i >= from + count)
                        tried[n++] = s->actions[i];
        if (!s->fails(tried, n, s->userdata))
                return false;
        memcpy(s->actions, tried, n * sizeof(*tried));
        s->n = n;
        return true;
}

/* Parts from half the list down to single actions, until nothing more can go. */
static void leave_out_parts(struct shrinking *s) {
        bool again = true;

        while (again) {
                again = false;
                for (unsigned count = MAX(s->n / 2, 1u); count > 0; count /= 2)
                        for (unsigned from = 0; from < s->n;)
                                if (leave_out(s, from, MIN(count, s->n - from)))
                                        again = true;
                                else
                                        from += count;
        }
}

static void lower(struct shrinking *s, int *argument) {
        const int candidates[] = { 0, 1, *argument / 2, *argument - 1 };

        for (size_t i = 0; i < ARRAY_SIZE(candidates); i++) {
                int before = *argument;

                if (candidates[i] < 0 || candidates[i] >= before)
                        continue;
                *argument = candidates[i];
                if (s->fails(s->actions, s->n, s->userdata)) {
                        if (candidates[i] > 1)
                                lower(s, argument);
                        return;
                }
                *argument = before;
        }
}

unsigned property_shrink(struct action *actions, unsigned n,
        bool (*fails)(const struct action *actions, unsigned n, void *userdata), void *userdata) {
        struct shrinking s = { .n = n, .fails = fails, .userdata = userdata };

        memcpy(s.actions, actions, n * sizeof(*actions));
        leave_out_parts(&s);
        for (unsigned i = 0; i < s.n; i++) {
                lower(&s, &s.actions[i].a);
                lower(&s, &s.actions[i].b);
        }
        leave_out_parts(&s);
        memcpy(actions, s.actions, s.n * sizeof(*actions));
        return s.n;
}
