/* Plots of a table: accuracy against cost, and learning curves. */
#ifndef NASBED_REPORTS_TABLE_PLOT_H
#define NASBED_REPORTS_TABLE_PLOT_H

#include "base/error.h"
#include "base/text.h"
#include "reports/landmarks.h"
#include "tables/table.h"

/* Write two figures (figure.h) into `folder`, SPACE-PROTOCOL-cost and SPACE-PROTOCOL-curves, data and
 * scripts alone: figure_draw draws them by table_plot_name. `landmarks` are the table's, n > 0.
 * Errors: ERROR_IO, ERROR_MEMORY. */
int table_plot_write(const struct table *table, const struct landmarks *landmarks,
                     const char *folder, struct error *error);

#define TABLE_PLOTS 2

/* Append the name of figure `i` of the two. */
void table_plot_name(const struct table *table, int i, struct text *out);

#endif
