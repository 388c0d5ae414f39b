/* Elementary functions: the promised error bounds against long double libm over sweeps, the edges, and
 * golden bits (numerics version 1). */
#include "base/numeric.h"

#include "base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

enum { SWEEP = 200000 };

/* Relative error of `found`; absolute where the true value is below 1e-300. */
static double relative(double found, long double truth)
{
    long double scale = fabsl(truth) > 1e-300L ? fabsl(truth) : 1;
    return (double)(fabsl((long double)found - truth) / scale);
}

/* Uniform in [from, to), the same points in every run. */
static double point(struct random_stream *stream, double from, double to)
{
    return from + (to - from) * random_uniform(stream);
}

static struct random_stream sweep(uint32_t item)
{
    return random_stream(1, RANDOM_TEST, 0, item);
}

static void exp_is_within_its_bound(void **state)
{
    (void)state;
    static const double ranges[][2] = {{-700, 700}, {-1, 1}, {-40, 40}, {-1e-8, 1e-8}};
    struct random_stream stream = sweep(0);
    for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++)
        for (int i = 0; i < SWEEP; i++) {
            double x = point(&stream, ranges[range][0], ranges[range][1]);
            assert_true(relative(numeric_exp(x), expl((long double)x)) < 1e-15);
        }
}

static void exp_at_the_edges(void **state)
{
    (void)state;
    assert_true(numeric_exp(0.0) == 1.0);
    assert_true(numeric_exp(-0.0) == 1.0);
    assert_true(numeric_exp(-746.0) == 0.0);
    assert_true(numeric_exp(-(double)INFINITY) == 0.0);
    assert_true(isinf(numeric_exp(709.79)));
    assert_true(isinf(numeric_exp((double)INFINITY)));
    assert_true(isfinite(numeric_exp(709.78)));
    assert_true(numeric_exp(-744.0) > 0.0); /* subnormal */
    assert_true(isnan(numeric_exp((double)NAN)));
}

static void log_is_within_its_bound(void **state)
{
    (void)state;
    struct random_stream stream = sweep(1);
    for (int i = 0; i < SWEEP; i++) {
        double wide = exp(point(&stream, -700, 700)), near = point(&stream, 0.5, 2);
        double close = 1 + point(&stream, -1e-6, 1e-6);
        assert_true(relative(numeric_log(wide), logl((long double)wide)) < 1e-15);
        assert_true(relative(numeric_log(near), logl((long double)near)) < 1e-15);
        assert_true(relative(numeric_log(close), logl((long double)close)) < 1e-15);
    }
}

static void log_at_the_edges(void **state)
{
    (void)state;
    assert_true(numeric_log(1.0) == 0.0);
    assert_true(isinf(numeric_log(0.0)) && numeric_log(0.0) < 0);
    assert_true(isnan(numeric_log(-1.0)));
    assert_true(relative(numeric_log(5e-324), logl((long double)5e-324)) <
                1e-15); /* smallest subnormal */
    assert_true(relative(numeric_log(1.7976931348623157e308),
                         logl((long double)1.7976931348623157e308)) < 1e-15);
}

static void cos_is_within_its_bound(void **state)
{
    (void)state;
    struct random_stream stream = sweep(2);
    for (int i = 0; i < SWEEP; i++) {
        double small = point(&stream, -10, 10), large = point(&stream, -1e6, 1e6);
        double turn = point(&stream, 0, 6.3);
        assert_true(fabs(numeric_cos(turn) - (double)cosl((long double)turn)) < 1e-15);
        assert_true(fabs(numeric_cos(small) - (double)cosl((long double)small)) < 1e-15);
        assert_true(fabs(numeric_cos(large) - (double)cosl((long double)large)) <
                    1e-15 * fmax(1, fabs(large)));
    }
    assert_true(numeric_cos(0.0) == 1.0);
    assert_true(fabs(numeric_cos(NUMERIC_PI) + 1.0) < 1e-15);
    assert_true(fabs(numeric_cos(NUMERIC_PI / 2)) < 1e-15);
}

static void tanh_is_within_its_bound(void **state)
{
    (void)state;
    static const double ranges[][2] = {{-25, 25}, {-1, 1}, {0.1, 0.15}, {-1e-6, 1e-6}};
    struct random_stream stream = sweep(3);
    for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++)
        for (int i = 0; i < SWEEP; i++) {
            double x = point(&stream, ranges[range][0], ranges[range][1]);
            assert_true(relative(numeric_tanh(x), tanhl((long double)x)) < 1e-14);
            assert_true(numeric_tanh(-x) == -numeric_tanh(x));
        }
    assert_true(numeric_tanh(0.0) == 0.0);
    assert_true(numeric_tanh(1000.0) == 1.0 && numeric_tanh(-1000.0) == -1.0);
    assert_true(isnan(numeric_tanh((double)NAN)));
}

static void sigmoid_is_within_its_bound(void **state)
{
    (void)state;
    static const double ranges[][2] = {{-700, 40}, {-40, 40}, {-1, 1}, {-1e-8, 1e-8}};
    struct random_stream stream = sweep(5);
    for (size_t range = 0; range < sizeof ranges / sizeof *ranges; range++)
        for (int i = 0; i < SWEEP; i++) {
            double x = point(&stream, ranges[range][0], ranges[range][1]);
            assert_true(relative(numeric_sigmoid(x), 1 / (1 + expl(-(long double)x))) < 1e-14);
        }
    assert_true(numeric_sigmoid(0.0) == 0.5);
    assert_true(numeric_sigmoid(-1000.0) == 0.0 && numeric_sigmoid(1000.0) == 1.0);
    assert_true(numeric_sigmoid(37.5) == 1.0);
    assert_true(isnan(numeric_sigmoid((double)NAN)));
}

/* Digest of many results: these bits are part of the numerics version. */
static void bits_are_golden(void **state)
{
    (void)state;
    struct random_stream stream = sweep(4);
    uint64_t hash = 14695981039346656037u; /* FNV-1a over the results */
    for (int i = 0; i < SWEEP; i++) {
        double x = point(&stream, -30, 30);
        double values[] = {numeric_exp(x), numeric_log(fabs(x)), numeric_cos(x),
                           numeric_tanh(x / 8)};
        for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
            uint64_t bits;
            memcpy(&bits, &values[k], sizeof bits);
            hash = (hash ^ bits) * 1099511628211u;
        }
    }
    assert_int_equal(hash, 0x01e52bbcb25e75a7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_its_bound),     cmocka_unit_test(exp_at_the_edges),
        cmocka_unit_test(log_is_within_its_bound),     cmocka_unit_test(log_at_the_edges),
        cmocka_unit_test(cos_is_within_its_bound),     cmocka_unit_test(tanh_is_within_its_bound),
        cmocka_unit_test(sigmoid_is_within_its_bound), cmocka_unit_test(bits_are_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
