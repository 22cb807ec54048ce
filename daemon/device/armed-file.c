/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon/device/armed-file.h"

struct armed_file {
        struct jobs *jobs;
        const char *directory;
        void (*written)(void *userdata, int result);
        void *userdata;
        char address[18], address_type[8];
        enum armed_file_state state;
        struct job *writing; /* the job whose result counts */
};

struct job {
        struct armed_file *file; /* NULL: freed, or overtaken */
        const char *directory;
        struct armed armed; /* without frames: to be removed */
        int result;
};

static void work(void *data) {
        struct job *job = data;

        job->result = job->armed.n_frames > 0
                              ? armed_write(job->directory, &job->armed)
                              : armed_remove(job->directory, job->armed.address, job->armed.address_type);
}

static void done(void *data) {
        struct job *job = data;
        struct armed_file *file = job->file;

        if (file) {
                file->writing = NULL;
                file->state = job->result < 0 ? ARMED_FILE_ABSENT : ARMED_FILE_THERE;
                file->written(file->userdata, job->result);
        }
        free(job);
}

static void overtake(struct armed_file *file) {
        if (file->writing)
                file->writing->file = NULL;
        file->writing = NULL;
}

enum armed_file_state armed_file_state(const struct armed_file *file) {
        return file->state;
}

int armed_file_write(struct armed_file *file, const struct armed *armed) {
        struct job *job;
        int r;

        overtake(file);
        (void) snprintf(file->address, sizeof(file->address), "%s", armed->address);
        (void) snprintf(file->address_type, sizeof(file->address_type), "%s", armed->address_type);
        if (!file->directory) {
                file->state = ARMED_FILE_THERE;
                return 0;
        }
        job = calloc(1, sizeof(*job));
        if (!job)
                return -ENOMEM;
        *job = (struct job){ .file = file, .directory = file->directory, .armed = *armed };
        file->state = ARMED_FILE_WRITING;
        file->writing = job;
        r = jobs_run(file->jobs, work, done, job);
        if (r < 0) {
                file->state = ARMED_FILE_ABSENT;
                file->writing = NULL;
                free(job);
        }
        return r;
}

void armed_file_remove(struct armed_file *file) {
        struct job *job;

        if (file->state == ARMED_FILE_ABSENT)
                return;
        overtake(file);
        file->state = ARMED_FILE_ABSENT;
        if (!file->directory)
                return;
        job = calloc(1, sizeof(*job));
        if (!job)
                return; /* otherwise limber-allstop would stop a device that is off */
        job->directory = file->directory;
        memcpy(job->armed.address, file->address, sizeof(job->armed.address));
        memcpy(job->armed.address_type, file->address_type, sizeof(job->armed.address_type));
        if (jobs_run(file->jobs, work, done, job) < 0)
                free(job);
}

void armed_file_adopt(struct armed_file *file, const char *address, const char *address_type) {
        (void) snprintf(file->address, sizeof(file->address), "%s", address);
        (void) snprintf(file->address_type, sizeof(file->address_type), "%s", address_type);
        file->state = ARMED_FILE_THERE;
}

int armed_file_new(struct jobs *jobs, const char *directory, void (*written)(void *userdata, int result),
        void *userdata, struct armed_file **ret) {
        struct armed_file *file = calloc(1, sizeof(*file));

        if (!file)
                return -ENOMEM;
        *file = (struct armed_file){
                .jobs = jobs, .directory = directory, .written = written, .userdata = userdata
        };
        *ret = file;
        return 0;
}

struct armed_file *armed_file_free(struct armed_file *file) {
        if (!file)
                return NULL;
        overtake(file);
        free(file);
        return NULL;
}
