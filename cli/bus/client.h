/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The connection to limberd. Functions that return an enum limber_exit have already said why when it is not 0. */

#include <systemd/sd-bus.h>

#include "cli/bus/objects.h"
#include "cli/term/options.h"

/* So long a person may take to find and type a password; limberd gives up a little earlier. */
#define CLIENT_PERMISSION_USEC (130 * (uint64_t) 1000000)
/* While a session is held, a stop must be answered within this, else the next means of stopping is tried. */
#define CLIENT_STOP_USEC (300 * (uint64_t) 1000)

struct client;

/* Connects to the bus (or that of --host). Returns an enum limber_exit. */
int client_open(const struct options *options, struct client **ret);
/* The same without a word, for those who have another way to go on. Returns negative errno. */
int client_open_quiet(const struct options *options, struct client **ret);
struct client *client_free(struct client *client);
DEFINE_CLEANUP(struct client *, client_free);

sd_bus *client_bus(struct client *client);
const struct options *client_options(const struct client *client);

/* A method of the daemon. reply may be NULL. Returns an enum limber_exit. */
int client_call(struct client *client, const char *path, const char *interface, const char *member,
        sd_bus_message **reply, const char *types, ...);
/* The same with its own message, for arguments that are containers. polkit may ask a person for permission meanwhile. */
int client_send(struct client *client, sd_bus_message *m, sd_bus_message **reply);
/* The same without a word about a failure. Returns negative errno. */
int client_send_quiet(struct client *client, sd_bus_message *m, sd_bus_message **reply, sd_bus_error *error);
/* A new call of the Manager. Returns negative errno. */
int client_new_call(struct client *client, const char *member, sd_bus_message **ret);

/* A stop or a pause: does not start a daemon that is not there, and waits for no longer than usec. Returns
 * negative errno; reply and error may be NULL. */
int client_stop_call(struct client *client, const char *path, const char *interface, const char *member,
        uint64_t usec, sd_bus_message **reply, sd_bus_error *error);

/* Everything the daemon has. Returns an enum limber_exit. */
int client_objects(struct client *client, struct objects **ret);

/* Unique bus name of the daemon; only what it sent itself is believed. Returns negative errno. */
int client_owner(struct client *client, char **ret);
