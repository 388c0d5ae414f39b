#include "reports/table_plot.h"

#include "reports/accuracy.h"
#include "reports/figure.h"
#include "reports/ranks.h"
#include "reports/statistics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct plot {
    const struct table *table;
    const struct landmarks *landmarks;
    struct text name, setting, data, script;
};

/* "cell, cifar10-mini (numerics 1, table 7ab1e7ab): 5260 of 5260 networks, 2 seeds" */
static void append_setting(struct plot *plot, uint32_t networks)
{
    const struct table_identity *identity = &plot->table->identity;
    text_append(&plot->setting,
                "%s, %s (numerics %d, table %.8s): %" PRIu32 " of %" PRIu32 " networks, %d seed%s",
                identity->space, identity->protocol, identity->numerics, plot->table->digest,
                networks, identity->distinct, plot->table->seeds,
                plot->table->seeds == 1 ? "" : "s");
}

static void begin_script(struct plot *plot, double right, const char *x, const char *title,
                         const char *foot)
{
    bool failed = plot->name.failed || plot->setting.failed;
    figure_head(&plot->script, failed ? "" : plot->name.data);
    figure_frame(&plot->script, right);
    figure_axes(&plot->script, x, "validation accuracy, %");
    figure_titles(&plot->script, title, failed ? "" : plot->setting.data, foot);
    plot->script.failed |= failed;
}

static void append_range(struct plot *plot, char axis, double low, double high)
{
    double margin = high > low ? 0.04 * (high - low) : 0.5;
    text_append(&plot->script, "set %crange [%.9g:%.9g]\n", axis, low - margin, high + margin);
}

/* ---- Accuracy against cost ------------------------------------------------------------------- */

/* The trained networks. */
struct dots {
    double *mflop, *accuracy; /* [n] */
    uint32_t *network;
    size_t *order; /* by mflop, ascending */
    size_t n;
};

static int dots_init(struct dots *dots, const struct table *table, struct error *error)
{
    size_t most = table->identity.distinct;
    *dots = (struct dots){.mflop = calloc(most, sizeof *dots->mflop),
                          .accuracy = calloc(most, sizeof *dots->accuracy),
                          .network = calloc(most, sizeof *dots->network),
                          .order = calloc(most, sizeof *dots->order)};
    if (!dots->mflop || !dots->accuracy || !dots->network || !dots->order)
        return error_set(error, ERROR_MEMORY, "plot: out of memory");
    for (uint32_t network = 0; network < most; network++) {
        double accuracy = accuracy_of(table, network, table->identity.points, ACCURACY_ALL);
        if (isnan(accuracy))
            continue;
        dots->mflop[dots->n] = 2e-6 * (double)table->train_macs[network];
        dots->accuracy[dots->n] = accuracy;
        dots->network[dots->n++] = network;
    }
    return ranks_order(dots->mflop, dots->n, dots->order, error);
}

static void dots_free(struct dots *dots)
{
    free(dots->order);
    free(dots->network);
    free(dots->accuracy);
    free(dots->mflop);
}

static void append_dot(struct plot *plot, const struct dots *dots, size_t i)
{
    uint32_t network = dots->network[i];
    text_append(&plot->data, "%.9g %.9g %.9g %" PRIu32 "\n", dots->mflop[i], dots->accuracy[i],
                accuracy_of(plot->table, network, ACCURACY_TEST, ACCURACY_ALL),
                plot->table->representative[network]);
}

/* All of them; then those that none as cheap or cheaper reaches. */
static void append_dots(struct plot *plot, const struct dots *dots)
{
    double best = -1;
    text_append(&plot->data, "# MFLOP of one image forward, validation accuracy, test accuracy, "
                             "architecture; one line a network\n");
    for (size_t i = 0; i < dots->n; i++)
        append_dot(plot, dots, dots->order[i]);
    text_append(&plot->data, "\n\n# the best for their cost\n");
    for (size_t i = 0, next; i < dots->n; i = next) {
        size_t top = dots->order[i]; /* the best of those that cost the same */
        for (next = i; next < dots->n && dots->mflop[dots->order[next]] == dots->mflop[top]; next++)
            if (dots->accuracy[dots->order[next]] > dots->accuracy[top])
                top = dots->order[next];
        if (dots->accuracy[top] > best)
            append_dot(plot, dots, top);
        best = fmax(best, dots->accuracy[top]);
    }
}

static void append_cost_script(struct plot *plot, const struct dots *dots)
{
    const struct landmark *best = &plot->landmarks->best_valid;
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < dots->n; i++) {
        low = fmin(low, dots->accuracy[i]);
        high = fmax(high, dots->accuracy[i]);
    }
    begin_script(plot, 40,
                 "MFLOP of one image, forward (2 x multiply-adds of the network as trained)",
                 "What accuracy costs",
                 "One dot a network. Line: none as cheap or cheaper is better. Ring: the best by "
                 "validation accuracy.");
    append_range(plot, 'x', dots->mflop[dots->order[0]], dots->mflop[dots->order[dots->n - 1]]);
    append_range(plot, 'y', low, high);
    text_append(&plot->script,
                "set object circle at %.9g, %.9g size screen 0.008 fs empty border rgb '%s' lw 2 "
                "front\n",
                2e-6 * (double)plot->table->train_macs[plot->table->class_of[best->architecture]],
                best->valid, FIGURE_DARK);
    text_append(&plot->script,
                "draw = \"plot data index 0 using 1:2 with points pt 7 ps %g lc rgb '#A0%s', "
                "data index 1 using 1:2 with steps lw 2.2 lc rgb '%s'\"\n",
                dots->n > 1000 ? 0.4 : 0.8, &FIGURE_BLUE[1], FIGURE_ORANGE);
    figure_terminals(&plot->script, plot->name.failed ? "" : plot->name.data);
}

static int make_cost(struct plot *plot, struct error *error)
{
    struct dots dots;
    int status = dots_init(&dots, plot->table, error);
    if (!status) {
        append_setting(plot, (uint32_t)dots.n);
        append_dots(plot, &dots);
        append_cost_script(plot, &dots);
    }
    dots_free(&dots);
    return status;
}

/* ---- Learning curves ------------------------------------------------------------------------- */

/* From below; the data have them in this order, after the point and before the best. */
static const struct {
    const char *name;
    double quantile;
} lines[] = {{"5 %", 0.05}, {"25 %", 0.25}, {"median", 0.5}, {"75 %", 0.75}, {"95 %", 0.95}};

enum { LINES = sizeof lines / sizeof *lines, BEST = LINES };

/* The quantiles of the networks at one point, and the best architecture's accuracy: ascending but
 * for the last. `spare` [distinct]; returns the number of networks. */
static uint32_t measure_point(const struct plot *plot, int point, double *spare,
                              double values[LINES + 1])
{
    const struct table *table = plot->table;
    uint32_t n = 0;
    for (uint32_t network = 0; network < table->identity.distinct; network++) {
        double accuracy = accuracy_of(table, network, point, ACCURACY_ALL);
        if (!isnan(accuracy))
            spare[n++] = accuracy;
    }
    sample_sort(spare, n);
    for (size_t i = 0; i < LINES; i++)
        values[i] = sample_quantile(spare, n, lines[i].quantile);
    uint32_t best = table->class_of[plot->landmarks->best_valid.architecture];
    values[BEST] = accuracy_of(table, best, point, ACCURACY_ALL);
    return n;
}

static void append_curve_labels(struct plot *plot, const double last[LINES + 1], double low,
                                double high)
{
    double heights[LINES + 1];
    size_t spare[LINES + 1];
    for (size_t i = 0; i <= LINES; i++)
        heights[i] = (last[i] - low) / (high - low);
    figure_spread(heights, LINES + 1, spare);
    for (size_t i = 0; i <= LINES; i++)
        figure_label(&plot->script, i == BEST ? "best" : lines[i].name,
                     (last[i] - low) / (high - low), heights[i],
                     i == BEST ? FIGURE_ORANGE : FIGURE_BLUE, NULL);
}

static void append_curves_script(struct plot *plot, const double last[LINES + 1], double least,
                                 double most)
{
    int points = plot->table->identity.points;
    double margin = most > least ? 0.04 * (most - least) : 0.5;
    begin_script(
        plot, 110, "evaluation point", "How the networks learn",
        "Bands: the middle 50 % and 90 % of the networks at each point. best: the one with "
        "the highest validation accuracy at the last point.");
    text_append(&plot->script, "set xtics %d\nset xrange [%g:%d]\nset yrange [%.9g:%.9g]\n",
                1 + points / 20, points > 1 ? 1.0 : 0.5, points, least - margin, most + margin);
    append_curve_labels(plot, last, least - margin, most + margin);
    text_append(&plot->script,
                "set style fill transparent solid 0.16 noborder\ndraw = \"plot "
                "data using 1:2:6 with filledcurves lc rgb '%s', "
                "data using 1:3:5 with filledcurves lc rgb '%s', "
                "data using 1:4 with linespoints pt 7 ps 0.4 lw 2.2 lc rgb '%s', "
                "data using 1:7 with linespoints pt 7 ps 0.4 lw 2.2 lc rgb '%s'\"\n",
                FIGURE_BLUE, FIGURE_BLUE, FIGURE_BLUE, FIGURE_ORANGE);
    figure_terminals(&plot->script, plot->name.failed ? "" : plot->name.data);
}

static int make_curves(struct plot *plot, struct error *error)
{
    double values[LINES + 1], least = INFINITY, most = -INFINITY;
    uint32_t n = 0;
    double *spare = calloc(plot->table->identity.distinct, sizeof *spare);
    if (!spare)
        return error_set(error, ERROR_MEMORY, "plot: out of memory");
    text_append(&plot->data,
                "# point; validation accuracy: 5 %%, 25 %%, median, 75 %%, 95 %% of the "
                "networks, the best by validation\n");
    for (int t = 1; t <= plot->table->identity.points; t++) {
        n = measure_point(plot, t, spare, values);
        text_append(&plot->data, "%d", t);
        for (size_t i = 0; i <= LINES; i++) {
            text_append(&plot->data, " %.9g", values[i]);
            least = fmin(least, values[i]);
            most = fmax(most, values[i]);
        }
        text_append(&plot->data, "\n");
    }
    append_setting(plot, n);
    append_curves_script(plot, values, least, most);
    free(spare);
    return 0;
}

/* ---- Both ------------------------------------------------------------------------------------ */

static const struct {
    const char *ending;
    int (*make)(struct plot *plot, struct error *error);
} plots[TABLE_PLOTS] = {{"cost", make_cost}, {"curves", make_curves}};

void table_plot_name(const struct table *table, int i, struct text *out)
{
    figure_name(out, table->identity.space);
    text_append(out, "-");
    figure_name(out, table->identity.protocol);
    text_append(out, "-%s", plots[i].ending);
}

int table_plot_write(const struct table *table, const struct landmarks *landmarks,
                     const char *folder, struct error *error)
{
    int status = ERROR_NONE;
    for (int i = 0; !status && i < TABLE_PLOTS; i++) {
        struct plot plot = {.table = table, .landmarks = landmarks};
        table_plot_name(table, i, &plot.name);
        status = plots[i].make(&plot, error);
        if (!status)
            status = figure_write(folder, plot.name.failed ? "" : plot.name.data, &plot.data,
                                  &plot.script, error);
        text_free(&plot.script);
        text_free(&plot.data);
        text_free(&plot.setting);
        text_free(&plot.name);
    }
    return status;
}
