/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/test.h"

#include "daemon/bus/changes.h"
#include "tests/bus/bus-pair.h"

#define INTERFACE "org.limber1.Test"
#define PATH "/test"

/* What is on the bus, and what the client heard of it. */
struct values {
        uint32_t number, hidden, secret;
        const char *texts[3];
};

static struct values now;
static bool gone;
static char heard[64 * 1024];
static unsigned n_heard;

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        return sd_bus_message_append(reply, "u", *(uint32_t *) userdata);
}

static int get_texts(sd_bus *bus, const char *path, const char *interface, const char *property,
        sd_bus_message *reply, void *userdata, sd_bus_error *error) {
        int r = sd_bus_message_open_container(reply, 'a', "s");

        for (unsigned i = 0; r >= 0 && now.texts[i]; i++)
                r = sd_bus_message_append(reply, "s", now.texts[i]);
        return r < 0 ? r : sd_bus_message_close_container(reply);
}

static const sd_bus_vtable vtable[] = {
        SD_BUS_VTABLE_START(0),
        SD_BUS_PROPERTY(
                "Constant", "u", get_number, offsetof(struct values, number), SD_BUS_VTABLE_PROPERTY_CONST),
        SD_BUS_PROPERTY("Number", "u", get_number, offsetof(struct values, number),
                SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Texts", "as", get_texts, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
        SD_BUS_PROPERTY("Hidden", "u", get_number, offsetof(struct values, hidden), 0),
        SD_BUS_PROPERTY("Secret", "u", get_number, offsetof(struct values, secret),
                SD_BUS_VTABLE_PROPERTY_EMITS_INVALIDATION),
        SD_BUS_VTABLE_END,
};

static const sd_bus_vtable *find(
        const char *path, const char *interface, void **ret_object, void *userdata) {
        *ret_object = &now;
        return gone ? NULL : vtable;
}

/* "Name Name -Invalidated " */
static int on_message(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        const char *name;

        if (!sd_bus_message_is_signal(m, "org.freedesktop.DBus.Properties", "PropertiesChanged"))
                return 0;
        n_heard++;
        assert_true(sd_bus_message_read(m, "s", &name) >= 0);
        assert_string_equal(name, INTERFACE);
        assert_true(sd_bus_message_enter_container(m, 'a', "{sv}") >= 0);
        while (sd_bus_message_enter_container(m, 'e', "sv") > 0) {
                assert_true(sd_bus_message_read(m, "s", &name) >= 0);
                assert_true(sd_bus_message_skip(m, "v") >= 0);
                assert_true(sd_bus_message_exit_container(m) >= 0);
                strcat(strcat(heard, name), " ");
        }
        assert_true(sd_bus_message_exit_container(m) >= 0);
        assert_true(sd_bus_message_enter_container(m, 'a', "s") >= 0);
        while (sd_bus_message_read(m, "s", &name) > 0)
                strcat(strcat(strcat(heard, "-"), name), " ");
        return 0;
}

struct fixture {
        sd_bus *server, *client;
        struct bus_changes *changes;
};

static int setup(void **state) {
        static struct fixture f;

        assert_true(bus_pair_open(&f.server, &f.client) >= 0);
        assert_true(sd_bus_add_filter(f.client, NULL, on_message, NULL) >= 0);
        assert_true(
                bus_changes_new(&(struct bus_changes_settings){ f.server, find, NULL }, &f.changes) >= 0);
        now = (struct values){ .number = 1, .texts = { "a", "b" } };
        gone = false;
        *state = &f;
        return 0;
}

static int teardown(void **state) {
        struct fixture *f = *state;

        f->changes = bus_changes_free(f->changes);
        f->server = sd_bus_unref(f->server);
        f->client = sd_bus_unref(f->client);
        return 0;
}

/* What is heard when the object at path was marked. */
static const char *after(struct fixture *f, const char *path) {
        heard[0] = '\0';
        n_heard = 0;
        bus_changes_mark(f->changes, path, INTERFACE);
        bus_changes_send(f->changes);
        for (unsigned i = 0; i < 8 * BUS_CHANGES_MAX; i++) {
                assert_true(sd_bus_process(f->server, NULL) >= 0);
                assert_true(sd_bus_process(f->client, NULL) >= 0);
        }
        return heard;
}

static void only_what_changed(void **state) {
        struct fixture *f = *state;

        assert_string_equal(after(f, PATH), "Number Texts -Secret ");
        assert_string_equal(after(f, PATH), "");
        assert_int_equal(n_heard, 0);
        now.number = 2;
        assert_string_equal(after(f, PATH), "Number ");
        now.hidden = 2;
        assert_string_equal(after(f, PATH), "");
        now.secret = 2;
        assert_string_equal(after(f, PATH), "-Secret ");
        now.texts[1] = NULL;
        assert_string_equal(after(f, PATH), "Texts ");
        now.texts[0] = "ab";
        assert_string_equal(after(f, PATH), "Texts ");
}

static void marked_often_sent_once(void **state) {
        struct fixture *f = *state;

        for (unsigned i = 0; i < 10; i++)
                bus_changes_mark(f->changes, PATH, INTERFACE);
        assert_string_equal(after(f, PATH), "Number Texts -Secret ");
        assert_int_equal(n_heard, 1);
}

/* A client that read 2 between 1 and 1 would believe in 2 for ever. */
static void who_read_is_told_whole(void **state) {
        struct fixture *f = *state;

        (void) after(f, PATH);
        now.number = 2;
        bus_changes_read(f->changes);
        now.number = 1;
        assert_string_equal(after(f, PATH), "Number Texts -Secret ");
}

static void an_object_that_is_gone(void **state) {
        struct fixture *f = *state;

        (void) after(f, PATH);
        gone = true;
        assert_string_equal(after(f, PATH), "");
        /* Another one at the same place is another one. */
        gone = false;
        bus_changes_forget(f->changes, PATH);
        assert_string_equal(after(f, PATH), "Number Texts -Secret ");
}

static void more_objects_than_are_kept(void **state) {
        struct fixture *f = *state;
        char path[32];

        for (unsigned i = 0; i < 2 * BUS_CHANGES_MAX; i++) {
                (void) snprintf(path, sizeof(path), "/test/%u", i);
                bus_changes_mark(f->changes, path, INTERFACE);
        }
        (void) after(f, PATH);
        /* Nothing is lost; what was dropped is told whole again. */
        assert_int_equal(n_heard, 2 * BUS_CHANGES_MAX + 1);
        assert_string_equal(after(f, "/test/0"), "Number Texts -Secret ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void) {
        const struct CMUnitTest tests[] = {
                TEST(only_what_changed),
                TEST(marked_often_sent_once),
                TEST(who_read_is_told_whole),
                TEST(an_object_that_is_gone),
                TEST(more_objects_than_are_kept),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
