/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/untrusted.h"

#include <ctype.h>

#include "lib/text-door.h"

/* One open group, array, list or the file itself. */
struct scope {
        char closer;
        unsigned members;
        size_t names[UNTRUSTED_MEMBERS_MAX]; /* offsets of the names seen so far */
        size_t n_names;
};

struct scanner {
        char *text;
        size_t n, at;
        unsigned line;
        struct findings *findings;
        struct scope *scopes; /* UNTRUSTED_DEPTH_MAX + 1 */
        unsigned depth;
        unsigned doubled;
        bool fatal;
};

_printf_(3, 4) static void fatal(struct scanner *s, const char *code, const char *format, ...) {
        _cleanup_free_ char *message = NULL;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&message, format, ap) < 0)
                message = NULL;
        va_end(ap);
        findings_error(s->findings, s->line, code, "%s", message ?: "out of memory");
        s->fatal = true;
}

static bool is_name(char c) {
        return isalnum((unsigned char) c) || c == '-' || c == '_' || c == '*';
}

static struct scope *scope(struct scanner *s) {
        return &s->scopes[s->depth];
}

static void scope_open(struct scanner *s, char closer) {
        if (s->depth >= UNTRUSTED_DEPTH_MAX) {
                fatal(s, "too-deep", "nested more than %u levels deep; flatten it", UNTRUSTED_DEPTH_MAX);
                return;
        }
        s->depth++;
        /* A list has one entry more than commas; entries of a group are counted by their names. */
        *scope(s) = (struct scope){ .closer = closer, .members = closer == '}' ? 0 : 1 };
}

static void scope_close(struct scanner *s, char c) {
        if (s->depth == 0 || scope(s)->closer != c) {
                fatal(s, "syntax", "'%c' closes nothing that is open", c);
                return;
        }
        s->depth--;
}

static void scope_member(struct scanner *s) {
        if (++scope(s)->members > UNTRUSTED_MEMBERS_MAX)
                fatal(s, "too-many", "more than %u entries in one group or list", UNTRUSTED_MEMBERS_MAX);
}

static void skip_line(struct scanner *s) {
        while (s->at < s->n && s->text[s->at] != '\n')
                s->at++;
}

static void skip_comment(struct scanner *s) {
        unsigned started = s->line;

        for (s->at += 2; s->at + 1 < s->n; s->at++) {
                if (s->text[s->at] == '\n')
                        s->line++;
                if (s->text[s->at] == '*' && s->text[s->at + 1] == '/') {
                        s->at += 2;
                        return;
                }
        }
        s->line = started;
        fatal(s, "syntax", "a comment opened by /* is never closed by */");
}

static void skip_string(struct scanner *s) {
        unsigned started = s->line;

        for (s->at++; s->at < s->n; s->at++) {
                char c = s->text[s->at];

                if (c == '\n')
                        s->line++;
                if (c == '\\' && s->at + 1 < s->n && s->text[s->at + 1] != '\n')
                        s->at++;
                else if (c == '"') {
                        s->at++;
                        return;
                }
        }
        s->line = started;
        fatal(s, "syntax", "a string that begins here is never closed by \"");
}

static void scan_number(struct scanner *s) {
        const char *text = s->text + s->at;
        bool hexadecimal = s->n - s->at >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
        unsigned digits = 0, max = hexadecimal ? UNTRUSTED_HEX_DIGITS_MAX : UNTRUSTED_DIGITS_MAX;

        for (s->at += hexadecimal ? 2 : 0;
                s->at < s->n && (isalnum((unsigned char) s->text[s->at]) || s->text[s->at] == '.');
                s->at++) {
                int c = (unsigned char) s->text[s->at];

                digits += hexadecimal ? isxdigit(c) != 0 : isdigit(c) != 0;
        }
        if (digits > max)
                fatal(s, "number", "a%s number of more than %u digits", hexadecimal ? " hexadecimal" : "",
                        max);
}

/* Renames a duplicate name in place to a pattern of '*' and '-' that no other duplicate of its length has. */
static void rename_doubled(struct scanner *s, size_t start, size_t length) {
        unsigned k = s->doubled++;

        s->text[start] = '*';
        for (size_t i = 1; i < length; i++, k >>= 1)
                s->text[start + i] = k & 1 ? '-' : '*';
}

static void scan_name(struct scanner *s) {
        size_t start = s->at, length, after;
        struct scope *sc = scope(s);

        while (s->at < s->n && is_name(s->text[s->at]))
                s->at++;
        length = s->at - start;

        for (after = s->at; after < s->n && isspace((unsigned char) s->text[after]);)
                after++;
        if (after >= s->n || (s->text[after] != '=' && s->text[after] != ':'))
                return; /* true, false, or something libconfig rejects */

        if (memchr(s->text + start, '*', length)) {
                fatal(s, "syntax", "'*' is not allowed in a name");
                return;
        }
        scope_member(s);
        if (s->fatal)
                return;
        for (size_t i = 0; i < sc->n_names; i++)
                if (strncmp(s->text + sc->names[i], s->text + start, length) == 0 &&
                        !is_name(s->text[sc->names[i] + length])) {
                        findings_error(s->findings, s->line, "doubled-key",
                                "'%.*s' is given twice in the same group; keep one of them", (int) length,
                                s->text + start);
                        rename_doubled(s, start, length);
                        return;
                }
        sc->names[sc->n_names++] = start;
}

static void scan_one(struct scanner *s) {
        char c = s->text[s->at];

        if (c == '\n') {
                s->line++;
                s->at++;
        } else if (c == '#' || (c == '/' && s->at + 1 < s->n && s->text[s->at + 1] == '/'))
                skip_line(s);
        else if (c == '/' && s->at + 1 < s->n && s->text[s->at + 1] == '*')
                skip_comment(s);
        else if (c == '"')
                skip_string(s);
        else if (strchr("{[(", c)) {
                scope_open(s, c == '{' ? '}' : c == '[' ? ']' : ')');
                s->at++;
        } else if (strchr("}])", c)) {
                scope_close(s, c);
                s->at++;
        } else if (c == ',') {
                scope_member(s);
                s->at++;
        } else if (isdigit((unsigned char) c))
                scan_number(s);
        else if (is_name(c) && c != '-')
                scan_name(s);
        else
                s->at++; /* possibly a sign: what follows is an ordinary number */
}

/* Faults of the bytes themselves, before they are parsed as text. */
static bool bytes_are_fit(struct scanner *s) {
        const uint8_t *bytes = (const uint8_t *) s->text;
        uint32_t c;

        for (size_t i = 0; i < s->n && !s->fatal;) {
                size_t length = utf8_decode(bytes + i, s->n - i, &c);

                if (bytes[i] == '\n')
                        s->line++;
                if (bytes[i] == '\0')
                        fatal(s, "nul", "a NUL byte; this is not a text file");
                else if (length == 0)
                        fatal(s, "utf-8", "byte 0x%02x is not UTF-8; save the file as UTF-8", bytes[i]);
                else if (s->n - i >= 8 && strncasecmp(s->text + i, "@include", 8) == 0)
                        fatal(s, "include", "@include is not allowed, not even in a comment or string");
                i += length;
        }
        s->line = 1;
        return !s->fatal;
}

int untrusted_refuse_size(struct findings *findings, size_t n) {
        findings_error(findings, 0, "too-large", "%zu bytes; at most %u are read", n, UNTRUSTED_SIZE_MAX);
        return -EBADMSG;
}

/* As other systems write text: a byte order mark before it, and lines that end with CR alone. Nothing moves. */
static void take_as_text(char *text, size_t n) {
        if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                memset(text, ' ', 3);
        for (size_t i = 0; i < n; i++)
                if (text[i] == '\r' && text[i + 1] != '\n')
                        text[i] = '\n';
}

int untrusted_scan(const void *bytes, size_t n, struct findings *findings, char **ret) {
        _cleanup_free_ struct scope *scopes = NULL;
        _cleanup_free_ char *text = NULL;
        struct scanner s;

        if (n > UNTRUSTED_SIZE_MAX)
                return untrusted_refuse_size(findings, n);

        text = malloc(n + 1);
        scopes = calloc(UNTRUSTED_DEPTH_MAX + 1, sizeof(*scopes));
        if (!text || !scopes)
                return -ENOMEM;
        if (n > 0)
                memcpy(text, bytes, n);
        text[n] = '\0';
        take_as_text(text, n);

        s = (struct scanner){ .text = text, .n = n, .line = 1, .findings = findings, .scopes = scopes };
        if (!bytes_are_fit(&s))
                return -EBADMSG;
        while (s.at < s.n && !s.fatal)
                scan_one(&s);
        if (!s.fatal && s.depth > 0)
                fatal(&s, "syntax", "the file ends before '%c'", scope(&s)->closer);
        if (s.fatal)
                return -EBADMSG;

        *ret = TAKE_PTR(text);
        return 0;
}
