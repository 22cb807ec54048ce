/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <malloc.h>
#include <signal.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

#include "daemon/bluez/link-bluez.h"
#include "daemon/bus/interfaces.h"
#include "daemon/loop/clock-event.h"
#include "daemon/loop/notify.h"
#include "daemon/loop/parse-child.h"
#include "daemon/loop/settle.h"
#include "daemon/loop/worker.h"
#include "daemon/record/record-check.h"
#include "daemon/record/record-journal.h"
#include "daemon/service/clock-watch.h"
#include "daemon/service/files.h"
#include "daemon/service/options.h"
#include "daemon/service/sleep.h"
#include "daemon/service/stop-socket.h"
#include "daemon/service/store.h"
#include "daemon/service/watchdog.h"
#include "lib/bus-errors.h"
#include "lib/bus-names.h"
#include "lib/stop-socket.h"
#include "lib/wall.h"

/* Calls and the stop socket go before events from bluetoothd; with equal priority among themselves, so that neither starves
 * the other. */
#define CALLS_PRIORITY (SD_EVENT_PRIORITY_NORMAL - 10)
/* A failed daemon exits within this time, even if not everything is on the disk. */
#define FAILURE_SECONDS 1
/* Time for the last stop frames before the daemon exits; limber-allstop does the rest. */
#define SHUTDOWN_USEC (1500 * USEC_PER_MSEC)
/* The same before the machine sleeps, out of the 5 s that logind allows. */
#define SLEEP_USEC (3 * USEC_PER_SEC)
/* bluetoothd answers in a few milliseconds; if the call has to start it first, it takes longer. */
#define RADIO_WAIT_USEC (500 * USEC_PER_MSEC)

struct limberd {
        struct options options;
        sd_event *event;
        sd_bus *bus;       /* org.limber1 */
        sd_bus *radio_bus; /* org.bluez: its traffic must not delay calls to us */
        struct clock *clock;
        struct store *store;
        struct manager *manager;
        struct radio *radio;
        struct bus_server *server;
        struct watchdog *watchdog;
        struct stop_socket *stop_socket;
        struct settle *shutdown;
        struct sleep_inhibitor *sleep_inhibitor;
        struct clock_watch *clock_watch;
        struct settle *sleep;
        struct files *files;
        struct library *devices; /* read, but waiting until the radio is known */
        struct clock_timer *radio_timer;
        bool radio_known;
        bool leaving, bus_gone;
        bool reload_waits; /* until nothing runs */
};

static int random_bytes(void *bytes, size_t n) {
        return getrandom(bytes, n, 0) == (ssize_t) n ? 0 : -EIO;
}

static int on_output(struct device *device, bool on, void *userdata) {
        struct limberd *d = userdata;

        if (on && d->leaving)
                return -ESHUTDOWN;
        watchdog_output(d->watchdog, on);
        return 0;
}

/* For whoever asked while a session ran, or while files were read. */
static void reload_if_it_waits(void *userdata) {
        struct limberd *d = userdata;

        if (d->reload_waits && !d->leaving && !manager_is_in_use(d->manager) && files_reload(d->files) >= 0)
                d->reload_waits = false;
}

static void on_rested(void *userdata) {
        struct limberd *d = userdata;

        settle_look(d->shutdown);
        settle_look(d->sleep);
        stop_socket_look(d->stop_socket);
        if (d->reload_waits)
                files_ask_soon(d->files);
}

static unsigned on_stop_socket(void *userdata) {
        struct limberd *d = userdata;

        bus_server_hold(d->server);
        return manager_stop_all(d->manager, REASON_STOPPED);
}

static bool is_off(void *userdata) {
        const struct limberd *d = userdata;

        return !manager_output_active(d->manager);
}

static int open_stop_socket(struct limberd *d) {
        const struct stop_socket_settings settings = {
                .event = d->event,
                .priority = CALLS_PRIORITY,
                .clock = d->clock,
                .directory = d->options.runtime_directory,
                .stop = on_stop_socket,
                .is_off = is_off,
                .userdata = d,
        };
        int r = stop_socket_new(&settings, &d->stop_socket);

        if (r < 0)
                fprintf(stderr, SD_ERR "cannot listen at %s/" STOP_SOCKET_NAME ": %s\n",
                        d->options.runtime_directory, strerror(-r));
        return r;
}

static int own_name(struct limberd *d) {
        int r = sd_bus_request_name(d->bus, LIMBER_BUS_NAME, 0);

        if (r >= 0)
                return open_stop_socket(d);
        fprintf(stderr, SD_ERR "cannot own %s on the bus: %s\n", LIMBER_BUS_NAME, strerror(-r));
        return r;
}

/* A session that runs keeps what it began with (daemon/manager/manager.h), and its radio. */
static void apply_settings(struct limberd *d) {
        const struct settings *s = files_settings(d->files);
        const struct manager_tuning tuning = {
                .device = { .idle_usec = s->idle_usec, .battery_min = s->battery_min },
                .stage_expiry_usec = s->stage_expiry_usec,
        };

        manager_set_tuning(d->manager, &tuning);
        record_journal_set_level(s->log_level);
        store_keep_for(d->store, s->keep_usec);
}

/* What an earlier limberd left on is stopped through the adapter that it had. */
static void apply_adapter(struct limberd *d) {
        const char *adapter = files_settings(d->files)->adapter;

        d->reload_waits |= manager_is_in_use(d->manager) && !bluez_radio_uses_adapter(d->radio, adapter);
        if (!d->reload_waits)
                bluez_radio_use_adapter(d->radio, adapter);
}

static void on_reloaded(struct library *library, int error, void *userdata) {
        struct limberd *d = userdata;
        bool waits = manager_is_in_use(d->manager);
        int r = error;

        if (r >= 0) {
                apply_settings(d);
                apply_adapter(d);
        }
        if (r >= 0 && waits) {
                d->reload_waits = true;
                fprintf(stderr, SD_NOTICE
                        "a session is running: routines, devices and the adapter are read when it is over\n");
                library_free(library);
                r = -EBUSY;
        } else if (r >= 0) {
                bus_routines_removed(d->server);
                r = manager_set_library(d->manager, library);
                bus_routines_added(d->server);
        }
        if (r >= 0) /* with the routines that could not be read at start */
                bus_loaded(d->server);
        bus_reloaded(d->server, r, files_settings_complaint(d->files));
        reload_if_it_waits(d);
}

static void on_routines(struct library *library, void *userdata) {
        struct limberd *d = userdata;

        manager_add_routines(d->manager, library);
        bus_routines_added(d->server);
        bus_loaded(d->server);
        reload_if_it_waits(d);
}

/* At start: everything that a stop needs is there. limberd is ready, however many routines there are. */
static int begin(struct limberd *d, struct library *devices) {
        /* Before the library, so that an alert about a device left on comes from a name that clients know. No call is read
         * from the bus before this function returns. */
        int r = own_name(d);

        if (r < 0) {
                library_free(devices);
                return r;
        }
        r = manager_set_library(d->manager, devices);
        apply_adapter(d);
        if (r >= 0)
                r = files_read_routines(d->files);
        /* The one message that must not be lost; no output is on yet. */
        if (r >= 0)
                (void) sd_notify(0, "READY=1\nSTATUS=Ready");
        return r;
}

static void on_devices(struct library *library, int error, void *userdata) {
        struct limberd *d = userdata;
        int r = error;

        if (r < 0)
                fprintf(stderr, SD_ERR "cannot read the devices: %s\n", strerror(-r));
        /* Devices left on can be stopped only when BlueZ is known. */
        if (r >= 0 && !d->radio_known) {
                d->devices = library;
                return;
        }
        if (r >= 0)
                r = begin(d, library);
        if (r < 0)
                (void) sd_event_exit(d->event, r);
}

static const struct files_handler files_handler = {
        .devices = on_devices,
        .routines = on_routines,
        .reloaded = on_reloaded,
        .due = reload_if_it_waits,
};

static void radio_is_known(void *userdata) {
        struct limberd *d = userdata;

        if (d->radio_known)
                return;
        d->radio_known = true;
        clock_timer_disarm(d->radio_timer);
        if (d->devices)
                on_devices(TAKE_PTR(d->devices), 0, d);
}

static void on_radio_wait(struct clock_timer *timer, void *userdata) {
        radio_is_known(userdata);
}

static int reload(void *userdata) {
        struct limberd *d = userdata;

        return files_reload(d->files);
}

static bool is_quiet(void *userdata) {
        const struct limberd *d = userdata;

        return manager_is_quiet(d->manager);
}

static void on_shutdown(bool quiet, void *userdata) {
        const struct limberd *d = userdata;

        (void) sd_event_exit(d->event, 0);
}

static void on_asleep(bool quiet, void *userdata) {
        struct limberd *d = userdata;

        sleep_inhibitor_release(d->sleep_inhibitor);
}

/* Zero before sleep; nothing resumes by itself afterwards. */
static void on_falling_asleep(void *userdata) {
        struct limberd *d = userdata;

        manager_pause_all(d->manager, REASON_SLEEP);
        settle_begin(d->sleep, SLEEP_USEC);
}

/* Ages are worked out from it (daemon/record/timeline.h). */
static void on_clock_set(int64_t step_usec, void *userdata) {
        struct limberd *d = userdata;
        bool is_kept = wall_is_kept();

        fprintf(stderr, SD_NOTICE "the wall clock was set %s by %.3f s\n",
                step_usec < 0 ? "back" : "forward",
                (double) (step_usec < 0 ? -step_usec : step_usec) / (double) USEC_PER_SEC);
        record_put(store_record(d->store),
                &(struct record_entry){ RECORD_CLOCK, .asked = step_usec, .given = is_kept,
                        .reason = RECORD_CLOCK_SET, .text = wall_boot() });
        manager_clock_set(d->manager, step_usec, is_kept);
}

static const struct sleep_handler sleep_handler = { .falling_asleep = on_falling_asleep };

/* Every output at zero first, then the rest. */
static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        struct limberd *d = userdata;

        if (d->leaving)
                return 0;
        d->leaving = true;
        (void) manager_stop_all(d->manager, REASON_SHUTDOWN);
        (void) notify_manager("STOPPING=1");
        settle_begin(d->shutdown, SHUTDOWN_USEC);
        return 0;
}

/* As Manager.Reload. A second one while the first is at work reads what the first may have read already. */
static int on_hangup(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        struct limberd *d = userdata;

        /* What is being read may have been opened before it was changed. */
        if (reload(d) < 0)
                d->reload_waits = true;
        return 0;
}

static int add_signals(struct limberd *d) {
        static const struct {
                int number;
                sd_event_signal_handler_t fn;
        } signals[] = { { SIGTERM, on_signal }, { SIGINT, on_signal }, { SIGHUP, on_hangup } };
        sigset_t set;
        int r = 0;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
                (void) sigaddset(&set, signals[i].number);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(signals); i++)
                r = sd_event_add_signal(d->event, NULL, signals[i].number, signals[i].fn, d);
        return r;
}

/* Without the bus limberd is of no use, and would block the next one from its folders. Stops what can still be stopped over
 * sockets acquired from BlueZ; because of the exit status the service manager runs limber-allstop and restarts limberd,
 * which first stops the rest. */
static int on_bus_gone(sd_bus_message *m, void *userdata, sd_bus_error *error) {
        struct limberd *d = userdata;

        if (d->bus_gone)
                return 0;
        d->bus_gone = true;
        fprintf(stderr, SD_ERR "the system bus closed the connection; ending\n");
        if (d->manager)
                (void) manager_stop_all(d->manager, REASON_SHUTDOWN);
        return sd_event_exit(d->event, -ECONNRESET);
}

static int open_bus(struct limberd *d, const char *description, int64_t priority, sd_bus **ret) {
        int r;

        r = sd_bus_open_system_with_description(ret, description);
        if (r >= 0)
                r = sd_bus_match_signal_async(*ret, NULL, "org.freedesktop.DBus.Local",
                        "/org/freedesktop/DBus/Local", "org.freedesktop.DBus.Local", "Disconnected",
                        on_bus_gone, NULL, d);
        if (r >= 0)
                r = sd_bus_attach_event(*ret, d->event, priority);
        if (r < 0)
                fprintf(stderr, SD_ERR "cannot reach the system bus: %s\n", strerror(-r));
        return r;
}

static void on_recorded(void *userdata, unsigned session, uint64_t seq) {
        struct limberd *d = userdata;

        manager_recorded(d->manager, session);
        bus_recorded(d->server, session, seq);
}

static void on_record_failed(void *userdata, const char *sentence) {
        struct limberd *d = userdata;

        fprintf(stderr, "%s%s\n", sentence ? SD_ERR : SD_NOTICE,
                sentence ?: "the record can be written again");
        if (d->manager)
                manager_alert(d->manager, "record", sentence ?: "The record can be written again.");
}

static const struct recorder_handler recorder_handler = {
        .recorded = on_recorded,
        .failed = on_record_failed,
};

static void on_runner_changed(uid_t uid, void *userdata) {
        struct limberd *d = userdata;

        bus_runner_changed(d->server, uid);
}

/* Before the first call: every start depends on what it holds. */
static int open_store(struct limberd *d) {
        struct store_settings settings = {
                .event = d->event,
                .armed_priority = CALLS_PRIORITY,
                .state_directory = d->options.state_directory,
                .runtime_directory = d->options.runtime_directory,
                .handler = &recorder_handler,
                .runner_changed = on_runner_changed,
                .userdata = d,
        };
        int r = files_new(d->event, &d->options, &files_handler, d, &d->files);

        if (r < 0)
                return r;
        settings.reader = files_reader(d->files);
        r = store_new(&settings, &d->store);
        if (r >= 0)
                files_log_rejects(runner_store_rejects(store_runners(d->store)));
        return r;
}

static int make_manager(struct limberd *d) {
        const struct manager_settings settings = {
                .clock = d->clock,
                .wall = wall_now,
                .armed_directory = store_armed_directory(d->store),
                .armed_jobs = store_armed_jobs(d->store),
                .disk_jobs = store_disk_jobs(d->store),
                .store_directory = store_device_directory(d->store),
                .random = random_bytes,
                .record = store_record(d->store),
                .last_session = store_last_session(d->store),
                .runners = store_runners(d->store),
                .handler = &bus_manager_handler,
                .userdata = d->server,
        };
        int r = manager_new(&settings, &d->manager);

        return r < 0 ? r
                     : store_load_body(d->store, manager_doses(d->manager), manager_follow_ups(d->manager),
                               clock_now(d->clock));
}

static bool may_run_unattended(uid_t user, const char *routine, void *userdata) {
        const struct limberd *d = userdata;

        return unattended_allows_now(&files_settings(d->files)->unattended, user, routine);
}

static int make_model(struct limberd *d) {
        struct bus_server_settings bus_settings = {
                .interfaces = bus_interfaces,
                .bus = d->bus,
                .clock = d->clock,
                .bluez_version = bluez_radio_version,
                .history_path = store_history_path(d->store),
                .parser = d->options.parser,
                .simulated = d->options.simulated,
                .loading = true,
                .reload = reload,
                .output = on_output,
                .rested = on_rested,
                .unattended = may_run_unattended,
                .userdata = d,
        };
        const struct settle_settings shutdown = { d->clock, is_quiet, on_shutdown, d };
        const struct settle_settings sleep = { d->clock, is_quiet, on_asleep, d };
        int r;

        r = watchdog_new(d->clock, notify_manager, &d->watchdog);
        if (r >= 0)
                r = settle_new(&shutdown, &d->shutdown);
        if (r >= 0)
                r = clock_timer_new(d->clock, on_radio_wait, d, &d->radio_timer);
        if (r >= 0)
                r = settle_new(&sleep, &d->sleep);
        if (r >= 0)
                r = bus_server_new(&bus_settings, &d->server);
        if (r >= 0)
                r = make_manager(d);
        if (r >= 0)
                r = bluez_radio_new(d->radio_bus, d->clock, d->options.simulated, &manager_radio_handler,
                        d->manager, &d->radio);
        if (r < 0)
                return r;
        manager_set_radio(d->manager, d->radio);
        bus_server_set_manager(d->server, d->manager, d->radio);
        apply_settings(d);
        return bus_server_attach(d->server);
}

static int start(struct limberd *d) {
        int r;

        r = limber_errors_register();
        if (r >= 0)
                r = sd_event_default(&d->event);
        if (r >= 0)
                r = open_store(d);
        if (r >= 0)
                r = add_signals(d);
        if (r >= 0)
                r = open_bus(d, "limber", CALLS_PRIORITY, &d->bus);
        if (r >= 0)
                r = open_bus(d, "bluez", SD_EVENT_PRIORITY_NORMAL, &d->radio_bus);
        if (r >= 0)
                r = clock_event_new(d->event, &d->clock);
        if (r >= 0)
                r = make_model(d);
        if (r < 0)
                return r;
        bluez_radio_when_known(d->radio, radio_is_known, d);
        clock_timer_arm_in(d->radio_timer, RADIO_WAIT_USEC);
        r = sleep_inhibitor_new(d->bus, &sleep_handler, d, &d->sleep_inhibitor);
        if (r >= 0)
                r = clock_watch_new(d->event, on_clock_set, d, &d->clock_watch);
        if (r >= 0)
                r = bluez_radio_start(d->radio);
        if (r >= 0)
                manager_look_for_questions(d->manager);
        return r < 0 ? r : files_read_devices(d->files, store_device_directory(d->store));
}

static void finish(struct limberd *d) {
        /* Nobody waits for what is being read. */
        files_end(d->files);
        parse_child_give_up();
        worker_finish();
        /* Finish pending writes while their callbacks can still run. */
        store_drain(d->store);
        stop_socket_free(d->stop_socket);
        manager_free(d->manager);
        if (d->radio_bus)
                (void) sd_bus_flush(d->radio_bus);
        bluez_radio_free(d->radio);
        bus_server_free(d->server);
        watchdog_free(d->watchdog);
        settle_free(d->shutdown);
        clock_timer_free(d->radio_timer);
        settle_free(d->sleep);
        sleep_inhibitor_free(d->sleep_inhibitor);
        clock_watch_free(d->clock_watch);
        library_free(d->devices);
        files_free(d->files);
        sd_bus_flush_close_unref(d->radio_bus);
        sd_bus_flush_close_unref(d->bus);
        store_free(d->store);
        clock_event_free(d->clock);
        sd_event_unref(d->event);
}

/* The daemon is idle most of the time and should hold little memory: one arena for all threads, which run only briefly, and
 * free memory goes back to the system. */
static void keep_memory_small(void) {
        (void) mallopt(M_ARENA_MAX, 1);
        (void) mallopt(M_TOP_PAD, 16 * 1024);
        /* More than a commit of the record allocates and frees, so that not every event goes to the kernel for memory. */
        (void) mallopt(M_TRIM_THRESHOLD, 112 * 1024);
}

static int check_record(const struct limberd *d) {
        _cleanup_free_ char *path = NULL;

        if (asprintf(&path, "%s/" HISTORY_FILE, d->options.state_directory) < 0)
                return -ENOMEM;
        return record_check(path);
}

static int print_config(struct limberd *d) {
        int r = files_new(NULL, &d->options, &files_handler, d, &d->files);

        if (r < 0)
                return r;
        settings_print(files_settings(d->files), false, stdout);
        r = files_settings_complaint(d->files) ? -EBADMSG : 0;
        d->files = files_free(d->files);
        return r;
}

int main(int argc, char *argv[]) {
        struct limberd d = {};
        int r;

        keep_memory_small();
        r = options_parse(argc, argv, &d.options);
        if (r <= 0)
                return r < 0 ? 2 : 0;
        if (d.options.print_config)
                return print_config(&d) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        if (d.options.check_record)
                return check_record(&d) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
        r = start(&d);
        if (r >= 0)
                r = sd_event_loop(d.event);
        if (r < 0) {
                fprintf(stderr, SD_ERR "limberd: %s\n", strerror(-r));
                /* limber-allstop waits for this process to exit, and a disk may be slow. */
                (void) alarm(FAILURE_SECONDS);
        }
        finish(&d);
        return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
