/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Manager.Rests: what would be refused to the caller now, until when and why. Users are only told about themselves. */

#include "daemon/bus/server-private.h"
#include "lib/wall.h"

struct listing {
        sd_bus_message *reply;
        uint64_t wall_usec;
        int result;
};

static int append_rest(const struct listing *listing, const struct manager_rest *rest) {
        sd_bus_message *m = listing->reply;
        int r;

        r = sd_bus_message_open_container(m, 'a', "{sv}");
        if (r >= 0)
                r = bus_append_entry(m, "kind", "s", rest->kind);
        if (r >= 0)
                r = bus_append_entry(m, "zone", "s", rest->zone ? rest->zone->id : "");
        if (r >= 0)
                r = bus_append_entry(m, "side", "s", rest->zone ? side_to_string(rest->side) : "");
        if (r >= 0)
                r = bus_append_entry(m, "routine", "s", strnull(rest->routine));
        if (r >= 0)
                r = bus_append_entry(m, "wait", "t", rest->wait_usec);
        if (r >= 0)
                r = bus_append_entry(m, "until", "t", listing->wall_usec + rest->wait_usec);
        if (r >= 0)
                r = bus_append_entry(m, "why", "s", rest->why);
        if (r >= 0)
                r = bus_append_entry(m, "unknown", "b", (int) rest->may_be_over);
        return r < 0 ? r : sd_bus_message_close_container(m);
}

static void add(const struct manager_rest *rest, void *userdata) {
        struct listing *listing = userdata;

        if (listing->result >= 0)
                listing->result = append_rest(listing, rest);
}

int bus_server_rests(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        struct bus_server *server = userdata;
        struct listing listing;
        uid_t uid;
        int r;

        r = authorise_uid(&server->authority, m, &uid, error);
        if (r <= 0)
                return r < 0 ? r : 1;
        r = sd_bus_message_new_method_return(m, &reply);
        if (r >= 0)
                r = sd_bus_message_open_container(reply, 'a', "a{sv}");
        if (r < 0)
                return r;
        listing = (struct listing){ reply, wall_now(), 0 };
        manager_rests(server->settings.manager, uid, add, &listing);
        r = listing.result;
        if (r >= 0)
                r = sd_bus_message_close_container(reply);
        return r < 0 ? r : sd_bus_message_send(reply);
}
