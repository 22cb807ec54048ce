/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Sends the stop frames of one armed file to its device, through bluetoothd, without knowledge of its protocol. All devices
 * are handled in parallel. */

#include <systemd/sd-bus.h>

#include "lib/armed.h"

struct replay;

/* Calls fn(replay, userdata) once, when every frame was written as often as required. Failures are retried until the caller
 * frees the replay: BlueZ refuses writes until it notices that a dead limberd's socket is closed, which takes a moment. */
int replay_new(sd_bus *bus, const struct armed *armed, void (*fn)(struct replay *replay, void *userdata),
        void *userdata, struct replay **ret);
struct replay *replay_free(struct replay *replay);
DEFINE_CLEANUP(struct replay *, replay_free);

const struct armed *replay_armed(const struct replay *replay);
bool replay_is_done(const struct replay *replay);
/* The last write was refused because another program has acquired the device. */
bool replay_is_held(const struct replay *replay);
/* The last obstacle, for a person. */
const char *replay_trouble(const struct replay *replay);
