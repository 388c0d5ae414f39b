#include "reports/comparison.h"

#include "reports/label.h"
#include "reports/statistics.h"
#include "reports/truth.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Methods --------------------------------------------------------------------------------- */

static bool all_default(const struct trace_header *header)
{
    for (size_t i = 0; i < header->n_options; i++)
        if (strcmp(header->options[i].value, header->options[i].standard) != 0)
            return false;
    return true;
}

bool comparison_is_random(const struct comparison_row *row)
{
    return strcmp(row->traces->header.method, COLLECTION_BASELINE) == 0;
}

/* True if no earlier group of the collection is of the method of the one that begins at `start`. */
static bool is_first(const struct collection *collection, size_t start)
{
    const struct trace *traces = collection->traces;
    for (size_t i = 0; i < start; i = collection_end(collection, i, COLLECTION_GROUP))
        if (collection_compare_methods(&traces[i].header, &traces[start].header) == 0)
            return false;
    return true;
}

static bool is_plain_random(const struct trace_header *header)
{
    return strcmp(header->method, COLLECTION_BASELINE) == 0 && all_default(header);
}

/* comparison_row.style */
static size_t number_style(const struct collection *collection, const struct trace_header *header)
{
    size_t before = 0;
    for (size_t i = 0; i < collection->n; i = collection_end(collection, i, COLLECTION_GROUP)) {
        const struct trace_header *other = &collection->traces[i].header;
        before += !is_plain_random(other) && collection_compare_methods(other, header) < 0 &&
                  is_first(collection, i);
    }
    return before;
}

/* ---- Labels ---------------------------------------------------------------------------------- */

static int label_row(struct comparison_row *row, const struct trace_header *const *headers,
                     size_t n, struct error *error)
{
    const struct trace_header *header = &row->traces->header;
    struct text label = {0}, all = {0};
    label_append(&label, header, headers, n);
    text_append_bytes(&all, "", 0);
    for (size_t i = 0; i < header->n_options; i++)
        text_append(&all, "%s%s=%s", i ? " " : "", header->options[i].name,
                    header->options[i].value);
    row->label = label.data;
    row->options = all.data;
    return label.failed || all.failed ? error_set(error, ERROR_MEMORY, "comparison: out of memory")
                                      : 0;
}

/* Each row by what tells it from the others. */
static int label_rows(struct comparison *comparison, struct error *error)
{
    const struct trace_header **headers = calloc(comparison->n, sizeof *headers);
    int status = headers ? 0 : error_set(error, ERROR_MEMORY, "comparison: out of memory");
    for (size_t i = 0; !status && i < comparison->n; i++)
        headers[i] = &comparison->rows[i].traces->header;
    for (size_t i = 0; !status && i < comparison->n; i++)
        status = label_row(&comparison->rows[i], headers, comparison->n, error);
    free(headers);
    return status;
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
    bool timed = row->traces->header.gpu_seconds;
    row->tflop = timed ? (double)NAN : spent / n / 1e12;
    row->gpu_seconds = timed ? spent / n / 1e6 : (double)NAN;
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
    sample_sort(values, row->seeds);
    row->error_iqm = sample_interquartile_mean(values, row->seeds);
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
    struct interval interval;
    if (!status)
        status =
            bootstrap_mean(values, row->seeds, COMPARISON_LEVEL, COMPARISON_SEED, &interval, error);
    if (!status) {
        row->regret = sample_mean(values, row->seeds);
        row->regret_std = sample_deviation(values, row->seeds);
        row->regret_low = interval.low;
        row->regret_high = interval.high;
    }
    free(values);
    return status;
}

/* ---- Against the baseline -------------------------------------------------------------------- */

/* Against the accuracies `theirs` [n]; `known`: they are a distribution rather than a sample. */
static int compare_row(struct comparison_row *row, const double *theirs, size_t n, bool known,
                       struct error *error)
{
    struct rank_test test;
    struct interval interval;
    double *mine = test_accuracies(row);
    if (!mine)
        return error_set(error, ERROR_MEMORY, "comparison: out of memory");
    int status = mann_whitney(mine, row->seeds, theirs, n, &test, error);
    if (!status)
        status = bootstrap_gain(mine, row->seeds, theirs, n, !known, COMPARISON_LEVEL,
                                COMPARISON_SEED, &interval, error);
    if (!status) {
        row->p_better = test.gain;
        row->p_better_low = interval.low;
        row->p_better_high = interval.high;
        row->p = test.p;
    }
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

static enum verdict judge(const struct comparison *comparison, const struct comparison_row *row)
{
    const struct comparison_row *baseline = comparison->baseline;
    if (isnan(row->p))
        return VERDICT_NONE;
    if (row->seeds < COMPARISON_SEEDS ||
        (!comparison->runs.n && baseline->seeds < COMPARISON_SEEDS))
        return VERDICT_TOO_FEW;
    if (row->p_holm >= COMPARISON_ALPHA)
        return VERDICT_UNDECIDED;
    return row->p_better > 0.5 ? VERDICT_BETTER : VERDICT_WORSE;
}

/* Random search as it stands, else its first variant. */
static const struct comparison_row *find_baseline(const struct comparison *comparison)
{
    const struct comparison_row *first = NULL;
    for (size_t i = 0; i < comparison->n; i++) {
        const struct comparison_row *row = &comparison->rows[i];
        if (!comparison_is_random(row))
            continue;
        if (all_default(&row->traces->header))
            return row;
        first = first ? first : row;
    }
    return first;
}

/* Against virtual runs; the trials of plain random search are those runs themselves. */
static int compare_to_runs(struct comparison *comparison, struct error *error)
{
    int status = ERROR_NONE;
    for (size_t i = 0; !status && i < comparison->n; i++) {
        struct comparison_row *row = &comparison->rows[i];
        if (!comparison_is_random(row) || !all_default(&row->traces->header))
            status = compare_row(row, comparison->runs.accuracy, comparison->runs.n, true, error);
    }
    return status;
}

static int compare_to_row(struct comparison *comparison, struct error *error)
{
    const struct comparison_row *baseline = comparison->baseline;
    int status = ERROR_NONE;
    double *theirs = test_accuracies(baseline);
    if (!theirs)
        return error_set(error, ERROR_MEMORY, "comparison: out of memory");
    for (size_t i = 0; !status && i < comparison->n; i++)
        if (&comparison->rows[i] != baseline)
            status = compare_row(&comparison->rows[i], theirs, baseline->seeds, false, error);
    free(theirs);
    return status;
}

static int compare_rows(struct comparison *comparison, struct error *error)
{
    int status = ERROR_NONE;
    comparison->baseline = find_baseline(comparison);
    if (comparison->runs.n)
        status = compare_to_runs(comparison, error);
    else if (comparison->baseline)
        status = compare_to_row(comparison, error);
    if (!status)
        status = correct(comparison, error);
    for (size_t i = 0; !status && i < comparison->n; i++)
        comparison->rows[i].verdict = judge(comparison, &comparison->rows[i]);
    return status;
}

/* ---- Random search on the table -------------------------------------------------------------- */

/* What the table says of random search, if it is the truth. */
static int consult(struct comparison *comparison, const struct table *table, struct error *error)
{
    struct error reason;
    double mean;
    comparison->average = comparison->average_std = (double)NAN;
    if (comparison->no_regret[0])
        return 0;
    truth_average(table, &mean, &comparison->average_std);
    comparison->average = 100 - mean;
    int status = virtual_runs_init(&comparison->runs, table, comparison->header, &reason);
    if (status == ERROR_MISMATCH)
        (void)snprintf(comparison->no_runs, sizeof comparison->no_runs, "%.159s", reason.text);
    else if (status)
        return error_set(error, (enum error_code)status, "%s", reason.text);
    return draws_init(&comparison->draws, table, false, table->identity.count, error);
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
        comparison->rows[comparison->n++] = (struct comparison_row){
            .traces = &collection->traces[start],
            .seeds = next - start,
            .style = number_style(collection, &collection->traces[start].header),
            .regret = (double)NAN,
            .regret_std = (double)NAN,
            .regret_low = (double)NAN,
            .regret_high = (double)NAN,
            .p_better = (double)NAN,
            .p_better_low = (double)NAN,
            .p_better_high = (double)NAN,
            .equal_draws = (double)NAN,
            .p = (double)NAN};
    }
    return 0;
}

static bool has_log(const struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace->n_events; i++)
        if (trace->events[i].kind == TRACE_LOG && strcmp(trace->events[i].log.name, name) == 0)
            return true;
    return false;
}

static int measure_row(struct comparison *comparison, struct comparison_row *row,
                       const struct table *table, struct error *error)
{
    for (size_t i = 0; i < row->seeds; i++) {
        comparison->biased = comparison->biased || row->traces[i].finish.biased;
        row->random_only += has_log(&row->traces[i], COMPARISON_RANDOM) ? 1 : 0;
    }
    measure_costs(row);
    int status = measure_error(row, error);
    if (!status && !comparison->no_regret[0])
        status = measure_regret(row, table, error);
    if (!status && comparison->draws.n)
        row->equal_draws = draws_equal(&comparison->draws, row->regret);
    row->improvement = 100 * (comparison->average - row->error) / (100 - comparison->average);
    return status;
}

int comparison_init(struct comparison *comparison, const struct collection *collection,
                    size_t start, const struct table *table, struct error *error)
{
    *comparison = (struct comparison){.header = &collection->traces[start].header};
    (void)truth_refuse(table, comparison->header, comparison->no_regret,
                       sizeof comparison->no_regret);
    int status = find_rows(comparison, collection, start, error);
    if (!status)
        status = label_rows(comparison, error);
    if (!status)
        status = consult(comparison, table, error);
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
    virtual_runs_free(&comparison->runs);
    draws_free(&comparison->draws);
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
