/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tests/bus/bus-pair.h"

#include <errno.h>
#include <sys/socket.h>

int bus_pair_open(sd_bus **ret_server, sd_bus **ret_client) {
        sd_id128_t id;
        int fds[2], r;

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
                return -errno;
        r = sd_id128_randomize(&id);
        if (r >= 0)
                r = sd_bus_new(ret_server);
        if (r >= 0)
                r = sd_bus_set_fd(*ret_server, fds[0], fds[0]);
        if (r >= 0)
                r = sd_bus_set_server(*ret_server, 1, id);
        if (r >= 0)
                r = sd_bus_start(*ret_server);
        if (r >= 0)
                r = sd_bus_new(ret_client);
        if (r >= 0)
                r = sd_bus_set_fd(*ret_client, fds[1], fds[1]);
        if (r >= 0)
                r = sd_bus_start(*ret_client);
        return r;
}
