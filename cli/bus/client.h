/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The connection to limberd. Functions that return an enum limber_exit have already reported the reason when it is not 0. */

#include <systemd/sd-bus.h>

#include "cli/bus/objects.h"
#include "cli/term/options.h"

/* Time for a person to find and type a password; limberd gives up slightly earlier. */
#define CLIENT_PERMISSION_USEC (130 * (uint64_t) 1000000)
/* While a session is held, a stop must be answered within this time, else the next means of stopping is tried. */
#define CLIENT_STOP_USEC (300 * (uint64_t) 1000)

struct client;

/* Connects to the bus (or that of --host). Returns an enum limber_exit. */
int client_open(const struct options *options, struct client **ret);
/* The same without reporting errors, for callers with an alternative. Returns negative errno. */
int client_open_quiet(const struct options *options, struct client **ret);
struct client *client_free(struct client *client);
DEFINE_CLEANUP(struct client *, client_free);

sd_bus *client_bus(struct client *client);
const struct options *client_options(const struct client *client);

/* Calls a method of the daemon. reply may be NULL. Returns an enum limber_exit. */
int client_call(struct client *client, const char *path, const char *interface, const char *member,
        sd_bus_message **reply, const char *types, ...);
/* The same with a message of the caller, for container arguments. polkit may ask a person for permission meanwhile. */
int client_send(struct client *client, sd_bus_message *m, sd_bus_message **reply);
/* The same without reporting errors. Returns negative errno. */
int client_send_quiet(struct client *client, sd_bus_message *m, sd_bus_message **reply, sd_bus_error *error);
/* Creates a method call to the Manager. Returns negative errno. */
int client_new_call(struct client *client, const char *member, sd_bus_message **ret);

/* A stop or a pause: does not start the daemon by activation, and waits at most usec. Returns negative errno; reply and
 * error may be NULL. */
int client_stop_call(struct client *client, const char *path, const char *interface, const char *member,
        uint64_t usec, sd_bus_message **reply, sd_bus_error *error);

/* Fetches all objects of the daemon. Returns an enum limber_exit. */
int client_objects(struct client *client, struct objects **ret);

/* Unique bus name of the daemon; signals from anybody else are ignored. Returns negative errno. */
int client_owner(struct client *client, char **ret);
