/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* All that the shipped definitions can send and the simulated products can say, for the sweeps. */

#include "lib/clock.h"
#include "protocols/definition.h"
#include "sim/products/product.h"

/* What shares its framing. */
enum sweep_family {
        SWEEP_THERABODY,
        SWEEP_COYOTE,
};

struct sweep_model {
        const char *id;      /* of the definition */
        const char *product; /* kind that is it; NULL: none is simulated */
        enum sweep_family family;
        /* By the maker's or the notes' page: these bytes report a level, battery or version. */
        bool (*is_report)(const uint8_t *bytes, size_t n);
        struct device_definition *definition; /* after sweep_setup() */
};

extern struct sweep_model sweep_models[];
extern const size_t sweep_n_models;

/* Of the range up to uncalibrated_max. */
#define SWEEP_RUN_PERMILLE 1000u
#define SWEEP_MUTANTS 500u

struct sweep_count {
        size_t deliveries, decoded, meaningful;
};
extern struct sweep_count sweep_count;

/* For cmocka: reads the definitions. */
int sweep_setup(void **state);
int sweep_teardown(void **state);
/* Every definition, engine and product that is shipped stands in the table. */
void sweep_leaves_nothing_out(void **state);

struct codec {
        const struct device_definition *definition;
        void *private;
        uint64_t t_usec;
};

void codec_open(struct codec *codec, const struct device_definition *definition);
void codec_close(struct codec *codec);
/* The features of the mask at that share of what may be reached, the others at zero; what goes out for it. */
void codec_setpoints(struct codec *codec, unsigned permille, unsigned mask, unsigned envelope_permille,
        struct frames *frames);

struct frame_list {
        struct frame *items;
        size_t n;
};

/* Handshake, stop, and setpoints over the whole range of each feature, no frame twice. */
void sweep_frames(const struct sweep_model *model, struct frame_list *list);
/* What the product says in a life with its own definition's frames and hands on it. */
void sweep_notifications(const struct sweep_model *model, struct frame_list *list);
/* Some bytes and maybe the length become others; the same ones in every run. */
void sweep_mutate(struct frame *frame);
/* Writes the frames where the definition says they go. */
void sweep_tell(struct product *product, const struct sweep_model *model, const struct frames *frames,
        uint64_t t_usec);
