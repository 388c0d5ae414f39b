/* The anytime plot as files for gnuplot: what is drawn lies beside the drawing, so that anyone
 * can draw it again. Curves are labelled at their ends, in their colours; there is no key. */
#include "reports/anytime.h"
#include "reports/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHARACTER 7.6 /* mean width of a label's character, pixels */
#define LOGARITHMIC                                                                                \
    20 /* full trainings (or seconds) from which on the axis of costs is logarithmic */

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
    const struct anytime *anytime;
    double unit;          /* FLOPs of a full training; what the budget is in (trace_unit) */
    double x_low, x_high; /* of those */
    double y_low, y_high; /* percent */
    double right;         /* pixels for labels */
    struct style *styles; /* [curves] */
    double *labels;       /* [curves] heights of labels, ascending, as shares of the axis */
    size_t *order;        /* [curves] whose label that is */
};

/* ---- Geometry -------------------------------------------------------------------------------- */

static const struct anytime_step *curve_last(const struct anytime_curve *curve)
{
    return &curve->steps[curve->n - 1];
}

static void find_ranges(struct plot *plot)
{
    const struct anytime *anytime = plot->anytime;
    double low = INFINITY, high = -INFINITY, begin = INFINITY;
    for (size_t c = 0; c < anytime->n; c++) {
        const struct anytime_curve *curve = &anytime->curves[c];
        begin = fmin(begin, (double)curve->steps[0].spent / plot->unit);
        for (size_t i = 0; i < curve->n; i++) {
            low = fmin(low, curve->steps[i].mean - curve->steps[i].error);
            high = fmax(high, curve->steps[i].mean + curve->steps[i].error);
        }
    }
    double margin = high > low ? 0.06 * (high - low) : 0.5;
    plot->y_low = anytime->regret && low < 3 * margin ? 0 : low - margin;
    plot->y_high = high + margin;
    plot->x_high = anytime->comparison->header->budget;
    plot->x_low = plot->x_high >= LOGARITHMIC && begin > 0 ? 0.9 * begin : 0;
}

static double label_height(const struct plot *plot, size_t c)
{
    double mean = curve_last(&plot->anytime->curves[c])->mean;
    return (mean - plot->y_low) / (plot->y_high - plot->y_low);
}

/* Curves by the height of their ends, ascending. */
static void order_curves(struct plot *plot)
{
    size_t *order = plot->order;
    for (size_t c = 0; c < plot->anytime->n; c++) {
        size_t at = c;
        for (; at > 0 && label_height(plot, order[at - 1]) > label_height(plot, c); at--)
            order[at] = order[at - 1];
        order[at] = c;
    }
}

static void place_labels(struct plot *plot, size_t *spare)
{
    order_curves(plot);
    for (size_t i = 0; i < plot->anytime->n; i++)
        plot->labels[i] = label_height(plot, plot->order[i]);
    figure_spread(plot->labels, plot->anytime->n, spare);
}

static bool is_baseline(const struct plot *plot, size_t c)
{
    return plot->anytime->curves[c].row == plot->anytime->comparison->baseline;
}

static void choose_styles(struct plot *plot)
{
    size_t used = 0;
    for (size_t c = 0; c < plot->anytime->n; c++) {
        if (is_baseline(plot, c)) {
            plot->styles[c] = (struct style){BASELINE_COLOUR, BASELINE_DASH};
        } else {
            plot->styles[c] =
                (struct style){colours[used % COLOURS], dashes[used / COLOURS % DASHES]};
            used++;
        }
    }
}

/* ---- Data ------------------------------------------------------------------------------------ */

static void append_point(const struct plot *plot, uint64_t spent, const struct anytime_step *step,
                         struct text *out)
{
    text_append(out, "%.9g %.9g %.9g %.9g\n", (double)spent / plot->unit, step->mean,
                step->mean - step->error, step->mean + step->error);
}

static void append_data(const struct plot *plot, struct text *out)
{
    text_append(out,
                "# Anytime curves, one block a method; each step has both its corners.\n"
                "# %s, mean %s in percent, mean - and + one standard error\n",
                trace_unit_text(plot->anytime->comparison->header),
                plot->anytime->regret ? "regret" : "validation error of the incumbent");
    for (size_t c = 0; c < plot->anytime->n; c++) {
        const struct anytime_curve *curve = &plot->anytime->curves[c];
        text_append(out, "%s# %s\n", c ? "\n\n" : "", curve->row->label);
        for (size_t i = 0; i < curve->n; i++) {
            if (i)
                append_point(plot, curve->steps[i].spent, &curve->steps[i - 1], out);
            append_point(plot, curve->steps[i].spent, &curve->steps[i], out);
        }
    }
}

/* ---- Script ---------------------------------------------------------------------------------- */

static void append_titles(const struct plot *plot, struct text *out)
{
    struct text setting = {0};
    comparison_title(plot->anytime->comparison, &setting);
    out->failed |= setting.failed;
    figure_titles(
        out, "What each search has in hand as it spends", setting.data,
        plot->anytime->regret
            ? "Line: mean over the seeds of the incumbent's regret on the test images, which "
              "the search does not see. Band: one standard error."
            : "Line: mean over the seeds of the incumbent's validation error, which is what "
              "the search sees. Band: one standard error.");
    text_free(&setting);
}

/* 1-2-5 tics of a logarithmic axis. */
static void append_tics(const struct plot *plot, struct text *out)
{
    static const int digits[] = {1, 2, 5};
    bool any = false;
    text_append(out, "set logscale x\nset xtics (");
    for (double power = 1e-6; power <= 1e12; power *= 10)
        for (size_t d = 0; d < 3; d++) {
            double tic = digits[d] * power;
            if (tic < plot->x_low || tic > plot->x_high * (1 + 1e-9))
                continue;
            text_append(out, "%s'%.6g' %.6g", any ? ", " : "", tic, tic);
            any = true;
        }
    text_append(out, ")\n");
}

static void append_axes(const struct plot *plot, struct text *out)
{
    figure_frame(out, plot->right);
    if (plot->x_low > 0)
        append_tics(plot, out);
    text_append(out, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", plot->x_low, plot->x_high,
                plot->y_low, plot->y_high);
    struct text spent = {0};
    text_append(&spent, "spent, in %s", trace_unit_text(plot->anytime->comparison->header));
    out->failed |= spent.failed;
    figure_axes(out, spent.data ? spent.data : "",
                plot->anytime->regret ? "regret, percent points of test accuracy"
                                      : "validation error of the incumbent, %");
    text_free(&spent);
}

static void append_labels(const struct plot *plot, struct text *out)
{
    for (size_t i = 0; i < plot->anytime->n; i++) {
        size_t c = plot->order[i];
        figure_label(out, plot->anytime->curves[c].row->label, label_height(plot, c),
                     plot->labels[i], plot->styles[c].colour);
    }
}

static void append_lines(const struct plot *plot, bool baseline, struct text *out)
{
    for (size_t c = 0; c < plot->anytime->n; c++)
        if (is_baseline(plot, c) == baseline)
            text_append(out, ", data index %zu using 1:2 with lines lw 2.2 dt %s lc rgb '%s'", c,
                        plot->styles[c].dash, plot->styles[c].colour);
}

/* The bands first, so that no band hides a line. */
static void append_curves(const struct plot *plot, struct text *out)
{
    text_append(out, "set style fill transparent solid 0.16 noborder\ndraw = \"plot ");
    for (size_t c = 0; c < plot->anytime->n; c++)
        text_append(out, "%sdata index %zu using 1:3:4 with filledcurves lc rgb '%s'",
                    c ? ", " : "", c, plot->styles[c].colour);
    append_lines(plot, false, out);
    append_lines(plot, true, out);
    text_append(out, "\"\n");
}

static void append_script(const struct plot *plot, const char *name, struct text *out)
{
    figure_head(out, name);
    append_axes(plot, out);
    append_titles(plot, out);
    append_labels(plot, out);
    append_curves(plot, out);
    figure_terminals(out, name);
}

int anytime_write(const struct anytime *anytime, const char *folder, const char *prefix,
                  struct error *error)
{
    int status = ERROR_NONE;
    size_t longest = 0;
    struct text data = {0}, script = {0}, name = {0};
    struct plot plot = {.anytime = anytime,
                        .unit = trace_unit(anytime->comparison->header),
                        .styles = calloc(anytime->n, sizeof *plot.styles),
                        .labels = calloc(anytime->n, sizeof *plot.labels),
                        .order = calloc(anytime->n, sizeof *plot.order)};
    size_t *sizes = calloc(anytime->n, sizeof *sizes);
    if (!plot.styles || !plot.labels || !plot.order || !sizes) {
        status = error_set(error, ERROR_MEMORY, "anytime plot: out of memory");
        goto out;
    }
    for (size_t c = 0; c < anytime->n; c++) {
        size_t length = strlen(anytime->curves[c].row->label);
        longest = length > longest ? length : longest;
    }
    plot.right = fmin(0.45 * FIGURE_WIDTH, 36 + CHARACTER * (double)longest);
    find_ranges(&plot);
    choose_styles(&plot);
    place_labels(&plot, sizes);
    append_data(&plot, &data);
    text_append(&name, "%s-anytime", prefix);
    append_script(&plot, name.failed ? "" : name.data, &script);
    script.failed |= name.failed;
    status = figure_write(folder, name.failed ? "" : name.data, &data, &script, error);
out:
    text_free(&name);
    text_free(&script);
    text_free(&data);
    free(sizes);
    free(plot.order);
    free(plot.labels);
    free(plot.styles);
    return status;
}
