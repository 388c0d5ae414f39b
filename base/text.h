/* Text and files: growing strings, strict number parsing, nearest names, whole-file read and write. */
#ifndef NASBED_BASE_TEXT_H
#define NASBED_BASE_TEXT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string. Zero-initialise; `data` is NULL until the first append and NUL-terminated after.
 * When memory runs out `failed` is set and later appends do nothing. */
struct text {
    char *data;
    size_t size, capacity; /* bytes, without the NUL */
    bool failed;
};

void text_append(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append_bytes(struct text *text, const char *bytes, size_t size);
void text_free(struct text *text);

/* Parse the whole of `word`; false when there is anything else in it or the value is out of range.
 * Reals are read in the C locale, must be finite. */
bool text_parse_int(const char *word, int64_t *value);
bool text_parse_u64(const char *word, uint64_t *value);
bool text_parse_real(const char *word, double *value);

/* The candidate nearest to `word` (edit distance: at most a third of its length, but 2 are allowed,
 * and 1 in words of up to four letters), or
 * NULL if none is near. `candidates` holds `n` pointers, none NULL. */
const char *text_nearest(const char *word, const char *const *candidates, size_t n);

/* Read a whole file; *data is malloc'ed with a NUL after `size` bytes; the caller frees it.
 * Errors: ERROR_MISSING, ERROR_IO, ERROR_MEMORY, with the path in the message. */
int file_read(const char *path, char **data, size_t *size, struct error *error);

/* Write a whole file under a temporary name beside it, flush it to disk, rename it into place: after
 * a kill there is the old file or the new one, and perhaps the temporary (file_clean). Errors: ERROR_IO
 * with path and reason. */
int file_write(const char *path, const void *data, size_t size, struct error *error);

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
