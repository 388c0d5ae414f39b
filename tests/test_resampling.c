/* Bootstrap over architectures: against resamples drawn and correlated one by one, its cover of a known
 * tau-b, and where there is none. */
#include "reports/resampling.h"

#include "base/numeric.h"
#include "base/random.h"
#include "reports/correlation.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define LEVEL 0.9

struct place {
    double x, y;
};

static int by_x_then_y(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return (a->y > b->y) - (a->y < b->y);
}

/* The same resamples, spelled out. */
static void by_hand(const struct place *places, size_t n, size_t resamples, uint64_t seed,
                    struct interval *tau, struct interval *rho)
{
    double *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y);
    double *taus = calloc(resamples, sizeof *taus), *rhos = calloc(resamples, sizeof *rhos);
    assert_true(x && y && taus && rhos);
    const double low = (1 - LEVEL) / 2, high = (1 + LEVEL) / 2;
    for (size_t k = 0; k < resamples; k++) {
        struct random_stream stream = random_stream(seed, RANDOM_BOOTSTRAP, 1, (uint32_t)k);
        struct pairs pairs;
        for (size_t i = 0; i < n; i++) {
            const struct place *drawn = &places[random_below(&stream, (uint32_t)n)];
            x[i] = drawn->x;
            y[i] = drawn->y;
        }
        assert_int_equal(pairs_count(x, y, n, &pairs, NULL), 0);
        taus[k] = kendall_tau_b(&pairs);
        assert_int_equal(spearman(x, y, n, &rhos[k], NULL), 0);
    }
    sample_sort(taus, resamples);
    sample_sort(rhos, resamples);
    *tau = (struct interval){sample_quantile(taus, resamples, low),
                             sample_quantile(taus, resamples, high)};
    *rho = (struct interval){sample_quantile(rhos, resamples, low),
                             sample_quantile(rhos, resamples, high)};
    free(rhos);
    free(taus);
    free(y);
    free(x);
}

static void test_against_resamples(void **state)
{
    enum { N = 60, RESAMPLES = 200 };
    (void)state;
    for (uint32_t values = 4; values <= 400; values *= 10) { /* many ties, some, few */
        struct place places[N];
        double x[N], y[N];
        struct interval tau, rho, tau_by_hand, rho_by_hand;
        struct random_stream stream = random_stream(3, RANDOM_TEST, 0, values);
        for (int i = 0; i < N; i++) {
            x[i] = random_below(&stream, values);
            y[i] = 0.5 * x[i] + random_below(&stream, values);
            places[i] = (struct place){x[i], y[i]};
        }
        qsort(places, N, sizeof *places, by_x_then_y);
        assert_int_equal(bootstrap_correlations(x, y, N, RESAMPLES, LEVEL, 7, &tau, &rho, NULL), 0);
        by_hand(places, N, RESAMPLES, 7, &tau_by_hand, &rho_by_hand);
        assert_true(tau.low == tau_by_hand.low && tau.high == tau_by_hand.high);
        assert_true(fabs(rho.low - rho_by_hand.low) < 1e-12);
        assert_true(fabs(rho.high - rho_by_hand.high) < 1e-12);
        assert_true(tau.low < tau.high && rho.low < rho.high);
    }
}

/* Of a bivariate normal distribution tau is 2 / pi asin(rho): 95 of 100 intervals cover it, give or take
 * three standard errors (1.5 each at 200 samples) and what a percentile interval of 80 pairs lacks. */
static void test_cover(void **state)
{
    enum { SAMPLES = 200, N = 80 };
    const double correlation = 0.6, truth = 2 / NUMERIC_PI * asin(correlation);
    int covered = 0;
    (void)state;
    for (uint32_t s = 0; s < SAMPLES; s++) {
        double x[N], y[N];
        struct interval tau, rho;
        struct random_stream stream = random_stream(5, RANDOM_TEST, 1, s);
        for (int i = 0; i < N; i++) {
            x[i] = random_normal(&stream);
            y[i] =
                correlation * x[i] + sqrt(1 - correlation * correlation) * random_normal(&stream);
        }
        assert_int_equal(bootstrap_correlations(x, y, N, 500, 0.95, s, &tau, &rho, NULL), 0);
        covered += tau.low <= truth && truth <= tau.high;
    }
    if (covered < 0.89 * SAMPLES || covered > 0.99 * SAMPLES)
        fail_msg("%d of %d intervals cover it", covered, SAMPLES);
}

static void test_none(void **state)
{
    const double one[] = {1, 1, 1, 1}, two[] = {1, 2, 3, 4};
    struct interval tau, rho;
    (void)state;
    assert_int_equal(bootstrap_correlations(one, two, 4, 50, 0.95, 0, &tau, &rho, NULL), 0);
    assert_true(isnan(tau.low) && isnan(tau.high) && isnan(rho.low) && isnan(rho.high));
    assert_int_equal(bootstrap_correlations(two, two, 1, 50, 0.95, 0, &tau, &rho, NULL), 0);
    assert_true(isnan(tau.low) && isnan(rho.high));
    double many[100];
    for (int i = 0; i < 100; i++)
        many[i] = i;
    assert_int_equal(bootstrap_correlations(many, many, 100, 50, 0.95, 0, &tau, &rho, NULL), 0);
    assert_true(tau.low == 1 && tau.high == 1 && rho.low == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_resamples),
        cmocka_unit_test(test_cover),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
