/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* DG-LAB Coyote 3.0: two e-stim channels whose output lasts only from one frame to the next.
 *
 * All figures are from the maker's protocol page (DG-LAB-OPENSOURCE, coyote/v3/README_V3.md). Where it says nothing: a new
 * frame replaces the rest of the previous one, the strength survives the end of the link, and there is no soft limit until
 * one is set. */

#include "sim/products/battery.h"
#include "sim/products/coyote3-channel.h"
#include "sim/products/product-impl.h"

enum {
        CHARACTERISTIC_COMMANDS,
        CHARACTERISTIC_ANSWERS,
        CHARACTERISTIC_BATTERY,
        _CHARACTERISTIC_MAX,
};

#define CHANNELS 2
#define GROUP_USEC (25 * USEC_PER_MSEC)

#define FRAME_OUTPUT 0xB0
#define FRAME_OUTPUT_SIZE 20
#define FRAME_LIMITS 0xBF
#define FRAME_LIMITS_SIZE 7
#define FRAME_STRENGTH 0xB1

/* Assumed: ten hours of output on a full battery. */
#define BATTERY_PERCENT_USEC (360 * USEC_PER_SEC)

struct coyote3 {
        struct product product;
        struct coyote3_channel channels[CHANNELS];
        struct battery battery;
        uint64_t frame_usec; /* start of the current frame */
        unsigned group;      /* of that frame; COYOTE3_GROUPS: none plays */
        uint64_t died_usec;  /* when output ended for lack of a frame; 0: it did not */
        uint64_t longest_dead_usec;
        unsigned frames, bad_frames, missed_windows, late_frames;
};

/* The shortest pulse period of the product: a shorter gap in the output cannot be felt. */
#define SHORTEST_PERIOD_USEC (10 * USEC_PER_MSEC)

static const char *const channel_names[CHANNELS] = { "A", "B" };

static bool playing(const struct coyote3 *coyote) {
        return coyote->group < COYOTE3_GROUPS;
}

static bool any_output(const struct coyote3 *coyote) {
        return meter_on(&coyote->channels[0].meter) || meter_on(&coyote->channels[1].meter);
}

static const char *why_quiet(const struct coyote3 *coyote, const struct coyote3_channel *channel) {
        if (channel->strength == 0)
                return channel->strength_why;
        if (!playing(coyote))
                return coyote->product.linked ? "no frame came for 100 ms"
                                              : "the link was lost and no frame came";
        if (channel->dropped)
                return "a frame kept the channel quiet";
        return "the waveform fell to 0";
}

/* Updates the output from the state, and reports it. */
static void refresh(struct coyote3 *coyote) {
        for (unsigned i = 0; i < CHANNELS; i++) {
                struct coyote3_channel *channel = coyote->channels + i;
                struct product_output output = playing(coyote)
                                                       ? coyote3_channel_output(channel, coyote->group)
                                                       : (struct product_output){ 0 };

                if (meter_set(&channel->meter, output, why_quiet(coyote, channel)))
                        product_observe(&coyote->product, "output",
                                "{\"channel\":\"%s\",\"amplitude_permille\":%u,\"rate_mhz\":%u}",
                                channel_names[i], output.amplitude_permille, output.rate_mhz);
        }
}

static void send_strengths(struct coyote3 *coyote, unsigned sequence) {
        const uint8_t frame[] = {
                FRAME_STRENGTH,
                (uint8_t) sequence,
                (uint8_t) coyote->channels[0].strength,
                (uint8_t) coyote->channels[1].strength,
        };

        product_notify(&coyote->product, CHARACTERISTIC_ANSWERS, frame, sizeof(frame));
}

static void take_waveform(struct coyote3 *coyote, unsigned i, const uint8_t *bytes) {
        const uint8_t *frequency = bytes, *intensity = bytes + COYOTE3_GROUPS;

        if (coyote3_channel_take(coyote->channels + i, frequency, intensity))
                return;
        product_observe(&coyote->product, "dropped-group",
                "{\"channel\":\"%s\",\"groups\":%u,\"frequency\":[%u,%u,%u,%u],\"intensity\":[%u,%u,%u,%u]}",
                channel_names[i], (unsigned) COYOTE3_GROUPS, frequency[0], frequency[1], frequency[2],
                frequency[3], intensity[0], intensity[1], intensity[2], intensity[3]);
}

static bool audible(const struct coyote3 *coyote) {
        return coyote3_channel_audible(coyote->channels + 0) ||
               coyote3_channel_audible(coyote->channels + 1);
}

/* Output had ended for lack of a frame, and this frame resumes it. */
static void note_missed_window(struct coyote3 *coyote, uint64_t dead_usec) {
        coyote->longest_dead_usec = MAX(coyote->longest_dead_usec, dead_usec);
        if (dead_usec < SHORTEST_PERIOD_USEC) {
                coyote->late_frames++;
                product_observe(&coyote->product, "late-frame", "{\"dead_usec\":%llu}",
                        (unsigned long long) dead_usec);
                return;
        }
        coyote->missed_windows++;
        product_observe(
                &coyote->product, "missed-window", "{\"dead_usec\":%llu}", (unsigned long long) dead_usec);
}

static void take_output_frame(struct coyote3 *coyote, const uint8_t *bytes) {
        uint64_t now_usec = coyote->product.now_usec;
        unsigned sequence = bytes[1] >> 4;

        coyote->frame_usec = now_usec;
        coyote->group = 0;
        coyote3_channel_obey(coyote->channels + 0, (bytes[1] >> 2) & 3, bytes[2]);
        coyote3_channel_obey(coyote->channels + 1, bytes[1] & 3, bytes[3]);
        take_waveform(coyote, 0, bytes + 4);
        take_waveform(coyote, 1, bytes + 12);
        if (coyote->died_usec > 0 && audible(coyote))
                note_missed_window(coyote, now_usec - coyote->died_usec);
        coyote->died_usec = 0;
        refresh(coyote);

        /* 0 requests no answer. */
        if (sequence > 0)
                send_strengths(coyote, sequence);
}

/* Bytes 3 to 6 balance the feel of low frequencies; nothing measured here depends on them. */
static void take_limits_frame(struct coyote3 *coyote, const uint8_t *bytes) {
        bool changed = false;

        for (unsigned i = 0; i < CHANNELS; i++) {
                struct coyote3_channel *channel = coyote->channels + i;

                if (bytes[1 + i] > COYOTE3_STRENGTH_MAX)
                        continue;
                channel->limit = bytes[1 + i];
                /* "The strength never exceeds the limit": includes the current strength. */
                changed = coyote3_channel_set(channel, (int) channel->strength, "the limit was set to 0") ||
                          changed;
        }
        product_observe(&coyote->product, "limits", "{\"a\":%u,\"b\":%u}", coyote->channels[0].limit,
                coyote->channels[1].limit);
        if (changed) {
                refresh(coyote);
                send_strengths(coyote, 0);
        }
}

static int coyote3_write(struct product *product, unsigned characteristic, const uint8_t *bytes, size_t n) {
        struct coyote3 *coyote = (struct coyote3 *) product;

        if (coyote->battery.percent == 0)
                return 0;
        coyote->frames++;
        if (n == FRAME_OUTPUT_SIZE && bytes[0] == FRAME_OUTPUT)
                take_output_frame(coyote, bytes);
        else if (n == FRAME_LIMITS_SIZE && bytes[0] == FRAME_LIMITS)
                take_limits_frame(coyote, bytes);
        else {
                coyote->bad_frames++;
                product_observe_bad_frame(product, "unknown", bytes, n);
        }
        return 0;
}

static ssize_t coyote3_read(struct product *product, unsigned characteristic, uint8_t *buffer, size_t size) {
        const struct coyote3 *coyote = (const struct coyote3 *) product;

        if (size == 0)
                return 0;
        buffer[0] = (uint8_t) coyote->battery.percent;
        return 1;
}

static void coyote3_init(struct product *product) {
        struct coyote3 *coyote = (struct coyote3 *) product;

        coyote->group = COYOTE3_GROUPS;
        coyote->battery = (struct battery){ .percent = 92, .percent_usec = BATTERY_PERCENT_USEC };
        for (unsigned i = 0; i < CHANNELS; i++) {
                coyote->channels[i].limit = COYOTE3_STRENGTH_MAX;
                coyote->channels[i].strength_why = "the strength was never raised";
        }
}

static void coyote3_linked(struct product *product) {
        struct coyote3 *coyote = (struct coyote3 *) product;

        /* A gap during a lost link does not count as a missed frame. */
        coyote->died_usec = 0;
}

/* Switched off and on: resets the strengths, not the limits. */
static void power_cycle(struct coyote3 *coyote) {
        for (unsigned i = 0; i < CHANNELS; i++)
                coyote3_channel_set(coyote->channels + i, 0, "a hand switched it off");
        coyote->group = COYOTE3_GROUPS;
        coyote->died_usec = 0;
        refresh(coyote);
}

static void battery_changed(struct coyote3 *coyote) {
        uint8_t percent = (uint8_t) coyote->battery.percent;

        product_observe(&coyote->product, "battery", "{\"percent\":%u}", coyote->battery.percent);
        product_notify(&coyote->product, CHARACTERISTIC_BATTERY, &percent, 1);
        if (percent == 0)
                power_cycle(coyote);
}

static void coyote3_pass(struct product *product, uint64_t elapsed_usec) {
        struct coyote3 *coyote = (struct coyote3 *) product;
        bool used = any_output(coyote);

        for (unsigned i = 0; i < CHANNELS; i++)
                meter_pass(&coyote->channels[i].meter, elapsed_usec);
        if (used && battery_drain(&coyote->battery, elapsed_usec))
                battery_changed(coyote);
}

static uint64_t group_end_usec(const struct coyote3 *coyote) {
        return playing(coyote) ? coyote->frame_usec + (coyote->group + 1) * GROUP_USEC : USEC_INFINITY;
}

static void coyote3_due(struct product *product) {
        struct coyote3 *coyote = (struct coyote3 *) product;

        if (group_end_usec(coyote) > product->now_usec)
                return;
        coyote->group++;
        if (!playing(coyote) && product->linked && audible(coyote))
                coyote->died_usec = product->now_usec;
        refresh(coyote);
}

static uint64_t coyote3_next(const struct product *product) {
        const struct coyote3 *coyote = (const struct coyote3 *) product;
        uint64_t left = any_output(coyote) ? battery_left_usec(&coyote->battery) : USEC_INFINITY;

        return MIN(group_end_usec(coyote), left == USEC_INFINITY ? left : product->now_usec + left);
}

static int turn_wheel(struct coyote3 *coyote, struct coyote3_channel *channel, int by) {
        if (by < -COYOTE3_STRENGTH_MAX || by > COYOTE3_STRENGTH_MAX)
                return -ERANGE;
        if (coyote3_channel_set(
                    channel, (int) channel->strength + by, "the wheel turned the strength to 0")) {
                refresh(coyote);
                send_strengths(coyote, 0);
        }
        return 0;
}

static int coyote3_poke(struct product *product, const char *control, int value) {
        struct coyote3 *coyote = (struct coyote3 *) product;
        int r;

        if (streq(control, "wheel-a"))
                return turn_wheel(coyote, coyote->channels + 0, value);
        if (streq(control, "wheel-b"))
                return turn_wheel(coyote, coyote->channels + 1, value);
        if (streq(control, "battery")) {
                r = battery_set(&coyote->battery, value);
                if (r > 0)
                        battery_changed(coyote);
                return MIN(r, 0);
        }
        if (streq(control, "off")) {
                power_cycle(coyote);
                return 0;
        }
        return -EOPNOTSUPP;
}

static struct product_output coyote3_output(const struct product *product, unsigned channel) {
        return ((const struct coyote3 *) product)->channels[channel].meter.now;
}

static void coyote3_summary(const struct product *product, FILE *f) {
        const struct coyote3 *coyote = (const struct coyote3 *) product;

        meter_print(&coyote->channels[0].meter, "channel A", f);
        fputc(' ', f);
        meter_print(&coyote->channels[1].meter, "channel B", f);
        fprintf(f,
                " %u frames, %u of them unknown; %u groups dropped; %u late by less than a pulse, %u missed windows",
                coyote->frames, coyote->bad_frames,
                coyote->channels[0].dropped_groups + coyote->channels[1].dropped_groups, coyote->late_frames,
                coyote->missed_windows);
        if (coyote->longest_dead_usec > 0)
                fprintf(f, ", the longest gap %.1f ms",
                        (double) coyote->longest_dead_usec / (double) USEC_PER_MSEC);
        fprintf(f, "; battery %u %%.", coyote->battery.percent);
}

static const struct product_ops coyote3_ops = {
        .size = sizeof(struct coyote3),
        .init = coyote3_init,
        .linked = coyote3_linked,
        .write = coyote3_write,
        .read = coyote3_read,
        .pass = coyote3_pass,
        .due = coyote3_due,
        .next = coyote3_next,
        .poke = coyote3_poke,
        .output = coyote3_output,
        .summary = coyote3_summary,
};

static const struct product_characteristic characteristics[_CHARACTERISTIC_MAX] = {
        [CHARACTERISTIC_COMMANDS] = { UUID16("180c"), UUID16("150a"),
                PRODUCT_WRITE | PRODUCT_WRITE_WITHOUT_RESPONSE },
        [CHARACTERISTIC_ANSWERS] = { UUID16("180c"), UUID16("150b"), PRODUCT_NOTIFY },
        [CHARACTERISTIC_BATTERY] = { UUID16("180a"), UUID16("1500"), PRODUCT_READ | PRODUCT_NOTIFY },
};

const struct product_kind coyote3_kind = {
        .kind = "coyote3",
        .advertised_name = "47L121000",
        .characteristics = characteristics,
        .n_characteristics = _CHARACTERISTIC_MAX,
        .channels = CHANNELS,
        .ops = &coyote3_ops,
};
