/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The program limber-parse: reads other people's text with libconfig in a process of its own, without files or network and
 * within bounds of memory and time, and nothing of its answer is believed (lib/conf-tree.h). Started with the first text, again
 * after a text that it did not survive, and ended with this object. Blocks; used by one thread at a time, never on the event
 * loop once limberd is ready. */

#include "lib/conf.h"

struct parse_child;

/* path: the program; must outlive the object. Starts nothing yet. -ENOMEM. */
int parse_child_new(const char *path, struct parse_child **ret);
struct parse_child *parse_child_free(struct parse_child *child);
DEFINE_CLEANUP(struct parse_child *, parse_child_free);

/* A text that takes too much memory or time has a finding that says so. Errors: of starting the program; -EAGAIN: it was killed or
 * stopped again and again for 20 s at most, which says nothing about the text, and nothing more is read by this object. */
struct conf_reader *parse_child_reader(struct parse_child *child);

/* Process id, or 0 while there is none. */
pid_t parse_child_pid(const struct parse_child *child);

/* At the end of the program: what is being read ends at once, of all children, and nothing more is read. Errors: -ECANCELED. */
void parse_child_give_up(void);
