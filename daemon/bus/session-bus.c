/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/server-private.h"

const char *bus_session_path(const struct session *session, char path[static BUS_PATH_MAX]) {
        (void) snprintf(path, BUS_PATH_MAX, "%s/%u", LIMBER_SESSION_PATH, session_id(session));
        return path;
}

static struct session *session_of(void *userdata) {
        return ((struct bus_object *) userdata)->session;
}

static struct bus_server *server_of(void *userdata) {
        return ((struct bus_object *) userdata)->server;
}

static const struct authority *authority_of(void *userdata) {
        return &server_of(userdata)->authority;
}

/* What is read, or sent, goes to somebody whose own it is (read.h). */
static bool reads_private(void *userdata) {
        return server_of(userdata)->reads_private;
}

/* The title of a stage; for a prompt, its question. */
static const char *stage_title(const struct stage *stage) {
        if (!stage)
                return "";
        return stage->step->kind == STEP_PROMPT ? stage->step->text : stage->step->title;
}

/* That it hurt too much is the runner's own; that it ended is for everybody. */
static const char *reason_of(const struct session *session, bool private) {
        enum session_reason reason = session_reason(session);

        return session_reason_to_string(reason == REASON_DISCOMFORT && !private ? REASON_STOPPED : reason);
}

static int get_text(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct session *session = session_of(userdata);
        const struct stage *stage = session_stage(session);
        const struct {
                const char *name, *value;
                bool private;
        } texts[] = {
                { "Routine", session_routine(session)->id },
                { "Kind", session_kind_to_string(session_kind(session)) },
                { "State", session_state_to_string(session_state(session)) },
                { "Reason", reason_of(session, reads_private(userdata)) },
                { "Phase", session_phase_to_string(session_phase(session)) },
                { "Title",
                        session_state(session) == SESSION_WAITING ? session_advice(session)
                                                                  : stage_title(stage),
                        true },
                { "Next", stage_title(session_next_stage(session)), true },
                { "StepKind", stage ? step_kind_to_string(stage->step->kind) : "" },
                { "Zone", stage && stage->step->zone ? stage->step->zone->id : "", true },
                { "Side", stage ? side_to_string(stage->side) : "", true },
                { "Holder", session_holder(session) },
        };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
                if (streq(texts[i].name, property))
                        return bus_append(reply, "s",
                                texts[i].private && !reads_private(userdata) ? "" : texts[i].value);
        return -EINVAL;
}

static int get_count(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct session *session = session_of(userdata);
        const struct stage *stage = session_stage(session);
        uint32_t value = session_event(session);

        if (streq(property, "Step"))
                value = stage && reads_private(userdata) ? stage->step_number : 0;
        else if (streq(property, "Steps"))
                value = session_steps(session);
        else if (streq(property, "Runner"))
                value = session_runner(session);
        return bus_append(reply, "u", value);
}

static int get_time(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct session *session = session_of(userdata);
        uint64_t value = session_duration(session);

        if (streq(property, "Remaining"))
                value = session_remaining(session);
        else if (streq(property, "StepRemaining"))
                value = session_phase_remaining(session);
        else if (streq(property, "StepDuration"))
                value = session_phase_duration(session);
        return bus_append(reply, "t", value);
}

static int get_output(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct session *session = session_of(userdata);

        return bus_append(reply, "b",
                streq(property, "Asking") ? !isempty(session_prompt(session))
                                          : session_output_active(session));
}

static int get_discomfort(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return bus_append(reply, "y",
                reads_private(userdata) ? (uint8_t) session_last_discomfort(session_of(userdata))
                                        : (uint8_t) DISCOMFORT_NONE);
}

/* The current name of a limit's source. */
static const char *source_name(
        enum limit_source source, const struct session *session, const struct session_setpoint *setpoint) {
        switch (source) {
        case LIMIT_FROM_SESSION:
                return "session";
        case LIMIT_FROM_DEVICE:
                return device_title(setpoint->device);
        case LIMIT_FROM_RUNNER:
                return "runner";
        case LIMIT_FROM_ROUTINE:
                return session_routine(session)->title;
        case LIMIT_FROM_ZONE:
                return "zone"; /* which one is the runner's own affair */
        default:
                return "limber";
        }
}

/* "sentence (source); what would lift it" */
static int append_reason(sd_bus_message *reply, const struct limit_reason *reason,
        const struct session *session, const struct session_setpoint *setpoint) {
        const char *lift = limit_rule_lift(reason->rule);
        _cleanup_free_ char *text = NULL;

        if (asprintf(&text, "%s (%s)%s%s", limit_rule_explain(reason->rule),
                    source_name(reason->source, session, setpoint), isempty(lift) ? "" : "; ", lift) < 0)
                return -ENOMEM;
        return bus_append(reply, "s", text);
}

/* The tightest first. Rounding to a step of the device is left out. */
static int append_reasons(
        sd_bus_message *reply, const struct session *session, const struct session_setpoint *setpoint) {
        const struct limit *limit = &setpoint->limit;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "s");
        for (unsigned pass = 0; pass < 2; pass++)
                for (unsigned i = 0; r >= 0 && i < limit->n_reasons; i++) {
                        bool tightest = limit->reasons[i].rule == limit->tightest.rule;

                        if (limit->reasons[i].rule != LIMIT_STEP && tightest == (pass == 0))
                                r = append_reason(reply, &limit->reasons[i], session, setpoint);
                }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_setpoints(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        const struct session *session = session_of(userdata);
        struct session_setpoint setpoints[ROUTINE_ROLES_MAX * PROTOCOL_FEATURES_MAX];
        unsigned n = session_setpoints(session, setpoints, ARRAY_SIZE(setpoints));
        char device[BUS_PATH_MAX];
        int r;

        r = sd_bus_message_open_container(reply, 'a', "(osddsas)");
        for (unsigned i = 0; r >= 0 && i < n; i++) {
                const struct feature *f =
                        &device_definition(setpoints[i].device)->features[setpoints[i].feature];

                r = sd_bus_message_open_container(reply, 'r', "osddsas");
                if (r >= 0)
                        r = bus_append(reply, "osdds", bus_device_path(setpoints[i].device, device), f->name,
                                (double) setpoints[i].limit.asked / 1000,
                                (double) setpoints[i].limit.given / 1000, f->unit);
                if (r >= 0)
                        r = append_reasons(reply, session, &setpoints[i]);
                if (r >= 0)
                        r = sd_bus_message_close_container(reply);
        }
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_devices(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        struct bus_object *object = userdata;
        char device_path[BUS_PATH_MAX];
        struct device *device;
        int r;

        r = sd_bus_message_open_container(reply, 'a', "o");
        for (unsigned i = 0; r >= 0 && (device = manager_device_at(object->server->settings.manager, i));
                i++)
                if (session_uses(object->session, device))
                        r = bus_append(reply, "o", bus_device_path(device, device_path));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int append_prompt(sd_bus_message *m, const struct session *session, bool private) {
        const char *answer;
        int r;

        r = bus_append(m, "ss", private ? session_prompt(session) : "",
                private ? session_prompt_text(session) : "");
        if (r >= 0)
                r = sd_bus_message_open_container(m, 'a', "s");
        for (unsigned i = 0; private && r >= 0 && (answer = session_prompt_answer(session, i)); i++)
                r = bus_append(m, "s", answer);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static int get_prompt(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        int r;

        r = sd_bus_message_open_container(reply, 'r', "ssas");
        if (r >= 0)
                r = append_prompt(reply, session_of(userdata), reads_private(userdata));
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

/* The reason why the level does not rise, for a person. */
static const char *held_by(const struct session *session) {
        struct session_setpoint setpoint;

        return session_setpoints(session, &setpoint, 1) > 0
                       ? limit_rule_explain(setpoint.limit.tightest.rule)
                       : "a limit holds it";
}

/* Refusals of the model, as sentences. */
static int refuse(sd_bus_error *error, const struct session *session, int r) {
        switch (-r) {
        case ESTALE:
                return limber_error_set(error, LIMBER_ERROR_WRONG_STATE,
                        "session %u is %s: that cannot be done now", session_id(session),
                        session_state_to_string(session_state(session)));
        case EBUSY:
                return limber_error_set(error, LIMBER_ERROR_BUSY, "session %u is held by another terminal",
                        session_id(session));
        case ENODEV:
                return limber_error_set(error, LIMBER_ERROR_NO_SUCH_DEVICE,
                        "a device of session %u was forgotten; add it and start anew", session_id(session));
        case EADDRINUSE:
                return limber_error_set(error, LIMBER_ERROR_BUSY,
                        "a device of session %u is in use by another session; stop that first",
                        session_id(session));
        case EPERM:
                return limber_error_set(error, LIMBER_ERROR_NOT_HOLDER,
                        "only the terminal that started or last resumed session %u may do that",
                        session_id(session));
        case EAGAIN:
                return limber_error_set(error, LIMBER_ERROR_WRONG_STATE,
                        "say first how much it hurts, 0 to 10: nothing rises before");
        case EDQUOT:
                return limber_error_set(
                        error, LIMBER_ERROR_WRONG_STATE, "nothing rises further: %s", held_by(session));
        case ENODATA:
                return limber_error_set(
                        error, LIMBER_ERROR_WRONG_STATE, "nothing is on yet: raise it with + first");
        case ERANGE:
                return limber_error_set(error, LIMBER_ERROR_WRONG_STATE,
                        "that is less than what you marked before; raise it with + first");
        case EKEYREJECTED:
                return limber_error_set(error, LIMBER_ERROR_BAD_NONCE,
                        "that was not the key shown now, or it came too late; a new one is shown");
        default:
                return r;
        }
}

static int reply_or_refuse(sd_bus_message *m, const struct session *session, int r, sd_bus_error *error) {
        return r < 0 ? refuse(error, session, r) : bus_reply(m, NULL);
}

static int method_arm(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        const char *nonce;
        int r;

        r = sd_bus_message_read(m, "s", &nonce);
        /* Do not show a dialog for a call that cannot succeed. */
        if (r >= 0 && !streq_ptr(sd_bus_message_get_sender(m), session_holder(session)))
                return refuse(error, session, -EPERM);
        if (r >= 0)
                r = authorise_raise(authority_of(userdata), m, session, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return reply_or_refuse(m, session, session_arm(session, sd_bus_message_get_sender(m), nonce), error);
}

static int method_beat(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        uint32_t event;
        int believed, r;

        r = sd_bus_message_read(m, "ub", &event, &believed);
        if (r < 0)
                return r;
        return reply_or_refuse(
                m, session, session_beat(session, sd_bus_message_get_sender(m), event, believed), error);
}

static int method_pause(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        session_pause(session_of(userdata), REASON_ASKED);
        return bus_reply(m, NULL);
}

static int method_stop(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        session_end(session_of(userdata), REASON_STOPPED);
        return bus_reply(m, NULL);
}

static int method_resume(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        char *sentence = NULL;
        int r;

        r = authorise_session(authority_of(userdata), m, session, error);
        if (r > 0 && !server_of(userdata)->settings.simulated &&
                bus_routine_moves(session_routine(session)) &&
                !bus_may_run_unattended(
                        server_of(userdata), session_routine(session), session_runner(session)))
                r = authorise_start(authority_of(userdata), m, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = manager_resume(
                server_of(userdata)->settings.manager, session, sd_bus_message_get_sender(m), &sentence);
        return sentence ? bus_error_set(error, r, sentence) : reply_or_refuse(m, session, r, error);
}

static int method_skip(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        int r;

        r = authorise_session(authority_of(userdata), m, session, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        return reply_or_refuse(m, session, session_skip(session), error);
}

static int method_adjust(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        int32_t steps;
        int r;

        r = sd_bus_message_read(m, "i", &steps);
        if (r < 0)
                return r;
        if (steps == 0)
                return bus_reply(m, NULL);
        if (steps < -100 || steps > 100)
                return limber_error_set(
                        error, LIMBER_ERROR_INVALID_ARGUMENT, "steps may be -100 to 100, not %i", steps);
        if (steps > 0) {
                r = authorise_session(authority_of(userdata), m, session, error);
                if (r <= 0)
                        return r < 0 ? r : 1;
        }
        return reply_or_refuse(
                m, session, session_adjust(session, sd_bus_message_get_sender(m), steps), error);
}

static char **free_words(char **words) {
        for (char **w = words; w && *w; w++)
                free(*w);
        free(words);
        return NULL;
}
DEFINE_CLEANUP(char **, free_words);

static int method_discomfort(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        _cleanup_(free_wordsp) char **words = NULL;
        uint8_t score;
        int r;

        r = sd_bus_message_read(m, "y", &score);
        if (r >= 0)
                r = sd_bus_message_read_strv(m, &words);
        if (r >= 0)
                r = authorise_session(authority_of(userdata), m, session, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = session_discomfort(session, score, (const char *const *) words);
        if (r == -EDOM)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "discomfort is 0 to 10, with any of: sharp, shooting, numb, burning, tensing");
        return reply_or_refuse(m, session, r, error);
}

static int method_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct session *session = session_of(userdata);
        const char *prompt, *answer;
        int r;

        r = sd_bus_message_read(m, "ss", &prompt, &answer);
        if (r >= 0)
                r = authorise_session(authority_of(userdata), m, session, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = session_answer(session, sd_bus_message_get_sender(m), prompt, answer);
        if (r == -EDOM)
                return limber_error_set(error, LIMBER_ERROR_INVALID_ARGUMENT,
                        "that is not the open question, or '%s' is not one of its answers", answer);
        return reply_or_refuse(m, session, r, error);
}

#define CONST SD_BUS_VTABLE_PROPERTY_CONST
#define CHANGES SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE
#define PRIVATE SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION
#define OPEN SD_BUS_VTABLE_UNPRIVILEGED

static const sd_bus_vtable session_vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_METHOD_WITH_ARGS("Arm", SD_BUS_ARGS("s", nonce), SD_BUS_NO_RESULT, method_arm, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Beat", SD_BUS_ARGS("u", last_event, "b", output_believed), SD_BUS_NO_RESULT,
                method_beat, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Pause", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_pause, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Resume", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_resume, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Skip", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_skip, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Stop", SD_BUS_NO_ARGS, SD_BUS_NO_RESULT, method_stop, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Adjust", SD_BUS_ARGS("i", steps), SD_BUS_NO_RESULT, method_adjust, OPEN),
        SD_BUS_METHOD_WITH_ARGS("Discomfort", SD_BUS_ARGS("y", score, "as", words), SD_BUS_NO_RESULT,
                method_discomfort, OPEN),
        SD_BUS_METHOD_WITH_ARGS(
                "Answer", SD_BUS_ARGS("s", prompt, "s", answer), SD_BUS_NO_RESULT, method_answer, OPEN),
        SD_BUS_PROPERTY("Routine", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("Kind", "s", get_text, 0, CONST),
        SD_BUS_PROPERTY("State", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Reason", "s", get_text, 0, PRIVATE),
        SD_BUS_PROPERTY("Step", "u", get_count, 0, PRIVATE),
        SD_BUS_PROPERTY("Steps", "u", get_count, 0, CONST),
        SD_BUS_PROPERTY("Phase", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Title", "s", get_text, 0, PRIVATE),
        SD_BUS_PROPERTY("Next", "s", get_text, 0, PRIVATE),
        SD_BUS_PROPERTY("StepKind", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("Zone", "s", get_text, 0, PRIVATE),
        SD_BUS_PROPERTY("Side", "s", get_text, 0, PRIVATE),
        SD_BUS_PROPERTY("Remaining", "t", get_time, 0, CHANGES),
        SD_BUS_PROPERTY("StepRemaining", "t", get_time, 0, CHANGES),
        SD_BUS_PROPERTY("StepDuration", "t", get_time, 0, CHANGES),
        SD_BUS_PROPERTY("Duration", "t", get_time, 0, CONST),
        SD_BUS_PROPERTY("Devices", "ao", get_devices, 0, CONST),
        SD_BUS_PROPERTY("Setpoints", "a(osddsas)", get_setpoints, 0, CHANGES),
        SD_BUS_PROPERTY("Prompt", "(ssas)", get_prompt, 0, PRIVATE),
        SD_BUS_PROPERTY("Asking", "b", get_output, 0, CHANGES),
        SD_BUS_PROPERTY("Runner", "u", get_count, 0, CONST),
        SD_BUS_PROPERTY("Holder", "s", get_text, 0, CHANGES),
        SD_BUS_PROPERTY("OutputActive", "b", get_output, 0, CHANGES),
        SD_BUS_PROPERTY("Event", "u", get_count, 0, CHANGES),
        SD_BUS_PROPERTY("LastDiscomfort", "y", get_discomfort, 0, PRIVATE),
        SD_BUS_SIGNAL_WITH_ARGS("Challenge", SD_BUS_ARGS("s", nonce, "s", key, "t", usec), 0),
        SD_BUS_SIGNAL_WITH_ARGS("StepStarted", SD_BUS_ARGS("u", step, "s", title, "s", side), 0),
        SD_BUS_SIGNAL_WITH_ARGS("PromptRaised", SD_BUS_ARGS("s", prompt, "s", text, "as", answers), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Recorded", SD_BUS_ARGS("t", seq), 0),
        SD_BUS_SIGNAL_WITH_ARGS("Ended", SD_BUS_ARGS("s", reason), 0),
        SD_BUS_VTABLE_END,
};

static int new_signal(
        struct bus_server *server, const struct session *session, const char *name, sd_bus_message **ret) {
        char path[BUS_PATH_MAX];

        return sd_bus_message_new_signal(
                server->settings.bus, ret, bus_session_path(session, path), LIMBER_SESSION_INTERFACE, name);
}

void bus_recorded(struct bus_server *server, unsigned id, uint64_t seq) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        const struct session *session = manager_session_by_id(server->settings.manager, id);

        if (session && new_signal(server, session, "Recorded", &m) >= 0 && bus_append(m, "t", seq) >= 0)
                bus_server_tell(server, m);
}

static void on_changed(struct session *session, void *userdata) {
        char path[BUS_PATH_MAX];

        bus_server_changed(userdata, bus_session_path(session, path), LIMBER_SESSION_INTERFACE);
}

typedef int (*append_fn)(sd_bus_message *m, const struct session *session, bool private);

static void tell_holder(
        struct bus_server *server, const struct session *session, const char *name, append_fn append) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (!isempty(session_holder(session)) && new_signal(server, session, name, &m) >= 0 &&
                sd_bus_message_set_destination(m, session_holder(session)) >= 0 &&
                append(m, session, true) >= 0)
                bus_server_tell(server, m);
}

static void tell_all(
        struct bus_server *server, const struct session *session, const char *name, append_fn append) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;

        if (new_signal(server, session, name, &m) >= 0 && append(m, session, false) >= 0)
                bus_server_tell(server, m);
}

/* A signal of which the words are the runner's: the holder gets it, then everybody without them. */
static void tell_private(
        struct bus_server *server, const struct session *session, const char *name, append_fn append) {
        tell_holder(server, session, name, append);
        tell_all(server, session, name, append);
}

static int append_step(sd_bus_message *m, const struct session *session, bool private) {
        const struct stage *stage = session_stage(session);

        return bus_append(m, "uss", private ? stage->step_number : 0, private ? stage->step->title : "",
                private ? side_to_string(stage->side) : "");
}

static void on_step_started(struct session *session, void *userdata) {
        tell_private(userdata, session, "StepStarted", append_step);
}

static void on_prompt_raised(struct session *session, void *userdata) {
        tell_private(userdata, session, "PromptRaised", append_prompt);
}

/* Unicast to the holder, so that no other client learns the nonce. */
static void on_challenge(
        struct session *session, const char *nonce, const char *key, uint64_t usec, void *userdata) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        struct bus_server *server = userdata;

        if (new_signal(server, session, "Challenge", &m) >= 0 &&
                sd_bus_message_set_destination(m, session_holder(session)) >= 0 &&
                bus_append(m, "sst", nonce, key, usec) >= 0)
                bus_server_tell(server, m);
}

static int append_end(sd_bus_message *m, const struct session *session, bool private) {
        return bus_append(m, "s", reason_of(session, private));
}

static void on_ended(struct session *session, void *userdata) {
        /* One signal is enough where all get the same. */
        if (!streq(reason_of(session, true), reason_of(session, false)))
                tell_holder(userdata, session, "Ended", append_end);
        tell_all(userdata, session, "Ended", append_end);
}

const struct session_handler bus_session_handler = {
        .changed = on_changed,
        .step_started = on_step_started,
        .prompt_raised = on_prompt_raised,
        .challenge = on_challenge,
        .ended = on_ended,
};

static void *find_session(struct bus_server *server, const char *path) {
        const char *id = startswith(path, LIMBER_SESSION_PATH "/");
        struct session *session =
                id ? manager_session_by_id(server->settings.manager, (unsigned) strtoul(id, NULL, 10))
                   : NULL;
        char own[BUS_PATH_MAX];

        server->object = (struct bus_object){ .server = server, .session = session };
        return session && streq(bus_session_path(session, own), path) ? &server->object : NULL;
}

static const char *path_at(struct bus_server *server, unsigned i, char path[static BUS_PATH_MAX]) {
        const struct session *session = manager_session_at(server->settings.manager, i);

        return session ? bus_session_path(session, path) : NULL;
}

const struct bus_interface bus_session_interface = {
        .name = LIMBER_SESSION_INTERFACE,
        .path = LIMBER_SESSION_PATH,
        .vtable = session_vtable,
        .find = find_session,
        .path_at = path_at,
};
