/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What one decision of the gate costs, beside a call that does nothing but read the same arguments. Prints nanoseconds per
 * call, two numbers: floor and gate. */

#include <time.h>

#include "daemon/safety/gate.h"

#define ROUNDS 2000000u

static const struct feature pads = { .name = "a",
        .kind = FEATURE_ESTIM,
        .basis = SCALE_MEASURED,
        .unit = "mA",
        .min = 500,
        .max = 100000,
        .step = 500,
        .uncalibrated_max = 60000,
        .native_min = 1,
        .native_max = 200 };

static uint64_t now_nsec(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (uint64_t) t.tv_sec * 1000000000 + (uint64_t) t.tv_nsec;
}

/* The floor: as many arguments, as large an answer, nothing decided. */
__attribute__((noinline)) static struct gate_verdict nothing(struct gate *gate,
        const struct gate_request *request, const struct gate_world *world, uint64_t now) {
        struct gate_verdict verdict = { .limit = limit_of(request->level) };

        __asm__ volatile("" : : "r"(gate), "r"(world), "r"(now) : "memory");
        return verdict;
}

static double measure(struct gate_verdict (*decide)(struct gate *gate, const struct gate_request *request,
        const struct gate_world *world, uint64_t now)) {
        struct certainty certainty = { .state = CERTAINTY_CONFIRMED };
        struct gate gate = {};
        struct gate_world world = {
                .feature = &pads,
                .zone = zone_by_id("quads"),
                .pulse_width_usec = 250,
                .rate_mhz = 8000,
                .pad_area_mm2 = 2500,
                .armed = true,
                .lease_alive = true,
                .battery = 80,
                .taken = INT64_MAX,
                .certainty = &certainty,
                .person = { 40000, 10 },
        };
        int64_t sum = 0;
        uint64_t begun;

        begun = now_nsec();
        for (unsigned i = 0; i < ROUNDS; i++) {
                /* Rises, holds and falls, as a session's requests do. */
                const struct gate_request request = {
                        .level = (int64_t) (i % 600) * 100, .envelope_permille = 1000, .routine_max = 50000
                };

                sum += decide(&gate, &request, &world, i * UINT64_C(100000)).limit.given;
        }
        __asm__ volatile("" : : "r"(sum));
        return (double) (now_nsec() - begun) / ROUNDS;
}

int main(void) {
        (void) measure(gate_decide); /* warm */
        printf("%.1f %.1f\n", measure(nothing), measure(gate_decide));
        return 0;
}
