/* Runtimes as people and programs read them. */
#include "reports/grid.h"
#include "reports/runtime.h"

#include <stdio.h>

static const struct field fields[] = {
    {"space", FIELD_TEXT, .hidden = true},
    {"protocol", FIELD_TEXT, .hidden = true},
    {"table", FIELD_TEXT, .hidden = true},
    {"numerics", FIELD_REAL, .hidden = true},
    {"budget", FIELD_REAL, .hidden = true},
    {"budget_unit", FIELD_TEXT, .hidden = true},
    {"label", FIELD_TEXT, .column = "method"},
    {"seeds", FIELD_REAL, 0, .column = "seeds"},
    {"targets", FIELD_REAL, 0, .hidden = true},
    {"reached_tenth", FIELD_REAL, 0, .column = "1/10", .group = "targets reached, % after"},
    {"reached_third", FIELD_REAL, 0, .column = "1/3", .group = "targets reached, % after"},
    {"reached", FIELD_REAL, 0, .column = "all", .group = "targets reached, % after"},
    {"measure", FIELD_TEXT, .hidden = true},
    {"median", FIELD_REAL, 2, .column = "at the end", .group = "median"},
    {"overtakes", FIELD_REAL, .hidden = true},
    {"ahead", FIELD_TEXT, .column = "below random search from", .group = "median"},
};

static double reached(const struct runtime_row *row, double budget_flops)
{
    return 100 * runtime_ecdf_at(&row->ecdf, (uint64_t)budget_flops);
}

static void fill_crossing(struct grid *grid, const struct runtime *runtime,
                          const struct runtime_row *row)
{
    char said[32];
    double unit = trace_unit(runtime->anytime->comparison->header);
    if (row->overtakes != TRAJECTORY_NEVER) {
        grid_number(grid, "overtakes", (double)row->overtakes / unit);
        (void)snprintf(said, sizeof said, "%.3g", (double)row->overtakes / unit);
        grid_text(grid, "ahead", said);
    } else if (runtime->baseline && row != runtime->baseline) {
        grid_text(grid, "ahead", "not at the end");
    }
}

static void fill_row(struct grid *grid, const struct runtime *runtime,
                     const struct runtime_row *row)
{
    const struct trace_header *header = runtime->anytime->comparison->header;
    double flops = (double)header->budget_flops;
    grid_row(grid);
    grid_text(grid, "space", header->space);
    grid_text(grid, "protocol", header->protocol);
    grid_text(grid, "table", header->table);
    grid_number(grid, "numerics", header->numerics);
    grid_number(grid, "budget", header->budget);
    grid_text(grid, "budget_unit", trace_unit_name(header));
    grid_text(grid, "label", row->row->label);
    grid_number(grid, "seeds", (double)row->row->seeds);
    grid_number(grid, "targets", (double)runtime->n_targets);
    grid_number(grid, "reached_tenth", reached(row, flops / 10));
    grid_number(grid, "reached_third", reached(row, flops / 3));
    grid_number(grid, "reached", reached(row, flops));
    grid_text(grid, "measure", runtime->anytime->regret ? "regret" : "validation_error");
    grid_number(grid, "median", trajectory_at(&row->median, header->budget_flops));
    fill_crossing(grid, runtime, row);
}

static void append_notes(const struct runtime *runtime, struct text *out)
{
    const char *what = runtime->anytime->regret ? "regret" : "validation error of the incumbent";
    if (runtime->n_targets)
        text_append(out,
                    "Targets: the %zu regrets from %.3g to %.3g that random search is expected to "
                    "have after 1 to 1,000 draws; over all pairs of a seed and a target, after "
                    "that share of the budget. A target counts from when it is first met.\n",
                    runtime->n_targets, runtime->targets[0],
                    runtime->targets[runtime->n_targets - 1]);
    else
        text_append(out, "No targets: without a table that knows the best there is no regret.\n");
    text_append(out, "Median over the seeds, of the %s.", what);
    if (runtime->baseline)
        text_append(
            out,
            " Below random search from: the spending, in %s, from which its median is below "
            "that of %s, and stays so to the end.\n",
            trace_unit_text(runtime->anytime->comparison->header), runtime->baseline->row->label);
    else
        text_append(out, " There are no trials of random search to be below of.\n");
}

static int print_framed(const struct runtime *runtime, const struct grid *grid,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize"};
    struct text title = {0}, notes = {0};
    text_append(&title, "Runtimes: ");
    comparison_title(runtime->anytime->comparison, &title);
    append_notes(runtime, &notes);
    return frame_print(&frame, &title, grid, &notes, out, error);
}

int runtime_print(const struct runtime *runtime, enum report_format format, bool first,
                  struct text *out, struct error *error)
{
    struct grid grid;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (size_t i = 0; i < runtime->n; i++)
        fill_row(&grid, runtime, &runtime->rows[i]);
    int status = format == REPORT_CSV ? grid_print_csv(&grid, first, out, error)
                                      : print_framed(runtime, &grid, format, out, error);
    grid_free(&grid);
    return status;
}
