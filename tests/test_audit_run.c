/* Audit runs: every architecture is scored as it is alone, those that shared weights make equal once;
 * the same scores on 1 and 2 threads; a control that was not trained. */
#include "methods/trial/audit_run.h"
#include "tests/made_data.h"
#include "tests/trial_fixture.h"

enum { COUNT = 600, STRIDE = 26 };

/* Every 26th architecture of `cell`. */
static struct space few;

static void few_from_index(uint64_t index, struct architecture *a)
{
    space_find("cell", NULL)->from_index(index * STRIDE, a);
}

static uint64_t few_index(const struct architecture *a)
{
    return space_find("cell", NULL)->index(a) / STRIDE;
}

static struct made_data made;
static struct fixture fixture;
static struct method_settings settings;

static int setup(void **state)
{
    struct error error;
    (void)state;
    made_open(&made);
    fixture_open(&fixture, true, 2, 6);
    few = *space_find("cell", &error);
    few.count = COUNT;
    few.from_index = few_from_index;
    few.index = few_index;
    fixture.contest.space = &few;
    made_supply(&made, &fixture.contest);
    return method_settings_init(&settings, method_find("random-nas", &error), &error);
}

static int teardown(void **state)
{
    (void)state;
    method_settings_free(&settings);
    fixture_close(&fixture);
    made_close(&made);
    return 0;
}

static void run(int threads, bool untrained, struct audit_scores scores[2])
{
    struct error error;
    const struct audit_run plan = {.contest = &fixture.contest,
                                   .settings = &settings,
                                   .first_seed = 5,
                                   .seeds = 2,
                                   .scoring = {.images = 64},
                                   .untrained = untrained,
                                   .threads = threads,
                                   .quiet = true};
    if (audit_run(&plan, scores, &error))
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
    assert_int_equal(
        supernet_open(&supernet, contest->space, contest->live->skeleton, contest->training, 6, &error),
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scores),
        cmocka_unit_test(test_a_score_is_the_architecture_s_own),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
