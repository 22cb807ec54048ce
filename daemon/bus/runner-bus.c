/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"

/* A call whose reply waits for the disk. */
struct keeping {
        sd_bus_message *message;
        bool tells; /* the reply has the note */
};

/* ".../1000" or ".../self", which is the caller. */
static bool path_is_good(const char *path, uid_t *ret, bool *ret_self) {
        const char *name = startswith(path, LIMBER_RUNNER_PATH "/");
        unsigned long uid;
        char again[32];

        if (!name)
                return false;
        *ret_self = streq(path, LIMBER_RUNNER_SELF_PATH);
        if (*ret_self)
                return true;
        uid = strtoul(name, NULL, 10);
        (void) snprintf(again, sizeof(again), "%lu", uid);
        if (!streq(again, name) || uid >= (uid_t) -1)
                return false;
        *ret = (uid_t) uid;
        return true;
}

/* The user whose object the call is about. Returns as authorise_uid(). */
static int uid_of(struct bus_server *server, sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        bool self = false;

        if (!path_is_good(sd_bus_message_get_path(m), ret, &self))
                return -ENOENT;
        return self ? authorise_uid(&server->authority, m, ret, error) : 1;
}

static struct runner_store *store_of(const struct bus_server *server) {
        return manager_runners(server->settings.manager);
}

/* Copies what is known of the user, to be changed; an unreadable file must first be replaced by new answers. */
static int copy_known(struct bus_server *server, uid_t uid, struct runner **ret, sd_bus_error *error) {
        const struct runner *known = runner_store_find(store_of(server), uid);
        const char *damage = runner_store_damage(store_of(server), uid);

        if (damage)
                return limber_error_set(error, LIMBER_ERROR_INTAKE_REQUIRED,
                        "what limber knew of user %u cannot be read (%s); it begins anew with 'limber intake'",
                        (unsigned) uid, damage);
        return known ? runner_copy(known, ret) : runner_new(uid, ret);
}

static void on_kept(int error, const char *note, void *userdata) {
        struct keeping *keeping = userdata;

        if (error < 0)
                (void) bus_reply_error(keeping->message,
                        error == -ESTALE ? LIMBER_ERROR_WRONG_STATE : SD_BUS_ERROR_IO_ERROR, "%s",
                        note ?: "it could not be saved");
        else if (keeping->tells)
                (void) bus_reply(keeping->message, "s", strnull(note));
        else
                (void) bus_reply(keeping->message, NULL);
        sd_bus_message_unref(keeping->message);
        free(keeping);
}

/* Takes ownership of next; the reply follows when it is on the disk. */
static int keep(
        struct bus_server *server, sd_bus_message *m, struct runner *next, bool tells, sd_bus_error *error) {
        struct keeping *keeping = malloc(sizeof(*keeping));
        int r;

        if (!keeping) {
                runner_free(next);
                return -ENOMEM;
        }
        *keeping = (struct keeping){ .message = sd_bus_message_ref(m), .tells = tells };
        r = runner_store_keep(store_of(server), next, on_kept, keeping);
        if (r >= 0)
                return 1;
        sd_bus_message_unref(m);
        free(keeping);
        return r == -EBUSY || r == -EAGAIN
                       ? limber_error_set(error, LIMBER_ERROR_BUSY,
                                 "something is on its way to the disk still; try again in a moment")
                       : r;
}

static int read_answer(sd_bus_message *m, enum intake_answer *answers, sd_bus_error *error) {
        const char *id, *word, *near;
        int r, question;

        r = sd_bus_message_read(m, "s", &id);
        if (r < 0)
                return r;
        question = intake_find(id);
        if (question < 0) {
                near = intake_nearest_id(id);
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "there is no question '%s'%s%s%s", id, near ? "; did you mean '" : "", strnull(near),
                        near ? "'?" : "");
        }
        if (answers[question] != INTAKE_NO_ANSWER)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT, "'%s' is answered twice", id);
        r = sd_bus_message_read(m, "v", "s", &word);
        if (r >= 0)
                answers[question] = intake_answer_from_string(word);
        if (r == -ENXIO || (r >= 0 && answers[question] == INTAKE_NO_ANSWER))
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "'%s' is answered by \"yes\", \"no\" or \"unknown\"", id);
        return r;
}

static int read_answers(sd_bus_message *m, enum intake_answer *answers, sd_bus_error *error) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_answer(m, answers, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        for (unsigned i = 0; r >= 0 && i < INTAKE_QUESTIONS; i++)
                if (answers[i] == INTAKE_NO_ANSWER)
                        return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                                "'%s' is not answered; nothing is saved until all are",
                                intake_question_at(i)->id);
        return r;
}

/* Users of the system, who have no body (login.defs(5), SYS_UID_MAX; systemd has the same). Root has one: on many small computers
 * that is the person. */
#define SYSTEM_UID_MAX 999u

static int method_intake(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = ((struct bus_object *) userdata)->server;
        enum intake_answer answers[INTAKE_QUESTIONS] = {};
        const struct runner *known;
        struct runner *next = NULL;
        uid_t uid = 0;
        int r;

        r = uid_of(server, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (uid > 0 && uid <= SYSTEM_UID_MAX)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "user %u is a service, not a person: it has no intake. Answer as the person it works for",
                        uid);
        r = read_answers(m, answers, error);
        if (r >= 0)
                r = authorise_runner(&server->authority, m, uid, "answer for somebody else", error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (manager_runner_is_busy(server->settings.manager, uid))
                return limber_error_set(error, LIMBER_ERROR_BUSY,
                        "a session of theirs is not over; stop it first: 'limber stop'");
        known = runner_store_find(store_of(server), uid);
        r = known ? runner_copy(known, &next) : runner_new(uid, &next);
        if (r < 0)
                return r;
        (void) runner_answer(next, answers, runner_store_wall(store_of(server)));
        return keep(server, m, next, true, error);
}

/* "none" removes a cap; a number is in the cap's unit. */
static int read_cap(sd_bus_message *m, struct runner *next, sd_bus_error *error) {
        const struct cap_kind *kind;
        const char *name, *word = "";
        enum cap cap;
        double value = 0;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        cap = cap_from_string(name);
        if (cap == _CAP_MAX)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT, "there is no cap '%s'", name);
        kind = cap_kind(cap);
        r = sd_bus_message_read(m, "v", "d", &value);
        if (r == -ENXIO)
                r = sd_bus_message_read(m, "v", "s", &word);
        if (r < 0 && r != -ENXIO)
                return r;
        if (streq(word, "none"))
                return runner_set_cap(next, cap, GATE_NO_CAP);
        /* Compared as a double first: out of range or NaN has no integer. */
        if (r < 0 || !isempty(word) || !(value >= (double) CAP_MIN / 1000) ||
                !(value <= (double) cap_ceiling(cap) / 1000) ||
                runner_set_cap(next, cap, (int64_t) (value * 1000)) < 0)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "the cap '%s' is %g to %g %s, or \"none\"", name, (double) CAP_MIN / 1000,
                        (double) cap_ceiling(cap) / 1000, kind->unit);
        return 0;
}

static int read_caps(sd_bus_message *m, struct runner *next, sd_bus_error *error) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_cap(m, next, error);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        return r;
}

/* For any unit of a device: a cap in one unit also limits devices with another. */
static bool any_cap_rises(const struct runner *known, const struct runner *next) {
        for (unsigned i = 0; i < _CAP_MAX; i++) {
                const struct cap_kind *kind = cap_kind((enum cap) i);
                const struct feature feature = { .unit = kind->unit,
                        .kind = kind->kind == ROLE_ESTIM ? FEATURE_ESTIM : FEATURE_PERCUSSION };

                if (runner_person(next, &feature).cap > runner_person(known, &feature).cap)
                        return true;
        }
        return false;
}

static int method_set_caps(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = ((struct bus_object *) userdata)->server;
        _cleanup_(runner_freep) struct runner *next = NULL;
        uid_t uid = 0;
        int r;

        r = uid_of(server, m, &uid, error);
        if (r > 0)
                r = authorise_runner(&server->authority, m, uid, "change somebody else's caps", error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = copy_known(server, uid, &next, error);
        if (r >= 0)
                r = read_caps(m, next, error);
        if (r < 0)
                return r;
        /* REQ9: raising a cap during a session would be a rise that nobody armed. Lowering is always allowed. */
        if (manager_runner_is_busy(server->settings.manager, uid) &&
                any_cap_rises(runner_store_find(store_of(server), uid), next))
                return limber_error_set(error, LIMBER_ERROR_BUSY,
                        "a session of theirs is not over; until then a cap can only go down");
        return keep(server, m, TAKE_PTR(next), false, error);
}

static int method_sign_off(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct bus_server *server = ((struct bus_object *) userdata)->server;
        _cleanup_(runner_freep) struct runner *next = NULL;
        const char *id, *by;
        uid_t uid = 0;
        int question, r;

        r = uid_of(server, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_read(m, "ss", &id, &by);
        if (r < 0)
                return r;
        question = intake_find(id);
        if (question < 0)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "there is no question '%s'; 'limber runner' shows what is blocked", id);
        r = authorise_administer(&server->authority, m, "record a sign-off", error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = copy_known(server, uid, &next, error);
        if (r >= 0)
                r = runner_sign_off(next, (unsigned) question, by, runner_store_wall(store_of(server)));
        if (r == -EDOM)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "who signed off is said by a name of 1 to %u bytes", RUNNER_BY_MAX);
        if (r == -ECANCELED)
                return limber_error_set(error, LIMBER_ERROR_REFUSED,
                        "the answer about %s is none that a sign-off could lift: it blocks nothing, or what it blocks is "
                        "never given",
                        intake_question_at((unsigned) question)->what);
        return r < 0 ? r : keep(server, m, TAKE_PTR(next), false, error);
}

/* Opens "name": <value of that type>; the caller fills and closes it. */
static int open_entry(sd_bus_message *m, const char *name, const char *type) {
        int r;

        r = sd_bus_message_open_container(m, 'e', "sv");
        if (r >= 0)
                r = bus_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'v', type);
        /* All types are arrays. */
        return r < 0 ? r : sd_bus_message_open_container(m, 'a', type + 1);
}

static int close_entry(sd_bus_message *m) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < 3; i++)
                r = sd_bus_message_close_container(m);
        return r;
}

static int append_answers(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "answers", "a{ss}");

        for (unsigned i = 0; r >= 0 && runner && i < INTAKE_QUESTIONS; i++)
                if (runner->answers[i] != INTAKE_NO_ANSWER)
                        r = bus_append(m, "{ss}", intake_question_at(i)->id,
                                intake_answer_to_string(runner->answers[i]));
        return r < 0 ? r : close_entry(m);
}

static int append_sign_off(sd_bus_message *m, const char *question, const struct runner_sign_off *s) {
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = bus_append_entry(m, "question", "s", question);
        if (r >= 0)
                r = bus_append_entry(m, "by", "s", s->by);
        if (r >= 0)
                r = bus_append_entry(m, "at", "t", s->at_usec);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_sign_offs(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "sign-offs", "aa{sv}");

        for (unsigned i = 0; r >= 0 && runner && i < INTAKE_QUESTIONS; i++) {
                const struct runner_sign_off *s = &runner->sign_offs[i];

                if (s->given)
                        r = append_sign_off(m, intake_question_at(i)->id, s);
        }
        return r < 0 ? r : close_entry(m);
}

static int append_caps(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "caps", "a{sd}");

        for (unsigned i = 0; r >= 0 && runner && i < _CAP_MAX; i++)
                if (runner->caps[i] != GATE_NO_CAP)
                        r = bus_append(
                                m, "{sd}", cap_kind((enum cap) i)->name, (double) runner->caps[i] / 1000);
        return r < 0 ? r : close_entry(m);
}

static int append_calibration(sd_bus_message *m, const struct calibration *c) {
        const struct {
                const char *name, *value;
        } texts[] = {
                { "device", c->device },
                { "feature", c->feature },
                { "unit", c->unit },
                { "zone", c->zone->id },
                { "side", side_to_string(c->side) },
        };
        const struct {
                const char *name;
                int64_t value;
        } levels[] = {
                { "sensation", c->sensation },
                { "comfort", c->comfort },
                { "maximum", c->maximum },
        };
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(texts); i++)
                r = bus_append_entry(m, texts[i].name, "s", texts[i].value);
        if (r >= 0)
                r = bus_append_entry(m, "pad-area", "t", (uint64_t) c->pad_area_mm2);
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(levels); i++)
                r = bus_append_entry(m, levels[i].name, "d", (double) levels[i].value / 1000);
        if (r >= 0)
                r = bus_append_entry(m, "at", "t", c->at_usec);
        if (r >= 0)
                r = bus_append_entry(m, "until", "t", c->at_usec + CALIBRATION_LIFE_USEC);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int append_calibrations(sd_bus_message *m, const struct runner *runner) {
        int r = open_entry(m, "calibrations", "aa{sv}");

        for (unsigned i = 0; r >= 0 && runner && i < runner->n_calibrations; i++)
                r = append_calibration(m, &runner->calibrations[i]);
        return r < 0 ? r : close_entry(m);
}

static int append_block(sd_bus_message *m, enum role_kind kind, const struct intake_verdict *verdict) {
        char sentence[INTAKE_SENTENCE_MAX];

        return bus_append(m, "(ssss)", role_kind_to_string(kind), intake_ruling_to_string(verdict->ruling),
                verdict->ruling == INTAKE_UNANSWERED ? "" : verdict->question->id,
                intake_explain(verdict, kind, sentence));
}

static int append_blocks_of(sd_bus_message *m, const struct intake *intake, enum role_kind kind) {
        struct intake_verdict worst = intake_decide(intake, kind);
        int r = 0;

        if (worst.ruling == INTAKE_UNANSWERED)
                return append_block(m, kind, &worst);
        for (unsigned i = 0; r >= 0 && i < INTAKE_QUESTIONS; i++) {
                struct intake_verdict verdict = { intake_rule(intake, i, kind), intake_question_at(i) };

                if (verdict.ruling != INTAKE_ALLOWED)
                        r = append_block(m, kind, &verdict);
        }
        return r;
}

static int append_blocks(sd_bus_message *m, const struct runner *runner) {
        struct intake intake = runner_intake(runner);
        int r = open_entry(m, "blocks", "a(ssss)");

        for (unsigned kind = 0; r >= 0 && kind < _ROLE_KIND_MAX; kind++)
                r = append_blocks_of(m, &intake, (enum role_kind) kind);
        return r < 0 ? r : close_entry(m);
}

/* What is known of a user, as a{sv}. */
static int append_runner(sd_bus_message *m, struct runner_store *store, uid_t uid) {
        const struct runner *runner = runner_store_find(store, uid);
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = bus_append_entry(m, "uid", "u", (uint32_t) uid);
        if (r >= 0)
                r = bus_append_entry(m, "answered", "t", runner ? runner->answered_usec : UINT64_C(0));
        if (r >= 0)
                r = bus_append_entry(m, "damaged", "s", strnull(runner_store_damage(store, uid)));
        if (r >= 0)
                r = append_answers(m, runner);
        if (r >= 0)
                r = append_blocks(m, runner);
        if (r >= 0)
                r = append_sign_offs(m, runner);
        if (r >= 0)
                r = append_caps(m, runner);
        if (r >= 0)
                r = append_calibrations(m, runner);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

/* Health data: readable by that user and by root. */
static int method_read(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct bus_server *server = ((struct bus_object *) userdata)->server;
        uid_t uid = 0, caller;
        int r;

        r = uid_of(server, m, &uid, error);
        if (r > 0)
                r = authorise_uid(&server->authority, m, &caller, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (caller != uid && caller != 0)
                return limber_error_set(error, LIMBER_ERROR_NOT_AUTHORIZED,
                        "what limber knows of user %u is for them and for root to read", (unsigned) uid);
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_runner(reply, store_of(server), uid);
        return r < 0 ? r : sd_bus_message_send(reply);
}

static uint32_t number_of(struct bus_server *server, uid_t uid, const char *property) {
        return streq(property, "Uid") ? (uint32_t) uid
                                      : (uint32_t) runner_store_revision(store_of(server), uid);
}

/* Not for ".../self": that depends on the caller, and a getter cannot wait to learn who it is. */
static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        struct bus_server *server = ((struct bus_object *) userdata)->server;
        uid_t uid = 0;
        bool self;

        if (!path_is_good(path, &uid, &self))
                return -ENOENT;
        if (streq(property, "Revision") && !server->reads_private)
                return bus_append(reply, "u", 0);
        return bus_append(reply, "u", number_of(server, uid, property));
}

/* The properties of ".../self" (Get and GetAll), which sd-bus answers by itself for other objects. */
static int append_self(sd_bus_message *reply, struct bus_server *server, uid_t uid, const char *property) {
        static const char *const names[] = { "Uid", "Revision" };
        int r;

        if (property) {
                r = sd_bus_message_open_container(reply, 'v', "u");
                if (r >= 0)
                        r = bus_append(reply, "u", number_of(server, uid, property));
                return r < 0 ? r : sd_bus_message_close_container(reply);
        }
        r = sd_bus_message_open_container(reply, 'a', "{sv}");
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(names); i++)
                r = bus_append_entry(reply, names[i], "u", number_of(server, uid, names[i]));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

int bus_runner_self(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct bus_server *server = userdata;
        const char *interface, *property = NULL;
        uid_t uid;
        int r;

        r = sd_bus_message_read(m, "s", &interface);
        if (r >= 0 && sd_bus_message_is_method_call(m, NULL, "Get"))
                r = sd_bus_message_read(m, "s", &property);
        if (r >= 0)
                r = authorise_uid(&server->authority, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        if (!streq(interface, LIMBER_RUNNER_INTERFACE))
                return sd_bus_error_set_const(
                        error, SD_BUS_ERROR_UNKNOWN_INTERFACE, "It has no such interface");
        if (property && !streq(property, "Uid") && !streq(property, "Revision"))
                return sd_bus_error_set_const(
                        error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "It has no such property");
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = append_self(reply, server, uid, property);
        return r < 0 ? r : sd_bus_message_send(reply);
}

bool bus_is_runner_self(sd_bus_message *m) {
        return streq_ptr(sd_bus_message_get_path(m), LIMBER_RUNNER_SELF_PATH) &&
               (sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", "Get") ||
                       sd_bus_message_is_method_call(m, "org.freedesktop.DBus.Properties", "GetAll"));
}

#define OPEN SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable runner_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS(
                "Intake", SD_BUS_ARGS("a{sv}", answers), SD_BUS_RESULT("s", note), method_intake, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "SetCaps", SD_BUS_ARGS("a{sv}", caps), SD_BUS_NO_RESULT, method_set_caps, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "SignOff", SD_BUS_ARGS("s", question, "s", by), SD_BUS_NO_RESULT, method_sign_off, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Read", SD_BUS_NO_ARGS, SD_BUS_RESULT("a{sv}", known), method_read, OPEN),
        SD_BUS_PROPERTY("Uid", "u", get_number, 0, SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Revision", "u", get_number, 0, SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        SD_BUS_VTABLE_END,
};

static void *find_runner(struct bus_server *server, const char *path) {
        uid_t uid;
        bool self;

        server->object = (struct bus_object){ .server = server };
        return store_of(server) && path_is_good(path, &uid, &self) ? &server->object : NULL;
}

static const char *path_of(uid_t uid, char path[static BUS_PATH_MAX]) {
        (void) snprintf(path, BUS_PATH_MAX, "%s/%u", LIMBER_RUNNER_PATH, (unsigned) uid);
        return path;
}

/* Every user has an object; only those with stored data are listed. */
static const char *path_at(struct bus_server *server, unsigned i, char path[static BUS_PATH_MAX]) {
        const struct runner_store *store = store_of(server);
        uid_t uid;

        return store && runner_store_at(store, i, &uid) ? path_of(uid, path) : NULL;
}

void bus_runner_changed(struct bus_server *server, uid_t uid) {
        char path[BUS_PATH_MAX];

        bus_server_changed(server, path_of(uid, path), LIMBER_RUNNER_INTERFACE);
}

const struct bus_interface bus_runner_interface = {
        .name = LIMBER_RUNNER_INTERFACE,
        .path = LIMBER_RUNNER_PATH,
        .vtable = runner_vtable,
        .find = find_runner,
        .path_at = path_at,
        .hidden = true,
};
