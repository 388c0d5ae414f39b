#include "reports/landmarks.h"

#include "reports/accuracy.h"
#include "reports/correlation.h"
#include "reports/noise.h"

#include <math.h>
#include <stdlib.h>

/* Two columns [count] at work. */
struct columns {
    double *first, *second;
};

static struct landmark landmark_of(const struct table *table, uint32_t architecture)
{
    if (architecture == table->identity.count) /* no architecture has such a value */
        return (struct landmark){.valid = (double)NAN, .test = (double)NAN};
    uint32_t network = table->class_of[architecture];
    return (struct landmark){.architecture = architecture,
                             .valid =
                                 accuracy_of(table, network, table->identity.points, ACCURACY_ALL),
                             .test = accuracy_of(table, network, ACCURACY_TEST, ACCURACY_ALL)};
}

/* The architecture with the largest sign x value; NaN is none. `count` if there is none. */
static uint32_t find_best(const double *value, uint32_t count, double sign)
{
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++)
        if (!isnan(value[i]) && (best == count || sign * value[i] > sign * value[best]))
            best = i;
    return best;
}

static void find_extremes(struct landmarks *landmarks, const struct table *table,
                          struct columns columns)
{
    uint32_t count = table->identity.count;
    double *valid = columns.first, *test = columns.second;
    accuracy_column(table, table->identity.points, ACCURACY_ALL, valid);
    accuracy_column(table, ACCURACY_TEST, ACCURACY_ALL, test);
    for (uint32_t i = 0; i < count; i++)
        landmarks->n += isnan(valid[i]) && isnan(test[i]) ? 0 : 1;
    if (!landmarks->n)
        return;
    landmarks->best_valid = landmark_of(table, find_best(valid, count, 1));
    landmarks->worst_valid = landmark_of(table, find_best(valid, count, -1));
    landmarks->best_test = landmark_of(table, find_best(test, count, 1));
    landmarks->regret = (double)NAN;
    if (isnan(landmarks->best_valid.valid) || isnan(landmarks->best_test.test))
        return;
    landmarks->regret = landmarks->best_test.test - landmarks->best_valid.test;
    landmarks->rank = 1;
    for (uint32_t i = 0; i < count; i++)
        landmarks->rank += test[i] > landmarks->best_valid.test;
}

/* tau-b of the accuracies at two points under one seed; with `rho` (may be NULL) Spearman's too. */
static int correlate(const struct table *table, int first, int second, int seed,
                     struct columns columns, double *tau, double *rho, struct error *error)
{
    struct ranking ranking;
    struct pairs pairs;
    accuracy_column(table, first, seed, columns.first);
    accuracy_column(table, second, seed, columns.second);
    int status =
        ranking_init(&ranking, columns.first, columns.second, table->identity.count, error);
    if (status)
        return status;
    status = pairs_count(ranking.score, ranking.truth, ranking.n, &pairs, error);
    if (!status)
        *tau = kendall_tau_b(&pairs);
    if (!status && rho)
        status = spearman(ranking.score, ranking.truth, ranking.n, rho, error);
    ranking_free(&ranking);
    return status;
}

/* Their means over the seeds for which they are defined; NaN if there is none. */
static int correlate_seeds(const struct table *table, int first, int second, struct columns columns,
                           double *tau, double *rho, struct error *error)
{
    double sum = 0, sum_rho = 0;
    int n = 0, status = ERROR_NONE;
    for (int seed = 0; !status && seed < table->seeds; seed++) {
        double one = (double)NAN, one_rho = (double)NAN;
        status = correlate(table, first, second, seed, columns, &one, rho ? &one_rho : NULL, error);
        if (isnan(one)) /* and so is Spearman's: one of the two rankings is all ties */
            continue;
        sum += one;
        sum_rho += one_rho;
        n++;
    }
    *tau = n ? sum / n : (double)NAN;
    if (rho)
        *rho = n ? sum_rho / n : (double)NAN;
    return status;
}

static int find_correlations(struct landmarks *landmarks, const struct table *table,
                             struct columns columns, struct error *error)
{
    static const struct slice top = {"", 0, LANDMARKS_TOP};
    int points = table->identity.points;
    int judge = table->valid_accuracy ? points : ACCURACY_TEST;
    int status = correlate_seeds(table, points, ACCURACY_TEST, columns, &landmarks->valid_test,
                                 &landmarks->valid_test_rho, error);
    for (int t = 1; !status && t <= points; t++)
        status = correlate_seeds(table, t, points, columns, &landmarks->point[t - 1], NULL, error);
    if (!status)
        status = noise_ceiling(table, judge, NULL, NULL, &landmarks->noise, error);
    if (!status)
        status = noise_ceiling(table, judge, NULL, &top, &landmarks->noise_top, error);
    return status;
}

int landmarks_find(struct landmarks *landmarks, const struct table *table, struct error *error)
{
    int status = ERROR_NONE;
    size_t count = table->identity.count;
    struct columns columns = {calloc(count, sizeof *columns.first),
                              calloc(count, sizeof *columns.second)};
    *landmarks = (struct landmarks){0};
    if (columns.first && columns.second)
        find_extremes(landmarks, table, columns);
    else
        status = error_set(error, ERROR_MEMORY, "landmarks: out of memory");
    if (!status && landmarks->n)
        status = find_correlations(landmarks, table, columns, error);
    free(columns.second);
    free(columns.first);
    return status;
}
