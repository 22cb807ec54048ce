/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Every bus name, path and interface that limber's own programs share. */

#define LIMBER_BUS_NAME "org.limber1"
#define LIMBER_PATH "/org/limber1"
#define LIMBER_DEVICE_PATH LIMBER_PATH "/device"
#define LIMBER_SESSION_PATH LIMBER_PATH "/session"
#define LIMBER_ROUTINE_PATH LIMBER_PATH "/routine"
#define LIMBER_RUNNER_PATH LIMBER_PATH "/runner"
/* Whoever calls. */
#define LIMBER_RUNNER_SELF_PATH LIMBER_RUNNER_PATH "/self"

#define LIMBER_MANAGER_INTERFACE "org.limber1.Manager"
#define LIMBER_DEVICE_INTERFACE "org.limber1.Device"
#define LIMBER_SESSION_INTERFACE "org.limber1.Session"
#define LIMBER_ROUTINE_INTERFACE "org.limber1.Routine"
#define LIMBER_RUNNER_INTERFACE "org.limber1.Runner"

/* limber-sim marks the org.bluez it plays with this object, so that --simulated cannot meet a real radio. */
#define LIMBER_SIMULATOR_PATH "/org/limber1/simulator"
#define LIMBER_SIMULATOR_INTERFACE "org.limber1.Simulator"
/* limber-sim owns it while it plays a runner, too: then nobody else says how that one feels. */
#define LIMBER_SIMULATED_RUNNER_NAME "org.limber1.SimulatedRunner"
