#include "reports/difference.h"

#include "reports/accuracy.h"
#include "reports/correlation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns [count] of the two tables. */
struct columns {
    double *a, *b, *cost;
};

static int by_distance(const void *left, const void *right)
{
    const struct difference_row *l = left, *r = right;
    double dl = fabs(l->b - l->a), dr = fabs(r->b - r->a);
    if (dl != dr)
        return dl < dr ? 1 : -1;
    return (l->architecture > r->architecture) - (l->architecture < r->architecture);
}

static void count_rows(struct difference *difference, const struct columns *columns, uint32_t count)
{
    double shift = 0, distance = 0;
    for (uint32_t i = 0; i < count; i++) {
        double a = columns->a[i], b = columns->b[i];
        difference->only_a += !isnan(a) && isnan(b);
        difference->only_b += isnan(a) && !isnan(b);
        if (isnan(a) || isnan(b))
            continue;
        difference->rows[difference->n++] = (struct difference_row){i, a, b};
        difference->equal += a == b;
        shift += b - a;
        distance += fabs(b - a);
    }
    difference->shift = difference->n ? shift / (double)difference->n : (double)NAN;
    difference->distance = difference->n ? distance / (double)difference->n : (double)NAN;
    qsort(difference->rows, difference->n, sizeof *difference->rows, by_distance);
}

/* Pairs of the architectures that have both numbers. */
static int count_pairs(const double *x, const double *y, uint32_t count, struct pairs *pairs,
                       struct error *error)
{
    struct ranking ranking;
    int status = ranking_init(&ranking, x, y, count, error);
    if (status)
        return status;
    status = pairs_count(ranking.score, ranking.truth, ranking.n, pairs, error);
    ranking_free(&ranking);
    return status;
}

static int judge(const double *score, const double *truth, uint32_t count,
                 struct agreement *agreement, struct error *error)
{
    struct ranking ranking;
    int status = ranking_init(&ranking, score, truth, count, error);
    if (status)
        return status;
    if (ranking.n > 1)
        status = ranking_measure(&ranking, agreement, error);
    ranking_free(&ranking);
    return status;
}

/* tau-b of a cost with what `accuracy` says. */
static int judge_cost(const uint64_t *cost, const double *accuracy, struct columns *columns,
                      uint32_t count, double *tau, struct error *error)
{
    struct pairs pairs;
    for (uint32_t i = 0; i < count; i++)
        columns->cost[i] = (double)cost[i];
    int status = count_pairs(columns->cost, accuracy, count, &pairs, error);
    *tau = status ? (double)NAN : kendall_tau_b(&pairs);
    return status;
}

static int judge_costs(struct difference *difference, const struct table *a, const struct table *b,
                       struct columns *columns, struct error *error)
{
    const struct table *tables[2] = {a, b};
    const double *accuracies[2] = {columns->a, columns->b};
    int status = 0;
    for (int side = 0; side < 2 && !status; side++) {
        uint32_t count = tables[side]->identity.count;
        status = judge_cost(tables[side]->params, accuracies[side], columns, count,
                            &difference->params[side], error);
        if (!status)
            status = judge_cost(tables[side]->macs, accuracies[side], columns, count,
                                &difference->macs[side], error);
    }
    return status;
}

/* The slices that are reported: of the architectures that both have. */
static const struct {
    struct slice slice;
    enum ranking_side by;
    const char *name;
} slices[DIFFERENCE_SLICES] = {
    {{.title = "all", .percent = 100}, RANKING_SCORES, "-"},
    {{.title = "top 10 %", .percent = 10}, RANKING_SCORES, "A"},
    {{.title = "top 10 %", .percent = 10}, RANKING_TRUTH, "B"},
    {{.title = "top 1000", .most = 1000}, RANKING_SCORES, "A"},
    {{.title = "top 1000", .most = 1000}, RANKING_TRUTH, "B"},
};

static int measure_slice(const struct ranking *whole, int i, struct difference_slice *out,
                         struct error *error)
{
    struct ranking top;
    struct pairs pairs = {0};
    int status = ranking_slice(whole, &slices[i].slice, slices[i].by, &top, error);
    if (status)
        return status;
    *out = (struct difference_slice){.title = slices[i].slice.title,
                                     .by = slices[i].name,
                                     .n = top.n,
                                     .tau = (double)NAN,
                                     .rho = (double)NAN};
    if (top.n > 1)
        status = pairs_count(top.score, top.truth, top.n, &pairs, error);
    if (top.n > 1 && !status) {
        out->tau = kendall_tau_b(&pairs);
        status = spearman(top.score, top.truth, top.n, &out->rho, error);
    }
    ranking_free(&top);
    return status;
}

static int measure_slices(struct difference *difference, const struct columns *columns,
                          uint32_t count, struct error *error)
{
    struct ranking whole;
    int status = ranking_init(&whole, columns->a, columns->b, count, error);
    if (status)
        return status;
    for (int i = 0; i < DIFFERENCE_SLICES && !status; i++)
        status = measure_slice(&whole, i, &difference->slices[i], error);
    ranking_free(&whole);
    return status;
}

static int measure(struct difference *difference, const struct columns *columns, uint32_t count,
                   struct error *error)
{
    struct pairs pairs;
    int status = count_pairs(columns->a, columns->b, count, &pairs, error);
    if (status)
        return status;
    uint64_t ordered = pairs.concordant + pairs.discordant;
    difference->reversed = ordered ? (double)pairs.discordant / (double)ordered : (double)NAN;
    status = measure_slices(difference, columns, count, error);
    if (!status)
        status = judge(columns->a, columns->b, count, &difference->a_judged_by_b, error);
    if (!status)
        status = judge(columns->b, columns->a, count, &difference->b_judged_by_a, error);
    return status;
}

static int fill(struct difference *difference, const struct table *a, const struct table *b,
                bool test, struct columns *columns, struct error *error)
{
    uint32_t count = a->identity.count;
    accuracy_column(a, test ? ACCURACY_TEST : a->identity.points, ACCURACY_ALL, columns->a);
    accuracy_column(b, test ? ACCURACY_TEST : b->identity.points, ACCURACY_ALL, columns->b);
    count_rows(difference, columns, count);
    /* Costs only of what both have, so that both sides speak of the same architectures. */
    for (uint32_t i = 0; i < count; i++)
        if (isnan(columns->a[i]) || isnan(columns->b[i]))
            columns->a[i] = columns->b[i] = (double)NAN;
    int status = measure(difference, columns, count, error);
    return status ? status : judge_costs(difference, a, b, columns, error);
}

static void set_picks(struct agreement *agreement, const size_t *picks, size_t n_picks)
{
    *agreement = (struct agreement){.n_picks = n_picks};
    for (size_t i = 0; i < n_picks; i++)
        agreement->picks[i] = (struct pick){picks[i], (double)NAN, (double)NAN, (double)NAN};
}

int difference_make(struct difference *difference, const struct table *a, const struct table *b,
                    bool test, const size_t *picks, size_t n_picks, struct error *error)
{
    size_t count = a->identity.count;
    *difference =
        (struct difference){.a = a, .b = b, .point = test ? ACCURACY_TEST : a->identity.points};
    if (strcmp(a->identity.space, b->identity.space) != 0 || count != b->identity.count)
        return error_set(error, ERROR_MISMATCH, "%s is of space %s, %s of %s", a->path,
                         a->identity.space, b->path, b->identity.space);
    set_picks(&difference->a_judged_by_b, picks, n_picks);
    set_picks(&difference->b_judged_by_a, picks, n_picks);
    struct columns columns = {calloc(count, sizeof *columns.a), calloc(count, sizeof *columns.b),
                              calloc(count, sizeof *columns.cost)};
    difference->rows = calloc(count, sizeof *difference->rows);
    int status = columns.a && columns.b && columns.cost && difference->rows
                     ? fill(difference, a, b, test, &columns, error)
                     : error_set(error, ERROR_MEMORY, "difference: out of memory");
    free(columns.cost);
    free(columns.b);
    free(columns.a);
    if (status)
        difference_free(difference);
    return status;
}

void difference_free(struct difference *difference)
{
    free(difference->rows);
    *difference = (struct difference){.rows = NULL};
}
