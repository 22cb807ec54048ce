/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The bus names, paths and interfaces shared by limber's programs. */

#define LIMBER_BUS_NAME "org.limber1"
#define LIMBER_PATH "/org/limber1"
#define LIMBER_DEVICE_PATH LIMBER_PATH "/device"
#define LIMBER_SESSION_PATH LIMBER_PATH "/session"
#define LIMBER_ROUTINE_PATH LIMBER_PATH "/routine"
#define LIMBER_RUNNER_PATH LIMBER_PATH "/runner"
/* The runner who is the caller. */
#define LIMBER_RUNNER_SELF_PATH LIMBER_RUNNER_PATH "/self"

#define LIMBER_MANAGER_INTERFACE "org.limber1.Manager"
#define LIMBER_DEVICE_INTERFACE "org.limber1.Device"
#define LIMBER_SESSION_INTERFACE "org.limber1.Session"
#define LIMBER_ROUTINE_INTERFACE "org.limber1.Routine"
#define LIMBER_RUNNER_INTERFACE "org.limber1.Runner"

/* limber-sim exports this object at its org.bluez, so that --simulated never uses a real radio. */
#define LIMBER_SIMULATOR_PATH "/org/limber1/simulator"
#define LIMBER_SIMULATOR_INTERFACE "org.limber1.Simulator"
/* Owned by limber-sim while it also simulates a runner: no other client then answers for that runner. */
#define LIMBER_SIMULATED_RUNNER_NAME "org.limber1.SimulatedRunner"
