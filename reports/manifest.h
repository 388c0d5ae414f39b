/* Manifests: every trace of a section by what it was run with, so that each can be run again. */
#ifndef NASBED_REPORTS_MANIFEST_H
#define NASBED_REPORTS_MANIFEST_H

#include "base/error.h"
#include "base/text.h"
#include "reports/collection.h"
#include "reports/frame.h"

#include <stdbool.h>
#include <stddef.h>

/* Append the traces [start, end) of one section. People get a row for each method, setting and budget
 * with all its seeds, and what the section has in common above; CSV is a row a trace, with headings
 * if `first`. Errors: ERROR_MEMORY. */
int manifest_print(const struct collection *collection, size_t start, size_t end,
                   enum report_format format, bool first, struct text *out, struct error *error);

/* Append the seeds of traces [start, end), which are in order, as ranges: "0-9, 12". */
void manifest_seeds(const struct collection *collection, size_t start, size_t end,
                    struct text *out);

#endif
