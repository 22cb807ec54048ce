/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* A bus that is only a socket pair: a server, and one client of it. */

#include <systemd/sd-bus.h>

int bus_pair_open(sd_bus **ret_server, sd_bus **ret_client);
