/* Landmarks and plots of a small made-up table; correlations against SciPy 1.10.1 (stats.kendalltau
 * for each seed, the mean taken in Python; Spearman's of validation and test in plain Python). */
#include "base/file.h"
#include "reports/figure.h"
#include "reports/landmarks.h"
#include "reports/table_plot.h"
#include "tests/scratch.h"
#include "tests/table_made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-11))
        fail_msg("%.12g is not %.12g", value, expected);
}

static void find(struct landmarks *landmarks, const struct made *made)
{
    struct error error;
    if (landmarks_find(landmarks, &made->table, &error))
        fail_msg("%s", error.text);
}

/* Network 4, trained with seed 0 alone, has 46 + 12 and 5 more in the test; network 20, with
 * seed 1 alone, has 1 + 12 and 4 more. */
static void test_extremes(void **state)
{
    struct made made;
    struct landmarks landmarks;
    (void)state;
    made_init(&made);
    find(&landmarks, &made);
    assert_int_equal(landmarks.n, 59);
    assert_int_equal(landmarks.best_valid.architecture, 4);
    assert_near(landmarks.best_valid.valid, 58);
    assert_near(landmarks.best_valid.test, 63);
    assert_int_equal(landmarks.worst_valid.architecture, 20);
    assert_near(landmarks.worst_valid.valid, 13);
    assert_near(landmarks.worst_valid.test, 17);
    assert_near(landmarks.regret, 0);
    assert_int_equal(landmarks.rank, 1);
    made.test[11] = made.test[MADE_NETWORKS + 11] = 90; /* of architectures 11 and 51 */
    find(&landmarks, &made);
    assert_int_equal(landmarks.best_valid.architecture, 4);
    assert_int_equal(landmarks.best_test.architecture, 11);
    assert_near(landmarks.best_test.test, 90);
    assert_near(landmarks.regret, 27);
    assert_int_equal(landmarks.rank, 3);
}

static void test_correlations(void **state)
{
    static const double points[] = {0.194434636065, 0.19986611224, 0.602241443815, 1};
    struct made made;
    struct landmarks landmarks;
    (void)state;
    made_init(&made);
    find(&landmarks, &made);
    for (size_t t = 0; t < MADE_POINTS; t++)
        assert_near(landmarks.point[t], points[t]);
    assert_near(landmarks.valid_test, 0.919304306828);
    assert_near(landmarks.valid_test_rho, 0.987526941829);
    assert_near(landmarks.noise.n, 49);
    assert_near(landmarks.noise.tau, 0.2786885245901639);
    assert_near(landmarks.noise.rho, -0.04590716437726599);
    assert_near(landmarks.noise.weighted, 0.11803171308116317);
    assert_near(landmarks.noise_top.n, 49); /* no more than there are */
}

/* Without tests, with one seed, without anything. */
static void test_lacking(void **state)
{
    struct made made;
    struct landmarks landmarks;
    (void)state;
    made_init(&made);
    made.table.test_accuracy = NULL;
    made.table.seeds = 1;
    find(&landmarks, &made);
    assert_int_equal(landmarks.best_valid.architecture, 1); /* (37 + 112) % 50 + 12 */
    assert_near(landmarks.best_valid.valid, 61);
    assert_true(isnan(landmarks.best_valid.test) && isnan(landmarks.regret));
    assert_true(isnan(landmarks.valid_test));
    assert_near(landmarks.point[3], 1);
    assert_true(landmarks.noise.n == 0 && isnan(landmarks.noise.tau));
    for (size_t i = 0; i < sizeof made.valid / sizeof *made.valid; i++)
        made.valid[i] = (float)NAN;
    find(&landmarks, &made);
    assert_int_equal(landmarks.n, 0);
}

/* Tests alone, as imported tables may have them: they are what is best, and what noise is of. */
static void test_tests_alone(void **state)
{
    struct made made;
    struct landmarks landmarks;
    (void)state;
    made_init(&made);
    made.table.valid_accuracy = NULL;
    for (int seed = 0; seed < MADE_SEEDS; seed++)
        for (int i = 0; i < MADE_NETWORKS; i++)
            made.test[seed * MADE_NETWORKS + i] = (float)((i * 7 + 3 * seed) % 40);
    find(&landmarks, &made);
    assert_int_equal(landmarks.n, MADE_COUNT);
    assert_int_equal(landmarks.best_test.architecture, 28); /* 36 and 39; 17 has 39 and 2 */
    assert_near(landmarks.best_test.test, 37.5);
    assert_true(isnan(landmarks.best_valid.valid) && isnan(landmarks.worst_valid.valid));
    assert_true(isnan(landmarks.regret) && isnan(landmarks.valid_test));
    assert_near(landmarks.noise.n, MADE_COUNT);
}

/* ---- Plots ----------------------------------------------------------------------------------- */

/* Not inlined: gcc 12 would take what is found in the text for a pointer to the variable. */
__attribute__((noinline)) static char *content(const char *folder, const char *name)
{
    char path[512], *text;
    size_t size;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (file_read(path, &text, &size, NULL))
        fail_msg("%s cannot be read", path);
    return text;
}

static void assert_content(const char *folder, const char *name, const char *part)
{
    char *text = content(folder, name);
    if (!strstr(text, part))
        fail_msg("%s: \"%s\" does not contain \"%s\"", name, text, part);
    free(text);
}

/* 39 dots; then the best of each cost that beats all that is cheaper, by the formula of table_made.h
 * in Python: 53.5, 56 and 58 at 1, 2 and 5 MFLOP. */
static void test_cost_data(void **state)
{
    struct made made;
    struct landmarks landmarks;
    struct error error;
    (void)state;
    made_init(&made);
    find(&landmarks, &made);
    const char *folder = scratch_folder("cost");
    if (table_plot_write(&made.table, &landmarks, folder, &error))
        fail_msg("%s", error.text);
    char *text = content(folder, "cell-smoke-cost.dat");
    char *front = strstr(text, "# the best for their cost\n");
    assert_non_null(front);
    int dots = 0, on_front = 0;
    for (const char *at = text; (at = strchr(at, '\n')) && at < front; at++)
        dots += at[1] >= '0' && at[1] <= '9';
    assert_int_equal(dots, 39);
    double found[4][2] = {{0}};
    for (char *at = strchr(front, '\n') + 1; on_front < 4 && *at; at = strchr(at, '\n') + 1)
        on_front += sscanf(at, "%lf %lf", &found[on_front][0], &found[on_front][1]) == 2;
    static const double expected[4][2] = {{1, 53.5}, {2, 56}, {5, 58}};
    assert_int_equal(on_front, 3);
    assert_memory_equal(found, expected, sizeof expected);
    free(text);
    assert_content(folder, "cell-smoke-cost.gp", "set object circle at 5, 58 ");
    assert_content(folder, "cell-smoke-cost.gp",
                   "'cell, smoke (numerics 1, table 7ab1e7ab): 39 of 40 networks, 2 seeds'");
}

/* The last point: of 39 networks' means the quantiles that numpy.quantile gives, and the best. */
static void test_curves_data(void **state)
{
    struct made made;
    struct landmarks landmarks;
    struct error error;
    (void)state;
    made_init(&made);
    find(&landmarks, &made);
    const char *folder = scratch_folder("curves");
    assert_int_equal(table_plot_write(&made.table, &landmarks, folder, &error), 0);
    assert_content(folder, "cell-smoke-curves.dat", "\n4 18.4 26.5 36.5 42 54.65 58\n");
    assert_content(folder, "cell-smoke-curves.gp", "set xtics 1\nset xrange [1:4]\n");
    assert_content(folder, "cell-smoke-curves.gp", "set label 'median' at graph 1.028, ");
    assert_int_equal(table_plot_write(&made.table, &landmarks, "/nonexistent", &error), ERROR_IO);
    assert_string_equal(error.text, "/nonexistent/cell-smoke-cost.dat: cannot be written: No such "
                                    "file or directory");
}

/* gnuplot takes both scripts; a plot of before does not stay where it does not. */
static void test_draw(void **state)
{
    struct made made;
    struct landmarks landmarks;
    struct error error;
    (void)state;
    made_init(&made);
    find(&landmarks, &made);
    const char *folder = scratch_folder("draw");
    assert_int_equal(table_plot_write(&made.table, &landmarks, folder, &error), 0);
    for (int i = 0; i < TABLE_PLOTS; i++) {
        struct text name = {0}, svg = {0}, png = {0};
        table_plot_name(&made.table, i, &name);
        int status = figure_draw(folder, name.data, &error);
        if (status == ERROR_MISSING)
            skip();
        if (status)
            fail_msg("%s", error.text);
        text_append(&svg, "%s.svg", name.data);
        text_append(&png, "%s.png", name.data);
        assert_content(folder, svg.data, "validation accuracy, %");
        assert_content(folder, png.data, "\x89PNG");
        text_free(&png);
        text_free(&svg);
        text_free(&name);
    }
    char path[512];
    (void)snprintf(path, sizeof path, "%s/cell-smoke-cost.dat", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(figure_draw(folder, "cell-smoke-cost", &error), ERROR_IO);
    assert_non_null(strstr(error.text, "cell-smoke-cost.gp: "));
    (void)snprintf(path, sizeof path, "%s/cell-smoke-cost.svg", folder);
    char *text = NULL;
    size_t size = 0;
    if (file_read(path, &text, &size, NULL) == 0) /* gnuplot may have begun another */
        assert_null(strstr(text, "</svg>"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extremes),  cmocka_unit_test(test_correlations),
        cmocka_unit_test(test_lacking),   cmocka_unit_test(test_tests_alone),
        cmocka_unit_test(test_cost_data), cmocka_unit_test(test_curves_data),
        cmocka_unit_test(test_draw),
    };
    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
