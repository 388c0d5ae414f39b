/* How a table stands in a report: its title above, its notes below, in each format for people. */
#ifndef NASBED_REPORTS_FRAME_H
#define NASBED_REPORTS_FRAME_H

#include "base/error.h"
#include "base/text.h"
#include "reports/grid.h"

enum report_format { REPORT_TEXT, REPORT_MARKDOWN, REPORT_CSV, REPORT_LATEX, REPORT_HTML };
#define REPORT_FORMATS 5
#define REPORT_FILES   4 /* those before REPORT_HTML, which is a part of a page (page.h) */

/* The format that "text", "markdown", "csv" or "latex" names. Errors: ERROR_ARGUMENT. */
int frame_format(const char *name, enum report_format *format, struct error *error);

struct frame {
    enum report_format format; /* not REPORT_CSV: that is rows alone */
    const char *font;          /* of LaTeX: "footnotesize", and what else makes it fit */
    const char *line_end;      /* of LaTeX: what ends a note; NULL: its paragraph */
};

/* Append the title; LaTeX begins a table that needs the packages booktabs and graphicx, HTML a figure. */
void frame_begin(const struct frame *frame, const struct text *title, struct text *out);

/* Append a grid in the frame's format. Errors: ERROR_MEMORY. */
int frame_grid(const struct frame *frame, const struct grid *grid, struct text *out,
               struct error *error);

/* Append the notes, a line each, and end. */
void frame_end(const struct frame *frame, const struct text *notes, struct text *out);

/* Append a whole table of one grid: title, grid, notes; both texts are freed. Errors: ERROR_MEMORY. */
int frame_print(const struct frame *frame, struct text *title, const struct grid *grid,
                struct text *notes, struct text *out, struct error *error);

#endif
