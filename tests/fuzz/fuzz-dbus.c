/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calls of any method with any arguments by several users, while time runs, devices come and go and clients leave. Each call that
 * was sent is answered, errors have a name and a sentence, and after StopAll everything is off. */

#include "daemon/bus/interfaces.h"
#include "lib/bus-names.h"
#include "tests/fuzz/bus-world.h"
#include "tests/fuzz/message.h"

#define STEPS_MAX 60u
#define METHODS_MAX 64u
/* A connect takes at most 39 s, a disconnect 10 s; calls that wait for either are answered then. */
#define PATIENCE_USEC (60 * USEC_PER_SEC)

static const char *const strings[] = { "gun", "pads", "both", "prompt", "left", "right", "AA:AA:AA:AA:AA:01",
        "BB:BB:BB:BB:BB:02", "Pro", "47L121000", "motor", "a", "b", "calf", "quads", "yes", "no", "unknown",
        "here", "sharp", "numb", "discomfort-1", "baseline-1", "offer-1", "sensation-1", "comfort-1",
        "maximum-1", "prompt-1", "1", "heart", "implant", "Dr. A", "estim", "percussion", "after", "morning",
        "", LIMBER_MANAGER_INTERFACE, LIMBER_DEVICE_INTERFACE, LIMBER_SESSION_INTERFACE,
        LIMBER_ROUTINE_INTERFACE, LIMBER_RUNNER_INTERFACE, "State", "Prompt", "LogLevel", "debug", NULL };
static const char *const paths[] = { LIMBER_PATH, LIMBER_DEVICE_PATH "/AA_AA_AA_AA_AA_01",
        LIMBER_DEVICE_PATH "/BB_BB_BB_BB_BB_02", LIMBER_SESSION_PATH "/1", LIMBER_SESSION_PATH "/2",
        LIMBER_ROUTINE_PATH "/gun", LIMBER_ROUTINE_PATH "/pads", LIMBER_RUNNER_SELF_PATH,
        LIMBER_RUNNER_PATH "/1000", LIMBER_RUNNER_PATH "/1001", LIMBER_DEVICE_PATH, LIMBER_SESSION_PATH,
        LIMBER_RUNNER_PATH, "/", NULL };
static const struct fuzz_pair pairs[] = { { "side", "s" }, { "devices", "a{ss}" }, { "detach", "b" },
        { "stage", "b" }, { "last-session", "t" }, { "alias", "s" }, { "experimental", "b" },
        { "pad_area", "u" }, { "estim", "d" }, { "percussion", "d" }, { "heart", "s" }, { NULL, NULL } };
static const struct fuzz_words words = { strings, paths, pairs };

/* These work on a thread of the event loop, and there is none here. */
static const char *const left_out[] = { "CheckRoutine", "History", "HistoryEvents" };

struct method {
        const char *interface, *member, *signature;
};

static struct method methods[METHODS_MAX] = {
        { "org.freedesktop.DBus.Properties", "Get", "ss" },
        { "org.freedesktop.DBus.Properties", "GetAll", "s" },
        { "org.freedesktop.DBus.Properties", "Set", "ssv" },
        { "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", "" },
        { "org.freedesktop.DBus.Introspectable", "Introspect", "" },
};
static unsigned n_methods = 5;

static bool is_left_out(const char *member) {
        for (size_t i = 0; i < ARRAY_SIZE(left_out); i++)
                if (streq(left_out[i], member))
                        return true;
        return false;
}

static void find_methods(void) {
        const sd_bus_vtable *vtable;
        const char *interface;

        for (unsigned i = 0; (vtable = bus_vtable_at(i, &interface)); i++)
                for (const sd_bus_vtable *v = vtable + 1; v->type != _SD_BUS_VTABLE_END; v++)
                        if (v->type == _SD_BUS_VTABLE_METHOD && !is_left_out(v->x.method.member)) {
                                fuzz_check(n_methods < METHODS_MAX);
                                methods[n_methods++] = (struct method){ interface, v->x.method.member,
                                        strnull(v->x.method.signature) };
                        }
}

/* Where objects of that interface lie, so that most calls reach one. */
static const char *path_of(const char *interface, struct fuzz_input *input) {
        static const char *const devices[] = { LIMBER_DEVICE_PATH "/AA_AA_AA_AA_AA_01",
                LIMBER_DEVICE_PATH "/BB_BB_BB_BB_BB_02", NULL };
        static const char *const sessions[] = { LIMBER_SESSION_PATH "/1", LIMBER_SESSION_PATH "/2",
                LIMBER_SESSION_PATH "/3", NULL };
        static const char *const runners[] = { LIMBER_RUNNER_SELF_PATH, LIMBER_RUNNER_PATH "/1000",
                LIMBER_RUNNER_PATH "/1001", NULL };
        const char *const *list = paths;

        if (streq(interface, LIMBER_DEVICE_INTERFACE))
                list = devices;
        else if (streq(interface, LIMBER_SESSION_INTERFACE))
                list = sessions;
        else if (streq(interface, LIMBER_RUNNER_INTERFACE))
                list = runners;
        else if (streq(interface, LIMBER_MANAGER_INTERFACE) || strstr(interface, "ObjectManager"))
                return LIMBER_PATH;
        return fuzz_word(list, input) ?: fuzz_word(paths, input) ?: LIMBER_PATH;
}

static void call(struct bus_world *world, struct fuzz_input *input) {
        const struct method *method = &methods[fuzz_u8(input) % n_methods];
        uint8_t who = fuzz_u8(input);
        sd_bus_message *m = bus_world_message(
                world, path_of(method->interface, input), method->interface, method->member);

        fuzz_check(m);
        /* Now and then with arguments that the method does not take. */
        fuzz_fill(m, who < 240 ? method->signature : methods[who % n_methods].signature, &words, input);
        bus_world_call(world, who, m);
}

static void start(struct bus_world *world, struct fuzz_input *input) {
        sd_bus_message *m = bus_world_message(world, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StartRoutine");
        uint8_t which = fuzz_u8(input);

        fuzz_check(m && sd_bus_message_append(m, "sa{sv}", strings[which % 4], 0) >= 0);
        bus_world_call(world, which >> 4, m);
}

/* As the holder does it: with the nonce of the last challenge. */
static void arm(struct bus_world *world, struct fuzz_input *input) {
        sd_bus_message *m;

        if (world->path[0] == '\0')
                return;
        m = bus_world_message(world, world->path, LIMBER_SESSION_INTERFACE, "Arm");
        fuzz_check(m && sd_bus_message_append(m, "s", world->nonce) >= 0);
        bus_world_call(world, fuzz_u8(input), m);
}

static void add(struct bus_world *world, unsigned peer) {
        sd_bus_message *m = bus_world_message(world, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "AddDevice");

        bus_world_advertise(world, peer);
        fuzz_check(m && sd_bus_message_append(
                                m, "sa{sv}", strings[6 + peer % BUS_PEERS], 1, "experimental", "b", 1) >= 0);
        bus_world_call(world, 0, m);
}

/* The disk is slow, or quick again; writes to a device are refused; a hand turns a wheel of the pads. */
static void make_hard(struct bus_world *world, struct virtual_peer *peer, unsigned what) {
        switch (what % 6) {
        case 0:
                virtual_jobs_take(world->disk_jobs, 2 * USEC_PER_SEC);
                break;
        case 1:
                virtual_jobs_take(world->armed_jobs, USEC_PER_SEC);
                break;
        case 2:
                peer->write_error = -EIO;
                break;
        case 3:
                virtual_peer_poke(world->peers[1], "wheel-a", what > 12 ? 5 : -5);
                break;
        default:
                virtual_jobs_take(world->disk_jobs, 0);
                virtual_jobs_take(world->armed_jobs, 0);
                break;
        }
}

static void befall(struct bus_world *world, struct fuzz_input *input) {
        uint8_t what = fuzz_u8(input);
        struct virtual_peer *peer = world->peers[what / 8 % BUS_PEERS];

        switch (what % 8) {
        case 0:
                bus_world_leave(world, what / 8);
                break;
        case 1:
                virtual_peer_drop(peer);
                break;
        case 2:
                peer->out_of_reach = !peer->out_of_reach;
                break;
        case 3:
                virtual_radio_set_state(world->radio, what / 8 % 2 ? RADIO_OFF : RADIO_ON);
                break;
        case 4:
                world->allows = !world->allows;
                break;
        case 5:
                world->beats = !world->beats;
                break;
        case 6:
                virtual_peer_doubt(peer, what / 16 * 100 * USEC_PER_MSEC);
                break;
        default:
                if (what < 128)
                        bus_world_advertise(world, what / 8);
                else
                        make_hard(world, peer, what / 16);
                break;
        }
}

static void step(struct bus_world *world, struct fuzz_input *input) {
        switch (fuzz_u8(input) % 8) {
        case 0:
                bus_world_run(world, fuzz_u8(input) * 50 * USEC_PER_MSEC);
                break;
        case 1:
                start(world, input);
                break;
        case 2:
                arm(world, input);
                break;
        case 3:
                befall(world, input);
                break;
        default:
                call(world, input);
                break;
        }
}

static void heal(struct bus_world *world) {
        for (unsigned i = 0; i < BUS_PEERS; i++) {
                world->peers[i]->out_of_reach = false;
                world->peers[i]->write_error = 0;
        }
        virtual_radio_set_state(world->radio, RADIO_ON);
        virtual_jobs_take(world->disk_jobs, 0);
        virtual_jobs_take(world->armed_jobs, 0);
}

static void stop_all(struct bus_world *world) {
        sd_bus_message *m = bus_world_message(world, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "StopAll");

        fuzz_check(m);
        bus_world_call(world, 2, m);
        heal(world);
        /* Without its holders every session has ended: nothing is left to beat for. */
        world->beats = false;
        bus_world_run(world, PATIENCE_USEC);
        fuzz_check(!manager_output_active(world->manager));
        for (unsigned i = 0; i < BUS_PEERS; i++) {
                fuzz_check(i != 0 || world->peers[i]->setting == 0);
                for (unsigned channel = 0; channel < 2; channel++)
                        fuzz_check(i == 0 ||
                                   virtual_peer_output(world->peers[i], channel).amplitude_permille == 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        _cleanup_(bus_world_freep) struct bus_world *world = NULL;
        struct fuzz_input input = { bytes, n };

        if (n_methods == 5)
                find_methods();
        world = bus_world_new();
        for (unsigned i = 0; i < BUS_PEERS; i++)
                add(world, i);
        bus_world_run(world, USEC_PER_SEC);
        for (unsigned i = 0; i < STEPS_MAX && input.n > 0; i++)
                step(world, &input);
        stop_all(world);
        fuzz_check(bus_world_is_answered(world));
        return 0;
}
