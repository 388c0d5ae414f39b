/* The parts of making a report, for report*.c alone: the whole, its sections, their blocks. */
#ifndef NASBED_REPORTS_REPORT_PARTS_H
#define NASBED_REPORTS_REPORT_PARTS_H

#include "reports/across.h"
#include "reports/collection.h"
#include "reports/page.h"
#include "reports/report.h"
#include "reports/score_files.h"
#include "tables/table.h"

#include <stdbool.h>
#include <stddef.h>

/* What all sections and blocks of a report have in common. */
struct ground {
    const struct report_plan *plan;
    struct collection *collection;
    struct score_files scores; /* of supernets, beside the traces */
    struct survey survey;
    struct across across;
    struct page page;
};

/* ERROR_MEMORY. */
int report_out_of_memory(struct error *error);

/* The section of traces [start, *end); *end comes down by each that the table contradicts, which is then
 * left out of the collection. The block that begins at `start`, judged by `table` (may be NULL). Errors:
 * those of report_make. */
int report_section(struct report *report, struct ground *ground, size_t start, size_t *end,
                   struct error *error);
int report_block(struct report *report, struct ground *ground, size_t start,
                 const struct table *table, struct error *error);

/* Append "cell-cifar10-mini", and behind it only what tells its section from the others, the table and
 * the numerics version, and (`budget`) the block too. */
void report_name(const struct collection *collection, size_t start, bool budget, struct text *out);

/* Run gnuplot on the figure `name`, which is then in the page, as `label` says it. Its failure costs
 * the figure, not the report. Errors: ERROR_MEMORY; those of file_read. */
int report_draw(struct report *report, struct ground *ground, const char *name, const char *label,
                struct error *error);

#endif
