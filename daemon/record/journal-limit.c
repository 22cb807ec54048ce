/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/record/journal-limit.h"

/* FNV-1a. Two causes of one hash only share their lines. */
static uint64_t add_text(uint64_t hash, const char *text) {
        for (const char *c = strnull(text); *c; c++)
                hash = (hash ^ (unsigned char) *c) * UINT64_C(0x100000001b3);
        return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t hash_of(const struct record_entry *entry) {
        uint64_t hash = add_text(UINT64_C(0xcbf29ce484222325), record_kind_to_string(entry->kind));

        hash = add_text(hash, entry->reason);
        return add_text(hash, entry->device);
}

static struct journal_cause *find(struct journal_limit *limit, uint64_t hash) {
        struct journal_cause *oldest = &limit->causes[0];

        for (unsigned i = 0; i < JOURNAL_LIMIT_CAUSES; i++) {
                struct journal_cause *cause = &limit->causes[i];

                if (cause->lines > 0 && cause->hash == hash)
                        return cause;
                if (cause->since_usec < oldest->since_usec)
                        oldest = cause;
        }
        *oldest = (struct journal_cause){ .hash = hash };
        return oldest;
}

bool journal_limit_take(
        struct journal_limit *limit, const struct record_entry *entry, uint64_t now_usec, bool *ret_last) {
        struct journal_cause *cause = find(limit, hash_of(entry));

        if (cause->lines == 0 || now_usec - cause->since_usec >= JOURNAL_LIMIT_USEC) {
                cause->since_usec = now_usec;
                cause->lines = 0;
        }
        if (cause->lines >= JOURNAL_LIMIT_LINES)
                return false;
        cause->lines++;
        *ret_last = cause->lines == JOURNAL_LIMIT_LINES;
        return true;
}
