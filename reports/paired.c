#include "reports/paired.h"

#include "base/random.h"
#include "reports/ranks.h"
#include "reports/statistics.h"

#include <math.h>
#include <stdlib.h>

static int out_of_memory(struct error *error)
{
    return error_set(error, ERROR_MEMORY, "paired tests: out of memory");
}

/* ---- Wilcoxon's signed ranks ----------------------------------------------------------------- */

/* Share of the 2^n choices of signs whose doubled sum of positive ranks is at least as far from its
 * mean as `above`. The counts stay below 2^60. */
static int exact_p(const uint64_t *doubled, size_t n, uint64_t above, double *p,
                   struct error *error)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += (size_t)doubled[i];
    uint64_t *ways = calloc(total + 1, sizeof *ways);
    if (!ways)
        return out_of_memory(error);
    ways[0] = 1;
    for (size_t i = 0; i < n; i++)
        for (size_t s = total; s >= doubled[i]; s--)
            ways[s] += ways[s - doubled[i]];
    int64_t seen = llabs(2 * (int64_t)above - (int64_t)total);
    uint64_t extreme = 0;
    for (size_t s = 0; s <= total; s++)
        extreme += llabs(2 * (int64_t)s - (int64_t)total) >= seen ? ways[s] : 0;
    *p = (double)extreme / (double)((uint64_t)1 << n);
    free(ways);
    return 0;
}

static double approximate_p(double above, double n, double ties)
{
    double variance = n * (n + 1) * (2 * n + 1) / 24 - ties / 48;
    double distance = fabs(above - n * (n + 1) / 4) - 0.5;
    return distance <= 0 ? 1 : 2 * normal_tail(distance / sqrt(variance));
}

/* The test of `difference` [test->n], none of them 0; `size` and `doubled` [n] are room to work. */
static int rank_signs(const double *difference, double *size, uint64_t *doubled,
                      struct signed_rank_test *test, struct error *error)
{
    size_t n = test->n;
    double ties;
    uint64_t above = 0;
    for (size_t i = 0; i < n; i++)
        size[i] = fabs(difference[i]);
    int status = ranks_doubled(size, n, doubled, &ties, error);
    if (status)
        return status;
    for (size_t i = 0; i < n; i++)
        above += difference[i] > 0 ? doubled[i] : 0;
    test->above = (double)above / 2;
    if (n <= SIGNED_RANK_EXACT)
        return exact_p(doubled, n, above, &test->p, error);
    test->p = approximate_p(test->above, (double)n, ties);
    return 0;
}

/* All differences of one sign: 2 of the 2^n choices. */
static double least_signed_rank(size_t n)
{
    return n ? fmin(1, ldexp(1, 1 - (int)n)) : 1;
}

int signed_rank(const double *x, const double *y, size_t n, struct signed_rank_test *test,
                struct error *error)
{
    int status = ERROR_NONE;
    double *difference = calloc(n + 1, sizeof *difference), *size = calloc(n + 1, sizeof *size);
    uint64_t *doubled = calloc(n + 1, sizeof *doubled);
    *test = (struct signed_rank_test){.p = (double)NAN};
    if (!difference || !size || !doubled) {
        status = out_of_memory(error);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            difference[test->n++] = x[i] - y[i];
    test->least = least_signed_rank(test->n);
    if (test->n)
        status = rank_signs(difference, size, doubled, test, error);
out:
    free(doubled);
    free(size);
    free(difference);
    return status;
}

/* ---- Friedman -------------------------------------------------------------------------------- */

/* Sum over the methods of the square of twice their rank sums' distance from the mean: all that a
 * permutation within the blocks changes in the statistic, and a whole number. */
static uint64_t spread(const uint64_t *doubled, size_t blocks, size_t methods)
{
    int64_t mean = (int64_t)(blocks * (methods + 1)); /* of the doubled sums */
    uint64_t sum = 0;
    for (size_t j = 0; j < methods; j++) {
        int64_t distance = -mean;
        for (size_t b = 0; b < blocks; b++)
            distance += (int64_t)doubled[b * methods + j];
        sum += (uint64_t)(distance * distance);
    }
    return sum;
}

/* The other part: sum of all squared doubled ranks, about their mean. */
static uint64_t scatter(const uint64_t *doubled, size_t blocks, size_t methods)
{
    int64_t mean = (int64_t)methods + 1;
    uint64_t sum = 0;
    for (size_t i = 0; i < blocks * methods; i++) {
        int64_t distance = (int64_t)doubled[i] - mean;
        sum += (uint64_t)(distance * distance);
    }
    return sum;
}

static void permute(uint64_t *row, size_t methods, struct random_stream *stream)
{
    for (size_t i = methods; i > 1; i--) {
        size_t j = random_below(stream, (uint32_t)i);
        uint64_t kept = row[i - 1];
        row[i - 1] = row[j];
        row[j] = kept;
    }
}

/* Shuffles the ranks away. */
static double permutation_p(uint64_t *doubled, size_t blocks, size_t methods, uint64_t seed)
{
    struct random_stream stream = random_stream(seed, RANDOM_BOOTSTRAP, 0, 2);
    uint64_t seen = spread(doubled, blocks, methods), extreme = 1;
    for (int r = 0; r < FRIEDMAN_PERMUTATIONS; r++) {
        for (size_t b = 0; b < blocks; b++)
            permute(doubled + b * methods, methods, &stream);
        extreme += spread(doubled, blocks, methods) >= seen;
    }
    return (double)extreme / (FRIEDMAN_PERMUTATIONS + 1);
}

/* The same order in every block, in any of the orders: (m!)^(1 - blocks), but no less than the
 * permutations can show. */
static double least_friedman(size_t blocks, size_t methods)
{
    double least = 1, orders = 1;
    for (size_t j = 2; j <= methods; j++)
        orders *= (double)j;
    for (size_t b = 1; b < blocks; b++)
        least /= orders;
    return fmax(least, 1.0 / (FRIEDMAN_PERMUTATIONS + 1));
}

int friedman(const double *value, size_t blocks, size_t methods, uint64_t seed,
             struct friedman_test *test, double *mean_rank, struct error *error)
{
    int status = ERROR_NONE;
    uint64_t *doubled = calloc(blocks * methods + 1, sizeof *doubled);
    *test = (struct friedman_test){(double)NAN, (double)NAN, least_friedman(blocks, methods)};
    if (!doubled)
        return out_of_memory(error);
    for (size_t b = 0; !status && b < blocks; b++)
        status = ranks_doubled(value + b * methods, methods, doubled + b * methods, NULL, error);
    for (size_t j = 0; !status && j < methods; j++) {
        double sum = 0;
        for (size_t b = 0; b < blocks; b++)
            sum += (double)doubled[b * methods + j] / 2;
        mean_rank[j] = sum / (double)blocks;
    }
    uint64_t all = status ? 0 : scatter(doubled, blocks, methods);
    if (all > 0) {
        test->statistic =
            (double)(methods - 1) * (double)spread(doubled, blocks, methods) / (double)all;
        if (blocks >= FRIEDMAN_BLOCKS)
            test->p = permutation_p(doubled, blocks, methods, seed);
    }
    free(doubled);
    return status;
}

/* ---- Method against method ------------------------------------------------------------------- */

/* One pair of columns; x and y [blocks] are room to work. */
static int test_pair(const double *value, size_t blocks, size_t methods, size_t i, size_t j,
                     double *x, double *y, double *p, struct error *error)
{
    struct signed_rank_test test;
    for (size_t b = 0; b < blocks; b++) {
        x[b] = value[b * methods + i];
        y[b] = value[b * methods + j];
    }
    int status = signed_rank(x, y, blocks, &test, error);
    *p = test.n || status ? test.p : 1; /* alike everywhere */
    return status;
}

int friedman_pairs(const double *value, size_t blocks, size_t methods, double *p, double *least,
                   struct error *error)
{
    size_t pairs = methods * (methods - 1) / 2, k = 0;
    double *tests = calloc(pairs + 1, sizeof *tests), *x = calloc(blocks + 1, sizeof *x);
    double *y = calloc(blocks + 1, sizeof *y);
    int status = tests && x && y ? ERROR_NONE : out_of_memory(error);
    for (size_t i = 0; !status && i < methods; i++)
        for (size_t j = i + 1; !status && j < methods; j++)
            status = test_pair(value, blocks, methods, i, j, x, y, &tests[k++], error);
    if (!status)
        status = holm(tests, pairs, tests, error);
    k = 0;
    for (size_t i = 0; !status && i < methods; i++) {
        p[i * methods + i] = (double)NAN;
        for (size_t j = i + 1; j < methods; j++)
            p[i * methods + j] = p[j * methods + i] = tests[k++];
    }
    *least = fmin(1, (double)pairs * least_signed_rank(blocks));
    free(y);
    free(x);
    free(tests);
    return status;
}
