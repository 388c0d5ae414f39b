/* The checklist of best practices and the manifest: every answer follows from the traces. */
#include "reports/checklist.h"
#include "reports/manifest.h"

#include "tests/report_fixture.h"

static const struct fixture_query queries[] = {{3, 12, 55, 900000000000ull},
                                               {5, 12, 57, 1500000000000ull}};

static void write_trial(const char *method, unsigned seed, double budget, const char *options,
                        const char *table, bool biased)
{
    static int n;
    char path[160];
    struct fixture fixture = {.method = method,
                              .seed = seed,
                              .budget = budget,
                              .options = options,
                              .table = table,
                              .biased = biased,
                              .queries = queries,
                              .n_queries = 2,
                              .network = 5,
                              .test_accuracy = 56};
    (void)snprintf(path, sizeof path, "%s/t%d.trace", folder, n++);
    fixture_write(&fixture, path);
}

/* A trial that a method with OpenBLAS wrote. */
static void write_blas(const char *kernel)
{
    char path[160], blas[160];
    struct text text = {0};
    struct fixture fixture = {.method = "pnas",
                              .class = "SMBO",
                              .network = 5,
                              .test_accuracy = 56,
                              .seed = (unsigned char)kernel[0]};
    fixture_body(&fixture, &text);
    (void)snprintf(blas, sizeof blas,
                   "\"blas\":{\"library\":\"OpenBLAS 0.3\",\"kernel\":\"%s\"},"
                   "\"seed\":",
                   kernel);
    fixture_replace(&text, "\"seed\":", blas);
    fixture_seal(&text);
    (void)snprintf(path, sizeof path, "%s/%s.trace", folder, kernel);
    fixture_store(&text, path);
    text_free(&text);
}

struct checked {
    struct collection collection;
    struct checklist checklist;
};

static const struct table *judging; /* NULL: no table is at hand */

static void check(struct checked *checked)
{
    struct error error;
    const char *folders[] = {folder};
    if (collection_open(&checked->collection, folders, 1, &error) ||
        checklist_make(&checked->checklist, &checked->collection, 0, checked->collection.n, judging,
                       &error))
        fail_msg("%s", error.text);
}

static void checked_free(struct checked *checked)
{
    checklist_free(&checked->checklist);
    collection_close(&checked->collection);
}

static void assert_item(const struct checked *checked, enum checklist_point point,
                        enum checklist_answer answer, const char *part)
{
    const struct checklist_item *item = &checked->checklist.items[point];
    if (item->answer != answer || !strstr(item->facts.data, part))
        fail_msg("point %d: %s: %s", point, checklist_answer_text(item->answer), item->facts.data);
}

/* One method, one seed, live, no options: what it cannot claim it does not. */
static void test_least(void **state)
{
    (void)state;
    struct checked checked;
    write_trial("local-search", 3, 6, NULL, NULL, false);
    check(&checked);
    assert_item(&checked, POINT_PIPELINE, CHECKLIST_UNKNOWN,
                "(nasbed 0.1.0) and the hash of its protocol (" FIXTURE_HASH ")");
    assert_item(&checked, POINT_METHOD, CHECKLIST_UNKNOWN,
                "They name local-search of nasbed 0.1.0");
    assert_item(&checked, POINT_BENCHMARK, CHECKLIST_YES,
                "space cell, data set da7ada7a, protocol "
                "hash 01234567, no table.");
    assert_item(&checked, POINT_CONFOUND, CHECKLIST_YES, "One version of the program (0.1.0)");
    assert_item(&checked, POINT_ABLATION, CHECKLIST_NO, "one setting");
    assert_item(&checked, POINT_ANYTIME, CHECKLIST_YES, "1 of 1 traces");
    assert_item(&checked, POINT_AS_IT_IS, CHECKLIST_UNKNOWN,
                "nasbed 0.1.0; when its code came out");
    assert_item(&checked, POINT_RANDOM, CHECKLIST_NO, "ran at 0 of 1 budget.");
    assert_item(&checked, POINT_REPEATS, CHECKLIST_NO,
                "1 seed a method and budget, each in the manifest; 1 of 1 have fewer than the 10");
    assert_item(&checked, POINT_TABULAR, CHECKLIST_NO, "trained for its trial");
    assert_item(&checked, POINT_TUNING, CHECKLIST_UNKNOWN, "no options");
    assert_item(&checked, POINT_RESOURCES, CHECKLIST_PARTLY, "of 1 trial hold");
    checked_free(&checked);
}

/* Two budgets, one of them without the baseline and with two settings of one method; a table; one
 * result biased; unequal seeds. */
static void test_mixed(void **state)
{
    (void)state;
    static const char one[] = "{\"k\":{\"value\":1,\"default\":1,\"provenance\":\"the paper\"}}";
    static const char two[] = "{\"k\":{\"value\":2,\"default\":1,\"provenance\":null}}";
    struct checked checked;
    for (unsigned seed = 0; seed < 10; seed++)
        write_trial("random-search", seed, 6, NULL, FAKE_DIGEST, seed == 4);
    write_trial("local-search", 0, 6, one, FAKE_DIGEST, false);
    write_trial("local-search", 0, 3, one, FAKE_DIGEST, false);
    write_trial("local-search", 0, 3, two, FAKE_DIGEST, false);
    check(&checked);
    assert_item(&checked, POINT_ABLATION, CHECKLIST_PARTLY, "at one budget: local-search.");
    assert_item(&checked, POINT_PROTOCOL, CHECKLIST_PARTLY,
                "2 budgets, enforced by one ledger; 1 to 10 seeds a method; not every method and "
                "setting at every budget. 1 of 13 results are tested on the training that the "
                "search saw.");
    assert_item(&checked, POINT_RANDOM, CHECKLIST_PARTLY,
                "1 of 2 budgets. Random sampling, a single");
    assert_item(&checked, POINT_REPEATS, CHECKLIST_PARTLY, "3 of 4 have fewer than the 10");
    assert_item(&checked, POINT_TABULAR, CHECKLIST_YES, "Table " FAKE_DIGEST ", 2 seeds.");
    assert_item(&checked, POINT_TUNING, CHECKLIST_PARTLY,
                "3 values over 4 pairs of method and budget, 1 off the default; 2 say where");
    checked_free(&checked);
}

/* Ten seeds of two methods at one budget: what is in order is said to be. */
static void test_in_order(void **state)
{
    (void)state;
    struct checked checked;
    for (unsigned seed = 0; seed < 10; seed++) {
        write_trial("random-search", seed, 6, NULL, FAKE_DIGEST, false);
        write_trial("local-search", seed, 6, NULL, FAKE_DIGEST, false);
    }
    check(&checked);
    assert_item(&checked, POINT_PROTOCOL, CHECKLIST_YES,
                "1 budget, enforced by one ledger; 10 seeds of every method.");
    assert_item(&checked, POINT_RANDOM, CHECKLIST_PARTLY,
                "1 of 1 budget. Random sampling, a single");
    assert_item(&checked, POINT_REPEATS, CHECKLIST_YES, "10 seeds a method and budget");
    checked_free(&checked);
}

/* A complete table gives the expectation of random sampling, and what was in hand its worth. */
static void test_judged(void **state)
{
    (void)state;
    struct checked checked;
    write_trial("random-search", 0, 6, NULL, FAKE_DIGEST, false);
    judging = &fake.table;
    check(&checked);
    judging = NULL;
    assert_item(&checked, POINT_RANDOM, CHECKLIST_YES,
                "1 of 1 budget. Random sampling: what one draw is expected to reach is the mean of "
                "the table");
    assert_item(&checked, POINT_ANYTIME, CHECKLIST_YES,
                "1 of 1 traces say which architecture was in hand after which cost, and the table");
    checked_free(&checked);
}

/* Times of every trial: what the methods compute themselves is told too. */
static void test_timed(void **state)
{
    (void)state;
    struct checked checked;
    write_trial("local-search", 3, 6, NULL, NULL, false);
    check(&checked);
    assert_item(&checked, POINT_RESOURCES, CHECKLIST_PARTLY, "0 have CPU seconds");
    checked.collection.traces->times.known = true;
    checklist_free(&checked.checklist);
    assert_int_equal(checklist_make(&checked.checklist, &checked.collection, 0, 1, NULL, NULL), 0);
    assert_item(&checked, POINT_RESOURCES, CHECKLIST_YES,
                "of 1 trial hold every training and evaluation, those of the final choice too; 1 "
                "has CPU seconds, which hold what the methods compute themselves.");
    checked_free(&checked);
}

/* Two kernels may differ in bits: a confounder that the traces know. */
static void test_blas(void **state)
{
    (void)state;
    struct checked checked;
    write_blas("Haswell");
    check(&checked);
    assert_item(&checked, POINT_CONFOUND, CHECKLIST_YES, "one BLAS (OpenBLAS 0.3, Haswell)");
    assert_item(&checked, POINT_ANYTIME, CHECKLIST_NO, "0 of 1 traces");
    checked_free(&checked);
    write_blas("Zen");
    check(&checked);
    assert_item(&checked, POINT_CONFOUND, CHECKLIST_PARTLY,
                "several BLAS (OpenBLAS 0.3, Haswell, OpenBLAS 0.3, Zen)");
    checked_free(&checked);
}

static void test_printed(void **state)
{
    (void)state;
    struct checked checked;
    struct text text = {0};
    struct error error;
    write_trial("local-search", 3, 6, NULL, NULL, false);
    check(&checked);
    assert_int_equal(checklist_print(&checked.checklist, REPORT_CSV, &text, &error), 0);
    assert_ptr_equal(strstr(text.data, "number,section,practice,answer,facts\n1,2 releasing code,"
                                       "The code of the training pipeline is released,not in the "
                                       "traces,"),
                     text.data);
    assert_non_null(
        strstr(text.data, "\n8,3 comparing methods,Against random sampling and random"));
    assert_non_null(strstr(text.data, "\n14,4 reporting details,All details of the"));
    text_free(&text);
    assert_int_equal(checklist_print(&checked.checklist, REPORT_TEXT, &text, &error), 0);
    assert_non_null(strstr(text.data, "Lindauer and Hutter, JMLR 21(243), 2020"));
    text_free(&text);
    checked_free(&checked);
}

/* ---- Manifest -------------------------------------------------------------------------------- */

static void test_seeds(void **state)
{
    (void)state;
    static const unsigned seeds[] = {7, 0, 2, 1, 5, 9, 8};
    struct checked checked;
    struct text text = {0};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        write_trial("random-search", seeds[i], 6, NULL, NULL, false);
    check(&checked);
    manifest_seeds(&checked.collection, 0, 7, &text);
    assert_string_equal(text.data, "0-2, 5, 7-9");
    text_free(&text);
    checked_free(&checked);
}

static void test_manifest(void **state)
{
    (void)state;
    static const char option[] = "{\"k\":{\"value\":2,\"default\":1,\"provenance\":null}}";
    struct checked checked;
    struct text text = {0};
    struct error error;
    write_trial("random-search", 0, 6, NULL, NULL, false);
    write_trial("random-search", 1, 6, NULL, NULL, false);
    write_trial("local-search", 1, 6, option, NULL, false);
    check(&checked);
    assert_int_equal(manifest_print(&checked.collection, 0, 3, REPORT_TEXT, true, &text, &error),
                     0);
    assert_string_equal(text.data,
                        "Manifest: 3 traces\n"
                        "budget  method         kind    options  traces  seeds  program  BLAS\n"
                        "6.00    random-search  native  -             2  0-1    0.1.0    -\n"
                        "6.00    local-search   native  k=2           1  1      0.1.0    -\n"
                        "The same in every trace: protocol cifar10-mini (hash " FIXTURE_HASH
                        "), data set digest " FIXTURE_DATA
                        ", no table: trained live, numerics 1; one full training is 1 TFLOP.\n"
                        "The file manifest.csv has a row a trace.\n");
    text_free(&text);
    assert_int_equal(manifest_print(&checked.collection, 0, 3, REPORT_CSV, true, &text, &error), 0);
    size_t lines = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    assert_int_equal(lines, 4);
    assert_non_null(strstr(
        text.data, "\ncell,cifar10-mini," FIXTURE_HASH "," FIXTURE_DATA
                   ",,1,6,trainings,local-search,native,k=2,,,,1,,0.1.0,,a5,56,2400000000000,,"));
    text_free(&text);
    checked_free(&checked);
}

/* Where a method from outside came from; the same setting of other files is no ablation. */
static void test_outside(void **state)
{
    (void)state;
    static const char *const digests[] = {"912679c14733a1d0d36fa47e67e0ed4d",
                                          "4c35557089f7b339786a7920577b5571"};
    struct checked checked;
    struct text text = {0};
    struct error error;
    write_trial("random-search", 0, 6, NULL, NULL, false);
    for (unsigned i = 0; i < 2; i++) {
        char path[160], origin[160];
        struct fixture fixture = {
            .method = "m", .class = "EA", .seed = i, .origin = origin, .test_accuracy = 56};
        (void)snprintf(origin, sizeof origin,
                       "{\"command\":\"python3 m.py\",\"files\":{\"m.py\":\"%s\"}}", digests[i]);
        (void)snprintf(path, sizeof path, "%s/m%u.trace", folder, i);
        fixture_write(&fixture, path);
    }
    check(&checked);
    assert_int_equal(checked.checklist.items[POINT_ABLATION].answer, CHECKLIST_NO);
    assert_int_equal(manifest_print(&checked.collection, 0, 3, REPORT_TEXT, true, &text, &error),
                     0);
    const char *expected =
        "budget  method         kind    options  origin                  traces  seeds  program  "
        "BLAS\n"
        "6.00    random-search  native  -        -                            1  0      0.1.0    "
        "-\n"
        "6.00    m              native  -        4c355570: python3 m.py       1  1      0.1.0    "
        "-\n"
        "6.00    m              native  -        912679c1: python3 m.py       1  0      0.1.0    "
        "-\n";
    if (!strstr(text.data, expected))
        fail_msg("%s", text.data);
    text_free(&text);
    assert_int_equal(manifest_print(&checked.collection, 0, 3, REPORT_CSV, true, &text, &error), 0);
    assert_non_null(strstr(text.data, ",m,native,,912679c14733a1d0d36fa47e67e0ed4d,python3 m.py,"
                                      "m.py=912679c14733a1d0d36fa47e67e0ed4d,0,"));
    text_free(&text);
    checked_free(&checked);
}

/* Reals are printed as they are written, in whatever decimal form a trace has them. */
static void test_reals(void **state)
{
    (void)state;
    static const char options[] =
        "{\"decay\":{\"value\":0.90000000000000002,\"default\":0.5,\"provenance\":null},"
        "\"rate\":{\"value\":6.0,\"default\":1e-05,\"provenance\":null}}";
    struct checked checked;
    write_trial("local-search", 1, 6, options, NULL, false);
    check(&checked);
    const struct trace_option *option = checked.collection.traces->header.options;
    assert_string_equal(option[0].value, "0.9");
    assert_string_equal(option[0].standard, "0.5");
    assert_string_equal(option[1].value, "6");
    assert_string_equal(option[1].standard, "1e-05");
    checked_free(&checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT_TEST(test_least),    REPORT_TEST(test_mixed),   REPORT_TEST(test_in_order),
        REPORT_TEST(test_blas),     REPORT_TEST(test_printed), REPORT_TEST(test_seeds),
        REPORT_TEST(test_manifest), REPORT_TEST(test_reals),   REPORT_TEST(test_judged),
        REPORT_TEST(test_timed),    REPORT_TEST(test_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
