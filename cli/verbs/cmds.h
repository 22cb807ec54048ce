/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The functions of the verbs; cli/verbs/commands.c refers to them in the verb table. All return an enum limber_exit. */

#include "cli/term/options.h"

int cmd_status(const struct options *options);
int cmd_device_check(const struct options *options);
int cmd_devices(const struct options *options);
int cmd_connect(const struct options *options);
int cmd_disconnect(const struct options *options);
int cmd_scan(const struct options *options);
int cmd_add(const struct options *options);
int cmd_forget(const struct options *options);
int cmd_routines(const struct options *options);
int cmd_show(const struct options *options);
int cmd_check(const struct options *options);
int cmd_history(const struct options *options);
int cmd_history_show(const struct options *options);
int cmd_rests(const struct options *options);
int cmd_report(const struct options *options);
int cmd_intake(const struct options *options);
int cmd_runner(const struct options *options);
int cmd_runner_cap(const struct options *options);
int cmd_runner_sign_off(const struct options *options);
int cmd_calibrate(const struct options *options);
int cmd_limits(const struct options *options);
int cmd_start(const struct options *options);
int cmd_resume(const struct options *options);
int cmd_follow(const struct options *options);
int cmd_pause(const struct options *options);
int cmd_skip(const struct options *options);
int cmd_stop(const struct options *options);
int cmd_discomfort(const struct options *options);
int cmd_answer(const struct options *options);
