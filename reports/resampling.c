#include "reports/resampling.h"

#include "base/random.h"
#include "reports/correlation.h"
#include "reports/ranks.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A pair by its places among the distinct values, from 0. */
struct item {
    uint32_t x, y;
};

struct resampling {
    size_t n, distinct_y;
    struct item
        *item; /* [n] sorted by x, then y: that is done once, a resample only draws weights */
    uint32_t *weight;  /* [n] how often each was drawn */
    uint64_t *below;   /* [distinct_y + 1] Fenwick tree: how many with that y were passed */
    uint64_t *of_y;    /* [distinct_y] how many have that y */
    double *middle_y;  /* [distinct_y] their mid-rank, doubled, less its mean */
    double *tau, *rho; /* [resamples] */
};

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

/* place[i] = number of distinct values below x[i]; returns through *distinct how many there are. */
static int find_places(const double *x, size_t n, uint32_t *place, size_t *distinct,
                       struct error *error)
{
    size_t *order = calloc(n, sizeof *order);
    int status = order ? ranks_order(x, n, order, error)
                       : error_set(error, ERROR_MEMORY, "bootstrap: out of memory");
    *distinct = 0;
    for (size_t i = 0; !status && i < n; i++) {
        *distinct += i == 0 || x[order[i]] != x[order[i - 1]];
        place[order[i]] = (uint32_t)(*distinct - 1);
    }
    free(order);
    return status;
}

static int sort_items(struct resampling *r, const double *x, const double *y, struct error *error)
{
    size_t distinct_x;
    uint32_t *place = calloc(r->n, sizeof *place);
    int status = place ? find_places(x, r->n, place, &distinct_x, error)
                       : error_set(error, ERROR_MEMORY, "bootstrap: out of memory");
    for (size_t i = 0; !status && i < r->n; i++)
        r->item[i].x = place[i];
    if (!status)
        status = find_places(y, r->n, place, &r->distinct_y, error);
    for (size_t i = 0; !status && i < r->n; i++)
        r->item[i].y = place[i];
    if (!status)
        qsort(r->item, r->n, sizeof *r->item, compare_items);
    free(place);
    return status;
}

/* ---- One resample ---------------------------------------------------------------------------- */

static uint64_t pairs_of(uint64_t n)
{
    return n * (n - (n > 0)) / 2;
}

static void draw(struct resampling *r, struct random_stream *stream)
{
    memset(r->weight, 0, r->n * sizeof *r->weight);
    for (size_t i = 0; i < r->n; i++)
        r->weight[random_below(stream, (uint32_t)r->n)]++;
    memset(r->of_y, 0, r->distinct_y * sizeof *r->of_y);
    for (size_t i = 0; i < r->n; i++)
        r->of_y[r->item[i].y] += r->weight[i];
}

/* Ties in y, and its mid-ranks: `count` values from `before` on share 2 before + count + 1, doubled. */
static double rank_y(struct resampling *r, struct pairs *pairs)
{
    uint64_t before = 0;
    double squares = 0;
    for (size_t k = 0; k < r->distinct_y; k++) {
        uint64_t count = r->of_y[k];
        double middle = (double)(2 * before + count) - (double)r->n;
        r->middle_y[k] = middle;
        squares += (double)count * middle * middle;
        pairs->tied_y += pairs_of(count);
        before += count;
    }
    return squares;
}

/* How many that were passed have a y up to this one. */
static uint64_t passed_upto(const struct resampling *r, uint32_t y)
{
    uint64_t sum = 0;
    for (size_t k = (size_t)y + 1; k; k &= k - 1)
        sum += r->below[k];
    return sum;
}

static void pass(struct resampling *r, uint32_t y, uint32_t weight)
{
    for (size_t k = (size_t)y + 1; k <= r->distinct_y; k += k & (~k + 1))
        r->below[k] += weight;
}

/* The items from `start` to `end` have one x, and `passed` have a lower one: their pairs with those, and
 * among themselves. Returns how many were drawn. */
static uint64_t count_group(struct resampling *r, size_t start, size_t end, uint64_t passed,
                            struct pairs *pairs)
{
    uint64_t drawn = 0, run = 0;
    for (size_t i = start; i < end; i++) {
        uint64_t weight = r->weight[i];
        if (weight)
            pairs->discordant += weight * (passed - passed_upto(r, r->item[i].y));
        run += weight;
        drawn += weight;
        if (i + 1 == end || r->item[i + 1].y != r->item[i].y) {
            pairs->tied_both += pairs_of(run);
            run = 0;
        }
    }
    for (size_t i = start; i < end; i++)
        if (r->weight[i])
            pass(r, r->item[i].y, r->weight[i]);
    pairs->tied_x += pairs_of(drawn);
    return drawn;
}

static void correlate(struct resampling *r, double *tau, double *rho)
{
    struct pairs pairs = {.all = pairs_of(r->n)};
    double yy = rank_y(r, &pairs), xx = 0, xy = 0;
    uint64_t passed = 0;
    memset(r->below, 0, (r->distinct_y + 1) * sizeof *r->below);
    for (size_t start = 0, end; start < r->n; start = end) {
        for (end = start + 1; end < r->n && r->item[end].x == r->item[start].x;)
            end++;
        uint64_t drawn = count_group(r, start, end, passed, &pairs);
        double middle = (double)(2 * passed + drawn) - (double)r->n;
        xx += (double)drawn * middle * middle;
        for (size_t i = start; i < end; i++)
            xy += (double)r->weight[i] * middle * r->middle_y[r->item[i].y];
        passed += drawn;
    }
    pairs.concordant = pairs.all - pairs.tied_x - pairs.tied_y + pairs.tied_both - pairs.discordant;
    *tau = kendall_tau_b(&pairs);
    *rho = xx > 0 && yy > 0 ? xy / sqrt(xx * yy) : (double)NAN;
}

/* ---- All of them ----------------------------------------------------------------------------- */

static struct interval interval_of(double *values, size_t n, double level)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(values[i]))
            return (struct interval){(double)NAN, (double)NAN};
    sample_sort(values, n);
    return (struct interval){sample_quantile(values, n, (1 - level) / 2),
                             sample_quantile(values, n, (1 + level) / 2)};
}

int bootstrap_correlations(const double *x, const double *y, size_t n, size_t resamples,
                           double level, uint64_t seed, struct interval *tau, struct interval *rho,
                           struct error *error)
{
    *tau = *rho = (struct interval){(double)NAN, (double)NAN};
    if (n < 2)
        return 0;
    struct resampling r = {.n = n,
                           .item = calloc(n, sizeof *r.item),
                           .weight = calloc(n, sizeof *r.weight),
                           .below = calloc(n + 1, sizeof *r.below),
                           .of_y = calloc(n, sizeof *r.of_y),
                           .middle_y = calloc(n, sizeof *r.middle_y),
                           .tau = calloc(resamples, sizeof *r.tau),
                           .rho = calloc(resamples, sizeof *r.rho)};
    bool held = r.item && r.weight && r.below && r.of_y && r.middle_y && r.tau && r.rho;
    int status = held ? sort_items(&r, x, y, error)
                      : error_set(error, ERROR_MEMORY, "bootstrap of %zu pairs: out of memory", n);
    for (size_t i = 0; !status && i < resamples; i++) {
        struct random_stream stream = random_stream(seed, RANDOM_BOOTSTRAP, 1, (uint32_t)i);
        draw(&r, &stream);
        correlate(&r, &r.tau[i], &r.rho[i]);
    }
    if (!status) {
        *tau = interval_of(r.tau, resamples, level);
        *rho = interval_of(r.rho, resamples, level);
    }
    free(r.rho);
    free(r.tau);
    free(r.middle_y);
    free(r.of_y);
    free(r.below);
    free(r.weight);
    free(r.item);
    return status;
}
