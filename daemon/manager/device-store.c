/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/manager/device-store.h"

#include <ctype.h>
#include <sys/stat.h>

#include "lib/atomic-file.h"
#include "lib/device-id.h"

bool device_alias_is_valid(const char *alias) {
        size_t n = strlen(alias);

        if (n < 1 || n > 32)
                return false;
        for (const char *p = alias; *p; p++)
                if (!isalnum((unsigned char) *p) && *p != '-' && *p != '_')
                        return false;
        return true;
}

static int print(const struct stored_device *device, char **ret_text, size_t *ret_n) {
        FILE *f = open_memstream(ret_text, ret_n);
        bool failed;

        if (!f)
                return -ENOMEM;
        conf_print_string(f, "address", device->address);
        conf_print_string(f, "address_type", device->address_type);
        if (!isempty(device->name))
                conf_print_string(f, "name", device->name);
        if (!isempty(device->alias))
                conf_print_string(f, "alias", device->alias);
        conf_print_string(f, "definition", device->definition);
        failed = ferror(f) != 0;
        return fclose(f) != 0 || failed ? -ENOMEM : 0;
}

int device_store_write(const char *directory, const struct stored_device *device) {
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];
        size_t n;
        int r;

        if (mkdir(directory, 0755) < 0 && errno != EEXIST)
                return -errno;
        r = print(device, &text, &n);
        if (r < 0)
                return r;
        device_file(path, directory, device->address, device->address_type, ".conf");
        return atomic_file_write(path, text, n, 0644, ATOMIC_FILE_SYNC);
}

int device_store_remove(const char *directory, const char *address, const char *address_type) {
        char path[PATH_MAX];

        device_file(path, directory, address, address_type, ".conf");
        return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

struct reading {
        struct conf_reader *reader;
        struct rejects *rejects;
        void (*fn)(const struct stored_device *device, void *userdata);
        void *userdata;
        int error; /* the reader does not work */
};

static void read_field(
        const struct conf_setting *root, const char *key, char *to, size_t size, struct findings *f) {
        const char *value;

        if (conf_string(root, key, size - 1, f, &value))
                (void) snprintf(to, size, "%s", value);
}

static void read_one(const char *path, const char *text, size_t n, void *userdata) {
        static const struct conf_key keys[] = {
                { "address", true },
                { "address_type", true },
                { "name", false },
                { "alias", false },
                { "definition", true },
                {},
        };
        struct reading *reading = userdata;
        _cleanup_(findings_done) struct findings findings = {};
        _cleanup_(conf_freep) struct conf *conf = NULL;
        struct stored_device device = {};
        const struct conf_setting *root;
        int r;

        r = conf_read(reading->reader, text, n, &findings, &conf);
        if (r >= 0) {
                root = conf_root(conf);
                conf_check_keys(root, keys, "a stored device", &findings);
                read_field(root, "address", device.address, sizeof(device.address), &findings);
                read_field(
                        root, "address_type", device.address_type, sizeof(device.address_type), &findings);
                read_field(root, "name", device.name, sizeof(device.name), &findings);
                read_field(root, "alias", device.alias, sizeof(device.alias), &findings);
                read_field(root, "definition", device.definition, sizeof(device.definition), &findings);
        }
        if (findings.n_errors > 0)
                rejects_add_findings(reading->rejects, path, &findings);
        else if (r < 0)
                reading->error = r;
        else
                reading->fn(&device, reading->userdata);
}

int device_store_read(struct conf_reader *reader, const char *directory, struct rejects *rejects,
        void (*fn)(const struct stored_device *device, void *userdata), void *userdata) {
        struct reading reading = { reader, rejects, fn, userdata, 0 };

        folder_read(directory, rejects, read_one, &reading);
        return reading.error;
}
