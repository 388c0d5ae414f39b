/* Audit runs: every architecture is scored as it is alone, those that shared weights make equal once;
 * the same scores on 1 and 2 threads; a control that was not trained. */
#include "base/file.h"
#include "methods/trial/audit_run.h"
#include "tables/saved.h"
#include "tests/few_cells.h"
#include "tests/made_data.h"
#include "tests/trial_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 600, STRIDE = 26 };

/* Every 26th architecture of `cell`. */
static struct made_data made;
static struct fixture fixture;
static struct method_settings settings;

static int setup(void **state)
{
    struct error error;
    (void)state;
    made_open(&made);
    fixture_open(&fixture, true, 2, 6);
    few_open(&fixture, STRIDE, COUNT);
    made_supply(&made, &fixture.contest);
    fixture.contest.reserve_flops = 0; /* as an audit has it: all of the budget trains */
    int status = method_settings_init(&settings, method_find("random-nas", &error), &error);
    return status ? status : options_set(settings.row, settings.values, "share", "1", &error);
}

static int teardown(void **state)
{
    (void)state;
    method_settings_free(&settings);
    fixture_close(&fixture);
    made_close(&made);
    return 0;
}

static const char *folder; /* of what is kept; NULL: nothing */

static int run_in(int threads, bool untrained, struct audit_scores scores[2], struct error *error)
{
    const struct audit_run plan = {.contest = &fixture.contest,
                                   .settings = &settings,
                                   .first_seed = 5,
                                   .seeds = 2,
                                   .scoring = {.images = 64},
                                   .folder = folder,
                                   .untrained = untrained,
                                   .threads = threads,
                                   .quiet = true};
    return audit_run(&plan, scores, error);
}

static void run(int threads, bool untrained, struct audit_scores scores[2])
{
    struct error error;
    if (run_in(threads, untrained, scores, &error))
        fail_msg("%s", error.text);
}

static void test_scores(void **state)
{
    (void)state;
    struct audit_scores one[2], two[2];
    size_t bytes = COUNT * sizeof(double);
    run(1, false, one);
    run(2, false, two);
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(one[i].score, two[i].score, bytes);
        assert_int_equal(one[i].train_flops, two[i].train_flops);
        assert_true(one[i].passes > COUNT / 3 && one[i].passes < COUNT); /* dead edges */
        assert_true(one[i].train_flops > 0 && one[i].score_flops > 0);
        for (uint32_t k = 0; k < COUNT; k++)
            assert_true(one[i].score[k] >= 0 && one[i].score[k] <= 100);
    }
    assert_memory_not_equal(one[0].score, one[1].score, bytes);
    for (int i = 0; i < 2; i++) {
        audit_scores_free(&one[i]);
        audit_scores_free(&two[i]);
    }
}

/* What a class is given, its members are given alone, too. */
static void test_a_score_is_the_architecture_s_own(void **state)
{
    (void)state;
    struct audit_scores scores[2];
    struct supernet supernet;
    struct error error;
    const struct contest *contest = &fixture.contest;
    run(2, true, scores);
    assert_int_equal(scores[1].train_flops, 0);
    assert_int_equal(supernet_open(&supernet, contest->space, contest->live->skeleton,
                                   contest->training, 6, &error),
                     0);
    for (uint32_t i = 0; i < COUNT; i += 3) {
        const struct supernet_scoring scoring = {.images = 64};
        struct architecture a;
        struct choice_program path;
        struct supernet_score own;
        contest->space->from_index(i, &a);
        choice_path(&supernet.choices, contest->space, &a, &path);
        assert_int_equal(supernet_evaluate(&supernet, &path, made.trainer, &scoring,
                                           made.workspace[0], &own, &error),
                         0);
        assert_true(own.accuracy == scores[1].score[i]);
    }
    supernet_close(&supernet);
    audit_scores_free(&scores[0]);
    audit_scores_free(&scores[1]);
}

/* What a file keeps, to be changed. */
enum { COUNTS = 1, DONE = 6, CORRECT = 7, ARRAYS = 9 };

static void open_kept(const char *path, struct saved_array array[ARRAYS])
{
    static const struct {
        const char *name;
        enum saved_type type;
    } rows[ARRAYS] = {{"what", SAVED_TEXT},    {"counts", SAVED_DOUBLE},   {"value", SAVED_FLOAT},
                      {"moment", SAVED_FLOAT}, {"milestone", SAVED_FLOAT}, {"answer", SAVED_DOUBLE},
                      {"done", SAVED_INT},     {"correct", SAVED_INT},     {"curve", SAVED_DOUBLE}};
    struct error error;
    for (int i = 0; i < ARRAYS; i++)
        array[i] = (struct saved_array){rows[i].name, rows[i].type, NULL, 0};
    assert_int_equal(saved_read(path, &fixture.contest.identity, array, ARRAYS, &error), 0);
}

static void close_kept(const char *path, struct saved_array array[ARRAYS])
{
    struct error error;
    assert_int_equal(saved_write(path, &fixture.contest.identity, array, ARRAYS, &error), 0);
    saved_free(array, ARRAYS);
}

/* Half of the scores that a file keeps are lost, as if the audit had been killed; and it is of the version
 * that did not say at which charge its milestones were taken. */
static void lose_scores(const char *path)
{
    enum { EARLIER_COUNTS = 11 };
    struct saved_array array[ARRAYS];
    open_kept(path, array);
    int *done = array[DONE].data;
    for (size_t i = 0; i < array[DONE].n; i += 2)
        done[i] = 0;
    memset(array[CORRECT].data, 0, array[CORRECT].n / 2 * sizeof(int));
    for (size_t i = 0; i < array[DONE].n / 2 + 1; i++)
        done[i] = 0;
    assert_int_equal(array[COUNTS].n, EARLIER_COUNTS + AUDIT_MILESTONES + 1);
    array[COUNTS].n = EARLIER_COUNTS;
    close_kept(path, array);
}

/* The training ended before the milestone at 50 % of its budget. */
static void lose_milestone(const char *path)
{
    enum { REACHED = 1, CURVES = 10 };
    struct saved_array array[ARRAYS];
    open_kept(path, array);
    double *counts = array[COUNTS].data;
    counts[REACHED] = 2;
    counts[CURVES] = 2;
    close_kept(path, array);
}

static void free_scores(struct audit_scores scores[2])
{
    for (int i = 0; i < 2; i++)
        audit_scores_free(&scores[i]);
}

/* What was left of a write that was killed is gone, what is not the audit's stays. */
static void leave_temporary(bool left)
{
    static long dead;
    char path[96];
    if (!left) {
        (void)snprintf(path, sizeof path, "%s/s5.h5.%ld.tmp", folder, dead);
        assert_false(file_exists(path));
        return;
    }
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    dead = (long)child;
    (void)snprintf(path, sizeof path, "%s/s5.h5.%ld.tmp", folder, dead);
    assert_int_equal(file_write(path, "cut", 3, NULL), 0);
}

/* What is kept is not done again, what was lost is, and the scores are the same. */
static void test_resumed(void **state)
{
    (void)state;
    struct audit_scores whole[2], again[2];
    struct error error;
    char name[] = "/tmp/nasbed-audit-XXXXXX", path[64];
    folder = mkdtemp(name);
    assert_non_null(folder);
    run(2, false, whole);
    (void)snprintf(path, sizeof path, "%s/s5.h5", folder);
    lose_scores(path);
    leave_temporary(true);
    run(2, false, again);
    leave_temporary(false);
    for (int i = 0; i < 2; i++) {
        assert_memory_equal(whole[i].score, again[i].score, COUNT * sizeof(double));
        assert_int_equal(whole[i].curves, AUDIT_MILESTONES + 1);
        assert_memory_equal(whole[i].curve, again[i].curve,
                            (AUDIT_MILESTONES + 1) * AUDIT_FIXED * sizeof(double));
        assert_int_equal(whole[i].train_flops, again[i].train_flops);
        assert_true(whole[i].train_seconds == again[i].train_seconds); /* nothing was trained */
    }
    double budget = (double)fixture.contest.budget_flops, trained = (double)whole[0].train_flops;
    for (int k = 0; k < AUDIT_MILESTONES;
         k++) { /* a milestone is the first step at or past its due */
        double due = budget * audit_milestone(k) / trained;
        assert_true(whole[0].share[k] >= due && whole[0].share[k] < due + 100 * 2e6 / trained * 64);
        assert_true(fabs(again[0].share[k] - due) < 1e-3); /* the earlier file: where it was due */
        assert_true(again[1].share[k] == whole[1].share[k]);
    }
    assert_true(whole[0].share[AUDIT_MILESTONES] == 100);
    assert_non_null(strstr(whole[0].what, "random-nas seed 5, "));
    for (uint32_t k = 0; k < COUNT; k++) /* all of them are fixed, and the images are the same */
        assert_true(whole[0].curve[AUDIT_MILESTONES * AUDIT_FIXED + k] == whole[0].score[k]);
    free_scores(again);
    lose_milestone(path);
    run(2, false, again);
    assert_int_equal(again[0].curves, AUDIT_MILESTONES + 1);
    assert_true(isnan(again[0].share[2]) && again[0].share[1] > 0);
    for (uint32_t k = 0; k < COUNT; k++) {
        assert_true(isnan(again[0].curve[2 * AUDIT_FIXED + k]));
        for (int i = 0; i <= AUDIT_MILESTONES; i += i == 1 ? 2 : 1)
            assert_true(again[0].curve[i * AUDIT_FIXED + (int)k] ==
                        whole[0].curve[i * AUDIT_FIXED + (int)k]);
    }
    free_scores(again);
    free_scores(whole);
    /* Another protocol, another control, a file that was cut: refused. */
    fixture.contest.identity.protocol_hash[0] ^= 1;
    assert_int_equal(run_in(1, false, again, &error), ERROR_MISMATCH);
    assert_non_null(
        strstr(error.text, "s5.h5: was trained under another protocol: its protocol_hash is "));
    assert_non_null(
        strstr(error.text, "audit as it was begun, delete the file, or choose another --out"));
    fixture.contest.identity.protocol_hash[0] ^= 1;
    free_scores(again);
    assert_int_equal(run_in(1, true, again, &error), ERROR_MISMATCH);
    assert_non_null(strstr(error.text, "s5.h5: was made by another audit: its random-nas seed 5 is "
                                       "random-nas untrained seed 5 here"));
    free_scores(again);
    assert_int_equal(options_set(settings.row, settings.values, "rate", "0.25", &error), 0);
    assert_int_equal(run_in(1, false, again, &error), ERROR_MISMATCH);
    assert_non_null(
        strstr(error.text, "s5.h5: was made by another audit: its rate=0.1 is rate=0.25 here"));
    assert_int_equal(options_set(settings.row, settings.values, "rate", "0.1", &error), 0);
    free_scores(again);
    assert_int_equal(truncate(path, 5000), 0);
    assert_int_equal(run_in(1, false, again, &error), ERROR_DIGEST);
    assert_non_null(strstr(error.text, "s5.h5: was cut: 5000 bytes are left of "));
    free_scores(again);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/s6.h5", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
    folder = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_a_score_is_the_architecture_s_own),
        cmocka_unit_test(test_resumed),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
