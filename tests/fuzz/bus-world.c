/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/fuzz/bus-world.h"

#include <sys/stat.h>

#include "daemon/bus/interfaces.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"
#include "lib/conf-text.h"
#include "tests/bus/bus-pair.h"
#include "tests/virtual/routine-texts.h"

#define BEAT_USEC (300 * USEC_PER_MSEC)
/* More messages than this at a time are a storm. */
#define ROUNDS_MAX 20000u

const char *const bus_clients[BUS_CLIENTS] = { ":1.1", ":1.2", ":1.3", ":1.4" };
static const uint32_t uids[BUS_CLIENTS] = { 1000, 1001, 1002, 0 };
static const struct {
        const char *kind, *address, *name;
} peers[BUS_PEERS] = {
        { "theragun-pro", "AA:AA:AA:AA:AA:01", "Pro" },
        { "coyote3", "BB:BB:BB:BB:BB:02", "47L121000" },
};
static const char *const definitions[] = { "theragun-gen4", "coyote3" };
static const struct {
        const char *id, *text;
} routines[] = {
        { "gun", TEXT_GUN },
        { "pads", TEXT_PADS },
        { "both", TEXT_BOTH },
        { "prompt", TEXT_PROMPT },
};
static char folders[3][96]; /* armed, devices, runners */

static struct clock *clock_of(const struct bus_world *world) {
        return virtual_clock_base(world->clock);
}

static uint64_t wall_of(void) {
        return UINT64_C(1790000000000000);
}

static uint8_t next_random;

static int counted_bytes(void *bytes, size_t n) {
        for (size_t i = 0; i < n; i++)
                ((uint8_t *) bytes)[i] = next_random++;
        return 0;
}

static const char *version_of(const struct radio *radio) {
        return "5.66";
}

static int on_reload(void *userdata) {
        struct bus_world *world = userdata;

        if (world->reload_asked)
                return -EBUSY;
        world->reload_asked = true;
        return 0;
}

static const struct device_definition *definition_at(size_t i) {
        static struct device_definition *read[ARRAY_SIZE(definitions)];
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t n;

        if (read[i])
                return read[i];
        fuzz_check(asprintf(&path, "protocols/devices/%s.conf", definitions[i]) > 0);
        text = fuzz_source_file(path, &n);
        fuzz_check(definition_parse(&conf_text, path, text, n, &findings, &read[i]) == 0);
        return read[i];
}

static struct routine *routine_at(size_t i) {
        static struct routine *read[ARRAY_SIZE(routines)];
        _cleanup_(findings_done) struct findings findings = {};

        if (!read[i]) {
                fuzz_check(routine_parse(&conf_text, routines[i].text, strlen(routines[i].text), &findings,
                                   &read[i]) == 0);
                fuzz_check(free_and_strdup(&read[i]->id, routines[i].id) == 0);
        }
        return read[i];
}

static struct library *make_library(void) {
        struct library *library = calloc(1, sizeof(*library));

        fuzz_check(library);
        library->definitions = calloc(ARRAY_SIZE(definitions), sizeof(*library->definitions));
        library->routines = calloc(ARRAY_SIZE(routines), sizeof(*library->routines));
        fuzz_check(library->definitions && library->routines);
        for (unsigned i = 0; i < ARRAY_SIZE(definitions); i++)
                library->definitions[library->n_definitions++] = definition_ref(definition_at(i));
        for (unsigned i = 0; i < ARRAY_SIZE(routines); i++)
                library->routines[library->n_routines++] = routine_ref(routine_at(i));
        return library;
}

static void make_runners(struct bus_world *world) {
        const struct runner_store_settings settings = {
                .directory = folders[2], .reader = &conf_text, .wall = wall_of
        };

        fuzz_check(runner_store_new(&settings, &world->runners) == 0);
        for (unsigned i = 0; i < 2; i++) {
                enum intake_answer answers[INTAKE_QUESTIONS];
                struct runner *runner;

                for (unsigned k = 0; k < INTAKE_QUESTIONS; k++)
                        answers[k] = INTAKE_NO;
                fuzz_check(runner_new(uids[i], &runner) == 0 && runner_answer(runner, answers, 1) == 0);
                fuzz_check(runner_store_keep(world->runners, runner, NULL, NULL) == 0);
        }
}

static void on_beat(struct clock_timer *timer, void *userdata) {
        struct bus_world *world = userdata;
        struct session *session;

        for (unsigned i = 0; world->beats && (session = manager_session_at(world->manager, i)); i++)
                if (!isempty(session_holder(session)))
                        (void) session_beat(session, session_holder(session), session_event(session),
                                session_output_active(session));
        clock_timer_arm_in(timer, BEAT_USEC);
}

/* What the bus and polkit answer. */
static int answer_call(struct bus_world *world, sd_bus_message *m) {
        const char *name = "";
        uint32_t uid = UINT32_MAX;

        if (sd_bus_message_is_method_call(m, "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization"))
                return sd_bus_reply_method_return(m, "(bba{ss})", world->allows, 0, 0);
        if (!sd_bus_message_is_method_call(m, "org.freedesktop.DBus", "GetConnectionUnixUser"))
                return 0;
        fuzz_check(sd_bus_message_read(m, "s", &name) >= 0);
        for (unsigned i = 0; i < BUS_CLIENTS; i++)
                if (streq(bus_clients[i], name))
                        uid = uids[i];
        return sd_bus_reply_method_return(m, "u", uid);
}

static void note_challenge(struct bus_world *world, sd_bus_message *m) {
        const char *nonce;

        fuzz_check(sd_bus_message_read(m, "s", &nonce) >= 0);
        (void) snprintf(world->nonce, sizeof(world->nonce), "%s", nonce);
        (void) snprintf(world->path, sizeof(world->path), "%s", sd_bus_message_get_path(m));
}

/* To one that was asked, and once. */
static void note_answer(struct bus_world *world, sd_bus_message *m) {
        unsigned i = 0;
        uint64_t cookie;

        fuzz_check(sd_bus_message_get_reply_cookie(m, &cookie) >= 0);
        while (i < world->n_calls && world->calls[i].cookie != cookie)
                i++;
        fuzz_check(i < world->n_calls);
        world->calls[i] = world->calls[--world->n_calls];
}

bool bus_world_is_answered(const struct bus_world *world) {
        bool all = true;

        for (unsigned i = 0; i < world->n_calls; i++)
                if (!world->calls[i].gone) {
                        fprintf(stderr, "no answer to %s\n", world->calls[i].member);
                        all = false;
                }
        return all;
}

/* An error is one that bus-errors.h or D-Bus has, with a sentence. */
static void check_error(const sd_bus_error *error) {
        fuzz_check(startswith(error->name, LIMBER_ERROR_PREFIX) ||
                   startswith(error->name, "org.freedesktop.DBus.Error.") ||
                   startswith(error->name, "System.Error."));
        fuzz_check(!isempty(error->message));
}

static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_world *world = userdata;
        uint8_t type;

        fuzz_check(sd_bus_message_get_type(m, &type) >= 0);
        if (type == SD_BUS_MESSAGE_METHOD_CALL)
                return answer_call(world, m) < 0 ? -EIO : 1;
        if (sd_bus_message_is_signal(m, LIMBER_SESSION_INTERFACE, "Challenge"))
                note_challenge(world, m);
        else if (type == SD_BUS_MESSAGE_METHOD_RETURN || type == SD_BUS_MESSAGE_METHOD_ERROR)
                note_answer(world, m);
        if (type == SD_BUS_MESSAGE_METHOD_ERROR)
                check_error(sd_bus_message_get_error(m));
        return 1;
}

static void make_folders(void) {
        static const char *const names[] = { "armed", "devices", "runners" };

        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                (void) snprintf(folders[i], sizeof(folders[i]), "%s/%s", fuzz_folder(), names[i]);
        fuzz_folder_clear(fuzz_folder());
        fuzz_check(mkdir(folders[0], 0700) == 0);
}

static void make_server(struct bus_world *world) {
        const struct bus_server_settings settings = { .bus = world->bus,
                .interfaces = bus_interfaces,
                .clock = clock_of(world),
                .bluez_version = version_of,
                .history_path = "/nonexistent/history.db",
                .parser = "/nonexistent/limber-parse",
                .reload = on_reload,
                .userdata = world };
        struct manager_settings manager = { .clock = clock_of(world),
                .wall = wall_of,
                .armed_directory = folders[0],
                .store_directory = folders[1],
                .armed_jobs = virtual_jobs_base(world->armed_jobs),
                .disk_jobs = virtual_jobs_base(world->disk_jobs),
                .runners = world->runners,
                .random = counted_bytes,
                .handler = &bus_manager_handler };
        struct radio *radio = virtual_radio_base(world->radio);

        fuzz_check(bus_server_new(&settings, &world->server) >= 0);
        manager.userdata = world->server;
        fuzz_check(manager_new(&manager, &world->manager) >= 0);
        radio->handler = &manager_radio_handler;
        radio->userdata = world->manager;
        manager_set_radio(world->manager, radio);
        bus_server_set_manager(world->server, world->manager, radio);
        fuzz_check(bus_server_attach(world->server) >= 0);
        fuzz_check(manager_set_library(world->manager, make_library()) >= 0);
}

struct bus_world *bus_world_new(void) {
        struct bus_world *world = calloc(1, sizeof(*world));

        fuzz_check(world);
        fuzz_check(limber_errors_register() >= 0);
        next_random = 0;
        world->beats = world->allows = true;
        make_folders();
        world->clock = virtual_clock_new();
        world->radio = virtual_radio_new(clock_of(world));
        world->armed_jobs = virtual_jobs_new(clock_of(world));
        world->disk_jobs = virtual_jobs_new(clock_of(world));
        make_runners(world);
        for (unsigned i = 0; i < BUS_PEERS; i++)
                world->peers[i] = virtual_radio_add(world->radio, peers[i].kind, peers[i].address);
        fuzz_check(bus_pair_open(&world->bus, &world->client) >= 0);
        fuzz_check(sd_bus_add_filter(world->client, NULL, on_message, world) >= 0);
        make_server(world);
        fuzz_check(clock_timer_new(clock_of(world), on_beat, world, &world->beat_timer) == 0);
        clock_timer_arm_in(world->beat_timer, 0);
        bus_world_run(world, 0);
        return world;
}

struct bus_world *bus_world_free(struct bus_world *world) {
        virtual_jobs_free(world->disk_jobs);
        manager_free(world->manager);
        bus_server_free(world->server);
        virtual_jobs_free(world->armed_jobs);
        virtual_radio_free(world->radio);
        runner_store_free(world->runners);
        clock_timer_free(world->beat_timer);
        virtual_clock_free(world->clock);
        sd_bus_close_unref(world->client);
        sd_bus_close_unref(world->bus);
        free(world);
        return NULL;
}

static void carry(struct bus_world *world) {
        unsigned rounds = 0;
        int r;

        do {
                int a = sd_bus_process(world->bus, NULL), b = sd_bus_process(world->client, NULL);

                fuzz_check(a >= 0 && b >= 0);
                fuzz_check(++rounds < ROUNDS_MAX);
                r = a > 0 || b > 0;
        } while (r > 0);
}

/* After each timer that fired. */
static bool on_timer(void *userdata) {
        struct bus_world *world = userdata;

        carry(world);
        if (world->reload_asked) {
                world->reload_asked = false;
                bus_reloaded(world->server, 0, NULL);
                carry(world);
        }
        return false;
}

void bus_world_run(struct bus_world *world, uint64_t usec) {
        (void) on_timer(world);
        (void) virtual_clock_run_until(world->clock, on_timer, world, usec);
}

sd_bus_message *bus_world_message(
        struct bus_world *world, const char *path, const char *interface, const char *member) {
        sd_bus_message *m = NULL;

        return sd_bus_message_new_method_call(world->client, &m, NULL, path, interface, member) < 0 ? NULL
                                                                                                    : m;
}

void bus_world_call(struct bus_world *world, unsigned client, sd_bus_message *m) {
        struct bus_call *call = &world->calls[world->n_calls++];

        fuzz_check(world->n_calls <= BUS_CALLS_MAX);
        (void) snprintf(call->member, sizeof(call->member), "%s", sd_bus_message_get_member(m));
        call->client = client % BUS_CLIENTS;
        call->gone = false;
        fuzz_check(sd_bus_message_set_sender(m, bus_clients[call->client]) >= 0);
        fuzz_check(sd_bus_send(world->client, m, &call->cookie) >= 0);
        sd_bus_message_unref(m);
        carry(world);
}

void bus_world_advertise(struct bus_world *world, unsigned peer) {
        struct radio_advert advert = { .address_type = "random", .rssi_dbm = -60 };
        unsigned i = peer % BUS_PEERS;

        (void) snprintf(advert.address, sizeof(advert.address), "%s", peers[i].address);
        (void) snprintf(advert.name, sizeof(advert.name), "%s", peers[i].name);
        manager_radio_handler.advertised(world->manager, &advert);
}

void bus_world_leave(struct bus_world *world, unsigned client) {
        const char *name = bus_clients[client % BUS_CLIENTS];
        sd_bus_message *m = NULL;

        fuzz_check(sd_bus_message_new_signal(world->client, &m, "/org/freedesktop/DBus",
                           "org.freedesktop.DBus", "NameOwnerChanged") >= 0);
        fuzz_check(sd_bus_message_set_sender(m, "org.freedesktop.DBus") >= 0);
        for (unsigned i = 0; i < world->n_calls; i++)
                world->calls[i].gone |= world->calls[i].client == client % BUS_CLIENTS;
        fuzz_check(sd_bus_message_append(m, "sss", name, name, "") >= 0);
        fuzz_check(sd_bus_send(world->client, m, NULL) >= 0);
        sd_bus_message_unref(m);
        carry(world);
}
