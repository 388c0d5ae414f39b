#include "reports/comparison.h"

#include "reports/statistics.h"
#include "reports/truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Labels ---------------------------------------------------------------------------------- */

static const struct trace_option *find_option(const struct trace_header *header, const char *name)
{
    for (size_t i = 0; i < header->n_options; i++)
        if (strcmp(header->options[i].name, name) == 0)
            return &header->options[i];
    return NULL;
}

/* An option is worth a word if it is not at its default, or if another row of the same method has
 * something else there. */
static bool option_tells(const struct comparison *comparison, const struct trace_header *header,
                         const struct trace_option *option)
{
    if (strcmp(option->value, option->standard) != 0)
        return true;
    for (size_t i = 0; i < comparison->n; i++) {
        const struct trace_header *other = &comparison->rows[i].traces->header;
        const struct trace_option *its = find_option(other, option->name);
        if (strcmp(other->method, header->method) == 0 &&
            (!its || strcmp(its->value, option->value) != 0))
            return true;
    }
    return false;
}

static int label_row(const struct comparison *comparison, struct comparison_row *row,
                     struct error *error)
{
    const struct trace_header *header = &row->traces->header;
    struct text label = {0}, all = {0};
    text_append(&label, "%s%s", header->method, strcmp(header->kind, "extension") == 0 ? "*" : "");
    text_append_bytes(&all, "", 0);
    for (size_t i = 0; i < header->n_options; i++) {
        const struct trace_option *option = &header->options[i];
        if (option_tells(comparison, header, option))
            text_append(&label, " %s=%s", option->name, option->value);
        text_append(&all, "%s%s=%s", i ? " " : "", option->name, option->value);
    }
    row->label = label.data;
    row->options = all.data;
    if (label.failed || all.failed)
        return error_set(error, ERROR_MEMORY, "comparison: out of memory");
    return 0;
}

/* ---- Figures --------------------------------------------------------------------------------- */

static double *test_accuracies(const struct comparison_row *row)
{
    double *values = calloc(row->seeds, sizeof *values);
    for (size_t i = 0; values && i < row->seeds; i++)
        values[i] = row->traces[i].finish.test_accuracy;
    return values;
}

static void measure_costs(struct comparison_row *row)
{
    double params = 0, spent = 0, seconds = 0, n = (double)row->seeds;
    for (size_t i = 0; i < row->seeds; i++) {
        const struct trace *trace = &row->traces[i];
        params += (double)trace->finish.params;
        spent += (double)trace->finish.spent;
        seconds += trace->times.known ? trace->times.cpu_seconds : (double)NAN;
    }
    row->params_k = params / n / 1e3;
    row->tflop = spent / n / 1e12;
    row->cpu_seconds = seconds / n;
}

static int measure_error(struct comparison_row *row, struct error *error)
{
    double *values = test_accuracies(row);
    if (!values)
        return error_set(error, ERROR_MEMORY, "comparison: out of memory");
    for (size_t i = 0; i < row->seeds; i++)
        values[i] = 100 - values[i];
    struct interval interval;
    int status =
        bootstrap_mean(values, row->seeds, COMPARISON_LEVEL, COMPARISON_SEED, &interval, error);
    row->error = sample_mean(values, row->seeds);
    row->error_std = sample_deviation(values, row->seeds);
    row->error_low = interval.low;
    row->error_high = interval.high;
    free(values);
    return status;
}

static int measure_regret(struct comparison_row *row, const struct table *table,
                          struct error *error)
{
    double *values = calloc(row->seeds, sizeof *values);
    int status = values ? 0 : error_set(error, ERROR_MEMORY, "comparison: out of memory");
    for (size_t i = 0; !status && i < row->seeds; i++) {
        const struct trace *trace = &row->traces[i];
        const struct trace_finish *finish = &trace->finish;
        status = truth_check(table, trace, error);
        if (status)
            break;
        values[i] =
            truth_best(table, finish->test_seeds, finish->n_test_seeds) -
            truth_accuracy(table, finish->network, finish->test_seeds, finish->n_test_seeds);
    }
    if (!status) {
        row->regret = sample_mean(values, row->seeds);
        row->regret_std = sample_deviation(values, row->seeds);
    }
    free(values);
    return status;
}

/* ---- Against the baseline -------------------------------------------------------------------- */

static int compare_row(struct comparison_row *row, const struct comparison_row *baseline,
                       struct error *error)
{
    int status = ERROR_NONE;
    double *mine = test_accuracies(row), *theirs = test_accuracies(baseline);
    if (!mine || !theirs) {
        status = error_set(error, ERROR_MEMORY, "comparison: out of memory");
        goto out;
    }
    struct rank_test test;
    status = mann_whitney(mine, row->seeds, theirs, baseline->seeds, &test, error);
    if (!status) {
        row->p_better = test.gain;
        row->p = test.p;
    }
out:
    free(theirs);
    free(mine);
    return status;
}

static int correct(struct comparison *comparison, struct error *error)
{
    double *p = calloc(comparison->n, sizeof *p);
    if (!p)
        return error_set(error, ERROR_MEMORY, "comparison: out of memory");
    for (size_t i = 0; i < comparison->n; i++)
        p[i] = comparison->rows[i].p;
    int status = holm(p, comparison->n, p, error);
    for (size_t i = 0; i < comparison->n; i++)
        comparison->rows[i].p_holm = p[i];
    free(p);
    return status;
}

static enum verdict judge(const struct comparison_row *row, const struct comparison_row *baseline)
{
    if (!baseline || row == baseline)
        return VERDICT_NONE;
    if (row->seeds < COMPARISON_SEEDS || baseline->seeds < COMPARISON_SEEDS)
        return VERDICT_TOO_FEW;
    if (row->p_holm >= COMPARISON_ALPHA)
        return VERDICT_UNDECIDED;
    return row->p_better > 0.5 ? VERDICT_BETTER : VERDICT_WORSE;
}

static bool all_default(const struct trace_header *header)
{
    for (size_t i = 0; i < header->n_options; i++)
        if (strcmp(header->options[i].value, header->options[i].standard) != 0)
            return false;
    return true;
}

/* Random search as it stands, else its first variant. */
static const struct comparison_row *find_baseline(const struct comparison *comparison)
{
    const struct comparison_row *first = NULL;
    for (size_t i = 0; i < comparison->n; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        if (strcmp(row->traces->header.method, COLLECTION_BASELINE) != 0)
            continue;
        if (all_default(&row->traces->header))
            return row;
        first = first ? first : row;
    }
    return first;
}

static int compare_rows(struct comparison *comparison, struct error *error)
{
    int status = ERROR_NONE;
    comparison->baseline = find_baseline(comparison);
    for (size_t i = 0; !status && comparison->baseline && i < comparison->n; i++)
        if (&comparison->rows[i] != comparison->baseline)
            status = compare_row(&comparison->rows[i], comparison->baseline, error);
    if (!status)
        status = correct(comparison, error);
    for (size_t i = 0; i < comparison->n; i++)
        comparison->rows[i].verdict = judge(&comparison->rows[i], comparison->baseline);
    return status;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int find_rows(struct comparison *comparison, const struct collection *collection,
                     size_t start, struct error *error)
{
    size_t end = collection_end(collection, start, COLLECTION_BLOCK);
    comparison->rows = calloc(end - start, sizeof *comparison->rows);
    if (!comparison->rows)
        return error_set(error, ERROR_MEMORY, "comparison: out of memory");
    for (size_t next; start < end; start = next) {
        next = collection_end(collection, start, COLLECTION_GROUP);
        comparison->rows[comparison->n++] =
            (struct comparison_row){.traces = &collection->traces[start],
                                    .seeds = next - start,
                                    .regret = (double)NAN,
                                    .regret_std = (double)NAN,
                                    .p_better = (double)NAN,
                                    .p = (double)NAN};
    }
    return 0;
}

static int measure_row(struct comparison *comparison, struct comparison_row *row,
                       const struct table *table, struct error *error)
{
    for (size_t i = 0; i < row->seeds; i++)
        comparison->biased = comparison->biased || row->traces[i].finish.biased;
    measure_costs(row);
    int status = label_row(comparison, row, error);
    if (!status)
        status = measure_error(row, error);
    if (!status && !comparison->no_regret[0])
        status = measure_regret(row, table, error);
    return status;
}

int comparison_init(struct comparison *comparison, const struct collection *collection,
                    size_t start, const struct table *table, struct error *error)
{
    *comparison = (struct comparison){.header = &collection->traces[start].header};
    (void)truth_refuse(table, comparison->header, comparison->no_regret,
                       sizeof comparison->no_regret);
    int status = find_rows(comparison, collection, start, error);
    for (size_t i = 0; !status && i < comparison->n; i++)
        status = measure_row(comparison, &comparison->rows[i], table, error);
    if (!status)
        status = compare_rows(comparison, error);
    if (status)
        comparison_free(comparison);
    return status;
}

void comparison_free(struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->n; i++) {
        free(comparison->rows[i].label);
        free(comparison->rows[i].options);
    }
    free(comparison->rows);
    *comparison = (struct comparison){0};
}

const char *verdict_text(enum verdict verdict)
{
    static const char *const texts[] = {[VERDICT_NONE] = "",
                                        [VERDICT_TOO_FEW] = "too few seeds",
                                        [VERDICT_UNDECIDED] = "no difference shown",
                                        [VERDICT_BETTER] = "better",
                                        [VERDICT_WORSE] = "worse"};
    return texts[verdict];
}
