/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/virtual/stop-cell.h"

#include "daemon/manager/manager-private.h"
#include "tests/test.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

/* The only product that is simulated of the Wave family is the roller. The Theragun takes the same frames with any speed, and
 * so plays the two others. */
const struct stop_model stop_models[] = {
        { "theragun-gen4", "theragun-gen4", "theragun-pro", STOP_REQUESTS },
        { "therabody-wave-roller", "therabody-wave-roller", "wave-roller", STOP_REQUESTS },
        { "therabody-wave-duo", "therabody-wave-duo", "theragun-pro", STOP_REQUESTS },
        { "therabody-wave-solo", "therabody-wave-solo", "theragun-pro", STOP_REQUESTS },
        { "coyote3", "coyote3", "coyote3", STOP_SOCKET },
        { "coyote3 without a socket", "coyote3", "coyote3", STOP_CALLS },
};
const size_t n_stop_models = ARRAY_SIZE(stop_models);

/* Pads that hear nothing any more play the frame they have to its end. */
#define PADS_END_USEC MSEC(100)
/* A motor runs down; the fastest takes this long to stand. */
#define MOTOR_END_USEC SECONDS(2)
/* A second, and the turn in which it is over. */
#define UNCONFIRMED_USEC (SECONDS(1) + 1)

static uint64_t now_of(const struct stop_cell *cell) {
        return virtual_clock_now(cell->world->clock);
}

void stop_fail(const struct stop_cell *cell, const char *format, ...) {
        char sentence[256];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(sentence, sizeof(sentence), format, ap);
        va_end(ap);
        fail_msg("%s: %s (%.3f s after the stop)", cell->name, sentence,
                cell->stopped_usec > 0 ? (double) (now_of(cell) - cell->stopped_usec) / 1e6 : 0.0);
}

bool stop_cell_is_pads(const struct stop_cell *cell) {
        return cell->model->link != STOP_REQUESTS;
}

/* --- causes --- */

static void end_session(struct stop_cell *cell) {
        session_end(cell->world->session, REASON_STOPPED); /* as Session.Stop does */
}

/* A manager that has all devices and the session of the cell's world, for one call. */
static struct manager *borrow(struct stop_cell *cell, struct device *devices[static 2]) {
        struct world *world = cell->world;
        const struct manager_settings settings = { .clock = virtual_clock_base(world->clock) };
        struct manager *manager;

        assert_int_equal(manager_new(&settings, &manager), 0);
        devices[0] = world->gun.device;
        devices[1] = world->pads.device;
        manager->devices = devices;
        manager->n_devices = 2;
        manager->sessions[0] = world->session;
        return manager;
}

static void give_back(struct manager *manager) {
        manager->devices = NULL;
        manager->n_devices = 0;
        manager->sessions[0] = NULL;
        manager_free(manager);
}

/* Ready, or about to be let go. */
static bool can_be_told(const struct world_device *device) {
        enum device_state state = device_state(device->device);

        return state == DEVICE_READY || state == DEVICE_CLOSING;
}

static void stop_everything(struct stop_cell *cell) {
        unsigned told, there = can_be_told(&cell->world->gun) + can_be_told(&cell->world->pads);
        struct device *devices[2];
        struct manager *manager = borrow(cell, devices);

        told = manager_stop_all(manager, REASON_STOPPED);
        give_back(manager);
        stop_check(cell, told == there, "%u devices were told, %u are there", told, there);
}

static void fall_asleep(struct stop_cell *cell) {
        struct device *devices[2];
        struct manager *manager = borrow(cell, devices);

        manager_pause_all(manager, REASON_SLEEP);
        give_back(manager);
}

static void lose_holder(struct stop_cell *cell) {
        session_holder_gone(cell->world->session, WORLD_HOLDER);
}

static bool no_longer_runs(void *userdata) {
        const struct stop_cell *cell = userdata;

        return session_state(cell->world->session) != SESSION_RUNNING;
}

static void fall_silent(struct stop_cell *cell) {
        uint64_t patience =
                cell->row->detached ? PRESENCE_ASK_USEC + PRESENCE_ANSWER_USEC : LEASE_EXPIRY_USEC;
        bool ran = session_state(cell->world->session) == SESSION_RUNNING &&
                   device_output_active(cell->device->device);

        cell->world->beats = cell->world->answers = cell->world->replies = false;
        if (!virtual_clock_run_until(cell->world->clock, no_longer_runs, cell, patience) && ran)
                stop_fail(cell, "nobody noticed the silence in %.1f s", (double) patience / 1e6);
}

static void sleep_through(struct stop_cell *cell) {
        cell->world->beats = false;
        virtual_clock_oversleep(cell->world->clock, SECONDS(2));
        world_run(cell->world, 0);
}

const struct stop_cause stop_causes[] = {
        { "Session.Stop", end_session },
        { "StopAll", stop_everything, .of_all = true },
        { "the machine goes to sleep", fall_asleep, .of_all = true },
        { "the holder leaves", lose_holder, .of_holder = true, .not_when_detached = true },
        { "the holder falls silent", fall_silent, .of_holder = true, .takes_time = true },
        { "the machine stood still", sleep_through, .of_holder = true, .takes_time = true,
                .not_when_detached = true },
};
const size_t n_stop_causes = ARRAY_SIZE(stop_causes);

/* --- what is true --- */

/* The product was told to be at zero and took it (a motor may still run down), or ended by itself. */
static bool product_is_at_zero(const struct stop_cell *cell) {
        const struct virtual_peer *peer = cell->device->peer;

        if (!stop_cell_is_pads(cell))
                return peer->setting == 0;
        return product_output(peer->product, 0).amplitude_permille == 0 &&
               product_output(peer->product, 1).amplitude_permille == 0;
}

/* An alert since the stop that speaks of the device and says that something is wrong with its stop. */
static const struct world_alert *find_alert(const struct stop_cell *cell, const char *code) {
        static const char *const codes[] = { "stop-not-confirmed", "link-lost", "write-failed", "still-on" };
        const struct world *world = cell->world;

        for (unsigned i = cell->alerts_before; i < world->n_alerts; i++)
                for (size_t k = 0; k < ARRAY_SIZE(codes); k++)
                        if (streq(world->alerts[i].code, codes[k]) && (!code || streq(code, codes[k])) &&
                                strstr(world->alerts[i].sentence, device_title(cell->device->device)))
                                return &world->alerts[i];
        return NULL;
}

static bool asks_for_zero(const struct radio_frame *frame) {
        return theragun_speed(frame) == 0 || coyote_frame_is_stop(frame);
}

static bool asks_for_output(const struct radio_frame *frame) {
        return theragun_speed(frame) > 0 || (coyote_frame(frame).output && !coyote_frame_is_stop(frame));
}

/* At every event after the stop. */
static void watch(void *userdata) {
        struct stop_cell *cell = userdata;
        const struct device *device = cell->device->device;
        bool ending;

        if (!cell->watching)
                return;
        if (virtual_peer_is_linked(cell->device->peer))
                cell->unlinked_usec = 0;
        else if (cell->unlinked_usec == 0)
                cell->unlinked_usec = now_of(cell);

        /* Pads whose link broke are off within their last frame, by the maker's word. */
        ending = stop_cell_is_pads(cell) && cell->unlinked_usec > 0 &&
                 now_of(cell) - cell->unlinked_usec <= PADS_END_USEC;
        if (!product_is_at_zero(cell) && !ending) {
                stop_check(
                        cell, device_worst_certainty(device) != CERTAINTY_OFF, "it is called off and is on");
                stop_check(cell, device_output_active(device), "nobody says any more that it may be on");
        }
        stop_check(cell,
                !device_output_active(device) || now_of(cell) < cell->stopped_usec + UNCONFIRMED_USEC ||
                        cell->row->quiet || find_alert(cell, NULL),
                "the stop is not confirmed, and nobody was told");
        /* Without output silence is no matter until output would begin. */
        stop_check(cell,
                session_state(cell->world->session) != SESSION_RUNNING ||
                        (cell->row->quiet && cell->cause->takes_time),
                "the session runs");
}

/* --- the course of a cell --- */

/* When the cause takes its time, the fault has had that too, and a write may have come to be unanswered. */
static uint64_t bound_of(const struct stop_cell *cell, const struct stop_expectation *expected) {
        if (!cell->cause->takes_time || cell->row->lasts_usec == 0)
                return expected->within_usec;
        return MAX(expected->within_usec, cell->row->lasts_usec + STOP_LINKED_AGAIN_USEC);
}

/* Nothing is on, and the cause is one that then has nobody to stop. */
static bool adds_nothing(const struct stop_cell *cell) {
        return (cell->row->quiet && cell->cause->of_holder) || (cell->row->over && !cell->cause->of_all);
}

/* It is at zero, and the last frame that it was sent, a moment before, asked for that: it is not told again, however often anybody
 * stops. */
static bool was_just_told(const struct stop_cell *cell) {
        const struct virtual_peer *peer = cell->device->peer;
        const struct radio_frame *last =
                cell->frames_before > 0 ? &peer->frames[cell->frames_before - 1] : NULL;

        return cell->row->quiet && last && asks_for_zero(last) &&
               cell->stopped_usec - last->t_usec < MSEC(100);
}

/* What the product gives from the stop on: never more than it did, and in the end nothing. */
static void check_product(const struct stop_cell *cell) {
        const struct virtual_peer *peer = cell->device->peer;
        unsigned level[2];

        for (unsigned i = 0; i < product_channels(peer->product); i++)
                level[i] = virtual_peer_level_at(peer, i, cell->stopped_usec);
        for (size_t i = 0; i < peer->n_levels; i++) {
                const struct radio_level *l = &peer->levels[i];

                if (l->t_usec <= cell->stopped_usec)
                        continue;
                stop_check(cell, l->level <= level[l->channel], "channel %u gives more, %.3f s after",
                        l->channel, (double) (l->t_usec - cell->stopped_usec) / 1e6);
                level[l->channel] = l->level;
        }
        for (unsigned i = 0; i < product_channels(peer->product); i++)
                stop_check(cell, level[i] == 0, "channel %u still gives output", i);
}

/* Frames from the stop on: zero in time, and nothing above it after that. */
static void check_frames(const struct stop_cell *cell, const struct stop_expectation *expected) {
        const struct virtual_peer *peer = cell->device->peer;
        size_t first = cell->frames_before;

        /* What was due while the machine stood still may go out before zero does, in the same turn. */
        while (cell->cause->takes_time && first < peer->n_frames && !asks_for_zero(&peer->frames[first]) &&
                peer->frames[first].t_usec <= cell->stopped_usec)
                first++;
        for (size_t i = first; i < peer->n_frames; i++)
                stop_check(cell, !asks_for_output(&peer->frames[i]),
                        "output was asked for again, %.3f s after",
                        (double) (peer->frames[i].t_usec - cell->stopped_usec) / 1e6);
        if (adds_nothing(cell) || was_just_told(cell))
                return;
        if (first < peer->n_frames)
                stop_check(cell, asks_for_zero(&peer->frames[first]), "the first frame is not the stop");
        if (expected->within_usec == USEC_INFINITY)
                return;
        stop_check(cell, first < peer->n_frames, "no stop was handed to the link");
        stop_check(cell, peer->frames[first].t_usec <= cell->stopped_usec + bound_of(cell, expected),
                "the stop came %.3f s after",
                (double) (peer->frames[first].t_usec - cell->stopped_usec) / 1e6);
}

static void check_words(const struct stop_cell *cell, const struct stop_expectation *expected) {
        const struct world_alert *alert;
        /* The stop was under way for longer before a cause that takes its time, and the link may have been cut already. */
        bool cut = cell->cause->takes_time &&
                   device_worst_certainty(cell->device->device) == CERTAINTY_UNREACHABLE &&
                   virtual_peer_output(cell->device->peer, 0).amplitude_permille == 0;

        stop_check(cell, cut || device_worst_certainty(cell->device->device) == expected->certainty,
                "a second after it is called %s, not %s",
                certainty_to_string(device_worst_certainty(cell->device->device)),
                certainty_to_string(expected->certainty));
        if (expected->alert && !adds_nothing(cell))
                stop_check(
                        cell, find_alert(cell, expected->alert), "nobody was told \"%s\"", expected->alert);
        alert = find_alert(cell, NULL);
        if (!expected->alert && !cell->cause->takes_time && alert)
                stop_fail(cell, "a false alert: %s", alert->sentence);
}

static void mend(struct stop_cell *cell) {
        struct virtual_peer *const peers[] = { cell->device->peer, cell->other->peer };

        for (size_t i = 0; i < ARRAY_SIZE(peers); i++) {
                peers[i]->write_error = peers[i]->answer_error = 0;
                peers[i]->queued = 0;
                peers[i]->loses_commands = peers[i]->out_of_reach = false;
                /* The stack gives a request up only together with the link. */
                if (peers[i]->ignores_requests) {
                        peers[i]->ignores_requests = false;
                        virtual_peer_drop(peers[i]);
                }
        }
        if (cell->row->mend)
                cell->row->mend(cell);
}

static void run_until(struct stop_cell *cell, uint64_t t_usec) {
        if (t_usec > now_of(cell))
                world_run(cell->world, t_usec - now_of(cell));
}

static void strike_and_stop(struct stop_cell *cell) {
        const struct virtual_peer *peer = cell->device->peer;

        cell->alerts_before = cell->world->n_alerts;
        if (cell->row->strike)
                cell->row->strike(cell);
        cell->frames_before = peer->n_frames;
        cell->cause->act(cell);
        cell->stopped_usec = now_of(cell);
        if (cell->cause->takes_time)
                while (cell->frames_before < peer->n_frames &&
                        peer->frames[cell->frames_before].t_usec < cell->stopped_usec)
                        cell->frames_before++;
        cell->watching = true;
        if (cell->row->after)
                cell->row->after(cell);
        watch(cell);
}

/* A person comes back and resumes, but presses no key: nothing flows. */
static void come_back(struct stop_cell *cell) {
        cell->world->beats = true;
        cell->world->arms = false;
        if (session_state(cell->world->session) == SESSION_PAUSED)
                stop_check(cell, session_resume(cell->world->session, WORLD_HOLDER) == 0,
                        "it cannot be resumed");
}

static void goes_on(struct stop_cell *cell) {
        cell->cause->act(cell);
        world_run(cell->world, SECONDS(10));
        stop_check(cell, session_state(cell->world->session) == SESSION_RUNNING,
                "a detached session ends with its terminal");
        stop_check(cell, device_output_active(cell->device->device), "a detached session lost its output");
}

static void judge(struct stop_cell *cell) {
        const struct stop_expectation *expected = &cell->row->expected[cell->model->link];
        uint64_t settled;

        if (expected->cannot) {
                expected->refused(cell);
                return;
        }
        cell->row->prepare(cell);
        if (cell->row->detached && cell->cause->not_when_detached) {
                goes_on(cell);
                return;
        }
        strike_and_stop(cell);
        if (bound_of(cell, expected) == 0)
                check_frames(cell, expected);
        if (cell->row->lasts_usec >= UNCONFIRMED_USEC) {
                run_until(cell, cell->stopped_usec + UNCONFIRMED_USEC);
                check_words(cell, expected);
        }
        run_until(cell, cell->stopped_usec + cell->row->lasts_usec);
        mend(cell);
        run_until(cell, cell->stopped_usec + UNCONFIRMED_USEC);
        if (cell->row->lasts_usec < UNCONFIRMED_USEC)
                check_words(cell, expected);

        settled = MAX(now_of(cell),
                          cell->stopped_usec +
                                  (expected->within_usec == USEC_INFINITY ? 0 : bound_of(cell, expected))) +
                  SECONDS(1);
        run_until(cell, settled + (stop_cell_is_pads(cell) ? PADS_END_USEC : MOTOR_END_USEC));
        for (unsigned i = 0; i < product_channels(cell->device->peer->product); i++)
                stop_check(cell, virtual_peer_output(cell->device->peer, i).amplitude_permille == 0,
                        "channel %u still gives output", i);
        stop_check(cell, !device_output_active(cell->device->device), "it is off and nobody says so");
        come_back(cell);
        run_until(cell, now_of(cell) + SECONDS(5));
        check_frames(cell, expected);
        check_product(cell);
}

void stop_cell_run(struct stop_cell *cell) {
        judge(cell);
        cell->judged = true;
}

int stop_cell_setup(void **state) {
        struct stop_cell *cell = *state;
        bool pads = stop_cell_is_pads(cell);
        struct world *world = world_new(pads ? "theragun-gen4" : cell->model->definition,
                pads ? "theragun-pro" : cell->model->product);

        cell->world = world;
        world->watch = watch;
        world->watch_userdata = cell;
        cell->device = pads ? &world->pads : &world->gun;
        cell->other = pads ? &world->gun : &world->pads;
        cell->device->peer->has_no_socket = cell->model->link == STOP_CALLS;
        return 0;
}

int stop_cell_teardown(void **state) {
        struct stop_cell *cell = *state;

        cell->world = world_free(cell->world);
        return 0;
}
