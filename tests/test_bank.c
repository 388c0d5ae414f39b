/* The bank of rows: read, trained once, shared, kept. */
#include "base/pool.h"
#include "base/text.h"
#include "tests/trial_fixture.h"

#include <stdio.h>
#include <unistd.h>

static int row(struct fixture *fixture, uint32_t network, uint32_t seed, int point,
               struct table_record *record, bool *live, double *seconds)
{
    return bank_row(fixture->contest.bank, network, seed, point, record, live, seconds, NULL);
}

static void test_trains_once_and_no_further_than_asked(void **state)
{
    (void)state;
    struct fixture fixture;
    struct table_record record;
    bool live;
    double seconds;
    fixture_open(&fixture, false, 2, 10);
    assert_int_equal(row(&fixture, 7, 1, 2, &record, &live, &seconds), 0);
    assert_true(live);
    assert_true(seconds == 0.5);
    assert_true(record.point[1].valid_accuracy == fixture_valid(7, 1, 2));
    assert_true(isnan(record.test_accuracy));
    assert_int_equal(fixture.points_trained, 2);
    assert_int_equal(row(&fixture, 7, 1, 1, &record, &live, &seconds), 0);
    assert_int_equal(fixture.trainings, 1); /* an earlier point is there */
    assert_int_equal(row(&fixture, 7, 1, FIXTURE_POINTS, &record, &live, &seconds), 0);
    assert_int_equal(fixture.trainings, 2);
    assert_true(record.test_accuracy == fixture_test(&fixture, 7, 1));
    assert_int_equal(row(&fixture, 7, 0, 1, &record, &live, &seconds), 0);
    assert_int_equal(fixture.trainings, 3); /* another seed is another row */
    fixture_close(&fixture);
}

static void test_the_table_comes_first(void **state)
{
    (void)state;
    struct fixture fixture;
    struct table_record record;
    bool live;
    double seconds;
    fixture_open(&fixture, true, 2, 10);
    fixture.table_rows = 100; /* a table with some of the networks */
    assert_int_equal(row(&fixture, 99, 0, 3, &record, &live, &seconds), 0);
    assert_false(live);
    assert_true(seconds == 0);
    assert_int_equal(fixture.trainings, 0);
    assert_int_equal(row(&fixture, 100, 0, 3, &record, &live, &seconds), 0);
    assert_true(live);
    assert_int_equal(fixture.trainings, 1);
    assert_true(bank_read(fixture.contest.bank, 99, 1, &record));
    assert_false(bank_read(fixture.contest.bank, 100, 0, &record));
    fixture_close(&fixture);
}

static void test_errors(void **state)
{
    (void)state;
    struct fixture fixture;
    struct table_record record;
    struct error error;
    bool live;
    double seconds;
    fixture_open(&fixture, false, 2, 10);
    fixture.fail_after = 0;
    assert_int_equal(bank_row(fixture.contest.bank, 5, 1, 2, &record, &live, &seconds, &error),
                     ERROR_IO);
    assert_string_equal(error.text, "training network 5, seed 1: the machine is on fire");
    fixture.fail_after = -1; /* the row is not lost */
    assert_int_equal(row(&fixture, 5, 1, 2, &record, &live, &seconds), 0);
    fixture.source.train = NULL;
    assert_int_equal(bank_row(fixture.contest.bank, 6, 1, 2, &record, &live, &seconds, &error),
                     ERROR_MISSING);
    assert_string_equal(error.text, "network 6, seed 1: not in the table");
    fixture_close(&fixture);
}

/* Many workers ask for the same few rows: each is trained once. */
static void ask(void *argument, int worker)
{
    struct fixture *fixture = argument;
    (void)worker;
    for (uint32_t network = 0; network < 50; network++) {
        struct table_record record;
        bool live;
        double seconds;
        assert_int_equal(row(fixture, network, 0, FIXTURE_POINTS, &record, &live, &seconds), 0);
        assert_true(record.point[2].valid_accuracy == fixture_valid(network, 0, 3));
    }
}

static void ask_all(void *argument)
{
    for (int i = 0; i < 8; i++)
        pool_submit(ask, argument);
    pool_wait();
}

static void test_shared_by_workers(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, false, 1, 10);
    pool_run(4, ask_all, &fixture);
    assert_int_equal(fixture.trainings, 50);
    fixture_close(&fixture);
}

static void test_keeps(void **state)
{
    (void)state;
    struct fixture fixture;
    struct table_record record;
    struct error error;
    bool live;
    double seconds;
    char path[64];
    (void)snprintf(path, sizeof path, "/tmp/nasbed-keep-%ld.log", (long)getpid());
    fixture_open(&fixture, false, 2, 10);
    assert_int_equal(bank_keep(fixture.contest.bank, path, NULL, &error), 0);
    assert_int_equal(row(&fixture, 7, 1, FIXTURE_POINTS, &record, &live, &seconds), 0);
    assert_int_equal(row(&fixture, 8, 1, 2, &record, &live, &seconds), 0); /* not whole: not kept */
    fixture_forget(&fixture);
    assert_int_equal(bank_keep(fixture.contest.bank, path, NULL, &error), 0);
    assert_int_equal(row(&fixture, 7, 1, FIXTURE_POINTS, &record, &live, &seconds), 0);
    assert_true(live); /* it is still no row of a table */
    assert_true(record.test_accuracy == fixture_test(&fixture, 7, 1));
    assert_true(record.point[0].valid_accuracy == fixture_valid(7, 1, 1));
    assert_int_equal(fixture.trainings, 0);
    assert_int_equal(row(&fixture, 8, 1, 2, &record, &live, &seconds), 0);
    assert_int_equal(fixture.trainings, 1);
    fixture_forget(&fixture);
    fixture.contest.identity.numerics = 2; /* other arithmetic, other rows */
    assert_int_equal(bank_keep(fixture.contest.bank, path, NULL, &error), ERROR_MISMATCH);
    assert_non_null(strstr(error.text, path));
    assert_non_null(strstr(error.text, "numerics"));
    fixture_close(&fixture);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trains_once_and_no_further_than_asked),
        cmocka_unit_test(test_the_table_comes_first), cmocka_unit_test(test_errors),
        cmocka_unit_test(test_shared_by_workers), cmocka_unit_test(test_keeps)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
