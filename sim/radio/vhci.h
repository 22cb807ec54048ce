/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Connects the virtual radio to Linux as a controller, through /dev/vhci. */

#include <systemd/sd-event.h>

#include "sim/radio/air.h"

struct vhci;

/* Opens /dev/vhci and returns the descriptor. -ENOENT or -ENODEV: the module is not loaded; -EACCES: not permitted. */
int vhci_open(void);

/* Creates a controller on fd (takes ownership) and carries packets from then on. fd reads and writes one packet at a time.
 * ready is called once the controller has its name, "hci0". When fd fails, the loop ends with that error. */
int vhci_new(sd_event *event, int fd, struct recorder *recorder,
        void (*ready)(void *userdata, unsigned index), void *userdata, struct vhci **ret);
struct vhci *vhci_free(struct vhci *vhci);
DEFINE_CLEANUP(struct vhci *, vhci_free);

int vhci_add_product(struct vhci *vhci, const char *kind, const char *address);
char *vhci_summary(struct vhci *vhci);
/* A command line of --control, as air_control(). */
char *vhci_control(struct vhci *vhci, const char *line);
