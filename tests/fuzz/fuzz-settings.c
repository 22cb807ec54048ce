/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* limberd.conf: whatever stands there, every setting is one that is allowed, and what is printed of them is read as the same. */

#include <syslog.h>

#include "daemon/service/settings.h"
#include "lib/clock.h"
#include "lib/conf-text.h"
#include "lib/routine.h"
#include "lib/text-door.h"
#include "tests/fuzz/fuzz.h"

static void check_settings(const struct settings *s) {
        const struct unattended *u = &s->unattended;

        fuzz_check(
                strnlen(s->adapter, sizeof(s->adapter)) < sizeof(s->adapter) && text_is_plain(s->adapter));
        fuzz_check(s->idle_usec >= 10 * USEC_PER_SEC && s->idle_usec <= 3600 * USEC_PER_SEC);
        fuzz_check(s->battery_min >= 20 && s->battery_min <= 90);
        fuzz_check(s->stage_expiry_usec >= 60 * USEC_PER_SEC &&
                   s->stage_expiry_usec <= 24 * 3600 * USEC_PER_SEC);
        fuzz_check(s->keep_usec == 0 || s->keep_usec >= 180 * 24 * 3600 * USEC_PER_SEC);
        fuzz_check(s->log_level >= LOG_ERR && s->log_level <= LOG_DEBUG);
        fuzz_check(u->n_users <= SETTINGS_USERS_MAX && u->n_routines <= SETTINGS_ROUTINES_MAX);
        for (unsigned i = 0; i < u->n_routines; i++)
                fuzz_check(strnlen(u->routines[i], sizeof(u->routines[0])) < sizeof(u->routines[0]) &&
                           conf_id_is_good(u->routines[i]));
        fuzz_check(u->from_minute < 24 * 60 && u->until_minute <= 24 * 60);
        if (u->n_users == 0 || u->n_routines == 0)
                fuzz_check(!unattended_allows(u, 1000, "first-light", 0));
}

static void check_same(const struct settings *a, const struct settings *b) {
        fuzz_check(streq(a->adapter, b->adapter) && a->idle_usec == b->idle_usec &&
                   a->battery_min == b->battery_min);
        fuzz_check(a->stage_expiry_usec == b->stage_expiry_usec && a->keep_usec == b->keep_usec &&
                   a->log_level == b->log_level);
        fuzz_check(a->unattended.n_users == b->unattended.n_users &&
                   a->unattended.n_routines == b->unattended.n_routines &&
                   a->unattended.from_minute == b->unattended.from_minute &&
                   a->unattended.until_minute == b->unattended.until_minute);
        for (unsigned i = 0; i < a->unattended.n_users; i++)
                fuzz_check(a->unattended.users[i] == b->unattended.users[i]);
        for (unsigned i = 0; i < a->unattended.n_routines; i++)
                fuzz_check(streq(a->unattended.routines[i], b->unattended.routines[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        struct settings settings, again;
        struct rejects rejects = {}, none = {};
        _cleanup_free_ char *text = NULL;
        size_t n_text;
        FILE *f;

        settings_read(fuzz_file(bytes, n), &conf_text, &settings, &rejects);
        check_settings(&settings);
        for (size_t i = 0; i < rejects.n; i++)
                fuzz_check(text_is_plain(rejects.items[i].message));
        f = open_memstream(&text, &n_text);
        fuzz_check(f);
        settings_print(&settings, false, f);
        fuzz_check(fclose(f) == 0);
        settings_read(fuzz_file(text, n_text), &conf_text, &again, &none);
        if (none.n > 0)
                fprintf(stderr, "%s\n%s\n", text, none.items[0].message);
        fuzz_check(none.n == 0);
        check_same(&settings, &again);
        rejects_done(&rejects);
        rejects_done(&none);
        return 0;
}
