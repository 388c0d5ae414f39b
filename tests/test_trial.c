/* Trials: what a method is told, what it is charged, what is written, what stays sealed. */
#include "base/pool.h"
#include "base/text.h"
#include "tests/trial_fixture.h"

#include <jansson.h>
#include <stdio.h>

/* The n-th event of a kind (from 0) of a trace; NULL past the last. The caller releases it. */
static json_t *event_at(const struct text *trace, const char *kind, int n)
{
    for (const char *line = trace->data; *line; line += strcspn(line, "\n") + 1) {
        json_t *object = json_loadb(line, strcspn(line, "\n"), 0, NULL);
        const char *name = json_string_value(json_object_get(object, "event"));
        if (name && strcmp(name, kind) == 0 && n-- == 0)
            return object;
        json_decref(object);
    }
    return NULL;
}

static uint64_t count_at(const json_t *object, const char *name)
{
    assert_true(json_is_integer(json_object_get(object, name)));
    return (uint64_t)json_integer_value(json_object_get(object, name));
}

static double real_at(const json_t *object, const char *name)
{
    assert_true(json_is_number(json_object_get(object, name)));
    return json_number_value(json_object_get(object, name));
}

static void run_ok(struct fixture *fixture, const struct nasbed_method *method, uint64_t seed,
                   struct text *trace)
{
    struct error error = {.text = ""};
    if (fixture_run(fixture, method, seed, trace, &error))
        fail_msg("%s", error.text);
}

/* Answers ----------------------------------------------------------------------------------------- */

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
    assert_true(real_at(finish, "test_accuracy") ==
                ((double)fixture_test(&fixture, network, 0) +
                 (double)fixture_test(&fixture, network, 2)) / 2);
    assert_int_equal(json_array_size(json_object_get(finish, "test_seeds")), 2);
    assert_true(json_is_false(json_object_get(finish, "biased")));
    /* Finishing pays what is missing to T. */
    assert_true(count_at(finish, "charge") + count_at(query, "charge") ==
                comparison_charge(&fixture.comparison, network, FIXTURE_POINTS));
    json_decref(log);
    json_decref(finish);
    json_decref(query);
    text_free(&trace);
    fixture_close(&fixture);
}

/* Charges ----------------------------------------------------------------------------------------- */

/* Number of lines in which two traces differ, `member` and the checksum left aside; -1: in length. */
static int differences(const struct text *a, const struct text *b, const char *member)
{
    const char *left = a->data, *right = b->data;
    int n = 0;
    while (*left && *right) {
        json_t *x = json_loadb(left, strcspn(left, "\n"), 0, NULL);
        json_t *y = json_loadb(right, strcspn(right, "\n"), 0, NULL);
        const char *const ignored[] = {member, "checksum"};
        for (int i = 0; i < 2; i++) {
            (void)json_object_del(x, ignored[i]);
            (void)json_object_del(y, ignored[i]);
        }
        n += !json_equal(x, y);
        json_decref(x);
        json_decref(y);
        left += strcspn(left, "\n") + 1;
        right += strcspn(right, "\n") + 1;
    }
    return *left || *right ? -1 : n;
}

/* A row read and a row trained are charged alike, and the trial cannot tell them apart. */
static void test_read_and_live_charge_alike(void **state)
{
    (void)state;
    struct fixture read, live;
    fixture_open(&read, true, 1, 12);
    fixture_open(&live, false, 1, 12);
    live.comparison.table[0] = '\0';
    read.comparison.table[0] = '\0'; /* headers name the table; let them be equal */
    for (int i = 0; method_at(i); i++) {
        struct text read_trace = {0}, live_trace = {0};
        run_ok(&read, method_at(i), 3, &read_trace);
        run_ok(&live, method_at(i), 3, &live_trace);
        assert_int_equal(differences(&read_trace, &live_trace, "live"), 0);
        assert_non_null(strstr(live_trace.data, "\"live\":true"));
        assert_null(strstr(read_trace.data, "\"live\":true"));
        text_free(&read_trace);
        text_free(&live_trace);
    }
    assert_int_equal(read.trainings, 0);
    assert_true(live.trainings > 0);
    fixture_close(&read);
    fixture_close(&live);
}

/* No ledger is overspent; what was left is smaller than what was refused; charges sum up. */
static void check_ledger(const struct fixture *fixture, const struct text *trace)
{
    const struct comparison *comparison = &fixture->comparison;
    uint64_t spent = 0;
    json_t *event;
    for (int i = 0; (event = event_at(trace, "query", i)); i++) {
        spent += count_at(event, "charge");
        assert_true(count_at(event, "spent") == spent);
        assert_true(spent <= comparison->budget_flops - comparison->reserve_flops);
        json_decref(event);
    }
    event = event_at(trace, "refuse", 0);
    assert_non_null(event);
    assert_true(count_at(event, "left") ==
                comparison->budget_flops - comparison->reserve_flops - spent);
    assert_true(count_at(event, "asked") > count_at(event, "left"));
    assert_string_equal(json_string_value(json_object_get(event, "what")), "query");
    json_decref(event);
    event = event_at(trace, "finish", 0);
    assert_true(count_at(event, "spent") == spent + count_at(event, "charge"));
    assert_true(count_at(event, "spent") <= comparison->budget_flops);
    assert_true(count_at(event, "left") == comparison->budget_flops - count_at(event, "spent"));
    json_decref(event);
}

static void test_never_overspent(void **state)
{
    (void)state;
    static const double budgets[] = {3.5, 6, 11.3, 40};
    struct fixture fixture;
    fixture_open(&fixture, true, 2, 6);
    for (int b = 0; b < 4; b++) {
        assert_int_equal(comparison_budget(&fixture.comparison, budgets[b], NULL), 0);
        for (int i = 0; method_at(i); i++)
            for (uint64_t seed = 0; seed < 5; seed++) {
                struct text trace = {0};
                run_ok(&fixture, method_at(i), seed, &trace);
                check_ledger(&fixture, &trace);
                text_free(&trace);
            }
    }
    fixture_close(&fixture);
}

/* The choice of both methods is their best by validation. */
static void test_choice_is_the_best(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, true, 2, 30);
    for (int i = 0; method_at(i); i++) {
        struct text trace = {0};
        double best = 0;
        json_t *event;
        run_ok(&fixture, method_at(i), 1, &trace);
        for (int q = 0; (event = event_at(&trace, "query", q)); q++) {
            best = fmax(best, real_at(event, "valid_accuracy"));
            json_decref(event);
        }
        event = event_at(&trace, "finish", 0);
        assert_true(real_at(event, "valid_accuracy") == best);
        assert_true(count_at(event, "charge") == 0);
        json_decref(event);
        text_free(&trace);
    }
    fixture_close(&fixture);
}

static enum nasbed_status repeat(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    struct nasbed_result result;
    (void)options;
    nasbed_from_index(trial, 15000, &a);
    for (int i = 0; i < 1001; i++)
        assert_int_equal(nasbed_query(trial, &a, 1, &result), NASBED_DONE);
    assert_int_equal(nasbed_query(trial, &a, 1, &result), NASBED_ENDED);
    assert_int_equal(nasbed_query(trial, &a, 2, &result), NASBED_ENDED);
    assert_int_equal(nasbed_left(trial), 0);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(repeat);

static void test_free_answers_end_it(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text trace = {0};
    fixture_open(&fixture, true, 2, 20);
    run_ok(&fixture, &repeat_method, 0, &trace);
    json_t *log = event_at(&trace, "log", 0), *last = event_at(&trace, "query", 1000);
    assert_string_equal(json_string_value(json_object_get(log, "name")), "ended-after-free-answers");
    assert_true(json_is_true(json_object_get(last, "free")));
    assert_null(event_at(&trace, "query", 1001));
    assert_null(event_at(&trace, "refuse", 0));
    json_decref(log);
    json_decref(last);
    text_free(&trace);
    fixture_close(&fixture);
}

/* Batches ----------------------------------------------------------------------------------------- */

enum { BATCH = 60 };

/* Charged in order before any starts; from the first that cannot be paid on none is answered. */
static enum nasbed_status batch(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_request requests[BATCH];
    static _Thread_local struct nasbed_result results[BATCH];
    uint64_t left = nasbed_left(trial);
    int answered = 0;
    (void)options;
    for (int i = 0; i < BATCH; i++) {
        nasbed_random(trial, &requests[i].architecture);
        requests[i].point = 1 + i % FIXTURE_POINTS;
    }
    requests[1] = requests[0]; /* paid by its twin, though nothing has been trained yet */
    assert_int_equal(nasbed_query_many(trial, requests, BATCH, results), NASBED_REFUSED);
    assert_true(results[1].free && !results[0].free);
    assert_true(results[1].valid_accuracy == results[0].valid_accuracy);
    for (; answered < BATCH && results[answered].status == NASBED_DONE; answered++)
        left -= results[answered].charge;
    assert_true(answered > 10 && answered < BATCH);
    assert_true(left == nasbed_left(trial));
    assert_true(nasbed_quote(trial, &requests[answered].architecture, requests[answered].point) > left);
    for (int i = answered; i < BATCH; i++) {
        assert_int_equal(results[i].status, NASBED_REFUSED);
        assert_true(results[i].charge == 0);
    }
    assert_int_equal(nasbed_query_many(trial, requests, 0, results), NASBED_DONE);
    return nasbed_finish(trial, &requests[0].architecture);
}
FIXTURE_METHOD(batch);

struct threaded {
    struct fixture *fixture;
    const struct nasbed_method *method;
    struct text trace;
};

static void run_threaded(void *argument)
{
    struct threaded *threaded = argument;
    run_ok(threaded->fixture, threaded->method, 2, &threaded->trace);
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, false, 2, 20);
    struct threaded one = {&fixture, &batch_method, {0}}, four = {&fixture, &batch_method, {0}};
    pool_run(1, run_threaded, &one);
    fixture_forget(&fixture);
    pool_run(4, run_threaded, &four);
    assert_string_equal(one.trace.data, four.trace.data);
    json_t *refused = event_at(&one.trace, "refuse", 0);
    assert_non_null(refused);
    assert_null(event_at(&one.trace, "refuse", 1)); /* only the first is named */
    json_decref(refused);
    text_free(&one.trace);
    text_free(&four.trace);
    fixture_close(&fixture);
}

/* Chance ------------------------------------------------------------------------------------------ */

static void test_seeds(void **state)
{
    (void)state;
    struct fixture fixture;
    struct text first = {0}, again = {0}, other = {0};
    fixture_open(&fixture, true, 1, 20);
    run_ok(&fixture, method_at(1), 5, &first);
    run_ok(&fixture, method_at(1), 5, &again);
    run_ok(&fixture, method_at(1), 6, &other);
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
    run_ok(&fixture, method_at(0), 5, &a);
    run_ok(&fixture, method_at(1), 5, &b);
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

/* The seal ---------------------------------------------------------------------------------------- */

/* Other test accuracies change nothing but the finish's own. */
static void test_sealed(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, true, 3, 25);
    for (int i = 0; method_at(i); i++) {
        struct text before = {0}, after = {0};
        fixture.test_salt = 0;
        run_ok(&fixture, method_at(i), 2, &before);
        fixture.test_salt = 77;
        run_ok(&fixture, method_at(i), 2, &after);
        assert_int_equal(differences(&before, &after, "test_accuracy"), 0);
        assert_int_equal(differences(&before, &after, "nothing"), 1);
        text_free(&before);
        text_free(&after);
    }
    fixture_close(&fixture);
}

/* With no other seed the searched one's test accuracy is taken, and marked. */
static void check_biased(bool table, int seeds, uint64_t seed)
{
    struct fixture fixture;
    struct text trace = {0};
    fixture_open(&fixture, table, seeds, 10);
    run_ok(&fixture, method_at(0), seed, &trace);
    json_t *finish = event_at(&trace, "finish", 0);
    uint32_t network = (uint32_t)count_at(finish, "network"), own = (uint32_t)(seed % (uint64_t)seeds);
    assert_true(json_is_true(json_object_get(finish, "biased")));
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
    check_biased(true, 1, 5);
    check_biased(false, 2, 5); /* live: what others trained of the other seed does not count */
}

/* Misuse ------------------------------------------------------------------------------------------ */

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
    } cases[] = {{&bad_point_method, "bad_point: queries a point outside the schedule"},
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
    for (int i = 0; method_at(i); i++) {
        struct text trace = {0};
        struct error error;
        fixture_forget(&fixture);
        fixture.fail_after = 2;
        assert_int_equal(fixture_run(&fixture, method_at(i), 0, &trace, &error), ERROR_IO);
        assert_non_null(strstr(error.text, "training network "));
        assert_non_null(strstr(error.text, "the machine is on fire"));
        assert_null(trace.data);
    }
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interview),          cmocka_unit_test(test_read_and_live_charge_alike),
        cmocka_unit_test(test_never_overspent),    cmocka_unit_test(test_choice_is_the_best),
        cmocka_unit_test(test_free_answers_end_it), cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_seeds),              cmocka_unit_test(test_own_draws),
        cmocka_unit_test(test_sealed),             cmocka_unit_test(test_biased),
        cmocka_unit_test(test_misuse),             cmocka_unit_test(test_training_fails)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
