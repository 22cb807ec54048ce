/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/polkit.h"

#include "lib/bus-errors.h"
#include "lib/clock.h"

/* Time for the person at the dialog; after this the call fails. */
#define ANSWER_USEC (120 * USEC_PER_SEC)

enum outcome {
        OUTCOME_PENDING,
        OUTCOME_YES,
        OUTCOME_NO,
        OUTCOME_NOBODY, /* authentication is needed, but no agent could ask for it */
        OUTCOME_NO_POLKIT,
};

struct query {
        struct query *next;
        struct polkit *polkit;
        sd_bus_message *message;
        uid_t user;
        sd_bus_slot *slot;
        const char *action;    /* that the handler asks with */
        const char *otherwise; /* asked when that is refused; NULL: none, or asked already */
        enum outcome outcome;
};

struct polkit {
        sd_bus *bus;
        void (*again)(sd_bus_message *m, void *userdata);
        void *userdata;
        struct query *queries;
};

static void query_remove(struct query *query) {
        for (struct query **p = &query->polkit->queries; *p; p = &(*p)->next)
                if (*p == query) {
                        *p = query->next;
                        break;
                }
        sd_bus_slot_unref(query->slot);
        sd_bus_message_unref(query->message);
        free(query);
}

static struct query *query_find(const struct polkit *polkit, const sd_bus_message *m, const char *action) {
        for (struct query *q = polkit->queries; q; q = q->next)
                if (q->message == m && streq(q->action, action))
                        return q;
        return NULL;
}

/* Of a call that is through; one that waits for another answer keeps those it has. */
static void queries_forget(struct polkit *polkit, const sd_bus_message *m) {
        for (const struct query *q = polkit->queries; q; q = q->next)
                if (q->message == m && q->outcome == OUTCOME_PENDING)
                        return;
        for (struct query *q = polkit->queries, *next; q; q = next) {
                next = q->next;
                if (q->message == m)
                        query_remove(q);
        }
}

static enum outcome read_answer(sd_bus_message *m) {
        int authorised, challenge;

        if (sd_bus_message_is_method_error(m, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
                sd_bus_message_is_method_error(m, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
                return OUTCOME_NO_POLKIT;
        if (sd_bus_message_is_method_error(m, NULL) ||
                sd_bus_message_enter_container(m, 'r', "bba{ss}") < 0 ||
                sd_bus_message_read(m, "bb", &authorised, &challenge) < 0)
                return OUTCOME_NO;
        return authorised ? OUTCOME_YES : challenge ? OUTCOME_NOBODY : OUTCOME_NO;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error);

static int ask(struct query *query, const char *action) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        /* Only callers that allow it are shown a dialog. */
        uint32_t flags = sd_bus_message_get_allow_interactive_authorization(query->message) > 0;
        int r;

        r = sd_bus_message_new_method_call(query->polkit->bus, &m, "org.freedesktop.PolicyKit1",
                "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority",
                "CheckAuthorization");
        if (r >= 0)
                r = sd_bus_message_append(m, "(sa{sv})sa{ss}us", "system-bus-name", 1, "name", "s",
                        sd_bus_message_get_sender(query->message), action, 0, flags, "");
        if (r >= 0)
                r = sd_bus_call_async(query->polkit->bus, &query->slot, m, on_answer, query, ANSWER_USEC);
        return r;
}

static int on_answer(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct query *query = userdata;
        struct polkit *polkit = query->polkit;
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *message = sd_bus_message_ref(query->message);

        query->outcome = read_answer(m);
        if (query->outcome != OUTCOME_YES && query->otherwise) {
                const char *otherwise = TAKE_PTR(query->otherwise);
                enum outcome refused = query->outcome;

                query->outcome = OUTCOME_PENDING;
                query->slot = sd_bus_slot_unref(query->slot);
                if (ask(query, otherwise) >= 0)
                        return 0;
                query->outcome = refused;
        }
        if (sd_bus_message_rewind(message, 1) >= 0)
                polkit->again(message, polkit->userdata);
        queries_forget(polkit, message);
        return 0;
}

static int begin(struct polkit *polkit, sd_bus_message *m, uid_t user,
        const struct polkit_question *question, sd_bus_error *error) {
        const char *sender = sd_bus_message_get_sender(m);
        struct query *query;
        unsigned all = 0, own = 0, of_user = 0;
        int r;

        for (const struct query *q = polkit->queries; q; q = q->next) {
                all++;
                own += streq_ptr(sd_bus_message_get_sender(q->message), sender);
                of_user += q->user == user;
        }
        if (all >= POLKIT_QUERIES_MAX || own >= POLKIT_QUERIES_CLIENT_MAX ||
                of_user >= POLKIT_QUERIES_USER_MAX)
                return limber_error_set(
                        error, LIMBER_ERROR_QUOTA, "too many requests for permission are open");

        query = calloc(1, sizeof(*query));
        if (!query)
                return -ENOMEM;
        *query = (struct query){
                .next = polkit->queries,
                .polkit = polkit,
                .message = sd_bus_message_ref(m),
                .user = user,
                .action = question->action,
                .otherwise = question->otherwise,
        };
        polkit->queries = query;
        r = ask(query, question->action);
        if (r < 0)
                query_remove(query);
        return r;
}

int polkit_check(struct polkit *polkit, sd_bus_message *m, uid_t user,
        const struct polkit_question *question, sd_bus_error *error) {
        struct query *query = query_find(polkit, m, question->action);
        enum outcome outcome;
        int r;

        if (!query) {
                r = begin(polkit, m, user, question, error);
                return r < 0 ? r : 0;
        }
        /* A yes holds until the call is through: where the handler asks for a second action, it begins anew with that answer. */
        outcome = query->outcome;
        if (outcome == OUTCOME_YES)
                return 1;
        query_remove(query);
        return limber_error_set(error, LIMBER_ERROR_NOT_AUTHORIZED, "%s %s here%s%s%s",
                outcome == OUTCOME_NOBODY ? "it takes an administrator's password to" : "you may not",
                question->what,
                outcome == OUTCOME_NOBODY      ? ", and nobody could be asked for one"
                : outcome == OUTCOME_NO_POLKIT ? "; without polkit only root may: try with sudo"
                                               : "",
                question->lift && outcome != OUTCOME_NO_POLKIT ? ": " : "",
                question->lift && outcome != OUTCOME_NO_POLKIT ? question->lift : "");
}

int polkit_new(
        sd_bus *bus, void (*again)(sd_bus_message *m, void *userdata), void *userdata, struct polkit **ret) {
        struct polkit *polkit = calloc(1, sizeof(*polkit));

        if (!polkit)
                return -ENOMEM;
        *polkit = (struct polkit){ .bus = sd_bus_ref(bus), .again = again, .userdata = userdata };
        *ret = polkit;
        return 0;
}

struct polkit *polkit_free(struct polkit *polkit) {
        if (!polkit)
                return NULL;
        while (polkit->queries)
                query_remove(polkit->queries);
        sd_bus_unref(polkit->bus);
        free(polkit);
        return NULL;
}
