/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The manager over simulated products: devices come and go, are kept, renamed and forgotten, two users start sessions, folders are
 * read anew, the adapter goes off, links break or are doubted, writes fail, the disk is slow, in any order. After each action
 * everything that a client could read is read (a sanitizer sees what is freed), and no product gives output that no device of the
 * manager answers for. At the end, with everything healed and stopped, all is zero and nothing is left behind. */

#include <dirent.h>
#include <sys/stat.h>

#include "daemon/manager/manager.h"
#include "lib/conf-text.h"
#include "tests/property/property.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/virtual-clock.h"
#include "tests/virtual/virtual-jobs.h"
#include "tests/virtual/virtual-radio.h"

#define MSEC(n) ((uint64_t) (n) *USEC_PER_MSEC)
#define SECONDS(n) ((uint64_t) (n) *USEC_PER_SEC)
#define PEERS 3u
#define USERS 2u
#define BEAT_USEC MSEC(300)
/* Pads that lose their link go on for the windows they have, 100 ms, and are taken to be off at once. */
#define FADE_USEC MSEC(200)

/* The same gun under another id, as somebody chooses it. */
#define SOFT "softer-gun-of"

static const struct {
        const char *kind, *address, *name;
} peers[PEERS] = {
        { "theragun-pro", "AA:AA:AA:AA:AA:01", "Pro" },
        { "theragun-pro", "AA:AA:AA:AA:AA:03", "Pro" },
        { "coyote3", "BB:BB:BB:BB:BB:02", "47L121000" },
};
/* The last but one is chosen by a person, never by a name. */
static const char *const definitions[] = { "theragun-gen4", SOFT, "coyote3" };
static const struct {
        const char *id, *text;
} routines[] = {
        { "gun", TEXT_GUN },
        { "pads", TEXT_PADS },
        { "both", TEXT_BOTH },
};
static const char *const aliases[] = { "", "gun", "other", "a-name-that-is-rather-long" };
static const char *const clients[USERS] = { ":1.1", ":1.2" };

enum {
        ADVERTISE,
        VANISH,
        CONNECT,
        DISCONNECT,
        ADD,
        FORGET,
        START,
        CALIBRATE,
        ARM,
        BEATING,
        LEAVE,
        PAUSE,
        RESUME,
        SKIP,
        END,
        STOP_ALL,
        ADJUST,
        DISCOMFORT,
        SCAN,
        RELOAD,
        ADAPTER,
        DROP,
        DOUBT,
        FAULT,
        HEAL,
        DISK,
        RUN,
        RUN_ON,
        _VERB_MAX,
};

static const struct verb verbs[_VERB_MAX] = {
        [ADVERTISE] = { "advertise", 8, PEERS - 1, 0 },
        [VANISH] = { "vanish", 6, PEERS - 1, 0 },
        [CONNECT] = { "connect", 8, PEERS - 1, 0 },
        [DISCONNECT] = { "disconnect", 3, PEERS - 1, 0 },
        [ADD] = { "add", 12, PEERS - 1, 3 * ARRAY_SIZE(aliases) - 1 },
        [FORGET] = { "forget", 6, PEERS - 1, 0 },
        [START] = { "start", 14, USERS - 1, ARRAY_SIZE(routines) * 3 * 4 - 1 },
        [CALIBRATE] = { "calibrate", 2, USERS - 1, 0 },
        [ARM] = { "arm", 20, USERS - 1, 0 },
        [BEATING] = { "beating", 3, USERS - 1, 3 },
        [LEAVE] = { "leave", 1, USERS - 1, 0 },
        [PAUSE] = { "pause", 2, USERS - 1, 0 },
        [RESUME] = { "resume", 4, USERS - 1, 1 },
        [SKIP] = { "skip", 3, USERS - 1, 0 },
        [END] = { "end", 3, USERS - 1, 0 },
        [STOP_ALL] = { "stop-all", 1, 1, 0 },
        [ADJUST] = { "adjust", 4, USERS - 1, 6 },
        [DISCOMFORT] = { "discomfort", 4, USERS - 1, 10 },
        [SCAN] = { "scan", 2, 61, 0 },
        [RELOAD] = { "reload", 3, 2, 0 },
        [ADAPTER] = { "adapter", 3, 4, 0 },
        [DROP] = { "drop", 3, PEERS - 1, 0 },
        [DOUBT] = { "doubt", 3, PEERS - 1, 3 },
        [FAULT] = { "fault", 3, PEERS - 1, 4 },
        [HEAL] = { "heal", 10, 0, 0 },
        [DISK] = { "disk", 3, 3, 3 },
        [RUN] = { "run", 20, 1500, 0 },
        [RUN_ON] = { "run-on", 10, 40, 0 },
};

enum {
        REACHED_RUNNING,
        REACHED_OUTPUT,
        REACHED_TWO_SESSIONS,
        REACHED_DOUBT,
        REACHED_FORGOTTEN,
        REACHED_REPLACED,
        _REACHED_MAX,
};
static const char *const reaches[] = {
        [REACHED_RUNNING] = "sessions seen running",
        [REACHED_OUTPUT] = "products seen giving output",
        [REACHED_TWO_SESSIONS] = "sessions of both users at once",
        [REACHED_DOUBT] = "links doubted with output on",
        [REACHED_FORGOTTEN] = "devices forgotten that an ended session names",
        [REACHED_REPLACED] = "sessions that were staged for a device that is no more",
        [_REACHED_MAX] = NULL,
};
_Static_assert(_REACHED_MAX <= PROPERTY_REACHES_MAX, "more reaches than are counted");

struct trial {
        struct virtual_clock *clock;
        struct virtual_radio *radio;
        struct virtual_jobs *armed_jobs, *disk_jobs;
        struct virtual_peer *peers[PEERS];
        struct runner_store *runners;
        struct manager *manager;
        struct clock_timer *beat_timer;
        bool rested, was_quiet; /* told of it since; as of the last look */
        bool beats[USERS];
        uint64_t unknown_since
                [PEERS]; /* when a product gave output that nobody knew of; UINT64_MAX: it does not */
        char nonces[USERS][ARMING_NONCE_SIZE];
        unsigned challenged[USERS]; /* the session that a nonce is for */
        char folder[64], armed[96], devices[96], runner_folder[96];
};

static struct trial *trial; /* the one of this process */

static struct clock *clock_of(const struct trial *t) {
        return virtual_clock_base(t->clock);
}

/* --- what the manager tells: nobody is there, but what is told may be looked at --- */

static void read_device(const struct device *device);
static void read_session(const struct session *session);

static void on_device(struct device *device, void *userdata) {
        read_device(device);
}

static void on_connected(struct device *device, int error, const char *sentence, void *userdata) {
        read_device(device);
        if (error != 0 && isempty(sentence))
                property_broken("a connect failed without a sentence");
}

static void on_session(struct session *session, void *userdata) {
        read_session(session);
}

static void on_changed(void *userdata) {}

static void on_alert(const char *code, int error, const char *sentence, const struct device *device,
        const struct session *session, void *userdata) {
        if (isempty(code) || isempty(sentence))
                property_broken("an alert without words");
        if (device)
                read_device(device);
        if (session)
                read_session(session);
        if (session && error == ENODEV && session_state(session) == SESSION_STAGED)
                property_reached(REACHED_REPLACED);
}

static void on_question(uid_t runner, const struct follow_up_question *question, void *userdata) {}

static int on_output(struct device *device, bool on, void *userdata) {
        read_device(device);
        return 0;
}

static void on_challenge(
        struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata) {
        for (unsigned i = 0; i < USERS; i++)
                if (streq(session_holder(session), clients[i])) {
                        (void) snprintf(trial->nonces[i], sizeof(trial->nonces[i]), "%s", nonce);
                        trial->challenged[i] = session_id(session);
                }
}

/* What waits for that is told of every such moment, or it would wait for ever. */
static void on_rested(void *userdata) {
        trial->rested = true;
}

static const struct session_handler session_handler = {
        .changed = on_session,
        .step_started = on_session,
        .prompt_raised = on_session,
        .challenge = on_challenge,
        .ended = on_session,
};

static const struct manager_handler handler = {
        .device_added = on_device,
        .device_removed = on_device,
        .device_changed = on_device,
        .device_connected = on_connected,
        .device_disconnected = on_connected,
        .session_added = on_session,
        .session_removed = on_session,
        .changed = on_changed,
        .alert = on_alert,
        .question = on_question,
        .session = &session_handler,
        .output = on_output,
        .rested = on_rested,
};

/* --- everything that a client could read --- */

static volatile size_t sink;

static void taste(const char *text) {
        sink += text ? strlen(text) : 0;
}

static void read_device(const struct device *device) {
        const struct device_definition *definition = device_definition(device);

        taste(device_address(device));
        taste(device_address_type(device));
        taste(device_name(device));
        taste(device_alias(device));
        taste(device_title(device));
        taste(device_model(device));
        taste(definition->id);
        taste(device_state_to_string(device_state(device)));
        sink += device_battery(device) + (size_t) device_is_added(device) + device_output_active(device);
        for (unsigned i = 0; i < definition->n_features; i++) {
                taste(definition->features[i].name);
                taste(certainty_to_string(device_channel(device, i)->certainty.state));
                sink += (size_t) device_taken(device, i);
        }
}

static void read_session(const struct session *session) {
        struct session_setpoint setpoints[ROUTINE_ROLES_MAX * PROTOCOL_FEATURES_MAX];
        const struct stage *stage = session_stage(session), *next = session_next_stage(session);
        unsigned n = session_setpoints(session, setpoints, ARRAY_SIZE(setpoints));

        taste(session_routine(session)->title);
        taste(session_holder(session));
        taste(session_prompt(session));
        taste(session_prompt_text(session));
        for (unsigned i = 0; session_prompt_answer(session, i); i++)
                taste(session_prompt_answer(session, i));
        taste(session_advice(session));
        taste(stage ? stage->step->title : NULL);
        taste(next ? next->step->title : NULL);
        taste(session_state_to_string(session_state(session)));
        taste(session_reason_to_string(session_reason(session)));
        for (unsigned i = 0; i < n; i++) {
                read_device(setpoints[i].device);
                taste(setpoints[i].zone ? setpoints[i].zone->name : NULL);
                for (unsigned k = 0; k < setpoints[i].limit.n_reasons; k++)
                        taste(limit_rule_explain(setpoints[i].limit.reasons[k].rule));
        }
        sink += (size_t) session_remaining(session) + session_output_active(session);
}

/* --- what must hold --- */

static const struct device *device_of(const struct trial *t, unsigned peer) {
        return manager_device_by_address(t->manager, peers[peer].address, "random");
}

static bool is_told_to_run(const struct virtual_peer *peer, unsigned i) {
        return i < 2 ? peer->setting > 0
                     : virtual_peer_output((struct virtual_peer *) peer, 0).amplitude_permille > 0 ||
                               virtual_peer_output((struct virtual_peer *) peer, 1).amplitude_permille > 0;
}

static void look(struct trial *t) {
        const struct device *device;
        struct session *session;
        unsigned live = 0;

        for (unsigned i = 0; (device = manager_device_at(t->manager, i)); i++)
                read_device(device);
        for (unsigned i = 0; (session = manager_session_at(t->manager, i)); i++) {
                read_session(session);
                live += session_state(session) != SESSION_ENDED;
                if (session_state(session) == SESSION_RUNNING)
                        property_reached(REACHED_RUNNING);
        }
        if (live > 1)
                property_reached(REACHED_TWO_SESSIONS);
        if (manager_is_quiet(t->manager) && !t->was_quiet && !t->rested)
                property_broken("all came to rest, and nobody was told");
        t->was_quiet = manager_is_quiet(t->manager);
        t->rested = false;
        for (unsigned i = 0; i < PEERS; i++) {
                device = device_of(t, i);
                if (is_told_to_run(t->peers[i], i))
                        property_reached(REACHED_OUTPUT);
                if (!is_told_to_run(t->peers[i], i) || (device && device_output_active(device)))
                        t->unknown_since[i] = UINT64_MAX;
                else if (t->unknown_since[i] == UINT64_MAX)
                        t->unknown_since[i] = clock_now(clock_of(t));
                if (t->unknown_since[i] != UINT64_MAX &&
                        clock_now(clock_of(t)) - t->unknown_since[i] > FADE_USEC)
                        property_broken("%s gives output, and nobody knows of it", peers[i].name);
        }
}

/* --- surroundings --- */

static uint64_t wall_of(void) {
        return UINT64_C(1790000000000000);
}

/* Another id of the same length, and names that nothing advertises. */
__attribute__((noinline)) static void soften(char *text) {
        char *end = strstr(text, "endpoints = ("), *name = text, *id = strstr(text, definitions[0]);

        for (size_t i = 0; i < strlen(SOFT); i++)
                id[i] = SOFT[i];
        while ((name = strstr(name, "name = \"")) && name < end) {
                name += strlen("name = \"");
                *name = '~';
        }
}

static char *definition_text(unsigned i) {
        static char *texts[ARRAY_SIZE(definitions)];
        bool soft = streq(definitions[i], SOFT);
        _cleanup_free_ char *path = NULL;
        size_t n;

        if (texts[i])
                return texts[i];
        if (asprintf(&path, "protocols/devices/%s.conf", soft ? definitions[0] : definitions[i]) < 0)
                abort();
        texts[i] = source_file(path, &n);
        if (soft)
                soften(texts[i]);
        return texts[i];
}

/* Without the last of the definitions, or of the routines, as if a file had been removed. */
static struct library *make_library(bool all_definitions, bool all_routines) {
        struct library *library = calloc(1, sizeof(*library));
        struct findings findings = {};

        if (!library)
                abort();
        library->definitions = calloc(ARRAY_SIZE(definitions), sizeof(*library->definitions));
        library->routines = calloc(ARRAY_SIZE(routines), sizeof(*library->routines));
        if (!library->definitions || !library->routines)
                abort();
        for (unsigned i = 0; i < ARRAY_SIZE(definitions) - !all_definitions; i++) {
                const char *text = definition_text(i);

                if (definition_parse(&conf_text, definitions[i], text, strlen(text), &findings,
                            &library->definitions[library->n_definitions++]) < 0)
                        abort();
        }
        for (unsigned i = 0; i < ARRAY_SIZE(routines) - !all_routines; i++) {
                struct routine **routine = &library->routines[library->n_routines++];

                if (routine_parse(&conf_text, routines[i].text, strlen(routines[i].text), &findings,
                            routine) < 0 ||
                        free_and_strdup(&(*routine)->id, routines[i].id) < 0)
                        abort();
        }
        findings_done(&findings);
        return library;
}

static void make_runners(struct trial *t) {
        const struct runner_store_settings settings = {
                .directory = t->runner_folder, .reader = &conf_text, .wall = wall_of
        };

        if (runner_store_new(&settings, &t->runners) < 0)
                abort();
        for (unsigned i = 0; i < USERS; i++) {
                enum intake_answer answers[INTAKE_QUESTIONS];
                struct runner *runner;

                for (unsigned k = 0; k < INTAKE_QUESTIONS; k++)
                        answers[k] = INTAKE_NO;
                if (runner_new(1000 + i, &runner) < 0 || runner_answer(runner, answers, 1) < 0 ||
                        runner_store_keep(t->runners, runner, NULL, NULL) < 0)
                        abort();
        }
}

static int counted_bytes(void *bytes, size_t n) {
        static uint8_t next;

        for (size_t i = 0; i < n; i++)
                ((uint8_t *) bytes)[i] = next++;
        return 0;
}

static void on_beat(struct clock_timer *timer, void *userdata) {
        struct trial *t = userdata;
        struct session *session;

        for (unsigned i = 0; (session = manager_session_at(t->manager, i)); i++)
                for (unsigned k = 0; k < USERS; k++)
                        if (t->beats[k] && streq(session_holder(session), clients[k]))
                                (void) session_beat(session, clients[k], session_event(session),
                                        session_output_active(session));
        clock_timer_arm_in(timer, BEAT_USEC);
}

static void advertise(struct trial *t, unsigned i) {
        struct radio_advert advert = { .address_type = "random", .rssi_dbm = -60 };

        (void) snprintf(advert.address, sizeof(advert.address), "%s", peers[i].address);
        (void) snprintf(advert.name, sizeof(advert.name), "%s", peers[i].name);
        manager_radio_handler.advertised(t->manager, &advert);
}

static void open_trial(struct trial *t) {
        struct manager_settings settings;

        (void) snprintf(
                t->folder, sizeof(t->folder), "%s/limber-manager-XXXXXX", getenv("TMPDIR") ?: "/tmp");
        if (!mkdtemp(t->folder))
                abort();
        (void) snprintf(t->armed, sizeof(t->armed), "%s/armed", t->folder);
        (void) snprintf(t->devices, sizeof(t->devices), "%s/devices", t->folder);
        (void) snprintf(t->runner_folder, sizeof(t->runner_folder), "%s/runners", t->folder);
        if (mkdir(t->armed, 0700) < 0)
                abort();
        t->clock = virtual_clock_new();
        t->radio = virtual_radio_new(clock_of(t));
        t->armed_jobs = virtual_jobs_new(clock_of(t));
        t->disk_jobs = virtual_jobs_new(clock_of(t));
        make_runners(t);
        for (unsigned i = 0; i < PEERS; i++)
                t->peers[i] = virtual_radio_add(t->radio, peers[i].kind, peers[i].address);
        settings = (struct manager_settings){
                .clock = clock_of(t),
                .wall = wall_of,
                .armed_directory = t->armed,
                .store_directory = t->devices,
                .armed_jobs = virtual_jobs_base(t->armed_jobs),
                .disk_jobs = virtual_jobs_base(t->disk_jobs),
                .runners = t->runners,
                .random = counted_bytes,
                .handler = &handler,
                .userdata = t,
        };
        if (manager_new(&settings, &t->manager) < 0 ||
                clock_timer_new(clock_of(t), on_beat, t, &t->beat_timer) < 0)
                abort();
        virtual_radio_base(t->radio)->handler = &manager_radio_handler;
        virtual_radio_base(t->radio)->userdata = t->manager;
        manager_set_radio(t->manager, virtual_radio_base(t->radio));
        if (manager_set_library(t->manager, make_library(true, true)) < 0)
                abort();
        for (unsigned i = 0; i < USERS; i++)
                t->beats[i] = true;
        for (unsigned i = 0; i < PEERS; i++)
                t->unknown_since[i] = UINT64_MAX;
        clock_timer_arm_in(t->beat_timer, 0);
}

static void remove_folder(const char *path) {
        DIR *dir = opendir(path);
        struct dirent *entry;

        while (dir && (entry = readdir(dir)))
                if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..")) {
                        _cleanup_free_ char *file = NULL;

                        if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
                                abort();
                        (void) unlink(file);
                }
        if (dir)
                (void) closedir(dir);
        (void) rmdir(path);
}

static void close_trial(struct trial *t) {
        virtual_jobs_free(t->disk_jobs);
        manager_free(t->manager);
        virtual_jobs_free(t->armed_jobs);
        virtual_radio_free(t->radio);
        runner_store_free(t->runners);
        clock_timer_free(t->beat_timer);
        virtual_clock_free(t->clock);
        remove_folder(t->armed);
        remove_folder(t->devices);
        remove_folder(t->runner_folder);
        (void) rmdir(t->folder);
}

/* --- actions --- */

static struct device *any_device(struct trial *t, int peer) {
        return manager_device_by_address(t->manager, peers[peer].address, "random");
}

/* The session of that user that is not over, or an ended one, or NULL. */
static struct session *session_of(struct trial *t, int user) {
        struct session *session, *found = NULL;

        for (unsigned i = 0; (session = manager_session_at(t->manager, i)); i++)
                if (session_runner(session) == 1000u + (unsigned) user &&
                        (!found || session_state(session) != SESSION_ENDED))
                        found = session;
        return found;
}

static void on_kept(int error, const char *sentence, struct device *device, void *userdata) {
        read_device(device);
        if (error < 0 && isempty(sentence))
                property_broken("a change failed without a sentence");
}

static void add(struct trial *t, int a, int b) {
        const char *models[] = { NULL, a == 2 ? "coyote3" : definitions[0], a == 2 ? "coyote3" : SOFT };
        unsigned alias = (unsigned) b % ARRAY_SIZE(aliases), model = (unsigned) b / ARRAY_SIZE(aliases);
        const struct add_options options = {
                .alias = aliases[alias], .model = models[model], .experimental = true
        };
        _cleanup_free_ char *sentence = NULL;
        int r = manager_add_device(t->manager, model == 0 && b % 2 ? peers[a].name : peers[a].address,
                &options, on_kept, NULL, &sentence);

        if (r < 0 && isempty(sentence))
                property_broken("a device is not kept, without a sentence");
}

static void forget(struct trial *t, int a) {
        struct device *device = any_device(t, a);
        struct session *session;
        _cleanup_free_ char *sentence = NULL;
        int r;

        if (!device)
                return;
        r = manager_forget_device(t->manager, device, on_kept, NULL, &sentence);
        if (r < 0 && isempty(sentence))
                property_broken("a device is not forgotten, without a sentence");
        for (unsigned i = 0; r >= 0 && (session = manager_session_at(t->manager, i)); i++)
                if (session_uses(session, device))
                        property_reached(REACHED_FORGOTTEN);
}

static void start(struct trial *t, int a, int b) {
        static const char *const guns[] = { NULL, "AA:AA:AA:AA:AA:01", "AA:AA:AA:AA:AA:03" };
        unsigned which = (unsigned) b % ARRAY_SIZE(routines), rest = (unsigned) b / ARRAY_SIZE(routines);
        char *roles[] = { (char *) "gun", (char *) guns[rest % ARRAY_SIZE(guns)], NULL };
        const char *id = routines[which].id;
        struct start_options options = {
                .runner = 1000 + (uid_t) a,
                .holder = clients[a],
                .stage = rest / ARRAY_SIZE(guns) == 0,
                .roles = roles[1] && !streq(id, "pads") ? roles : NULL,
        };
        _cleanup_free_ char *sentence = NULL;
        struct session *session;
        int r = manager_start_routine(t->manager, id, &options, &session, &sentence);

        if (r < 0 && isempty(sentence))
                property_broken("a start is refused without a sentence");
        if (r >= 0 && !options.stage)
                (void) session_begin(session);
}

static void calibrate(struct trial *t, int a) {
        const struct calibrate_options options = { .runner = 1000 + (uid_t) a,
                .holder = clients[a],
                .feature = "a",
                .zone = "calf",
                .side = SIDE_LEFT };
        _cleanup_free_ char *sentence = NULL;
        struct device *device = any_device(t, 2);
        struct session *session;

        if (device && manager_calibrate(t->manager, device, &options, &session, &sentence) >= 0)
                (void) session_begin(session);
}

static void do_to_session(struct trial *t, unsigned verb, int a, int b) {
        struct session *session = session_of(t, a);
        _cleanup_free_ char *sentence = NULL;

        if (!session)
                return;
        switch (verb) {
        case ARM:
                (void) session_arm(session, clients[a], t->nonces[a]);
                break;
        case PAUSE:
                session_pause(session, REASON_ASKED);
                break;
        case RESUME:
                if (manager_resume(t->manager, session, clients[(a + b) % 2], &sentence) == -ECANCELED &&
                        isempty(sentence))
                        property_broken("a session may not go on, without a sentence");
                break;
        case SKIP:
                (void) session_skip(session);
                break;
        case END:
                session_end(session, REASON_STOPPED);
                break;
        case ADJUST:
                (void) session_adjust(session, clients[a], b - 3);
                break;
        default:
                (void) session_discomfort(session, (unsigned) b, NULL);
                break;
        }
}

static void harm(struct virtual_peer *peer, int how) {
        peer->write_error = how == 0 ? -EAGAIN : 0;
        peer->answer_error = how == 1 ? -EIO : 0;
        peer->ignores_requests = how == 2;
        peer->out_of_reach = how == 3;
        peer->loses_commands = how == 4;
}

static void heal(struct trial *t) {
        for (unsigned i = 0; i < PEERS; i++)
                harm(t->peers[i], -1);
        virtual_jobs_take(t->armed_jobs, 0);
        virtual_jobs_take(t->disk_jobs, 0);
        virtual_radio_set_state(t->radio, RADIO_ON);
}

static void do_to_radio(struct trial *t, unsigned verb, int a, int b) {
        static const uint64_t disk_usec[] = { 0, 1000, 300000, 4000000 };
        struct device *device = any_device(t, a % (int) PEERS);
        _cleanup_free_ char *sentence = NULL;

        switch (verb) {
        case ADVERTISE:
                advertise(t, (unsigned) a);
                break;
        case VANISH:
                manager_radio_handler.vanished(t->manager, peers[a].address, "random");
                break;
        case CONNECT:
                if (device && device_is_added(device))
                        (void) device_connect(device);
                break;
        case DISCONNECT:
                if (device && !device_owner(device))
                        device_disconnect(device);
                break;
        case SCAN:
                (void) manager_scan(t->manager, (unsigned) a, &sentence);
                break;
        case ADAPTER:
                virtual_radio_set_state(t->radio, a == 0 ? RADIO_OFF : RADIO_ON);
                break;
        case DROP:
                virtual_peer_drop(t->peers[a]);
                break;
        case DOUBT:
                if (is_told_to_run(t->peers[a], (unsigned) a))
                        property_reached(REACHED_DOUBT);
                virtual_peer_doubt(t->peers[a], (uint64_t) b * MSEC(100));
                break;
        case FAULT:
                harm(t->peers[a], b);
                break;
        case DISK:
                virtual_jobs_take(t->armed_jobs, a == 3 ? MSEC(200) : 0);
                virtual_jobs_take(t->disk_jobs, disk_usec[b]);
                break;
        default:
                heal(t);
                break;
        }
}

static void run_for(struct trial *t, uint64_t usec) {
        while (usec > 0) {
                uint64_t piece = MIN(usec, MSEC(500));

                virtual_clock_advance(t->clock, piece);
                look(t);
                usec -= piece;
        }
}

static void apply(struct trial *t, unsigned verb, int a, int b) {
        switch (verb) {
        case ADD:
                add(t, a, b);
                break;
        case FORGET:
                forget(t, a);
                break;
        case START:
                start(t, a, b);
                break;
        case CALIBRATE:
                calibrate(t, a);
                break;
        case BEATING:
                t->beats[a] = b > 0;
                break;
        case LEAVE:
                manager_client_gone(t->manager, clients[a]);
                break;
        case STOP_ALL:
                if (a == 0)
                        (void) manager_stop_all(t->manager, REASON_STOPPED);
                else
                        manager_pause_all(t->manager, REASON_SLEEP);
                break;
        case RELOAD:
                (void) manager_set_library(t->manager, make_library(a != 1, a != 2));
                break;
        case RUN:
                run_for(t, MSEC(a));
                break;
        case RUN_ON:
                run_for(t, SECONDS(a));
                break;
        case ARM:
        case PAUSE:
        case RESUME:
        case SKIP:
        case END:
        case ADJUST:
        case DISCOMFORT:
                do_to_session(t, verb, a, b);
                break;
        default:
                do_to_radio(t, verb, a, b);
                break;
        }
        look(t);
}

static void come_to_rest(struct trial *t) {
        DIR *dir;
        struct dirent *entry;

        heal(t);
        (void) manager_set_library(t->manager, make_library(true, true));
        for (unsigned i = 0; i < PEERS; i++)
                advertise(t, i);
        (void) manager_stop_all(t->manager, REASON_STOPPED);
        run_for(t, SECONDS(60));
        for (unsigned i = 0; i < PEERS; i++)
                if (is_told_to_run(t->peers[i], i))
                        property_broken("%s never came to rest", peers[i].name);
        if (manager_output_active(t->manager) || !manager_is_quiet(t->manager))
                property_broken("everything is off, and the manager does not know it");
        dir = opendir(t->armed);
        while (dir && (entry = readdir(dir)))
                if (entry->d_name[0] != '.')
                        property_broken("an armed file is left behind");
        if (dir)
                (void) closedir(dir);
}

static void run(const struct action *actions, unsigned n) {
        struct trial t = {};

        trial = &t;
        t.was_quiet = true;
        open_trial(&t);
        for (unsigned i = 0; i < PEERS; i++) {
                advertise(&t, i);
                add(&t, (int) i, 0);
        }
        for (unsigned i = 0; i < n; i++) {
                property_at(i);
                apply(&t, actions[i].verb, actions[i].a, actions[i].b);
        }
        come_to_rest(&t);
        close_trial(&t);
}

const struct subject manager_subject = {
        .name = "manager",
        .verbs = verbs,
        .n_verbs = _VERB_MAX,
        .length = 120,
        .reaches = reaches,
        .run = run,
};
