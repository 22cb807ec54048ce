/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/bus/callers.h"

#include <limits.h>

#include "daemon/bus/append.h"
#include "lib/bus-errors.h"
#include "lib/clock.h"

/* A bus that takes longer is broken and about to be restarted; the call is refused. */
#define ANSWER_USEC (10 * USEC_PER_SEC)

/* Unique names are short; a longer one is not remembered. */
#define NAME_MAX_BYTES 32

enum knowledge {
        KNOWLEDGE_ASKED,
        KNOWLEDGE_KNOWN,
        KNOWLEDGE_REFUSED, /* the bus gives no answer */
};

struct caller {
        char name[NAME_MAX_BYTES];
        enum knowledge knowledge;
        uid_t uid;
        uint64_t heard; /* value of the lookup counter when last used */
        unsigned n_waiting;
        struct callers *callers;
        sd_bus_slot *slot;
};

struct waiting {
        struct waiting *next;
        sd_bus_message *message;
};

struct callers {
        sd_bus *bus;
        void (*again)(sd_bus_message *m, void *userdata);
        void *userdata;
        struct caller *items[CALLERS_MAX];
        unsigned n;
        uint64_t lookups;
        struct waiting *waiting; /* oldest first */
        unsigned n_waiting;
};

static struct caller *caller_free(struct caller *caller) {
        if (!caller)
                return NULL;
        sd_bus_slot_unref(caller->slot);
        free(caller);
        return NULL;
}
DEFINE_CLEANUP(struct caller *, caller_free);

static struct caller *find(const struct callers *callers, const char *name) {
        for (unsigned i = 0; i < callers->n; i++)
                if (streq(callers->items[i]->name, name))
                        return callers->items[i];
        return NULL;
}

static void remove_at(struct callers *callers, unsigned i) {
        caller_free(callers->items[i]);
        callers->items[i] = callers->items[--callers->n];
}

/* Removes and returns the first waiting call of that sender. */
static sd_bus_message *take_waiting(struct callers *callers, const char *sender) {
        for (struct waiting **p = &callers->waiting; *p; p = &(*p)->next) {
                struct waiting *w = *p;
                sd_bus_message *m = w->message;

                if (!streq_ptr(sd_bus_message_get_sender(m), sender))
                        continue;
                *p = w->next;
                free(w);
                callers->n_waiting--;
                return m;
        }
        return NULL;
}

static int on_uid(sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        struct caller *caller = userdata;
        struct callers *callers = caller->callers;
        char name[NAME_MAX_BYTES];
        sd_bus_message *m;
        uint32_t uid;

        caller->slot = sd_bus_slot_unref(caller->slot);
        caller->knowledge = KNOWLEDGE_REFUSED;
        if (!sd_bus_message_is_method_error(reply, NULL) && sd_bus_message_read(reply, "u", &uid) >= 0) {
                caller->uid = uid;
                caller->knowledge = KNOWLEDGE_KNOWN;
        }
        /* Handlers may look up other names, which may drop this caller. */
        memcpy(name, caller->name, sizeof(name));
        caller->n_waiting = 0;
        while ((m = take_waiting(callers, name))) {
                if (sd_bus_message_rewind(m, 1) >= 0)
                        callers->again(m, callers->userdata);
                sd_bus_message_unref(m);
        }
        caller = find(callers, name);
        if (caller && caller->knowledge == KNOWLEDGE_REFUSED)
                callers_forget(callers, name); /* its next call asks anew */
        return 0;
}

/* Names being asked for are kept, since calls wait for them. UINT_MAX: all are. */
static unsigned longest_unheard(const struct callers *callers) {
        unsigned oldest = UINT_MAX;

        for (unsigned i = 0; i < callers->n; i++)
                if (callers->items[i]->knowledge != KNOWLEDGE_ASKED &&
                        (oldest == UINT_MAX || callers->items[i]->heard < callers->items[oldest]->heard))
                        oldest = i;
        return oldest;
}

static int ask(struct callers *callers, const char *name, struct caller **ret) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        _cleanup_(caller_freep) struct caller *caller = calloc(1, sizeof(*caller));
        int r;

        if (!caller)
                return -ENOMEM;
        if (strlen(name) >= sizeof(caller->name))
                return -ENAMETOOLONG;
        if (callers->n == CALLERS_MAX && longest_unheard(callers) == UINT_MAX)
                return -EBUSY;
        caller->callers = callers;
        (void) snprintf(caller->name, sizeof(caller->name), "%s", name);
        r = sd_bus_message_new_method_call(callers->bus, &m, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                "org.freedesktop.DBus", "GetConnectionUnixUser");
        if (r >= 0)
                r = bus_append(m, "s", name);
        if (r >= 0)
                r = sd_bus_call_async(callers->bus, &caller->slot, m, on_uid, caller, ANSWER_USEC);
        if (r < 0)
                return r;
        if (callers->n == CALLERS_MAX)
                remove_at(callers, longest_unheard(callers));
        *ret = callers->items[callers->n++] = TAKE_PTR(caller);
        return 0;
}

static int refuse(sd_bus_error *error) {
        return limber_error_set(error, LIMBER_ERROR_QUOTA,
                "too many calls wait for the bus to say who is calling; wait a little");
}

/* The newest call of the client that has most, where that is more than another one has: whoever calls once is not shut out by
 * those who call often. False: none. */
static bool displace(struct callers *callers, const struct caller *by) {
        struct caller *most = NULL;
        struct waiting **last = NULL, *w;

        for (unsigned i = 0; i < callers->n; i++)
                if (!most || callers->items[i]->n_waiting > most->n_waiting)
                        most = callers->items[i];
        if (!most || most->n_waiting <= by->n_waiting + 1)
                return false;
        for (struct waiting **p = &callers->waiting; *p; p = &(*p)->next)
                if (streq_ptr(sd_bus_message_get_sender((*p)->message), most->name))
                        last = p;
        if (!last)
                return false;
        w = *last;
        *last = w->next;
        callers->n_waiting--;
        most->n_waiting--;
        (void) bus_reply_error(w->message, LIMBER_ERROR_QUOTA,
                "too many calls wait for the bus to say who is calling; wait a little");
        sd_bus_message_unref(w->message);
        free(w);
        return true;
}

static int put_aside(
        struct callers *callers, struct caller *caller, sd_bus_message *m, sd_bus_error *error) {
        struct waiting **p, *w;

        if (caller->n_waiting >= CALLERS_WAITING_CLIENT_MAX ||
                (callers->n_waiting >= CALLERS_WAITING_MAX && !displace(callers, caller)))
                return refuse(error);
        w = malloc(sizeof(*w));
        if (!w)
                return -ENOMEM;
        *w = (struct waiting){ .message = sd_bus_message_ref(m) };
        for (p = &callers->waiting; *p; p = &(*p)->next)
                ;
        *p = w;
        caller->n_waiting++;
        callers->n_waiting++;
        return 0;
}

int callers_uid(struct callers *callers, sd_bus_message *m, uid_t *ret, sd_bus_error *error) {
        const char *sender = strnull(sd_bus_message_get_sender(m));
        struct caller *caller = find(callers, sender);
        int r;

        if (caller && caller->knowledge == KNOWLEDGE_KNOWN) {
                caller->heard = ++callers->lookups;
                *ret = caller->uid;
                return 1;
        }
        if (caller && caller->knowledge == KNOWLEDGE_REFUSED)
                return limber_error_set(
                        error, LIMBER_ERROR_NOT_AUTHORIZED, "the bus does not say who is calling");
        if (!caller) {
                r = ask(callers, sender, &caller);
                if (r == -EBUSY)
                        return refuse(error);
                if (r < 0)
                        return limber_error_set(error, LIMBER_ERROR_NOT_AUTHORIZED,
                                "the bus cannot be asked who is calling: %s", strerror(-r));
        }
        caller->heard = ++callers->lookups;
        return put_aside(callers, caller, m, error);
}

bool callers_know(struct callers *callers, const char *name, uid_t *ret) {
        struct caller *caller = find(callers, name);

        if (!caller)
                (void) ask(callers, name, &caller);
        if (!caller || caller->knowledge != KNOWLEDGE_KNOWN)
                return false;
        *ret = caller->uid;
        return true;
}

void callers_forget(struct callers *callers, const char *name) {
        sd_bus_message *m;

        for (unsigned i = 0; i < callers->n; i++)
                if (streq(callers->items[i]->name, name)) {
                        remove_at(callers, i);
                        break;
                }
        /* The sender is gone, drop its calls. */
        while ((m = take_waiting(callers, name)))
                sd_bus_message_unref(m);
}

int callers_new(sd_bus *bus, void (*again)(sd_bus_message *m, void *userdata), void *userdata,
        struct callers **ret) {
        struct callers *callers = calloc(1, sizeof(*callers));

        if (!callers)
                return -ENOMEM;
        *callers = (struct callers){ .bus = sd_bus_ref(bus), .again = again, .userdata = userdata };
        *ret = callers;
        return 0;
}

struct callers *callers_free(struct callers *callers) {
        if (!callers)
                return NULL;
        while (callers->waiting) {
                struct waiting *w = callers->waiting;

                callers->waiting = w->next;
                sd_bus_message_unref(w->message);
                free(w);
        }
        for (unsigned i = 0; i < callers->n; i++)
                caller_free(callers->items[i]);
        sd_bus_unref(callers->bus);
        free(callers);
        return NULL;
}
