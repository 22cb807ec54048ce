/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/record/record-check.h"

#include "daemon/record/history.h"

static int count(const struct history_session *session, void *userdata) {
        ++*(unsigned *) userdata;
        return 0;
}

int record_check(const char *path) {
        _cleanup_(history_freep) struct history *history = NULL;
        _cleanup_free_ char *sentence = NULL;
        struct history_query all = { .any_runner = true },
                             without_end = { .any_runner = true, .without_end = true };
        unsigned n_sessions = 0, n_without_end = 0;
        uint64_t seq = 0;
        int r;

        r = history_open_reader(path, &history, &sentence);
        if (r == -ENOENT) {
                printf("%s: there is no record yet\n", path);
                return 0;
        }
        if (r >= 0)
                r = history_check(history, &seq);
        if (r == -EBADMSG && seq > 0) {
                fprintf(stderr, "%s: event %llu was changed, or is gone\n", path, (unsigned long long) seq);
                return r;
        }
        if (r >= 0)
                r = history_sessions(history, &all, count, &n_sessions);
        if (r >= 0)
                r = history_sessions(history, &without_end, count, &n_without_end);
        if (r < 0) {
                fprintf(stderr, "%s\n", sentence ?: strerror(-r));
                return r;
        }
        printf("%s: %llu events of %u sessions, none changed or lost; %u sessions have no end\n", path,
                (unsigned long long) history_head(history)->seq, n_sessions, n_without_end);
        return 0;
}
