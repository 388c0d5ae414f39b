/* Trials: what a method is charged, alone and in batches, and that no ledger is overspent. */
#include "base/pool.h"
#include "base/text.h"
#include "tests/trial_events.h"

/* Charges -------------------------------------------------------------------------------------- */

/* A row read and a row trained are charged alike, and the trial cannot tell them apart. */
static void test_read_and_live_charge_alike(void **state)
{
    (void)state;
    struct fixture read, live;
    fixture_open(&read, true, 1, 12);
    fixture_open(&live, false, 1, 12);
    live.contest.table[0] = '\0';
    read.contest.table[0] = '\0'; /* headers name the table; let them be equal */
    for (int i = 0; fixture_method(i); i++) {
        struct text read_trace = {0}, live_trace = {0};
        run_ok(&read, fixture_method(i), 3, &read_trace);
        run_ok(&live, fixture_method(i), 3, &live_trace);
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

/* What the queries before `end` were charged; each says what had been spent by then. */
static uint64_t spent_before(const struct text *trace, const char *end)
{
    const char *line = trace->data;
    uint64_t spent = 0;
    json_t *event;
    while ((event = event_next(&line, "query"))) {
        bool before = line <= end;
        if (before) {
            spent += count_at(event, "charge");
            assert_true(count_at(event, "spent") == spent);
        }
        json_decref(event);
        if (!before)
            break;
    }
    return spent;
}

/* No ledger is overspent; what was left is smaller than what was refused, also where cheaper requests are
 * answered after that; charges sum up. A method that holds back what completes its best (an incomplete
 * one) may end without a refusal. */
static void check_ledger(const struct fixture *fixture, const struct nasbed_method *method,
                         const struct text *trace)
{
    const struct contest *contest = &fixture->contest;
    uint64_t most = contest->budget_flops - contest->reserve_flops;
    uint64_t spent = spent_before(trace, trace->data + trace->size);
    const char *line = trace->data;
    int refusals = 0;
    json_t *event;
    assert_true(spent <= most);
    for (; (event = event_next(&line, "refuse")); refusals++) {
        assert_true(count_at(event, "left") == most - spent_before(trace, line));
        assert_true(count_at(event, "asked") > count_at(event, "left"));
        assert_string_equal(json_string_value(json_object_get(event, "what")), "query");
        json_decref(event);
    }
    assert_true(refusals > 0 || method->incomplete);
    event = event_at(trace, "finish", 0);
    assert_true(count_at(event, "spent") == spent + count_at(event, "charge"));
    assert_true(count_at(event, "spent") <= contest->budget_flops);
    assert_true(count_at(event, "left") == contest->budget_flops - count_at(event, "spent"));
    json_decref(event);
}

static void test_never_overspent(void **state)
{
    (void)state;
    static const double budgets[] = {3.5, 6, 11.3, 40};
    struct fixture fixture;
    fixture_open(&fixture, true, 2, 6);
    for (int b = 0; b < 4; b++) {
        assert_int_equal(contest_budget(&fixture.contest, budgets[b], NULL), 0);
        for (int i = 0; fixture_method(i); i++)
            for (uint64_t seed = 0; seed < 5; seed++) {
                struct text trace = {0};
                run_ok(&fixture, fixture_method(i), seed, &trace);
                check_ledger(&fixture, fixture_method(i), &trace);
                text_free(&trace);
            }
    }
    fixture_close(&fixture);
}

/* The choice was trained to the end before, by every method; of those that judge by the last point of
 * the schedule it is the best there. */
static bool judges_by_the_last_point(const struct nasbed_method *method)
{
    return strcmp(method->name, "nas-rl") != 0; /* by the best of its last five */
}

static void test_choice_is_the_best(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, true, 2, 30);
    for (int i = 0; fixture_method(i); i++) {
        struct text trace = {0};
        double best = 0;
        json_t *event;
        run_ok(&fixture, fixture_method(i), 1, &trace);
        const char *line = trace.data;
        while ((event = event_next(&line, "query"))) {
            if (count_at(event, "point") == FIXTURE_POINTS)
                best = fmax(best, real_at(event, "valid_accuracy"));
            json_decref(event);
        }
        event = event_at(&trace, "finish", 0);
        if (judges_by_the_last_point(fixture_method(i)))
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
    assert_string_equal(json_string_value(json_object_get(log, "name")),
                        "ended-after-free-answers");
    assert_true(json_is_true(json_object_get(last, "free")));
    assert_null(event_at(&trace, "query", 1001));
    assert_null(event_at(&trace, "refuse", 0));
    json_decref(log);
    json_decref(last);
    text_free(&trace);
    fixture_close(&fixture);
}

/* Batches -------------------------------------------------------------------------------------- */

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
    assert_true(nasbed_quote(trial, &requests[answered].architecture, requests[answered].point) >
                left);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_and_live_charge_alike), cmocka_unit_test(test_never_overspent),
        cmocka_unit_test(test_choice_is_the_best), cmocka_unit_test(test_free_answers_end_it),
        cmocka_unit_test(test_threads_change_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
