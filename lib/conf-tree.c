/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf-tree.h"

#include "lib/untrusted.h"

/* What has members or entries is followed by them, and skips to what follows it by its span. */
struct conf_setting {
        enum conf_type type;
        unsigned line;
        unsigned length;
        unsigned span; /* itself and all that is in it */
        const char *name;
        const char *text;
        int64_t integer;
};

struct conf {
        char *bytes; /* names and texts */
        struct conf_setting *settings;
        unsigned n_settings;
};

/* Every setting takes more than two bytes of the text. */
#define SETTINGS_MAX (UNTRUSTED_SIZE_MAX / 2)

struct conf *conf_free(struct conf *conf) {
        if (!conf)
                return NULL;
        free(conf->settings);
        free(conf->bytes);
        free(conf);
        return NULL;
}

const struct conf_setting *conf_root(const struct conf *conf) {
        return &conf->settings[0];
}

enum conf_type conf_type(const struct conf_setting *s) {
        return s->type;
}

unsigned conf_line(const struct conf_setting *s) {
        return s->line;
}

const char *conf_name(const struct conf_setting *s) {
        return s->name;
}

unsigned conf_length(const struct conf_setting *s) {
        return s->length;
}

const struct conf_setting *conf_element(const struct conf_setting *s, unsigned i) {
        const struct conf_setting *element = s + 1;

        if (i >= s->length)
                return NULL;
        for (; i > 0; i--)
                element += element->span;
        return element;
}

const struct conf_setting *conf_member(const struct conf_setting *group, const char *name) {
        const struct conf_setting *member = group + 1;

        for (unsigned i = 0; i < group->length; i++, member += member->span)
                if (streq_ptr(member->name, name))
                        return member;
        return NULL;
}

const char *conf_text_value(const struct conf_setting *s) {
        return s->text;
}

int64_t conf_integer_value(const struct conf_setting *s) {
        return s->integer;
}

void conf_pack_u32(FILE *f, size_t value) {
        uint32_t u = (uint32_t) value;

        (void) fwrite(&u, sizeof(u), 1, f);
}

void conf_pack_string(FILE *f, const char *s) {
        size_t n = strlen(s);

        conf_pack_u32(f, n);
        (void) fwrite(s, n + 1, 1, f);
}

void conf_pack_findings(FILE *f, const struct findings *findings) {
        conf_pack_u32(f, findings->n);
        for (size_t i = 0; i < findings->n; i++) {
                conf_pack_u32(f, findings->items[i].line);
                conf_pack_string(f, findings->items[i].code);
                conf_pack_string(f, findings->items[i].message);
        }
}

/* Reads forward; bad once something did not fit. */
struct unpacker {
        struct conf *conf;
        const char *at;
        size_t left;
        bool bad, no_memory;
};

static bool take(struct unpacker *u, void *to, size_t n) {
        if (u->bad || n > u->left) {
                u->bad = true;
                return false;
        }
        memcpy(to, u->at, n);
        u->at += n;
        u->left -= n;
        return true;
}

static uint32_t take_u32(struct unpacker *u) {
        uint32_t value = 0;

        (void) take(u, &value, sizeof(value));
        return value;
}

static uint8_t take_u8(struct unpacker *u) {
        uint8_t value = 0;

        (void) take(u, &value, sizeof(value));
        return value;
}

/* NULL when bad. */
static const char *take_string(struct unpacker *u) {
        size_t n = take_u32(u);
        const char *s = u->at;

        if (u->bad || n >= u->left || s[n] != '\0' || strlen(s) != n) {
                u->bad = true;
                return NULL;
        }
        u->at += n + 1;
        u->left -= n + 1;
        return s;
}

static struct conf_setting *new_setting(struct unpacker *u) {
        struct conf *conf = u->conf;
        unsigned n = conf->n_settings;

        if (n >= SETTINGS_MAX) {
                u->bad = true;
                return NULL;
        }
        /* Doubled whenever it is full. */
        if ((n & (n - 1)) == 0) {
                struct conf_setting *grown =
                        reallocarray(conf->settings, n > 0 ? (size_t) n * 2 : 1, sizeof(*grown));

                if (!grown) {
                        u->bad = u->no_memory = true;
                        return NULL;
                }
                conf->settings = grown;
        }
        conf->settings[n] = (struct conf_setting){ .span = 1 };
        conf->n_settings++;
        return &conf->settings[n];
}

static bool has_members(enum conf_type type) {
        return type == CONF_GROUP || type == CONF_LIST || type == CONF_ARRAY;
}

static void take_setting(struct unpacker *u, unsigned depth, bool named);

/* The array may move with each new setting, so that i stays and pointers do not. */
static void take_members(struct unpacker *u, unsigned i, unsigned depth) {
        enum conf_type type = u->conf->settings[i].type;
        unsigned n = take_u32(u);

        if (n > UNTRUSTED_MEMBERS_MAX || depth >= UNTRUSTED_DEPTH_MAX)
                u->bad = true;
        for (unsigned k = 0; k < n && !u->bad; k++)
                take_setting(u, depth + 1, type == CONF_GROUP);
        u->conf->settings[i].length = u->bad ? 0 : n;
        u->conf->settings[i].span = u->conf->n_settings - i;
}

static void take_setting(struct unpacker *u, unsigned depth, bool named) {
        struct conf_setting *s = new_setting(u);
        unsigned i = u->conf->n_settings - 1;
        uint8_t type = take_u8(u);

        if (!s || type >= _CONF_TYPE_MAX || (depth == 0 && type != CONF_GROUP)) {
                u->bad = true;
                return;
        }
        s->type = (enum conf_type) type;
        s->line = take_u32(u);
        s->name = take_string(u);
        if (u->bad || named == isempty(s->name)) {
                u->bad = true;
                return;
        }
        if (!named)
                s->name = NULL;
        if (s->type == CONF_STRING)
                s->text = take_string(u);
        else if (s->type == CONF_INTEGER || s->type == CONF_BOOL)
                (void) take(u, &s->integer, sizeof(s->integer));
        else if (has_members(s->type))
                take_members(u, i, depth);
}

/* False unless there is a tree. */
static bool take_findings(struct unpacker *u, struct findings *findings) {
        unsigned n = take_u32(u);

        for (unsigned i = 0; i < n && !u->bad; i++) {
                unsigned line = take_u32(u);
                const char *code = take_string(u), *message = take_string(u);

                if (!u->bad)
                        findings_error(findings, line, code, "%s", message);
        }
        return take_u8(u) != 0;
}

int conf_unpack(const void *bytes, size_t n, struct findings *findings, struct conf **ret) {
        _cleanup_(conf_freep) struct conf *conf = calloc(1, sizeof(*conf));
        size_t errors_before = findings->n_errors;
        struct unpacker u = { .conf = conf, .left = n };
        bool has_tree;

        if (!conf)
                return -ENOMEM;
        conf->bytes = malloc(n + 1);
        if (!conf->bytes)
                return -ENOMEM;
        memcpy(conf->bytes, bytes, n);
        /* strlen() of a bad string ends here. */
        conf->bytes[n] = '\0';
        u.at = conf->bytes;

        has_tree = take_findings(&u, findings);
        if (has_tree)
                take_setting(&u, 0, false);
        if (u.no_memory)
                return -ENOMEM;
        /* A text without a tree has an error that says why. */
        if (u.bad || u.left > 0 || (!has_tree && findings->n_errors == errors_before))
                return -EPROTO;
        if (!has_tree)
                return -EBADMSG;
        *ret = TAKE_PTR(conf);
        return 0;
}
