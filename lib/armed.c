/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lib/armed.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "lib/atomic-file.h"
#include "lib/conf.h"
#include "lib/device-id.h"
#include "lib/text-door.h"

#define ARMED_MAGIC "limber-armed 1"

ssize_t hex_parse(const char *text, uint8_t *bytes, size_t size) {
        size_t n = 0;

        while (*text) {
                char digits[3];

                if (*text == ' ') {
                        text++;
                        continue;
                }
                if (!isxdigit((unsigned char) text[0]) || !isxdigit((unsigned char) text[1]) || n >= size)
                        return -EINVAL;
                digits[0] = text[0];
                digits[1] = text[1];
                digits[2] = '\0';
                bytes[n++] = (uint8_t) strtoul(digits, NULL, 16);
                text += 2;
        }
        return (ssize_t) n;
}

char *hex_format(const uint8_t *bytes, size_t n, char *text) {
        static const char digits[] = "0123456789ABCDEF";

        for (size_t i = 0; i < n; i++) {
                text[2 * i] = digits[bytes[i] >> 4];
                text[2 * i + 1] = digits[bytes[i] & 15];
        }
        text[2 * n] = '\0';
        return text;
}

static void print_armed(FILE *f, const struct armed *armed) {
        char hex[2 * ARMED_FRAME_SIZE_MAX + 1], name[sizeof(armed->name)];

        fprintf(f, "%s\nadapter %s\naddress %s\naddress-type %s\ngap-usec %llu\nrepeats %u\n", ARMED_MAGIC,
                isempty(armed->adapter) ? "-" : armed->adapter, armed->address, armed->address_type,
                (unsigned long long) armed->gap_usec, armed->repeats);
        for (unsigned i = 0; i < armed->n_frames; i++) {
                const struct armed_frame *frame = &armed->frames[i];

                fprintf(f, "frame %s %s %s %s\n", frame->service, frame->characteristic,
                        frame->request ? "request" : "command", hex_format(frame->bytes, frame->n, hex));
        }
        /* Last, because it may contain blanks; it ends the file, so that a truncated one is noticed. */
        (void) text_copy(name, sizeof(name), armed->name);
        fprintf(f, "name %s\n", isempty(name) ? "?" : name);
}

int armed_write(const char *directory, const struct armed *armed) {
        _cleanup_free_ char *text = NULL;
        char path[PATH_MAX];
        bool failed;
        size_t n;
        FILE *f;

        /* A file that cannot be read back would stop nothing. */
        if (isempty(armed->address) || isempty(armed->address_type) || armed->n_frames == 0 ||
                armed->repeats == 0)
                return -EINVAL;
        f = open_memstream(&text, &n);
        if (!f)
                return -ENOMEM;
        print_armed(f, armed);
        failed = ferror(f) != 0;
        if (fclose(f) != 0 || failed)
                return -ENOMEM;
        device_file(path, directory, armed->address, armed->address_type, "");
        /* Readable by everybody: any user's limber-allstop can stop what is on. Not synced: the runtime directory is in
         * memory, and the file only has to outlive the process. */
        return atomic_file_write(path, text, n, 0644, 0);
}

int armed_remove(const char *directory, const char *address, const char *address_type) {
        char path[PATH_MAX];

        device_file(path, directory, address, address_type, "");
        if (unlink(path) < 0 && errno != ENOENT)
                return -errno;
        return 0;
}

static bool copy_word(char *to, size_t size, const char *from) {
        if (strlen(from) >= size || isempty(from))
                return false;
        memcpy(to, from, strlen(from) + 1);
        return true;
}

static bool parse_frame(struct armed *armed, char *rest) {
        struct armed_frame *frame;
        char *words[4], *save = NULL;
        ssize_t n;

        if (armed->n_frames >= ARMED_FRAMES_MAX)
                return false;
        for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
                words[i] = strtok_r(i == 0 ? rest : NULL, " ", &save);
                if (!words[i])
                        return false;
        }
        frame = &armed->frames[armed->n_frames];
        n = hex_parse(words[3], frame->bytes, sizeof(frame->bytes));
        if (n <= 0 || !copy_word(frame->service, sizeof(frame->service), words[0]) ||
                !copy_word(frame->characteristic, sizeof(frame->characteristic), words[1]))
                return false;
        frame->n = (size_t) n;
        frame->request = streq(words[2], "request");
        if (!frame->request && !streq(words[2], "command"))
                return false;
        armed->n_frames++;
        return true;
}

static bool parse_line(struct armed *armed, char *line) {
        char *rest = strchr(line, ' ');

        if (!rest)
                return false;
        *rest++ = '\0';
        if (streq(line, "adapter"))
                return streq(rest, "-") || copy_word(armed->adapter, sizeof(armed->adapter), rest);
        if (streq(line, "address"))
                return copy_word(armed->address, sizeof(armed->address), rest);
        if (streq(line, "address-type"))
                return copy_word(armed->address_type, sizeof(armed->address_type), rest);
        if (streq(line, "gap-usec")) {
                armed->gap_usec = strtoull(rest, NULL, 10);
                return armed->gap_usec <= 10000000;
        }
        if (streq(line, "repeats")) {
                armed->repeats = (unsigned) strtoul(rest, NULL, 10);
                return armed->repeats >= 1 && armed->repeats <= 10;
        }
        if (streq(line, "frame"))
                return parse_frame(armed, rest);
        if (streq(line, "name"))
                return copy_word(armed->name, sizeof(armed->name), rest);
        return false;
}

void armed_bound_gap(struct armed *armed) {
        uint64_t writes = MAX((uint64_t) armed->n_frames * armed->repeats, UINT64_C(1));

        armed->gap_usec = MIN(armed->gap_usec, MIN(ARMED_GAP_MAX_USEC, 10 * ARMED_GAP_MAX_USEC / writes));
}

int armed_read(const char *path, struct armed *ret) {
        _cleanup_free_ char *text = NULL;
        struct armed armed = {};
        char *line, *save = NULL;
        size_t n;
        int r;

        r = read_file(path, ARMED_FILE_MAX, &text, &n);
        if (r < 0)
                return r;
        line = strtok_r(text, "\n", &save);
        if (!line || !streq(line, ARMED_MAGIC))
                return -EBADMSG;
        while ((line = strtok_r(NULL, "\n", &save)))
                if (!parse_line(&armed, line))
                        return -EBADMSG;
        if (isempty(armed.address) || isempty(armed.name) || armed.n_frames == 0 || armed.repeats == 0)
                return -EBADMSG;
        armed_bound_gap(&armed);
        *ret = armed;
        return 0;
}

int armed_list(const char *directory, void (*fn)(const char *id, const struct armed *armed, void *userdata),
        void *userdata) {
        struct dirent *entry;
        int found = 0;
        DIR *dir;

        dir = opendir(directory);
        if (!dir)
                return errno == ENOENT ? 0 : -errno;
        while ((entry = readdir(dir))) {
                char path[PATH_MAX];
                struct armed armed;

                if (entry->d_name[0] == '.' || strchr(entry->d_name, '.'))
                        continue;
                (void) snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
                found++;
                fn(entry->d_name, armed_read(path, &armed) < 0 ? NULL : &armed, userdata);
        }
        (void) closedir(dir);
        return found;
}

struct readable {
        void (*fn)(const struct armed *armed, void *userdata);
        void *userdata;
        unsigned broken;
};

static void if_readable(const char *id, const struct armed *armed, void *userdata) {
        struct readable *readable = userdata;

        if (armed)
                readable->fn(armed, readable->userdata);
        else
                readable->broken++;
}

int armed_foreach(const char *directory, void (*fn)(const struct armed *armed, void *userdata),
        void *userdata, unsigned *ret_broken) {
        struct readable readable = { fn, userdata, 0 };
        int found = armed_list(directory, if_readable, &readable);

        if (ret_broken)
                *ret_broken = readable.broken;
        return found < 0 ? found : found - (int) readable.broken;
}
