/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <strings.h>

#include "sim/bluez/bluez-discovery.h"
#include "sim/bluez/bluez-impl.h"

static void clear_filter(struct bluez_discovery *discovery) {
        for (char **uuid = discovery->uuids; uuid && *uuid; uuid++)
                free(*uuid);
        free(discovery->uuids);
        discovery->uuids = NULL;
        free(discovery->pattern);
        discovery->pattern = NULL;
        discovery->le = true;
        discovery->rssi = INT16_MIN;
}

static struct bluez_discovery *discovery_free(struct bluez_discovery *discovery) {
        if (!discovery)
                return NULL;
        clear_filter(discovery);
        free(discovery->client);
        free(discovery);
        return NULL;
}

struct bluez_discovery *bluez_discovery_find(struct bluez_discovery *list, const char *client) {
        for (; list; list = list->next)
                if (streq(list->client, client))
                        return list;
        return NULL;
}

struct bluez_discovery *bluez_discovery_get(struct bluez_discovery **list, const char *client) {
        struct bluez_discovery *discovery;

        discovery = bluez_discovery_find(*list, client);
        if (discovery)
                return discovery;
        discovery = calloc(1, sizeof(*discovery));
        if (!discovery)
                return NULL;
        clear_filter(discovery);
        discovery->client = strdup(client);
        if (!discovery->client)
                return discovery_free(discovery);
        discovery->next = *list;
        *list = discovery;
        return discovery;
}

bool bluez_discovery_remove(struct bluez_discovery **list, const char *client) {
        for (; *list; list = &(*list)->next)
                if (streq((*list)->client, client)) {
                        struct bluez_discovery *gone = *list;
                        bool running = gone->running;

                        *list = gone->next;
                        discovery_free(gone);
                        return running;
                }
        return false;
}

static int read_uuids(struct bluez_discovery *filter, sd_bus_message *m) {
        return sd_bus_message_read_strv(m, &filter->uuids);
}

static int read_pattern(struct bluez_discovery *filter, sd_bus_message *m) {
        const char *pattern;
        int r;

        r = sd_bus_message_read(m, "s", &pattern);
        return r < 0 ? r : free_and_strdup(&filter->pattern, isempty(pattern) ? NULL : pattern);
}

static int read_transport(struct bluez_discovery *filter, sd_bus_message *m) {
        const char *transport;
        int r;

        r = sd_bus_message_read(m, "s", &transport);
        if (r < 0)
                return r;
        if (!streq(transport, "auto") && !streq(transport, "le") && !streq(transport, "bredr"))
                return -EINVAL;
        filter->le = !streq(transport, "bredr");
        return 0;
}

static int read_rssi(struct bluez_discovery *filter, sd_bus_message *m) {
        return sd_bus_message_read(m, "n", &filter->rssi);
}

/* The keys of 5.66; those without a reader change nothing for a virtual product. */
static const struct {
        const char *key;
        const char *signature;
        int (*read)(struct bluez_discovery *filter, sd_bus_message *m);
} keys[] = {
        { "UUIDs", "as", read_uuids },
        { "RSSI", "n", read_rssi },
        { "Pathloss", "q", NULL },
        { "Transport", "s", read_transport },
        { "DuplicateData", "b", NULL },
        { "Discoverable", "b", NULL },
        { "Pattern", "s", read_pattern },
};

const char *const bluez_discovery_keys[] = {
        "UUIDs",
        "RSSI",
        "Pathloss",
        "Transport",
        "DuplicateData",
        "Discoverable",
        "Pattern",
        NULL,
};

static int read_entry(struct bluez_discovery *filter, sd_bus_message *m) {
        const char *key;
        int r;

        r = sd_bus_message_read(m, "s", &key);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                if (!streq(keys[i].key, key))
                        continue;
                r = sd_bus_message_enter_container(m, 'v', keys[i].signature);
                if (r <= 0)
                        return -EINVAL;
                r = keys[i].read ? keys[i].read(filter, m) : sd_bus_message_skip(m, keys[i].signature);
                return r < 0 ? r : sd_bus_message_exit_container(m);
        }
        return -EINVAL;
}

static int read_filter(struct bluez_discovery *filter, sd_bus_message *m) {
        int r;

        r = sd_bus_message_enter_container(m, 'a', "{sv}");
        if (r < 0)
                return r;
        while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
                r = read_entry(filter, m);
                if (r < 0)
                        return r;
                r = sd_bus_message_exit_container(m);
                if (r < 0)
                        return r;
        }
        return r;
}

int bluez_discovery_set_filter(struct bluez_discovery *discovery, sd_bus_message *m, sd_bus_error *error) {
        struct bluez_discovery filter = { 0 };

        clear_filter(&filter);
        if (read_filter(&filter, m) < 0) {
                clear_filter(&filter);
                return bluez_error(error, "InvalidArguments", "Invalid arguments in method call");
        }
        clear_filter(discovery);
        discovery->uuids = filter.uuids;
        discovery->pattern = filter.pattern;
        discovery->le = filter.le;
        discovery->rssi = filter.rssi;
        return 0;
}

static bool advertises_one_of(const struct product *product, char **uuids) {
        for (const char *const *have = product_advertised_services(product); *have; have++)
                for (char **uuid = uuids; *uuid; uuid++)
                        if (strcasecmp(*uuid, *have) == 0)
                                return true;
        return false;
}

bool bluez_discovery_matches(
        const struct bluez_discovery *discovery, const struct product *product, int16_t rssi) {
        if (!discovery->running || !discovery->le || rssi < discovery->rssi)
                return false;
        if (discovery->uuids && discovery->uuids[0] && !advertises_one_of(product, discovery->uuids))
                return false;
        return !discovery->pattern || startswith(product_address(product), discovery->pattern) ||
               startswith(product_advertised_name(product), discovery->pattern);
}
