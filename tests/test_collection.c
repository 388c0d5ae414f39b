/* Collections: found, ordered, merged; what does not belong together is refused by name. */
#include "reports/collection.h"

#include "tests/trace_fixture.h"

#include <unistd.h>

static const struct fixture_query queries[] = {{3, 12, 57.125, 900000000000ull}};
static const struct fixture standard = {
    .queries = queries, .n_queries = 1, .network = 3, .test_accuracy = 56};

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    fixture_folder(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_remove(folder);
    return 0;
}

static void write_as(const struct fixture *fixture, const char *name)
{
    char path[160];
    (void)snprintf(path, sizeof path, "%s/%s.trace", folder, name);
    fixture_write(fixture, path);
}

static int open_folder(struct collection *collection, struct error *error)
{
    const char *folders[] = {folder};
    return collection_open(collection, folders, 1, error);
}

static struct collection opened(void)
{
    struct collection collection;
    struct error error;
    if (open_folder(&collection, &error))
        fail_msg("%s", error.text);
    return collection;
}

/* The folder is refused with `code` and a text where %s stands for its path, three times at
 * most. */
static void refuse(enum error_code code, const char *format)
{
    struct collection collection;
    struct error error;
    char expected[1024] = "";
    for (const char *next = format; *next;) {
        size_t used = strlen(expected);
        bool place = strncmp(next, "DIR", 3) == 0;
        (void)snprintf(expected + used, sizeof expected - used, "%.*s", place ? 64 : 1,
                       place ? folder : next);
        next += place ? 3 : 1;
    }
    assert_int_equal(open_folder(&collection, &error), code);
    assert_string_equal(error.text, expected);
}

/* Baseline first, then by class as the survey has them, method, options, seed; the file names
 * and the order of writing say nothing. */
static void test_order(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    static const struct {
        const char *method, *class, *options;
        unsigned seed;
        double budget;
    } trials[] = {{"pnas", "SMBO", "{}", 0, 6},
                  {"nas-rl", "RL", "{}", 10, 6},
                  {"nas-rl", "RL", "{}", 9, 6},
                  {"regularized-evolution", "EA",
                   "{\"s\":{\"value\":5,\"default\":9,\"provenance\":null}}", 0, 6},
                  {"regularized-evolution", "EA",
                   "{\"s\":{\"value\":4,\"default\":9,\"provenance\":null}}", 0, 6},
                  {"random-search", "RS", "{}", 1, 6},
                  {"random-search", "RS", "{}", 0, 6},
                  {"random-search", "RS", "{}", 0, 3},
                  {"hyperband", "RS", "{}", 0, 6}};
    for (int i = 0; i < 9; i++) {
        char name[32];
        fixture.method = trials[i].method;
        fixture.class = trials[i].class;
        fixture.options = trials[i].options;
        fixture.seed = trials[i].seed;
        fixture.budget = trials[i].budget;
        (void)snprintf(name, sizeof name, "%d/x%d", i % 3, i);
        write_as(&fixture, name);
    }
    fixture = standard;
    fixture.protocol = "smoke";
    fixture.hash = "ffffffffffffffffffffffffffffffff";
    write_as(&fixture, "smoke");
    struct collection collection = opened();
    static const int order[] = {7, 6, 5, 2, 1, 4, 3, 8, 0};
    assert_int_equal(collection.n, 10);
    for (size_t i = 0; i < 9; i++) {
        const struct trace_header *header = &collection.traces[i].header;
        assert_string_equal(header->method, trials[order[i]].method);
        assert_int_equal(header->seed, trials[order[i]].seed);
        assert_true(header->budget == trials[order[i]].budget);
    }
    assert_string_equal(collection.traces[9].header.protocol, "smoke");
    assert_int_equal(collection_end(&collection, 0, COLLECTION_SECTION), 9);
    assert_int_equal(collection_end(&collection, 0, COLLECTION_BLOCK), 1);
    assert_int_equal(collection_end(&collection, 1, COLLECTION_BLOCK), 9);
    static const size_t groups[] = {1, 3, 5, 6, 7, 8, 9, 10};
    for (size_t g = 0, start = 0; g < 8; g++, start = groups[g - 1])
        assert_int_equal(collection_end(&collection, start, COLLECTION_GROUP), groups[g]);
    collection_close(&collection);
}

/* Table, numerics and protocol make sections. */
static void test_sections(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    write_as(&fixture, "live");
    fixture.table = "11111111111111111111111111111111";
    write_as(&fixture, "one");
    fixture.table = "22222222222222222222222222222222";
    write_as(&fixture, "two");
    struct collection collection = opened();
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(collection_end(&collection, i, COLLECTION_SECTION), i + 1);
    collection_close(&collection);
}

static void test_damaged(void **state)
{
    (void)state;
    write_as(&standard, "good");
    char path[160], expected[256];
    (void)snprintf(path, sizeof path, "%s/bad.trace", folder);
    struct text text = {0};
    fixture_body(&standard, &text);
    fixture_store(&text, path);
    text_free(&text);
    struct collection collection = opened();
    assert_int_equal(collection.n, 1);
    assert_int_equal(collection.n_damages, 1);
    (void)snprintf(expected, sizeof expected,
                   "trace %s: there is no last line with a checksum (the file was cut)", path);
    assert_string_equal(collection.damages[0], expected);
    collection_close(&collection);

    (void)snprintf(path, sizeof path, "%s/good.trace", folder); /* nothing is left */
    assert_int_equal(unlink(path), 0);
    collection = opened();
    assert_int_equal(collection.n, 0);
    assert_int_equal(collection.n_damages, 1);
    collection_close(&collection);
}

/* One seed of two methods of one name: two groups, not one trial with two contents. */
static void test_origins(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    fixture.method = "m";
    fixture.origin = "{\"plugin\":\"a/m.so\",\"files\":{\"a/m.so\":\"" FIXTURE_HASH "\"}}";
    write_as(&fixture, "a");
    fixture.origin = "{\"plugin\":\"b/m.so\",\"files\":{\"b/m.so\":\"" FIXTURE_DATA "\"}}";
    write_as(&fixture, "b");
    fixture.origin = "{\"plugin\":\"c/m.so\",\"files\":{\"c/m.so\":\"" FIXTURE_HASH "\"}}";
    fixture.seed = 1;
    write_as(&fixture, "c");
    struct collection collection = opened();
    assert_int_equal(collection.n, 3);
    assert_int_equal(collection_end(&collection, 0, COLLECTION_GROUP), 2);
    assert_int_equal(collection_end(&collection, 2, COLLECTION_GROUP), 3);
    assert_string_equal(collection.traces[2].header.origin.digest, FIXTURE_DATA);
    collection_close(&collection);
}

/* What is left out later is named among the damaged, and those behind it move up. */
static void test_left_out(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    for (fixture.seed = 0; fixture.seed < 3; fixture.seed++) {
        char name[8];
        (void)snprintf(name, sizeof name, "s%u", fixture.seed);
        write_as(&fixture, name);
    }
    struct collection collection = opened();
    assert_int_equal(collection_leave_out(&collection, 1, "trace b: false", NULL), 0);
    assert_int_equal(collection_leave_out(&collection, 1, "trace a: false", NULL), 0);
    assert_int_equal(collection.n, 1);
    assert_int_equal(collection.traces[0].header.seed, 0);
    assert_int_equal(collection.n_damages, 2);
    assert_string_equal(collection.damages[0], "trace a: false");
    collection_close(&collection);
}

static void test_merged(void **state)
{
    (void)state;
    char inner[96];
    write_as(&standard, "a/s0");
    write_as(&standard, "b/s0");
    (void)snprintf(inner, sizeof inner, "%s/b", folder);
    const char *folders[] = {inner, folder}; /* b is there twice over */
    struct collection collection;
    assert_int_equal(collection_open(&collection, folders, 2, NULL), 0);
    assert_int_equal(collection.n, 1);
    assert_int_equal(collection.merged, 2);
    collection_close(&collection);
}

static void test_contradiction(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    write_as(&fixture, "a/s0");
    fixture.test_accuracy = 56.5;
    write_as(&fixture, "b/s0");
    fixture.seed = 1;
    write_as(&fixture, "b/s1");
    refuse(ERROR_MISMATCH, "DIR/a/s0.trace and DIR/b/s0.trace: the same trial (method, budget, "
                           "options, seed) with different contents");
}

static void test_mixture(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    write_as(&fixture, "a");
    fixture.hash = "ffffffffffffffffffffffffffffffff";
    fixture.seed = 1;
    write_as(&fixture, "b");
    refuse(ERROR_MISMATCH,
           "cell, cifar10-mini: traces with different protocol hashes do not belong "
           "in one section: " FIXTURE_HASH " in DIR/a.trace, "
           "ffffffffffffffffffffffffffffffff in DIR/b.trace");
    fixture.hash = NULL;
    fixture.data = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    write_as(&fixture, "b");
    refuse(ERROR_MISMATCH,
           "cell, cifar10-mini: traces with different dataset digests do not belong "
           "in one section: " FIXTURE_DATA " in DIR/a.trace, "
           "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee in DIR/b.trace");
}

static void test_other_unit(void **state)
{
    (void)state;
    struct fixture fixture = standard;
    struct text text = {0};
    char path[160];
    write_as(&fixture, "a");
    fixture.seed = 1;
    fixture_body(&fixture, &text);
    fixture_replace(&text, "\"unit_flops\":1000000000000", "\"unit_flops\":1000000000001");
    fixture_seal(&text);
    (void)snprintf(path, sizeof path, "%s/b.trace", folder);
    fixture_store(&text, path);
    text_free(&text);
    refuse(ERROR_MISMATCH, "DIR/a.trace and DIR/b.trace: the same protocol hash, but another full "
                           "training (1000000000000 and 1000000000001 FLOPs, 12 and 12 points)");
}

static void test_nothing(void **state)
{
    (void)state;
    refuse(ERROR_MISSING, "DIR: there is no *.trace (`nasbed run` writes them)");
    assert_int_equal(rmdir(folder), 0);
    refuse(ERROR_MISSING, "DIR: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_origins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_merged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_contradiction, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mixture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_other_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
