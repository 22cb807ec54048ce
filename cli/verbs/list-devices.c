/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/verbs/list-devices.h"

#include "cli/term/words.h"

static const struct column columns[] = {
        { "name", "Name", CELL_NAME },
        { "address", "Address", CELL_NAME },
        { "model", "Model", CELL_TEXT },
        { "kind", "Kind", CELL_TEXT },
        { "evidence", "Evidence", CELL_TEXT },
        { "added", "Added", CELL_YES_NO },
        { "state", "State", CELL_TEXT },
        { "certainty", "Output", CELL_TEXT },
        { "battery", "Battery", CELL_PERCENT },
        { "alias", NULL, CELL_TEXT },
        { "advertised", NULL, CELL_TEXT },
        { "family", NULL, CELL_TEXT },
        { "link_loss", NULL, CELL_TEXT },
        { "output_active", NULL, CELL_YES_NO },
};

static void add_row(struct table *t, const struct device_info *d) {
        bool is_bad;

        table_text(t, device_label(d));
        table_text(t, d->address);
        table_text(t, d->model);
        table_text(t, d->kind);
        table_text(t, d->evidence);
        table_yes_no(t, d->added);
        table_text(t, d->state);
        (void) words_certainty(d->certainty, &is_bad);
        table_text(t, d->certainty);
        table_style(t, is_bad ? STYLE_BAD : STYLE_PLAIN);
        if (d->battery == BATTERY_UNKNOWN)
                table_unknown(t);
        else
                table_percent(t, d->battery);
        table_text(t, d->alias);
        table_text(t, d->name);
        table_text(t, d->family);
        table_text(t, d->link_loss);
        table_yes_no(t, d->output_active);
}

struct table *list_devices_table(const struct objects *objects) {
        struct table *t = table_new(columns, ARRAY_SIZE(columns));

        for (size_t i = 0; t && i < objects->n_devices; i++)
                add_row(t, &objects->devices[i]);
        return t;
}
