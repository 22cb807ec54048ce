/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/runner/runner-setup.h"
#include "lib/clock.h"
#include "lib/quantity.h"

/* Sooner than an unattended "limber start" would answer, later than a reflex. */
#define LATENCY_USEC (500 * USEC_PER_MSEC)
#define LATENCY_MAX_USEC ((int64_t) (600 * USEC_PER_SEC))
#define SORENESS_MAX 10

static int set_latency(struct runner_setup *setup, const char *value) {
        int64_t usec;
        int r;

        r = quantity_parse(value, DIMENSION_TIME, &usec);
        if (r < 0)
                return r;
        if (usec > LATENCY_MAX_USEC)
                return -ERANGE;
        setup->latency_usec = (uint64_t) usec;
        return 0;
}

static int set_soreness(struct runner_setup *setup, const char *value) {
        unsigned long soreness;

        if (isempty(value) || value[strspn(value, "0123456789")])
                return -EINVAL;
        errno = 0;
        soreness = strtoul(value, NULL, 10);
        if (errno != 0 || soreness > SORENESS_MAX)
                return -ERANGE;
        setup->soreness = (double) soreness;
        return 0;
}

static const struct {
        const char *prefix;
        int (*set)(struct runner_setup *setup, const char *value);
} keys[] = {
        { "latency=", set_latency },
        { "soreness=", set_soreness },
};

static int set(struct runner_setup *setup, const char *word) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const char *value = startswith(word, keys[i].prefix);

                if (value)
                        return keys[i].set(setup, value);
        }
        return -EINVAL;
}

static const char *name_of(const char *text, size_t n) {
        const char *name;

        for (size_t i = 0; (name = runner_traits_name(i)); i++)
                if (strlen(name) == n && strncmp(name, text, n) == 0)
                        return name;
        return NULL;
}

int runner_setup_parse(const char *text, struct runner_setup *ret) {
        struct runner_setup setup = { .latency_usec = LATENCY_USEC };
        size_t n = strcspn(text, ":");
        int r;

        setup.name = name_of(text, n);
        if (!setup.name)
                return -ENOENT;
        setup.traits = runner_traits_by_name(setup.name);
        for (const char *rest = text + n; *rest; rest += n) {
                _cleanup_free_ char *word = NULL;

                rest++; /* ':' before the first, ',' before the others */
                n = strcspn(rest, ",");
                word = strndup(rest, n);
                if (!word)
                        return -ENOMEM;
                r = set(&setup, word);
                if (r < 0)
                        return r;
        }
        *ret = setup;
        return 0;
}
