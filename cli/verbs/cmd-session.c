/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <strings.h>

#include "cli/bus/client.h"
#include "cli/live/follow-up.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/verbs/cmds.h"
#include "lib/bus-names.h"
#include "lib/stop-bus.h"

struct target {
        struct client *client;
        struct objects *objects;
        const struct session_info *session; /* owned by objects */
};

static void target_done(struct target *target) {
        objects_free(target->objects);
        client_free(target->client);
}

/* Finds the session that --session names, or that is meant. */
static int target_open(const struct options *options, struct target *ret, bool to_pause) {
        int status = client_open(options, &ret->client);

        if (status == LIMBER_EXIT_OK)
                status = client_objects(ret->client, &ret->objects);
        if (status != LIMBER_EXIT_OK)
                return status;
        ret->session = to_pause ? objects_find_session_to_pause(ret->objects, options->session)
                                : objects_find_session(ret->objects, options->session);
        return ret->session ? LIMBER_EXIT_OK : LIMBER_EXIT_NOT_FOUND;
}

/* What a session does after a call. */
struct outcome {
        const char *state, *words;
};

static const struct outcome after_pause[] = {
        { "paused", "is paused" },
        { "staged", "is only staged: nothing of it is on, and \"limber resume\" begins it" },
        {},
};
static const struct outcome after_skip[] = {
        { "running", "goes on with what comes next" },
        { "waiting", "goes on with what comes next, once somebody is ready" },
        { "paused", "leaves that out and stays paused" },
        {},
};

static const char *words_for(
        const struct outcome *outcomes, const struct session_info *session, char buffer[static 64]) {
        if (!session || session_ended(session))
                return "has ended";
        for (const struct outcome *o = outcomes; o->state; o++)
                if (streq_ptr(session->state, o->state))
                        return o->words;
        (void) snprintf(buffer, 64, "is %s", strnull(session->state));
        return buffer;
}

/* A paused session. Nobody else resumes one that a terminal holds. */
static const char *how_it_goes_on(const struct session_info *session) {
        if (!session || !streq_ptr(session->state, "paused"))
                return "";
        return isempty(session->holder) ? " \"limber resume\" goes on with it."
                                        : " Space goes on with it, in the terminal that holds it.";
}

/* What was to be off by that call is off. */
static int confirm_off(const struct target *target) {
        return stop_bus_is_off(client_bus(target->client), target->session->path, LIMBER_SESSION_INTERFACE)
                       ? LIMBER_EXIT_OK
                       : failure_not_confirmed(true);
}

static const struct session_info *find_again(
        const struct objects *objects, const struct session_info *session) {
        for (size_t i = 0; i < objects->n_sessions; i++)
                if (streq_ptr(objects->sessions[i].path, session->path))
                        return &objects->sessions[i];
        return NULL;
}

/* It gives nothing any more, or is not to. */
static bool is_to_be_off(const struct session_info *session) {
        return session && (session_ended(session) || streq_ptr(session->state, "paused"));
}

/* Says what the session does then, not what was asked of it. */
static int session_call(const struct options *options, const char *member, const struct outcome *outcomes) {
        _cleanup_(objects_freep) struct objects *after = NULL;
        _cleanup_(target_done) struct target target = {};
        const struct session_info *session = NULL;
        int status = target_open(options, &target, streq(member, "Pause"));
        char words[64];

        if (status == LIMBER_EXIT_OK)
                status = client_call(
                        target.client, target.session->path, LIMBER_SESSION_INTERFACE, member, NULL, NULL);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(target.client, &after);
        if (status != LIMBER_EXIT_OK)
                return status;
        session = find_again(after, target.session);
        if (is_to_be_off(session))
                status = confirm_off(&target);
        if (status != LIMBER_EXIT_OK)
                return status;
        return output_done(options, "Session %s (%s) %s.%s", session_number(target.session),
                strnull(target.session->routine), words_for(outcomes, session, words),
                how_it_goes_on(session));
}

int cmd_pause(const struct options *options) {
        return session_call(options, "Pause", after_pause);
}

int cmd_skip(const struct options *options) {
        return session_call(options, "Skip", after_skip);
}

static int append_discomfort(sd_bus_message *m, unsigned score, char **words) {
        int r = sd_bus_message_append(m, "y", (uint8_t) score);

        return r < 0 ? r : sd_bus_message_append_strv(m, words);
}

/* What is asked of a device now, beside what was; 0: the same, or it is not known. */
static int compare_levels(const struct setpoint *now, const struct setpoints *before) {
        for (size_t i = 0; i < before->n; i++)
                if (streq_ptr(before->list[i].device, now->device) &&
                        streq_ptr(before->list[i].feature, now->feature))
                        return now->asked < before->list[i].asked ? -1 : now->asked > before->list[i].asked;
        return 0;
}

/* A sentence about what the session does after a score. */
static const char *what_followed(const struct session_info *before, const struct session_info *after) {
        if (after && session_ended(after) && streq_ptr(after->reason, "discomfort"))
                return "That is more than its routine allows: the session has ended, its output is off, and what was treated "
                       "rests (see limber rests).";
        /* Gone meanwhile: nobody asked whether its output is off. */
        if (!after)
                return "The session is over.";
        if (session_ended(after))
                return "The session has ended, and its output is off.";
        if (streq_ptr(after->state, "paused"))
                return isempty(after->holder)
                               ? "The session is paused: nothing is on. \"limber resume\" goes on."
                               : "The session is paused: nothing is on. Space goes on, in the terminal that holds it.";
        if (after->step != before->step)
                return "That step is left out; the session goes on with the next.";
        for (size_t i = 0; i < after->setpoints.n; i++)
                if (compare_levels(&after->setpoints.list[i], &before->setpoints) < 0)
                        return "The level goes down.";
        if (startswith(strnull(after->prompt.id), "offer"))
                return "More is offered: \"limber answer\" takes it, or leaves it.";
        return streq_ptr(after->state, "running") ? "The session goes on as it is." : "Nothing is on now.";
}

static int say_in_session(const struct options *options, struct target *target, unsigned score) {
        _cleanup_(objects_freep) struct objects *after = NULL;
        const struct session_info *session = NULL;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        int status, r;

        r = sd_bus_message_new_method_call(client_bus(target->client), &m, LIMBER_BUS_NAME,
                target->session->path, LIMBER_SESSION_INTERFACE, "Discomfort");
        if (r >= 0)
                r = append_discomfort(m, score, options->words + 2);
        if (r < 0)
                return failure_report(NULL, r);
        status = client_send(target->client, m, NULL);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(target->client, &after);
        if (status == LIMBER_EXIT_OK)
                session = find_again(after, target->session);
        if (status == LIMBER_EXIT_OK && is_to_be_off(session))
                status = confirm_off(target);
        if (status != LIMBER_EXIT_OK)
                return status;
        return output_done(
                options, "Discomfort %u is noted. %s", score, what_followed(target->session, session));
}

static int say_after(const struct options *options, struct client *client, const struct follow_up *question,
        unsigned score) {
        _cleanup_free_ char *advice = NULL;
        int status;

        if (options->n_words > 2)
                return failure_say(LIMBER_EXIT_USAGE, NULL,
                        "No session is running: \"%s\" takes a number alone.", question->text);
        status = follow_up_answer(client, question, score, &advice);
        if (status != LIMBER_EXIT_OK)
                return status;
        return output_done(
                options, "Discomfort %u is noted.%s%s", score, isempty(advice) ? "" : " ", advice);
}

static bool any_live(const struct objects *objects) {
        for (size_t i = 0; i < objects->n_sessions; i++)
                if (!session_ended(&objects->sessions[i]))
                        return true;
        return false;
}

/* Goes to the running session; without one, answers the follow-up question. */
int cmd_discomfort(const struct options *options) {
        _cleanup_(follow_up_done) struct follow_up question = {};
        _cleanup_(target_done) struct target target = {};
        const char *word = options->words[1];
        unsigned score = (unsigned) atoi(word);
        int status;

        if (strspn(word, "0123456789") != strlen(word) || word[0] == '\0' || strlen(word) > 2 ||
                score > DISCOMFORT_MAX)
                return failure_say(LIMBER_EXIT_USAGE, "0 is no pain, 10 the worst there is.",
                        "%s: a number from 0 to 10 is wanted.", word);
        status = client_open(options, &target.client);
        if (status == LIMBER_EXIT_OK)
                status = client_objects(target.client, &target.objects);
        if (status == LIMBER_EXIT_OK && !options->session && !any_live(target.objects))
                status = follow_up_fetch(target.client, &question);
        if (status != LIMBER_EXIT_OK)
                return status;
        if (question.text)
                return say_after(options, target.client, &question, score);
        target.session = objects_find_session(target.objects, options->session);
        return target.session ? say_in_session(options, &target, score) : LIMBER_EXIT_NOT_FOUND;
}

/* The words of the command line as one text. */
static char *join(char **words) {
        size_t size = 1;
        char *joined, *end;

        for (char **w = words; *w; w++)
                size += strlen(*w) + 1;
        end = joined = calloc(1, size);
        for (char **w = words; joined && *w; w++) {
                end = stpcpy(end, w == words ? "" : " ");
                end = stpcpy(end, *w);
        }
        return joined;
}

/* An answer may be abbreviated to a unique prefix. */
static const char *find_answer(const struct prompt *prompt, const char *text) {
        const char *found = NULL;

        for (char **a = prompt->answers; a && *a; a++) {
                if (strcasecmp(*a, text) == 0)
                        return *a;
                if (strncasecmp(*a, text, strlen(text)) == 0) {
                        if (found)
                                return NULL;
                        found = *a;
                }
        }
        return found;
}

static int say_answers(const struct prompt *prompt, const char *text) {
        _cleanup_free_ char *next = NULL;
        size_t used = 0, size = 64;

        for (char **a = prompt->answers; a && *a; a++)
                size += strlen(*a) + 4;
        next = calloc(1, size);
        if (!next)
                return failure_no_memory();
        used += (size_t) snprintf(next, size, "The answers are:");
        for (char **a = prompt->answers; a && *a; a++)
                used += (size_t) snprintf(next + used, size - used, " \"%s\"", *a);
        return failure_say(
                LIMBER_EXIT_INVALID, next, "\"%s\" is no answer to \"%s\".", text, strnull(prompt->text));
}

int cmd_answer(const struct options *options) {
        _cleanup_(target_done) struct target target = {};
        _cleanup_free_ char *text = join(options->words + 1);
        const struct prompt *prompt;
        const char *answer;
        int status;

        if (!text)
                return failure_no_memory();
        status = target_open(options, &target, false);
        if (status != LIMBER_EXIT_OK)
                return status;
        prompt = &target.session->prompt;
        if (isempty(prompt->id))
                return failure_say(LIMBER_EXIT_REFUSED, NULL, "No question is open.");
        /* A question without answers takes a score, and limberd checks its range. */
        answer = prompt->answers && prompt->answers[0] ? find_answer(prompt, text) : text;
        if (!answer)
                return say_answers(prompt, text);
        status = client_call(target.client, target.session->path, LIMBER_SESSION_INTERFACE, "Answer", NULL,
                "ss", prompt->id, answer);
        return status == LIMBER_EXIT_OK ? output_done(options, "Answered: %s.", answer) : status;
}
