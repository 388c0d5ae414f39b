/* Files and folders: read and written whole, so that a kill leaves the old or the new. */
#ifndef NASBED_BASE_FILE_H
#define NASBED_BASE_FILE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Read a whole file; *data is malloc'ed with a NUL after `size` bytes; the caller frees it.
 * Errors: ERROR_MISSING, ERROR_IO, ERROR_MEMORY, with the path in the message. */
int file_read(const char *path, char **data, size_t *size, struct error *error);

/* Write a whole file under a temporary name beside it, flush it to disk, rename it into place: after
 * a kill there is the old file or the new one, and perhaps the temporary (file_clean). Errors: ERROR_IO
 * with path and reason. */
int file_write(const char *path, const void *data, size_t size, struct error *error);

/* Make a name that was given to a file in its folder outlast a loss of power, where the file system can. */
void file_settle(const char *path);

/* Remove the temporaries of `path` that file_write left when its process was killed: of processes of this
 * machine that are no more, and that no live one, of another machine either, has locked. What cannot be
 * removed stays. */
void file_clean(const char *path);

/* Make a folder and those above it. */
int folder_make(const char *path, struct error *error);

bool file_exists(const char *path);

/* Where what the program comes with lies: beside the sources while they are there, else where it was
 * installed. FOLDER/NAME of the first of `folders` [n >= 1] that has it, or else of the last, replaces
 * what `path` holds. False if none has it, or memory ran out (path->failed). */
bool file_find(const char *const *folders, size_t n, const char *name, struct text *path);

#endif
