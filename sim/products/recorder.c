/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <inttypes.h>

#include "sim/products/hex.h"
#include "sim/products/recorder.h"

struct recorder {
        FILE *f; /* NULL: no recording */
};

int recorder_new(const char *path, struct recorder **ret) {
        _cleanup_(recorder_freep) struct recorder *recorder = NULL;
        _cleanup_close_ int fd = -EBADF;

        recorder = calloc(1, sizeof(*recorder));
        if (!recorder)
                return -ENOMEM;
        if (path) {
                fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0666);
                if (fd < 0)
                        return -errno;
                recorder->f = fdopen(fd, "a");
                if (!recorder->f)
                        return -errno;
                TAKE_FD(fd);
        }
        *ret = TAKE_PTR(recorder);
        return 0;
}

struct recorder *recorder_free(struct recorder *recorder) {
        if (!recorder)
                return NULL;
        if (recorder->f)
                fclose(recorder->f);
        free(recorder);
        return NULL;
}

/* No JSON escapes are needed: addresses, kinds, UUIDs and hex are all plain. */
static FILE *begin(
        struct recorder *recorder, uint64_t t_usec, const struct product *product, const char *what) {
        if (!recorder->f)
                return NULL;
        fprintf(recorder->f, "{\"t_usec\":%" PRIu64 ",\"address\":\"%s\",\"product\":\"%s\",\"what\":\"%s\"",
                t_usec, product_address(product), product_kind(product), what);
        return recorder->f;
}

static void end(FILE *f) {
        fputs("}\n", f);
        fflush(f);
}

/* A characteristic of the Bluetooth base by its four digits, others by their full UUID. */
static void print_characteristic(FILE *f, const struct product *product, unsigned characteristic) {
        const char *uuid;
        size_t n;

        uuid = product_characteristics(product, &n)[characteristic].uuid;
        if (startswith(uuid, "0000") && streq(uuid + 8, "-0000-1000-8000-00805f9b34fb"))
                fprintf(f, ",\"char\":\"%.4s\"", uuid + 4);
        else
                fprintf(f, ",\"char\":\"%s\"", uuid);
}

void recorder_write(struct recorder *recorder, uint64_t t_usec, const struct product *product,
        const char *what, unsigned characteristic, enum product_write_type type, const char *via,
        const uint8_t *bytes, size_t n) {
        char hex[HEX_MAX];
        FILE *f;

        f = begin(recorder, t_usec, product, what);
        if (!f)
                return;
        print_characteristic(f, product, characteristic);
        fprintf(f, ",\"type\":\"%s\",\"via\":\"%s\",\"hex\":\"%s\"",
                type == PRODUCT_WRITE_REQUEST ? "request" : "command", via, hex_print(hex, bytes, n));
        end(f);
}

void recorder_notify(struct recorder *recorder, uint64_t t_usec, const struct product *product,
        unsigned characteristic, bool delivered, const uint8_t *bytes, size_t n) {
        char hex[HEX_MAX];
        FILE *f;

        f = begin(recorder, t_usec, product, "notify");
        if (!f)
                return;
        print_characteristic(f, product, characteristic);
        fprintf(f, ",\"delivered\":%s,\"hex\":\"%s\"", delivered ? "true" : "false",
                hex_print(hex, bytes, n));
        end(f);
}

void recorder_link(struct recorder *recorder, uint64_t t_usec, const struct product *product, bool up) {
        FILE *f;

        f = begin(recorder, t_usec, product, "link");
        if (!f)
                return;
        fprintf(f, ",\"up\":%s", up ? "true" : "false");
        end(f);
}

void recorder_observed(struct recorder *recorder, uint64_t t_usec, const struct product *product,
        const char *what, const char *json) {
        FILE *f;

        f = begin(recorder, t_usec, product, what);
        if (!f)
                return;
        fprintf(f, ",\"data\":%s", json);
        end(f);
}
