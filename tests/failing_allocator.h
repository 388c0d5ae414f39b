/* An allocator of which the n-th call fails: `countdown` calls until then, counted while `watching`.
 * Where the sanitizer owns the allocator it is left alone, and the tests skip themselves. */
#ifndef NASBED_TESTS_FAILING_ALLOCATOR_H
#define NASBED_TESTS_FAILING_ALLOCATOR_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);

static bool watching; /* count and fail; off while the test harness itself allocates */
static long countdown, held;

static bool refused(void)
{
    bool now = watching && countdown-- == 0;
    if (now)
        errno = ENOMEM; /* as the library's own does: fts reports by it */
    return now;
}

/* FAILING_ALLOCATOR_SPARES_MALLOC: only the library's own sorting gets here, and does without where it
 * is refused: counted alone. */
void *malloc(size_t size)
{
#ifdef FAILING_ALLOCATOR_SPARES_MALLOC
    void *memory = __libc_malloc(size);
#else
    void *memory = refused() ? NULL : __libc_malloc(size);
#endif
    held += watching && memory;
    return memory;
}

void *calloc(size_t n, size_t size)
{
    void *memory = refused() ? NULL : __libc_calloc(n, size);
    held += watching && memory;
    return memory;
}

void *realloc(void *old, size_t size)
{
    void *memory = refused() ? NULL : __libc_realloc(old, size);
    held += watching && memory && !old;
    return memory;
}

void free(void *memory)
{
    held -= watching && memory;
    __libc_free(memory);
}

#endif
