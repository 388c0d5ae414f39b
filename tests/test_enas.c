/* ENAS on a trial: its phases and what they cost, one sampled path a batch, the same bits on 1 and 2
 * threads; the final choice is of the last policy's samples. */
#include "base/pool.h"
#include "methods/trial/trial.h"
#include "tests/made_data.h"
#include "tests/trial_events.h"

static struct made_data made;
static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    made_open(&made);
    fixture_open(&fixture, true, 2, 20);
    made_supply(&made, &fixture.contest);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fixture_close(&fixture);
    made_close(&made);
    return 0;
}

struct running {
    struct method_settings settings;
    struct text trace;
};

static void run_root(void *argument)
{
    struct running *running = argument;
    struct trial_times times;
    struct error error;
    if (trial_run(&fixture.contest, &running->settings, 3, NULL, NULL, &running->trace, &times,
                  &error))
        fail_msg("%s", error.text);
}

static struct text run(int threads, const char *assignments)
{
    struct running running = {.trace = {0}};
    struct error error;
    assert_int_equal(method_settings_init(&running.settings, method_find("enas", &error), &error),
                     0);
    assert_int_equal(
        options_parse_list(running.settings.row, running.settings.values, assignments, &error), 0);
    pool_run(threads, run_root, &running);
    method_settings_free(&running.settings);
    return running.trace;
}

/* The last that was put on record under that name; NaN: nothing was. */
static double last_logged(const struct text *trace, const char *name, int *times)
{
    double value = NAN;
    json_t *log;
    *times = 0;
    for (int n = 0; (log = event_at(trace, "log", n)); n++) {
        if (strcmp(json_string_value(json_object_get(log, "name")), name) == 0) {
            value = real_at(log, "value");
            ++*times;
        }
        json_decref(log);
    }
    return value;
}

/* Events of a kind and their charge. */
static uint64_t count_of(const struct text *trace, const char *what, double *charge)
{
    uint64_t count = 0;
    json_t *event;
    *charge = 0;
    for (int n = 0; (event = event_at(trace, "step", n)); n++) {
        if (strcmp(json_string_value(json_object_get(event, "what")), what) == 0) {
            count += count_at(event, "count");
            *charge += (double)count_at(event, "charge");
        }
        json_decref(event);
    }
    return count;
}

static void test_phases(void **state)
{
    (void)state;
    struct text one = run(1, "rounds=5,warm=2,updates=4,samples=6,final=20,images=64");
    struct text two = run(2, "rounds=5,warm=2,updates=4,samples=6,final=20,images=64");
    double trained, scored,
        left = (double)(fixture.contest.budget_flops - fixture.contest.reserve_flops);
    assert_string_equal(one.data, two.data);
    assert_true(count_of(&one, "step", &trained) > 100);
    assert_int_equal(count_of(&one, "score", &scored), 3 * 4 * 6 + 20);
    assert_true(trained / left > 0.8 && trained + scored < left);
    int times;
    double entropy = last_logged(&one, "entropy", &times); /* after each phase of the controller */
    assert_true(times == 3 && entropy > 0 && entropy <= 6 * log1p(4));
    assert_true(last_logged(&one, "updates", &times) == 12 && times == 1);
    assert_null(event_at(&one, "refuse", 0));
    text_free(&one);
    text_free(&two);
}

/* A frozen controller is near uniform; the published one moves away from where it began. */
static void test_the_controller_moves(void **state)
{
    (void)state;
    double entropy[2];
    for (int i = 0; i < 2; i++) {
        struct text trace = run(1, i ? "rounds=6,final=10,images=64,control-rate=0.05"
                                     : "rounds=6,final=10,images=64,control-rate=0");
        int times;
        entropy[i] = last_logged(&trace, "entropy", &times);
        assert_int_equal(times, 5);
        text_free(&trace);
    }
    assert_true(entropy[0] > 6 * log1p(4) - 0.1); /* six times log 5 */
    assert_true(entropy[1] < entropy[0] - 0.05);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phases),
        cmocka_unit_test(test_the_controller_moves),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
