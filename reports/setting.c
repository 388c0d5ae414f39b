#include "reports/setting.h"

void setting_fill(struct grid *grid, const struct trace_header *header)
{
    grid_text(grid, "space", header->space);
    grid_text(grid, "protocol", header->protocol);
    grid_text(grid, "protocol_hash", header->protocol_hash);
    grid_text(grid, "dataset_digest", header->dataset_digest);
    grid_text(grid, "table", header->table);
    grid_number(grid, "numerics", header->numerics);
    grid_number(grid, "budget", header->budget);
    grid_text(grid, "budget_unit", trace_unit_name(header));
}
