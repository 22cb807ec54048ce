/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Owns the lists of devices and sessions and wires them to the radio, the library and each other. What has a timer, a
 * state or a vocabulary of its own is a module of its own; here is only who knows whom. */

#include "daemon/manager/device-store.h"
#include "daemon/manager/library.h"
#include "daemon/runner/dose-book.h"
#include "daemon/runner/feeling-book.h"
#include "daemon/runner/runner-store.h"
#include "daemon/session/session.h"

struct manager;

/* The face that shows it all: the bus. */
struct manager_handler {
        void (*device_added)(struct device *device, void *userdata);
        void (*device_removed)(struct device *device, void *userdata); /* still there, for the last time */
        void (*device_changed)(struct device *device, void *userdata);
        /* Answers a device_connect() that nobody's session asked for. */
        void (*device_connected)(struct device *device, int error, const char *sentence, void *userdata);
        /* Answers a device_disconnect(). */
        void (*device_disconnected)(struct device *device, int error, const char *sentence, void *userdata);
        void (*session_added)(struct session *session, void *userdata);
        void (*session_removed)(struct session *session, void *userdata);
        void (*changed)(void *userdata); /* a property of the manager */
        /* object: a device, a session, or neither. error: 0, or the errno of a named error instead of code. */
        void (*alert)(const char *code, int error, const char *sentence, const struct device *device,
                const struct session *session, void *userdata);
        /* Something is asked of that runner now: manager_question() tells what. */
        void (*question)(uid_t runner, const struct feeling_question *question, void *userdata);
        /* Signals of one session. */
        const struct session_handler *session;
        /* Output of one device goes on (may refuse), or is off. */
        int (*output)(struct device *device, bool on, void *userdata);
        /* manager_output_active() or manager_is_quiet() may have changed for the better. */
        void (*rested)(void *userdata);
};

struct manager_settings {
        struct clock *clock;
        uint64_t (*wall)(void); /* microseconds since the epoch; NULL: always 0, in tests */
        struct record *record;
        const char *armed_directory;
        const char *store_directory;
        struct jobs *armed_jobs;      /* that write to armed_directory */
        struct jobs *disk_jobs;       /* that write to store_directory */
        struct runner_store *runners; /* NULL: nobody is known, and nothing begins for them */
        unsigned last_session;        /* number of the last one that an earlier daemon recorded */
        int (*random)(void *bytes, size_t n);
        const struct manager_handler *handler;
        void *userdata;
};

struct start_options {
        uid_t runner;
        const char *holder;
        enum side only;
        bool stage;
        bool detach;
        char *const *roles;  /* NULL-terminated pairs: role, device */
        struct routine *own; /* made for this one start, instead of one of the library */
        bool calibrate;
};

struct calibrate_options {
        uid_t runner;
        const char *holder;
        const char *feature, *zone;
        enum side side;       /* SIDE_NONE: what the channel says */
        int64_t pad_area_mm2; /* 0: the usual ones */
};

#define MANAGER_SESSIONS_MAX 8u
#define MANAGER_SCAN_SECONDS_MAX 60u

int manager_new(const struct manager_settings *settings, struct manager **ret);
struct manager *manager_free(struct manager *manager);
DEFINE_CLEANUP(struct manager *, manager_free);

/* What a radio made for this manager reports to; userdata is the manager. */
extern const struct radio_handler manager_radio_handler;
/* What a person should know that is about no device and no session. */
void manager_alert(struct manager *manager, const char *code, const char *sentence);
/* To be filled with what earlier daemons did, before the first session. */
struct dose_book *manager_doses(struct manager *manager);
struct feeling_book *manager_feelings(struct manager *manager);
/* After those were filled: from now on questions are told when their time has come. */
void manager_look_for_questions(struct manager *manager);
/* What to ask that runner now, or false. */
bool manager_question(const struct manager *manager, uid_t runner, struct feeling_question *ret);
/* *ret_bad: less next time, and rest now. -ENOENT: that is not asked now; -EDOM: no such score. */
int manager_answer_question(struct manager *manager, uid_t runner, unsigned session,
        enum feeling_occasion occasion, unsigned score, bool *ret_bad);
/* What is known of whom; NULL where nobody keeps it. */
struct runner_store *manager_runners(const struct manager *manager);
const struct runner *manager_runner(const struct manager *manager, uid_t uid);
/* What the gate must know of them about one feature. */
struct gate_person manager_person(const struct manager *manager, uid_t uid, const struct feature *feature);
/* A session of theirs is not over. */
bool manager_runner_is_busy(const struct manager *manager, uid_t uid);
/* Once, before anything else. */
void manager_set_radio(struct manager *manager, struct radio *radio);

/* Exchanges the library; the first time also takes up the stored devices, and stops what an earlier daemon left on.
 * Takes ownership. -EBUSY: output is on and would lose its definition. */
int manager_set_library(struct manager *manager, struct library *library);
const struct library *manager_library(const struct manager *manager);
/* Stored devices that could not be taken up; for Manager.Rejected beside the library's. */
const struct rejects *manager_store_rejects(const struct manager *manager);

/* On failure these give a sentence for a person (the caller frees it) beside the errno of lib/bus-errors. */
int manager_start_routine(struct manager *manager, const char *id, const struct start_options *options,
        struct session **ret, char **ret_sentence);
/* A session that finds the levels of one channel of pads at one place. */
int manager_calibrate(struct manager *manager, struct device *device,
        const struct calibrate_options *options, struct session **ret, char **ret_sentence);
int manager_scan(struct manager *manager, unsigned seconds, char **ret_sentence);
/* Told when a change of a device is on the disk (error 0), or could not be made: a negative errno, and a sentence. device is the one
 * that was meant; it may have been removed meanwhile. Never from inside the call, where the disk has jobs. */
typedef void (*manager_kept_fn)(int error, const char *sentence, struct device *device, void *userdata);

/* Keeps a device under an alias ("" for none), or gives it another one. Takes effect when it is on the disk. */
int manager_add_device(struct manager *manager, const char *address_or_name, const char *alias,
        bool experimental, manager_kept_fn kept, void *userdata, char **ret_sentence);
/* Takes effect at once; kept() says whether it lasts. */
int manager_forget_device(struct manager *manager, struct device *device, manager_kept_fn kept,
        void *userdata, char **ret_sentence);

/* Zero everywhere; every session ends. Returns the number of devices that were told. */
unsigned manager_stop_all(struct manager *manager, enum session_reason reason);
/* Zero everywhere; every session is paused, to be resumed by a person. */
void manager_pause_all(struct manager *manager, enum session_reason reason);
/* No device may be on, and every stop is out. */
bool manager_is_quiet(const struct manager *manager);
bool manager_output_active(const struct manager *manager);

/* By address (with "/public" or "/random" behind it where there are both), alias or advertised name. -ENODEV: with a sentence that
 * lists them when it stands for several, without one when there is none. */
int manager_find_device(const struct manager *manager, const char *word, bool added_only,
        struct device **ret, char **ret_sentence);
struct device *manager_device_at(const struct manager *manager, unsigned i);
struct device *manager_device_by_address(
        const struct manager *manager, const char *address, const char *address_type);
struct session *manager_session_at(const struct manager *manager, unsigned i);
struct session *manager_session_by_id(const struct manager *manager, unsigned id);
/* Of that session more is on the disk. */
void manager_recorded(struct manager *manager, unsigned session);
/* A bus client left. */
void manager_client_gone(struct manager *manager, const char *name);
