/* Verifying tables: rows trained again, with a trainer that makes its results up, and the command
 * as its user meets it. */
#include "tables/verify.h"
#include "tests/table_fixture.h"

#include "base/random.h"
#include "evaluator/dataset.h"
#include "tables/schema.h"

#include <pthread.h>
#include <sys/wait.h>

/* A trainer that counts, and that errs where it is told to. */
struct forger {
    const struct world *world;
    uint32_t network, seed;                      /* whose result is changed */
    void (*change)(struct table_record *record); /* NULL: none */
    pthread_mutex_t lock;                        /* guards `trained` */
    unsigned char trained[2][WORLD_NETWORKS];
};

static int forge(void *context, uint32_t network, uint32_t seed, int worker,
                 struct table_record *record, double *cpu_seconds, struct error *error)
{
    struct forger *forger = context;
    (void)worker;
    (void)cpu_seconds;
    if (network == forger->world->fails)
        return error_set(error, ERROR_IO, "the disk fell over");
    world_record(forger->world, network, seed, record);
    if (forger->change && network == forger->network && seed == forger->seed)
        forger->change(record);
    (void)pthread_mutex_lock(&forger->lock);
    forger->trained[seed][network]++;
    (void)pthread_mutex_unlock(&forger->lock);
    return 0;
}

struct bench {
    struct world world;
    struct table table;
    struct forger forger;
    struct table_check check;
};

static void bench_open(struct bench *bench, uint32_t rows)
{
    struct error error;
    *bench = (struct bench){0};
    world_open(&bench->world);
    bench->world.plan.rows = rows;
    world_build(&bench->world);
    if (table_open(&bench->table, bench->world.path, &error))
        fail_msg("%s", error.text);
    bench->forger.world = &bench->world;
    (void)pthread_mutex_init(&bench->forger.lock, NULL);
    bench->check = (struct table_check){.table = &bench->table,
                                        .threads = 2,
                                        .quiet = true,
                                        .train = forge,
                                        .context = &bench->forger};
    world_said[0] = '\0';
}

static void bench_close(struct bench *bench)
{
    (void)pthread_mutex_destroy(&bench->forger.lock);
    table_close(&bench->table);
    world_close(&bench->world);
}

static uint64_t trainings(const struct forger *forger)
{
    uint64_t n = 0;
    for (int seed = 0; seed < 2; seed++)
        for (uint32_t network = 0; network < WORLD_NETWORKS; network++)
            n += forger->trained[seed][network];
    return n;
}

/* Every row once; losses that are no number are equal to themselves. */
static void test_all_rows(void **state)
{
    struct bench bench;
    struct error error = {.text = ""};
    uint64_t checked;
    (void)state;
    bench_open(&bench, 0);
    assert_int_equal(table_verify(&bench.check, &checked, world_say, &error), 0);
    assert_int_equal(checked, 2 * WORLD_NETWORKS);
    for (int seed = 0; seed < 2; seed++)
        for (uint32_t network = 0; network < WORLD_NETWORKS; network++)
            assert_int_equal(bench.forger.trained[seed][network], 1);
    assert_string_equal(world_said, "");
    bench_close(&bench);
}

/* A sample has no row twice, depends on its seed, and is the beginning of a larger one; of a table
 * that is not complete it has rows that are there. */
static void test_sample(void **state)
{
    struct bench bench;
    struct error error;
    uint64_t checked;
    unsigned char small[sizeof bench.forger.trained], *now;
    (void)state;
    bench_open(&bench, 11);
    now = &bench.forger.trained[0][0];
    bench.check.rows = 5;
    assert_int_equal(table_verify(&bench.check, &checked, NULL, &error), 0);
    assert_int_equal(checked, 5);
    assert_int_equal(trainings(&bench.forger), 5);
    for (uint32_t seed = 0; seed < 2; seed++)
        for (uint32_t network = 0; network < WORLD_NETWORKS; network++)
            assert_true(bench.forger.trained[seed][network] <=
                        table_has(&bench.table, network, seed));
    memcpy(small, now, sizeof small);
    memset(now, 0, sizeof small);
    bench.check.rows = 9;
    assert_int_equal(table_verify(&bench.check, &checked, NULL, &error), 0);
    assert_int_equal(trainings(&bench.forger), 9);
    for (size_t i = 0; i < sizeof small; i++)
        assert_true(small[i] <= now[i]);
    memset(now, 0, sizeof small);
    bench.check.rows = 5;
    bench.check.sample_seed = 1;
    assert_int_equal(table_verify(&bench.check, &checked, NULL, &error), 0);
    assert_memory_not_equal(small, now, sizeof small);
    bench_close(&bench);
}

static void change_curve(struct table_record *record)
{
    record->point[2].valid_accuracy += 0.25f;
}

static void change_last_bit(struct table_record *record)
{
    uint32_t bits;
    memcpy(&bits, &record->test_loss, sizeof bits);
    bits ^= 1;
    memcpy(&record->test_loss, &bits, sizeof bits);
}

static void change_loss_to_nan(struct table_record *record)
{
    record->point[0].train_loss = schema_nan();
}

/* One row is another: it is named, with the column, the point and both values. Made-up values:
 * network 9, seed 1 has base (9 x 37 + 11) % 50 = 44; valid_accuracy 44 + 3.3 t, test_loss 1.5 +
 * 0.001 x 44, train_loss 2.3. */
static void test_differences(void **state)
{
    static const struct {
        void (*change)(struct table_record *record);
        const char *said;
    } cases[] = {{change_curve, "valid_accuracy at point 3 is 50.5999985 in the table, 50.8499985 "
                                "when trained again\n"},
                 {change_last_bit, "test_loss is 1.54400003 in the table, 1.54399991 when trained "
                                   "again\n"},
                 {change_loss_to_nan, "train_loss at point 1 is 2.29999995 in the table, nan when "
                                      "trained again\n"}};
    struct bench bench;
    (void)state;
    bench_open(&bench, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error;
        uint64_t checked;
        char expected[512], name[ARCHITECTURE_TEXT];
        struct architecture architecture;
        world_said[0] = '\0';
        bench.forger.network = 9;
        bench.forger.seed = 1;
        bench.forger.change = cases[i].change;
        assert_int_equal(table_verify(&bench.check, &checked, world_say, &error), ERROR_MISMATCH);
        (void)snprintf(expected, sizeof expected,
                       "table %s: 1 of 80 rows differ from their training", bench.world.path);
        assert_string_equal(error.text, expected);
        bench.table.space->from_index(9, &architecture);
        bench.table.space->print(&architecture, name);
        (void)snprintf(expected, sizeof expected, "network 9 (%s), seed 1: %s", name,
                       cases[i].said);
        assert_string_equal(world_said, expected);
    }
    bench_close(&bench);
}

/* Another arithmetic: every row is named, and in the order of the sample whatever the threads. */
static void test_every_row_differs(void **state)
{
    struct bench bench;
    struct error error;
    uint64_t checked;
    char alone[sizeof world_said];
    (void)state;
    bench_open(&bench, 0);
    bench.world.shift = 0.5f;
    bench.check.rows = 12;
    bench.check.threads = 1;
    assert_int_equal(table_verify(&bench.check, &checked, world_say, &error), ERROR_MISMATCH);
    assert_contains(error.text, ": 12 of 12 rows differ from their training");
    assert_int_equal(checked, 12);
    memcpy(alone, world_said, sizeof alone);
    world_said[0] = '\0';
    bench.check.threads = 4;
    assert_int_equal(table_verify(&bench.check, &checked, world_say, &error), ERROR_MISMATCH);
    assert_string_equal(world_said, alone);
    bench_close(&bench);
}

/* What the table lacks is not compared. */
static void test_lacking_columns(void **state)
{
    struct bench bench;
    struct error error;
    uint64_t checked;
    (void)state;
    bench_open(&bench, 0);
    bench.world.shift = 0.5f; /* of the training loss alone */
    free(bench.table.train_loss);
    bench.table.train_loss = NULL;
    assert_int_equal(table_verify(&bench.check, &checked, world_say, &error), 0);
    assert_int_equal(checked, 80);
    bench_close(&bench);
}

static void test_errors(void **state)
{
    struct bench bench;
    struct error error;
    uint64_t checked;
    char expected[256];
    (void)state;
    bench_open(&bench, 3);
    bench.check.rows = 7;
    assert_int_equal(table_verify(&bench.check, &checked, NULL, &error), ERROR_ARGUMENT);
    (void)snprintf(expected, sizeof expected, "table %s: a sample of 7 rows: 6 are trained",
                   bench.world.path);
    assert_string_equal(error.text, expected);
    bench.check.rows = 0;
    for (uint32_t network = 0; network < WORLD_NETWORKS; network++)
        if (table_has(&bench.table, network, 0))
            bench.world.fails = network;
    assert_int_equal(table_verify(&bench.check, &checked, NULL, &error), ERROR_IO);
    (void)snprintf(expected, sizeof expected, "network %u (|", (unsigned)bench.world.fails);
    assert_int_equal(strncmp(error.text, expected, strlen(expected)), 0);
    assert_contains(error.text, ": the disk fell over");
    for (size_t i = 0; i < 2u * WORLD_NETWORKS * 4; i++)
        bench.table.valid_accuracy[i] = schema_nan();
    assert_int_equal(table_verify(&bench.check, &checked, NULL, &error), ERROR_ARGUMENT);
    (void)snprintf(expected, sizeof expected, "table %s: none of its rows is trained",
                   bench.world.path);
    assert_string_equal(error.text, expected);
    bench_close(&bench);
}

/* ---- The command ----------------------------------------------------------------------------- */

/* Run `nasbed WORDS` in the world's folder; its exit code. What it printed: said[0], said[1]. */
static int nasbed(const struct world *world, const char *words, char *said[2])
{
    static const char *const names[] = {"out", "err"};
    char command[1024], path[160];
    size_t size;
    (void)snprintf(command, sizeof command,
                   "cd '%s' && " NASBED_TEST_PROGRAM " %s >out 2>err </dev/null", world->folder,
                   words);
    int status = system(command);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", world->folder, names[i]);
        said[i] = world_bytes(path, &size);
    }
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_says(const struct world *world, const char *words, int code, const char *out,
                        const char *err)
{
    char *said[2];
    int found = nasbed(world, words, said);
    if (found != code)
        fail_msg("nasbed %s: exit %d: %s", words, found, said[1]);
    assert_string_equal(said[0], out);
    assert_contains(said[1], err);
    free(said[0]);
    free(said[1]);
}

/* A table whose identity the program would have, but for what is changed in it. */
static void build_real(struct world *world, const char *digest, int numerics, uint32_t rows)
{
    struct error error;
    isomorphs_free(&world->isomorphs);
    if (isomorphs_init(&world->isomorphs, world->plan.space,
                       protocol_skeleton(&world->protocol, "cell", &error), &error))
        fail_msg("%s", error.text);
    world->plan.identity.distinct = world->isomorphs.distinct;
    world->plan.identity.numerics = numerics;
    (void)snprintf(world->plan.identity.dataset_digest, DIGEST_TEXT, "%s", digest);
    world->plan.rows = rows;
    world->plan.seeds = 1;
    world_build(world);
}

#define OTHER_DIGEST "00112233445566778899aabbccddeeff"

/* What needs no data to be refused. */
static void test_command_refusals(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    build_real(&world, OTHER_DIGEST, 7, 3);
    assert_says(&world, "table verify", 2, "", "table verify: expected the FILE.h5 of a table");
    assert_says(&world, "table verify no.h5", 1, "", "table verify: table no.h5: No such file");
    assert_says(
        &world, "table verify x.h5", 1, "",
        "nasbed: table verify: table x.h5: cannot be trained again here: belongs to another "
        "table: its numerics is 7, not 1 (identity ");
    assert_says(
        &world, "table verify x.h5 --protocol cifar10-mini", 1, "",
        "table x.h5: cannot be trained again here: belongs to another table: its protocol is "
        "smoke, not cifar10-mini");
    char command[256];
    (void)snprintf(command, sizeof command,
                   "sed 's/^learning_rate = 0.05/learning_rate = 0.06/' '%s' >'%s/smoke.ini'",
                   NASBED_TEST_SOURCE "/protocols/smoke.ini", world.folder);
    assert_int_equal(system(command), 0);
    char expected[160];
    (void)snprintf(expected, sizeof expected,
                   "belongs to another table: its protocol_hash is %s, not ",
                   world.plan.identity.protocol_hash);
    assert_says(&world, "table verify x.h5 --protocol ./smoke.ini", 1, "", expected);
    world_close(&world);
}

/* With the data: another data set is refused; made-up rows differ from what training gives. Skipped
 * where CIFAR-10 was not fetched. */
static void test_command_trains(void **state)
{
    struct world world;
    struct dataset dataset;
    struct error error;
    char digest[DIGEST_TEXT], expected[256];
    (void)state;
    if (dataset_open(&dataset, "cifar10", NULL, &error))
        skip();
    digest_print(dataset.digest, digest);
    dataset_close(&dataset);
    world_open(&world);
    build_real(&world, OTHER_DIGEST, 1, 3);
    (void)snprintf(expected, sizeof expected, "its dataset_digest is " OTHER_DIGEST ", not %s",
                   digest);
    assert_says(&world, "table verify x.h5", 1, "", expected);
    assert_int_equal(unlink(world.path), 0);
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r '%s/x.parts'", world.folder);
    assert_int_equal(system(command), 0);
    build_real(&world, digest, 1, 3);
    assert_says(&world, "table verify x.h5 --rows 2 --quiet", 1, "",
                "nasbed: table verify: table x.h5: 2 of 2 rows differ from their training\n");
    assert_says(&world, "table verify x.h5 --rows 2 --quiet", 1, "",
                "seed 0: train_loss at point 1 is 2.29999995 in the table, ");
    assert_says(&world, "table verify x.h5 --rows 4", 2, "",
                "table x.h5: a sample of 4 rows: 3 are trained");
    assert_says(&world, "table build --protocol smoke --rows 3 --seeds 1 --quiet --out y.h5", 0, "",
                "");
    assert_says(&world, "table verify y.h5 --rows 2 --seed 5 --quiet", 0, "all 2 rows bit-equal\n",
                "");
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_rows),         cmocka_unit_test(test_sample),
        cmocka_unit_test(test_differences),      cmocka_unit_test(test_every_row_differs),
        cmocka_unit_test(test_lacking_columns),  cmocka_unit_test(test_errors),
        cmocka_unit_test(test_command_refusals), cmocka_unit_test(test_command_trains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
