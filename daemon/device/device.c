/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/device/device-private.h"

/* A link lost while wanted is retried after this, doubled each time, up to the maximum. */
#define BACKOFF_FIRST_USEC (250 * USEC_PER_MSEC)
#define BACKOFF_LAST_USEC (8 * USEC_PER_SEC)
/* An unused device is disconnected, so that its owner's phone can connect. */
#define IDLE_USEC (120 * USEC_PER_SEC)
/* A disconnect that takes longer than this is answered with what is still in the way. */
#define DISCONNECT_USEC (10 * USEC_PER_SEC)
/* A device that was on when it went out of range is not forgotten before this [D]: until then it may come back, and is then
 * stopped at once. */
#define UNSEEN_USEC (600 * USEC_PER_SEC)

static const char *const states[_DEVICE_STATE_MAX] = {
        [DEVICE_ABSENT] = "absent",
        [DEVICE_SEEN] = "seen",
        [DEVICE_CONNECTING] = "connecting",
        [DEVICE_RESOLVING] = "resolving",
        [DEVICE_READY] = "ready",
        [DEVICE_CLOSING] = "closing",
        [DEVICE_BACKOFF] = "backoff",
};

const char *device_state_to_string(enum device_state state) {
        return (unsigned) state < _DEVICE_STATE_MAX ? states[state] : "";
}

static void set_state(struct device *device, enum device_state state) {
        if (device->state == state)
                return;
        device->state = state;
        device_changed(device);
}

static void set_unlinked(struct device *device) {
        set_state(device, device->in_sight ? DEVICE_SEEN : DEVICE_ABSENT);
}

unsigned device_battery_min(const struct device *device) {
        return device->environment.tuning ? device->environment.tuning->battery_min : GATE_BATTERY_MIN;
}

static int open_link(struct device *device);

static void tell_connected(struct device *device, int error, const char *sentence) {
        device->asked = false;
        device->environment.handler->connected(device, error, sentence, device->environment.userdata);
}

/* A device without an owner is disconnected after a while. */
static void await_owner(struct device *device) {
        if (device->owner)
                clock_timer_disarm(device->idle_timer);
        else
                clock_timer_arm_in(device->idle_timer,
                        device->environment.tuning ? device->environment.tuning->idle_usec : IDLE_USEC);
}

/* It has an owner, or had one a moment ago. */
static bool is_needed(const struct device *device) {
        return device->owner || clock_timer_armed(device->idle_timer);
}

static void link_progressed(void *userdata, enum link_progress progress) {
        set_state(userdata, progress == LINK_CONNECTING ? DEVICE_CONNECTING : DEVICE_RESOLVING);
}

static void link_ready(void *userdata) {
        struct device *device = userdata;

        device->attempts = 0;
        device->in_sight = true;
        device->doubted = false;
        device->refused_usec = 0;
        writer_set_link(device->writer, device->link);
        device_output_regained(device);

        /* Stop first; other frames wait behind it. */
        (void) device_stop(device);
        device->greeting = GREETING_ARMING;
        (void) device_greet(device);

        set_state(device, DEVICE_READY);
        await_owner(device); /* linked only to be stopped or looked at */
        device_put(device, (struct record_entry){ RECORD_LINK, .text = "connected" });
        tell_connected(device, 0, "");
}

static void drop_link(struct device *device) {
        writer_set_link(device->writer, NULL);
        device->greeting = GREETING_OVER;
        device->relink_reason = NULL;
        device->doubted = false;
        device->leaving = false;
        device->battery = GATE_BATTERY_UNKNOWN;
        device->link = link_free(device->link);
}

/* Once for each device_disconnect(). */
static void tell_disconnected(struct device *device, int error, const char *what) {
        _cleanup_free_ char *sentence = NULL;

        if (!device->disconnect_wanted)
                return;
        device->disconnect_wanted = false;
        clock_timer_disarm(device->disconnect_timer);
        if (asprintf(&sentence, "%s %s", device_title(device), what) < 0)
                sentence = NULL;
        device->environment.handler->disconnected(
                device, error, strnull(sentence), device->environment.userdata);
}

static void tell_disconnect_unsure(struct device *device) {
        bool unsure =
                device->output_on || device_output_active(device) || writer_is_stopping(device->writer);

        tell_disconnected(device, ENOLINK,
                !unsure ? "was stopped, but its link does not end: switch it off by hand to be sure."
                : device->link
                        ? "may still be on and is still being stopped: take it off the body and switch it off by hand."
                        : "is out of reach and may still be on: take it off the body and switch it off by hand.");
}

static void on_disconnect_wait(struct clock_timer *timer, void *userdata) {
        tell_disconnect_unsure(userdata);
}

/* Plus or minus a fifth, so that devices lost together do not retry together every time. Derived from the address and the
 * number of the attempt, so that it is reproducible. */
static uint64_t spread(const struct device *device, uint64_t wait) {
        uint32_t hash = 2166136261u ^ device->attempts; /* FNV-1a */

        for (const char *p = device->address; *p; p++)
                hash = (hash ^ (uint8_t) *p) * 16777619u;
        return wait - wait / 5 + hash % (2 * wait / 5 + 1);
}

static void back_off(struct device *device) {
        uint64_t wait = MIN(BACKOFF_FIRST_USEC << MIN(device->attempts, 5u), BACKOFF_LAST_USEC);

        wait = spread(device, wait);
        device->attempts++;
        set_state(device, DEVICE_BACKOFF);
        clock_timer_arm_in(device->backoff_timer, wait);
}

static void link_failed(void *userdata, int error, const char *sentence) {
        struct device *device = userdata;
        bool again = device->output_on || (device->wanted && device->attempts > 0 && is_needed(device));

        drop_link(device);
        /* A person's command fails on its first attempt; a device that may still be on, or was lost while in use, is
         * retried. */
        if (again)
                back_off(device);
        else {
                device->wanted = false;
                set_unlinked(device);
        }
        if (!again || (device->asked && !device->owner))
                tell_connected(device, error, sentence);
}

static void link_written(void *userdata, unsigned endpoint, int result) {
        struct device *device = userdata;

        writer_written(device->writer, endpoint, result);
}

static void link_doubted(void *userdata, const char *why) {
        struct device *device = userdata;

        writer_set_link(device->writer, NULL);
        device->greeting = GREETING_OVER;
        device->doubted = true;
        device_put(device, (struct record_entry){ RECORD_LINK, .text = why });
        device_output_doubted(device);
        set_state(device, DEVICE_RESOLVING);
        device->environment.handler->lost(device, why, device->environment.userdata);
        device_check_settled(device);
}

static void link_closed(void *userdata, const char *why) {
        struct device *device = userdata;
        bool doubted = device->doubted, relinked = device->relink_reason;

        drop_link(device);
        device->seen_usec = device_now(device);
        device_put(device, (struct record_entry){ RECORD_LINK, .text = why });
        /* The session first: it pauses because of the loss, not because of an alarm that may follow. */
        if (!doubted)
                device->environment.handler->lost(device, why, device->environment.userdata);
        device_output_lost(device, why, relinked);
        if (device->wanted || device->output_on) {
                device->attempts = MAX(device->attempts, 1u);
                back_off(device);
        } else
                set_unlinked(device);
        if (device->output_on)
                tell_disconnect_unsure(device);
        else
                tell_disconnected(device, 0, "");
}

static void link_left(void *userdata, int error) {
        struct device *device = userdata;

        drop_link(device);
        device->seen_usec = device_now(device);
        if (error < 0)
                tell_disconnect_unsure(device);
        else
                tell_disconnected(device, 0, "");
        if (!device->wanted)
                set_unlinked(device);
        else if (open_link(device) < 0)
                back_off(device);
}

static const struct link_handler link_handler = {
        .progressed = link_progressed,
        .ready = link_ready,
        .doubted = link_doubted,
        .failed = link_failed,
        .written = link_written,
        .notified = device_notified,
        .battery = device_battery_said,
        .closed = link_closed,
        .left = link_left,
};

static int open_link(struct device *device) {
        int r;

        r = radio_link_open(device->environment.radio, device->address, device->address_type,
                device->definition, &link_handler, device, &device->link);
        if (r < 0)
                return r;
        set_state(device, DEVICE_CONNECTING);
        return 0;
}

void device_relink(struct device *device, const char *why) {
        if (!device->link || device->relink_reason)
                return;
        device->relink_reason = why;
        clock_timer_arm_in(device->backoff_timer, 0);
}

static void on_backoff(struct clock_timer *timer, void *userdata) {
        struct device *device = userdata;

        if (device->relink_reason)
                link_closed(device, device->relink_reason);
        if (device->link || clock_timer_armed(device->backoff_timer))
                return;
        if (!device->wanted && !device->output_on)
                set_unlinked(device);
        else if (open_link(device) < 0)
                back_off(device);
}

static void on_idle(struct clock_timer *timer, void *userdata) {
        struct device *device = userdata;

        if (!device->owner)
                device_disconnect(device);
}

int device_connect(struct device *device) {
        device->wanted = true;
        device->asked = true;
        if (device->state == DEVICE_READY || (device->state == DEVICE_CLOSING && !device->leaving)) {
                /* A stop is under way, after which it would have been disconnected: it stays. */
                set_state(device, DEVICE_READY);
                await_owner(device);
                tell_disconnected(device, ESTALE, "is wanted by somebody else: it stays connected.");
                tell_connected(device, 0, "");
                return 0;
        }
        clock_timer_disarm(device->idle_timer);
        if (device->link || clock_timer_armed(device->backoff_timer))
                return 0;
        device->attempts = 0;
        return open_link(device);
}

/* The link is no longer of use. */
static void let_go(struct device *device) {
        if (link_leave(device->link) >= 0) {
                writer_set_link(device->writer, NULL);
                device->greeting = GREETING_OVER;
                device->leaving = true;
                device_output_lost(device, "it was let go", false);
                set_state(device, DEVICE_CLOSING);
                return;
        }
        drop_link(device);
        device_output_lost(device, "it was let go", false);
        set_unlinked(device);
        tell_disconnected(device, 0, "");
}

void device_disconnect(struct device *device) {
        bool ready = device->state == DEVICE_READY || device->state == DEVICE_CLOSING;

        device->wanted = false;
        device->disconnect_wanted = true;
        if (device->leaving)
                return; /* link_left() replies */
        if (device->output_on && !ready) {
                tell_disconnect_unsure(device); /* retried until a stop got through */
                return;
        }
        if (!device->relink_reason)
                clock_timer_disarm(device->backoff_timer);
        if (!clock_timer_armed(device->disconnect_timer))
                clock_timer_arm_in(device->disconnect_timer, DISCONNECT_USEC);
        if (device->asked)
                tell_connected(device, ECANCELED, "it was disconnected before it was connected");
        if (!device->link) {
                set_unlinked(device);
                tell_disconnected(device, 0, "");
        } else if (ready && (device_output_active(device) || writer_is_stopping(device->writer) ||
                                    device->greeting == GREETING_ASKING)) {
                if (device->state == DEVICE_READY)
                        (void) device_stop(device);
                set_state(device, DEVICE_CLOSING); /* device_check_settled() calls again */
        } else
                let_go(device);
}

bool device_may_run_unseen(const struct device *device) {
        uint64_t since = 0;

        if (!device->output_on)
                return false;
        for (unsigned i = 0; i < device->definition->n_features; i++) {
                const struct certainty *c = &device->channels[i].certainty;

                if (c->state != CERTAINTY_UNREACHABLE && certainty_may_be_on(c))
                        return true;
                if (certainty_may_be_on(c))
                        since = MAX(since, c->since_usec);
        }
        return since > 0 && device_now(device) - since < UNSEEN_USEC;
}

void device_give_up(struct device *device) {
        if (!device->output_on)
                return;
        for (unsigned i = 0; i < device->definition->n_features; i++)
                device->channels[i].certainty = (struct certainty){ .since_usec = device_now(device) };
        device_check_settled(device);
}

bool device_is_wanted(const struct device *device) {
        return device->wanted;
}

void device_seen(struct device *device, const struct radio_advert *advert) {
        /* Only the first name counts: it may change after connecting. */
        if (device->name[0] == '\0')
                memcpy(device->name, advert->name, sizeof(device->name));
        device->in_sight = true;
        device->seen_usec = device_now(device);
        if (device->state == DEVICE_ABSENT)
                set_state(device, DEVICE_SEEN);
}

uint64_t device_seen_usec(const struct device *device) {
        return device->link ? device_now(device) : device->seen_usec;
}

void device_vanished(struct device *device) {
        device->in_sight = false;
        if (device->state == DEVICE_SEEN)
                set_state(device, DEVICE_ABSENT);
}

int device_new(const struct device_environment *environment, const struct device_definition *definition,
        const struct match_rule *rule, const struct radio_advert *advert, struct device **ret) {
        _cleanup_(device_unrefp) struct device *device = NULL;
        int r;

        device = calloc(1, sizeof(*device));
        if (!device)
                return -ENOMEM;
        device->n_ref = 1;
        device->environment = *environment;
        device->definition = definition_ref(definition);
        device->rule = rule;
        device->battery = GATE_BATTERY_UNKNOWN;
        memcpy(device->address, advert->address, sizeof(device->address));
        memcpy(device->address_type, advert->address_type, sizeof(device->address_type));
        memcpy(device->name, advert->name, sizeof(device->name));

        r = clock_timer_new(environment->clock, on_backoff, device, &device->backoff_timer);
        if (r >= 0)
                r = clock_timer_new(environment->clock, on_idle, device, &device->idle_timer);
        if (r >= 0)
                r = clock_timer_new(
                        environment->clock, on_disconnect_wait, device, &device->disconnect_timer);
        if (r >= 0)
                r = clock_timer_new(environment->clock, device_stop_again, device, &device->again_timer);
        if (r >= 0)
                r = armed_file_new(environment->armed_jobs, environment->armed_directory,
                        device_armed_written, device, &device->armed_file);
        if (r >= 0)
                r = device_open_codec(device);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(device);
        return 0;
}

void device_close(struct device *device) {
        device->closed = true;
        device->wanted = false;
        device->owner = NULL;
        device->in_sight = false;
        device->state = DEVICE_ABSENT;
        if (device->writer)
                writer_set_link(device->writer, NULL);
        device->link = link_free(device->link);
        device->backoff_timer = clock_timer_free(device->backoff_timer);
        device->idle_timer = clock_timer_free(device->idle_timer);
        device->disconnect_timer = clock_timer_free(device->disconnect_timer);
        device->again_timer = clock_timer_free(device->again_timer);
}

struct device *device_ref(struct device *device) {
        if (device)
                device->n_ref++;
        return device;
}

struct device *device_unref(struct device *device) {
        if (!device || --device->n_ref > 0)
                return NULL;
        device_close(device);
        writer_free(device->writer);
        armed_file_free(device->armed_file);
        definition_unref(device->definition);
        free(device->engine);
        free(device->alias);
        free(device);
        return NULL;
}

int device_set_added(struct device *device, bool added, const char *alias) {
        int r;

        r = free_and_strdup(&device->alias, isempty(alias) ? NULL : alias);
        if (r < 0)
                return r;
        device->added = added;
        if (!added)
                device->stored_as[0] = '\0';
        device_changed(device);
        return 0;
}

void device_set_stored_as(struct device *device, const char *definition) {
        (void) snprintf(device->stored_as, sizeof(device->stored_as), "%s", definition);
}

const char *device_stored_as(const struct device *device) {
        return isempty(device->stored_as) ? device->definition->id : device->stored_as;
}

void device_put(const struct device *device, struct record_entry entry) {
        entry.device = device->address;
        entry.session = device->session;
        record_put(device->environment.record, &entry);
}

/* No session's limits apply any more: the knob reaches no further than for a runner without calibration. */
static void reset_limits(struct device *device) {
        const struct protocol_engine *engine = device->definition->engine;
        int64_t maxima[PROTOCOL_FEATURES_MAX] = {};
        struct frames frames = {};

        device_default_maxima(device, maxima);
        if (!engine->limits || device->state != DEVICE_READY ||
                memcmp(maxima, device->maxima, sizeof(maxima)) == 0 ||
                engine->limits(device->engine, maxima, &frames) < 0 ||
                writer_queue(device->writer, WRITER_LIMITS, &frames) < 0)
                return;
        memcpy(device->maxima, maxima, sizeof(maxima));
}

void device_set_owner(struct device *device, void *owner, unsigned session) {
        if (device->closed)
                return;
        if (!owner && device->owner)
                reset_limits(device);
        /* What it still gives was begun by the last session, and is recorded with that until it is off. */
        if (owner || !device_output_active(device))
                device->session = session;
        device->owner = owner;
        if (owner || device->link || device->wanted)
                await_owner(device);
}

unsigned device_session(const struct device *device) {
        return device->session;
}

void *device_owner(const struct device *device) {
        return device->owner;
}

const char *device_address(const struct device *device) {
        return device->address;
}

const char *device_address_type(const struct device *device) {
        return device->address_type;
}

const char *device_name(const struct device *device) {
        return device->name;
}

const char *device_alias(const struct device *device) {
        return strnull(device->alias);
}

const char *device_title(const struct device *device) {
        return device->alias ?: device_model(device);
}

const char *device_model(const struct device *device) {
        return device->rule && !isempty(device->rule->title) ? device->rule->title
                                                             : device->definition->title;
}

const struct device_definition *device_definition(const struct device *device) {
        return device->definition;
}

enum device_state device_state(const struct device *device) {
        return device->state;
}

unsigned device_battery(const struct device *device) {
        return device->battery;
}

int64_t device_firmware(const struct device *device) {
        return device->firmware;
}

bool device_is_added(const struct device *device) {
        return device->added && !device->closed;
}
