#include "reports/draws.h"

#include "reports/ranks.h"
#include "reports/truth.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* The architectures of one validation accuracy, and their mean test accuracy and its square. */
struct tie {
    double test, square;
    double below; /* places up to and including this tie, over which draws are at most this good */
    double share; /* P(the best of the draws so far is at most this good) */
};

/* ---- The order of one seed ------------------------------------------------------------------- */

/* Fill ties[] from the order of all strings by validation accuracy; returns their number. */
static size_t find_ties(const struct table *table, int seed, const double *valid,
                        const size_t *order, struct tie *ties)
{
    size_t count = table->identity.count, n = 0;
    for (size_t start = 0, end; start < count; start = end, n++) {
        double sum = 0, square = 0;
        for (end = start; end < count && valid[order[end]] == valid[order[start]]; end++) {
            double test = truth_result(table, table->class_of[order[end]], seed);
            sum += test;
            square += test * test;
        }
        double size = (double)(end - start);
        ties[n] = (struct tie){sum / size, square / size, (double)end, 1};
    }
    return n;
}

static int order_seed(const struct table *table, int seed, struct tie *ties, size_t *n,
                      struct error *error)
{
    size_t count = table->identity.count;
    double *valid = calloc(count, sizeof *valid);
    size_t *order = calloc(count, sizeof *order);
    int status = ERROR_NONE;
    if (!valid || !order) {
        status = error_set(error, ERROR_MEMORY, "exact random search: out of memory");
        goto out;
    }
    for (size_t i = 0; i < count; i++)
        valid[i] = (double)table_valid_accuracy(table, table->class_of[i], (uint32_t)seed,
                                                table->identity.points);
    status = ranks_order(valid, count, order, error);
    if (!status)
        *n = find_ties(table, seed, valid, order, ties);
out:
    free(order);
    free(valid);
    return status;
}

/* ---- The closed form ------------------------------------------------------------------------- */

/* One draw more: (i/N)^n gains a factor i/N, C(i, n) / C(N, n) one of (i-n) / (N-n), n before. */
static void draw_once(struct tie *ties, size_t n_ties, double count, size_t drawn, bool replacement)
{
    double out = replacement ? 0 : (double)drawn;
    for (size_t i = 0; i < n_ties; i++)
        ties[i].share *= fmax(ties[i].below - out, 0) / (count - out);
}

/* Add one seed's expectations, each weighted 1 / seeds. */
static void add_seed(struct draws *draws, const struct table *table, int seed, struct tie *ties,
                     size_t n_ties, bool replacement)
{
    double best = truth_best_result(table, seed), weight = 1.0 / table->seeds;
    for (size_t i = 0; i < draws->n; i++) {
        double before = 0, mean = 0, square = 0;
        draw_once(ties, n_ties, table->identity.count, i, replacement);
        for (size_t k = 0; k < n_ties; k++) {
            mean += (ties[k].share - before) * ties[k].test;
            square += (ties[k].share - before) * ties[k].square;
            before = ties[k].share;
        }
        draws->error[i] += weight * (100 - mean);
        draws->regret[i] += weight * (best - mean);
        draws->spread[i] += weight * (square - 200 * mean + 10000); /* of the error, squared */
    }
}

int draws_init(struct draws *draws, const struct table *table, bool replacement, size_t n,
               struct error *error)
{
    size_t count = table->identity.count;
    *draws = (struct draws){.n = !replacement && n > count ? count : n};
    draws->error = calloc(draws->n, sizeof(double));
    draws->spread = calloc(draws->n, sizeof(double));
    draws->regret = calloc(draws->n, sizeof(double));
    struct tie *ties = calloc(count, sizeof *ties);
    int status = ERROR_NONE;
    if (!draws->error || !draws->spread || !draws->regret || !ties)
        status = error_set(error, ERROR_MEMORY, "exact random search: out of memory");
    for (int seed = 0; !status && seed < table->seeds; seed++) {
        size_t n_ties = 0;
        status = order_seed(table, seed, ties, &n_ties, error);
        if (!status)
            add_seed(draws, table, seed, ties, n_ties, replacement);
    }
    for (size_t i = 0; !status && i < draws->n; i++)
        draws->spread[i] = sqrt(fmax(draws->spread[i] - draws->error[i] * draws->error[i], 0));
    free(ties);
    if (status)
        draws_free(draws);
    return status;
}

void draws_free(struct draws *draws)
{
    free(draws->error);
    free(draws->spread);
    free(draws->regret);
    *draws = (struct draws){0};
}

double draws_equal(const struct draws *draws, double regret)
{
    const double *curve = draws->regret;
    size_t i = 0;
    while (i < draws->n && !(curve[i] <= regret))
        i++;
    if (i == draws->n)
        return (double)NAN;
    return i == 0 ? 1 : (double)i + (curve[i - 1] - regret) / (curve[i - 1] - curve[i]);
}
