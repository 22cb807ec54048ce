/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf.h"

#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/text-door.h"

int conf_read(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        return reader->read(reader, bytes, n, findings, ret);
}

static const char *next_key(unsigned i, const void *userdata) {
        return ((const struct conf_key *) userdata)[i].name;
}

static const char *next_name(unsigned i, const void *userdata) {
        return ((const char *const *) userdata)[i];
}

void conf_check_keys(const struct conf_setting *group, const struct conf_key *keys, const char *what,
        struct findings *f) {
        for (unsigned i = 0; i < conf_length(group); i++) {
                const struct conf_setting *child = conf_element(group, i);
                const char *name = conf_name(child), *near;
                bool known = !name || name[0] == '*'; /* duplicate, reported by the scan */

                for (const struct conf_key *k = keys; k->name && !known; k++)
                        known = streq(k->name, name);
                if (known)
                        continue;
                near = nearest_word(name, next_key, keys);
                findings_error(f, conf_line(child), "unknown-key", "%s has no key '%s'%s%s%s", what, name,
                        near ? "; did you mean '" : "", strnull(near), near ? "'?" : "");
        }

        for (const struct conf_key *k = keys; k->name; k++)
                if (k->required && !conf_member(group, k->name))
                        findings_error(f, conf_line(group), "missing-key", "%s needs '%s'", what, k->name);
}

static const struct conf_setting *typed(const struct conf_setting *group, const char *key,
        enum conf_type type, const char *wanted, struct findings *f) {
        const struct conf_setting *s = conf_member(group, key);

        if (!s || conf_type(s) == type)
                return s;
        findings_error(f, conf_line(s), "type", "'%s' must be %s", key, wanted);
        return NULL;
}

bool conf_text_is_good(const char *s, size_t max_bytes) {
        return s[0] != '\0' && strlen(s) <= max_bytes && text_is_plain(s);
}

bool conf_id_is_good(const char *id) {
        size_t n = strlen(id);

        if (n == 0 || n > 64 || id[0] == '-' || id[n - 1] == '-')
                return false;
        for (const char *p = id; *p; p++)
                if (!islower((unsigned char) *p) && !isdigit((unsigned char) *p) &&
                        !(*p == '-' && p[1] != '-'))
                        return false;
        return true;
}

bool conf_string(const struct conf_setting *group, const char *key, size_t max_bytes, struct findings *f,
        const char **ret) {
        const struct conf_setting *s = typed(group, key, CONF_STRING, "a text in \"quotes\"", f);

        if (!s)
                return false;
        if (!conf_text_is_good(conf_text_value(s), max_bytes)) {
                findings_error(f, conf_line(s), "text",
                        "'%s' must be 1 to %zu bytes of UTF-8 without control characters", key, max_bytes);
                return false;
        }
        *ret = conf_text_value(s);
        return true;
}

bool conf_bool(const struct conf_setting *group, const char *key, struct findings *f, bool *ret) {
        const struct conf_setting *s = typed(group, key, CONF_BOOL, "true or false", f);

        if (!s)
                return false;
        *ret = conf_integer_value(s) != 0;
        return true;
}

bool conf_integer(const struct conf_setting *group, const char *key, int64_t min, int64_t max,
        struct findings *f, int64_t *ret) {
        const struct conf_setting *s = typed(group, key, CONF_INTEGER, "a whole number without a unit", f);
        int64_t value;

        if (!s)
                return false;
        value = conf_integer_value(s);
        if (value < min || value > max) {
                findings_error(f, conf_line(s), "out-of-range", "'%s' is %lld; it may be %lld to %lld", key,
                        (long long) value, (long long) min, (long long) max);
                return false;
        }
        *ret = value;
        return true;
}

static void complain_unit(
        const struct conf_setting *s, const char *key, enum dimension dimension, struct findings *f) {
        enum conf_type type = conf_type(s);
        bool number = type == CONF_INTEGER || type == CONF_OTHER_NUMBER;

        findings_error(f, conf_line(s), number ? "no-unit" : "quantity",
                number ? "'%s' is a bare number; write it with a unit (%s), such as \"%s\""
                       : "'%s' must be a value with a unit (%s), such as \"%s\"",
                key, dimension_units(dimension), dimension_example(dimension));
}

bool conf_range(const struct conf_setting *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, struct quantity_range *ret) {
        const struct conf_setting *s = conf_member(group, key);
        struct quantity_range range, allowed = { min, max };
        char buffer[QUANTITY_TEXT_MAX];
        int r;

        if (!s)
                return false;
        if (conf_type(s) != CONF_STRING) {
                complain_unit(s, key, dimension, f);
                return false;
        }
        r = quantity_parse_range(conf_text_value(s), dimension, &range);
        if (r == -EBADMSG) {
                findings_error(f, conf_line(s), "range", "'%s' = \"%s\" ends below its beginning", key,
                        conf_text_value(s));
                return false;
        }
        if (r == -EINVAL) {
                complain_unit(s, key, dimension, f);
                return false;
        }
        if (r == -ERANGE || range.min < min || range.max > max) {
                findings_error(f, conf_line(s), "out-of-range",
                        "'%s' = \"%s\" is out of range; it may be %s", key, conf_text_value(s),
                        quantity_format_range(buffer, dimension, &allowed));
                return false;
        }
        *ret = range;
        return true;
}

bool conf_quantity(const struct conf_setting *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, int64_t *ret) {
        const struct conf_setting *s = conf_member(group, key);
        struct quantity_range range;

        if (s && conf_type(s) == CONF_STRING && strchr(conf_text_value(s), '-')) {
                findings_error(f, conf_line(s), "quantity", "'%s' must be one value, not a range", key);
                return false;
        }
        if (!conf_range(group, key, dimension, min, max, f, &range))
                return false;
        *ret = range.min;
        return true;
}

bool conf_enum(const struct conf_setting *group, const char *key, const char *const *names,
        struct findings *f, unsigned *ret) {
        const struct conf_setting *s = typed(group, key, CONF_STRING, "a word in \"quotes\"", f);
        char listed[512] = "";
        const char *value, *near;
        size_t n = 0;

        if (!s)
                return false;
        value = conf_text_value(s);
        for (unsigned i = 0; names[i]; i++) {
                if (streq(names[i], value)) {
                        *ret = i;
                        return true;
                }
                if (n < sizeof(listed))
                        n += (size_t) snprintf(
                                listed + n, sizeof(listed) - n, "%s%s", i ? ", " : "", names[i]);
        }
        near = nearest_word(value, next_name, names);
        if (near)
                findings_error(f, conf_line(s), "unknown-word",
                        "'%s' cannot be \"%s\"; did you mean \"%s\"?", key, value, near);
        else
                findings_error(f, conf_line(s), "unknown-word", "'%s' cannot be \"%s\"; it may be: %s", key,
                        value, listed);
        return false;
}

void conf_print_string(FILE *f, const char *key, const char *value) {
        bool nothing = !isempty(value);
        uint32_t c;

        fprintf(f, "%s = \"", key);
        for (size_t n; *value; value += n) {
                n = text_next(value, &c);
                if (c == 0)
                        continue;
                nothing = false;
                if (c == '"' || c == '\\')
                        fputc('\\', f);
                fprintf(f, "%.*s", (int) n, c == ' ' ? " " : value);
        }
        if (nothing)
                fputc('?', f);
        fprintf(f, "\";\n");
}

const struct conf_setting *conf_group(
        const struct conf_setting *group, const char *key, struct findings *f) {
        return typed(group, key, CONF_GROUP, "a group in { }", f);
}

const struct conf_setting *conf_list(
        const struct conf_setting *group, const char *key, unsigned max_items, struct findings *f) {
        const struct conf_setting *s = typed(group, key, CONF_LIST, "a list in ( )", f);

        if (s && conf_length(s) > max_items) {
                findings_error(f, conf_line(s), "too-many", "'%s' has %u entries; at most %u are allowed",
                        key, conf_length(s), max_items);
                return NULL;
        }
        return s;
}

const struct conf_setting *conf_list_group(const struct conf_setting *list, unsigned i, struct findings *f) {
        const struct conf_setting *s = conf_element(list, i);

        if (s && conf_type(s) == CONF_GROUP)
                return s;
        findings_error(
                f, s ? conf_line(s) : conf_line(list), "type", "every entry here must be a group in { }");
        return NULL;
}

bool conf_strings(const struct conf_setting *group, const char *key, unsigned max_items, size_t max_bytes,
        struct findings *f, char ***ret) {
        const struct conf_setting *s = conf_member(group, key);
        _cleanup_(strv_freep) char **strings = NULL;
        unsigned n;

        if (!s)
                return false;
        n = conf_length(s);
        if (!(conf_type(s) == CONF_ARRAY || conf_type(s) == CONF_LIST) || n > max_items) {
                findings_error(
                        f, conf_line(s), "type", "'%s' must be a list of at most %u texts", key, max_items);
                return false;
        }
        strings = calloc(n + 1, sizeof(char *));
        for (unsigned i = 0; strings && i < n; i++) {
                const struct conf_setting *e = conf_element(s, i);

                if (conf_type(e) != CONF_STRING || !conf_text_is_good(conf_text_value(e), max_bytes)) {
                        findings_error(f, conf_line(e), "text",
                                "'%s' must hold texts of 1 to %zu bytes in \"quotes\"", key, max_bytes);
                        return false;
                }
                strings[i] = strdup(conf_text_value(e));
                if (!strings[i])
                        break;
        }
        if (!strings || (n > 0 && !strings[n - 1])) {
                findings_error(f, conf_line(s), "memory", "out of memory");
                return false;
        }
        *ret = TAKE_PTR(strings);
        return true;
}

int read_file(const char *path, size_t max, char **ret, size_t *ret_n) {
        _cleanup_close_ int fd = -EBADF;
        _cleanup_free_ char *bytes = NULL;
        struct stat st;
        size_t n = 0;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0)
                return -errno;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;

        bytes = malloc(max + 2);
        if (!bytes)
                return -ENOMEM;
        while (n <= max) {
                ssize_t k = read(fd, bytes + n, max + 1 - n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                if (k == 0)
                        break;
                n += (size_t) k;
        }
        if (n > max)
                return -EFBIG;
        bytes[n] = '\0';
        *ret = TAKE_PTR(bytes);
        *ret_n = n;
        return 0;
}
