/* Score files beside the traces, and what ranks a section's space. */
#include "base/file.h"
#include "reports/rankings.h"
#include "reports/supernets.h"

#include "tests/report_fixture.h"

static uint64_t params[FAKE_NETWORKS], macs[FAKE_NETWORKS];

static int set_up_table(void **state)
{
    (void)set_up(state);
    for (unsigned i = 0; i < FAKE_NETWORKS; i++) {
        params[i] = 100 + i; /* ranks as validation does */
        macs[i] = 100 - i;   /* the other way round */
        for (unsigned seed = 0; seed < 2; seed++)
            fake.valid_accuracy[12 * (seed * FAKE_NETWORKS + i) + 11] = 40.0f + (float)i;
    }
    fake.table.params = params;
    fake.table.macs = macs;
    fake.table.space = space_find("cell", NULL);
    return 0;
}

static void write_scores(const char *name, const char *text)
{
    char path[160];
    struct error error;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    *strrchr(path, '/') = '\0';
    assert_int_equal(folder_make(path, &error), 0);
    path[strlen(path)] = '/';
    assert_int_equal(file_write(path, text, strlen(text), &error), 0);
}

static void open_files(struct score_files *files)
{
    struct error error;
    const char *folders[] = {folder, folder};
    if (score_files_open(files, folders, 2, &error))
        fail_msg("%s", error.text);
}

static void test_found(void **state)
{
    (void)state;
    struct score_files files;
    write_scores("audit/cell/spos/b6/s10.csv", "");
    write_scores("audit/cell/spos/b6/s0.csv", "");
    write_scores("audit/cell/spos-untrained/b0.5/s0.csv", "");
    write_scores("audit/cell/spos/6/s0.csv", "");
    write_scores("audit/cell/spos/b6/sx.csv", "");
    write_scores("audit/cell/spos/b6/s1.txt", "");
    write_scores("audit/comparison.csv", "");
    open_files(&files); /* twice the same folder: each file once */
    assert_int_equal(files.n, 3);
    assert_string_equal(files.files[0].group, "cell/spos-untrained/b0.5");
    assert_string_equal(files.files[0].method, "spos-untrained");
    assert_string_equal(files.files[0].budget, "0.5");
    assert_string_equal(files.files[1].group, "cell/spos/b6");
    assert_int_equal(score_files_end(&files, 0), 1);
    assert_int_equal(score_files_end(&files, 1), 3);
    score_files_close(&files);
}

static void test_missing_folder(void **state)
{
    (void)state;
    struct score_files files;
    const char *folders[] = {"/nonexistent"};
    /* the traces name it as missing: here it holds nothing */
    assert_int_equal(score_files_open(&files, folders, 1, NULL), 0);
    assert_int_equal(files.n, 0);
    score_files_close(&files);
}

/* Seed 0 ranks all eight rightly, seed 1 all wrongly: tau-b 1 and -1. */
static const char right[] = "architecture,score\n0,0\n1,1\n2,2\n3,3\n4,4\n5,5\n6,6\n7,7\n";
static const char wrong[] = "architecture,score\n0,7\n1,6\n2,5\n3,4\n4,3\n5,2\n6,1\n7,0\n";

static void test_measured(void **state)
{
    (void)state;
    struct score_files files;
    struct rankings rankings;
    struct error error;
    struct text text = {0};
    write_scores("cell/spos/b6/s0.csv", right);
    write_scores("cell/spos/b6/s1.csv", wrong);
    write_scores("chain/spos/b6/s1.csv", wrong); /* of another space */
    open_files(&files);
    if (rankings_make(&rankings, &fake.table, &files, &error))
        fail_msg("%s", error.text);
    assert_string_equal(rankings.rows[0].name, "spos, budget 6");
    assert_int_equal(rankings.rows[0].seeds, 2);
    assert_true(fabs(rankings.rows[0].whole.tau) < 1e-12);
    assert_true(fabs(rankings.rows[0].tau_std - sqrt(2)) < 1e-12);
    assert_string_equal(rankings.rows[1].name, "params");
    assert_true(fabs(rankings.rows[1].whole.tau - 1) < 1e-12);
    assert_true(fabs(rankings.rows[2].whole.tau + 1) < 1e-12);
    assert_string_equal(rankings.rows[rankings.n - 1].name, "noise ceiling");
    assert_int_equal(rankings_print(&rankings, REPORT_TEXT, true, &text, NULL), 0);
    assert_non_null(strstr(text.data, "\nspos, budget 6      2  8   0.000 +- 1.414 "));
    assert_non_null(strstr(
        text.data, "spos, budget 6: its files do not say under which protocol it was trained."));
    text_free(&text);
    assert_int_equal(rankings_write(&rankings, 0, folder, "p", &error), 0);
    assert_content_in(folder, "p-spos-b6-scatter.dat",
                      "# score, truth in percent, architecture\n0 40 0\n1 41 1\n");
    assert_content_in(folder, "p-spos-b6-scatter.gp", "A dot for 8 of 8 architectures");
    rankings_free(&rankings);
    score_files_close(&files);
}

/* Without scores the rivals stand alone; a file that cannot be read is named and left out. */
static void test_left_out(void **state)
{
    (void)state;
    struct score_files files;
    struct rankings rankings;
    struct error error;
    struct text text = {0};
    char expected[160];
    write_scores("cell/spos/b6/s0.csv", "what is this\n");
    open_files(&files);
    if (rankings_make(&rankings, &fake.table, &files, &error))
        fail_msg("%s", error.text);
    assert_string_equal(rankings.rows[0].name, "params");
    assert_int_equal(rankings.damaged, 1);
    (void)snprintf(expected, sizeof expected, "%s/cell/spos/b6/s0.csv: line 1: expected", folder);
    assert_non_null(strstr(rankings.left_out.data, expected));
    assert_int_equal(rankings_print(&rankings, REPORT_TEXT, true, &text, NULL), 0);
    assert_non_null(strstr(text.data, "There are no scores of supernets beside the traces"));
    text_free(&text);
    rankings_free(&rankings);
    score_files_close(&files);
}

/* Scores with a header that names the protocol. */
static void write_known(const char *name, const char *protocol, double slope)
{
    double score[FAKE_NETWORKS];
    struct text text = {0};
    struct scores scores = {.score = score,
                            .source = {.known = true,
                                       .identity = fake.table.identity,
                                       .supernet = (char[]){"spos"},
                                       .spent = 100}};
    struct space few = *space_find("cell", NULL);
    few.count = FAKE_NETWORKS;
    for (int i = 0; i < FAKE_NETWORKS; i++)
        score[i] = 50 + slope * i;
    (void)snprintf(scores.source.identity.protocol, sizeof scores.source.identity.protocol, "%s",
                   protocol);
    (void)snprintf(scores.source.identity.protocol_hash,
                   sizeof scores.source.identity.protocol_hash, "%s hash", protocol);
    scores_print(&scores, &few, &text);
    write_scores(name, text.data);
    text_free(&text);
}

/* Two methods beside what costs nothing, the control of the one, and what is left out: a second file of a
 * seed, and one that was trained otherwise than the others. */
static void test_supernets(void **state)
{
    (void)state;
    struct score_files files;
    struct rankings rankings;
    struct error error;
    struct text text = {0};
    write_known("cell/spos/b6/s0.csv", "mini", 1);
    write_known("cell/spos/b6/s1.csv", "mini", -1);
    write_known("more/cell/spos/b6/s1.csv", "mini", 2);
    write_known("cell/spos/b6/s2.csv", "maxi", 1);
    write_scores("cell/spos-untrained/b6/s0.csv", wrong);
    write_scores("cell/snas/b6/s0.csv", right);
    open_files(&files);
    if (rankings_make(&rankings, &fake.table, &files, &error))
        fail_msg("%s", error.text);
    assert_int_equal(rankings.damaged, 2);
    assert_non_null(strstr(rankings.left_out.data, "/more/cell/spos/b6/s1.csv: is seed 1 of "
                                                   "cell/spos/b6, as "));
    assert_non_null(strstr(rankings.left_out.data,
                           "/cell/spos/b6/s2.csv: was trained otherwise than the others of "
                           "cell/spos/b6: protocol maxi (maxi has), not mini (mini has)"));
    assert_int_equal(supernets_print(&rankings, 1, REPORT_CSV, &text, &error), 0);
    static const char heading[] =
        "space,table_protocol,table,truth,supernet,budget,trained_under,seeds,n,tied_score,"
        "tied_truth,accuracy,tau_b,"
        "tau_b_low,tau_b_high,tau_b_std,tau_b_seeds,tau_b_params,tau_b_macs,tau_b_untrained,"
        "tau_b_ceiling,";
    assert_memory_equal(text.data, heading, strlen(heading));
    assert_non_null(strstr(text.data, ",snas,6,,1,8,0,0,3.5,1,,,,0: 1.000,1,-1,-1,1,"));
    assert_non_null(strstr(text.data, ",spos,6,mini,2,8,0,0,50,0,-1,1,1.41421356237309"));
    assert_non_null(strstr(text.data, ",\"0: 1.000, 1: -1.000\",1,-1,-1,1,"));
    assert_null(strstr(text.data, "-untrained,"));
    text_free(&text);
    assert_int_equal(supernets_print(&rankings, 1, REPORT_TEXT, &text, &error), 0);
    assert_non_null(strstr(text.data, "0.000 [-1.000, 1.000]  0: 1.000, 1: -1.000"));
    assert_non_null(
        strstr(text.data, "\nspos, budget 6: trained under mini, not as the table was.\n"));
    assert_non_null(
        strstr(text.data, "\nsnas, budget 6: its files do not say under which protocol"));
    text_free(&text);
    assert_int_equal(supernets_print(&rankings, 1, REPORT_LATEX, &text, &error), 0);
    assert_non_null(strstr(text.data, "\\begin{tabular}"));
    text_free(&text);
    rankings_free(&rankings);
    score_files_close(&files);
}

/* A table that lacks a network, and scores of some: how many count is said. */
static void test_partial(void **state)
{
    (void)state;
    struct score_files files;
    struct rankings rankings;
    struct text text = {0};
    for (int seed = 0; seed < 2; seed++)
        for (int t = 0; t < 12; t++)
            fake.valid_accuracy[(seed * FAKE_NETWORKS + 3) * 12 + t] = (float)NAN;
    write_scores("cell/spos/b6/s0.csv", "architecture,score\n0,0\n1,1\n2,2\n3,3\n");
    open_files(&files);
    assert_int_equal(rankings_make(&rankings, &fake.table, &files, NULL), 0);
    assert_int_equal(supernets_print(&rankings, 1, REPORT_MARKDOWN, &text, NULL), 0);
    assert_non_null(strstr(text.data, "| spos | 6 | 1 | 3 | 1.5 | 1.000 | 0: 1.000 |"));
    assert_non_null(
        strstr(text.data, "it has 7 of 8 architectures: what it lacks counts nowhere.\n"));
    assert_non_null(
        strstr(text.data, "\n- n: architectures that are scored and that the table has;"));
    text_free(&text);
    rankings_free(&rankings);
    score_files_close(&files);
}

#define TABLE_TEST(function) cmocka_unit_test_setup_teardown(function, set_up_table, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TABLE_TEST(test_found),    TABLE_TEST(test_missing_folder), TABLE_TEST(test_measured),
        TABLE_TEST(test_left_out), TABLE_TEST(test_supernets),      TABLE_TEST(test_partial),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
