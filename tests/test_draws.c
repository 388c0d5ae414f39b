/* Exact random search against plain enumeration of every sequence of draws. */
#include "reports/draws.h"

#include "reports/truth.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* 8 strings of 5 networks, 2 seeds, one point; two networks tie in validation under either seed. */
static uint32_t class_of[8] = {0, 1, 2, 0, 3, 4, 4, 1};
static float valid[10] = {40, 52, 47, 52, 61, /* */ 45, 45, 60, 50, 58};
static float tested[10] = {41, 50, 49, 55, 57, /* */ 44, 47, 56, 51, 60};

static struct table small(int seeds)
{
    return (struct table){.identity = {.points = 1, .count = 8, .distinct = 5},
                          .seeds = seeds,
                          .class_of = class_of,
                          .valid_accuracy = valid,
                          .test_accuracy = tested};
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-11))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Error, its deviation, regret after 1, 2, ... draws: Python's fractions over
 * itertools.permutations(range(8), n), the earliest drawn of equals being the best. */
static const double without[8][3] = {{791.0 / 16, 6.16409715611297, 127.0 / 16},
                                     {2621.0 / 56, 5.67078869186246, 297.0 / 56},
                                     {15299.0 / 336, 5.24337447033566, 1355.0 / 336},
                                     {12569.0 / 280, 5.05949173659302, 949.0 / 280},
                                     {625.0 / 14, 5.05656776391066, 22.0 / 7},
                                     {1073.0 / 24, 5.17934791660783, 77.0 / 24},
                                     {45, 5.33853912601566, 3.5},
                                     {45.5, 5.5, 4}};

/* The same over itertools.product(range(8), repeat=n). */
static const double with[5][3] = {{791.0 / 16, 6.16409715611297, 127.0 / 16},
                                  {6033.0 / 128, 5.80055370976287, 721.0 / 128},
                                  {47115.0 / 1024, 5.45228609556649, 4619.0 / 1024},
                                  {371901.0 / 8192, 5.24584668217502, 31933.0 / 8192},
                                  {2952651.0 / 65536, 5.1419557340521, 232907.0 / 65536}};

static void check(bool replacement, const double (*golden)[3], size_t n)
{
    struct draws draws;
    struct table table = small(2);
    assert_int_equal(draws_init(&draws, &table, replacement, n, NULL), 0);
    assert_int_equal(draws.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_near(draws.error[i], golden[i][0]);
        assert_near(draws.spread[i], golden[i][1]);
        assert_near(draws.regret[i], golden[i][2]);
    }
    draws_free(&draws);
}

static void test_without_replacement(void **state)
{
    (void)state;
    check(false, without, 8);
}

static void test_with_replacement(void **state)
{
    (void)state;
    check(true, with, 5);
}

/* The whole space drawn is the best in validation; with replacement it never quite is. */
static void test_limits(void **state)
{
    (void)state;
    struct draws draws;
    struct table table = small(2);
    assert_int_equal(draws_init(&draws, &table, false, 100, NULL), 0);
    assert_int_equal(draws.n, 8); /* cut to the space */
    assert_near(draws.error[7], ((100 - 60) + (100 - 49)) / 2.0);
    draws_free(&draws);
    assert_int_equal(draws_init(&draws, &table, true, 400, NULL), 0);
    assert_int_equal(draws.n, 400);
    assert_near(draws.error[399], 45.5);
    draws_free(&draws);
}

/* One seed is tested on itself. */
static void test_one_seed(void **state)
{
    (void)state;
    struct draws draws;
    struct table table = small(1);
    double mean, deviation;
    assert_int_equal(draws_init(&draws, &table, false, 8, NULL), 0);
    truth_average(&table, &mean, &deviation);
    assert_near(draws.error[0], 100 - mean); /* one draw is the average architecture */
    assert_near(draws.spread[0], deviation);
    assert_near(draws.regret[7], 0); /* validation and test agree on network 4 */
    draws_free(&draws);
}

/* Python: over the 8 strings, each the mean of its network's two seeds. */
static void test_average(void **state)
{
    (void)state;
    struct table table = small(2);
    double mean, deviation;
    truth_average(&table, &mean, &deviation);
    assert_near(mean, 50.5625);
    assert_near(deviation, 5.854685623498498);
}

static void test_equal(void **state)
{
    (void)state;
    double curve[] = {8, 5, 3, 4, 2.5};
    struct draws draws = {.regret = curve, .n = 5};
    assert_near(draws_equal(&draws, 9), 1);
    assert_near(draws_equal(&draws, 8), 1);
    assert_near(draws_equal(&draws, 6.5), 1.5);
    assert_near(draws_equal(&draws, 5), 2);
    assert_near(draws_equal(&draws, 3.5), 2.75); /* where it is first reached */
    assert_near(draws_equal(&draws, 2.5), 5);
    assert_true(isnan(draws_equal(&draws, 2.4)) && isnan(draws_equal(&draws, (double)NAN)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_replacement),
        cmocka_unit_test(test_with_replacement),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_one_seed),
        cmocka_unit_test(test_average),
        cmocka_unit_test(test_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
