/* Statistics against golden values of SciPy 1.10.1 with NumPy 1.24.2 (Debian 12), against
 * definitions by brute force, and by their properties. */
#include "reports/statistics.h"

#include "base/numeric.h"
#include "base/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static struct rank_test test_of(const double *x, size_t m, const double *y, size_t n)
{
    struct rank_test test;
    struct error error;
    assert_int_equal(mann_whitney(x, m, y, n, &test, &error), 0);
    return test;
}

/* numpy.mean, std(ddof=1), percentile (linear) */
static void test_moments(void **state)
{
    (void)state;
    const double x[] = {1.2, 3.4, 2.2, 5.9, 4.1, 0.3, 2.8, 3.3};
    const double sorted[] = {0.3, 1.2, 2.2, 2.8, 3.3, 3.4, 4.1, 5.9};
    assert_near(sample_mean(x, 8), 2.9, 1e-15);
    assert_near(sample_deviation(x, 8), 1.7320508075688772, 1e-15);
    assert_near(sample_error(x, 8), 1.7320508075688772 / sqrt(8), 1e-15);
    assert_near(sample_quantile(sorted, 8, 0.025), 0.4575, 1e-15);
    assert_near(sample_quantile(sorted, 8, 0.25), 1.95, 1e-15);
    assert_near(sample_quantile(sorted, 8, 0.5), 3.05, 1e-15);
    assert_near(sample_quantile(sorted, 8, 0.975), 5.585, 1e-14);
    assert_true(sample_quantile(sorted, 8, 0) == 0.3 && sample_quantile(sorted, 8, 1) == 5.9);
    assert_true(isnan(sample_mean(x, 0)) && isnan(sample_quantile(x, 0, 0.5)));
    assert_true(isnan(sample_deviation(x, 1)) && isnan(sample_error(x, 1)));
    assert_true(sample_mean(x, 1) == 1.2);
}

/* scipy.stats.trim_mean(x, 0.25) */
static void test_interquartile_mean(void **state)
{
    (void)state;
    const double x[] = {0.3, 1.2, 2.2, 2.8, 3.3, 3.4, 4.1, 5.9};
    const double odd[] = {0.3, 1.2, 2.2, 2.8, 3.3, 3.4, 9};
    assert_near(sample_interquartile_mean(x, 8), 2.925, 1e-15);
    assert_near(sample_interquartile_mean(odd, 7), 2.58, 1e-15);
    assert_true(sample_interquartile_mean(odd, 1) == 0.3);
    assert_true(isnan(sample_interquartile_mean(odd, 0)));
}

/* scipy.stats.bootstrap(method="BCa", n_resamples=1000000): [1.8375, 4.0875], and [0.7000, 4.0833] of
 * the skewed sample; ten thousand resamples leave an error of about 0.02, and more in the long tail. */
static void test_bootstrap(void **state)
{
    (void)state;
    const double x[] = {1.2, 3.4, 2.2, 5.9, 4.1, 0.3, 2.8, 3.3};
    struct interval first, again, other, shifted;
    struct error error;
    assert_int_equal(bootstrap_mean(x, 8, 0.95, 0, &first, &error), 0);
    assert_near(first.low, 1.8375, 0.06);
    assert_near(first.high, 4.0875, 0.06);
    assert_int_equal(bootstrap_mean(x, 8, 0.95, 0, &again, &error), 0);
    assert_true(first.low == again.low && first.high == again.high);
    assert_int_equal(bootstrap_mean(x, 8, 0.95, 1, &other, &error), 0);
    assert_true(first.low != other.low || first.high != other.high);
    double moved[8];
    for (int i = 0; i < 8; i++)
        moved[i] = x[i] + 64;
    assert_int_equal(bootstrap_mean(moved, 8, 0.95, 0, &shifted, &error), 0);
    assert_near(shifted.low, first.low + 64, 1e-12);
    assert_int_equal(bootstrap_mean(x, 1, 0.95, 0, &first, &error), 0);
    assert_true(isnan(first.low) && isnan(first.high));
    const double skewed[] = {.1, .3, .2, 1.1, 4.0, .7, .2, 2.2, .5, 9.1, .4, .9};
    assert_int_equal(bootstrap_mean(skewed, 12, 0.95, 0, &first, &error), 0);
    assert_near(first.low, 0.7, 0.05);
    assert_near(first.high, 4.0833, 0.15);
    const double same[] = {2, 2, 2};
    assert_int_equal(bootstrap_mean(same, 3, 0.95, 0, &first, &error), 0);
    assert_true(first.low == 2 && first.high == 2);
}

/* An interval of 95 % should hold the mean in about 95 % of samples; 200 samples of 50 leave a
 * standard error of 1.5 points. */
static void test_coverage(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(3, RANDOM_TEST, 0, 0);
    int covered = 0;
    for (int s = 0; s < 200; s++) {
        double x[50];
        struct interval interval;
        for (int i = 0; i < 50; i++)
            x[i] = 7 + random_normal(&stream);
        assert_int_equal(bootstrap_mean(x, 50, 0.95, 0, &interval, NULL), 0);
        covered += interval.low <= 7 && 7 <= interval.high;
    }
    assert_in_range(covered, 180, 198);
}

/* scipy.stats.norm.sf */
static void test_normal_tail(void **state)
{
    (void)state;
    static const double golden[][2] = {{0, 0.5},
                                       {0.5, 0.3085375387259869},
                                       {1, 0.15865525393145707},
                                       {1.96, 0.024997895148220435},
                                       {2.5758, 0.00500042373777868},
                                       {3, 0.0013498980316300933},
                                       {3.5, 0.00023262907903552502},
                                       {5, 2.866515718791933e-07},
                                       {8, 6.22096057427174e-16},
                                       {12, 1.776482112077653e-33},
                                       {30, 4.906713927147908e-198}};
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        assert_near(normal_tail(golden[i][0]) / golden[i][1], 1, 1e-12);
    assert_near(normal_tail(-1), 1 - 0.15865525393145707, 1e-15);
    assert_near(normal_tail(2.9999999) / normal_tail(3.0000001), 1,
                1e-6); /* the two branches meet */
}

/* scipy.stats.norm.isf */
static void test_normal_quantile(void **state)
{
    (void)state;
    static const double golden[][2] = {{0.5, 0},
                                       {0.025, 1.9599639845400545},
                                       {0.0001, 3.7190164854556804},
                                       {0.9, -1.2815515655446004},
                                       {1e-12, 7.034483825301131}};
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        assert_near(normal_quantile(golden[i][0]), golden[i][1], 1e-12);
}

/* scipy.stats.mannwhitneyu: its documentation's example, then larger samples without ties, exact */
/* scipy.stats.t.sf and t.ppf, which is good to some 1e-9; with two degrees of freedom the quantile is known:
 * (1 - 2p) sqrt(2 / (4 p (1 - p))). */
static void test_student(void **state)
{
    static const struct {
        int freedom;
        double p[3]; /* at tails of 0.4, 0.025 and 0.005 */
    } golden[] = {{1, {0.32491969623407446, 12.706204736432095, 63.65674116287399}},
                  {2, {0.2886751346880066, 4.302652729911275, 9.92484320091807}},
                  {3, {0.27667066230490933, 3.182446305284263, 5.84090929975643}},
                  {4, {0.2707222947059493, 2.7764451051977987, 4.604094871415897}},
                  {9, {0.26095533647391045, 2.2621571627409915, 3.2498355440153697}},
                  {30, {0.2556053644420514, 2.0422724563012373, 2.7499956535670305}},
                  {199, {0.2536860753817326, 1.971956544249395, 2.600760216031323}}};
    static const double tails[] = {0.4, 0.025, 0.005};
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        for (size_t k = 0; k < 3; k++)
            assert_near(student_quantile(tails[k], golden[i].freedom) / golden[i].p[k], 1, 1e-8);
    assert_near(student_quantile(0.025, 2), 0.95 * sqrt(2 / 0.0975), 1e-12);
    assert_near(student_tail(1.5, 1), 0.1871670418109988, 1e-14);
    assert_near(student_tail(-2.25, 2), 0.9233243907726189, 1e-14);
    assert_near(student_tail(3.5, 7), 0.004996520440942772, 1e-14);
    assert_true(student_tail(0, 4) == 0.5);
}

/* scipy.stats.t.interval(0.95, 2, x.mean(), scipy.stats.sem(x)) */
static void test_student_interval(void **state)
{
    (void)state;
    const double x[] = {0.42, 0.34, 0.53}, equal[] = {3, 3};
    struct interval interval = student_interval(x, 3, 0.95);
    assert_near(interval.low, 0.19302836549540517, 1e-10);
    assert_near(interval.high, 0.6669716345045948, 1e-10);
    interval = student_interval(equal, 2, 0.95);
    assert_true(interval.low == 3 && interval.high == 3);
    interval = student_interval(x, 1, 0.95);
    assert_true(isnan(interval.low) && isnan(interval.high));
}

static void test_mann_whitney_exact(void **state)
{
    (void)state;
    const double males[] = {19, 22, 16, 29, 24}, females[] = {20, 11, 17, 12};
    struct rank_test test = test_of(males, 5, females, 4);
    assert_true(test.u == 17);
    assert_near(test.p, 0.1111111111111111, 1e-15);
    assert_near(test.gain, 17.0 / 20, 1e-15);
    double x[30], y[30];
    for (int i = 0; i < 15; i++) {
        x[i] = 0.5 * i * i;
        y[i] = 1.7 * i + 3.3;
    }
    test = test_of(x, 12, y, 15);
    assert_true(test.u == 92);
    assert_near(test.p, 0.9426538179667807, 1e-12);
    for (int i = 0; i < 30; i++) {
        x[i] = (i * 37) % 50 * 1.01;
        y[i] = (i * 31) % 47 * 1.37 + 4.003;
    }
    test = test_of(x, 30, y, 30);
    assert_true(test.u == 278);
    assert_near(test.p, 0.010501494914086952, 1e-12);
}

/* scipy.stats.mannwhitneyu(method="asymptotic"), which corrects for continuity and ties */
static void test_mann_whitney_approximate(void **state)
{
    (void)state;
    double x[40], y[35];
    for (int i = 0; i < 40; i++)
        x[i] = (i * 7919) % 101 / 4.0;
    for (int i = 0; i < 35; i++)
        y[i] = (i * 104729) % 97 / 4.0 + 3;
    struct rank_test test = test_of(x, 40, y, 35);
    assert_true(test.u == 616);
    assert_near(test.p, 0.37516036492053395, 1e-13);
    for (int i = 0; i < 40; i++)
        x[i] = i * 7919 % 13;
    for (int i = 0; i < 35; i++)
        y[i] = i * 104729 % 13 + 1;
    test = test_of(x, 40, y, 35);
    assert_true(test.u == 634.5);
    assert_near(test.p, 0.48881458281740997, 1e-13);
    for (int i = 0; i < 40; i++)
        x[i] = 1;
    for (int i = 0; i < 35; i++)
        y[i] = 1;
    assert_true(test_of(x, 40, y, 35).p == 1);
}

static double pairs_won(const double *x, size_t m, const double *y, size_t n)
{
    double won = 0;
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < n; j++)
            won += x[i] > y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
    return won;
}

/* P(|U - mn/2| >= |seen - mn/2|) over every way to choose which m of the pooled values are x. */
static double enumerated_p(const double *pooled, size_t m, size_t n)
{
    double seen = fabs(pairs_won(pooled, m, pooled + m, n) - (double)(m * n) / 2);
    unsigned all = 0, extreme = 0;
    for (unsigned chosen = 0; chosen < 1u << (m + n); chosen++) {
        double x[12], y[12];
        size_t in = 0, out = 0;
        for (size_t i = 0; i < m + n; i++) {
            if (chosen >> i & 1)
                x[in++] = pooled[i];
            else
                y[out++] = pooled[i];
        }
        if (in != m)
            continue;
        all++;
        extreme += fabs(pairs_won(x, m, y, n) - (double)(m * n) / 2) >= seen;
    }
    return (double)extreme / all;
}

/* Every size up to 6 against 6, few values so that most are tied, against plain enumeration. */
static void test_mann_whitney_enumerated(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (size_t m = 1; m <= 6; m++)
        for (size_t n = 1; n <= 6; n++)
            for (uint32_t values = 2; values <= 12; values += 5) {
                double pooled[12];
                for (size_t i = 0; i < m + n; i++)
                    pooled[i] = random_below(&stream, values);
                struct rank_test test = test_of(pooled, m, pooled + m, n);
                assert_true(test.u == pairs_won(pooled, m, pooled + m, n));
                assert_true(test.p == enumerated_p(pooled, m, n));
                struct rank_test turned = test_of(pooled + m, n, pooled, m);
                assert_true(turned.u == (double)(m * n) - test.u && turned.p == test.p);
            }
}

/* Exact and approximate p are near each other on either side of the change-over, with ties too. */
static void test_mann_whitney_change_over(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(2, RANDOM_TEST, 0, 0);
    double x[31], y[30];
    for (int i = 0; i < 30; i++) {
        x[i] = random_below(&stream, 20) + 3;
        y[i] = random_below(&stream, 20);
    }
    struct rank_test exact = test_of(x, 30, y, 30);
    x[30] = 12.5;
    struct rank_test approximate = test_of(x, 31, y, 30);
    _Static_assert(MANN_WHITNEY_EXACT == 60, "the samples straddle the change-over");
    assert_near(approximate.p, exact.p, 0.02);
    assert_true(exact.p != approximate.p);
}

static void test_mann_whitney_empty(void **state)
{
    (void)state;
    const double x[] = {1, 2};
    struct rank_test test = test_of(x, 2, NULL, 0);
    assert_true(isnan(test.u) && isnan(test.p) && isnan(test.gain));
    test = test_of(NULL, 0, x, 2);
    assert_true(isnan(test.p));
}

/* Tied samples. p: scipy.stats.permutation_test over |gain - 1/2|, all C(13, 6) ways. Intervals:
 * scipy.stats.bootstrap(method="percentile"), of two samples, and of the six shares of y that lie
 * below each x (a million resamples); the gains are multiples of 1/84. */
static void test_gain(void **state)
{
    (void)state;
    const double x[] = {56.1, 57.4, 55.2, 58.0, 56.1, 57.7};
    const double y[] = {55.0, 56.1, 54.3, 57.4, 53.9, 55.2, 56.1};
    struct interval both, known, turned;
    struct rank_test test = test_of(x, 6, y, 7);
    assert_near(test.gain, 0.8095238095238095, 1e-15);
    assert_near(test.p, 0.07109557109557109, 1e-15);
    assert_int_equal(bootstrap_gain(x, 6, y, 7, true, 0.95, 0, &both, NULL), 0);
    assert_near(both.low, 0.5476190476190477, 1.01 / 84);
    assert_near(both.high, 0.9761904761904762, 1.01 / 84);
    assert_int_equal(bootstrap_gain(x, 6, y, 7, false, 0.95, 0, &known, NULL), 0);
    assert_near(known.low, 0.6547619047619048, 1.01 / 84);
    assert_near(known.high, 0.9404761904761906, 1.01 / 84);
    assert_int_equal(bootstrap_gain(y, 7, x, 6, true, 0.95, 0, &turned, NULL), 0);
    assert_near(turned.low, 1 - both.high, 1.01 / 84);
    assert_int_equal(bootstrap_gain(x, 1, y, 7, true, 0.95, 0, &known, NULL), 0);
    assert_true(isnan(known.low) && isnan(known.high));
    assert_int_equal(bootstrap_gain(x, 6, y, 0, true, 0.95, 0, &known, NULL), 0);
    assert_true(isnan(known.low) && isnan(known.high));
}

/* Ten seeds against ten thousand runs: scipy.stats.mannwhitneyu(method="asymptotic"). */
static void test_mann_whitney_runs(void **state)
{
    (void)state;
    static double runs[10000];
    double x[10];
    for (int i = 0; i < 10000; i++)
        runs[i] = i * 7919 % 10007 / 100.0;
    for (int i = 0; i < 10; i++)
        x[i] = 60.5 + 3.7 * i;
    struct rank_test test = test_of(x, 10, runs, 10000);
    assert_true(test.u == 77093.5);
    assert_near(test.p, 0.0030144704507104455, 1e-14);
}

/* The example of Wikipedia's "Holm-Bonferroni method": 0.01, 0.04, 0.03, 0.005; adjusted by
 * hand. */
static void test_holm(void **state)
{
    (void)state;
    const double p[] = {0.01, 0.04, NAN, 0.03, 0.005};
    const double expected[] = {0.03, 0.06, NAN, 0.06, 0.02};
    double adjusted[5];
    assert_int_equal(holm(p, 5, adjusted, NULL), 0);
    for (int i = 0; i < 5; i++)
        if (i == 2)
            assert_true(isnan(adjusted[i]));
        else
            assert_near(adjusted[i], expected[i], 1e-15);
    double in_place[] = {0.6, 0.7, 0.2};
    assert_int_equal(holm(in_place, 3, in_place, NULL), 0);
    assert_near(in_place[0], 1, 0);
    assert_near(in_place[1], 1, 0);
    assert_near(in_place[2], 0.6, 1e-15);
    assert_int_equal(holm(NULL, 0, NULL, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_interquartile_mean),
        cmocka_unit_test(test_bootstrap),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_normal_tail),
        cmocka_unit_test(test_normal_quantile),
        cmocka_unit_test(test_student),
        cmocka_unit_test(test_student_interval),
        cmocka_unit_test(test_mann_whitney_exact),
        cmocka_unit_test(test_mann_whitney_approximate),
        cmocka_unit_test(test_mann_whitney_enumerated),
        cmocka_unit_test(test_mann_whitney_change_over),
        cmocka_unit_test(test_mann_whitney_empty),
        cmocka_unit_test(test_gain),
        cmocka_unit_test(test_mann_whitney_runs),
        cmocka_unit_test(test_holm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
