/* Trials that share weights: what is charged, refused and recorded, what is misuse, that threads do not
 * count; the methods that train by single paths. */
#include "base/file.h"
#include "base/pool.h"
#include "evaluator/supernet.h"
#include "methods/kit/sharing.h"
#include "methods/trial/supernets_parts.h"
#include "reports/trace.h"
#include "tests/made_data.h"
#include "tests/trial_events.h"

#include <stdio.h>
#include <unistd.h>

static struct made_data made;
static struct fixture fixture;
static char trace_path[64];

static void open_fixture(double budget)
{
    fixture_open(&fixture, true, 2, budget);
    made_supply(&made, &fixture.contest);
}

static int setup(void **state)
{
    (void)state;
    (void)snprintf(trace_path, sizeof trace_path, "/tmp/nasbed-steps-%ld.trace", (long)getpid());
    made_open(&made);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    made_close(&made);
    return 0;
}

/* What is charged ---------------------------------------------------------------------------------- */

static const struct nasbed_rule rule = {.rate = 0.05, .momentum = 0.9, .clip = 5};

/* All 3x3 convolutions: 3 stages of 6 x 9 C^2, stem, reductions, linear; per image. */
enum {
    MACS_3X3 = 256 * 108 + 54 * (256 * 16 + 64 * 64 + 16 * 256) + 64 * (9 * 32 + 9 * 64 + 32) +
               16 * (9 * 128 + 9 * 256 + 128) + 160,
    STEP_3X3 = 2 * 3 * 32 * MACS_3X3 /* FLOPs of a step of 32 images */
};

static enum nasbed_status visit(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_choice choices[NASBED_CHOICES];
    struct nasbed_architecture a;
    struct nasbed_program program;
    struct nasbed_pass pass;
    const struct nasbed_scoring scoring = {.images = 130, .recalibrate = 1};
    double accuracy[2];
    int net;
    (void)options;
    assert_int_equal(nasbed_choices(trial, choices), 6);
    assert_string_equal(choices[5].name, "edge 2>3");
    assert_true(choices[5].options == 5 && choices[5].parent == -1);
    assert_int_equal(nasbed_supernet_open(trial, &net), NASBED_DONE);
    nasbed_from_index(trial, 3 * (15624 / 4), &a);
    nasbed_path(trial, &a, &program);
    assert_true(program.present[0][3] && !program.present[0][2] && !program.weighed);
    uint64_t left = nasbed_left(trial);
    assert_int_equal(nasbed_supernet_quote(trial, net, &program), STEP_3X3);
    assert_int_equal(nasbed_supernet_step(trial, net, &program, &rule, &pass), NASBED_DONE);
    assert_int_equal(pass.charge, STEP_3X3);
    assert_true(pass.loss > 1 && pass.loss < 5);
    assert_true(pass.gradient[0][3] == 0); /* not weighed */
    assert_int_equal(nasbed_supernet_step(trial, net, &program, &rule, NULL), NASBED_DONE);
    program.weighed = true;
    for (int i = 0; i < 6; i++)
        program.weight[i][3] = 1;
    assert_int_equal(nasbed_supernet_gradient(trial, net, &program, NASBED_VALIDATION, &pass),
                     NASBED_DONE);
    assert_true(pass.gradient[0][3] != 0 && pass.gradient[0][2] == 0);
    struct nasbed_architecture two[2] = {a, a};
    assert_int_equal(nasbed_supernet_score(trial, net, two, 2, &scoring, accuracy), NASBED_DONE);
    assert_true(accuracy[0] == accuracy[1] && accuracy[0] > 0);
    /* 3 batches forward and backward; twice 128 + 64 images forward */
    assert_int_equal(left - nasbed_left(trial),
                     3 * (uint64_t)STEP_3X3 + 2 * 192 * 2 * (uint64_t)MACS_3X3);
    assert_int_equal(nasbed_supernet_trained(trial, net), NASBED_DONE);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(visit);

static void check_step(const struct text *trace, int n, const char *what, uint64_t count,
                       uint64_t charge)
{
    json_t *event = event_at(trace, "step", n);
    assert_non_null(event);
    assert_string_equal(json_string_value(json_object_get(event, "what")), what);
    assert_int_equal(count_at(event, "count"), count);
    assert_int_equal(count_at(event, "charge"), charge);
    assert_true(real_at(event, "loss") > 0);
    json_decref(event);
}

static void test_charges_and_lines(void **state)
{
    (void)state;
    struct text trace = {0};
    struct trace read;
    struct error error;
    open_fixture(20);
    run_ok(&fixture, &visit_method, 4, &trace);
    check_step(&trace, 0, "step", 2, 2 * (uint64_t)STEP_3X3);
    check_step(&trace, 1, "gradient", 1, STEP_3X3);
    check_step(&trace, 2, "score", 2, 2 * 192 * 2 * (uint64_t)MACS_3X3);
    assert_null(event_at(&trace, "step", 3));
    assert_int_equal(file_write(trace_path, trace.data, trace.size, &error), 0);
    if (trace_open(&read, trace_path, &error)) /* the reports read it */
        fail_msg("%s", error.text);
    assert_int_equal(read.n_events, 3);
    assert_int_equal(read.events[1].kind, TRACE_STEP);
    assert_string_equal(read.events[1].step.what, "gradient");
    trace_close(&read);
    (void)remove(trace_path);
    text_free(&trace);
    fixture_close(&fixture);
}

/* 2,500 steps are three lines, then the one that the ledger does not pay is named. */
static enum nasbed_status spend(struct nasbed_trial *trial, const void *options)
{
    struct nasbed_architecture a;
    struct nasbed_program path;
    enum nasbed_status status;
    int net;
    (void)options;
    assert_int_equal(nasbed_supernet_open(trial, &net), NASBED_DONE);
    nasbed_from_index(trial, 3 * (15624 / 4), &a);
    nasbed_path(trial, &a, &path);
    do
        status = nasbed_supernet_step(trial, net, &path, &rule, NULL);
    while (status == NASBED_DONE);
    assert_int_equal(status, NASBED_REFUSED);
    assert_true(nasbed_left(trial) < STEP_3X3);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(spend);

static void test_refusal(void **state)
{
    (void)state;
    struct text trace = {0};
    uint64_t counted = 0, lines = 0;
    open_fixture(40);
    run_ok(&fixture, &spend_method, 0, &trace);
    for (json_t *event; (event = event_at(&trace, "step", (int)lines)); lines++) {
        counted += count_at(event, "count");
        json_decref(event);
    }
    uint64_t most = fixture.contest.budget_flops - fixture.contest.reserve_flops;
    assert_int_equal(counted, most / STEP_3X3);
    assert_int_equal(lines, (counted + 999) / 1000);
    json_t *refusal = event_at(&trace, "refuse", 0);
    assert_non_null(refusal);
    assert_string_equal(json_string_value(json_object_get(refusal, "what")), "step");
    assert_int_equal(count_at(refusal, "asked"), STEP_3X3);
    assert_int_equal(count_at(refusal, "left"), most % STEP_3X3);
    json_decref(refusal);
    text_free(&trace);
    fixture_close(&fixture);
}

/* Misuse ------------------------------------------------------------------------------------------- */

static enum nasbed_status no_option(struct nasbed_trial *trial, const void *options)
{
    const struct nasbed_program nothing = {.weighed = false};
    int net;
    (void)options;
    enum nasbed_status status = nasbed_supernet_open(trial, &net);
    return status == NASBED_DONE ? nasbed_supernet_step(trial, net, &nothing, &rule, NULL) : status;
}
FIXTURE_METHOD(no_option);

static enum nasbed_status no_supernet(struct nasbed_trial *trial, const void *options)
{
    const struct nasbed_program nothing = {.weighed = false};
    (void)options;
    return nasbed_supernet_step(trial, 0, &nothing, &rule, NULL);
}
FIXTURE_METHOD(no_supernet);

static enum nasbed_status bad_incumbent(struct nasbed_trial *trial, const void *options)
{
    (void)options;
    nasbed_log(trial, NASBED_LOG_INCUMBENT, 15624);
    nasbed_log(trial, NASBED_LOG_INCUMBENT, 0.5);
    return NASBED_FAILED;
}
FIXTURE_METHOD(bad_incumbent);

static enum nasbed_status long_name(struct nasbed_trial *trial, const void *options)
{
    char name[65];
    (void)options;
    memset(name, 'x', 64);
    name[64] = '\0';
    nasbed_log(trial, name + 1, 1);
    nasbed_log(trial, name, 1);
    return NASBED_FAILED;
}
FIXTURE_METHOD(long_name);

/* Validation writes nothing: no weight and no moment, of any path. */
static enum nasbed_status validates(struct nasbed_trial *face, const void *options)
{
    const struct nasbed_scoring next = {.next = true}, all = {.images = 64, .recalibrate = 2};
    struct nasbed_architecture a[4];
    struct nasbed_program path;
    double accuracy[4];
    int net;
    (void)options;
    assert_int_equal(nasbed_supernet_open(face, &net), NASBED_DONE);
    for (uint64_t i = 0; i < 4; i++)
        nasbed_from_index(face, 11111 + 1234 * i, &a[i]);
    nasbed_path(face, &a[0], &path);
    assert_int_equal(nasbed_supernet_step(face, net, &path, &rule, NULL), NASBED_DONE);
    const struct supernet *supernet = &trial_of(face)->supernet[net]->supernet;
    size_t bytes = supernet->size * sizeof(real);
    real *value = malloc(bytes), *moment = malloc(bytes);
    assert_true(value && moment);
    memcpy(value, supernet->value, bytes);
    memcpy(moment, supernet->moment, bytes);
    assert_int_equal(nasbed_supernet_score(face, net, a, 4, &next, accuracy), NASBED_DONE);
    assert_int_equal(nasbed_supernet_score(face, net, a, 4, &all, accuracy), NASBED_DONE);
    assert_memory_equal(value, supernet->value, bytes);
    assert_memory_equal(moment, supernet->moment, bytes);
    assert_int_equal(nasbed_supernet_step(face, net, &path, &rule, NULL), NASBED_DONE);
    assert_memory_not_equal(value, supernet->value, bytes);
    free(value);
    free(moment);
    return nasbed_finish(face, &a[0]);
}
FIXTURE_METHOD(validates);

static void test_validation_writes_nothing(void **state)
{
    struct text trace = {0};
    (void)state;
    open_fixture(20);
    run_ok(&fixture, &validates_method, 0, &trace);
    text_free(&trace);
    fixture_close(&fixture);
}

static void fails_with(const struct nasbed_method *method, const char *message)
{
    struct text trace = {0};
    struct error error;
    assert_int_not_equal(fixture_run(&fixture, method, 0, &trace, &error), 0);
    assert_string_equal(error.text, message);
    text_free(&trace);
}

static void test_misuse(void **state)
{
    (void)state;
    open_fixture(20);
    fails_with(&no_option_method, "no_option: supernet: program: a choice without an option");
    fails_with(&no_supernet_method, "no_supernet: asks for a supernet that it has not opened");
    fails_with(&bad_incumbent_method,
               "bad_incumbent: puts an incumbent on record that is no architecture's index");
    fails_with(&long_name_method,
               "long_name: puts on record what has a name of more than 63 bytes");
    struct nasbed_method quiet =
        no_option_method; /* others in its run may train: it has not said so */
    quiet.supernet = false;
    fails_with(&quiet,
               "no_option: opens a supernet, but the run has opened no data for it: a method in "
               "C says so (.networks, .supernet), for one of --exec --live does");
    fixture.contest.live = NULL;
    fails_with(method_find("random-nas", NULL),
               "random-nas: opens a supernet, but the run has opened no data for it: a method in C "
               "says so (.networks, .supernet), for one of --exec --live does");
    fixture_close(&fixture);
}

/* Audits and methods ------------------------------------------------------------------------------- */

static enum nasbed_status returns(struct nasbed_trial *trial, const void *options)
{
    (void)trial;
    (void)options;
    return NASBED_DONE;
}
FIXTURE_METHOD(returns);

/* Why no supernet comes of a method that is trained alone. */
static void train_fails_with(const struct nasbed_method *method, const char *message)
{
    struct method_settings settings;
    struct supernet supernet;
    struct text trace = {0};
    struct trial_times times;
    struct error error;
    assert_int_equal(method_settings_init(&settings, method, &error), 0);
    assert_int_not_equal(trial_train(&fixture.contest, &settings, 1, NULL, NULL, NULL, &supernet,
                                     &trace, &times, &error),
                         0);
    assert_string_equal(error.text, message);
    text_free(&trace);
    method_settings_free(&settings);
}

/* The supernet that a method has trained, and nothing after that; a method without one is named. */
static void test_train_alone(void **state)
{
    (void)state;
    struct method_settings settings;
    struct supernet supernet;
    struct text trace = {0};
    struct trial_times times;
    struct error error;
    open_fixture(20);
    assert_int_equal(method_settings_init(&settings, method_find("random-nas", &error), &error), 0);
    assert_int_equal(trial_train(&fixture.contest, &settings, 1, NULL, NULL, NULL, &supernet,
                                 &trace, &times, &error),
                     0);
    double moved = 0;
    for (size_t i = 0; i < supernet.size; i++)
        moved += (double)supernet.moment[i] * (double)supernet.moment[i];
    assert_true(moved > 0);
    assert_null(event_at(&trace, "finish", 0));
    json_t *event = event_at(&trace, "step", 0);
    double left = (double)(fixture.contest.budget_flops - fixture.contest.reserve_flops);
    assert_true(fabs((double)count_at(event, "charge") / left - 0.6) < 0.03);
    json_decref(event);
    assert_null(event_at(&trace, "step", 1));
    supernet_close(&supernet);
    text_free(&trace);
    method_settings_free(&settings);
    train_fails_with(&returns_method, "returns: returned without a trained supernet");
    fixture.contest.reserve_flops = 0; /* as an audit has it */
    train_fails_with(&spend_method,
                     "spend: finishes, where an audit wants its trained supernet alone "
                     "(nasbed_supernet_trained)");
    fixture_close(&fixture);
}

struct running {
    const struct nasbed_method *method;
    struct text trace;
};

static void run_root(void *argument)
{
    struct running *running = argument;
    run_ok(&fixture, running->method, 3, &running->trace);
}

/* FLOPs of a kind of steps, over the whole trace. */
static double charged(const struct text *trace, const char *what)
{
    const char *line = trace->data;
    double sum = 0;
    for (json_t *event; (event = event_next(&line, "step")); json_decref(event))
        if (strcmp(json_string_value(json_object_get(event, "what")), what) == 0)
            sum += (double)count_at(event, "charge");
    return sum;
}

/* Share of the steps as the options say, finalists trained; the same bytes on 1 and 2 threads. */
static void check_method(const char *name)
{
    struct error error;
    struct running one = {.method = method_find(name, &error)}, two = one;
    assert_non_null(one.method);
    pool_run(1, run_root, &one);
    pool_run(2, run_root, &two);
    assert_string_equal(one.trace.data, two.trace.data);
    double left = (double)(fixture.contest.budget_flops - fixture.contest.reserve_flops);
    assert_true(fabs(charged(&one.trace, "step") / left - 0.6) < 0.03);
    assert_true(charged(&one.trace, "score") > 0);
    json_t *query = event_at(&one.trace, "query", 1); /* two at least: one decides nothing */
    assert_int_equal(count_at(query, "point"), fixture.training.points);
    json_decref(query);
    text_free(&one.trace);
    text_free(&two.trace);
}

static void test_methods(void **state)
{
    (void)state;
    open_fixture(24);
    check_method("random-nas");
    check_method("spos");
    fixture_close(&fixture);
}

/* Of what is not held back for the finish at least nine tenths are spent, nothing is refused; at the least
 * budget, too, something was selected. */
static void test_spent(void **state)
{
    (void)state;
    static const char *const names[] = {"random-nas", "spos"};
    for (int i = 0; i < 4; i++) {
        struct error error;
        struct text trace = {0};
        open_fixture(i < 2 ? 10 : 30);
        run_ok(&fixture, method_find(names[i % 2], &error), 5, &trace);
        json_t *finish = event_at(&trace, "finish", 0);
        double most = (double)(fixture.contest.budget_flops - fixture.contest.reserve_flops);
        double spent = (double)(count_at(finish, "spent") - count_at(finish, "charge"));
        assert_true(spent > 0.9 * most);
        assert_null(event_at(&trace, "refuse", 0));
        assert_null(strstr(trace.data, NASBED_LOG_RANDOM));
        json_decref(finish);
        text_free(&trace);
        fixture_close(&fixture);
    }
}

/* Every method that shares weights, with much and with hardly anything: it finishes, the ledger is kept
 * (the reader of traces sees to that), other test accuracies change nothing but the finish's own. */
static void test_contract(void **state)
{
    (void)state;
    static const double budgets[] = {3.6, 9};
    for (int b = 0; b < 2; b++) {
        open_fixture(budgets[b]);
        for (int i = 0; method_at(i); i++) {
            struct text trace = {0}, sealed = {0};
            struct trace read;
            struct error error;
            if (!method_at(i)->supernet)
                continue;
            fixture.test_salt = 0;
            run_ok(&fixture, method_at(i), 1, &trace);
            fixture.test_salt = 77;
            run_ok(&fixture, method_at(i), 1, &sealed);
            assert_int_equal(differences(&trace, &sealed, "test_accuracy"), 0);
            assert_int_equal(file_write(trace_path, trace.data, trace.size, &error), 0);
            if (trace_open(&read, trace_path, &error))
                fail_msg("%s", error.text);
            trace_close(&read);
            (void)remove(trace_path);
            text_free(&trace);
            text_free(&sealed);
        }
        fixture_close(&fixture);
    }
}

/* The ends and the middle of the cosine. */
static void test_rates(void **state)
{
    (void)state;
    assert_true(fabs(sharing_rate(0.025, 0.001, 0, 100) - 0.025) < 1e-12);
    assert_true(fabs(sharing_rate(0.025, 0.001, 50, 100) - 0.013) < 1e-12);
    assert_true(fabs(sharing_rate(0.025, 0.001, 100, 100) - 0.001) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charges_and_lines),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_validation_writes_nothing),
        cmocka_unit_test(test_misuse),
        cmocka_unit_test(test_train_alone),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_spent),
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_rates),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
