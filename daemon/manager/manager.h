/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Owns the lists of devices and sessions and connects them to the radio, the library and each other. Anything with a timer,
 * a state or a vocabulary of its own is a module of its own; the manager only wires them. */

#include "daemon/manager/device-store.h"
#include "daemon/manager/library.h"
#include "daemon/runner/dose-ledger.h"
#include "daemon/runner/follow-up.h"
#include "daemon/runner/runner-store.h"
#include "daemon/session/session.h"

struct manager;

/* Callbacks for the bus. */
struct manager_handler {
        void (*device_added)(struct device *device, void *userdata);
        void (*device_removed)(struct device *device, void *userdata); /* called before it goes */
        void (*device_changed)(struct device *device, void *userdata);
        /* Result of a device_connect() that no session asked for. */
        void (*device_connected)(struct device *device, int error, const char *sentence, void *userdata);
        /* Result of a device_disconnect(). */
        void (*device_disconnected)(struct device *device, int error, const char *sentence, void *userdata);
        void (*session_added)(struct session *session, void *userdata);
        void (*session_removed)(struct session *session, void *userdata);
        void (*changed)(void *userdata); /* a property of the manager changed */
        /* object: a device, a session, or neither. error: 0, or the errno of a named error to use instead of code. */
        void (*alert)(const char *code, int error, const char *sentence, const struct device *device,
                const struct session *session, void *userdata);
        /* A question to that runner opened: manager_question() returns it. */
        void (*question)(uid_t runner, const struct follow_up_question *question, void *userdata);
        /* Signals of one session. */
        const struct session_handler *session;
        /* Output of one device goes on (may be refused), or is off. */
        int (*output)(struct device *device, bool on, void *userdata);
        /* manager_output_active() or manager_is_in_use() may have become false, or manager_is_quiet() true. */
        void (*rested)(void *userdata);
};

struct manager_settings {
        struct clock *clock;
        uint64_t (*wall)(void); /* microseconds since the epoch; NULL: always 0, in tests */
        struct record *record;
        const char *armed_directory;
        const char *store_directory;
        struct jobs *armed_jobs;      /* for armed_directory */
        struct jobs *disk_jobs;       /* for store_directory */
        struct runner_store *runners; /* NULL: no runner is known, and no session starts */
        unsigned last_session;        /* number of the last session in the record */
        int (*random)(void *bytes, size_t n);
        const struct manager_handler *handler;
        void *userdata;
};

/* What the owner of the machine sets. */
struct manager_tuning {
        struct device_tuning device;
        uint64_t stage_expiry_usec; /* a staged session that nobody resumed ends */
};

struct start_options {
        uid_t runner;
        const char *holder;
        enum side only;
        bool stage;
        bool detach;
        uint64_t last_session_usec; /* how long ago the runner says their last session was; 0: not said */
        char *const *roles;         /* NULL-terminated pairs: role, device */
        struct routine *own;        /* made for this start, instead of one of the library */
        bool calibrate;
};

struct calibrate_options {
        uid_t runner;
        const char *holder;
        const char *feature, *zone;
        enum side side;       /* SIDE_NONE: derived from the channel */
        int64_t pad_area_mm2; /* 0: the default */
};

#define MANAGER_SESSIONS_MAX 8u
#define MANAGER_SCAN_SECONDS_MAX 60u

int manager_new(const struct manager_settings *settings, struct manager **ret);
struct manager *manager_free(struct manager *manager);
DEFINE_CLEANUP(struct manager *, manager_free);

/* Handler for the manager's radio; userdata is the manager. */
extern const struct radio_handler manager_radio_handler;
/* Alerts that concern neither a device nor a session. */
void manager_alert(struct manager *manager, const char *code, const char *sentence);
/* Takes effect for the next session; what is stricter, at once. */
void manager_set_tuning(struct manager *manager, const struct manager_tuning *tuning);
/* The wall clock was set, and may be right now. */
void manager_clock_set(struct manager *manager, int64_t step_usec, bool is_right);
/* What rests of a runner: a muscle, or (zone NULL) a routine. */
struct manager_rest {
        const struct zone *zone;
        enum side side;
        const char *kind; /* "percussion", "estim", "strength", "routine" */
        const char *routine;
        const char *why;
        uint64_t wait_usec;
        bool may_be_over;
};

/* What would be refused now, and until when, for that runner. */
void manager_rests(const struct manager *manager, uid_t runner,
        void (*fn)(const struct manager_rest *rest, void *userdata), void *userdata);
/* To be filled from the record before the first session. */
struct dose_ledger *manager_doses(struct manager *manager);
struct follow_ups *manager_follow_ups(struct manager *manager);
/* Starts announcing questions when they are due; call after the ledger and the follow-ups are loaded. */
void manager_look_for_questions(struct manager *manager);
/* The open question to that runner, or false. */
bool manager_question(const struct manager *manager, uid_t runner, struct follow_up_question *ret);
/* *ret_bad: the target is lowered, and the part rests now. -ENOENT: not an open question; -EDOM: no such score. */
int manager_answer_question(struct manager *manager, uid_t runner, unsigned session,
        enum follow_up_occasion occasion, unsigned score, bool *ret_bad);
/* The known runners; NULL where they are not kept. */
struct runner_store *manager_runners(const struct manager *manager);
const struct runner *manager_runner(const struct manager *manager, uid_t uid);
/* What the gate needs to know about a runner for one feature. */
struct gate_person manager_person(const struct manager *manager, uid_t uid, const struct feature *feature);
/* The runner has a session that is not over. */
bool manager_runner_is_busy(const struct manager *manager, uid_t uid);
/* Call once, before anything else. */
void manager_set_radio(struct manager *manager, struct radio *radio);

/* A session has begun, a device may be on, or a stop is under way: devices keep their definitions, and their adapter. */
bool manager_is_in_use(const struct manager *manager);
/* Replaces the library; the first time also takes its stored devices, and stops what an earlier daemon left on. Takes
 * ownership. -EBUSY: it is in use. */
int manager_set_library(struct manager *manager, struct library *library);
/* Adds the routines of one that was read without definitions. Takes ownership. */
void manager_add_routines(struct manager *manager, struct library *routines);
const struct library *manager_library(const struct manager *manager);
/* Stored devices that could not be loaded; for Manager.Rejected beside the library's. */
const struct rejects *manager_store_rejects(const struct manager *manager);

/* On failure these return a sentence for a person (the caller frees it) with the errno of lib/bus-errors. */
int manager_start_routine(struct manager *manager, const char *id, const struct start_options *options,
        struct session **ret, char **ret_sentence);
/* Lets a paused or staged session go on, as far as what its body had by now allows what is left of it. */
int manager_resume(
        struct manager *manager, struct session *session, const char *holder, char **ret_sentence);
/* A session that calibrates one channel of pads at one place. */
int manager_calibrate(struct manager *manager, struct device *device,
        const struct calibrate_options *options, struct session **ret, char **ret_sentence);
int manager_scan(struct manager *manager, unsigned seconds, char **ret_sentence);
/* Called when a change of a device is on the disk (error 0), or failed: a negative errno, and a sentence. device is the
 * changed one; it may have been removed meanwhile. With disk jobs, never called from within the call. */
typedef void (*manager_kept_fn)(int error, const char *sentence, struct device *device, void *userdata);

struct add_options {
        const char *alias; /* NULL or "": none */
        const char *model; /* id of the definition to use; NULL or "": the one that matches */
        bool experimental;
};

/* Adds a device, or changes its alias or its model. With a model, only by the address of what is in sight. Takes effect once it is
 * on the disk. */
int manager_add_device(struct manager *manager, const char *address_or_name,
        const struct add_options *options, manager_kept_fn kept, void *userdata, char **ret_sentence);
/* Takes effect at once; kept() says whether it was written. */
int manager_forget_device(struct manager *manager, struct device *device, manager_kept_fn kept,
        void *userdata, char **ret_sentence);

/* Zero everywhere; ends every session. Returns the number of devices with a link. */
unsigned manager_stop_all(struct manager *manager, enum session_reason reason);
/* Zero everywhere; pauses every session until a person resumes it. */
void manager_pause_all(struct manager *manager, enum session_reason reason);
/* No device may be on, and no stop is under way. */
bool manager_is_quiet(const struct manager *manager);
/* A device may be on, or was left on by an earlier daemon and is not known. */
bool manager_output_active(const struct manager *manager);

/* By address (with "/public" or "/random" appended where both exist), alias or advertised name. -ENODEV: with a sentence
 * listing the matches when there are several, without one when there are none. */
int manager_find_device(const struct manager *manager, const char *word, bool added_only,
        struct device **ret, char **ret_sentence);
struct device *manager_device_at(const struct manager *manager, unsigned i);
struct device *manager_device_by_address(
        const struct manager *manager, const char *address, const char *address_type);
struct session *manager_session_at(const struct manager *manager, unsigned i);
struct session *manager_session_by_id(const struct manager *manager, unsigned id);
/* More of that session's record is on the disk. */
void manager_recorded(struct manager *manager, unsigned session);
/* A bus client left. */
void manager_client_gone(struct manager *manager, const char *name);
