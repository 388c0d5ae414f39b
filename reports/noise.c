#include "reports/noise.h"

#include "reports/accuracy.h"

#include <math.h>
#include <stdlib.h>

/* Columns of one seed and of the others, [count] each. */
struct columns {
    double *score, *truth;
};

static int measure_seed(const struct table *table, int scored, int judged, int seed,
                        const double *among, const struct slice *slice, struct columns columns,
                        struct agreement *agreement, struct error *error)
{
    struct ranking whole, top = {0};
    accuracy_column(table, scored, seed, columns.score);
    accuracy_column_without(table, judged, seed, columns.truth);
    for (uint32_t i = 0; among && i < table->identity.count; i++)
        if (isnan(among[i]))
            columns.score[i] = (double)NAN;
    int status = ranking_init(&whole, columns.score, columns.truth, table->identity.count, error);
    whole.stratum = table->params;
    if (!status && slice)
        status = ranking_slice(&whole, slice, RANKING_TRUTH, &top, error);
    if (!status)
        status = ranking_measure(slice ? &top : &whole, agreement, error);
    ranking_free(&top);
    ranking_free(&whole);
    return status;
}

int noise_leave_one_out(const struct table *table, int scored, int judged, const double *among,
                        const struct slice *slice, struct agreement *agreement, struct error *error)
{
    int status = ERROR_NONE;
    size_t n = 0, count = table->identity.count;
    struct agreement *seeds = calloc((size_t)table->seeds, sizeof *seeds);
    struct columns columns = {calloc(count, sizeof *columns.score),
                              calloc(count, sizeof *columns.truth)};
    if (!seeds || !columns.score || !columns.truth) {
        status = error_set(error, ERROR_MEMORY, "seeds left out: out of memory");
        goto out;
    }
    for (int seed = 0; !status && table->seeds > 1 && seed < table->seeds; seed++) {
        seeds[n] = *agreement;
        status = measure_seed(table, scored, judged, seed, among, slice, columns, &seeds[n], error);
        n += !status && seeds[n].n >= 2;
    }
    if (n)
        agreement_mean(seeds, n, agreement);
    else
        agreement_none(agreement);
out:
    free(columns.truth);
    free(columns.score);
    free(seeds);
    return status;
}

int noise_ceiling(const struct table *table, int point, const double *among,
                  const struct slice *slice, struct agreement *ceiling, struct error *error)
{
    return noise_leave_one_out(table, point, point, among, slice, ceiling, error);
}
