/* The plot of a supernet's scores against the truth. */
#include "reports/accuracy.h"
#include "reports/figure.h"
#include "reports/rankings.h"
#include "reports/scores.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DOTS 2000 /* most dots: a page must stay light */

/* Ends of an axis. */
struct range {
    double low, high;
};

static void widen(struct range *range, double value)
{
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static void append_range(struct text *out, const char *axis, struct range range)
{
    double margin = range.high > range.low ? 0.04 * (range.high - range.low) : 0.5;
    text_append(out, "set %srange [%.9g:%.9g]\n", axis, range.low - margin, range.high + margin);
}

/* Architectures that have both, every `step`-th of them. Returns how many have. */
static size_t append_dots(const struct scores *scores, const double *truth, size_t count,
                          size_t step, struct range *x, struct range *y, struct text *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(scores->score[i]) || isnan(truth[i]))
            continue;
        if (n++ % step)
            continue;
        text_append(out, "%.9g %.9g %zu\n", scores->score[i], truth[i], i);
        widen(x, scores->score[i]);
        widen(y, truth[i]);
    }
    return n;
}

static void append_script(const struct rankings *rankings, size_t i, const char *name, size_t n,
                          size_t step, const struct range ranges[2], struct text *out)
{
    const struct table *table = rankings->table;
    struct text setting = {0}, foot = {0};
    text_append(&setting, "%s, %s, table %.8s; %s; tau-b %.3f over all", table->identity.space,
                table->identity.protocol, table->digest, rankings->rows[i].name,
                rankings->rows[i].whole.tau);
    text_append(&foot,
                "A dot for %zu of %zu architectures, evenly spaced in the order of the "
                "space; the scores of one supernet.",
                (n + step - 1) / step, n);
    figure_head(out, name);
    figure_frame(out, 40);
    append_range(out, "x", ranges[0]);
    append_range(out, "y", ranges[1]);
    figure_axes(out, "score with shared weights",
                rankings->test ? "test accuracy, %" : "validation accuracy, trained alone, %");
    figure_titles(out, "What the supernet says, and what is true", setting.data ? setting.data : "",
                  foot.data ? foot.data : "");
    text_append(out, "draw = \"plot data using 1:2 with points pt 7 ps 0.35 lc rgb '#A0%s'\"\n",
                &FIGURE_BLUE[1]);
    figure_terminals(out, name);
    out->failed |= setting.failed || foot.failed;
    text_free(&foot);
    text_free(&setting);
}

int rankings_write(const struct rankings *rankings, size_t i, const char *folder,
                   const char *prefix, struct error *error)
{
    const struct table *table = rankings->table;
    const char *path = rankings->files->files[rankings->rows[i].first].path;
    size_t count = table->identity.count;
    struct scores scores;
    struct text data = {0}, script = {0}, name = {0};
    struct range ranges[2] = {{INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    int status = scores_read(&scores, path, table->space, error);
    if (status)
        return status;
    double *truth = calloc(count, sizeof *truth);
    text_append(&name, "%s-", prefix);
    rankings_name(rankings, i, &name);
    if (truth && !name.failed) {
        size_t step = 1 + (size_t)(rankings->rows[i].whole.n / (DOTS + 1));
        accuracy_column(table, rankings->test ? ACCURACY_TEST : table->identity.points,
                        ACCURACY_ALL, truth);
        text_append(&data, "# score, truth in percent, architecture\n");
        size_t n = append_dots(&scores, truth, count, step, &ranges[0], &ranges[1], &data);
        append_script(rankings, i, name.data, n, step, ranges, &script);
        status = figure_write(folder, name.data, &data, &script, error);
    } else {
        status = error_set(error, ERROR_MEMORY, "rankings: out of memory");
    }
    free(truth);
    text_free(&name);
    text_free(&script);
    text_free(&data);
    scores_free(&scores);
    return status;
}
