/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calibration: a routine made for one channel of pads at one place, and storing its result. */

#include "daemon/manager/manager-private.h"

/* Rate and width of an ordinary recovery programme, at which twitches are easily felt, and enough time to find three levels
 * by single presses [D]. */
#define CALIBRATION_TEXT                                                                                      \
        "format = 1; id = \"calibration\"; title = \"Calibration\"; when = \"before e-stim\";"                \
        "confidence = \"medium\"; claims = \"Finds the levels that are right for you.\";"                     \
        "discomfort_profile = \"estim_recovery\"; devices = ({ role = \"pads\"; kind = \"estim\"; });"        \
        "steps = ({ kind = \"estim\"; zone = \"%s\"; sides = \"%s\"; lead_in = \"0s\"; duration = \"10min\";" \
        "frequency = \"8Hz\"; pulse_width = \"250us\"; intensity = \"100%%\"; ramp = \"1s\";"                 \
        "pad_area = \"%lldmm2\"; title = \"Find your levels\"; });"

/* The most common pads: 5 cm by 5 cm [D]. */
#define PAD_AREA_MM2 2500
#define PAD_AREA_MIN_MM2 400

static int check_feature(const struct device *device, const char *name, unsigned *ret, char **ret_sentence) {
        const struct device_definition *definition = device_definition(device);

        for (unsigned i = 0; i < definition->n_features; i++) {
                if (!streq(definition->features[i].name, name))
                        continue;
                if (definition->features[i].kind != FEATURE_ESTIM)
                        return manager_refuse(ret_sentence, -EDOM,
                                "'%s' of %s is no channel of pads: only those are calibrated", name,
                                device_title(device));
                *ret = i;
                return 0;
        }
        return manager_refuse(ret_sentence, -EDOM,
                "%s has no '%s'; 'limber --json devices' lists what it has", device_title(device), name);
}

/* Of two channels the first is the left one; for a single one the runner says which side. */
static int find_side(const struct device *device, unsigned feature, enum side asked, enum side *ret,
        char **ret_sentence) {
        const struct stage both = { .side = SIDE_BOTH };
        enum side own = session_channel_side(&both, device_definition(device), feature);

        if (own == SIDE_BOTH && asked != SIDE_LEFT && asked != SIDE_RIGHT)
                return manager_refuse(ret_sentence, -EDOM,
                        "%s has one channel: say with --side left or right where it is",
                        device_title(device));
        if (own != SIDE_BOTH && asked != SIDE_NONE && asked != own)
                return manager_refuse(ret_sentence, -EDOM, "'%s' of %s is the %s side",
                        device_definition(device)->features[feature].name, device_title(device),
                        side_to_string(own));
        *ret = own == SIDE_BOTH ? asked : own;
        return 0;
}

static int make_routine(
        const char *zone, enum side side, int64_t pad_area_mm2, struct routine **ret, char **ret_sentence) {
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_free_ char *text = NULL;
        int r;

        if (!zone_by_id(zone))
                return manager_refuse(ret_sentence, -EDOM, "there is no zone '%s'", zone);
        if (pad_area_mm2 < PAD_AREA_MIN_MM2 || pad_area_mm2 > CALIBRATION_PAD_MAX_MM2)
                return manager_refuse(ret_sentence, -EDOM, "pads are %d to %lld mm2, not %lld",
                        PAD_AREA_MIN_MM2, (long long) CALIBRATION_PAD_MAX_MM2, (long long) pad_area_mm2);
        if (asprintf(&text, CALIBRATION_TEXT, zone, side_to_string(side), (long long) pad_area_mm2) < 0) {
                text = NULL;
                return -ENOMEM;
        }
        r = routine_parse(text, strlen(text), &findings, ret);
        if (r == -EBADMSG && findings.n > 0)
                return manager_refuse(ret_sentence, -EDOM, "%s", findings.items[0].message);
        return r;
}

int manager_calibrate(struct manager *manager, struct device *device,
        const struct calibrate_options *options, struct session **ret, char **ret_sentence) {
        _cleanup_(routine_unrefp) struct routine *routine = NULL;
        const char *roles[] = { "pads", device_address(device), NULL };
        struct start_options start = {
                .runner = options->runner,
                .holder = options->holder,
                .roles = (char *const *) roles,
                .calibrate = true,
        };
        enum side side = SIDE_NONE;
        unsigned feature = 0;
        int r;

        r = check_feature(device, options->feature, &feature, ret_sentence);
        if (r >= 0)
                r = find_side(device, feature, options->side, &side, ret_sentence);
        if (r >= 0)
                r = make_routine(
                        options->zone, side, options->pad_area_mm2 ?: PAD_AREA_MM2, &routine, ret_sentence);
        if (r < 0)
                return r;
        start.own = routine;
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it was made, or refused above */
        return manager_start_routine(manager, routine->id, &start, ret, ret_sentence);
}

/* A result on its way to the disk. */
struct keeping {
        struct manager *manager;
        unsigned session;
};

/* Sends an alert to that session only. */
static void tell(const struct keeping *keeping, const char *code, const char *sentence) {
        const struct manager_settings *settings = &keeping->manager->settings;

        settings->handler->alert(code, 0, sentence, NULL,
                manager_session_by_id(keeping->manager, keeping->session), settings->userdata);
}

/* The result is on the disk, or failed to be written: the runner is notified either way. */
static void on_kept(int error, const char *note, void *userdata) {
        _cleanup_free_ struct keeping *keeping = userdata;

        if (error < 0)
                tell(keeping, "not-calibrated", note ?: "the calibration could not be saved");
        else
                tell(keeping, "calibrated",
                        "Your calibration is saved and holds for a month; 'limber runner' shows it.");
}

static int keep(struct manager *manager, const struct session *session, const struct session_marks *marks) {
        const struct feature *f = &device_definition(marks->device)->features[marks->feature];
        _cleanup_(runner_freep) struct runner *next = NULL;
        _cleanup_free_ struct keeping *keeping = malloc(sizeof(*keeping));
        uint64_t now = manager_wall(manager);
        uid_t uid = session_runner(session);
        struct calibration calibration = {
                .unit = f->unit,
                .zone = marks->stage->step->zone,
                .side = marks->side,
                .pad_area_mm2 = marks->stage->step->pad_area_mm2,
                .sensation = marks->sensation,
                .comfort = marks->comfort,
                .maximum = marks->maximum,
                .at_usec = now - now % USEC_PER_SEC,
        };
        int r;

        if (!keeping)
                return -ENOMEM;
        *keeping = (struct keeping){ manager, session_id(session) };
        (void) snprintf(calibration.device, sizeof(calibration.device), "%s", device_address(marks->device));
        (void) snprintf(calibration.feature, sizeof(calibration.feature), "%s", f->name);
        r = manager_runner(manager, uid) ? runner_copy(manager_runner(manager, uid), &next)
                                         : runner_new(uid, &next);
        if (r >= 0)
                r = runner_set_calibration(next, &calibration);
        if (r >= 0)
                r = runner_store_keep(manager_runners(manager), TAKE_PTR(next), on_kept, keeping);
        if (r >= 0)
                (void) TAKE_PTR(keeping);
        return r;
}

void manager_session_calibrated(struct session *session, const struct session_marks *marks, void *userdata) {
        struct manager *manager = userdata;
        int r;

        r = manager_runners(manager) ? keep(manager, session, marks) : -ENOSYS;
        if (r < 0)
                tell(&(struct keeping){ manager, session_id(session) }, "not-calibrated",
                        "The calibration could not be saved; calibrate again.");
}
