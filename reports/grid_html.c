/* Grids as tables of HTML. */
#include "reports/grid_parts.h"
#include "reports/html.h"

#include <string.h>

#define WIDE 15 /* columns from which on a table is set smaller */
#define LINE 26 /* bytes up to which a text stays on one line, */
#define WORD 9  /* or, where room is short, these */

static void append_heading(struct text *out, const char *said)
{
    html_append(out, said ? said : "", said ? strlen(said) : 0);
}

/* True of columns that begin with a number: set right, be there an interval behind it or not. */
static bool is_number(const struct grid *grid, size_t f)
{
    return grid->fields[f].kind != FIELD_TEXT && grid->fields[f].kind != FIELD_FLAG;
}

/* The groups over their columns. */
static void print_groups(const struct grid *grid, struct text *out)
{
    size_t f = 0, end;
    text_append(out, "<tr class=\"groups\">");
    for (; grid_next_column(grid, &f, &end);) {
        const struct field *field = &grid->fields[f];
        size_t next, over = grid_group_columns(grid, f, end, &next);
        text_append(out, "<th colspan=\"%zu\"%s>", over, field->group ? " class=\"group\"" : "");
        append_heading(out, field->group);
        text_append(out, "</th>");
        f = next;
    }
    text_append(out, "</tr>\n");
}

/* The parts of a cell, between two blanks each; where room is short the long ones may be broken, but for
 * intervals: those break from what is before them. */
static void print_parts(const char *said, struct text *out)
{
    while (*said) {
        const char *gap = strstr(said, "  ");
        size_t length = gap ? (size_t)(gap - said) : strlen(said);
        text_append(out, length > WORD && *said != '[' ? "<span class=\"b\">" : "<span>");
        html_append(out, said, length);
        text_append(out, gap ? "</span> " : "</span>");
        said += length + (gap ? 2 : 0);
    }
}

static void print_cell(const struct grid *grid, size_t row, size_t f, size_t end, struct text *out)
{
    struct text said = {0};
    grid_say_column(grid, row, f, end, NULL, &said);
    const char *text = said.data ? said.data : "";
    text_append(out, is_number(grid, f) ? "<td class=\"n\">" : "<td>");
    if (grid_empty(grid, row, f))
        text_append(out, "&ndash;");
    else if (!is_number(grid, f) && said.size > LINE)
        html_append(out, text, said.size);
    else
        print_parts(text, out);
    text_append(out, "</td>");
    out->failed |= said.failed;
    text_free(&said);
}

static size_t count_columns(const struct grid *grid)
{
    size_t n = 0, f = 0, end;
    for (; grid_next_column(grid, &f, &end); f = end)
        n++;
    return n;
}

int grid_print_html(const struct grid *grid, struct text *out, struct error *error)
{
    size_t f, end;
    text_append(out,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
                "aria-label=\"table\"><table%s>\n<thead>\n",
                count_columns(grid) >= WIDE ? " class=\"wide\"" : "");
    if (grid_has_groups(grid))
        print_groups(grid, out);
    text_append(out, "<tr>");
    for (f = 0; grid_next_column(grid, &f, &end); f = end) {
        const char *column = grid->fields[f].column;
        text_append(out, "<th class=\"%s%s\">", is_number(grid, f) ? "n" : "t",
                    strlen(column) > WORD ? " b" : "");
        append_heading(out, column);
        text_append(out, "</th>");
    }
    text_append(out, "</tr>\n</thead>\n<tbody>\n");
    for (size_t row = 0; row < grid->n_rows && !grid->failed; row++) {
        text_append(out, "<tr>");
        for (f = 0; grid_next_column(grid, &f, &end); f = end)
            print_cell(grid, row, f, end, out);
        text_append(out, "</tr>\n");
    }
    text_append(out, "</tbody>\n</table></div>\n");
    return grid_finish(grid, out, error);
}
