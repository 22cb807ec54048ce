/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Calibration: a routine made for one channel of pads at one place, and storing its result. */

#include "daemon/manager/manager-private.h"
#include "lib/dose.h"

/* Rate and width of an ordinary recovery programme, at which twitches are easily felt, and enough time to find three levels
 * by single presses [D]. */
static const struct routine_step calibration_step = {
        .kind = STEP_ESTIM,
        .duration_usec = 600 * USEC_PER_SEC,
        .ramp_usec = USEC_PER_SEC,
        .frequency_mhz = { 8000, 8000 },
        .pulse_width_usec = 250,
        .intensity_permille = { 1000, 1000 },
};

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

/* A routine of one step that nobody wrote. -ENOMEM. */
static int build_routine(
        const struct zone *zone, enum side side, int64_t pad_area_mm2, struct routine **ret) {
        _cleanup_(routine_unrefp) struct routine *routine = calloc(1, sizeof(*routine));

        if (!routine)
                return -ENOMEM;
        routine->n_ref = 1;
        routine->profile = discomfort_profile_by_name("estim_recovery");
        routine->max_motor_usec = DOSE_MOTOR_SESSION_USEC;
        routine->roles = calloc(1, sizeof(*routine->roles));
        routine->steps = calloc(1, sizeof(*routine->steps));
        if (!routine->roles || !routine->steps)
                return -ENOMEM;
        routine->n_roles = routine->n_steps = 1;
        routine->roles[0].kind = ROLE_ESTIM;
        routine->steps[0] = calibration_step;
        routine->steps[0].zone = zone;
        routine->steps[0].sides = side;
        routine->steps[0].pad_area_mm2 = pad_area_mm2;
        if (free_and_strdup(&routine->id, "calibration") < 0 ||
                free_and_strdup(&routine->title, "Calibration") < 0 ||
                free_and_strdup(&routine->when, "before e-stim") < 0 ||
                free_and_strdup(&routine->claims, "Finds the levels that are right for you.") < 0 ||
                free_and_strdup(&routine->confidence, "medium") < 0 ||
                free_and_strdup(&routine->roles[0].name, "pads") < 0 ||
                free_and_strdup(&routine->steps[0].title, "Find your levels") < 0)
                return -ENOMEM;
        *ret = TAKE_PTR(routine);
        return 0;
}

static int make_routine(const char *zone_id, enum side side, int64_t pad_area_mm2, struct routine **ret,
        char **ret_sentence) {
        const struct zone *zone = zone_by_id(zone_id);

        if (!zone)
                return manager_refuse(ret_sentence, -EDOM, "there is no zone '%s'", zone_id);
        if (zone->estim == ZONE_DENY)
                return manager_refuse(ret_sentence, -EDOM, "no estim on '%s': %s", zone_id,
                        zone->why ?: "it is a no-go zone");
        if (zone->estim != ZONE_ALLOW)
                return manager_refuse(ret_sentence, -EDOM,
                        "estim on '%s' needs a therapist's sign-off, and none is stored on this machine",
                        zone_id);
        if (pad_area_mm2 < PAD_AREA_MIN_MM2 || pad_area_mm2 > CALIBRATION_PAD_MAX_MM2)
                return manager_refuse(ret_sentence, -EDOM, "pads are %d to %lld mm2, not %lld",
                        PAD_AREA_MIN_MM2, (long long) CALIBRATION_PAD_MAX_MM2, (long long) pad_area_mm2);
        return build_routine(zone, side, pad_area_mm2, ret);
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
        if (r < 0 || !routine)
                return r;
        start.own = routine;
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
                .wire_comfort = feature_to_native(f, marks->comfort),
                .wire_maximum = feature_to_native(f, marks->maximum),
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
