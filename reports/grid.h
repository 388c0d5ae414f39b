/* Grids: a table of cells, filled once, rendered as terminal text, Markdown, LaTeX, HTML and CSV. */
#ifndef NASBED_REPORTS_GRID_H
#define NASBED_REPORTS_GRID_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum field_kind {
    FIELD_TEXT,
    FIELD_FLAG,       /* 0 or 1; read by people as the column's letter, or a dot */
    FIELD_REAL,       /* as many decimals as given */
    FIELD_MEASURE,    /* decimals chosen by the largest value of the column: about three digits */
    FIELD_DIGITS,     /* three significant digits a cell: for what spans several powers of ten */
    FIELD_PROBABILITY /* three decimals, "<0.001" below */
};

/* One value of a row. People read fields that are joined in one column ("1.2 +- 0.3  [0.9, 1.5]");
 * CSV has each on its own, in full precision. */
struct field {
    const char *name; /* CSV heading */
    enum field_kind kind;
    int decimals;       /* of FIELD_REAL */
    const char *column; /* heading of the column it begins; NULL: it goes on in the one before;
                              "" is a heading too */
    const char *group;  /* heading above the columns that have it in common, or NULL */
    const char *before, *after; /* put around the value ("  [", ", "), or NULL */
    bool hidden;                /* in CSV alone */
};

/* What a cell holds; NaN and NULL: nothing, printed as a dash (or not at all inside a column). */
struct cell {
    char *text;
    double number;
};

struct grid {
    const struct field *fields; /* [n_fields], borrowed */
    size_t n_fields, n_rows;
    struct cell *cells; /* [n_rows][n_fields] */
    bool failed;        /* memory ran out; the renderers report it */
};

/* Append `said` for LaTeX: its special characters escaped, +- and comparisons as mathematics. */
void latex_append(struct text *out, const char *said, size_t length);

void grid_init(struct grid *grid, const struct field *fields, size_t n_fields);
void grid_free(struct grid *grid);

/* A new row of empty cells at the end; then set its cells by the fields' CSV names, which must
 * exist; a text NULL leaves its cell empty. People read a number's text, where it has one, in its
 * place ("<1"; "" is an empty cell); CSV has the number. */
void grid_row(struct grid *grid);
void grid_text(struct grid *grid, const char *name, const char *text);
void grid_number(struct grid *grid, const char *name, double number);

/* Append to `out`. Errors: ERROR_MEMORY. */

/* Aligned columns under their groups, two blanks between, texts left, numbers right. */
int grid_print_text(const struct grid *grid, struct text *out, struct error *error);
/* A pipe table. */
int grid_print_markdown(const struct grid *grid, struct text *out, struct error *error);
/* A tabular with rules of the package booktabs. */
int grid_print_latex(const struct grid *grid, struct text *out, struct error *error);
/* A table of HTML in a box that scrolls where it is too narrow. */
int grid_print_html(const struct grid *grid, struct text *out, struct error *error);
/* RFC 4180 with line feeds; `heading`: begin with the line of names. */
int grid_print_csv(const struct grid *grid, bool heading, struct text *out, struct error *error);

#endif
