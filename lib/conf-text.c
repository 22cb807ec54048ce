/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/conf-text.h"

#include <libconfig.h>

#include "lib/untrusted.h"

static const enum conf_type types[] = {
        [CONFIG_TYPE_GROUP] = CONF_GROUP,
        [CONFIG_TYPE_LIST] = CONF_LIST,
        [CONFIG_TYPE_ARRAY] = CONF_ARRAY,
        [CONFIG_TYPE_STRING] = CONF_STRING,
        [CONFIG_TYPE_INT] = CONF_INTEGER,
        [CONFIG_TYPE_INT64] = CONF_OTHER_NUMBER, /* "5L" */
        [CONFIG_TYPE_BOOL] = CONF_BOOL,
        [CONFIG_TYPE_FLOAT] = CONF_OTHER_NUMBER,
};

/* The scan bounds the depth. */
static void pack_setting(FILE *f, const config_setting_t *s) {
        enum conf_type type = types[config_setting_type(s)];
        int64_t integer;

        (void) fputc((int) type, f);
        conf_pack_u32(f, config_setting_source_line(s));
        conf_pack_string(f, strnull(config_setting_name(s)));
        switch (type) {
        case CONF_GROUP:
        case CONF_LIST:
        case CONF_ARRAY:
                conf_pack_u32(f, (size_t) config_setting_length(s));
                for (int i = 0; i < config_setting_length(s); i++)
                        pack_setting(f, config_setting_get_elem(s, (unsigned) i));
                break;
        case CONF_STRING:
                conf_pack_string(f, strnull(config_setting_get_string(s)));
                break;
        case CONF_INTEGER:
        case CONF_BOOL:
                integer = type == CONF_BOOL ? config_setting_get_bool(s) : config_setting_get_int(s);
                (void) fwrite(&integer, sizeof(integer), 1, f);
                break;
        case CONF_OTHER_NUMBER:
        case _CONF_TYPE_MAX:
                break;
        }
}

static bool parse(config_t *config, const char *text, struct findings *findings) {
        if (config_read_string(config, text) == CONFIG_TRUE)
                return true;
        findings_error(findings, (unsigned) MAX(config_error_line(config), 0), "syntax",
                "%s here; a setting looks like: name = value;", strnull(config_error_text(config)));
        return false;
}

static int pack(
        const config_t *config, bool parsed, const struct findings *findings, char **ret, size_t *ret_n) {
        _cleanup_free_ char *packed = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&packed, &n);
        bool failed;

        if (!f)
                return -ENOMEM;
        conf_pack_findings(f, findings);
        (void) fputc(parsed, f);
        if (parsed)
                pack_setting(f, config_root_setting(config));
        failed = ferror(f) != 0;
        if (fclose(f) != 0 || failed)
                return -ENOMEM;
        *ret = TAKE_PTR(packed);
        *ret_n = n;
        return 0;
}

int conf_text_pack(const void *bytes, size_t n, char **ret, size_t *ret_n) {
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_free_ char *text = NULL;
        config_t config;
        bool parsed;
        int r;

        r = untrusted_scan(bytes, n, &findings, &text);
        if (r == -ENOMEM)
                return r;
        config_init(&config);
        parsed = r >= 0 && parse(&config, text, &findings);
        r = pack(&config, parsed, &findings, ret, ret_n);
        config_destroy(&config);
        return r;
}

static int read_here(struct conf_reader *reader, const void *bytes, size_t n, struct findings *findings,
        struct conf **ret) {
        _cleanup_free_ char *packed = NULL;
        size_t n_packed = 0;
        int r = conf_text_pack(bytes, n, &packed, &n_packed);

        return r < 0 ? r : conf_unpack(packed, n_packed, findings, ret);
}

struct conf_reader conf_text = { .read = read_here };
