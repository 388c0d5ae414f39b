/* Progress of long work: one line redrawn on a terminal, one line a minute in a log, or nothing. */
#ifndef NASBED_BASE_PROGRESS_H
#define NASBED_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    char title[96];
    const char *unit; /* "networks" */
    uint64_t done, skipped,
        total;               /* skipped: finished before this run; does not count in the rate */
    double (*clock)(void);   /* clock_seconds; a test puts one that stands still */
    double started, printed; /* its seconds */
    bool quiet, terminal;
};

/* Start. `already` items of `total` were finished by an earlier run. Writes to standard error. */
void progress_start(struct progress *progress, const char *title, const char *unit,
                    uint64_t already, uint64_t total, bool quiet);

/* `done` items are finished in all. May be called from one thread at a time. */
void progress_update(struct progress *progress, uint64_t done);

/* Draw the last line and end it. */
void progress_end(struct progress *progress);

/* Seconds of the monotonic clock, and of this process's CPU time over all its threads. */
double clock_seconds(void);
double clock_cpu_seconds(void);

/* CPU seconds of the calling thread alone. */
double clock_thread_seconds(void);

#endif
