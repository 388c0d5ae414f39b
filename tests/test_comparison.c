/* The comparison table: its figures, its verdicts, its notes, and its three forms to the byte. */
#include "base/file.h"
#include "reports/comparison.h"

#include "tests/report_fixture.h"

#include <math.h>

static const struct fixture_query queries[] = {{3, 12, 55, 900000000000ull},
                                               {5, 12, 57, 1500000000000ull}};

/* One trial that asks for two networks and ends with `network`. */
static void write_trial(const struct fixture *like, unsigned seed, unsigned network,
                        double test_accuracy)
{
    char path[192];
    struct fixture fixture = *like;
    fixture.queries = queries;
    fixture.n_queries = 2;
    fixture.seed = seed;
    fixture.network = network;
    fixture.test_accuracy = test_accuracy;
    fixture.test_seed = fixture.table ? (int)(seed + 1) % 2 : 0;
    (void)snprintf(path, sizeof path, "%s/%s-%s-%u.trace", folder,
                   fixture.method ? fixture.method : "rs", fixture.options ? "x" : "", seed);
    fixture_write(&fixture, path);
}

static void write_times(const char *name, double seconds)
{
    char path[192], text[128];
    struct error error;
    (void)snprintf(path, sizeof path, "%s/%s.time", folder, name);
    (void)snprintf(
        text, sizeof text,
        "{\"wall_seconds\":1,\"cpu_seconds\":%g,\"train_seconds\":1,\"machine\":\"m\"}\n", seconds);
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
}

static char *printed(const struct comparison *comparison, enum report_format format)
{
    struct text text = {0};
    assert_int_equal(comparison_print(comparison, format, true, &text, NULL), 0);
    return text.data;
}

static void assert_printed(const struct comparison *comparison, enum report_format format,
                           const char *expected)
{
    char *text = printed(comparison, format);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_notes(const struct comparison *comparison, const char *part)
{
    char *text = printed(comparison, REPORT_TEXT);
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
    free(text);
}

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-9))
        fail_msg("%.17g is not %.17g", value, expected);
}

static const struct fixture evolution = {
    .method = "regularized-evolution", .class = "EA", .ticks = "M", .table = FAKE_DIGEST};
static const struct fixture baseline = {.table = FAKE_DIGEST};

/* Two trials each; seed i is tested on table seed 1 - i. */
static void write_small(void)
{
    write_trial(&baseline, 0, 3, 54);
    write_trial(&baseline, 1, 5, 55);
    write_times("rs--0", 20);
    write_times("rs--1", 30);
    write_trial(&evolution, 0, 7, 60);
    write_trial(&evolution, 1, 6, 56);
    write_times("regularized-evolution--0", 140);
    write_times("regularized-evolution--1", 140);
}

static void test_figures(void **state)
{
    (void)state;
    write_small();
    struct compared compared;
    compare(&compared, &fake.table);
    const struct comparison *comparison = &compared.comparison;
    assert_int_equal(comparison->n, 2);
    const struct comparison_row *random = &comparison->rows[0], *evolved = &comparison->rows[1];
    assert_ptr_equal(comparison->baseline, random);
    assert_string_equal(random->label, "random-search");
    assert_near(random->error, 45.5);
    assert_near(random->error_std, sqrt(0.5));
    assert_near(random->error_low, 45); /* two values: a quarter of the resamples on either end */
    assert_near(random->error_high, 46);
    assert_near(random->params_k, 10.4);
    assert_near(random->tflop, 2.4);
    assert_near(random->cpu_seconds, 25);
    assert_near(random->regret, ((60 - 54) + (56 - 55)) / 2.0);
    assert_near(random->regret_std, sqrt(12.5));
    assert_near(evolved->regret, 0);
    assert_near(evolved->p_better, 1);
    assert_near(evolved->p, 1.0 / 3); /* 2 of the 6 ways to deal out four values */
    assert_near(evolved->p_holm, 1.0 / 3);
    assert_int_equal(evolved->verdict, VERDICT_TOO_FEW);
    assert_int_equal(random->verdict, VERDICT_NONE);
    assert_true(isnan(random->p) && isnan(random->p_better));
    compared_free(&compared);
}

/* The notes that follow from the made-up table. */
#define NO_RUNS "No virtual runs of random search: the table does not say what its networks cost."
#define DRAWS                                                                                      \
    "draws: number of random-search draws with the same expected regret; <1: one is no worse; "    \
    ">8: "                                                                                         \
    "not even all of them are as good; a dash: random search itself, whose number would only say " \
    "how "                                                                                         \
    "lucky its seeds were."
#define AVERAGE "The average architecture has a test error of 46.00 +- 2.29."
#define RESERVE                                                                                    \
    "Of the budget 1e-09 full trainings are a reserve for the final choice, as much as training "  \
    "the dearest architecture takes: no search can spend them, also where its choice then costs "  \
    "less or nothing."
#define TIME "CPU s: the method's own time; reading the table counts nothing."

static void test_text(void **state)
{
    (void)state;
    write_small();
    struct compared compared;
    compare(&compared, &fake.table);
    assert_printed(
        &compared.comparison, REPORT_TEXT,
        "cell, cifar10-mini (numerics 1), budget 6 full trainings, 2 seeds, table 7ab1e7ab\n"
        "                                       test error %                   params  search cost"
        "           vs random search\n"
        "class  method                 M C R I  mean +- std  [95 %]                 k  TFLOP  CPU s"
        "  regret  draws  P(better)  [95 %]       p  verdict\n"
        "RS     random-search          . . . .  45.50 +- 0.71  [45.00, 46.00]    10.4   2.40   25.0"
        "    3.50      -  -                       -  -\n"
        "EA     regularized-evolution  m . . .  42.00 +- 2.83  [40.00, 44.00]    10.7   2.40    140"
        "    0.00     >8  1.00  [1.00, 1.00]  0.333  too few seeds\n"
        "m modular; c continuous; r recycled; i incomplete training. 2 seeds: too few for a "
        "verdict (10 are needed).\n" NO_RUNS "\n" DRAWS "\n" AVERAGE "\n" RESERVE "\n" TIME "\n");
    compared_free(&compared);
}

static void test_markdown(void **state)
{
    (void)state;
    write_small();
    struct compared compared;
    compare(&compared, &fake.table);
    assert_printed(
        &compared.comparison, REPORT_MARKDOWN,
        "## cell, cifar10-mini (numerics 1), budget 6 full trainings, 2 seeds, table 7ab1e7ab\n"
        "\n"
        "| class | method | M C R I | test error % mean +- std  [95 %] | params k | search cost "
        "TFLOP | search cost CPU s | regret | vs random search draws | vs random search P(better)  "
        "[95 %] | vs random search p | vs random search verdict |\n"
        "| --- | --- | --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | --- |\n"
        "| RS | random-search | . . . . | 45.50 +- 0.71  [45.00, 46.00] | 10.4 | 2.40 | 25.0 | "
        "3.50 "
        "| - | - | - | - |\n"
        "| EA | regularized-evolution | m . . . | 42.00 +- 2.83  [40.00, 44.00] | 10.7 | 2.40 | "
        "140 | 0.00 | >8 | 1.00  [1.00, 1.00] | 0.333 | too few seeds |\n"
        "\n"
        "- m modular; c continuous; r recycled; i incomplete training. 2 seeds: too few for a "
        "verdict (10 are needed).\n- " NO_RUNS "\n- " DRAWS "\n- " AVERAGE "\n- " RESERVE
        "\n- " TIME "\n");
    compared_free(&compared);
}

static void test_csv(void **state)
{
    (void)state;
    write_small();
    struct compared compared;
    compare(&compared, &fake.table);
    assert_printed(
        &compared.comparison, REPORT_CSV,
        "space,protocol,protocol_hash,dataset_digest,table,numerics,budget,"
        "budget_unit,budget_flops,seeds,class,label,method,options,origin,kind,survey,modular,"
        "continuous,"
        "recycled,incomplete,test_error,"
        "test_error_std,test_error_low,test_error_high,test_error_iqm,params_k,tflop,gpu_seconds,"
        "cpu_seconds,regret,regret_"
        "std,regret_low,regret_high,relative_improvement,equal_draws,p_better,p_better_low,"
        "p_better_high,p,p_holm,verdict,baseline,baseline_runs,baseline_error,baseline_regret,"
        "average_error\n"
        "cell,cifar10-mini," FIXTURE_HASH "," FIXTURE_DATA "," FAKE_DIGEST
        ",1,6,trainings,6000000000000,2,RS,"
        "random-search,random-search,,,native,,0,0,0,0,45.5,0.7071067811865476,45,46,45.5,10.4,2.4,"
        ","
        "25,3."
        "5,3.5355339059327378,1,6,0.9259259259259259,,,,,,,,trials,2,45.5,3.5,46\n"
        "cell,cifar10-mini," FIXTURE_HASH "," FIXTURE_DATA "," FAKE_DIGEST
        ",1,6,trainings,6000000000000,2,EA,"
        "regularized-evolution,regularized-evolution,,,native,,1,0,0,0,42,2.8284271247461903,40,44,"
        "42,"
        "10.65,2.4,,140,0,0,0,0,7.407407407407407,,1,1,1,0.3333333333333333,0.3333333333333333,"
        "too few seeds,trials,2,45.5,3.5,46\n");
    compared_free(&compared);
}

/* Ten seeds each: three methods, one better, one worse, one the same. */
static void test_verdicts(void **state)
{
    (void)state;
    struct fixture same = {.method = "nas-rl", .class = "RL"};
    struct fixture better = {.method = "pnas", .class = "SMBO"};
    struct fixture worse = {.method = "enas", .class = "GO", .kind = "extension"};
    struct fixture few = {.method = "darts", .class = "GO"};
    for (unsigned seed = 0; seed < 10; seed++) {
        write_trial(&(struct fixture){0}, seed, 3, 54 + 0.1 * seed);
        write_trial(&same, seed, 3, 54.05 + 0.1 * seed);
        write_trial(&better, seed, 3, 56 + 0.1 * seed);
        write_trial(&worse, seed, 3, 52 + 0.1 * seed);
    }
    write_trial(&few, 0, 3, 52);
    struct compared compared;
    compare(&compared, NULL);
    static const enum verdict verdicts[] = {VERDICT_NONE, VERDICT_UNDECIDED, VERDICT_TOO_FEW,
                                            VERDICT_WORSE, VERDICT_BETTER};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(compared.comparison.rows[i].verdict, verdicts[i]);
    /* complete separation: 2 of C(20, 10) ways, and four tests */
    assert_near(compared.comparison.rows[4].p, 2.0 / 184756);
    assert_near(compared.comparison.rows[4].p_holm, 4 * 2.0 / 184756);
    assert_notes(&compared.comparison, "budget 6 full trainings, 1 to 10 seeds, trained live\n");
    assert_notes(&compared.comparison, "  1.00  [1.00, 1.00]  <0.001  better\n");
    assert_notes(&compared.comparison, "  0.739  no difference shown\n");
    assert_notes(&compared.comparison,
                 "\nThe verdict is at 5 %; p is Mann-Whitney's, Holm over 4 methods.\n"
                 "The methods have unequal numbers of seeds: random-search 10, nas-rl 10, darts 1, "
                 "enas* 10, pnas 10.\n"
                 "No regret: the networks were trained live, there is no table to know the best "
                 "from.\n"
                 "No CPU seconds where a trial has no times beside its trace.\n"
                 "* an extension of the published method to this space.\n");
    compared_free(&compared);
}

/* Make the table one whose networks cost FIXTURE_UNIT each, ordered in validation by number. */
static char *price(struct table *table)
{
    static uint64_t train_macs[FAKE_NETWORKS];
    struct protocol protocol;
    char *text = content_in(NASBED_TEST_SOURCE "/protocols", "smoke.ini");
    assert_int_equal(protocol_open(&protocol, "smoke", NULL), 0);
    uint64_t of_one = protocol_charge(&protocol.training, 1, protocol.training.points);
    protocol_close(&protocol);
    for (uint32_t i = 0; i < FAKE_NETWORKS; i++) {
        train_macs[i] = FIXTURE_UNIT / of_one;
        for (uint32_t seed = 0; seed < 2; seed++)
            fake.valid_accuracy[(seed * FAKE_NETWORKS + i) * 12 + 11] = (float)(40 + i);
    }
    table->protocol_text = text;
    table->train_macs = train_macs;
    return text;
}

/* On a table that says what networks cost random search is its virtual runs: here five draws each,
 * one unit being reserved. In closed form their error is 43, their regret 1 (Python's fractions:
 * P(best is i of 8) = C(i-1, 4) / C(8, 5)). */
static void test_virtual(void **state)
{
    (void)state;
    char *text = price(&fake.table);
    struct fixture plain = baseline, variant = baseline, evolved = evolution;
    struct protocol protocol;
    assert_int_equal(protocol_open(&protocol, "smoke", NULL), 0);
    plain.reserve = variant.reserve = evolved.reserve =
        protocol_charge(&protocol.training, fake.table.train_macs[0], protocol.training.points);
    protocol_close(&protocol);
    variant.options = "{\"n\":{\"value\":4,\"default\":10,\"provenance\":null}}";
    plain.options = "{\"n\":{\"value\":10,\"default\":10,\"provenance\":null}}";
    for (unsigned seed = 0; seed < 60; seed++) {
        unsigned best = seed % 2 ? 6 : 7; /* under the other seed */
        if (seed < 10)
            write_trial(&variant, 20 + seed, 3, seed % 2 ? 53 : 54);
        write_trial(&evolved, seed, best, best == 7 ? 60 : 56);
    }
    write_trial(&plain, 0, 3, 54);
    struct compared compared;
    compare(&compared, &fake.table);
    const struct comparison *comparison = &compared.comparison;
    const struct comparison_row *rows = comparison->rows;
    assert_int_equal(comparison->n, 3);
    assert_int_equal(comparison->runs.n, VIRTUAL_RUNS);
    assert_near(comparison->runs.draws, 5);
    assert_near(comparison->draws.error[4], 43);
    assert_near(comparison->draws.regret[4], 1);
    assert_true(fabs(comparison->runs.regret - comparison->draws.regret[4]) < 0.06);
    assert_true(isnan(rows[0].p) && rows[0].verdict == VERDICT_NONE); /* the runs are it */
    assert_int_equal(rows[1].verdict, VERDICT_WORSE);
    assert_int_equal(rows[2].verdict, VERDICT_BETTER);
    assert_true(rows[2].p_better_low <= rows[2].p_better &&
                rows[2].p_better <= rows[2].p_better_high);
    assert_true(rows[1].equal_draws < 2 && isnan(rows[2].equal_draws));
    assert_notes(comparison, "Of the budget 1 full trainings are a reserve for the final choice");
    assert_notes(comparison,
                 "\nThe verdict is at 5 %; p is Mann-Whitney's, Holm over 2 methods.\n");
    assert_notes(comparison, "\nRandom search is 10000 virtual runs on the table: test error ");
    assert_notes(comparison, " after 5.0 draws (5 in closed form: 1.00).\n");
    char *csv = printed(comparison, REPORT_CSV);
    assert_non_null(strstr(csv, ",better,virtual,10000,"));
    free(csv);
    compared_free(&compared);
    free(text);
}

/* A method looks alike in all blocks, whoever else is in them. */
static void test_styles(void **state)
{
    (void)state;
    static const size_t styles[2][2] = {{0, 1}, {1, 2}}; /* behind random search */
    struct fixture other = {.method = "nas-rl", .class = "RL"};
    struct fixture third = {.method = "regularized-evolution", .class = "EA"};
    for (int block = 0; block < 2; block++) {
        struct fixture plain = {.budget = block ? 12 : 6};
        other.budget = third.budget = plain.budget;
        write_trial(&plain, (unsigned)block, 3, 54);
        write_trial(&other, (unsigned)block, 3, 54);
        write_trial(&third, (unsigned)block, 3, 54);
        other = (struct fixture){.method = "enas", .class = "GO"};
    }
    struct collection collection;
    const char *folders[] = {folder};
    assert_int_equal(collection_open(&collection, folders, 1, NULL), 0);
    for (size_t start = 0, block = 0; start < collection.n; block++) {
        struct comparison comparison;
        assert_int_equal(comparison_init(&comparison, &collection, start, NULL, NULL), 0);
        assert_int_equal(comparison.n, 3);
        for (size_t i = 0; i < 2; i++)
            assert_int_equal(comparison.rows[i + 1].style, styles[block][i]);
        comparison_free(&comparison);
        start = collection_end(&collection, start, COLLECTION_BLOCK);
    }
    collection_close(&collection);
}

/* A search that did not come beyond its random draws is named. */
static void test_random_only(void **state)
{
    (void)state;
    struct fixture brief = {.method = "regularized-evolution", .class = "EA", .log = "random-only"};
    write_trial(&brief, 0, 3, 54);
    brief.log = "population";
    write_trial(&brief, 1, 3, 54);
    struct compared compared;
    compare(&compared, NULL);
    assert_notes(&compared.comparison,
                 "\nregularized-evolution is random search by construction in 1 of 2 trials: the "
                 "budget ended among its first draws.\n");
    compared_free(&compared);
}

/* One trial has no spread: a bare mean, and dashes. */
static void test_single_seed(void **state)
{
    (void)state;
    struct fixture biased = {.biased = true};
    write_trial(&biased, 0, 3, 54);
    struct compared compared;
    compare(&compared, NULL);
    assert_notes(&compared.comparison, "1 seed, trained live\n");
    assert_notes(&compared.comparison,
                 "\nRS     random-search  . . . .  46.00                  10.3  "
                 " 2.40      -       -      -  -                  -  -\n");
    assert_notes(&compared.comparison, "i incomplete training.\nNo regret");
    assert_notes(
        &compared.comparison,
        "Biased: a result is tested on the very training that its search saw; test error and "
        "regret look better than they are.\n");
    compared_free(&compared);
}

static void test_no_baseline(void **state)
{
    (void)state;
    write_trial(&evolution, 0, 7, 60);
    struct compared compared;
    compare(&compared, &fake.table);
    assert_null(compared.comparison.baseline);
    assert_notes(&compared.comparison,
                 "training. There is no random-search at this budget to compare with.\n");
    compared_free(&compared);
}

/* Options are named where they differ from their default or between rows; the plain variant is the
 * baseline. */
static void test_labels(void **state)
{
    (void)state;
    struct fixture variant = {.options = "{\"n\":{\"value\":4,\"default\":10,\"provenance\":null},"
                                         "\"m\":{\"value\":1,\"default\":1,\"provenance\":null}}"};
    write_trial(&variant, 0, 3, 54);
    variant.options = "{\"n\":{\"value\":10,\"default\":10,\"provenance\":null},"
                      "\"m\":{\"value\":1,\"default\":1,\"provenance\":null}}";
    write_trial(&variant, 1, 3, 54);
    struct compared compared;
    compare(&compared, NULL);
    assert_int_equal(compared.comparison.n, 2);
    assert_string_equal(compared.comparison.rows[0].label, "random-search n=10");
    assert_string_equal(compared.comparison.rows[1].label, "random-search n=4");
    assert_string_equal(compared.comparison.rows[1].options, "m=1 n=4");
    assert_ptr_equal(compared.comparison.baseline, &compared.comparison.rows[0]);
    assert_near(compared.comparison.rows[1].p_better, 0.5); /* a tie counts half */
    compared_free(&compared);
}

#define FILES(digest) "\"files\":{\"m.py\":\"" digest "\"}}"
#define ONE           "912679c14733a1d0d36fa47e67e0ed4d"
#define TWO           "4c35557089f7b339786a7920577b5571"

/* What has the same name and other files is another method; the same files under another path, or called
 * with other words, are not, but the latter is said. */
static void test_origins(void **state)
{
    (void)state;
    struct compared compared;
    struct fixture outside = {
        .method = "m", .class = "EA", .origin = "{\"command\":\"python3 m.py\"," FILES(ONE)};
    write_trial(&outside, 0, 3, 54);
    write_trial(&outside, 1, 3, 54);
    compare(&compared, NULL);
    assert_int_equal(compared.comparison.n, 1);
    assert_string_equal(compared.comparison.rows[0].label, "m");
    char *text = printed(&compared.comparison, REPORT_TEXT);
    assert_null(strstr(text, "other files"));
    assert_null(strstr(text, "called alike"));
    free(text);
    compared_free(&compared);
    outside.origin = "{\"command\":\"python3 m.py --fast\"," FILES(ONE);
    write_trial(&outside, 2, 3, 54);
    outside.origin = "{\"command\":\"python3 m.py\"," FILES(TWO);
    write_trial(&outside, 3, 5, 55);
    compare(&compared, NULL);
    assert_int_equal(compared.comparison.n, 2);
    assert_string_equal(compared.comparison.rows[0].label, "m (4c355570)");
    assert_string_equal(compared.comparison.rows[1].label, "m (912679c1)");
    assert_int_equal(compared.comparison.rows[1].seeds, 3);
    assert_notes(&compared.comparison,
                 "\nOne name, other files: in parentheses are the first digits "
                 "of their digest (manifest.csv has it in full).\n");
    assert_notes(
        &compared.comparison,
        "\nm (912679c1): not all trials were called alike: \"python3 m.py\", but \"python3 "
        "m.py --fast\" with seed 2 (the manifest has all).\n");
    for (int format = 0; format < REPORT_FORMATS; format++) {
        text = printed(&compared.comparison, (enum report_format)format);
        assert_non_null(strstr(text, "m (4c355570)"));
        assert_non_null(strstr(text, "m (912679c1)"));
        free(text);
    }
    text = printed(&compared.comparison, REPORT_CSV);
    assert_non_null(strstr(text, ",m (4c355570),m,," TWO ",native,"));
    free(text);
    compared_free(&compared);
}

static void test_no_truth(void **state)
{
    (void)state;
    write_small();
    struct compared compared;
    compare(&compared, NULL);
    assert_notes(&compared.comparison, "\nNo regret: table 7ab1e7ab was not given (--table).\n");
    assert_true(isnan(compared.comparison.rows[0].regret));
    compared_free(&compared);
    table_fake_spoil(&fake);
    compare(&compared, &fake.table);
    assert_notes(&compared.comparison,
                 "\nNo regret: table 7ab1e7ab is incomplete (15 of 16 rows).\n");
    compared_free(&compared);
    (void)snprintf(fake.table.digest, sizeof fake.table.digest, "%s", FIXTURE_HASH);
    compare(&compared, &fake.table);
    assert_notes(&compared.comparison,
                 "\nNo regret: the traces are from table 7ab1e7ab, the one at "
                 "hand is 01234567.\n");
    compared_free(&compared);
}

/* A single trial of `fixture` is refused by the table, "trace PATH: " + `message`. */
static void refuse(unsigned network, double test_accuracy, int test_seed, unsigned asked,
                   const char *message)
{
    const struct fixture_query query[] = {{asked, 12, 57, 1500000000000ull}};
    struct fixture fixture = {.table = FAKE_DIGEST,
                              .queries = query,
                              .n_queries = 1,
                              .network = network,
                              .test_accuracy = test_accuracy,
                              .test_seed = test_seed};
    char path[96], expected[256];
    struct collection collection;
    struct comparison comparison;
    struct error error;
    const char *folders[] = {folder};
    (void)snprintf(path, sizeof path, "%s/s0.trace", folder);
    (void)snprintf(expected, sizeof expected, "trace %s: %s", path, message);
    fixture_write(&fixture, path);
    assert_int_equal(collection_open(&collection, folders, 1, &error), 0);
    assert_int_equal(comparison_init(&comparison, &collection, 0, &fake.table, &error),
                     ERROR_MISMATCH);
    assert_string_equal(error.text, expected);
    collection_close(&collection);
}

static void test_contradiction(void **state)
{
    (void)state;
    refuse(3, 54.5, 1, 3, "test accuracy 54.5000, but the table has 54.0000 for network 3");
    refuse(3, 54, 2, 3, "test seed 2 is not in the table (2 seeds)");
    refuse(9, 54, 1, 3, "architecture 9 is not network 9 in the table");
    refuse(3, 54, 1, 8, "network 8 is not in the table (8 networks)");
    fake.class_of[3] = 2;
    refuse(3, 54, 1, 3, "architecture 3 is not network 3 in the table");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPORT_TEST(test_figures),       REPORT_TEST(test_text),
        REPORT_TEST(test_markdown),      REPORT_TEST(test_csv),
        REPORT_TEST(test_verdicts),      REPORT_TEST(test_virtual),
        REPORT_TEST(test_styles),        REPORT_TEST(test_random_only),
        REPORT_TEST(test_single_seed),   REPORT_TEST(test_no_baseline),
        REPORT_TEST(test_labels),        REPORT_TEST(test_no_truth),
        REPORT_TEST(test_contradiction), REPORT_TEST(test_origins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
