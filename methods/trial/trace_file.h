/* Traces as files: DIR/SPACE/METHOD/bBUDGET/sSEED.trace, and beside each its times; a budget in GPU
 * seconds is bBUDGETs. */
#ifndef NASBED_METHODS_TRIAL_TRACE_FILE_H
#define NASBED_METHODS_TRIAL_TRACE_FILE_H

#include "base/error.h"
#include "base/text.h"
#include "methods/trial/trial.h"

#include <stdbool.h>
#include <stdint.h>

/* Path of one trial without its suffix (".trace", ".time"); appended to `path`. */
void trace_file_path(struct text *path, const char *folder, const struct contest *contest,
                     const char *method, uint64_t seed);

/* Whether the trace at `path` stands, whole, and is of the trial whose header line is `header`. Not
 * there: false. Cut or changed: false, named through `say` (may be NULL). Errors: ERROR_MISMATCH
 * naming the first thing that differs, both values and what to do; ERROR_IO, ERROR_MEMORY. */
int trace_file_finished(const char *path, const char *header, bool *finished,
                        void (*say)(const char *line), struct error *error);

/* Write trace and times of one trial; the trace comes last, so that where it stands both do. */
int trace_file_save(const char *path, const struct text *trace, const struct trial_times *times,
                    double wall_seconds, const char *machine, struct error *error);

#endif
