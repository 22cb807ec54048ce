/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A whole session over simulated products, with everything that people, clients, links and clocks may do to it. */

#include "tests/property/property.h"
#include "tests/property/session-oracle.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"

#include "daemon/device/device-private.h"

#define MSEC(n) ((uint64_t) (n) *USEC_PER_MSEC)
#define SECONDS(n) ((uint64_t) (n) *USEC_PER_SEC)
#define BEAT_USEC MSEC(300)

static const char *const texts[] = {
        TEXT_GUN,
        TEXT_PADS,
        TEXT_PROMPT,
        TEXT_BOTH,
        ROUTINE_HEAD(ROLE_PADS) "steps = (" ESTIM("quads", "both", "0s", "60s",
                "on = \"4s\"; off = \"4s\";") "," ESTIM("calf", "left", "0s", "20s", "") ");",
        ROUTINE_HEAD(ROLE_GUN) "steps = (" PERCUSSION("calf", "left", "0s", "5s") "," PERCUSSION(
                "calf", "right", "0s", "60s") ");",
};

enum {
        START,
        RUN,
        RUN_ON,
        OVERSLEEP,
        ARM,
        RESUME,
        PAUSE,
        SKIP,
        STOP,
        FREE,
        ADJUST,
        DISCOMFORT,
        ANSWER,
        BEAT,
        BEATING,
        LEAVE,
        DROP,
        REACH,
        FAULT,
        HEAL,
        SLOW,
        WHEEL,
        SPEED,
        BATTERY,
        CONTACT,
        RECORD,
        CAP,
        SESSIONS_DONE,
        _VERB_MAX,
};

static const struct verb verbs[_VERB_MAX] = {
        [START] = { "start", 14, ARRAY_SIZE(texts) - 1, 15 },
        [RUN] = { "run", 40, 3000, 0 },
        [RUN_ON] = { "run-on", 15, 40, 0 },
        [OVERSLEEP] = { "oversleep", 3, 5000, 0 },
        [ARM] = { "arm", 40, 15, 0 },
        [RESUME] = { "resume", 25, 5, 0 },
        [PAUSE] = { "pause", 3, 0, 0 },
        [SKIP] = { "skip", 5, 0, 0 },
        [STOP] = { "stop", 2, 1, 0 },
        [FREE] = { "free", 1, 0, 0 },
        [ADJUST] = { "adjust", 8, 8, 0 },
        [DISCOMFORT] = { "discomfort", 4, 11, 9 },
        [ANSWER] = { "answer", 10, 5, 0 },
        [BEAT] = { "beat", 8, 3, 0 },
        [BEATING] = { "beating", 5, 9, 0 },
        [LEAVE] = { "leave", 2, 1, 0 },
        [DROP] = { "drop", 2, 1, 0 },
        [REACH] = { "reach", 2, 1, 3 },
        [FAULT] = { "fault", 3, 1, 4 },
        [HEAL] = { "heal", 10, 0, 0 },
        [SLOW] = { "slow", 3, 2, 900 },
        [WHEEL] = { "wheel", 2, 1, 40 },
        [SPEED] = { "speed", 2, 24, 0 },
        [BATTERY] = { "battery", 2, 1, 100 },
        [CONTACT] = { "contact", 2, 1, 7 },
        [RECORD] = { "record", 2, 7, 0 },
        [CAP] = { "cap", 4, 1, 40 },
        [SESSIONS_DONE] = { "sessions-done", 2, 3, 0 },
};

enum beating { BEATING_RIGHT, BEATING_WRONG, BEATING_NOT };

struct trial {
        struct world *world;
        struct session_oracle oracle;
        struct clock_timer *beat_timer;
        enum beating beating;
        char old_nonce[ARMING_NONCE_SIZE];
        unsigned challenges; /* seen so far … */
        uint64_t shown_usec; /* … and when the last came */
};

static uint64_t now_of(const struct trial *t) {
        return virtual_clock_now(t->world->clock);
}

static bool look(void *userdata) {
        struct trial *t = userdata;

        if (t->world->n_steps > 0) { /* a new step: the knob's word is forgotten */
                for (unsigned i = 0; i < 2; i++) {
                        figure_set(&t->oracle.gun.knob[i], INT64_MAX, now_of(t));
                        figure_set(&t->oracle.pads.knob[i], INT64_MAX, now_of(t));
                }
                t->world->n_steps = 0;
        }
        if (t->challenges != t->world->challenges) {
                t->challenges = t->world->challenges;
                t->shown_usec = now_of(t);
        }
        oracle_look(&t->oracle);
        return false;
}

static void run_for(struct trial *t, uint64_t usec) {
        (void) virtual_clock_run_until(t->world->clock, look, t, usec);
}

/* The world keeps only so much. */
static void forget_what_was_said(struct world *world) {
        for (unsigned i = 0; i < world->n_alerts; i++)
                free(world->alerts[i].sentence);
        world->n_alerts = 0;
}

static bool is_live(const struct trial *t) {
        return t->world->session && session_state(t->world->session) != SESSION_ENDED;
}

/* --- the holder --- */

/* Beats the oracle knows of. right: what the session itself would say. */
static void beat(struct trial *t, const char *sender, bool right) {
        struct session_oracle *o = &t->oracle;
        struct session *session = t->world->session;
        bool holds, on, late;

        if (!is_live(t))
                return;
        on = session_output_active(session) && session_state(session) == SESSION_RUNNING && !o->detached;
        holds = !isempty(sender) && streq(sender, o->holder);
        late = on && o->beat_usec > 0 && now_of(t) >= o->beat_usec + SECONDS(1);
        if (holds) {
                o->wrong_beats = right || !on ? 0 : o->wrong_beats + 1;
                if (late || o->wrong_beats >= 3)
                        oracle_forbid(o, true);
        }
        if ((session_beat(session, sender, right ? session_event(session) : 0,
                     session_output_active(session)) >= 0) != holds)
                property_broken(
                        "a beat of %s is%s taken, and %s holds", sender, holds ? " not" : "", o->holder);
        if (holds && !late)
                o->beat_usec = now_of(t);
}

static void on_beat(struct clock_timer *timer, void *userdata) {
        struct trial *t = userdata;

        clock_timer_arm_in(timer, BEAT_USEC);
        if (t->beating != BEATING_NOT)
                beat(t, t->oracle.holder, t->beating == BEATING_RIGHT);
}

static void take_hold(struct session_oracle *o, const char *holder) {
        if (streq(o->holder, holder))
                return;
        (void) snprintf(o->holder, sizeof(o->holder), "%s", holder);
        o->beat_usec = 0;
        o->wrong_beats = 0;
}

static void leave_bus(struct trial *t, bool holder) {
        struct session_oracle *o = &t->oracle;
        char name[sizeof(o->holder)];

        (void) snprintf(name, sizeof(name), "%s", holder ? o->holder : ":1.99");
        if (!is_live(t) || isempty(name))
                return;
        if (holder) {
                if (!(o->detached && o->permitted))
                        oracle_forbid(o, true);
                o->holder[0] = '\0';
                o->beat_usec = 0;
        }
        session_holder_gone(t->world->session, name);
}

static void arm(struct trial *t, int how) {
        struct session_oracle *o = &t->oracle;
        const char *holder = how == 1 ? WORLD_OTHER : isempty(o->holder) ? WORLD_HOLDER : o->holder;
        const char *nonce = how == 0   ? "00112233445566778899aabbccddeeff"
                            : how == 2 ? t->old_nonce
                                       : t->world->nonce;
        char shown[ARMING_NONCE_SIZE];
        bool good, waiting;

        if (!is_live(t))
                return;
        memcpy(shown, t->world->nonce, sizeof(shown));
        waiting = session_state(t->world->session) == SESSION_WAITING;
        good = waiting && streq(holder, o->holder) && streq(nonce, shown) &&
               now_of(t) <= t->shown_usec + SECONDS(30);
        if (good) {
                o->permitted = true;
                o->seen_usec = now_of(t);
        }
        if ((session_arm(t->world->session, holder, nonce) >= 0) != good)
                property_broken(
                        "armed %s", good ? "in vain" : "without the nonce, the holder or the question");
        memcpy(t->old_nonce, shown, sizeof(shown));
}

/* --- the session --- */

static void start(struct trial *t, int text, int how) {
        struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .stage = how == 1, .detach = how == 2
        };
        struct world *world = t->world;
        struct routine *routine;

        if (is_live(t))
                return;
        world->session = session_free(world->session);
        routine_unref(world->routine);
        world->routine = NULL;
        free(world->refusal);
        world->refusal = NULL;
        routine = world_routine_text(texts[text]);
        for (unsigned i = 0; i < routine->n_roles; i++)
                options.devices[i] =
                        routine->roles[i].kind == ROLE_ESTIM ? world->pads.device : world->gun.device;
        t->oracle.holder[0] = '\0';
        if (!options.stage)
                take_hold(&t->oracle, WORLD_HOLDER);
        t->oracle.detached = options.detach && (text == 0 || text == 2 || text == 5);
        world->last_state = SESSION_STAGED;
        (void) world_start_options(world, routine, &options);
        if (how < 8)
                return;
        /* Many lists are to get somewhere. */
        run_for(t, SECONDS(1));
        arm(t, 3);
        run_for(t, SECONDS(8));
}

static void resume(struct trial *t, bool other) {
        const char *holder = other ? WORLD_OTHER : WORLD_HOLDER;

        if (is_live(t) && session_resume(t->world->session, holder) >= 0)
                take_hold(&t->oracle, holder);
}

static void discomfort(struct trial *t, unsigned score, bool word) {
        const char *const words[] = { "sharp", NULL };
        struct session *session = t->world->session;
        bool taken;

        if (!is_live(t))
                return;
        if (score >= 7 && score <= DISCOMFORT_MAX && score >= session_routine(session)->profile->limit)
                oracle_forbid(&t->oracle, true);
        taken = session_discomfort(session, score, word ? words : NULL) >= 0;
        if (taken)
                t->oracle.seen_usec = now_of(t);
}

static void answer(struct trial *t, bool right) {
        struct session *session = t->world->session;
        const char *known;
        char prompt[24];

        if (!is_live(t))
                return;
        (void) snprintf(prompt, sizeof(prompt), "%s", session_prompt(session));
        known = session_prompt_answer(session, 0);
        /* A question without answers of its own wants a number. */
        if (!known && !isempty(prompt))
                known = "1";
        if (session_answer(session, WORLD_HOLDER, prompt, right && known ? known : "perhaps") >= 0) {
                if (!right || !known)
                        property_broken("any answer will do");
                t->oracle.seen_usec = now_of(t);
        }
}

static void end(struct trial *t, bool devices_too) {
        oracle_forbid(&t->oracle, true);
        if (devices_too) {
                (void) device_stop(t->world->gun.device);
                (void) device_stop(t->world->pads.device);
        }
        if (is_live(t))
                session_end(t->world->session, REASON_STOPPED);
}

static void do_to_session(struct trial *t, unsigned verb, int a, int b) {
        struct session *session = t->world->session;

        switch (verb) {
        case RESUME:
                resume(t, a == 0);
                break;
        case PAUSE:
                oracle_forbid(&t->oracle, true);
                if (is_live(t))
                        session_pause(session, REASON_ASKED);
                break;
        case SKIP:
                if (is_live(t))
                        (void) session_skip(session);
                break;
        case STOP:
                end(t, a == 1);
                break;
        case FREE:
                oracle_forbid(&t->oracle, true);
                t->world->session = session_free(session);
                break;
        case ADJUST:
                if (is_live(t))
                        (void) session_adjust(session, WORLD_HOLDER, a - 4);
                break;
        case DISCOMFORT:
                discomfort(t, (unsigned) a, b == 0);
                break;
        case ANSWER:
                answer(t, a > 0);
                break;
        case BEAT:
                beat(t, a == 0 ? "" : a == 1 ? WORLD_OTHER : t->oracle.holder, a != 2);
                break;
        case BEATING:
                t->beating = a == 0 ? BEATING_NOT : a == 1 ? BEATING_WRONG : BEATING_RIGHT;
                break;
        default:
                leave_bus(t, a == 1);
                break;
        }
}

/* --- what is around --- */

static struct witness *witness_of(struct trial *t, int a) {
        return a == 0 ? &t->oracle.gun : &t->oracle.pads;
}

static void drop(struct trial *t, struct witness *w) {
        if (!virtual_peer_is_linked(w->device->peer))
                return;
        w->ill_usec = now_of(t);
        if (t->world->session && session_uses(t->world->session, w->device->device))
                oracle_forbid(&t->oracle, false);
        virtual_peer_drop(w->device->peer);
}

static void harm(struct virtual_peer *peer, int what) {
        switch (what) {
        case 0:
                peer->ignores_requests = true;
                break;
        case 1:
                peer->loses_commands = true;
                break;
        case 2:
                peer->write_error = -EAGAIN;
                break;
        case 3:
                peer->answer_error = -EIO;
                break;
        default:
                peer->queued = 20;
                break;
        }
}

static void heal(struct trial *t, struct witness *w) {
        struct virtual_peer *peer = w->device->peer;
        bool ignored = peer->ignores_requests;

        peer->ignores_requests = peer->loses_commands = peer->out_of_reach = false;
        peer->write_error = peer->answer_error = peer->queued = 0;
        peer->answer_usec = MSEC(15);
        peer->notify_usec = MSEC(5);
        /* A request that was never answered ends the link, after the stack's own 30 s. */
        if (ignored)
                drop(t, w);
}

/* A hand on the product, which then has that level. It is taken for a hand's doing for certain where nothing else was on
 * its way; until the next step nothing may then be told above it. */
static void turn(
        struct trial *t, struct witness *w, const char *control, unsigned channel, int value, int level) {
        const struct told *last = w->n_past[channel] > 0 ? &w->past[channel][w->n_past[channel] - 1] : NULL;
        uint64_t now = now_of(t);
        bool certain = last && now - last->t_usec > SECONDS(1) && now - w->slow_usec > SECONDS(3) &&
                       virtual_peer_is_linked(w->device->peer) && t->oracle.permitted &&
                       w->level[channel] > 0;

        virtual_peer_poke(w->device->peer, control, value);
        witness_turned(w, channel, level, now);
        figure_set(&w->knob[channel], INT64_MAX, now);
        if (!certain)
                return;
        run_for(t, MSEC(20));
        figure_set(&w->knob[channel], w->gun ? level * 1000 / 60 + 1 : level * 1000, now_of(t));
}

static void touch(struct trial *t, unsigned verb, int a, int b) {
        struct witness *w = witness_of(t, a);

        switch (verb) {
        case WHEEL:
                turn(t, &t->oracle.pads, a == 0 ? "wheel-a" : "wheel-b", (unsigned) a, b - 20,
                        MIN(MAX(t->oracle.pads.level[a] + b - 20, 0), t->oracle.pads.own_limit[a]));
                break;
        case SPEED:
                b = a == 0 ? 0 : 1725 + a * 25; /* its running speeds */
                turn(t, &t->oracle.gun, "speed", 0, b, b);
                break;
        case BATTERY:
                virtual_peer_poke(w->device->peer, "battery", b);
                w->battery = virtual_peer_is_linked(w->device->peer) ? (unsigned) b : 100;
                w->battery_usec = now_of(t);
                if (b == 0)
                        w->hand_usec = now_of(t);
                break;
        default: /* no product here can tell; what the codec would have told */
                t->world->pads.device->channels[a].contact_lost = b == 0;
                t->oracle.pads.contact_lost[a] = b == 0;
                t->oracle.pads.contact_usec = now_of(t);
                break;
        }
}

static void change_figures(struct trial *t, unsigned verb, int a, int b) {
        struct world *world = t->world;

        switch (verb) {
        case RECORD:
                world->record.failed = a == 0;
                t->oracle.record_fails = a == 0;
                t->oracle.record_usec = now_of(t);
                break;
        case CAP: /* of steps, or of Hz */
                world->person.cap = a == 0 && b > 0 ? b * 1000 : GATE_NO_CAP;
                figure_set(&t->oracle.cap, world->person.cap, now_of(t));
                break;
        default:
                world->person.sessions_done = a == 0 ? 2 : GATE_SESSIONS_UNKNOWN;
                figure_set(&t->oracle.share_permille, a == 0 ? 600 : 1000, now_of(t));
                break;
        }
}

static void do_to_link(struct trial *t, unsigned verb, int a, int b) {
        struct witness *w = witness_of(t, a);

        switch (verb) {
        case DROP:
                drop(t, w);
                break;
        case REACH:
                w->device->peer->out_of_reach = b == 0;
                break;
        case FAULT:
                harm(w->device->peer, b);
                break;
        case HEAL:
                heal(t, &t->oracle.gun);
                heal(t, &t->oracle.pads);
                break;
        default:
                if (a == 0)
                        t->world->gun.peer->answer_usec = MSEC(b);
                else
                        (a == 1 ? t->world->gun.peer : t->world->pads.peer)->notify_usec = MSEC(b);
                break;
        }
}

static void apply(struct trial *t, unsigned verb, int a, int b) {
        switch (verb) {
        case START:
                start(t, a, b);
                break;
        case RUN:
                run_for(t, MSEC(a));
                break;
        case RUN_ON:
                run_for(t, SECONDS(a));
                break;
        case OVERSLEEP:
                t->oracle.gun.slow_usec = t->oracle.pads.slow_usec = now_of(t) + MSEC(a);
                virtual_clock_oversleep(t->world->clock, MSEC(a));
                t->oracle.woke_usec = t->oracle.gun.ill_usec = t->oracle.pads.ill_usec = now_of(t);
                if (t->oracle.gun.zero_usec != USEC_INFINITY)
                        t->oracle.gun.zero_usec += MSEC(a);
                break;
        case ARM:
                arm(t, a);
                break;
        case DROP:
        case REACH:
        case FAULT:
        case HEAL:
        case SLOW:
                do_to_link(t, verb, a, b);
                break;
        case WHEEL:
        case SPEED:
        case BATTERY:
        case CONTACT:
                touch(t, verb, a, b);
                break;
        case RECORD:
        case CAP:
        case SESSIONS_DONE:
                change_figures(t, verb, a, b);
                break;
        default:
                do_to_session(t, verb, a, b);
                break;
        }
        (void) look(t);
        forget_what_was_said(t->world);
}

/* Whatever was done: ended, and with everything in reach again, it comes to rest. */
static void come_to_rest(struct trial *t) {
        const struct world_device *const devices[] = { &t->world->gun, &t->world->pads };

        end(t, false);
        heal(t, &t->oracle.gun);
        heal(t, &t->oracle.pads);
        run_for(t, SECONDS(40));
        for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
                const struct witness *w = witness_of(t, (int) i);

                if (witness_is_in_a_hand(w) || w->ill_usec + SECONDS(30) > now_of(t))
                        continue;
                if (device_output_active(devices[i]->device) ||
                        world_armed_file_exists(t->world, devices[i]))
                        property_broken("%s never came to rest", device_title(devices[i]->device));
        }
}

static void run(const struct action *actions, unsigned n) {
        struct trial t = {};
        void *state = NULL;

        (void) world_setup(&state);
        t.world = state;
        t.world->beats = t.world->arms = t.world->answers = false;
        oracle_open(&t.oracle, t.world);
        if (clock_timer_new(virtual_clock_base(t.world->clock), on_beat, &t, &t.beat_timer) < 0)
                abort();
        clock_timer_arm_in(t.beat_timer, 0);
        for (unsigned i = 0; i < n; i++) {
                property_at(i);
                apply(&t, actions[i].verb, actions[i].a, actions[i].b);
        }
        come_to_rest(&t);
        clock_timer_free(t.beat_timer);
        (void) world_teardown(&state);
}

const struct subject session_subject = {
        .name = "session",
        .verbs = verbs,
        .n_verbs = _VERB_MAX,
        .length = 80,
        .run = run,
};
