/* nasbed table as its user meets it: what info, query, export and merge print, and every
 * refusal. */
#include "base/file.h"
#include "tests/table_fixture.h"

#include <sys/wait.h>

/* What the program printed, and its exit code. */
struct outcome {
    int code;
    char *out, *err;
};

static struct outcome nasbed(const struct world *world, const char *arguments)
{
    char command[512];
    struct outcome outcome;
    size_t size;
    (void)snprintf(command, sizeof command, "cd '%s' && " NASBED_TEST_PROGRAM " %s >out 2>err",
                   world->folder, arguments);
    int status = system(command);
    assert_true(WIFEXITED(status));
    outcome.code = WEXITSTATUS(status);
    (void)snprintf(command, sizeof command, "%s/out", world->folder);
    outcome.out = world_bytes(command, &size);
    (void)snprintf(command, sizeof command, "%s/err", world->folder);
    outcome.err = world_bytes(command, &size);
    return outcome;
}

static void assert_fails(const struct world *world, const char *arguments, int code,
                         const char *message)
{
    struct outcome outcome = nasbed(world, arguments);
    if (outcome.code != code)
        fail_msg("nasbed %s: exit %d: %s", arguments, outcome.code, outcome.err);
    assert_contains(outcome.err, message);
    assert_string_equal(outcome.out, "");
    free(outcome.out);
    free(outcome.err);
}

/* The standard output of a command that succeeds and says nothing else; the caller frees. */
static char *printed(const struct world *world, const char *arguments)
{
    struct outcome outcome = nasbed(world, arguments);
    if (outcome.code || outcome.err[0])
        fail_msg("nasbed %s: exit %d: %s", arguments, outcome.code, outcome.err);
    free(outcome.err);
    return outcome.out;
}

static int count_lines(const char *text)
{
    int lines = 0;
    for (; (text = strchr(text, '\n')); text++)
        lines++;
    return lines;
}

static void test_info(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world_build(&world);
    char *out = printed(&world, "table info x.h5");
    assert_contains(out, "space         cell: 15625 architectures, 40 networks\n");
    assert_contains(out, world.plan.identity.protocol_hash);
    assert_contains(out, "rows          80 of 80 (2 seeds), complete\n");
    assert_contains(out,
                    "accuracy in % at the last point, mean over seeds, of 15625 architectures");
    /* Made-up accuracies: base + 9.9 and base + 12.25, base the mean of two of 0 .. 49. */
    float least = 100, most = 0;
    for (uint32_t network = 0; network < WORLD_NETWORKS; network++) {
        struct table_record a, b;
        world_record(&world, network, 0, &a);
        world_record(&world, network, 1, &b);
        float mean = (a.test_accuracy + b.test_accuracy) / 2;
        least = mean < least ? mean : least;
        most = mean > most ? mean : most;
    }
    char row[64];
    (void)snprintf(row, sizeof row, "test          %12.2f", (double)least);
    assert_contains(out, row);
    (void)snprintf(row, sizeof row, ", test %.2f %%\n", (double)most);
    assert_contains(out, row);
    (void)snprintf(row, sizeof row, "params        %12d", 5000);
    assert_contains(out, row);
    assert_contains(out, "full training ");
    assert_contains(out, "worst valid.  index ");
    assert_contains(out, " by test\n"); /* regret */
    /* Both curves rise by the same steps: every point ranks as the last. */
    assert_contains(out,
                    "                  1                        25.12                          "
                    "1.000\n");
    assert_contains(out, "\nvalidation against test, same seed          1.000     1.000\n");
    assert_contains(out, "  of 15625\n  within the top of the others");
    assert_contains(out, "times         0.01 CPU-hours for 80 trainings, 0.25 CPU-seconds each, "
                         "8192 images/s a core\n"); /* 2 epochs of 1,024 */
    free(out);
    world_close(&world);
}

/* Lines that a kill cut are counted; a file that is something else is refused. */
static void test_info_times(void **state)
{
    struct world world;
    char path[160];
    static const char some[] = "network,seed,wall_seconds,cpu_seconds,machine\n"
                               "3,0,2.0,3600,here\n4,0,1.0,18\n4,0,1.0,1800.0,here\n5,0";
    (void)state;
    world_open(&world);
    world_build(&world);
    (void)snprintf(path, sizeof path, "%s/x.timing.csv", world.folder);
    world_write(path, some, strlen(some));
    char *out = printed(&world, "table info x.h5");
    assert_contains(out,
                    "times         1.50 CPU-hours for 2 trainings, 2700.00 CPU-seconds each, 1 "
                    "images/s a core; 2 lines of x.timing.csv cannot be read\n");
    free(out);
    world_write(path, "times\n", 6);
    struct outcome outcome = nasbed(&world, "table info x.h5");
    assert_int_equal(outcome.code, 1);
    assert_contains(outcome.err, "table info: x.timing.csv: does not begin with "
                                 "\"network,seed,wall_seconds,cpu_seconds,machine\"");
    free(outcome.out);
    free(outcome.err);
    assert_int_equal(unlink(path), 0);
    out = printed(&world, "table info x.h5");
    assert_null(strstr(out, "CPU-hours"));
    free(out);
    world_close(&world);
}

/* The plots; without gnuplot their data and scripts, and a message. */
static void test_info_plots(void **state)
{
    struct world world;
    char command[256];
    (void)state;
    world_open(&world);
    world_build(&world);
    (void)snprintf(command, sizeof command,
                   "cd '%s' && PATH=/nowhere " NASBED_TEST_PROGRAM " table info x.h5 --out p "
                   ">out 2>err",
                   world.folder);
    assert_int_not_equal(system(command), 0);
    (void)snprintf(command, sizeof command, "%s/err", world.folder);
    size_t size;
    char *err = world_bytes(command, &size);
    assert_contains(err,
                    "nasbed: table info: plots left out (data and scripts lie in p): gnuplot is "
                    "not installed");
    free(err);
    (void)snprintf(command, sizeof command, "%s/p/cell-smoke-curves.dat", world.folder);
    assert_true(file_exists(command));
    if (system("command -v gnuplot >/dev/null") == 0) {
        char *out = printed(&world, "table info x.h5 --out p");
        assert_contains(out, "\nplot          p/cell-smoke-cost.svg, .png\n"
                             "plot          p/cell-smoke-curves.svg, .png\n");
        free(out);
        (void)snprintf(command, sizeof command, "%s/p/cell-smoke-cost.png", world.folder);
        assert_true(file_exists(command));
    }
    world_close(&world);
}

static void test_query(void **state)
{
    struct world world;
    struct table_record record;
    char row[160];
    (void)state;
    world_open(&world);
    world_build(&world);
    char *out = printed(&world, "table query x.h5 45 --seed 1");
    world_record(&world, 5, 1, &record);
    assert_contains(out, "index         45; network 5, trained as index 5\n");
    (void)snprintf(row, sizeof row, "\n   1     4 %14.4f %14.4f %14.4f %14.4f %14.4f\n",
                   (double)record.point[3].train_loss, (double)record.point[3].train_accuracy,
                   (double)record.point[3].valid_loss, (double)record.point[3].valid_accuracy,
                   (double)record.test_accuracy);
    assert_contains(out, row);
    int all = count_lines(out);
    free(out);
    out = printed(&world, "table query x.h5 45 --seed 1 --point 2");
    assert_int_equal(count_lines(out), all - 3);
    free(out);
    out = printed(&world, "table query x.h5 45");
    assert_int_equal(count_lines(out), all + 4);
    free(out);
    assert_fails(&world, "table query x.h5 45 --seed 2", 1,
                 "nasbed: table query: x.h5: index 45 (network 5) was not trained with seed 2");
    assert_fails(&world, "table query x.h5 45 --point 5", 2,
                 "point = 5: the table has points 1 to 4");
    assert_fails(&world, "table query x.h5 15625", 2, "cell has the indices 0 to 15624");
    assert_fails(&world, "table query x.h5 '|conv~0|'", 2, "unknown operation \"conv\"");
    assert_fails(&world, "table query x.h5", 2,
                 "expected the FILE.h5 of a table and an architecture");
    world_close(&world);
}

static void test_export(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world.plan.seeds = 1;
    world_build(&world);
    char *out = printed(&world, "table export x.h5 --csv");
    assert_int_equal(count_lines(out), 1 + 4 * (int)WORLD_COUNT);
    assert_true(strncmp(out,
                        "architecture,seed,point,train_loss,train_accuracy,valid_loss,"
                        "valid_accuracy,test_accuracy\n"
                        "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,0,1,2.3,0,2.2,0,\n",
                        150) == 0);
    free(out);
    out = printed(&world, "table export x.h5 --csv --final");
    assert_int_equal(count_lines(out), 1 + (int)WORLD_COUNT);
    assert_contains(out, ",0,4,2,9,1.9000001,9.9,12.25\n");
    assert_contains(out, ",nan,"); /* a loss that diverged */
    free(out);
    assert_fails(&world, "table export x.h5", 2, "say in which form: --csv or --jsonl");
    assert_fails(&world, "table export x.h5 --csv --jsonl", 2,
                 "say in which form: --csv or --jsonl");
    out = printed(&world, "table export x.h5 --jsonl --final");
    assert_int_equal(count_lines(out), (int)WORLD_COUNT);
    assert_contains(out, "\",\"seed\":0,\"point\":4,\"train_loss\":2,\"train_accuracy\":9,"
                         "\"valid_loss\":1.9000001,\"valid_accuracy\":9.9,"
                         "\"test_accuracy\":12.25}\n");
    assert_contains(out, "_loss\":null,"); /* a loss that diverged */
    free(out);
    out = printed(&world, "table export x.h5 --jsonl");
    static const char first[] =
        "{\"architecture\":\"|none~0|+|none~0|none~1|+|none~0|none~1|none~2|\",\"seed\":0,"
        "\"point\":1,\"train_loss\":2.3,\"train_accuracy\":0,\"valid_loss\":2.2,"
        "\"valid_accuracy\":0}\n";
    assert_memory_equal(out, first, sizeof first - 1);
    free(out);
    assert_fails(&world, "table export --csv", 2, "expected the FILE.h5 of a table");
    char command[512];
    (void)snprintf(command, sizeof command,
                   NASBED_TEST_PROGRAM
                   " table export %s --csv 2>&1 >/dev/full | grep -q "
                   "'nasbed: table export: standard output: No space left on device'",
                   world.path);
    assert_int_equal(system(command), 0);
    world_close(&world);
}

/* Past the limit of a file's size there is a message, not a killed process. */
static void test_file_size_limit(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world_build(&world);
    char command[512];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && (ulimit -f 8; " NASBED_TEST_PROGRAM " table export x.h5 --csv "
                   ">big.csv) 2>&1 | grep -q "
                   "'nasbed: table export: standard output: File too large'",
                   world.folder);
    assert_int_equal(system(command), 0);
    world_close(&world);
}

/* Values read back as the same floats. */
static void test_export_is_exact(void **state)
{
    struct world world;
    struct table_record record;
    (void)state;
    world_open(&world);
    world.plan.seeds = 1;
    world.shift = 0x1.234568p-3f;
    world_build(&world);
    char *out = printed(&world, "table export x.h5 --csv");
    const char *line = strchr(out, '\n') + 1;
    for (uint32_t network = 0; network < WORLD_NETWORKS; network++) {
        world_record(&world, network, 0, &record);
        for (int t = 0; t < 4; t++, line = strchr(line, '\n') + 1) {
            float train_loss, train_accuracy;
            const char *values = strchr(line, ',');
            assert_int_equal(sscanf(values, ",0,%*d,%f,%f", &train_loss, &train_accuracy), 2);
            assert_true(train_loss == record.point[t].train_loss);
            assert_true(train_accuracy == record.point[t].train_accuracy);
        }
    }
    free(out);
    world_close(&world);
}

/* A table against itself, and against one of other seeds. */
static void test_diff(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world.plan.seeds = 1;
    world_build(&world);
    char *out = printed(&world, "table diff x.h5 x.h5");
    assert_contains(out, "A             x.h5: cell, smoke, digest ");
    assert_contains(out, "params differ for 0 of 15625 architectures, macs for 0\n");
    assert_contains(out,
                    "\ntest accuracy in %, last point, mean over seeds: 15625 architectures in "
                    "both, 0 in A alone, 0 in B alone\n  equal             15625 of 15625\n");
    assert_contains(out, "  tau-b             1.0000; pairs ordered otherwise:  0.00 %\n");
    assert_contains(out, "  conclusion: the best architecture                     holds\n");
    assert_null(strstr(out, "FLIPS"));
    assert_null(strstr(out, "differ most"));
    free(out);
    char command[512];
    (void)snprintf(command, sizeof command, "cp '%s/x.h5' '%s/one.h5'", world.folder, world.folder);
    assert_int_equal(system(command), 0);
    world.plan.seeds = 2;
    world_build(&world);
    out = printed(&world, "table diff one.h5 x.h5 --rows 3");
    assert_contains(out, "B             x.h5: cell, smoke, digest ");
    assert_contains(out, ", 80 rows of 40 networks, 2 seeds\n");
    assert_contains(out, "  differ most       A          B      B - A\n");
    assert_contains(out, "FLIPS"); /* seed 1 has another best */
    free(out);
    assert_fails(&world, "table diff x.h5", 2, "expected the FILE.h5 of two tables");
    assert_fails(&world, "table diff x.h5 no.h5", 1, "table diff: table no.h5: No such file");
    world_close(&world);
}

static void test_refusals(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world_write(world.path, "nothing", 7);
    assert_fails(&world, "table", 2,
                 "expected an action: build, merge, info, query, export, import, verify or diff");
    assert_fails(&world, "table inf", 2, "unknown action \"inf\": did you mean \"info\"?");
    assert_fails(&world, "table info", 2, "expected the FILE.h5 of a table");
    assert_fails(&world, "table info no.h5", 1, "table info: table no.h5: No such file");
    assert_fails(&world, "table info x.h5", 1, "table x.h5: is no table of nasbed");
    assert_fails(&world, "table build", 2, "table build: --out FILE.h5 must be given");
    assert_fails(&world, "table build --out y.h5 --shard 1:3", 2,
                 "shard = 1:3: expected i/n, as in 0/3");
    assert_fails(&world, "table build --out y.h5 --space cel", 2, "\"cell\"");
    assert_fails(&world, "table build --out y.h5 --protocol smok", 2, "did you mean \"smoke\"");
    assert_fails(&world, "table build --row 3", 2, "did you mean \"rows\"");
    assert_fails(&world, "table merge --out y.h5", 2, "expected folders of logs (FILE.parts)");
    assert_fails(&world, "table merge .", 2, "--out FILE.h5 must be given");
    assert_fails(&world, "table merge --out y.h5 .", 1, ".: no log (*.log) is in it");
    assert_fails(&world, "table merge --out y.h5 no.parts", 1, "no.parts: No such file");
    world_close(&world);
}

/* The logs of this world are of a `cell` with 40 networks, which the program knows better. */
static void test_merge_checks_identity(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world_build(&world);
    assert_fails(&world, "table merge --out y.h5 x.parts", 1,
                 "x.parts: belongs to another table: its distinct is 40, not 5260");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_info),
        cmocka_unit_test(test_info_times),
        cmocka_unit_test(test_info_plots),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_export_is_exact),
        cmocka_unit_test(test_file_size_limit),
        cmocka_unit_test(test_diff),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_merge_checks_identity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
