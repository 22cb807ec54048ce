/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/property/dose-oracle.h"

#define HOUR_USEC (UINT64_C(3600) * 1000000)
/* A step of 30 s, measured. */
#define TREATED_SECONDS 29u

/* "A dose given to a part counts for its whole and for every other name that covers the same tissue; a dose given to the whole counts for
 * each part." Calf and soleus; hamstrings and their lateral head; quads and vastus lateralis; all others are separate. */
static const char *muscle_of(const struct zone *zone) {
        static const char *const parts[][2] = { { "soleus", "calf" }, { "hamstring_lateral", "hamstrings" },
                { "vastus_lateralis", "quads" }, { "hip_rotators", "glutes" } };

        for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
                if (streq(parts[i][0], zone->id))
                        return parts[i][1];
        return zone->id;
}

static bool concerns(const struct oracle_dose *dose, const struct oracle_dose *planned) {
        return dose->pads == planned->pads && dose->side == planned->side &&
               streq(muscle_of(dose->zone), muscle_of(planned->zone));
}

/* Seconds that the muscle had in a session, of what is younger than that. */
static uint64_t had(const struct oracle *oracle, const struct oracle_dose *planned, unsigned session,
        uint64_t now_usec, uint64_t within_usec, uint64_t *ret_last_usec) {
        uint64_t seconds = 0;

        for (unsigned i = 0; i < oracle->n; i++) {
                const struct oracle_dose *d = &oracle->doses[i];

                if (d->session != session || !concerns(d, planned) || now_usec - d->at_usec >= within_usec)
                        continue;
                seconds += d->seconds;
                *ret_last_usec = MAX(*ret_last_usec, d->at_usec);
        }
        return seconds;
}

/* What a muscle had in short sessions, from one to another of them: no treatment each. */
static uint64_t had_in_bits(const struct oracle *oracle, const struct oracle_dose *planned, unsigned first,
        unsigned last, uint64_t now_usec) {
        uint64_t seconds = 0;

        for (unsigned s = first; s <= last; s++) {
                uint64_t end_usec = 0, n = had(oracle, planned, s, now_usec, 24 * HOUR_USEC, &end_usec);

                seconds += n < TREATED_SECONDS ? n : 0;
        }
        return seconds;
}

/* Of these sessions, the first that ended less than a gap before the last. */
static unsigned first_within(const struct oracle *oracle, const struct oracle_dose *planned, unsigned first,
        unsigned last, uint64_t gap_usec, uint64_t now_usec) {
        uint64_t last_usec = 0;

        (void) had(oracle, planned, last, now_usec, 24 * HOUR_USEC, &last_usec);
        for (; first < last; first++) {
                uint64_t end_usec = 0;

                if (had(oracle, planned, first, now_usec, 24 * HOUR_USEC, &end_usec) > 0 &&
                        last_usec - end_usec < gap_usec)
                        break;
        }
        return first;
}

/* Same zone again: percussion after 6 h, twice and 4 min a day; currents for recovery after 2 h, three times a day. What was too short
 * each is a treatment when it comes to one within that time. */
static bool allows_again(const struct oracle *oracle, const struct oracle_dose *planned, uint64_t now_usec) {
        uint64_t gap_usec = (planned->pads ? 2 : 6) * HOUR_USEC, seconds = 0;
        unsigned treatments = 0, most = planned->pads ? 3 : 2, uncounted = 1;

        for (unsigned s = 1; s < planned->session; s++) {
                uint64_t last_usec = 0,
                         in_session = had(oracle, planned, s, now_usec, 24 * HOUR_USEC, &last_usec);
                unsigned near = first_within(oracle, planned, 1, s, gap_usec, now_usec);
                bool whole = in_session >= TREATED_SECONDS;

                if (in_session == 0)
                        continue;
                seconds += in_session;
                if (now_usec - last_usec < gap_usec &&
                        (whole || had_in_bits(oracle, planned, near, s, now_usec) >= TREATED_SECONDS))
                        return false;
                near = MAX(near, uncounted);
                if (whole)
                        treatments++;
                else if (had_in_bits(oracle, planned, near, s, now_usec) >= TREATED_SECONDS) {
                        treatments++;
                        uncounted = s + 1;
                }
        }
        return treatments < most && (planned->pads || seconds == 0 || seconds + planned->seconds <= 240);
}

/* REQ13: the first three sessions with pads. */
static bool is_new(const struct oracle *oracle) {
        unsigned sessions = 0, last = 0;

        for (unsigned i = 0; i < oracle->n; i++) {
                const struct oracle_dose *d = &oracle->doses[i];

                if (!d->pads || d->seconds < TREATED_SECONDS || d->session == last)
                        continue;
                last = d->session;
                sessions++;
        }
        return sessions < 3;
}

/* REQ12: a muscle that was trained rests a day, of who is new to pads two. */
static bool allows_training(
        const struct oracle *oracle, const struct oracle_dose *planned, uint64_t now_usec) {
        uint64_t rest_usec = (is_new(oracle) ? 48 : 24) * HOUR_USEC;

        for (unsigned i = 0; i < oracle->n; i++) {
                const struct oracle_dose *d = &oracle->doses[i];

                if (d->trains && concerns(d, planned) && now_usec - d->at_usec < rest_usec)
                        return false;
        }
        return true;
}

bool oracle_allows(const struct oracle *oracle, const struct oracle_dose *planned, uint64_t now_usec) {
        return allows_again(oracle, planned, now_usec) &&
               (!planned->trains || allows_training(oracle, planned, now_usec));
}
