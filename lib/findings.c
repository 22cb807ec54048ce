/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/findings.h"

#include "lib/text-door.h"

void findings_done(struct findings *findings) {
        for (size_t i = 0; i < findings->n; i++)
                free(findings->items[i].message);
        free(findings->items);
        *findings = (struct findings){};
}

void findings_add(struct findings *findings, enum finding_severity severity, unsigned line, const char *code,
        const char *format, ...) {
        struct finding *items;
        char sentence[FINDING_MESSAGE_MAX], *message;
        va_list ap;

        if (severity == FINDING_ERROR)
                findings->n_errors++;
        if (findings->n >= FINDINGS_MAX)
                return;

        va_start(ap, format);
        (void) vsnprintf(sentence, sizeof(sentence), format, ap);
        va_end(ap);
        /* What it quotes may be cut in a character, or never have been text. */
        message = strdup(text_make_plain(sentence));

        items = message ? realloc(findings->items, (findings->n + 1) * sizeof(*items)) : NULL;
        if (!items) {
                /* n_errors still counts it, so the text is still rejected. */
                free(message);
                return;
        }

        findings->items = items;
        items[findings->n] = (struct finding){ .severity = severity, .line = line, .message = message };
        (void) snprintf(items[findings->n].code, sizeof(items[findings->n].code), "%s", code);
        findings->n++;
}

static int finding_compare(const void *a, const void *b) {
        const struct finding *x = a, *y = b;

        if (x->line != y->line)
                return x->line < y->line ? -1 : 1;
        return (int) y->severity - (int) x->severity;
}

void findings_sort(struct findings *findings) {
        if (findings->n > 1)
                qsort(findings->items, findings->n, sizeof(*findings->items), finding_compare);
}

const char *finding_severity_to_string(enum finding_severity severity) {
        return severity == FINDING_ERROR ? "error" : "warning";
}

const struct finding *findings_first_error(const struct findings *findings) {
        for (size_t i = 0; i < findings->n; i++)
                if (findings->items[i].severity == FINDING_ERROR)
                        return &findings->items[i];
        return NULL;
}
