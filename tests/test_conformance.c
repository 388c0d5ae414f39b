/* The conformance checks: each finds the method that breaks its rule, by the rule's name, and a method that keeps
 * all of them passes. */
#include "base/progress.h"
#include "methods/trial/conformance.h"
#include "tests/trial_fixture.h"

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_open(&fixture, true, 2, 8);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void run_checks(const struct nasbed_method *method, struct conformance *result)
{
    struct method_settings settings;
    struct error error;
    assert_int_equal(method_settings_init(&settings, method, &error), 0);
    if (conformance_run(&fixture.contest, &settings, 5, result, &error))
        fail_msg("%s", error.text);
    method_settings_free(&settings);
}

/* The verdicts in the order of the checks: '+' passed, 'F' failed, '-' not tested. */
static void check_verdicts(const struct conformance *result, const char *wanted)
{
    char found[CONFORMANCE_CHECKS + 1] = "";
    for (int i = 0; i < CONFORMANCE_CHECKS; i++)
        found[i] = "+F-"[result->verdict[i]];
    assert_string_equal(found, wanted);
}

/* The one check that fails, what it is called, and what it saw. */
static void check_caught(const struct nasbed_method *method, const char *verdicts, const char *name,
                         const char *why)
{
    struct conformance result;
    run_checks(method, &result);
    check_verdicts(&result, verdicts);
    size_t check = strcspn(verdicts, "F");
    assert_string_equal(conformance_name((enum conformance_check)check), name);
    assert_string_equal(result.why[check], why);
}

/* Query the architecture of an index, and finish with it. */
static enum nasbed_status take(struct nasbed_trial *trial, uint64_t index)
{
    struct nasbed_architecture a;
    struct nasbed_result v;
    nasbed_from_index(trial, index, &a);
    (void)nasbed_query(trial, &a, nasbed_points(trial), &v);
    return nasbed_finish(trial, &a);
}

/* Random search keeps the rules. */
static void test_good(void **state)
{
    (void)state;
    struct conformance result;
    run_checks(method_find("random-search", NULL), &result);
    check_verdicts(&result, "++++");
}

/* Asks something else when a second has passed since it was last asked. */
static enum nasbed_status hasty(struct nasbed_trial *trial, const void *settings)
{
    static double last;
    double now = clock_seconds();
    bool late = last > 0 && now - last > 1;
    (void)settings;
    last = now;
    return take(trial, late ? 11 : 12);
}

FIXTURE_METHOD(hasty);

static void test_clock(void **state)
{
    (void)state;
    check_caught(&hasty_method, "++F+", "does not depend on the clock",
                 "seed 5: two runs differ in line 2 of their traces");
}

/* Asks something else each time. */
static enum nasbed_status moody(struct nasbed_trial *trial, const void *settings)
{
    static uint64_t times;
    (void)settings;
    return take(trial, 100 + times++);
}

FIXTURE_METHOD(moody);

static void test_seed(void **state)
{
    (void)state;
    check_caught(&moody_method, "+F-+", "asks the same at the same seed",
                 "seed 5: two runs differ in line 2 of their traces");
}

/* Names what is no architecture: half of the decisions. */
static enum nasbed_status lost(struct nasbed_trial *trial, const void *settings)
{
    struct nasbed_architecture a;
    (void)settings;
    nasbed_random(trial, &a);
    a.n /= 2;
    return nasbed_finish(trial, &a);
}

FIXTURE_METHOD(lost);

/* Names nothing. */
static enum nasbed_status silent(struct nasbed_trial *trial, const void *settings)
{
    (void)trial;
    (void)settings;
    return NASBED_DONE;
}

FIXTURE_METHOD(silent);

static void test_finish(void **state)
{
    (void)state;
    check_caught(&lost_method, "F---", "finishes with an architecture of the space",
                 "seed 5: lost: finishes with what is no architecture of the space");
    check_caught(&silent_method, "F---", "finishes with an architecture of the space",
                 "seed 5: silent: returned without having finished");
}

/* Goes on asking, whatever the answer. */
static enum nasbed_status insatiable(struct nasbed_trial *trial, const void *settings)
{
    struct nasbed_architecture a;
    struct nasbed_result v;
    (void)settings;
    for (int refused = 0; refused < 7;) {
        nasbed_random(trial, &a);
        refused += nasbed_query(trial, &a, nasbed_points(trial), &v) == NASBED_REFUSED;
    }
    return nasbed_finish(trial, &a);
}

FIXTURE_METHOD(insatiable);

/* With a budget that pays for the finish alone. */
static void test_budget(void **state)
{
    (void)state;
    uint64_t budget = fixture.contest.budget_flops;
    fixture.contest.budget_flops = fixture.contest.reserve_flops;
    check_caught(&insatiable_method, "+++F", "asks for nothing when the budget is spent",
                 "seed 5: 7 requests when nothing could be paid");
    fixture.contest.budget_flops = budget;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_good), cmocka_unit_test(test_clock),
                                       cmocka_unit_test(test_seed), cmocka_unit_test(test_finish),
                                       cmocka_unit_test(test_budget)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
