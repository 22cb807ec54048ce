/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What limber says of output, held against what the products give, at every event. */

#include "tests/test.h"
#include "tests/virtual/routine-texts.h"
#include "tests/virtual/world.h"

#define SECONDS(n) ((n) *USEC_PER_SEC)
#define MSEC(n) ((n) *USEC_PER_MSEC)
/* Within so long of a product's rest it is said, when the link works: an answer, and the frame that asks for it. */
#define MOMENT_USEC MSEC(300)
/* Pads whose link broke end by themselves, by their maker's word. */
#define PADS_END_USEC MSEC(100)

/* Pads and a gun, for long enough to disturb both. */
#define TEXT_LONG_BOTH                                                                       \
        ROUTINE_HEAD(ROLE_GUN "," ROLE_PADS)                                                 \
        "steps = (" ESTIM("calf", "left", "2s", "90s", "background = true;") "," PERCUSSION( \
                "quads", "right", "3s", "60s") ");"

struct listener {
        struct world *world;
        struct {
                uint64_t on_usec;       /* it last gave something */
                uint64_t unlinked_usec; /* 0: linked */
                uint64_t linked_usec;   /* when that link was made */
        } of[2];
        unsigned heard_on,
                heard_off; /* events at which a product gave something, or nothing since a moment */
};

static bool gives(const struct world_device *device) {
        for (unsigned i = 0; i < product_channels(device->peer->product); i++)
                if (virtual_peer_level_at(device->peer, i, UINT64_MAX) > 0)
                        return true;
        return false;
}

static void judge(struct listener *listener, unsigned i, const struct world_device *device, bool pads) {
        const struct world *world = listener->world;
        uint64_t now = virtual_clock_now(world->clock);
        bool linked = virtual_peer_is_linked(device->peer), said = device_output_active(device->device);

        if (!linked)
                listener->of[i].linked_usec = 0;
        else if (listener->of[i].linked_usec == 0)
                listener->of[i].linked_usec = now;
        if (linked)
                listener->of[i].unlinked_usec = 0;
        else if (listener->of[i].unlinked_usec == 0)
                listener->of[i].unlinked_usec = now;
        if (gives(device)) {
                listener->of[i].on_usec = now;
                if (pads && !linked && now - listener->of[i].unlinked_usec <= PADS_END_USEC)
                        return;
                listener->heard_on++;
                if (!said || !world_armed_file_exists(world, device))
                        fail_msg("%s gives output and is called off", device_title(device->device));
                if (world->session && session_state(world->session) == SESSION_RUNNING)
                        assert_true(session_output_active(world->session));
        } else if (linked && !device->peer->loses_commands &&
                   now > MAX(listener->of[i].on_usec, listener->of[i].linked_usec) + MOMENT_USEC &&
                   (!world->session || session_state(world->session) != SESSION_RUNNING)) {
                listener->heard_off++;
                if (said || world_armed_file_exists(world, device))
                        fail_msg("%s is at rest and called on", device_title(device->device));
        }
}

static void listen(void *userdata) {
        struct listener *listener = userdata;

        judge(listener, 0, &listener->world->gun, false);
        judge(listener, 1, &listener->world->pads, true);
}

static void listen_to(struct listener *listener, struct world *world) {
        *listener = (struct listener){ .world = world };
        world->watch = listen;
        world->watch_userdata = listener;
}

static void resume(struct world *world) {
        assert_int_equal(session_resume(world->session, WORLD_HOLDER), 0);
        world_run_until_state(world, SESSION_RUNNING, SECONDS(20));
        world_run(world, SECONDS(5) + MSEC(30));
}

static void pause_for_a_while(struct world *world) {
        session_pause(world->session, REASON_ASKED);
        world_run(world, SECONDS(5));
}

/* Start, pause, resume, the link lost and back, resume, end. */
static void req18_output_is_never_called_off_while_a_product_gives_it(void **state) {
        static const char *const texts[] = { TEXT_GUN, TEXT_PADS, TEXT_LONG_BOTH };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct listener listener;
                struct world *world = NULL;
                struct world_device *lost;

                assert_int_equal(world_setup((void **) &world), 0);
                lost = i == 1 ? &world->pads : &world->gun;
                listen_to(&listener, world);
                assert_int_equal(world_start_text(world, texts[i]), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, SECONDS(8) + MSEC(30));
                assert_true(gives(lost));
                pause_for_a_while(world);
                resume(world);
                assert_true(gives(lost));
                lost->peer->out_of_reach = true;
                virtual_peer_drop(lost->peer);
                /* A gun runs on alone; it is not called off for all of that. */
                world_run(world, SECONDS(10));
                assert_true(gives(lost) == (i != 1));
                lost->peer->out_of_reach = false;
                world_run(world, SECONDS(30));
                assert_false(gives(lost));
                resume(world);
                assert_true(gives(lost));
                session_end(world->session, REASON_STOPPED);
                world_run(world, SECONDS(5));
                assert_false(gives(lost));
                assert_true(listener.heard_on > 50 && listener.heard_off > 50);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

/* A stop that does not arrive. */
static void req18_a_stop_that_did_not_arrive_is_not_said_to_be_one(void **state) {
        static const char *const texts[] = { TEXT_GUN, TEXT_PADS };

        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct listener listener;
                struct world *world = NULL;
                struct world_device *device;

                assert_int_equal(world_setup((void **) &world), 0);
                device = i == 0 ? &world->gun : &world->pads;
                listen_to(&listener, world);
                assert_int_equal(world_start_text(world, texts[i]), 0);
                world_run_until_state(world, SESSION_RUNNING, SECONDS(10));
                world_run(world, SECONDS(8) + MSEC(30));
                device->peer->ignores_requests = device->peer->loses_commands = true;
                session_end(world->session, REASON_STOPPED);
                world_run(world, MSEC(50));
                assert_true(gives(device) && device_output_active(device->device));
                world_run(world, SECONDS(3));
                device->peer->ignores_requests = device->peer->loses_commands = false;
                virtual_peer_drop(device->peer);
                world_run(world, SECONDS(10));
                assert_false(gives(device));
                assert_true(listener.heard_on > 50 && listener.heard_off > 10);
                assert_int_equal(world_teardown((void **) &world), 0);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(req18_output_is_never_called_off_while_a_product_gives_it),
                cmocka_unit_test(req18_a_stop_that_did_not_arrive_is_not_said_to_be_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
