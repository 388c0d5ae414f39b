/* SNAS: its samples, what it expects architectures to cost on both spaces, the three gradients of that, what
 * they make of a search, samples without a connection, the child. */
#include "evaluator/supernet.h"
#include "methods/kit/relaxation.h"
#include "methods/kit/resource.h"
#include "tests/finite_differences.h"
#include "tests/live_fixture.h"
#include "tests/made_data.h"

typedef const double (*table)[NASBED_CHOICE_OPTIONS];

static struct made_data made;
static struct fixture cell;
static struct live_fixture chain;

static int setup(void **state)
{
    (void)state;
    made_open(&made);
    fixture_open(&cell, true, 2, 8);
    made_supply(&made, &cell.contest);
    live_open(&chain, 8);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    live_close(&chain);
    fixture_close(&cell);
    made_close(&made);
    return 0;
}

/* Probes ----------------------------------------------------------------------------------------------- */

/* A relaxation with logits from N(1, 0.7^2), its supernet and its costs, on either space. */
struct probe {
    struct nasbed_trial *trial;
    struct relaxation alpha;
    struct resource resource;
    double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    double temperature; /* of the noisy sample; 0: of no noise, at 1 */
};

/* What the probe is used for; a trial runs it. */
static void (*probing)(struct probe *probe);

static enum nasbed_status probe_run(struct nasbed_trial *trial, const void *options)
{
    struct probe probe = {.trial = trial};
    struct nasbed_architecture a;
    int supernet;
    (void)options;
    assert_true(relaxation_open(&probe.alpha, trial, 1, 0.7));
    assert_int_equal(nasbed_supernet_open(trial, &supernet), NASBED_DONE);
    uint64_t left = nasbed_left(trial);
    assert_true(resource_open(&probe.resource, trial, supernet));
    assert_int_equal(nasbed_left(trial), left);
    probing(&probe);
    relaxation_close(&probe.alpha);
    nasbed_from_index(trial, 0, &a);
    return nasbed_finish(trial, &a);
}

static const struct nasbed_option no_options[] = {{.name = NULL}};
static const struct nasbed_space both_spaces[] = {
    {"cell", NASBED_NATIVE, NULL}, {"chain", NASBED_NATIVE, NULL}, {NULL, NASBED_UNDEFINED, NULL}};
static const struct nasbed_method probe_method = {.abi = NASBED_ABI,
                                                  .name = "probe",
                                                  .class_name = "GO",
                                                  .source = "test",
                                                  .spaces = both_spaces,
                                                  .options = no_options,
                                                  .run = probe_run,
                                                  .supernet = true};

static void probe_on(const struct contest *contest, void (*use)(struct probe *probe))
{
    struct method_settings settings;
    struct trial_times times;
    struct text trace = {0};
    struct error error;
    probing = use;
    assert_int_equal(method_settings_init(&settings, &probe_method, &error), 0);
    if (trial_run(contest, &settings, 0, NULL, NULL, &trace, &times, &error))
        fail_msg("%s", error.text);
    method_settings_free(&settings);
    text_free(&trace);
}

/* Samples ---------------------------------------------------------------------------------------------- */

/* Pearson's statistic of the largest weights against softmax(a): 24 degrees of freedom, whose
 * 0.999-quantile is 51.2. */
static void draw_many(struct probe *probe)
{
    enum { DRAWS = 100000 };
    static int count[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    struct relaxation *r = &probe->alpha;
    struct nasbed_program z, p;
    double chi = 0;
    memset(count, 0, sizeof count);
    for (int n = 0; n < DRAWS; n++) {
        relaxation_gumbel(r, probe->noise);
        relaxation_mix(r, n % 2 ? 0.03 : 1, (table)probe->noise, &z);
        for (int i = 0; i < r->n; i++) {
            int best = 0;
            for (int k = 1; k < 5; k++)
                best = z.weight[i][k] > z.weight[i][best] ? k : best;
            count[i][best]++;
        }
    }
    relaxation_mix(r, 1, NULL, &p);
    for (int i = 0; i < r->n; i++)
        for (int k = 0; k < 5; k++) {
            double expected = DRAWS * p.weight[i][k];
            chi += (count[i][k] - expected) * (count[i][k] - expected) / expected;
        }
    assert_true(chi > 5 && chi < 51.2);
}

static void test_samples(void **state)
{
    (void)state;
    probe_on(&cell.contest, draw_many);
}

/* Costs ------------------------------------------------------------------------------------------------ */

/* Where a decision's choice is. */
static int choice_of(const struct probe *probe, const struct nasbed_architecture *prefix)
{
    const char *name = nasbed_decision_name(probe->trial, prefix);
    for (int i = 0; i < probe->alpha.n; i++)
        if (strcmp(probe->alpha.choice[i].name, name) == 0)
            return i;
    fail_msg("no choice %s", name);
    return -1;
}

/* MACs of every architecture, `more` of which are not counted, and their expectation by enumeration. */
static void enumerate(struct probe *probe, const uint64_t *macs, uint64_t more)
{
    struct nasbed_program p;
    double expected = 0, sum = 0;
    relaxation_mix(&probe->alpha, 1, NULL, &p);
    for (uint64_t index = 0; index < nasbed_count(probe->trial); index++) {
        struct nasbed_architecture a, prefix = {.n = 0};
        double one[NASBED_CHOICES][NASBED_CHOICE_OPTIONS] = {{0}}, probability = 1;
        nasbed_from_index(probe->trial, index, &a);
        for (; prefix.n < a.n; prefix.n++) {
            int i = choice_of(probe, &prefix), k = a.decision[prefix.n];
            one[i][k] = 1;
            probability *= p.weight[i][k];
            prefix.decision[prefix.n] = (unsigned char)k;
        }
        assert_true(resource_macs(&probe->resource, (table)one) == (double)(macs[index] - more));
        expected += probability * (double)(macs[index] - more);
        sum += probability;
    }
    assert_true(fabs(sum - 1) < 1e-9);
    assert_true(fabs(resource_macs(&probe->resource, (table)p.weight) / expected - 1) < 1e-9);
}

static void enumerate_cell(struct probe *probe)
{
    assert_int_equal(probe->resource.parts, 6);
    assert_int_equal(probe->resource.terms, 12); /* two convolutions an edge */
    enumerate(probe, cell.isomorphs.macs,
              10); /* NAS-Bench-201 has the classifier's bias among them */
}

static void enumerate_chain(struct probe *probe)
{
    assert_int_equal(probe->resource.parts, 1);
    enumerate(probe, chain.isomorphs.macs, 0);
}

static void test_costs(void **state)
{
    (void)state;
    probe_on(&cell.contest, enumerate_cell);
    probe_on(&chain.contest, enumerate_chain);
}

/* Gradients -------------------------------------------------------------------------------------------- */

static double penalty_of(void *context)
{
    struct probe *probe = context;
    struct nasbed_program p;
    double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    bool noisy = probe->temperature > 0;
    relaxation_mix(&probe->alpha, noisy ? probe->temperature : 1,
                   noisy ? (table)probe->noise : NULL, &p);
    return resource_penalty(&probe->resource, (table)p.weight, gradient, NULL);
}

/* The gradient of that in the logits, added. */
static void add_gradient(struct probe *probe, double of[NASBED_CHOICES])
{
    struct nasbed_program p;
    double gradient[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    bool noisy = probe->temperature > 0;
    double temperature = noisy ? probe->temperature : 1;
    relaxation_mix(&probe->alpha, temperature, noisy ? (table)probe->noise : NULL, &p);
    (void)resource_penalty(&probe->resource, (table)p.weight, gradient, of);
    relaxation_backward(&probe->alpha, temperature, &p, (table)gradient);
}

static void check_differences(struct probe *probe)
{
    struct parameters *logits = &probe->alpha.logits;
    relaxation_gumbel(&probe->alpha, probe->noise);
    for (int n = 0; n < 2; n++) {
        probe->temperature = n ? 0.6 : 0; /* of a sample whose noise is frozen; exact */
        relaxation_clear(&probe->alpha);
        add_gradient(probe, NULL);
        differences_present(logits->gradient, logits->n, 0.15);
        assert_true(differences_worst(penalty_of, probe, logits->value, logits->gradient, logits->n,
                                      1) < 1e-5);
    }
    /* p_k (F_k - sum_l p_l F_l) over sum_l p_l F_l on an edge of `cell` */
    const struct resource *r = &probe->resource;
    if (r->parts != 6)
        return;
    struct nasbed_program p;
    double cost[5] = {0}, mean = 0;
    relaxation_mix(&probe->alpha, 1, NULL, &p);
    for (int t = 0; t < r->terms; t++)
        if (r->term[t].choice[0] == 2)
            cost[r->term[t].option[0]] = r->term[t].macs;
    for (int k = 0; k < 5; k++)
        mean += p.weight[2][k] * cost[k];
    probe->temperature = 0;
    relaxation_clear(&probe->alpha);
    add_gradient(probe, NULL);
    for (int k = 0; k < 5; k++)
        assert_true(fabs(logits->gradient[probe->alpha.place[2] + k] -
                         p.weight[2][k] * (cost[k] - mean) / mean) < 1e-12);
}

static void test_differences(void **state)
{
    (void)state;
    probe_on(&cell.contest, check_differences);
    probe_on(&chain.contest, check_differences);
}

/* Means of two estimates of one gradient, that through the sample and that by its score, differ by no more
 * than five standard errors of their difference. */
static void check_estimates(struct probe *probe)
{
    enum { DRAWS = 40000 };
    struct relaxation *r = &probe->alpha;
    static double sum[512], square[512];
    assert_true(r->logits.n <= 512);
    memset(sum, 0, sizeof sum);
    memset(square, 0, sizeof square);
    probe->temperature = 0.8;
    for (int n = 0; n < DRAWS; n++) {
        double of[NASBED_CHOICES], cost[NASBED_CHOICES] = {0};
        relaxation_gumbel(r, probe->noise);
        relaxation_clear(r);
        add_gradient(probe, of);
        for (int i = 0; i < r->n; i++) /* less a constant, for its noise: the score's mean is 0 */
            cost[i] = probe->resource.part[i] < 0 ? 0 : 12 - of[probe->resource.part[i]];
        relaxation_score(r, (table)probe->noise, cost);
        for (int k = 0; k < r->logits.n; k++) {
            sum[k] += r->logits.gradient[k];
            square[k] += r->logits.gradient[k] * r->logits.gradient[k];
        }
    }
    for (int k = 0; k < r->logits.n; k++)
        assert_true(fabs(sum[k]) <= 5 * sqrt(square[k]));
}

static void test_estimates(void **state)
{
    (void)state;
    probe_on(&cell.contest, check_estimates);
    probe_on(&chain.contest, check_estimates);
}

/* Searches --------------------------------------------------------------------------------------------- */

static int search_on(const struct contest *contest, const char *assignments, struct text *trace,
                     struct error *error)
{
    struct method_settings settings;
    struct trial_times times;
    assert_int_equal(method_settings_init(&settings, method_find("snas", error), error), 0);
    assert_int_equal(options_parse_list(settings.row, settings.values, assignments, error), 0);
    int status = trial_run(contest, &settings, 0, NULL, NULL, trace, &times, error);
    method_settings_free(&settings);
    return status;
}

static void search_ok(const struct contest *contest, const char *assignments, struct text *trace)
{
    struct error error;
    *trace = (struct text){0};
    if (search_on(contest, assignments, trace, &error))
        fail_msg("%s", error.text);
}

/* The value of the last log line of a name; NaN: there is none. */
static double logged(const struct text *trace, const char *name)
{
    const char *line = trace->data;
    double value = NAN;
    for (json_t *event; (event = event_next(&line, "log")); json_decref(event))
        if (strcmp(json_string_value(json_object_get(event, "name")), name) == 0)
            value = real_at(event, "value");
    return value;
}

static uint64_t steps_of(const struct text *trace)
{
    const char *line = trace->data;
    uint64_t count = 0;
    for (json_t *event; (event = event_next(&line, "step")); json_decref(event))
        if (strcmp(json_string_value(json_object_get(event, "what")), "step") == 0)
            count += count_at(event, "count");
    return count;
}

static void assert_choice(const struct text *trace, const char *wanted, const char *unwanted)
{
    json_t *finish = event_at(trace, "finish", 0);
    const char *choice = json_string_value(json_object_get(finish, "architecture"));
    if (wanted)
        assert_string_equal(choice, wanted);
    if (unwanted && strstr(choice, unwanted))
        fail_msg("%s has a %s", choice, unwanted);
    json_decref(finish);
}

static void test_cheapest(void **state)
{
    (void)state;
    static const char *const constraints[] = {"discrete", "reparam"};
    for (int i = 0; i < 2; i++) {
        struct text trace;
        char set[128];
        (void)snprintf(set, sizeof set, "constraint=%s,eta=100000,alpha-rate=0.05,child=no",
                       constraints[i]);
        search_ok(&cell.contest, set, &trace);
        assert_choice(&trace, NULL, "conv");
        double macs = logged(&trace, "expected-macs");
        text_free(&trace);
        search_ok(&chain.contest, set, &trace);
        assert_choice(&trace, "w:3/2w:3/4w:3", NULL);
        text_free(&trace);
        search_ok(&cell.contest, "constraint=none,alpha-rate=0.05,child=no", &trace);
        assert_true(macs < logged(&trace, "expected-macs"));
        text_free(&trace);
    }
}

/* Everything but the header, which has the options, and the checksum. */
static void assert_same_course(const struct text *a, const struct text *b)
{
    const char *left = strchr(a->data, '\n'), *right = strchr(b->data, '\n');
    const char *end = strstr(a->data, "{\"end\":");
    assert_true(left && right && end);
    assert_memory_equal(left, right, (size_t)(end - left));
}

static void test_eta_0(void **state)
{
    (void)state;
    static const char *const settings[] = {"constraint=discrete,eta=0", "constraint=reparam,eta=0",
                                           "constraint=policy,eta=0"};
    struct text none, other;
    search_ok(&cell.contest, "constraint=none,alpha-rate=0.01", &none);
    for (int i = 0; i < 3; i++) {
        char set[128];
        (void)snprintf(set, sizeof set, "%s,alpha-rate=0.01", settings[i]);
        search_ok(&cell.contest, set, &other);
        assert_same_course(&none, &other);
        text_free(&other);
    }
    search_ok(&cell.contest, "constraint=discrete,alpha-rate=0.01", &other);
    assert_true(logged(&other, "expected-macs") < logged(&none, "expected-macs"));
    text_free(&other);
    text_free(&none);
}

/* FLOPs of a step of a mixture. */
static double mixture_flops;

static void quote_mixture(struct probe *probe)
{
    struct nasbed_program p;
    relaxation_mix(&probe->alpha, 1, NULL, &p);
    mixture_flops = (double)nasbed_supernet_quote(probe->trial, 0, &p);
}

/* The contest with a budget of so many steps beside what is held for the finish. */
static struct contest with_steps(const struct contest *contest, double steps)
{
    struct contest few = *contest;
    struct error error;
    probe_on(contest, quote_mixture);
    assert_int_equal(
        contest_budget(&few,
                       ((double)few.reserve_flops + steps * mixture_flops) / (double)few.unit_flops,
                       &error),
        0);
    return few;
}

/* Of the density of a concrete sample (Maddison, Mnih, Teh 2017, eq. 10) what depends on the logits, at
 * temperature 1. */
static double log_density(const double *a, const double *z, int n)
{
    double sum = 0, all = 0;
    for (int k = 0; k < n; k++) {
        sum += a[k] - 2 * log(z[k]);
        all += exp(a[k] - log(z[k]));
    }
    return sum - n * log(all);
}

static double moved_macs; /* expected, when the first step of `policy` is made by hand */

/* The draws of the method itself. A dear sample's density goes down: the first step of Adam is the rate
 * against the sign of cost x d log p(Z) / da, which differences give here. */
static void step_by_hand(struct probe *probe)
{
    struct relaxation r;
    struct nasbed_program z, p;
    double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS],
        unused[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    double of[NASBED_CHOICES];
    nasbed_stream(probe->trial, "snas");
    assert_true(relaxation_open(&r, probe->trial, 1, 0.01));
    relaxation_gumbel(&r, noise);
    relaxation_mix(&r, 1, (table)noise, &z);
    (void)resource_penalty(&probe->resource, (table)z.weight, unused, of);
    for (int i = 0; i < r.n; i++) {
        double *a = r.logits.value + r.place[i], score[NASBED_CHOICE_OPTIONS];
        int part = probe->resource.part[i], options = r.choice[i].options;
        for (int k = 0; k < options; k++) {
            a[k] += 1e-5;
            score[k] = log_density(a, z.weight[i], options);
            a[k] -= 2e-5;
            score[k] -= log_density(a, z.weight[i], options);
            a[k] += 1e-5;
        }
        for (int k = 0; k < options && part >= 0 && of[part] > 0; k++)
            a[k] -= 0.3 * (score[k] > 0 ? 1 : -1);
    }
    relaxation_mix(&r, 1, NULL, &p);
    moved_macs = resource_macs(&probe->resource, (table)p.weight);
    relaxation_close(&r);
}

/* One step of a search that follows nothing but the cost of its sample, by its score. */
static void check_policy(const struct contest *contest)
{
    struct contest one = with_steps(contest, 1.5);
    struct text trace;
    search_ok(&one, "constraint=policy,eta=1e6,alpha-rate=0.3,alpha-clip=0,alpha-decay=0", &trace);
    assert_int_equal(steps_of(&trace), 1);
    probe_on(contest, step_by_hand);
    assert_true(fabs(logged(&trace, "expected-macs") / moved_macs - 1) < 1e-6);
    text_free(&trace);
}

static void test_policy(void **state)
{
    (void)state;
    check_policy(&cell.contest);
    check_policy(&chain.contest);
}

/* `alpha-steps` quickens the logits of searches of fewer steps, and slows none. */
static void test_alpha_steps(void **state)
{
    (void)state;
    struct text plain, longer, shorter;
    search_ok(&cell.contest, "share=0.5", &plain);
    search_ok(&cell.contest, "share=0.5,alpha-steps=10", &longer);
    search_ok(&cell.contest, "share=0.5,alpha-steps=1000", &shorter);
    assert_true(steps_of(&plain) > 10);
    assert_same_course(&plain, &longer);
    assert_true(logged(&shorter, "logit-spread") > 3 * logged(&plain, "logit-spread"));
    text_free(&plain);
    text_free(&longer);
    text_free(&shorter);
}

/* With little the search comes before its child, which would cost more than five steps; without a step the
 * logits as they began decide, which is on record. */
static void test_little(void **state)
{
    (void)state;
    static const double steps[] = {0.5, 4.2};
    for (int i = 0; i < 2; i++) {
        struct contest few = with_steps(&cell.contest, steps[i]);
        struct text trace;
        search_ok(&few, "", &trace);
        assert_int_equal(steps_of(&trace), (int)steps[i]);
        double random = logged(&trace, NASBED_LOG_RANDOM);
        assert_true(steps[i] < 1 ? random == 1 : isnan(random));
        assert_null(event_at(&trace, "refuse", 0));
        text_free(&trace);
    }
}

/* An audit has all of its budget for the steps: there is no child. */
static void test_audit(void **state)
{
    (void)state;
    struct contest audit = with_steps(&cell.contest, 60);
    struct method_settings settings;
    struct supernet supernet;
    struct text trace = {0};
    struct trial_times times;
    struct error error;
    audit.reserve_flops = 0;
    assert_int_equal(method_settings_init(&settings, method_find("snas", &error), &error), 0);
    if (trial_train(&audit, &settings, 0, NULL, NULL, NULL, &supernet, &trace, &times, &error))
        fail_msg("%s", error.text);
    assert_int_equal(steps_of(&trace), (int)((double)audit.budget_flops / mixture_flops));
    method_settings_free(&settings);
    supernet_close(&supernet);
    text_free(&trace);
}

static void test_unknown(void **state)
{
    (void)state;
    struct text trace = {0};
    struct error error;
    assert_int_not_equal(search_on(&cell.contest, "constraint=flops", &trace, &error), 0);
    assert_non_null(strstr(error.text, "none, discrete, reparam or policy"));
    text_free(&trace);
}

/* Samples without a connection ------------------------------------------------------------------------- */

/* Edges 0>1, 0>2, 1>2, 0>3, 1>3, 2>3, each cut or not. */
static bool is_connected(const bool cut[6])
{
    bool one = !cut[0], two = !cut[1] || (one && !cut[2]);
    return !cut[3] || (one && !cut[4]) || (two && !cut[5]);
}

static uint64_t replayed_steps, replayed_dead;

/* The draws of the method itself, whose logits stay as they are. */
static enum nasbed_status replay(struct nasbed_trial *trial, const void *options)
{
    struct relaxation r;
    struct nasbed_architecture a;
    double noise[NASBED_CHOICES][NASBED_CHOICE_OPTIONS];
    (void)options;
    nasbed_stream(trial, "snas");
    assert_true(relaxation_open(&r, trial, 1, 1));
    replayed_dead = 0;
    for (uint64_t step = 0; step < replayed_steps; step++) {
        bool cut[6];
        relaxation_gumbel(&r, noise);
        for (int i = 0; i < 6; i++) {
            const double *logit = r.logits.value + r.place[i];
            cut[i] = true;
            for (int k = 1; k < 5; k++)
                cut[i] = cut[i] && logit[k] + noise[i][k] < logit[0] + noise[i][0];
        }
        replayed_dead += !is_connected(cut);
    }
    relaxation_close(&r);
    nasbed_from_index(trial, 0, &a);
    return nasbed_finish(trial, &a);
}
FIXTURE_METHOD(replay);

static void test_dead(void **state)
{
    (void)state;
    struct text trace, other = {0};
    search_ok(&cell.contest, "alpha-rate=0,alpha-deviation=1,child=no", &trace);
    replayed_steps = steps_of(&trace);
    run_ok(&cell, &replay_method, 0, &other);
    assert_true(replayed_dead > 0 && replayed_dead < replayed_steps / 2);
    assert_true(logged(&trace, "dead-samples") == (double)replayed_dead);
    text_free(&trace);
    text_free(&other);
    search_ok(&chain.contest, "child=no,share=0.2", &trace);
    assert_true(isnan(logged(&trace, "dead-samples"))); /* there is no `none` */
    text_free(&trace);
}

/* The child -------------------------------------------------------------------------------------------- */

static void test_child(void **state)
{
    (void)state;
    struct text trace;
    search_ok(&cell.contest, "alpha-rate=0.01", &trace);
    json_t *finish = event_at(&trace, "finish", 0);
    uint64_t index = count_at(finish, "index"), charge = 0, scores = 0;
    const char *line = trace.data;
    for (json_t *event; (event = event_next(&line, "step")); json_decref(event))
        if (strcmp(json_string_value(json_object_get(event, "what")), "score") == 0) {
            scores += count_at(event, "count");
            charge = count_at(event, "charge");
            assert_true(real_at(event, "accuracy") == logged(&trace, "child-accuracy"));
        }
    uint64_t macs = cell.isomorphs.train_macs[cell.isomorphs.class_of[index]];
    assert_int_equal(scores, 1);
    assert_int_equal(charge, 2 * macs * 512); /* the whole validation split, forward */
    assert_true(logged(&trace, "decoded-with-none-index") == (double)index);
    assert_null(event_at(&trace, "refuse", 0));
    json_decref(finish);
    text_free(&trace);
    search_ok(&cell.contest, "child=no", &trace);
    assert_true(isnan(logged(&trace, "child-accuracy")));
    text_free(&trace);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),     cmocka_unit_test(test_costs),
        cmocka_unit_test(test_differences), cmocka_unit_test(test_estimates),
        cmocka_unit_test(test_cheapest),    cmocka_unit_test(test_eta_0),
        cmocka_unit_test(test_unknown),     cmocka_unit_test(test_dead),
        cmocka_unit_test(test_child),       cmocka_unit_test(test_policy),
        cmocka_unit_test(test_alpha_steps), cmocka_unit_test(test_little),
        cmocka_unit_test(test_audit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
