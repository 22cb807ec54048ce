/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the command line reads of limberd: any values of any types, and any bytes that call themselves a reply. Whatever arrives is
 * refused or read, all of it is freed, and what was read can be looked at. */

#include "cli/bus/infos-history.h"
#include "cli/bus/infos-runner.h"
#include "cli/bus/objects.h"
#include "lib/bus-names.h"
#include "tests/bus/bus-pair.h"
#include "tests/fuzz/message.h"

#define PAIRS_MAX 128u

static const char *const strings[] = { LIMBER_MANAGER_INTERFACE, LIMBER_DEVICE_INTERFACE,
        LIMBER_ROUTINE_INTERFACE, LIMBER_SESSION_INTERFACE, "org.freedesktop.DBus.Properties", "", "estim",
        "percussion", "setpoint", "sent", "discomfort", "daemon-died", "7 sharp", "AA:BB:CC:DD:EE:FF",
        "public", "random", "first-light", "left", "mA", "step", "yes", "no", "unknown", "heart", "ended",
        "running", NULL };
static const char *const paths[] = { LIMBER_PATH, LIMBER_DEVICE_PATH "/AA_BB_CC_DD_EE_FF",
        LIMBER_SESSION_PATH "/1", LIMBER_ROUTINE_PATH "/first_light", "/", LIMBER_SESSION_PATH, NULL };
/* Of History, HistoryEvents and Runner.Read; the tables of the objects are added. */
static struct fuzz_pair pairs[PAIRS_MAX] = { { "session", "t" }, { "runner", "u" }, { "routine", "s" },
        { "began", "t" }, { "ended", "t" }, { "lasted", "t" }, { "reason", "s" }, { "events", "t" },
        { "seq", "t" }, { "at", "t" }, { "after", "t" }, { "kind", "s" }, { "device", "s" },
        { "feature", "s" }, { "zone", "s" }, { "side", "s" }, { "unit", "s" }, { "asked", "x" },
        { "given", "x" }, { "text", "s" }, { "uid", "u" }, { "answered", "t" }, { "damaged", "s" },
        { "answers", "a{ss}" }, { "blocks", "a(ssss)" }, { "sign-offs", "aa{sv}" }, { "caps", "a{sd}" },
        { "calibrations", "aa{sv}" }, { "question", "s" }, { "by", "s" }, { "pad-area", "t" },
        { "sensation", "d" }, { "comfort", "d" }, { "maximum", "d" }, { "until", "t" } };
static const struct fuzz_words words = { strings, paths, pairs };
static sd_bus *server, *client;

static void add_pairs(void) {
        const struct property *const tables[] = { manager_properties, device_properties, routine_properties,
                session_properties };
        unsigned n = 0;

        while (pairs[n].name)
                n++;
        for (size_t i = 0; i < ARRAY_SIZE(tables); i++)
                for (const struct property *p = tables[i]; p->name; p++) {
                        fuzz_check(n + 1 < PAIRS_MAX);
                        pairs[n++] = (struct fuzz_pair){ p->name, p->signature };
                }
}

static void close_pair(void) {
        server = sd_bus_close_unref(server);
        client = sd_bus_close_unref(client);
}

static void open_pair(void) {
        fuzz_check(bus_pair_open(&server, &client) >= 0);
        for (unsigned i = 0; i < 1000 && (sd_bus_is_ready(server) <= 0 || sd_bus_is_ready(client) <= 0);
                i++) {
                fuzz_check(sd_bus_process(server, NULL) >= 0);
                fuzz_check(sd_bus_process(client, NULL) >= 0);
        }
        fuzz_check(sd_bus_is_ready(client) > 0);
}

static void taste(const char *s) {
        fuzz_check(!s || strlen(s) < 1024 * 1024);
}

static void look_at_objects(const struct objects *objects) {
        for (size_t i = 0; i < objects->n_devices; i++) {
                taste(device_label(&objects->devices[i]));
                taste(objects_device_called(objects, objects->devices[i].address));
        }
        for (size_t i = 0; i < objects->n_routines; i++)
                taste(routine_kind(&objects->routines[i]));
        for (size_t i = 0; i < objects->n_sessions; i++) {
                const struct session_info *session = &objects->sessions[i];

                taste(session_number(session));
                (void) session_ended(session);
                for (size_t k = 0; k < objects->n_devices; k++)
                        (void) session_uses(session, objects->devices[k].path);
        }
}

static void look_at_history(const struct history_infos *infos) {
        const struct history_session_info *session = history_infos_find(infos, 1);
        static const struct history_session_info nobodys;
        const char *said;
        unsigned score;
        uint64_t usec;

        for (size_t i = 0; i < infos->n_sessions; i++)
                (void) history_session_took(&infos->sessions[i], &usec);
        for (size_t i = 0; i < infos->n_events; i++) {
                const struct history_event_info *event = &infos->events[i];

                (void) history_event_offset(event, session ?: &nobodys);
                (void) history_event_is_setpoint(event);
                (void) history_event_is_sent(event);
                if (history_event_is_discomfort(event, &score, &said))
                        fuzz_check(score <= 10 && strlen(said) <= strlen(strnull(event->text)));
        }
}

static void read_objects(sd_bus_message *m) {
        _cleanup_(objects_freep) struct objects *objects = NULL;

        if (objects_read(m, &objects) >= 0)
                look_at_objects(objects);
}

static void read_added(sd_bus_message *m) {
        struct objects objects = {};

        if (objects_read_added(m, &objects) >= 0)
                look_at_objects(&objects);
        objects_done(&objects);
}

static void read_sessions(sd_bus_message *m) {
        struct history_infos infos = {};

        if (history_infos_read_sessions(m, &infos) >= 0)
                look_at_history(&infos);
        history_infos_done(&infos);
}

static void read_events(sd_bus_message *m) {
        struct history_infos infos = {};

        if (history_infos_read_events(m, &infos) >= 0)
                look_at_history(&infos);
        history_infos_done(&infos);
}

static void read_runner(sd_bus_message *m) {
        struct runner_info info = {};

        (void) runner_info_read(m, &info);
        runner_info_done(&info);
}

static const struct {
        const char *signature;
        void (*read)(sd_bus_message *m);
} readers[] = {
        { "a{oa{sa{sv}}}", read_objects },
        { "oa{sa{sv}}", read_added },
        { "aa{sv}", read_sessions },
        { "aa{sv}", read_events },
        { "a{sv}", read_runner },
};

/* One of the readers may well get what another one was made for. */
static void read_filled(struct fuzz_input *input) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        uint8_t which = fuzz_u8(input);
        unsigned reader = which % ARRAY_SIZE(readers),
                 written = which < 224 ? reader : which / 5 % ARRAY_SIZE(readers);

        fuzz_check(
                sd_bus_message_new_signal(client, &m, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Test") >= 0);
        fuzz_fill(m, readers[written].signature, &words, input);
        fuzz_check(sd_bus_message_seal(m, 1, 0) >= 0 && sd_bus_message_rewind(m, 1) >= 0);
        readers[reader].read(m);
}

static size_t put(uint8_t *to, const void *bytes, size_t n) {
        memcpy(to, bytes, n);
        return n;
}

/* The next multiple of eight. */
static size_t padded(size_t n) {
        return (n + 7) & ~(size_t) 7;
}

/* A field of the header, from the next multiple of eight on: its code, its type, a string. Returns where it ends. */
static size_t put_field(uint8_t *to, size_t n, uint8_t code, char type, const char *text) {
        size_t length = strlen(text);

        n = padded(n);
        n += put(to + n, (uint8_t[]){ code, 1, (uint8_t) type, 0 }, 4);
        n += type == 'g' ? put(to + n, &(uint8_t){ (uint8_t) length }, 1)
                         : put(to + n, &(uint32_t){ (uint32_t) length }, 4);
        return n + put(to + n, text, length + 1);
}

/* With a header that is right, and a body that may be anything. */
static void read_raw(struct fuzz_input *input) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *m = NULL;
        unsigned reader = fuzz_u8(input) % ARRAY_SIZE(readers);
        uint32_t body = (uint32_t) input->n, serial = 1;
        uint8_t header[256] = { 'l', 4, 0, 1 };
        size_t n = 16;

        memcpy(header + 4, &body, 4);
        memcpy(header + 8, &serial, 4);
        n = put_field(header, n, 1, 'o', LIMBER_PATH);
        n = put_field(header, n, 2, 's', LIMBER_MANAGER_INTERFACE);
        n = put_field(header, n, 3, 's', "Test");
        n = put_field(header, n, 8, 'g', readers[reader].signature);
        memcpy(header + 12, &(uint32_t){ (uint32_t) n - 16 }, 4);
        n = padded(n); /* is not of the fields: libsystemd 257 drops a message that counts it */
        if (write(sd_bus_get_fd(server), header, n) != (ssize_t) n ||
                write(sd_bus_get_fd(server), input->bytes, input->n) != (ssize_t) input->n) {
                close_pair();
                return;
        }
        for (unsigned i = 0; i < 8 && !m; i++)
                fuzz_check(sd_bus_process(client, &m) >= 0);
        fuzz_check(m);
        readers[reader].read(m);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
        struct fuzz_input input = { bytes, n };
        static bool begun;

        if (!begun) {
                add_pairs();
                (void) atexit(close_pair);
                begun = true;
        }
        if (!server)
                open_pair();
        if (fuzz_u8(&input) % 4 == 0)
                read_raw(&input);
        else
                read_filled(&input);
        return 0;
}
