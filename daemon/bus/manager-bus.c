/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"
#include "daemon/manager/device-limits.h"

#define ROLES_MAX 8u

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bus_server *server = userdata;
        const char *value = LIMBER_VERSION;

        if (streq(property, "BluezVersion"))
                value = server->settings.bluez_version
                                ? server->settings.bluez_version(server->settings.radio)
                                : "";
        return bus_append(reply, "s", value);
}

static int get_bool(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bus_server *server = userdata;
        bool value = server->settings.simulated;

        if (streq(property, "Loading"))
                value = server->settings.loading;
        else if (streq(property, "OutputActive"))
                value = manager_output_active(server->settings.manager);
        else if (streq(property, "Powered"))
                value = server->settings.radio && radio_state(server->settings.radio) == RADIO_ON;
        return bus_append(reply, "b", value);
}

static int append_rejects(sd_bus_message *reply, const struct rejects *rejects) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < rejects->n; i++)
                r = bus_append(reply, "(sus)", rejects->items[i].path, rejects->items[i].line,
                        rejects->items[i].message);
        return r;
}

static int get_rejected(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct bus_server *server = userdata;
        const struct library *library = manager_library(server->settings.manager);
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(sus)");
        if (r >= 0 && library)
                r = append_rejects(reply, &library->rejects);
        if (r >= 0)
                r = append_rejects(reply, manager_store_rejects(server->settings.manager));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* Longer ago makes no difference. */
#define LAST_SESSION_SECONDS_MAX (30u * 24 * 3600)

struct options {
        uint64_t last_session_seconds;
        enum side only;
        int stage, detach, experimental;
        const char *alias, *model;
        const char *roles[2 * ROLES_MAX + 1];
        unsigned n_roles;
};

static int read_roles(sd_bus_message *m, struct options *options, sd_bus_error *error) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{ss}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "ss")) > 0) {
                if (options->n_roles >= 2 * ROLES_MAX)
                        return limber_error_set(
                                error, LIMBER_ERROR_INVALID_ARGUMENT, "at most %u devices", ROLES_MAX);
                r = sd_bus_message_read(
                        m, "ss", &options->roles[options->n_roles], &options->roles[options->n_roles + 1]);
                options->n_roles += 2;
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_side(sd_bus_message *m, struct options *options, sd_bus_error *error) {
        const char *text;
        int r;

        r = sd_bus_message_read(m, "s", &text);
        if (r < 0)
                return r;
        options->only = side_from_string(text);
        if (options->only != SIDE_LEFT && options->only != SIDE_RIGHT)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "side is \"left\" or \"right\", not \"%s\"", text);
        return 0;
}

static int read_last_session(sd_bus_message *m, struct options *options, sd_bus_error *error) {
        int r = sd_bus_message_read(m, "t", &options->last_session_seconds);

        if (r < 0)
                return r;
        if (options->last_session_seconds < 1 || options->last_session_seconds > LAST_SESSION_SECONDS_MAX)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "last-session is how many seconds ago it was, 1 to %u", LAST_SESSION_SECONDS_MAX);
        return r;
}

static int read_option(sd_bus_message *m, const char *name, const char *contents, struct options *options,
        sd_bus_error *error) {
        static const struct {
                const char *name, *type;
        } known[] = { { "side", "s" }, { "stage", "b" }, { "detach", "b" }, { "devices", "a{ss}" },
                { "alias", "s" }, { "model", "s" }, { "experimental", "b" }, { "last-session", "t" } };
        size_t i;

        for (i = 0; i < ARRAY_SIZE(known); i++)
                if (streq(known[i].name, name))
                        break;
        if (i == ARRAY_SIZE(known))
                return limber_error_set(
                        error, LIMBER_ERROR_INVALID_ARGUMENT, "there is no option '%s'", name);
        if (!streq(known[i].type, contents))
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "the option '%s' has type %s, not %s", name, known[i].type, contents);
        if (streq(name, "side"))
                return read_side(m, options, error);
        if (streq(name, "devices"))
                return read_roles(m, options, error);
        if (streq(name, "last-session"))
                return read_last_session(m, options, error);
        if (streq(name, "alias") || streq(name, "model"))
                return sd_bus_message_read(m, "s", streq(name, "alias") ? &options->alias : &options->model);
        return sd_bus_message_read(m, "b",
                streq(name, "stage")    ? &options->stage
                : streq(name, "detach") ? &options->detach
                                        : &options->experimental);
}

static int read_options(sd_bus_message *m, struct options *options, sd_bus_error *error) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                const char *name, *contents;

                r = sd_bus_message_read(m, "s", &name);
                if (r >= 0)
                        r = sd_bus_message_peek_type(m, NULL, &contents);
                if (r >= 0)
                        r = sd_bus_message_enter_container(m, 'v', contents);
                if (r >= 0)
                        r = read_option(m, name, contents, options, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* The routine may be among those that are being read: the call is handled when they are known. */
static int wait_for_routines(struct bus_server *server, sd_bus_message *m, sd_bus_error *error) {
        if (server->n_starts >= ARRAY_SIZE(server->starts))
                return limber_error_set(
                        error, LIMBER_ERROR_BUSY, "limberd has just started; try again in a moment");
        server->starts[server->n_starts++] = sd_bus_message_ref(m);
        return 1;
}

void bus_loaded(struct bus_server *server) {
        server->settings.loading = false;
        bus_server_changed(server, LIMBER_PATH, LIMBER_MANAGER_INTERFACE);
        while (server->n_starts > 0) {
                _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = server->starts[0];

                memmove(server->starts, server->starts + 1, --server->n_starts * sizeof(m));
                if (sd_bus_message_rewind(m, true) >= 0)
                        bus_server_handle_again(server, m);
        }
}

/* E-stim has its own question when it is armed. */
static bool moves_something(const struct bus_server *server, const char *id, uid_t runner) {
        const struct library *library = manager_library(server->settings.manager);
        const struct routine *routine = library ? library_routine(library, id) : NULL;

        return routine && !server->settings.simulated && bus_routine_moves(routine) &&
               !bus_may_run_unattended(server, routine, runner);
}

static int method_start_routine(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        struct options options = {};
        struct start_options start;
        struct session *session;
        char path[BUS_PATH_MAX], *sentence = NULL;
        const char *id;
        uid_t runner;
        int r;

        r = sd_bus_message_read(m, "s", &id);
        if (r >= 0)
                r = read_options(m, &options, error);
        if (r >= 0 && server->settings.loading)
                return wait_for_routines(server, m, error);
        if (r >= 0)
                r = authorise_uid(&server->authority, m, &runner, error);
        if (r > 0 && !options.stage && moves_something(server, id, runner))
                r = authorise_start(&server->authority, m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        start = (struct start_options){
                .runner = runner,
                .holder = sd_bus_message_get_sender(m),
                .only = options.only,
                .stage = options.stage,
                .detach = options.detach,
                .last_session_usec = options.last_session_seconds * USEC_PER_SEC,
                .roles = (char *const *) options.roles,
        };
        r = manager_start_routine(server->settings.manager, id, &start, &session, &sentence);
        if (r < 0)
                return bus_error_set(error, r, sentence);
        r = bus_reply(m, "o", bus_session_path(session, path));
        /* Begins after the reply, so that the caller knows the session before its signals arrive. */
        if (!start.stage)
                (void) session_begin(session);
        return r < 0 ? r : 1;
}

static int method_stop_all(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;

        return bus_reply(m, "u", manager_stop_all(server->settings.manager, REASON_STOPPED));
}

static int method_scan(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        char *sentence = NULL;
        uint32_t seconds;
        int r;

        r = sd_bus_message_read(m, "u", &seconds);
        if (r >= 0)
                r = authorise_devices(&server->authority, m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = manager_scan(server->settings.manager, seconds, &sentence);
        return r < 0 ? bus_error_set(error, r, sentence) : bus_reply(m, NULL);
}

/* A call whose reply waits for the disk. */
static void on_kept(int error, const char *sentence, struct device *device, void *userdata) {
        sd_bus_message *m = userdata;
        char path[BUS_PATH_MAX];

        if (error < 0)
                (void) bus_reply_error(m, bus_error_name(-error) ?: SD_BUS_ERROR_IO_ERROR, "%s",
                        sentence ?: strerror(-error));
        else if (streq_ptr(sd_bus_message_get_member(m), "AddDevice"))
                (void) bus_reply(m, "o", bus_device_path(device, path));
        else
                (void) bus_reply(m, NULL);
        sd_bus_message_unref(m);
}

/* Called after a change was handed over, or failed to be: in that case nothing else owns the message. */
static int wait_for_disk(sd_bus_message *m, int r, char *sentence, sd_bus_error *error) {
        if (r >= 0)
                return 1;
        sd_bus_message_unref(m);
        return bus_error_set(error, r, sentence);
}

static int method_add_device(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        struct options options = {};
        char *sentence = NULL;
        const char *address;
        int r;

        r = sd_bus_message_read(m, "s", &address);
        if (r >= 0)
                r = read_options(m, &options, error);
        if (r >= 0)
                r = authorise_devices(&server->authority, m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = manager_add_device(server->settings.manager, address,
                &(struct add_options){ options.alias, options.model, options.experimental }, on_kept,
                sd_bus_message_ref(m), &sentence);
        return wait_for_disk(m, r, sentence, error);
}

static int method_forget_device(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        char *sentence = NULL;
        struct device *device;
        const char *path;
        int r;

        r = sd_bus_message_read(m, "o", &path);
        if (r >= 0)
                r = authorise_devices(&server->authority, m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        device = bus_server_device_by_path(server, path);
        if (!device)
                return limber_error_set(
                        error, LIMBER_ERROR_NO_SUCH_DEVICE, "there is no device at %s", path);
        r = manager_forget_device(
                server->settings.manager, device, on_kept, sd_bus_message_ref(m), &sentence);
        return wait_for_disk(m, r, sentence, error);
}

static int method_limits(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct bus_server *server = userdata;
        struct limit_row rows[LIMIT_ROWS_MAX];
        const struct zone *zone = NULL;
        char *sentence = NULL;
        struct device *device;
        const char *name, *zone_id;
        unsigned n;
        uid_t uid;
        int r;

        r = sd_bus_message_read(m, "ss", &name, &zone_id);
        if (r >= 0)
                r = authorise_uid(&server->authority, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = manager_find_device(server->settings.manager, name, false, &device, &sentence);
        if (r < 0 && sentence)
                return bus_error_set(error, r, sentence);
        if (r < 0)
                return limber_error_set(error, LIMBER_ERROR_NO_SUCH_DEVICE,
                        "no device '%s' is known; see 'limber devices'", name);
        if (!isempty(zone_id) && !(zone = zone_by_id(zone_id)))
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "there is no zone '%s'; limber-routine(5) lists them", zone_id);
        n = limits_of_device(
                device, zone, manager_runner(server->settings.manager, uid), rows, ARRAY_SIZE(rows));
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "(sdss)");
        for (unsigned i = 0; r >= 0 && i < n; i++)
                r = bus_append(reply, "(sdss)", rows[i].quantity, rows[i].value,
                        limit_rule_to_string(rows[i].rule), rows[i].source);
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static int method_reload(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = userdata;
        int r;

        r = authorise_administer(&server->authority, m, "have the folders read again", error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (server->reload_message)
                return limber_error_set(error, LIMBER_ERROR_BUSY, "the folders are being read already");
        r = server->settings.reload ? server->settings.reload(server->settings.userdata) : -EOPNOTSUPP;
        if (r == -EBUSY)
                return limber_error_set(error, LIMBER_ERROR_BUSY, "the folders are being read already");
        if (r < 0)
                return r;
        server->reload_message = sd_bus_message_ref(m);
        return 1;
}

void bus_reloaded(struct bus_server *server, int error, const char *complaint) {
        if (!server->reload_message)
                return;
        if (complaint && (error >= 0 || error == -EBUSY))
                (void) bus_reply_error(server->reload_message, LIMBER_ERROR_INVALID_ARGUMENT, "%s%s",
                        complaint,
                        error < 0 ? "; a session is running: the rest is read when it is over" : "");
        else if (error == -EBUSY)
                (void) bus_reply_error(server->reload_message, LIMBER_ERROR_BUSY,
                        "a session is running: routines, devices and the adapter are read when it is over");
        else if (error < 0)
                (void) sd_bus_reply_method_errnof(
                        server->reload_message, error, "the folders could not be read");
        else
                (void) bus_reply(server->reload_message, NULL);
        server->reload_message = sd_bus_message_unref(server->reload_message);
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define OPEN SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable manager_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("StartRoutine", SD_BUS_ARGS("s", routine, "a{sv}", options),
                SD_BUS_RESULT("o", session), method_start_routine, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "StopAll", SD_BUS_NO_ARGS, SD_BUS_RESULT("u", devices), method_stop_all, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Scan", SD_BUS_ARGS("u", seconds), SD_BUS_NO_RESULT, method_scan, OPEN),
        SD_BUS_METHOD_WITH_ARGS("AddDevice", SD_BUS_ARGS("s", address, "a{sv}", options),
                SD_BUS_RESULT("o", device), method_add_device, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "ForgetDevice", SD_BUS_ARGS("o", device), SD_BUS_NO_RESULT, method_forget_device, OPEN),
        SD_BUS_METHOD_WITH_ARGS("CheckRoutine", SD_BUS_ARGS("ay", text), SD_BUS_RESULT("a(suss)", findings),
                bus_server_check_routine, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Limits", SD_BUS_ARGS("s", device, "s", zone),
                SD_BUS_RESULT("a(sdss)", limits), method_limits, OPEN),
        SD_BUS_METHOD_WITH_ARGS("History", SD_BUS_ARGS("a{sv}", query), SD_BUS_RESULT("aa{sv}", sessions),
                bus_server_history, OPEN),
        SD_BUS_METHOD_WITH_ARGS("HistoryEvents", SD_BUS_ARGS("t", session), SD_BUS_RESULT("aa{sv}", events),
                bus_server_history_events, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "Questions", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", questions), bus_server_questions, OPEN),
        SD_BUS_METHOD_WITH_ARGS("AnswerQuestion", SD_BUS_ARGS("t", session, "s", kind, "y", score),
                SD_BUS_RESULT("s", advice), bus_server_answer_question, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "Rests", SD_BUS_NO_ARGS, SD_BUS_RESULT("aa{sv}", rests), bus_server_rests, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Reload", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_reload, OPEN),
        SD_BUS_PROPERTY("Version", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("OutputActive", "b", get_bool, 0, CHANGES),
        SD_BUS_PROPERTY("BluezVersion", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Loading", "b", get_bool, 0, CHANGES),
        SD_BUS_PROPERTY("Powered", "b", get_bool, 0, CHANGES),
        SD_BUS_PROPERTY("Simulated", "b", get_bool, 0, CONST),
        SD_BUS_PROPERTY("Rejected", "a(sus)", get_rejected, 0, CHANGES),
        SD_BUS_SIGNAL_WITH_ARGS("QuestionOpened", SD_BUS_ARGS("u", runner, "t", session, "s", kind), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Alert", SD_BUS_ARGS("s", code, "s", text, "o", object), 0),
        SD_BUS_VTABLE_END,
};

static void *find_manager(struct bus_server *server, const char *path) {
        return streq(path, LIMBER_PATH) ? server : NULL;
}

const struct bus_interface bus_manager_interface = {
        .name = LIMBER_MANAGER_INTERFACE,
        .path = LIMBER_PATH,
        .vtable = manager_vtable,
        .find = find_manager,
};
