/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "lib/text-door.h"
#include "lib/untrusted.h"

struct conf {
        config_t config;
};

struct conf *conf_free(struct conf *conf) {
        if (!conf)
                return NULL;
        config_destroy(&conf->config);
        free(conf);
        return NULL;
}

int conf_parse(const void *bytes, size_t n, struct findings *findings, struct conf **ret) {
        _cleanup_(conf_freep) struct conf *conf = NULL;
        _cleanup_free_ char *text = NULL;
        int r;

        r = untrusted_scan(bytes, n, findings, &text);
        if (r < 0)
                return r;

        conf = calloc(1, sizeof(*conf));
        if (!conf)
                return -ENOMEM;
        config_init(&conf->config);

        if (config_read_string(&conf->config, text) != CONFIG_TRUE) {
                findings_error(findings, (unsigned) MAX(config_error_line(&conf->config), 0), "syntax",
                        "%s here; a setting looks like: name = value;",
                        strnull(config_error_text(&conf->config)));
                return -EBADMSG;
        }

        *ret = TAKE_PTR(conf);
        return 0;
}

const config_setting_t *conf_root(const struct conf *conf) {
        return config_root_setting(&conf->config);
}

unsigned conf_line(const config_setting_t *setting) {
        return config_setting_source_line(setting);
}

static const char *next_key(unsigned i, const void *userdata) {
        return ((const struct conf_key *) userdata)[i].name;
}

static const char *next_name(unsigned i, const void *userdata) {
        return ((const char *const *) userdata)[i];
}

void conf_check_keys(
        const config_setting_t *group, const struct conf_key *keys, const char *what, struct findings *f) {
        for (int i = 0; i < config_setting_length(group); i++) {
                const config_setting_t *child = config_setting_get_elem(group, (unsigned) i);
                const char *name = config_setting_name(child), *near;
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
                if (k->required && !config_setting_get_member(group, k->name))
                        findings_error(f, conf_line(group), "missing-key", "%s needs '%s'", what, k->name);
}

static const config_setting_t *typed(
        const config_setting_t *group, const char *key, int type, const char *wanted, struct findings *f) {
        const config_setting_t *s = config_setting_get_member(group, key);

        if (!s || config_setting_type(s) == type)
                return s;
        findings_error(f, conf_line(s), "type", "'%s' must be %s", key, wanted);
        return NULL;
}

bool conf_text_is_good(const char *s, size_t max_bytes) {
        return s[0] != '\0' && strlen(s) <= max_bytes && text_is_plain(s);
}

bool conf_string(const config_setting_t *group, const char *key, size_t max_bytes, struct findings *f,
        const char **ret) {
        const config_setting_t *s = typed(group, key, CONFIG_TYPE_STRING, "a text in \"quotes\"", f);

        if (!s)
                return false;
        if (!conf_text_is_good(config_setting_get_string(s), max_bytes)) {
                findings_error(f, conf_line(s), "text",
                        "'%s' must be 1 to %zu bytes of UTF-8 without control characters", key, max_bytes);
                return false;
        }
        *ret = config_setting_get_string(s);
        return true;
}

bool conf_bool(const config_setting_t *group, const char *key, struct findings *f, bool *ret) {
        const config_setting_t *s = typed(group, key, CONFIG_TYPE_BOOL, "true or false", f);

        if (!s)
                return false;
        *ret = config_setting_get_bool(s);
        return true;
}

bool conf_integer(const config_setting_t *group, const char *key, int64_t min, int64_t max,
        struct findings *f, int64_t *ret) {
        const config_setting_t *s = typed(group, key, CONFIG_TYPE_INT, "a whole number without a unit", f);
        int64_t value;

        if (!s)
                return false;
        value = config_setting_get_int(s);
        if (value < min || value > max) {
                findings_error(f, conf_line(s), "out-of-range", "'%s' is %lld; it may be %lld to %lld", key,
                        (long long) value, (long long) min, (long long) max);
                return false;
        }
        *ret = value;
        return true;
}

static void complain_unit(
        const config_setting_t *s, const char *key, enum dimension dimension, struct findings *f) {
        int type = config_setting_type(s);
        bool number = type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64 || type == CONFIG_TYPE_FLOAT;

        findings_error(f, conf_line(s), number ? "no-unit" : "quantity",
                number ? "'%s' is a bare number; write it with a unit (%s), such as \"%s\""
                       : "'%s' must be a value with a unit (%s), such as \"%s\"",
                key, dimension_units(dimension), dimension_example(dimension));
}

bool conf_range(const config_setting_t *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, struct quantity_range *ret) {
        const config_setting_t *s = config_setting_get_member(group, key);
        struct quantity_range range, allowed = { min, max };
        char buffer[QUANTITY_TEXT_MAX];
        int r;

        if (!s)
                return false;
        if (config_setting_type(s) != CONFIG_TYPE_STRING) {
                complain_unit(s, key, dimension, f);
                return false;
        }
        r = quantity_parse_range(config_setting_get_string(s), dimension, &range);
        if (r == -EBADMSG) {
                findings_error(f, conf_line(s), "range", "'%s' = \"%s\" ends below its beginning", key,
                        config_setting_get_string(s));
                return false;
        }
        if (r == -EINVAL) {
                complain_unit(s, key, dimension, f);
                return false;
        }
        if (r == -ERANGE || range.min < min || range.max > max) {
                findings_error(f, conf_line(s), "out-of-range",
                        "'%s' = \"%s\" is out of range; it may be %s", key, config_setting_get_string(s),
                        quantity_format_range(buffer, dimension, &allowed));
                return false;
        }
        *ret = range;
        return true;
}

bool conf_quantity(const config_setting_t *group, const char *key, enum dimension dimension, int64_t min,
        int64_t max, struct findings *f, int64_t *ret) {
        const config_setting_t *s = config_setting_get_member(group, key);
        struct quantity_range range;

        if (s && config_setting_type(s) == CONFIG_TYPE_STRING && strchr(config_setting_get_string(s), '-')) {
                findings_error(f, conf_line(s), "quantity", "'%s' must be one value, not a range", key);
                return false;
        }
        if (!conf_range(group, key, dimension, min, max, f, &range))
                return false;
        *ret = range.min;
        return true;
}

bool conf_enum(const config_setting_t *group, const char *key, const char *const *names, struct findings *f,
        unsigned *ret) {
        const config_setting_t *s = typed(group, key, CONFIG_TYPE_STRING, "a word in \"quotes\"", f);
        char listed[512] = "";
        const char *value, *near;
        size_t n = 0;

        if (!s)
                return false;
        value = config_setting_get_string(s);
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

const config_setting_t *conf_group(const config_setting_t *group, const char *key, struct findings *f) {
        return typed(group, key, CONFIG_TYPE_GROUP, "a group in { }", f);
}

const config_setting_t *conf_list(
        const config_setting_t *group, const char *key, unsigned max_items, struct findings *f) {
        const config_setting_t *s = typed(group, key, CONFIG_TYPE_LIST, "a list in ( )", f);

        if (s && (unsigned) config_setting_length(s) > max_items) {
                findings_error(f, conf_line(s), "too-many", "'%s' has %d entries; at most %u are allowed",
                        key, config_setting_length(s), max_items);
                return NULL;
        }
        return s;
}

const config_setting_t *conf_list_group(const config_setting_t *list, unsigned i, struct findings *f) {
        const config_setting_t *s = config_setting_get_elem(list, i);

        if (s && config_setting_is_group(s))
                return s;
        findings_error(
                f, s ? conf_line(s) : conf_line(list), "type", "every entry here must be a group in { }");
        return NULL;
}

char **strv_free(char **strings) {
        if (strings)
                for (char **s = strings; *s; s++)
                        free(*s);
        free(strings);
        return NULL;
}

bool conf_strings(const config_setting_t *group, const char *key, unsigned max_items, size_t max_bytes,
        struct findings *f, char ***ret) {
        const config_setting_t *s = config_setting_get_member(group, key);
        _cleanup_(strv_freep) char **strings = NULL;
        int n;

        if (!s)
                return false;
        n = config_setting_length(s);
        if (!(config_setting_is_array(s) || config_setting_is_list(s)) || n > (int) max_items) {
                findings_error(
                        f, conf_line(s), "type", "'%s' must be a list of at most %u texts", key, max_items);
                return false;
        }
        strings = calloc((size_t) n + 1, sizeof(char *));
        for (int i = 0; strings && i < n; i++) {
                const config_setting_t *e = config_setting_get_elem(s, (unsigned) i);

                if (config_setting_type(e) != CONFIG_TYPE_STRING ||
                        !conf_text_is_good(config_setting_get_string(e), max_bytes)) {
                        findings_error(f, conf_line(e), "text",
                                "'%s' must hold texts of 1 to %zu bytes in \"quotes\"", key, max_bytes);
                        return false;
                }
                strings[i] = strdup(config_setting_get_string(e));
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
