/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Like sd_notify(), but never blocks: the socket's queue is short, and a slow service manager must not block the loop that
 * can stop a device. A message that does not fit is lost. Returns 0 when there is no service manager to notify, 1 when it is
 * sent, negative errno when it is lost. */
int notify_manager(const char *state);
