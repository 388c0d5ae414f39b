/* Verifying: rows of a table trained again and compared to the bit. */
#ifndef NASBED_TABLES_VERIFY_H
#define NASBED_TABLES_VERIFY_H

#include "base/error.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stdint.h>

struct table_check {
    const struct table *table;
    uint64_t rows;        /* a random sample of so many trained rows; 0: all of them */
    uint64_t sample_seed; /* drawn by (sample_seed, RANDOM_SAMPLE); a smaller one begins a larger */
    int threads;          /* 0: all cores */
    bool quiet;
    table_train *train;
    void *context;
};

/* Train the sample again and compare every column that the table has. Each row that differs is
 * named through `say` (may be NULL), in the order in which they were drawn: its architecture, seed,
 * and the first value that differs, as the table has it and as training gave it. *checked becomes
 * the number of rows compared. ERROR_MISMATCH if any differs; ERROR_ARGUMENT if fewer rows are
 * trained than asked for, or none; the training's own errors (after one no training begins). */
int table_verify(const struct table_check *check, uint64_t *checked, void (*say)(const char *line),
                 struct error *error);

#endif
