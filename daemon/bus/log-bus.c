/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* org.freedesktop.LogControl1, as systemctl service-log-level wants it. Everybody may read it; root alone sets the level, which stays
 * until the settings are read again. */

#include <syslog.h>

#include "daemon/bus/server-private.h"
#include "daemon/record/record-journal.h"

#define LOG_CONTROL_PATH "/org/freedesktop/LogControl1"
#define LOG_CONTROL "org.freedesktop.LogControl1"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static const char *const levels[] = { "emerg", "alert", "crit", "err", "warning", "notice", "info",
        "debug" };

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const char *text = streq(property, "LogLevel")    ? levels[record_journal_level()]
                           : streq(property, "LogTarget") ? "journal"
                                                          : "limberd";

        return bus_append(reply, "s", text);
}

static const sd_bus_vtable log_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY("LogLevel", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("LogTarget", "s", get_text, 0, 0),
        SD_BUS_PROPERTY("SyslogIdentifier", "s", get_text, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_VTABLE_END,
};

bool bus_is_log_setting(sd_bus_message *m) {
        return streq_ptr(sd_bus_message_get_path(m), LOG_CONTROL_PATH) &&
               sd_bus_message_is_method_call(m, PROPERTIES, "Set");
}

static int set_level(const char *name, sd_bus_error *error) {
        for (size_t i = 0; i < ARRAY_SIZE(levels); i++)
                if (streq(levels[i], name)) {
                        record_journal_set_level((int) i);
                        return 0;
                }
        return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT, "there is no log level '%s'", name);
}

int bus_set_log(struct bus_server *server, sd_bus_message *m, sd_bus_error *error) {
        const char *interface, *property, *value;
        uid_t uid;
        int r;

        r = sd_bus_message_read(m, "ss", &interface, &property);
        if (r >= 0)
                r = sd_bus_message_read(m, "v", "s", &value);
        if (r >= 0)
                r = authorise_uid(&server->authority, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (uid != 0 && uid != getuid())
                return limber_error_set(
                        error, LIMBER_ERROR_NOT_AUTHORIZED, "only root sets that: try with sudo");
        if (!streq(interface, LOG_CONTROL) || !streq(property, "LogLevel"))
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT, "only LogLevel can be set");
        r = set_level(value, error);
        return r < 0 ? r : bus_reply(m, NULL);
}

int bus_add_log(struct bus_server *server) {
        return sd_bus_add_object_vtable(
                server->settings.bus, NULL, LOG_CONTROL_PATH, LOG_CONTROL, log_vtable, server);
}
