/* nasbed table import as its user meets it, and what the other commands make of an imported table:
 * they read it, search on it and report it under its reading's name, or say what it lacks. */
#include "base/file.h"
#include "tests/import_fixture.h"

#include <sys/wait.h>

static char *out, *err; /* of the last command */

static char *take(const char *name)
{
    char *text;
    size_t size;
    assert_int_equal(file_read(scratch_path(name), &text, &size, NULL), 0);
    return text;
}

/* Exit code of `nasbed ARGUMENTS`, run in the scratch folder. */
static int nasbed(const char *arguments)
{
    struct text command = {0};
    free(out);
    free(err);
    text_append(&command, "cd '%s' && " NASBED_TEST_PROGRAM " %s >out 2>err", scratch, arguments);
    int status = system(command.data);
    text_free(&command);
    assert_true(WIFEXITED(status));
    out = take("out");
    err = take("err");
    return WEXITSTATUS(status);
}

static void check_done(const char *arguments)
{
    int code = nasbed(arguments);
    if (code)
        fail_msg("nasbed %s: exit %d: %s", arguments, code, err);
}

static void check_fails(const char *arguments, int wanted, const char *message)
{
    int code = nasbed(arguments);
    if (code != wanted || strncmp(err, message, strlen(message)) != 0)
        fail_msg("nasbed %s: exit %d: %s", arguments, code, err);
    assert_string_equal(out, "");
}

static void check_holds(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not hold \"%s\"", text, part);
}

/* one.ini: the protocol nasbench201 with one point, so that no column of points is needed. */
static int write_protocol(void)
{
    char *ini, *points;
    size_t size;
    assert_int_equal(file_read(NASBED_TEST_SOURCE "/protocols/nasbench201.ini", &ini, &size, NULL),
                     0);
    assert_non_null(points = strstr(ini, "points = 50"));
    memcpy(points, "points = 1 ", 11);
    int status = file_write(scratch_path("one.ini"), ini, size, NULL);
    free(ini);
    return status;
}

/* nb.csv in the columns of the published file. */
static int set_up(void **state)
{
    struct import_case made;
    if (scratch_make(state) || write_protocol())
        return -1;
    import_open(&made, "cell", "nasbench201", 1);
    struct text source = import_source(&made), named = {0};
    text_append(&named, "index,arch,params,flops,cifar10_valid_acc_200,cifar10_test_acc_200\n%s",
                strchr(source.data, '\n') + 1);
    int status = file_write(scratch_path("nb.csv"), named.data, named.size, NULL);
    text_free(&named);
    text_free(&source);
    import_close(&made);
    return status;
}

static int tear_down(void **state)
{
    free(out);
    free(err);
    return scratch_remove(state);
}

static void test_import(void **state)
{
    (void)state;
    check_done("table import nasbench201 nb.csv --out nb.h5");
    check_holds(out, "nb.h5: 15625 architectures as 15625 networks, 1 seed, of 15625 rows; "
                     "isomorphs: each as published\n");
    check_done("table import nasbench201 nb.csv --out nbc.h5 --reading classes");
    check_holds(out, "nbc.h5: 15625 architectures as 5260 networks, 1 seed, of 15625 rows; "
                     "isomorphs: by class, the mean of its members\n");
    check_done("table info nbc.h5");
    check_holds(out, "protocol      nasbench201-valid200-test200-classes, 1 point, hash ");
    check_holds(out, "tests         of other trainings than the validations under the same seed\n");
    check_holds(out, "data set      that of the source, no digest\n"
                     "numerics      0: imported, the protocol's hash is the source's digest\n");
    check_holds(out, "rows          5260 of 5260 (1 seed), complete\n");
    check_holds(out, "\nfull training 1423 TFLOP: the mean over the space's strings\n");
}

static void test_refusals(void **state)
{
    (void)state;
    check_fails("table import", 2, "nasbed: table import: expected a format and a FILE\n");
    check_fails("table import nasbench101 nb.csv --out x.h5", 2,
                "nasbed: table import: unknown format \"nasbench101\": did you mean "
                "\"nasbench201\"?: one of nasbench201, ");
    check_fails("table import nasbench201 nb.csv", 2,
                "nasbed: table import: --out FILE.h5 must be given\n");
    check_fails("table import nasbench201 nb.csv --out x.h5 --epochs 13", 2,
                "nasbed: table import: epochs = 13: the source has 12 and 200\n");
    check_fails("table import nasbench201 nb.csv --out x.h5 --epochs 12", 1,
                "nasbed: table import: nb.csv: line 1: there is no column "
                "\"cifar10_valid_acc_12\"\n");
    check_fails("table import nasbench201 nb.csv --out x.h5 --reading all", 2,
                "nasbed: table import: reading = all: must be each or classes\n");
    check_fails("table import nasbench201 nb.csv --out nb.h5", 1,
                "nasbed: table import: nb.h5: is there already");
    check_fails("table import nasbench201 nb.csv --out x.h5 --space chain", 2,
                "nasbed: table import: nasbench201 is described already: space, protocol, columns, "
                "name, seeds and tests-apart are for csv\n");
    check_fails("table import nasbench-macro nb.csv --out x.h5 --epochs 12", 2,
                "nasbed: table import: epochs and test-epochs are for nasbench201\n");
    check_fails("table import csv nb.csv --out x.h5 --space cell", 2,
                "nasbed: table import: csv needs --space and --protocol\n");
    check_fails("table import csv nb.csv --out x.h5 --space cell --protocol smoke", 2,
                "nasbed: table import: --columns must say which columns hold what\n");
    check_fails("table import csv no.csv --out x.h5 --space cell --protocol nasbench201 "
                "--columns a",
                1, "nasbed: table import: no.csv: No such file or directory\n");
    assert_false(file_exists(scratch_path("x.h5")));
}

/* A search on either reading; the report names the reading. */
static void test_run(void **state)
{
    (void)state;
    check_done("run --table nbc.h5 --method random-search,local-search --budget 20 --seeds 2 "
               "--threads 1 --out runs --quiet");
    check_done("report runs --table nbc.h5 --out page");
    check_holds(out, "cell, nasbench201-valid200-test200-classes (numerics 0), budget 20 full "
                     "trainings, 2 seeds");
    check_holds(out, "Random search is 10000 virtual runs on the table");
    char *page = take("page/index.html");
    check_holds(page, "data set digest none (imported), table digest ");
    free(page);
    check_done("run --table nb.h5 --method regularized-evolution --budget 20 --seeds 1 "
               "--threads 1 --out each --quiet");
    check_fails("run --table nb.h5 --space chain --method random-search", 1,
                "nasbed: run: table nb.h5: is of space cell, not chain (--space)\n");
    check_fails("run --table nb.h5 --protocol smoke --method random-search", 1,
                "nasbed: run: table nb.h5: is imported and has a protocol of its own, "
                "nasbench201-valid200-test200-each, not smoke: leave --protocol out\n");
    check_fails("run --table nb.h5 --method darts,random-search,nash-net", 2,
                "nasbed: run: nash-net is undefined on cell");
    check_fails("run --table nb.h5 --method darts,random-search,enas", 2,
                "nasbed: run: table nb.h5: is imported: nothing is trained under its protocol "
                "here, and what these train is in no table: darts, enas: choose other methods, ");
    check_fails("table verify nb.h5", 1,
                "nasbed: table verify: table nb.h5: was imported: its rows were not trained by "
                "this program\n");
}

/* All are those that the table answers; the others are named. */
static void test_run_all(void **state)
{
    (void)state;
    check_done("run --table nbc.h5 --method all --budget 12 --seeds 1 --threads 1 --out all "
               "--set pnas.epochs=5,pnas.first-epochs=5");
    check_holds(err, "nasbed: run: table nbc.h5 is imported, nothing is trained: left out: ");
    check_holds(err, "darts");
    assert_true(file_exists(scratch_path("all/cell/nas-rl/b12/s0.trace")));
    assert_false(file_exists(scratch_path("all/cell/darts")));
    check_holds(out, ", budget 12 full trainings of 1423 TFLOP, 1 seed, nbc.h5\n");
    check_holds(out, "next    nasbed report all --table nbc.h5 --out all\n");
}

/* Random search keeps the rules and is not told apart from itself; a method that asks by the clock, or one
 * that is none, is found out. */
static void test_validate(void **state)
{
    (void)state;
    static const char clock[] =
        "import sys, json, time\n"
        "hello = json.loads(sys.stdin.readline())\n"
        "def ask(**request):\n"
        "    print(json.dumps(request), flush=True)\n"
        "    return json.loads(sys.stdin.readline())\n"
        "a = ask(do='from_index', index=time.time_ns() // 1000 % 15625)['architecture']\n"
        "ask(do='query', architecture=a)\n"
        "ask(do='finish', architecture=a)\n";
    assert_int_equal(file_write(scratch_path("clock.py"), clock, sizeof clock - 1, NULL), 0);
    check_done("validate --method random-search --table nb.h5 --budgets 10 --seeds 20 --threads 1 "
               "--out valid --quiet");
    check_holds(out, "  ok    is random search where rows are permuted (negative control)\n");
    check_holds(out, "Verdict: random-search is not told apart from random search (5 %, Holm); ");
    assert_int_equal(nasbed("validate --exec 'python3 clock.py' --table nb.h5 --budgets 10 "
                            "--conformance --threads 1 --out clock"),
                     1);
    check_holds(out, "  FAIL  asks the same at the same seed: ");
    check_fails("validate --method darts --table nb.h5", 2,
                "nasbed: validate: table nb.h5: is imported: nothing is trained under its protocol "
                "here, and what these train is in no table: darts: choose other methods, ");
    check_fails("validate --table nb.h5", 2,
                "nasbed: validate: name one method, by --method or by --exec\n");
}

/* The same source with times: every training of 200 epochs takes 2,002 seconds, so that 12,000 pay for
 * four beside the reserve. */
static void test_gpu_seconds(void **state)
{
    (void)state;
    char *plain = take("nb.csv"), *line = plain;
    struct text timed = {0};
    for (size_t length; *line; line += length + 1) {
        length = strcspn(line, "\n");
        text_append_bytes(&timed, line, length);
        text_append(&timed, line == plain ? ",train_seconds_per_epoch,valid_seconds\n" : ",10,2\n");
    }
    assert_int_equal(file_write(scratch_path("timed.csv"), timed.data, timed.size, NULL), 0);
    check_done("table import nasbench201 timed.csv --out timed.h5");
    check_done("table info timed.h5");
    check_holds(out, "\nfull training 2002 GPU seconds of the source, the mean\n");
    static const char run[] = "run --table timed.h5 --method random-search --seeds 2 --threads 1 "
                              "--out seconds --budget 12000 --budget-unit gpu-seconds";
    check_done(run);
    check_holds(out, "budget 12000 GPU seconds (a full training takes 2002), 2 seeds, timed.h5\n"
                     "2 trials run, 0 were finished before");
    char *trace = take("seconds/cell/random-search/b12000s/s1.trace");
    check_holds(trace, "\"budget_unit\":\"gpu-seconds\",\"budget\":12000.0,\"budget_microseconds\":"
                       "12000000000,\"reserve_microseconds\":2002000000,");
    check_holds(trace, "\"charge\":2002000000,\"spent\":8008000000,");
    check_holds(trace, "\"asked\":2002000000,\"left\":1990000000}");
    check_done(run);
    check_holds(out, "0 trials run, 2 were finished before");
    check_done("run --table timed.h5 --method random-search --seeds 2 --threads 1 --out seconds "
               "--budget 10 --quiet");
    check_done("report seconds --table timed.h5 --out page");
    check_holds(out, "budget 10 full trainings, 2 seeds");
    check_holds(out, "budget 12000 GPU seconds of the source, 2 seeds");
    check_holds(out, "after 4.0 draws");
    check_holds(out, "\nA search saw other trainings than those it is tested on.");
    assert_null(strstr(out, "Biased"));
    check_done("table export timed.h5 --csv --final");
    check_holds(out, ",test_accuracy,train_seconds\n");
    check_fails("run --table nb.h5 --method random-search --budget 9 --budget-unit gpu-seconds", 1,
                "nasbed: run: table nb.h5: has no training times, so that no budget can be in GPU "
                "seconds: give it in full trainings\n");
    check_fails("run --table nb.h5 --method random-search --budget-unit hours", 2,
                "nasbed: run: budget-unit = hours: must be trainings or gpu-seconds\n");
    free(trace);
    free(plain);
    text_free(&timed);
}

/* What is exported comes in again: the same results under the same names. */
static void test_round_trip(void **state)
{
    (void)state;
    check_done("table export nb.h5 --csv");
    assert_int_equal(file_write(scratch_path("again.csv"), out, strlen(out), NULL), 0);
    check_done("table import csv again.csv --out again.h5 --space cell --protocol one.ini "
               "--columns architecture,seed,point,valid_accuracy,test_accuracy");
    check_done("table export again.h5 --csv");
    char *before = take("again.csv");
    assert_string_equal(out, before);
    free(before);
}

static void test_lacking(void **state)
{
    (void)state;
    static const char tests[] = "\xef\xbb\xbf"
                                "arch,acc\n5,60\n6,61\n";
    assert_int_equal(file_write(scratch_path("t.csv"), tests, sizeof tests - 1, NULL), 0);
    static const char one[] = "table import csv t.csv --space cell --protocol one.ini --partial "
                              "--name t --columns architecture=arch,";
    struct text command = {0};
    text_append(&command, "%stest_accuracy=acc --out t.h5", one);
    check_done(command.data);
    check_done("table info t.h5");
    check_holds(out, "\nbest test     index 6 |none~0|+|none~0|none~1|+|none~0|skip_connect~1|"
                     "skip_connect~2|: test 61.00 %\n");
    assert_null(strstr(out, "best valid."));
    assert_null(strstr(out, "mean curve"));
    check_done("table query t.h5 6");
    check_holds(out, "-        61.0000\n");
    check_fails("run --table t.h5 --method random-search", 1,
                "nasbed: run: table t.h5: has no validation accuracy, which every method searches "
                "by\n");
    assert_int_equal(nasbed("table info t.h5 --out plots"), 1);
    check_holds(err, "nasbed: table info: t.h5: nothing to plot: the table has no validation "
                     "accuracy\n");
    assert_int_equal(file_write(scratch_path("s.csv"), "architecture,score\n5,1\n6,2\n", 27, NULL),
                     0);
    check_fails("audit --scores s.csv --table t.h5", 1,
                "nasbed: audit: table t.h5 has no validation accuracy (--truth test)\n");
    check_done("audit --scores s.csv --table t.h5 --truth test");
    check_fails("audit --method random-nas --protocol smoke --table t.h5", 1,
                "nasbed: audit: table t.h5: belongs to another table: its protocol is t-each, not "
                "smoke");
    check_holds(err, ": leave --table out, then judge what is kept: nasbed audit out/audit "
                     "--table t.h5\n");
    text_free(&command);
    text_append(&command, "%svalid_accuracy=acc --out v.h5", one);
    check_done(command.data);
    check_fails("run --table v.h5 --method random-search", 1,
                "nasbed: run: table v.h5: has no test accuracy, which every trial ends with\n");
    text_free(&command);
    text_append(&command, "%stest_accuracy=acc --search-on-test --out s.h5", one);
    check_done(command.data);
    check_done("table info s.h5");
    check_holds(out, "protocol      t-searched-on-test-each, 1 point, ");
    check_fails(
        "run --table s.h5 --method random-search --budget 5 --seeds 1 --threads 1 --out few "
        "--quiet",
        1, "nasbed: run: few/cell/random-search/b5/s0: network ");
    text_free(&command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_import),     cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_run),        cmocka_unit_test(test_run_all),
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_lacking),
        cmocka_unit_test(test_validate),   cmocka_unit_test(test_gpu_seconds),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
