/* Random search: what it draws, when it stops, what it returns; its distribution in closed form. */
#include "tests/fake_trial.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Accuracy = index: the best drawn is the largest number. */
static double by_index(struct fake_trial *fake, const struct nasbed_architecture *a, int point)
{
    (void)fake;
    (void)point;
    return (double)fake_index(a);
}

/* Early points tell nothing but a reversed order. */
static double reversed_early(struct fake_trial *fake, const struct nasbed_architecture *a,
                             int point)
{
    double index = (double)fake_index(a);
    return point < fake->points ? -index : index;
}

static void run(struct fake_trial *fake, const char *assignments)
{
    fake_run(fake, "random-search", assignments);
}

static void test_never_draws_twice(void **state)
{
    (void)state;
    struct fake_trial fake;
    bool seen[40] = {false};
    fake_init(&fake, 40, 1000, 1);
    fake.accuracy = by_index;
    run(&fake, "");
    assert_int_equal(fake.n, 40); /* the whole space, then it ends */
    assert_int_equal(fake.refused, 0);
    for (int i = 0; i < fake.n; i++) {
        assert_false(seen[fake_index(&fake.asked[i])]);
        seen[fake_index(&fake.asked[i])] = true;
    }
    assert_int_equal(fake_index(&fake.choice), 39); /* n = N: the validation-best */
    fake_free(&fake);
}

static void test_draws_again_with_replacement(void **state)
{
    (void)state;
    struct fake_trial fake;
    int repeats = 0;
    fake_init(&fake, 40, 100, 1);
    fake.accuracy = by_index;
    run(&fake, "replacement=yes");
    assert_int_equal(fake.n, 100);
    for (int i = 0; i < fake.n; i++)
        for (int j = 0; j < i; j++)
            repeats += fake_index(&fake.asked[i]) == fake_index(&fake.asked[j]);
    assert_true(repeats >= 60);
    fake_free(&fake);
}

/* The first draws of a long run are those of a short one. */
static void test_prefix(void **state)
{
    (void)state;
    struct fake_trial brief, lengthy;
    fake_init(&brief, 5000, 17, 9);
    fake_init(&lengthy, 5000, 300, 9);
    brief.accuracy = lengthy.accuracy = by_index;
    run(&brief, "");
    run(&lengthy, "");
    assert_int_equal(brief.n, 17);
    assert_int_equal(brief.refused, 1); /* the draw that could not be paid ended it */
    assert_int_equal(lengthy.n, 300);
    for (int i = 0; i < brief.n; i++)
        assert_int_equal(fake_index(&brief.asked[i]), fake_index(&lengthy.asked[i]));
    fake_free(&brief);
    fake_free(&lengthy);
}

static void test_nothing_paid(void **state)
{
    (void)state;
    struct fake_trial fake;
    fake_init(&fake, 10, 0, 3);
    fake.accuracy = by_index;
    run(&fake, "");
    assert_int_equal(fake.n, 0);
    assert_true(fake_index(&fake.choice) < 10); /* a random architecture */
    fake_free(&fake);
}

/* P(the best of n draws without repeats is i) = C(i-1, n-1) / C(N, n), i = 1 .. N by rank. */
static double expected_best(int N, int n, double *variance)
{
    double mean = 0, square = 0;
    for (int i = n; i <= N; i++) {
        double p = exp(lgamma(i) - lgamma(n) - lgamma(i - n + 1) -
                       (lgamma(N + 1) - lgamma(n + 1) - lgamma(N - n + 1)));
        mean += p * i;
        square += p * i * i;
    }
    *variance = square - mean * mean;
    return mean;
}

static void check_closed_form(int N, int n)
{
    enum { RUNS = 4000 };
    double sum = 0, variance, mean = expected_best(N, n, &variance);
    for (int r = 0; r < RUNS; r++) {
        struct fake_trial fake;
        fake_init(&fake, (uint64_t)N, (uint64_t)n, (uint64_t)r);
        fake.accuracy = by_index;
        run(&fake, "");
        sum += (double)fake_index(&fake.choice) + 1;
        fake_free(&fake);
    }
    double standard_error = sqrt(variance / RUNS);
    assert_true(fabs(sum / RUNS - mean) <= 3 * standard_error + 1e-9);
}

static void test_closed_form(void **state)
{
    (void)state;
    check_closed_form(60, 1); /* the mean of the space */
    check_closed_form(60, 5);
    check_closed_form(60, 20);
    check_closed_form(60, 60);
}

/* All are looked at early, the best of those are trained to the end, the best there is the choice.
 */
static void test_short(void **state)
{
    (void)state;
    struct fake_trial fake;
    fake_init(&fake, 1000, 10, 5);
    fake.accuracy = reversed_early;
    fake.continues = true;
    run(&fake, "short=3,top=2");
    /* 12,000 FLOPs, of which 2 x 900 are held for going on; a look costs 300. */
    assert_int_equal(fake.n, 34 + 2);
    assert_int_equal(fake.left, 0);
    uint64_t least = UINT64_MAX, second = UINT64_MAX;
    for (int i = 0; i < 34; i++) {
        uint64_t index = fake_index(&fake.asked[i]);
        assert_int_equal(fake.asked_point[i], 3);
        second = index < least ? least : index < second ? index : second;
        least = index < least ? index : least;
    }
    assert_int_equal(fake_index(&fake.asked[34]), least); /* the best by the early point */
    assert_int_equal(fake_index(&fake.asked[35]), second);
    assert_int_equal(fake.asked_point[34], 12);
    assert_int_equal(fake_index(&fake.choice), second); /* the best at the end */
    fake_free(&fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_never_draws_twice),
                                       cmocka_unit_test(test_draws_again_with_replacement),
                                       cmocka_unit_test(test_prefix),
                                       cmocka_unit_test(test_nothing_paid),
                                       cmocka_unit_test(test_closed_form),
                                       cmocka_unit_test(test_short)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
