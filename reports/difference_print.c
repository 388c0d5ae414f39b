/* The rank correlation of two tables as people and programs read it. */
#include "reports/accuracy.h"
#include "reports/difference.h"
#include "reports/grid.h"

static const struct field fields[] = {
    {"space", FIELD_TEXT, .hidden = true},
    {"protocol_a", FIELD_TEXT, .hidden = true},
    {"table_a", FIELD_TEXT, .hidden = true},
    {"protocol_b", FIELD_TEXT, .hidden = true},
    {"table_b", FIELD_TEXT, .hidden = true},
    {"accuracy", FIELD_TEXT, .hidden = true},
    {"slice", FIELD_TEXT, .column = "slice"},
    {"by", FIELD_TEXT, .column = "by"},
    {"n", FIELD_REAL, .column = "n"},
    {"tau_b", FIELD_REAL, 3, .column = "tau-b"},
    {"spearman", FIELD_REAL, 3, .column = "Spearman"},
};

static const char *accuracy_name(const struct difference *difference)
{
    return difference->point == ACCURACY_TEST ? "test" : "validation";
}

static void fill_slice(struct grid *grid, const struct difference *difference,
                       const struct difference_slice *slice)
{
    grid_row(grid);
    grid_text(grid, "space", difference->a->identity.space);
    grid_text(grid, "protocol_a", difference->a->identity.protocol);
    grid_text(grid, "table_a", difference->a->digest);
    grid_text(grid, "protocol_b", difference->b->identity.protocol);
    grid_text(grid, "table_b", difference->b->digest);
    grid_text(grid, "accuracy", accuracy_name(difference));
    grid_text(grid, "slice", slice->title);
    grid_text(grid, "by", slice->by);
    grid_number(grid, "n", (double)slice->n);
    grid_number(grid, "tau_b", slice->tau);
    grid_number(grid, "spearman", slice->rho);
}

static void append_table(const char *name, const struct table *table, struct text *out)
{
    text_append(out, "%s %s (table %.8s, %d seed%s%s)", name, table->identity.protocol,
                table->digest, table->seeds, table->seeds == 1 ? "" : "s",
                table_complete(table) ? "" : ", incomplete");
}

static int print_framed(const struct difference *difference, const struct grid *grid,
                        enum report_format format, struct text *out, struct error *error)
{
    const struct frame frame = {.format = format, .font = "footnotesize"};
    struct text title = {0}, notes = {0};
    text_append(&title, "%s, rank correlation of %s accuracy: ", difference->a->identity.space,
                accuracy_name(difference));
    append_table("A", difference->a, &title);
    text_append(&title, " and ");
    append_table("B", difference->b, &title);
    text_append(&notes,
                "Means over seeds at the last point, of the architectures that both have; a "
                "top is the best of these by one of the two.\n");
    return frame_print(&frame, &title, grid, &notes, out, error);
}

int difference_print(const struct difference *difference, enum report_format format, bool first,
                     struct text *out, struct error *error)
{
    struct grid grid;
    grid_init(&grid, fields, sizeof fields / sizeof *fields);
    for (int i = 0; i < DIFFERENCE_SLICES; i++)
        fill_slice(&grid, difference, &difference->slices[i]);
    int status = format == REPORT_CSV ? grid_print_csv(&grid, first, out, error)
                                      : print_framed(difference, &grid, format, out, error);
    grid_free(&grid);
    if (!status && out->failed)
        status = error_set(error, ERROR_MEMORY, "difference: out of memory");
    return status;
}
