/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "parse/sandbox.h"

#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "lib/macros.h"

/* A text of 64 KiB takes libconfig about 5 MiB; what it leaks of bad ones stays until this process ends. */
#define MEMORY_MAX (96u * 1024u * 1024u)
#define CPU_SECONDS_MAX 10u

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Neither is a condition: where memory ends, this process goes first, and limberd's own priority is not for strangers' text. */
static void give_way(void) {
        int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

        if (fd >= 0) {
                (void) !write(fd, "1000", 4);
                (void) close(fd);
        }
        (void) setpriority(PRIO_PROCESS, 0, 10);
}

static int limit(void) {
        static const struct {
                __rlimit_resource_t resource;
                rlim_t max, hard;
        } limits[] = {
                { RLIMIT_CORE, 0, 0 },
                /* SIGXCPU, which says why, not SIGKILL, which may come from anybody. */
                { RLIMIT_CPU, CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1 },
                { RLIMIT_FSIZE, 0, 0 },
                { RLIMIT_NOFILE, 3, 3 },
                /* The shadow memory of AddressSanitizer is 20 TiB. */
                { RLIMIT_AS, SANITIZED ? RLIM_INFINITY : MEMORY_MAX,
                        SANITIZED ? RLIM_INFINITY : MEMORY_MAX },
        };

        for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
                if (setrlimit(limits[i].resource, &(struct rlimit){ limits[i].max, limits[i].hard }) < 0)
                        return -errno;
        return 0;
}

/* What malloc() does with memory, but never of a file, and never to be executed. */
static int allow_memory(scmp_filter_ctx filter) {
        static const struct scmp_arg_cmp no_file[] = {
                { 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0 },
                { 3, SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS },
        };
        int r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), ARRAY_SIZE(no_file), no_file);

        return r < 0 ? r
                     : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                               SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static int filter_calls(scmp_filter_ctx filter) {
        static const int calls[] = {
                SCMP_SYS(read),
                SCMP_SYS(write),
                SCMP_SYS(brk),
                SCMP_SYS(munmap),
                SCMP_SYS(mremap),
                SCMP_SYS(madvise),
                SCMP_SYS(getrandom), /* malloc(), once */
                SCMP_SYS(futex),
                SCMP_SYS(rt_sigreturn),
                SCMP_SYS(exit_group),
#if SANITIZED
                SCMP_SYS(getpid),
                SCMP_SYS(gettid),
                SCMP_SYS(sched_yield),
                SCMP_SYS(clock_gettime),
#endif
        };
        int r = allow_memory(filter);

        for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(calls); i++)
                r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
        return r < 0 ? r : seccomp_load(filter); /* sets no_new_privs, too */
}

int sandbox_enter(void) {
        scmp_filter_ctx filter;
        int r;

        give_way();
        r = limit();
        if (r >= 0 && prctl(PR_SET_DUMPABLE, 0) < 0)
                r = -errno;
        if (r < 0)
                return r;
        filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
        if (!filter)
                return -ENOMEM;
        r = filter_calls(filter);
        seccomp_release(filter);
        return r;
}
