/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/virtual/virtual-radio.h"

#include <assert.h>

#define CONNECT_USEC (60 * USEC_PER_MSEC)
#define RESOLVE_USEC (40 * USEC_PER_MSEC)
#define ANSWER_USEC (15 * USEC_PER_MSEC)
#define NOTIFY_USEC (5 * USEC_PER_MSEC)
/* A call to the stack and its reply. */
#define CALL_USEC (2 * USEC_PER_MSEC)

struct virtual_radio {
        struct radio base;
        struct clock *clock;
        struct virtual_peer *peers;
        enum radio_state state;
        size_t n_frames; /* of all peers */
};

struct virtual_link {
        struct link base;
        struct virtual_peer *peer; /* NULL once the link broke */
        const struct device_definition *definition;
        int characteristics[PROTOCOL_ENDPOINTS_MAX]; /* -1: the product has none such */
        struct clock_timer *progress_timer, *answer_timer;
        bool resolving, ready, doubted;
        unsigned answer_endpoint;
        int answer;
};

struct pending_notification {
        uint64_t at_usec;
        unsigned characteristic;
        uint8_t bytes[RADIO_FRAME_MAX];
        size_t n;
        struct pending_notification *next;
};

static void *xcalloc(size_t size) {
        void *p = calloc(1, size);

        if (!p)
                abort();
        return p;
}

/* Room for one more than n; doubled whenever n is a power of two. */
static void *grow(void *items, size_t n, size_t size) {
        if (n == 0 || (n & (n - 1)) == 0)
                items = realloc(items, MAX(2 * n, (size_t) 1) * size);
        if (!items)
                abort();
        return items;
}

static uint64_t now_of(const struct virtual_peer *peer) {
        return clock_now(peer->radio->clock);
}

static void keep_level(struct virtual_peer *peer, uint64_t t_usec, unsigned channel, unsigned level) {
        peer->levels = grow(peer->levels, peer->n_levels, sizeof(*peer->levels));
        peer->levels[peer->n_levels++] =
                (struct radio_level){ .t_usec = t_usec, .channel = channel, .level = level };
}

static void keep_outputs(struct virtual_peer *peer, uint64_t t_usec) {
        for (unsigned i = 0; i < product_channels(peer->product); i++) {
                struct product_output output = product_output(peer->product, i);

                if (memcmp(&output, &peer->last_outputs[i], sizeof(output)) == 0)
                        continue;
                peer->last_outputs[i] = output;
                peer->outputs = grow(peer->outputs, peer->n_outputs, sizeof(*peer->outputs));
                peer->outputs[peer->n_outputs++] =
                        (struct radio_output){ .t_usec = t_usec, .channel = i, .output = output };
        }
}

static void on_observed(void *userdata, uint64_t t_usec, const char *what, const char *json) {
        struct virtual_peer *peer = userdata;

        if (streq(what, "missed-window"))
                peer->missed_windows++;
        else if (streq(what, "dropped-group"))
                peer->dropped_groups++;
        else if (streq(what, "bad-frame"))
                peer->bad_frames++;
        else if (streq(what, "setting")) {
                (void) sscanf(json, "{\"speed\":%u}", &peer->setting);
                keep_level(peer, t_usec, 0, peer->setting);
        } else if (streq(what, "motor"))
                keep_outputs(peer, t_usec);
        else if (streq(what, "output")) {
                keep_outputs(peer, t_usec);
                for (unsigned i = 0; i < product_channels(peer->product); i++) {
                        unsigned level = product_output(peer->product, i).amplitude_permille;

                        if (level != virtual_peer_level_at(peer, i, t_usec))
                                keep_level(peer, t_usec, i, level);
                }
        }
}

static void on_notify(void *userdata, unsigned characteristic, const uint8_t *bytes, size_t n) {
        struct virtual_peer *peer = userdata;
        struct pending_notification *new, **last = &peer->notifications;

        if (!peer->link || !peer->link->ready || peer->loses_answers || n > RADIO_FRAME_MAX)
                return;
        new = xcalloc(sizeof(*new));
        new->at_usec = now_of(peer) + peer->notify_usec;
        new->characteristic = characteristic;
        memcpy(new->bytes, bytes, n);
        new->n = n;
        while (*last)
                last = &(*last)->next;
        *last = new;
        if (!clock_timer_armed(peer->notify_timer))
                clock_timer_arm(peer->notify_timer, peer->notifications->at_usec);
}

static int endpoint_of(const struct virtual_link *link, unsigned characteristic) {
        for (unsigned i = 0; i < link->definition->n_endpoints; i++)
                if (link->characteristics[i] == (int) characteristic &&
                        link->definition->endpoints[i].notify)
                        return (int) i;
        return -1;
}

static void on_notify_due(struct clock_timer *timer, void *userdata) {
        struct virtual_peer *peer = userdata;
        struct pending_notification *first = peer->notifications;
        int endpoint;

        peer->notifications = first->next;
        if (peer->notifications)
                clock_timer_arm(peer->notify_timer, peer->notifications->at_usec);
        if (peer->link && peer->link->ready) {
                endpoint = endpoint_of(peer->link, first->characteristic);
                if (endpoint >= 0)
                        peer->link->base.handler->notified(
                                peer->link->base.userdata, (unsigned) endpoint, first->bytes, first->n);
        }
        free(first);
}

static void drop_notifications(struct virtual_peer *peer) {
        while (peer->notifications) {
                struct pending_notification *first = peer->notifications;

                peer->notifications = first->next;
                free(first);
        }
        clock_timer_disarm(peer->notify_timer);
}

/* A product's own time runs when somebody looks, and when it asks for it: after what is written at that moment. */
static void arm_product(struct virtual_peer *peer) {
        uint64_t next = product_next(peer->product);

        if (next == USEC_INFINITY)
                clock_timer_disarm(peer->product_timer);
        else
                clock_timer_arm(peer->product_timer, next + 1);
}

static void on_product_due(struct clock_timer *timer, void *userdata) {
        struct virtual_peer *peer = userdata;

        product_advance(peer->product, now_of(peer));
        arm_product(peer);
}

static void set_linked(struct virtual_peer *peer, bool linked) {
        product_linked(peer->product, now_of(peer), linked);
        arm_product(peer);
}

/* Endpoints of the definition in the product's table. False when a needed one is missing. */
static bool find_characteristics(struct virtual_link *link) {
        size_t n;
        const struct product_characteristic *table = product_characteristics(link->peer->product, &n);

        for (unsigned i = 0; i < link->definition->n_endpoints; i++) {
                const struct endpoint *endpoint = &link->definition->endpoints[i];

                link->characteristics[i] = -1;
                for (size_t k = 0; k < n; k++)
                        if (streq(table[k].service, endpoint->service) &&
                                streq(table[k].uuid, endpoint->characteristic))
                                link->characteristics[i] = (int) k;
                if (link->characteristics[i] < 0 && !endpoint->optional)
                        return false;
        }
        return true;
}

/* The first value of a battery is read, later ones are notified. */
static void read_batteries(struct virtual_peer *peer) {
        for (unsigned i = 0; peer->link && i < peer->link->definition->n_endpoints; i++) {
                uint8_t bytes[RADIO_FRAME_MAX];
                ssize_t n;

                if (!peer->link->definition->endpoints[i].battery || peer->link->characteristics[i] < 0)
                        continue;
                n = product_read(peer->product, now_of(peer), (unsigned) peer->link->characteristics[i],
                        bytes, sizeof(bytes));
                if (n >= 0)
                        peer->link->base.handler->notified(peer->link->base.userdata, i, bytes, (size_t) n);
        }
}

static void on_progress(struct clock_timer *timer, void *userdata) {
        struct virtual_link *link = userdata;
        struct virtual_peer *peer = link->peer;
        const struct link_handler *handler = link->base.handler;

        if (link->doubted && peer->out_of_reach)
                virtual_peer_drop(peer);
        else if (link->doubted) {
                link->doubted = false;
                link->ready = true;
                handler->ready(link->base.userdata);
        } else if (peer->out_of_reach)
                handler->failed(link->base.userdata, EHOSTUNREACH, "It did not answer; bring it nearer.");
        else if (!link->resolving) {
                link->resolving = true;
                clock_timer_arm_in(link->progress_timer, RESOLVE_USEC);
                handler->progressed(link->base.userdata, LINK_RESOLVING);
        } else if (!find_characteristics(link))
                handler->failed(link->base.userdata, ENOPROTOOPT, "It is some other product of that name.");
        else {
                link->ready = true;
                set_linked(peer, true);
                handler->ready(link->base.userdata);
                read_batteries(peer);
        }
}

static void on_answer(struct clock_timer *timer, void *userdata) {
        struct virtual_link *link = userdata;

        link->base.handler->written(link->base.userdata, link->answer_endpoint, link->answer);
}

static void keep_frame(
        struct virtual_peer *peer, unsigned characteristic, bool request, const uint8_t *bytes, size_t n) {
        const struct product_characteristic *table;
        struct radio_frame *frame;
        size_t n_table;

        table = product_characteristics(peer->product, &n_table);
        assert(n <= RADIO_FRAME_MAX);
        peer->frames = grow(peer->frames, peer->n_frames, sizeof(*peer->frames));
        frame = &peer->frames[peer->n_frames++];
        *frame = (struct radio_frame){
                .t_usec = now_of(peer),
                .request = request,
                .n = n,
                .order = peer->radio->n_frames++,
        };
        memcpy(frame->bytes, bytes, n);
        memcpy(frame->characteristic, table[characteristic].uuid, sizeof(frame->characteristic));
}

/* A write whose end is told: a request by the device's answer, a call by the stack's. */
static int write_and_wait(struct virtual_link *link, unsigned endpoint, unsigned characteristic,
        enum product_write_type type, const uint8_t *bytes, size_t n) {
        struct virtual_peer *peer = link->peer;
        bool request = type == PRODUCT_WRITE_REQUEST;
        int error = 0;

        if (clock_timer_armed(link->answer_timer)) {
                peer->overlapping_requests++;
                return -EINPROGRESS;
        }
        keep_frame(peer, characteristic, request, bytes, n);
        if (peer->ignores_requests)
                return 1;
        if (peer->answer_error == 0 && (request || !peer->loses_commands))
                error = product_write(peer->product, now_of(peer), characteristic, type, bytes, n);
        arm_product(peer);
        link->answer_endpoint = endpoint;
        link->answer = peer->answer_error ?: error != 0 ? -EIO : 0;
        clock_timer_arm_in(link->answer_timer, request ? peer->answer_usec : CALL_USEC);
        return 1;
}

static int link_op_write(
        struct link *base, unsigned endpoint, enum frame_write write, const uint8_t *bytes, size_t n) {
        struct virtual_link *link = (struct virtual_link *) base;
        struct virtual_peer *peer = link->peer;
        unsigned characteristic;

        if (!peer || !link->ready || link->characteristics[endpoint] < 0)
                return -ENOTCONN;
        if (peer->write_error < 0)
                return peer->write_error;
        if (peer->refusals > 0 && n > 0 && bytes[0] == peer->refused_byte) {
                peer->refusals--;
                return -EIO;
        }
        characteristic = (unsigned) link->characteristics[endpoint];
        if (write == FRAME_REQUEST)
                return write_and_wait(link, endpoint, characteristic, PRODUCT_WRITE_REQUEST, bytes, n);
        if (peer->has_no_socket)
                return write_and_wait(link, endpoint, characteristic, PRODUCT_WRITE_COMMAND, bytes, n);
        keep_frame(peer, characteristic, false, bytes, n);
        if (!peer->loses_commands)
                (void) product_write(
                        peer->product, now_of(peer), characteristic, PRODUCT_WRITE_COMMAND, bytes, n);
        arm_product(peer);
        return 0;
}

static int link_op_queued(struct link *base, unsigned endpoint) {
        const struct virtual_link *link = (const struct virtual_link *) base;

        if (!link->peer)
                return 0;
        return link->peer->has_no_socket ? -EOPNOTSUPP : link->peer->queued;
}

static void link_op_free(struct link *base) {
        struct virtual_link *link = (struct virtual_link *) base;

        if (link->peer) {
                link->peer->link = NULL;
                drop_notifications(link->peer);
                if (link->ready)
                        set_linked(link->peer, false);
        }
        clock_timer_free(link->progress_timer);
        clock_timer_free(link->answer_timer);
        free(link);
}

static const char *link_op_adapter_address(const struct link *base) {
        return "00:11:22:33:44:55";
}

static const struct link_ops link_ops = {
        .write = link_op_write,
        .queued = link_op_queued,
        .adapter_address = link_op_adapter_address,
        .free = link_op_free,
};

static struct virtual_peer *find_peer(struct virtual_radio *radio, const char *address) {
        for (struct virtual_peer *peer = radio->peers; peer; peer = peer->next)
                if (streq(product_address(peer->product), address))
                        return peer;
        return NULL;
}

static int radio_op_scan(struct radio *base, bool on) {
        return 0;
}

static int radio_op_link_open(struct radio *base, const char *address, const char *address_type,
        const struct device_definition *definition, const struct link_handler *handler, void *userdata,
        struct link **ret) {
        struct virtual_radio *radio = (struct virtual_radio *) base;
        struct virtual_peer *peer = find_peer(radio, address);
        struct virtual_link *link;

        if (radio->state != RADIO_ON)
                return -ENETDOWN;
        if (!peer)
                return -EHOSTUNREACH;
        if (peer->link)
                return -EADDRINUSE;
        link = xcalloc(sizeof(*link));
        link->base = (struct link){ .ops = &link_ops, .handler = handler, .userdata = userdata };
        link->peer = peer;
        link->definition = definition;
        if (clock_timer_new(radio->clock, on_progress, link, &link->progress_timer) < 0 ||
                clock_timer_new(radio->clock, on_answer, link, &link->answer_timer) < 0)
                abort();
        clock_timer_arm_in(link->progress_timer, CONNECT_USEC);
        peer->link = link;
        *ret = &link->base;
        return 0;
}

static enum radio_state radio_op_state(const struct radio *base) {
        return ((const struct virtual_radio *) base)->state;
}

static const struct radio_ops radio_ops = {
        .scan = radio_op_scan,
        .link_open = radio_op_link_open,
        .state = radio_op_state,
};

struct virtual_radio *virtual_radio_new(struct clock *clock) {
        struct virtual_radio *radio = xcalloc(sizeof(*radio));

        radio->base.ops = &radio_ops;
        radio->state = RADIO_ON;
        radio->clock = clock;
        return radio;
}

struct virtual_radio *virtual_radio_free(struct virtual_radio *radio) {
        while (radio && radio->peers) {
                struct virtual_peer *peer = radio->peers;

                radio->peers = peer->next;
                drop_notifications(peer);
                clock_timer_free(peer->notify_timer);
                clock_timer_free(peer->product_timer);
                product_free(peer->product);
                free(peer->frames);
                free(peer->outputs);
                free(peer->levels);
                free(peer);
        }
        free(radio);
        return NULL;
}

struct radio *virtual_radio_base(struct virtual_radio *radio) {
        return &radio->base;
}

struct virtual_peer *virtual_radio_add(struct virtual_radio *radio, const char *kind, const char *address) {
        struct virtual_peer *peer = xcalloc(sizeof(*peer));
        const struct product_host host = { .notify = on_notify, .observed = on_observed, .userdata = peer };

        peer->radio = radio;
        peer->answer_usec = ANSWER_USEC;
        peer->notify_usec = NOTIFY_USEC;
        if (clock_timer_new(radio->clock, on_notify_due, peer, &peer->notify_timer) < 0 ||
                clock_timer_new(radio->clock, on_product_due, peer, &peer->product_timer) < 0 ||
                product_new(kind, address, &host, &peer->product) < 0)
                abort();
        product_advance(peer->product, clock_now(radio->clock));
        peer->next = radio->peers;
        radio->peers = peer;
        return peer;
}

void virtual_peer_drop(struct virtual_peer *peer) {
        struct virtual_link *link = peer->link;

        if (!link)
                return;
        peer->link = NULL;
        link->peer = NULL;
        drop_notifications(peer);
        clock_timer_disarm(link->progress_timer);
        clock_timer_disarm(link->answer_timer);
        set_linked(peer, false);
        link->base.handler->closed(link->base.userdata, "the radio link broke");
}

void virtual_peer_doubt(struct virtual_peer *peer, uint64_t comes_back_usec) {
        struct virtual_link *link = peer->link;

        if (!link || !link->ready)
                return;
        link->ready = false;
        link->doubted = true;
        clock_timer_disarm(link->answer_timer);
        if (comes_back_usec > 0)
                clock_timer_arm_in(link->progress_timer, comes_back_usec);
        link->base.handler->doubted(link->base.userdata, "its services went away");
        if (comes_back_usec == 0 && peer->link == link)
                virtual_peer_drop(peer);
}

void virtual_radio_set_state(struct virtual_radio *radio, enum radio_state state) {
        radio->state = state;
        for (struct virtual_peer *peer = radio->peers; peer && state != RADIO_ON; peer = peer->next) {
                struct virtual_link *link = peer->link;

                if (link && (link->ready || link->doubted))
                        virtual_peer_drop(peer);
                else if (link) {
                        clock_timer_disarm(link->progress_timer);
                        link->base.handler->failed(
                                link->base.userdata, ENETDOWN, "Bluetooth is switched off.");
                }
        }
        if (radio->base.handler)
                radio->base.handler->state_changed(radio->base.userdata, state);
}

bool virtual_peer_is_linked(const struct virtual_peer *peer) {
        return peer->link && peer->link->ready;
}

void virtual_peer_poke(struct virtual_peer *peer, const char *control, int value) {
        if (product_poke(peer->product, now_of(peer), control, value) < 0)
                abort();
        arm_product(peer);
}

struct product_output virtual_peer_output(struct virtual_peer *peer, unsigned channel) {
        product_advance(peer->product, now_of(peer));
        arm_product(peer);
        return product_output(peer->product, channel);
}

unsigned virtual_peer_level_at(const struct virtual_peer *peer, unsigned channel, uint64_t t_usec) {
        for (size_t i = peer->n_levels; i > 0; i--)
                if (peer->levels[i - 1].channel == channel && peer->levels[i - 1].t_usec <= t_usec)
                        return peer->levels[i - 1].level;
        return 0;
}

unsigned virtual_peer_highest_since(const struct virtual_peer *peer, uint64_t t_usec) {
        unsigned highest = 0;

        for (unsigned i = 0; i < product_channels(peer->product); i++)
                highest = MAX(highest, virtual_peer_level_at(peer, i, t_usec));
        for (size_t i = peer->n_levels; i > 0 && peer->levels[i - 1].t_usec > t_usec; i--)
                highest = MAX(highest, peer->levels[i - 1].level);
        return highest;
}

/* From the lowest that a channel gave in the time before to what it gives now. */
unsigned virtual_peer_largest_rise(const struct virtual_peer *peer, uint64_t within_usec) {
        unsigned largest = 0;

        for (size_t i = 0; i < peer->n_levels; i++) {
                const struct radio_level *now = &peer->levels[i];
                uint64_t from = now->t_usec - MIN(now->t_usec, within_usec);
                unsigned lowest = virtual_peer_level_at(peer, now->channel, from);

                for (size_t k = i; k > 0 && peer->levels[k - 1].t_usec > from; k--)
                        if (peer->levels[k - 1].channel == now->channel)
                                lowest = MIN(lowest, peer->levels[k - 1].level);
                largest = MAX(largest, now->level - MIN(now->level, lowest));
        }
        return largest;
}
