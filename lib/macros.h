/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Scope cleanup, ownership transfer and other small helpers. Nothing here allocates or logs. */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
/* Unique names for each use, so that uses can nest. */
#define LIMBER_CONCAT_(a, b) a##b
#define LIMBER_CONCAT(a, b) LIMBER_CONCAT_(a, b)
#define LIMBER_PICK(a, b, op, id)                                                         \
        ({                                                                                \
                __typeof__(a) LIMBER_CONCAT(_a, id) = (a);                                \
                __typeof__(b) LIMBER_CONCAT(_b, id) = (b);                                \
                LIMBER_CONCAT(_a, id)                                                     \
                op LIMBER_CONCAT(_b, id) ? LIMBER_CONCAT(_a, id) : LIMBER_CONCAT(_b, id); \
        })
#define MIN(a, b) LIMBER_PICK(a, b, <, __COUNTER__)
#define MAX(a, b) LIMBER_PICK(a, b, >, __COUNTER__)

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))
#define _unused_ __attribute__((unused))
#define _const_ __attribute__((const))
#define _pure_ __attribute__((pure))

/* Transfers ownership of a pointer or descriptor to the caller and resets it here. */
#define TAKE_PTR(p)                               \
        ({                                        \
                __typeof__(p) *_take_p = &(p);    \
                __typeof__(p) _take_v = *_take_p; \
                *_take_p = NULL;                  \
                _take_v;                          \
        })
#define TAKE_FD(fd)                     \
        ({                              \
                int *_take_p = &(fd);   \
                int _take_v = *_take_p; \
                *_take_p = -EBADF;      \
                _take_v;                \
        })

/* Defines noun_freep() for _cleanup_(noun_freep) from a noun_free() that accepts NULL. */
#define DEFINE_CLEANUP(type, fn)            \
        static inline void fn##p(type *p) { \
                if (*p)                     \
                        fn(*p);             \
        }                                   \
        struct _limber_semicolon

static inline void freep(void *p) {
        free(*(void **) p);
}
#define _cleanup_free_ _cleanup_(freep)

/* Frees a NULL-terminated vector of strings. Returns NULL; takes NULL. */
static inline char **strv_free(char **strings) {
        for (char **s = strings; s && *s; s++)
                free(*s);
        free(strings);
        return NULL;
}
DEFINE_CLEANUP(char **, strv_free);

static inline int close_fd(int fd) {
        if (fd >= 0) {
                int saved = errno;
                (void) close(fd);
                errno = saved;
        }
        return -EBADF;
}
static inline void close_fdp(int *fd) {
        (void) close_fd(*fd);
}
#define _cleanup_close_ _cleanup_(close_fdp)

static inline void fclosep(FILE **f) {
        if (*f)
                (void) fclose(*f);
}
#define _cleanup_fclose_ _cleanup_(fclosep)

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}
static inline bool streq_ptr(const char *a, const char *b) {
        return a == b || (a && b && streq(a, b));
}
static inline bool isempty(const char *s) {
        return !s || s[0] == '\0';
}
static inline const char *strnull(const char *s) {
        return s ?: "";
}
static inline const char *yes_no(bool b) {
        return b ? "yes" : "no";
}

/* Returns what follows prefix in s, or NULL when s does not start with it. */
static inline const char *startswith(const char *s, const char *prefix) {
        size_t n = strlen(prefix);
        return strncmp(s, prefix, n) == 0 ? s + n : NULL;
}

/* Replaces *p by a copy of s (which may be NULL). On -ENOMEM *p is untouched. */
static inline int free_and_strdup(char **p, const char *s) {
        char *copy = NULL;

        if (s) {
                copy = strdup(s);
                if (!copy)
                        return -ENOMEM;
        }
        free(*p);
        *p = copy;
        return 0;
}
