/* Building and merging: the same rows give the same bytes, nothing is trained twice, nothing is
 * lost. */
#include "base/file.h"
#include "tests/table_fixture.h"

#include "tables/worklist.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static struct table open_table(const char *path)
{
    struct table table;
    struct error error = {0};
    if (table_open(&table, path, &error))
        fail_msg("%s", error.text);
    return table;
}

static void test_round_trip(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    world_build(&world);
    struct table table = open_table(world.path);
    assert_string_equal(table.identity.protocol_hash, world.plan.identity.protocol_hash);
    assert_string_equal(table.program, "nasbed " NASBED_VERSION);
    assert_ptr_equal(table.space, world.plan.space);
    struct text normal = {0};
    protocol_normal(&world.protocol, "cell", &normal);
    assert_string_equal(table.protocol_text, normal.data);
    text_free(&normal);
    assert_int_equal(table.seeds, 2);
    assert_true(table_complete(&table));
    assert_int_equal(table_rows(&table), 2 * WORLD_NETWORKS);
    assert_memory_equal(table.class_of, world.isomorphs.class_of, WORLD_COUNT * 4);
    assert_memory_equal(table.macs, world.isomorphs.macs, WORLD_COUNT * 8);
    assert_memory_equal(table.params, world.isomorphs.params, WORLD_COUNT * 8);
    assert_memory_equal(table.representative, world.isomorphs.representative, WORLD_NETWORKS * 4);
    assert_memory_equal(table.train_macs, world.isomorphs.train_macs, WORLD_NETWORKS * 8);
    int points = table.identity.points;
    for (uint32_t seed = 0; seed < 2; seed++)
        for (uint32_t network = 0; network < WORLD_NETWORKS; network++) {
            struct table_record record;
            world_record(&world, network, seed, &record);
            size_t row = seed * WORLD_NETWORKS + network;
            assert_true(table.test_accuracy[row] == record.test_accuracy);
            assert_true(table.test_loss[row] == record.test_loss);
            for (int t = 0; t < points; t++) {
                size_t i = row * (size_t)points + (size_t)t;
                assert_true(table.train_loss[i] == record.point[t].train_loss);
                assert_true(table.train_accuracy[i] == record.point[t].train_accuracy);
                assert_true(table.valid_loss[i] == record.point[t].valid_loss ||
                            (isnan(table.valid_loss[i]) && isnan(record.point[t].valid_loss)));
                assert_true(table_valid_accuracy(&table, network, seed, t + 1) ==
                            record.point[t].valid_accuracy);
            }
        }
    assert_true(isnan(table_valid_accuracy(&table, 0, 2, 1)));
    assert_true(isnan(table_valid_accuracy(&table, WORLD_NETWORKS, 0, 1)));
    assert_true(isnan(table_valid_accuracy(&table, 0, 0, 0)));
    assert_false(table_has(&table, 0, 2));
    table_close(&table);
    world_close(&world);
}

static void test_shards_give_the_same_bytes(void **state)
{
    struct world one, three;
    struct error error = {0};
    (void)state;
    world_open(&one);
    world_build(&one);
    world_open(&three);
    three.plan.quiet = false;
    for (int shard = 0; shard < 3; shard++) {
        three.plan.shard = shard;
        three.plan.shards = 3;
        three.plan.threads = 1 + shard;
        world_build(&three);
        assert_false(file_exists(three.path));
    }
    assert_said("shard 2 of 3 is done");
    char *folder = parts_beside(three.path, ".parts");
    const char *const folders[] = {folder, folder};
    three.plan.shard = 0;
    three.plan.shards = 1;
    if (table_merge(&three.plan, folders, 1, world_say, &error))
        fail_msg("%s", error.text);
    assert_said("80 rows (40 networks, seeds 0 to 1), complete, digest ");
    assert_same_file(one.path, three.path);
    /* Every row twice, and the table itself: the same still. */
    if (table_merge(&three.plan, folders, 2, world_say, &error))
        fail_msg("%s", error.text);
    assert_same_file(one.path, three.path);
    free(folder);
    world_close(&one);
    world_close(&three);
}

static void test_failure_keeps_rows(void **state)
{
    struct world world, undisturbed;
    struct error error = {0};
    (void)state;
    world_open(&world);
    world.plan.threads = world.plan.seeds = 1;
    world.fails = 25;
    assert_int_equal(table_build(&world.plan, world_say, &error), ERROR_IO);
    assert_contains(error.text, "network 25 (");
    assert_contains(error.text, "), seed 0: the disk fell over (25 of 40 rows are kept; the same "
                                "command goes on from there)");
    assert_false(file_exists(world.path));
    world.fails = 3; /* is not trained again */
    world_build(&world);
    world_open(&undisturbed);
    undisturbed.plan.seeds = 1;
    world_build(&undisturbed);
    assert_same_file(world.path, undisturbed.path);
    world_close(&undisturbed);
    world_close(&world);
}

static void test_sample_then_more(void **state)
{
    struct world world, full;
    (void)state;
    world_open(&world);
    world.plan.rows = 7;
    world.plan.sample_seed = 5;
    world.plan.seeds = 1;
    world_build(&world);
    struct table table = open_table(world.path);
    assert_int_equal(table_rows(&table), 7);
    assert_false(table_complete(&table));
    assert_int_equal(table.seeds, 1);
    uint32_t missing = 0;
    while (table_has(&table, missing, 0))
        missing++;
    assert_true(isnan(table.test_accuracy[missing]));
    table_close(&table);
    /* From the table alone, without its logs, to the whole: nothing that it holds is trained
     * again. */
    char command[160];
    (void)snprintf(command, sizeof command, "rm -r '%s/x.parts'", world.folder);
    assert_int_equal(system(command), 0);
    world.plan.rows = 0;
    world.plan.seeds = 2;
    world_build(&world);
    size_t size;
    char *log = parts_beside(world.path, ".parts/0-of-1.log");
    free(world_bytes(log, &size));
    free(log);
    assert_true(size < 450 + 73 * (16 + 16 * 4 + 8)); /* 73 rows and a header */
    world_open(&full);
    world_build(&full);
    assert_same_file(world.path, full.path);
    world_close(&full);
    world_close(&world);
}

static void test_samples_nest(void **state)
{
    struct world world;
    struct worklist_row *few, *many;
    uint64_t n, m;
    (void)state;
    world_open(&world);
    world.plan.seeds = 1;
    world.plan.rows = 10;
    assert_int_equal(worklist_rows(&world.plan, &few, &n, NULL), 0);
    world.plan.rows = 20;
    assert_int_equal(worklist_rows(&world.plan, &many, &m, NULL), 0);
    assert_int_equal(n, 10);
    assert_int_equal(m, 20);
    assert_memory_equal(few, many, n * sizeof *few);
    char seen[WORLD_NETWORKS] = {0};
    for (uint64_t i = 0; i < m; i++) {
        assert_true(many[i].network < WORLD_NETWORKS);
        assert_int_equal(seen[many[i].network]++, 0);
    }
    free(many);
    world.plan.sample_seed = 1;
    assert_int_equal(worklist_rows(&world.plan, &many, &m, NULL), 0);
    assert_memory_not_equal(few, many, n * sizeof *few);
    free(few);
    free(many);
    world_close(&world);
}

static void assert_refused(struct world *world, const char *message)
{
    struct error error = {0};
    assert_int_equal(table_build(&world->plan, world_say, &error), ERROR_ARGUMENT);
    assert_contains(error.text, message);
}

static void test_bad_plans(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    struct table_plan good = world.plan;
    world.plan.path = "x.csv";
    assert_refused(&world, "x.csv: the name of a table ends in .h5");
    world.plan = good;
    world.plan.seeds = 0;
    assert_refused(&world, "0 seeds: expected 1 to 1024");
    world.plan = good;
    world.plan.shard = 3;
    world.plan.shards = 3;
    assert_refused(&world, "shard 3 of 3: shards are numbered 0/n to (n-1)/n");
    world.plan = good;
    world.plan.rows = 41;
    assert_refused(&world, "a sample of 41 networks: there are 40");
    world.plan = good;
    world.plan.identity.distinct = 39;
    assert_refused(&world, "15625 architectures, 39 networks; the plan's is \"cell\" of 15625, 40");
    world.plan = good;
    world.plan.identity.points = PROTOCOL_POINTS + 1;
    assert_refused(&world, "identity: points is 65: expected 1 to 64");
    world.plan = good;
    world.plan.identity.protocol[0] = '\0';
    assert_refused(&world, "identity: protocol is empty or not one line");
    world.plan = good;
    world.plan.identity.protocol[0] = '\n';
    assert_refused(&world, "identity: protocol is empty or not one line");
    world_close(&world);
}

static void test_identities_do_not_mix(void **state)
{
    struct world world, other;
    struct error error = {0};
    (void)state;
    world_open(&world);
    world.plan.seeds = 1;
    world_build(&world);
    world_open(&other);
    other.plan.seeds = 1;
    other.plan.identity.numerics = 2;
    char *folder = parts_beside(world.path, ".parts");
    const char *const folders[] = {folder};
    assert_int_equal(table_merge(&other.plan, folders, 1, world_say, &error), ERROR_MISMATCH);
    assert_contains(error.text, "0-of-1.log: belongs to another table: its numerics is 1, not 2 "
                                "(identity ");
    /* The same log, and the same table, as targets. */
    other.plan.path = world.path;
    assert_int_equal(table_build(&other.plan, world_say, &error), ERROR_MISMATCH);
    assert_contains(error.text, "0-of-1.log: belongs to another table: its numerics is 1, not 2");
    char command[160];
    (void)snprintf(command, sizeof command, "rm -r '%s'", folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(table_build(&other.plan, world_say, &error), ERROR_MISMATCH);
    assert_contains(error.text, "x.h5: belongs to another table: its numerics is 1, not 2");
    free(folder);
    world_close(&other);
    world_close(&world);
}

static void test_doubled_rows_must_agree(void **state)
{
    struct world world, other;
    struct error error = {0};
    (void)state;
    world_open(&world);
    world_build(&world);
    world_open(&other);
    other.shift = 0x1p-20f;
    world_build(&other);
    char *a = parts_beside(world.path, ".parts"), *b = parts_beside(other.path, ".parts");
    const char *const folders[] = {a, b};
    size_t before, after;
    char *bytes = world_bytes(world.path, &before);
    assert_int_equal(table_merge(&world.plan, folders, 2, world_say, &error), ERROR_MISMATCH);
    assert_contains(error.text, "0-of-1.log: record ");
    assert_contains(error.text, ": differs from the same row in ");
    char *now = world_bytes(world.path, &after);
    assert_int_equal(before, after);
    assert_memory_equal(bytes, now, before);
    free(bytes);
    free(now);
    free(a);
    free(b);
    world_close(&other);
    world_close(&world);
}

static void test_bad_results_are_refused(void **state)
{
    struct world world;
    struct error error = {0};
    (void)state;
    world_open(&world);
    world.plan.identity.points = 20; /* 3.3 a point: over 100 for some networks */
    world.plan.threads = 1;
    assert_int_equal(table_build(&world.plan, world_say, &error), ERROR_ARGUMENT);
    assert_contains(error.text, "record refused: ");
    assert_contains(error.text, " accuracy at point ");
    world_close(&world);
}

static void test_target_that_is_no_table(void **state)
{
    struct world world;
    struct error error = {0};
    (void)state;
    world_open(&world);
    world_write(world.path, "a letter to a friend", 20);
    assert_int_equal(table_build(&world.plan, world_say, &error), ERROR_FORMAT);
    assert_contains(error.text, "will not be replaced: table ");
    assert_contains(error.text, "x.h5: is no table of nasbed");
    size_t size;
    free(world_bytes(world.path, &size));
    assert_int_equal(size, 20);
    world_close(&world);
}

static void test_damaged_target_is_written_anew(void **state)
{
    struct world world, other;
    size_t size;
    (void)state;
    world_open(&world);
    world_build(&world);
    char *bytes = world_bytes(world.path, &size);
    bytes[size / 2] ^= 1;
    world_write(world.path, bytes, size);
    free(bytes);
    world_build(&world);
    assert_said("x.h5: digest differs (the file was changed); it is written anew");
    world_open(&other);
    world_build(&other);
    assert_same_file(world.path, other.path);
    world_close(&other);
    world_close(&world);
}

static void test_nothing_to_merge(void **state)
{
    struct world world;
    struct error error = {0};
    (void)state;
    world_open(&world);
    const char *folder = world.folder;
    assert_int_equal(table_merge(&world.plan, &folder, 1, world_say, &error), ERROR_MISSING);
    assert_contains(error.text, "there are no rows to write: no log has one");
    folder = "/no/such/folder";
    assert_int_equal(table_merge(&world.plan, &folder, 1, world_say, &error), ERROR_MISSING);
    assert_contains(error.text, "/no/such/folder: No such file or directory");
    world_close(&world);
}

static void set_limit(rlim_t bytes)
{
    struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_file_size_limit(void **state)
{
    struct world world, undisturbed;
    struct error error = {0};
    (void)state;
    (void)signal(SIGXFSZ, SIG_IGN); /* as cli/main.c does */
    world_open(&world);
    world.plan.threads = 1;
    set_limit(3000); /* in the log, in the middle of a record */
    int status = table_build(&world.plan, world_say, &error);
    set_limit(RLIM_INFINITY);
    assert_int_equal(status, ERROR_IO);
    assert_contains(error.text, " cannot be appended: File too large; ");
    assert_contains(error.text, "rows are kept; the same command goes on from there)");
    world_said[0] = '\0';
    world.plan.train = world_train;
    set_limit(10000); /* in finalising: logs fit, the table does not */
    status = table_build(&world.plan, world_say, &error);
    set_limit(RLIM_INFINITY);
    assert_string_equal(world_said, ""); /* the log ended with a whole record */
    assert_int_equal(status, ERROR_IO);
    assert_contains(error.text, "x.h5: cannot be written: File too large");
    assert_false(file_exists(world.path));
    world.fails = 0; /* all is there: nothing is trained any more */
    world_build(&world);
    world_open(&undisturbed);
    world_build(&undisturbed);
    assert_same_file(world.path, undisturbed.path);
    world_close(&undisturbed);
    world_close(&world);
}

static void test_unwritable_target(void **state)
{
    struct world world;
    struct error error = {0};
    (void)state;
    world_open(&world);
    char path[160];
    (void)snprintf(path, sizeof path, "%s/file", world.folder);
    world_write(path, "x", 1);
    (void)snprintf(path, sizeof path, "%s/file/x.h5", world.folder);
    world.plan.path = path;
    assert_int_equal(table_build(&world.plan, world_say, &error), ERROR_IO);
    assert_contains(error.text, "folder cannot be made: ");
    world_close(&world);
}

static void test_read_only_folder(void **state)
{
    struct world world;
    struct error error = {0};
    (void)state;
    world_open(&world);
    bool root = geteuid() == 0; /* to whom no folder is read-only */
    assert_int_equal(chmod(world.folder, 0555), 0);
    if (root)
        assert_int_equal(seteuid(65534), 0);
    int status = table_build(&world.plan, world_say, &error);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(chmod(world.folder, 0755), 0);
    assert_int_equal(status, ERROR_IO);
    assert_contains(error.text, "x.parts: folder cannot be made: Permission denied");
    world_close(&world);
}

static void test_timing(void **state)
{
    struct world world;
    size_t size;
    (void)state;
    world_open(&world);
    world.plan.threads = 1;
    world_build(&world);
    char *path = parts_beside(world.path, ".timing.csv"), *text = world_bytes(path, &size);
    int lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 1 + 2 * (int)WORLD_NETWORKS);
    assert_contains(text, "network,seed,wall_seconds,cpu_seconds,machine\n0,0,");
    assert_contains(text, ",0.250,");
    free(text);
    /* That times cannot be kept stops nothing. */
    char command[320];
    (void)snprintf(command, sizeof command, "rm -r '%s/x.parts' '%s' && rm '%s' && mkdir '%s'",
                   world.folder, world.path, path, path);
    assert_int_equal(system(command), 0);
    world_build(&world);
    assert_said("x.timing.csv: times are not kept: Is a directory");
    free(path);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_shards_give_the_same_bytes),
        cmocka_unit_test(test_failure_keeps_rows),
        cmocka_unit_test(test_sample_then_more),
        cmocka_unit_test(test_samples_nest),
        cmocka_unit_test(test_bad_plans),
        cmocka_unit_test(test_identities_do_not_mix),
        cmocka_unit_test(test_doubled_rows_must_agree),
        cmocka_unit_test(test_bad_results_are_refused),
        cmocka_unit_test(test_target_that_is_no_table),
        cmocka_unit_test(test_damaged_target_is_written_anew),
        cmocka_unit_test(test_nothing_to_merge),
        cmocka_unit_test(test_file_size_limit),
        cmocka_unit_test(test_unwritable_target),
        cmocka_unit_test(test_read_only_folder),
        cmocka_unit_test(test_timing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
