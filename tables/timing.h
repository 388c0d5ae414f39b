/* Times of trainings, NAME.timing.csv: what a build cost on which machine. Beside the table, not in
 * it: they are not reproducible. */
#ifndef NASBED_TABLES_TIMING_H
#define NASBED_TABLES_TIMING_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct timing {
    int file; /* -1: times are not kept (any more) */
    char *path;
    char machine[128];             /* timing_machine */
    void (*say)(const char *line); /* told once if times cannot be kept; may be NULL */
};

/* This machine in words: processor and number of its cores, without commas. */
void timing_machine(char *out, size_t size);

/* Append to the file at `path`, begun with a line of column names. That times cannot be kept is
 * said, and no error: the rows are what matters. */
void timing_open(struct timing *timing, const char *path, void (*say)(const char *line));

/* One training: a line `network,seed,wall_seconds,cpu_seconds,machine`. One thread at a time. */
void timing_row(struct timing *timing, uint32_t network, uint32_t seed, double wall_seconds,
                double cpu_seconds);

void timing_close(struct timing *timing);

/* What the trainings of such a file took in all. */
struct timing_total {
    uint64_t rows;    /* trainings; one that was done again counts again */
    uint64_t damaged; /* lines that are none, as a kill may leave */
    double wall_seconds, cpu_seconds;
};
/* ERROR_FORMAT if the file does not begin with the column names; those of file_read. */
int timing_sum(const char *path, struct timing_total *total, struct error *error);

#endif
