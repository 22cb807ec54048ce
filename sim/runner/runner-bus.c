/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim/runner/runner-bus.h"
#include "lib/bus-names.h"
#include "lib/clock.h"

#define FEEL_USEC (100 * USEC_PER_MSEC)
#define ACCURACY_USEC (10 * USEC_PER_MSEC)
#define QUESTION_MAX 64

struct runner_bus {
        sd_event *event;
        sd_bus *bus;
        struct bluez *bluez;
        struct runner_setup setup;
        struct runner runner;
        sd_event_source *feel_source, *answer_source;
        sd_bus_slot *slots[3];
        char *session;               /* path of the current session, or NULL */
        bool running;                /* it may give output at any time */
        char question[QUESTION_MAX]; /* id of the open question to this runner; or empty */
        uint64_t felt_usec;          /* computed up to then */
        double most;                 /* highest score of all sessions */
        FILE *said;
        char *said_text;
        size_t said_size;
        unsigned n_said, n_declined;
};

static uint64_t now_usec(const struct runner_bus *rb) {
        uint64_t now = 0;

        (void) sd_event_now(rb->event, CLOCK_MONOTONIC, &now);
        return now;
}

/* Calls fn once, in_usec from now. Creates *source when it is NULL, else reuses it. */
static void arm(
        struct runner_bus *rb, sd_event_source **source, uint64_t in_usec, sd_event_time_handler_t fn) {
        if (!*source) {
                (void) sd_event_add_time_relative(
                        rb->event, source, CLOCK_MONOTONIC, in_usec, ACCURACY_USEC, fn, rb);
                return;
        }
        (void) sd_event_source_set_time_relative(*source, in_usec);
        (void) sd_event_source_set_enabled(*source, SD_EVENT_ONESHOT);
}

static void disarm(sd_event_source *source) {
        if (source)
                (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
}

static bool is_armed(sd_event_source *source) {
        int enabled = SD_EVENT_OFF;

        if (source)
                (void) sd_event_source_get_enabled(source, &enabled);
        return enabled != SD_EVENT_OFF;
}

/* --- feeling --- */

static double strongest(struct bluez *bluez) {
        struct product *product;
        double stimulus = 0;

        for (size_t i = 0; (product = bluez_product(bluez, i)); i++)
                for (unsigned j = 0; j < product_channels(product); j++) {
                        struct product_output output = product_output(product, j);

                        stimulus = MAX(stimulus, runner_stimulus(product_kind(product), &output));
                }
        return stimulus;
}

/* Advances to now with the old output, then reads the new one. */
static void feel(struct runner_bus *rb) {
        uint64_t now = now_usec(rb);

        runner_pass(&rb->runner, (double) (now - rb->felt_usec) / USEC_PER_SEC, rb->runner.stimulus);
        runner_pass(&rb->runner, 0, strongest(rb->bluez));
        rb->felt_usec = now;
        rb->most = MAX(rb->most, runner_feels(&rb->runner));
}

static int on_feel(sd_event_source *source, uint64_t usec, void *userdata) {
        struct runner_bus *rb = userdata;

        feel(rb);
        if (rb->running || rb->runner.stimulus > 0)
                arm(rb, &rb->feel_source, FEEL_USEC, on_feel);
        return 0;
}

static void session_begins(struct runner_bus *rb, const char *path) {
        if (free_and_strdup(&rb->session, path) < 0)
                return;
        runner_begin(&rb->runner, rb->setup.traits);
        runner_turn_to(&rb->runner, rb->setup.soreness);
        rb->felt_usec = now_usec(rb);
}

static void session_over(struct runner_bus *rb) {
        (void) free_and_strdup(&rb->session, NULL);
        rb->running = false;
        rb->question[0] = '\0';
        disarm(rb->answer_source);
}

/* --- answers --- */

/* Logs a refused answer, so that the log shows the attempt. */
static int on_heard(sd_bus_message *m, void *userdata, sd_bus_error *unused) {
        const sd_bus_error *error = sd_bus_message_get_error(m);

        if (error)
                fprintf(stderr, "limber-sim: the runner was not heard: %s\n", error->message ?: error->name);
        return 0;
}

static void say_score(struct runner_bus *rb) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        bool tensing;
        unsigned score;
        int r;

        feel(rb);
        if (!runner_says(&rb->runner, &score, &tensing))
                return;
        r = sd_bus_message_new_method_call(
                rb->bus, &m, LIMBER_BUS_NAME, rb->session, LIMBER_SESSION_INTERFACE, "Discomfort");
        if (r >= 0)
                r = sd_bus_message_append(m, "y", (uint8_t) score);
        if (r >= 0)
                r = tensing ? sd_bus_message_append(m, "as", 1, "tensing")
                            : sd_bus_message_append(m, "as", 0);
        if (r >= 0)
                r = sd_bus_call_async(rb->bus, NULL, m, on_heard, NULL, 0);
        if (r < 0) {
                fprintf(stderr, "limber-sim: the runner cannot speak: %s\n", strerror(-r));
                return;
        }
        fprintf(rb->said, "%s%u%s", rb->n_said++ > 0 ? ", " : "", score, tensing ? " (tensing)" : "");
}

static void decline(struct runner_bus *rb) {
        if (rb->setup.traits->honesty == RUNNER_SILENT)
                return;
        rb->n_declined++;
        (void) sd_bus_call_method_async(rb->bus, NULL, LIMBER_BUS_NAME, rb->session,
                LIMBER_SESSION_INTERFACE, "Answer", on_heard, NULL, "ss", rb->question, "no");
}

typedef void (*answer_fn)(struct runner_bus *rb);

static const struct {
        const char *prefix;
        answer_fn answer;
} questions[] = {
        { "baseline-", say_score },
        { "discomfort-", say_score },
        { "offer-", decline },
};

static answer_fn answer_to(const char *question) {
        for (size_t i = 0; i < ARRAY_SIZE(questions); i++)
                if (startswith(question, questions[i].prefix))
                        return questions[i].answer;
        return NULL;
}

static int on_answer(sd_event_source *source, uint64_t usec, void *userdata) {
        struct runner_bus *rb = userdata;
        answer_fn answer = answer_to(rb->question);

        if (answer)
                answer(rb);
        return 0;
}

/* A slow runner may answer only after the next question was opened: the answer then counts for that one. */
static void question_open(struct runner_bus *rb, const char *id) {
        if (streq(rb->question, id))
                return;
        (void) snprintf(rb->question, sizeof(rb->question), "%s", answer_to(id) ? id : "");
        if (isempty(rb->question))
                disarm(rb->answer_source);
        else if (!is_armed(rb->answer_source))
                arm(rb, &rb->answer_source, rb->setup.latency_usec, on_answer);
}

/* --- the bus --- */

struct news {
        const char *state; /* NULL: not in the message */
        bool asks;         /* the question changed; its words are read */
};

static int read_property(sd_bus_message *m, struct news *news) {
        const char *name;
        int r;

        r = sd_bus_message_read(m, "s", &name);
        if (r < 0)
                return r;
        return streq(name, "State") ? sd_bus_message_read(m, "v", "s", &news->state)
                                    : sd_bus_message_skip(m, "v");
}

static int read_news(sd_bus_message *m, struct news *news) {
        const char *interface, *name;
        int r;

        r = sd_bus_message_read(m, "s", &interface);
        if (r < 0 || !streq(interface, LIMBER_SESSION_INTERFACE))
                return r;
        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        while (r >= 0 && (r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_property(m, news);
                if (r >= 0)
                        r = sd_bus_message_exit_container(m);
        }
        if (r >= 0)
                r = sd_bus_message_exit_container(m);
        if (r >= 0)
                r = sd_bus_message_enter_container(m, 'a', "s");
        while (r >= 0 && (r = sd_bus_message_read(m, "s", &name)) > 0)
                news->asks |= streq(name, "Prompt");
        return r;
}

/* The runner is the user who started the session. */
static int on_question(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct runner_bus *rb = userdata;
        const char *id;

        if (sd_bus_message_is_method_error(m, NULL) ||
                sd_bus_message_enter_container(m, 'v', "(ssas)") < 0 ||
                sd_bus_message_enter_container(m, 'r', "ssas") < 0 || sd_bus_message_read(m, "s", &id) < 0)
                return 0;
        if (rb->session)
                question_open(rb, id);
        return 0;
}

static void read_question(struct runner_bus *rb) {
        (void) sd_bus_call_method_async(rb->bus, NULL, LIMBER_BUS_NAME, rb->session,
                "org.freedesktop.DBus.Properties", "Get", on_question, rb, "ss", LIMBER_SESSION_INTERFACE,
                "Prompt");
}

/* A change signal has only what changed. The first one of a session has its state, and introduces it. */
static int on_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *path = sd_bus_message_get_path(m);
        struct runner_bus *rb = userdata;
        struct news news = {};

        if (read_news(m, &news) < 0)
                return 0;
        if (!rb->session && news.state && !streq(news.state, "ended"))
                session_begins(rb, path);
        if (!streq_ptr(rb->session, path))
                return 0;
        if (streq_ptr(news.state, "ended")) {
                session_over(rb);
                return 0;
        }
        if (news.state)
                rb->running = streq(news.state, "running");
        if (rb->running && !is_armed(rb->feel_source))
                arm(rb, &rb->feel_source, 0, on_feel);
        if (news.asks)
                read_question(rb);
        return 0;
}

static int on_step(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct runner_bus *rb = userdata;

        if (streq_ptr(rb->session, sd_bus_message_get_path(m))) {
                feel(rb);
                runner_turn_to(&rb->runner, rb->setup.soreness);
        }
        return 0;
}

/* limberd was stopped or replaced: a new one does not know the session. */
static int on_owner_changed(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        session_over(userdata);
        return 0;
}

static const struct {
        const char *rule;
        sd_bus_message_handler_t fn;
} matches[] = {
        { "type='signal',sender='" LIMBER_BUS_NAME "',path_namespace='" LIMBER_SESSION_PATH
          "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
                on_changed },
        { "type='signal',sender='" LIMBER_BUS_NAME "',path_namespace='" LIMBER_SESSION_PATH
          "',interface='" LIMBER_SESSION_INTERFACE "',member='StepStarted'",
                on_step },
        { "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
          "member='NameOwnerChanged',arg0='" LIMBER_BUS_NAME "'",
                on_owner_changed },
};
_Static_assert(ARRAY_SIZE(matches) == ARRAY_SIZE(((struct runner_bus *) NULL)->slots), "a slot each");

int runner_bus_new(sd_event *event, sd_bus *bus, struct bluez *bluez, const struct runner_setup *setup,
        struct runner_bus **ret) {
        _cleanup_(runner_bus_freep) struct runner_bus *rb = NULL;
        int r;

        rb = calloc(1, sizeof(*rb));
        if (!rb)
                return -ENOMEM;
        rb->event = sd_event_ref(event);
        rb->bus = sd_bus_ref(bus);
        rb->bluez = bluez;
        rb->setup = *setup;
        runner_begin(&rb->runner, setup->traits);
        rb->said = open_memstream(&rb->said_text, &rb->said_size);
        if (!rb->said)
                return -errno;
        for (size_t i = 0; i < ARRAY_SIZE(matches); i++) {
                r = sd_bus_add_match(bus, &rb->slots[i], matches[i].rule, matches[i].fn, rb);
                if (r < 0)
                        return r;
        }
        r = sd_bus_request_name(bus, LIMBER_SIMULATED_RUNNER_NAME, 0);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(rb);
        return 0;
}

struct runner_bus *runner_bus_free(struct runner_bus *runner) {
        if (!runner)
                return NULL;
        for (size_t i = 0; i < ARRAY_SIZE(runner->slots); i++)
                sd_bus_slot_unref(runner->slots[i]);
        sd_event_source_disable_unref(runner->feel_source);
        sd_event_source_disable_unref(runner->answer_source);
        if (runner->said)
                (void) fclose(runner->said);
        free(runner->said_text);
        free(runner->session);
        sd_bus_unref(runner->bus);
        sd_event_unref(runner->event);
        free(runner);
        return NULL;
}

char *runner_bus_summary(struct runner_bus *runner) {
        char *text;

        if (fflush(runner->said) != 0 ||
                asprintf(&text, "The runner (%s) felt %.1f of 10 at most, and said%s %s%s.",
                        runner->setup.name, runner->most, runner->n_said > 0 ? ":" : "",
                        runner->n_said > 0 ? runner->said_text : "nothing",
                        runner->n_declined > 0 ? "; offered more, it wanted none" : "") < 0)
                return NULL;
        return text;
}
