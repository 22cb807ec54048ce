/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/manager/manager-private.h"
#include "lib/dose.h"

static bool fits_role(const struct device *device, enum role_kind kind) {
        return (device_definition(device)->kind == FEATURE_ESTIM) == (kind == ROLE_ESTIM);
}

static const char *article(enum role_kind kind) {
        return kind == ROLE_ESTIM ? "an e-stim unit" : "a massage gun";
}

/* The one added device of that kind, if there is exactly one. */
static int choose_device(const struct manager *manager, const struct routine_role *role, struct device **ret,
        char **ret_sentence) {
        struct device *found = NULL;

        for (unsigned i = 0; i < manager->n_devices; i++) {
                struct device *d = manager->devices[i];

                if (!device_is_added(d) || !fits_role(d, role->kind))
                        continue;
                if (found)
                        return manager_refuse(ret_sentence, -ENODEV,
                                "several devices could be '%s'; say which with --device %s=NAME", role->name,
                                role->name);
                found = d;
        }
        if (!found)
                return manager_refuse(ret_sentence, -ENODEV,
                        "the routine needs %s for '%s', and none is added: switch it on, then 'limber scan' and 'limber add'",
                        article(role->kind), role->name);
        *ret = found;
        return 0;
}

static int named_device(const struct manager *manager, const struct routine_role *role, const char *name,
        struct device **ret, char **ret_sentence) {
        struct device *device;
        int r;

        r = manager_find_device(manager, name, true, &device, ret_sentence);
        if (r < 0)
                return *ret_sentence ? r
                                     : manager_refuse(ret_sentence, r,
                                               "no device '%s' is added; see 'limber devices'", name);
        if (!fits_role(device, role->kind))
                return manager_refuse(ret_sentence, -ENODEV, "%s is not %s, which '%s' needs",
                        device_title(device), article(role->kind), role->name);
        *ret = device;
        return 0;
}

static const char *name_given(char *const *roles, const char *role) {
        for (char *const *p = roles; p && p[0] && p[1]; p += 2)
                if (streq(p[0], role))
                        return p[1];
        return NULL;
}

static int check_role_names(const struct routine *routine, char *const *roles, char **ret_sentence) {
        for (char *const *p = roles; p && p[0] && p[1]; p += 2) {
                bool known = false;

                for (unsigned i = 0; i < routine->n_roles; i++)
                        known |= streq(routine->roles[i].name, p[0]);
                if (!known)
                        return manager_refuse(ret_sentence, -EDOM,
                                "'%s' has no role '%s'; see 'limber show %s'", routine->id, p[0],
                                routine->id);
        }
        return 0;
}

/* Output that is proposed: a whole plan that is to begin, or what is left of a session that is to go on. */
struct proposal {
        const struct routine *routine;
        const struct session_plan *plan;
        const struct session *session; /* NULL: it is to begin */
        uid_t runner;
};

/* Output of that stage that is still to come. */
static uint64_t time_ahead(const struct proposal *proposal, unsigned i) {
        const struct stage *stage = &proposal->plan->stages[i];

        if (!stage_has_output(stage))
                return 0;
        return proposal->session ? session_stage_left(proposal->session, i) : stage->duration_usec;
}

/* Some stage on the wanted sides uses the role. */
static bool role_is_needed(const struct proposal *proposal, unsigned role) {
        bool needed = false;

        for (unsigned i = 0; i < proposal->plan->n_stages; i++)
                needed |= time_ahead(proposal, i) > 0 && proposal->plan->stages[i].step->role == role;
        return needed;
}

static int find_slot(
        struct manager *manager, const struct start_options *options, unsigned *ret, char **ret_sentence) {
        unsigned free_slot = MANAGER_SESSIONS_MAX;

        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++) {
                const struct session *s = manager->sessions[i];

                if (!s)
                        free_slot = MIN(free_slot, i);
                /* One session per runner. */
                else if (manager_session_is_live(s) && session_runner(s) == options->runner)
                        return manager_refuse(ret_sentence, -EBUSY,
                                "session %u (%s) is not over: 'limber stop', or 'limber resume' to go on with it",
                                session_id(s), session_routine(s)->id);
        }
        if (free_slot == MANAGER_SESSIONS_MAX)
                free_slot = manager_evict(manager);
        if (free_slot == MANAGER_SESSIONS_MAX)
                return manager_refuse(ret_sentence, -EDQUOT,
                        "there are %u sessions already; try again in a minute", MANAGER_SESSIONS_MAX);
        *ret = free_slot;
        return 0;
}

/* "5 h 12 min", rounded up. */
static const char *in_words(uint64_t usec, char buffer[static 32]) {
        uint64_t minutes = (usec + 60 * USEC_PER_SEC - 1) / (60 * USEC_PER_SEC);

        if (minutes >= 60)
                (void) snprintf(
                        buffer, 32, "%u h %u min", (unsigned) (minutes / 60), (unsigned) (minutes % 60));
        else
                (void) snprintf(buffer, 32, "%u min", (unsigned) minutes);
        return buffer;
}

/* REQ13: has had too few sessions to know what pads feel like. */
static bool is_new_to_pads(const struct manager *manager, uid_t runner) {
        return dose_ledger_pads_sessions(manager->doses, runner) < DOSE_LEDGER_NEW_SESSIONS;
}

static int refuse_dose(const struct dose_answer *answer, const char *what, const char *why,
        const struct session *session, char **ret_sentence) {
        char words[32];

        if (session && session_has_begun(session))
                return manager_refuse(ret_sentence, -ECANCELED,
                        "%s: %s; 'limber skip' leaves out the step, 'limber stop' ends the session", what,
                        why);
        if (session && answer->may_be_over)
                return manager_refuse(ret_sentence, -ETIME,
                        "%s: %s, as far as this computer can know. 'limber stop', then start it with your word for when your last "
                        "session was, such as --last-session 9h",
                        what, why);
        if (answer->may_be_over)
                return manager_refuse(ret_sentence, -ETIME,
                        "%s: %s, as far as this computer can know: it had no clock that was right all the time. Say when your last "
                        "session was, such as --last-session 9h",
                        what, why);
        return manager_refuse(ret_sentence, -ECANCELED, "%s: %s; again in %s", what, why,
                in_words(answer->wait_usec, words));
}

/* Of a session that has begun, what is under way; its other stages are asked about when they begin. */
static bool counts_now(const struct proposal *proposal, unsigned i) {
        return !proposal->session || !session_has_begun(proposal->session) ||
               session_stage_is_under_way(proposal->session, i);
}

/* What the plan has in store for the muscle that a stage is for. */
static struct zone_dose planned_dose(const struct proposal *proposal, unsigned i) {
        const struct stage *stage = &proposal->plan->stages[i];
        struct zone_dose planned = {
                .runner = proposal->runner,
                .session = proposal->session ? session_id(proposal->session) : 0,
                .zone = stage->step->zone,
                .side = stage->side,
                .kind = proposal->routine->roles[stage->step->role].kind,
                .strength = step_is_strength(stage->step),
        };

        for (unsigned k = 0; k < proposal->plan->n_stages; k++) {
                const struct stage *other = &proposal->plan->stages[k];

                if ((k == i || counts_now(proposal, k)) && stage_has_output(other) &&
                        zones_share_muscle(other->step->zone, planned.zone) &&
                        sides_meet(other->side, planned.side) &&
                        proposal->routine->roles[other->step->role].kind == planned.kind)
                        planned.on_usec += time_ahead(proposal, k);
        }
        return planned;
}

/* Why a routine may not begin. */
struct refusal {
        struct dose_answer answer;
        const char *why;
        char what[96];
};

static void ask_part(const struct manager *manager, const struct dose_ledger *doses,
        const struct zone_dose *planned, struct refusal *refusal) {
        struct dose_answer answer =
                dose_ledger_ask(doses, planned, (int64_t) clock_now(manager->settings.clock));

        if (!dose_answer_lasts_longer(&answer, &refusal->answer))
                return;
        refusal->answer = answer;
        refusal->why = dose_rule_explain(answer.rule, planned->kind);
        (void) snprintf(refusal->what, sizeof(refusal->what), "%s (%s)", planned->zone->name,
                side_to_string(planned->side));
}

static void ask_routine(const struct manager *manager, const struct dose_ledger *doses,
        const struct routine *routine, uid_t runner, struct refusal *refusal) {
        refusal->answer = dose_ledger_ask_routine(doses, runner, routine->id, routine->min_gap_usec,
                (int64_t) clock_now(manager->settings.clock));
        refusal->why = dose_rule_explain(refusal->answer.rule, ROLE_PERCUSSION);
        (void) snprintf(refusal->what, sizeof(refusal->what), "'%s'", routine->id);
}

/* The routine may be done again, and every part of the body that will be treated may have that much more. */
static int check_parts(const struct manager *manager, const struct dose_ledger *doses,
        const struct proposal *proposal, char **ret_sentence) {
        struct refusal refusal = {};

        if (!proposal->session || !session_has_begun(proposal->session))
                ask_routine(manager, doses, proposal->routine, proposal->runner, &refusal);
        for (unsigned i = 0; i < proposal->plan->n_stages; i++) {
                struct zone_dose planned;

                if (!counts_now(proposal, i) || time_ahead(proposal, i) == 0 ||
                        !proposal->plan->stages[i].step->zone)
                        continue;
                planned = planned_dose(proposal, i);
                ask_part(manager, doses, &planned, &refusal);
        }
        if (refusal.answer.rule == DOSE_ALLOWED)
                return 0;
        return refuse_dose(&refusal.answer, refusal.what, refusal.why, proposal->session, ret_sentence);
}

static bool take_word(
        const struct manager *manager, struct dose_ledger *doses, const struct start_options *options) {
        return options->last_session_usec > 0 &&
               dose_ledger_said(doses, options->runner, options->last_session_usec,
                       dose_time_at((int64_t) clock_now(manager->settings.clock)));
}

/* REQ12, REQ16: as it would be by what the runner says of their last session. A start that is refused leaves nothing behind. */
static int check_doses(const struct manager *manager, const struct proposal *proposal,
        const struct start_options *options, char **ret_sentence) {
        _cleanup_(dose_ledger_freep) struct dose_ledger *said = NULL;
        int r;

        if (options->last_session_usec == 0)
                return check_parts(manager, manager->doses, proposal, ret_sentence);
        r = dose_ledger_copy(manager->doses, &said);
        if (r < 0)
                return r;
        (void) take_word(manager, said, options);
        return check_parts(manager, said, proposal, ret_sentence);
}

/* Where no clock could say it, kept as the runner's word. */
static void keep_word(struct manager *manager, const struct start_options *options) {
        if (take_word(manager, manager->doses, options))
                record_put(manager->settings.record,
                        &(struct record_entry){ RECORD_CLOCK, .runner = options->runner,
                                .asked = (int64_t) options->last_session_usec,
                                .reason = RECORD_CLOCK_SAID });
}

static int refuse_damaged(const char *damage, char **ret_sentence) {
        return manager_refuse(ret_sentence, -ENOMSG,
                "what limber knew of you cannot be read (%s), so that nothing begins: answer anew with 'limber intake', "
                "or have an administrator put the file right and restart limberd",
                damage);
}

/* REQ22: for each kind of output that remains. Stages without output are for everybody. */
static int check_intake(
        const struct manager *manager, const struct proposal *proposal, char **ret_sentence) {
        static const int errors[_INTAKE_RULING_MAX] = {
                [INTAKE_SIGN_OFF] = -ENOKEY,
                [INTAKE_NEVER] = -EKEYREVOKED,
                [INTAKE_UNANSWERED] = -ENOMSG,
        };
        const struct runner *runner = manager_runner(manager, proposal->runner);
        struct runner_store *store = manager->settings.runners;
        const char *damage = store ? runner_store_damage(store, proposal->runner) : NULL;

        for (unsigned i = 0; i < proposal->routine->n_roles; i++) {
                enum role_kind kind = proposal->routine->roles[i].kind;
                struct intake_verdict verdict = runner_verdict(runner, kind);
                char sentence[INTAKE_SENTENCE_MAX];

                if (verdict.ruling == INTAKE_ALLOWED || !role_is_needed(proposal, i))
                        continue;
                if (damage)
                        return refuse_damaged(damage, ret_sentence);
                return manager_refuse(ret_sentence, errors[verdict.ruling], "%s",
                        intake_explain(&verdict, kind, sentence));
        }
        return 0;
}

/* A runner's own cap that leaves no output is reported before the start, rather than running without output. */
static int check_caps(
        const struct manager *manager, uid_t runner, const struct device *device, char **ret_sentence) {
        const struct device_definition *definition = device_definition(device);

        for (unsigned i = 0; i < definition->n_features; i++) {
                const struct feature *f = &definition->features[i];

                if (runner_person(manager_runner(manager, runner), f).cap < f->min)
                        return manager_refuse(ret_sentence, -ERANGE,
                                "your own cap leaves nothing of '%s' of %s, whose levels are in %s; 'limber runner' shows your "
                                "caps, 'limber runner cap' changes them",
                                f->name, device_title(device), f->unit);
        }
        return 0;
}

static struct gate_person person_of(uid_t runner, const struct device *device, unsigned feature,
        const struct stage *stage, enum side side, void *userdata) {
        const struct feature *f = &device_definition(device)->features[feature];
        struct gate_person person = manager_person(userdata, runner, f);
        const struct calibration *calibration =
                runner_calibration(manager_runner(userdata, runner), device_address(device), f,
                        stage->step->zone, side, stage->step->pad_area_mm2, manager_wall(userdata));

        if (calibration) {
                person.comfort = calibration->comfort;
                person.bearable = calibration->maximum;
        }
        return person;
}

static int choose_devices(const struct manager *manager, const struct proposal *proposal,
        const struct start_options *options, struct device **ret, char **ret_sentence) {
        int r = 0;

        for (unsigned i = 0; r >= 0 && i < proposal->routine->n_roles; i++) {
                const struct routine_role *role = &proposal->routine->roles[i];
                const char *name = name_given(options->roles, role->name);

                if (!role_is_needed(proposal, i))
                        continue;
                r = name ? named_device(manager, role, name, &ret[i], ret_sentence)
                         : choose_device(manager, role, &ret[i], ret_sentence);
                if (r >= 0)
                        r = check_caps(manager, options->runner, ret[i], ret_sentence);
        }
        return r;
}

static int check_record(const struct manager *manager, char **ret_sentence) {
        const struct record *record = manager->settings.record;

        if (!record || !record->failed)
                return 0;
        return manager_refuse(ret_sentence, -ECANCELED, "%s; nothing is switched on without it",
                record->why ?: "the record cannot be written");
}

static struct proposal proposal_of(const struct session *session) {
        return (struct proposal){ session_routine(session), session_plan(session), session,
                session_runner(session) };
}

/* Output that nobody has seen end counts up to now, whichever session of theirs it was of. */
static void count_unseen(struct manager *manager, uid_t runner) {
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager->sessions[i] && session_runner(manager->sessions[i]) == runner)
                        (void) session_is_counting(manager->sessions[i]);
}

/* What came before it was as long as it was written, give or take a moment. */
#define ALLOWS_SLACK_USEC USEC_PER_SEC

int manager_allows(const struct session *session, unsigned i, char **ret_sentence, void *userdata) {
        const struct proposal proposal = proposal_of(session);
        struct manager *manager = userdata;
        struct refusal refusal = {};
        struct zone_dose planned;

        if (!proposal.plan->stages[i].step->zone)
                return 0;
        count_unseen(manager, proposal.runner);
        planned = planned_dose(&proposal, i);
        planned.on_usec -= MIN(planned.on_usec, ALLOWS_SLACK_USEC);
        ask_part(manager, manager->doses, &planned, &refusal);
        if (refusal.answer.rule == DOSE_ALLOWED)
                return 0;
        return manager_refuse(ret_sentence, -ECANCELED, "%s: %s", refusal.what, refusal.why);
}

int manager_resume(
        struct manager *manager, struct session *session, const char *holder, char **ret_sentence) {
        const struct proposal proposal = proposal_of(session);
        int r = 0;

        /* Any other state has its own refusal. */
        if (session_state(session) == SESSION_PAUSED || session_state(session) == SESSION_STAGED) {
                count_unseen(manager, proposal.runner);
                r = check_record(manager, ret_sentence);
                if (r >= 0)
                        r = check_intake(manager, &proposal, ret_sentence);
                if (r >= 0)
                        r = check_parts(manager, manager->doses, &proposal, ret_sentence);
        }
        return r < 0 ? r : session_resume(session, holder);
}

int manager_start_routine(struct manager *manager, const char *id, const struct start_options *options,
        struct session **ret, char **ret_sentence) {
        struct routine *routine = options->own
                                          ?: manager->library ? library_routine(manager->library, id)
                                                              : NULL;
        struct session_environment environment = {
                .clock = manager->settings.clock,
                .stage_expiry_usec = manager->next_tuning.stage_expiry_usec,
                .record = manager->settings.record,
                .person = person_of,
                .lowered = manager_lowered,
                .allows = manager_allows,
                .random = manager->settings.random,
                .handler = &manager_session_handler,
                .userdata = manager,
        };
        struct session_options session_options = {
                .runner = options->runner,
                .holder = options->holder,
                .only = options->only,
                .stage = options->stage,
                .first_times = !options->calibrate && is_new_to_pads(manager, options->runner),
                .calibrate = options->calibrate,
                .detach = options->detach,
        };
        _cleanup_(session_plan_done) struct session_plan plan = {};
        const struct proposal proposal = { routine, &plan, NULL, options->runner };
        struct session *session;
        unsigned slot = 0;
        int r;

        if (!routine)
                return manager_refuse(
                        ret_sentence, -ENOENT, "there is no routine '%s'; see 'limber routines'", id);
        if (routine->sign_off_required)
                return manager_refuse(ret_sentence, -ECANCELED,
                        "'%s' needs a therapist's sign-off, and none is stored on this machine", id);
        count_unseen(manager, options->runner);
        /* Without a plan there are no stages; session_new() then says why. */
        (void) session_plan_make(routine, options->only, session_options.first_times, &plan);
        r = check_record(manager, ret_sentence);
        if (r >= 0)
                r = check_intake(manager, &proposal, ret_sentence);
        if (r >= 0)
                r = check_doses(manager, &proposal, options, ret_sentence);
        if (r >= 0)
                r = check_role_names(routine, options->roles, ret_sentence);
        if (r >= 0)
                r = find_slot(manager, options, &slot, ret_sentence);
        if (r >= 0)
                r = choose_devices(manager, &proposal, options, session_options.devices, ret_sentence);
        if (r < 0)
                return r;
        manager_tune(manager);
        session_options.id = manager->last_session + 1;
        r = session_new(&environment, routine, &session_options, &session, ret_sentence);
        if (r < 0)
                return r;
        keep_word(manager, options);
        manager->last_session++;
        manager->sessions[slot] = session;
        manager->settings.handler->session_added(session, manager->settings.userdata);
        *ret = session;
        return 0;
}

struct resting {
        void (*fn)(const struct manager_rest *rest, void *userdata);
        void *userdata;
};

static void tell_rest(const struct dose_rest *rest, void *userdata) {
        const struct resting *resting = userdata;

        resting->fn(
                &(struct manager_rest){
                        .zone = rest->zone,
                        .side = rest->side,
                        .kind = rest->strength ? "strength" : role_kind_to_string(rest->kind),
                        .why = dose_rule_explain(rest->answer.rule, rest->kind),
                        .wait_usec = rest->answer.wait_usec,
                        .may_be_over = rest->answer.may_be_over,
                },
                resting->userdata);
}

void manager_rests(const struct manager *manager, uid_t runner,
        void (*fn)(const struct manager_rest *rest, void *userdata), void *userdata) {
        int64_t now = (int64_t) clock_now(manager->settings.clock);
        struct resting resting = { fn, userdata };

        dose_ledger_rests(manager->doses, runner, now, tell_rest, &resting);
        for (unsigned i = 0; manager->library && i < manager->library->n_routines; i++) {
                const struct routine *routine = manager->library->routines[i];
                struct dose_answer answer = dose_ledger_ask_routine(
                        manager->doses, runner, routine->id, routine->min_gap_usec, now);

                if (answer.rule != DOSE_ALLOWED)
                        fn(
                                &(struct manager_rest){
                                        .kind = "routine",
                                        .routine = routine->id,
                                        .why = dose_rule_explain(answer.rule, ROLE_PERCUSSION),
                                        .wait_usec = answer.wait_usec,
                                        .may_be_over = answer.may_be_over,
                                },
                                userdata);
        }
}
