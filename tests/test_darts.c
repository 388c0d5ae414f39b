/* DARTS on a fake supernet whose gradients say what each search shall find: several searches in one budget and
 * how their choices are compared, what an audit has, the logits' rate in short and long searches, a search
 * without a step. */
#include "tests/fake_scores.h"

static struct fake_trial fake;
static struct fake_scores scores;
static struct nasbed_api api;
static struct nasbed_architecture
    wanted[SCORES_SUPERNETS];   /* what the gradient favours, by supernet */
static double compared, spread; /* as logged */
static uint64_t reserve;        /* FLOPs held back for the finish */

static int choices(const struct nasbed_trial *face, struct nasbed_choice out[NASBED_CHOICES])
{
    struct nasbed_architecture a = {.n = 0};
    for (int options; (options = fake_api_options(face, &a)) > 0; a.n++)
        out[a.n] = (struct nasbed_choice){fake_api_decision_name(face, &a), options, -1, 0};
    return a.n;
}

/* The loss falls with the weight of what is wanted. */
static enum nasbed_status gradient(struct nasbed_trial *face, int supernet,
                                   const struct nasbed_program *program, enum nasbed_part part,
                                   struct nasbed_pass *pass)
{
    assert_int_equal(part, NASBED_VALIDATION);
    if (!scores_pay(face, scores_quote(face, supernet, program)))
        return NASBED_REFUSED;
    memset(pass, 0, sizeof *pass);
    for (int i = 0; i < wanted[supernet].n; i++)
        pass->gradient[i][wanted[supernet].decision[i]] = -1;
    return NASBED_DONE;
}

static double budget_of(const struct nasbed_trial *face)
{
    return fake_api_budget(face) + (double)reserve / (double)fake_of(face)->unit;
}

static void on_log(struct fake_trial *trial, const char *name, double value)
{
    scores_log(trial, name, value);
    if (strcmp(name, "compared-at") == 0)
        compared = value;
    if (strcmp(name, "logit-spread") == 0)
        spread = value;
}

/* Wanted are the first operation everywhere in the first search, the second in the second, and so on. */
static void begin(double budget)
{
    scores_init(&fake, &scores, space_find("cell", NULL), budget, 1);
    api = *fake.face.api;
    api.choices = choices;
    api.supernet_gradient = gradient;
    api.budget = budget_of;
    fake.face.api = &api;
    fake.on_log = on_log;
    reserve = fake.unit;
    compared = spread = -1;
    for (int s = 0; s < SCORES_SUPERNETS; s++) {
        wanted[s].n = 6;
        memset(wanted[s].decision, s % 5, 6);
    }
}

static void end(void)
{
    scores_free(&fake, &scores);
}

/* The more, the later in the list of operations. */
static double by_operation(struct fake_trial *trial, const struct nasbed_architecture *a, int point)
{
    (void)trial;
    (void)point;
    return 10.0 * a->decision[0];
}

static double but_the_second(struct fake_trial *trial, const struct nasbed_architecture *a,
                             int point)
{
    return a->decision[0] == 1 ? 90 : by_operation(trial, a, point);
}

/* Of three equally long searches the second's choice is the best. */
static void test_the_best_is_kept(void **state)
{
    (void)state;
    begin(20);
    fake.accuracy = but_the_second;
    fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1");
    assert_int_equal(scores.supernets, 3);
    assert_true(scores.steps[0] > 100 && scores.steps[0] == scores.steps[2]);
    assert_true(scores_same(&fake.choice, &wanted[1]));
    assert_int_equal(fake.refused, 0);
    assert_true(scores.random_only == 0);
    end();
}

static uint64_t price_percent; /* of the average, that a choice costs */

static uint64_t priced(const struct nasbed_architecture *a)
{
    (void)a;
    return 10000 * price_percent;
}

/* To `point` where choices are twice as dear as an average one, or a little dearer than the average; further
 * where they are cheap: what is held for them is used. */
static void test_what_is_held_suits_the_prices(void **state)
{
    (void)state;
    static const struct {
        uint64_t percent;
        int point;
    } cases[] = {{50, 8}, {100, 4}, {120, 3}, {200, 2}, {400, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin(20);
        fake.price = priced;
        price_percent = cases[i].percent;
        fake.accuracy = by_operation;
        fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1,point=2");
        assert_int_equal(compared, cases[i].point);
        assert_true(scores_same(&fake.choice, &wanted[2]));
        assert_true(fake.left < 3 * priced(&fake.choice) / 12 + 3 * 6 * 100 * 64);
        end();
    }
}

static uint64_t dear_first(const struct nasbed_architecture *a)
{
    return a->decision[0] == 0 ? 20000000 : 1000000;
}

/* One that not even the first point is paid of is passed over, the others are compared. */
static void test_one_is_not_paid(void **state)
{
    (void)state;
    begin(20);
    fake.price = dear_first;
    fake.accuracy = by_operation;
    fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1");
    assert_true(compared >= 4 && fake.n == 4);
    assert_true(scores_same(&fake.choice, &wanted[2]));
    assert_int_equal(fake.refused, 0);
    end();
}

/* What is the same choice is trained once; where all are, none is. */
static void test_equal_choices(void **state)
{
    (void)state;
    begin(20);
    wanted[1] = wanted[2] = wanted[0];
    fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1");
    assert_true(compared == 0 && fake.n == 0);
    assert_true(scores_same(&fake.choice, &wanted[0]));
    end();
    begin(20);
    wanted[1] = wanted[0];
    fake.accuracy = by_operation;
    fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1");
    assert_int_equal(compared, 6); /* what was held for three pays for two */
    assert_int_equal(fake.n, 4);   /* to the first point, then together */
    assert_true(scores_same(&fake.choice, &wanted[2]));
    end();
}

static uint64_t one_class(const struct nasbed_architecture *a)
{
    (void)a;
    return 0;
}

static uint64_t two_classes(const struct nasbed_architecture *a)
{
    return a->decision[0] < 2 ? 0 : 1;
}

/* Isomorphs too, which show when one of them has been trained to the first point. */
static void test_isomorphs(void **state)
{
    (void)state;
    begin(20);
    fake.class_of = one_class;
    fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1");
    assert_true(compared == 0 && fake.n == 1 && fake.asked_point[0] == 1);
    assert_true(scores_same(&fake.choice, &wanted[0]));
    end();
    begin(20);
    fake.class_of = two_classes;
    fake.accuracy = by_operation;
    fake_run(&fake, "darts", "restarts=3,alpha-rate=0.1");
    assert_true(compared == 6 && fake.n == 4);
    assert_true(scores_same(&fake.choice, &wanted[2]));
    end();
}

/* An audit has one search, of all of its budget. */
static void test_audit(void **state)
{
    const struct nasbed_method *method = method_find("darts", NULL);
    struct method_settings settings;
    struct error error;
    (void)state;
    begin(20);
    scores.audit = true;
    reserve = 0;
    assert_int_equal(method_settings_init(&settings, method, &error), 0);
    assert_int_equal(options_parse_list(settings.row, settings.values, "restarts=3", &error), 0);
    assert_int_equal(method->run(&fake.face, settings.values), NASBED_ENDED);
    method_settings_free(&settings);
    assert_int_equal(scores.supernets, 1);
    assert_true((double)fake.spent > 0.99 * 20e6);
    assert_int_equal(fake.n, 0);
    end();
}

static double spread_of(const char *assignments)
{
    begin(4);
    fake_run(&fake, "darts", assignments);
    assert_in_range(scores.steps[0], 101, 150);
    end();
    return spread;
}

/* `alpha-steps` quickens the logits of searches of fewer steps, and slows none. */
static void test_alpha_steps(void **state)
{
    (void)state;
    double plain = spread_of("alpha-decay=0"), longer = spread_of("alpha-decay=0,alpha-steps=100");
    double shorter = spread_of("alpha-decay=0,alpha-steps=1000");
    assert_true(longer == plain);
    assert_true(shorter > 5 * plain);
}

/* Without a step the logits as they began decide, which is on record. */
static void test_no_step(void **state)
{
    (void)state;
    static const char *const settings[] = {"", "restarts=3"};
    for (int i = 0; i < 2; i++) {
        begin(0.01);
        fake_run(&fake, "darts", settings[i]);
        assert_true(scores.steps[0] == 0 && scores.random_only == 1);
        assert_int_equal(fake.refused, 0);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_best_is_kept),
        cmocka_unit_test(test_what_is_held_suits_the_prices),
        cmocka_unit_test(test_one_is_not_paid),
        cmocka_unit_test(test_equal_choices),
        cmocka_unit_test(test_isomorphs),
        cmocka_unit_test(test_audit),
        cmocka_unit_test(test_alpha_steps),
        cmocka_unit_test(test_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
