#include "reports/correlation.h"

#include "reports/ranks.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct point {
    double x, y;
};

static int compare_points(const void *left, const void *right)
{
    const struct point *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

static uint64_t pairs_of(uint64_t n)
{
    return n * (n - (n > 0)) / 2;
}

/* Sort y[n] ascending; returns the number of exchanges of neighbours a bubble sort would need: the
 * pairs whose y falls while x rises. `spare` has room for n. */
static uint64_t merge_exchanges(double *y, size_t n, double *spare)
{
    if (n < 2)
        return 0;
    size_t half = n / 2;
    uint64_t exchanges = merge_exchanges(y, half, spare);
    exchanges += merge_exchanges(y + half, n - half, spare);
    size_t left = 0, right = half;
    for (size_t k = 0; k < n; k++) {
        bool take_left = right == n || (left < half && y[left] <= y[right]);
        if (!take_left)
            exchanges += half - left;
        spare[k] = take_left ? y[left++] : y[right++];
    }
    memcpy(y, spare, n * sizeof *y);
    return exchanges;
}

/* Pairs tied in x, and in both, of points sorted by x, then y. */
static void count_ties(const struct point *points, size_t n, struct pairs *pairs)
{
    uint64_t run_x = 1, run_both = 1;
    for (size_t i = 1; i <= n; i++) {
        bool same_x = i < n && points[i].x == points[i - 1].x;
        bool same_both = same_x && points[i].y == points[i - 1].y;
        if (!same_both) {
            pairs->tied_both += pairs_of(run_both);
            run_both = 0;
        }
        if (!same_x) {
            pairs->tied_x += pairs_of(run_x);
            run_x = 0;
        }
        run_both++;
        run_x++;
    }
}

static uint64_t count_runs(const double *sorted, size_t n)
{
    uint64_t run = 1, tied = 0;
    for (size_t i = 1; i <= n; i++) {
        if (i < n && sorted[i] == sorted[i - 1]) {
            run++;
        } else {
            tied += pairs_of(run);
            run = 1;
        }
    }
    return tied;
}

int pairs_count(const double *x, const double *y, size_t n, struct pairs *pairs,
                struct error *error)
{
    *pairs = (struct pairs){.all = pairs_of(n)};
    if (n < 2)
        return 0;
    int status = ERROR_NONE;
    struct point *points = calloc(n, sizeof *points);
    double *second = calloc(n, sizeof *second), *spare = calloc(n, sizeof *spare);
    if (!points || !second || !spare) {
        status = error_set(error, ERROR_MEMORY, "correlation of %zu pairs: out of memory", n);
        goto out;
    }
    for (size_t i = 0; i < n; i++)
        points[i] = (struct point){x[i], y[i]};
    qsort(points, n, sizeof *points, compare_points);
    count_ties(points, n, pairs);
    for (size_t i = 0; i < n; i++)
        second[i] = points[i].y;
    pairs->discordant = merge_exchanges(second, n, spare);
    pairs->tied_y = count_runs(second, n);
    pairs->concordant =
        pairs->all - pairs->tied_x - pairs->tied_y + pairs->tied_both - pairs->discordant;
out:
    free(spare);
    free(second);
    free(points);
    return status;
}

double kendall_tau_b(const struct pairs *pairs)
{
    double free_x = (double)(pairs->all - pairs->tied_x);
    double free_y = (double)(pairs->all - pairs->tied_y);
    if (free_x <= 0 || free_y <= 0)
        return (double)NAN;
    return ((double)pairs->concordant - (double)pairs->discordant) / sqrt(free_x * free_y);
}

int spearman(const double *x, const double *y, size_t n, double *rho, struct error *error)
{
    int status = ERROR_NONE;
    *rho = (double)NAN;
    uint64_t *rank_x = calloc(n ? n : 1, sizeof *rank_x);
    uint64_t *rank_y = calloc(n ? n : 1, sizeof *rank_y);
    if (!rank_x || !rank_y) {
        status = error_set(error, ERROR_MEMORY, "correlation of %zu pairs: out of memory", n);
        goto out;
    }
    status = ranks_doubled(x, n, rank_x, NULL, error);
    if (!status)
        status = ranks_doubled(y, n, rank_y, NULL, error);
    if (status)
        goto out;
    double xx = 0, yy = 0, xy = 0, mean = (double)n + 1; /* of the doubled ranks */
    for (size_t i = 0; i < n; i++) {
        double dx = (double)rank_x[i] - mean, dy = (double)rank_y[i] - mean;
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    if (xx > 0 && yy > 0)
        *rho = xy / sqrt(xx * yy);
out:
    free(rank_y);
    free(rank_x);
    return status;
}
