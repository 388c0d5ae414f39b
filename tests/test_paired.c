/* Paired tests against golden values of SciPy 1.10.1 with NumPy 1.24.2 (Debian 12), and against plain
 * enumeration. */
#include "reports/paired.h"

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

static struct signed_rank_test test_of(const double *x, const double *y, size_t n)
{
    struct signed_rank_test test;
    assert_int_equal(signed_rank(x, y, n, &test, NULL), 0);
    return test;
}

/* scipy.stats.wilcoxon(mode="exact"): the depression scores of Hollander and Wolfe, 1973. */
static void signed_ranks_are_exact(void **state)
{
    (void)state;
    const double x[] = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
    const double y[] = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
    struct signed_rank_test test = test_of(x, y, 9);
    assert_true(test.n == 9 && test.above == 40);
    assert_near(test.p, 0.0390625, 1e-15);
    assert_near(test.least, 0.00390625, 0);
    test = test_of(y, x, 9);
    assert_true(test.above == 5 && test.p == 0.0390625);
}

/* p by every choice of signs; ties in |x - y|, and pairs that do not differ. */
static double enumerated_p(const double *x, const double *y, size_t n)
{
    double size[16], rank[16], above = 0, total = 0;
    size_t m = 0;
    unsigned extreme = 0;
    bool positive[16];
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i]) {
            positive[m] = x[i] > y[i];
            size[m++] = fabs(x[i] - y[i]);
        }
    for (size_t i = 0; i < m; i++) {
        rank[i] = 0.5;
        for (size_t j = 0; j < m; j++)
            rank[i] += size[j] < size[i] ? 1 : size[j] == size[i] ? 0.5 : 0;
        total += rank[i];
        above += positive[i] ? rank[i] : 0;
    }
    for (unsigned signs = 0; signs < 1u << m; signs++) {
        double sum = 0;
        for (size_t i = 0; i < m; i++)
            sum += signs >> i & 1 ? rank[i] : 0;
        extreme += fabs(sum - total / 2) >= fabs(above - total / 2);
    }
    return (double)extreme / (double)(1u << m);
}

static void signed_ranks_are_what_is_enumerated(void **state)
{
    (void)state;
    /* the same in Python with itertools.product */
    const double a[] = {5, 7, 3, 9, 6, 6, 8, 2, 4, 7}, b[] = {4, 5, 3, 6, 7, 5, 6, 4, 3, 5};
    struct signed_rank_test test = test_of(a, b, 10);
    assert_true(test.n == 9 && test.above == 36 && test.p == 0.140625);
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (size_t n = 1; n <= 12; n++)
        for (uint32_t values = 2; values <= 30; values += 14) {
            double x[12], y[12];
            for (size_t i = 0; i < n; i++) {
                x[i] = random_below(&stream, values);
                y[i] = random_below(&stream, values);
            }
            test = test_of(x, y, n);
            if (test.n)
                assert_true(test.p == enumerated_p(x, y, n));
            else
                assert_true(isnan(test.p) && test.least == 1);
        }
}

/* scipy.stats.wilcoxon(mode="approx", correction=True) */
static void many_signed_ranks_are_approximate(void **state)
{
    (void)state;
    double x[80], y[80];
    for (int i = 0; i < 80; i++) {
        x[i] = i * 7919 % 101 / 4.0;
        y[i] = i * 104729 % 97 / 4.0 + 1;
    }
    struct signed_rank_test test = test_of(x, y, 80);
    assert_true(fmin(test.above, 80 * 81 / 2 - test.above) == 1540);
    assert_near(test.p, 0.7029673062027961, 1e-13);
}

/* scipy.stats.friedmanchisquare and rankdata, a block of ties among them. */
static void friedman_is_the_chi_square(void **state)
{
    (void)state;
    double value[8][4], rank[4];
    const double ranks[] = {2.3125, 3.0625, 2.9375, 1.6875};
    struct friedman_test test;
    for (int b = 0; b < 8; b++)
        for (int j = 0; j < 4; j++)
            value[b][j] = (b * 13 + j * 29 + b * j * 7) % 17 + j;
    assert_int_equal(friedman(value[0], 8, 4, 0, &test, rank, NULL), 0);
    assert_near(test.statistic, 6.6, 1e-13);
    assert_near(test.p, 0.0858, 0.02); /* the chi-square's own p is an approximation */
    for (int j = 0; j < 4; j++)
        assert_near(rank[j], ranks[j], 1e-15);
}

/* All 6^6 permutations, by itertools: 0.36728395; 99,999 random ones leave an error of 0.0015. */
static void friedman_permutes(void **state)
{
    (void)state;
    double value[6][3], rank[3];
    struct friedman_test test, again;
    for (int b = 0; b < 6; b++)
        for (int j = 0; j < 3; j++)
            value[b][j] = (b * 13 + j * 29 + b * j * 7) % 11 + 2 * j;
    assert_int_equal(friedman(value[0], 6, 3, 0, &test, rank, NULL), 0);
    assert_near(test.statistic, 2.8, 1e-13);
    assert_near(test.p, 0.36728395061728397, 0.006);
    assert_near(test.least, 1.0 / 7776, 1e-15);
    assert_int_equal(friedman(value[0], 6, 3, 0, &again, rank, NULL), 0);
    assert_true(again.p == test.p);
    assert_int_equal(friedman(value[0], 5, 3, 0, &test, rank, NULL), 0);
    assert_true(isnan(test.p) && !isnan(test.statistic));
}

/* One method best everywhere: Friedman sees it; of six blocks three pairs cannot show it, of nine
 * they can. */
static void pairs_say_what_they_cannot_show(void **state)
{
    (void)state;
    double value[9][3], p[9], rank[3], least;
    struct friedman_test test;
    for (int b = 0; b < 9; b++)
        for (int j = 0; j < 3; j++)
            value[b][j] = j == 2 ? 1 : 3 + (b + j) % 2;
    assert_int_equal(friedman(value[0], 9, 3, 0, &test, rank, NULL), 0);
    assert_true(test.p < 0.001 && rank[2] == 1);
    assert_int_equal(friedman_pairs(value[0], 6, 3, p, &least, NULL), 0);
    assert_near(least, 3.0 / 32, 1e-15);
    assert_true(p[2] >= least && isnan(p[0]) && p[2] == p[6]);
    assert_int_equal(friedman_pairs(value[0], 9, 3, p, &least, NULL), 0);
    assert_near(p[2], 3.0 / 256, 1e-15);
    assert_true(p[1] > 0.5);
}

static void all_alike_is_no_test(void **state)
{
    (void)state;
    const double value[12] = {0};
    double p[4], rank[2], least;
    struct friedman_test test;
    assert_int_equal(friedman(value, 6, 2, 0, &test, rank, NULL), 0);
    assert_true(isnan(test.statistic) && isnan(test.p) && rank[0] == 1.5);
    assert_int_equal(friedman_pairs(value, 6, 2, p, &least, NULL), 0);
    assert_true(p[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signed_ranks_are_exact),
        cmocka_unit_test(signed_ranks_are_what_is_enumerated),
        cmocka_unit_test(many_signed_ranks_are_approximate),
        cmocka_unit_test(friedman_is_the_chi_square),
        cmocka_unit_test(friedman_permutes),
        cmocka_unit_test(pairs_say_what_they_cannot_show),
        cmocka_unit_test(all_alike_is_no_test),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
