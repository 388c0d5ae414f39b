#include "reports/curves.h"

#include "reports/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHARACTER   7.6 /* mean width of a label's character, pixels */
#define LOGARITHMIC 20  /* full trainings from which on the axis of costs is logarithmic */

/* Grey for the baseline, then the palette of Okabe and Ito (Color Universal Design, 2008)
 * without its yellow, which is too light for a line, and with the wine of Tol's muted scheme. */
static const char *const colours[] = {FIGURE_BLUE, FIGURE_ORANGE, "#009E73", "#CC79A7",
                                      "#E69F00",   "#56B4E9",     "#882255"};
#define BASELINE_COLOUR "#4D4D4D"
#define COLOURS         (sizeof colours / sizeof *colours)

/* The baseline is dashed and drawn last: where a curve runs along it, both are seen. */
#define BASELINE_DASH "(12,8)"
static const char *const dashes[] = {"solid", "(7,4)", "(2,3)"}; /* for a second round of colours */
#define DASHES (sizeof dashes / sizeof *dashes)

struct style {
    const char *colour, *dash; /* as gnuplot names them */
};

struct plot {
    const struct curves *curves;
    double x_low, y_low, y_high; /* ends of the axes; x_low > 0: logarithmic */
    bool cut;                    /* something lies below y_low and is drawn there */
    bool dashed;                 /* the colours do not do: labels show their dashes */
    double right;                /* pixels for labels */
    struct style *styles;        /* [curves] */
    double *labels;              /* [n] heights of labels, ascending, as shares of the axis */
    size_t *order;               /* [n] whose label that is */
    size_t n;                    /* curves that have points */
};

/* ---- Points ---------------------------------------------------------------------------------- */

int curves_open(struct curves *curves, size_t n, struct error *error)
{
    curves->lines = calloc(n, sizeof *curves->lines);
    curves->n = curves->lines ? n : 0;
    curves->low = INFINITY;
    curves->high = -INFINITY;
    curves->least = INFINITY;
    for (size_t i = 0; i < curves->n; i++)
        curves->lines[i] =
            (struct curves_line){.style = i, .mark_x = (double)NAN, .mark_y = (double)NAN};
    return curves->lines ? 0 : error_set(error, ERROR_MEMORY, "curves: out of memory");
}

void curves_close(struct curves *curves)
{
    for (size_t i = 0; i < curves->n; i++)
        text_free(&curves->lines[i].data);
    free(curves->lines);
    curves->lines = NULL;
    curves->n = 0;
}

static void append_point(struct text *out, double x, double y, double low, double high)
{
    text_append(out, "%.9g %.9g %.9g %.9g\n", x, y, low, high);
}

void curves_step(struct curves *curves, size_t line, double x, double y, double low, double high)
{
    struct curves_line *l = &curves->lines[line];
    if (l->data.size)
        append_point(&l->data, x, l->y, l->low, l->high);
    else
        l->first_x = x;
    append_point(&l->data, x, y, low, high);
    l->y = y;
    l->low = low;
    l->high = high;
    curves->low = fmin(curves->low, low);
    curves->high = fmax(curves->high, high);
    if (y > 0)
        curves->least = fmin(curves->least, y);
}

/* ---- Geometry -------------------------------------------------------------------------------- */

static bool has_points(const struct plot *plot, size_t c)
{
    return plot->curves->lines[c].data.size > 0;
}

#define DECADES 12  /* of tics, to both sides of 1 */
#define DENSE   5.0 /* quotient of an axis' ends below which it has more tics than 1, 2, 5 */

/* The digits of a logarithmic axis' tics, ascending. */
static const double *choose_digits(double low, double high, int *n)
{
    static const double few[] = {1, 2, 5}, many[] = {1, 1.5, 2, 3, 4, 5, 6, 8};
    bool dense = high < DENSE * low;
    *n = dense ? 8 : 3;
    return dense ? many : few;
}

/* 10 to the `decade`, rounded once. */
static double power_of_ten(int decade)
{
    double power = 1;
    for (int k = abs(decade); k > 0; k--)
        power *= 10;
    return decade < 0 ? 1 / power : power;
}

/* The greatest of 1, 2, 5, 10, ... at or below `value` > 0, which is within the decades. */
static double tic_below(double value)
{
    int n;
    double below = power_of_ten(-DECADES);
    const double *digits = choose_digits(0, 1, &n);
    for (int decade = -DECADES; decade <= DECADES; decade++)
        for (int d = 0; d < n; d++)
            if (digits[d] * power_of_ten(decade) <= value * (1 + 1e-9))
                below = digits[d] * power_of_ten(decade);
    return below;
}

/* Half the least y is as far down as the edges of bands may draw the axis. It spans twice at least. */
static void find_logarithmic(struct plot *plot)
{
    const struct curves *curves = plot->curves;
    double lowest = fmax(CURVES_FLOOR, isfinite(curves->least) ? curves->least / 2 : 0);
    plot->cut = curves->low < lowest;
    plot->y_low = plot->cut ? tic_below(lowest) : curves->low / 1.1;
    double high = fmax(curves->high, 2 * plot->y_low);
    plot->y_high = isnan(curves->y_most) ? high * pow(high / plot->y_low, 0.06) : curves->y_most;
}

static void find_linear(struct plot *plot)
{
    const struct curves *curves = plot->curves;
    double low = curves->low, high = curves->high, margin = high > low ? 0.06 * (high - low) : 0.5;
    plot->y_low = curves->zero && low < 3 * margin ? 0 : low - margin;
    plot->y_high = isnan(curves->y_most) ? high + margin : curves->y_most;
}

/* There is nothing to go by: an axis all the same, so that the figure says that it is empty. */
static void find_empty(struct plot *plot)
{
    const struct curves *curves = plot->curves;
    plot->y_low = curves->logarithmic ? CURVES_FLOOR : 0;
    plot->y_high = isnan(curves->y_most) ? 1 : curves->y_most;
}

static bool is_empty(const struct curves *curves)
{
    return curves->low > curves->high;
}

static void find_ranges(struct plot *plot)
{
    const struct curves *curves = plot->curves;
    double begin = INFINITY;
    size_t longest = 0;
    for (size_t c = 0; c < curves->n; c++) {
        size_t length = strlen(curves->lines[c].label);
        longest = length > longest ? length : longest;
        if (has_points(plot, c))
            begin = fmin(begin, curves->lines[c].first_x);
    }
    if (is_empty(curves))
        find_empty(plot);
    else if (curves->logarithmic)
        find_logarithmic(plot);
    else
        find_linear(plot);
    plot->x_low = curves->x_high >= LOGARITHMIC && begin > 0 && isfinite(begin) ? 0.9 * begin : 0;
    plot->right = fmin(0.45 * FIGURE_WIDTH,
                       (plot->dashed ? 36 + FIGURE_SAMPLE : 36) + CHARACTER * (double)longest);
}

/* Where the curve ends, as a share of the axis. */
static double label_height(const struct plot *plot, size_t c)
{
    double y = plot->curves->lines[c].y;
    if (plot->curves->logarithmic)
        return log(fmax(y, plot->y_low) / plot->y_low) / log(plot->y_high / plot->y_low);
    return (y - plot->y_low) / (plot->y_high - plot->y_low);
}

/* Curves by the height of their ends, ascending. */
static void order_curves(struct plot *plot)
{
    size_t *order = plot->order;
    for (size_t c = 0; c < plot->curves->n; c++) {
        if (!has_points(plot, c))
            continue;
        size_t at = plot->n++;
        for (; at > 0 && label_height(plot, order[at - 1]) > label_height(plot, c); at--)
            order[at] = order[at - 1];
        order[at] = c;
    }
}

static void place_labels(struct plot *plot, size_t *spare)
{
    order_curves(plot);
    for (size_t i = 0; i < plot->n; i++)
        plot->labels[i] = label_height(plot, plot->order[i]);
    if (plot->n)
        figure_spread(plot->labels, plot->n, spare);
}

static void choose_styles(struct plot *plot)
{
    for (size_t c = 0; c < plot->curves->n; c++) {
        const struct curves_line *line = &plot->curves->lines[c];
        size_t dash = line->style / COLOURS % DASHES;
        plot->styles[c] = line->baseline
                              ? (struct style){BASELINE_COLOUR, BASELINE_DASH}
                              : (struct style){colours[line->style % COLOURS], dashes[dash]};
        plot->dashed |= !line->baseline && dash > 0;
    }
}

/* ---- Data ------------------------------------------------------------------------------------ */

/* A curve without points keeps its place, as a block that gnuplot draws nothing of. */
static void append_data(const struct curves *curves, struct text *out)
{
    text_append(out, "# %s, one block a method; each step has both its corners.\n# %s, %s\n",
                curves->head, curves->unit, curves->columns);
    for (size_t c = 0; c < curves->n; c++) {
        const struct curves_line *line = &curves->lines[c];
        text_append(out, "%s# %s\n", c ? "\n\n" : "", line->label);
        if (line->data.data)
            text_append_bytes(out, line->data.data, line->data.size);
        else
            text_append(out, "NaN NaN NaN NaN\n");
        out->failed |= line->data.failed;
    }
}

/* ---- Script ---------------------------------------------------------------------------------- */

/* The tics of a logarithmic axis; the first, where something was `cut` off, says so. */
static void append_tics(char axis, double low, double high, bool cut, struct text *out)
{
    int n;
    bool any = false;
    const double *digits = choose_digits(low, high, &n);
    text_append(out, "set logscale %c\nset %ctics (", axis, axis);
    for (int decade = -DECADES; decade <= DECADES; decade++)
        for (int d = 0; d < n; d++) {
            double tic = digits[d] * power_of_ten(decade);
            if (tic < low * (1 - 1e-9) || tic > high * (1 + 1e-9))
                continue;
            text_append(out, "%s'%s%.6g' %.6g", any ? ", " : "", cut && !any ? "\342\211\244 " : "",
                        tic, tic);
            any = true;
        }
    text_append(out, ")\n");
}

static void append_axes(const struct plot *plot, struct text *out)
{
    const struct curves *curves = plot->curves;
    struct text spent = {0};
    figure_frame(out, plot->right);
    if (plot->x_low > 0)
        append_tics('x', plot->x_low, curves->x_high, false, out);
    if (curves->logarithmic)
        append_tics('y', plot->y_low, plot->y_high, plot->cut, out);
    text_append(out, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", plot->x_low,
                curves->x_high, plot->y_low, plot->y_high);
    text_append(&spent, "spent, in %s", curves->unit);
    out->failed |= spent.failed;
    figure_axes(out, spent.data ? spent.data : "", curves->y);
    text_free(&spent);
}

static void append_labels(const struct plot *plot, struct text *out)
{
    for (size_t i = 0; i < plot->n; i++) {
        size_t c = plot->order[i];
        figure_label(out, plot->curves->lines[c].label, label_height(plot, c), plot->labels[i],
                     plot->styles[c].colour, plot->dashed ? plot->styles[c].dash : NULL);
    }
}

static void append_marks(const struct plot *plot, struct text *out)
{
    for (size_t c = 0; c < plot->curves->n; c++) {
        const struct curves_line *line = &plot->curves->lines[c];
        if (!isnan(line->mark_x))
            text_append(out,
                        "set object circle at %.9g, %.9g size screen 0.007 front fs solid "
                        "border rgb '#FFFFFF' fc rgb '%s' lw 1.5\n",
                        line->mark_x, plot->cut ? fmax(line->mark_y, plot->y_low) : line->mark_y,
                        plot->styles[c].colour);
    }
}

static void append_lines(const struct plot *plot, bool baseline, struct text *out)
{
    for (size_t c = 0; c < plot->curves->n; c++)
        if (plot->curves->lines[c].baseline == baseline)
            text_append(out, ", data index %zu using 1:%s with lines lw 2.2 dt %s lc rgb '%s'", c,
                        plot->cut ? "(lift($2))" : "2", plot->styles[c].dash,
                        plot->styles[c].colour);
}

/* The bands first, so that no band hides a line. */
static void append_curves(const struct plot *plot, struct text *out)
{
    struct text lines = {0};
    append_lines(plot, false, &lines);
    append_lines(plot, true, &lines);
    if (plot->cut)
        text_append(out, "lift(y) = y < %.9g ? %.9g : y\n", plot->y_low, plot->y_low);
    text_append(out, "set style fill transparent solid 0.16 noborder\ndraw = \"plot ");
    for (size_t c = 0; plot->curves->bands && c < plot->curves->n; c++)
        text_append(out, "%sdata index %zu using 1:%s with filledcurves lc rgb '%s'", c ? ", " : "",
                    c, plot->cut ? "(lift($3)):(lift($4))" : "3:4", plot->styles[c].colour);
    if (lines.data)
        text_append(out, "%s\"\n", lines.data + (plot->curves->bands ? 0 : strlen(", ")));
    out->failed |= lines.failed;
    text_free(&lines);
}

static void append_titles(const struct plot *plot, struct text *out)
{
    struct text foot = {0};
    text_append(&foot, "%s", plot->curves->foot);
    if (plot->cut)
        text_append(&foot, " Lower edge: 0 to %.6g.", plot->y_low);
    if (is_empty(plot->curves))
        text_append(&foot, " Nothing is drawn: no curve has a point.");
    figure_titles(out, plot->curves->title, plot->curves->setting, foot.data ? foot.data : "");
    out->failed |= foot.failed;
    text_free(&foot);
}

static void append_script(const struct plot *plot, const char *name, struct text *out)
{
    figure_head(out, name);
    append_axes(plot, out);
    append_titles(plot, out);
    append_labels(plot, out);
    append_marks(plot, out);
    append_curves(plot, out);
    figure_terminals(out, name);
}

int curves_write(const struct curves *curves, const char *folder, const char *name,
                 struct error *error)
{
    int status = ERROR_NONE;
    struct text data = {0}, script = {0};
    struct plot plot = {.curves = curves,
                        .styles = calloc(curves->n, sizeof *plot.styles),
                        .labels = calloc(curves->n, sizeof *plot.labels),
                        .order = calloc(curves->n, sizeof *plot.order)};
    size_t *spare = calloc(curves->n, sizeof *spare);
    if (!plot.styles || !plot.labels || !plot.order || !spare) {
        status = error_set(error, ERROR_MEMORY, "plot %s: out of memory", name);
        goto out;
    }
    choose_styles(&plot);
    find_ranges(&plot);
    place_labels(&plot, spare);
    append_data(curves, &data);
    append_script(&plot, name, &script);
    status = figure_write(folder, name, &data, &script, error);
out:
    text_free(&script);
    text_free(&data);
    free(spare);
    free(plot.order);
    free(plot.labels);
    free(plot.styles);
    return status;
}
