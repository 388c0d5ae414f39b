/* The table of an audit that says what the predicted best are made of. */
#include "reports/audit.h"
#include "reports/grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FIELDS = OPERATIONS_MOST + 1 };

static size_t make_fields(const struct operations *operations, struct field fields[FIELDS])
{
    fields[0] = (struct field){.name = "of", .kind = FIELD_TEXT, .column = ""};
    for (size_t k = 0; k < operations->n; k++)
        fields[k + 1] = (struct field){.name = operations->name[k],
                                       .kind = FIELD_REAL,
                                       .decimals = 3,
                                       .column = operations->name[k]};
    return operations->n + 1;
}

static void fill_row(struct grid *grid, const struct operations *operations, const char *name,
                     const double *share)
{
    grid_row(grid);
    grid_text(grid, "of", name);
    for (size_t k = 0; k < operations->n; k++)
        grid_number(grid, operations->name[k], share[k]);
}

/* The scores' best: of several seeds the mean. */
static void mean_share(const struct audit_report *report, double share[OPERATIONS_MOST])
{
    memset(share, 0, OPERATIONS_MOST * sizeof *share);
    for (size_t s = 0; s < report->n; s++)
        for (size_t k = 0; k < OPERATIONS_MOST; k++)
            share[k] += report->audits[s].operations.score[k] / (double)report->n;
}

static void fill_grid(const struct audit_report *report, struct grid *grid)
{
    const struct operations *operations = &report->audits[0].operations;
    double share[OPERATIONS_MOST];
    char name[160];
    mean_share(report, share);
    (void)snprintf(name, sizeof name, "top 10 %% by %s%s", report->label,
                   report->n > 1 ? ", mean of its seeds" : "");
    fill_row(grid, operations, "all", operations->all);
    fill_row(grid, operations, "top 10 % by truth", operations->truth);
    fill_row(grid, operations, name, share);
}

int audit_print_operations(const struct audit_report *report, enum report_format format,
                           struct text *out, struct error *error)
{
    const struct operations *operations = &report->audits[0].operations;
    const struct frame frame = {.format = format, .font = "footnotesize"};
    struct field fields[FIELDS];
    struct grid grid;
    struct text title = {0}, notes = {0};
    int status;
    if (!operations->n || format == REPORT_CSV)
        return 0;
    grid_init(&grid, fields, make_fields(operations, fields));
    fill_grid(report, &grid);
    text_append(&title, "shares of operations, per string: %zu architectures are the top 10 %%",
                operations->top);
    if (format == REPORT_TEXT) {
        text_append(out, "\n%s\n", title.data ? title.data : "");
        out->failed |= title.failed;
        text_free(&title);
        status = grid_print_text(&grid, out, error);
    } else {
        status = frame_print(&frame, &title, &grid, &notes, out, error);
        text_append(out, "\n");
    }
    grid_free(&grid);
    return status;
}
