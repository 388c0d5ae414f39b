/* Campaigns: what is written where, what is skipped, how errors end them, and that threads do not
 * count. */
#include "base/file.h"
#include "methods/trial/campaign.h"
#include "methods/trial/registry.h"
#include "tests/trial_fixture.h"

#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

static struct fixture fixture;
static struct method_settings settings[2];
static char folder[64];

static int setup(void **state)
{
    static const char *const names[] = {"random-search", "regularized-evolution"};
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/nasbed-campaign-%ld", (long)getpid());
    fixture_open(&fixture, false, 2, 8);
    for (int i = 0; i < 2; i++)
        if (method_settings_init(&settings[i], method_find(names[i], NULL), NULL))
            return -1;
    return 0;
}

static void remove_folder(void)
{
    char command[128];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static int teardown(void **state)
{
    (void)state;
    remove_folder();
    for (int i = 0; i < 2; i++)
        method_settings_free(&settings[i]);
    fixture_close(&fixture);
    return 0;
}

static struct campaign plan(int threads)
{
    return (struct campaign){.contest = &fixture.contest,
                             .methods = settings,
                             .n_methods = 2,
                             .first_seed = 3,
                             .seeds = 3,
                             .folder = folder,
                             .threads = threads,
                             .quiet = true,
                             .machine = "Acme"};
}

static const char *const paths[] = {"random-search/b8/s3",         "random-search/b8/s4",
                                    "random-search/b8/s5",         "regularized-evolution/b8/s3",
                                    "regularized-evolution/b8/s4", "regularized-evolution/b8/s5"};

static char *read_trace(int i)
{
    char path[160], *data = NULL;
    size_t size;
    struct error error;
    (void)snprintf(path, sizeof path, "%s/cell/%s.trace", folder, paths[i]);
    if (file_read(path, &data, &size, &error))
        fail_msg("%s", error.text);
    return data;
}

static void test_writes_and_skips(void **state)
{
    (void)state;
    struct campaign campaign = plan(1);
    struct campaign_summary summary;
    struct error error;
    char *once[6];
    assert_int_equal(campaign_run(&campaign, &summary, &error), 0);
    assert_int_equal(summary.run, 6);
    assert_int_equal(summary.skipped, 0);
    for (int i = 0; i < 6; i++)
        once[i] = read_trace(i);
    int trainings = fixture.trainings;
    assert_int_equal(campaign_run(&campaign, &summary, &error), 0);
    assert_int_equal(summary.run, 0);
    assert_int_equal(summary.skipped, 6);
    assert_int_equal(fixture.trainings, trainings);

    char path[160];
    (void)snprintf(path, sizeof path, "%s/cell/%s.trace", folder, paths[4]);
    assert_int_equal(unlink(path), 0); /* as if it had been killed before this one */
    assert_int_equal(campaign_run(&campaign, &summary, &error), 0);
    assert_int_equal(summary.run, 1);
    assert_int_equal(summary.skipped, 5);
    char *again = read_trace(4);
    assert_string_equal(once[4], again);
    free(again);

    remove_folder(); /* more threads, the same bytes */
    fixture_forget(&fixture);
    campaign = plan(4);
    assert_int_equal(campaign_run(&campaign, &summary, &error), 0);
    for (int i = 0; i < 6; i++) {
        again = read_trace(i);
        assert_string_equal(once[i], again);
        free(again);
        free(once[i]);
    }
}

/* Count the charged queries of one trace, and mark their rows. */
static int mark_rows(const char *path, bool *rows)
{
    char *data;
    size_t size;
    int n = 0;
    json_int_t table_seed = 0;
    assert_int_equal(file_read(path, &data, &size, NULL), 0);
    for (char *line = data; *line; line += strcspn(line, "\n") + 1) {
        json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        const json_t *seed = json_object_get(object, "table_seed");
        json_int_t network = json_integer_value(json_object_get(object, "network"));
        if (seed)
            table_seed = json_integer_value(seed);
        if (json_integer_value(json_object_get(object, "charge")) > 0) {
            rows[2 * network + table_seed] = true;
            n++;
        }
        json_decref(object);
    }
    free(data);
    return n;
}

/* A row that several trials of a table seed pay for is trained once; each of them pays. */
static void test_shares_rows(void **state)
{
    (void)state;
    enum { SEEDS = 60 };
    struct campaign campaign = plan(2);
    struct campaign_summary summary;
    int paid = 0, distinct = 0;
    bool *rows = calloc(2u * fixture.isomorphs.distinct, sizeof *rows);
    fixture_forget(&fixture);
    assert_int_equal(contest_budget(&fixture.contest, 40, NULL), 0);
    campaign.n_methods = 1;
    campaign.seeds = SEEDS;
    assert_int_equal(campaign_run(&campaign, &summary, NULL), 0);
    for (int i = 0; i < SEEDS; i++) {
        char path[160];
        (void)snprintf(path, sizeof path, "%s/cell/random-search/b40/s%d.trace", folder, 3 + i);
        paid += mark_rows(path, rows);
    }
    for (uint32_t i = 0; i < 2 * fixture.isomorphs.distinct; i++)
        distinct += rows[i];
    assert_int_equal(fixture.trainings, distinct);
    assert_true(paid > distinct);
    free(rows);
    assert_int_equal(contest_budget(&fixture.contest, 8, NULL), 0);
}

static void test_other_settings(void **state)
{
    (void)state;
    struct campaign campaign = plan(1);
    struct campaign_summary summary;
    struct error error;
    assert_int_equal(campaign_run(&campaign, &summary, &error), 0);
    assert_int_equal(options_set(settings[1].row, settings[1].values, "sample", "3", &error), 0);
    assert_int_equal(campaign_run(&campaign, &summary, &error), ERROR_MISMATCH);
    assert_non_null(strstr(error.text,
                           "cell/regularized-evolution/b8/s3.trace: was run with sample "
                           "= 0, this run has 3"));
    assert_int_equal(summary.run, 0);
    assert_int_equal(options_set(settings[1].row, settings[1].values, "sample", "0", &error), 0);
}

/* An error ends the campaign and names the trial; what ended before it stays. */
static void test_training_fails(void **state)
{
    (void)state;
    struct campaign campaign = plan(1);
    struct campaign_summary summary;
    struct error error;
    remove_folder();
    fixture_forget(&fixture);
    fixture.fail_after = 12;
    assert_int_equal(campaign_run(&campaign, &summary, &error), ERROR_IO);
    assert_non_null(strstr(error.text, "/cell/"));
    assert_non_null(strstr(error.text, "/b8/s"));
    assert_non_null(strstr(error.text, ": training network "));
    assert_non_null(strstr(error.text, "the machine is on fire"));
    assert_in_range(summary.run, 1, 5);
    int before = summary.run;
    fixture.fail_after = -1;
    assert_int_equal(campaign_run(&campaign, &summary, &error), 0);
    assert_int_equal(summary.skipped, before);
    assert_int_equal(summary.run, 6 - before);
}

static void test_unwritable(void **state)
{
    (void)state;
    struct campaign campaign = plan(1);
    struct campaign_summary summary;
    struct error error;
    int trainings = fixture.trainings;
    campaign.folder = "/dev/null/out";
    assert_int_equal(campaign_run(&campaign, &summary, &error), ERROR_IO);
    assert_non_null(strstr(error.text, "/dev/null"));
    assert_non_null(strstr(error.text, "folder cannot be made"));
    assert_int_equal(fixture.trainings, trainings); /* known before anything was trained */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes_and_skips), cmocka_unit_test(test_shares_rows),
        cmocka_unit_test(test_other_settings), cmocka_unit_test(test_training_fails),
        cmocka_unit_test(test_unwritable)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
