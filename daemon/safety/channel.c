/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/safety/channel.h"

#include "lib/clock.h"

/* Later than this no answer comes: the link would have been found silent. */
#define LATE_USEC (1 * USEC_PER_SEC)

void channel_queue(struct channel *channel, int64_t level, uint64_t now) {
        if (channel->queued == level)
                return;
        certainty_command(&channel->certainty, level, now);
        channel->queued = level;
}

bool channel_hand_over(struct channel *channel, bool begins, bool ends, uint64_t now) {
        if (begins)
                channel->begun_level = channel->queued;
        if (channel->handed.level == channel->queued)
                return false;
        if (channel->handed.level == 0)
                channel->begun_usec = now;
        /* Frames of two levels are neither; all of them go out again. */
        if (!ends || channel->begun_level != channel->queued)
                return false;
        channel->handed = (struct channel_value){ channel->queued, now };
        /* Once the command is below the level it stays at, it may go further next time. */
        if (channel->queued < channel->held_max)
                channel->held_max = 0;
        return true;
}

void channel_answer(struct channel *channel, uint64_t now) {
        channel->answered = (struct channel_value){ channel->handed.level, now };
}

enum channel_report channel_report(
        struct channel *channel, int64_t level, bool by_hand, bool last, uint64_t now) {
        /* Nothing was reported since output began: what comes now may be older than that, unless it answers the last command and
         * an answer from before it would be very late. */
        bool begins = channel->begun_usec > 0 && channel->confirmed.at_usec <= channel->begun_usec &&
                      !(last && now - channel->begun_usec >= LATE_USEC);
        bool first = channel->handed.at_usec > channel->noted_usec;

        /* A report of zero that nobody set by hand is no proof of being off while the device is commanded to run; nor after
         * a stop, unless its beginning was reported or the stop was answered. */
        if (!by_hand && level == 0 && (channel->queued > 0 || begins))
                return CHANNEL_REPORT_STALE;
        certainty_report(&channel->certainty, level, now);
        channel->confirmed = (struct channel_value){ level, now };
        if (last && !by_hand && level > 0 && level < channel->handed.level)
                channel->held_max = level;
        if (!first || level != channel->handed.level)
                return CHANNEL_REPORT_TAKEN;
        channel->noted_usec = now;
        return CHANNEL_REPORT_CONFIRMS;
}

void channel_stop(struct channel *channel, uint64_t now) {
        certainty_stop(&channel->certainty, now);
        channel->queued = 0;
        channel->handed = channel->answered = (struct channel_value){};
        channel->held_max = 0;
}

void channel_stopped(struct channel *channel, bool acknowledged, uint64_t now) {
        /* Reports that came while the stop was on its way are older than the stop it answered. */
        if (acknowledged) {
                certainty_stop(&channel->certainty, now);
                if (channel->queued == 0)
                        channel->begun_usec = 0;
        }
        certainty_settle(&channel->certainty, now);
        /* A level allowed since goes out behind this stop, which proves nothing about it. */
        if (channel->queued > 0)
                certainty_command(&channel->certainty, channel->queued, now);
}

static void forget_link(struct channel *channel) {
        gate_reset(&channel->gate);
        channel->queued = 0;
        channel->handed = channel->answered = channel->confirmed = (struct channel_value){};
        channel->begun_usec = 0; /* no report of the next link is from before it */
        channel->held_max = 0;
}

void channel_doubt(struct channel *channel, uint64_t now) {
        forget_link(channel);
        certainty_fail(&channel->certainty, now);
}

void channel_lose(struct channel *channel, bool stops, uint64_t now) {
        forget_link(channel);
        certainty_lose(&channel->certainty, stops, now);
}

int64_t channel_taken(const struct channel *channel, bool confirms) {
        return confirms ? MIN(channel->handed.level, channel->confirmed.level) : channel->handed.level;
}

bool channel_is_behind(const struct channel *channel) {
        return channel->queued != channel->handed.level;
}
