/* The plots of runtimes: the distribution over all targets, and the medians with their crossings. */
#include "reports/curves.h"
#include "reports/runtime.h"

#include <math.h>

static double in_units(const struct runtime *runtime, uint64_t spent)
{
    return (double)spent / trace_unit(runtime->anytime->comparison->header);
}

/* Curves with a line for each method, still without points. */
static int begin(struct curves *curves, const struct runtime *runtime, struct text *setting,
                 struct error *error)
{
    *curves = (struct curves){.x_high = runtime->anytime->comparison->header->budget,
                              .unit = trace_unit_text(runtime->anytime->comparison->header),
                              .y_most = (double)NAN};
    int status = curves_open(curves, runtime->n, error);
    comparison_title(runtime->anytime->comparison, setting);
    curves->setting = setting->data;
    for (size_t i = 0; !status && i < runtime->n; i++) {
        curves->lines[i].label = runtime->rows[i].row->label;
        curves->lines[i].style = runtime->rows[i].row->style;
        curves->lines[i].baseline = &runtime->rows[i] == runtime->baseline;
    }
    if (!status && setting->failed)
        status = error_set(error, ERROR_MEMORY, "runtimes: out of memory");
    return status;
}

static int end(struct curves *curves, const char *folder, const char *prefix, const char *ending,
               struct error *error)
{
    struct text name = {0};
    text_append(&name, "%s-%s", prefix, ending);
    int status = name.failed ? error_set(error, ERROR_MEMORY, "runtimes: out of memory")
                             : curves_write(curves, folder, name.data, error);
    text_free(&name);
    return status;
}

/* ---- Distribution ---------------------------------------------------------------------------- */

static void add_distribution(struct curves *curves, const struct runtime *runtime, size_t i)
{
    const struct runtime_ecdf *ecdf = &runtime->rows[i].ecdf;
    double share = 0;
    for (size_t k = 0; k < ecdf->reached; k++) {
        if (k + 1 < ecdf->reached && ecdf->spent[k + 1] == ecdf->spent[k])
            continue;
        double x = in_units(runtime, ecdf->spent[k]);
        if (share <= 0) /* it rises from nothing */
            curves_step(curves, i, x, 0, 0, 0);
        share = (double)(k + 1) / (double)ecdf->pairs;
        curves_step(curves, i, x, share, share, share);
    }
    if (ecdf->reached)
        curves_step(curves, i, curves->x_high, share, share, share);
}

int runtime_write_ecdf(const struct runtime *runtime, const char *folder, const char *prefix,
                       struct error *error)
{
    struct curves curves;
    struct text setting = {0};
    int status = begin(&curves, runtime, &setting, error);
    curves.title = "How soon each search reaches what it is asked for";
    curves.foot = "Targets: the regrets that random search is expected to have after 1 to 1,000 "
                  "draws. Share of all pairs of a seed and a target.";
    curves.y = "share of targets reached";
    curves.head = "Runtime ECDF";
    curves.columns = "share of the (seed, target) pairs reached, twice again";
    curves.zero = true;
    curves.y_most = 1;
    for (size_t i = 0; !status && i < runtime->n; i++)
        add_distribution(&curves, runtime, i);
    if (!status)
        status = end(&curves, folder, prefix, "ecdf", error);
    text_free(&setting);
    curves_close(&curves);
    return status;
}

/* ---- Medians --------------------------------------------------------------------------------- */

static void add_median(struct curves *curves, const struct runtime *runtime, size_t i)
{
    const struct runtime_row *row = &runtime->rows[i];
    double value = (double)NAN;
    for (size_t k = 0; k < row->median.n; k++) {
        value = row->median.moves[k].value;
        curves_step(curves, i, in_units(runtime, row->median.moves[k].spent), value, value, value);
    }
    if (row->median.n)
        curves_step(curves, i, curves->x_high, value, value, value);
    if (row->overtakes != TRAJECTORY_NEVER) {
        curves->lines[i].mark_x = in_units(runtime, row->overtakes);
        curves->lines[i].mark_y = trajectory_at(&row->median, row->overtakes);
    }
}

int runtime_write_crossing(const struct runtime *runtime, const char *folder, const char *prefix,
                           struct error *error)
{
    struct curves curves;
    struct text setting = {0};
    bool regret = runtime->anytime->regret;
    int status = begin(&curves, runtime, &setting, error);
    curves.title = "From what budget on a search is ahead of random search";
    curves.foot = regret ? "Line: median over the seeds of the incumbent's regret. Dot: from here "
                           "to the end it is below that of random search."
                         : "Line: median over the seeds of the incumbent's validation error. Dot: "
                           "from here to the end it is below that of random search.";
    curves.y = regret ? "median regret, percent points" : "median validation error, %";
    curves.head = "Medians over the seeds";
    curves.columns = "median in percent, twice again";
    curves.logarithmic = regret;
    for (size_t i = 0; !status && i < runtime->n; i++)
        add_median(&curves, runtime, i);
    if (!status)
        status = end(&curves, folder, prefix, "crossing", error);
    text_free(&setting);
    curves_close(&curves);
    return status;
}
