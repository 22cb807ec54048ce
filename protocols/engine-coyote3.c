/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* DG-LAB Coyote 3, after the maker's own protocol page (DG-LAB-OPENSOURCE, coyote/v3): two e-stim channels fed by one
 * 20-byte frame every 100 ms, each carrying four 25 ms slices of waveform per channel. Without a next frame the output ends
 * by itself. We send absolute strengths, never relative ones, so that a lost frame can be sent again. */

#include "protocols/definition.h"

#define CHANNELS 2u
#define SLICES 4u
#define STREAM_PERIOD_USEC 100000u
#define STRENGTH_MAX 200

#define MODE_LEAVE 0x0
#define MODE_SET_BOTH 0xf /* two bits a channel: 11 sets the strength to the value */

#define SLICE_SILENT 0x65   /* 101: the documented way to keep a channel silent */
#define FREQUENCY_IDLE 0x0a /* any valid byte; 10 ms */

/* The maker asks clients to wait for the answer to a strength change before the next one: settled() is false until then.
 * After five frames without an answer the absolute value, or the question, is sent again, under the same number: whichever
 * of the two is answered, it is the answer. A fall is sent with every frame until it is answered. */
#define ANSWER_FRAMES_MAX 5u
/* Once a second a frame that leaves the strengths alone but has a sequence number asks what they are: a level is said to be
 * the device's as long as the device says so. */
#define QUESTION_FRAMES 10u
/* A second without any answer, and what the device does is unknown. The maker's page says that each frame with a sequence
 * number is answered, but shows only ones that change something: a question without an answer counts once this device has
 * answered some. */
#define SILENT_FRAMES_MAX 10u
#define ANSWERS_MIN 3u
/* A wheel that a change overtakes makes one answer above what was sent. A device that goes on like that does as it likes. */
#define ANSWERS_ABOVE_MAX 5u

struct coyote3_private {
        const struct device_definition *definition;
        int tx, rx;
        uint8_t limit[CHANNELS]; /* the device's own, as last sent */
        struct setpoint wanted[CHANNELS];
        uint8_t sent[CHANNELS];     /* last commanded strengths */
        uint8_t reported[CHANNELS]; /* last reported ones */
        unsigned envelope_permille[CHANNELS];
        uint8_t sequence; /* last used, 1…15 */
        bool awaiting;    /* that sequence was a change and has no answer */
        bool falling;     /* it lowers a channel */
        bool asking;      /* it was a question and has no answer */
        unsigned frames_waited;
        unsigned answers;       /* to questions, so far; no more than ANSWERS_MIN */
        unsigned frames_since;  /* since the last question */
        unsigned frames_silent; /* since the first change or question behind the last answer */
        unsigned answers_above; /* in a row, to changes, with a strength above what was sent */
};

static int coyote3_open(void *priv, const struct device_definition *definition, const char **ret_error) {
        struct coyote3_private *p = priv;

        p->definition = definition;
        p->tx = definition_endpoint(definition, "tx");
        p->rx = definition_endpoint(definition, "rx");
        if (p->tx < 0 || p->rx < 0) {
                *ret_error = "it needs endpoints 'tx' and 'rx'";
                return -EINVAL;
        }
        if (definition->n_features != CHANNELS) {
                *ret_error = "it needs exactly two features, channel A first";
                return -EINVAL;
        }
        for (unsigned i = 0; i < CHANNELS; i++) {
                if (definition->features[i].native_max > STRENGTH_MAX ||
                        definition->features[i].n_levels > 0) {
                        *ret_error = "strengths run from 1 to 200";
                        return -EINVAL;
                }
        }
        return 0;
}

/* Soft limits of both channels (BF), which the device keeps even without power, and the balances. */
static int coyote3_limits(void *priv, const int64_t *maxima, struct frames *frames) {
        struct coyote3_private *p = priv;
        int64_t frequency_balance = 160, intensity_balance = 0;
        uint8_t bytes[7] = { 0xbf };

        (void) definition_constant(p->definition, "frequency_balance", &frequency_balance);
        (void) definition_constant(p->definition, "intensity_balance", &intensity_balance);
        for (unsigned i = 0; i < CHANNELS; i++) {
                p->limit[i] = (uint8_t) feature_to_native(&p->definition->features[i], maxima[i]);
                bytes[1 + i] = p->limit[i];
                bytes[3 + i] = (uint8_t) frequency_balance;
                bytes[5 + i] = (uint8_t) intensity_balance;
        }
        return frames_add(frames, (unsigned) p->tx, FRAME_COMMAND, bytes, sizeof(bytes)) ? 0 : -ENOBUFS;
}

static int coyote3_encode(void *priv, const struct setpoint *setpoints, struct frames *frames) {
        struct coyote3_private *p = priv;

        for (unsigned i = 0; i < CHANNELS; i++)
                if (setpoints[i].level < 0 || setpoints[i].level > p->definition->features[i].max ||
                        setpoints[i].envelope_permille > 1000)
                        return -ERANGE;
        memcpy(p->wanted, setpoints, sizeof(p->wanted));
        return 0;
}

/* The maker's compression of a pulse period of 10…1000 ms into one byte. */
static uint8_t frequency_byte(uint32_t rate_mhz) {
        uint32_t period_ms = rate_mhz > 0 ? 1000000 / rate_mhz : 1000;

        period_ms = MIN(MAX(period_ms, 10u), 1000u);
        if (period_ms <= 100)
                return (uint8_t) period_ms;
        if (period_ms <= 600)
                return (uint8_t) ((period_ms - 100) / 5 + 100);
        return (uint8_t) ((period_ms - 600) / 10 + 200);
}

/* Four slices from the envelope of the last frame to that of this one. A fall takes effect at once; a rise is reached with
 * the last slice, so that no slice is above what is allowed now. */
static void put_waveform(
        struct coyote3_private *p, unsigned channel, uint8_t *frequencies, uint8_t *intensities) {
        const struct setpoint *s = &p->wanted[channel];
        unsigned from = MIN(p->envelope_permille[channel], s->envelope_permille), to = s->envelope_permille;

        if (s->level == 0) {
                p->envelope_permille[channel] = 0;
                memset(frequencies, 0, SLICES);
                memset(intensities, 0, SLICES);
                intensities[SLICES - 1] = SLICE_SILENT;
                return;
        }
        memset(frequencies, frequency_byte(s->rate_mhz), SLICES);
        for (unsigned i = 0; i < SLICES; i++)
                intensities[i] = (uint8_t) ((from + (to - from) * (i + 1) / SLICES) / 10);
        p->envelope_permille[channel] = to;
}

static uint8_t wanted_strength(const struct coyote3_private *p, unsigned channel) {
        return (uint8_t) feature_to_native(&p->definition->features[channel], p->wanted[channel].level);
}

static bool is_lower(const struct coyote3_private *p, const uint8_t strengths[static CHANNELS]) {
        return strengths[0] < p->sent[0] || strengths[1] < p->sent[1];
}

static uint8_t next_sequence(struct coyote3_private *p) {
        p->frames_waited = 0;
        p->sequence = (uint8_t) (p->sequence % 15 + 1);
        return p->sequence;
}

/* What is unanswered is due again. unsent: its frame, or one behind it, never went out. */
static bool due_again(struct coyote3_private *p, bool unsent) {
        if (++p->frames_waited < ANSWER_FRAMES_MAX && !unsent && !p->falling)
                return false;
        p->frames_waited = 0;
        return true;
}

/* The second byte: sequence and mode. */
static uint8_t sequence_and_mode(
        struct coyote3_private *p, const uint8_t strengths[static CHANNELS], bool unsent) {
        bool on = strengths[0] + strengths[1] > 0;

        p->frames_since++;
        if (memcmp(strengths, p->sent, CHANNELS) != 0) {
                p->falling = is_lower(p, strengths);
                p->awaiting = true;
                p->asking = false;
                memcpy(p->sent, strengths, CHANNELS);
                return (uint8_t) (next_sequence(p) << 4 | MODE_SET_BOTH);
        }
        if (p->awaiting)
                return due_again(p, unsent) ? (uint8_t) (p->sequence << 4 | MODE_SET_BOTH) : MODE_LEAVE;
        if (p->asking)
                return due_again(p, unsent) ? (uint8_t) (p->sequence << 4 | MODE_LEAVE) : MODE_LEAVE;
        if (!on || p->frames_since < QUESTION_FRAMES)
                return MODE_LEAVE;
        p->frames_since = 0;
        p->asking = true;
        p->falling = false;
        return (uint8_t) (next_sequence(p) << 4 | MODE_LEAVE);
}

static int coyote3_stream(void *priv, uint64_t t_usec, bool unsent, struct frames *frames) {
        struct coyote3_private *p = priv;
        uint8_t bytes[20] = { 0xb0 }, strengths[CHANNELS];

        for (unsigned i = 0; i < CHANNELS; i++) {
                strengths[i] = wanted_strength(p, i);
                put_waveform(p, i, bytes + 4 + 8 * i, bytes + 8 + 8 * i);
        }
        if (!unsent && (p->awaiting || (p->asking && p->answers == ANSWERS_MIN)))
                p->frames_silent++;
        bytes[1] = sequence_and_mode(p, strengths, unsent);
        if ((bytes[1] & MODE_SET_BOTH) == MODE_SET_BOTH)
                memcpy(bytes + 2, strengths, CHANNELS);
        return frames_add(frames, (unsigned) p->tx, FRAME_COMMAND, bytes, sizeof(bytes)) ? 0 : -ENOBUFS;
}

static bool coyote3_settled(const void *priv) {
        const struct coyote3_private *p = priv;

        for (unsigned i = 0; i < CHANNELS; i++)
                if (wanted_strength(p, i) > p->sent[i])
                        return false;
        return !p->awaiting;
}

static bool coyote3_answers(const void *priv) {
        const struct coyote3_private *p = priv;

        return p->frames_silent < SILENT_FRAMES_MAX && p->answers_above < ANSWERS_ABOVE_MAX;
}

static int coyote3_stop(const void *priv, struct frames *frames) {
        static const uint8_t bytes[20] = {
                0xb0,
                0x1f,
                0,
                0, /* sequence 1, both := 0 */
                FREQUENCY_IDLE,
                FREQUENCY_IDLE,
                FREQUENCY_IDLE,
                FREQUENCY_IDLE, /* A */
                0,
                0,
                0,
                0,
                FREQUENCY_IDLE,
                FREQUENCY_IDLE,
                FREQUENCY_IDLE,
                FREQUENCY_IDLE, /* B */
                0,
                0,
                0,
                0,
        };
        const struct coyote3_private *p = priv;

        return frames_add(frames, (unsigned) p->tx, FRAME_COMMAND, bytes, sizeof(bytes)) ? 0 : -ENOBUFS;
}

static void coyote3_stopped(void *priv) {
        struct coyote3_private *p = priv;

        memset(p->wanted, 0, sizeof(p->wanted));
        memset(p->sent, 0, sizeof(p->sent));
        memset(p->envelope_permille, 0, sizeof(p->envelope_permille));
        p->sequence = 1;     /* that of the stop frame */
        p->awaiting = false; /* the sender of a stop handles its answer */
        p->asking = p->falling = false;
        p->frames_since = p->frames_silent = p->frames_waited = p->answers_above = 0;
}

/* What a person did at the device: a wheel (sequence 0; both strengths are reported, one has changed), or whatever else a
 * question found. A strength that a new limit cut off was our own doing, and one that is as it was last reported is nobody's. */
static bool was_touched(const struct coyote3_private *p, unsigned channel, uint8_t strength, bool unasked) {
        bool cut = strength == p->limit[channel] && p->sent[channel] > p->limit[channel];

        return unasked && strength != p->sent[channel] && strength != p->reported[channel] && !cut;
}

/* A level that is not what was last sent: a person's, or, where the answer to a change is above it, one from before that change
 * overtook what a person did on the wheel; what was wanted is then sent once more. */
static void take_strength(struct coyote3_private *p, unsigned channel, uint8_t strength, bool unasked,
        bool current, struct protocol_events *events) {
        int64_t level = feature_from_native(&p->definition->features[channel], strength);

        if (was_touched(p, channel, strength, unasked)) {
                p->sent[channel] = strength;
                events_add(events, PROTOCOL_KNOB, channel, level);
        } else if (current || !p->awaiting || strength == p->sent[channel]) {
                if (current && strength > p->sent[channel])
                        p->sent[channel] = strength;
                events_add_level(events, channel, level, current);
        } /* else it is from before the change that is on its way */
        p->reported[channel] = strength;
}

static int coyote3_decode(
        void *priv, unsigned endpoint, const uint8_t *bytes, size_t n, struct protocol_events *events) {
        struct coyote3_private *p = priv;
        bool unasked, current, question;

        if (endpoint != (unsigned) p->rx || n < 1)
                return -EBADMSG;
        if (bytes[0] != 0xb1)
                return 0; /* BE mirrors BF and is deprecated; the maker says to ignore the rest */
        if (n != 4 || bytes[1] > 15 || bytes[2] > STRENGTH_MAX || bytes[3] > STRENGTH_MAX)
                return -EBADMSG;
        unasked = bytes[1] == 0;
        current = !unasked && bytes[1] == p->sequence;
        question = current && p->asking;
        if (!unasked && !current && p->awaiting)
                return 0; /* from before the last change, which has an answer of its own */
        if (!unasked)
                p->frames_silent = 0;
        if (question)
                p->answers = MIN(p->answers + 1, ANSWERS_MIN);
        else if (current)
                p->answers_above = bytes[2] > p->sent[0] || bytes[3] > p->sent[1] ? p->answers_above + 1 : 0;
        if (current)
                p->awaiting = p->asking = p->falling = false;
        for (unsigned i = 0; i < CHANNELS; i++)
                take_strength(p, i, bytes[2 + i], unasked || question, current, events);
        return 0;
}

/* Both are one byte of the frame of limits. */
static const struct protocol_constant coyote3_constants[] = {
        { "frequency_balance", 0, UINT8_MAX },
        { "intensity_balance", 0, UINT8_MAX },
        {},
};

const struct protocol_engine engine_coyote3 = {
        .name = "coyote3",
        .estim = true,
        .private_size = sizeof(struct coyote3_private),
        .constants = coyote3_constants,
        .stream_period_usec = STREAM_PERIOD_USEC,
        .open = coyote3_open,
        .limits = coyote3_limits,
        .encode = coyote3_encode,
        .stream = coyote3_stream,
        .settled = coyote3_settled,
        .answers = coyote3_answers,
        .stop = coyote3_stop,
        .stopped = coyote3_stopped,
        .decode = coyote3_decode,
};
