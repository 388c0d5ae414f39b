/* Kendall's tau with weights, apart from the unweighted one: its counts are sums of weights. */
#include "reports/correlation.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct item {
    double x, y;
    size_t position;
    double weight; /* 1 / (1 + rank), rank 0 being the largest (x, y) */
};

/* Sums of weights of the pairs: a pair weighs the sum of its two. */
struct weights {
    double all, discordant, tied_x, tied_y, tied_both;
};

static int compare_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return (a->position > b->position) - (a->position < b->position);
}

static double sum_weights(const struct item *items, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += items[i].weight;
    return sum;
}

/* The pairs within `n` items: each item is in n - 1 of them. */
static double weigh_pairs(const struct item *items, size_t n)
{
    return sum_weights(items, n) * (double)(n - 1);
}

/* Items sorted by x, then y. */
static void weigh_ties(const struct item *items, size_t n, struct weights *weights)
{
    size_t first_x = 0, first_both = 0;
    for (size_t i = 1; i <= n; i++) {
        bool same_x = i < n && items[i].x == items[i - 1].x;
        bool same_both = same_x && items[i].y == items[i - 1].y;
        if (!same_both) {
            weights->tied_both += weigh_pairs(items + first_both, i - first_both);
            first_both = i;
        }
        if (!same_x) {
            weights->tied_x += weigh_pairs(items + first_x, i - first_x);
            first_x = i;
        }
    }
}

/* Sort by y; returns the weight of the pairs whose y falls while x rises. */
static double merge_discordant(struct item *items, size_t n, struct item *spare)
{
    if (n < 2)
        return 0;
    size_t half = n / 2, left = 0, right = half;
    double discordant = merge_discordant(items, half, spare);
    discordant += merge_discordant(items + half, n - half, spare);
    double waiting = sum_weights(items, half); /* of the left half, what was not taken */
    for (size_t k = 0; k < n; k++) {
        bool take_left = right == n || (left < half && items[left].y <= items[right].y);
        if (take_left)
            waiting -= items[left].weight;
        else if (left < half)
            discordant += waiting + items[right].weight * (double)(half - left);
        spare[k] = take_left ? items[left++] : items[right++];
    }
    memcpy(items, spare, n * sizeof *items);
    return discordant;
}

static void weigh_ties_y(const struct item *items, size_t n, struct weights *weights)
{
    size_t first = 0;
    for (size_t i = 1; i <= n; i++) {
        if (i < n && items[i].y == items[i - 1].y)
            continue;
        weights->tied_y += weigh_pairs(items + first, i - first);
        first = i;
    }
}

/* Weights by the rank of decreasing (x, y). NaN if either is all ties. */
static double tau_by_first(const double *x, const double *y, size_t n, struct item *items,
                           struct item *spare)
{
    struct weights weights = {0};
    for (size_t i = 0; i < n; i++)
        items[i] = (struct item){.x = x[i], .y = y[i], .position = i};
    qsort(items, n, sizeof *items, compare_items);
    for (size_t i = 0; i < n; i++)
        items[i].weight = 1 / (double)(n - i);
    if (items[0].x == items[n - 1].x)
        return (double)NAN;
    weights.all = weigh_pairs(items, n);
    weigh_ties(items, n, &weights);
    weights.discordant = merge_discordant(items, n, spare);
    if (items[0].y == items[n - 1].y)
        return (double)NAN;
    weigh_ties_y(items, n, &weights);
    double ordered = weights.all - (weights.tied_x + weights.tied_y - weights.tied_both);
    double tau = (ordered - 2 * weights.discordant) / sqrt(weights.all - weights.tied_x) /
                 sqrt(weights.all - weights.tied_y);
    return fmax(-1, fmin(1, tau));
}

int weighted_tau(const double *x, const double *y, size_t n, double *tau, struct error *error)
{
    *tau = (double)NAN;
    if (n < 2)
        return 0;
    int status = ERROR_NONE;
    struct item *items = calloc(n, sizeof *items), *spare = calloc(n, sizeof *spare);
    if (items && spare)
        *tau = (tau_by_first(x, y, n, items, spare) + tau_by_first(y, x, n, items, spare)) / 2;
    else
        status = error_set(error, ERROR_MEMORY, "correlation of %zu pairs: out of memory", n);
    free(spare);
    free(items);
    return status;
}
