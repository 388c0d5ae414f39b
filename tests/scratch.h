/* A scratch folder for one test executable, and files in it. */
#ifndef NASBED_TESTS_SCRATCH_H
#define NASBED_TESTS_SCRATCH_H

#include "base/file.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[64]; /* its path */

static inline int scratch_remove_entry(const char *path, const struct stat *info, int type,
                                       struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

/* Group set-up and tear-down of cmocka. */
static inline int scratch_make(void **state)
{
    (void)state;
    (void)snprintf(scratch, sizeof scratch, "/tmp/nasbed-test-XXXXXX");
    return mkdtemp(scratch) ? 0 : -1;
}

static inline int scratch_remove(void **state)
{
    (void)state;
    return nftw(scratch, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* SCRATCH/NAME, in one of a few static buffers: valid until the eighth call after. */
static inline const char *scratch_path(const char *name)
{
    static char path[8][512];
    static int next;
    next = (next + 1) % 8;
    (void)snprintf(path[next], sizeof path[next], "%s/%s", scratch, name);
    return path[next];
}

/* Start anew: an empty folder SCRATCH/NAME; its path. */
static inline const char *scratch_folder(const char *name)
{
    const char *path = scratch_path(name);
    (void)nftw(path, scratch_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    return folder_make(path, NULL) ? NULL : path;
}

/* A file of `size` zeros except for `byte` at `offset` (sparse: quick to make). */
static inline bool scratch_zeros(const char *path, size_t size, size_t offset, int byte)
{
    FILE *file = fopen(path, "wb");
    bool made = file && ftruncate(fileno(file), (off_t)size) == 0 &&
                fseek(file, (long)offset, SEEK_SET) == 0 && fputc(byte, file) != EOF;
    return (!file || fclose(file) == 0) && made;
}

#endif
