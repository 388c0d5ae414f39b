/* Figures: what all plots have in common - the page, its axes, labels that do not touch - as parts
 * of gnuplot scripts, and the files of a figure: NAME.dat and .gp, drawn as NAME.svg and .png. */
#ifndef NASBED_REPORTS_FIGURE_H
#define NASBED_REPORTS_FIGURE_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>

#define FIGURE_WIDTH  960 /* pixels of the SVG; the PNG has twice as many */
#define FIGURE_HEIGHT 600
#define FIGURE_MARGIN 26 /* pixels around everything */
#define FIGURE_LEFT   94 /* pixels outside the axes */
#define FIGURE_TOP    92
#define FIGURE_BOTTOM 96

#define FIGURE_DARK   "#1A1A1A" /* titles */
#define FIGURE_GREY   "#666666" /* what explains them */
#define FIGURE_BLUE   "#0072B2"
#define FIGURE_ORANGE "#D55E00"

/* The head of a script: what it draws, how to draw it by hand, where its data are. */
void figure_head(struct text *out, const char *name);

/* The axes' place: `right` pixels are kept free for labels. */
void figure_frame(struct text *out, double right);

/* Borders, tics, a grid, and what the axes mean. */
void figure_axes(struct text *out, const char *x, const char *y);

/* A line of text at `x`, `y` pixels from the upper left corner. */
void figure_text(struct text *out, const char *said, int x, int y, int size, const char *colour);

/* Title, a line below it (may be NULL), and a line at the foot. */
void figure_titles(struct text *out, const char *title, const char *setting, const char *foot);

/* Heights of labels, ascending shares of the axis, to where they do not touch, as near to where they
 * were as that allows (least squares). `spare` [n] is overwritten. */
void figure_spread(double *heights, size_t n, size_t *spare);

#define FIGURE_SAMPLE 34 /* pixels that the sample of a dash takes before a label */

/* A label at the right of the axes, at `height`, joined to the `end` of its curve (shares of the
 * axis), behind a sample of its `dash` (NULL: none). */
void figure_label(struct text *out, const char *said, double end, double height, const char *colour,
                  const char *dash);

/* The end of a script: `@draw` as NAME.svg and NAME.png. */
void figure_terminals(struct text *out, const char *name);

/* Append `said` with everything that is awkward in file names replaced by "-". */
void figure_name(struct text *out, const char *said);

/* Write FOLDER/NAME.dat and .gp. Errors: ERROR_IO, ERROR_MEMORY. */
int figure_write(const char *folder, const char *name, const struct text *data,
                 const struct text *script, struct error *error);

/* Draw them; no plot of an earlier call remains where that fails. Errors: those of gnuplot_run,
 * ERROR_MEMORY. */
int figure_draw(const char *folder, const char *name, struct error *error);

#endif
