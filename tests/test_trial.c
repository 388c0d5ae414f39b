/* Trials: what a method is told, what chance it has, what stays sealed, what is misuse. */
#include "base/text.h"
#include "tests/trial_events.h"

/* Answers -------------------------------------------------------------------------------------- */

static enum nasbed_status interview(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a, b, many[200];
    struct nasbed_result result;
    char text[NASBED_TEXT];
    (void)options;
    assert_string_equal(nasbed_space_name(trial), "cell");
    assert_int_equal(nasbed_count(trial), 15625);
    assert_int_equal(nasbed_points(trial), FIXTURE_POINTS);
    assert_true(nasbed_budget(trial) == 20);
    uint64_t left = nasbed_left(trial);
    assert_true(left < 20 * nasbed_unit(trial)); /* the reserve is held back */
    nasbed_from_index(trial, 12345, &a);
    assert_true(nasbed_valid(trial, &a));
    assert_int_equal(nasbed_index(trial, &a), 12345);
    nasbed_print(trial, &a, text);
    assert_int_equal(text[0], '|');
    struct nasbed_architecture prefix = a;
    prefix.n = 0;
    assert_int_equal(nasbed_options(trial, &prefix), 5);
    assert_string_equal(nasbed_decision_name(trial, &prefix), "edge 0>1");
    assert_string_equal(nasbed_option_name(trial, &prefix, 0), "none");
    assert_int_equal(nasbed_options(trial, &a), 0);
    assert_false(nasbed_valid(trial, &prefix));
    assert_int_equal(nasbed_neighbours(trial, &a, many, 200), 24);
    assert_true(nasbed_valid(trial, &many[23]));
    nasbed_mutate(trial, &a, &b);
    assert_int_not_equal(nasbed_index(trial, &b), 12345);
    assert_true(nasbed_below(trial, 3) < 3);
    assert_true(nasbed_uniform(trial) < 1);
    assert_true(isfinite(nasbed_normal(trial)));

    uint64_t quote = nasbed_quote(trial, &a, 3);
    assert_int_equal(nasbed_query(trial, &a, 3, &result), NASBED_DONE);
    assert_true(result.charge == quote && !result.free && result.point == 3);
    assert_true(nasbed_left(trial) == left - quote);
    assert_true(result.valid_accuracy == result.curve[2].valid_accuracy);
    assert_true(result.curve[0].valid_accuracy != 0 && result.curve[0].train_loss == 1.5);
    assert_true(result.curve[3].valid_accuracy == 0); /* nothing past what was paid */
    assert_true(nasbed_quote(trial, &a, 3) == 0);
    assert_int_equal(nasbed_query(trial, &a, 2, &result), NASBED_DONE);
    assert_true(result.free && result.charge == 0);
    assert_true(nasbed_quote(trial, &a, 0) == UINT64_MAX);
    assert_true(nasbed_quote(trial, &prefix, 1) == UINT64_MAX);
    nasbed_log(trial, "entropy", 0.25);
    enum nasbed_status status = nasbed_finish(trial, &a);
    assert_int_equal(nasbed_query(trial, &a, 1, &result), NASBED_ENDED);
    assert_int_equal(nasbed_left(trial), 0);
    nasbed_log(trial, "too-late", 1);
    return status;
}
FIXTURE_METHOD(interview);

static void test_interview(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text trace = {0};
    fixture_open(&fixture, true, 3, 20);
    run_ok(&fixture, &interview_method, 4, &trace);
    json_t *log = event_at(&trace, "log", 0), *late = event_at(&trace, "log", 1);
    assert_string_equal(json_string_value(json_object_get(log, "name")), "entropy");
    assert_true(real_at(log, "value") == 0.25);
    assert_null(late);
    /* Trial 4 of 3 table seeds queries seed 1 and is judged by seeds 0 and 2. */
    json_t *finish = event_at(&trace, "finish", 0), *query = event_at(&trace, "query", 0);
    uint32_t network = (uint32_t)count_at(finish, "network");
    assert_true(real_at(query, "valid_accuracy") == (double)fixture_valid(network, 1, 3));
    assert_true(real_at(finish, "test_accuracy") == ((double)fixture_test(&fixture, network, 0) +
                                                     (double)fixture_test(&fixture, network, 2)) /
                                                        2);
    assert_int_equal(json_array_size(json_object_get(finish, "test_seeds")), 2);
    assert_true(json_is_false(json_object_get(finish, "biased")));
    /* Finishing pays what is missing to T. */
    assert_true(count_at(finish, "charge") + count_at(query, "charge") ==
                contest_charge(&fixture.contest, network, FIXTURE_POINTS));
    json_decref(log);
    json_decref(finish);
    json_decref(query);
    text_free(&trace);
    fixture_close(&fixture);
}

/* Chance --------------------------------------------------------------------------------------- */

static void test_seeds(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text first = {0}, again = {0}, other = {0};
    fixture_open(&fixture, true, 1, 20);
    run_ok(&fixture, fixture_method(1), 5, &first);
    run_ok(&fixture, fixture_method(1), 5, &again);
    run_ok(&fixture, fixture_method(1), 6, &other);
    assert_string_equal(first.data, again.data);
    assert_int_not_equal(differences(&first, &other, "seed"), 0);
    text_free(&first);
    text_free(&again);
    text_free(&other);
    fixture_close(&fixture);
}

/* Two methods with the same seed draw from streams of their own. */
static void test_own_draws(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text a = {0}, b = {0};
    int same = 0;
    fixture_open(&fixture, true, 1, 12);
    run_ok(&fixture, fixture_method(0), 5, &a);
    run_ok(&fixture, fixture_method(1), 5, &b);
    for (int i = 0; i < 4; i++) {
        json_t *x = event_at(&a, "query", i), *y = event_at(&b, "query", i);
        same += count_at(x, "index") == count_at(y, "index");
        json_decref(x);
        json_decref(y);
    }
    assert_true(same <= 1); /* by chance: 1 in 15,625 a draw */
    text_free(&a);
    text_free(&b);
    fixture_close(&fixture);
}

/* Mutations are uniform over the 6 edges and the 4 other operations, draws over the strings. */
static double chi_square(const int *seen, int cells, int draws)
{
    double sum = 0, expected = (double)draws / cells;
    for (int i = 0; i < cells; i++)
        sum += (seen[i] - expected) * (seen[i] - expected) / expected;
    return sum;
}

static enum nasbed_status draws(struct nasbed_trial *trial, const void *options)
{
    enum { MUTATIONS = 24000, STRINGS = 31250, CELLS = 125 };
    struct nasbed_architecture parent, child;
    int edge[6] = {0}, change[6 * 5] = {0}, string[CELLS] = {0};
    (void)options;
    nasbed_from_index(trial, 9876, &parent);
    for (int i = 0; i < MUTATIONS; i++) {
        int changed = 0, place = 0;
        nasbed_mutate(trial, &parent, &child);
        for (int e = 0; e < 6; e++)
            if (child.decision[e] != parent.decision[e]) {
                changed++;
                place = e;
            }
        assert_int_equal(changed, 1);
        edge[place]++;
        change[place * 5 + child.decision[place]]++;
    }
    assert_true(chi_square(edge, 6, MUTATIONS) < 20.5); /* 5 degrees of freedom, p = 0.001 */
    double sum = 0;
    for (int e = 0; e < 6; e++)
        for (int o = 0; o < 5; o++)
            if (o != parent.decision[e])
                sum += pow(change[e * 5 + o] - MUTATIONS / 24.0, 2) / (MUTATIONS / 24.0);
            else
                assert_int_equal(change[e * 5 + o], 0);
    assert_true(sum < 49.8); /* 23 degrees of freedom */
    for (int i = 0; i < STRINGS; i++) {
        nasbed_random(trial, &child);
        string[nasbed_index(trial, &child) / (15625 / CELLS)]++;
    }
    assert_true(chi_square(string, CELLS, STRINGS) < 179); /* 124 degrees of freedom */
    return nasbed_finish(trial, &parent);
}
FIXTURE_METHOD(draws);

static void test_draws_are_uniform(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text trace = {0};
    fixture_open(&fixture, true, 1, 10);
    run_ok(&fixture, &draws_method, 1, &trace);
    text_free(&trace);
    fixture_close(&fixture);
}

/* The seal ------------------------------------------------------------------------------------- */

/* Other test accuracies change nothing but the finish's own. */
static void test_sealed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, true, 3, 25);
    for (int i = 0; fixture_method(i); i++) {
        struct text before = {0}, after = {0};
        fixture.test_salt = 0;
        run_ok(&fixture, fixture_method(i), 2, &before);
        fixture.test_salt = 77;
        run_ok(&fixture, fixture_method(i), 2, &after);
        assert_int_equal(differences(&before, &after, "test_accuracy"), 0);
        assert_int_equal(differences(&before, &after, "nothing"), 1);
        text_free(&before);
        text_free(&after);
    }
    fixture_close(&fixture);
}

/* With no other seed the searched one's test accuracy is taken, and marked unless it is of another
 * training. */
static void check_biased(bool table, bool apart, int seeds, uint64_t seed)
{
    struct fixture fixture;
    struct text trace = {0};
    fixture_open(&fixture, table, seeds, 10);
    fixture.contest.tests_apart = apart;
    run_ok(&fixture, fixture_method(0), seed, &trace);
    json_t *finish = event_at(&trace, "finish", 0);
    uint32_t network = (uint32_t)count_at(finish, "network"),
             own = (uint32_t)(seed % (uint64_t)seeds);
    assert_true(json_is_true(json_object_get(finish, "biased")) == !apart);
    assert_true(!strstr(trace.data, "\"tests_apart\":true") == !apart);
    assert_true(real_at(finish, "test_accuracy") == (double)fixture_test(&fixture, network, own));
    json_t *seeds_named = json_object_get(finish, "test_seeds");
    assert_int_equal(json_array_size(seeds_named), 1);
    assert_int_equal(json_integer_value(json_array_get(seeds_named, 0)), own);
    json_decref(finish);
    text_free(&trace);
    fixture_close(&fixture);
}

static void test_biased(void **state)
{
    (void)state;
    check_biased(true, false, 1, 5);
    check_biased(true, true, 1, 5); /* other trainings under the same seed */
    check_biased(false, false, 2,
                 5); /* live: what others trained of the other seed does not count */
}

/* Misuse --------------------------------------------------------------------------------------- */

static enum nasbed_status bad_point(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    struct nasbed_result result;
    (void)options;
    nasbed_random(trial, &a);
    assert_int_equal(nasbed_query(trial, &a, FIXTURE_POINTS + 1, &result), NASBED_FAILED);
    assert_int_equal(nasbed_query(trial, &a, 1, &result), NASBED_FAILED); /* from then on */
    assert_int_equal(nasbed_finish(trial, &a), NASBED_FAILED);
    return NASBED_DONE;
}
FIXTURE_METHOD(bad_point);

static enum nasbed_status bad_query(struct nasbed_trial *trial, const void *options)
{
    const struct nasbed_architecture a = {.n = 2};
    struct nasbed_result result;
    (void)options;
    return nasbed_query(trial, &a, 1, &result);
}
FIXTURE_METHOD(bad_query);

static enum nasbed_status bad_finish(struct nasbed_trial *trial, const void *options)
{
    const struct nasbed_architecture a = {.n = 6, .decision = {9}};
    (void)options;
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(bad_finish);

static enum nasbed_status twice(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    (void)options;
    nasbed_random(trial, &a);
    assert_int_equal(nasbed_finish(trial, &a), NASBED_DONE);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(twice);

static enum nasbed_status never(struct nasbed_trial *trial, const void *options)
{
    (void)trial;
    (void)options;
    return NASBED_DONE;
}
FIXTURE_METHOD(never);

static enum nasbed_status gives_up(struct nasbed_trial *trial, const void *options)
{
    (void)options;
    return nasbed_fail(trial, "my matrix is singular");
}
FIXTURE_METHOD(gives_up);

static enum nasbed_status silent(struct nasbed_trial *trial, const void *options)
{
    (void)trial;
    (void)options;
    return NASBED_FAILED;
}
FIXTURE_METHOD(silent);

static void test_misuse(void **state)
{
    (void)state;
    static const struct {
        const struct nasbed_method *method;
        const char *message;
    } cases[] = {
        {&bad_point_method, "bad_point: queries a point outside the schedule"},
        {&bad_query_method, "bad_query: queries what is no architecture of the space"},
        {&bad_finish_method, "bad_finish: finishes with what is no architecture of the space"},
        {&twice_method, "twice: finishes twice"},
        {&never_method, "never: returned without having finished"},
        {&gives_up_method, "gives_up: my matrix is singular"},
        {&silent_method, "silent: gave up without a reason"}};
    struct fixture fixture;
    fixture_open(&fixture, true, 1, 10);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text trace = {0};
        struct error error;
        assert_int_equal(fixture_run(&fixture, cases[i].method, 0, &trace, &error), ERROR_STATE);
        assert_string_equal(error.text, cases[i].message);
        assert_null(trace.data);
    }
    fixture_close(&fixture);
}

static void test_training_fails(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, false, 1, 10);
    for (int i = 0; fixture_method(i); i++) {
        struct text trace = {0};
        struct error error;
        fixture_forget(&fixture);
        fixture.fail_after = 2;
        assert_int_equal(fixture_run(&fixture, fixture_method(i), 0, &trace, &error), ERROR_IO);
        assert_non_null(strstr(error.text, "training network "));
        assert_non_null(strstr(error.text, "the machine is on fire"));
        assert_null(trace.data);
    }
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interview), cmocka_unit_test(test_seeds),
        cmocka_unit_test(test_own_draws), cmocka_unit_test(test_draws_are_uniform),
        cmocka_unit_test(test_sealed),    cmocka_unit_test(test_biased),
        cmocka_unit_test(test_misuse),    cmocka_unit_test(test_training_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
