/* nasbed audit as its user meets it, on a made-up table. */
#include "tests/table_fixture.h"

#include <sys/wait.h>

static char *out, *err; /* of the last call */

/* Run `nasbed audit WORDS` in the world's folder; its exit code. */
static int audit(const struct world *world, const char *words)
{
    char command[1024], path[160];
    size_t size;
    free(out);
    free(err);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && " NASBED_TEST_PROGRAM " audit %s >out 2>err </dev/null",
                   world->folder, words);
    int status = system(command);
    (void)snprintf(path, sizeof path, "%s/out", world->folder);
    out = world_bytes(path, &size);
    (void)snprintf(path, sizeof path, "%s/err", world->folder);
    err = world_bytes(path, &size);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void write_scores(const struct world *world, const char *name, const char *text)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s", world->folder, name);
    world_write(path, text, strlen(text));
}

/* The first half of the networks is trained, with one seed: architectures i, i % 40 of them. */
static void test_audit(void **state)
{
    struct world world;
    struct text scores = {0};
    (void)state;
    world_open(&world);
    world.plan.seeds = 1;
    world.plan.rows = 20;
    world_build(&world);
    text_append(&scores, "architecture,score\n");
    for (unsigned i = 0; i < 4000; i++)
        text_append(&scores, "%u,%u\n", i, (i % WORLD_NETWORKS * 37u) % 50u); /* what it is */
    text_append(&scores, "20000,1\n17,3\n");
    write_scores(&world, "s.csv", scores.data);
    text_free(&scores);
    assert_int_equal(audit(&world, "--scores ./s.csv --table x.h5 --top 3"), 0);
    assert_string_equal(err, "");
    assert_contains(out, "how well does s.csv rank cell?\n"
                         "truth: validation accuracy at point 4 in %, smoke (numerics 1, table ");
    assert_contains(out, "2000 architectures (20 networks) are scored and trained; the table has ");
    assert_contains(out, "left out: 2000 that the table has not\n"
                         "left out: 1 that the space does not know (first in line 4002)\n"
                         "left out: 1 named before (first in line 4003)\n");
    assert_contains(out, "\nwhole list, per string: 2000 architectures\n");
    assert_contains(
        out, "\ns.csv         2000  1.000     1.000         1.000   1.000             -  0.050  "
             "0.050  1.00     1    0.00  [1.000, 1.000]  [1.000, 1.000]\n");
    assert_contains(out, "\ntop 1 % by truth, per string: 20 architectures\n");
    assert_contains(out, "\ntop 1000 by truth, per string: 1000 architectures\n");
    assert_contains(out, "The table has one seed: no noise ceiling.\n");
    assert_int_equal(audit(&world, "--scores s.csv --table x.h5 --top 1,2 --truth test --by scores "
                                   "--bootstrap 0 --format csv"),
                     0);
    assert_contains(out, "rank_2,regret_2,tau_b_architectures_low,tau_b_architectures_high,"
                         "spearman_architectures_low,spearman_architectures_high\ncell,smoke,1,");
    assert_contains(out, ",test,whole list,scores,string,s.csv,,,2000,1,1,1,1,,0.04");
    assert_contains(out, ",test,top 1000,scores,string,s.csv,,,1000,1,1,");
    assert_int_equal(audit(&world, "--scores x.h5 --table x.h5 --truth test --top 3 --format csv"),
                     0);
    assert_contains(out,
                    ",whole list,truth,string,x.h5,,,7810,1,1,1,1,,0.04"); /* 20 of 40 networks */
    assert_contains(out, ",whole list,truth,string,its own validation,,,7810,1,1,1,1,,0.04");
    world_close(&world);
}

/* Kept scores of two methods and a control, one file damaged: a table, and what was left out. */
static void test_kept(void **state)
{
    struct world world;
    struct text scores = {0};
    (void)state;
    world_open(&world);
    world_build(&world);
    text_append(&scores, "architecture,score\n");
    for (unsigned i = 0; i < 400; i++)
        text_append(&scores, "%u,%u\n", i, i * 37u % 101u);
    char command[400];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && mkdir -p k/cell/spos/b2 k/cell/snas/b3 k/cell/snas-untrained/b3",
                   world.folder);
    assert_int_equal(system(command), 0);
    write_scores(&world, "k/cell/spos/b2/s0.csv", scores.data);
    write_scores(&world, "k/cell/spos/b2/s1.csv", scores.data);
    write_scores(&world, "k/cell/snas/b3/s0.csv", scores.data);
    write_scores(&world, "k/cell/snas-untrained/b3/s0.csv", scores.data);
    text_free(&scores);
    assert_int_equal(audit(&world, "k --table x.h5 --format csv"), 0);
    assert_string_equal(err, "");
    assert_contains(out, "space,table_protocol,table,truth,supernet,budget,trained_under,seeds,n,");
    assert_contains(out, ",validation,spos,2,,2,400,");
    assert_contains(out, ",validation,snas,3,,1,400,");
    write_scores(&world, "k/cell/spos/b2/s1.csv", "what\n");
    assert_int_equal(audit(&world, "k --table x.h5 --format markdown"), 1);
    assert_contains(out, "| spos | 2 | 1 | 400 |");
    assert_contains(err, "nasbed: audit: left out: k/cell/spos/b2/s1.csv: line 1: expected ");
    assert_contains(err, "nasbed: audit: 1 score file was left out");
    world_close(&world);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *words;
        int code;
        const char *message;
    } cases[] = {
        {"", 2,
         "nasbed: audit: --scores FILE, --method NAME or DIR with kept scores must be given"},
        {"--scores s.csv", 2, "nasbed: audit: --table FILE.h5 must be given"},
        {"--scores s.csv --table no.h5", 1, "nasbed: audit: table no.h5: No such file"},
        {"--scores no.csv --table x.h5", 1, "nasbed: audit: no.csv: No such file"},
        {"--scores no.h5 --table x.h5", 1, "nasbed: audit: table no.h5: No such file"},
        {"--scores s.csv --table x.h5", 1,
         "nasbed: audit: s.csv: line 3: the score is no finite number: \"x\""},
        {"--scores none.csv --table x.h5", 1, "nasbed: audit: none.csv: has no scores"},
        {"--scores s.csv --table x.h5 --top 10,2", 2,
         "top = 10,2: expected whole numbers from 1, ascending, as in 1,10,100"},
        {"--scores s.csv --table x.h5 --top 0", 2, "top = 0: expected whole numbers from 1"},
        {"--scores s.csv --table x.h5 --top 1,", 2, "top = 1,: expected whole numbers from 1"},
        {"--scores s.csv --table x.h5 --top 1,2,3,4,5,6,7,8,9", 2,
         "top = 1,2,3,4,5,6,7,8,9: more than 8 numbers"},
        {"--scores s.csv --table x.h5 --truth valid", 2,
         "truth = valid: must be validation or test"},
        {"--scores s.csv --table x.h5 --by score", 2, "by = score: must be truth or scores"},
        {"--scores s.csv --table x.h5 --seeds 3", 2, "--seeds goes with --method alone"},
        {"--scores s.csv --table x.h5 --untrained", 2, "--untrained goes with --method alone"},
        {"--scores s.csv --table x.h5 --seeds 1 --budget 9", 2,
         "--budget goes with --method alone"},
        {". --table x.h5 --set spos.rate=1", 2, "--set goes with --method alone"},
        {"--scores s.csv --method spos", 2, "either --scores or --method, not both"},
        {"--method pnas", 2, "pnas shares no weights: it has no supernet to audit"},
        {"--method spo", 2, "unknown method \"spo\": did you mean \"spos\"?"},
        {"--method spos --set spos.share=2", 2, "share = 2"},
        {"--scores s.csv --table x.h5 --per net", 2, "per = net: must be string, class or both"},
        {"--scores s.csv --table x.h5 --format html", 2,
         "format = html: must be text, markdown, csv or latex"},
        {"--scores s.csv --table x.h5 more", 2,
         "more: either DIR with kept scores, or --scores, or --method"},
        {". ", 2, "--table FILE.h5 must be given"},
        {". --table x.h5 --per class", 2,
         ".: kept scores are judged per string, by validation "
         "accuracy (--per, --truth and --by go with"},
        {". --table no.h5", 1, "table no.h5: No such file"},
        {". --table x.h5", 1,
         "no scores of cell, whose table is x.h5: expected "
         "DIR/.../cell/METHOD/bBUDGET/sSEED.csv, as nasbed audit --method writes them"},
    };
    struct world world;
    (void)state;
    world_open(&world);
    world_build(&world);
    write_scores(&world, "s.csv", "architecture,score\n1,2\n2,x\n");
    write_scores(&world, "none.csv", "architecture,score\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int code = audit(&world, cases[i].words);
        if (code != cases[i].code)
            fail_msg("audit %s: exit %d: %s", cases[i].words, code, err);
        assert_contains(err, cases[i].message);
        assert_string_equal(out, "");
    }
    world_close(&world);
}

/* A published list as it comes, two columns cut out: every string is known, none comes twice.
 * Skipped without NASBED_REFERENCE. */
static void test_nasbench201(void **state)
{
    struct world world;
    char command[512];
    const char *folder = getenv("NASBED_REFERENCE");
    (void)state;
    if (!folder)
        skip();
    world_open(&world);
    world_build(&world);
    (void)snprintf(command, sizeof command,
                   "cut -d, -f2,10 '%s/nasbench201/nasbench201.csv' | "
                   "sed '1s/.*/architecture,score/' >'%s/nb.csv'",
                   folder, world.folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(audit(&world, "--scores nb.csv --table x.h5"), 0);
    assert_contains(out, "\n15625 architectures (40 networks) are scored and trained; the table "
                         "has 15625 of 15625\n\n");
    world_close(&world);
}

static int release(void **state)
{
    (void)state;
    free(out);
    free(err);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_audit),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_nasbench201),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
