/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Tells the service manager a state, like sd_notify(), but never waits: its socket holds few messages, and a manager that
 * is slow to read them must not hold up the loop that can stop a device. A message that does not fit is lost. Returns 0
 * when nobody wants to know, 1 when it is sent, negative errno when it is lost. */
int notify_manager(const char *state);
