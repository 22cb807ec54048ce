/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/service/settings.h"

#include <ctype.h>
#include <limits.h>
#include <pwd.h>
#include <syslog.h>
#include <time.h>

#include "lib/clock.h"
#include "lib/nearest.h"
#include "lib/quantity.h"
#include "lib/routine.h"

#define DAY_MINUTES (24u * 60u)
#define YEAR_USEC (INT64_C(365) * 24 * 3600 * (int64_t) USEC_PER_SEC)

static const char *const levels[] = { "error", "warning", "notice", "info", "debug", NULL };

struct key;

struct reading {
        struct settings *settings;
        struct findings *findings;
        const struct key *key;
};

struct key {
        const char *name;
        const char *what;    /* for limberd.conf, after a "# " */
        size_t offset, size; /* in struct settings */
        bool (*read)(const struct reading *reading, const struct conf_setting *root, void *field);
        void (*print)(const struct key *key, const void *field, FILE *f);
        int64_t min, max;
        bool forever; /* a time may also be "forever" */
};

static bool read_time(const struct reading *reading, const struct conf_setting *root, void *field) {
        const struct key *key = reading->key;
        const struct conf_setting *s = conf_member(root, key->name);
        int64_t usec;

        if (key->forever && s && streq_ptr(conf_text_value(s), "forever")) {
                *(uint64_t *) field = 0;
                return true;
        }
        if (!conf_quantity(root, key->name, DIMENSION_TIME, key->min, key->max, reading->findings, &usec))
                return false;
        *(uint64_t *) field = (uint64_t) usec;
        return true;
}

static void print_time(const struct key *key, const void *field, FILE *f) {
        uint64_t usec = *(const uint64_t *) field;
        char text[QUANTITY_TEXT_MAX];

        conf_print_string(
                f, key->name, usec == 0 ? "forever" : quantity_format(text, DIMENSION_TIME, (int64_t) usec));
}

static bool read_percent(const struct reading *reading, const struct conf_setting *root, void *field) {
        const struct key *key = reading->key;
        int64_t permille;

        if (!conf_quantity(root, key->name, DIMENSION_RATIO, key->min * 10, key->max * 10, reading->findings,
                    &permille))
                return false;
        *(unsigned *) field = (unsigned) ((permille + 9) / 10);
        return true;
}

static void print_percent(const struct key *key, const void *field, FILE *f) {
        fprintf(f, "%s = \"%u%%\";\n", key->name, *(const unsigned *) field);
}

/* "hci" and a number, or an address. */
static bool is_adapter(const char *s) {
        if (startswith(s, "hci"))
                return strlen(s) > 3 && strspn(s + 3, "0123456789") == strlen(s + 3) && strlen(s) < 8;
        for (size_t i = 0; i < 17; i++)
                if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char) s[i]))
                        return false;
        return s[17] == '\0';
}

static bool read_adapter(const struct reading *reading, const struct conf_setting *root, void *field) {
        const char *name;

        if (!conf_string(root, "adapter", 17, reading->findings, &name))
                return false;
        if (!streq(name, "any") && !is_adapter(name)) {
                findings_error(reading->findings, conf_line(conf_member(root, "adapter")), "adapter",
                        "'adapter' is \"any\", a name such as \"hci0\", or an address, not \"%s\"", name);
                return false;
        }
        (void) snprintf(field, sizeof(reading->settings->adapter), "%s", streq(name, "any") ? "" : name);
        return true;
}

static void print_adapter(const struct key *key, const void *field, FILE *f) {
        conf_print_string(f, key->name, isempty(field) ? "any" : field);
}

static bool read_level(const struct reading *reading, const struct conf_setting *root, void *field) {
        unsigned i;

        if (!conf_enum(root, "log_level", levels, reading->findings, &i))
                return false;
        *(int *) field = LOG_ERR + (int) i;
        return true;
}

static void print_level(const struct key *key, const void *field, FILE *f) {
        conf_print_string(f, key->name, levels[*(const int *) field - LOG_ERR]);
}

/* A name or a number. */
static bool read_user(const char *name, uid_t *ret) {
        struct passwd entry, *found = NULL;
        char buffer[4096], *end;
        unsigned long uid = strtoul(name, &end, 10);

        if (name[0] && !*end && uid < (uid_t) -1) {
                *ret = (uid_t) uid;
                return true;
        }
        if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
                return false;
        *ret = entry.pw_uid;
        return true;
}

static bool read_users(
        const struct reading *reading, const struct conf_setting *group, struct unattended *u) {
        _cleanup_(strv_freep) char **names = NULL;

        if (!conf_strings(group, "users", SETTINGS_USERS_MAX, 64, reading->findings, &names))
                return false;
        for (char **name = names; *name; name++)
                if (!read_user(*name, &u->users[u->n_users++])) {
                        findings_error(reading->findings, conf_line(conf_member(group, "users")), "user",
                                "there is no user '%s' on this machine", *name);
                        return false;
                }
        return true;
}

static bool read_routines(
        const struct reading *reading, const struct conf_setting *group, struct unattended *u) {
        _cleanup_(strv_freep) char **ids = NULL;

        if (!conf_strings(group, "routines", SETTINGS_ROUTINES_MAX, 64, reading->findings, &ids))
                return false;
        for (char **id = ids; *id; id++) {
                if (!conf_id_is_good(*id)) {
                        findings_error(reading->findings, conf_line(conf_member(group, "routines")),
                                "routine", "'%s' is no id of a routine; 'limber routines' lists them", *id);
                        return false;
                }
                (void) snprintf(u->routines[u->n_routines++], sizeof(u->routines[0]), "%s", *id);
        }
        return true;
}

/* "07:00-21:30" */
static bool read_hours(
        const struct reading *reading, const struct conf_setting *group, struct unattended *u) {
        unsigned h1, m1, h2, m2;
        const char *text;
        int n = 0;

        if (!conf_member(group, "hours"))
                return true;
        if (!conf_string(group, "hours", 11, reading->findings, &text))
                return false;
        if (sscanf(text, "%2u:%2u-%2u:%2u%n", &h1, &m1, &h2, &m2, &n) != 4 || n != 11 || text[n] ||
                h1 > 23 || h2 > 24 || m1 > 59 || m2 > 59 || h2 * 60 + m2 > DAY_MINUTES ||
                (h1 == h2 && m1 == m2)) {
                findings_error(reading->findings, conf_line(conf_member(group, "hours")), "hours",
                        "'hours' is two different times of the day such as \"07:00-21:30\", not \"%s\"; all of it "
                        "is \"00:00-24:00\"",
                        text);
                return false;
        }
        u->from_minute = h1 * 60 + m1;
        u->until_minute = h2 * 60 + m2;
        return true;
}

/* All of it is right, or nobody may. */
static bool read_unattended(const struct reading *reading, const struct conf_setting *root, void *field) {
        static const struct conf_key keys[] = { { "users", true }, { "routines", true }, { "hours", false },
                {} };
        const struct conf_setting *group = conf_group(root, "unattended", reading->findings);
        size_t before = reading->findings->n_errors;
        struct unattended u = { .until_minute = DAY_MINUTES };

        if (!group)
                return false;
        conf_check_keys(group, keys, "'unattended'", reading->findings);
        if (!read_users(reading, group, &u) || !read_routines(reading, group, &u) ||
                !read_hours(reading, group, &u) || reading->findings->n_errors > before)
                return false;
        *(struct unattended *) field = u;
        return true;
}

static void print_unattended(const struct key *key, const void *field, FILE *f) {
        const struct unattended *u = field;

        fprintf(f, "%s = { users = (", key->name);
        for (unsigned i = 0; i < u->n_users; i++)
                fprintf(f, "%s \"%u\"", i ? "," : "", (unsigned) u->users[i]);
        fputs(" ); routines = (", f);
        for (unsigned i = 0; i < u->n_routines; i++)
                fprintf(f, "%s \"%s\"", i ? "," : "", u->routines[i]);
        fprintf(f, " ); hours = \"%02u:%02u-%02u:%02u\"; };\n", u->from_minute / 60, u->from_minute % 60,
                u->until_minute / 60, u->until_minute % 60);
}

#define FIELD(name) offsetof(struct settings, name), sizeof(((struct settings *) NULL)->name)
#define SECONDS(n) ((int64_t) (n) * (int64_t) USEC_PER_SEC)

static const struct key keys[] = {
        { "adapter", "Bluetooth adapter to use: \"any\", a name such as \"hci0\", or its address.",
                FIELD(adapter), read_adapter, print_adapter, 0, 0 },
        { "idle_disconnect", "A device that no session uses is disconnected after this time (10 s to 1 h).",
                FIELD(idle_usec), read_time, print_time, SECONDS(10), SECONDS(3600) },
        { "battery_min", "With less than this in its battery a device is not switched on (20 % to 90 %).",
                FIELD(battery_min), read_percent, print_percent, 20, 90 },
        { "stage_expiry", "A staged session that nobody resumed ends after this time (1 min to 24 h).",
                FIELD(stage_expiry_usec), read_time, print_time, SECONDS(60), SECONDS(24 * 3600) },
        { "keep",
                "Sessions stay in the record for this time (4320 h, which is 180 days, to 876000 h), or \"forever\". Older ones go, except\n"
                "# where a rest still depends on them or no network says how old they are; that what stays is unchanged can be checked.",
                FIELD(keep_usec), read_time, print_time, SECONDS(180 * 24 * 3600), 100 * YEAR_USEC, true },
        { "log_level", "Least important messages in the journal: error, warning, notice, info or debug.",
                FIELD(log_level), read_level, print_level, 0, 0 },
        { "unattended",
                "Who may have which routines of percussion started with nobody logged in, such as a service of home automation, and\n"
                "# when. Whoever that is for must be there and hold the gun. E-stim is never started so.",
                FIELD(unattended), read_unattended, print_unattended, 0, 0 },
};

void settings_default(struct settings *ret) {
        *ret = (struct settings){
                .idle_usec = 120 * USEC_PER_SEC,
                .battery_min = 20,
                .stage_expiry_usec = 2 * 3600 * USEC_PER_SEC,
                .log_level = LOG_INFO,
                .unattended.until_minute = DAY_MINUTES,
        };
}

static const char *key_name(unsigned i, const void *userdata) {
        return i < ARRAY_SIZE(keys) ? keys[i].name : NULL;
}

/* An unknown key stops nothing: the file may be of a newer limber. */
static void warn_unknown(const struct conf_setting *root, struct findings *findings) {
        for (unsigned i = 0; i < conf_length(root); i++) {
                const struct conf_setting *s = conf_element(root, i);
                const char *name = conf_name(s), *near = nearest_word(name, key_name, NULL);
                bool known = name[0] == '*';

                for (unsigned k = 0; !known && k < ARRAY_SIZE(keys); k++)
                        known = streq(keys[k].name, name);
                if (!known)
                        findings_error(findings, conf_line(s), "unknown-key",
                                "there is no setting '%s'%s%s%s", name, near ? "; did you mean '" : "",
                                strnull(near), near ? "'?" : "");
        }
}

/* A wrong value: the default, which is the strict one, and not what an earlier file may have said. */
static void read_keys(
        const struct conf_setting *root, struct settings *settings, struct findings *findings) {
        struct settings defaults;

        settings_default(&defaults);
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const struct reading reading = { settings, findings, &keys[i] };
                void *field = (char *) settings + keys[i].offset;

                if (conf_member(root, keys[i].name) && !keys[i].read(&reading, root, field))
                        memcpy(field, (const char *) &defaults + keys[i].offset, keys[i].size);
        }
}

struct file {
        struct conf_reader *reader;
        struct settings *settings;
        struct rejects *rejects;
        int n_unread;
        unsigned unread; /* reject of the first of them; of one that cannot be opened it has line 0 */
        int error;       /* the reader does not work */
};

static void read_text(const char *path, const char *text, size_t n, void *userdata) {
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_(conf_freep) struct conf *conf = NULL;
        struct file *file = userdata;
        int r;

        r = conf_read(file->reader, text, n, &findings, &conf);
        if (r >= 0 && findings.n_errors == 0) {
                warn_unknown(conf_root(conf), &findings);
                read_keys(conf_root(conf), file->settings, &findings);
        } else if (file->n_unread++ == 0)
                file->unread = file->rejects->n;
        rejects_add_findings(file->rejects, path, &findings);
        if (r < 0 && findings.n_errors == 0)
                file->error = r;
}

/* What keeps the settings from before in force is told before a mistake that only has its default. */
static void put_first(struct rejects *rejects, unsigned unread) {
        struct rejected first;

        for (unsigned i = 0; unread >= rejects->n && i < rejects->n; i++)
                if (rejects->items[i].line == 0)
                        unread = i;
        if (unread >= rejects->n)
                return;
        first = rejects->items[unread];
        rejects->items[unread] = rejects->items[0];
        rejects->items[0] = first;
}

int settings_read(
        const char *path, struct conf_reader *reader, struct settings *ret, struct rejects *rejects) {
        struct file file = { reader, ret, rejects, .unread = UINT_MAX };
        _cleanup_free_ char *text = NULL, *folder = NULL;
        struct settings defaults;
        size_t n;
        int r;

        settings_default(ret);
        r = read_file(path, 64 * 1024, &text, &n);
        if (r >= 0)
                read_text(path, text, n, &file);
        else if (r != -ENOENT) {
                rejects_add(rejects, path, 0, strerror(-r));
                file.n_unread++;
        }
        if (asprintf(&folder, "%s.d", path) < 0)
                folder = NULL;
        else
                file.n_unread += (int) folder_read(folder, rejects, read_text, &file);
        settings_default(&defaults);
        if (file.n_unread > 0) {
                ret->unattended = defaults.unattended;
                put_first(rejects, file.unread);
        }
        return file.error < 0 ? file.error : file.n_unread;
}

void settings_print(const struct settings *settings, bool commented, FILE *f) {
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                fprintf(f, "%s# %s\n%s", i ? "\n" : "", keys[i].what, commented ? "#" : "");
                keys[i].print(&keys[i], (const char *) settings + keys[i].offset, f);
        }
}

bool unattended_allows(const struct unattended *u, uid_t user, const char *routine, unsigned minute) {
        bool may = false, is_routine = false, in_time;

        for (unsigned i = 0; i < u->n_users; i++)
                may |= u->users[i] == user;
        for (unsigned i = 0; i < u->n_routines; i++)
                is_routine |= streq(u->routines[i], routine);
        if (u->from_minute < u->until_minute)
                in_time = minute >= u->from_minute && minute < u->until_minute;
        else /* over midnight */
                in_time = u->from_minute > u->until_minute &&
                          (minute >= u->from_minute || minute < u->until_minute);
        return may && is_routine && in_time;
}

bool unattended_allows_now(const struct unattended *u, uid_t user, const char *routine) {
        time_t now = time(NULL);
        struct tm tm;

        return localtime_r(&now, &tm) &&
               unattended_allows(u, user, routine, (unsigned) (tm.tm_hour * 60 + tm.tm_min));
}
