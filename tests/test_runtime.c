/* Runtimes: the median of trials, runtimes and their distribution, crossings; the table and the
 * figures of them. */
#include "reports/curves.h"
#include "reports/figure.h"
#include "reports/runtime.h"

#include "tests/report_fixture.h"

#include <math.h>

#define G 1000000000ull

/* ---- Against an independent computation ------------------------------------------------------ */

/* Golden values: numpy 1.24 and scipy 1.10, brute force over every spending 0 .. 1000. Trial t of
 * method m makes move i = 0 .. 8 at 100 i + (37 t + 11 i^2 + 53 m) mod 100, to the value
 * ((31 t + 17 i^2 + 5 i + 41 m) mod 97) / (1 + i (1 + m)). The median is numpy.median over the trials
 * at each spending; a overtakes b at the start of the last run of spendings at which its median is
 * less; the distribution is scipy.stats.percentileofscore(runtimes, x, "weak") / 100, a target that
 * is never reached having the runtime infinity. */
#define MOVES 9
#define MOST  12

struct made {
    struct trajectory_move moves[MOST][MOVES];
    struct trajectory trials[MOST];
    size_t n;
};

static void make(struct made *made, unsigned m, size_t n)
{
    made->n = n;
    for (unsigned t = 0; t < n; t++) {
        for (unsigned i = 0; i < MOVES; i++)
            made->moves[t][i] = (struct trajectory_move){
                100 * i + (37 * t + 11 * i * i + 53 * m) % 100,
                (31 * t + 17 * i * i + 5 * i + 41 * m) % 97 / (double)(1 + i * (1 + m))};
        made->trials[t] = (struct trajectory){made->moves[t], MOVES};
    }
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-8))
        fail_msg("%.12g is not %.12g", value, expected);
}

static void assert_median(const struct trajectory *median, size_t n, const uint64_t spent[3],
                          const double value[3], uint64_t spent_sum, double value_sum)
{
    assert_int_equal(median->n, n);
    const size_t places[] = {0, n - 2, n - 1};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(median->moves[places[k]].spent, spent[k]);
        assert_near(median->moves[places[k]].value, value[k]);
    }
    for (size_t i = 0; i < n; i++) {
        spent_sum -= median->moves[i].spent;
        value_sum -= median->moves[i].value;
    }
    assert_int_equal(spent_sum, 0);
    assert_near(value_sum, 0);
}

static void medians(struct trajectory *zero, struct trajectory *one)
{
    static struct made made;
    make(&made, 0, 12);
    assert_int_equal(trajectory_median(made.trials, made.n, zero, NULL), 0);
    make(&made, 1, 11);
    assert_int_equal(trajectory_median(made.trials, made.n, one, NULL), 0);
}

static void test_median(void **state)
{
    (void)state;
    struct trajectory zero, one;
    medians(&zero, &one);
    assert_median(&zero, 65, (uint64_t[]){96, 878, 889}, (double[]){52, 6.479166667, 6.111111111},
                  31744, 864.570039683);
    assert_median(&one, 47, (uint64_t[]){90, 890, 894}, (double[]){41, 3.470588235, 2.117647059},
                  22142, 502.318566401);
    trajectory_free(&one);
    trajectory_free(&zero);
}

static void test_overtakes(void **state)
{
    (void)state;
    struct trajectory zero, one;
    medians(&zero, &one);
    assert_int_equal(trajectory_overtakes(&one, &zero, 1000), 230);
    assert_true(trajectory_overtakes(&zero, &one, 1000) == TRAJECTORY_NEVER);
    assert_int_equal(trajectory_overtakes(&zero, &one, 229), 214);
    assert_true(trajectory_overtakes(&zero, &one, 230) == TRAJECTORY_NEVER);
    assert_true(trajectory_overtakes(&one, &one, 1000) == TRAJECTORY_NEVER); /* equal: not below */
    trajectory_free(&one);
    trajectory_free(&zero);
}

static void test_distribution(void **state)
{
    (void)state;
    static const double targets[] = {40, 20, 10, 5, 2};
    static const uint64_t spent[] = {0, 50, 100, 250, 400, 800, 1000};
    static const double expected[2][7] = {
        {0.083333333, 0.116666667, 0.166666667, 0.566666667, 0.783333333, 0.883333333, 0.883333333},
        {0, 0.145454545, 0.2, 0.581818182, 0.781818182, 0.927272727, 0.963636364}};
    static struct made made;
    for (unsigned m = 0; m < 2; m++) {
        struct runtime_ecdf ecdf;
        make(&made, m, 12 - m);
        assert_int_equal(runtime_ecdf_init(&ecdf, made.trials, made.n, targets, 5, NULL), 0);
        assert_int_equal(ecdf.pairs, 5 * made.n);
        assert_int_equal(ecdf.reached, 53);
        for (int i = 0; i < 7; i++)
            assert_near(runtime_ecdf_at(&ecdf, spent[i]), expected[m][i]);
        runtime_ecdf_free(&ecdf);
    }
}

/* ---- By hand --------------------------------------------------------------------------------- */

/* Of moves at one spending only the last ever held. */
static void test_at_once(void **state)
{
    (void)state;
    struct trajectory_move moves[] = {{5, 1}, {5, 9}, {7, 3}, {9, 4}};
    struct trajectory trial = {moves, 4};
    assert_true(isnan(trajectory_at(&trial, 4)));
    assert_near(trajectory_at(&trial, 5), 9);
    assert_near(trajectory_at(&trial, 8), 3);
    assert_near(trajectory_at(&trial, 100), 4);
    assert_int_equal(trajectory_reach(&trial, 1e9), 5);
    assert_int_equal(trajectory_reach(&trial, 3), 7);
    assert_true(trajectory_reach(&trial, 2.5) == TRAJECTORY_NEVER);
}

/* What is not known changes nothing, and a trial that never knows leaves no median. */
static void test_unknown(void **state)
{
    (void)state;
    struct trajectory_move one[] = {{1, 4}, {2, (double)NAN}, {6, 2}}, two[] = {{3, 8}},
                           none[] = {{1, (double)NAN}};
    struct trajectory trials[] = {{one, 3}, {two, 1}, {none, 1}}, median;
    assert_int_equal(trajectory_median(trials, 2, &median, NULL), 0);
    assert_int_equal(median.n, 2);
    assert_true(median.moves[0].spent == 3 && median.moves[1].spent == 6);
    assert_near(median.moves[0].value, 6);
    assert_near(median.moves[1].value, 5);
    trajectory_free(&median);
    assert_int_equal(trajectory_median(trials, 3, &median, NULL), 0);
    assert_int_equal(median.n, 0);
    assert_true(trajectory_overtakes(&median, &trials[1], 10) == TRAJECTORY_NEVER);
    assert_true(trajectory_overtakes(&trials[1], &median, 10) == TRAJECTORY_NEVER);
    trajectory_free(&median);
}

/* Draws 1, 1.26, 1.58, 2, 2.5, 3.2, 4, 5, 6.3, 7.9, 10: as whole numbers, and where regret falls. */
static void test_targets(void **state)
{
    (void)state;
    double regret[] = {8, 6, 7, 5, 5, 4, 3.5, 3, 2.5, 2}, targets[RUNTIME_TARGETS];
    struct draws draws = {.regret = regret, .n = 9};
    static const double expected[] = {8, 6, 5, 4, 3};
    assert_int_equal(runtime_targets(&draws, targets), 5);
    for (int i = 0; i < 5; i++)
        assert_near(targets[i], expected[i]);
    draws.n = 10;
    assert_int_equal(runtime_targets(&draws, targets), 6);
    assert_near(targets[5], 2);
    draws.n = 0;
    assert_int_equal(runtime_targets(&draws, targets), 0);
}

/* ---- From traces ----------------------------------------------------------------------------- */

/* In test seed 0 network i < 7 has 50 + i and the best is 6. */
static void write_trial(const char *method, unsigned first, unsigned second)
{
    char path[160];
    struct fixture_query asked[] = {{first, 12, 40 + first, 1000 * G},
                                    {second, 12, 40 + second, 1000 * G}};
    struct fixture fixture = {.method = method,
                              .class = "RS",
                              .table = FAKE_DIGEST,
                              .queries = asked,
                              .n_queries = 2,
                              .network = second,
                              .test_accuracy = 50 + second};
    (void)snprintf(path, sizeof path, "%s/%s.trace", folder, method);
    fixture_write(&fixture, path);
}

struct raced {
    struct compared compared;
    struct anytime anytime;
    struct runtime runtime;
};

static void race(struct raced *raced, const struct table *table)
{
    struct error error;
    compare(&raced->compared, table);
    if (anytime_init(&raced->anytime, &raced->compared.comparison, table, &error) ||
        runtime_init(&raced->runtime, &raced->anytime, &error))
        fail_msg("%s", error.text);
}

static void raced_free(struct raced *raced)
{
    runtime_free(&raced->runtime);
    anytime_free(&raced->anytime);
    compared_free(&raced->compared);
}

static void test_rows(void **state)
{
    (void)state;
    struct raced raced;
    for (int i = 0; i < 2 * FAKE_NETWORKS; i++) /* validation that ranks as the test does */
        fake.valid_accuracy[12 * i + 11] = fake.test_accuracy[i];
    write_trial("random-search", 2, 3); /* regret 4, then 3 */
    write_trial("ahead", 1, 6);         /* 5, then 0 */
    write_trial("behind", 1, 2);        /* 5, then 4 */
    race(&raced, &fake.table);
    const struct runtime *runtime = &raced.runtime;
    assert_int_equal(runtime->n, 3);
    assert_ptr_equal(runtime->baseline, &runtime->rows[0]);
    assert_true(runtime->rows[0].overtakes == TRAJECTORY_NEVER);
    assert_int_equal(runtime->rows[1].overtakes, 2000 * G);
    assert_true(runtime->rows[2].overtakes == TRAJECTORY_NEVER);
    assert_true(runtime->n_targets > 1);
    assert_near(runtime_ecdf_at(&runtime->rows[1].ecdf, 2000 * G), 1);
    assert_near(trajectory_at(&runtime->rows[2].median, 6000 * G), 4);
    struct text text = {0};
    assert_int_equal(runtime_print(runtime, REPORT_TEXT, true, &text, NULL), 0);
    assert_non_null(strstr(text.data, "  0.00  2\n"));
    assert_non_null(strstr(text.data, "  4.00  not at the end\n"));
    assert_non_null(strstr(text.data, "below that of random-search, and stays so to the end.\n"));
    text_free(&text);
    assert_int_equal(runtime_print(runtime, REPORT_CSV, true, &text, NULL), 0);
    assert_non_null(strstr(text.data, ",100,regret,0,2,2\n"));
    text_free(&text);
    raced_free(&raced);
}

static void test_figures(void **state)
{
    (void)state;
    struct raced raced;
    write_trial("random-search", 2, 3);
    write_trial("ahead", 1, 6);
    race(&raced, &fake.table);
    assert_int_equal(runtime_write_ecdf(&raced.runtime, folder, "p", NULL), 0);
    assert_int_equal(runtime_write_crossing(&raced.runtime, folder, "p", NULL), 0);
    assert_content_in(folder, "p-crossing.dat",
                      "# ahead\n1 5 5 5\n2 5 5 5\n2 0 0 0\n6 0 0 0\n6 0 0 0\n");
    /* No regret lies at the axis' lower end: the tic below half the least of the others, 3. */
    assert_content_in(folder, "p-crossing.gp", "set object circle at 2, 1 size");
    assert_content_in(folder, "p-ecdf.dat", "# ahead\n");
    assert_content_in(folder, "p-ecdf.dat", "\n2 1 1 1\n6 1 1 1\n6 1 1 1\n");
    assert_content_in(folder, "p-ecdf.gp", "set yrange [0:1]\n");
    assert_content_in(folder, "p-ecdf.gp", "draw = \"plot data index 1 using 1:2 with lines");
    raced_free(&raced);
}

/* Where no trial reaches a target there is a figure all the same, and gnuplot draws it. */
static void test_nothing_reached(void **state)
{
    (void)state;
    struct raced raced;
    struct error error;
    struct curves medians = {.x_high = 6,
                             .title = "t",
                             .setting = "s",
                             .foot = "Foot.",
                             .unit = "u",
                             .y = "y",
                             .head = "h",
                             .columns = "c",
                             .logarithmic = true,
                             .y_most = (double)NAN};
    write_trial("behind", 1, 0);
    race(&raced, &fake.table);
    assert_int_equal(raced.runtime.rows[0].ecdf.reached, 0);
    assert_int_equal(runtime_write_ecdf(&raced.runtime, folder, "p", NULL), 0);
    assert_content_in(folder, "p-ecdf.gp", "set yrange [0:1]\n");
    assert_content_in(folder, "p-ecdf.gp", "Nothing is drawn: no curve has a point.");
    assert_int_equal(curves_open(&medians, 1, NULL), 0);
    medians.lines[0].label = "behind";
    assert_int_equal(curves_write(&medians, folder, "q", NULL), 0);
    assert_content_in(folder, "q.gp", "set yrange [0.01:1]\n");
    curves_close(&medians);
    if (system("command -v gnuplot >/dev/null") == 0 &&
        (figure_draw(folder, "p-ecdf", &error) || figure_draw(folder, "q", &error)))
        fail_msg("%s", error.text);
    raced_free(&raced);
}

/* Styles are the curves' own; labels show dashes where a colour stands for several. */
static void test_styles(void **state)
{
    (void)state;
    struct curves curves = {.x_high = 6,
                            .title = "t",
                            .setting = "s",
                            .foot = "Foot.",
                            .unit = "u",
                            .y = "y",
                            .head = "h",
                            .columns = "c",
                            .y_most = (double)NAN};
    assert_int_equal(curves_open(&curves, 2, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        curves.lines[i].label = i ? "other" : "one";
        curves.lines[i].style = 3 * i;
        curves_step(&curves, i, 1, 2 + 3.0 * (double)i, 1, 6);
        curves_step(&curves, i, 6, 1 + 3.0 * (double)i, 1, 6);
    }
    assert_int_equal(curves_write(&curves, folder, "q", NULL), 0);
    assert_content_in(folder, "q.gp",
                      "data index 1 using 1:2 with lines lw 2.2 dt solid lc rgb '#CC79A7'");
    assert_content_in(folder, "q.gp", " left noenhanced tc rgb '#CC79A7'");
    curves.lines[1].style = 8; /* of seven colours */
    assert_int_equal(curves_write(&curves, folder, "q", NULL), 0);
    assert_content_in(folder, "q.gp",
                      "rto character 3.6, 0 nohead lw 2.2 dt (7,4) lc rgb '#D55E00'\n");
    assert_content_in(folder, "q.gp",
                      "rto character 3.6, 0 nohead lw 2.2 dt solid lc rgb '#0072B2'\n");
    assert_content_in(folder, "q.gp", " left offset character 4.2, 0 noenhanced tc rgb '#D55E00'");
    curves_close(&curves);
}

/* Without regret there are no targets; medians are of the validation error; without random search
 * there is nothing to overtake. */
static void test_live(void **state)
{
    (void)state;
    struct raced raced;
    struct text text = {0};
    write_trial("ahead", 1, 6);
    race(&raced, NULL);
    assert_null(raced.runtime.baseline);
    assert_int_equal(raced.runtime.n_targets, 0);
    assert_true(isnan(runtime_ecdf_at(&raced.runtime.rows[0].ecdf, 1)));
    assert_int_equal(runtime_print(&raced.runtime, REPORT_TEXT, true, &text, NULL), 0);
    assert_non_null(strstr(text.data, "No targets: without a table that knows the best"));
    assert_non_null(strstr(text.data, "There are no trials of random search to be below of.\n"));
    text_free(&text);
    raced_free(&raced);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_overtakes),
        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_targets),
        REPORT_TEST(test_rows),
        REPORT_TEST(test_figures),
        REPORT_TEST(test_styles),
        REPORT_TEST(test_nothing_reached),
        REPORT_TEST(test_live),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
