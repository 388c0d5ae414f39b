#include "reports/noise.h"

#include "reports/accuracy.h"

#include <math.h>
#include <stdlib.h>

/* Columns of one seed and of the others, [count] each. */
struct columns {
    double *score, *truth;
};

static int measure_seed(const struct table *table, int point, int seed, const double *among,
                        const struct slice *slice, struct columns columns,
                        struct agreement *agreement, struct error *error)
{
    struct ranking whole, top = {0};
    accuracy_column(table, point, seed, columns.score);
    accuracy_column_without(table, point, seed, columns.truth);
    for (uint32_t i = 0; among && i < table->identity.count; i++)
        if (isnan(among[i]))
            columns.score[i] = (double)NAN;
    int status = ranking_init(&whole, columns.score, columns.truth, table->identity.count, error);
    if (!status && slice)
        status = ranking_slice(&whole, slice, RANKING_TRUTH, &top, error);
    if (!status)
        status = ranking_measure(slice ? &top : &whole, agreement, error);
    ranking_free(&top);
    ranking_free(&whole);
    return status;
}

static void leave_empty(struct agreement *ceiling)
{
    ceiling->n = 0;
    ceiling->tau = ceiling->rho = ceiling->weighted = (double)NAN;
    for (size_t i = 0; i < ceiling->n_picks; i++)
        ceiling->picks[i].precision = ceiling->picks[i].rank = ceiling->picks[i].regret =
            (double)NAN;
}

int noise_ceiling(const struct table *table, int point, const double *among,
                  const struct slice *slice, struct agreement *ceiling, struct error *error)
{
    int status = ERROR_NONE;
    size_t n = 0, count = table->identity.count;
    struct agreement *seeds = calloc((size_t)table->seeds, sizeof *seeds);
    struct columns columns = {calloc(count, sizeof *columns.score),
                              calloc(count, sizeof *columns.truth)};
    if (!seeds || !columns.score || !columns.truth) {
        status = error_set(error, ERROR_MEMORY, "noise ceiling: out of memory");
        goto out;
    }
    for (int seed = 0; !status && table->seeds > 1 && seed < table->seeds; seed++) {
        seeds[n] = *ceiling;
        status = measure_seed(table, point, seed, among, slice, columns, &seeds[n], error);
        n += !status && seeds[n].n >= 2;
    }
    if (n)
        agreement_mean(seeds, n, ceiling);
    else
        leave_empty(ceiling);
out:
    free(columns.truth);
    free(columns.score);
    free(seeds);
    return status;
}
