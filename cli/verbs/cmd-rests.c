/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/bus/client.h"
#include "cli/term/failure.h"
#include "cli/term/output.h"
#include "cli/verbs/cmds.h"
#include "lib/bus-names.h"
#include "lib/zones.h"

struct rest {
        char *kind, *zone, *side, *routine, *why;
        uint64_t wait, until;
        bool unknown;
};

#define FIELD(name, signature, reader) \
        { #name, signature, offsetof(struct rest, name), property_read_##reader }

static const struct property fields[] = {
        FIELD(kind, "s", string),
        FIELD(zone, "s", string),
        FIELD(side, "s", string),
        FIELD(routine, "s", string),
        FIELD(why, "s", string),
        FIELD(wait, "t", u64),
        FIELD(until, "t", u64),
        FIELD(unknown, "b", bool),
        {},
};

static const struct column columns[] = {
        { "what", "What", CELL_NAME },
        { "side", "Side", CELL_TEXT },
        { "kind", "From", CELL_NAME },
        { "wait", "For", CELL_DURATION },
        { "until", "Until", CELL_TIME },
        { "why", "Why", CELL_TEXT },
        { "unknown", NULL, CELL_YES_NO },
};

/* As people say it. */
static const char *kind_said(const char *kind) {
        static const struct {
                const char *kind, *said;
        } kinds[] = { { "estim", "e-stim" }, { "strength", "strength training" },
                { "routine", "this routine" } };

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (streq(kinds[i].kind, kind))
                        return kinds[i].said;
        return kind;
}

static int read_rest(sd_bus_message *m, void *userdata) {
        struct table *table = userdata;
        struct rest rest = {};
        const struct zone *zone;
        int r = properties_read(m, fields, &rest);

        if (r >= 0) {
                zone = zone_by_id(strnull(rest.zone));
                table_word(table, isempty(rest.zone) ? rest.routine : rest.zone,
                        zone ? zone->name : strnull(rest.routine));
                table_text(table, rest.side);
                table_word(table, strnull(rest.kind), kind_said(strnull(rest.kind)));
                table_duration(table, rest.wait);
                table_time(table, rest.until);
                table_word(table, strnull(rest.why),
                        rest.unknown ? "this computer cannot know whether it is over: say --last-session"
                                     : rest.why);
                table_yes_no(table, rest.unknown);
        }
        properties_free_strings(fields, &rest);
        return r;
}

int cmd_rests(const struct options *options) {
        _cleanup_(client_freep) struct client *client = NULL;
        _cleanup_(table_freep) struct table *table = table_new(columns, ARRAY_SIZE(columns));
        _cleanup_(sd_bus_message_unrefp) sd_bus_message *reply = NULL;
        int status, r;

        if (!table)
                return failure_no_memory();
        status = client_open(options, &client);
        if (status == LIMBER_EXIT_OK)
                status = client_call(client, LIMBER_PATH, LIMBER_MANAGER_INTERFACE, "Rests", &reply, NULL);
        if (status != LIMBER_EXIT_OK)
                return status;
        r = property_read_array(reply, "a{sv}", read_rest, table);
        return r < 0 ? failure_report(NULL, r) : output_table(options, table, "Nothing of yours rests.");
}
