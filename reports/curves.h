/* Curves over what was spent, as files for gnuplot: what is drawn lies beside the drawing, so that
 * anyone can draw it again. Curves are labelled at their ends, in their colours; there is no key. */
#ifndef NASBED_REPORTS_CURVES_H
#define NASBED_REPORTS_CURVES_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Where an axis of regrets ends below if a curve gets there: one test image of 10,000. */
#define CURVES_FLOOR 0.01 /* percent */

struct curves_line {
    const char *label;            /* borrowed */
    bool baseline;                /* grey, dashed, drawn last */
    size_t style;                 /* of the others: which colour and dash; its place, unless set */
    double mark_x, mark_y;        /* a point set off on it; NaN: none */
    struct text data;             /* its points, a line each */
    double first_x, y, low, high; /* of its first point; of its last */
};

/* Set what is said and the ends of the axes, then curves_open, then add points. */
struct curves {
    const char *title, *setting, *foot; /* of the figure */
    const char *unit;                   /* of x, what was spent: "full trainings" */
    const char *y;                      /* what that axis means */
    const char *head, *columns;         /* of the data file: what it holds; its columns behind x */
    bool bands;
    double x_high; /* end of the axis of x */
    bool zero;     /* the axis of y begins at 0, unless all is far from it */
    /* The axis of y is logarithmic, for regrets. It begins below the least y that is not 0, though not
     * below CURVES_FLOOR; what is less, 0 and the edges of bands, is drawn at its lower end; the tic
     * there and the foot of the figure say so. The data file holds what is. */
    bool logarithmic;
    double y_most;             /* end of the axis of y; NaN: by the data */
    struct curves_line *lines; /* [n] */
    size_t n;
    double low, high; /* of all points, bands included */
    double least;     /* of all y above 0; INFINITY: there is none */
};

/* Room for `n` curves, empty; then set their labels. Errors: ERROR_MEMORY. */
int curves_open(struct curves *curves, size_t n, struct error *error);
void curves_close(struct curves *curves);

/* Go on to (x, y), x >= that of the last point, with a band from `low` to `high`: the curve is a step
 * function and both corners of the step are data. */
void curves_step(struct curves *curves, size_t line, double x, double y, double low, double high);

/* Write FOLDER/NAME.dat and .gp. Curves without points are left out of the drawing; where none has any
 * the axes are drawn, and the foot says so. Errors: ERROR_IO, ERROR_MEMORY. */
int curves_write(const struct curves *curves, const char *folder, const char *name,
                 struct error *error);

#endif
