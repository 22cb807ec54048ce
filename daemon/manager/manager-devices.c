/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/manager/manager-private.h"

#include "lib/armed.h"
#include "lib/device-id.h"

/* Devices that were not added and advertise a known name; a hostile neighbour can advertise any number of them. */
#define STRANGERS_MAX 64u

void manager_remove_device(struct manager *manager, struct device *device) {
        for (unsigned i = 0; i < MANAGER_SESSIONS_MAX; i++)
                if (manager_session_is_live(manager->sessions[i]) &&
                        session_uses(manager->sessions[i], device))
                        session_device_gone(manager->sessions[i]);
        manager->settings.handler->device_removed(device, manager->settings.userdata);
        for (unsigned i = 0; i < manager->n_devices; i++)
                if (manager->devices[i] == device) {
                        manager->devices[i] = manager->devices[--manager->n_devices];
                        break;
                }
        device_close(device);
        device_unref(device);
}

bool manager_device_is_idle(const struct device *device) {
        return !device_owner(device) && !device_is_wanted(device) && !device_may_run_unseen(device) &&
               (device_state(device) == DEVICE_SEEN || device_state(device) == DEVICE_ABSENT);
}

static bool is_idle_stranger(const struct manager *manager, const struct device *device) {
        return !device_is_added(device) && manager_device_is_idle(device) &&
               !manager_is_adding(manager, device);
}

/* It would be found again as what it is; not so where a person had chosen its model. */
static bool is_matched(const struct manager *manager, const struct device *device) {
        const struct match_rule *rule;

        return library_match(manager->library, device_name(device), &rule) == device_definition(device);
}

void manager_drop_if_gone(struct manager *manager, struct device *device) {
        if (is_idle_stranger(manager, device) &&
                (device_state(device) == DEVICE_ABSENT || !is_matched(manager, device)))
                manager_remove_device(manager, device);
}

/* Strangers displace neither added devices nor the newest ones: the one not seen for longest is removed. */
static int make_room(struct manager *manager) {
        struct device *longest = NULL;
        unsigned strangers = 0;

        for (unsigned i = 0; i < manager->n_devices; i++) {
                struct device *d = manager->devices[i];

                strangers += !device_is_added(d);
                if (is_idle_stranger(manager, d) &&
                        (!longest || device_seen_usec(d) < device_seen_usec(longest)))
                        longest = d;
        }
        if (strangers < STRANGERS_MAX)
                return 0;
        if (!longest)
                return -EDQUOT;
        manager_remove_device(manager, longest);
        return 0;
}

/* It was left on, and was not known until now. */
static void recover_known(const struct manager *manager, struct device *device) {
        char path[PATH_MAX];

        device_file(path, manager->settings.armed_directory, device_address(device),
                device_address_type(device), "");
        if (access(path, F_OK) == 0)
                device_recover(device);
}

static int new_device(struct manager *manager, const struct device_definition *definition,
        const struct match_rule *rule, const struct radio_advert *advert, struct device **ret) {
        struct device_environment environment = {
                .clock = manager->settings.clock,
                .tuning = &manager->tuning.device,
                .radio = manager->radio,
                .record = manager->settings.record,
                .armed_directory = manager->settings.armed_directory,
                .armed_jobs = manager->settings.armed_jobs,
                .handler = &manager_device_handler,
                .userdata = manager,
        };
        _cleanup_(device_unrefp) struct device *device = NULL;
        struct device **devices;
        int r;

        r = device_new(&environment, definition, rule, advert, &device);
        if (r < 0)
                return r;
        devices = realloc(manager->devices, (manager->n_devices + 1) * sizeof(*devices));
        if (!devices)
                return -ENOMEM;
        manager->devices = devices;
        manager->devices[manager->n_devices++] = device;
        if (manager->left_on)
                recover_known(manager, device);
        *ret = TAKE_PTR(device);
        return 0;
}

void manager_drop_devices(struct manager *manager) {
        while (manager->n_devices > 0)
                manager_remove_device(manager, manager->devices[manager->n_devices - 1]);
}

struct device *manager_device_by_address(
        const struct manager *manager, const char *address, const char *address_type) {
        for (unsigned i = 0; i < manager->n_devices; i++)
                if (strcasecmp(device_address(manager->devices[i]), address) == 0 &&
                        streq(device_address_type(manager->devices[i]), address_type))
                        return manager->devices[i];
        return NULL;
}

/* "AA:BB:CC:DD:EE:FF", or with "/public" or "/random" appended. */
static bool has_address(const struct device *device, const char *word) {
        size_t n = strlen(device_address(device));

        return strncasecmp(device_address(device), word, n) == 0 &&
               (word[n] == '\0' || (word[n] == '/' && streq(word + n + 1, device_address_type(device))));
}

static bool has_alias(const struct device *device, const char *word) {
        return strcasecmp(device_alias(device), word) == 0;
}

static bool has_name(const struct device *device, const char *word) {
        return strcasecmp(device_name(device), word) == 0;
}

static char *join(char *list, const struct device *device) {
        char *longer = NULL;

        if (asprintf(&longer, "%s%s%s/%s", strnull(list), list ? ", " : "", device_address(device),
                    device_address_type(device)) < 0)
                longer = NULL;
        free(list);
        return longer;
}

int manager_find_device(const struct manager *manager, const char *word, bool added_only,
        struct device **ret, char **ret_sentence) {
        static bool (*const ways[])(const struct device *device, const char *word) = {
                has_address,
                has_alias,
                has_name,
        };

        for (size_t way = 0; way < ARRAY_SIZE(ways); way++) {
                _cleanup_free_ char *list = NULL;
                struct device *found = NULL;
                unsigned n = 0;

                for (unsigned i = 0; i < manager->n_devices; i++) {
                        struct device *d = manager->devices[i];

                        if ((added_only && !device_is_added(d)) || !ways[way](d, word))
                                continue;
                        found = d;
                        list = join(list, d);
                        n++;
                }
                if (n > 1) {
                        (void) manager_refuse(ret_sentence, -ENODEV,
                                "%u devices are called '%s': say which by its address, one of %s", n, word,
                                strnull(list));
                        return -ENODEV;
                }
                if (found) {
                        *ret = found;
                        return 0;
                }
        }
        return -ENODEV;
}

/* A scan under way resumes, for the rest of its time, when the radio is back. */
static void radio_state_changed(void *userdata, enum radio_state state) {
        struct manager *manager = userdata;

        manager->settings.handler->changed(manager->settings.userdata);
}

static void radio_advertised(void *userdata, const struct radio_advert *advert) {
        struct manager *manager = userdata;
        const struct device_definition *definition;
        const struct match_rule *rule;
        struct device *device = manager_device_by_address(manager, advert->address, advert->address_type);

        if (device) {
                device_seen(device, advert);
                return;
        }
        definition = manager->library ? library_match(manager->library, advert->name, &rule) : NULL;
        if (!definition || make_room(manager) < 0 ||
                new_device(manager, definition, rule, advert, &device) < 0)
                return;
        device_seen(device, advert);
        manager->settings.handler->device_added(device, manager->settings.userdata);
}

static void radio_vanished(void *userdata, const char *address, const char *address_type) {
        struct manager *manager = userdata;
        struct device *device = manager_device_by_address(manager, address, address_type);

        if (!device)
                return;
        device_vanished(device);
        manager_drop_if_gone(manager, device);
}

const struct radio_handler manager_radio_handler = {
        .state_changed = radio_state_changed,
        .advertised = radio_advertised,
        .vanished = radio_vanished,
};

static void keep_orphan(struct manager *manager, const struct stored_device *stored) {
        struct stored_device *grown =
                reallocarray(manager->orphans, manager->n_orphans + 1, sizeof(*manager->orphans));

        rejects_add(&manager->store_rejects, stored->address, 0,
                "its device definition is gone; add the device again");
        if (!grown)
                return;
        manager->orphans = grown;
        grown[manager->n_orphans++] = *stored;
}

void manager_take_one_stored(struct manager *manager, const struct stored_device *stored) {
        struct radio_advert advert = {};
        const struct match_rule *rule = NULL;
        const struct device_definition *definition =
                library_definition(manager->library, stored->definition);
        struct device *device;
        int r;

        if (!definition) {
                keep_orphan(manager, stored);
                return;
        }
        (void) definition_match(definition, stored->name, &rule);
        /* Its owner may have narrowed since what it was added as. */
        definition = library_narrower(manager->library, definition, stored->name, &rule);
        (void) snprintf(advert.address, sizeof(advert.address), "%s", stored->address);
        (void) snprintf(advert.address_type, sizeof(advert.address_type), "%s", stored->address_type);
        (void) snprintf(advert.name, sizeof(advert.name), "%s", stored->name);
        r = new_device(manager, definition, rule, &advert, &device);
        if (r < 0) {
                rejects_add(&manager->store_rejects, stored->address, 0, strerror(-r));
                return;
        }
        (void) device_set_added(device, true, stored->alias);
        device_set_stored_as(device, stored->definition);
        manager->settings.handler->device_added(device, manager->settings.userdata);
}

void manager_fill_stored(struct stored_device *stored, const struct device *device, const char *alias) {
        (void) snprintf(stored->address, sizeof(stored->address), "%s", device_address(device));
        (void) snprintf(
                stored->address_type, sizeof(stored->address_type), "%s", device_address_type(device));
        (void) snprintf(stored->name, sizeof(stored->name), "%s", device_name(device));
        (void) snprintf(stored->alias, sizeof(stored->alias), "%s", strnull(alias));
        (void) snprintf(stored->definition, sizeof(stored->definition), "%s", device_stored_as(device));
}

struct stored_device *manager_list_stored(const struct manager *manager, unsigned *ret_n) {
        struct stored_device *list =
                calloc((size_t) manager->n_devices + manager->n_orphans + 1, sizeof(*list));
        unsigned n = 0;

        for (unsigned i = 0; list && i < manager->n_devices; i++)
                if (device_is_added(manager->devices[i]))
                        manager_fill_stored(
                                &list[n++], manager->devices[i], device_alias(manager->devices[i]));
        /* One that was added again meanwhile, with another definition, is among the devices. */
        for (unsigned i = 0; list && i < manager->n_orphans; i++)
                if (!manager_device_by_address(
                            manager, manager->orphans[i].address, manager->orphans[i].address_type))
                        list[n++] = manager->orphans[i];
        *ret_n = n;
        return list;
}

void manager_take_stored(struct manager *manager, const struct stored_device *stored, unsigned n) {
        rejects_done(&manager->store_rejects);
        manager->n_orphans = 0;
        for (unsigned i = 0; i < n; i++)
                manager_take_one_stored(manager, &stored[i]);
}

static struct device *device_by_id(const struct manager *manager, const char *id) {
        char own[DEVICE_ID_MAX];

        for (unsigned i = 0; i < manager->n_devices; i++)
                if (streq(device_id(device_address(manager->devices[i]),
                                  device_address_type(manager->devices[i]), own),
                            id))
                        return manager->devices[i];
        return NULL;
}

/* An earlier daemon left this file: its device may be on. Stop it, then report. Without a device for it nothing here can stop it; it
 * counts as on as long as the file is there. */
static void recover(const char *id, const struct armed *armed, void *userdata) {
        struct manager *manager = userdata;
        struct device *device = device_by_id(manager, id);
        _cleanup_free_ char *sentence = NULL;

        if (device)
                device_recover(device);
        else
                manager->left_on = true;
        if (asprintf(&sentence, "%s may still be on: limberd ended while its output was. %s",
                    device  ? device_title(device)
                    : armed ? armed->name
                            : id,
                    device ? "It is being stopped; switch it off by hand if it goes on."
                           : "It is no longer known here: switch it off by hand, or run limber-allstop.") <
                0)
                return;
        record_put(manager->settings.record,
                &(struct record_entry){ RECORD_ALERT, .device = armed ? armed->address : id,
                        .reason = "left-on", .text = sentence });
        manager->settings.handler->alert("left-on", 0, sentence, device, NULL, manager->settings.userdata);
}

void manager_recover_armed(struct manager *manager) {
        if (manager->settings.armed_directory &&
                armed_list(manager->settings.armed_directory, recover, manager) < 0)
                manager->left_on = true; /* until it can be listed, nobody knows */
}

struct unknown {
        const struct manager *manager;
        bool any;
};

static void look_for_unknown(const char *id, const struct armed *armed, void *userdata) {
        struct unknown *unknown = userdata;

        unknown->any |= !device_by_id(unknown->manager, id);
}

bool manager_left_on(const struct manager *manager) {
        struct unknown unknown = { manager, false };

        if (!manager->left_on)
                return false;
        /* In /run, and only after such a start: limber-allstop removes the file of what it stopped. What cannot be listed may be on. */
        return armed_list(manager->settings.armed_directory, look_for_unknown, &unknown) < 0 || unknown.any;
}
