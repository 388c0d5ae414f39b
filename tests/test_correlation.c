/* Rank correlations and mid-ranks against golden values of SciPy 1.10.1 (Debian 12), against the
 * definitions counted pair by pair, and by their properties. */
#include "reports/correlation.h"

#include "base/random.h"
#include "reports/ranks.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>

#include <cmocka.h>

#define MOST 1000

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.17g is not %.17g", value, expected);
}

static double tau(const double *x, const double *y, size_t n)
{
    struct pairs pairs;
    struct error error;
    assert_int_equal(pairs_count(x, y, n, &pairs, &error), 0);
    return kendall_tau_b(&pairs);
}

static double rho(const double *x, const double *y, size_t n)
{
    double value;
    struct error error;
    assert_int_equal(spearman(x, y, n, &value, &error), 0);
    return value;
}

static double weighted(const double *x, const double *y, size_t n)
{
    double value;
    struct error error;
    assert_int_equal(weighted_tau(x, y, n, &value, &error), 0);
    return value;
}

/* scipy.stats.kendalltau and spearmanr: the examples of their documentation, then with many ties */
static void test_golden(void **state)
{
    (void)state;
    assert_near(tau((const double[]){12, 2, 1, 12, 2}, (const double[]){1, 4, 7, 1, 0}, 5),
                -0.4714045207910316, 1e-15);
    assert_near(rho((const double[]){1, 2, 3, 4, 5}, (const double[]){5, 6, 7, 8, 7}, 5),
                0.8207826816681233, 1e-15);
    double x[MOST], y[MOST];
    for (int i = 0; i < 35; i++) {
        x[i] = i * 7919 % 13;
        y[i] = i * 104729 % 13 + 1;
    }
    assert_near(tau(x, y, 35), 0.43617021276595747, 1e-15);
    assert_near(rho(x, y, 35), 0.46, 1e-15);
    for (int i = 0; i < MOST; i++) {
        x[i] = i * 7919 % 1009 % 57;
        y[i] = (i * 104729 % 997 + 3 * (i * 7919 % 1009)) % 83;
    }
    assert_near(tau(x, y, MOST), -0.002728674263170722, 1e-15);
    assert_near(rho(x, y, MOST), -0.004871826600737645, 1e-15);
}

/* scipy.stats.weightedtau, of the same data; the second case has two that are tied in both. */
static void test_golden_weighted(void **state)
{
    (void)state;
    assert_near(weighted((const double[]){12, 2, 1, 12, 2}, (const double[]){1, 4, 7, 1, 0}, 5),
                -0.5669496815368272, 1e-14);
    assert_near(weighted((const double[]){12, 2, 1, 12, 2, 5, 5, 9},
                         (const double[]){1, 4, 7, 1, 0, 3, 3, 9}, 8),
                -0.2641570655727762, 1e-14);
    double x[MOST], y[MOST];
    for (int i = 0; i < 35; i++) {
        x[i] = i * 7919 % 13;
        y[i] = i * 104729 % 13 + 1;
    }
    assert_near(weighted(x, y, 35), 0.43731162490265274, 1e-14);
    for (int i = 0; i < MOST; i++) {
        x[i] = i * 7919 % 1009 % 57;
        y[i] = (i * 104729 % 997 + 3 * (i * 7919 % 1009)) % 83;
    }
    assert_near(weighted(x, y, MOST), 0.21761786659211202, 1e-13);
    for (int i = 0; i < MOST; i++) {
        x[i] = i * 7919 % 1009;
        y[i] = (i * 7919 % 1009 + i * 104729 % 997) / 10;
    }
    assert_near(weighted(x, y, MOST), 0.7049272815534323, 1e-13);
}

/* The weight of every pair by Vigna's definition: ranks count how many are above in (x, y). */
static double weighted_by_definition(const double *x, const double *y, size_t n)
{
    double weight[40], ordered = 0, free_x = 0, free_y = 0;
    for (size_t i = 0; i < n; i++) {
        size_t above = 0;
        for (size_t j = 0; j < n; j++)
            above += x[j] > x[i] || (x[j] == x[i] && (y[j] > y[i] || (y[j] == y[i] && j > i)));
        weight[i] = 1.0 / (double)(above + 1);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            double sum = weight[i] + weight[j];
            bool same_x = x[i] == x[j], same_y = y[i] == y[j];
            free_x += same_x ? 0 : sum;
            free_y += same_y ? 0 : sum;
            if (!same_x && !same_y)
                ordered += (x[i] < x[j]) == (y[i] < y[j]) ? sum : -sum;
        }
    return ordered / sqrt(free_x * free_y);
}

static void test_weighted_by_definition(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(4, RANDOM_TEST, 0, 0);
    for (int round = 0; round < 1000; round++) {
        double x[40], y[40];
        size_t n = 2 + random_below(&stream, 39);
        uint32_t values = 2 + random_below(&stream, round % 2 ? 5 : 100);
        for (size_t i = 0; i < n; i++) {
            x[i] = random_below(&stream, values);
            y[i] = random_below(&stream, values);
        }
        double expected = (weighted_by_definition(x, y, n) + weighted_by_definition(y, x, n)) / 2;
        if (isnan(expected))
            assert_true(isnan(weighted(x, y, n)));
        else
            assert_near(weighted(x, y, n), expected, 1e-12);
    }
}

static struct pairs pairs_by_definition(const double *x, const double *y, size_t n)
{
    struct pairs pairs = {0};
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            bool same_x = x[i] == x[j], same_y = y[i] == y[j];
            pairs.all++;
            pairs.tied_x += same_x;
            pairs.tied_y += same_y;
            pairs.tied_both += same_x && same_y;
            if (!same_x && !same_y) {
                pairs.concordant += (x[i] < x[j]) == (y[i] < y[j]);
                pairs.discordant += (x[i] < x[j]) != (y[i] < y[j]);
            }
        }
    return pairs;
}

/* 1,000 random cases of up to 40 pairs, from almost all tied to hardly any. */
static void test_pairs_by_definition(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(1, RANDOM_TEST, 0, 0);
    for (int round = 0; round < 1000; round++) {
        double x[40], y[40];
        size_t n = random_below(&stream, 41);
        uint32_t values = 1 + random_below(&stream, round % 2 ? 5 : 100);
        for (size_t i = 0; i < n; i++) {
            x[i] = random_below(&stream, values);
            y[i] = random_below(&stream, values);
        }
        struct pairs pairs, expected = pairs_by_definition(x, y, n);
        assert_int_equal(pairs_count(x, y, n, &pairs, NULL), 0);
        assert_int_equal(pairs.all, expected.all);
        assert_int_equal(pairs.concordant, expected.concordant);
        assert_int_equal(pairs.discordant, expected.discordant);
        assert_int_equal(pairs.tied_x, expected.tied_x);
        assert_int_equal(pairs.tied_y, expected.tied_y);
        assert_int_equal(pairs.tied_both, expected.tied_both);
    }
}

/* Twice the mid-rank is 1 + twice the number below + the number equal (itself included). */
static void test_ranks_by_definition(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(2, RANDOM_TEST, 0, 0);
    for (int round = 0; round < 200; round++) {
        double x[40], ties, expected_ties = 0;
        uint64_t doubled[40];
        size_t n = random_below(&stream, 41);
        for (size_t i = 0; i < n; i++)
            x[i] = random_below(&stream, 8);
        assert_int_equal(ranks_doubled(x, n, doubled, &ties, NULL), 0);
        for (size_t i = 0; i < n; i++) {
            uint64_t below = 0, equal = 0;
            for (size_t j = 0; j < n; j++) {
                below += x[j] < x[i];
                equal += x[j] == x[i];
            }
            assert_int_equal(doubled[i], 2 * below + equal + 1);
            expected_ties += (double)(equal * equal) - 1; /* t values share t^3 - t */
        }
        assert_true(ties == expected_ties);
    }
}

static void test_properties(void **state)
{
    (void)state;
    struct random_stream stream = random_stream(3, RANDOM_TEST, 0, 0);
    double x[MOST], y[MOST], stretched[MOST], turned[MOST];
    for (int i = 0; i < MOST; i++) {
        x[i] = random_below(&stream, 300);
        y[i] = x[i] + random_below(&stream, 300);
        stretched[i] = x[i] * x[i] * x[i] - 5;
        turned[i] = -x[i];
    }
    assert_true(tau(x, x, MOST) == 1 && rho(x, x, MOST) == 1);
    assert_true(tau(x, turned, MOST) == -1 && rho(x, turned, MOST) == -1);
    assert_true(tau(x, y, MOST) == tau(stretched, y, MOST)); /* monotone maps change no rank */
    assert_true(rho(x, y, MOST) == rho(stretched, y, MOST));
    assert_true(tau(x, y, MOST) == tau(y, x, MOST) && rho(x, y, MOST) == rho(y, x, MOST));
    assert_true(tau(x, y, MOST) == -tau(turned, y, MOST));
    assert_near(weighted(x, x, MOST), 1, 1e-12);
    assert_near(weighted(x, turned, MOST), -1, 1e-12);
    assert_true(weighted(x, y, MOST) == weighted(stretched, y, MOST));
    assert_true(weighted(x, y, MOST) == weighted(y, x, MOST));
    assert_true(tau(x, y, MOST) > 0.3 && tau(x, y, MOST) < 0.7);
}

/* Where everything is tied there is no correlation to speak of: not 0, not 1. */
static void test_undefined(void **state)
{
    (void)state;
    const double same[] = {4, 4, 4}, x[] = {1, 2, 3};
    assert_true(isnan(tau(same, x, 3)) && isnan(tau(x, same, 3)));
    assert_true(isnan(rho(same, x, 3)) && isnan(rho(x, same, 3)));
    assert_true(isnan(tau(x, x, 1)) && isnan(rho(x, x, 1)));
    assert_true(isnan(tau(x, x, 0)) && isnan(rho(x, x, 0)));
    assert_true(isnan(weighted(same, x, 3)) && isnan(weighted(x, same, 3)));
    assert_true(isnan(weighted(x, x, 1)) && isnan(weighted(x, x, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_golden_weighted),
        cmocka_unit_test(test_pairs_by_definition),
        cmocka_unit_test(test_weighted_by_definition),
        cmocka_unit_test(test_ranks_by_definition),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_undefined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
