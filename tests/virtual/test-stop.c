/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Stop always works: in every state, on every kind of link, whatever the cause. One table; a cell of it is a test of its
 * own, named after its row, its device and its cause. */

#include "lib/conf-text.h"
#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/stop-cell.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)

#define PROMPT "{ kind = \"prompt\"; text = \"Go on?\"; answers = [ \"yes\", \"no\" ]; }"
#define GUN_STEP(seconds) PERCUSSION("calf", "left", "0s", seconds)
#define PADS_STEP(seconds) ESTIM("calf", "both", "0s", seconds, "")
#define BETWEEN(role, step) ROUTINE_HEAD(role) "steps = (" step("5s") "," PROMPT "," step("5s") ");"
#define LONG(role, step) ROUTINE_HEAD(role) "steps = (" step("170s") ");"

/* --- into a state --- */

static void start(struct stop_cell *cell, const char *for_gun, const char *for_pads) {
        assert_int_equal(world_start_text(cell->world, stop_cell_is_pads(cell) ? for_pads : for_gun), 0);
}

/* 60 ms for the link, 40 for its services, 15 for the stop that comes first, 65 for what follows; not at a frame. */
static void connected(struct stop_cell *cell) {
        cell->world->arms = false;
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run_until_state(cell->world, SESSION_WAITING, SECONDS(1));
}

static void getting_in_place(struct stop_cell *cell) {
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run_until_state(cell->world, SESSION_RUNNING, SECONDS(5));
        world_run(cell->world, MSEC(500));
}

static void waiting_for_a_key(struct stop_cell *cell) {
        connected(cell);
        world_run(cell->world, MSEC(500));
        stop_check(cell, session_state(cell->world->session) == SESSION_WAITING, "nobody waits for a key");
}

static void connecting(struct stop_cell *cell) {
        cell->world->arms = false;
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run(cell->world, MSEC(30));
        stop_check(cell, device_state(cell->device->device) == DEVICE_CONNECTING, "it does not connect");
}

static void resolving(struct stop_cell *cell) {
        cell->world->arms = false;
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run(cell->world, MSEC(80));
        stop_check(cell, device_state(cell->device->device) == DEVICE_RESOLVING, "it does not resolve");
}

/* The stop that comes first is answered, what is asked after it is not. */
static void shaking_hands(struct stop_cell *cell) {
        cell->device->peer->answer_usec = MSEC(200);
        connected(cell);
        world_run(cell->world, stop_cell_is_pads(cell) ? MSEC(1) : MSEC(250));
        stop_check(cell, stop_cell_is_pads(cell) || cell->device->peer->n_frames == 2,
                "no question is on its way: %zu frames", cell->device->peer->n_frames);
}

static void running(struct stop_cell *cell) {
        getting_in_place(cell);
        world_run(cell->world, SECONDS(7) + MSEC(530));
        stop_check(cell, session_output_active(cell->world->session), "it does not run");
}

static void ramping_up(struct stop_cell *cell) {
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run_into_step(cell->world, 1, stop_cell_is_pads(cell) ? SIDE_BOTH : SIDE_LEFT);
        world_run(cell->world, MSEC(1230));
        stop_check(cell, session_output_active(cell->world->session), "it does not rise");
}

static void until_setpoint(struct stop_cell *cell, uint64_t answer_usec) {
        start(cell, TEXT_GUN, TEXT_PADS);
        cell->device->peer->answer_usec = answer_usec;
        world_run_into_step(cell->world, 1, stop_cell_is_pads(cell) ? SIDE_BOTH : SIDE_LEFT);
        for (unsigned i = 0; i < 2000 && !device_output_active(cell->device->device); i++)
                world_run(cell->world, MSEC(1));
        stop_check(cell, device_output_active(cell->device->device), "nothing is on its way");
}

static void setpoint_on_its_way(struct stop_cell *cell) {
        until_setpoint(cell, MSEC(400));
}

/* Answered, but the device's gap between two frames is not over: a stop keeps none. */
static void setpoint_just_taken(struct stop_cell *cell) {
        until_setpoint(cell, MSEC(15));
        world_run(cell->world, MSEC(16));
}

/* Nor will it be, before the link breaks. */
static void setpoint_in_vain(struct stop_cell *cell) {
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run_until_state(cell->world, SESSION_RUNNING, SECONDS(5));
        cell->device->peer->ignores_requests = true;
        for (unsigned i = 0; i < 4000 && !device_output_active(cell->device->device); i++)
                world_run(cell->world, MSEC(1));
        stop_check(cell, device_output_active(cell->device->device), "nothing is on its way");
}

static void setpoint_behind_a_full_socket(struct stop_cell *cell) {
        running(cell);
        cell->device->peer->queued = 20;
        world_run(cell->world, MSEC(200));
}

static void paused(struct stop_cell *cell) {
        running(cell);
        session_pause(cell->world->session, REASON_ASKED);
        world_run(cell->world, SECONDS(5));
}

static void paused_this_moment(struct stop_cell *cell) {
        running(cell);
        session_pause(cell->world->session, REASON_ASKED);
}

static void staged(struct stop_cell *cell) {
        struct world *world = cell->world;
        const struct session_options options = {
                .id = 1, .stage = true, .devices = { cell->device->device }
        };

        assert_int_equal(
                world_start_options(
                        world, world_routine_text(stop_cell_is_pads(cell) ? TEXT_PADS : TEXT_GUN), &options),
                0);
        world_run(world, SECONDS(5));
        stop_check(cell, session_state(world->session) == SESSION_STAGED, "it is not staged");
}

static void question_between_two_steps(struct stop_cell *cell) {
        cell->world->answers = false;
        start(cell, BETWEEN(ROLE_GUN, GUN_STEP), BETWEEN(ROLE_PADS, PADS_STEP));
        world_run_until_state(cell->world, SESSION_RUNNING, SECONDS(5));
        world_run(cell->world, SECONDS(8));
        stop_check(cell, session_phase(cell->world->session) == PHASE_PROMPT, "nothing is asked");
}

static void question_over_live_pads(struct stop_cell *cell) {
        static const char text[] = ROUTINE_HEAD(ROLE_PADS) "steps = (" ESTIM(
                "calf", "both", "0s", "60s", "background = true;") "," PROMPT ");";

        cell->world->answers = false;
        assert_int_equal(world_start_text(cell->world, text), 0);
        world_run_until_state(cell->world, SESSION_RUNNING, SECONDS(5));
        world_run(cell->world, SECONDS(8) + MSEC(30));
        stop_check(cell, session_phase(cell->world->session) == PHASE_PROMPT, "nothing is asked");
        stop_check(cell, session_output_active(cell->world->session), "the pads do not run");
}

static void no_percussion_in_the_background(struct stop_cell *cell) {
        static const char text[] =
                ROUTINE_HEAD(ROLE_GUN) "steps = ({ kind = \"percussion\"; zone = \"calf\"; "
                                       "sides = \"left\"; duration = \"30s\"; frequency = "
                                       "\"25-33Hz\"; background = true; }," PROMPT ");";
        struct findings findings = {};
        struct routine *routine = NULL;

        stop_check(cell, routine_parse(&conf_text, text, strlen(text), &findings, &routine) < 0,
                "percussion goes on in the background");
        assert_true(findings.n > 0);
        findings_done(&findings);
}

static int start_detached(struct stop_cell *cell) {
        const struct session_options options = {
                .id = 1, .holder = WORLD_HOLDER, .detach = true, .devices = { cell->device->device }
        };

        return world_start_options(cell->world,
                world_routine_text(
                        stop_cell_is_pads(cell) ? LONG(ROLE_PADS, PADS_STEP) : LONG(ROLE_GUN, GUN_STEP)),
                &options);
}

static void detached(struct stop_cell *cell) {
        cell->world->answers = false;
        assert_int_equal(start_detached(cell), 0);
        world_run_until_state(cell->world, SESSION_RUNNING, SECONDS(5));
        cell->world->beats = false;
        world_run(cell->world, SECONDS(8) + MSEC(30));
        stop_check(cell, session_output_active(cell->world->session), "it does not run");
}

static void pads_are_not_left_alone(struct stop_cell *cell) {
        stop_check(cell, start_detached(cell) == -EOPNOTSUPP, "pads are left alone");
        assert_says(cell->world->refusal, "only percussion");
}

static void lease_has_run_out(struct stop_cell *cell) {
        running(cell);
        cell->world->beats = false;
        world_run_until_state(cell->world, SESSION_PAUSED, LEASE_EXPIRY_USEC);
}

static void both_running(struct stop_cell *cell) {
        assert_int_equal(world_start_text(cell->world, TEXT_BOTH), 0);
        world_run_into_step(cell->world, 2, SIDE_RIGHT);
        world_run(cell->world, SECONDS(5) + MSEC(30));
        stop_check(cell, device_output_active(cell->world->gun.device), "the gun does not run");
        stop_check(cell, device_output_active(cell->world->pads.device), "the pads do not run");
}

static void stopped_five_times(struct stop_cell *cell) {
        running(cell);
        for (unsigned i = 0; i < 5; i++)
                session_pause(cell->world->session, REASON_ASKED);
}

/* Whoever presses the key again and again must not put off the word that the device does not answer. */
static void stopped_five_times_in_vain(struct stop_cell *cell) {
        bool told;

        running(cell);
        cell->device->peer->ignores_requests = cell->device->peer->loses_commands = true;
        for (unsigned i = 0; i < 5; i++) {
                session_pause(cell->world->session, REASON_ASKED);
                world_run(cell->world, MSEC(300));
        }
        told = world_has_alert(cell->world, "stop-not-confirmed");
        stop_check(
                cell, told || cell->model->link == STOP_SOCKET, "nobody was told while the key was pressed");
}

/* The same with a device that says no, each time while the key is pressed once more. */
static void stopped_five_times_and_refused(struct stop_cell *cell) {
        running(cell);
        cell->device->peer->answer_usec = MSEC(400);
        cell->device->peer->answer_error = -EIO;
        for (unsigned i = 0; i < 5; i++) {
                session_pause(cell->world->session, REASON_ASKED);
                world_run(cell->world, MSEC(300));
        }
        stop_check(cell,
                cell->model->link == STOP_SOCKET || world_has_alert(cell->world, "stop-not-confirmed"),
                "nobody was told while the key was pressed");
}

static void flooded(struct stop_cell *cell) {
        struct session *session = cell->world->session;

        for (unsigned i = 0; i < 1000; i++) {
                (void) session_adjust(session, WORLD_HOLDER, i % 3 == 0 ? -1 : 40);
                (void) session_discomfort(session, i % 3, NULL);
                (void) session_beat(session, WORLD_HOLDER, session_event(session), true);
                (void) session_beat(session, WORLD_OTHER, session_event(session), true);
                (void) session_answer(session, WORLD_HOLDER, "1", "yes");
        }
}

static void being_let_go(struct stop_cell *cell) {
        running(cell);
        device_disconnect(cell->device->device);
        stop_check(cell, device_state(cell->device->device) == DEVICE_CLOSING, "it is gone at once");
}

static void out_of_reach(struct stop_cell *cell) {
        cell->device->peer->out_of_reach = true;
        virtual_peer_drop(cell->device->peer);
}

static void over_and_connected(struct stop_cell *cell) {
        running(cell);
        session_end(cell->world->session, REASON_STOPPED);
        world_run(cell->world, SECONDS(3));
        stop_check(cell, device_state(cell->device->device) == DEVICE_READY, "it is no longer connected");
}

static void record_filled_up(struct stop_cell *cell) {
        running(cell);
        cell->world->record.failed = true;
        world_run(cell->world, MSEC(250));
        stop_check(cell, session_state(cell->world->session) == SESSION_PAUSED, "it runs without a record");
}

static void output_refused_around_it(struct stop_cell *cell) {
        cell->world->output_refused = -EIO;
        start(cell, TEXT_GUN, TEXT_PADS);
        world_run_until_state(cell->world, SESSION_RUNNING, SECONDS(5));
        world_run_until_state(cell->world, SESSION_PAUSED, SECONDS(5));
        world_run(cell->world, MSEC(250));
}

static void refused_by_the_gate(struct stop_cell *cell) {
        running(cell);
        cell->world->person.cap = 0;
        world_run(cell->world, MSEC(250));
        stop_check(cell, session_state(cell->world->session) == SESSION_RUNNING, "it does not run");
}

/* --- the moment before, and after --- */

static void link_drops(struct stop_cell *cell) {
        virtual_peer_drop(cell->device->peer);
}

static void socket_fills(struct stop_cell *cell) {
        cell->device->peer->write_error = -EAGAIN;
}

static void stack_is_busy(struct stop_cell *cell) {
        cell->device->peer->answer_error = -EBUSY; /* org.bluez.Error.InProgress */
}

static void writes_fail(struct stop_cell *cell) {
        cell->device->peer->answer_error = -EIO;
}

static void handing_over_fails(struct stop_cell *cell) {
        cell->device->peer->write_error = -EIO;
}

static void nothing_is_answered(struct stop_cell *cell) {
        cell->device->peer->ignores_requests = cell->device->peer->loses_commands = true;
}

static void commands_are_lost(struct stop_cell *cell) {
        cell->device->peer->loses_commands = true;
}

static void other_falls_silent(struct stop_cell *cell) {
        cell->other->peer->ignores_requests = cell->other->peer->loses_commands = true;
}

static void record_is_full(struct stop_cell *cell) {
        cell->world->record.failed = true;
}

static void record_is_empty(struct stop_cell *cell) {
        cell->world->record.failed = false;
}

static void gate_shuts(struct stop_cell *cell) {
        cell->world->person.cap = 0;
}

/* --- the table --- */

/* The same on every kind of link. */
#define EVERYWHERE(...)                                                             \
        {                                                                           \
                [STOP_REQUESTS] = { __VA_ARGS__ }, [STOP_SOCKET] = { __VA_ARGS__ }, \
                [STOP_CALLS] = { __VA_ARGS__ },                                     \
        }
#define AT_ONCE .within_usec = 0
#define WITHIN(ms) .within_usec = MSEC(ms)
#define NO_LINK .within_usec = USEC_INFINITY
#define TOLD(code) .alert = code
#define SAID(state) .certainty = CERTAINTY_##state
/* So long a stop may go unanswered before its link is made anew. */
#define UNANSWERED 3000
#define LINKED_AGAIN (STOP_LINKED_AGAIN_USEC / USEC_PER_MSEC)

static const struct stop_row rows[] = {
        { "running steady", running, .expected = EVERYWHERE(AT_ONCE) },
        { "ramping up", ramping_up, .expected = EVERYWHERE(AT_ONCE) },
        { "staged", staged, .quiet = true, .expected = EVERYWHERE(NO_LINK) },
        { "connecting", connecting, .quiet = true, .expected = EVERYWHERE(NO_LINK) },
        { "resolving", resolving, .quiet = true, .expected = EVERYWHERE(NO_LINK) },
        { "shaking hands", shaking_hands, .quiet = true,
                .expected = { [STOP_REQUESTS] = { WITHIN(200) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(2) } } },
        { "waiting for a key", waiting_for_a_key, .quiet = true, .expected = EVERYWHERE(AT_ONCE) },
        { "getting in place", getting_in_place, .quiet = true, .expected = EVERYWHERE(AT_ONCE) },
        { "a setpoint is on its way", setpoint_on_its_way,
                .expected = { [STOP_REQUESTS] = { WITHIN(400) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(2) } } },
        { "a setpoint was taken just now", setpoint_just_taken, .expected = EVERYWHERE(AT_ONCE) },
        { "a setpoint is never answered", setpoint_in_vain, .lasts_usec = SECONDS(3),
                .expected = { [STOP_REQUESTS] = { WITHIN(3000 + LINKED_AGAIN), TOLD("stop-not-confirmed"),
                                      SAID(UNCERTAIN) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(3000 + LINKED_AGAIN), TOLD("stop-not-confirmed"),
                                SAID(UNCERTAIN) } } },
        { "a setpoint waits behind unsent bytes", setpoint_behind_a_full_socket,
                .expected = EVERYWHERE(AT_ONCE) },
        { "the socket is full", running, socket_fills, .lasts_usec = MSEC(350),
                .expected = EVERYWHERE(WITHIN(450), TOLD("stop-not-confirmed")) },
        { "the socket is full for seconds", running, socket_fills, .lasts_usec = SECONDS(7),
                /* After a second the link is cut, which ends the output of pads, if they do as the maker says. */
                .expected = { [STOP_REQUESTS] = { WITHIN(7000 + LINKED_AGAIN), TOLD("stop-not-confirmed"),
                                      SAID(UNREACHABLE) },
                        [STOP_SOCKET] = { NO_LINK, TOLD("stop-not-confirmed"), SAID(UNREACHABLE) },
                        [STOP_CALLS] = { NO_LINK, TOLD("stop-not-confirmed"), SAID(UNREACHABLE) } } },
        { "the stack is busy", running, stack_is_busy, .lasts_usec = MSEC(350),
                .expected = { [STOP_REQUESTS] = { AT_ONCE, TOLD("stop-not-confirmed") },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { AT_ONCE, TOLD("stop-not-confirmed") } } },
        { "the write fails at first", running, writes_fail, .lasts_usec = MSEC(20),
                .expected = { [STOP_REQUESTS] = { AT_ONCE, TOLD("stop-not-confirmed") },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { AT_ONCE, TOLD("stop-not-confirmed") } } },
        { "the write fails for ever", running, writes_fail, .lasts_usec = SECONDS(12),
                .expected = { [STOP_REQUESTS] = { AT_ONCE, TOLD("stop-not-confirmed"), SAID(UNCERTAIN) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { AT_ONCE, TOLD("stop-not-confirmed"), SAID(UNCERTAIN) } } },
        { "handing over fails once", running, handing_over_fails,
                .expected = EVERYWHERE(WITHIN(100), TOLD("stop-not-confirmed")) },
        { "nothing is answered", running, nothing_is_answered, .lasts_usec = SECONDS(3),
                .expected = { [STOP_REQUESTS] = { AT_ONCE, TOLD("stop-not-confirmed"), SAID(UNCERTAIN) },
                        [STOP_SOCKET] = { AT_ONCE, TOLD("stop-not-confirmed"), SAID(UNCERTAIN) },
                        [STOP_CALLS] = { AT_ONCE, TOLD("stop-not-confirmed"), SAID(UNCERTAIN) } } },
        { "the stop is lost on the air", running, commands_are_lost, .lasts_usec = MSEC(50),
                .expected = EVERYWHERE(AT_ONCE) },
        /* Pads are off without their link, and with the session over nobody looks for them. */
        { "the link drops before the stop", running, link_drops,
                .expected = { [STOP_REQUESTS] = { WITHIN(LINKED_AGAIN), TOLD("link-lost") },
                        [STOP_SOCKET] = { NO_LINK },
                        [STOP_CALLS] = { NO_LINK } } },
        { "the link drops after the stop", running, .after = link_drops,
                .expected = { [STOP_REQUESTS] = { AT_ONCE, TOLD("link-lost") },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { AT_ONCE } } },
        { "gone out of reach", running, out_of_reach, .lasts_usec = SECONDS(4),
                .expected = { [STOP_REQUESTS] = { WITHIN(4000 + 5000), TOLD("link-lost"),
                                      SAID(UNREACHABLE) },
                        [STOP_SOCKET] = { NO_LINK },
                        [STOP_CALLS] = { NO_LINK } } },
        { "being let go", being_let_go, .quiet = true,
                .expected = { [STOP_REQUESTS] = { WITHIN(15) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(2) } } },
        { "paused", paused, .quiet = true, .expected = EVERYWHERE(AT_ONCE) },
        { "paused this moment", paused_this_moment, .quiet = true,
                .expected = { [STOP_REQUESTS] = { WITHIN(15) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(2) } } },
        { "stopped five times this moment", stopped_five_times, .quiet = true,
                .expected = { [STOP_REQUESTS] = { WITHIN(15) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(2) } } },
        { "stopped five times in vain", stopped_five_times_in_vain, .quiet = true, .lasts_usec = SECONDS(2),
                /* The link was made anew once while nothing was answered, and its first stop was not answered either. */
                .expected = { [STOP_REQUESTS] = { WITHIN(2000 + UNANSWERED + LINKED_AGAIN),
                                      SAID(UNCERTAIN) },
                        [STOP_SOCKET] = { AT_ONCE, SAID(UNCERTAIN) },
                        [STOP_CALLS] = { WITHIN(2000 + UNANSWERED + LINKED_AGAIN), SAID(UNCERTAIN) } } },
        { "stopped five times and refused", stopped_five_times_and_refused, .quiet = true,
                .lasts_usec = MSEC(1500),
                .expected = { [STOP_REQUESTS] = { WITHIN(500 + LINKED_AGAIN), SAID(UNCERTAIN) },
                        [STOP_SOCKET] = { AT_ONCE },
                        /* The new link has not taken its first stop either. */
                        [STOP_CALLS] = { NO_LINK, SAID(UNCERTAIN) } } },
        { "over, and still connected", over_and_connected, .quiet = true, .over = true,
                .expected = EVERYWHERE(AT_ONCE) },
        { "the lease has run out", lease_has_run_out, .quiet = true,
                .expected = { [STOP_REQUESTS] = { WITHIN(15) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { WITHIN(2) } } },
        { "a question is open between two steps", question_between_two_steps, .quiet = true,
                .expected = EVERYWHERE(AT_ONCE) },
        { "a question is open over live pads", question_over_live_pads,
                .expected = { [STOP_REQUESTS] = { .cannot =
                                                          "percussion has no background: nothing of it runs "
                                                          "beside a question",
                                      .refused = no_percussion_in_the_background },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { AT_ONCE } } },
        { "detached", detached, .detached = true,
                .expected = { [STOP_REQUESTS] = { AT_ONCE },
                        [STOP_SOCKET] = { .cannot = "pads are never left alone",
                                .refused = pads_are_not_left_alone },
                        [STOP_CALLS] = { .cannot = "pads are never left alone",
                                .refused = pads_are_not_left_alone } } },
        { "the other device is silent", both_running, other_falls_silent, .lasts_usec = SECONDS(2),
                .expected = EVERYWHERE(AT_ONCE) },
        { "flooded with calls", running, flooded,
                .expected = { [STOP_REQUESTS] = { WITHIN(15) },
                        [STOP_SOCKET] = { AT_ONCE },
                        [STOP_CALLS] = { AT_ONCE } } },
        { "flooded with calls after it", running, .after = flooded, .expected = EVERYWHERE(AT_ONCE) },
        { "the record is full", running, record_is_full, .mend = record_is_empty, .lasts_usec = SECONDS(2),
                .expected = EVERYWHERE(AT_ONCE) },
        { "the record filled up before", record_filled_up, .mend = record_is_empty, .quiet = true,
                .expected = EVERYWHERE(AT_ONCE) },
        { "output is refused around it", output_refused_around_it, .quiet = true,
                .expected = EVERYWHERE(AT_ONCE) },
        { "the gate shuts", running, gate_shuts, .expected = EVERYWHERE(AT_ONCE) },
        { "the gate refuses everything", refused_by_the_gate, .expected = EVERYWHERE(AT_ONCE) },
};

static void req3_stop_under_every_adverse_state(void **state) {
        stop_cell_run(*state);
}

/* A cell that was left out is as bad as one that fails. */
static int count(const struct stop_cell *cells, size_t n) {
        size_t judged = 0, impossible = 0;

        for (size_t i = 0; i < n; i++) {
                judged += cells[i].judged;
                impossible += cells[i].row->expected[cells[i].model->link].cannot != NULL;
        }
        print_message(
                "%zu of %zu cells: %zu states, %zu devices, %zu causes; %zu cells are of states that their "
                "device cannot be in\n",
                judged, n, ARRAY_SIZE(rows), n_stop_models, n_stop_causes, impossible);
        return judged == n ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(void) {
        size_t n = ARRAY_SIZE(rows) * n_stop_models * n_stop_causes, i = 0;
        struct CMUnitTest *tests = calloc(n, sizeof(*tests));
        struct stop_cell *cells = calloc(n, sizeof(*cells));
        int r;

        if (!tests || !cells)
                return EXIT_FAILURE;
        for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
                for (size_t model = 0; model < n_stop_models; model++)
                        for (size_t cause = 0; cause < n_stop_causes; cause++, i++) {
                                struct stop_cell *cell = &cells[i];

                                cell->row = &rows[row];
                                cell->model = &stop_models[model];
                                cell->cause = &stop_causes[cause];
                                (void) snprintf(cell->name, sizeof(cell->name), "%s / %s / %s",
                                        cell->row->name, cell->model->name, cell->cause->name);
                                tests[i] = (struct CMUnitTest){ .name = cell->name,
                                        .test_func = req3_stop_under_every_adverse_state,
                                        .setup_func = stop_cell_setup,
                                        .teardown_func = stop_cell_teardown,
                                        .initial_state = cell };
                        }
        r = _cmocka_run_group_tests("state / device / cause", tests, n, NULL, NULL);
        r = count(cells, n) ?: r;
        free(tests);
        free(cells);
        return r;
}
