/* Anytime curves: the incumbent of a trial, the mean over trials, and the files for gnuplot. */
#include "base/file.h"
#include "reports/anytime.h"

#include "reports/gnuplot.h"
#include "tests/report_fixture.h"

#include <math.h>
#include <unistd.h>

#define G 1000000000ull

static struct fixture trial(const char *method, unsigned seed, const struct fixture_query *queries,
                            size_t n, unsigned network)
{
    return (struct fixture){.method = method,
                            .class = "EA",
                            .seed = seed,
                            .queries = queries,
                            .n_queries = n,
                            .network = network,
                            .table = FAKE_DIGEST,
                            .test_accuracy = network < 7 ? 50 + network : 55};
}

static void write_trial(const struct fixture *fixture)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s-%u.trace", folder, fixture->method, fixture->seed);
    fixture_write(fixture, path);
}

struct drawn {
    struct compared compared;
    struct anytime anytime;
};

static void draw(struct drawn *drawn, const struct table *table)
{
    struct error error;
    compare(&drawn->compared, table);
    if (anytime_init(&drawn->anytime, &drawn->compared.comparison, table, &error))
        fail_msg("%s", error.text);
}

static void drawn_free(struct drawn *drawn)
{
    anytime_free(&drawn->anytime);
    compared_free(&drawn->compared);
}

static void assert_steps(const struct anytime_curve *curve, const struct anytime_step *expected,
                         size_t n)
{
    assert_int_equal(curve->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(curve->steps[i].spent, expected[i].spent);
        if (fabs(curve->steps[i].mean - expected[i].mean) > 1e-9 ||
            fabs(curve->steps[i].error - expected[i].error) > 1e-9)
            fail_msg("step %zu: %.9g +- %.9g", i, curve->steps[i].mean, curve->steps[i].error);
    }
}

/* Network 2 leads at point 4 and falls behind 3 when it is trained on; an earlier point asked
 * afterwards says nothing new; the choice at the end need not be the incumbent. */
static const struct fixture_query changing[] = {{2, 4, 60, 500 * G},   {3, 4, 58, 500 * G},
                                                {2, 12, 57, 1000 * G}, {3, 1, 20, 0},
                                                {4, 4, 40, 500 * G},   {4, 12, 61, 1000 * G}};

static void test_incumbent(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("local-search", 0, changing, 6, 2);
    write_trial(&fixture);
    draw(&drawn, NULL);
    assert_false(drawn.anytime.regret);
    const struct anytime_step expected[] = {
        {500 * G, 40, 0}, {2000 * G, 42, 0}, {3500 * G, 43, 0}, {6000 * G, 43, 0}};
    assert_steps(&drawn.anytime.curves[0], expected, 4);
    drawn_free(&drawn);
}

/* The same trial by its regret under test seed 0: networks 2, 3 have 52, 53 of 56. */
static void test_regret(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("local-search", 0, changing, 6, 2);
    write_trial(&fixture);
    draw(&drawn, &fake.table);
    assert_true(drawn.anytime.regret);
    const struct anytime_step expected[] = {
        {500 * G, 4, 0}, {2000 * G, 3, 0}, {3500 * G, 4, 0}, {6000 * G, 4, 0}};
    assert_steps(&drawn.anytime.curves[0], expected, 4);
    drawn_free(&drawn);
}

/* An answer that the table does not have moves nothing. */
static void test_unknown_answer(void **state)
{
    (void)state;
    struct drawn drawn;
    struct text text = {0};
    char path[96];
    struct fixture fixture = trial("local-search", 0, changing, 6, 2);
    fixture_body(&fixture, &text);
    fixture_replace(&text, "\"valid_accuracy\":57", "\"valid_accuracy\":null");
    fixture_seal(&text);
    (void)snprintf(path, sizeof path, "%s/x.trace", folder);
    fixture_store(&text, path);
    text_free(&text);
    draw(&drawn, NULL);
    const struct anytime_step expected[] = {{500 * G, 40, 0}, {3500 * G, 43, 0}, {6000 * G, 43, 0}};
    assert_steps(&drawn.anytime.curves[0], expected, 3);
    drawn_free(&drawn);
}

static const struct fixture_query first[] = {{1, 12, 50, 1000 * G}, {2, 12, 60, 2000 * G}};
static const struct fixture_query second[] = {{3, 12, 54, 2000 * G}, {4, 12, 55, 1000 * G}};

/* Two trials: the curve begins where both have something in hand, moves when both move at once,
 * and its band is |a - b| / 2. */
static void test_mean(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture a = trial("local-search", 0, first, 2, 2);
    struct fixture b = trial("local-search", 1, second, 2, 4);
    write_trial(&a);
    write_trial(&b);
    draw(&drawn, NULL);
    const struct anytime_step expected[] = {
        {2000 * G, 48, 2}, {3000 * G, 42.5, 2.5}, {6000 * G, 42.5, 2.5}};
    assert_steps(&drawn.anytime.curves[0], expected, 3);
    drawn_free(&drawn);
}

static void assert_explained(const struct drawn *drawn, const char *expected)
{
    struct text said = {0};
    anytime_explain(&drawn->anytime, &said);
    assert_string_equal(said.data ? said.data : "", expected);
    text_free(&said);
}

/* A search that asks for nothing has its choice in hand at the end, and no curve before. */
static void test_no_queries(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("darts", 0, NULL, 0, 2);
    write_trial(&fixture);
    draw(&drawn, NULL);
    const struct anytime_step expected[] = {{0, 50, 0}, {6000 * G, 50, 0}};
    assert_steps(&drawn.anytime.curves[0], expected, 2);
    assert_explained(&drawn,
                     "darts: nothing is on record of what they have in hand before they finish "
                     "(weights are shared and say of no architecture what it is worth): the "
                     "curve begins where the last of the trials has finished.\n");
    drawn_free(&drawn);
}

/* Store `fixture`, whose queries charge `queried`, with `lines` before its finish, when `spent` is
 * spent; both in full trainings of its budget of 6. */
static void write_with(const struct fixture *fixture, const char *lines, int queried, int spent)
{
    struct text text = {0}, finish = {0};
    char path[160], before[96], after[96];
    static const char form[] = "\"charge\":0,\"spent\":%llu,\"left\":%llu}";
    (void)snprintf(before, sizeof before, form, 1000ull * G * (unsigned)queried,
                   1000ull * G * (unsigned)(6 - queried));
    (void)snprintf(after, sizeof after, form, 1000ull * G * (unsigned)spent,
                   1000ull * G * (unsigned)(6 - spent));
    fixture_body(fixture, &text);
    text_append(&finish, "%s{\"event\":\"finish\"", lines);
    fixture_replace(&text, "{\"event\":\"finish\"", finish.data);
    fixture_replace(&text, before, after);
    fixture_seal(&text);
    (void)snprintf(path, sizeof path, "%s/%s-%u.trace", folder, fixture->method, fixture->seed);
    fixture_store(&text, path);
    text_free(&finish);
    text_free(&text);
}

#define UNJUDGED                                                                                   \
    "what they have in hand before they finish is on record, an architecture or a network that "   \
    "grows with weights of its own. What it is worth when it is trained as all are, a table "      \
    "would say, and there is none: the curve shows only what was trained so.\n"
#define TRAINED(network, accuracy, spent)                                                          \
    "{\"event\":\"train\",\"handle\":1,\"architecture\":\"a" network "\",\"index\":" network       \
    ",\"network\":" network ",\"steps\":5,\"valid_accuracy\":" accuracy                            \
    ",\"charge\":1000000000000,\"spent\":" spent "000000000000}\n"

/* Networks that have grown: 3 leads, 5 passes it, and is trained on to where 3 leads again. A table says
 * what they are worth when trained as all are (3, 5: 53, 55 of 56); without one the trial has nothing
 * in hand before its finish, and that is said. */
static void test_grown(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("nash-net", 0, NULL, 0, 2);
    static const char lines[] =
        TRAINED("3", "40", "1") TRAINED("5", "44", "2") TRAINED("5", "39", "3");
    write_with(&fixture, lines, 0, 3);
    draw(&drawn, &fake.table);
    const struct anytime_step judged[] = {
        {1000 * G, 3, 0}, {2000 * G, 1, 0}, {3000 * G, 4, 0}, {6000 * G, 4, 0}};
    assert_steps(&drawn.anytime.curves[0], judged, 4);
    assert_explained(&drawn, "");
    drawn_free(&drawn);
    draw(&drawn, NULL);
    const struct anytime_step unjudged[] = {{3000 * G, 50, 0}, {6000 * G, 50, 0}};
    assert_steps(&drawn.anytime.curves[0], unjudged, 2);
    assert_explained(&drawn, "nash-net: " UNJUDGED);
    drawn_free(&drawn);
}

/* A network that was queried is known by that, whatever its like have grown to. */
static void test_grown_and_queried(void **state)
{
    (void)state;
    struct drawn drawn;
    static const struct fixture_query query[] = {{3, 12, 20, 1000 * G}, {4, 12, 30, 1000 * G}};
    struct fixture fixture = trial("nash-net", 0, query, 2, 2);
    write_with(&fixture, TRAINED("3", "90", "3"), 2, 3);
    draw(&drawn, &fake.table);
    const struct anytime_step expected[] = {
        {1000 * G, 3, 0}, {2000 * G, 2, 0}, {3000 * G, 4, 0}, {6000 * G, 4, 0}};
    assert_steps(&drawn.anytime.curves[0], expected, 4);
    drawn_free(&drawn);
}

#define STEPPED(spent)                                                                             \
    "{\"event\":\"step\",\"what\":\"step\",\"count\":9,\"loss\":2,\"accuracy\":10,"                \
    "\"charge\":1000000000000,\"spent\":" spent "000000000000}\n"
#define ON_RECORD(index) "{\"event\":\"log\",\"name\":\"incumbent\",\"value\":" index "}\n"

/* What a method puts on record as its incumbent counts from then on, where a table knows it. */
static void test_records(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("darts", 0, NULL, 0, 5);
    static const char lines[] =
        STEPPED("1") ON_RECORD("2.0") STEPPED("2") ON_RECORD("4.0") STEPPED("3");
    write_with(&fixture, lines, 0, 3);
    draw(&drawn, &fake.table);
    const struct anytime_step judged[] = {
        {1000 * G, 4, 0}, {2000 * G, 2, 0}, {3000 * G, 1, 0}, {6000 * G, 1, 0}};
    assert_steps(&drawn.anytime.curves[0], judged, 4);
    assert_explained(&drawn, "");
    drawn_free(&drawn);
    draw(&drawn, NULL);
    assert_int_equal(drawn.anytime.curves[0].n, 2);
    assert_int_equal(drawn.anytime.curves[0].steps[0].spent, 3000 * G);
    assert_explained(&drawn, "darts: " UNJUDGED);
    drawn_free(&drawn);
}

/* A record that names no architecture of the table is not passed over. */
static void test_record_of_a_stranger(void **state)
{
    (void)state;
    static const char *const values[] = {"15625.0", "2.5", "-1.0"};
    for (size_t i = 0; i < 3; i++) {
        struct collection collection;
        struct comparison comparison;
        struct error error;
        struct text line = {0};
        const char *folders[] = {folder};
        struct fixture fixture = trial("darts", 0, NULL, 0, 5);
        text_append(&line, "{\"event\":\"log\",\"name\":\"incumbent\",\"value\":%s}\n", values[i]);
        write_with(&fixture, line.data, 0, 0);
        text_free(&line);
        assert_int_equal(collection_open(&collection, folders, 1, &error), 0);
        assert_int_equal(comparison_init(&comparison, &collection, 0, &fake.table, &error),
                         ERROR_MISMATCH);
        assert_non_null(strstr(error.text, "\"incumbent\" is on record as "));
        assert_non_null(strstr(error.text, "which is no architecture of the table (0 to "));
        collection_close(&collection);
    }
}

/* ---- Files ----------------------------------------------------------------------------------- */

static char *content(const char *name)
{
    return content_in(folder, name);
}

static void assert_content(const char *name, const char *part)
{
    assert_content_in(folder, name, part);
}

/* Random search and another with an apostrophe in an option; both curves as they are in
 * test_mean. */
static void write_files(void)
{
    struct drawn drawn;
    struct fixture a = trial("random-search", 0, first, 2, 2);
    struct fixture b = trial("local-search", 1, second, 2, 4);
    a.class = "RS";
    b.options = "{\"by\":{\"value\":\"Knuth's\",\"default\":\"\",\"provenance\":null}}";
    write_trial(&a);
    write_trial(&b);
    draw(&drawn, NULL);
    assert_int_equal(anytime_write(&drawn.anytime, folder, "p", NULL), 0);
    drawn_free(&drawn);
}

static void test_data(void **state)
{
    (void)state;
    write_files();
    char *data = content("p-anytime.dat");
    assert_string_equal(
        data, "# Anytime curves, one block a method; each step has both its corners.\n"
              "# full trainings, mean validation error of the incumbent in percent, mean - "
              "and + one standard error\n"
              "# random-search\n"
              "1 50 50 50\n3 50 50 50\n3 40 40 40\n6 40 40 40\n6 40 40 40\n"
              "\n\n# local-search by=Knuth's\n"
              "2 46 46 46\n3 46 46 46\n3 45 45 45\n6 45 45 45\n6 45 45 45\n");
    free(data);
}

static void test_script(void **state)
{
    (void)state;
    write_files();
    assert_content("p-anytime.gp", "set xrange [0:6]\n");
    assert_content("p-anytime.gp", "set label 'local-search by=Knuth''s' at graph");
    assert_content("p-anytime.gp", "budget 6 full trainings, 1 seed, table 7ab1e7ab'");
    assert_content("p-anytime.gp",
                   "data index 1 using 1:2 with lines lw 2.2 dt solid lc rgb '#0072B2'");
    assert_content("p-anytime.gp", ", once all seeds have one. Band:");
    assert_content("p-anytime.gp", "set output 'p-anytime.svg'\n");
    char *again, *once = content("p-anytime.gp");
    write_files();
    again = content("p-anytime.gp");
    assert_string_equal(once, again);
    free(again);
    free(once);
}

/* Large budgets have a logarithmic axis with tics at 1, 2, 5. */
static void test_logarithmic(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("local-search", 0, first, 2, 2);
    fixture.budget = 30;
    write_trial(&fixture);
    draw(&drawn, NULL);
    assert_int_equal(anytime_write(&drawn.anytime, folder, "p", NULL), 0);
    assert_content("p-anytime.gp", "set logscale x\n"
                                   "set xtics ('1' 1, '2' 2, '5' 5, '10' 10, '20' 20)\n"
                                   "set xrange [0.9:30]\n");
    drawn_free(&drawn);
}

static const struct fixture_query best[] = {{6, 12, 60, 1000 * G}};
static const struct fixture_query near_best[] = {{5, 12, 60, 1000 * G}};

/* Regrets of 0 and of 0 and 1: the axis ends below half the least mean that is not 0, at a tic that says
 * what lies there; the data say what is. */
static void test_zero_regret(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture baseline = trial("random-search", 0, best, 1, 6);
    struct fixture a = trial("local-search", 0, best, 1, 6);
    struct fixture b = trial("local-search", 1, near_best, 1, 5);
    baseline.class = "RS";
    write_trial(&baseline);
    write_trial(&a);
    write_trial(&b);
    draw(&drawn, &fake.table);
    assert_int_equal(anytime_write(&drawn.anytime, folder, "p", NULL), 0);
    assert_content("p-anytime.dat", "# random-search\n1 0 0 0\n");
    assert_content("p-anytime.dat", "# local-search\n1 0.5 0 1\n");
    assert_content("p-anytime.gp", "set logscale y\n"
                                   "set ytics ('\342\211\244 0.2' 0.2, '0.5' 0.5, '1' 1)\n");
    assert_content("p-anytime.gp", "set yrange [0.2:1.1");
    assert_content("p-anytime.gp", " Lower edge: 0 to 0.2.' at screen");
    assert_content("p-anytime.gp", "lift(y) = y < 0.2 ? 0.2 : y\n");
    assert_content("p-anytime.gp", "data index 1 using 1:(lift($3)):(lift($4)) with filledcurves");
    assert_content("p-anytime.gp", "data index 0 using 1:(lift($2)) with lines");
    assert_content("p-anytime.gp", "set label 'random-search' at graph 1.028, graph 0.0000 ");
    drawn_free(&drawn);
}

/* Nothing but regrets of 0 lies at the floor: one test image of 10,000. */
static void test_no_regret_left(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("local-search", 0, best, 1, 6);
    write_trial(&fixture);
    draw(&drawn, &fake.table);
    assert_int_equal(anytime_write(&drawn.anytime, folder, "p", NULL), 0);
    assert_content("p-anytime.gp",
                   "set ytics ('\342\211\244 0.01' 0.01, '0.015' 0.015, '0.02' 0.02)\n");
    drawn_free(&drawn);
}

/* Where no curve and no band comes near 0 nothing is cut off. */
static void test_far_from_zero(void **state)
{
    (void)state;
    struct drawn drawn;
    struct fixture fixture = trial("local-search", 0, changing, 6, 2);
    write_trial(&fixture);
    draw(&drawn, &fake.table);
    assert_int_equal(anytime_write(&drawn.anytime, folder, "p", NULL), 0);
    assert_content("p-anytime.gp", "set logscale y\nset ytics ('3' 3, '4' 4, '5' 5)\n");
    assert_content("p-anytime.gp", "set yrange [2.72727273:5.6");
    char *script = content("p-anytime.gp");
    assert_null(strstr(script, "lift"));
    assert_null(strstr(script, "Lower edge"));
    free(script);
    drawn_free(&drawn);
}

/* Curves that end alike have labels that do not touch, in the order of the curves, on the axis. */
static void test_labels(void **state)
{
    (void)state;
    struct drawn drawn;
    static const char *const methods[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i"};
    static struct fixture_query query[9][1];
    for (unsigned i = 0; i < 9; i++) {
        query[i][0] = (struct fixture_query){1, 12, i < 7 ? 60 + 0.01 * i : 50, 1000 * G};
        struct fixture fixture = trial(methods[i], 0, query[i], 1, 1);
        write_trial(&fixture);
    }
    draw(&drawn, NULL);
    assert_int_equal(anytime_write(&drawn.anytime, folder, "p", NULL), 0);
    char *text = content("p-anytime.gp"), *next = text;
    double before = -1;
    for (int i = 0; i < 9; i++) {
        double height;
        next = strstr(next, " at graph 1.028, graph ");
        assert_non_null(next);
        next += strlen(" at graph 1.028, graph ");
        height = strtod(next, NULL);
        assert_true(height >= -0.0001 && height <= 1.0001);
        if (i)
            assert_true(height - before > 17.9 / (600 - 92 - 96));
        before = height;
    }
    assert_null(strstr(next, " at graph 1.028"));
    free(text);
    drawn_free(&drawn);
}

static void test_unwritable(void **state)
{
    (void)state;
    struct drawn drawn;
    struct error error;
    struct fixture fixture = trial("local-search", 0, first, 2, 2);
    write_trial(&fixture);
    draw(&drawn, NULL);
    assert_int_equal(anytime_write(&drawn.anytime, "/nonexistent", "p", &error), ERROR_IO);
    assert_string_equal(error.text,
                        "/nonexistent/p-anytime.dat: cannot be written: No such file or "
                        "directory");
    drawn_free(&drawn);
}

/* ---- gnuplot --------------------------------------------------------------------------------- */

static void test_quote(void **state)
{
    (void)state;
    struct text text = {0};
    gnuplot_quote(&text, "it's\n\"x\" \\ `date` 100 %");
    assert_string_equal(text.data, "'it''s\"x\" \\ `date` 100 %'");
    text_free(&text);
}

static void write_script(const char *text)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/x.gp", folder);
    assert_int_equal(file_write(path, text, strlen(text), NULL), 0);
}

static void test_gnuplot(void **state)
{
    (void)state;
    struct error error;
    write_files();
    if (gnuplot_run(folder, "p-anytime.gp", &error) == ERROR_MISSING)
        skip();
    assert_content("p-anytime.svg", ">random-search</text>");
    assert_content("p-anytime.svg", ">local-search by=Knuth's</text>");
    assert_content("p-anytime.png", "\x89PNG");
    write_script("set terminal svg\nplot 'there-is-no-such-file'\n");
    assert_int_equal(gnuplot_run(folder, "x.gp", &error), ERROR_IO);
    char expected[160];
    (void)snprintf(expected, sizeof expected, "gnuplot %s/x.gp: \"x.gp\" line 2: No data in plot",
                   folder);
    assert_string_equal(error.text, expected);
}

static void test_no_gnuplot(void **state)
{
    (void)state;
    struct error error;
    char *path = strdup(getenv("PATH"));
    write_script("print 1\n");
    assert_int_equal(setenv("PATH", folder, 1), 0);
    int status = gnuplot_run(folder, "x.gp", &error);
    assert_int_equal(setenv("PATH", path, 1), 0);
    free(path);
    assert_int_equal(status, ERROR_MISSING);
    assert_string_equal(error.text, "gnuplot is not installed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT_TEST(test_incumbent),      REPORT_TEST(test_regret),
        REPORT_TEST(test_unknown_answer), REPORT_TEST(test_mean),
        REPORT_TEST(test_grown),          REPORT_TEST(test_grown_and_queried),
        REPORT_TEST(test_records),        REPORT_TEST(test_record_of_a_stranger),
        REPORT_TEST(test_no_queries),     REPORT_TEST(test_data),
        REPORT_TEST(test_script),         REPORT_TEST(test_logarithmic),
        REPORT_TEST(test_zero_regret),    REPORT_TEST(test_no_regret_left),
        REPORT_TEST(test_far_from_zero),  REPORT_TEST(test_labels),
        REPORT_TEST(test_unwritable),     cmocka_unit_test(test_quote),
        REPORT_TEST(test_gnuplot),        REPORT_TEST(test_no_gnuplot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
