/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Making a session: everything that can be refused is refused here, before anything is connected. */

#include <stdarg.h>

#include "daemon/session/session-private.h"

_printf_(3, 4) static int refuse(char **ret_sentence, int error, const char *format, ...) {
        va_list ap;

        va_start(ap, format);
        if (vasprintf(ret_sentence, format, ap) < 0)
                *ret_sentence = NULL;
        va_end(ap);
        return error;
}

static void format_levels(
        char *buffer, size_t size, const struct feature *f, const struct quantity_range *range) {
        char text[QUANTITY_TEXT_MAX];

        if (streq(f->unit, "Hz"))
                (void) snprintf(buffer, size, "%s", quantity_format_range(text, DIMENSION_FREQUENCY, range));
        else if (streq(f->unit, "mA"))
                (void) snprintf(buffer, size, "%s", quantity_format_range(text, DIMENSION_CURRENT, range));
        else
                (void) snprintf(buffer, size, "level %lld to %lld", (long long) (range->min / 1000),
                        (long long) (range->max / 1000));
}

/* Names both ranges: the routine's and the device's. */
static int check_stage(const struct session *session, const struct stage *stage, struct device *device,
        char **ret_sentence) {
        const struct device_definition *definition = device_definition(device);
        unsigned mask = session_stage_features(stage, definition);

        if (mask == 0)
                return refuse(ret_sentence, -ERANGE,
                        "%s has no channel for the step \"%s\"; name another with --device",
                        device_title(device), stage->step->title);
        for (unsigned i = 0; i < definition->n_features; i++) {
                const struct feature *f = &definition->features[i];
                struct quantity_range range, own = { f->min, f->max };
                char wanted[96], has[96];

                if (!(mask & (1u << i)) || session_common_range(session, stage, device, i, &range) >= 0)
                        continue;
                (void) routine_step_dose(stage->step, wanted, sizeof(wanted));
                format_levels(has, sizeof(has), f, &own);
                return refuse(ret_sentence, -ERANGE,
                        "the step \"%s\" asks for %s, but %s gives %s: nothing in common",
                        stage->step->title, wanted, device_title(device), has);
        }
        return 0;
}

/* Every stage with output has a device that can do it and that nobody else uses. Devices that no stage needs are let
 * out; the kind comes out of what is left. */
static int check_devices(
        struct session *session, const struct session_options *options, char **ret_sentence) {
        bool percussion = false, estim = false;
        int r;

        for (unsigned i = 0; i < session->plan.n_stages; i++) {
                const struct stage *stage = &session->plan.stages[i];
                unsigned role = stage->step->role;
                struct device *device;

                if (!stage_has_output(stage))
                        continue;
                device = options->devices[role];
                if (!device)
                        return refuse(ret_sentence, -ENODEV, "the role '%s' has no device",
                                session->routine->roles[role].name);
                if (device_owner(device))
                        return refuse(ret_sentence, -EBUSY,
                                "%s is in use by another session; stop that first", device_title(device));
                if (!session->devices[role])
                        session->devices[role] = device_ref(device);
                session_know_stage(session, stage);
                r = check_stage(session, stage, device, ret_sentence);
                if (r < 0)
                        return r;
                percussion |= stage->step->kind == STEP_PERCUSSION;
                estim |= stage->step->kind == STEP_ESTIM;
        }
        session->kind = percussion && estim ? SESSION_KIND_MIXED
                        : estim             ? SESSION_KIND_ESTIM
                        : percussion        ? SESSION_KIND_PERCUSSION
                                            : SESSION_KIND_NONE;
        for (unsigned a = 0; a < session->routine->n_roles; a++)
                for (unsigned b = 0; b < a; b++)
                        if (session->devices[a] && session->devices[a] == session->devices[b])
                                return refuse(ret_sentence, -EBUSY, "%s cannot be both '%s' and '%s'",
                                        device_title(session->devices[a]), session->routine->roles[b].name,
                                        session->routine->roles[a].name);
        return 0;
}

static int make_clocks(struct session *session, void (*tick)(struct clock_timer *, void *),
        void (*wait)(struct clock_timer *, void *), void (*lost)(enum lease_loss, void *)) {
        struct clock *clock = session->environment.clock;
        int r;

        r = clock_timer_new(clock, tick, session, &session->tick_timer);
        if (r >= 0)
                r = clock_timer_new(clock, wait, session, &session->wait_timer);
        if (r >= 0)
                r = lease_new(clock, lost, session, &session->lease);
        return r;
}

int session_new(const struct session_environment *environment, struct routine *routine,
        const struct session_options *options, struct session **ret, char **ret_sentence) {
        _cleanup_(session_freep) struct session *session = calloc(1, sizeof(*session));
        int r;

        *ret_sentence = NULL;
        if (!session)
                return -ENOMEM;
        session->environment = *environment;
        session->routine = routine_ref(routine);
        session->id = options->id;
        session->runner = options->runner;
        session->calibrates = options->calibrate;
        session->state = SESSION_STAGED;
        session->event = 1;
        session->last_discomfort = session->baseline = DISCOMFORT_NONE;
        session->foreground.since_usec = session->background.since_usec = USEC_INFINITY;

        r = session_plan_make(routine, options->only, options->first_times, &session->plan);
        if (r == -ENODATA)
                return refuse(ret_sentence, r, "nothing of '%s' is left for that side", routine->id);
        if (r < 0)
                return r;
        session->results = calloc(session->plan.n_stages, sizeof(*session->results));
        session->people = calloc(session->plan.n_stages, sizeof(*session->people));
        if (!session->results || !session->people)
                return -ENOMEM;
        r = check_devices(session, options, ret_sentence);
        if (r >= 0)
                r = make_clocks(session, session_on_tick, session_on_wait, session_on_lease_lost);
        if (r >= 0 && options->detach && session->kind != SESSION_KIND_PERCUSSION)
                return refuse(ret_sentence, -EOPNOTSUPP,
                        "only percussion may go on without a terminal; start '%s' without --detach",
                        routine->id);
        if (r >= 0 && options->detach)
                r = session_make_presence(session);
        if (r >= 0 && !options->stage)
                r = lease_take(session->lease, options->holder);
        if (r < 0)
                return r;

        for (unsigned i = 0; i < routine->n_roles; i++)
                if (session->devices[i])
                        device_set_owner(session->devices[i], session, session->id);
        session->owns_devices = true;
        record_put(
                environment->record, &(struct record_entry){ RECORD_SESSION_STARTED, .session = session->id,
                                             .runner = session->runner, .routine = routine->id });
        *ret = TAKE_PTR(session);
        return 0;
}

struct session *session_free(struct session *session) {
        if (!session)
                return NULL;
        for (unsigned i = 0; session->owns_devices && i < session->routine->n_roles; i++)
                if (session->devices[i] && device_owner(session->devices[i]) == session) {
                        (void) device_stop(session->devices[i]);
                        device_set_owner(session->devices[i], NULL, 0);
                }
        clock_timer_free(session->tick_timer);
        clock_timer_free(session->wait_timer);
        lease_free(session->lease);
        presence_free(session->presence);
        session_plan_done(&session->plan);
        free(session->results);
        free(session->people);
        for (unsigned i = 0; i < ROUTINE_ROLES_MAX; i++)
                device_unref(session->devices[i]);
        routine_unref(session->routine);
        free(session);
        return NULL;
}
