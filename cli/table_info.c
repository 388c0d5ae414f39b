/* nasbed table info: what a table holds, and its landmarks. */
#include "base/file.h"
#include "cli/table.h"

#include "protocols/protocol.h"
#include "reports/accuracy.h"
#include "reports/figure.h"
#include "reports/landmarks.h"
#include "reports/statistics.h"
#include "reports/table_plot.h"
#include "tables/parts.h"
#include "tables/table.h"
#include "tables/timing.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double quantiles[] = {0, 0.05, 0.25, 0.5, 0.75, 0.95, 1};

enum { QUANTILES = sizeof quantiles / sizeof quantiles[0] };

struct settings {
    char out[OPTION_TEXT_SIZE];
};

static const struct option_row options[] = {
    {"out", OPTION_TEXT, offsetof(struct settings, out), "", 0, 0,
     "folder for two plots (SVG, PNG, script, data): accuracy against cost, and learning curves",
     NULL},
    {.name = NULL}};

/* ---- Samples ---- */

/* Keep what is a number, ascending; returns how many. */
static size_t sort_column(double *value, uint32_t count)
{
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(value[i]))
            value[n++] = value[i];
    sample_sort(value, n);
    return n;
}

/* Of a column, which is sorted for it. Nothing where it is empty. */
static void print_sample(const char *name, double *value, uint32_t count, const char *format)
{
    size_t n = sort_column(value, count);
    if (n == 0)
        return;
    (void)printf("%-14s", name);
    for (int i = 0; i < QUANTILES; i++)
        (void)printf(format, sample_quantile(value, n, quantiles[i]));
    (void)printf(format, sample_mean(value, n));
    (void)printf("\n");
}

/* ---- Parts ---- */

static void print_head(const struct table *table)
{
    const struct table_identity *identity = &table->identity;
    uint64_t rows = table_rows(table), all = (uint64_t)identity->distinct * (uint64_t)table->seeds;
    (void)printf("table         %s\n", table->path);
    (void)printf("space         %s: %" PRIu32 " architectures, %" PRIu32 " networks%s\n",
                 identity->space, identity->count, identity->distinct,
                 table->space ? "" : " (unknown to this program)");
    (void)printf("protocol      %s, %d point%s, hash %s\n", identity->protocol, identity->points,
                 identity->points == 1 ? "" : "s", identity->protocol_hash);
    if (table_imported(table))
        (void)printf("data set      that of the source, no digest\n");
    else
        (void)printf("data set      digest %s\n", identity->dataset_digest);
    (void)printf("numerics      %d%s\n", identity->numerics,
                 table_imported(table) ? ": imported, the protocol's hash is the source's digest"
                                       : "");
    if (table->tests_apart)
        (void)printf("tests         of other trainings than the validations under the same seed\n");
    (void)printf("digest        %s\n", table->digest);
    (void)printf("made by       %s, %s; licence %s\n", table->program, table->compiler,
                 table->licence);
    (void)printf("rows          %" PRIu64 " of %" PRIu64 " (%d seed%s)%s\n", rows, all,
                 table->seeds, table->seeds == 1 ? "" : "s", rows == all ? ", complete" : "");
}

static void print_columns(void)
{
    (void)printf("%-14s%12s%12s%12s%12s%12s%12s%12s%12s\n", "", "least", "5 %", "25 %", "median",
                 "75 %", "95 %", "most", "mean");
}

static void print_landmark(const struct table *table, const char *what,
                           const struct landmark *landmark)
{
    struct architecture decisions;
    char text[ARCHITECTURE_TEXT] = "";
    if (table->space) {
        table->space->from_index(landmark->architecture, &decisions);
        table->space->print(&decisions, text);
    }
    (void)printf("%-14sindex %" PRIu32 " %s:", what, landmark->architecture, text);
    if (!isnan(landmark->valid))
        (void)printf(" validation %.2f %%", landmark->valid);
    if (!isnan(landmark->test))
        (void)printf("%s test %.2f %%", isnan(landmark->valid) ? "" : ",", landmark->test);
    (void)printf("\n");
}

static void print_accuracies(const struct table *table, const struct landmarks *landmarks,
                             double *column)
{
    uint32_t count = table->identity.count;
    (void)printf("\naccuracy in %% at the last point, mean over seeds, of %" PRIu32
                 " architectures\n",
                 landmarks->n);
    print_columns();
    accuracy_column(table, table->identity.points, ACCURACY_ALL, column);
    print_sample("validation", column, count, "%12.2f");
    accuracy_column(table, ACCURACY_TEST, ACCURACY_ALL, column);
    print_sample("test", column, count, "%12.2f");
    if (!isnan(landmarks->best_valid.valid))
        print_landmark(table, "best valid.", &landmarks->best_valid);
    if (!isnan(landmarks->best_test.test))
        print_landmark(table, "best test", &landmarks->best_test);
    if (!isnan(landmarks->regret))
        (void)printf("%-14s%.2f %%: what the best by validation lacks to the best test; %" PRIu32
                     " of %" PRIu32 " by test\n",
                     "regret", landmarks->regret, landmarks->rank, landmarks->n);
    if (!isnan(landmarks->worst_valid.valid))
        print_landmark(table, "worst valid.", &landmarks->worst_valid);
}

/* A tau-b, or a dash where it is undefined. */
static void print_tau(double tau, int width)
{
    if (isnan(tau))
        (void)printf("%*s", width, "-");
    else
        (void)printf("%*.3f", width, tau);
}

static void print_curve(const struct table *table, const struct landmarks *landmarks,
                        double *column)
{
    (void)printf("\nmean curve    point          validation accuracy in %%   tau-b with the last, "
                 "same seed\n");
    for (int t = 1; t <= table->identity.points; t++) {
        accuracy_column(table, t, ACCURACY_ALL, column);
        size_t n = sort_column(column, table->identity.count);
        (void)printf("              %5d          %19.2f", t, sample_mean(column, n));
        print_tau(landmarks->point[t - 1], 31);
        (void)printf("\n");
    }
}

/* "name    tau-b  Spearman" of one pair of rankings. */
static void print_agreement(const char *name, double tau, double rho)
{
    (void)printf("%-42s", name);
    print_tau(tau, 7);
    print_tau(rho, 10);
}

static void print_rankings(const struct landmarks *landmarks)
{
    const struct agreement *noise = &landmarks->noise, *top = &landmarks->noise_top;
    (void)printf("\n%-44s%s\n", "ranking agreement over the architectures", "tau-b  Spearman");
    print_agreement("validation against test, same seed", landmarks->valid_test,
                    landmarks->valid_test_rho);
    (void)printf("\n");
    print_agreement("one seed against the others: the ceiling", noise->tau, noise->rho);
    if (noise->n < 2) {
        (void)printf("  no network has two seeds\n");
        return;
    }
    (void)printf("  of %.0f\n", noise->n);
    print_agreement("  within the top of the others", top->tau, top->rho);
    (void)printf("  of %.0f\n", top->n);
}

/* What a full training is charged, by the protocol that the table carries; an old one may be
 * unreadable here. */
static void print_charge(const struct table *table, double mean_macs)
{
    struct protocol protocol;
    if (protocol_read(&protocol, table->identity.protocol, table->protocol_text, NULL))
        return;
    double flops =
        mean_macs * (double)protocol_charge(&protocol.training, 1, table->identity.points);
    (void)printf("%-14s%.4g TFLOP: the mean over the space's strings\n", "full training",
                 1e-12 * flops);
    protocol_close(&protocol);
}

/* What training took where the table comes from: seconds at the last point, over the architectures. */
static void print_source_times(const struct table *table, double *column)
{
    uint64_t *times;
    size_t points = (size_t)table->identity.points;
    double sum = 0;
    if (table_times(table, &times, NULL))
        return;
    for (uint32_t i = 0; i < table->identity.count; i++) {
        column[i] = 1e-6 * (double)times[(table->class_of[i] + 1) * points - 1];
        sum += column[i];
    }
    free(times);
    print_sample("GPU seconds", column, table->identity.count, "%12.1f");
    (void)printf("%-14s%.4g GPU seconds of the source, the mean\n", "full training",
                 sum / table->identity.count);
}

static void print_costs(const struct table *table, double *column)
{
    uint32_t count = table->identity.count;
    double macs = 0;
    (void)printf("\ncost of the %" PRIu32 " architectures\n", count);
    print_columns();
    for (uint32_t i = 0; i < count; i++)
        column[i] = (double)table->params[i];
    print_sample("params", column, count, "%12.0f");
    for (uint32_t i = 0; i < count; i++)
        column[i] = (double)table->macs[i];
    print_sample("macs", column, count, "%12.0f");
    for (uint32_t i = 0; i < count; i++) {
        column[i] = (double)table->train_macs[table->class_of[i]];
        macs += column[i];
    }
    print_sample("trained macs", column, count, "%12.0f");
    print_charge(table, macs / count);
    print_source_times(table, column);
}

/* What the builds took, and how fast they trained: evaluating is part of the time. */
static void print_total(const struct table *table, const struct timing_total *total,
                        const char *path)
{
    struct protocol protocol;
    double each = total->cpu_seconds / (double)total->rows;
    (void)printf("%-14s%.2f CPU-hours for %" PRIu64 " trainings, %.2f CPU-seconds each", "times",
                 total->cpu_seconds / 3600, total->rows, each);
    if (each > 0 &&
        !protocol_read(&protocol, table->identity.protocol, table->protocol_text, NULL)) {
        (void)printf(", %.0f images/s a core",
                     (double)protocol_images_trained(&protocol.training, table->identity.points) /
                         each);
        protocol_close(&protocol);
    }
    if (total->damaged)
        (void)printf("; %" PRIu64 " lines of %s cannot be read", total->damaged, path);
    (void)printf("\n");
}

/* Times lie beside a table, if they were kept: that there are none is no error. */
static int print_times(const struct table *table, struct error *error)
{
    struct timing_total total;
    char *path = parts_beside(table->path, ".timing.csv");
    if (!path)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", table->path);
    int status = timing_sum(path, &total, error);
    if (!status && total.rows)
        print_total(table, &total, path);
    free(path);
    return status == ERROR_MISSING ? 0 : status;
}

/* ---- Plots ---- */

static int draw_plots(const struct table *table, const char *folder, struct error *error)
{
    int status = ERROR_NONE;
    for (int i = 0; !status && i < TABLE_PLOTS; i++) {
        struct text name = {0};
        table_plot_name(table, i, &name);
        status = name.failed ? error_set(error, ERROR_MEMORY, "plots: out of memory")
                             : figure_draw(folder, name.data, error);
        if (!status)
            (void)printf("%s%-14s%s/%s.svg, .png\n", i ? "" : "\n", "plot", folder, name.data);
        text_free(&name);
    }
    if (status && status != ERROR_MEMORY)
        return error_context(error, "plots left out (data and scripts lie in %s)", folder);
    return status;
}

static int make_plots(const struct table *table, const struct landmarks *landmarks,
                      const char *folder, struct error *error)
{
    if (!landmarks->n)
        return error_set(error, ERROR_MISSING, "%s: nothing to plot: none of its rows is trained",
                         table->path);
    if (!table->valid_accuracy)
        return error_set(error, ERROR_MISSING,
                         "%s: nothing to plot: the table has no validation accuracy", table->path);
    int status = folder_make(folder, error);
    if (!status)
        status = table_plot_write(table, landmarks, folder, error);
    return status ? status : draw_plots(table, folder, error);
}

/* ---- The whole ---- */

static int print_table(const struct table *table, const char *out, double *column,
                       struct error *error)
{
    struct landmarks landmarks;
    int status = landmarks_find(&landmarks, table, error);
    if (status)
        return status;
    print_head(table);
    if (landmarks.n) {
        print_accuracies(table, &landmarks, column);
        if (table->valid_accuracy)
            print_curve(table, &landmarks, column);
        print_rankings(&landmarks);
    }
    print_costs(table, column);
    status = print_times(table, error);
    if (!status && out[0])
        status = make_plots(table, &landmarks, out, error);
    return status ? status : command_flush(error);
}

static int info(const char *path, const void *values, struct error *error)
{
    const struct settings *settings = values;
    struct table table;
    int status = table_open(&table, path, error);
    if (status)
        return status;
    double *column = calloc(table.identity.count, sizeof *column);
    status = column ? print_table(&table, settings->out, column, error)
                    : error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    free(column);
    table_close(&table);
    return status;
}

static int run(int argc, char **argv)
{
    struct settings settings;
    return table_act(&command_table_info, &settings, argc, argv, info);
}

const struct command command_table_info = {
    .name = "table info",
    .summary = "what a table holds: identity, rows, landmarks, curve, rankings, cost, plots",
    .usage =
        "table info FILE.h5 [--out DIR]\n\n"
        "Isomorphs count each: quantiles, means and rankings are over architectures. The plots\n"
        "are SPACE-PROTOCOL-cost and SPACE-PROTOCOL-curves, over networks.",
    .examples = "  nasbed table info smoke.h5\n"
                "  nasbed table info smoke.h5 --out plots\n" TABLE_OF_EXAMPLES,
    .options = options,
    .run = run,
};
