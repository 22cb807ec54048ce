/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Devices are added and forgotten: what that needs, and the way to the disk and back. */

#include "daemon/manager/manager-private.h"
#include "protocols/definition-claim.h"

/* A device being written to the store, or removed from it. */
struct device_change {
        struct device_change *next;
        struct manager *manager;
        struct device *device; /* referenced; NULL: it is made when the file is there */
        const char *directory; /* of the manager's settings */
        bool forget, was_added;
        bool chosen; /* its model was chosen by a person */
        struct stored_device stored;
        int result;
        manager_kept_fn kept;
        void *userdata;
};

bool manager_is_adding(const struct manager *manager, const struct device *device) {
        for (const struct device_change *c = manager->changes; c; c = c->next)
                if (c->device == device && !c->forget)
                        return true;
        return false;
}

static struct device_change *change_free(struct device_change *change) {
        if (!change)
                return NULL;
        device_unref(change->device);
        free(change);
        return NULL;
}
DEFINE_CLEANUP(struct device_change *, change_free);

/* On a thread: uses nothing but the change and the folder. */
static void change_work(void *data) {
        struct device_change *change = data;

        change->result = change->forget ? device_store_remove(change->directory, change->stored.address,
                                                  change->stored.address_type)
                                        : device_store_write(change->directory, &change->stored);
}

/* A device whose model was chosen is made of what is stored, as it will be at the next start. */
static int take_chosen(
        struct manager *manager, struct device_change *change, struct device *device, char **ret_sentence) {
        const struct stored_device *stored = &change->stored;
        struct radio_advert advert;

        if (device && streq(device_definition(device)->id, stored->definition)) {
                device_set_stored_as(device, stored->definition);
                return device_set_added(device, true, stored->alias);
        }
        if (device && !manager_device_is_idle(device))
                return manager_refuse(ret_sentence, -EBUSY,
                        "%s was stored, but came into use meanwhile; it is a %s when limberd starts again",
                        stored->address, stored->definition);
        if (!library_definition(manager->library, stored->definition))
                return manager_refuse(ret_sentence, -ENOENT,
                        "%s was stored, but there is no device definition %s any more", stored->address,
                        stored->definition);
        if (device)
                manager_remove_device(manager, device);
        manager_take_one_stored(manager, stored);
        device = manager_device_by_address(manager, stored->address, stored->address_type);
        if (!device)
                return -ENOMEM;
        if (radio_sight(manager->radio, stored->address, stored->address_type, &advert) >= 0)
                device_seen(device, &advert);
        device_unref(change->device);
        change->device = device_ref(device);
        return 0;
}

static void change_done(void *data) {
        _cleanup_(change_freep) struct device_change *change = data;
        struct manager *manager = change->manager;
        _cleanup_free_ char *sentence = NULL;
        struct device *device;
        int r = change->result;

        for (struct device_change **p = &manager->changes; *p; p = &(*p)->next)
                if (*p == change) {
                        *p = change->next;
                        break;
                }
        if (r < 0)
                (void) manager_refuse(&sentence, r, "%s: the file of %s could not be %s: %s",
                        manager->settings.store_directory, change->stored.address,
                        change->forget ? "removed" : "written", strerror(-r));
        /* After a reload it may be another object for the same device. */
        device = manager_device_by_address(manager, change->stored.address, change->stored.address_type);
        if (change->chosen && r >= 0)
                r = take_chosen(manager, change, device, &sentence);
        else if (device && (change->forget ? r < 0 && change->was_added : r >= 0)) {
                int k = device_set_added(device, true, change->stored.alias);

                device_set_stored_as(device, change->stored.definition);
                r = r < 0 ? r : k;
        } else if (device) {
                /* It may have been added while the removal was under way. */
                if (change->forget && r >= 0)
                        (void) device_set_added(device, false, NULL);
                manager_drop_if_gone(manager, device);
        } else if (!change->forget && r >= 0) {
                r = manager_refuse(&sentence, -ENOENT,
                        "%s was stored, but no device definition is for it any more",
                        change->stored.address);
        }
        if (change->kept)
                change->kept(r, sentence, change->device, change->userdata);
}

static struct device_change *change_new(struct manager *manager, struct device *device,
        const struct stored_device *stored, manager_kept_fn kept, void *userdata) {
        struct device_change *change = calloc(1, sizeof(*change));

        if (!change)
                return NULL;
        *change = (struct device_change){ .manager = manager,
                .device = device_ref(device),
                .directory = manager->settings.store_directory,
                .stored = *stored,
                .kept = kept,
                .userdata = userdata };
        return change;
}

/* Takes the change, also on failure. */
static int change_run(struct manager *manager, struct device_change *change) {
        int r;

        change->next = manager->changes;
        manager->changes = change;
        r = jobs_run(manager->settings.disk_jobs, change_work, change_done, change);
        if (r < 0) {
                manager->changes = change->next;
                (void) change_free(change);
        }
        return r;
}

static bool is_stored_as(const struct stored_device *stored, const char *address, const char *address_type) {
        return strcasecmp(stored->address, address) == 0 && streq(stored->address_type, address_type);
}

/* Includes aliases still being written. */
static const char *alias_owner(const struct manager *manager, const struct stored_device *stored) {
        for (unsigned i = 0; i < manager->n_devices; i++) {
                const struct device *d = manager->devices[i];

                if (!is_stored_as(stored, device_address(d), device_address_type(d)) &&
                        strcasecmp(device_alias(d), stored->alias) == 0)
                        return device_address(d);
        }
        for (const struct device_change *c = manager->changes; c; c = c->next)
                if (!is_stored_as(stored, c->stored.address, c->stored.address_type) && !c->forget &&
                        strcasecmp(c->stored.alias, stored->alias) == 0)
                        return c->stored.address;
        return NULL;
}

/* alias is the one that was asked for, before it was cut to fit. */
static int check_alias(const struct manager *manager, const struct stored_device *stored, const char *alias,
        char **ret_sentence) {
        const char *owner;

        if (isempty(alias))
                return 0;
        if (!device_alias_is_valid(alias))
                return manager_refuse(ret_sentence, -EDOM,
                        "'%s' cannot be an alias: use 1 to 32 letters, digits, '-', '_'", alias);
        owner = alias_owner(manager, stored);
        if (owner)
                return manager_refuse(ret_sentence, -EDOM, "the alias '%s' is taken by %s", alias, owner);
        return 0;
}

static int refuse_model(const struct manager *manager, const char *model, char **ret_sentence) {
        _cleanup_free_ char *list = NULL;

        for (unsigned i = 0; manager->library && i < manager->library->n_definitions; i++) {
                char *longer = NULL;

                if (asprintf(&longer, "%s%s%s", strnull(list), list ? ", " : "",
                            manager->library->definitions[i]->id) < 0)
                        return -ENOMEM;
                free(list);
                list = longer;
        }
        return manager_refuse(
                ret_sentence, -EDOM, "there is no model '%s'; there are: %s", model, list ?: "none");
}

/* "AA:BB:CC:DD:EE:FF", or with "/public" or "/random" appended. Devices that nothing matches are not kept, so that neighbours fill no
 * memory: the radio knows what is in sight. */
static int find_in_sight(
        const struct manager *manager, const char *word, struct radio_advert *ret, char **ret_sentence) {
        const char *slash = strchr(word, '/');
        char address[18];
        int r = -ENODEV;

        (void) snprintf(address, sizeof(address), "%.*s", slash ? (int) (slash - word) : 17, word);
        if (strlen(address) == 17 && (slash ? slash - word : (ptrdiff_t) strlen(word)) == 17)
                r = radio_sight(manager->radio, address, slash ? slash + 1 : "", ret);
        if (r == -ENOTUNIQ)
                return manager_refuse(ret_sentence, -ENODEV,
                        "2 devices are called '%s': say which by its address, one of %s/public, %s/random",
                        word, word, word);
        if (r < 0)
                return manager_refuse(ret_sentence, -ENODEV,
                        "nothing at '%s' is in sight: a model is chosen by the address of a device that is switched on and near",
                        word);
        return 0;
}

/* A person says what the device is. What is known by its name stays that, or becomes narrower. */
static int choose_model(struct manager *manager, const char *word, const char *model, struct device **ret,
        struct stored_device *ret_stored, char **ret_sentence) {
        const struct device_definition *definition, *known;
        const struct match_rule *rule;
        struct radio_advert advert;
        struct device *device;
        const char *why;
        int r;

        definition = manager->library ? library_definition(manager->library, model) : NULL;
        if (!definition)
                return refuse_model(manager, model, ret_sentence);
        r = find_in_sight(manager, word, &advert, ret_sentence);
        if (r < 0)
                return r;
        known = library_match(manager->library, advert.name, &rule);
        if (known && known != definition && !definition_narrows(definition, known, &why))
                return manager_refuse(ret_sentence, -EDOM,
                        "%s calls itself '%s', which is %s, and %s is not: %s", advert.address, advert.name,
                        known->title, definition->id, why);
        device = manager_device_by_address(manager, advert.address, advert.address_type);
        if (device && device_definition(device) != definition && !manager_device_is_idle(device))
                return manager_refuse(ret_sentence, -EBUSY,
                        "%s is in use; its model can be chosen when it is disconnected",
                        device_title(device));
        (void) snprintf(ret_stored->address, sizeof(ret_stored->address), "%s", advert.address);
        (void) snprintf(
                ret_stored->address_type, sizeof(ret_stored->address_type), "%s", advert.address_type);
        (void) snprintf(ret_stored->name, sizeof(ret_stored->name), "%s", advert.name);
        (void) snprintf(ret_stored->definition, sizeof(ret_stored->definition), "%s", definition->id);
        *ret = device;
        return 0;
}

static int find_known(struct manager *manager, const char *word, struct device **ret,
        struct stored_device *ret_stored, char **ret_sentence) {
        int r = manager_find_device(manager, word, false, ret, ret_sentence);

        if (r < 0 && !*ret_sentence)
                (void) manager_refuse(
                        ret_sentence, r, "no known product '%s' is in sight: look with 'limber scan'", word);
        if (r >= 0)
                manager_fill_stored(ret_stored, *ret, "");
        return r;
}

/* It is added already as what it is to be. */
static bool is_added_as(const struct device *device, const struct device_definition *definition) {
        return device && device_is_added(device) && device_definition(device) == definition;
}

int manager_add_device(struct manager *manager, const char *address_or_name,
        const struct add_options *options, manager_kept_fn kept, void *userdata, char **ret_sentence) {
        const struct device_definition *definition;
        struct stored_device stored = {};
        struct device_change *change;
        struct device *device = NULL;
        bool chosen = !isempty(options->model);
        int r;

        r = chosen ? choose_model(manager, address_or_name, options->model, &device, &stored, ret_sentence)
                   : find_known(manager, address_or_name, &device, &stored, ret_sentence);
        if (r < 0)
                return r;
        definition =
                chosen ? library_definition(manager->library, stored.definition) : device_definition(device);
        if (definition->experimental && !options->experimental && !is_added_as(device, definition))
                return manager_refuse(ret_sentence, -EPROTONOSUPPORT,
                        "%s has not been tested on hardware (evidence %c). %s If you accept that, add it with --experimental",
                        chosen ? definition->title : device_model(device), definition->evidence,
                        strnull(definition->evidence_text));
        /* Not given: it keeps the one it has. */
        (void) snprintf(stored.alias, sizeof(stored.alias), "%s",
                options->alias ? options->alias
                : device       ? device_alias(device)
                               : "");
        r = check_alias(manager, &stored, options->alias, ret_sentence);
        if (r < 0)
                return r;
        change = change_new(manager, device, &stored, kept, userdata);
        if (!change)
                return -ENOMEM;
        change->chosen = chosen;
        r = change_run(manager, change);
        return r < 0 ? manager_refuse(
                               ret_sentence, -EBUSY, "too much is being written; try again in a moment")
                     : 0;
}

int manager_forget_device(struct manager *manager, struct device *device, manager_kept_fn kept,
        void *userdata, char **ret_sentence) {
        _cleanup_(change_freep) struct device_change *change = NULL;
        _cleanup_free_ char *alias = strdup(device_alias(device));
        bool was_added = device_is_added(device);
        struct stored_device stored = {};
        int r;

        manager_fill_stored(&stored, device, device_alias(device));
        change = change_new(manager, device, &stored, kept, userdata);
        if (!change || !alias)
                return -ENOMEM;
        change->forget = true;
        change->was_added = was_added;
        if (device_owner(device))
                return manager_refuse(ret_sentence, -EBUSY, "%s is in use by a session; stop that first",
                        device_title(device));
        if (device_may_run_unseen(device))
                return manager_refuse(ret_sentence, -EBUSY,
                        "%s may still be on and is being stopped: switch it off by hand, and forget it when it is off",
                        device_title(device));
        if (device_state(device) == DEVICE_READY && device_output_active(device))
                return manager_refuse(ret_sentence, -EBUSY,
                        "%s is still on: switch it off by hand, and forget it when it is off",
                        device_title(device));
        device_give_up(device);
        device_disconnect(device);
        (void) device_set_added(device, false, NULL);
        r = change_run(manager, TAKE_PTR(change));
        if (r < 0) {
                if (was_added)
                        (void) device_set_added(device, true, alias);
                device_set_stored_as(device, stored.definition);
                return manager_refuse(
                        ret_sentence, -EBUSY, "too much is being written; try again in a moment");
        }
        return 0;
}
