#include "reports/grid_parts.h"

#include "base/options.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Filling --------------------------------------------------------------------------------- */

void grid_init(struct grid *grid, const struct field *fields, size_t n_fields)
{
    *grid = (struct grid){.fields = fields, .n_fields = n_fields};
}

void grid_free(struct grid *grid)
{
    for (size_t i = 0; i < grid->n_rows * grid->n_fields; i++)
        free(grid->cells[i].text);
    free(grid->cells);
    *grid = (struct grid){0};
}

void grid_row(struct grid *grid)
{
    size_t size = (grid->n_rows + 1) * grid->n_fields * sizeof *grid->cells;
    struct cell *grown = grid->failed ? NULL : realloc(grid->cells, size);
    if (!grown) {
        grid->failed = true;
        return;
    }
    grid->cells = grown;
    for (size_t f = 0; f < grid->n_fields; f++)
        grown[grid->n_rows * grid->n_fields + f] = (struct cell){.number = (double)NAN};
    grid->n_rows++;
}

/* The cell `name` of the last row. */
static struct cell *last_cell(struct grid *grid, const char *name)
{
    size_t f = 0;
    while (f < grid->n_fields && strcmp(grid->fields[f].name, name) != 0)
        f++;
    assert(f < grid->n_fields && grid->n_rows);
    return &grid->cells[(grid->n_rows - 1) * grid->n_fields + f];
}

void grid_text(struct grid *grid, const char *name, const char *text)
{
    if (grid->failed)
        return;
    struct cell *cell = last_cell(grid, name);
    free(cell->text);
    cell->text = text ? strdup(text) : NULL;
    grid->failed = text && !cell->text;
}

void grid_number(struct grid *grid, const char *name, double number)
{
    if (!grid->failed)
        last_cell(grid, name)->number = number;
}

/* ---- What a cell says ------------------------------------------------------------------------ */

#define SAID 288 /* bytes of the longest cell, NUL included */

static const struct cell *cell_at(const struct grid *grid, size_t row, size_t f)
{
    return &grid->cells[row * grid->n_fields + f];
}

bool grid_empty(const struct grid *grid, size_t row, size_t f)
{
    const struct cell *cell = cell_at(grid, row, f);
    if (grid->fields[f].kind == FIELD_TEXT)
        return !cell->text;
    return cell->text ? !*cell->text : isnan(cell->number);
}

/* Decimals that show about three digits of the column's largest value. */
static int measure_decimals(const struct grid *grid, size_t f)
{
    double largest = 0;
    for (size_t row = 0; row < grid->n_rows; row++)
        largest = fmax(largest, fabs(cell_at(grid, row, f)->number));
    int decimals = largest < 10 ? 2 : largest < 100 ? 1 : 0;
    for (; largest > 0 && largest < 1 && decimals < 9; largest *= 10)
        decimals++;
    return decimals;
}

/* Three significant digits without an exponent. */
static int digits_decimals(double number)
{
    char digits[32];
    (void)snprintf(digits, sizeof digits, "%.2e", number); /* 9.999 is 10.0 */
    int decimals = 2 - atoi(strchr(digits, 'e') + 1);
    return number == 0 || decimals < 0 ? 0 : decimals;
}

/* The value of a cell that is not empty, as people read it. */
static void say_value(const struct grid *grid, size_t row, size_t f, char said[SAID])
{
    const struct field *field = &grid->fields[f];
    const struct cell *cell = cell_at(grid, row, f);
    if (cell->text) {
        (void)snprintf(said, SAID, "%s", cell->text);
        return;
    }
    switch (field->kind) {
    case FIELD_TEXT:
        break;
    case FIELD_FLAG:
        (void)snprintf(said, SAID, "%c", cell->number > 0 ? tolower(field->name[0]) : '.');
        break;
    case FIELD_REAL:
        (void)snprintf(said, SAID, "%.*f", field->decimals, cell->number);
        break;
    case FIELD_MEASURE:
        (void)snprintf(said, SAID, "%.*f", measure_decimals(grid, f), cell->number);
        break;
    case FIELD_DIGITS:
        (void)snprintf(said, SAID, "%.*f", digits_decimals(cell->number), cell->number);
        break;
    case FIELD_PROBABILITY:
        (void)snprintf(said, SAID, cell->number < 0.0005 ? "<0.001" : "%.3f", cell->number);
        break;
    }
}

bool grid_next_column(const struct grid *grid, size_t *f, size_t *end)
{
    const struct field *fields = grid->fields;
    while (*f < grid->n_fields && (fields[*f].hidden || !fields[*f].column))
        ++*f;
    *end = *f + 1;
    while (*end < grid->n_fields && (fields[*end].hidden || !fields[*end].column))
        ++*end;
    return *f < grid->n_fields;
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* Bytes that a field takes beside its neighbours in a column: value and what is put around it. */
static size_t field_width(const struct grid *grid, size_t f)
{
    const struct field *field = &grid->fields[f];
    size_t widest = 0;
    char said[SAID];
    if (field->hidden)
        return 0;
    for (size_t row = 0; row < grid->n_rows; row++) {
        if (grid_empty(grid, row, f))
            continue;
        say_value(grid, row, f, said);
        size_t width =
            strlen(or_empty(field->before)) + strlen(said) + strlen(or_empty(field->after));
        widest = width > widest ? width : widest;
    }
    return widest;
}

/* Append field `f` of a row, `aligned` to `width`: its value between what is put around it. */
static void say_field(const struct grid *grid, size_t row, size_t f, size_t width, bool aligned,
                      struct text *out)
{
    const struct field *field = &grid->fields[f];
    const char *before = or_empty(field->before), *after = or_empty(field->after);
    char said[SAID];
    if (grid_empty(grid, row, f)) {
        text_append(out, "%*s", aligned ? (int)width : 0, "");
        return;
    }
    say_value(grid, row, f, said);
    size_t used = strlen(before) + strlen(said) + strlen(after);
    int blanks = aligned && width > used ? (int)(width - used) : 0;
    bool left = field->kind == FIELD_TEXT;
    text_append(out, "%s%*s%s%*s%s", before, left ? 0 : blanks, "", said, left ? blanks : 0, "",
                after);
}

void grid_say_column(const struct grid *grid, size_t row, size_t f, size_t end,
                     const size_t *widths, struct text *out)
{
    if (grid_empty(grid, row, f)) {
        text_append(out, "-");
        return;
    }
    for (; f < end; f++)
        if (!grid->fields[f].hidden)
            say_field(grid, row, f, widths ? widths[f] : 0, widths != NULL, out);
}

int grid_finish(const struct grid *grid, const struct text *out, struct error *error)
{
    if (grid->failed || out->failed)
        return error_set(error, ERROR_MEMORY, "table of a report: out of memory");
    return 0;
}

/* ---- Terminal -------------------------------------------------------------------------------- */

bool grid_column_right(const struct grid *grid, size_t f, size_t end)
{
    enum field_kind kind = grid->fields[f].kind;
    bool alone = true;
    for (size_t i = f + 1; i < end; i++)
        alone = alone && grid->fields[i].hidden;
    return alone && kind != FIELD_TEXT && kind != FIELD_FLAG;
}

bool grid_same_group(const struct field *a, const struct field *b)
{
    return a->group && b->group && strcmp(a->group, b->group) == 0;
}

/* True if no other column shares the group of the one that begins with field `f`. */
static bool group_alone(const struct grid *grid, size_t f)
{
    for (size_t other = 0; other < grid->n_fields; other++)
        if (other != f && grid_same_group(&grid->fields[f], &grid->fields[other]))
            return false;
    return grid->fields[f].group != NULL;
}

bool grid_has_groups(const struct grid *grid)
{
    for (size_t f = 0; f < grid->n_fields; f++)
        if (grid->fields[f].group)
            return true;
    return false;
}

/* Room for the values, the heading and a group of its own; a group over several columns has
 * enough. */
static size_t column_width(const struct grid *grid, size_t f, size_t end, const size_t *widths)
{
    size_t width = 0, heading = strlen(grid->fields[f].column);
    size_t group = group_alone(grid, f) ? strlen(grid->fields[f].group) : 0;
    for (size_t i = f; i < end; i++)
        width += widths[i];
    width = width > heading ? width : heading;
    return width > group ? width : group;
}

static void pad(struct text *out, const char *said, size_t width, bool right)
{
    text_append(out, right ? "%*s" : "%-*s", (int)width, said);
}

static void end_line(struct text *out)
{
    while (out->size && out->data[out->size - 1] == ' ')
        out->data[--out->size] = '\0';
    text_append(out, "\n");
}

/* The line of groups: each begins over its first column and may run over its others. */
static void print_groups(const struct grid *grid, const size_t *widths, struct text *out)
{
    size_t f = 0, end, start = out->size, column = 0;
    const struct field *before = NULL;
    for (; grid_next_column(grid, &f, &end); f = end) {
        const struct field *field = &grid->fields[f];
        size_t width = column_width(grid, f, end, widths), length = strlen(or_empty(field->group));
        if (length && !(before && grid_same_group(before, field))) {
            bool right = grid_column_right(grid, f, end) && length <= width;
            size_t at = column + (right ? width - length : 0), used = out->size - start;
            text_append(out, "%*s%s", used < at ? (int)(at - used) : (int)(used > 0), "",
                        field->group);
        }
        before = field;
        column += width + 2;
    }
    end_line(out);
}

int grid_print_text(const struct grid *grid, struct text *out, struct error *error)
{
    size_t *widths = calloc(grid->n_fields, sizeof *widths);
    if (!widths || grid->failed) {
        free(widths);
        return error_set(error, ERROR_MEMORY, "table of a report: out of memory");
    }
    size_t f, end;
    for (f = 0; f < grid->n_fields; f++)
        widths[f] = field_width(grid, f);
    if (grid_has_groups(grid))
        print_groups(grid, widths, out);
    for (f = 0; grid_next_column(grid, &f, &end); f = end) {
        pad(out, grid->fields[f].column, column_width(grid, f, end, widths),
            grid_column_right(grid, f, end));
        text_append(out, "  ");
    }
    end_line(out);
    for (size_t row = 0; row < grid->n_rows; row++) {
        for (f = 0; grid_next_column(grid, &f, &end); f = end) {
            struct text said = {0};
            grid_say_column(grid, row, f, end, widths, &said);
            out->failed |= said.failed;
            pad(out, or_empty(said.data), column_width(grid, f, end, widths),
                grid_column_right(grid, f, end));
            text_append(out, "  ");
            text_free(&said);
        }
        end_line(out);
    }
    free(widths);
    return grid_finish(grid, out, error);
}

/* ---- Markdown -------------------------------------------------------------------------------- */

/* Append with "|" escaped: it would end the cell. */
static void append_escaped(struct text *out, const char *said)
{
    for (; *said; said++)
        text_append(out, *said == '|' ? "\\%c" : "%c", *said);
}

int grid_print_markdown(const struct grid *grid, struct text *out, struct error *error)
{
    size_t f, end;
    for (f = 0; grid_next_column(grid, &f, &end); f = end) {
        const struct field *field = &grid->fields[f];
        text_append(out, "| %s%s%s ", or_empty(field->group), field->group ? " " : "",
                    field->column);
    }
    text_append(out, "|\n");
    for (f = 0; grid_next_column(grid, &f, &end); f = end)
        text_append(out, grid_column_right(grid, f, end) ? "| ---: " : "| --- ");
    text_append(out, "|\n");
    for (size_t row = 0; row < grid->n_rows && !grid->failed; row++) {
        for (f = 0; grid_next_column(grid, &f, &end); f = end) {
            struct text said = {0};
            grid_say_column(grid, row, f, end, NULL, &said);
            out->failed |= said.failed;
            text_append(out, "| ");
            append_escaped(out, or_empty(said.data));
            text_append(out, " ");
            text_free(&said);
        }
        text_append(out, "|\n");
    }
    return grid_finish(grid, out, error);
}

/* ---- LaTeX ----------------------------------------------------------------------------------- */

void latex_append(struct text *out, const char *said, size_t length)
{
    for (const char *end = said + length; said < end; said++)
        if (end - said > 1 && strncmp(said, "+-", 2) == 0) {
            text_append(out, "$\\pm$");
            said++;
        } else if (*said == '\\') {
            text_append(out, "\\textbackslash{}");
        } else if (strchr("_%&#${}", *said)) {
            text_append(out, "\\%c", *said);
        } else {
            text_append(out,
                        strchr("<>|*", *said) ? "$%c$"
                        : strchr("~^", *said) ? "\\%c{}"
                                              : "%c",
                        *said);
        }
}

/* The groups over their columns, each with its own rule below. */
size_t grid_group_columns(const struct grid *grid, size_t f, size_t end, size_t *next)
{
    size_t n = 1, last;
    for (*next = end; grid_next_column(grid, next, &last) &&
                      grid_same_group(&grid->fields[f], &grid->fields[*next]);
         *next = last)
        n++;
    return n;
}

static void print_latex_groups(const struct grid *grid, struct text *out)
{
    struct text rules = {0};
    size_t f = 0, end, column = 1, over;
    for (bool first = true; grid_next_column(grid, &f, &end); first = false, column += over) {
        const struct field *field = &grid->fields[f];
        size_t next;
        over = grid_group_columns(grid, f, end, &next);
        text_append(out, "%s\\multicolumn{%zu}{c}{", first ? "" : " & ", over);
        latex_append(out, or_empty(field->group), strlen(or_empty(field->group)));
        text_append(out, "}");
        if (field->group)
            text_append(&rules, " \\cmidrule(lr){%zu-%zu}", column, column + over - 1);
        f = next;
    }
    text_append(out, " \\\\%s\n", or_empty(rules.data));
    out->failed |= rules.failed;
    text_free(&rules);
}

int grid_print_latex(const struct grid *grid, struct text *out, struct error *error)
{
    size_t f, end;
    text_append(out, "\\begin{tabular}{");
    for (f = 0; grid_next_column(grid, &f, &end); f = end)
        text_append(out, grid_column_right(grid, f, end) ? "r" : "l");
    text_append(out, "}\n\\toprule\n");
    if (grid_has_groups(grid))
        print_latex_groups(grid, out);
    bool first = true;
    for (f = 0; grid_next_column(grid, &f, &end); f = end, first = false) {
        text_append(out, first ? "" : " & ");
        latex_append(out, grid->fields[f].column, strlen(grid->fields[f].column));
    }
    text_append(out, " \\\\\n\\midrule\n");
    for (size_t row = 0; row < grid->n_rows && !grid->failed; row++) {
        first = true;
        for (f = 0; grid_next_column(grid, &f, &end); f = end, first = false) {
            struct text said = {0};
            grid_say_column(grid, row, f, end, NULL, &said);
            out->failed |= said.failed;
            text_append(out, first ? "" : " & ");
            latex_append(out, or_empty(said.data), said.size);
            text_free(&said);
        }
        text_append(out, " \\\\\n");
    }
    text_append(out, "\\bottomrule\n\\end{tabular}\n");
    return grid_finish(grid, out, error);
}

/* ---- CSV ------------------------------------------------------------------------------------- */

static void append_quoted(struct text *out, const char *said)
{
    if (!strpbrk(said, "\",\r\n")) {
        text_append(out, "%s", said);
        return;
    }
    text_append(out, "\"");
    for (; *said; said++)
        text_append(out, *said == '"' ? "\"%c" : "%c", *said);
    text_append(out, "\"");
}

/* In full precision; whole numbers with all their digits. */
static void append_number(struct text *out, double number)
{
    if (fabs(number) < 1e15 && number == floor(number))
        text_append(out, "%.0f", number);
    else
        text_append_real(out, number);
}

int grid_print_csv(const struct grid *grid, bool heading, struct text *out, struct error *error)
{
    for (size_t f = 0; heading && f < grid->n_fields; f++)
        text_append(out, "%s%s", grid->fields[f].name, f + 1 < grid->n_fields ? "," : "\n");
    for (size_t row = 0; row < grid->n_rows && !grid->failed; row++) {
        for (size_t f = 0; f < grid->n_fields; f++) {
            const struct cell *cell = cell_at(grid, row, f);
            bool text = grid->fields[f].kind == FIELD_TEXT;
            if (text && cell->text)
                append_quoted(out, cell->text);
            else if (!text && !isnan(cell->number))
                append_number(out, cell->number);
            text_append(out, f + 1 < grid->n_fields ? "," : "\n");
        }
    }
    return grid_finish(grid, out, error);
}
