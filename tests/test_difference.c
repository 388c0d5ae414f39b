/* Differences of two tables, on the made-up one (tests/table_made.h) and changes of it whose
 * effect is known: nothing, a shift, a reversal, rows that one lacks. */
#include "reports/accuracy.h"
#include "reports/difference.h"
#include "tests/table_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

enum { TRAINED = 59 }; /* architectures: all but that of network 39 */

static const size_t picks[] = {1, 10};

static struct made a, b;

static int set_up(void **state)
{
    (void)state;
    made_init(&a);
    made_init(&b);
    return 0;
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-9))
        fail_msg("%.12g is not %.12g", value, expected);
}

static void make(struct difference *difference, bool test)
{
    struct error error = {.text = ""};
    if (difference_make(difference, &a.table, &b.table, test, picks, 2, &error))
        fail_msg("%s", error.text);
}

static void test_same(void **state)
{
    (void)state;
    struct difference difference;
    for (int test = 0; test < 2; test++) {
        make(&difference, test);
        assert_int_equal(difference.n, TRAINED);
        assert_int_equal(difference.equal, TRAINED);
        assert_true(difference.only_a == 0 && difference.only_b == 0);
        assert_near(difference.shift, 0);
        assert_near(difference.slices[0].tau, 1);
        assert_near(difference.reversed, 0);
        assert_near(difference.a_judged_by_b.picks[0].rank, 1);
        assert_near(difference.b_judged_by_a.picks[1].precision, 1);
        assert_near(difference.params[0], difference.params[1]);
        assert_int_equal(difference.rows[0].architecture, 0); /* equals by index */
        assert_int_equal(difference.rows[TRAINED - 1].architecture, MADE_COUNT - 1);
        difference_free(&difference);
    }
}

/* One network has 2 more under both seeds: two architectures, 4 points in sum. */
static void test_shift(void **state)
{
    (void)state;
    struct difference difference;
    for (int seed = 0; seed < MADE_SEEDS; seed++)
        b.test[seed * MADE_NETWORKS + 12] += 2;
    make(&difference, true);
    assert_int_equal(difference.equal, TRAINED - 2);
    assert_near(difference.shift, 4.0 / TRAINED);
    assert_near(difference.distance, 4.0 / TRAINED);
    assert_int_equal(difference.rows[0].architecture, 12);
    assert_int_equal(difference.rows[1].architecture, 52);
    assert_near(difference.rows[0].b - difference.rows[0].a, 2);
    assert_true(difference.slices[0].tau < 1);
    difference_free(&difference);
    make(&difference, false); /* the validation is as it was */
    assert_int_equal(difference.equal, TRAINED);
    difference_free(&difference);
}

/* 100 less everything: every pair that is ordered is ordered otherwise, the best is the worst. */
static void test_reversal(void **state)
{
    (void)state;
    struct difference difference;
    double least = 100, most = 0;
    for (int i = 0; i < MADE_SEEDS * MADE_NETWORKS; i++)
        b.test[i] = 100 - a.test[i];
    for (uint32_t network = 0; network < 39; network++) {
        double test = accuracy_of(&a.table, network, ACCURACY_TEST, ACCURACY_ALL);
        least = test < least ? test : least;
        most = test > most ? test : most;
    }
    make(&difference, true);
    assert_near(difference.slices[0].tau, -1);
    assert_near(difference.reversed, 1);
    assert_near(difference.a_judged_by_b.picks[0].regret, most - least);
    assert_near(difference.params[0], -difference.params[1]);
    assert_near(difference.macs[0], -difference.macs[1]);
    assert_near(difference.a_judged_by_b.picks[0].precision, 0);
    difference_free(&difference);
}

/* Rows that one lacks count on neither side; a column that one lacks leaves nothing to compare. */
static void test_lacking(void **state)
{
    (void)state;
    struct difference difference;
    for (int seed = 0; seed < MADE_SEEDS; seed++)
        for (int t = 0; t < MADE_POINTS; t++)
            b.valid[(seed * MADE_NETWORKS + 5) * MADE_POINTS + t] = (float)NAN;
    make(&difference, false);
    assert_int_equal(difference.only_a, 2); /* 5 and 45 */
    assert_int_equal(difference.only_b, 0);
    assert_int_equal(difference.n, TRAINED - 2);
    assert_near(difference.slices[0].tau, 1);
    difference_free(&difference);
    made_init(&b);
    a.table.test_accuracy = NULL;
    make(&difference, true);
    assert_int_equal(difference.n, 0);
    assert_int_equal(difference.only_b, TRAINED);
    assert_true(isnan(difference.slices[0].tau) && isnan(difference.shift) &&
                isnan(difference.params[0]));
    difference_free(&difference);
}

static void test_other_space(void **state)
{
    (void)state;
    struct difference difference;
    struct error error;
    strcpy(b.table.identity.space, "chain");
    assert_int_equal(difference_make(&difference, &a.table, &b.table, true, picks, 2, &error),
                     ERROR_MISMATCH);
    assert_string_equal(error.text, "made.h5 is of space cell, made.h5 of chain");
    assert_null(difference.rows);
}

/* Slices hold what both have, rounded up; a reversed order is -1 in all of them; the report names each. */
static void test_slices(void **state)
{
    (void)state;
    struct difference difference;
    struct text out = {0};
    enum report_format format;
    struct error error;
    for (int i = 0; i < MADE_SEEDS * MADE_NETWORKS; i++)
        b.test[i] = 100 - a.test[i];
    make(&difference, true);
    assert_true(difference.slices[0].n == TRAINED && difference.slices[4].n == TRAINED);
    assert_true(difference.slices[1].n == 6 && difference.slices[2].n == 6);
    for (int i = 0; i < DIFFERENCE_SLICES; i++) {
        assert_near(difference.slices[i].tau, -1);
        assert_near(difference.slices[i].rho, -1);
    }
    assert_int_equal(difference_print(&difference, REPORT_TEXT, true, &out, &error), 0);
    assert_non_null(strstr(out.data, "rank correlation of test accuracy: A "));
    assert_non_null(strstr(out.data, "incomplete) and B "));
    assert_non_null(strstr(out.data, "\ntop 10 %  B    6  -1.000    -1.000\n"));
    text_free(&out);
    assert_int_equal(difference_print(&difference, REPORT_CSV, false, &out, &error), 0);
    assert_null(strstr(out.data, "tau_b"));
    assert_non_null(strstr(out.data, ",test,top 1000,A,59,-1,-1\n"));
    text_free(&out);
    difference_free(&difference);
    made_init(&b);
    assert_int_equal(frame_format("csv", &format, &error), 0);
    assert_int_equal(format, REPORT_CSV);
    assert_int_equal(frame_format("html", &format, &error), ERROR_ARGUMENT);
    assert_string_equal(error.text, "format = html: must be text, markdown, csv or latex");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_same, set_up),
        cmocka_unit_test_setup(test_shift, set_up),
        cmocka_unit_test_setup(test_reversal, set_up),
        cmocka_unit_test_setup(test_lacking, set_up),
        cmocka_unit_test_setup(test_slices, set_up),
        cmocka_unit_test_setup(test_other_space, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
