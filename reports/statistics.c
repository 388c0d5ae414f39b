#include "reports/statistics.h"

#include "base/numeric.h"
#include "base/random.h"
#include "reports/ranks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_reals(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void sample_sort(double *x, size_t n)
{
    qsort(x, n, sizeof *x, compare_reals);
}

/* ---- Moments and the bootstrap --------------------------------------------------------------- */

double sample_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return n ? sum / (double)n : (double)NAN;
}

double sample_deviation(const double *x, size_t n)
{
    if (n < 2)
        return (double)NAN;
    double mean = sample_mean(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum / (double)(n - 1));
}

double sample_error(const double *x, size_t n)
{
    return sample_deviation(x, n) / sqrt((double)n);
}

double sample_quantile(const double *x, size_t n, double q)
{
    if (!n)
        return (double)NAN;
    double place = q * (double)(n - 1);
    size_t below = (size_t)place;
    if (below + 1 >= n)
        return x[n - 1];
    return x[below] + (place - (double)below) * (x[below + 1] - x[below]);
}

double sample_interquartile_mean(const double *x, size_t n)
{
    size_t cut = n / 4;
    return sample_mean(x + cut, n - 2 * cut);
}

/* Two quantiles of BOOTSTRAP_RESAMPLES `values`, which are sorted. */
static void take_interval(double *values, double low, double high, struct interval *interval)
{
    sample_sort(values, BOOTSTRAP_RESAMPLES);
    interval->low = sample_quantile(values, BOOTSTRAP_RESAMPLES, low);
    interval->high = sample_quantile(values, BOOTSTRAP_RESAMPLES, high);
}

/* The quantile of the resamples that BCa takes where the percentile interval takes the one with
 * P(Z > z): z0 is the bias in normal units, a the acceleration. */
static double corrected_level(double z, double z0, double a)
{
    return normal_tail(-(z0 + (z0 + z) / (1 - a * (z0 + z))));
}

/* Share of the resampled means below the sample's own, ties half; never 0 or 1, which no finite
 * number of resamples shows. */
static double share_below(const double *means, double own)
{
    double below = 0, least = 0.5 / BOOTSTRAP_RESAMPLES;
    for (size_t r = 0; r < BOOTSTRAP_RESAMPLES; r++)
        below += means[r] < own ? 1 : means[r] == own ? 0.5 : 0;
    return fmin(fmax(below / BOOTSTRAP_RESAMPLES, least), 1 - least);
}

/* Of the mean: a sixth of the skewness of the jackknife's values, which are linear in x. */
static double acceleration(const double *x, size_t n)
{
    double mean = sample_mean(x, n), squares = 0, cubes = 0;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean;
        squares += d * d;
        cubes += d * d * d;
    }
    return squares > 0 ? cubes / (6 * squares * sqrt(squares)) : 0;
}

int bootstrap_mean(const double *x, size_t n, double level, uint64_t seed,
                   struct interval *interval, struct error *error)
{
    *interval = (struct interval){(double)NAN, (double)NAN};
    if (n < 2)
        return 0;
    double *means = calloc(BOOTSTRAP_RESAMPLES, sizeof *means);
    if (!means)
        return error_set(error, ERROR_MEMORY, "bootstrap of %zu values: out of memory", n);
    struct random_stream stream = random_stream(seed, RANDOM_BOOTSTRAP, 0, 0);
    for (size_t r = 0; r < BOOTSTRAP_RESAMPLES; r++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[random_below(&stream, (uint32_t)n)];
        means[r] = sum / (double)n;
    }
    double z = normal_quantile((1 - level) / 2), a = acceleration(x, n);
    double z0 = -normal_quantile(share_below(means, sample_mean(x, n)));
    take_interval(means, corrected_level(-z, z0, a), corrected_level(z, z0, a), interval);
    free(means);
    return 0;
}

/* ---- The normal tail ------------------------------------------------------------------------- */

/* Marsaglia, "Evaluating the normal distribution", Journal of Statistical Software 11(4), 2004:
 * the series z + z^3/3 + z^5/(3*5) + ... times the density is P(0 < Z < z). */
static double normal_series(double z)
{
    double term = z, sum = z;
    for (int i = 3; sum + term != sum; i += 2) {
        term *= z * z / i;
        sum += term;
    }
    return sum;
}

/* Mills' ratio P(Z > z) / density by Laplace's continued fraction, z >= 3. */
static double normal_ratio(double z)
{
    double fraction = z;
    for (int i = 100; i >= 1; i--)
        fraction = z + i / fraction;
    return 1 / fraction;
}

double normal_tail(double z)
{
    if (z < 0)
        return 1 - normal_tail(-z);
    double density = numeric_exp(-z * z / 2) / sqrt(2 * NUMERIC_PI);
    return z < 3 ? 0.5 - density * normal_series(z) : density * normal_ratio(z);
}

/* By bisection: the tail falls strictly, and a report asks a few times. */
double normal_quantile(double p)
{
    double low = -38, high = 38;
    while (true) {
        double middle = (low + high) / 2;
        if (middle <= low || middle >= high)
            return middle;
        if (normal_tail(middle) > p)
            low = middle;
        else
            high = middle;
    }
}

/* ---- Student's t ----------------------------------------------------------------------------- */

double student_tail(double t, int freedom)
{
    double root = sqrt((double)freedom), angle = atan(t / root);
    double cosine = cos(angle), square = cosine * cosine, sum = 0, term = 1;
    bool odd = freedom % 2;
    for (int i = odd ? 3 : 2; i <= freedom; i += 2) { /* 1, c^2 (i-2)/(i-1), ... */
        sum += term;
        term *= square * (i - 1) / i;
    }
    double within = odd ? 2 / NUMERIC_PI * (angle + sin(angle) * cosine * sum) : sin(angle) * sum;
    return 0.5 - within / 2;
}

/* By bisection, as normal_quantile. */
double student_quantile(double p, int freedom)
{
    double low = 0, high = 1;
    while (student_tail(high, freedom) > p)
        high *= 2;
    while (true) {
        double middle = (low + high) / 2;
        if (middle <= low || middle >= high)
            return middle;
        if (student_tail(middle, freedom) > p)
            low = middle;
        else
            high = middle;
    }
}

struct interval student_interval(const double *x, size_t n, double level)
{
    double mean = sample_mean(x, n), error = sample_error(x, n);
    if (isnan(mean) || isnan(error))
        return (struct interval){(double)NAN, (double)NAN};
    double half = error > 0 ? student_quantile((1 - level) / 2, (int)n - 1) * error : 0;
    return (struct interval){mean - half, mean + half};
}

/* ---- Mann-Whitney ---------------------------------------------------------------------------- */

/* ways[k * (total + 1) + s] = number of k-subsets of the pooled sample whose doubled ranks sum
 * to s: at most C(60, 30) < 2^57, so the counts are exact. */
static uint64_t *count_subsets(const uint64_t *doubled, size_t pooled, size_t m, size_t total)
{
    uint64_t *ways = calloc((m + 1) * (total + 1), sizeof *ways);
    if (!ways)
        return NULL;
    ways[0] = 1;
    for (size_t i = 0; i < pooled; i++) {
        size_t rank = (size_t)doubled[i];
        for (size_t k = i + 1 < m ? i + 1 : m; k >= 1; k--)
            for (size_t s = total; s >= rank; s--)
                ways[k * (total + 1) + s] += ways[(k - 1) * (total + 1) + s - rank];
    }
    return ways;
}

/* P(|R - its mean| >= |rank sum - its mean|) over all ways to choose which m of the pooled are
 * x. */
static int exact_p(const uint64_t *doubled, size_t m, size_t n, uint64_t rank_sum, double *p,
                   struct error *error)
{
    size_t pooled = m + n, total = pooled * (pooled + 1); /* sum of all doubled ranks */
    uint64_t *ways = count_subsets(doubled, pooled, m, total);
    if (!ways)
        return error_set(error, ERROR_MEMORY, "Mann-Whitney test: out of memory");
    int64_t mean = (int64_t)(m * (pooled + 1)); /* of the doubled rank sum */
    int64_t seen = llabs((int64_t)rank_sum - mean);
    uint64_t all = 0, extreme = 0;
    for (size_t s = 0; s <= total; s++) {
        uint64_t count = ways[m * (total + 1) + s];
        all += count;
        if (llabs((int64_t)s - mean) >= seen)
            extreme += count;
    }
    *p = (double)extreme / (double)all;
    free(ways);
    return 0;
}

/* Normal approximation: tie-corrected variance, continuity correction of one half. */
static double approximate_p(double u, double m, double n, double ties)
{
    double pooled = m + n;
    double variance = m * n / 12 * (pooled + 1 - ties / (pooled * (pooled - 1)));
    if (variance <= 0) /* all values equal */
        return 1;
    double distance = fabs(u - m * n / 2) - 0.5;
    return distance <= 0 ? 1 : 2 * normal_tail(distance / sqrt(variance));
}

int mann_whitney(const double *x, size_t m, const double *y, size_t n, struct rank_test *test,
                 struct error *error)
{
    int status = ERROR_NONE;
    *test = (struct rank_test){(double)NAN, (double)NAN, (double)NAN};
    if (!m || !n)
        return 0;
    double *pooled = calloc(m + n, sizeof *pooled);
    uint64_t *doubled = calloc(m + n, sizeof *doubled);
    if (!pooled || !doubled) {
        status = error_set(error, ERROR_MEMORY, "Mann-Whitney test: out of memory");
        goto out;
    }
    memcpy(pooled, x, m * sizeof *x);
    memcpy(pooled + m, y, n * sizeof *y);
    double ties;
    status = ranks_doubled(pooled, m + n, doubled, &ties, error);
    if (status)
        goto out;
    uint64_t rank_sum = 0;
    for (size_t i = 0; i < m; i++)
        rank_sum += doubled[i];
    test->u = (double)(rank_sum - (uint64_t)(m * (m + 1))) / 2;
    test->gain = test->u / ((double)m * (double)n);
    if (m + n <= MANN_WHITNEY_EXACT)
        status = exact_p(doubled, m, n, rank_sum, &test->p, error);
    else
        test->p = approximate_p(test->u, (double)m, (double)n, ties);
out:
    free(doubled);
    free(pooled);
    return status;
}

/* ---- The probability of improvement ---------------------------------------------------------- */

/* Where one x lies among the sorted y: values below it, and values not above it. */
struct standing {
    size_t below, upto;
};

/* Number of the sorted y that are below x, or not above it if `upto`. */
static size_t count_below(const double *y, size_t n, double x, bool upto)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (y[middle] < x || (upto && y[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* sums[i] = resampled y among the i smallest. */
static void resample(struct random_stream *stream, size_t n, uint32_t *sums)
{
    memset(sums, 0, (n + 1) * sizeof *sums);
    for (size_t i = 0; i < n; i++)
        sums[1 + random_below(stream, (uint32_t)n)]++;
    for (size_t i = 0; i < n; i++)
        sums[i + 1] += sums[i];
}

static void resample_gains(const struct standing *x, size_t m, size_t n, bool both, uint64_t seed,
                           uint32_t *sums, double *gains)
{
    struct random_stream stream = random_stream(seed, RANDOM_BOOTSTRAP, 0, 1);
    for (size_t i = 0; i <= n; i++)
        sums[i] = (uint32_t)i;
    for (size_t r = 0; r < BOOTSTRAP_RESAMPLES; r++) {
        uint64_t won = 0; /* twice */
        if (both)
            resample(&stream, n, sums);
        for (size_t i = 0; i < m; i++) {
            const struct standing *drawn = &x[random_below(&stream, (uint32_t)m)];
            won += (uint64_t)sums[drawn->below] + sums[drawn->upto];
        }
        gains[r] = (double)won / (2 * (double)m * (double)n);
    }
}

int bootstrap_gain(const double *x, size_t m, const double *y, size_t n, bool both, double level,
                   uint64_t seed, struct interval *interval, struct error *error)
{
    *interval = (struct interval){(double)NAN, (double)NAN};
    if (m < 2 || !n)
        return 0;
    double *sorted = calloc(n, sizeof *sorted), *gains = calloc(BOOTSTRAP_RESAMPLES, sizeof *gains);
    struct standing *standings = calloc(m, sizeof *standings);
    uint32_t *sums = calloc(n + 1, sizeof *sums);
    int status = ERROR_NONE;
    if (!sorted || !gains || !standings || !sums) {
        status = error_set(error, ERROR_MEMORY, "bootstrap of %zu values: out of memory", m + n);
        goto out;
    }
    memcpy(sorted, y, n * sizeof *y);
    sample_sort(sorted, n);
    for (size_t i = 0; i < m; i++)
        standings[i] = (struct standing){count_below(sorted, n, x[i], false),
                                         count_below(sorted, n, x[i], true)};
    resample_gains(standings, m, n, both, seed, sums, gains);
    take_interval(gains, (1 - level) / 2, (1 + level) / 2, interval);
out:
    free(sums);
    free(standings);
    free(gains);
    free(sorted);
    return status;
}

/* ---- Holm ------------------------------------------------------------------------------------ */

int holm(const double *p, size_t n, double *adjusted, struct error *error)
{
    size_t tests = 0;
    double *sorted = calloc(n ? n : 1, sizeof *sorted);
    size_t *order = calloc(n ? n : 1, sizeof *order), *which = calloc(n ? n : 1, sizeof *which);
    int status = ERROR_NONE;
    if (!sorted || !order || !which) {
        status = error_set(error, ERROR_MEMORY, "Holm's correction: out of memory");
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        if (!isnan(p[i])) {
            sorted[tests] = p[i];
            which[tests++] = i;
        }
        adjusted[i] = p[i];
    }
    status = ranks_order(sorted, tests, order, error);
    double before = 0;
    for (size_t i = 0; !status && i < tests; i++) {
        double scaled = (double)(tests - i) * sorted[order[i]];
        before = fmin(1, fmax(before, scaled));
        adjusted[which[order[i]]] = before;
    }
out:
    free(which);
    free(order);
    free(sorted);
    return status;
}
