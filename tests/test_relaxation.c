/* Relaxations: probabilities, the gradient through the softmax against differences, decoding; DARTS and
 * SNAS on a trial, their bits on 1 and 2 threads. */
#include "base/pool.h"
#include "methods/kit/relaxation.h"
#include "tests/made_data.h"
#include "tests/trial_events.h"

static struct made_data made;
static struct fixture fixture;

static int setup(void **state)
{
    (void)state;
    made_open(&made);
    fixture_open(&fixture, true, 2, 12);
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

/* A loss that is a known function of the mixture: sum of c_ik p_ik^2. */
static double coefficient(int i, int k)
{
    return 1 + 0.3 * i - 0.7 * k;
}

static double loss_of(const struct relaxation *r, double temperature, struct nasbed_program *p)
{
    double sum = 0;
    relaxation_mix(r, temperature, NULL, p);
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < 5; k++)
            sum += coefficient(i, k) * p->weight[i][k] * p->weight[i][k];
    return sum;
}

static enum nasbed_status relax(struct nasbed_trial *trial, const void *options)
{
    struct relaxation r;
    struct nasbed_program p;
    struct nasbed_architecture a;
    double g[NASBED_CHOICES][NASBED_CHOICE_OPTIONS] = {{0}};
    (void)options;
    assert_true(relaxation_open(&r, trial, 1, 0.5));
    assert_int_equal(r.n, 6);
    for (int n = 0; n < 2; n++) {
        double temperature = n ? 0.4 : 1, before[6][5];
        (void)loss_of(&r, temperature, &p);
        for (int i = 0; i < 6; i++) {
            double sum = 0;
            for (int k = 0; k < 5; k++) {
                sum += p.weight[i][k];
                assert_true(p.present[i][k]);
                g[i][k] = 2 * coefficient(i, k) * p.weight[i][k];
                before[i][k] = r.logits.value[r.place[i] + k];
            }
            assert_true(fabs(sum - 1) < 1e-12);
        }
        r.adam.rate = 0; /* the logits stay, the gradient is there */
        relaxation_step(&r, temperature, &p, (const double(*)[NASBED_CHOICE_OPTIONS])g, 0);
        for (int i = 0; i < 6; i++) {
            double sum = 0;
            for (int k = 0; k < 5; k++) {
                double *logit = &r.logits.value[r.place[i] + k],
                       got = r.logits.gradient[r.place[i] + k];
                *logit = before[i][k] + 1e-5;
                double up = loss_of(&r, temperature, &p);
                *logit = before[i][k] - 1e-5;
                double down = loss_of(&r, temperature, &p);
                *logit = before[i][k];
                assert_true(fabs((up - down) / 2e-5 - got) < 1e-7);
                sum += got;
            }
            assert_true(fabs(sum) < 1e-12);
        }
    }
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 5; k++)
            r.logits.value[r.place[i] + k] = k == 0 ? 3 : k == i % 5 ? 2 : 0;
    relaxation_decode(&r, NULL, &a);
    for (int i = 0; i < 6; i++)
        assert_int_equal(a.decision[i], 0);
    relaxation_decode(&r, "none", &a);
    static const int wanted[6] = {1, 1, 2, 3, 4, 1}; /* the first of equals where none was best */
    for (int i = 0; i < 6; i++)
        assert_int_equal(a.decision[i], wanted[i]);
    assert_true(relaxation_spread(&r) == 3);
    memset(r.logits.value, 0, (size_t)r.logits.n * sizeof *r.logits.value);
    assert_true(fabs(relaxation_entropy(&r) - log(5)) < 1e-12);
    relaxation_close(&r);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(relax);

static void test_relaxation(void **state)
{
    (void)state;
    struct text trace = {0};
    run_ok(&fixture, &relax_method, 0, &trace);
    text_free(&trace);
}

/* With a noise that makes one option certain, the mixture is that architecture's. */
static enum nasbed_status be_certain(struct nasbed_trial *trial, const void *options)
{
    struct relaxation r;
    struct nasbed_program p;
    struct nasbed_architecture a;
    double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS] = {{0}};
    (void)options;
    assert_true(relaxation_open(&r, trial, 0, 0));
    for (int i = 0; i < 6; i++)
        noise[i][3] = 5;
    relaxation_mix(&r, 0.03, (const double(*)[NASBED_CHOICE_OPTIONS])noise, &p);
    for (int i = 0; i < 6; i++)
        assert_true(p.weight[i][3] > 1 - 1e-12 && p.weight[i][0] < 1e-12);
    relaxation_decode(&r, NULL, &a);
    relaxation_close(&r);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(be_certain);

static void test_temperature(void **state)
{
    (void)state;
    struct text trace = {0};
    run_ok(&fixture, &be_certain_method, 0, &trace);
    text_free(&trace);
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

/* Steps of a kind, and their charge. */
static uint64_t count_of(const struct text *trace, const char *what, uint64_t *charge)
{
    uint64_t count = 0;
    json_t *event;
    *charge = 0;
    for (int n = 0; (event = event_at(trace, "step", n)); n++) {
        if (strcmp(json_string_value(json_object_get(event, "what")), what) == 0) {
            count += count_at(event, "count");
            *charge += count_at(event, "charge");
        }
        json_decref(event);
    }
    return count;
}

static void run_twice(const char *name, const char *assignments, struct text *trace)
{
    struct running one = {.trace = {0}}, two = {.trace = {0}};
    struct error error;
    struct running *both[2] = {&one, &two};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            method_settings_init(&both[i]->settings, method_find(name, &error), &error), 0);
        assert_int_equal(options_parse_list(both[i]->settings.row, both[i]->settings.values,
                                            assignments, &error),
                         0);
        pool_run(i + 1, run_root, both[i]);
        method_settings_free(&both[i]->settings);
    }
    assert_string_equal(one.trace.data, two.trace.data);
    text_free(&two.trace);
    *trace = one.trace;
}

/* Records of the incumbent: 20 in as many steps or more, else one a step; the last is the choice. */
static void assert_records(const struct text *trace, uint64_t steps)
{
    uint64_t n = 0;
    double last = -1;
    json_t *event;
    for (int i = 0; (event = event_at(trace, "log", i)); i++) {
        if (strcmp(json_string_value(json_object_get(event, "name")), NASBED_LOG_INCUMBENT) == 0) {
            last = json_number_value(json_object_get(event, "value"));
            n++;
        }
        json_decref(event);
    }
    assert_int_equal(n, steps < 20 ? steps : 20);
    event = event_at(trace, "finish", 0);
    assert_int_equal((uint64_t)last, count_at(event, "index"));
    json_decref(event);
}

/* As many steps of the logits as of the weights: one pass each, or four and one; SNAS one for both. */
static void test_darts_and_snas(void **state)
{
    (void)state;
    struct text trace;
    uint64_t step, other;
    run_twice("darts", "share=0.3", &trace);
    uint64_t n = count_of(&trace, "step", &step);
    assert_true(n > 10 && count_of(&trace, "gradient", &other) == n);
    assert_true(other == step);
    assert_records(&trace, n);
    text_free(&trace);
    run_twice("darts", "share=0.3,order=2,none=no", &trace);
    n = count_of(&trace, "step", &step);
    assert_true(n > 5 && count_of(&trace, "unrolled", &other) == n);
    assert_true(other == 4 * step);
    assert_records(&trace, n);
    json_t *finish = event_at(&trace, "finish", 0);
    assert_null(strstr(json_string_value(json_object_get(finish, "architecture")), "none"));
    json_decref(finish);
    text_free(&trace);
    run_twice("snas", "share=0.3", &trace);
    n = count_of(&trace, "step", &step);
    assert_true(n > 20 && count_of(&trace, "gradient", &other) == 0);
    assert_records(&trace, n);
    text_free(&trace);
}

/* Which of the two a step begins with: as many of both, another course; each the same on 1 and 2 threads. */
static void test_first(void **state)
{
    (void)state;
    struct text alpha, weights;
    uint64_t step, other;
    run_twice("darts", "share=0.3,alpha-rate=0.05", &alpha);
    run_twice("darts", "share=0.3,alpha-rate=0.05,first=weights", &weights);
    uint64_t n = count_of(&weights, "step", &step);
    assert_true(n > 10 && n == count_of(&alpha, "step", &step));
    assert_true(count_of(&weights, "gradient", &other) == n);
    assert_true(differences(&alpha, &weights, "options") > 0);
    text_free(&alpha);
    text_free(&weights);
}

/* The index that the n-th log line of a name has. */
static uint64_t logged_index(const struct text *trace, const char *name, int n)
{
    const char *line = trace->data;
    double value = -1;
    for (json_t *event; n >= 0 && (event = event_next(&line, "log")); json_decref(event))
        if (strcmp(json_string_value(json_object_get(event, "name")), name) == 0 && n-- == 0)
            value = json_number_value(json_object_get(event, "value"));
    assert_true(value >= 0);
    return (uint64_t)value;
}

/* Both decodings are on record, whichever it finishes with. */
static void test_decodings(void **state)
{
    (void)state;
    static const char *const settings[2] = {"share=0.1,alpha-start=1",
                                            "share=0.1,alpha-start=1,none=no"};
    static const char *const names[2] = {"decoded-with-none-index", "decoded-without-none-index"};
    uint64_t index[2][2];
    for (int i = 0; i < 2; i++) {
        struct text trace;
        run_twice("darts", settings[i], &trace);
        for (int k = 0; k < 2; k++)
            index[i][k] = logged_index(&trace, names[k], 0);
        json_t *finish = event_at(&trace, "finish", 0);
        assert_int_equal(count_at(finish, "index"), index[i][i]);
        json_decref(finish);
        text_free(&trace);
    }
    assert_true(index[0][0] == index[1][0] && index[0][1] == index[1][1]);
    assert_true(index[0][0] != index[0][1]);
}

/* Three searches in one budget, their choices trained to the first point, then compared at one further on,
 * the best of them kept, which here is not the first's. */
static void test_restarts(void **state)
{
    (void)state;
    struct text trace, once;
    uint64_t charge;
    double best = -1;
    uint64_t choice = 0;
    run_twice("darts", "restarts=3,alpha-start=1,alpha-rate=0.05", &trace);
    run_twice("darts", "alpha-start=1,alpha-rate=0.05", &once);
    uint64_t steps = count_of(&trace, "step", &charge);
    assert_true(steps % 3 == 0 && steps < count_of(&once, "step", &charge));
    assert_true(logged_index(&trace, "compared-at", 0) >= 2);
    for (int i = 0; i < 6; i++) {
        json_t *query = event_at(&trace, "query", i);
        assert_non_null(query);
        uint64_t index = logged_index(&trace, "decoded-with-none-index", i % 3);
        assert_int_equal(count_at(query, "index"), index);
        assert_int_equal(count_at(query, "point"),
                         i < 3 ? 1 : logged_index(&trace, "compared-at", 0));
        if (i >= 3 && real_at(query, "valid_accuracy") > best) {
            best = real_at(query, "valid_accuracy");
            choice = index;
        }
        json_decref(query);
    }
    assert_null(event_at(&trace, "query", 6));
    assert_null(event_at(&trace, "refuse", 0));
    json_t *finish = event_at(&trace, "finish", 0);
    assert_int_equal(count_at(finish, "index"), choice);
    assert_true(choice != logged_index(&trace, "decoded-with-none-index", 0));
    assert_true(logged_index(&trace, "decoded-with-none-index", 0) !=
                logged_index(&trace, "decoded-with-none-index", 1));
    json_decref(finish);
    text_free(&trace);
    text_free(&once);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relaxation),     cmocka_unit_test(test_temperature),
        cmocka_unit_test(test_darts_and_snas), cmocka_unit_test(test_first),
        cmocka_unit_test(test_decodings),      cmocka_unit_test(test_restarts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
