/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "protocols/protocol.h"

const struct protocol_engine *protocol_engine_by_name(const char *name) {
        for (const struct protocol_engine *const *e = protocol_engines; *e; e++)
                if (streq((*e)->name, name))
                        return *e;
        return NULL;
}

struct frame *frames_add(
        struct frames *frames, unsigned endpoint, enum frame_write write, const void *bytes, size_t n) {
        struct frame *frame;

        if (frames->n >= PROTOCOL_FRAMES_MAX || n > PROTOCOL_FRAME_SIZE_MAX)
                return NULL;
        frame = &frames->items[frames->n++];
        *frame = (struct frame){ .endpoint = (uint8_t) endpoint, .write = write, .n = n };
        if (n > 0)
                memcpy(frame->bytes, bytes, n);
        return frame;
}

void events_add(
        struct protocol_events *events, enum protocol_event_kind kind, unsigned feature, int64_t value) {
        if (events->n < PROTOCOL_EVENTS_MAX)
                events->items[events->n++] =
                        (struct protocol_event){ .kind = kind, .feature = feature, .value = value };
}

void events_add_level(struct protocol_events *events, unsigned feature, int64_t value, bool last) {
        if (events->n < PROTOCOL_EVENTS_MAX)
                events->items[events->n++] = (struct protocol_event){
                        .kind = PROTOCOL_LEVEL, .feature = feature, .value = value, .last = last
                };
}
