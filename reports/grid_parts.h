/* What the renderers of a grid share, for grid.c and grid_html.c alone. */
#ifndef NASBED_REPORTS_GRID_PARTS_H
#define NASBED_REPORTS_GRID_PARTS_H

#include "reports/grid.h"

/* True if the cell of field `f` holds nothing. */
bool grid_empty(const struct grid *grid, size_t row, size_t f);

/* A column is its first field and those that go on in it, hidden ones left out: the next column
 * at or after *f; false if there is none. *f becomes its first field, *end one past its last. */
bool grid_next_column(const struct grid *grid, size_t *f, size_t *end);

/* Append the column [f, end) of a row, each field aligned to widths[f] (NULL: not aligned); a column
 * whose first field is empty is a dash. */
void grid_say_column(const struct grid *grid, size_t row, size_t f, size_t end,
                     const size_t *widths, struct text *out);

/* True of numbers that are alone in their column: they are set right. */
bool grid_column_right(const struct grid *grid, size_t f, size_t end);

/* True if both have a group, and the same. */
bool grid_same_group(const struct field *a, const struct field *b);

/* How many columns, from that of fields f .. end-1 on, share its group; *next becomes where the column behind
 * them begins. */
size_t grid_group_columns(const struct grid *grid, size_t f, size_t end, size_t *next);

bool grid_has_groups(const struct grid *grid);

/* 0, or ERROR_MEMORY if the grid or the text ran out of memory. */
int grid_finish(const struct grid *grid, const struct text *out, struct error *error);

#endif
