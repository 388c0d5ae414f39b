/* The setting of a trace, as the first columns of CSV files: what must be the same to compare two rows. */
#ifndef NASBED_REPORTS_SETTING_H
#define NASBED_REPORTS_SETTING_H

#include "reports/grid.h"
#include "reports/trace.h"

/* The fields, for CSV alone: people read them in the title. */
#define SETTING_FIELDS                                                                             \
    {"space", FIELD_TEXT, .hidden = true}, {"protocol", FIELD_TEXT, .hidden = true},               \
        {"protocol_hash", FIELD_TEXT, .hidden = true},                                             \
        {"dataset_digest", FIELD_TEXT, .hidden = true}, {"table", FIELD_TEXT, .hidden = true},     \
        {"numerics", FIELD_REAL, .hidden = true}, {"budget", FIELD_REAL, .hidden = true},          \
    {                                                                                              \
        "budget_unit", FIELD_TEXT, .hidden = true                                                  \
    }

/* Set them in the last row of `grid`. */
void setting_fill(struct grid *grid, const struct trace_header *header);

#endif
