/* Comma-separated values as other programs write them: read line by line from a stream, so that a
 * file of any size is refused at its first bad line. */
#ifndef NASBED_TABLES_CSV_H
#define NASBED_TABLES_CSV_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CSV_LINE   65536 /* bytes of the longest line, its end included */
#define CSV_FIELDS 256   /* most fields of a line */

struct csv {
    FILE *stream;            /* the caller's */
    uint64_t line;           /* number of the line at hand, from 1; 0: none yet */
    int n;                   /* fields of it */
    char *field[CSV_FIELDS]; /* NUL-terminated, in `text`, quotes taken off */
    char text[CSV_LINE];
};

void csv_init(struct csv *csv, FILE *stream);

/* The next line that is not empty, cut into fields at its commas; a field in double quotes may hold
 * commas and, doubled, quotes, but no line end. *more becomes false at the end of the stream.
 * Errors, all "line 12: ...": ERROR_FORMAT (too long, too many fields, a byte 0, a quote that does
 * not close or is followed by more), ERROR_IO. */
int csv_next(struct csv *csv, bool *more, struct error *error);

/* Number of the field `name` in the line at hand, or -1. */
int csv_find(const struct csv *csv, const char *name);

#endif
