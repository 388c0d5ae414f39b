#include "reports/runtime.h"

#include <math.h>
#include <stdlib.h>

/* ---- Targets --------------------------------------------------------------------------------- */

size_t runtime_targets(const struct draws *draws, double targets[RUNTIME_TARGETS])
{
    size_t n = 0;
    for (int k = 0; k < RUNTIME_TARGETS; k++) {
        size_t draw = (size_t)llround(pow(10, k / 10.0));
        if (draw > draws->n)
            break;
        /* Validation may mislead: of more draws the expected regret can rise. Then it is no target. */
        if (!n || draws->regret[draw - 1] < targets[n - 1])
            targets[n++] = draws->regret[draw - 1];
    }
    return n;
}

/* ---- The distribution ------------------------------------------------------------------------ */

static int compare_spent(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

int runtime_ecdf_init(struct runtime_ecdf *ecdf, const struct trajectory *trials, size_t n,
                      const double *targets, size_t n_targets, struct error *error)
{
    *ecdf = (struct runtime_ecdf){.spent = calloc(n * n_targets, sizeof *ecdf->spent),
                                  .pairs = n * n_targets};
    if (!ecdf->spent)
        return error_set(error, ERROR_MEMORY, "runtimes: out of memory");
    for (size_t i = 0; i < n; i++)
        for (size_t t = 0; t < n_targets; t++) {
            uint64_t spent = trajectory_reach(&trials[i], targets[t]);
            if (spent != TRAJECTORY_NEVER)
                ecdf->spent[ecdf->reached++] = spent;
        }
    qsort(ecdf->spent, ecdf->reached, sizeof *ecdf->spent, compare_spent);
    return 0;
}

void runtime_ecdf_free(struct runtime_ecdf *ecdf)
{
    free(ecdf->spent);
    *ecdf = (struct runtime_ecdf){0};
}

double runtime_ecdf_at(const struct runtime_ecdf *ecdf, uint64_t spent)
{
    size_t n = 0;
    while (n < ecdf->reached && ecdf->spent[n] <= spent)
        n++;
    return ecdf->pairs ? (double)n / (double)ecdf->pairs : (double)NAN;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int make_row(struct runtime *runtime, size_t i, struct error *error)
{
    const struct anytime_curve *curve = &runtime->anytime->curves[i];
    struct runtime_row *row = &runtime->rows[i];
    *row = (struct runtime_row){.row = curve->row, .overtakes = TRAJECTORY_NEVER};
    int status = trajectory_median(curve->trials, curve->row->seeds, &row->median, error);
    if (!status && runtime->n_targets)
        status = runtime_ecdf_init(&row->ecdf, curve->trials, curve->row->seeds, runtime->targets,
                                   runtime->n_targets, error);
    if (curve->row == runtime->anytime->comparison->baseline)
        runtime->baseline = row;
    return status;
}

int runtime_init(struct runtime *runtime, const struct anytime *anytime, struct error *error)
{
    const struct comparison *comparison = anytime->comparison;
    *runtime =
        (struct runtime){.anytime = anytime, .rows = calloc(anytime->n, sizeof *runtime->rows)};
    if (!runtime->rows)
        return error_set(error, ERROR_MEMORY, "runtimes: out of memory");
    if (anytime->regret)
        runtime->n_targets = runtime_targets(&comparison->draws, runtime->targets);
    int status = ERROR_NONE;
    while (!status && runtime->n < anytime->n)
        status = make_row(runtime, runtime->n++, error);
    for (size_t i = 0; !status && runtime->baseline && i < runtime->n; i++)
        runtime->rows[i].overtakes = trajectory_overtakes(
            &runtime->rows[i].median, &runtime->baseline->median, comparison->header->budget_flops);
    if (status)
        runtime_free(runtime);
    return status;
}

void runtime_free(struct runtime *runtime)
{
    for (size_t i = 0; i < runtime->n; i++) {
        trajectory_free(&runtime->rows[i].median);
        runtime_ecdf_free(&runtime->rows[i].ecdf);
    }
    free(runtime->rows);
    *runtime = (struct runtime){.rows = NULL};
}
