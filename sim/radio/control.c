/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "sim/radio/control.h"

#define CLIENTS_MAX 16
#define LINE_MAX_BYTES 512

struct client {
        struct control *control;
        int fd;
        sd_event_source *source;
        size_t n;
        char line[LINE_MAX_BYTES];
};

struct control {
        sd_event *event;
        sd_event_source *source;
        int fd;
        char *path;
        struct client *clients[CLIENTS_MAX];
        char *(*run)(void *userdata, const char *line);
        void *userdata;
};

static void client_free(struct client *client) {
        struct control *control = client->control;

        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (control->clients[i] == client)
                        control->clients[i] = NULL;
        sd_event_source_disable_unref(client->source);
        (void) close_fd(client->fd);
        free(client);
}

/* Returns false when the client does not read its answers. */
static bool say(struct client *client, const char *text) {
        _cleanup_free_ char *line = NULL;
        int n;

        n = asprintf(&line, "%s\n", text);
        if (n < 0) {
                line = NULL;
                return false;
        }
        return send(client->fd, line, (size_t) n, MSG_NOSIGNAL | MSG_DONTWAIT) == n;
}

static bool run_line(struct client *client, char *line) {
        _cleanup_free_ char *answer = NULL;
        size_t n = strlen(line);

        if (n > 0 && line[n - 1] == '\r')
                line[n - 1] = '\0';
        answer = client->control->run(client->control->userdata, line);
        return say(client, answer ?: "{\"error\":\"No memory.\"}");
}

/* Runs the complete lines; keeps the rest. */
static bool run_lines(struct client *client) {
        char *begin = client->line, *end;
        size_t left = client->n;

        while ((end = memchr(begin, '\n', left))) {
                *end = '\0';
                /* A NUL would hide the text after it. */
                if (strlen(begin) != (size_t) (end - begin))
                        *begin = '\x01';
                if (!run_line(client, begin))
                        return false;
                left -= (size_t) (end + 1 - begin);
                begin = end + 1;
        }
        memmove(client->line, begin, left);
        client->n = left;
        if (left < sizeof(client->line))
                return true;
        (void) say(client, "{\"error\":\"That line is too long.\"}");
        return false;
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        struct client *client = userdata;
        ssize_t n;

        n = recv(fd, client->line + client->n, sizeof(client->line) - client->n, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return 0;
        if (n > 0)
                client->n += (size_t) n;
        if (n <= 0 || !run_lines(client))
                client_free(client);
        return 0;
}

static int add_client(struct control *control, int fd) {
        struct client *client, **at = NULL;

        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (!control->clients[i])
                        at = control->clients + i;
        if (!at)
                return -EUSERS;
        client = calloc(1, sizeof(*client));
        if (!client)
                return -ENOMEM;
        if (sd_event_add_io(control->event, &client->source, fd, EPOLLIN, on_client, client) < 0) {
                free(client);
                return -ENOMEM;
        }
        client->control = control;
        client->fd = fd;
        *at = client;
        return 0;
}

static int on_connection(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        _cleanup_close_ int client = -EBADF;

        client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client >= 0 && add_client(userdata, client) >= 0)
                TAKE_FD(client);
        return 0;
}

/* Removes the socket of a killed run, on which nobody listens. */
static void remove_stale(const struct sockaddr_un *address) {
        _cleanup_close_ int fd = -EBADF;
        struct stat st;

        if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
                return;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd >= 0 && connect(fd, (const struct sockaddr *) address, sizeof(*address)) < 0 &&
                errno == ECONNREFUSED)
                (void) unlink(address->sun_path);
}

static int open_socket(const char *path) {
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        _cleanup_close_ int fd = -EBADF;

        if (strlen(path) >= sizeof(address.sun_path))
                return -ENAMETOOLONG;
        memcpy(address.sun_path, path, strlen(path) + 1);
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        remove_stale(&address);
        if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0 || listen(fd, CLIENTS_MAX) < 0)
                return -errno;
        return TAKE_FD(fd);
}

int control_new(sd_event *event, const char *path, char *(*run)(void *userdata, const char *line),
        void *userdata, struct control **ret) {
        _cleanup_(control_freep) struct control *control = NULL;
        int r;

        control = calloc(1, sizeof(*control));
        if (!control)
                return -ENOMEM;
        control->event = sd_event_ref(event);
        control->run = run;
        control->userdata = userdata;
        control->fd = open_socket(path);
        if (control->fd < 0)
                return control->fd;
        control->path = strdup(path);
        if (!control->path)
                return -ENOMEM;
        r = sd_event_add_io(event, &control->source, control->fd, EPOLLIN, on_connection, control);
        if (r < 0)
                return r;

        *ret = TAKE_PTR(control);
        return 0;
}

struct control *control_free(struct control *control) {
        if (!control)
                return NULL;
        for (size_t i = 0; i < CLIENTS_MAX; i++)
                if (control->clients[i])
                        client_free(control->clients[i]);
        sd_event_source_disable_unref(control->source);
        if (control->path)
                (void) unlink(control->path);
        (void) close_fd(control->fd);
        free(control->path);
        sd_event_unref(control->event);
        free(control);
        return NULL;
}
