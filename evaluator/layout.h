/* Layouts: the official binary files of each data set, their sizes and digests, and how their bytes
 * become images. */
#ifndef NASBED_EVALUATOR_LAYOUT_H
#define NASBED_EVALUATOR_LAYOUT_H

#include "evaluator/dataset.h"

#include <stddef.h>

#define LAYOUT_FILES 6

struct layout {
    const char *dataset;
    const char *official; /* folder that the official archive unpacks to */
    int border;           /* pixels of zeros that decoding adds on each side */
    int files;
    struct {
        const char *name;     /* "data_batch_1.bin"; NAME.gz is understood too */
        size_t size;          /* bytes, uncompressed */
        struct digest digest; /* of those bytes */
    } file[LAYOUT_FILES];
    /* Put the bytes of file `i` into their place in `dataset`, whose memory is there. Errors:
     * ERROR_FORMAT with the record and what is wrong. */
    int (*decode)(struct dataset *dataset, int i, const uint8_t *bytes, struct error *error);
};

/* NULL and ERROR_ARGUMENT naming the nearest known. */
const struct layout *layout_find(const char *dataset, struct error *error);

/* Where file `i` lies: FOLDER, FOLDER/OFFICIAL or FOLDER/../OFFICIAL, plain or .gz; FOLDER/NAME if
 * nowhere. The caller frees; NULL: out of memory. */
char *layout_path(const struct layout *layout, int i, const char *folder);

/* Read file `i` into `bytes` [size], without looking into it. Errors: ERROR_MISSING, ERROR_IO,
 * ERROR_FORMAT (size, damaged compression), with the path. */
int layout_read(const struct layout *layout, int i, const char *path, uint8_t *bytes,
                struct error *error);

/* ERROR_DIGEST, with the path, unless `bytes` are file `i` as published. */
int layout_check(const struct layout *layout, int i, const char *path, const uint8_t *bytes,
                 struct error *error);

#endif
