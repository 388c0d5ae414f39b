/* The anytime plot as files for gnuplot: what is drawn lies beside the drawing, so that anyone
 * can draw it again. Curves are labelled at their ends, in their colours; there is no key. */
#include "reports/anytime.h"
#include "reports/gnuplot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH       960 /* pixels of the SVG; the PNG has twice as many */
#define HEIGHT      600
#define MARGIN      26 /* pixels around everything */
#define LEFT        94 /* pixels outside the axes */
#define TOP         92
#define BOTTOM      96
#define CHARACTER   7.6  /* mean width of a label's character, pixels */
#define LABEL_GAP   18.0 /* least distance of two labels, pixels */
#define LOGARITHMIC 20   /* full trainings from which on the axis of costs is logarithmic */

/* Grey for the baseline, then the palette of Okabe and Ito (Color Universal Design, 2008)
 * without its yellow, which is too light for a line, and with the wine of Tol's muted scheme. */
static const char *const colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                      "#E69F00", "#56B4E9", "#882255"};
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
    const char *prefix;
    double unit;          /* FLOPs of a full training */
    double x_low, x_high; /* full trainings */
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

/* Put labels as near to the ends of their curves as their distance allows (least squares). Less
 * its number times the gap, a height need only not fall from one label to the next: isotonic
 * regression, by pooling neighbours that fall. `size` is spare. */
static void place_labels(struct plot *plot, size_t *size)
{
    size_t n = plot->anytime->n, pools = 0;
    double gap = LABEL_GAP / (HEIGHT - TOP - BOTTOM), *level = plot->labels;
    double most = fmax(0, 1 - gap * (double)(n - 1));
    order_curves(plot);
    for (size_t i = 0; i < n; i++) {
        level[pools] = label_height(plot, plot->order[i]) - gap * (double)i;
        size[pools++] = 1;
        for (; pools > 1 && level[pools - 1] < level[pools - 2]; pools--) {
            double last = (double)size[pools - 1], before = (double)size[pools - 2];
            level[pools - 2] =
                (last * level[pools - 1] + before * level[pools - 2]) / (last + before);
            size[pools - 2] += size[pools - 1];
        }
    }
    for (size_t i = n; i-- > 0;) { /* from the top: a pool's level lies at or before its labels */
        level[i] = fmin(fmax(level[pools - 1], 0), most) + gap * (double)i;
        pools -= --size[pools - 1] == 0 ? 1 : 0;
    }
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
                "# full trainings, mean %s in percent, mean - and + one standard error\n",
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

/* A line of text at `x`, `y` pixels from the upper left corner. */
static void append_text(struct text *out, const char *said, int x, int y, int size,
                        const char *colour)
{
    text_append(out, "set label ");
    gnuplot_quote(out, said);
    text_append(out, " at screen %.4f, screen %.4f left noenhanced font ',%d' tc rgb '%s' front\n",
                (double)x / WIDTH, 1 - (double)y / HEIGHT, size, colour);
}

static void append_titles(const struct plot *plot, struct text *out)
{
    struct text setting = {0};
    comparison_title(plot->anytime->comparison, &setting);
    out->failed |= setting.failed;
    append_text(out, "What each search has in hand as it spends", MARGIN, 32, 18, "#1A1A1A");
    if (!out->failed)
        append_text(out, setting.data, MARGIN, 60, 13, "#666666");
    text_free(&setting);
    append_text(
        out,
        plot->anytime->regret
            ? "Line: mean over the seeds of the incumbent's regret on the test images, which "
              "the search does not see. Band: one standard error."
            : "Line: mean over the seeds of the incumbent's validation error, which is what "
              "the search sees. Band: one standard error.",
        MARGIN, HEIGHT - 16, 11, "#666666");
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
    text_append(out,
                "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                (double)LEFT / WIDTH, 1 - plot->right / WIDTH, 1 - (double)TOP / HEIGHT,
                (double)BOTTOM / HEIGHT);
    if (plot->x_low > 0)
        append_tics(plot, out);
    text_append(out, "set xrange [%.9g:%.9g]\nset yrange [%.9g:%.9g]\n", plot->x_low, plot->x_high,
                plot->y_low, plot->y_high);
    text_append(out,
                "set border 3 lw 1 lc rgb '#8C8C8C'\n"
                "set tics nomirror out scale 0.5 textcolor rgb '#404040'\nset format '%%h'\n"
                "set grid x y lw 0.6 lt 1 lc rgb '#E6E6E6' back\n"
                "set xlabel 'spent, in full trainings' tc rgb '#404040' offset 0, 0.2\n"
                "set label '%s' at screen %.4f, graph 0.5 center rotate by 90 tc rgb '#404040'\n"
                "unset key\n",
                plot->anytime->regret ? "regret, percent points of test accuracy"
                                      : "validation error of the incumbent, %",
                (double)MARGIN / WIDTH);
}

static void append_labels(const struct plot *plot, struct text *out)
{
    for (size_t i = 0; i < plot->anytime->n; i++) {
        size_t c = plot->order[i];
        text_append(out,
                    "set arrow from graph 1.004, graph %.4f to graph 1.022, graph %.4f nohead lw 1 "
                    "lc rgb '%s'\nset label ",
                    label_height(plot, c), plot->labels[i], plot->styles[c].colour);
        gnuplot_quote(out, plot->anytime->curves[c].row->label);
        text_append(out, " at graph 1.028, graph %.4f left noenhanced tc rgb '%s'\n",
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

static void append_terminals(const struct plot *plot, struct text *out)
{
    text_append(out,
                "set terminal svg size %d,%d dynamic background '#FFFFFF' "
                "font 'DejaVu Sans, Helvetica, Arial, sans-serif,13'\n",
                WIDTH, HEIGHT);
    text_append(out, "set output '%s-anytime.svg'\n@draw\n", plot->prefix);
    text_append(out,
                "set terminal pngcairo size %d,%d font 'DejaVu Sans,13' fontscale 1.5 linewidth 2 "
                "background '#FFFFFF'\n",
                2 * WIDTH, 2 * HEIGHT);
    text_append(out, "set output '%s-anytime.png'\n@draw\nunset output\n", plot->prefix);
}

static void append_script(const struct plot *plot, struct text *out)
{
    text_append(out, "# Draws %s-anytime.svg and .png; here: gnuplot %s-anytime.gp\n", plot->prefix,
                plot->prefix);
    text_append(out, "set encoding utf8\nset decimalsign '.'\ndata = '%s-anytime.dat'\n",
                plot->prefix);
    append_axes(plot, out);
    append_titles(plot, out);
    append_labels(plot, out);
    append_curves(plot, out);
    append_terminals(plot, out);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static int write_text(const struct text *text, const char *folder, const char *prefix,
                      const char *ending, struct error *error)
{
    struct text path = {0};
    text_append(&path, "%s/%s-anytime.%s", folder, prefix, ending);
    int status = path.failed || text->failed
                     ? error_set(error, ERROR_MEMORY, "anytime plot: out of memory")
                     : file_write(path.data, text->data, text->size, error);
    text_free(&path);
    return status;
}

int anytime_write(const struct anytime *anytime, const char *folder, const char *prefix,
                  struct error *error)
{
    int status = ERROR_NONE;
    size_t longest = 0;
    struct text data = {0}, script = {0};
    struct plot plot = {.anytime = anytime,
                        .prefix = prefix,
                        .unit = (double)anytime->comparison->header->unit_flops,
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
    plot.right = fmin(0.45 * WIDTH, 36 + CHARACTER * (double)longest);
    find_ranges(&plot);
    choose_styles(&plot);
    place_labels(&plot, sizes);
    append_data(&plot, &data);
    append_script(&plot, &script);
    status = write_text(&data, folder, prefix, "dat", error);
    if (!status)
        status = write_text(&script, folder, prefix, "gp", error);
out:
    text_free(&script);
    text_free(&data);
    free(sizes);
    free(plot.order);
    free(plot.labels);
    free(plot.styles);
    return status;
}
