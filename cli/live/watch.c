/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/live/watch.h"

#include "cli/term/failure.h"
#include "lib/bus-names.h"

#define PROPERTIES_INTERFACE "org.freedesktop.DBus.Properties"

struct watch {
        struct client *client;
        sd_bus *bus;
        sd_event *event;
        watch_fn fn;
        void *userdata;
        char *owner; /* unique name of the daemon */
        char *path;
        struct session_info session;
        struct objects *objects;
        bool loaded;
        bool ended;
        bool asked;            /* a question whose words are not here yet */
        bool begun;            /* a StepStarted whose number and words are not here yet */
        bool told;             /* changes that only the holder gets; everybody's copy of them is next */
        bool over;             /* an Ended whose reason is not here yet */
        uint32_t begun_step;   /* a StepStarted whose properties are not here yet, 0 for none */
        uint64_t told_usec;    /* when session.remaining was current */
        sd_bus_message *early; /* a Challenge that came before the session was loaded */
        sd_bus_slot *slots[5];
        size_t n_slots;
};

uint64_t watch_now(const struct watch *watch) {
        uint64_t now = 0;

        (void) sd_event_now(watch->event, CLOCK_MONOTONIC, &now);
        return now;
}

static uint64_t run_down(const struct watch *w, uint64_t left, bool runs) {
        uint64_t passed = watch_now(w) - w->told_usec;

        if (!runs || !streq_ptr(w->session.state, "running"))
                return left;
        return left > passed ? left - passed : 0;
}

uint64_t watch_left(const struct watch *watch) {
        return run_down(watch, watch->session.remaining, !streq_ptr(watch->session.phase, "prompt"));
}

uint64_t watch_step_left(const struct watch *watch) {
        return run_down(watch, watch->session.step_remaining, true);
}

const char *watch_path(const struct watch *watch) {
        return watch->path;
}

const struct session_info *watch_session(const struct watch *watch) {
        return &watch->session;
}

bool watch_loaded(const struct watch *watch) {
        return watch->loaded;
}

bool watch_is_stopping(const struct watch *watch) {
        return watch->loaded && session_ended(&watch->session) && watch->session.output_active;
}

const struct objects *watch_objects(const struct watch *watch) {
        return watch->objects;
}

const struct device_info *watch_device(const struct watch *watch, const char *path) {
        for (size_t i = 0; i < watch->objects->n_devices; i++)
                if (streq_ptr(watch->objects->devices[i].path, path))
                        return &watch->objects->devices[i];
        return NULL;
}

/* The session before an update, as far as events are derived from the difference. */
struct watch_before {
        char *state, *reason, *phase, *title;
        uint8_t discomfort;
        uint64_t levels; /* digest */
};

static void watch_emit(struct watch *w, struct watch_event event) {
        w->fn(&event, w->userdata);
}

static void watch_emit_ended(struct watch *w, const char *reason) {
        if (w->ended)
                return;
        w->ended = true;
        watch_emit(w, (struct watch_event){ .type = WATCH_ENDED, .code = reason });
}

static void watch_before_done(struct watch_before *b) {
        free(b->state);
        free(b->reason);
        free(b->phase);
        free(b->title);
}

static uint64_t digest(uint64_t sum, const void *data, size_t n) {
        for (const unsigned char *p = data; n > 0; p++, n--)
                sum = (sum ^ *p) * 0x100000001b3; /* FNV-1a */
        return sum;
}

/* Levels are sent with every event; only changes are worth a line. */
static uint64_t levels_digest(const struct setpoints *setpoints) {
        uint64_t sum = setpoints->n;

        for (size_t i = 0; i < setpoints->n; i++) {
                const struct setpoint *p = &setpoints->list[i];

                sum = digest(sum, p->device, strlen(strnull(p->device)));
                sum = digest(sum, p->feature, strlen(strnull(p->feature)));
                sum = digest(sum, &p->asked, sizeof(p->asked));
                sum = digest(sum, &p->given, sizeof(p->given));
                for (char **r = p->reasons; r && *r; r++)
                        sum = digest(sum, *r, strlen(*r) + 1);
        }
        return sum;
}

static struct watch_before watch_before_update(struct watch *w) {
        struct session_info *s = &w->session;

        /* Updates the times to now, so that an update without them leaves them correct. */
        s->remaining = watch_left(w);
        s->step_remaining = watch_step_left(w);
        w->told_usec = watch_now(w);
        return (struct watch_before){ strdup(strnull(s->state)), strdup(strnull(s->reason)),
                strdup(strnull(s->phase)), strdup(strnull(s->title)), s->last_discomfort,
                levels_digest(&s->setpoints) };
}

/* The signal may come before its properties; the step event is emitted when both are here. */
static void watch_emit_step(struct watch *w) {
        const struct session_info *s = &w->session;

        if (w->begun_step == 0 || s->step != w->begun_step)
                return;
        w->begun_step = 0;
        watch_emit(w, (struct watch_event){ .type = WATCH_STEP,
                              .number = s->step,
                              .text = strnull(s->title),
                              .code = strnull(s->side) });
}

static void watch_emit_now(struct watch *w) {
        watch_emit_step(w);
        watch_emit(w, (struct watch_event){ .type = WATCH_CHANGED });
        if (session_ended(&w->session) && !isempty(w->session.reason))
                watch_emit_ended(w, w->session.reason);
}

static void watch_emit_changes(struct watch *w, const struct watch_before *b) {
        const struct session_info *s = &w->session;

        if (!streq_ptr(b->state, s->state) || !streq_ptr(b->reason, s->reason))
                watch_emit(w, (struct watch_event){ .type = WATCH_STATE });
        watch_emit_step(w);
        if (!streq_ptr(b->phase, s->phase) || !streq_ptr(b->title, s->title))
                watch_emit(w, (struct watch_event){ .type = WATCH_PHASE });
        if (b->levels != levels_digest(&s->setpoints))
                watch_emit(w, (struct watch_event){ .type = WATCH_LEVELS });
        if (b->discomfort != s->last_discomfort && s->last_discomfort != DISCOMFORT_NONE)
                watch_emit(
                        w, (struct watch_event){ .type = WATCH_DISCOMFORT, .number = s->last_discomfort });
        watch_emit_now(w);
}

static void device_changed(struct watch *w, const char *path, sd_bus_message *m) {
        for (size_t i = 0; i < w->objects->n_devices; i++)
                if (streq_ptr(w->objects->devices[i].path, path)) {
                        (void) properties_read(m, device_properties, &w->objects->devices[i]);
                        watch_emit(w, (struct watch_event){ .type = WATCH_CHANGED });
                }
}

static void on_challenge(struct watch *w, sd_bus_message *m) {
        const char *nonce, *key;
        uint64_t usec;

        if (sd_bus_message_read(m, "sst", &nonce, &key, &usec) >= 0)
                watch_emit(w, (struct watch_event){ .type = WATCH_CHALLENGE,
                                      .code = key,
                                      .text = nonce,
                                      .deadline = watch_now(w) + MIN(usec, UINT64_MAX / 2) });
}

static int refresh(struct watch *w);

static bool is_held(const struct watch *w) {
        const char *own = NULL;

        return sd_bus_get_unique_name(w->bus, &own) >= 0 && streq_ptr(own, w->session.holder);
}

static void on_step(struct watch *w, sd_bus_message *m) {
        const char *title, *side;
        uint32_t step;

        if (sd_bus_message_read(m, "uss", &step, &title, &side) < 0)
                return;
        w->begun = step == 0;
        w->begun_step = step;
        if (w->begun) /* by reading only */
                (void) refresh(w);
        else if (streq_ptr(w->session.title, title) && streq_ptr(w->session.side, side))
                watch_emit_step(w);
}

static void on_prompt(struct watch *w, sd_bus_message *m) {
        _cleanup_(strv_freep) char **answers = NULL;
        const char *id, *text;

        if (sd_bus_message_read(m, "ss", &id, &text) < 0 || sd_bus_message_read_strv(m, &answers) < 0)
                return;
        w->asked = isempty(id);
        if (w->asked)
                (void) refresh(w);
        else
                watch_emit(w, (struct watch_event){
                                      .type = WATCH_PROMPT, .code = id, .text = text, .answers = answers });
}

static void on_recorded(struct watch *w, sd_bus_message *m) {
        uint64_t seq;

        if (sd_bus_message_read(m, "t", &seq) >= 0)
                watch_emit(w, (struct watch_event){ .type = WATCH_RECORDED, .number = seq });
}

static void on_ended(struct watch *w, sd_bus_message *m) {
        const char *reason;

        if (sd_bus_message_read(m, "s", &reason) < 0)
                return;
        /* What everybody hears need not be all of it. */
        w->over = !sd_bus_message_get_destination(m) && !is_held(w);
        if (w->over)
                (void) refresh(w);
        else
                watch_emit_ended(w, reason);
}

static const struct {
        const char *member;
        void (*fn)(struct watch *w, sd_bus_message *m);
} signals[] = {
        { "Challenge", on_challenge },
        { "StepStarted", on_step },
        { "PromptRaised", on_prompt },
        { "Recorded", on_recorded },
        { "Ended", on_ended },
};

static void dispatch(struct watch *w, sd_bus_message *m) {
        for (size_t i = 0; i < ARRAY_SIZE(signals) && streq_ptr(sd_bus_message_get_path(m), w->path); i++)
                if (sd_bus_message_is_signal(m, LIMBER_SESSION_INTERFACE, signals[i].member))
                        signals[i].fn(w, m);
}

static void emit_prompt(struct watch *w) {
        const struct prompt *prompt = &w->session.prompt;

        w->asked = false;
        if (!isempty(prompt->id))
                watch_emit(w, (struct watch_event){ .type = WATCH_PROMPT,
                                      .code = prompt->id,
                                      .text = strnull(prompt->text),
                                      .answers = prompt->answers });
}

void watch_repeat(struct watch *watch) {
        watch_emit(watch, (struct watch_event){ .type = WATCH_LOADED });
        emit_prompt(watch);
}

static void emit_loaded(struct watch *w) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *early = TAKE_PTR(w->early);

        w->loaded = true;
        watch_repeat(w);
        watch_emit_now(w);
        if (early)
                dispatch(w, early);
}

static int on_all(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct watch *w = userdata;
        _cleanup_(watch_before_done) struct watch_before before = watch_before_update(w);

        if (sd_bus_message_is_method_error(m, NULL) ||
                properties_read(m, session_properties, &w->session) < 0) {
                if (!w->loaded || w->over)
                        watch_emit_ended(w, w->over ? "stopped" : "failed");
                return 0;
        }
        if (!w->loaded) {
                emit_loaded(w);
                return 0;
        }
        if (w->begun)
                w->begun_step = w->session.step; /* 0: neither number nor words are for us */
        w->begun = false;
        watch_emit_changes(w, &before);
        if (w->asked)
                emit_prompt(w);
        return 0;
}

static int refresh(struct watch *w) {
        return sd_bus_call_method_async(w->bus, NULL, LIMBER_BUS_NAME, w->path, PROPERTIES_INTERFACE,
                "GetAll", on_all, w, "s", LIMBER_SESSION_INTERFACE);
}

/* Words and scores go to the holder in signals of their own; the others' copies have nothing more. */
static bool is_copy(const struct watch *w, sd_bus_message *m) {
        return !sd_bus_message_get_destination(m) && is_held(w) &&
               (sd_bus_message_is_signal(m, LIMBER_SESSION_INTERFACE, "StepStarted") ||
                       sd_bus_message_is_signal(m, LIMBER_SESSION_INTERFACE, "PromptRaised"));
}

/* True for changes of which a part comes by reading only; who was the holder had a signal with all of it before. */
static bool is_partial(struct watch *w, sd_bus_message *m) {
        _cleanup_(strv_freep) char **invalidated = NULL;
        bool was_told = w->told;

        w->told = sd_bus_message_get_destination(m) != NULL;
        if (was_told || sd_bus_message_skip(m, "a{sv}") < 0 || sd_bus_message_read_strv(m, &invalidated) < 0)
                return false;
        return strv_length(invalidated) > 0;
}

static void session_changed(struct watch *w, sd_bus_message *m) {
        _cleanup_(watch_before_done) struct watch_before before = watch_before_update(w);
        const char *interface;

        /* All at once: a state without its reason would be told twice. */
        if (is_partial(w, m)) {
                (void) refresh(w);
                return;
        }
        if (sd_bus_message_rewind(m, true) < 0 || sd_bus_message_read(m, "s", &interface) < 0 ||
                properties_read(m, session_properties, &w->session) < 0)
                return;
        watch_emit_changes(w, &before);
}

static void properties_changed(struct watch *w, sd_bus_message *m) {
        const char *path = sd_bus_message_get_path(m), *interface;

        if (sd_bus_message_read(m, "s", &interface) < 0)
                return;
        if (streq(interface, LIMBER_DEVICE_INTERFACE))
                device_changed(w, path, m);
        else if (w->loaded && streq(interface, LIMBER_SESSION_INTERFACE) && streq_ptr(path, w->path))
                session_changed(w, m);
}

/* The reply to GetAll includes all earlier changes, but not a Challenge: that is kept, since its handling depends on the
 * properties. */
static int on_signal(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct watch *w = userdata;

        if (!streq_ptr(sd_bus_message_get_sender(m), w->owner))
                return 0;
        if (sd_bus_message_is_signal(m, PROPERTIES_INTERFACE, "PropertiesChanged")) {
                properties_changed(w, m);
        } else if (w->loaded) {
                if (!is_copy(w, m))
                        dispatch(w, m);
        } else if (sd_bus_message_is_signal(m, LIMBER_SESSION_INTERFACE, "Challenge")) {
                sd_bus_message_unref(w->early);
                w->early = sd_bus_message_ref(m);
        }
        return 0;
}

/* Other users' sessions may run as well: ignore their alerts. Before our session is known, ignore all but the manager's. */
static bool concerns_us(const struct watch *w, const char *object) {
        return streq(object, LIMBER_PATH) || streq_ptr(object, w->path) || session_uses(&w->session, object);
}

/* Which step gave nothing goes to the holder alone. */
static bool is_copy_of_alert(
        const struct watch *w, sd_bus_message *m, const char *code, const char *object) {
        return streq(code, "not-done") && streq_ptr(object, w->path) && !sd_bus_message_get_destination(m) &&
               is_held(w);
}

static int on_alert(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct watch *w = userdata;
        const char *code, *text, *object;

        if (streq_ptr(sd_bus_message_get_sender(m), w->owner) &&
                sd_bus_message_read(m, "sso", &code, &text, &object) >= 0 && concerns_us(w, object) &&
                !is_copy_of_alert(w, m, code, object))
                watch_emit(w, (struct watch_event){ .type = WATCH_ALERT, .code = code, .text = text });
        return 0;
}

static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct watch *w = userdata;
        const char *name, *old, *new;

        if (sd_bus_message_read(m, "sss", &name, &old, &new) >= 0 && !streq(new, w->owner))
                watch_emit(w, (struct watch_event){ .type = WATCH_GONE });
        return 0;
}

static int on_disconnected(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        watch_emit(userdata, (struct watch_event){ .type = WATCH_GONE });
        return 0;
}

static const struct {
        const char *rule;
        sd_bus_message_handler_t fn;
} matches[] = {
        { "type='signal',sender='" LIMBER_BUS_NAME "',path_namespace='" LIMBER_SESSION_PATH
          "',interface='" LIMBER_SESSION_INTERFACE "'",
                on_signal },
        { "type='signal',sender='" LIMBER_BUS_NAME "',path_namespace='" LIMBER_PATH
          "',interface='" PROPERTIES_INTERFACE "'",
                on_signal },
        { "type='signal',sender='" LIMBER_BUS_NAME "',interface='" LIMBER_MANAGER_INTERFACE
          "',member='Alert'",
                on_alert },
        { "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
          "member='NameOwnerChanged',arg0='" LIMBER_BUS_NAME "'",
                on_owner_changed },
        { "type='signal',sender='org.freedesktop.DBus.Local',path='/org/freedesktop/DBus/Local',"
          "interface='org.freedesktop.DBus.Local',member='Disconnected'",
                on_disconnected },
};

static int add_matches(struct watch *w) {
        for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
                int r = sd_bus_add_match(w->bus, &w->slots[i], matches[i].rule, matches[i].fn, w);

                if (r < 0)
                        return r;
                w->n_slots++;
        }
        return 0;
}

int watch_new(struct client *client, sd_event *event, watch_fn fn, void *userdata, struct watch **ret) {
        _cleanup_(watch_freep) struct watch *w = calloc(1, sizeof(*w));
        int status, r;

        if (!w)
                return failure_no_memory();
        w->client = client;
        w->bus = client_bus(client);
        w->event = sd_event_ref(event);
        w->fn = fn;
        w->userdata = userdata;
        w->session.last_discomfort = DISCOMFORT_NONE;
        r = add_matches(w);
        if (r < 0)
                return failure_report(NULL, r);
        status = client_objects(client, &w->objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = client_owner(client, &w->owner);
        if (r < 0)
                return failure_report(NULL, r);
        *ret = TAKE_PTR(w);
        return LIMBER_EXIT_OK;
}

struct watch *watch_free(struct watch *watch) {
        if (!watch)
                return NULL;
        for (size_t i = 0; i < watch->n_slots; i++)
                sd_bus_slot_unref(watch->slots[i]);
        sd_bus_message_unref(watch->early);
        session_info_done(&watch->session);
        objects_free(watch->objects);
        sd_event_unref(watch->event);
        free(watch->owner);
        free(watch->path);
        free(watch);
        return NULL;
}

int watch_attach(struct watch *watch, const char *path) {
        int r = free_and_strdup(&watch->path, path);

        if (r >= 0)
                r = free_and_strdup(&watch->session.path, path);
        if (r >= 0)
                r = refresh(watch);
        if (r < 0)
                return r;
        watch->told_usec = watch_now(watch);
        return 0;
}
