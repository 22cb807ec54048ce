/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/wall.h"

#include <inttypes.h>
#include <sys/timex.h>
#include <systemd/sd-id128.h>
#include <time.h>

#include "lib/clock.h"

#define FORM "%Y-%m-%dT%H:%M:%SZ"

/* A battery clock may be kept in local time (other systems on the same machine do): time zones reach from -12 to +14 hours. */
#define ZONE_SECONDS_MAX (14 * 3600)

static uint64_t read_clock(clockid_t id) {
        struct timespec now = {};

        (void) clock_gettime(id, &now);
        return (uint64_t) now.tv_sec * USEC_PER_SEC + (uint64_t) now.tv_nsec / 1000;
}

uint64_t wall_now(void) {
        return read_clock(CLOCK_REALTIME);
}

/* One run of the machine. Where nobody says which it is, this process is a run of its own, and counts from its own start: two runs
 * with one name, each counted from a start of its own, would make of a minute an hour. */
static struct run {
        char id[SD_ID128_STRING_MAX];
        uint64_t from_usec;
} run;

static const struct run *this_run(void) {
        sd_id128_t id = {};

        if (!isempty(run.id))
                return &run;
        if (sd_id128_get_boot(&id) < 0 || sd_id128_is_null(id)) {
                (void) sd_id128_randomize(&id);
                run.from_usec = read_clock(CLOCK_BOOTTIME);
        }
        (void) sd_id128_to_string(id, run.id);
        return &run;
}

uint64_t wall_up(void) {
        return read_clock(CLOCK_BOOTTIME) - this_run()->from_usec;
}

const char *wall_boot(void) {
        return this_run()->id;
}

/* A machine whose battery is missing has such a clock, too: it begins anew with the power. */
static bool agrees_with_battery_clock(void) {
        _cleanup_fclose_ FILE *f = fopen("/sys/class/rtc/rtc0/since_epoch", "re");
        int64_t seconds, difference;

        if (!f || fscanf(f, "%" SCNd64, &seconds) != 1)
                return false;
        difference = (int64_t) (wall_now() / USEC_PER_SEC) - seconds;
        return difference >= -ZONE_SECONDS_MAX && difference <= ZONE_SECONDS_MAX;
}

bool wall_is_synchronised(void) {
        struct timex state = {};

        return adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC);
}

bool wall_is_kept(void) {
        return wall_is_synchronised() || agrees_with_battery_clock();
}

const char *wall_format(char buffer[static WALL_TEXT_MAX], uint64_t usec) {
        time_t seconds = (time_t) (usec / USEC_PER_SEC);
        struct tm tm;

        if (!gmtime_r(&seconds, &tm) || strftime(buffer, WALL_TEXT_MAX, FORM, &tm) == 0)
                buffer[0] = '\0';
        return buffer;
}

int wall_parse(const char *text, uint64_t *ret) {
        char again[WALL_TEXT_MAX];
        struct tm tm = {};
        const char *end = strptime(text, FORM, &tm);
        time_t seconds;

        if (!end || *end)
                return -EINVAL;
        seconds = timegm(&tm);
        /* Formatting the result must give the same text: strptime() accepts blanks and short numbers, timegm() the 30th of
         * February. */
        if (seconds < 0 || !streq(wall_format(again, (uint64_t) seconds * USEC_PER_SEC), text))
                return -EINVAL;
        *ret = (uint64_t) seconds * USEC_PER_SEC;
        return 0;
}
