/* Text: growing strings, strict number parsing, nearest names. */
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

#endif
